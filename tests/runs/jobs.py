"""Folders of pages and jobs over them, and what stands in a queue afterwards."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

TODAY = "2026-11-24"


def text_of(number: int) -> str:
    """A page in which something is stale, an organisation comes twice, or nothing is wrong."""
    sentences = (
        f"As of {2010 + number % 17}, the town has {number} schools.",
        f"The bridge number {number} will open in {2015 + number % 20}.",
        f"The town number {number} lies at a lake.",
    )
    body = "\n\n".join(sentences[: 1 + number % 3])
    members = "* [[United Nations]]\n* [[OSCE]]\n" + "* [[United Nations]]\n" * (number % 5 == 0)
    return (
        f"'''Town {number}''' is a town.\n\n== Now ==\n{body}\n\n"
        f"== Membership in international organizations ==\n{members}"
    )


def write_pages(folder: Path, count: int) -> None:
    """A folder with so many pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        (folder / f"Town_{number}.wiki").write_text(text_of(number), encoding="utf-8")


def write_job(folder: Path, text: str = "", name: str = "nightly", pages: str = "pages") -> Path:
    """A job over a folder beside it; `text` goes before its tables."""
    file = folder / f"{name}.toml"
    file.write_text(
        f'queue = "queue.sqlite"\n{text}\n[pages]\ntargets = ["{pages}"]\n', encoding="utf-8"
    )
    return file


def rows(queue: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a queue's file."""
    with closing(sqlite3.connect(f"file:{queue}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def proposals(queue: Path) -> list[tuple[Any, ...]]:
    """What stands in the queue, but for numbers and times."""
    return sorted(
        rows(
            queue,
            "SELECT wiki, page, key, check_name, start, stop, message, detail, state, sha1"
            " FROM proposal",
        )
    )


def last_run(queue: Path) -> dict[str, Any]:
    """What the last run says of itself."""
    ((detail, status, complete, ended),) = rows(
        queue, "SELECT detail, status, complete, ended FROM run ORDER BY id DESC LIMIT 1"
    )
    return json.loads(detail) | {"status": status, "complete": complete, "ended": ended}
