"""Save what a human approved, without ever harming a page: the one way in which Redpencil edits.

Before anything is sent, the page is fetched anew: the text that was approved must still stand, the
page must not ask bots to stay away, nobody may have stopped the bot, and the result must prove
good. What is about to be saved is written down first, with a marker that also stands in the edit
summary. So an edit whose answer was lost, or whose program was killed, is found in the page's
history and never made twice. Afterwards what the wiki has made of it is read back; an edit that
came out as anything else than what was approved is taken back at once, and reported.

Refused is: to overwrite, to create, to edit by section number, to click a warning away, to merge by
guessing, to save two pages at once, and to decide anything.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, Self

from bot import fixes
from bot.checker import check_page, look_again
from bot.errors import (
    EditRefused,
    NotAllowed,
    StaleEdit,
    StoreError,
    UsageError,
    WikiError,
    WikiUnavailable,
)
from bot.model import Edit, Finding, Fix, Page, Report, Safety
from bot.saving import rebase
from bot.saving.exclusion import refusal
from bot.saving.outcomes import (
    Conflict,
    GivenUp,
    Outcome,
    Reason,
    Refused,
    Saved,
    Simulated,
    Unchanged,
)
from bot.saving.policy import Policy
from bot.sites.mediawiki_errors import ANSWER_LOST, wiki_error, words_of
from bot.store import Save, Store

Pick = tuple[Finding, Fix]


class Patience(Protocol):
    """Growing pauses within a bound: `bot.sites.mediawiki.Patience`."""

    def wait(self, retry_after: float | None = None) -> bool:
        """Pause, or give False at once when the bound is reached."""
        ...


class Wiki(Protocol):
    """What is needed of a wiki: `bot.sites.mediawiki.MediaWiki`."""

    name: str

    def login(self) -> str:
        """Be the account, whose name it gives."""
        ...

    def begin_anew(self) -> None:
        """Log in to a session that remembers nothing."""
        ...

    def request(self, **parameters: Any) -> dict[str, Any]:
        """The API's answer, waited for within the wiki's patience. Raises WikiError."""
        ...

    def once(self, **parameters: Any) -> dict[str, Any]:
        """The answer to a request that is not sent again but after a lost session."""
        ...

    def wait_turn(self) -> None:
        """Wait until pywikibot's throttle lets the next edit through."""
        ...

    def patience(self) -> Patience:
        """The pauses for one task."""
        ...


_CONFLICT = frozenset("editconflict missingtitle pagedeleted articleexists nosuchrevid".split())
_MOST_CONFLICTS = 5
_DAY = timedelta(hours=24)
_USER = 2  # https://www.mediawiki.org/wiki/Manual:Namespace_constants


# Wikitext that the wiki rewrites while saving: signatures, substitutions, pipe tricks.
_REWRITTEN = re.compile(r"~~~|\{\{\s*[^\W\d_]+\s*:|\|\s*\]\]|\[\[\s*\|")


class _Task(NamedTuple):
    """One thing to save. Without `picks` it is our own edit of revision `undoes` to take back, or
    an edit of a page of our own that the summary calls `about`."""

    page: Page
    edits: tuple[Edit, ...]
    picks: tuple[Pick, ...]
    checking: Mapping[str, Any]
    undoes: int | None = None
    proposals: tuple[int, ...] = ()
    about: str = ""


class _Seen(NamedTuple):
    """A revision of a page as the wiki has it."""

    page_id: int
    title: str
    revision: int
    parent: int
    text: str


class _Plan(NamedTuple):
    """An edit that was sent, with what is needed to tell whether it came out as approved."""

    number: int
    marker: str
    page_id: int
    title: str
    base: int
    before: str
    edits: tuple[Edit, ...]
    task: _Task | None

    @property
    def text(self) -> str:
        return stored(fixes.apply(self.before, self.edits))


@dataclass(slots=True)
class _Course:
    """How far an attempt to save has come."""

    patience: Patience
    plan: _Plan | None = None  # what was written down, and perhaps saved
    doubt: bool = False  # whether it may have been saved
    revision: int | None = None  # what the wiki made of it
    conflicts: int = 0


