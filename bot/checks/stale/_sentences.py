"""The sentences of a page that time can overtake, each with its dates, notes and neighbours.

Only what the page says in its own voice and in running text is given out: no quotation, no title,
no reference list, no plot, nothing that an editor has tagged as out of date already. A block is
opened sentence by sentence only where the pattern of a check hits it.
"""

from __future__ import annotations

import functools
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from bot.checks import Context, Reading
from bot.model import Edit, Span
from bot.patterns import pattern, starts
from bot.wikitext import Section, Wikitext
from bot.wikitext.blocks import CAPTION, ITEM, PARAGRAPH, Block
from bot.wikitext.dates import WrittenDate
from bot.wikitext.prose import LONGEST_SENTENCE, Prose, Sentence
from bot.wikitext.prose_dates import dates
from bot.wikitext.template import Reference, Template

# Nobody could write in a wiki before; an older date belongs to history told in the future tense.
FIRST_WIKI_DAY = date(2001, 1, 15)

# Lists of works and sources, and stories: nothing there is said of today.
_APART = frozenset(
    {
        "bibliography",
        "books",
        "cast",
        "cast and characters",
        "characters",
        "citations",
        "discography",
        "explanatory notes",
        "external links",
        "fictional character biography",
        "fictional history",
        "filmography",
        "footnotes",
        "further reading",
        "gallery",
        "gameplay",
        "general references",
        "in fiction",
        "in popular culture",
        "literature",
        "lyrics",
        "notes",
        "notes and references",
        "plot",
        "plot summary",
        "plot synopsis",
        "premise",
        "publications",
        "quotations",
        "quotes",
        "references",
        "references and notes",
        "see also",
        "selected bibliography",
        "selected works",
        "setting",
        "sources",
        "story",
        "storyline",
        "synopsis",
        "timeline of the plot",
        "track listing",
        "videography",
        "works",
        "works cited",
    }
)
_LINK_YEAR = pattern(r"(?<![\w-])(?:19|20)[0-9]{2}(?:[–-](?:[12][0-9]{3}|[0-9]{2}))?(?![\w-])")


# A year since FIRST_WIKI_DAY, also as the second one of a range ("1999–01"): as one for triggers,
# and as two, because `re` passes quickly over what does not begin with the letters that all of a
# pattern begins with.
_RECENT = ("20[0-9]{2}", "19[0-9]{2}(?:[^0-9A-Za-z]{1,3}|&[a-z]+;)[01][0-9]")
RECENT = rf"(?:{'|'.join(_RECENT)})"
_RECENT_YEAR, _RECENT_RANGE = map(pattern, _RECENT)


def dated(text: str) -> bool:
    """Whether a year that may be over stands in a text."""
    return _RECENT_YEAR.search(text) is not None or _RECENT_RANGE.search(text) is not None


# What may go on behind an empty line.
_TABLE = pattern(r"\{\|")
_BLOCKQUOTE = pattern("</?blockquote", re.IGNORECASE)
_BANNER = pattern(r"\{\{\s*([Uu]pdate|[Oo]ut(?: of |-of-)?date|[Nn]eeds[ -]update)[^{}]*\}\}")
# What a line begins with that is no paragraph, and a link that may show a file.
_MARKERS = frozenset("*#:;={<")
# What shows a title, another's words, what is taken back, code, or a table, without wiki markup.
_LABEL = pattern(r"\[(?:https?:)?//[^\s\]]+\s[^\]\n]*\Z")
_SETS_APART = pattern(
    r"<(?P<closes>/?)(?P<name>cite|code|del|kbd|q|s|samp|strike|table|tt)\b[^<>]*>", re.IGNORECASE
)
_PREFIXED = pattern(r"\[\[[^\[\]|]+:")

# How far from a sentence its outcome may be told, in sentences.
_FOLLOWING, _PRECEDING = 30, 15


class LinkedDate(NamedTuple):
    """A year that only the target of a link shows: [[2015 Pan American Games|the Games]]."""

    start: int
    end: int
    date: WrittenDate


