"""The queue as JSON lines, out of one file and into another: to keep, to move, to look at.

One object a line. The first says what the file is; then come the texts of pages, the proposals,
the decisions that can be undone, the saves and the log, each with all that is known of it. What was
exported and imported into an empty queue is exported again as the same lines. Into a queue that
holds something, only what it does not know is added: a decision already made there stays, and the
reply says so.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bot.errors import UsageError
from bot.queue import rows
from bot.queue.proposals import subject
from bot.store import Store

FORMAT = "redpencil-queue"
VERSION = 1

_TABLES = ("proposal", "undoable", "save", "event")


class Imported(NamedTuple):
    """How many proposals, saves and log entries were added; `kept` proposals were known with a
    decision of their own."""

    proposals: int
    saves: int
    events: int
    kept: int


def exported(store: Store) -> Iterator[str]:
    """The lines, each with its line break."""
    yield _line({"format": FORMAT, "version": VERSION})
    for row in store.read("SELECT sha1, content FROM text ORDER BY sha1"):
        yield _line({"row": "text", "sha1": row["sha1"], "text": rows.unpacked(row["content"])})
    for table in _TABLES:
        for row in store.read(f"SELECT * FROM {table} ORDER BY id"):  # noqa: S608 - names of ours
            yield _line({"row": table, **{name: row[name] for name in row.keys()}})  # noqa: SIM118


def imported(store: Store, lines: Iterable[str]) -> Imported:
    """Add what the lines hold; all of it or, when a line is wrong, nothing.

    Raises UsageError, with the line's number, for what is no export of a queue.
    """
    known = {table: _columns(store, table) for table in _TABLES}
    with store.transaction() as connection:
        into = _Into(connection, known)
        for number, line in enumerate(lines, 1):
            try:
                into.take(json.loads(line), first=number == 1)
            except (ValueError, KeyError, TypeError, AttributeError, sqlite3.Error) as wrong:
                if isinstance(wrong, sqlite3.OperationalError):
                    raise
                why = " ".join(str(wrong).split())
                raise UsageError(
                    f"line {number} is none of a queue's export: {why}; nothing was imported"
                ) from wrong
        if not into.begun:
            raise UsageError("the file is empty; an export has at least one line")
        return Imported(into.proposals, into.saves, into.events, into.kept)


class _Into:
    """A file being imported, inside one transaction."""

    def __init__(self, connection: sqlite3.Connection, columns: dict[str, list[str]]) -> None:
        self.connection = connection
        self.columns = columns
        self.begun = False
        self.proposals = self.saves = self.events = self.kept = 0
        self.numbers: dict[str, str] = {}
        """Subjects of the log whose number is another one here."""
        self.added: dict[int, int] = {}
        """The numbers of proposals that are new here: there, and here."""
        self.batch = connection.execute("SELECT coalesce(max(batch), 0) FROM undoable").fetchone()[
            0
        ]
        self.before = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in columns
        }

    def take(self, thing: dict[str, Any], *, first: bool) -> None:
        if first:
            if thing.get("format") != FORMAT:
                raise ValueError("it does not begin as one does")
            if thing.get("version") != VERSION:
                raise ValueError(f"its version is {thing.get('version')!r}, known is {VERSION}")
            self.begun = True
            return
        kind = thing.pop("row")
        if kind == "text":
            self.connection.execute(
                "INSERT INTO text (sha1, content) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (thing["sha1"], rows.packed(thing["text"])),
            )
            return
        if kind not in self.columns:
            raise ValueError(f"there is no {kind!r}")
        if kind == "proposal":  # older exports do not have all of it
            thing = {"page_id": None, "aliases": "[]", **thing}
        if set(thing) != set(self.columns[kind]):
            different = ", ".join(sorted(set(thing) ^ set(self.columns[kind])))
            raise ValueError(f"a {kind} has other fields ({different})")
        getattr(self, f"_{kind}")(thing)

    def _proposal(self, thing: dict[str, Any]) -> None:
        row = self.connection.execute(
            "SELECT id, state FROM proposal WHERE wiki = ? AND page = ? AND key = ?"
            " AND sha1 = ? AND start = ?",
            tuple(thing[name] for name in ("wiki", "page", "key", "sha1", "start")),
        ).fetchone()
        old = thing["id"]
        if row is None:
            new = self.added[old] = self._insert("proposal", thing)
            self.proposals += 1
        else:
            new = row["id"]
            if row["state"] == "pending" and thing["state"] != "pending":
                names = ("state", "fix", "edits", "edited", "reason", "who", "decided")
                self.connection.execute(
                    f"UPDATE proposal SET {', '.join(f'{name} = ?' for name in names)},"  # noqa: S608
                    " version = version + 1 WHERE id = ?",
                    (*(thing[name] for name in names), new),
                )
            elif row["state"] != thing["state"]:
                self.kept += 1
        self.numbers[subject(old)] = subject(new)

    def _undoable(self, thing: dict[str, Any]) -> None:
        """What was decided there can be undone here, where the proposal came along with it."""
        number = self.added.get(thing["proposal"])
        if number is not None:
            self._insert(
                "undoable", {**thing, "proposal": number, "batch": self.batch + thing["batch"]}
            )

    def _save(self, thing: dict[str, Any]) -> None:
        row = self.connection.execute(
            "SELECT id FROM save WHERE marker = ?", (thing["marker"],)
        ).fetchone()
        old = thing["id"]
        if row is None:
            new = self._insert("save", thing)
            self.saves += 1
        else:
            new = row["id"]
        self.numbers[str(old)] = str(new)

    def _event(self, thing: dict[str, Any]) -> None:
        thing["subject"] = self.numbers.get(thing["subject"], thing["subject"])
        names = [name for name in self.columns["event"] if name != "id"]
        where = " AND ".join(f"{name} = :{name}" for name in names)
        if (
            not self.before["event"]
            or not self.connection.execute(
                f"SELECT 1 FROM event WHERE {where}",  # noqa: S608 - names of ours
                thing,
            ).fetchone()
        ):
            self._insert("event", thing)
            self.events += 1

    def _insert(self, table: str, thing: dict[str, Any]) -> int:
        """Add a row: under its own number where the table was empty, else under a new one."""
        if self.before[table]:
            thing = {name: value for name, value in thing.items() if name != "id"}
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({', '.join(thing)})"  # noqa: S608 - names were compared
            f" VALUES ({', '.join(':' + name for name in thing)})",
            thing,
        )
        return cursor.lastrowid or 0


def _columns(store: Store, table: str) -> list[str]:
    return [row["name"] for row in store.read(f"PRAGMA table_info({table})")]


def _line(thing: dict[str, Any]) -> str:
    return json.dumps(thing, ensure_ascii=False) + "\n"
