/* The script of the page: keys, decisions, folds. What is shown comes laid out from the server; a
   decision counts as kept only when the server has said so, and one that did not arrive is shown
   again. */

const root = document.documentElement;
const texts = JSON.parse(document.body.dataset.texts);
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const onScreen = (each) => each.checkVisibility();

/* A text of the catalogue, filled in; of one thing by a text of its own, if there is one. */
function words(key, values = {}) {
  const text = (values.count === 1 && texts[`${key}.one`]) || texts[key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(root.lang));
}

/* Telling and asking */

let silence;

/* Said aloud, and shown for a while; decisions stand in their list after it. */
function tell(sentence) {
  clearTimeout(silence);
  one("#said").textContent = "";
  if (!sentence) return;
  silence = setTimeout(() => {
    one("#said").textContent = sentence;
    silence = setTimeout(tell, 10000);
  }, 30);
}

/* What went wrong; of a decision also which, and whether it may be tried again. */
function alarm(sentence, decision = null, again = false) {
  const trouble = one("#trouble");
  trouble.textContent = sentence;
  if (!decision) return;
  trouble.append(one("#about").content.cloneNode(true));
  one("button", trouble).hidden = !again;
  link(one("a", trouble), decision);
}

/* What the server answers; that it failed is an answer, too. */
async function ask(address, sent) {
  const json = "application/json";
  const body = sent && JSON.stringify(sent);
  try {
    const response = await fetch(address, {
      method: body ? "POST" : "GET",
      headers: { Accept: json, "Content-Type": json },
      body,
      keepalive: body?.length < 20000,   // also when the tab is closed meanwhile; 64 KB at most
      signal: AbortSignal.timeout(30000),
    });
    return await response.json();
  } catch {
    return { happened: "failed", message: words("no-answer") };
  }
}

/* The same; a failure is an alarm, and no answer. */
async function answered(address, sent) {
  const answer = await ask(address, sent);
  if (answer.happened !== "failed") return answer;
  alarm(answer.message);
  return null;
}

/* Keys: each kind of page has its own; what else has one says so itself, by data-key */

const onKey = {};
const keysOn = one("#keys-on");
let waiting = null;    // what has to be answered before the person goes on

keysOn.checked = localStorage.getItem("keys") !== "off";

/* Do what a key or a button means: to follow a link, to choose, to go to a field, to ask in a
   dialog, or what the page does on that key. Whether it means anything. */
