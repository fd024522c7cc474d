"""The citations that a check of this family looks at, read once for all of them."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

from bot.checks import Context, Reading
from bot.checks.archives._sites import differ
from bot.knowledge import snapshots
from bot.knowledge.citations import Vocabulary
from bot.knowledge.snapshots import Snapshot, same_page
from bot.model import Edit
from bot.patterns import pattern
from bot.wikitext import Template
from bot.wikitext import citation as citations
from bot.wikitext.citation import Citation, PlainLink
from bot.wikitext.template import template_name

# What every parameter for an archive, in whichever language, and every {{webarchive}} has in it.
ARCHIVE_WORDS = "(?i)archi[vew]|arquiv|arkiv|arxiu|архив|архів|アーカイブ|wayback"


_NEXT_TEMPLATE = pattern(r"[ \t]*(?:</ref>)?[ \t]*\{\{([^{}|<>]{1,60})[|}]", re.IGNORECASE)

_STAMP = pattern(r"(?:19|20)\d{12}")
# Few templates behind citations have either; the others need not be opened.
_MAY_ARCHIVE = pattern(r"//|\d{14}")


class Placed(Protocol):
    """Something that starts somewhere."""

    @property
    def start(self) -> int: ...


T = TypeVar("T", bound=Placed)


class Archived(NamedTuple):
    """A citation that names an archive. `snapshot` is None when it is no archive that we know."""

    citation: Citation
    url: str
    address: str
    snapshot: Snapshot | None

    @property
    def start(self) -> int:
        """Where the citation starts."""
        return self.citation.start


class Dated(NamedTuple):
    """A {{webarchive}} and the snapshot that it leads to."""

    template: Template
    snapshot: Snapshot

    @property
    def start(self) -> int:
        """Where the template starts."""
        return self.template.start


class Shown(NamedTuple):
    """A citation one of whose addresses, the `role`, is that of a snapshot."""

    citation: Citation
    role: str
    snapshot: Snapshot

    @property
    def start(self) -> int:
        """Where the citation starts."""
        return self.citation.start


class InOrder(Generic[T]):
    """Things of a page in its order, and where each starts."""

    def __init__(self, things: list[T]) -> None:
        self.things = things

    @functools.cached_property
    def starts(self) -> list[int]:
        """Where each of them starts."""
        return [one.start for one in self.things]


class Sources(NamedTuple):
    """The citations of a page, those apart which bots are asked to leave alone.

    In `shown` a citation may stand twice, first for its archive-url.
    """

    every: InOrder[Citation]
    shown: InOrder[Shown]
    archived: InOrder[Archived]
    unarchived: InOrder[Citation]
    links: InOrder[PlainLink]
    webarchives: InOrder[Dated]
    replaced: InOrder[Template]


def sources(context: Context) -> Sources:
    """The page's citations, with and without an archive."""
    return context.reading.once(read_sources)


def read_sources(reading: Reading) -> Sources:
    """The citations of a page; `Reading.once` keeps them for all checks."""
    read = citations.read(reading.page, reading.vocabulary)
    ignore = reading.vocabulary.bots_ignore.normal
    text = reading.page.text
    every, shown, archived, unarchived = [], [], [], []
    for citation in read.templates:
        if citation.tags and any(tag.name in ignore for tag in citation.tags):
            continue
        every.append(citation)
        values = citation.values
        address, url = values.get("archive_url"), values.get("url")
        if not address:
            if not values.get("archive_stamp"):
                unarchived.append(citation)
        else:
            snapshot = snapshots.snapshot(address)
            if snapshot is not None:
                shown.append(Shown(citation, "archive_url", snapshot))
            if plain(address):
                cited = url or citation.value("chapter_url")
                archived.append(Archived(citation, cited, address, snapshot))
        snapshot = snapshots.snapshot(url) if url else None
        if snapshot is not None:
            shown.append(Shown(citation, "url", snapshot))
    links = [link for link in read.links if not any(tag.name in ignore for tag in link.tags)]
    webarchives = []
    for template in read.webarchives:
        if is_left_alone(text, template.end, ignore):
            continue
        snapshot = snapshots.snapshot(template.value("url", "1"))
        if snapshot is not None:
            webarchives.append(Dated(template, snapshot))
    return Sources(
        InOrder(every),
        InOrder(shown),
        InOrder(archived),
        InOrder(unarchived),
        InOrder(links),
        InOrder(webarchives),
        InOrder([one for one in read.replaced if not is_left_alone(text, one.end, ignore)]),
    )


def is_left_alone(text: str, end: int, ignore: Collection[str]) -> bool:
    """Whether {{cbignore}} stands directly behind what ends at a place, in its reference or behind
    that."""
    found = _NEXT_TEMPLATE.match(text, end)
    return found is not None and template_name(found[1]) in ignore


