"""What a fetched page says of itself for a citation: its title, its site, the day it came out.

Trafilatura reads the page; what it makes out only by its looks is left aside here, because a date
in a footer is that of the last change, and half a title is no title. A page that does not tell its
title is not described. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from bot.model import Described
from bot.web.webpage import decoded, words

_SEPARATOR = re.compile(r"\s+[|·•»«—–-]\s+|\s*::\s*|\s+[|»«]|[|»«]\s+")
_LATER = re.compile(r"modif|updat|revis|expir|crawl|fetch", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_LONGEST = 250

#: What pages call themselves when nobody gave them a title.
_NO_TITLE = frozenset(
    "home|homepage|home page|welcome|index|untitled|untitled document|document|login|log in|sign in"
    "|loading|error|news|article|articles|default|page|main page|startseite|willkommen|accueil"
    "|bienvenue|inicio|página inicial|strona główna|главная|ホーム|首页".split("|")
)


def description(
    body: bytes, content_type: str, url: str, *, seen: date | None, today: date
) -> Described | None:
    """What the page at `url` says of itself, or None where it does not tell its title.

    `seen` is the day on which it was seen on the live web, None for a copy in an archive; a date
    of publication after `today` is none.
    """
    from lxml import etree, html
    from trafilatura.metadata import extract_metadata

    text = decoded(body, content_type).replace("\0", "")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        if root is None:
            return None
        told = list(_told(root))
        whole = _tidy("".join(root.findtext(".//title") or ""))
        _leave_what_dates_it(root)
        known = extract_metadata(
            root,
            default_url=url,
            date_config={
                "extensive_search": False,
                "original_date": True,
                "max_date": today.isoformat(),
            },
        )
    except (etree.LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        # Strange pages break the library; they stay undescribed.
        return None
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    site = _site(_tidy(known.sitename or ""), told) or host
    title = _title(_tidy(known.title or ""), whole, site, host)
    if not title:
        return None
    return Described(title, site, _day(known.date, today), seen)


def to_row(described: Described | None) -> list[str] | None:
    """A description as it is kept in a cache; None for none."""
    if described is None:
        return None
    days = (described.published, described.seen)
    return [described.title, described.site, *(day.isoformat() if day else "" for day in days)]


def from_row(row: list[str] | None) -> Described | None:
    """The description that was kept."""
    if row is None:
        return None
    title, site, *days = row
    published, seen = (date.fromisoformat(day) if day else None for day in days)
    return Described(title, site, published, seen)


def _told(root: Any) -> Iterator[str]:
    """What the page says in its metadata."""
    for element in root.iter("meta"):
        yield _tidy(element.get("content") or "")
    for element in root.iter("script"):
        if element.get("type") == "application/ld+json":
            yield element.text or ""


def _leave_what_dates_it(root: Any) -> None:
    """Take out what dates something else: the last change, other articles, the footer."""
    for element in list(root.iter("meta")):
        name = f"{element.get('name')} {element.get('property')} {element.get('itemprop')}"
        if _LATER.search(name):
            element.getparent().remove(element)
    for element in list(root.iter("time", "footer", "aside", "nav", "abbr")):
        element.drop_tree()


def _tidy(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _site(read: str, told: list[str]) -> str:
    """The name of the site as the page itself spells it; '' when only an account has that name."""
    for said in told:
        if said.casefold() == read.casefold():
            return said
    return read if any(f'"{read}"' in said for said in told) else ""


def _title(read: str, whole: str, site: str, host: str) -> str:
    """The title without the name of its site; '' for none."""
    title = read
    if words(read) and f" {' '.join(words(read))} " in f" {' '.join(words(whole))} ":
        # The library may have taken the wrong half of the window's title.
        title = _without_site(whole, site, host)
    said = "".join(words(title))
    nothing = title.casefold() in _NO_TITLE or said in {
        "".join(words(site)),
        "".join(words(host)),
        *_labels(host),
    }
    return "" if nothing or not 3 <= len(title) <= _LONGEST else title


def _without_site(whole: str, site: str, host: str) -> str:
    marks = [match.span() for match in _SEPARATOR.finditer(whole)]
    for start, end in reversed(marks):
        if _is_site(whole[end:], site, host):
            return whole[:start].strip()
    for start, end in marks:
        if _is_site(whole[:start], site, host):
            return whole[end:].strip()
    return whole


def _is_site(part: str, site: str, host: str) -> bool:
    """Whether a part of a title is the site's name, by what it is called or where it lies."""
    said = words(part)
    if "".join(said) == "".join(words(site)):
        return True
    # "Velmora Herald" at herald.example, "Velmora Herald" at velmoraherald.example.
    return len(said) <= 4 and not _labels(host).isdisjoint({*said, "".join(said)})


def _labels(host: str) -> set[str]:
    return {label.replace("-", "") for label in host.split(".")[:-1] if len(label) > 2}


def _day(read: str | None, today: date) -> date | None:
    try:
        day = date.fromisoformat(read or "")
    except ValueError:
        return None
    return day if day <= today else None
