/* The script of the page: keys, decisions, folds. What is shown comes laid out from the server; a
   decision counts as kept only when the server has said so, and one that did not arrive is shown
   again. */
"use strict";

(() => {
  const texts = JSON.parse(document.body.dataset.texts);
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  function words(key, values = {}) {
    return texts[key].replace(/\{(\w+)\}/g, (_, name) =>
      typeof values[name] === "number" ? values[name].toLocaleString(document.documentElement.lang) : values[name] ?? "");
  }

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  /* Telling */

  const announced = one("#said");
  const alerted = one("#trouble");

  let silence;

  /* Said aloud, and shown for a while; decisions stand in their list after it. */
  function tell(sentence) {
    clearTimeout(silence);
    announced.textContent = "";
    if (!sentence) return;
    silence = setTimeout(() => {
      announced.textContent = sentence;
      silence = setTimeout(() => { announced.textContent = ""; }, 10000);
    }, 30);
  }

  function alarm(sentence, ...actions) {
    alerted.replaceChildren();
    if (sentence) alerted.append(element("p", { textContent: sentence }), ...actions);
  }

  /* Asking the server */

  class Unreached extends Error {}

  async function ask(address, body) {
    const options = { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(30000) };
    if (body !== undefined) {
      options.method = "POST";
      options.body = JSON.stringify(body);
      options.headers["Content-Type"] = "application/json";
      options.keepalive = options.body.length < 60000;  // also when the tab is closed meanwhile
    }
    let response;
    try {
      response = await fetch(address, options);
    } catch (wrong) {
      throw new Unreached(words("no-answer"));
    }
    const answer = await response.json().catch(() => null);
    if (answer === null) throw new Unreached(words("no-answer"));
    return answer;
  }

  async function reading(address) {
    try {
      const answer = await ask(address);
      if (answer.happened !== "failed") return answer;
      alarm(answer.message);
    } catch (wrong) {
      alarm(wrong.message);
    }
    return null;
  }

  /* Keys and dialogs, on every page */

  function remembered(name, otherwise) {
    try { return localStorage.getItem(name) ?? otherwise; } catch { return otherwise; }
  }

  function remember(name, value) {
    try { localStorage.setItem(name, value); } catch { /* a private window forgets */ }
  }

  const keysOn = one("#keys-on");
  keysOn.checked = remembered("keys", "on") === "on";
  keysOn.addEventListener("change", () => remember("keys", keysOn.checked ? "on" : "off"));

  function opened(name) {
    const dialog = one(`#${name}`);
    dialog.returnValue = "";
    dialog.showModal();
    return dialog;
  }

  /* What a dialog's field was filled with; null when it was left. */
  function asked(name) {
    const dialog = opened(name);
    const field = one("textarea, input", dialog);
    field.value = "";
    field.focus();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        resolve(dialog.returnValue === "ok" ? field.value : null);
      }, { once: true });
    });
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) opened(opener.dataset.open);
  });

  for (const dialog of all("dialog")) {
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) one("button.primary", dialog)?.click();
    });
  }

  const onKey = {};  // filled by each kind of page: key -> what it does

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest?.("textarea, select, input:not([type=radio], [type=checkbox])");
    if (typing || one("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      opened("keys");
      return;
    }
    const does = onKey[event.key];
    if (!does || !keysOn.checked || (event.repeat && !"jJkK".includes(event.key))) return;
    event.preventDefault();
    does(event.key);
  });

  /* Folded text, on every page that shows wikitext */

  async function unfolded(fold) {
    const there = one(".wikitext", fold);
    if (there.dataset.filled) return;
    there.dataset.filled = "yes";
    there.textContent = words("loading");
    try {
      const response = await fetch(fold.dataset.text);
      const html = await response.text();
      if (!response.ok) throw new Unreached();
      there.innerHTML = html;
    } catch {
      delete there.dataset.filled;
      there.textContent = words("no-answer");
    }
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.fold") && event.target.open) unfolded(event.target);
  }, true);

  async function goToPlace(start) {
    const seen = () => all(`mark[data-place="${start}"]`).find((mark) => mark.offsetParent !== null);
    if (!seen()) {
      const holds = (fold) =>
        Number(fold.dataset.start) <= start && start < Number(fold.dataset.end) &&
        fold.offsetParent !== null;
      const fold = all("details.fold").find(holds);
      if (fold) {
        fold.open = true;
        await unfolded(fold);
      }
    }
    const changed = all(".change").find((each) => each.offsetParent !== null &&
      Number(each.dataset.start) <= start && start < Number(each.dataset.end));
    const mark = seen() ?? changed;
    if (mark) {
      mark.scrollIntoView({ block: "center" });
      mark.focus({ preventScroll: true });
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-place]");
    if (!link) return;
    event.preventDefault();
    goToPlace(Number(link.dataset.place));
  });

  /* Side by side or inline */

  function lookAs(view) {
    document.documentElement.dataset.view = view;
    for (const choice of all("input[name=view]")) choice.checked = choice.value === view;
  }

  function view() {
    return document.documentElement.dataset.view;
  }

  lookAs(remembered("view", matchMedia("(max-width: 45rem)").matches ? "inline" : "side"));
  document.addEventListener("change", (event) => {
    if (event.target.name !== "view") return;
    lookAs(event.target.value);
    remember("view", event.target.value);
  });

  function otherView() {
    lookAs(view() === "side" ? "inline" : "side");
    remember("view", view());
  }

  function counted(answer) {
    for (const place of all("[data-count]")) {
      const count = answer[place.dataset.count];
      if (count !== undefined) place.textContent = count.toLocaleString(document.documentElement.lang);
    }
  }

  /* One proposal */

  function reviewing() {
    const desk = one(".desk");
    const query = desk.dataset.query;
    const ahead = new Map();  // proposals that wait, fetched before they are asked for
    const sentOff = new Set();  // proposals whose decisions are on their way
    let own = null;           // the person's own edit that is shown: {fix, text} or {fix, parts}
    let outbox = Promise.resolve();
    let touched = false;
    let losses = 0;           // how often a decision was lost so far,
    let unkept = 0;           // and how many were lost the last time
    let leaving = null;       // the decision whose answer shows what comes next
    let checking = false;     // one's own words are at the server

    const article = () => one("#proposal");
    const work = () => one("#work");
    const at = (number, rest = "") => `/proposals/${number}${rest}${query}`;
    const also = (address) => address + (address.includes("?") ? "&" : "?");

    function show(answer, { push = true, edit = null, focus = true } = {}) {
      own = edit;
      touched = false;
      counted(answer);
      if (!answer.proposal) {
        location.assign(`/${query}`);
        return;
      }
      one("#place").innerHTML = answer.article;
      one("#findings").innerHTML = answer.findings;
      one("#progressing").innerHTML = answer.progress;
      document.title = answer.title;
      if (push && answer.address !== location.pathname + location.search) {
        history.pushState(null, "", answer.address);
      }
      lookAs(view());
      choose(chosen());
      if (focus) {
        one("#what").focus({ preventScroll: true });
        scrollTo({ top: 0, behavior: "instant" });
      }
      fetchAhead();
    }

    /* Everything of an answer but the proposal. */
    function beside(answer) {
      counted(answer);
      one("#progressing").innerHTML = answer.progress;
      if (answer.proposal && article().dataset.id === String(answer.proposal)) {
        one("#findings").innerHTML = answer.findings;
      }
      fetchAhead();
    }

    async function fetchAhead() {
      const next = article().dataset.next;
      if (!next || ahead.has(next)) return;
      const answer = await ask(at(next)).catch(() => null);
      if (answer?.proposal && answer.article.includes('data-state="pending"')) {
        ahead.set(next, answer);
      }
    }

    /* What is asked for after a decision is shown after it. */
    async function load(address, options) {
      await outbox;
      const answer = await reading(address);
      if (answer) {
        if (answer.message) tell(answer.message);
        if (answer.article && answer.happened !== "nothing") show(answer, options);
      }
    }

    /* Alternatives */

    const chosen = () => Number(one("input[name=fix]:checked")?.value ?? article().dataset.chosen);
    const mend = () => one(".mend:not([hidden])", article());

    function choose(number) {
      const there = all(".mend", article());
      if (!there.some((each) => Number(each.dataset.fix) === number)) return false;
      for (const each of there) each.hidden = Number(each.dataset.fix) !== number;
      for (const each of all("input[name=fix]")) each.checked = Number(each.value) === number;
      const yes = one("button[data-key=y]");
      const parts = one("button[data-key=s]");
      one("span", yes).textContent = mend().dataset.approvable ? yes.dataset.yes : yes.dataset.edit;
      if (parts) parts.hidden = Number(mend().dataset.edits) < 2;
      return true;
    }

    async function chooseKey(key) {
      touched = true;
      if (own || chosen() === 0) await load(at(article().dataset.id), { push: false });
      if (choose(Number(key))) {
        closeWork();
        tell(one("input[name=fix]:checked")?.closest("label").innerText ?? "");
      }
    }

    /* Decisions */

    function said(more = {}) {
      const body = { version: Number(article().dataset.version), fix: chosen(), ...more };
      if (own) Object.assign(body, own, { told: JSON.parse(article().dataset.told) });
      return body;
    }

    function logged(key, { id, check }) {
      const state = element("span", { className: "sent", textContent: words("sending") });
      const link = element("a", { href: at(id), textContent: check });
      link.dataset.show = id;
      const said = { a: "y", d: "n" }[key] ?? key;
      const line = element("li", {}, `${words(said)} `, link, " ", state);
      one("#decisions").prepend(line);
      one(".decisions").hidden = false;
      while (one("#decisions").children.length > 30) one("#decisions").lastChild.remove();
      return {
        id,
        check,
        kept() { state.className = "kept"; state.textContent = words("kept"); },
        failed() { state.className = "failed"; state.textContent = words("failed"); },
        remove() { line.remove(); },
      };
    }

    function decide(key, more = {}) {
      if (leaving || checking) return;  // what comes next has to be seen before it is decided
      if (key === "y" && !mend().dataset.approvable) {
        edit();
        return;
      }
      const entry = logged(key, article().dataset);
      const body = said({ key, ...more });
      const sent = { entry, body, own, losses, article: article().outerHTML, address: location.href };
      sentOff.add(entry.id);
      const next = sentOff.has(article().dataset.next) ? null : ahead.get(article().dataset.next);
      const single = key === "y" || key === "n" || key === "r";
      if (single && next) {
        show(next);
      } else {
        leaving = entry;
        article().setAttribute("aria-busy", "true");
        if (single) moveOn(entry);
      }
      outbox = outbox.then(() => send(sent));
    }

    /* To the next one as soon as it is here, if the answer has not come before it. */
    async function moveOn(entry) {
      const { next } = article().dataset;
      await fetchAhead();
      if (leaving !== entry || !ahead.has(next) || sentOff.has(next)) return;
      leaving = null;
      show(ahead.get(next));
    }

    async function send(sent) {
      const { entry, body } = sent;
      if (sent.losses !== losses) {  // decided before it was known that an earlier one was lost
        entry.failed();
        sentOff.delete(entry.id);
        if (leaving === entry) leaving = null;
        unkept += 1;
        const note = one("#unkept");
        if (note) note.textContent = words("unkept", { count: unkept });
        return;
      }
      let answer;
      try {
        answer = await ask(at(entry.id, "/decision"), body);
      } catch (wrong) {
        answer = { happened: "failed", message: words("no-server") };
      }
      sentOff.delete(entry.id);
      if (article().dataset.id === entry.id) article().removeAttribute("aria-busy");
      if (answer.happened === "failed") {
        losses += 1;
        unkept = 1;
        entry.failed();
        leaving = null;
        if (!writing()) comeBack(sent);
        const again = element("button", { type: "button", textContent: words("retry") });
        again.addEventListener("click", () => {
          alarm("");
          entry.remove();
          sendAgain(sent);
        });
        alarm(answer.message, again, " ", linked(entry), element("p", { id: "unkept" }));
        return;
      }
      ahead.clear();
      if (answer.happened !== "decided") {
        entry.failed();
        leaving = null;
        if (writing()) alarm(answer.message, linked(entry));
        else {
          show(answer, { edit: sent.own && answer.happened === "changed" ? sent.own : null });
          alarm(answer.message);
        }
        return;
      }
      alarm("");
      entry.kept();
      tell(`${answer.message}. ${words("waiting", { count: answer.waiting })}`);
      const now = article();
      if (leaving === entry) {
        leaving = null;
        show(answer);
      } else if (leaving || !answer.proposal) {
        beside(answer);
      } else if (now.dataset.id === String(answer.proposal) && !touched) {
        if (fresh(now, answer)) show(answer, { push: false });
        else beside(answer);
      } else {
        beside(answer);
      }
    }

    /* A lost decision, as it was made: of that finding, whichever is shown by now. */
    function sendAgain(sent) {
      const entry = logged(sent.body.key, sent.entry);
      if (article().dataset.id === entry.id) {
        leaving = entry;
        article().setAttribute("aria-busy", "true");
      }
      outbox = outbox.then(() => send({ ...sent, entry, losses }));
    }

    /* Whether something is being written here, which nothing may wipe out. */
    const writing = () => one("textarea", work()) !== null;

    function linked({ id }) {
      const link = element("a", { href: at(id), textContent: words("show") });
      link.dataset.show = id;
      return link;
    }

    /* Whether the server shows more than we do: an approval made since touches the same words. */
    function fresh(now, answer) {
      const template = element("template", { innerHTML: answer.article });
      const notes = (from) => all(".note", from).length + all(".neighbours li", from).length;
      return notes(template.content) !== notes(now);
    }

    function comeBack(sent) {
      leaving = null;
      own = sent.own;
      one("#place").innerHTML = sent.article;
      article().removeAttribute("aria-busy");
      if (sent.address !== location.href) history.pushState(null, "", sent.address);
      lookAs(view());
      choose(sent.body.fix);
      one("#what").focus({ preventScroll: true });
    }

    function undo() {
      outbox = outbox.then(async () => {
        try {
          const answer = await ask(`${desk.dataset.undo}${query}`, {});
          ahead.clear();
          if (answer.happened === "failed") alarm(answer.message);
          else {
            if (answer.happened === "decided") show(answer);
            tell(answer.message);
          }
        } catch (wrong) {
          alarm(wrong.message);
        }
      });
    }

    /* One's own words */

    function closeWork() {
      work().replaceChildren();
    }

    function edit() {
      touched = true;
      const text = one("template.editable", mend()).content.querySelector("textarea").value;
      const form = one("#editing").content.cloneNode(true);
      work().replaceChildren(form);
      const field = one("textarea", work());
      field.value = own?.text ?? text;
      field.rows = Math.min(20, Math.max(4, Math.ceil(field.value.length / 80) + 1));
      field.focus();
      field.setSelectionRange(0, 0);
      work().scrollIntoView({ block: "nearest" });
    }

    function parts() {
      const there = one("template.parts", mend());
      if (!there) return;
      touched = true;
      work().replaceChildren(there.content.cloneNode(true));
      one("input", work()).focus();
    }

    async function checked(edit) {
      const body = { version: Number(article().dataset.version), ...edit };
      let answer;
      checking = true;
      try {
        answer = await ask(at(article().dataset.id, "/check"), body);
      } catch (wrong) {
        alarm(wrong.message);
        return;
      } finally {
        checking = false;
      }
      if (answer.happened === "changed") {
        show(answer, { push: false, edit });
        touched = true;
        alarm("");
        tell(answer.message || words("edited"));
      } else {
        if (answer.happened === "overtaken") show(answer, { push: false });
        alarm(answer.message);
      }
    }

    const does = {
      check: () => checked({ fix: own?.fix ?? chosen(), text: one("textarea", work()).value }),
      take: () => checked({
        fix: own?.fix ?? chosen(),
        parts: all("input", work()).map((each) => (each.checked ? "y" : "n")).join(""),
      }),
      cancel: () => { closeWork(); one("#what").focus(); },
    };

    /* Preview */

    async function preview() {
      if (!one("button[data-key=p]")) return;
      tell(words("preview-loading"));
      let answer;
      try {
        answer = await ask(at(article().dataset.id, "/preview"), said());
      } catch (wrong) {
        alarm(wrong.message);
        return;
      }
      if (answer.happened === "failed") {
        alarm(answer.message);
        return;
      }
      work().replaceChildren(one("#previewing").content.cloneNode(true));
      const [before, after] = all("iframe", work());
      before.src = answer.before;
      after.src = answer.after;
      one(".same", work()).hidden = !answer.same;
      one("h2", work()).focus();
      tell("");
    }

    /* Where to */

    async function step(key, argument = "") {
      const address = also(at(article().dataset.id, "/beside"));
      await load(`${address}${new URLSearchParams({ key, argument })}`);
    }

    async function press(key) {
      if (/[1-9]/.test(key)) chooseKey(key);
      else if ("ynad".includes(key)) decide(key);
      else if ("jJkK".includes(key)) step(key);
      else if (key === "r") {
        const reason = await asked("reason");
        if (reason !== null) decide("r", { reason });
      } else if (key === "g" || key === "/") {
        const argument = await asked(key === "g" ? "number" : "words");
        if (argument) step(key, argument);
      } else if (key === "e") edit();
      else if (key === "s") parts();
      else if (key === "p") preview();
      else if (key === "u") undo();
      else if (key === "o") one("a[data-key=o]")?.click();
      else if (key === "*") location.assign(one('a[data-key="*"]').href);
      else if (key === "q") location.assign(`/${query}`);
      else if (key === "v") otherView();
      else if (key === "f") {
        const folds = all("details.fold", article()).filter((fold) => fold.offsetParent !== null);
        const open = !folds.every((fold) => fold.open);
        for (const fold of folds) fold.open = open;
      }
    }

    for (const key of "ynradegsjJkK/123456789poufvq*") onKey[key] = press;
    onKey.Escape = () => { if (work().children.length) does.cancel(); };

    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-key]");
      if (button) press(button.dataset.key);
      const doing = event.target.closest("[data-do]");
      if (doing) does[doing.dataset.do]();
      const link = event.target.closest("a[data-show]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
        event.preventDefault();
        load(at(link.dataset.show));
      }
    });

    document.addEventListener("change", (event) => {
      if (event.target.name !== "fix") return;
      touched = true;
      choose(Number(event.target.value));
    });

    document.addEventListener("keydown", (event) => {
      if (!event.target.matches?.("#work textarea")) return;
      if (event.key === "Enter" && event.ctrlKey) does.check();
      else if (event.key === "Escape") does.cancel();
      else return;
      event.preventDefault();
    });

    addEventListener("popstate", () => load(location.href, { push: false }));
    addEventListener("pageshow", (event) => {
      if (event.persisted) load(location.href, { push: false });
    });

    choose(chosen());
    fetchAhead();
  }

  /* All of a check */

  function together() {
    const form = one("#together");
    const seen = new Map();
    const buttons = all("button[data-answer]", form);

    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        const card = entry.target.closest("[data-id]");
        seen.set(card.dataset.id, Number(card.dataset.version));
        card.classList.add("seen");
        watch.unobserve(entry.target);
      }
      tally();
    }, { rootMargin: "0px 0px -80px 0px" });  // what the bar at the bottom covers is not seen

    function tally() {
      const count = Number(form.dataset.count);
      one("#seen").textContent = words("seen", { seen: seen.size, count });
      const complete = seen.size >= count;
      if (complete && buttons[0].disabled) tell(words("all-seen"));
      for (const button of buttons) button.disabled = !complete;
      if (!one(".end:not(.watched)") && one("#more") && all(".card:not(.seen)").length === 0) more();
    }

    function observe() {
      for (const end of all(".card .end:not(.watched)")) {
        end.classList.add("watched");
        watch.observe(end);
      }
      lookAs(view());
    }

    let loading = false;
    async function more() {
      const button = one("#more");
      if (!button || loading) return;
      loading = true;
      const answer = await reading(button.dataset.more);
      loading = false;
      if (!answer) return;
      one("#cards").insertAdjacentHTML("beforeend", answer.html);
      if (answer.more === null) button.remove();
      else button.dataset.more = button.dataset.more.replace(/from=\d+/, `from=${answer.more}`);
      observe();
    }

    one("#more")?.addEventListener("click", more);
    for (const button of buttons) {
      button.addEventListener("click", async () => {
        for (const each of buttons) each.disabled = true;
        const body = {
          answer: button.dataset.answer,
          reason: one("#together-reason").value,
          seen: Object.fromEntries(seen),
        };
        try {
          const answer = await ask(location.href, body);
          counted(answer);
          if (answer.happened === "decided") {
            tell(answer.message);
            one("#outcome").hidden = false;
            one("#outcome p").textContent = answer.message;
            one("#outcome a").focus();
            return;
          }
          alarm(answer.message);
        } catch (wrong) {
          alarm(words("no-server"));
        }
        for (const each of buttons) each.disabled = false;
      });
    }
    const cards = () => all(".card");
    const step = (way) => {
      const now = cards().indexOf(document.activeElement.closest(".card"));
      const card = cards()[Math.min(cards().length - 1, Math.max(0, now + way))];
      card?.focus();
      card?.scrollIntoView({ block: "center" });
    };
    onKey.j = onKey.J = () => step(1);
    onKey.k = onKey.K = () => step(-1);
    onKey.v = otherView;
    onKey.q = () => location.assign("/");
    observe();
    tally();
  }

  /* Saving */

  function saving() {
    const start = one("#save");
    const stop = one("#stop");
    const state = one("#saving");
    let from = 0;

    function line(event) {
      const item = element("li", { className: event.kind });
      if (event.kind === "again") {
        item.append(words("again", event), " ");
        const query = new URLSearchParams({ wiki: event.wiki, page: event.page });
        item.append(element("a", { href: `/next?${query}`, textContent: words("again-link") }));
      } else {
        const what = element("strong", { textContent: words(event.kind) });
        item.append(what, ` ${event.message}`);
        if (event.address) {
          const link = { href: event.address, textContent: words("look"), rel: "noreferrer" };
          item.append(" ", element("a", link));
        }
      }
      return item;
    }

    async function follow() {
      let answer;
      try {
        answer = await ask(`/save/progress?from=${from}`);
      } catch (wrong) {
        alarm(wrong.message);
        setTimeout(follow, 2000);
        return;
      }
      alarm(answer.happened === "failed" ? answer.message : "");
      if (answer.happened === "failed") return;
      from = answer.next;
      const items = answer.events.filter((event) => event.kind !== "ended").map(line);
      one("#outcomes").append(...items);
      if (items.length || answer.running) state.hidden = false;
      one("#saving progress").max = answer.total || 1;
      one("#saving progress").value = answer.done;
      one("#saving-said").textContent = words("progress", answer);
      if (items.length) tell(items.at(-1).textContent);
      stop.hidden = !answer.running;
      if (answer.running) setTimeout(follow, 400);
      else if (answer.events.length) tell(words("saved-all"));
    }

    start?.addEventListener("click", async () => {
      start.disabled = true;
      try {
        const body = { proposals: JSON.parse(start.dataset.proposals) };
        const answer = await ask(start.dataset.address, body);
        if (answer.happened === "failed") {
          alarm(answer.message);
          start.disabled = false;
          return;
        }
        one("#outcomes").replaceChildren();
        from = 0;
        tell(answer.message);
        state.hidden = false;
        one("h2", state).focus();
        follow();
      } catch (wrong) {
        alarm(wrong.message);
        start.disabled = false;
      }
    });
    stop.addEventListener("click", async () => {
      try {
        tell((await ask("/save/stop", {})).message);
      } catch (wrong) {
        alarm(wrong.message);
      }
    });
    onKey.q = () => location.assign("/");
    follow();
  }

  /* The list */

  function list() {
    onKey["/"] = () => one("#words").focus();
    onKey.j = onKey.y = () => one("#start")?.click();
  }

  ({ review: reviewing, together, save: saving, list }[document.body.dataset.page] ?? (() => {}))();
})();
