"""What a reader reads of a stretch of wikitext, every character with its place in the source.

References, comments and notes take no room; a wikilink shows its label, a template its text when
that is known and one object-replacement character when not. Quotations and titles in italics are
marked, because nothing of theirs is ever changed.
"""

from __future__ import annotations

import functools
import html
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.knowledge import namespaces
from bot.model import Edit, Span
from bot.patterns import pattern
from bot.wikitext.dates import ENGLISH_MONTHS
from bot.wikitext.scanner import COMMENT, REFERENCE, TEMPLATE, WIKILINK
from bot.wikitext.template import Reference, Template, Wikilink

if TYPE_CHECKING:
    from bot.wikitext.document import Wikitext

OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"

# A sentence longer than this is no sentence (a data dump, a list in one line): not looked at.
LONGEST_SENTENCE = 2_000

# Every way begins with a character of its own: only then does `re` pass over all others at once.
_INLINE = pattern(
    r"'''''|'''|''"
    r"|&(?:\w{2,10}|\#\d{1,7}|\#[xX][\da-fA-F]{1,6});"
    r"|</?[a-zA-Z][^<>]{0,300}>"
    r"|\[(?:https?:)?//[^\s\[\]<>]+(?P<label>[^\[\]\n]*)\]"
    r"|__[A-Z]+__"
    r"|\n[ \t]*(?:\r?\n[ \t]*)*|\r\n[ \t]*(?:\r?\n[ \t]*)*"
    r"| [ \t\xa0]+|\t[ \t\xa0]+|\xa0[ \t\xa0]*"
)
_LIKE_A_NOTE = pattern(r"[.,;:!?)\"”’»>}\]]")
_QUOTES = pattern(r"[\"“”„«»‘']")
# A straight single mark is an apostrophe unless it stands before a capital, and another one behind
# a word or its full stop.
_OPENING_SINGLE = pattern(r"(?<![\w'’])'(?=[A-ZÀ-ÖØ-Þ])")
_CLOSING_SINGLE = pattern(r"(?<=[\w.,!?…)])'(?!\w)")
_CLOSING_DOUBLE = pattern(r"(?<=[^\W\d]|[.,!?…)])\"(?=\s|[.,;:!?)]|\Z)")
_QUOTING = pattern(r"<(/?)q\b", re.IGNORECASE)
_CLOSING = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’"}
_BREAK = pattern(r"</?(?:br|hr|p|div|li|td|tr|blockquote)\b", re.IGNORECASE)


class Sentence(NamedTuple):
    """One sentence: prose.text[start:end], without the white space around it."""

    start: int
    end: int
    text: str


