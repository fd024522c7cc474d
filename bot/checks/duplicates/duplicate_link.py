"""The same organisation is linked again in the prose of one major section.

Why
    One link is enough for a reader of a section; more of them hide the links that matter. Since
    2023 the manual of style asks for at most one link in a major section, at the first mention
    (MOS:DUPLINK).

Example
    "The [[World Bank]] lent 40 million. In 2014 the [[World Bank]] wrote it off."

Left alone
    Links in captions, tables, lists, infoboxes, references, footnotes, hatnotes and quotations;
    links to a section of an article, which are another target (its list of members is worth a
    look); a link whose label names another body than its target. What the table of organisations
    does not know counts when its title has the form of an organisation's name ("… Records"); any
    other proper name is only advice, and only when one sentence links it twice.

Fix
    Takes the brackets off the later link and leaves its words. A human reviews it.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from bot.checks import Context, Reading, check
from bot.checks.duplicates._mentions import (
    Identities,
    Mention,
    Place,
    identities,
    linked,
    majors,
    places,
)
from bot.model import Finding, Severity, Span, Sureness
from bot.patterns import pattern
from bot.wikitext import Block, Prose, Wikilink, Wikitext
from bot.wikitext.blocks import PARAGRAPH
from bot.wikitext.scanner import WIKILINK, Node
from bot.wikitext.template import page_title

# Titles that only an organisation has.
_FORM_OF_AN_ORGANISATION = pattern(
    r".*\b(?:Records|Inc\.?|Ltd\.?|Corporation|Company|Association|Federation|Organi[sz]ation"
    r"|Committee|Commission|Agency|Institute|Foundation|University|Airlines|Airways|Orchestra"
    r"|Ministry|Department|Broadcasting|F\.?C\.?)(?: \([^()]*\))?\Z"
    r"|(?:University|Bank|Ministry|Department|Institute|Bureau|Church) (?:of|for) .*"
    r"|.*\((?:[\w ]*band|group|company|organi[sz]ation|TV channel|TV network|record label"
    r"|political party)\)\Z"
)
# Acronyms under which an organisation has its article.
_ACRONYMS = frozenset(
    "AARP ACLU AFP BAFTA BBC BMW CBS CERN CIA CNN DARPA EMI ESA ESPN ETA FBI FCC FDA HBO IBM IKEA"
    " ITV JAXA KGB MGM MI5 MI6 MLB MTV NAACP NASA NASCAR NASDAQ NATO NBA NBC NCAA NFL NHK NHL NHS"
    " NOAA NPR NSA PBS RAF RCA RTÉ SAP TASS UCLA UEFA UNESCO VH1 WWE".split()
)
# Where an article on an organisation tells its members: that is no other body.
_MEMBERS = pattern(r"(?:Current )?[Mm]ember(?:s|ship|ships| states| countries)?\Z")
_MARKUP = pattern(r"['<&{\[_]|\s\s|[^\S ]")
_PROPER_NAME = pattern(r"(?:[Tt]he )?[A-Z]")
_DASH = pattern(r"[-‐-―/]")
_IN_BRACKETS = pattern(r"\([^()]*\Z")
# A link behind a link's possessive is what matters there: "[[France]]'s [[TF1]], [[France]]'s …".
_POSSESSIVE_OF_A_LINK = pattern(r"['’]s? ")
# Where one sentence may end that was not told from an abbreviation: "200 m3/s. The".
_NEW_SENTENCE = pattern(
    r"[.!?]\s(?:A|After|An|As|At|By|He|Her|His|In|It|Its|On|She|The|Their|These|They|This)\s"
)
# No abbreviation has so many small letters: where this stands, a sentence ends for certain.
_END_OF_A_SENTENCE = pattern(r"\.(?<=[a-z]{4}[a-z\]]{2}\.)\s+[A-Z]")

# Two links of one sentence stand no farther apart than this.
_ONE_SENTENCE = 3_000
# How far back the start of a line is looked for.
_LONGEST_LINE = 20_000


class Linked(NamedTuple):
    """A link in the prose of a page, with the paragraph it stands in."""

    link: Wikilink
    mention: Mention
    prose: Prose


@check(severity=Severity.WARNING, guideline="MOS:DUPLINK", trigger="", page_wide=True)
def duplicate_link(context: Context) -> Iterator[Finding]:
    """Report each later link to an organisation that its major section links already."""
    wanted = {section.number for section in context.sections}
    for links in _repeated(context.reading):
        earlier: Linked | None = None
        for one in _in_prose(context, links):
            if earlier is not None:
                yield from _repeat(context, wanted, earlier, one)
            earlier = one


def _repeated(reading: Reading) -> Iterator[list[Wikilink]]:
    """The links of a major section that lead to one place, where that may be an organisation.

    Links inside of other constructs (templates, references, captions) are left out.
    """
    page, known = reading.page, reading.once(identities)
    text = page.text
    named = {place.start: place for place in reading.once(places)}
    # Targets are compared without their first letter: that of a title is a capital one, however it
    # is written. These are worth a look wherever they stand:
    opened = {text[place.start + 1 : place.end] for place in named.values()}
    opened.update(title[1:] for title in (*known.redirects, *known.items))
    # What goes over all links asks for their fields by number, which is faster than by name.
    nodes = [node for node in page.nodes if node[2] == WIKILINK and node[5] < 0]
    targets = [text[node[3] + 1 : node[4]].partition("|")[0] for node in nodes]
    last = 0
    for section in majors(page):
        first, last = last, bisect_left(nodes, (section.end,), last)
        # Most targets stand there once and are no organisation: passed over unopened.
        again, seen = set(), opened.copy()
        for target in targets[first:last]:
            if target in seen or "#" in target:
                again.add(target)
            else:
                seen.add(target)
        if not again:
            continue
        found: dict[str, list[Node]] = {}
        for node, target in zip(nodes[first:last], targets[first:last], strict=True):
            if target in again:
                found.setdefault(_leads_to(text, known, named, node), []).append(node)
        for same in found.values():
            if len(same) > 1:
                free = [node for node in same if _may_be_prose(page, node.start)]
                if len(free) > 1:
                    yield from _candidates(page, known, same[0], free)


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


def _leads_to(text: str, known: Identities, named: dict[int, Place], node: Node) -> str:
    """Under which title a link is compared; the members of an organisation count as itself."""
    target = text[node.inner_start : node.inner_end].partition("|")[0]
    place = named.get(node.inner_start)
    if place is not None and place.end == node.inner_start + len(target):
        return place.organisation.title
    title, mark, fragment = target.partition("#")
    if mark:
        if not _MEMBERS.match(fragment.replace("_", " ").strip()):
            return target
        identity, organisation = known.of_title(page_title(title))
        return identity if organisation is not None else target
    title = _capital(title)
    if title in known.redirects or title in known.items:
        return known.of_title(title)[0]
    return title


def _candidates(
    page: Wikitext, known: Identities, node: Node, nodes: list[Node]
) -> Iterator[list[Wikilink]]:
    """Those of the nodes that may be reported; `node` is the first link to their target."""
    text = page.text
    first = Wikilink(text, node)
    if first.prefix:
        return
    title = first.title
    if _has_the_form_of_one(title) or known.of_title(title)[1] is not None:
        yield [Wikilink(text, node) for node in nodes]
        return
    # Any other proper name counts when one sentence says it twice.
    if not _PROPER_NAME.match(first.label):
        return
    near = set()
    for one, other in itertools.pairwise(nodes):
        if _may_be_one_sentence(page, one.end, other.start):
            near |= {one, other}
    if near:
        links = [Wikilink(text, node) for node in sorted(near)]
        if sum(map(_may_say_title, links)) > 1:
            yield links


def _may_be_one_sentence(page: Wikitext, start: int, end: int) -> bool:
    """Whether no sentence ends in a stretch for certain; seen without reading it as prose."""
    if end - start >= _ONE_SENTENCE or page.text.find("\n\n", start, end) >= 0:
        return False
    return _END_OF_A_SENTENCE.search(page.bare(Span(start, end))) is None


def _may_say_title(link: Wikilink) -> bool:
    """Whether the label may be the title that the link leads to; in doubt about markup it may."""
    return link.bar < 0 or _MARKUP.search(link.label) is not None or _says(link, link.label)


def _says(link: Wikilink, written: str) -> bool:
    """Whether the words are the title that the link leads to, without what is in brackets."""
    name = link.title.partition(" (")[0]
    return written.casefold().removeprefix("the ") == name.casefold().removeprefix("the ")


@functools.lru_cache(maxsize=10_000)
def _has_the_form_of_one(title: str) -> bool:
    return title in _ACRONYMS or _FORM_OF_AN_ORGANISATION.match(title) is not None


def _in_prose(context: Context, links: list[Wikilink]) -> Iterator[Linked]:
    page = context.page
    known = context.reading.once(identities)
    for link in links:
        section = page.section_at(link.start)
        block = _block(page.blocks(section.body), link)
        if block is None or block.kind != PARAGRAPH or block.quoted:
            continue
        prose = page.prose(block.span)
        number = bisect_left(prose.links, link.start, key=lambda one: one[2].start)
        if number < len(prose.links) and prose.links[number][2].start == link.start:
            start, end, other = prose.links[number]
            mention = linked(known, prose, start, end, other)
            if mention is not None and not prose.in_quotation(start, end):
                yield Linked(other, mention, prose)


def _may_be_prose(page: Wikitext, place: int) -> bool:
    """Whether the line of a place may be one of a paragraph.

    One may also belong to a template, table or file link that is not whole in this text.
    """
    text, near = page.text, max(0, place - _LONGEST_LINE)
    line = max(text.rfind("\n", near, place) + 1, near)
    if text[line] in "|!}":
        return False
    if text.startswith("[[", line):
        return next(page.enclosing(line + 1), None) is not None
    return text[line] not in "*#:;" or next(page.enclosing(line), None) is not None


def _block(blocks: list[Block], link: Wikilink) -> Block | None:
    number = bisect_right(blocks, link.start, key=lambda block: block.start) - 1
    if number < 0 or link.end > blocks[number].end:
        return None
    return blocks[number]


def _repeat(context: Context, wanted: set[int], earlier: Linked, one: Linked) -> Iterator[Finding]:
    severity, where, sure = Severity.WARNING, "major section", Sureness.CERTAIN
    if one.link.fragment or earlier.link.fragment:
        if one.mention.organisation is None and earlier.mention.organisation is None:
            return
        # One of the two leads to the members of the organisation; the one that names it is kept.
        if "#" in earlier.link.target and not _names_itself(earlier):
            earlier, one = one, earlier
        severity, sure = Severity.ADVICE, Sureness.LOOK
    elif one.mention.organisation is None:
        if one.mention.written.casefold() != earlier.mention.written.casefold():
            return
        if _among_others(one):
            return
        sure = Sureness.LIKELY
        if not _has_the_form_of_one(one.link.title):
            if not _in_one_sentence(earlier, one):
                return
            severity, where, sure = Severity.ADVICE, "sentence", Sureness.LOOK
    link = one.link
    if context.page.section_at(link.start).number not in wanted:
        return
    article = one.mention.written if _names_itself(one) else link.title
    article = article[:1].upper() + article[1:]
    yield context.finding(
        link.span,
        f"{article} is linked twice in this {where}; a reader needs one link",
        sure=sure,
        severity=severity,
        related=[earlier.link.span],
        fixes=[
            context.replace(f"Unlink this {one.mention.written}", link.start, link.end, link.label)
        ],
    )


def _names_itself(one: Linked) -> bool:
    """Whether the label of a link names what it leads to, and nothing more."""
    if one.mention.organisation is not None:
        return one.mention.exact
    return bool(_PROPER_NAME.match(one.mention.written))


def _in_one_sentence(earlier: Linked, one: Linked) -> bool:
    """Whether the two are one proper name in one sentence."""
    if earlier.prose is not one.prose or not _PROPER_NAME.match(one.mention.written):
        return False
    if not _says(one.link, one.mention.written):
        return False
    if _NEW_SENTENCE.search(one.prose.text, earlier.mention.end, one.mention.start):
        return False
    return any(
        sentence.start <= earlier.mention.start and one.mention.end <= sentence.end
        for sentence in one.prose.sentences
    )


def _among_others(one: Linked) -> bool:
    """Whether a link only says whose or which something else is: in brackets, before a link; or is
    one end of a row, "[[Paris]]–[[Lyon]]"."""
    text, mention = one.prose.text, one.mention
    if _DASH.match(text, mention.end) or (mention.start and _DASH.match(text, mention.start - 1)):
        return True
    if _IN_BRACKETS.search(text, max(0, mention.start - 200), mention.start):
        return True
    possessive = _POSSESSIVE_OF_A_LINK.match(text, mention.end)
    return possessive is not None and one.prose.link_at(possessive.end()) is not None
