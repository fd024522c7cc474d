"""Who is named where: every mention of an organisation in a stretch of prose, with its identity.

A link is identified by its target first (redirects followed, a Wikidata item where one is known,
the table of organisations), then by its label: `[[OSCE|OSCE Parliamentary Assembly]]` leads to one
body and names another, so it stands for neither. A link to a section of an article is another
target than the article. Plain text is identified by the table alone. Nothing is guessed.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from bot.checks import Reading
from bot.knowledge import organisations
from bot.knowledge.organisations import Organisation
from bot.model import Span
from bot.patterns import pattern
from bot.wikitext import Prose, Section, Wikilink, Wikitext
from bot.wikitext.scanner import WIKILINK
from bot.wikitext.template import page_title

_POSSESSIVE = pattern(r"['’]s?\Z")
_WORD = pattern(r"[^\W_]+")
_LONGEST_ACRONYM = 12
_OWN_NAME = pattern(r"[A-Z\d]")


class Mention(NamedTuple):
    """An organisation named at prose.text[start:end].

    `identity` is the same for every name of one body; `organisation` is None for a link to an
    article that the table does not know. `exact` says that the words are a name of the body and
    nothing more ("OSCE", not "OSCE members").
    """

    start: int
    end: int
    identity: str
    organisation: Organisation | None
    link: Wikilink | None
    exact: bool
    written: str

    @property
    def as_acronym(self) -> bool:
        """Whether the words are an acronym."""
        return self.organisation is not None and self.written in self.organisation.acronyms


class Identities:
    """Which titles mean one body: the table of organisations joined with what the wiki says."""

    def __init__(self, reading: Reading) -> None:
        self.table = organisations.load()
        self.redirects = reading.facts.redirects
        self.items = reading.facts.items
        self.elsewhere = reading.facts.disambiguations
        self._known: dict[str, tuple[str, Organisation | None]] = {}
        # A Wikidata item that a title of the table has stands for that organisation.
        self._by_item: dict[str, Organisation] = {}
        for title, item in self.items.items():
            organisation = self.table.identify(title)
            if organisation is not None:
                self._by_item.setdefault(item, organisation)

    def of(self, link: Wikilink) -> tuple[str, Organisation | None]:
        """What a link leads to: its identity, and the organisation when the table knows it."""
        return self.of_target(link.target)

    def of_target(self, target: str) -> tuple[str, Organisation | None]:
        """What a link's target leads to, as it is written, `#section` included."""
        found = self._known.get(target)
        if found is None:
            title, _, fragment = target.partition("#")
            fragment = fragment.replace("_", " ").strip()
            found = self._known[target] = self.of_title(page_title(title), fragment)
        return found

    def of_title(self, title: str, fragment: str = "") -> tuple[str, Organisation | None]:
        """What a title leads to, given in the wiki's normal form."""
        final = self.redirects.get(title, title)
        if fragment or "#" in final or final in self.elsewhere:
            return (f"{title}#{fragment}" if fragment else final), None
        item = self.items.get(final, "")
        organisation = self._by_item.get(item) or self.table.identify(final)
        if organisation is not None:
            return organisation.title, organisation
        return item or final, None


def identities(reading: Reading) -> Identities:
    """The identities of a page, made once: `reading.once(identities)`."""
    return Identities(reading)


class Place(NamedTuple):
    """Where the raw text of a page names an organisation: a hint to look there, not a finding."""

    start: int
    end: int
    organisation: Organisation
    as_acronym: bool


def places(reading: Reading) -> list[Place]:
    """Where a page's raw text names organisations, link targets included; `reading.once(places)`.

    One linear look that says which lines are worth reading as prose.
    """
    page = reading.page
    running, encoded = "".join(page.running), b"".join(page.encoded)
    named = list(organisations.load().mentions(running, encoded=encoded))
    starts = page.unshortened([one.start for one in named])
    found = [
        Place(start, start + one.end - one.start, one.organisation, one.as_acronym)
        for start, one in zip(starts, named, strict=True)
    ]
    if reading.facts.redirects or reading.facts.items:
        known = reading.once(identities)
        for node in page.nodes:
            if node.kind != WIKILINK:
                continue
            # Most links lead to no organisation, so they are not opened.
            target = page.text[node.inner_start : node.inner_end].partition("|")[0]
            organisation = known.of_target(target)[1]
            if organisation is not None:
                label = Wikilink(page.text, node).label_span
                found.append(Place(label.start, label.end, organisation, as_acronym=False))
        found.sort(key=lambda place: place.start)
    return found