class Prose:
    """The readable text of text[start:end], with the way back to the source.

    `quoted` and `italic` are stretches of `text` (pairs of indices); `links` the wikilinks with the
    stretch their label takes; `notes` the references and note-like templates with the index where
    they stand (they take no room).
    """

    __slots__ = (
        "__dict__",
        "_pieces",
        "italic",
        "language",
        "links",
        "notes",
        "span",
        "templates",
        "text",
    )

    def __init__(
        self,
        pieces: list[tuple[int, int, str, bool]],
        span: Span,
        language: str,
        links: list[tuple[int, int, Wikilink]],
        notes: list[tuple[int, Reference | Template]],
        templates: list[tuple[int, int, Template]],
        italic: list[tuple[int, int]],
    ) -> None:
        self.span = span
        self.language = language
        links.sort(key=_start)
        self.links = links
        self.notes = notes
        self.templates = templates
        self.italic = italic
        self.text = "".join([piece[2] for piece in pieces])
        self._pieces = pieces

    @functools.cached_property
    def _cuts(self) -> list[int]:
        """Where in `text` each piece starts."""
        lengths = [len(piece[2]) for piece in self._pieces]
        return list(itertools.accumulate(lengths[:-1], initial=0))

    def _piece(self, index: int) -> tuple[int, int, int, bool]:
        """The piece that holds text[index]: its start there, its start and end in the page, and
        whether it is written there so."""
        number = bisect_right(self._cuts, index) - 1
        start, end, _, verbatim = self._pieces[number]
        return self._cuts[number], start, end, verbatim

    def source(self, index: int) -> int:
        """Where the character text[index] stands in the page."""
        if not self._pieces:
            return self.span.start
        at, start, end, verbatim = self._piece(index)
        return min(start + index - at, end) if verbatim else start

    def source_end(self, index: int) -> int:
        """Where the character before text[index] ends in the page."""
        if index <= 0 or not self._pieces:
            return self.span.start
        at, start, end, verbatim = self._piece(index - 1)
        return min(start + index - at, end) if verbatim else end

    def source_span(self, start: int, end: int) -> Span:
        """The stretch of the page that text[start:end] comes from, markup between included."""
        if start >= end:
            place = self.source_end(start)
            return Span(place, place)
        return Span(self.source(start), self.source_end(end))

    def verbatim(self, start: int, end: int) -> bool:
        """Whether text[start:end] stands in the page exactly so, with no markup inside."""
        if start >= end:
            return True
        first = bisect_right(self._cuts, start) - 1
        last = bisect_right(self._cuts, end - 1) - 1
        if not all(piece[3] for piece in self._pieces[first : last + 1]):
            return False
        span = self.source_span(start, end)
        return span.end - span.start == end - start

    def edit(self, start: int, end: int, new: str) -> Edit | None:
        """The edit that turns text[start:end] into `new`; None when markup stands in between."""
        if not self.verbatim(start, end):
            return None
        return Edit(self.source_span(start, end).start, self.text[start:end], new)

    def after(self, index: int) -> int:
        """The place in the page after text[:index] and the notes that hang on it."""
        place = self.source_end(index)
        return max([place, *(note.end for note in self.notes_of(index - 1, index))])

    def notes_of(self, start: int, end: int) -> list[Reference | Template]:
        """The references and notes in text[start:end] or directly behind it."""
        first = bisect_right(self._note_places, start)
        return [note for _, note in self.notes[first : bisect_right(self._note_places, end)]]

    def links_in(self, start: int, end: int) -> list[tuple[int, int, Wikilink]]:
        """The wikilinks whose label begins in text[start:end], with the stretch of that label."""
        first = bisect_left(self._link_starts, start)
        return self.links[first : bisect_left(self._link_starts, end)]

    @functools.cached_property
    def _note_places(self) -> list[int]:
        return [at for at, _ in self.notes]

    @functools.cached_property
    def _link_starts(self) -> list[int]:
        return [start for start, _, _ in self.links]

    @functools.cached_property
    def _template_starts(self) -> list[int]:
        return [start for start, _, _ in self.templates]

    def templates_in(self, start: int, end: int) -> list[Template]:
        """The templates whose text begins in text[start:end]; notes are none of them."""
        first = bisect_left(self._template_starts, start)
        last = bisect_left(self._template_starts, end)
        return [template for _, _, template in self.templates[first:last]]

    @functools.cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """The stretches in quotation marks, marks included; one left open reaches to the end, and
        one that is only closed, as in the last of several paragraphs, begins where it can."""
        stretches: list[tuple[int, int]] = []
        text, position = self.text, 0
        unclosed = False
        while True:
            match = _QUOTES.search(text, position)
            if match is None:
                break
            mark, start = match[0], match.start()
            position = start + 1
            if mark == "‘" and start and text[start - 1].isalnum():
                continue
            if mark == "”" or (mark == '"' and _CLOSING_DOUBLE.match(text, start)):
                stretches.append((stretches[-1][1] if stretches else 0, position))
                continue
            if mark == '"' and start and text[start - 1].isdigit():
                # An inch mark, unless a quotation is closed by it.
                continue
            if mark == "'":
                if unclosed or not _OPENING_SINGLE.match(text, start):
                    continue
                last = _CLOSING_SINGLE.search(text, position)
                if last is None:
                    unclosed = True  # and so is every later one
                    continue
                stretches.append((start, last.end()))
                position = last.end()
                continue
            closing = _CLOSING.get(mark, '"')
            ends = [found for c in closing if (found := text.find(c, position)) >= 0]
            end = min(ends) + 1 if ends else len(text)
            if mark == "‘" and not ends:
                continue
            stretches.append((start, end))
            position = end
        return stretches

    def in_quotation(self, start: int, end: int) -> bool:
        """Whether any of text[start:end] stands in a quotation."""
        return _overlaps(self.quoted, start, end)

    def in_italics(self, start: int, end: int) -> bool:
        """Whether any of text[start:end] stands in italics, as titles of works do."""
        return _overlaps(self.italic, start, end)

    def link_at(self, index: int) -> tuple[int, int, Wikilink] | None:
        """The wikilink whose label holds text[index], with the stretch of that label."""
        last = bisect_right(self._link_starts, index)
        # Labels hardly ever stand in labels: the nearest few are all there can be.
        for start, end, link in reversed(self.links[max(0, last - 5) : last]):
            if index < end:
                return start, end, link
        return None

    @functools.cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences, left to right; one longer than LONGEST_SENTENCE is left out."""
        if not self.text.strip():
            return []
        found = []
        for boundary in _boundaries()(self.language, self.text):
            start, end = boundary["start_index"], boundary["end_index"]
            written = self.text[start:end]
            stripped = written.strip()
            if stripped and len(stripped) <= LONGEST_SENTENCE:
                start += len(written) - len(written.lstrip())
                found.append(Sentence(start, start + len(stripped), stripped))
        return found


@functools.cache
def _boundaries() -> Callable[[str, str], list[dict[str, Any]]]:
    from sentencex import get_sentence_boundaries

    return get_sentence_boundaries  # type: ignore[no-any-return]


def _start(placed: tuple[int, int, Wikilink]) -> int:
    return placed[0]


def _overlaps(stretches: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether any of the stretches, sorted and disjoint, shares a character with start:end."""
    first = bisect_right(stretches, (start, start))
    return bool(
        (first and stretches[first - 1][1] > start and stretches[first - 1][0] < end)
        or (first < len(stretches) and stretches[first][0] < end)
    )


