"""What was looked up, kept with its age in one SQLite file, so that nobody is asked twice.

A hit, a miss and an error grow old at different speeds: a snapshot stays, one that was not there
may come, and an archive that was down should soon be asked again. The file may be deleted at any
time; it holds nothing that cannot be looked up once more.
"""

from __future__ import annotations

import contextlib
import enum
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from bot.errors import StoreError

_VERSION = 1


class Outcome(enum.Enum):
    """How a look-up ended."""

    HIT = "hit"
    MISS = "miss"
    ERROR = "error"


#: How long each outcome holds.
AGES: Mapping[Outcome, timedelta] = MappingProxyType(
    {
        Outcome.HIT: timedelta(days=90),
        Outcome.MISS: timedelta(days=7),
        Outcome.ERROR: timedelta(hours=1),
    }
)


class Entry(NamedTuple):
    """What was kept: `at` is when (UTC), `value` anything JSON can hold."""

    outcome: Outcome
    at: datetime
    value: Any


class Cache:
    """The file; safe to use from several threads and by several processes at once."""

    def __init__(
        self,
        path: Path | str,
        *,
        ages: Mapping[Outcome, timedelta] = AGES,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open the file, or make it. ":memory:" keeps everything for this run only.

        Raises StoreError when it cannot be used, is of another version, or no such file.
        """
        self._path = path
        self._ages = dict(ages)
        self.clock = clock
        self._lock = threading.Lock()
        with self._translated():
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            # What is lost when the power fails is looked up again.
            self._connection.execute("PRAGMA synchronous = OFF")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version not in {0, _VERSION}:
                raise StoreError(
                    f"{path} was written by another version of Redpencil; delete it, or name"
                    " another file"
                )
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS looked_up (kind TEXT NOT NULL, key TEXT NOT NULL,"
                " outcome TEXT NOT NULL, at REAL NOT NULL, value TEXT NOT NULL,"
                " PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID"
            )
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path}, where look-ups are kept, cannot be used: {error};"
                " it may be deleted at any time"
            ) from error

    def recall(self, kind: str, key: str, *, however_old: bool = False) -> Entry | None:
        """What was kept under the key, unless it has grown too old for its outcome."""
        with self._lock, self._translated():
            row = self._connection.execute(
                "SELECT outcome, at, value FROM looked_up WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        if row is None:
            return None
        entry = Entry(Outcome(row[0]), datetime.fromtimestamp(row[1], UTC), json.loads(row[2]))
        # A clock that was put back makes nothing fresh for ever.
        old = not timedelta(-1) <= self.clock() - entry.at <= self._ages[entry.outcome]
        return None if old and not however_old else entry

    def keep(self, kind: str, key: str, outcome: Outcome, value: Any) -> None:
        """Keep a value under the key, in place of what was there."""
        row = (kind, key, outcome.value, self.clock().timestamp(), json.dumps(value))
        with self._lock, self._translated():
            self._connection.execute("INSERT OR REPLACE INTO looked_up VALUES (?, ?, ?, ?, ?)", row)

    def forget(self) -> int:
        """Drop what is too old to be used, but for what was seen of links; gives how many."""
        with self._lock, self._translated():
            return sum(
                self._connection.execute(
                    "DELETE FROM looked_up WHERE outcome = ? AND at < ? AND kind <> 'link'",
                    (outcome.value, (self.clock() - age).timestamp()),
                ).rowcount
                for outcome, age in self._ages.items()
            )
