"""What a wiki has of a page: as it is now, as it was, and whether an edit of ours is in it.

Saving rests on what is so at this moment, so every question is asked anew and no answer is kept.
Nothing here changes a wiki or decides what is saved: what speaks against an edit is only told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot.errors import EditRefused, NotAllowed, WikiError
from bot.saving.exclusion import refusal
from bot.saving.outcomes import Reason
from bot.sites.mediawiki_errors import wiki_error, words_of
from bot.sites.mediawiki_reading import Request

_USER = 2  # https://www.mediawiki.org/wiki/Manual:Namespace_constants

# Wikitext that the wiki rewrites while saving: signatures, substitutions, pipe tricks.
_REWRITTEN = re.compile(r"~~~|\{\{\s*[^\W\d_]+\s*:|\|\s*\]\]|\[\[\s*\|")


class Revision(NamedTuple):
    """A revision of a page as the wiki has it."""

    page_id: int
    title: str
    id: int
    parent: int
    text: str


class Objection(NamedTuple):
    """What speaks against editing a page: why, in a sentence, and by a code."""

    reason: Reason
    message: str
    code: str


class Reader:
    """Asks one wiki. Every call raises what `request` raises: WikiError."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def now(self, title: str, account: str) -> tuple[Revision | None, Objection | None]:
        """A page as it is now, None when there is none, and what speaks against editing it most.

        That is, in this order: somebody has stopped the account by its page, the page asks bots to
        stay away, the wiki would not let the account edit (a block stops it as well).
        """
        stop = f"User:{account}/stop"
        answer = self._request(
            action="query",
            prop="revisions|info",
            titles=[title, stop],
            rvprop="ids|content",
            rvslots="main",
            intestactions="edit",
            intestactionsdetail="full",
        )["query"]
        changed = (*answer.get("normalized", ()), *answer.get("converted", ()))
        stop = {each["from"]: each["to"] for each in changed}.get(stop, stop)
        stopped: dict[str, Any] = next(
            (page for page in answer["pages"] if page["title"] == stop), {}
        )
        found = next((page for page in answer["pages"] if page is not stopped), stopped)
        seen, said = _revision(found), _revision(stopped)
        title = found["title"]
        if said is not None and said.text.strip():
            words = " ".join(said.text.split())[:200]
            why = f"[[{stop}]] says “{words}”; nothing is saved until that page is empty"
            return seen, Objection(Reason.STOPPED, f"{title}: {why}", "stopped")
        asked = "" if seen is None else refusal(seen.text, account)
        if asked:
            why = f"{title}: the page asks bots to stay away with {asked}; edit it by hand"
            return seen, Objection(Reason.STAY_AWAY, why, "stay-away")
        for wrong in found.get("actions", {}).get("edit", ()):
            no = wiki_error(wrong["code"], words_of(wrong), where=title)
            # A block of the whole account, unlike one from some pages, is somebody's stop.
            block = wrong.get("data", {}).get("blockinfo")
            barred = block is not None and not block.get("blockpartial")
            return seen, Objection(Reason.STOPPED if barred else reason(no), str(no), no.code)
        return seen, None

    def revision(self, number: int) -> Revision | None:
        """A revision, or None when it is not (or no longer) there to be read."""
        answer = self._request(
            action="query", prop="revisions", revids=number, rvprop="ids|content", rvslots="main"
        )["query"]
        return next(filter(None, map(_revision, answer.get("pages", ()))), None)

    def latest(self, page_id: int) -> tuple[int, str] | None:
        """The number of a page's last revision and who made it; None when there is no page."""
        for revision in self._history({"pageids": page_id}, limit=1):
            return int(revision["revid"]), revision.get("user", "somebody")
        return None

    def marked(
        self, marker: str, *, page_id: int, title: str, account: str, since: int
    ) -> int | None:
        """The revision of an account's, after the one of number `since`, whose edit summary holds
        a marker; None when there is none."""
        # Under its title it may be another page by now, and the edit may have gone there.
        for where in ({"pageids": page_id}, {"titles": title}):
            for revision in self._history(where, user=account, end=since):
                if marker in revision.get("comment", ""):
                    return int(revision["revid"])
        return None

    def whereabouts(self, base: int) -> str:
        """What became of a page that is no longer there, by a revision that it had."""
        found = self.revision(base)
        if found is None:
            return "the page was deleted, and is not made anew"
        return f"the page was moved to [[{found.title}]]"

    def is_own(self, title: str, account: str) -> bool:
        """Whether a title lies below an account's user page."""
        for page in self._request(action="query", titles=[title])["query"].get("pages", ()):
            name = str(page["title"]).partition(":")[2]
            if page.get("ns") != _USER or not name.startswith(f"{account}/"):
                return False
        return True

    def rewrites(self, title: str, text: str) -> bool:
        """Whether the wiki would store another text than this one, as `stored` has it."""
        if not _REWRITTEN.search(text):
            return False
        answer = self._request(
            action="parse", title=title, text=text, contentmodel="wikitext", onlypst=True
        )
        return stored(answer["parse"]["text"]) != text

    def has_tag(self, name: str) -> bool:
        """Whether the wiki defines an edit tag that may be used."""
        more: dict[str, Any] = {}
        while True:
            answer = self._request(
                action="query", list="tags", tgprop="active", tglimit="max", **more
            )
            if any(tag["name"] == name and tag.get("active") for tag in answer["query"]["tags"]):
                return True
            if "continue" not in answer:
                return False
            more = answer["continue"]

    def _history(
        self,
        where: Mapping[str, Any],
        *,
        user: str | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> Iterator[dict[str, Any]]:
        """Revisions of a page, the latest first, back to the one of number `end`."""
        more: dict[str, Any] = {}
        while True:
            answer = self._request(
                action="query",
                prop="revisions",
                rvprop="ids|comment|user",
                rvuser=user,
                rvendid=end,
                rvlimit=limit,
                **where,
                **more,
            )
            for page in answer.get("query", {}).get("pages", ()):
                yield from page.get("revisions", ())
            if "continue" not in answer:
                return
            more = answer["continue"]


def stored(text: str) -> str:
    """A text as MediaWiki stores it: NFC, line feeds only, nothing blank at its end.

    Source: TextContent::normalizeLineEndings and WebRequest::getText of MediaWiki.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).rstrip(" \t\n\v\0")


def reason(no: WikiError) -> Reason:
    """Why an edit is not saved, when this is what the wiki says to it."""
    if isinstance(no, NotAllowed):
        return Reason.NOT_ALLOWED
    return Reason.UNWANTED if isinstance(no, EditRefused) else Reason.ERROR


def _revision(page: Mapping[str, Any]) -> Revision | None:
    """A page of an answer with its one revision; None when there is none to read."""
    for revision in page.get("revisions", ()):
        content = revision.get("slots", {}).get("main", {}).get("content")
        if content is not None:
            return Revision(
                page["pageid"],
                page["title"],
                revision["revid"],
                revision.get("parentid", 0),
                content,
            )
    return None
