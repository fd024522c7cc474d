"""What the last look at each page was, and whether it still holds.

A page is looked at again only when something that the look rested on is different now: the page's
text, what it was checked with, the day (bot.runs.horizon), or where its links lead. Everything is
kept for each job by itself, in the store's file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date
from typing import Any, NamedTuple

from bot.checks import Check
from bot.model import Facts, Page, Profile, Settings
from bot.store import Store

_AT_ONCE = 500


class Look(NamedTuple):
    """A look at a page: its `state` then, the `recipe` of the checks, the last day on which the
    look holds, the `titles` whose redirects and items it rests on, and what these were (`facts`).

    `at` is when a stored look was taken (UTC, ISO 8601).
    """

    state: str
    recipe: str
    until: date
    titles: tuple[str, ...] = ()
    facts: str = ""
    at: str = ""

    def outdated(self, state: str, recipe: str, today: date) -> str:
        """Why the page has to be looked at again, as far as it can be told without asking for
        facts; '' when nothing says so."""
        if state != self.state:
            return "the page changed"
        if recipe != self.recipe:
            return "the checks changed"
        return "a date has passed" if today > self.until else ""


class Looks:
    """The looks of one job."""

    def __init__(self, store: Store, job: str) -> None:
        self._store = store
        self._job = job

    def known(self, wiki: str, pages: Sequence[str]) -> dict[str, Look]:
        """The last looks at these pages, by page; what was never looked at is left out."""
        found: dict[str, Look] = {}
        for start in range(0, len(pages), _AT_ONCE):
            batch = pages[start : start + _AT_ONCE]
            marks = ",".join("?" * len(batch))
            for page, state, recipe, until, titles, facts, at in self._store.read(
                "SELECT page, state, recipe, until, titles, facts, at FROM look"  # noqa: S608
                f" WHERE job = ? AND wiki = ? AND page IN ({marks})",
                (self._job, wiki, *batch),
            ):
                found[page] = Look(
                    state, recipe, date.fromisoformat(until), tuple(json.loads(titles)), facts, at
                )
        return found

    def forget(self, wiki: str, page: str) -> None:
        """Strike out every job's looks at a page and its sections, for one that has gone: it may
        come back as it was."""
        with self._store.transaction() as connection:
            connection.execute(
                "DELETE FROM look WHERE wiki = ?1"
                " AND (page = ?2 OR substr(page, 1, length(?2) + 1) = ?2 || '#')",
                (wiki, page),
            )

    def keep(self, taken: Iterable[tuple[str, str, Look]]) -> None:
        """Write looks down, each with its wiki and page, in the place of those before; on the disk
        on return."""
        at = self._store.clock().astimezone(UTC).isoformat(timespec="seconds")
        with self._store.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO look VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        self._job,
                        wiki,
                        page,
                        look.state,
                        look.recipe,
                        look.until.isoformat(),
                        json.dumps(look.titles, ensure_ascii=False),
                        look.facts,
                        at,
                    )
                    for wiki, page, look in taken
                ],
            )


def state_of(page: Page) -> str:
    """What tells two texts of a page apart: its revision, or the checksum of a file's text."""
    if page.revision is not None:
        return str(page.revision)
    return hashlib.sha1(
        page.text.encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).hexdigest()


def recipe_of(
    checks: Iterable[Check], profile: Profile, settings: Settings, version: str, *more: Any
) -> str:
    """What pages are checked with, as one word: another one says that something is different.

    `version` is Redpencil's own: what the checks know of the world changes with it. `more` is
    whatever else the outcome depends on, as JSON can hold it.
    """
    parts = [
        sorted((check.name, check.version) for check in checks),
        [profile.language, profile.wiki, sorted(profile.namespaces.items())],
        repr(settings),
        version,
        *more,
    ]
    return _checksum(parts)


def facts_of(facts: Facts, titles: Collection[str]) -> str:
    """What is known of where these titles lead, as one word."""
    if not titles:
        return ""
    told = []
    for title in sorted(titles):
        leads_to = facts.redirects.get(title, title)
        page = leads_to.partition("#")[0]
        told.append(
            [
                title,
                leads_to,
                facts.items.get(title, ""),
                facts.items.get(page, ""),
                title in facts.missing or page in facts.missing,
                title in facts.disambiguations or page in facts.disambiguations,
            ]
        )
    return _checksum(told)


def _checksum(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha1(written, usedforsecurity=False).hexdigest()