def mentions(reading: Reading, prose: Prose) -> list[Mention]:
    """Every organisation named in a stretch of prose, left to right, each place once.

    Links to articles that the table does not know are among them, with no organisation.
    """
    known = reading.once(identities)
    text = prose.text
    found = []
    for start, end, link in prose.links:
        mention = linked(known, prose, start, end, link)
        if mention is not None:
            found.append(mention)
    labels = [(start, end) for start, end, _ in prose.links]
    found += list(_plain(known, text, labels))
    found.sort(key=lambda mention: mention.start)
    return found


def linked(known: Identities, prose: Prose, start: int, end: int, link: Wikilink) -> Mention | None:
    """The mention that a link at prose.text[start:end] is; None when its label tells another."""
    identity, organisation = known.of(link)
    written = prose.text[start:end]
    naming = _Naming.NAME
    if organisation is not None:
        # A redirect that the wiki knows of is a name of what it leads to.
        redirect = link.title in known.redirects and written.casefold() == link.title.casefold()
        naming = _naming(known.table, organisation, written, redirect=redirect)
        if naming is _Naming.OTHER:
            return None
    exact = naming is _Naming.NAME
    return Mention(start, end, identity, organisation, link, exact, written)


class _Naming(enum.Enum):
    """A label is a name of an organisation, holds one ("OSCE members"), or says another thing."""

    NAME = enum.auto()
    PART = enum.auto()
    OTHER = enum.auto()


def _naming(
    table: organisations.Organisations, organisation: Organisation, label: str, *, redirect: bool
) -> _Naming:
    """What a label is to the organisation that its link leads to.

    One that names another body, or has a name of its own around this one, says another thing.
    """
    bare = _POSSESSIVE.sub("", label.strip())
    called = table.candidates(bare)
    if called:
        return _Naming.NAME if organisation in called else _Naming.OTHER
    if bare.casefold() == organisation.title.partition(" (")[0].casefold():
        return _Naming.NAME
    inside = list(table.mentions(bare))
    if not inside and redirect:
        return _Naming.NAME
    for one in inside:
        if one.organisation == organisation:
            around = bare[: one.start] + bare[one.end :]
            return _Naming.OTHER if _OWN_NAME.search(around) else _Naming.PART
    return _Naming.OTHER


def _plain(known: Identities, text: str, labels: list[tuple[int, int]]) -> Iterator[Mention]:
    """The organisations named outside of links."""
    number = 0
    for one in known.table.mentions(text):
        while number < len(labels) and labels[number][1] <= one.start:
            number += 1
        if number < len(labels) and labels[number][0] < one.end:
            continue
        yield Mention(
            one.start,
            one.end,
            one.organisation.title,
            one.organisation,
            None,
            exact=True,
            written=text[one.start : one.end],
        )


def majors(page: Wikitext) -> list[Section]:
    """The lead and the major sections of a page, each with its subsections, in its order."""
    found: list[Section] = []
    for section in page.sections:
        if not found or section.start >= found[-1].end:
            found.append(section)
    return found


def is_name(mention: Mention, words: str) -> bool:
    """Whether the words are another name of the organisation that a mention names."""
    organisation = mention.organisation
    if organisation is None:
        return False
    return organisation in organisations.load().candidates(words)


def is_acronym(mention: Mention, words: str) -> bool:
    """Whether words in brackets behind a name are another name of it: "(OECD)", never "(Paris)"
    or the acronym of something else, "NATO (PfP)"."""
    if is_name(mention, words):
        return True
    letters = [sign for sign in words if sign.isupper()]
    if not 1 < len(letters) == sum(map(str.isalpha, words)) <= _LONGEST_ACRONYM:
        return False
    initials = iter(word[0].upper() for word in _WORD.findall(mention.written))
    return all(letter in initials for letter in letters)


def source_of(prose: Prose, start: int, end: int) -> Span:
    """The stretch of the page that prose.text[start:end] comes from, its links whole."""
    first, last = prose.source_span(start, end)
    number = bisect_left(prose.links, start, key=lambda link: link[1])
    for label_start, label_end, link in prose.links[number:]:
        if label_start >= end:
            break
        if start < label_end:
            first = min(first, link.start)
            last = max(last, link.end)
    return Span(first, last)


def is_whole(source: str) -> bool:
    """Whether a piece of wikitext can be taken out without leaving markup half open, or taking
    along what an editor noted in a comment."""
    return (
        source.count("[[") == source.count("]]")
        and source.count("{{") == source.count("}}")
        and source.count("''") % 2 == 0
        and source.count("<") == source.count(">")
        and source.count("<ref") == source.count("</ref") + source.count("/>")
        and "<!--" not in source
    )
