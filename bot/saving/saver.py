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

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from bot import fixes, lock
from bot.errors import StaleEdit, StoreError, UsageError, WikiError, WikiUnavailable
from bot.model import Edit, Page, Safety
from bot.saving import rebase, standing
from bot.saving.limits import Limits
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
from bot.saving.plan import Pick, Plan, Task
from bot.saving.policy import Policy
from bot.saving.reading import Reader, Revision, reason, stored
from bot.sites.mediawiki_errors import ANSWER_LOST
from bot.store import Save, Store


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


@dataclass(slots=True)
class _Course:
    """How far an attempt to save has come."""

    patience: Patience
    plan: Plan | None = None  # what was written down, and perhaps saved
    doubt: bool = False  # whether it may have been saved
    revision: int | None = None  # what the wiki made of it
    conflicts: int = 0


class _Later(Exception):
    """The edit did not go through now; `trouble` says why."""

    def __init__(self, trouble: WikiUnavailable) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


class Saver:
    """Saves to one wiki, one page after the other. Use it as a context.

    On entering, it logs in, waits for another Redpencil that is saving from the same store, and
    finds out about edits that a killed one left open (`settled`).

    With `simulate` everything is done but the edit, and what an earlier run left open stays so.
    `tell` hears why there is a wait.
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
        self._tag: str | None = None
        self._lock: int | None = None
        self._reader = Reader(wiki.request)
        self._limits = Limits(policy, store, wiki.name, sleep=sleep, tell=tell)

    def __enter__(self) -> Self:
        """Raises StoreError when another Redpencil keeps saving for too long, and WikiError when
        the wiki refuses the account or does not answer."""
        self._lock = self._locked()
        try:
            self.account = self.wiki.login()
            # Which may take an edit back, and so is no part of a simulation.
            self.settled = () if self.simulate else tuple(self._settle_open())
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
        fixes that clash or still need a person's words; StaleEdit for fixes of another
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
                f"{page.title}: the fixes of {one.check} and {other.check} do not go together;"
                " choose one"
            )
        if not choice.chosen:
            raise UsageError(f"{page.title}: no reader would see the change; it is not saved alone")
        fixes.apply(page.text, choice.edits)
        return self._pursue(
            Task(page, choice.edits, choice.chosen, checking, proposals=tuple(proposals))
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
        return self._pursue(Task(page, (edit,), (), {}, about=about))

    def create(self, title: str, text: str, about: str) -> Outcome:
        """Make a page in the bot's own user space; a Conflict when there is another by now.

        `about` is what the edit summary says. Raises UsageError for a page of anybody else.
        """
        self._own(title)
        task = Task(Page(title, text, ""), (), (), {}, about=about)
        over = self._limits.reached()
        if over:
            return self._refused(title, Reason.LIMIT, f"{title}: {over}")
        patience = self.wiki.patience()
        while True:
            try:
                self._limits.wait()
                self.wiki.wait_turn()
                seen, objection = self._reader.now(title, self.account)
                if seen is not None:
                    # Perhaps by ourselves just now, and the answer was lost.
                    if seen.text == stored(text):
                        return Saved(seen.title, 0, seen.id)
                    return Conflict(title, text, seen.text, seen.id, "somebody has made it")
                if objection:
                    return self._refused(title, *objection)
                answer = self.wiki.once(
                    action="edit",
                    title=title,
                    text=text,
                    summary=task.summary(self.policy, self.account, "").rstrip(),
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
                    return self._refused(title, reason(no), str(no), no.code)
            else:
                self._limits.made += 1
                self._log("created", title, about, {"revision": answer["newrevid"]})
                return Saved(title, 0, int(answer["newrevid"]))

    def _own(self, title: str) -> None:
        """Raise UsageError unless a page lies below the account's user page."""
        if not self._reader.is_own(title, self.account):
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
            seen = self._reader.revision(revision)
            before = None if seen is None else self._reader.revision(seen.parent)
            latest = None if seen is None else self._reader.latest(seen.page_id)
        except WikiUnavailable as trouble:
            return self._given_up(title, _Course(self.wiki.patience()), trouble)
        except WikiError as no:
            return self._refused(title, Reason.ERROR, str(no), no.code)
        if seen is None or before is None or latest is None:
            why = f"{title}: the page or our revision was deleted; there is nothing to undo"
            return self._refused(title, Reason.NOT_GOOD, why)
        last, editor = latest
        if last != revision:
            why = (
                f"{seen.title}: the page was edited after our revision {revision} (last by"
                f" {editor}), so it is not undone; mend it by hand"
            )
            return self._refused(seen.title, Reason.NOT_GOOD, why)
        return self._take_back(seen, before)

    def _take_back(self, seen: Revision, before: Revision) -> Outcome:
        """Put the text before an edit of ours back, as an edit like any other."""
        start = rebase.common(seen.text, before.text)
        behind = rebase.common(seen.text[start:][::-1], before.text[start:][::-1])
        ours = seen.text[start : len(seen.text) - behind]
        theirs = before.text[start : len(before.text) - behind]
        page = Page(seen.title, seen.text, "", revision=seen.id)
        return self._pursue(Task(page, (Edit(start, ours, theirs),), (), {}, seen.id))

    # From the approval to the outcome

    def _pursue(self, task: Task) -> Outcome:
        """Attempt it until there is an outcome."""
        title = task.page.title
        over = self._limits.reached(title if task.picks else None)
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

    def _attempt(self, task: Task, course: _Course) -> Outcome:
        """One go, from what the page is now to what it has become."""
        if course.plan is not None:
            if course.doubt and course.revision is None:
                course.revision = self._found(course.plan)
            if course.revision is not None:
                return self._confirmed(course.plan, course.revision)
        if not self.simulate:
            # Before the page is looked at, so that little can happen between that and the edit.
            self._limits.wait()
            self.wiki.wait_turn()

        seen, objection = self._reader.now(task.page.title, self.account)
        if seen is None:
            return self._conflict(task, None, self._reader.whereabouts(task.page.revision or 0))
        try:
            edits, report = standing.carried_to(seen, task, self._reader)
        except StaleEdit as stale:
            if objection:  # which is why nothing is found, where the page asks to be left alone
                return self._refused(seen.title, *objection)
            return self._conflict(task, seen, str(stale))
        if course.conflicts > _MOST_CONFLICTS:
            return self._conflict(task, seen, "somebody edits the page all the time")
        if objection:
            return self._refused(seen.title, *objection)
        text = stored(fixes.apply(seen.text, edits))
        if text == stored(seen.text):
            return Unchanged(seen.title, seen.id)
        bad = standing.objection(task, report, edits, text, self._reader)
        if bad:
            return self._refused(seen.title, Reason.NOT_GOOD, f"{seen.title}: {bad}")
        if self.simulate:
            summary = task.summary(self.policy, self.account, "rp-…")
            return Simulated(seen.title, seen.id, seen.text, text, summary, edits)

        plan = course.plan
        if plan is None or (plan.base, plan.edits) != (seen.id, edits):
            # One in doubt stays open: the next run finds out, when it can no longer be under way.
            if plan is not None and not course.doubt:
                self._not_saved(plan, "superseded", "the page was edited before it was saved")
            plan = course.plan = Plan.written_down(
                self.store, self.wiki.name, self.account, task, seen, edits
            )
            course.doubt = False
        course.revision = self._sent(task, course, plan)
        if course.revision is None:
            self._not_saved(plan, "unchanged", "somebody else has saved the same")
            return Unchanged(seen.title, seen.id)
        return self._confirmed(plan, course.revision)

    def _sent(self, task: Task, course: _Course, plan: Plan) -> int | None:
        """Ask the wiki to save; the revision it made, or None if it says that nothing changed.

        Raises _Later when it did not go through now, WikiError when it never will.
        """
        policy, text = self.policy, plan.text
        tag = self._known_tag()
        in_doubt, course.doubt = course.doubt, True
        try:
            answer = self.wiki.once(
                action="edit",
                title=plan.title,
                text=text,
                summary=task.summary(policy, self.account, plan.marker),
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
        self._limits.made += 1
        if "newrevid" in answer:
            return int(answer["newrevid"])
        # Nothing changed: an earlier request of ours, or somebody else, has saved just this.
        return self._found(plan)

    # What comes back

    def _answered_no(self, task: Task, course: _Course, no: WikiError) -> Outcome | None:
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
            # Somebody was faster. What the page has become decides: see `standing`.
            course.conflicts += 1
            return None
        if no.code == "abusefilter-warning":
            # The session remembers the warning, and would take the next try for a "save anyway".
            with suppress(WikiError):
                self.wiki.begin_anew()
        return self._refused(task.page.title, reason(no), str(no), no.code, logged=plan is not None)

    def _confirmed(self, plan: Plan, revision: int) -> Outcome:
        """Read back what was saved; what came out as something else is taken back."""
        seen = self._reader.revision(revision)
        if seen is None:
            self.store.settle(plan.number, "saved", revision=revision, why="deleted since")
            return Saved(plan.title, plan.number, revision, read_back=False)
        wrong, merged = standing.difference(plan, seen, self._reader)
        self.store.settle(
            plan.number, "saved", revision=revision, why=wrong, detail={"merged": merged}
        )
        if not wrong:
            return Saved(plan.title, plan.number, revision, merged=merged)
        parent = self._reader.revision(seen.parent)
        undone = self._take_back(seen, parent) if parent is not None else None
        taken_back = undone.revision if isinstance(undone, Saved) else None
        detail = {"revision": revision, "taken_back": taken_back}
        self._log("conflict", plan.title, wrong, detail, subject=str(plan.number))
        theirs = None if parent is None else parent.text
        now = revision if taken_back is None else taken_back
        return Conflict(plan.title, plan.text, theirs, now, wrong, plan.number, taken_back)

    def _found(self, plan: Plan) -> int | None:
        """The revision that a plan was saved as, if there is one."""
        return self._reader.marked(
            plan.marker,
            page_id=plan.page_id,
            title=plan.title,
            account=self.account,
            since=plan.base,
        )

    def _settle_open(self) -> Iterator[Outcome]:
        """Find out about edits whose end a killed or cut off run did not learn."""
        for save in self.store.saves(state="intended", wiki=self.wiki.name):
            if save.account == self.account:
                try:
                    yield self._settle(save)
                except WikiUnavailable as trouble:
                    yield self._given_up(save.page, None, trouble)

    def _settle(self, save: Save) -> Outcome:
        base = self._reader.revision(save.base_revision)
        plan = Plan.of(save, "" if base is None else base.text)
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

    def _conflict(self, task: Task, seen: Revision | None, why: str) -> Conflict:
        title = task.page.title
        revision = None if seen is None else seen.id
        self._log("conflict", title, why, {"base": task.page.revision, "revision": revision})
        ours = fixes.apply(task.page.text, task.edits)
        return Conflict(title, ours, None if seen is None else seen.text, revision, why)

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

    def _not_saved(self, plan: Plan, kind: str, why: str) -> None:
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

    # Before anything else

    def _locked(self) -> int:
        """The lock that keeps a second Redpencil from saving beside this one; it ends with us."""
        path = self.store.path.with_name(f"{self.store.path.name}.saving")
        waited, pause = 0.0, 0.1
        while True:
            try:
                return lock.take(path, str(os.getpid()))
            except lock.Taken as taken:
                if waited >= self.policy.max_wait:
                    raise StoreError(
                        f"another redpencil (process {taken.by}) has been saving for"
                        f" {waited:.0f} s; nothing was done; start again when it has ended"
                    ) from None
                if not waited:
                    self._tell(f"another redpencil (process {taken.by}) is saving; waiting for it")
                pause = min(2 * pause, 2.0, self.policy.max_wait - waited)
                self._sleep(pause)
                waited += pause

    def _known_tag(self) -> str:
        """Our edit tag, if the wiki defines it; '' otherwise."""
        if self._tag is None:
            self._tag = ""
            if self.policy.tag and self._reader.has_tag(self.policy.tag):
                self._tag = self.policy.tag
        return self._tag
