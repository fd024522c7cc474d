"""Where titles of a wiki lead: asked for in batches, and kept on disk for a while.

Every title is followed to its end: through any number of redirects, to a section if the last one
leads there; a circle leads nowhere. What is kept is per wiki and title, with the time of asking. A
cache that cannot be read or written costs requests and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bot.model import Entered, Facts, Page
from bot.sites.mediawiki_reading import Request, Titles, normal, query
from bot.target import Target

logger = logging.getLogger(__name__)

DAY = 86_400.0
_KEPT = 7 * DAY
_KEPT_HISTORY = 90 * DAY
_KEPT_MISSING = 1 * DAY  # a red link may turn blue any day


class Fact(NamedTuple):
    """What a wiki says of one title.

    `leads_to` is the title, or "Title#Section", at the end of its redirects; '' for a circle.
    `item`, `is_missing` and `is_disambiguation` are those of the page there.
    """

    title: str
    leads_to: str
    item: str = ""
    is_missing: bool = False
    is_disambiguation: bool = False


def look_up(request: Request, titles: Collection[str], size: int) -> Iterator[Fact]:
    """What the wiki says of each title, `size` titles to a request.

    Titles of other wikis (interwiki links) and those that no page can have are left out.
    """
    ordered = sorted(titles)
    for start in range(0, len(ordered), size):
        batch = ordered[start : start + size]
        answer = query(
            request,
            action="query",
            titles=[normal(title) for title in batch],
            redirects=True,
            prop="pageprops",
            ppprop="disambiguation|wikibase_item",
        )
        known = Titles(answer)
        pages = {page["title"]: page for page in answer["pages"]}
        elsewhere = {one["title"] for one in answer.get("interwiki", ())}
        for title in batch:
            final = known.follow(normal(title))
            if final.is_circle:
                yield Fact(title, "")
                continue
            page = pages.get(final.title)
            if page is None or title in elsewhere or page.get("invalid") or page.get("special"):
                continue
            properties = page.get("pageprops", {})
            yield Fact(
                title,
                f"{final.title}#{final.fragment}" if final.fragment else final.title,
                str(properties.get("wikibase_item", "")),
                bool(page.get("missing", False)),
                "disambiguation" in properties,
            )


def gathered(found: Iterable[Fact], unknown: Iterable[str] = ()) -> Facts:
    """Facts as the checks want them; `unknown` are titles that could not be looked up."""
    redirects: dict[str, str] = {}
    items: dict[str, str] = {}
    missing: set[str] = set()
    choices: set[str] = set()
    for fact in found:
        page = fact.leads_to.partition("#")[0]
        if not page:
            continue
        if fact.leads_to != fact.title:
            redirects[fact.title] = fact.leads_to
        if fact.item:
            items[page] = fact.item
            if fact.leads_to == page:
                items[fact.title] = fact.item
        if fact.is_missing:
            missing |= {page, fact.title}
        if fact.is_disambiguation:
            choices |= {page, fact.title}
    return Facts(redirects, items, frozenset(missing), frozenset(choices), frozenset(unknown))


class Remembered:
    """What is kept of a wiki's answers, for a run without a network; a `bot.sites.Knowledge`."""

    def __init__(self, cache: FactCache, wiki: str, clock: Callable[[], float]) -> None:
        self._cache = cache
        self._wiki = wiki
        self._clock = clock

    def profile(self, target: Target) -> None:
        """Nothing that a name of a wiki does not say."""

    def entered(self, target: Target, page: Page, addresses: Collection[str]) -> dict[str, Entered]:
        """Nothing: what no wiki is asked has no history."""
        return {}

    def facts(self, target: Target, titles: Collection[str]) -> Facts:
        """What is remembered of the titles; the others are `unknown`."""
        known = self._cache.known(self._wiki, titles, self._clock()) if self._wiki else {}
        return gathered(known.values(), set(titles) - known.keys())


