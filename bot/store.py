"""What must not be forgotten, in one SQLite file: proposals, saves, and a log of all that happened.

`bot.queue` reads and writes the proposals, `bot.runs` its looks at pages; their tables are made
here with the others.

Every change is one transaction that is on the disk before the caller goes on. The log is
append-only: the file itself refuses to change or delete an entry. Schema steps are numbered
functions, each made in a transaction together with its record, so that a file of any older version
is brought up to date on opening and a newer one is refused, never damaged.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from bot.errors import StoreError

# How long to wait for another process that is writing, in seconds.
PATIENCE = 10.0

Clock = Callable[[], datetime]


def _first_tables(connection: sqlite3.Connection) -> None:
    """Saves, and the log."""
    connection.execute(
        """CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,       -- UTC, ISO 8601
            wiki TEXT NOT NULL,
            page TEXT NOT NULL,
            who TEXT NOT NULL,      -- the account or person; '' for Redpencil itself
            kind TEXT NOT NULL,     -- proposed, approved, rejected, saved, conflict, …
            subject TEXT NOT NULL,  -- what it happened to: a proposal's or save's number; ''
            why TEXT NOT NULL,      -- a reason in a person's words; ''
            detail TEXT NOT NULL    -- JSON
        ) STRICT"""
    )
    connection.execute("CREATE INDEX event_page ON event (wiki, page, id)")
    for change in ("UPDATE", "DELETE"):
        connection.execute(
            f"""CREATE TRIGGER event_{change.lower()} BEFORE {change} ON event
            BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"""
        )
    connection.execute(
        """CREATE TABLE save (
            id INTEGER PRIMARY KEY,
            wiki TEXT NOT NULL,
            page TEXT NOT NULL,
            account TEXT NOT NULL,
            base_revision INTEGER NOT NULL,
            sha1 TEXT NOT NULL,     -- of the text that was to be saved, as the wiki would store it
            marker TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL CHECK (state IN ('intended', 'saved', 'not saved')),
            revision INTEGER,       -- what the wiki made of it, once known
            detail TEXT NOT NULL    -- JSON: the proposals or findings it carries, the outcome
        ) STRICT"""
    )


def _proposals(connection: sqlite3.Connection) -> None:
    """Proposals, the texts they are about, and what can still be undone."""
    connection.execute(
        """CREATE TABLE text (
            sha1 TEXT PRIMARY KEY,
            content BLOB NOT NULL   -- the text of a page as checked, UTF-8, zlib
        ) STRICT"""
    )
    connection.execute(
        """CREATE TABLE proposal (
            id INTEGER PRIMARY KEY,
            wiki TEXT NOT NULL,
            page TEXT NOT NULL,
            key TEXT NOT NULL,          -- names the finding on its page (bot.queue.anchors)
            source TEXT NOT NULL,
            revision INTEGER,
            timestamp TEXT,             -- of the revision; UTC, ISO 8601
            sha1 TEXT NOT NULL,         -- of the text that the places are places of
            section TEXT NOT NULL,
            line INTEGER NOT NULL,
            start INTEGER NOT NULL,
            stop INTEGER NOT NULL,
            check_name TEXT NOT NULL,
            family TEXT NOT NULL,
            severity TEXT NOT NULL,
            safety TEXT NOT NULL,       -- of the first fix; '' when there is none
            message TEXT NOT NULL,
            detail TEXT NOT NULL,       -- JSON: evidence, related, fixes
            state TEXT NOT NULL CHECK (state IN
                ('pending', 'approved', 'rejected', 'saved', 'conflict', 'obsolete')),
            fix INTEGER,                -- number of the approved alternative
            edits TEXT NOT NULL,        -- JSON: what was approved; [] when nothing is
            edited INTEGER NOT NULL,    -- whether a person changed the fix
            reason TEXT NOT NULL,
            who TEXT NOT NULL,          -- the last who decided; '' for nobody
            decided TEXT,               -- UTC, ISO 8601
            proposed TEXT NOT NULL,     -- UTC, ISO 8601
            version INTEGER NOT NULL    -- grows with every change
        ) STRICT"""
    )
    connection.execute("CREATE INDEX proposal_page ON proposal (wiki, page, start)")
    connection.execute("CREATE INDEX proposal_state ON proposal (state, wiki, page, start, id)")
    connection.execute("CREATE INDEX proposal_text ON proposal (sha1)")
    connection.execute(
        """CREATE TABLE undoable (
            id INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,     -- decisions made by one key are undone by one
            who TEXT NOT NULL,
            proposal INTEGER NOT NULL REFERENCES proposal (id),
            version INTEGER NOT NULL,   -- that the decision made; another one cannot be undone
            before TEXT NOT NULL        -- JSON: the proposal's columns before the decision
        ) STRICT"""
    )
    connection.execute("CREATE INDEX undoable_who ON undoable (who, batch)")
    connection.execute("CREATE INDEX event_kind ON event (kind, id)")


def _runs(connection: sqlite3.Connection) -> None:
    """Maintenance runs, their last looks at pages, and the wikis' own settings of the bot."""
    connection.execute(
        """CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            started TEXT NOT NULL,      -- UTC, ISO 8601
            ended TEXT,                 -- NULL while it runs, and for ever when it was killed
            status INTEGER,             -- the exit status
            complete INTEGER NOT NULL,  -- whether every page was seen
            detail TEXT NOT NULL        -- JSON: what it came to
        ) STRICT"""
    )
    connection.execute("CREATE INDEX run_job ON run (job, id)")
    connection.execute(
        """CREATE TABLE look (
            job TEXT NOT NULL,
            wiki TEXT NOT NULL,
            page TEXT NOT NULL,         -- with "#" and the section when only that was looked at
            state TEXT NOT NULL,        -- the revision, or the SHA-1 of a file's text
            recipe TEXT NOT NULL,       -- what it was checked with
            until TEXT NOT NULL,        -- the last day on which the look holds
            titles TEXT NOT NULL,       -- JSON: whose redirects and items it rests on
            facts TEXT NOT NULL,        -- what these were
            at TEXT NOT NULL,           -- UTC, ISO 8601
            PRIMARY KEY (job, wiki, page)
        ) STRICT, WITHOUT ROWID"""
    )
    connection.execute(
        """CREATE TABLE wiki_settings (
            wiki TEXT PRIMARY KEY,
            revision INTEGER NOT NULL,
            content TEXT NOT NULL       -- JSON, the last that was good
        ) STRICT"""
    )