class Statement:
    """One sentence of a page. Its own indices count from the start of its text."""

    def __init__(
        self, reading: Reading, section: Section, block: Block, prose: Prose, number: int
    ) -> None:
        self.reading = reading
        self.section = section
        self.block = block
        self.prose = prose
        self.number = number
        self.sentence: Sentence = prose.sentences[number]
        self.text = self.sentence.text

    @property
    def span(self) -> Span:
        """The sentence in the page, without the notes behind it."""
        return self.prose.source_span(self.sentence.start, self.sentence.end)

    def place(self, start: int, end: int) -> Span:
        """The stretch of the page that text[start:end] comes from."""
        return self.prose.source_span(self.sentence.start + start, self.sentence.start + end)

    @functools.cached_property
    def notes(self) -> list[Reference | Template]:
        """The references and notes of the sentence, also those a blank away from its end."""
        sentences, after = self.prose.sentences, self.number + 1
        limit = sentences[after].start if after < len(sentences) else len(self.prose.text)
        return self.prose.notes_of(self.sentence.start, limit)

    @property
    def behind(self) -> int:
        """The place in the page behind the sentence and the notes that hang on it."""
        end = self.prose.source_end(self.sentence.end)
        return max([end, *(note.end for note in self.notes)])

    @functools.cached_property
    def dates(self) -> list[WrittenDate]:
        """The dates that the reader reads, left to right."""
        return dates(self.text)

    @functools.cached_property
    def linked_dates(self) -> list[LinkedDate]:
        """The years in the targets of links whose label has no date: an event's, as a rule."""
        found = []
        for start, end, link in self.prose.links_in(self.sentence.start, self.sentence.end):
            start, end = start - self.sentence.start, end - self.sentence.start
            if not 0 <= start < end <= len(self.text) or _LINK_YEAR.search(self.text, start, end):
                continue
            match = _LINK_YEAR.search(link.target)
            if match is None:
                continue
            read = dates("in " + match[0])
            if len(read) == 1:
                found.append(LinkedDate(start, end, read[0]))
        return found

    @functools.cached_property
    def templates(self) -> list[Template]:
        """The templates in the sentence and behind it, references aside."""
        inside = self.prose.templates_in(self.sentence.start, self.sentence.end)
        return inside + [note for note in self.notes if isinstance(note, Template)]

    @functools.cached_property
    def tagged(self) -> bool:
        """Whether an editor has marked it as out of date, undated, or to be looked at later."""
        vocabulary = self.reading.vocabulary
        return any(
            template.name in vocabulary.update_inline
            or template.name in vocabulary.when
            or template.name in vocabulary.as_of_missing
            or template.name in vocabulary.update
            or template.name in vocabulary.update_after
            or (template.name in vocabulary.as_of and self._is_young(template))
            for template in self.templates
        )

    def _is_young(self, as_of: Template) -> bool:
        read = dates(f"in {as_of.value('1')}")
        return not read or read[0].last_day >= self.reading.today - years(
            self.reading.settings.as_of_years
        )

    def readable(self, start: int, end: int) -> bool:
        """Whether text[start:end] is said by the page itself: no quotation, no title."""
        start, end = self.sentence.start + start, self.sentence.start + end
        return not (self.prose.in_quotation(start, end) or self.prose.in_italics(start, end))

    def stands_free(self, start: int) -> bool:
        """Whether text[start:] is running text by its markup as well, for who has found something.

        That is: in no article's title ([[We Will Meet in 2015]]), in no label of an address, and
        between no tags that quote, strike, show code or make a table.
        """
        start += self.sentence.start
        link = self.prose.link_at(start)
        if link is not None and link[2].bar < 0:
            return False
        place = self.prose.source(start)
        before = self.reading.page.text[max(self.block.start, place - LONGEST_SENTENCE) : place]
        if _LABEL.match(before, max(0, before.rfind("["))):
            return False
        last = {tag["name"].lower(): tag["closes"] for tag in _SETS_APART.finditer(before)}
        return all(last.values())

    def edit(self, start: int, end: int, new: str) -> Edit | None:
        """The edit that turns text[start:end] into `new`; None where markup stands in between."""
        return self.prose.edit(self.sentence.start + start, self.sentence.start + end, new)

    def neighbour(self, distance: int) -> Statement | None:
        """The sentence so many places on in the same block; negative for one before."""
        number = self.number + distance
        if not 0 <= number < len(self.prose.sentences):
            return None
        return Statement(self.reading, self.section, self.block, self.prose, number)


def years(number: int) -> timedelta:
    """That many years, as a stretch of time to count back by."""
    return timedelta(days=round(number * 365.2425))


def statements(
    context: Context, hint: str, needed: Callable[[str], bool] | None = None
) -> Iterator[Statement]:
    """The sentences that the hint hits, in the blocks that the trigger of the check hits.

    Sentences that are tagged already are left out, and captions that carry their date. The hint is
    a cheap pattern (RE2) that may hit too much, never too little; so is `needed`, without which a
    block can hold nothing either.
    """
    if not context.page.language.startswith("en"):
        return
    page, reading = context.page, context.reading
    apart = reading.once(_apart)
    places, hinted = starts(context.check.trigger or r"\S+"), starts(hint)
    for section in context.sections:
        text = page.running[section.number]
        if section.number in apart or (needed is not None and not needed(text)):
            continue
        body = text.find("\n") + 1 if section.level else 0
        hits = [at for at in places(text, page.encoded[section.number]) if at >= body]
        if not hits or _BANNER.search(page.text, *section.body):
            continue
        for blocks, here in _hit_blocks(reading, section, text, hits, needed):
            for block in blocks:
                first = bisect_left(here, block.content)
                if first == len(here) or here[first] >= block.end:
                    continue
                if needed is not None and len(blocks) > 1 and not needed(page.bare(block.span)):
                    continue
                prose = page.prose(block.span)
                if block.kind == CAPTION and _dated(prose.text):
                    continue
                for number in _numbers(prose, hinted(prose.text)):
                    one = Statement(reading, section, block, prose, number)
                    if not one.tagged:
                        yield one