def here(context: Context, found: InOrder[T]) -> Iterable[T]:
    """Those that stand in the sections the check is to look at."""
    if not found.things or len(context.sections) == len(context.page.sections):
        return found.things
    return _in_sections(context, found)


def _in_sections(context: Context, found: InOrder[T]) -> Iterator[T]:
    starts = found.starts
    for section in context.sections:
        first = bisect_left(starts, section.start)
        last = bisect_left(starts, section.body_end, lo=first)
        yield from found.things[first:last]


def plain(value: str) -> bool:
    """Whether a value is nothing but an address as a reader would follow it."""
    # Looked for one by one, which takes half as long as a pattern.
    return (
        "//" in value[:8]
        and not ("[" in value or "]" in value or "{" in value or "}" in value)
        and not ("<" in value or ">" in value or "\0" in value)
        and value.split() == [value]
    )


def followed(url: str) -> bool:
    """Whether an address is one of the web that can be archived."""
    return url.startswith(("http://", "https://")) and plain(url)


def has_webarchive(words: Vocabulary, tags: Iterable[Template]) -> bool:
    """Whether one of the templates behind a citation leads to its archive."""
    return any(
        tag.name in words.webarchive
        or tag.name in words.webarchive_withdrawn
        or (
            _MAY_ARCHIVE.search(tag.text, tag.start, tag.end) is not None
            and any(_is_snapshot(parameter.value) for parameter in tag.parameters)
        )
        for tag in tags
    )


def _is_snapshot(value: str) -> bool:
    """Whether a value is a snapshot's address or timestamp, whatever the template is called."""
    if "//" in value[:8]:
        return snapshots.snapshot(value) is not None
    return _STAMP.fullmatch(value) is not None


def own_address(snapshot: Snapshot) -> str | None:
    """The address of the page itself as a parameter may give it; None when the snapshot does not
    tell, or tells one that would not do: with blanks or markup in it, or again of a snapshot."""
    url = snapshot.original
    if url is None or not followed(url) or "|" in url or snapshots.snapshot(url) is not None:
        return None
    return url


def archive_given_up(words: Vocabulary, tags: Iterable[Template]) -> bool:
    """Whether somebody has looked for an archive and marked that there is none."""
    for tag in tags:
        if tag.name in words.permanently_dead:
            return True
        if tag.name in words.dead_link and tag.value("fix-attempted", "bot"):
            return True
    return False


def is_status_known(citation: Citation) -> bool:
    """Whether a parameter says, in whatever words, if the page is still there."""
    value = citation.value
    return bool(value("url_status") or value("dead_flag") or value("withdrawn"))


def is_unwanted(context: Context, snapshot: Snapshot) -> bool:
    """Whether the wiki no longer wants the archive that the snapshot is in."""
    hosts = context.vocabulary.deprecated_hosts
    return snapshot.host in hosts or snapshot.host.removeprefix("www.") in hosts


def dead_marks(text: str, vocabulary: Vocabulary, citation: Citation) -> list[Template]:
    """{{dead link}} and the like, directly behind a citation or its reference."""
    if not citation.tags:
        return []
    marks = vocabulary.dead_link.normal | vocabulary.permanently_dead.normal
    found: list[Template] = []
    position = citation.span.end
    for tag in citation.tags:
        if tag.name not in marks or text[position : tag.start].strip() not in ("", "</ref>"):
            break
        found.append(tag)
        position = tag.end
    return found


def without(text: str, marks: Iterable[Template]) -> tuple[Edit, ...]:
    """The edits that take templates away, each with the blanks before it."""
    edits = []
    for mark in marks:
        start = mark.start
        while text[start - 1] in " \t":
            start -= 1
        edits.append(Edit(start, text[start : mark.end], ""))
    return tuple(edits)


def other_page(one: Archived) -> str | None:
    """The address of the archived page when it is clearly not the cited one."""
    snapshot, citation = one.snapshot, one.citation
    if snapshot is None or snapshot.original is None or "url" in citation.repeated:
        return None
    url = citation.value("url")
    if not url or not followed(url) or same_page(snapshot.original, url):
        return None
    if snapshots.snapshot(url) is not None:
        # What it is of may not be seen in its address.
        return None
    if not differ(snapshot.original, url):
        return None
    if any(same_page(snapshot.original, other) for other in citation.chapter_urls()):
        return None
    return snapshot.original


def is_marked_dead(context: Context, citation: Citation) -> bool:
    """Whether {{dead link}} or the like stands behind the citation."""
    if not citation.tags:
        return False
    words = context.vocabulary
    return any(t.name in words.dead_link or t.name in words.permanently_dead for t in citation.tags)