def _page_ids(connection: sqlite3.Connection) -> None:
    """The number of a proposal's page, by which it is known again when it was moved."""
    connection.execute("ALTER TABLE proposal ADD COLUMN page_id INTEGER")
    connection.execute("CREATE INDEX proposal_page_id ON proposal (wiki, page_id)")


def _aliases(connection: sqlite3.Connection) -> None:
    """What a finding is known by since our own edits changed the words around it."""
    connection.execute("ALTER TABLE proposal ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]'")


# A step, once released, is never changed; a new one is appended.
STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first_tables,
    _proposals,
    _runs,
    _page_ids,
    _aliases,
)


class Event(NamedTuple):
    """One entry of the log; `at` is UTC."""

    id: int
    at: datetime
    wiki: str
    page: str
    who: str
    kind: str
    subject: str
    why: str
    detail: dict[str, Any]


class Save(NamedTuple):
    """One attempt to save a page, recorded before the wiki was asked.

    `state` is "intended" until it is known whether the wiki saved it; `marker` stands in the edit
    summary, so that an edit whose answer was lost is found in the page's history.
    """

    id: int
    wiki: str
    page: str
    account: str
    base_revision: int
    sha1: str
    marker: str
    state: str
    revision: int | None
    detail: dict[str, Any]