class FactCache:
    """What wikis said of titles, in one SQLite file that several programs may use at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told = False

    def known(self, wiki: str, titles: Collection[str], now: float) -> dict[str, Fact]:
        """What is kept of these titles and not too old; `now` in seconds of the epoch."""
        found: dict[str, Fact] = {}
        with self._opened() as database:
            if database is None:
                return found
            ordered = list(titles)
            for start in range(0, len(ordered), 500):
                batch = ordered[start : start + 500]
                marks = ",".join("?" * len(batch))
                rows = database.execute(
                    "select title, leads_to, item, is_missing, is_disambiguation from facts"  # noqa: S608 (question marks)
                    f" where wiki = ? and title in ({marks})"
                    " and asked > ? - case when is_missing then ? else ? end",
                    (wiki, *batch, now, _KEPT_MISSING, _KEPT),
                )
                for title, leads_to, item, is_missing, is_disambiguation in rows:
                    found[title] = Fact(
                        title, leads_to, item, bool(is_missing), bool(is_disambiguation)
                    )
        return found

    def keep(self, wiki: str, facts: Iterable[Fact], now: float) -> None:
        """Remember these facts, and forget what is too old to be used again."""
        with self._opened() as database:
            if database is not None:
                database.execute("delete from facts where asked < ?", (now - _KEPT,))
                database.executemany(
                    "insert or replace into facts values (?, ?, ?, ?, ?, ?, ?)",
                    [(wiki, *fact, now) for fact in facts],
                )

    def entered(
        self, wiki: str, page: str, addresses: Collection[str], now: float
    ) -> dict[str, Entered | None]:
        """Since when that page has these addresses, None where its history did not tell; what was
        not asked for lately is left out."""
        found: dict[str, Entered | None] = {}
        with self._opened() as database:
            if database is not None:
                for address in addresses:
                    for day, surely in database.execute(
                        "select day, surely from entered"
                        " where wiki = ? and page = ? and address = ? and asked > ?",
                        (wiki, page, address, now - _KEPT_HISTORY),
                    ):
                        since = Entered(date.fromisoformat(day), bool(surely)) if day else None
                        found[address] = since
        return found

    def keep_entered(
        self, wiki: str, page: str, told: Mapping[str, Entered | None], now: float
    ) -> None:
        """Remember since when a page has addresses."""
        with self._opened() as database:
            if database is not None:
                database.execute("delete from entered where asked < ?", (now - _KEPT_HISTORY,))
                database.executemany(
                    "insert or replace into entered values (?, ?, ?, ?, ?, ?)",
                    [
                        (wiki, page, address, since.day.isoformat(), since.surely, now)
                        if since is not None
                        else (wiki, page, address, "", False, now)
                        for address, since in told.items()
                    ],
                )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            database = sqlite3.connect(self._file, timeout=5.0)
        except (OSError, sqlite3.Error) as wrong:
            self._complain(wrong)
            yield None
            return
        with contextlib.closing(database):
            try:
                database.execute("pragma journal_mode = wal")
                database.executescript(_TABLES)
            except sqlite3.Error as wrong:
                self._complain(wrong)
                yield None
                return
            try:
                with database:
                    yield database
            except sqlite3.Error as wrong:
                self._complain(wrong)

    def _complain(self, wrong: Exception) -> None:
        if not self._told:
            why = wrong.strerror if isinstance(wrong, OSError) else wrong
            mend = "; remove it" if self._file.exists() else ""
            so = "where links lead is asked anew each time"
            logger.warning("%s cannot be used (%s), so %s%s", self._file, why, so, mend)
        self._told = True


_TABLES = """
create table if not exists facts (
    wiki text, title text, leads_to text, item text, is_missing int, is_disambiguation int,
    asked real, primary key (wiki, title)
) without rowid;
create table if not exists entered (
    wiki text, page text, address text, day text, surely int,
    asked real, primary key (wiki, page, address)
) without rowid;
"""
