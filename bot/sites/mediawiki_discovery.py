"""Where the api.php of a wiki really is, of the places where it may be.

They are asked in their order, and so is where they send us; when no wiki answers at any of them,
the pages of the host are asked, which say it themselves. Another host than the one that was named
is never asked, nor one that is less safe: who we are is told there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from bot.errors import WikiError, WikiUnavailable
from bot.sites import mediawiki_errors as errors
from bot.sites import mediawiki_wire as wire
from bot.sites.mediawiki_errors import wiki_error
from bot.sites.mediawiki_session import Answer, NoAnswer, Session

if TYPE_CHECKING:
    from bot.sites.mediawiki import Patience

#: What a wiki is asked to describe itself: https://www.mediawiki.org/wiki/API:Siteinfo.
SITEINFO = {
    "action": "query",
    "format": "json",
    "formatversion": 2,
    "meta": "siteinfo",
    "siprop": "general|namespaces|namespacealiases",
}

_EDIT_URI = re.compile(r'<link rel="EditURI"[^>]*\shref="([^"]+)"')
_MOST_REDIRECTS = 4

# Errors that a MediaWiki gives which will talk to us once we are somebody, or later.
_STILL_A_WIKI = {"readapidenied", "maxlag", "readonly", "assertuserfailed"}

#: What speaks to the api.php at an address.
SessionAt = Callable[[str], Session]


class Found(NamedTuple):
    """A wiki that answers: its session, and how it describes itself, None when it would not."""

    session: Session
    info: dict[str, Any] | None


def discover(addresses: Sequence[str], session_at: SessionAt, patience: Patience) -> Found:
    """The first of the addresses where a wiki's API answers, or one that they lead to.

    Raises WikiError, WikiUnavailable at the end of patience.
    """
    while True:
        found = _first_answering(addresses, session_at)
        if isinstance(found, Found):
            return found
        if not isinstance(found, WikiUnavailable) or not patience.wait(found.retry_after):
            raise found


def _first_answering(addresses: Sequence[str], session_at: SessionAt) -> Found | WikiError:
    trouble: WikiError = wiki_error(errors.NOT_JSON)
    waiting, tried = list(addresses), set(addresses)
    while waiting or (waiting := _addresses_told(addresses[0], session_at, tried)):
        address = waiting.pop(0)
        where = urlsplit(address).netloc
        session = session_at(address)
        try:
            answer = session.post(wire.encoded(SITEINFO))
            other = _moved(address, answer)
            if other and other not in tried:
                tried.add(other)
                waiting.insert(0, other)
                continue
            return Found(session, wire.read(answer, "query", where).get("query"))
        except NoAnswer as wrong:
            return wire.unanswered(wrong, "query", where)
        except WikiError as wrong:
            if wrong.code in _STILL_A_WIKI:
                return Found(session, None)
            trouble = wrong
    return trouble


def _addresses_told(address: str, session_at: SessionAt, tried: set[str]) -> list[str]:
    """Where the pages of a host say their api.php is, if that was not tried yet.

    Every page does, for programs that edit: https://www.mediawiki.org/wiki/API:RSD.
    """
    url, session = urljoin(address, "/"), session_at(address)
    for _ in range(_MOST_REDIRECTS):
        try:
            answer = session.read(url)
        except NoAnswer:
            return []
        told = _EDIT_URI.search(answer.body.decode("utf-8", "replace"))
        other = urljoin(url, html.unescape(told[1]) if told else answer.location)
        other = other.partition("?")[0] if told else other
        if other == url or not _is_same_host(address, other):
            return []
        if told:
            new = [] if other in tried or not other.endswith("/api.php") else [other]
            tried.update(new)
            return new
        url = other
    return []


def _moved(address: str, answer: Answer) -> str | None:
    """Another address of the same host that a wiki sends us to (http to https, mostly)."""
    if answer.status not in (301, 302, 307, 308) or not answer.location:
        return None
    other = urljoin(address, answer.location).partition("?")[0]
    return other if _is_same_host(address, other) and other.endswith("/api.php") else None


def _is_same_host(address: str, other: str) -> bool:
    """Whether another address is at the same host, and not less safe."""
    here, there = urlsplit(address), urlsplit(other)
    return here.hostname == there.hostname and there.scheme in (here.scheme, "https")
