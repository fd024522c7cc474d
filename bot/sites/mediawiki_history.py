"""Since when a page has an address, from its history: one request a page.

A wiki gives the texts of at most 50 revisions at once (API:Revisions, rvlimit), and no search over
a history. The newest 50 are asked for, because most references that lack a date of their own were
added lately or stand on short pages; an answer is cut at 8 MB by the wiki itself. Where the oldest
of them has the address already, the day is the one by which the page had it, not the one it came.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bot.model import Entered
from bot.sites.mediawiki_reading import Request, normal

#: https://www.mediawiki.org/wiki/API:Revisions: 50 for everybody when texts are asked for.
MOST_REVISIONS = 50

_SCHEME = re.compile(r"https?:(?=//)", re.IGNORECASE)


class Revision(NamedTuple):
    """One version of a page: when it was saved (UTC), and its text, '' where that is hidden."""

    moment: datetime
    text: str


def entered(request: Request, title: str, addresses: Collection[str]) -> dict[str, Entered]:
    """Since when the page has each of these addresses, as far as its last 50 revisions tell.

    What none of them has is left out. Asks the wiki once; raises what `request` raises.
    """
    answer = request(
        action="query",
        titles=normal(title),
        prop="revisions",
        rvprop="timestamp|content",
        rvslots="main",
        rvlimit=MOST_REVISIONS,
    )
    pages = answer.get("query", {}).get("pages", ())
    revisions = [_revision(one) for page in pages for one in page.get("revisions", ())]
    return first_days(revisions, addresses, whole="continue" not in answer)


def first_days(
    revisions: Iterable[Revision], addresses: Collection[str], *, whole: bool
) -> dict[str, Entered]:
    """The day of the oldest of these revisions that has each address, whatever its scheme
    and with a slash at its end or not.

    The revisions come newest first; `whole` says that the page has no older ones.
    """
    ordered = list(revisions)
    found: dict[str, Entered] = {}
    for address in addresses:
        bare = _SCHEME.sub("", address, count=1).rstrip("/")
        pattern = re.compile(re.escape(bare) + r"/?[.,;:!?]*(?![^\s\[\]<>\"{}|])")
        having = [one.moment for one in ordered if pattern.search(one.text)]
        if having:
            first = min(having)
            found[address] = Entered(first.date(), whole or first > ordered[-1].moment)
    return found


def _revision(answer: Mapping[str, Any]) -> Revision:
    moment = datetime.fromisoformat(answer["timestamp"]).astimezone(UTC)
    return Revision(moment, str(answer.get("slots", {}).get("main", {}).get("content", "")))
