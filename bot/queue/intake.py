"""What the checks say of a page comes in: what of it is known, what is new, what has gone.

A known finding stays the proposal it is, with what was decided, and moves to where it stands now,
with its page to another title as well; an approval that does not fit the newer text is asked for
again. Nothing that a person decided is forgotten here, and nothing is guessed: `bot.queue.anchors`
says which finding is which.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from bot import fixes
from bot.errors import StaleEdit
from bot.model import Edit, Finding, Page, Report, Span
from bot.queue import anchors
from bot.queue.proposals import OPEN, Proposal, Proposed, State
from bot.queue.transaction import Transaction, changing
from bot.store import Store

#: A proposal of which nobody has decided.
_UNDECIDED: dict[str, Any] = {
    "state": State.PENDING,
    "fix": None,
    "edits": (),
    "edited": False,
    "reason": "",
    "who": "",
    "decided": None,
}


def take_in(
    store: Store,
    wiki: str,
    page: str,
    report: Report,
    *,
    checks: Collection[str] | None,
    sections: Collection[str] | None,
    who: str,
) -> Proposed:
    """Take in what the checks say of a page, in one transaction; see `bot.queue.Queue.propose`."""
    text = report.page.text
    blind = {skipped.check for skipped in report.skipped if skipped.failed}
    refusal = next((s.reason for s in report.skipped if s.check == "all"), "")
    keys = [anchors.key(each.check, text, each.span) for each in report.findings]
    sha1 = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    with changing(store) as changes:
        _follow(changes, wiki, page, report.page, who)
        known = changes.of_page(wiki, page)
        newest = max((each.revision or 0 for each in known), default=0)
        if report.page.revision is not None and report.page.revision < newest:
            return Proposed(outdated=True)
        intake = _Intake(changes, wiki, page, report, sha1, who)
        matched = intake.match(known, keys)
        new, kept, remembered = [], [], []
        for number, finding in enumerate(report.findings):
            stored = matched.get(number)
            if stored is not None and not report.facts.looked_up:
                finding = intake.as_looked_up(stored, finding)
            if stored is None:
                new.append(intake.add(finding, keys[number]))
            elif stored.state is State.SAVED:
                remembered.append(intake.undone_on_the_wiki(stored, finding, keys[number]))
            elif stored.state is State.REJECTED:
                intake.keep(stored, finding)
                remembered.append(stored.id)
            elif stored.state is State.OBSOLETE:
                new.append(intake.back(stored, finding))
            else:
                intake.keep(stored, finding)
                kept.append(stored.id)
        obsolete = []
        still_there = {stored.id for stored in matched.values()}
        for stored in known:
            if stored.id in still_there or stored.state not in OPEN or stored.gone:
                continue
            looked_at = (
                (checks is None or stored.finding.check in checks)
                and (sections is None or stored.section in sections)
                and stored.finding.check not in blind
                # Where links lead could not be looked up: a repeat may have gone unseen.
                and not (report.facts.unknown and stored.finding.family == "duplicates")
            )
            if not looked_at:
                intake.carry(stored)
            elif _set_aside(changes, stored, who, refusal or "the page no longer has it"):
                obsolete.append(stored.id)
        changes.keep_text(sha1, text)
        changes.drop_texts({each.sha1 for each in known})
        result = Proposed(tuple(new), tuple(kept), tuple(remembered), tuple(obsolete))
        if result.new or result.obsolete or any(intake.is_new_text(each) for each in known):
            store.record(
                "checked",
                wiki=wiki,
                page=page,
                who=who,
                detail={
                    "revision": report.page.revision,
                    "new": len(new),
                    "kept": len(kept),
                    "remembered": len(remembered),
                    "obsolete": len(obsolete),
                },
                connection=changes.connection,
            )
    return result


def page_gone(store: Store, wiki: str, page: str, why: str, who: str) -> tuple[int, ...]:
    """Set aside what is open of a page that is no longer there; see `bot.queue.Queue.page_gone`."""
    with changing(store) as changes:
        known = [each for each in changes.of_page(wiki, page) if each.state in OPEN]
        there = [each for each in known if not each.gone]
        obsolete = tuple(each.id for each in there if _set_aside(changes, each, who, why))
        changes.drop_texts({each.sha1 for each in there})
    return obsolete


def after_saving(changes: Transaction, saved: Iterable[Proposal]) -> None:
    """Let what stands beside saved edits be known by the words that it has now.

    So a "no" about a sentence or a reference holds when we mended something else in it.
    """
    together: dict[tuple[str, str, str], list[Proposal]] = {}
    for each in saved:
        together.setdefault((each.wiki, each.page, each.sha1), []).append(each)
    for (wiki, page, sha1), made in together.items():
        text = changes.text(sha1)
        edits = fixes.choose((each.finding, each.approved_fix) for each in made if each.edits).edits
        try:
            after = fixes.apply(text, edits)
        except StaleEdit:  # the text is no longer kept
            continue
        known = {each.id for each in made}
        for other in changes.of_page(wiki, page):
            if other.state in OPEN and other.sha1 == sha1 and other.id not in known:
                check = other.finding.check
                keys = (anchors.key(check, after, span) for span in _spans(other, edits))
                aliases = dict.fromkeys((*other.aliases, *keys))
                aliases.pop(other.key, None)
                changes.write(dataclasses.replace(other, aliases=tuple(aliases)))


def _spans(proposal: Proposal, edits: Sequence[Edit]) -> Iterator[Span]:
    """Where a finding may stand after the edits: what is put in at its end is in it, or behind."""
    span = proposal.finding.span
    start = fixes.moved(span.start, edits)
    last = max(span.start, span.end - 1)
    for end in {fixes.moved(span.end, edits), fixes.moved(last, edits) + (span.end > span.start)}:
        yield Span(start, max(start, end))


def _follow(changes: Transaction, wiki: str, title: str, page: Page, who: str) -> None:
    """What is known of a page goes with it when it is moved, first of all every "no"."""
    if page.page_id is None:
        return
    for former in changes.moved(wiki, title, page.page_id, page.source):
        for name, why in (
            (former, f"the page is [[{title}]] now"),
            (title, f"the page was [[{former}]] before"),
        ):
            changes.store.record(
                "moved", wiki=wiki, page=name, who=who, why=why, connection=changes.connection
            )


def _set_aside(changes: Transaction, stored: Proposal, who: str, why: str) -> bool:
    """A finding that its page no longer has; whether it is obsolete, for a "no" is not."""
    after = dataclasses.replace(stored, sha1="", version=stored.version + 1)
    if stored.state is State.REJECTED:
        changes.write(after)
        return False
    after = dataclasses.replace(after, state=State.OBSOLETE, fix=None, edits=(), edited=False)
    changes.write(after)
    changes.record("obsolete", after, who, why=why)
    return True


class _Intake:
    """One report of one page coming in, within its transaction."""

    def __init__(
        self,
        changes: Transaction,
        wiki: str,
        page: str,
        report: Report,
        sha1: str,
        who: str,
    ) -> None:
        self.changes = changes
        self.wiki = wiki
        self.page = page
        self.report = report
        self.sha1 = sha1
        self.who = who
        self._shifts: dict[str, anchors.Shift] = {}

    def match(self, known: Sequence[Proposal], keys: Sequence[str]) -> dict[int, Proposal]:
        """Which finding (its number) is which stored proposal.

        Of equal findings the nearest is meant. A saved proposal is only meant when no other is, and
        only on a wiki, where its edit was undone; a file has no history to tell.
        """
        found: dict[str, list[int]] = {}
        for number, key in enumerate(keys):
            found.setdefault(key, []).append(number)
        matched: dict[int, Proposal] = {}
        on_wiki = self.report.page.revision is not None
        for settled in (False, True):
            stored: dict[str, list[Proposal]] = {}
            for each in known:
                if (each.state is State.SAVED) is settled and (on_wiki or not settled):
                    for key in (each.key, *each.aliases):
                        stored.setdefault(key, []).append(each)
            for key, candidates in stored.items():
                there = {each.id for each in matched.values()}
                candidates = [each for each in candidates if each.id not in there]
                free = [number for number in found.get(key, ()) if number not in matched]
                expected = [self.shift(each).about(each.finding.span) for each in candidates]
                starts = [self.report.findings[number].span.start for number in free]
                for left, right in anchors.pairs(expected, starts):
                    matched[free[right]] = candidates[left]
        return matched

    def shift(self, stored: Proposal) -> anchors.Shift:
        """How the text of a stored proposal became that of the report."""
        text = self.report.page.text
        if stored.sha1 not in self._shifts:
            old = self.changes.text(stored.sha1)
            self._shifts[stored.sha1] = anchors.Shift.between(old, text)
        return self._shifts[stored.sha1]

    def add(self, finding: Finding, key: str) -> int:
        """Store a new finding."""
        proposal = Proposal(
            id=0,
            version=1,
            wiki=self.wiki,
            page=self.page,
            key=key,
            **self._place(finding),
            **_UNDECIDED,
            proposed=self.changes.now,
        )
        stored = dataclasses.replace(proposal, id=self.changes.add(proposal))
        self.changes.record("proposed", stored, self.who)
        return stored.id

    def as_looked_up(self, stored: Proposal, finding: Finding) -> Finding:
        """A known finding with the fixes that only look-ups give, when none were made this time."""
        offered = {fix.title for fix in finding.fixes}
        before = stored.finding
        if before.family != "archives" or all(fix.title in offered for fix in before.fixes):
            return finding
        if stored.sha1 != self.sha1:
            there = anchors.carried_finding(before, self.shift(stored), self.report.page.text)
            before = finding if there is None else there
        return before if before.span == finding.span else finding

    def keep(self, stored: Proposal, finding: Finding) -> None:
        """A known finding, where it stands now; approved edits move along or are asked again."""
        if stored.sha1 == self.sha1 and stored.finding == finding:
            if stored.state is State.CONFLICT:
                self._ask_again(stored, "the page was checked again after a conflict")
            return
        after = self._of(stored, finding)
        after = dataclasses.replace(after, version=stored.version + 1)
        if stored.state is State.CONFLICT:
            self._ask_again(after, "the page was checked again after a conflict")
            return
        if stored.state is State.APPROVED:
            fix = None
            if stored.fix is not None:
                fix = anchors.same_fix(stored.finding.fixes[stored.fix], finding.fixes)
            edits: tuple[Edit, ...] | None
            if stored.edited:
                edits = anchors.carried(
                    stored.edits,
                    stored.finding,
                    finding,
                    self.shift(stored),
                    self.report.page.text,
                )
            else:
                edits = finding.fixes[fix].edits if fix is not None else None
            if edits is None:
                self._ask_again(after, "what was approved does not fit the newer text")
                return
            after = dataclasses.replace(after, fix=fix, edits=edits)
        self.changes.write(after)

    def back(self, stored: Proposal, finding: Finding) -> int:
        """A finding that had gone is there again."""
        after = self._of(stored, finding)
        self._ask_again(after, "it stands on the page again")
        return stored.id

    def undone_on_the_wiki(self, stored: Proposal, finding: Finding, key: str) -> int:
        """What was mended and saved stands there again: somebody's "no", which is remembered."""
        number = self.add(finding, key)
        why = "it was mended once, and the edit has been undone on the wiki"
        added = self.changes.proposal(number)
        after = dataclasses.replace(
            added, state=State.REJECTED, reason=why, version=added.version + 1
        )
        self.changes.write(after)
        self.changes.record("remembered", after, "", why=why)
        if not self.changes.told("reverted", stored.id):
            self.changes.record("reverted", stored, "", why=why)
        return number

    def carry(self, stored: Proposal) -> None:
        """What was not looked at this time: moved to the newer text if its words stand there."""
        if not self.is_new_text(stored):
            return
        text = self.report.page.text
        finding = anchors.carried_finding(stored.finding, self.shift(stored), text)
        if finding is None:
            return
        if anchors.key(finding.check, text, finding.span) in (stored.key, *stored.aliases):
            self.keep(stored, finding)

    def is_new_text(self, stored: Proposal) -> bool:
        """Whether an open proposal is about another text than the one checked now."""
        return stored.state in OPEN and stored.sha1 not in (self.sha1, "")

    def _ask_again(self, proposal: Proposal, why: str) -> None:
        after = dataclasses.replace(proposal, **_UNDECIDED, version=proposal.version + 1)
        self.changes.write(after)
        self.changes.record("reopened", after, "", why=why)

    def _of(self, proposal: Proposal, finding: Finding) -> Proposal:
        return dataclasses.replace(proposal, **self._place(finding))

    def _place(self, finding: Finding) -> dict[str, Any]:
        """The fields of a proposal that say what was found in the text checked now, and where."""
        page = self.report.page
        return {
            "source": page.source,
            "revision": page.revision,
            "timestamp": page.timestamp,
            "page_id": page.page_id,
            "sha1": self.sha1,
            "section": self.report.section_at(finding.span.start),
            "line": page.text.count("\n", 0, finding.span.start) + 1,
            "finding": finding,
        }
