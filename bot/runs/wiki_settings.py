"""What a wiki's people say of the bot's runs, on the page User:<bot>/redpencil.json.

    {
      "stop": "until the talk page is answered",
      "checks": {"only": ["archives"], "skip": ["archive-missing"]},
      "exclude": ["Main Page", "Draft:*"],
      "options": {"as-of-years": 6},
      "limits": {"pages": 500, "edits": 20}
    }

Everything may be left out. The page can stop a run and narrow it, never widen it. Whoever is no
administrator of the interface cannot edit such a page of another account; one that anybody may edit
counts for nothing. A page that makes no sense is told, the last one that did holds on, and until it
is mended nothing is saved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.checker import choose_checks
from bot.errors import UsageError
from bot.model import MOST_YEARS
from bot.store import Store

if TYPE_CHECKING:
    from bot.sites.mediawiki import MediaWiki

NAME = "redpencil.json"


@dataclass(frozen=True, slots=True)
class WikiSettings:
    """What the wiki wants; `stop` says why runs shall stop, '' when they may go on."""

    stop: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    as_of_years: int | None = None
    pages: int | None = None
    edits: int | None = None


def current(wiki: MediaWiki, store: Store) -> tuple[WikiSettings, str]:
    """What the wiki wants now, and what is wrong with its page, '' for nothing.

    When something is, the settings are the last good ones. Raises WikiError.
    """
    if wiki.account is None:
        return WikiSettings(), ""
    title = f"User:{wiki.account.name}/{NAME}"
    pages = wiki.request(
        action="query",
        titles=title,
        prop="info|revisions",
        inprop="protection",
        rvprop="ids|content",
        rvslots="main",
    )["query"]["pages"]
    page: Mapping[str, Any] = pages[0]
    if page.get("missing"):
        return WikiSettings(), ""
    try:
        if not _is_protected(page):
            raise UsageError("anybody may edit the page; ask for its protection")
        content = page["revisions"][0]["slots"]["main"].get("content", "")
        settings = parsed(content)
    except UsageError as wrong:
        return _last_good(store, wiki.name), (
            f"{wiki.name}, [[{title}]]: {wrong}; what it last said well holds on, and nothing is"
            " saved until it is mended"
        )
    _keep(store, wiki.name, int(page["lastrevid"]), content)
    return settings, ""


def parsed(text: str) -> WikiSettings:
    """The settings that a page says. Raises UsageError, with line or key."""
    try:
        content = json.loads(text)
    except ValueError as wrong:
        raise UsageError(f"is no JSON: {wrong}") from wrong
    if not isinstance(content, dict):
        raise UsageError("is no JSON object")
    found: dict[str, Any] = {}
    for key, value in content.items():
        if key not in _KEYS:
            raise UsageError(f"{key!r} is unknown; there are {', '.join(_KEYS)}")
        wanted = _KEYS[key]
        if not isinstance(wanted, dict):
            found |= _checked(key, value, wanted)
            continue
        if not isinstance(value, dict):
            raise UsageError(f"{key!r} must be an object with {', '.join(wanted)}")
        for name, one in value.items():
            if name not in wanted:
                raise UsageError(f"'{key}.{name}' is unknown; there are {', '.join(wanted)}")
            found |= _checked(f"{key}.{name}", one, wanted[name])
    settings = WikiSettings(**found)
    choose_checks(settings.only, settings.skip)
    return settings


def _is_protected(page: Mapping[str, Any]) -> bool:
    """Whether a page is safe from passers-by: JSON below a user page is by MediaWiki itself.

    See https://www.mediawiki.org/wiki/Manual:User_rights (edituserjson).
    """
    return page.get("contentmodel") == "json" or any(
        one.get("type") == "edit" and one.get("level") not in ("", "autoconfirmed")
        for one in page.get("protection", ())
    )


def _last_good(store: Store, wiki: str) -> WikiSettings:
    rows = store.read("SELECT content FROM wiki_settings WHERE wiki = ?", (wiki,))
    try:
        return parsed(rows[0]["content"]) if rows else WikiSettings()
    except UsageError:  # a check of that name is no more
        return WikiSettings()


def _keep(store: Store, wiki: str, revision: int, content: str) -> None:
    rows = store.read("SELECT revision FROM wiki_settings WHERE wiki = ?", (wiki,))
    if not rows or rows[0]["revision"] != revision:
        with store.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO wiki_settings VALUES (?, ?, ?)", (wiki, revision, content)
            )


def _stop(value: Any) -> str | None:
    if isinstance(value, bool):
        return "no reason is given" if value else ""
    return " ".join(value.split()) if isinstance(value, str) else None


def _names(value: Any) -> tuple[str, ...] | None:
    fits = isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)
    return tuple(value) if fits else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _years(value: Any) -> int | None:
    number = _number(value)
    return number if number is not None and number <= MOST_YEARS else None


_Wanted = tuple[str, str, Callable[[Any], Any]]

# Key: the field, what it must be in words, and how it is read (None: it is not that).
_KEYS: dict[str, _Wanted | dict[str, _Wanted]] = {
    "stop": ("stop", "true, false or a reason", _stop),
    "checks": {
        "only": ("only", "a list of checks or families", _names),
        "skip": ("skip", "a list of checks or families", _names),
    },
    "exclude": ("exclude", "a list of titles", _names),
    "options": {"as-of-years": ("as_of_years", f"a whole number from 0 to {MOST_YEARS:,}", _years)},
    "limits": {
        "pages": ("pages", "a whole number, 0 or more", _number),
        "edits": ("edits", "a whole number, 0 or more", _number),
    },
}


def _checked(key: str, value: Any, wanted: _Wanted) -> dict[str, Any]:
    field, words, read = wanted
    found = read(value)
    if found is None:
        raise UsageError(f"{key!r} must be {words}, not {value!r}"[:300])
    return {field: found}
