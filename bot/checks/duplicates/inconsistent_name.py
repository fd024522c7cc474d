"""One organisation is spelt in two ways in one section.

Why
    A proper name keeps its official spelling whatever the page's variety of English: OSCE is an
    Organization, OECD an Organisation (MOS:ENGVAR). Two spellings of one name in one section make a
    reader think of two bodies.

Example
    "Organization for Security and Co-operation in Europe" in one sentence, "Organisation for
    Security and Cooperation in Europe" in the next.

Left alone
    A section that has one spelling throughout; quotations and titles in italics; references, file
    names, templates and addresses; link targets that no reader sees; letter case, acronyms, kinds
    of dash; names with two official spellings; former names.

Fix
    Gives the name its official spelling: the title of its article or the one in the table of
    organisations. A link that shows its target gets the article's title. A human reviews it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from bot.checks import Context, check
from bot.checks.duplicates._mentions import Place, identities, majors, places
from bot.knowledge.organisations import Organisation, Organisations, load, normalise
from bot.model import Finding, Fix, Safety, Severity, Span, Sureness
from bot.wikitext import Prose, Section, Wikilink
from bot.wikitext.blocks import CAPTION, ITEM, PARAGRAPH


class Spelling(NamedTuple):
    """A full name as a reader sees it: prose.text[start:end], in a link's label or not.

    `official` is how it is spelt rightly; None when that is how it is written.
    """

    prose: Prose
    start: int
    end: int
    written: str
    organisation: Organisation
    link: Wikilink | None
    official: str | None

    @property
    def shows_target(self) -> bool:
        """Whether it is a link that shows the title it leads to."""
        return self.link is not None and self.link.bar < 0

    @property
    def span(self) -> Span:
        """Where it stands in the page; the whole link when the link shows its target."""
        if self.link is not None and self.link.bar < 0:
            return self.link.span
        return self.prose.source_span(self.start, self.end)


@check(
    severity=Severity.WARNING,
    guideline="MOS:ENGVAR",
    # What can be spelt in two ways has more than one word.
    trigger="",
    page_wide=True,
)
def inconsistent_name(context: Context) -> Iterator[Finding]:
    """Report each name that is not spelt officially while its section spells it otherwise too."""
    table = load()
    text = context.text
    named = [place for place in context.reading.once(places) if not place.as_acronym]
    starts = [place.start for place in named]
    for major in majors(context.page):
        here = named[bisect_left(starts, major.start) : bisect_left(starts, major.end)]
        ways: dict[str, set[str]] = {}
        for place in here:
            written = text[place.start : place.end]
            ways.setdefault(place.organisation.title, set()).add(written)
        doubtful = {
            title
            for title, written in ways.items()
            if len(written) > 1 and any(table.spelling(one) for one in written)
        }
        here = [place for place in here if place.organisation.title in doubtful]
        if here:
            yield from _in_section(context, table, major, here)


def _in_section(
    context: Context, table: Organisations, major: Section, here: list[Place]
) -> Iterator[Finding]:
    wanted = {section.number for section in context.sections}
    spellings: dict[str, list[Spelling]] = {}
    for section in context.page.sections:
        if major.start <= section.start and section.end <= major.end:
            for one in _spellings(context, table, section, here):
                key = f"{one.organisation.title}: {normalise(one.written)}"
                spellings.setdefault(key, []).append(one)
    for same in spellings.values():
        for one in same:
            if one.official is None:
                continue
            other = next((o for o in same if o.written.lower() != one.written.lower()), None)
            if other is None and not _hides_another(one):
                continue
            if context.page.section_at(one.span.start).number not in wanted:
                continue
            yield _finding(context, one, other)


def _spellings(
    context: Context, table: Organisations, section: Section, here: list[Place]
) -> Iterator[Spelling]:
    """The full names in a section's prose, lists and captions, but for quotations and italics."""
    starts = [place.start for place in here]
    titles = {place.organisation.title for place in here}
    if bisect_left(starts, section.body_start) == bisect_left(starts, section.body_end):
        return
    for block in context.page.blocks(section.body):
        if block.kind not in (PARAGRAPH, ITEM, CAPTION) or block.quoted:
            continue
        if bisect_left(starts, block.content) == bisect_left(starts, block.end):
            continue
        prose = context.page.prose(block.span)
        for mention in table.mentions(prose.text):
            start, end = mention.start, mention.end
            if mention.as_acronym or mention.organisation.title not in titles:
                continue
            if prose.in_quotation(start, end) or prose.in_italics(start, end):
                continue
            label = prose.link_at(start)
            link = label[2] if label else None
            if label is None and prose.text[end : end + 2].strip()[:1].isupper():
                continue  # part of a longer name
            if label is not None and label[2].bar < 0 and label[:2] != (start, end):
                continue  # part of another article's title
            written = prose.text[start:end]
            official = table.spelling(written)
            yield Spelling(prose, start, end, written, mention.organisation, link, official)


def _hides_another(one: Spelling) -> bool:
    """Whether the name's own link leads to a title that spells it otherwise."""
    link = one.link
    if link is None or link.bar < 0 or one.official is None:
        return False
    return normalise(link.title) == normalise(one.written) and (
        link.title.lower() != one.written.lower()
    )


def _finding(context: Context, one: Spelling, other: Spelling | None) -> Finding:
    if other is not None:
        twice = f"and {other.written} are two spellings of one name in this section"
    else:
        twice = "is another spelling than that of the article it links to"
    fix = _fix(context, one)
    return context.finding(
        one.span,
        f"{one.written} {twice}; the official one is {one.official}",
        sure=Sureness.CERTAIN,
        related=[other.span] if other is not None else [],
        fixes=[fix] if fix else [],
    )


def _fix(context: Context, one: Spelling) -> Fix | None:
    official, link = one.official or "", one.link
    name = official[4:] if official.lower().startswith("the ") else official
    title = f"Spell it {name}"
    if link is None or link.bar >= 0:
        edit = one.prose.edit(one.start, one.end, official)
        return Fix(title, (edit,)) if edit else None
    # The link shows its target: both are mended, and the new target is one that exists.
    safety = Safety.REVIEW
    if context.profile.language != "en":
        new = f"[[{link.target}|{official}]]"
    elif official == one.organisation.title:
        new = f"[[{official}]]"
        if context.reading.once(identities).redirects.get(link.title) == official:
            safety = Safety.SAFE
    else:
        new = f"[[{one.organisation.title}|{official}]]"
    return context.replace(title, link.start, link.end, new, safety)