def _apart(reading: Reading) -> frozenset[int]:
    """The numbers of the sections where nothing is said of today, with all that stand in them."""
    found, end = set(), 0
    for section in reading.page.sections:
        if section.start < end:
            found.add(section.number)
        elif section.heading.lower() in _APART:
            found.add(section.number)
            end = section.end
    return frozenset(found)


def _hit_blocks(
    reading: Reading,
    section: Section,
    running: str,
    hits: list[int],
    needed: Callable[[str], bool] | None,
) -> Iterator[tuple[list[Block], list[int]]]:
    """The blocks of a section that may be hit, as they stand between empty lines, with the hits.

    `hits` are places in `running`, the running text of the section (`Wikitext.running`); given
    out are places in the page. Only stretches that have what is needed are read; the whole section
    where one of its tables, block quotations or constructs may reach over an empty line.
    """
    page, number = reading.page, 0
    reaching = _reaches(reading, section)
    while number < len(hits):
        start, end = _between_empty_lines(running, hits[number])
        first, number = number, bisect_left(hits, end, number + 1)
        if needed is not None and not needed(running[start:end]):
            continue
        is_paragraph = _is_paragraph(running, start, end)
        start, *here, end = page.unshortened([start, *hits[first:number], end], section.number)
        stretch = Span(max(start, section.body_start), end)
        if reaching or any(next(page.enclosing(at), None) is not None for at in stretch):
            yield _blocks(reading, section), page.unshortened(hits[first:], section.number)
            return
        if is_paragraph:
            yield [Block(PARAGRAPH, start, end, start, "", quoted=False)], here
        else:
            yield _prose_blocks(page, stretch), here


def _reaches(reading: Reading, section: Section) -> bool:
    """Whether the section has what may go on behind an empty line; looked for once."""
    known = reading.once(_no_reach)
    found = known.get(section.number)
    if found is None:
        text, (start, end) = reading.page.text, section.body
        found = known[section.number] = (
            _TABLE.search(text, start, end) is not None
            or _BLOCKQUOTE.search(text, start, end) is not None
        )
    return found


def _is_paragraph(running: str, start: int, end: int) -> bool:
    """Whether a stretch without empty lines is one paragraph of one line, seen at a glance."""
    first = running[start]
    return (
        not first.isspace()
        and first not in _MARKERS
        and running.find("\n", start, end) < 0
        and _PREFIXED.search(running, start, end) is None
    )


def _between_empty_lines(text: str, place: int) -> tuple[int, int]:
    """The stretch of a text around a place that has no empty line in it."""
    start = text.rfind("\n\n", 0, place)
    end = text.find("\n\n", place)
    return 0 if start < 0 else start + 2, len(text) if end < 0 else end


def _numbers(prose: Prose, places: list[int]) -> Iterator[int]:
    """The numbers of the sentences that have one of the places, each once."""
    last = -1
    starts = [sentence.start for sentence in prose.sentences] if places else []
    for place in places:
        number = bisect_right(starts, place) - 1
        if number > last:
            last = number
            yield number


def _dated(caption: str) -> bool:
    return any(
        caption[max(0, one.start - 6) : one.start].lower() != "since " for one in dates(caption)
    )


def _blocks(reading: Reading, section: Section) -> list[Block]:
    """The paragraphs, list items and captions of a section that are not quoted; read once."""
    known = reading.once(_no_blocks)
    found = known.get(section.number)
    if found is None:
        found = known[section.number] = _prose_blocks(reading.page, section.body)
    return found


def _prose_blocks(page: Wikitext, stretch: Span) -> list[Block]:
    kinds = (PARAGRAPH, ITEM, CAPTION)
    return sorted(
        (block for block in page.blocks(stretch) if block.kind in kinds and not block.quoted),
        key=_block_start,
    )


def _no_blocks(_: Reading) -> dict[int, list[Block]]:
    return {}


def _no_reach(_: Reading) -> dict[int, bool]:
    return {}


def nearby(statement: Statement) -> Iterator[Statement]:
    """The nearest sentences of the section: first those that follow, then those before."""
    reading, section = statement.reading, statement.section
    blocks = _blocks(reading, section)
    own = bisect_left(blocks, statement.block.start, key=_block_start)

    def of(block: Block, numbers: range) -> Iterator[Statement]:
        prose = reading.page.prose(block.span)
        for number in numbers:
            yield Statement(reading, section, block, prose, number)

    def later() -> Iterator[Statement]:
        count = len(statement.prose.sentences)
        yield from of(statement.block, range(statement.number + 1, count))
        for block in itertools.islice(blocks, own + 1, None):
            if block.kind != CAPTION:
                yield from of(block, range(len(reading.page.prose(block.span).sentences)))

    def earlier() -> Iterator[Statement]:
        yield from of(statement.block, range(statement.number - 1, -1, -1))
        for index in range(own - 1, -1, -1):
            block = blocks[index]
            if block.kind != CAPTION:
                count = len(reading.page.prose(block.span).sentences)
                yield from of(block, range(count - 1, -1, -1))

    yield from itertools.islice(later(), _FOLLOWING)
    yield from itertools.islice(earlier(), _PRECEDING)


def _block_start(block: Block) -> int:
    return block.start
