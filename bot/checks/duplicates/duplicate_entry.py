"""The same organisation is entered twice in one list.

Why
    A list that names one body twice, once by its name and once by its acronym or by another
    spelling, is wrong: the reader counts one organisation too many (MOS:LIST).

Example
    "the [[OSCE]], the [[Council of Europe]] and the [[Organization for Security and Co-operation in
    Europe]]" names two bodies in three entries.

Left alone
    Entries that say different things of one body (years, roles, parts of it), entries under
    different headings inside of one list or table, "Name (ACRONYM)", bodies of similar names
    (Council of Europe, European Council), parts with a membership of their own, lists apart from
    each other, and links to a section of an article. Repeats of what is no known organisation are
    reported only when the whole bulleted entry stands there twice, word for word, and either gives
    a year or another number or stands under "See also" or the like: the movements of a sonata, or
    the winners of a cup, come again in their order.

Fix
    Takes out the poorer of the two entries with its line, row, or comma; commas and "and" are set
    right and references that hang on it go over to the entry that stays. A human reviews it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from bot.checks import Context, check
from bot.checks.duplicates._enumerations import Enumeration, Item, enumerations, without
from bot.checks.duplicates._lists import Entry, entry, lists, without_lines
from bot.checks.duplicates._mentions import (
    Mention,
    Place,
    is_name,
    is_whole,
    mentions,
    places,
    source_of,
)
from bot.knowledge import organisations
from bot.model import Edit, Finding, Fix, Severity, Span, Sureness
from bot.patterns import pattern
from bot.wikitext import Block, Prose, Section, tables
from bot.wikitext.blocks import CAPTION, ITEM, PARAGRAPH, TABLE
from bot.wikitext.prose import OBJECT

_BULLETED = pattern(r"\n(\*.*)")
# An entry as an observer beside one as a member: which of them is right needs a source.
_OF_ANOTHER_ROLE = pattern(
    r"\b(?:not|observers?|former|formerly|withdr[ae]w\w*|left|appl(?:ied|ies|y|ication|icant)"
    r"|candidates?|associate|partners?|partnership|PfP|until|suspended|pending|guest)\b",
    re.IGNORECASE,
)
# What is told in an order may come again in it.
_IN_ORDER = pattern(r"\b(?:respectively|alternately|successively|in turn|in (?:this|that) order)\b")
_BRACKET = pattern(r"\(([^()]{1,80})\)")
_DIGIT = pattern(r"\d")
# Lists in which the order tells nothing.
_UNORDERED = pattern(
    r"\s*(?:see also|external links|further reading|bibliography|sources)\s*", re.IGNORECASE
)
# An entry is recognised by how it begins; a name that stands later is part of a sentence.
_HEAD = 200
# A list that tells so many different things of one body is no list of bodies.
_MOST_DIFFERENT = 20
_MOST_COLUMNS = 50


@check(
    severity=Severity.ERROR,
    guideline="MOS:LIST",
    trigger="",
    page_wide=True,
)
def duplicate_entry(context: Context) -> Iterator[Finding]:
    """Report each entry that repeats another one of its list."""
    named = context.reading.once(places)
    starts = [place.start for place in named]
    # A line that stands twice in a section stands twice in the page, and in its running text.
    may_repeat = bool(_repeated_lines("".join(context.page.running)))
    for section in context.sections:
        first = bisect_left(starts, section.body_start)
        here = _repeated(named[first : bisect_left(starts, section.body_end, first)])
        lines = _repeated_lines(section.body.of(context.text)) if may_repeat else set()
        if here or lines:
            yield from _in_lists(context, section, here, lines)
        if here:
            yield from _in_sentences(context, section, here)
            yield from _in_tables(context, section, here)


def _repeated(named: list[Place]) -> list[Place]:
    """The places whose organisation is named at another one of them as well."""
    if len(named) < 2:
        return []
    counted = Counter([place.organisation.title for place in named])
    return [place for place in named if counted[place.organisation.title] > 1]


def _repeated_lines(body: str) -> set[str]:
    """The bulleted entries with a link that stand in a text twice, word for word."""
    lines: list[str] = _BULLETED.findall(body)
    if body.startswith("*"):
        lines.append(body.partition("\n")[0])
    if len(set(lines)) == len(lines):
        return set()
    written = Counter(lines)
    return {line for line, number in written.items() if number > 1 and "[[" in line}


# Bulleted, numbered and definition lists


def _in_lists(
    context: Context, section: Section, here: list[Place], lines: set[str]
) -> Iterator[Finding]:
    starts = [place.start for place in here]
    for blocks in lists(context.reading, section):
        if len(blocks) < 2:
            continue
        seen: dict[str, list[Block]] = {}
        for block in blocks:
            first = bisect_left(starts, block.content)
            if first < len(here) and here[first].start < min(block.end, block.content + _HEAD):
                seen.setdefault(here[first].organisation.title, []).append(block)
            elif lines:
                line = context.text[block.start : block.end]
                if line in lines:
                    seen.setdefault(line, []).append(block)
        for same in seen.values():
            if len(same) > 1:
                yield from _repeats(context, same)


def _repeats(context: Context, blocks: list[Block]) -> Iterator[Finding]:
    entries = [one for block in blocks if (one := entry(context.reading, block)) is not None]
    stay: list[Entry] = []
    for one in entries:
        number = next((n for n, other in enumerate(stay) if _same(context, one, other)), -1)
        if number < 0:
            if len(stay) < _MOST_DIFFERENT:
                stay.append(one)
            continue
        removed, kept = one, stay[number]
        if _worth(removed) > _worth(kept):
            removed, kept = kept, removed
        stay[number] = kept
        yield _entry_finding(context, removed, kept)


def _same(context: Context, one: Entry, other: Entry) -> bool:
    if one.mention.identity != other.mention.identity:
        return False
    blocks = one.block, other.block
    # Templates that are not known may show two different things, and so do two addresses.
    if (
        one.mention.organisation is None
        or OBJECT in one.prose.text + other.prose.text
        or any("://" in context.page.bare(block.span) for block in blocks)
    ):
        first, second = (context.text[block.start : block.end] for block in blocks)
        if first != second or one.mention.organisation is not None:
            return first == second
        heading = context.page.section_at(one.block.start).heading
        return _DIGIT.search(one.rest) is not None or _UNORDERED.fullmatch(heading) is not None
    if one.rest == other.rest:
        return True
    more = one.rest or other.rest
    if (one.rest and other.rest) or more[0].isalnum():
        return False
    bracket = _BRACKET.match(more)
    if bracket is not None and organisations.load().candidates(bracket[1]):
        return False  # "United Nations (UNESCO)" is an entry of the other body
    return _OF_ANOTHER_ROLE.search(more) is None


def _worth(one: Entry) -> tuple[bool, bool, bool, bool]:
    """What an entry has to say: more than a name, a link, the article's own title, the acronym."""
    behind = one.prose.text[one.mention.end :].lstrip()
    return (bool(one.rest), *_linked(one.mention), behind.startswith("("))