def read(page: Wikitext, span: Span) -> Prose:
    """The prose of a stretch of a page."""
    return _Reader(page).read(span)


class _Reader:
    """Walks a stretch of a page once and collects what its Prose is made of."""

    def __init__(self, page: Wikitext) -> None:
        self.page = page
        self.text = page.text
        self.pieces: list[tuple[int, int, str, bool]] = []
        self.links: list[tuple[int, int, Wikilink]] = []
        self.notes: list[tuple[int, Reference | Template]] = []
        self.templates: list[tuple[int, int, Template]] = []
        self.italic: list[tuple[int, int]] = []
        self.length = 0
        self.slanted = -1

    def read(self, span: Span) -> Prose:
        self.stretch(span.start, span.end, self.page.outermost(span), 0)
        if self.slanted >= 0:
            self.italic.append((self.slanted, self.length))
        return Prose(
            self.pieces,
            span,
            self.page.language,
            self.links,
            self.notes,
            self.templates,
            self.italic,
        )

    def add(self, start: int, end: int, written: str) -> None:
        if written:
            self.pieces.append((start, end, written, False))
            self.length += len(written)

    def stretch(self, start: int, end: int, indices: list[int], depth: int) -> None:
        nodes = self.page.nodes
        for index in indices:
            node = nodes[index]
            if node.start < start:
                continue
            self.plain(start, node.start)
            start = node.end
            kind = node.kind
            if kind == WIKILINK:
                self.wikilink(index, depth)
            elif kind == REFERENCE:
                self.notes.append((self.length, Reference(self.text, node)))
            elif kind == TEMPLATE:
                self.template(index)
            elif kind != COMMENT:
                self.add(node.start, node.end, OBJECT)
        self.plain(start, end)

    def wikilink(self, index: int, depth: int) -> None:
        nodes = self.page.nodes
        link = Wikilink(self.text, nodes[index])
        prefix = link.prefix
        if prefix and (
            prefix in namespaces.FILE
            or prefix in namespaces.CATEGORY
            or namespaces.is_language(prefix)
        ):
            return
        if depth > 5:
            self.add(link.start, link.end, OBJECT)
            return
        start, end = link.label_span
        before = self.length
        if index + 1 < len(nodes) and nodes[index + 1].start < end:
            inside = [i for i in self.page.children(index) if nodes[i].start >= start]
            self.stretch(start, end, inside, depth + 1)
        else:
            self.plain(start, end)
        if self.length > before:
            self.links.append((before, self.length, link))

    def template(self, index: int) -> None:
        node = self.page.nodes[index]
        template = self.page.template(index)
        written = shown(template)
        if written is None and not (self.length and _LIKE_A_NOTE.match(self.text[node.start - 1])):
            written = OBJECT
        if written == " " and self.blank():
            return
        if written:
            self.templates.append((self.length, self.length + len(written), template))
            self.add(node.start, node.end, written)
        else:
            # A template directly behind punctuation or a note is a note itself.
            self.notes.append((self.length, template))

    def plain(self, start: int, end: int) -> None:
        for match in _INLINE.finditer(self.text, start, end):
            at = match.start()
            self.written(start, at)
            start = match.end()
            markup = match[0]
            first = markup[0]
            if first == "'":
                if markup != "'''":
                    self.slant()
            elif first == "&":
                written = html.unescape(markup)
                if written == markup:
                    self.written(at, start)
                else:
                    self.add(at, start, " " if written.isspace() else written)
            elif first == "<":
                if quoting := _QUOTING.match(markup):  # which a browser shows as marks
                    self.add(at, start, "”" if quoting[1] else "“")
                elif _BREAK.match(markup) and not self.blank():
                    self.add(at, start, " ")
            elif first == "[":
                label = match["label"]
                if label.strip():
                    self.plain(start - 1 - len(label.lstrip()), start - 1)
            elif first != "_" and not self.blank():
                if first == " ":
                    self.written(at, at + 1)
                else:
                    self.add(at, start, " ")
        self.written(start, end)

    def written(self, start: int, end: int) -> None:
        """Add page[start:end] as it is, but no second blank behind one."""
        if start < end and self.text[start] == " " and self.blank():
            start += 1
        if start < end:
            self.pieces.append((start, end, self.text[start:end], True))
            self.length += end - start

    def blank(self) -> bool:
        return not self.pieces or self.pieces[-1][2][-1].isspace()

    def slant(self) -> None:
        if self.slanted < 0:
            self.slanted = self.length
        else:
            self.italic.append((self.slanted, self.length))
            self.slanted = -1