function press(key) {
  const named = one(`[data-key~="${CSS.escape(key)}"]:not(button, :checked)`);
  if (named?.matches("a, [type=radio]")) named.click();
  else if (named?.matches("input")) named.focus();
  else if (!named && !onKey[key]) return false;
  else if (waiting) return true;
  else if (named) {
    one("form", named).reset();
    named.showModal();
  } else onKey[key](key);
  return true;
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.isComposing || event.metaKey || event.altKey) return;
  if (event.ctrlKey) {
    const form = target.closest("dialog, .work");
    if (key === "Enter" && form) one("button.primary", form)?.click();
    return;
  }
  const field = target.closest("textarea, select, input:not([type=radio], [type=checkbox])");
  if ((field && key !== "Escape") || one("dialog[open]")) return;
  if (!keysOn.checked && key !== "?" && key !== "Escape") return;
  if (event.repeat && !"jJkK".includes(key)) return;
  if (press(key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const on = event.target.closest("button[data-key], a[data-place], a[data-show]");
  if (!on || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (on.dataset.key) press(on.dataset.key);
  else if (on.dataset.show) load(at(on.dataset.show));
  else goTo(Number(on.dataset.place));
});

document.addEventListener("change", ({ target }) => {
  if (target === keysOn) localStorage.setItem("keys", keysOn.checked ? "on" : "off");
  if (target.name === "fix") choose(target);
  if (target.name === "view") {
    lookAs(target.value);
    localStorage.setItem("view", target.value);
  }
});

document.addEventListener("submit", ({ target, submitter }) => {
  const key = submitter?.value;   // of a dialog; that it is left has none
  if (key) onKey[key](key, one("textarea, input", target).value);
});

/* Text: side by side or inline, folded and unfolded */

function lookAs(view) {
  root.dataset.view = view;
  for (const choice of all("input[name=view]")) choice.checked = choice.value === view;
}

lookAs(localStorage.getItem("view") ?? (matchMedia("(width > 45rem)").matches ? "side" : "inline"));

async function unfold(fold) {
  const there = one(".wikitext", fold);
  if (there.textContent) return;
  there.textContent = words("loading");
  there.innerHTML = (await answered(fold.dataset.text))?.html ?? "";
}

document.addEventListener("toggle", ({ target }) => {
  if (target.matches("details.fold[open]")) unfold(target);
}, true);

function focusOn(place) {
  place?.scrollIntoView({ block: "center" });
  place?.focus({ preventScroll: true });
}

/* To a place of the page, wherever it stands: in the change, around it, or folded. */
async function goTo(start) {
  const around = ({ dataset }) => dataset.start <= start && start < dataset.end;
  const marked = () => all(`mark[data-place="${start}"]`).find(onScreen);
  const fold = all("details.fold").filter(onScreen).find(around);
  if (!marked() && fold) {
    fold.open = true;
    await unfold(fold);
  }
  focusOn(marked() ?? all(".change").filter(onScreen).find(around));
}

/* One proposal: what is shown */

const desk = one(".desk");
const article = () => one("#proposal");
const at = (number, rest = "") => `/proposals/${number}${rest}${desk.dataset.query}`;
const here = (rest = "") => at(article().dataset.id, rest);

let ahead = null;   // the answer to be shown after a decision, if there is one

/* What is in the place of the proposal now is what the page is about. */
function arrive(push = true) {
  wait(null);
  document.title = article().dataset.title;
  if (push && here() !== location.pathname + location.search) history.pushState(null, "", here());
  lookAs(root.dataset.view);
  one("#what").focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: "instant" });
}

function show(answer, push = true) {
  if (!answer.proposal) return location.assign(`/${desk.dataset.query}`);
  one("#place").innerHTML = answer.article;
  arrive(push);
  showBeside(answer);
}

/* Everything of an answer but the proposal. */
function showBeside(answer) {
  one("#approved").textContent = answer.approved.toLocaleString(root.lang);
  one("#progressing").innerHTML = answer.progress;
  if (`${answer.proposal}` === article().dataset.id) one("#findings").innerHTML = answer.findings;
  lookAhead();
}

function lookAhead() {
  const { next } = article().dataset;
  const decided = outbox.some((each) => each.article.dataset.id === next);
  ahead = next && !decided ? ask(at(next)) : null;
}

function wait(what) {
  waiting = what;
  article().ariaBusy = what ? "true" : null;
}

/* What is asked for after a decision is shown after it. */
async function load(address, push = true) {
  await sending;
  const answer = await answered(address);
  if (!answer) return;
  tell(answer.message);
  if (answer.happened !== "nothing") show(answer, push);
}

function step(key, argument = "") {
  const address = new URL(here("/beside"), location);
  address.searchParams.set("key", key);
  address.searchParams.set("argument", argument);
  return load(address);
}

/* Its alternatives, and what else a person may make of them */

const mend = () => one(".mend:not([hidden])");
const said = () => JSON.parse(mend().dataset.said);
const working = () => all(".work, dialog[open]").find(onScreen);
const writing = () => working() ?? (!waiting && said().told);   // or is it written and undecided?

function choose(radio) {
  for (const each of all(".mend")) each.hidden = each.dataset.fix !== radio.value;
  work(null);
  if (radio !== document.activeElement) tell(radio.closest("label").innerText);
}

/* Have one place to work in open: to edit (e), to take some edits (s), to see a preview (p). */
function work(name) {
  for (const each of all(".work")) each.hidden = each.dataset.work !== name;
  const there = working();
  if (!there) return;
  one("textarea, input, h2", there).focus();
  there.scrollIntoView({ block: "nearest" });
}