def _linked(mention: Mention) -> tuple[bool, bool]:
    """Whether a mention is linked, and whether straight to the title of the body's article."""
    link, organisation = mention.link, mention.organisation
    return link is not None, bool(link and organisation and link.title == organisation.title)


def _entry_finding(context: Context, removed: Entry, kept: Entry) -> Finding:
    name = removed.mention.written
    fixes = []
    text = context.text
    line = removed.block
    notes = [note.source for note in removed.prose.notes_of(-1, len(removed.prose.text))]
    kept_source = text[kept.block.start : kept.block.end]
    moved = "".join(note for note in notes if note not in kept_source)
    edits = without_lines(text, [line])
    if moved:
        end = kept.block.end
        if edits[0].start <= end <= edits[0].end:
            # The line that goes follows the one that stays: one edit for both.
            edits = [Edit(end, text[end : line.end], moved)]
        else:
            edits.append(Edit(end, "", moved))
    if is_whole(text[line.start : line.end]):
        which = "first" if line.start < kept.block.start else "second"
        fixes.append(Fix(f"Take out the {which} entry of {name}", tuple(sorted(edits))))
    return context.finding(
        line.span,
        f"{_called(removed.mention, kept.mention)} entered twice in this list",
        sure=_sure(removed.mention, kept.mention),
        related=[kept.block.span],
        fixes=fixes,
    )


def _sure(one: Mention, other: Mention) -> Sureness:
    """Certain when both are names of the body; a redirect may also lead from a part of it."""
    named = is_name(one, one.written) and is_name(other, other.written)
    return Sureness.CERTAIN if named else Sureness.LIKELY


def _called(one: Mention, other: Mention) -> str:
    """The beginning of a message, with a capital."""
    if one.written == other.written:
        return f"{one.written[:1].upper()}{one.written[1:]} is"
    both = f"{other.written} and {one.written} are the same organisation,"
    return both[:1].upper() + both[1:]


# Enumerations in a sentence


def _in_sentences(context: Context, section: Section, here: list[Place]) -> Iterator[Finding]:
    starts = [place.start for place in here]
    for block in context.page.blocks(section.body):
        if block.kind not in (PARAGRAPH, ITEM, CAPTION) or block.quoted:
            continue
        if not _repeated(here[bisect_left(starts, block.content) : bisect_left(starts, block.end)]):
            continue
        prose = context.page.prose(block.span)
        named = mentions(context.reading, prose)
        counted = Counter(mention.identity for mention in named)
        if all(number < 2 for number in counted.values()):
            continue
        for sentence in prose.sentences:
            if _IN_ORDER.search(sentence.text):
                continue
            for enumeration in enumerations(prose, sentence, named):
                if not prose.in_quotation(enumeration.start, enumeration.end):
                    yield from _repeated_items(context, prose, enumeration)