class Store:
    """The file and what is in it. One process may hold several; several processes may share one."""

    def __init__(self, path: Path | str, clock: Clock = lambda: datetime.now(UTC)) -> None:
        """Open the file, make it when it is not there, bring it up to date.

        Raises StoreError when it is locked for longer than PATIENCE, damaged, no database, of a
        newer version, or cannot be written.
        """
        self.path = Path(path)
        self.clock = clock
        with self._translated():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA cache_size = -32000")  # kB; a long list is read often
        self._migrate()

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done inside, on the disk when it is left, or nothing of it."""
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                # SQLite itself has rolled back when the disk is full.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows that a query gives."""
        with self._translated():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            said = str(error)
            if "locked" in said:
                what = "is in use by another process; try again when that has ended"
            elif "full" in said:
                what = "cannot grow, the disk is full; free some room, nothing was lost"
            elif "malformed" in said or "not a database" in said:
                what = "is damaged or no Redpencil file; move it away or restore a copy"
            else:
                what = f"cannot be used: {said}"
            raise StoreError(f"{self.path} {what}") from error

    def _migrate(self) -> None:
        with self.transaction() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(STEPS):
                raise StoreError(
                    f"{self.path} was written by a newer Redpencil (version {version} of the file,"
                    f" this one knows {len(STEPS)}); nothing was changed"
                )
            for number, step in enumerate(STEPS[version:], version + 1):
                step(connection)
                connection.execute(f"PRAGMA user_version = {number}")

    # The log

    def record(
        self,
        kind: str,
        *,
        wiki: str = "",
        page: str = "",
        who: str = "",
        subject: str = "",
        why: str = "",
        detail: Mapping[str, Any] | None = None,
        connection: sqlite3.Connection | None = None,
    ) -> None:
        """Append an entry to the log; within a transaction when its connection is given."""
        if connection is None:
            with self.transaction() as own:
                self.record(
                    kind,
                    wiki=wiki,
                    page=page,
                    who=who,
                    subject=subject,
                    why=why,
                    detail=detail,
                    connection=own,
                )
            return
        connection.execute(
            "INSERT INTO event (at, wiki, page, who, kind, subject, why, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.clock().astimezone(UTC).isoformat(timespec="milliseconds"),
                wiki,
                page,
                who,
                kind,
                subject,
                why,
                json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True),
            ),
        )

    def events(self, *, wiki: str | None = None, page: str | None = None) -> list[Event]:
        """The log, oldest first; of one wiki or page when asked."""
        with self._translated():
            rows = self._connection.execute(
                "SELECT * FROM event WHERE (?1 IS NULL OR wiki = ?1) AND (?2 IS NULL OR page = ?2)"
                " ORDER BY id",
                (wiki, page),
            ).fetchall()
        return [
            Event(
                row["id"],
                datetime.fromisoformat(row["at"]),
                row["wiki"],
                row["page"],
                row["who"],
                row["kind"],
                row["subject"],
                row["why"],
                json.loads(row["detail"]),
            )
            for row in rows
        ]

    def times(
        self, kind: str, *, wiki: str, since: datetime, page: str | None = None
    ) -> list[datetime]:
        """When something of this kind happened on a wiki or page since a moment, oldest first.

        What the log says of the single proposals that an edit carried does not count beside it.
        """
        earliest = since.astimezone(UTC).isoformat(timespec="milliseconds")
        found = []
        with self._translated():
            for row in self._connection.execute(
                "SELECT at FROM event WHERE kind = ?1 AND wiki = ?2 AND (?3 IS NULL OR page = ?3)"
                " AND subject NOT LIKE 'proposal %' ORDER BY id DESC",
                (kind, wiki, page),
            ):
                if row["at"] < earliest:
                    break
                found.append(datetime.fromisoformat(row["at"]))
        return found[::-1]

    # Saves

    def intend(
        self,
        *,
        wiki: str,
        page: str,
        account: str,
        base_revision: int,
        sha1: str,
        marker: str,
        detail: Mapping[str, Any],
    ) -> int:
        """Record that a page is about to be saved; gives the number of the save."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO save (wiki, page, account, base_revision, sha1, marker, state, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, 'intended', ?)",
                (
                    wiki,
                    page,
                    account,
                    base_revision,
                    sha1,
                    marker,
                    json.dumps(dict(detail), ensure_ascii=False),
                ),
            )
            number = cursor.lastrowid or 0
            self.record(
                "intended",
                wiki=wiki,
                page=page,
                who=account,
                subject=str(number),
                detail={"base_revision": base_revision, "marker": marker},
                connection=connection,
            )
        return number

    def settle(
        self,
        number: int,
        state: str,
        *,
        revision: int | None = None,
        kind: str | None = None,
        why: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Record how an intended save ended: "saved" with its revision, or "not saved" and why.

        A save that is settled already is left as it is.
        """
        with self.transaction() as connection:
            row = connection.execute(
                "UPDATE save SET state = ?, revision = ? WHERE id = ? AND state = 'intended'"
                " RETURNING wiki, page, account",
                (state, revision, number),
            ).fetchone()
            if row is not None:
                self.record(
                    kind or state,
                    wiki=row["wiki"],
                    page=row["page"],
                    who=row["account"],
                    subject=str(number),
                    why=why,
                    detail={"revision": revision, **(detail or {})},
                    connection=connection,
                )

    def saves(self, *, state: str | None = None, wiki: str | None = None) -> list[Save]:
        """The recorded saves, oldest first; those of one state or wiki when asked."""
        with self._translated():
            rows = self._connection.execute(
                "SELECT * FROM save WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR wiki = ?2)"
                " ORDER BY id",
                (state, wiki),
            ).fetchall()
        return [
            Save._make([*(row[name] for name in Save._fields[:-1]), json.loads(row["detail"])])
            for row in rows
        ]