class _Later(Exception):
    """The edit did not go through now; `trouble` says why."""

    def __init__(self, trouble: WikiUnavailable) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def stored(text: str) -> str:
    """A text as MediaWiki stores it: NFC, line feeds only, nothing blank at its end.

    Source: TextContent::normalizeLineEndings and WebRequest::getText of MediaWiki.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).rstrip(" \t\n\v\0")


class Saver:
    """Saves to one wiki, one page after the other. Use it as a context.

    On entering, it logs in, waits for another Redpencil that is saving from the same store, and
    finds out about edits that a killed one left open (`settled`).

    With `simulate` everything is done but the edit. `tell` hears why there is a wait.
    """

    def __init__(
        self,
        wiki: Wiki,
        store: Store,
        *,
        policy: Policy = Policy(),  # noqa: B008 (frozen)
        simulate: bool = False,
        sleep: Callable[[float], object] = time.sleep,
        tell: Callable[[str], object] = lambda sentence: None,
    ) -> None:
        self.wiki = wiki
        self.store = store
        self.policy = policy
        self.simulate = simulate
        self.account = ""
        self.settled: tuple[Outcome, ...] = ()
        self._sleep = sleep
        self._tell = tell
        self._made = 0
        self._tag: str | None = None
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Raises StoreError when another Redpencil keeps saving for too long, and WikiError when
        the wiki refuses the account or does not answer."""
        self._lock = self._locked()
        try:
            self.account = self.wiki.login()
            self.settled = tuple(self._settle_open())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # What can be asked for

    def save(
        self, page: Page, picks: Sequence[Pick], *, proposals: Sequence[int] = (), **checking: Any
    ) -> Outcome:
        """Save the approved fixes, each with its finding, of a page as a human saw it.

        `checking` are the options that the page is checked with (`bot.checker.check_page`: today,
        profile, facts …); the whole page is looked at. `proposals` are the numbers that the fixes
        have in the queue; they are written down with the edit.

        Raises UsageError for what can never be saved: a page that is no wiki's, no fix at all,
        fixes that touch each other or still need a person's words; StaleEdit for fixes of another
        text than the page's; StoreError when the store fails.
        """
        if page.revision is None:
            raise UsageError(f"{page.source or page.title}: is no page of a wiki that can be saved")
        if not picks:
            raise UsageError(f"{page.title}: no fix is chosen, so there is nothing to save")
        if any(fix.safety is Safety.SUGGESTION for _, fix in picks):
            raise UsageError(f"{page.title}: a suggestion has to be completed before it is saved")
        choice = fixes.choose(picks)
        if choice.conflicts:
            one, other = choice.conflicts[0].finding, choice.conflicts[0].blocked_by
            raise UsageError(
                f"{page.title}: the fixes of {one.check} and {other.check} touch; choose one"
            )
        if not choice.chosen:
            raise UsageError(f"{page.title}: no reader would see the change; it is not saved alone")
        fixes.apply(page.text, choice.edits)
        return self._pursue(
            _Task(page, choice.edits, choice.chosen, checking, proposals=tuple(proposals))
        )

    def rewrite(self, page: Page, edit: Edit, about: str) -> Outcome:
        """Replace a stretch of a page in the bot's own user space, as it was just fetched.

        It is saved like anything else, but that no check looks at it and that it is not counted
        among the edits of a page; when somebody has edited the page since, it is a Conflict.
        `about` is what the edit summary says. Raises UsageError for a page of anybody else, and
        StaleEdit when the edit is none of this text.
        """
        self._own(page.title)
        fixes.apply(page.text, [edit])
        return self._pursue(_Task(page, (edit,), (), {}, about=about))

    def create(self, title: str, text: str, about: str) -> Outcome:
        """Make a page in the bot's own user space; a Conflict when there is another by now.

        `about` is what the edit summary says. Raises UsageError for a page of anybody else.
        """
        self._own(title)
        task = _Task(Page(title, text, ""), (), (), {}, about=about)
        over = self._limit(task)
        if over:
            return self._refused(title, Reason.LIMIT, f"{title}: {over}")
        patience = self.wiki.patience()
        while True:
            try:
                self._pace()
                self.wiki.wait_turn()
                seen, objections = self._look(title)
                if seen is not None:
                    # Perhaps by ourselves just now, and the answer was lost.
                    if seen.text == stored(text):
                        return Saved(seen.title, 0, seen.revision)
                    return Conflict(title, text, seen.text, seen.revision, "somebody has made it")
                if objections:
                    return self._refused(title, *objections[0])
                answer = self.wiki.once(
                    action="edit",
                    title=title,
                    text=text,
                    summary=self._summary(task, "").rstrip(),
                    createonly=True,
                    assertuser=self.account,
                    watchlist="nochange",
                    bot=self.policy.bot,
                    tags=self._known_tag() or None,
                )["edit"]
            except WikiUnavailable as trouble:
                self._tell(f"{trouble}; waiting")
                if not patience.wait(trouble.retry_after):
                    self._log("given up", title, str(trouble), {"code": trouble.code})
                    return GivenUp(title, f"{trouble}; unless it is there, it is made next time")
            except WikiError as no:
                if no.code not in _CONFLICT:
                    return self._refused(title, _reason(no), str(no), no.code)
            else:
                self._made += 1
                self._log("created", title, about, {"revision": answer["newrevid"]})
                return Saved(title, 0, int(answer["newrevid"]))

    def _own(self, title: str) -> None:
        """Raise UsageError unless a page lies below the account's user page."""
        for page in self.wiki.request(action="query", titles=[title])["query"].get("pages", ()):
            name = str(page["title"]).partition(":")[2]
            if page.get("ns") != _USER or not name.startswith(f"{self.account}/"):
                raise UsageError(f"{title}: is no page of {self.account}'s own; it is left alone")

    def undo(self, number: int) -> Outcome:
        """Take back our own edit of this number, if nothing came after it.

        Raises UsageError when there is no such edit, or when it was not saved.
        """
        known = {save.id: save for save in self.store.saves(wiki=self.wiki.name)}
        if number not in known:
            raise UsageError(f"{self.wiki.name}: Redpencil made no edit {number} there")
        title, revision = known[number].page, known[number].revision
        if revision is None:
            raise UsageError(f"{title}: edit {number} was not saved, so there is nothing to undo")
        undone = next(
            (s for s in known.values() if s.revision and s.detail.get("undoes") == revision), None
        )
        if undone is not None:
            raise UsageError(f"{title}: edit {number} is undone already (edit {undone.id})")
        try:
            seen = self._revision(revision)
            before = None if seen is None else self._revision(seen.parent)
            latest = (
                None
                if seen is None
                else next(iter(self._history({"pageids": seen.page_id}, limit=1)), None)
            )
        except WikiUnavailable as trouble:
            return self._given_up(title, _Course(self.wiki.patience()), trouble)
        except WikiError as no:
            return self._refused(title, Reason.ERROR, str(no), no.code)
        if seen is None or before is None or latest is None:
            why = f"{title}: the page or our revision was deleted; there is nothing to undo"
            return self._refused(title, Reason.NOT_GOOD, why)
        if latest["revid"] != revision:
            why = (
                f"{seen.title}: the page was edited after our revision {revision} (last by"
                f" {latest.get('user', 'somebody')}), so it is not undone; mend it by hand"
            )
            return self._refused(seen.title, Reason.NOT_GOOD, why)
        return self._take_back(seen, before)

    def _take_back(self, seen: _Seen, before: _Seen) -> Outcome:
        """Put the text before an edit of ours back, as an edit like any other."""
        start = rebase.common(seen.text, before.text)
        behind = rebase.common(seen.text[start:][::-1], before.text[start:][::-1])
        ours = seen.text[start : len(seen.text) - behind]
        theirs = before.text[start : len(before.text) - behind]
        page = Page(seen.title, seen.text, "", revision=seen.revision)
        return self._pursue(_Task(page, (Edit(start, ours, theirs),), (), {}, seen.revision))

    # From the approval to the outcome

    def _pursue(self, task: _Task) -> Outcome:
        """Attempt it until there is an outcome."""
        title = task.page.title
        over = self._limit(task)
        if over:
            return self._refused(title, Reason.LIMIT, f"{title}: {over}")
        course = _Course(self.wiki.patience())
        while True:
            try:
                outcome = self._attempt(task, course)
                if course.doubt and course.plan is not None and course.revision is None:
                    # An answer was lost, and what came of it may have been mistaken for others'.
                    course.revision = self._found(course.plan)
                    if course.revision is not None:
                        continue
                return outcome
            except _Later as later:
                self._tell(f"{later}; waiting")
                if not course.patience.wait(later.trouble.retry_after):
                    return self._given_up(title, course, later.trouble)
            except WikiUnavailable as trouble:
                return self._given_up(title, course, trouble)
            except WikiError as no:
                refused = self._answered_no(task, course, no)
                if refused is not None:
                    return refused

    def _attempt(self, task: _Task, course: _Course) -> Outcome:
        """One go, from what the page is now to what it has become."""
        if course.plan is not None:
            if course.doubt and course.revision is None:
                course.revision = self._found(course.plan)
            if course.revision is not None:
                return self._confirmed(course.plan, course.revision)
        if not self.simulate:
            # Before the page is looked at, so that little can happen between that and the edit.
            self._pace()
            self.wiki.wait_turn()

        seen, objections = self._look(task.page.title)
        if seen is None:
            return self._conflict(task, None, self._whereabouts(task))
        try:
            edits, report = self._standing(task, seen)
        except StaleEdit as stale:
            return self._conflict(task, seen, str(stale))
        if course.conflicts > _MOST_CONFLICTS:
            return self._conflict(task, seen, "somebody edits the page all the time")
        if objections:
            return self._refused(seen.title, *objections[0])
        text = stored(fixes.apply(seen.text, edits))
        if text == stored(seen.text):
            return Unchanged(seen.title, seen.revision)
        bad = self._bad(task, report, edits, text)
        if bad:
            return self._refused(seen.title, Reason.NOT_GOOD, f"{seen.title}: {bad}")
        if self.simulate:
            summary = self._summary(task, "rp-…")
            return Simulated(seen.title, seen.revision, seen.text, text, summary, edits)

        plan = course.plan
        if plan is None or (plan.base, plan.edits) != (seen.revision, edits):
            # One in doubt stays open: the next run finds out, when it can no longer be under way.
            if plan is not None and not course.doubt:
                self._not_saved(plan, "superseded", "the page was edited before it was saved")
            plan = course.plan = self._written_down(task, seen, edits, text)
            course.doubt = False
        course.revision = self._sent(course, plan, text, self._summary(task, plan.marker))
        if course.revision is None:
            self._not_saved(plan, "unchanged", "somebody else has saved the same")
            return Unchanged(seen.title, seen.revision)
        return self._confirmed(plan, course.revision)

    def _look(self, title: str) -> tuple[_Seen | None, list[tuple[Reason, str, str]]]:
        """The page as it is now, and what speaks against editing it."""
        stop = f"User:{self.account}/stop"
        answer = self.wiki.request(
            action="query",
            prop="revisions|info",
            titles=[title, stop],
            rvprop="ids|content",
            rvslots="main",
            intestactions="edit",
            intestactionsdetail="full",
        )["query"]
        changed = (*answer.get("normalized", ()), *answer.get("converted", ()))
        stop = {each["from"]: each["to"] for each in changed}.get(stop, stop)
        stopped: dict[str, Any] = next(
            (page for page in answer["pages"] if page["title"] == stop), {}
        )
        found = next((page for page in answer["pages"] if page is not stopped), stopped)
        seen, said = _seen(found), _seen(stopped)
        objections = []
        if said is not None and said.text.strip():
            words = " ".join(said.text.split())[:200]
            why = f"[[{stop}]] says “{words}”; nothing is saved until that page is empty"
            objections.append((Reason.STOPPED, f"{found['title']}: {why}", "stopped"))
        asked = "" if seen is None else refusal(seen.text, self.account)
        if asked:
            why = f"{found['title']}: the page asks bots to stay away with {asked}; edit it by hand"
            objections.append((Reason.STAY_AWAY, why, "stay-away"))
        for wrong in found.get("actions", {}).get("edit", ()):
            no = wiki_error(wrong["code"], words_of(wrong), where=found["title"])
            objections.append((_reason(no), str(no), no.code))
        return seen, objections

    def _standing(self, task: _Task, seen: _Seen) -> tuple[tuple[Edit, ...], Report | None]:
        """The approved edits as edits of the page as it is now, and what the checks say of it.

        Raises StaleEdit when what was approved no longer stands.
        """
        page = task.page
        report = self._checked(task, seen) if task.picks else None
        if seen.revision == page.revision and seen.text == page.text:
            if report is not None:
                report = _approved(report, _still_found(task.picks, report))
            return task.edits, report
        base = self._revision(page.revision or 0)
        if base is None:
            raise StaleEdit("the revision that was looked at has been deleted")
        if base.text != page.text:
            raise StaleEdit(f"revision {base.revision} reads otherwise than the text approved")
        if base.page_id != seen.page_id:
            raise StaleEdit(f"the page is another one now, the old one is [[{base.title}]]")
        if stored(seen.text) == stored(fixes.apply(page.text, task.edits)):
            return (), report
        if report is None:
            raise StaleEdit("somebody edited the page meanwhile")
        edits = rebase.by_section(page.text, seen.text, task.edits)
        chosen = _still_found(task.picks, report, page.text, rebase.by_section)
        return edits, _approved(report, chosen)

    @staticmethod
    def _checked(task: _Task, seen: _Seen) -> Report:
        page = Page(seen.title, seen.text, task.page.source, revision=seen.revision)
        return check_page(page, **task.checking)

    def _bad(self, task: _Task, report: Report | None, edits: Sequence[Edit], text: str) -> str:
        """What would be wrong with the saved text; '' when nothing is."""
        if report is not None:
            applied = fixes.apply(report.page.text, edits)
            wrong = look_again(report, edits, applied, **task.checking)
            if wrong:
                return f"the result would not be good ({'; '.join(wrong)}); edit it by hand"
        if _REWRITTEN.search(text):
            answer = self.wiki.request(
                action="parse",
                title=task.page.title,
                text=text,
                contentmodel="wikitext",
                onlypst=True,
            )
            if stored(answer["parse"]["text"]) != text:
                return (
                    "the wiki would rewrite more of the page while saving it (a signature, a"
                    " subst: or a pipe trick stands there); edit it by hand"
                )
        return ""

    def _summary(self, task: _Task, marker: str) -> str:
        """The edit summary, with the marker that finds the edit again."""
        about = self.policy.documentation or f"User:{self.account}"
        tail = f" ([[{about}|about]]) {marker}"
        if task.undoes is not None:
            return f"Redpencil: undid its own revision {task.undoes}{tail}"
        if task.about:
            return f"Redpencil: {task.about}{tail}"
        return self.policy.summary((finding.check for finding, _ in task.picks), about, marker)

    def _written_down(self, task: _Task, seen: _Seen, edits: tuple[Edit, ...], text: str) -> _Plan:
        """The plan, on the disk before the wiki hears of it."""
        marker = f"rp-{secrets.token_hex(6)}"
        number = self.store.intend(
            wiki=self.wiki.name,
            page=seen.title,
            account=self.account,
            base_revision=seen.revision,
            sha1=hashlib.sha1(text.encode()).hexdigest(),  # noqa: S324 (MediaWiki's own choice)
            marker=marker,
            detail={
                "at": self.store.clock().isoformat(),
                "page_id": seen.page_id,
                "edits": [list(edit) for edit in edits],
                "checks": sorted({finding.check for finding, _ in task.picks}),
                "undoes": task.undoes,
                "proposals": task.proposals,
                "source": task.page.source,
            },
        )
        return _Plan(
            number, marker, seen.page_id, seen.title, seen.revision, seen.text, edits, task
        )

    def _sent(self, course: _Course, plan: _Plan, text: str, summary: str) -> int | None:
        """Ask the wiki to save; the revision it made, or None if it says that nothing changed.

        Raises _Later when it did not go through now, WikiError when it never will.
        """
        policy = self.policy
        tag = self._known_tag()
        in_doubt, course.doubt = course.doubt, True
        try:
            answer = self.wiki.once(
                action="edit",
                title=plan.title,
                text=text,
                summary=summary,
                # The base revision alone: with a base timestamp MediaWiki overlooks edits of the
                # same second and of the same account.
                baserevid=plan.base,
                nocreate=True,
                md5=hashlib.md5(text.encode()).hexdigest(),  # noqa: S324 (the API's own choice)
                assertuser=self.account,
                watchlist="nochange",
                bot=policy.bot,
                minor=policy.minor,
                notminor=not policy.minor,
                tags=tag or None,
            )["edit"]
        except WikiUnavailable as trouble:
            course.doubt = in_doubt or trouble.code == ANSWER_LOST
            raise _Later(trouble) from trouble
        except WikiError:
            course.doubt = in_doubt
            raise
        self._made += 1
        if "newrevid" in answer:
            return int(answer["newrevid"])
        # Nothing changed: an earlier request of ours, or somebody else, has saved just this.
        return self._found(plan)

    # What comes back

    def _answered_no(self, task: _Task, course: _Course, no: WikiError) -> Outcome | None:
        """The outcome of an error, or None to have another go."""
        if self._tag and (no.code.startswith("tags-apply") or no.code == "badtags"):
            self._tag = ""
            return None
        plan = course.plan
        if plan is not None and not course.doubt:
            kind = "conflict" if no.code in _CONFLICT else "refused"
            self._not_saved(plan, kind, str(no))
            course.plan = None
        if no.code in _CONFLICT:
            # Somebody was faster. What the page has become decides: see _standing.
            course.conflicts += 1
            return None
        if no.code == "abusefilter-warning":
            # The session remembers the warning, and would take the next try for a "save anyway".
            with suppress(WikiError):
                self.wiki.begin_anew()
        return self._refused(
            task.page.title, _reason(no), str(no), no.code, logged=plan is not None
        )

    def _confirmed(self, plan: _Plan, revision: int) -> Outcome:
        """Read back what was saved; what came out as something else is taken back."""
        seen = self._revision(revision)
        if seen is None:
            self.store.settle(plan.number, "saved", revision=revision, why="deleted since")
            return Saved(plan.title, plan.number, revision, read_back=False)
        wrong, merged = self._differs(plan, seen)
        self.store.settle(
            plan.number, "saved", revision=revision, why=wrong, detail={"merged": merged}
        )
        if not wrong:
            return Saved(plan.title, plan.number, revision, merged=merged)
        parent = self._revision(seen.parent)
        undone = self._take_back(seen, parent) if parent is not None else None
        taken_back = undone.revision if isinstance(undone, Saved) else None
        detail = {"revision": revision, "taken_back": taken_back}
        self._log("conflict", plan.title, wrong, detail, subject=str(plan.number))
        theirs = None if parent is None else parent.text
        now = revision if taken_back is None else taken_back
        return Conflict(plan.title, plan.text, theirs, now, wrong, plan.number, taken_back)

    def _differs(self, plan: _Plan, seen: _Seen) -> tuple[str, bool]:
        """How a saved text differs from what was approved ('' for not), and whether it is merged.

        MediaWiki joins an edit with one made since its base, if their lines do not meet, and says
        nothing. That is right only if the approved edits stand in the other's text as they stood
        in ours, and what they mend is still wrong there.
        """
        if seen.page_id != plan.page_id:
            return "the page was moved, and another one made in its place", True
        if seen.parent == plan.base:
            same = seen.text == plan.text
            return "" if same else "the wiki saved another text than it was given", False
        parent = self._revision(seen.parent)
        if parent is None:
            return "the wiki joined the edit with one that cannot be read", True
        task = plan.task
        try:
            edits = _carried(plan.before, parent.text, plan.edits)
            if stored(fixes.apply(parent.text, edits)) != seen.text:
                raise StaleEdit("the wiki joined the two in another way than expected")
            if task is not None and task.picks:
                report = self._checked(task, parent)
                chosen = _still_found(task.picks, report, task.page.text, _carried)
                wrong = look_again(_approved(report, chosen), edits, seen.text, **task.checking)
                if wrong:
                    raise StaleEdit("; ".join(wrong))
        except StaleEdit as stale:
            return f"somebody edited the page at the same moment: {stale}", True
        return "", True

    def _found(self, plan: _Plan) -> int | None:
        """The revision whose summary holds the plan's marker, if there is one."""
        # Under its title it may be another page by now, and the edit may have gone there.
        for where in ({"pageids": plan.page_id}, {"titles": plan.title}):
            for revision in self._history(where, user=self.account, end=plan.base):
                if plan.marker in revision.get("comment", ""):
                    return int(revision["revid"])
        return None

    def _settle_open(self) -> Iterator[Outcome]:
        """Find out about edits whose end a killed or cut off run did not learn."""
        for save in self.store.saves(state="intended", wiki=self.wiki.name):
            if save.account == self.account:
                try:
                    yield self._settle(save)
                except WikiUnavailable as trouble:
                    yield self._given_up(save.page, None, trouble)

    def _settle(self, save: Save) -> Outcome:
        base = self._revision(save.base_revision)
        plan = _Plan(
            save.id,
            save.marker,
            save.detail["page_id"],
            save.page,
            save.base_revision,
            "" if base is None else base.text,
            tuple(Edit._make(each) for each in save.detail["edits"]),
            None,
        )
        revision = self._found(plan)
        if revision is None:
            age = self.store.clock() - datetime.fromisoformat(save.detail["at"])
            left = self.policy.settled_after - age.total_seconds()
            if left > 0:
                self._tell(f"{save.page}: waiting {left:.0f} s to know whether an edit was saved")
                self._sleep(left)
                revision = self._found(plan)
        if revision is not None and base is not None:
            return self._confirmed(plan, revision)
        if revision is not None:
            self.store.settle(save.id, "saved", revision=revision)
            return Saved(save.page, save.id, revision, read_back=False)
        if base is None:
            why = "the page was deleted after an earlier run meant to edit it"
        else:
            why = "an earlier run ended before the wiki had saved its edit; save it again"
        self._not_saved(plan, "not saved", why)
        return Refused(save.page, Reason.INTERRUPTED, f"{save.page}: {why}")

    # Outcomes that save nothing

    def _conflict(self, task: _Task, seen: _Seen | None, why: str) -> Conflict:
        title = task.page.title
        revision = None if seen is None else seen.revision
        self._log("conflict", title, why, {"base": task.page.revision, "revision": revision})
        ours = fixes.apply(task.page.text, task.edits)
        return Conflict(title, ours, None if seen is None else seen.text, revision, why)

    def _whereabouts(self, task: _Task) -> str:
        """What became of a page that is no longer there."""
        base = self._revision(task.page.revision or 0)
        if base is None:
            return "the page was deleted, and is not made anew"
        return f"the page was moved to [[{base.title}]]"

    def _refused(
        self, title: str, reason: Reason, message: str, code: str = "", *, logged: bool = False
    ) -> Refused:
        if not logged:
            self._log("refused", title, message, {"reason": reason.name.lower(), "code": code})
        return Refused(title, reason, message, code)

    def _given_up(self, title: str, course: _Course | None, trouble: WikiUnavailable) -> Outcome:
        """The end of patience. Without a course it is about an edit of an earlier run."""
        plan = None if course is None else course.plan
        if course is not None and plan is not None and course.revision is not None:
            self.store.settle(plan.number, "saved", revision=course.revision)
            return Saved(title, plan.number, course.revision, read_back=False)
        is_open = course is None or course.doubt
        if is_open:
            end = "whether the edit was saved is not known; the next run will find out"
        else:
            end = "nothing was saved"
            if plan is not None:
                self._not_saved(plan, "given up", str(trouble))
        message = f"{trouble}; {end}"
        if plan is None or is_open:
            self._log("given up", title, message, {"code": trouble.code})
        return GivenUp(title, message, is_open)

    def _not_saved(self, plan: _Plan, kind: str, why: str) -> None:
        self.store.settle(plan.number, "not saved", kind=kind, why=why)

    def _log(
        self, kind: str, page: str, why: str, detail: Mapping[str, Any], *, subject: str = ""
    ) -> None:
        if not self.simulate:
            self.store.record(
                kind,
                wiki=self.wiki.name,
                page=page,
                who=self.account,
                subject=subject,
                why=why,
                detail=detail,
            )

    # Limits

    def _limit(self, task: _Task) -> str:
        """Which limit is reached; '' for none."""
        policy = self.policy
        if self._made >= policy.per_run:
            return f"{policy.per_run} edits were made in this run; start another one"
        if task.picks:
            since = self.store.clock() - _DAY
            made = self.store.times("saved", wiki=self.wiki.name, page=task.page.title, since=since)
            if len(made) >= policy.per_page:
                again = made[-policy.per_page] + _DAY
                return f"edited {len(made)} times in 24 hours; again from {again:%H:%M} UTC"
        return ""

    def _pace(self) -> None:
        """Wait until one more edit is within the edits a minute, those of earlier runs counted."""
        now, minute = self.store.clock(), timedelta(minutes=1)
        made = self.store.times("intended", wiki=self.wiki.name, since=now - minute)
        if len(made) >= self.policy.per_minute:
            pause = (made[-self.policy.per_minute] + minute - now).total_seconds()
            self._tell(
                f"{self.policy.per_minute} edits a minute are allowed; waiting {pause:.0f} s"
            )
            self._sleep(pause)

    def _locked(self) -> int:
        """The lock that keeps a second Redpencil from saving beside this one; it ends with us."""
        path = self.store.path.with_name(f"{self.store.path.name}.saving")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        waited, pause = 0.0, 0.1
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                other = os.pread(descriptor, 20, 0).decode(errors="replace")
                if waited >= self.policy.max_wait:
                    os.close(descriptor)
                    raise StoreError(
                        f"another redpencil (process {other}) has been saving for {waited:.0f} s;"
                        " nothing was done; start again when it has ended"
                    ) from None
                if not waited:
                    self._tell(f"another redpencil (process {other}) is saving; waiting for it")
                pause = min(2 * pause, 2.0, self.policy.max_wait - waited)
                self._sleep(pause)
                waited += pause
            else:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                return descriptor

    # Questions to the wiki

    def _revision(self, revision: int) -> _Seen | None:
        """A revision, or None when it is not (or no longer) there to be read."""
        answer = self.wiki.request(
            action="query", prop="revisions", revids=revision, rvprop="ids|content", rvslots="main"
        )["query"]
        return next(filter(None, map(_seen, answer.get("pages", ()))), None)

    def _history(
        self,
        where: Mapping[str, Any],
        *,
        user: str | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[dict[str, Any]]:
        """Revisions of a page, the latest first, back to the one of number `end`."""
        more: dict[str, Any] = {}
        found: list[dict[str, Any]] = []
        while True:
            answer = self.wiki.request(
                action="query",
                prop="revisions",
                rvprop="ids|comment|user",
                rvuser=user,
                rvendid=end,
                rvlimit=limit,
                **where,
                **more,
            )
            for page in answer.get("query", {}).get("pages", ()):
                found += page.get("revisions", ())
            if "continue" not in answer or limit == 1:
                return found
            more = answer["continue"]

    def _known_tag(self) -> str:
        """Our edit tag, if the wiki defines it; '' otherwise."""
        if self._tag is None:
            self._tag = ""
            more: dict[str, Any] = {}
            while self.policy.tag:
                answer = self.wiki.request(
                    action="query", list="tags", tgprop="active", tglimit="max", **more
                )
                tags = {tag["name"]: tag.get("active") for tag in answer["query"]["tags"]}
                if tags.get(self.policy.tag):
                    self._tag = self.policy.tag
                if self._tag or "continue" not in answer:
                    break
                more = answer["continue"]
        return self._tag


def _seen(page: Mapping[str, Any]) -> _Seen | None:
    """A page of an answer with its one revision; None when there is none to read."""
    for revision in page.get("revisions", ()):
        content = revision.get("slots", {}).get("main", {}).get("content")
        if content is not None:
            return _Seen(
                page["pageid"],
                page["title"],
                revision["revid"],
                revision.get("parentid", 0),
                content,
            )
    return None


def _reason(no: WikiError) -> Reason:
    if isinstance(no, NotAllowed):
        return Reason.NOT_ALLOWED
    return Reason.UNWANTED if isinstance(no, EditRefused) else Reason.ERROR


_Carry = Callable[[str, str, Sequence[Edit]], tuple[Edit, ...]]


def _carried(before: str, after: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits on a text that somebody changed elsewhere, by section or else by line."""
    try:
        return rebase.by_section(before, after, edits)
    except StaleEdit:
        return rebase.by_line(before, after, edits)


def _still_found(
    picks: Sequence[Pick], report: Report, text: str | None = None, carry: _Carry | None = None
) -> dict[Finding, Fix]:
    """The approved findings as the report has them, each with the approved fix.

    With the `text` they are findings of, and a way to carry edits from it to the report's page,
    StaleEdit is raised when one of them is not found any more: what is mended in one place can rest
    on what stands in another, such as two mentions of one thing.
    """
    found = {}
    for finding, fix in picks:
        span, edits = finding.span, fix.edits
        if text is not None and carry is not None:
            (place,) = carry(text, report.page.text, (Edit(span.start, span.of(text), ""),))
            span, edits = place.span, carry(text, report.page.text, edits)
        moved = fix._replace(edits=edits)
        by_hand = fix not in finding.fixes
        # What archives gave cannot be found again without asking them.
        looked_up = finding.family == "archives" and not report.facts.looked_up
        for other in report.findings:
            if (other.check, other.span) == (finding.check, span) and (
                carry is None
                or by_hand
                or looked_up
                or any(edits == each.edits for each in other.fixes)
            ):
                found[other] = moved
                break
        else:
            if carry is not None:
                raise StaleEdit(f"{finding.check} is not found there any more")
    return found


def _approved(report: Report, chosen: Mapping[Finding, Fix]) -> Report:
    """The report with the approved fix as the only one of each chosen finding.

    So what a person wrote instead of a proposed fix has to mend the finding as well.
    """
    findings = (
        finding._replace(fixes=(chosen[finding],)) if finding in chosen else finding
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings))