_BLANK_TEMPLATES = frozenset({"nbsp", "space", "spaces", "thinsp", "hair space", "0ws", "wbr", "-"})
_DASH_TEMPLATES = {
    "snd": " \N{EN DASH} ",
    "spnd": " \N{EN DASH} ",
    "spaced ndash": " \N{EN DASH} ",
    "ndash": "\N{EN DASH}",
    "mdash": "\N{EM DASH}",
    "spaced en dash": " \N{EN DASH} ",
}
# Templates that show one of their parameters as it is: name -> the parameter.
_SHOWS = {
    "nowrap": "1",
    "nobr": "1",
    "small": "1",
    "smaller": "1",
    "big": "1",
    "abbr": "1",
    "abbrlink": "1",
    "nobold": "1",
    "noitalic": "1",
    "vanchor": "1",
    "visible anchor": "1",
    "sic": "1",
    "ill": "1",
    "interlanguage link": "1",
    "lang": "2",
    "transl": "2",
    "transliteration": "2",
    "usd": "1",
    "us$": "1",
    "euro": "1",
    "gbp": "1",
    "tooltip": "1",
}
_DATES = frozenset(
    {"start date", "end date", "start date and age", "release date", "film date", "date", "dts"}
)
_MARKUP = pattern(r"\[\[|\]\]|\{\{|\}\}|<")


def shown(template: Template) -> str | None:
    """The text that a well-known inline template shows; '' for a note, None when not known."""
    name = template.name
    if name in _BLANK_TEMPLATES:
        return " "
    if name in _DASH_TEMPLATES:
        return _DASH_TEMPLATES[name]
    written: str | None = None
    if name in _SHOWS:
        written = template.value(_SHOWS[name])
        if name in ("usd", "us$", "euro", "gbp") and written:
            written = {"u": "$", "e": "€", "g": "£"}[name[0]] + written
    elif name in ("convert", "cvt"):
        written = f"{template.value('1')} {template.value('2')}"
    elif name in ("as of", "asof"):
        written = as_of(template)
    elif name in _DATES:
        parts = [template.value(str(number)) for number in (1, 2, 3)]
        written = _day(parts)
    if written is not None and _MARKUP.search(written):
        return None
    return written


def as_of(template: Template) -> str | None:
    """What {{As of}} shows: its |alt=, or "As of" and its date (Template:As of)."""
    alternative = template.value("alt")
    if alternative:
        return alternative
    day = _day([template.value(str(number)) for number in (1, 2, 3)])
    if day is None:
        return None
    lead = "Since" if template.value("since") else "As of"
    if template.value("lc"):
        lead = lead.lower()
    return f"{lead} {day}"


def _day(parts: list[str]) -> str | None:
    """The parts (year, month, day) as 5 March 2014, as far as they go; None for no date."""
    year, month, day = parts
    if not year.isdecimal():
        return year if year and not month else None
    if not month:
        return year
    if month.isdecimal() and 1 <= int(month) <= 12:
        month = ENGLISH_MONTHS[int(month) - 1]
    return f"{day} {month} {year}" if day else f"{month} {year}"