/* Have one's own edit of a mend checked and shown. */
async function check(edit) {
  const { version, fix } = said();
  const own = { version, fix, ...edit };
  wait(own);
  const answer = await answered(here("/check"), own);
  if (waiting !== own) return;   // something else is shown by now
  wait(null);
  if (!answer) return;
  const changed = answer.happened === "changed";
  if (answer.happened !== "nothing") show(answer, false);
  alarm(changed ? "" : answer.message);
  tell(changed ? answer.message : "");
}

async function preview() {
  const there = one("[data-work=p]");
  if (!there) return;
  tell(words("preview-loading"));
  const answer = await answered(here("/preview"), said());
  tell("");
  if (!answer || !there.isConnected) return;
  there.innerHTML = answer.html;
  work("p");
}

/* Decisions: shown as made at once, sent one after the other, and kept when the server says so */

const outbox = [];   // those that the server has not answered yet
let lost = [];       // those that did not arrive
let sending = Promise.resolve();

async function decide(key, more = {}) {
  if (key === "y" && !mend().dataset.approvable) return work("e");
  const decision = { article: article(), body: { ...said(), key, ...more } };
  send(decision);
  if ("ad".includes(key)) return;
  const next = await ahead;
  if (next?.state === "pending" && waiting === decision) show(next);
}

function send(decision) {
  const { id } = decision.article.dataset;
  alarm("");
  decision.line = logged(decision);
  mark(decision, "sent");
  if (id === article().dataset.id) wait(decision);
  outbox.push(decision);
  sending = sending.then(async () => {
    if (outbox[0] !== decision) return;   // it was lost with one before it
    const answer = await ask(at(id, "/decision"), decision.body);
    if (answer.happened === "failed") return lose(answer.message);
    outbox.shift();
    if (answer.happened === "decided") kept(decision, answer);
    else refused(decision, answer);
  });
}

function kept(decision, answer) {
  mark(decision, "kept");
  tell(answer.told);
  if (waiting === decision) return show(answer);
  // An approval made since may touch the same words as what is shown; that has to be seen, unless
  // the person has begun to do something there.
  const { id, rivals } = article().dataset;
  const outdated = id === `${answer.proposal}` && rivals !== answer.rivals;
  const begun = waiting || writing() || one("[name=fix]:checked:not(:default)");
  if (outdated && !begun) show(answer, false);
  else showBeside(answer);
}

function refused(decision, answer) {
  mark(decision, "failed");
  const elsewhere = writing() ? decision : null;
  if (!elsewhere) show(answer);
  else if (waiting === decision) wait(null);
  alarm(answer.message, elsewhere);
}

/* The first that waits did not arrive; the others were decided before that was known. */
function lose(message) {
  lost = outbox.splice(0);
  for (const each of lost) mark(each, "failed");
  wait(null);
  if (!writing()) {
    one("#place").replaceChildren(lost[0].article);
    arrive();
  }
  alarm(`${message} ${words("unkept", { count: lost.length })}`, lost[0], true);
}

function retry() {
  for (const each of lost) {
    each.line.remove();
    send(each);
  }
  if (waiting) wait(lost.at(-1));
}

function undo() {
  sending = sending.then(async () => {
    const answer = await answered(`${desk.dataset.undo}${desk.dataset.query}`, {});
    if (answer?.happened === "decided") show(answer);
    tell(answer?.message);
  });
}

/* A decision in the list of them */

function link(there, decision) {
  const { id } = decision.article.dataset;
  there.href = at(id);
  there.dataset.show = id;
}

function logged(decision) {
  const line = one("#decision").content.firstElementChild.cloneNode(true);
  line.firstElementChild.textContent = words(decision.body.key);
  one("a", line).textContent = decision.article.dataset.check;
  link(one("a", line), decision);
  one("#decisions").prepend(line);
  one("#decisions li:nth-child(31)")?.remove();
  one(".decisions").hidden = false;
  return line;
}

function mark({ line }, state) {
  Object.assign(line.lastElementChild, { className: state, textContent: words(state) });
}

