"""Pages of a wiki, many to a request: titles, revisions and page numbers as targets name them.

Titles are looked up as the wiki normalises them; a redirect is followed, and that is said. What is
read is the text of one revision, whole; the sections of it are found in that text by others.
Nothing is kept between batches, so a stream of any length needs the memory of one.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bot.errors import NoPage, RedpencilError, UsageError, WikiError
from bot.model import Page
from bot.sites import mediawiki_errors as errors
from bot.sites.mediawiki_errors import wiki_error
from bot.target import Target

Request = Callable[..., dict[str, Any]]

_WITH_TEXT = {
    "action": "query",
    "prop": "revisions",
    "rvprop": "ids|timestamp|content|contentmodel",
    "rvslots": "main",
}


class Redirected(NamedTuple):
    """Where a title leads: the page, its section or '', and whether it is a circle of redirects."""

    title: str
    fragment: str = ""
    is_circle: bool = False


class Current(NamedTuple):
    """A page as it is now, without its text; `title` is where the redirects led."""

    title: str
    revision: int
    namespace: int = 0


class Titles:
    """What an answer of the API says of the titles that were asked for.

    See https://www.mediawiki.org/wiki/API:Query#Resolving_redirects.
    """

    def __init__(self, query: Mapping[str, Any]) -> None:
        self._normal = {
            one["from"]: one["to"]
            for one in query.get("normalized", ())
            if not one.get("fromencoded")
        }
        self._redirects = {one["from"]: one for one in query.get("redirects", ())}

    def normal(self, title: str) -> str:
        """The title as the wiki writes it."""
        found: str = self._normal.get(title, title)
        return found

    def follow(self, title: str) -> Redirected:
        """Where a title leads to, through any number of redirects."""
        title, fragment = self.normal(title), ""
        passed = set()
        while title in self._redirects:
            if title in passed:
                return Redirected(title, is_circle=True)
            passed.add(title)
            step = self._redirects[title]
            title, fragment = step["to"], step.get("tofragment", "")
        return Redirected(title, fragment.replace("_", " "))


def query(request: Request, **parameters: Any) -> dict[str, Any]:
    """The answer to a query with all that the wiki gives piecemeal; `pages` is a list of them."""
    whole: dict[str, Any] = {}
    pages: dict[object, dict[str, Any]] = {}
    more: dict[str, Any] = {}
    while True:
        answer = request(**parameters, **more)
        part = answer.get("query", {})
        for page in part.pop("pages", ()):
            key = page.get("pageid") or page.get("title")
            known = pages.setdefault(key, page)
            if known is not page:
                revisions = known.get("revisions", []) + page.get("revisions", [])
                known.update(page)
                if revisions:
                    known["revisions"] = revisions
        for name, value in part.items():
            if isinstance(value, list):
                whole.setdefault(name, []).extend(value)
            else:
                whole[name] = value
        if "continue" not in answer:
            return whole | {"pages": list(pages.values())}
        more = answer["continue"]


class Reader:
    """Reads pages of one wiki. `name` is the wiki's for messages, `url` gives a page's address.

    `say` is told of redirects that were followed.
    """

    def __init__(
        self,
        request: Request,
        name: str,
        url: Callable[[str], str],
        say: Callable[[str], object],
    ) -> None:
        self._request = request
        self._name = name
        self._url = url
        self._say = say

    def page(self, which: str | int) -> Page:
        """The current revision of a title, redirect or not, or the revision of a number."""
        if isinstance(which, int):
            return self._of_revision(which, query(self._request, revids=which, **_WITH_TEXT))
        found = query(self._request, titles=normal(which), **_WITH_TEXT)["pages"]
        return self._page(found[0] if found else {"title": which, "missing": True})

    def batch(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of the targets in their order, by as few requests as there are kinds."""
        by_title = list(dict.fromkeys(normal(t.title) for t in targets if _is_title(t)))
        by_number = list(dict.fromkeys(t.page_id for t in targets if _is_number(t)))
        by_revision = list(
            dict.fromkeys(t.revision for t in targets if t.revision is not None and not t.step)
        )
        titles = (
            query(self._request, titles=by_title, redirects=True, **_WITH_TEXT) if by_title else {}
        )
        numbers = query(self._request, pageids=by_number, **_WITH_TEXT) if by_number else {}
        revisions = query(self._request, revids=by_revision, **_WITH_TEXT) if by_revision else {}
        known = Titles(titles)
        of_title = {page["title"]: page for page in titles.get("pages", ())}
        of_number = {page.get("pageid"): page for page in numbers.get("pages", ())}
        for target in targets:
            try:
                if _is_title(target):
                    yield target, self._of_title(normal(target.title), known, of_title)
                elif _is_number(target):
                    missing = {"missing": True, "title": f"page {target.page_id}"}
                    yield target, self._page(of_number.get(target.page_id, missing))
                elif target.step:
                    yield target, self._beside(target.revision or 0, target.step)
                else:
                    yield target, self._of_revision(target.revision or 0, revisions)
            except RedpencilError as wrong:
                yield target, wrong

    def current(
        self, targets: Sequence[Target]
    ) -> Iterator[tuple[Target, Current | RedpencilError]]:
        """The latest revisions of the targets in their order, by as few requests as there are
        kinds; their texts are not read. A target that is a revision stands for its page."""
        by_title = list(dict.fromkeys(normal(t.title) for t in targets if t.title))
        by_number = list(dict.fromkeys(t.page_id for t in targets if not t.title and t.page_id))
        titles = (
            query(self._request, action="query", titles=by_title, redirects=True, prop="info")
            if by_title
            else {}
        )
        numbers = (
            query(self._request, action="query", pageids=by_number, prop="info")
            if by_number
            else {}
        )
        known = Titles(titles)
        of_title = {page["title"]: page for page in titles.get("pages", ())}
        of_number = {page.get("pageid"): page for page in numbers.get("pages", ())}
        for target in targets:
            try:
                if target.title:
                    final = known.follow(normal(target.title))
                    if final.is_circle:
                        raise wiki_error("redirect-circle", where=f"{self._name}, {target.title!r}")
                    found = of_title.get(final.title, {"title": target.title, "missing": True})
                else:
                    number = target.page_id
                    found = of_number.get(number, {"title": f"page {number}", "missing": True})
                yield target, self._current(found)
            except RedpencilError as wrong:
                yield target, wrong

    def template_of_section(self, revision: int, name: str) -> str | None:
        """The template that a section of this heading comes from; None when it is the page's own.

        See https://www.mediawiki.org/wiki/API:Parsing_wikitext (index "T-1").
        """
        answer = self._request(action="parse", oldid=revision, prop="sections")
        wanted = _heading(name)
        for section in answer["parse"]["sections"]:
            if str(section.get("index", "")).startswith("T-") and wanted in (
                _heading(re.sub(r"<[^>]*>", "", html.unescape(section["line"]))),
                _heading(section["anchor"]),
            ):
                return str(section["fromtitle"]).replace("_", " ")
        return None

    def _of_title(self, title: str, known: Titles, pages: Mapping[str, Any]) -> Page:
        asked = known.normal(title)
        final = known.follow(title)
        if final.is_circle:
            raise wiki_error("redirect-circle", where=f"{self._name}, {asked!r}")
        if final.title not in pages:
            raise self._no_page(final.title, f"{self._name}, {asked!r}")
        if final.title == asked:
            return self._page(pages[asked])
        try:
            page = self._page(pages[final.title])
        except WikiError as wrong:
            where = f"{self._name}, {asked!r} redirects to {final.title!r}"
            if isinstance(wrong, NoPage):
                raise self._no_page(final.title, where) from None
            raise wiki_error(wrong.code, where=where) from None
        self._say(f"{asked!r} redirects to {final.title!r}, which is read instead")
        return page

    def _of_revision(self, revision: int, found: Mapping[str, Any]) -> Page:
        for page in found.get("pages", ()):
            for one in page.get("revisions", ()):
                if one["revid"] == revision:
                    return self._page({**page, "revisions": [one]})
        raise wiki_error(errors.NO_REVISION, where=f"{self._name}, revision {revision}")

    def _beside(self, revision: int, step: int) -> Page:
        """The revision after (1) or before (-1) another one of the same page."""
        found = self._request(action="query", prop="revisions", rvprop="ids", revids=revision)
        pages = found["query"].get("pages", ())
        where = f"{self._name}, revision {revision}"
        if not pages or "revisions" not in pages[0]:
            raise wiki_error(errors.NO_REVISION, where=where)
        beside = self._request(
            action="query",
            prop="revisions",
            rvprop="ids",
            titles=pages[0]["title"],
            rvstartid=revision,
            rvdir="newer" if step > 0 else "older",
            rvlimit=2,
        )["query"]["pages"][0]["revisions"]
        if len(beside) < 2:
            raise UsageError(f"{where} is the page's {'latest' if step > 0 else 'first'}")
        return self.page(int(beside[1]["revid"]))

    def _current(self, found: Mapping[str, Any]) -> Current:
        where = self._existing(found)
        if found.get("contentmodel", "wikitext") != "wikitext":
            model = found["contentmodel"]
            raise UsageError(f"{where} is no wikitext but {model}; only wikitext is read")
        return Current(str(found["title"]), int(found["lastrevid"]), int(found["ns"]))

    def _existing(self, found: Mapping[str, Any]) -> str:
        """How an answer's page is named in errors; its own is raised when there is no page."""
        where = f"{self._name}, {str(found.get('title', ''))!r}"
        if found.get("invalid"):
            raise wiki_error("invalidtitle", str(found.get("invalidreason", "")), where=where)
        if found.get("special"):
            raise UsageError(f"{where} is a special page, which has no wikitext of its own")
        if found.get("missing"):
            if "ns" in found:  # else it was asked for by its number, which is no title
                raise self._no_page(str(found["title"]), where)
            raise wiki_error(errors.NO_PAGE, where=where)
        return where

    def _no_page(self, title: str, where: str) -> NoPage:
        message = str(wiki_error(errors.NO_PAGE, where=where))
        return NoPage(message, code=errors.NO_PAGE, wiki=self._name, title=title)

    def _page(self, found: Mapping[str, Any]) -> Page:
        title = str(found.get("title", ""))
        where = self._existing(found)
        if not found.get("revisions"):
            raise wiki_error(errors.NO_PAGE, where=where)
        revision = found["revisions"][0]
        slot = revision.get("slots", {}).get("main", {})
        if "content" not in slot:
            raise wiki_error("hiddenrevision", where=f"{where}, revision {revision['revid']}")
        if slot.get("contentmodel") != "wikitext":
            model = slot.get("contentmodel")
            raise UsageError(f"{where} is no wikitext but {model}; only wikitext is read")
        return Page(
            title,
            str(slot["content"]),
            self._url(title),
            int(revision["revid"]),
            datetime.fromisoformat(revision["timestamp"]),
            found.get("pageid"),
        )


def batched(targets: Iterable[Target], size: Callable[[], int]) -> Iterator[list[Target]]:
    """The targets, so many at a time as `size` says at each turn."""
    left = iter(targets)
    while batch := list(itertools.islice(left, size())):
        yield batch


def _is_title(target: Target) -> bool:
    return target.revision is None and target.page_id is None


def _is_number(target: Target) -> bool:
    return target.revision is None and target.page_id is not None


def normal(title: str) -> str:
    """A title in the form in which MediaWiki stores text (NFC), so that answers can be matched."""
    return unicodedata.normalize("NFC", title)


def _heading(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()
