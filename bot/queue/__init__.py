"""What waits for a person: proposals, and every decision made of them; in the store's file.

    propose   a page's report in: new findings stored, known ones kept where they stand now, gone
              ones set aside
    entries   what is there, by page, check, state, age; light enough for tens of thousands
    proposal  one of them whole, `text` the page it is about
    decide    yes or no, of one or of many at once; made only of what the reviewer has seen
    undo      the last decision of a reviewer, also after a restart
    saved, conflict, refused, reverted   what became of approved proposals on the wiki

Each call that changes something is one transaction, on the disk when it returns, with its entries
in the log. A proposal's `version` grows with every change; a decision names the version it was made
of, and is not made when there is a newer one: the second of two reviewers is shown what the first
decided. Nothing here reads a page, asks a wiki, or decides by itself what is right.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC
from typing import Any

from bot.errors import StoreError, UsageError
from bot.model import Edit, Finding, Report, Safety, Span
from bot.queue import anchors, rows
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
    subject,
)
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
        fetched = report.page
        text = fetched.text
        sha1 = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        blind = {skipped.check for skipped in report.skipped if skipped.failed}
        refusal = next((s.reason for s in report.skipped if s.check == "all"), "")
        keys = [anchors.key(each.check, text, each.span) for each in report.findings]
        with self.store.transaction() as connection:
            known = [
                rows.proposal(row)
                for row in connection.execute(
                    "SELECT * FROM proposal WHERE wiki = ? AND page = ? ORDER BY start, id",
                    (wiki, page),
                )
            ]
            newest = max((each.revision or 0 for each in known), default=0)
            if fetched.revision is not None and fetched.revision < newest:
                return Proposed(outdated=True)
            run = _Run(self, connection, wiki, page, report, sha1, who)
            matched = run.match(known, keys)
            new, kept, remembered = [], [], []
            for number, finding in enumerate(report.findings):
                stored = matched.get(number)
                if stored is not None and not report.facts.looked_up:
                    finding = run.as_looked_up(stored, finding)
                if stored is None:
                    new.append(run.add(finding, keys[number]))
                elif stored.state is State.SAVED:
                    remembered.append(run.undone_on_the_wiki(stored, finding, keys[number]))
                elif stored.state is State.REJECTED:
                    run.keep(stored, finding)
                    remembered.append(stored.id)
                elif stored.state is State.OBSOLETE:
                    new.append(run.back(stored, finding))
                else:
                    run.keep(stored, finding)
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
                    run.carry(stored)
                elif run.set_aside(stored, refusal):
                    obsolete.append(stored.id)
            run.keep_texts({each.sha1 for each in known})
            result = Proposed(tuple(new), tuple(kept), tuple(remembered), tuple(obsolete))
            if result.new or result.obsolete or any(run.is_new_text(each) for each in known):
                self.store.record(
                    "checked",
                    wiki=wiki,
                    page=page,
                    who=who,
                    detail={
                        "revision": fetched.revision,
                        "new": len(new),
                        "kept": len(kept),
                        "remembered": len(remembered),
                        "obsolete": len(obsolete),
                    },
                    connection=connection,
                )
        return result

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
        """The approved proposals of the same text that edit what these edits touch.

        Only one of them can be saved at a time; the others are checked again after it.
        """
        found = self.store.read(
            "SELECT * FROM proposal WHERE state = 'approved' AND wiki = ? AND page = ?"
            " AND sha1 = ? AND id <> ? ORDER BY start, id",
            (proposal.wiki, proposal.page, proposal.sha1, proposal.id),
        )
        spans = [edit.span for edit in edits]
        return [
            each
            for each in map(rows.proposal, found)
            if any(edit.span.touches(span) for edit in each.edits for span in spans)
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
        return zlib.decompress(content).decode()

    # Deciding

    def decide(self, decisions: Sequence[Decision], who: str) -> list[Verdict]:
        """Make decisions, all in one transaction; gives one verdict for each, in their order.

        What was changed meanwhile (by another reviewer, a newer revision, a save) is left as it is
        and its verdict says so; the others are made. Together they are one for `undo`.

        Raises UsageError for a decision that nobody can make: a fix that is not there, a suggestion
        approved as it is, no edits.
        """
        with self.store.transaction() as connection:
            verdicts = []
            row = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM undoable").fetchone()
            for decision in decisions:
                now = self._locked(connection, decision.proposal)
                if now.version != decision.version or now.state not in OPEN or now.gone:
                    verdicts.append(Verdict(made=False, proposal=now))
                    continue
                after = self._decided(now, decision, who)
                self._write(connection, after)
                connection.execute(
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
                self._record(connection, kind, after, who, why=decision.reason)
                verdicts.append(Verdict(made=True, proposal=after))
        return verdicts

    def undo(self, who: str) -> list[Verdict]:
        """Take the reviewer's last decision back; [] when there is none left.

        A proposal that was changed after it (by another reviewer, a save) stays as it is, and its
        verdict says so.
        """
        with self.store.transaction() as connection:
            found = connection.execute(
                "SELECT * FROM undoable WHERE who = ?1 AND batch ="
                " (SELECT max(batch) FROM undoable WHERE who = ?1) ORDER BY id",
                (who,),
            ).fetchall()
            verdicts = []
            for row in found:
                now = self._locked(connection, row["proposal"])
                made = now.version == row["version"]
                if made:
                    columns = json.loads(row["before"])
                    now = dataclasses.replace(
                        now,
                        version=now.version + 1,
                        state=State(columns["state"]),
                        fix=columns["fix"],
                        edits=rows.edits(columns["edits"]),
                        edited=columns["edited"],
                        reason=columns["reason"],
                        who=columns["who"],
                        decided=rows.moment(columns["decided"]),
                    )
                    self._write(connection, now)
                    self._record(connection, "undone", now, who)
                    # The decision before it is the last one again, and can be undone as well.
                    connection.execute(
                        "UPDATE undoable SET version = ? WHERE proposal = ? AND version = ?",
                        (now.version, now.id, columns["version"]),
                    )
                verdicts.append(Verdict(made, now))
            if found:
                connection.execute("DELETE FROM undoable WHERE batch = ?", (found[0]["batch"],))
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
        with self.store.transaction() as connection:
            for number in numbers:
                now = self._locked(connection, number)
                if now.state is not state:
                    revision = detail.get("revision") or now.revision
                    now = dataclasses.replace(
                        now, state=state, revision=revision, version=now.version + 1
                    )
                    self._write(connection, now)
                elif kind == "reverted" and self._told(connection, kind, number):
                    continue
                self._record(connection, kind, now, who, why=why, detail=detail)

    def _told(self, connection: sqlite3.Connection, kind: str, number: int) -> bool:
        row = connection.execute(
            "SELECT 1 FROM event WHERE kind = ? AND subject = ?", (kind, subject(number))
        ).fetchone()
        return row is not None

    # Inside a transaction

    def _locked(self, connection: sqlite3.Connection, number: int) -> Proposal:
        row = connection.execute("SELECT * FROM proposal WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise UsageError(f"there is no proposal {number} in {self.store.path}")
        return rows.proposal(row)

    def _decided(self, now: Proposal, decision: Decision, who: str) -> Proposal:
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
            decided=self.store.clock().astimezone(UTC),
        )

    def _write(self, connection: sqlite3.Connection, proposal: Proposal) -> None:
        columns = rows.columns(proposal)
        settings = ", ".join(f"{name} = :{name}" for name in columns if name != "id")
        connection.execute(
            f"UPDATE proposal SET {settings} WHERE id = :id",  # noqa: S608 - names of ours
            columns,
        )

    def _record(
        self,
        connection: sqlite3.Connection,
        kind: str,
        proposal: Proposal,
        who: str,
        *,
        why: str = "",
        detail: dict[str, Any] | None = None,
    ) -> None:
        said: dict[str, Any] = {
            "check": proposal.finding.check,
            "message": proposal.finding.message,
            "revision": proposal.revision,
            "state": proposal.state.value,
            **(detail or {}),
        }
        if proposal.state is State.APPROVED:
            said |= {
                "fix": proposal.approved_fix.title,
                "edited": proposal.edited,
                "edits": [list(edit) for edit in proposal.edits],
            }
        self.store.record(
            kind,
            wiki=proposal.wiki,
            page=proposal.page,
            who=who,
            subject=subject(proposal.id),
            why=why,
            detail=said,
            connection=connection,
        )


class _Run:
    """One proposing of one page, inside its transaction."""

    def __init__(
        self,
        queue: Queue,
        connection: sqlite3.Connection,
        wiki: str,
        page: str,
        report: Report,
        sha1: str,
        who: str,
    ) -> None:
        self.queue = queue
        self.connection = connection
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
                    stored.setdefault(each.key, []).append(each)
            for key, candidates in stored.items():
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
            row = self.connection.execute(
                "SELECT content FROM text WHERE sha1 = ?", (stored.sha1,)
            ).fetchone()
            old = zlib.decompress(row["content"]).decode() if row else ""
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
            state=State.PENDING,
            fix=None,
            edits=(),
            edited=False,
            reason="",
            who="",
            decided=None,
            proposed=self.queue.store.clock().astimezone(UTC),
        )
        columns = rows.columns(proposal)
        del columns["id"]
        cursor = self.connection.execute(
            f"INSERT INTO proposal ({', '.join(columns)})"  # noqa: S608 - names of ours
            f" VALUES ({', '.join(':' + name for name in columns)})",
            columns,
        )
        stored = dataclasses.replace(proposal, id=cursor.lastrowid or 0)
        self.queue._record(self.connection, "proposed", stored, self.who)  # noqa: SLF001
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
        self.queue._write(self.connection, after)  # noqa: SLF001

    def back(self, stored: Proposal, finding: Finding) -> int:
        """A finding that had gone is there again."""
        after = self._of(stored, finding)
        self._ask_again(after, "it stands on the page again")
        return stored.id

    def undone_on_the_wiki(self, stored: Proposal, finding: Finding, key: str) -> int:
        """What was mended and saved stands there again: somebody's "no", which is remembered."""
        number = self.add(finding, key)
        why = "it was mended once, and the edit has been undone on the wiki"
        added = self.queue._locked(self.connection, number)  # noqa: SLF001
        after = dataclasses.replace(
            added, state=State.REJECTED, reason=why, version=added.version + 1
        )
        self.queue._write(self.connection, after)  # noqa: SLF001
        self.queue._record(self.connection, "remembered", after, "", why=why)  # noqa: SLF001
        if not self.queue._told(self.connection, "reverted", stored.id):  # noqa: SLF001
            self.queue._record(self.connection, "reverted", stored, "", why=why)  # noqa: SLF001
        return number

    def set_aside(self, stored: Proposal, refusal: str) -> bool:
        """A finding that its page no longer has; whether it is obsolete, for a "no" is not."""
        after = dataclasses.replace(stored, sha1="", version=stored.version + 1)
        if stored.state is State.REJECTED:
            self.queue._write(self.connection, after)  # noqa: SLF001
            return False
        after = dataclasses.replace(after, state=State.OBSOLETE, fix=None, edits=(), edited=False)
        self.queue._write(self.connection, after)  # noqa: SLF001
        why = refusal or "the page no longer has it"
        self.queue._record(self.connection, "obsolete", after, self.who, why=why)  # noqa: SLF001
        return True

    def carry(self, stored: Proposal) -> None:
        """What was not looked at this time: moved to the newer text if its words stand there."""
        if not self.is_new_text(stored):
            return
        text = self.report.page.text
        finding = anchors.carried_finding(stored.finding, self.shift(stored), text)
        if finding is not None and anchors.key(finding.check, text, finding.span) == stored.key:
            self.keep(stored, finding)

    def is_new_text(self, stored: Proposal) -> bool:
        """Whether an open proposal is about another text than the one checked now."""
        return stored.state in OPEN and stored.sha1 not in (self.sha1, "")

    def keep_texts(self, before: Collection[str]) -> None:
        """Keep the texts that open proposals are about, and no others."""
        self.connection.execute(
            "INSERT INTO text (sha1, content) SELECT ?1, ?2 WHERE EXISTS"
            " (SELECT 1 FROM proposal WHERE sha1 = ?1) ON CONFLICT DO NOTHING",
            (self.sha1, zlib.compress(self.report.page.text.encode())),
        )
        for sha1 in before:
            self.connection.execute(
                "DELETE FROM text WHERE sha1 = ?1 AND NOT EXISTS (SELECT 1 FROM proposal"
                " WHERE sha1 = ?1 AND state <> 'saved')",
                (sha1,),
            )

    def _ask_again(self, proposal: Proposal, why: str) -> None:
        after = dataclasses.replace(
            proposal,
            state=State.PENDING,
            fix=None,
            edits=(),
            edited=False,
            reason="",
            who="",
            decided=None,
            version=proposal.version + 1,
        )
        self.queue._write(self.connection, after)  # noqa: SLF001
        self.queue._record(self.connection, "reopened", after, "", why=why)  # noqa: SLF001

    def _of(self, proposal: Proposal, finding: Finding) -> Proposal:
        return dataclasses.replace(proposal, **self._place(finding))

    def _place(self, finding: Finding) -> dict[str, Any]:
        """The fields of a proposal that say what was found in the text checked now, and where."""
        page = self.report.page
        return {
            "source": page.source,
            "revision": page.revision,
            "timestamp": page.timestamp,
            "sha1": self.sha1,
            "section": self.report.section_at(finding.span.start),
            "line": page.text.count("\n", 0, finding.span.start) + 1,
            "finding": finding,
        }
