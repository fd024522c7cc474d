"""What waits for a person: proposals, and every decision made of them; in the store's file.

    propose   a page's report in: new findings stored, known ones kept where they stand now, gone
              ones set aside; `page_gone` when the page itself has gone
    entries   what is there, by page, check, state, age; light enough for tens of thousands
    proposal  one of them whole, `text` the page it is about
    decide    yes or no, of one or of many at once; made only of what the reviewer has seen
    undo      the last decision of a reviewer, also after a restart
    saved, conflict, refused, reverted   what became of approved proposals on the wiki

Each call that changes something is one transaction, on the disk when it returns, with its entries
in the log. A proposal's `version` grows with every change; a decision names the version it was made
of, and is not made when there is a newer one: the second of two reviewers is shown what the first
decided. Nothing here reads a page, asks a wiki, or decides by itself what is right.

Beside it: `proposals` (the nouns), `rows` (how they are written down), `transaction` (what is
changed together), `intake` (a report coming in), `anchors` (which finding is which), `proposing`
(from the checks to here), `learning` (what people made of a check), `exchange` (to another file).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from bot import fixes
from bot.errors import StoreError, UsageError
from bot.model import Edit, Report, Safety, Span
from bot.queue import intake, rows
from bot.queue.proposals import (
    EVERYTHING,
    OPEN,
    Decision,
    Entry,
    Proposal,
    Proposed,
    Selection,
    State,
    Verdict,
)
from bot.queue.transaction import changing
from bot.store import Store


class Queue:
    """The proposals in a store's file."""

    def __init__(self, store: Store) -> None:
        self.store = store

    # Proposing

    def propose(
        self,
        wiki: str,
        page: str,
        report: Report,
        *,
        checks: Collection[str] | None = None,
        sections: Collection[str] | None = None,
        who: str = "",
    ) -> Proposed:
        """Take in what the checks say of a page.

        `page` names it on its wiki (or in its folder). `checks` and `sections` (headings) are what
        was looked at, None for all; only there can a proposal become obsolete. A check that broke
        has not looked. Fixes that came of looking sources up stay when they were not looked up.
        """
        return intake.take_in(
            self.store, wiki, page, report, checks=checks, sections=sections, who=who
        )

    def page_gone(self, wiki: str, page: str, why: str, *, who: str = "") -> tuple[int, ...]:
        """Set aside what waits of a page that is no longer there, and tell the log why.

        Gives the numbers of the proposals that are obsolete by that. A "no" stays remembered, and
        all come back when the page does and is proposed again.
        """
        return intake.page_gone(self.store, wiki, page, why, who)

    # Reading

    def entries(
        self,
        selection: Selection = EVERYTHING,
        *,
        limit: int = -1,
        offset: int = 0,
    ) -> list[Entry]:
        """The proposals selected, by wiki, page and place."""
        where, values = rows.where(selection)
        found = self.store.read(
            f"SELECT id, version, wiki, page, section, line, start, stop, check_name, family,"  # noqa: S608
            f" severity, safety, message, state, who, proposed FROM proposal WHERE {where}"
            " ORDER BY wiki, page, start, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [rows.entry(*row) for row in found]

    def outline(
        self, selection: Selection = EVERYTHING
    ) -> list[tuple[int, tuple[str, str], State]]:
        """Number, (wiki, page) and state of the proposals selected, by wiki, page and place."""
        where, values = rows.where(selection)
        found = self.store.read(
            "SELECT id, wiki, page, state FROM proposal"  # noqa: S608 - the conditions are ours
            f" WHERE {where} ORDER BY wiki, page, start, id",
            values,
        )
        return [(number, (wiki, page), rows.STATE[state]) for number, wiki, page, state in found]

    def counts(
        self,
        selection: Selection = EVERYTHING,
    ) -> dict[tuple[str, str, str, State], int]:
        """How many of the proposals selected there are: by wiki, page, check and state."""
        where, values = rows.where(selection)
        found = self.store.read(
            "SELECT wiki, page, check_name, state, count(*) FROM proposal"  # noqa: S608
            f" WHERE {where} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            values,
        )
        return {(row[0], row[1], row[2], rows.STATE[row[3]]): row[4] for row in found}

    def totals(self, selection: Selection = EVERYTHING) -> dict[State, int]:
        """How many of the proposals selected are in each state; states without any are left out."""
        where, values = rows.where(selection)
        found = self.store.read(
            f"SELECT state, count(*) FROM proposal WHERE {where} GROUP BY 1",  # noqa: S608
            values,
        )
        return {rows.STATE[state]: count for state, count in found}

    def checks(self, selection: Selection = EVERYTHING) -> list[str]:
        """The names of the checks that the proposals selected are of."""
        where, values = rows.where(selection)
        found = self.store.read(
            f"SELECT DISTINCT check_name FROM proposal WHERE {where} ORDER BY 1",  # noqa: S608
            values,
        )
        return [row[0] for row in found]

    def beside(
        self, proposal: Proposal, selection: Selection = EVERYTHING, *, before: bool = False
    ) -> int | None:
        """The number of the next of the proposals selected behind this one, or the last before it,
        by wiki, page and place; None when there is none."""
        where, values = rows.where(selection)
        sign, way = ("<", "DESC") if before else (">", "ASC")
        order = ", ".join(f"{name} {way}" for name in ("wiki", "page", "start", "id"))
        found = self.store.read(
            f"SELECT id FROM proposal WHERE {where}"  # noqa: S608 - words of ours
            f" AND (wiki, page, start, id) {sign} (?, ?, ?, ?) ORDER BY {order} LIMIT 1",
            (*values, proposal.wiki, proposal.page, proposal.finding.span.start, proposal.id),
        )
        return int(found[0]["id"]) if found else None

    def first(self, selection: Selection = EVERYTHING) -> int | None:
        """The number of the first of the proposals selected; None when there is none."""
        found = self.entries(selection, limit=1)
        return found[0].id if found else None

    def search(self, words: str, behind: Proposal, selection: Selection = EVERYTHING) -> int | None:
        """The next of the proposals selected whose page, section, check or message have all these
        words (parts of them are enough), from the start again at the end; None for none."""
        wanted = words.casefold().split()
        where, values = rows.where(selection)
        found = self.store.read(
            f"SELECT id, page, section, check_name, message FROM proposal WHERE {where}"  # noqa: S608
            " ORDER BY (wiki, page, start, id) <= (?, ?, ?, ?), wiki, page, start, id",
            (*values, behind.wiki, behind.page, behind.finding.span.start, behind.id),
        )
        for number, *said in found:
            there = " ".join(said).casefold()
            if wanted and all(word in there for word in wanted):
                return int(number)
        return None

    def proposal(self, number: int) -> Proposal:
        """One proposal; UsageError when there is none of this number."""
        found = self.store.read("SELECT * FROM proposal WHERE id = ?", (number,))
        if not found:
            raise UsageError(f"there is no proposal {number} in {self.store.path}")
        return rows.proposal(found[0])

    def proposals(self, selection: Selection = EVERYTHING) -> list[Proposal]:
        """The proposals selected, whole, by wiki, page and place."""
        where, values = rows.where(selection)
        found = self.store.read(
            f"SELECT * FROM proposal WHERE {where} ORDER BY wiki, page, start, id",  # noqa: S608
            values,
        )
        return [rows.proposal(row) for row in found]

    def neighbours(self, proposal: Proposal, span: Span) -> list[Proposal]:
        """The other proposals, pending or approved, that speak of a stretch of the same text."""
        found = self.store.read(
            "SELECT * FROM proposal WHERE wiki = ? AND page = ? AND start <= ? AND stop >= ?"
            " AND sha1 = ? AND id <> ? AND state IN ('pending', 'approved') ORDER BY start, id",
            (proposal.wiki, proposal.page, span.end, span.start, proposal.sha1, proposal.id),
        )
        return [rows.proposal(row) for row in found]

    def rivals(self, proposal: Proposal, edits: Sequence[Edit]) -> list[Proposal]:
        """The approved proposals of the same text that these edits for this one clash with.

        Only one of them can be saved at a time; the others are checked again after it.
        """
        found = self.store.read(
            "SELECT * FROM proposal WHERE state = 'approved' AND wiki = ? AND page = ?"
            " AND sha1 = ? AND id <> ? ORDER BY start, id",
            (proposal.wiki, proposal.page, proposal.sha1, proposal.id),
        )
        return [
            each
            for each in map(rows.proposal, found)
            if fixes.clash(proposal.finding, edits, each.finding, each.edits)
        ]

    def reconcile(self) -> None:
        """Bring proposals up to date with saves that were settled just before a crash.

        A save that says which proposals it carries (`detail["proposals"]`) and was made has made
        them SAVED, also when there was no time left to write that down.
        """
        for save in self.store.saves(state="saved"):
            numbers = [
                number
                for number in save.detail.get("proposals", ())
                if self.proposal(number).state is State.APPROVED
                and (self.proposal(number).revision or 0) <= save.base_revision
            ]
            if numbers:
                self.saved(numbers, save.revision, who=save.account)

    def text(self, proposal: Proposal) -> str:
        """The text of the page that a proposal's places are places of.

        Raises StoreError when it is gone, as that of a settled proposal may be.
        """
        found = self.store.read("SELECT content FROM text WHERE sha1 = ?", (proposal.sha1,))
        return self._unpacked(found[0]["content"] if found else None, proposal)

    def with_text(self, number: int) -> tuple[Proposal, str]:
        """A proposal and its page's text, of one moment: whoever proposes meanwhile changes both.

        Raises as `proposal` and `text` do.
        """
        found = self.store.read(
            "SELECT proposal.*, text.content FROM proposal LEFT JOIN text USING (sha1)"
            " WHERE id = ?",
            (number,),
        )
        if not found:
            raise UsageError(f"there is no proposal {number} in {self.store.path}")
        proposal = rows.proposal(found[0])
        return proposal, self._unpacked(found[0]["content"], proposal)

    def _unpacked(self, content: bytes | None, proposal: Proposal) -> str:
        if content is None:
            raise StoreError(
                f"the text of {proposal.page} that proposal {proposal.id} is about is no longer"
                f" kept in {self.store.path}; propose the page again"
            )
        return rows.unpacked(content)

    # Deciding

    def decide(self, decisions: Sequence[Decision], who: str) -> list[Verdict]:
        """Make decisions, all in one transaction; gives one verdict for each, in their order.

        What was changed meanwhile (by another reviewer, a newer revision, a save) is left as it is
        and its verdict says so; the others are made. Together they are one for `undo`.

        Raises UsageError for a decision that nobody can make: a fix that is not there, a suggestion
        approved as it is, no edits.
        """
        with changing(self.store) as changes:
            verdicts = []
            row = changes.connection.execute(
                "SELECT coalesce(max(batch), 0) + 1 FROM undoable"
            ).fetchone()
            for decision in decisions:
                now = changes.proposal(decision.proposal)
                if now.version != decision.version or now.state not in OPEN or now.gone:
                    verdicts.append(Verdict(made=False, proposal=now))
                    continue
                after = _decided(now, decision, who, changes.now)
                changes.write(after)
                changes.connection.execute(
                    "INSERT INTO undoable (batch, who, proposal, version, before)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (
                        row[0],
                        who,
                        now.id,
                        after.version,
                        rows.as_json({**rows.decision(now), "version": now.version}),
                    ),
                )
                kind = "reopened" if decision.state is State.PENDING else decision.state.value
                changes.record(kind, after, who, why=decision.reason)
                verdicts.append(Verdict(made=True, proposal=after))
        return verdicts

    def undo(self, who: str) -> list[Verdict]:
        """Take the reviewer's last decision back; [] when there is none left.

        A proposal that was changed after it (by another reviewer, a save) stays as it is, and its
        verdict says so.
        """
        with changing(self.store) as changes:
            found = changes.connection.execute(
                "SELECT * FROM undoable WHERE who = ?1 AND batch ="
                " (SELECT max(batch) FROM undoable WHERE who = ?1) ORDER BY id",
                (who,),
            ).fetchall()
            verdicts = []
            for row in found:
                now = changes.proposal(row["proposal"])
                made = now.version == row["version"]
                if made:
                    columns = json.loads(row["before"])
                    now = rows.as_decided(now, columns)
                    changes.write(now)
                    changes.record("undone", now, who)
                    # The decision before it is the last one again, and can be undone as well.
                    changes.connection.execute(
                        "UPDATE undoable SET version = ? WHERE proposal = ? AND version = ?",
                        (now.version, now.id, columns["version"]),
                    )
                verdicts.append(Verdict(made, now))
            if found:
                changes.connection.execute(
                    "DELETE FROM undoable WHERE batch = ?", (found[0]["batch"],)
                )
        return verdicts

    # What became of them

    def saved(
        self, numbers: Iterable[int], revision: int | None, *, who: str = "", why: str = ""
    ) -> None:
        """Approved proposals have been saved, as this revision."""
        self._settle(numbers, State.SAVED, "saved", who, why, {"revision": revision})

    def conflict(self, numbers: Iterable[int], why: str, *, who: str = "") -> None:
        """Approved proposals met a change of somebody else; they wait to be checked again."""
        self._settle(numbers, State.CONFLICT, "conflict", who, why, {})

    def refused(self, numbers: Iterable[int], why: str, *, who: str = "") -> None:
        """The wiki refused approved proposals; they stay approved, and the log says why."""
        self._settle(numbers, State.APPROVED, "refused", who, why, {})

    def reverted(self, numbers: Iterable[int], why: str, *, who: str = "") -> None:
        """Somebody has undone saved proposals on the wiki; told once for each."""
        self._settle(numbers, State.SAVED, "reverted", who, why, {})

    def _settle(
        self,
        numbers: Iterable[int],
        state: State,
        kind: str,
        who: str,
        why: str,
        detail: dict[str, Any],
    ) -> None:
        with changing(self.store) as changes:
            settled = list(numbers)
            if state is State.SAVED and kind == "saved":
                intake.after_saving(changes, [changes.proposal(number) for number in settled])
            for number in settled:
                now = changes.proposal(number)
                if now.state is not state:
                    revision = detail.get("revision") or now.revision
                    now = dataclasses.replace(
                        now, state=state, revision=revision, version=now.version + 1
                    )
                    changes.write(now)
                elif kind == "reverted" and changes.told(kind, number):
                    continue
                changes.record(kind, now, who, why=why, detail=detail)


