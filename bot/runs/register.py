"""The register of a job's runs: when each began and ended, and what it came to.

A run is entered when it begins. One that was killed stays there without an end, and counts as not
complete. Nothing here runs anything or decides what is due.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bot.runs.result import Result
from bot.store import Store


def begin(store: Store, job: str, now: datetime) -> int:
    """Enter a run that begins (UTC), and give its number."""
    with store.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO run (job, started, complete, detail) VALUES (?, ?, 0, '{}')",
            (job, now.isoformat(timespec="seconds")),
        )
    return cursor.lastrowid or 0


def end(store: Store, number: int, result: Result, theirs: datetime | None) -> None:
    """Enter what a run came to, now; `theirs` is the wiki's own time at its start, if it met one.

    That is what the changes since then are counted from.
    """
    told = result.told() | {"wiki_time": theirs.isoformat() if theirs else ""}
    with store.transaction() as connection:
        connection.execute(
            "UPDATE run SET ended = ?, status = ?, complete = ?, detail = ? WHERE id = ?",
            (
                store.clock().astimezone(UTC).isoformat(timespec="seconds"),
                result.status,
                int(result.complete),
                json.dumps(told, ensure_ascii=False),
                number,
            ),
        )


def forget(store: Store, number: int) -> None:
    """Strike a run out, whose time would be wrong."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM run WHERE id = ?", (number,))


def last_complete(store: Store, job: str) -> datetime | None:
    """The wiki's own time (UTC) at the start of a job's last complete run; None for no such run,
    or when that met no wiki."""
    rows = store.read(
        "SELECT json_extract(detail, '$.wiki_time') FROM run"
        " WHERE job = ? AND complete ORDER BY id DESC LIMIT 1",
        (job,),
    )
    return datetime.fromisoformat(rows[0][0]) if rows and rows[0][0] else None
