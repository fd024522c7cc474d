"""The proposals while something changes: read, added and rewritten within one transaction.

All of it is on the disk together with what the log is told, or nothing of it. What changes, and
why, is not decided here.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from bot.errors import UsageError
from bot.queue import rows
from bot.queue.proposals import Proposal, State, subject
from bot.store import Store


@contextlib.contextmanager
def changing(store: Store) -> Iterator[Transaction]:
    """A transaction, which ends when it is left. Raises StoreError."""
    with store.transaction() as connection:
        yield Transaction(store, connection)


class Transaction:
    """The proposals of a store within one transaction; `connection` is for queries of one's own."""

    def __init__(self, store: Store, connection: sqlite3.Connection) -> None:
        self.store = store
        self.connection = connection

    @property
    def now(self) -> datetime:
        """The store's time (UTC)."""
        return self.store.clock().astimezone(UTC)

    def proposal(self, number: int) -> Proposal:
        """One proposal; UsageError when there is none of this number."""
        row = self.connection.execute("SELECT * FROM proposal WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise UsageError(f"there is no proposal {number} in {self.store.path}")
        return rows.proposal(row)

    def of_page(self, wiki: str, page: str) -> list[Proposal]:
        """The proposals of a page, whatever became of them, by place."""
        found = self.connection.execute(
            "SELECT * FROM proposal WHERE wiki = ? AND page = ? ORDER BY start, id", (wiki, page)
        )
        return [rows.proposal(row) for row in found]

    def moved(self, wiki: str, page: str, page_id: int, source: str) -> list[str]:
        """Let the proposals of the page of this number be of its title now; their former titles."""
        here = {"wiki": wiki, "page": page, "number": page_id, "source": source}
        found = self.connection.execute(
            "SELECT DISTINCT page FROM proposal"
            " WHERE wiki = :wiki AND page_id = :number AND page <> :page ORDER BY page",
            here,
        ).fetchall()
        self.connection.execute(
            "UPDATE proposal SET page = :page, source = :source, version = version + 1"
            " WHERE wiki = :wiki AND page_id = :number AND page <> :page",
            here,
        )
        self.connection.execute(
            "UPDATE proposal SET page_id = :number"
            " WHERE wiki = :wiki AND page = :page AND page_id IS NULL",
            here,
        )
        return [row["page"] for row in found]

    def add(self, proposal: Proposal) -> int:
        """Store a proposal that has no number yet, and give its number."""
        columns = rows.columns(proposal)
        del columns["id"]
        cursor = self.connection.execute(
            f"INSERT INTO proposal ({', '.join(columns)})"  # noqa: S608 - names of ours
            f" VALUES ({', '.join(':' + name for name in columns)})",
            columns,
        )
        return cursor.lastrowid or 0

    def write(self, proposal: Proposal) -> None:
        """Store a proposal in the place of the one of its number."""
        columns = rows.columns(proposal)
        settings = ", ".join(f"{name} = :{name}" for name in columns if name != "id")
        self.connection.execute(
            f"UPDATE proposal SET {settings} WHERE id = :id",  # noqa: S608 - names of ours
            columns,
        )

    def record(
        self,
        kind: str,
        proposal: Proposal,
        who: str,
        *,
        why: str = "",
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Tell the log what happened to a proposal, which is given as it is afterwards."""
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
            connection=self.connection,
        )

    def told(self, kind: str, number: int) -> bool:
        """Whether the log was ever told this of a proposal."""
        row = self.connection.execute(
            "SELECT 1 FROM event WHERE kind = ? AND subject = ?", (kind, subject(number))
        ).fetchone()
        return row is not None

    def text(self, sha1: str) -> str:
        """A text that proposals are about; '' when it is no longer kept."""
        row = self.connection.execute("SELECT content FROM text WHERE sha1 = ?", (sha1,)).fetchone()
        return rows.unpacked(row["content"]) if row else ""

    def keep_text(self, sha1: str, text: str) -> None:
        """Keep a text if a proposal is about it."""
        self.connection.execute(
            "INSERT INTO text (sha1, content) SELECT ?1, ?2 WHERE EXISTS"
            " (SELECT 1 FROM proposal WHERE sha1 = ?1) ON CONFLICT DO NOTHING",
            (sha1, rows.packed(text)),
        )

    def drop_texts(self, before: Collection[str]) -> None:
        """Drop those of the texts that only saved proposals are about, or none."""
        for sha1 in before:
            self.connection.execute(
                "DELETE FROM text WHERE sha1 = ?1 AND NOT EXISTS (SELECT 1 FROM proposal"
                " WHERE sha1 = ?1 AND state <> 'saved')",
                (sha1,),
            )