function reviewing() {
  for (const key of "jJkKg/") onKey[key] = step;
  for (const key of "ynad") onKey[key] = decide;
  for (const key of "es") onKey[key] = work;
  Object.assign(onKey, { p: preview, u: undo, retry });
  onKey.r = (key, reason) => decide(key, { reason });
  onKey.f = () => {
    const folds = all("details.fold", article()).filter(onScreen);
    const open = folds.some((fold) => !fold.open);
    for (const fold of folds) fold.open = open;
  };
  onKey.Escape = () => {
    if (!working()) return;
    work(null);
    one("#what").focus();
  };
  onKey.check = () => check({ text: one("textarea", working()).value });
  onKey.take = () => {
    const taken = all("input", working()).map(({ checked }) => (checked ? "y" : "n"));
    return check({ parts: taken.join("") });
  };

  addEventListener("popstate", () => load(location, false));
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) load(location, false);
  });
  lookAhead();
}

/* All of a check: decided when each of them has been on the screen. */
function together() {
  const answers = one("#answers");
  const more = one("#more");
  const seen = {};

  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      const card = target.closest(".card");
      seen[card.dataset.id] = Number(card.dataset.version);
      card.classList.add("seen");
      watch.unobserve(target);
    }
    const count = Number(answers.dataset.count);
    const missing = count - Object.keys(seen).length;
    one("#seen").textContent = words("seen", { seen: count - missing, count });
    if (missing <= 0 && answers.disabled) tell(words("all-seen"));
    answers.disabled = missing > 0;
    if (!one(".card:not(.seen)")) onKey.more();
  }, { rootMargin: "0px 0px -80px 0px" });   // what the bar at the bottom covers is not seen

  function observe() {
    for (const end of all(".card:not(.seen) .end")) watch.observe(end);
    lookAs(root.dataset.view);
  }

  function step(way) {
    const cards = all(".card");
    focusOn(cards[cards.indexOf(document.activeElement.closest(".card")) + way]);
  }

  async function decideAll(answer) {
    answers.disabled = true;
    const made = await answered(location, { answer, reason: one("#reason").value, seen });
    answers.disabled = made?.happened === "decided";
    if (!made) return;
    if (!answers.disabled) return alarm(made.message);
    alarm("");
    tell(made.message);
    one("#outcome").hidden = false;
    one("#outcome p").textContent = made.message;
    one("#outcome a").focus();
  }

  onKey.more = async () => {
    if (!more?.isConnected || more.disabled) return;
    more.disabled = true;
    const answer = await answered(more.dataset.more);
    more.disabled = false;
    if (!answer) return;
    one("#cards").insertAdjacentHTML("beforeend", answer.html);
    if (answer.address) more.dataset.more = answer.address;
    else more.remove();
    observe();
  };
  onKey.all = () => decideAll("y");
  onKey.none = () => decideAll("n");
  onKey.j = onKey.J = () => step(1);
  onKey.k = onKey.K = () => step(-1);
  observe();
}

/* Saving: it goes on in the server, whoever looks at it. */
function saving() {
  const start = one("#save");
  const state = one("#saving");
  let from = 0;

  async function follow() {
    const answer = await answered(`/save/progress?from=${from}`);
    if (!answer) return setTimeout(follow, 2000);
    alarm("");
    from = answer.next;
    if (answer.running || answer.html) state.hidden = false;
    one("#outcomes").insertAdjacentHTML("beforeend", answer.html);
    Object.assign(one("progress", state), { max: answer.total || 1, value: answer.done });
    one("#saving-said").textContent = answer.said;
    one("#stop").hidden = !answer.running;
    if (answer.html) tell(one("#outcomes li:last-child").textContent);
    if (answer.running) setTimeout(follow, 400);
    else if (answer.events.length) tell(words("saved-all"));
  }

  onKey.save = async () => {
    start.disabled = true;
    const proposals = JSON.parse(start.dataset.proposals);
    const answer = await answered(start.dataset.address, { proposals });
    start.disabled = answer !== null;
    if (!answer) return;
    tell(answer.message);
    one("#outcomes").replaceChildren();
    from = 0;
    state.hidden = false;
    one("h2", state).focus();
    follow();
  };
  onKey.stop = async () => tell((await answered("/save/stop", {}))?.message);
  follow();
}

const kinds = { review: reviewing, together, save: saving };
kinds[document.body.dataset.page]?.();
