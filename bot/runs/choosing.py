"""Which pages a job means today, and what they are like without reading them.

A page of a wiki comes with its latest revision, a file with its text. Categories give both with the
same request; everything else is asked for 500 pages at a time. What is not there, or is no
wikitext, comes as an error in its place.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from bot import target
from bot.errors import RedpencilError, UsageError, WikiError, WikiUnavailable
from bot.model import Span
from bot.runs.job import Job
from bot.sites.folder import Folder
from bot.sites.mediawiki_reading import Current
from bot.target import Kind, Target
from bot.wikitext import Wikitext

if TYPE_CHECKING:
    from bot.model import Page
    from bot.sites.mediawiki import MediaWiki

#: Pages that are asked for at once (https://www.mediawiki.org/wiki/API:Etiquette).
AT_ONCE = 500

# Replication may bring a change in late; one that comes twice costs nothing.
_OVERLAP = timedelta(minutes=5)


class Chosen(NamedTuple):
    """A page that a job means. `named` says that the job's file names it by itself; `narrowed`
    that the namespaces of the job count for it."""

    target: Target
    current: Current | None = None
    named: bool = False
    narrowed: bool = False


def targets_of(job: Job) -> list[Target]:
    """The targets that the job's file names; files are looked for from its folder.

    Raises UsageError, with the place in the job, for what cannot be read night after night.
    """
    found = []
    for written in job.pages.targets:
        try:
            path = job.folder / Path(written).expanduser()
            file, _, section = written.partition("#")
            if path.exists():
                each = target.parse(str(path))
            elif section and (job.folder / Path(file).expanduser()).exists():
                each = target.parse(str(job.folder / Path(file).expanduser()) + f"#{section}")
            else:
                each = target.parse(written)
        except (UsageError, OSError, ValueError, RuntimeError) as wrong:
            raise job.written.wrong(("pages", "targets"), f"holds a wrong one: {wrong}") from wrong
        if each.kind is Kind.STANDARD_INPUT or each.revision is not None:
            raise job.written.wrong(
                ("pages", "targets"), f"holds {written!r}, which names no page that may change"
            )
        found.append(each)
    return found


def asks_a_wiki(job: Job, named: Iterable[Target]) -> bool:
    """Whether a job is about pages of a wiki at all."""
    pages = job.pages
    return bool(pages.lists or pages.categories or pages.pywikibot or pages.recent_changes) or any(
        each.kind is Kind.WIKI for each in named
    )


def files(named: Iterable[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
    """The files that are meant, each by itself, with its text."""
    for whole, page in Folder().pages(each for each in named if each.kind is not Kind.WIKI):
        if isinstance(page, RedpencilError):
            yield whole, page
        else:
            path = Path(page.source)
            yield Target(str(path), Kind.FILE, path, section=whole.section), page


def on_wiki(
    job: Job, named: Iterable[Target], wiki: MediaWiki, since: datetime
) -> Iterator[Chosen | RedpencilError]:
    """The pages of the wiki that are meant, in the order of the job's keys; some come twice.

    Raises WikiUnavailable; other trouble with one source of pages stands in its place.
    """
    pages = job.pages
    for each in named:
        if each.kind is Kind.WIKI:
            host = urlsplit(each.origin).netloc
            if host and host != urlsplit(wiki.origin).netloc:
                yield UsageError(f"{each.written}: is no page of {wiki.name}; make it another job")
            else:
                yield Chosen(dataclasses.replace(each, origin="", apis=()), named=True)
    sources = [
        *(_listed(wiki, title) for title in pages.lists),
        *(_in_category(wiki, name) for name in pages.categories),
        *(_by_pywikibot(wiki, arguments) for arguments in pages.pywikibot),
    ]
    if pages.recent_changes:
        sources.append(_changed(wiki, since, pages.namespaces))
    for source in sources:
        try:
            yield from source
        except WikiUnavailable:
            raise
        except (UsageError, WikiError) as wrong:
            yield wrong


def currently(
    chosen: Iterable[Chosen | RedpencilError], wiki: MediaWiki, namespaces: Collection[int]
) -> Iterator[tuple[Chosen | None, Current | RedpencilError]]:
    """The chosen pages with their latest revisions, each page or section of one once.

    Raises WikiUnavailable.
    """
    seen: set[tuple[str, str | int | None]] = set()
    left = iter(chosen)
    while batch := list(islice(left, AT_ONCE)):
        pages = [each for each in batch if isinstance(each, Chosen)]
        unknown = [each.target for each in pages if each.current is None]
        asked = iter(list(wiki.current(unknown)))
        for each in batch:
            if isinstance(each, RedpencilError):
                yield None, each
                continue
            now = each.current if each.current is not None else next(asked)[1]
            if isinstance(now, Current):
                if each.narrowed and now.namespace not in namespaces:
                    continue
                key = (now.title, each.target.section)
                if key in seen:
                    continue
                seen.add(key)
            yield each, now


def left_out(titles: Iterable[str]) -> Callable[[str], bool]:
    """Whether a title is one of these; "Draft:*" means all that begin so."""
    parts = [".*".join(re.escape(_folded(part)) for part in title.split("*")) for title in titles]
    if not parts:
        return lambda title: False
    pattern = re.compile("|".join(f"(?:{part})" for part in parts), re.DOTALL)
    return lambda title: pattern.fullmatch(_folded(title)) is not None


def _folded(title: str) -> str:
    """A title whose first letter is a capital, as on most wikis, or none of both."""
    blank = title.replace("_", " ")
    before, colon, name = blank.rpartition(":")
    return f"{before}{colon}{name[:1].upper()}{name[1:]}"


_LINK = re.compile(
    r"[*#:;]+[^\[\n]*\[\[\s*:?([^\[\]|#<>{}\n]+)(#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]"
)


def listed_titles(text: str) -> list[str]:
    """The first link of each list item of a page, as "Title" or "Title#Section", in its order.

    What stands in comments or <nowiki> says nothing.
    """
    page = Wikitext(text)
    found = []
    for line in page.bare(Span(0, len(text))).split("\n"):
        match = _LINK.match(line)
        if match:
            found.append(match[1].strip() + (match[2] or ""))
    return list(dict.fromkeys(found))


def _listed(wiki: MediaWiki, title: str) -> Iterator[Chosen]:
    for written in listed_titles(wiki.fetch(title).text):
        try:
            each = target.parse(f"[[{written}]]")
        except UsageError:
            continue  # no page can be called so
        yield Chosen(each, narrowed=True)


def _by_pywikibot(wiki: MediaWiki, arguments: str) -> Iterator[Chosen]:
    yield from map(Chosen, wiki.choose(arguments))


def _in_category(wiki: MediaWiki, name: str) -> Iterator[Chosen]:
    more: dict[str, object] = {}
    category = name if ":" in name else f"Category:{name}"
    is_empty = True
    while True:
        answer = wiki.request(
            action="query",
            generator="categorymembers",
            gcmtitle=category,
            gcmtype="page",
            gcmlimit=AT_ONCE,
            prop="info",
            **more,
        )
        for page in answer.get("query", {}).get("pages", ()):
            title = str(page["title"])
            # A redirect leads elsewhere, and what is no wikitext has to be told from other pages.
            plain = not page.get("redirect") and page.get("contentmodel") == "wikitext"
            current = Current(title, int(page["lastrevid"]), int(page["ns"])) if plain else None
            yield Chosen(Target(title, Kind.WIKI, title=title), current, narrowed=True)
            is_empty = False
        if "continue" not in answer:
            break
        more = answer["continue"]
    # An empty category may be so for now; one that has no page either was never made, or is spelt
    # otherwise, and would choose nothing night after night.
    if is_empty and wiki.request(action="query", titles=category)["query"]["pages"][0].get(
        "missing"
    ):
        raise WikiError(
            f"{wiki.name}, [[{category}]]: nothing is in this category, and it has no page; look"
            " at the spelling",
            code="missingtitle",
        )


def _changed(wiki: MediaWiki, since: datetime, namespaces: Collection[int]) -> Iterator[Chosen]:
    """What was edited, made or moved since a moment of the wiki's own clock."""
    more: dict[str, object] = {}
    seen: set[str] = set()
    while True:
        answer = wiki.request(
            action="query",
            list="recentchanges",
            rcstart=(since - _OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            rcdir="newer",
            rctype="edit|new|log",
            rcprop="title|loginfo",
            rclimit="max",
            **more,
        )
        for change in answer["query"]["recentchanges"]:
            moved_to = change.get("logparams", {}).get("target_title")
            for title in filter(None, (change.get("title"), moved_to)):
                if title not in seen and (title == moved_to or change["ns"] in namespaces):
                    seen.add(title)
                    target_ = Target(title, Kind.WIKI, title=title)
                    yield Chosen(target_, narrowed=True)
        if "continue" not in answer:
            return
        more = answer["continue"]