def _decided(now: Proposal, decision: Decision, who: str, at: datetime) -> Proposal:
    """A proposal after a decision; UsageError when nobody can decide so."""
    fix, edits, edited = None, decision.edits, bool(decision.edits)
    fixes = now.finding.fixes
    if decision.state is State.APPROVED:
        fix = decision.fix
        if fix is not None and not 0 <= fix < len(fixes):
            raise UsageError(f"proposal {now.id} has no alternative {fix + 1}")
        if not edited:
            if fix is None:
                raise UsageError(f"proposal {now.id}: nothing was chosen to approve")
            if fixes[fix].safety is Safety.SUGGESTION:
                raise UsageError(
                    f"proposal {now.id}: {fixes[fix].title!r} is a suggestion, which is only"
                    " approved after it was edited"
                )
            edits = fixes[fix].edits
    elif decision.state not in (State.REJECTED, State.PENDING):
        raise UsageError(f"nobody decides that a proposal is {decision.state.value}")
    approved = decision.state is State.APPROVED
    return dataclasses.replace(
        now,
        version=now.version + 1,
        state=decision.state,
        fix=fix,
        edits=tuple(sorted(edits)) if approved else (),
        edited=edited and approved,
        reason=decision.reason,
        who=who,
        decided=at,
    )