def _repeated_items(context: Context, prose: Prose, enumeration: Enumeration) -> Iterator[Finding]:
    items = enumeration.items
    if len(items) < 3:
        return
    pure = [
        number
        for number, item in enumerate(items)
        if item.mention is not None and item.mention.organisation is not None and not item.note
    ]
    pairs = [pair for pair in combinations(pure, 2) if _same_item(enumeration, *pair)]
    alike = {
        items[one].mention.identity  # type: ignore[union-attr]
        for one, other in pairs
        if items[one].mention.written == items[other].mention.written  # type: ignore[union-attr]
    }
    if len(alike) > 1:
        return  # winners who won again, stops of a line: told in an order
    gone: set[int] = set()
    for one, other in pairs:
        first, second = items[one], items[other]
        if one in gone or other in gone:
            continue
        removed, kept = other, one
        begins = one == 0 and _begins_sentence(prose, first)
        if not begins and _worth_of_item(prose, second) > _worth_of_item(prose, first):
            removed, kept = one, other
        edits = without(context.text, prose, enumeration, {removed}, {removed: kept})
        if edits is None and removed == 0:
            removed, kept = other, one
            edits = without(context.text, prose, enumeration, {removed}, {removed: kept})
        gone.add(removed)
        mention: Mention = items[removed].mention  # type: ignore[assignment]
        kept_mention: Mention = items[kept].mention  # type: ignore[assignment]
        yield context.finding(
            source_of(prose, items[removed].start, items[removed].end),
            f"{_called(mention, kept_mention)} entered twice in this enumeration",
            sure=_sure(mention, kept_mention) if other > one + 1 else Sureness.LIKELY,
            related=[source_of(prose, items[kept].start, items[kept].end)],
            fixes=[Fix(f"Take {mention.written} out of the enumeration", edits)] if edits else [],
        )


def _begins_sentence(prose: Prose, item: Item) -> bool:
    return prose.text[: item.start].rstrip()[-1:] in ("", ".", "!", "?")


def _worth_of_item(prose: Prose, item: Item) -> tuple[bool, bool, bool]:
    mention: Mention = item.mention  # type: ignore[assignment]
    return (*_linked(mention), "(" in prose.text[mention.end : item.end])


def _same_item(enumeration: Enumeration, one: int, other: int) -> bool:
    items = enumeration.items
    first, second = items[one].mention, items[other].mention
    if first is None or second is None or first.identity != second.identity:
        return False
    if other > one + 1:
        # "Jane Doe, OECD, John Roe, World Bank, Max Moe, OECD" tells whose each of them is.
        alone = items[one - 1].mention is None if one else enumeration.continued
        return not (alone and items[other - 1].mention is None)
    # "NATO, the North Atlantic Treaty Organization, and …" may be an apposition in a short
    # enumeration, "the European Union or EU" explains an acronym.
    linked = first.link is not None and second.link is not None
    return items[other].joined != "or" and (linked or len(items) > 3)


# Columns of a table


def _in_tables(context: Context, section: Section, here: list[Place]) -> Iterator[Finding]:
    starts = [place.start for place in here]
    for block in context.page.blocks(section.body):
        if block.kind != TABLE:
            continue
        if not _repeated(here[bisect_left(starts, block.start) : bisect_left(starts, block.end)]):
            continue
        rows = tables.rows(context.page, block.span)
        if all(_is_simple(row) for row in rows):
            yield from _repeated_rows(context, rows)


def _is_simple(row: tables.Row) -> bool:
    return len(row.cells) <= _MOST_COLUMNS and not any(cell.spanned for cell in row.cells)


def _repeated_rows(context: Context, rows: list[tables.Row]) -> Iterator[Finding]:
    seen: dict[tuple[int, str], tuple[tables.Row, Mention, list[str]]] = {}
    for row in rows:
        if all(cell.header for cell in row.cells):
            seen.clear()  # what follows stands under another heading
        for number, cell in enumerate(row.cells):
            mention = _whole_cell(context, context.page.prose(cell.span))
            if mention is None:
                continue
            others = [c.span.of(context.text) for n, c in enumerate(row.cells) if n != number]
            key = (number, mention.identity)
            if key not in seen:
                seen[key] = (row, mention, others)
            elif seen[key][2] == others or (number == 0 and not any(others)):
                yield _row_finding(context, row, mention, *seen[key][:2])
                break


def _whole_cell(context: Context, cell: Prose) -> Mention | None:
    """The organisation that a cell names and says nothing else of."""
    named = mentions(context.reading, cell)
    if len(named) == 1 and named[0].organisation is not None and named[0].exact:
        around = cell.text[: named[0].start] + cell.text[named[0].end :]
        return named[0] if around.strip().lower() in ("", "the") else None
    return None


def _row_finding(
    context: Context, row: tables.Row, mention: Mention, kept: tables.Row, other: Mention
) -> Finding:
    source = context.text[row.start : row.end]
    fixes = []
    if is_whole(source) and "<ref" not in source:
        edits = (Edit(row.start, source, ""),)
        fixes.append(Fix(f"Take out the second row of {mention.written}", edits))
    return context.finding(
        Span(row.cells[0].start, row.cells[-1].end),
        f"{_called(mention, other)} entered twice in this table",
        sure=_sure(mention, other),
        related=[Span(kept.cells[0].start, kept.cells[-1].end)],
        fixes=fixes,
    )
