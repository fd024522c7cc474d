"""One page's text, looked at once: its sections, blocks, templates, links, references and prose.

Everything is found when it is first asked for and kept. All places are Python string indices into
the text as fetched. A text is never written back from here: edits are spans of it.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.model import Span
from bot.patterns import pattern
from bot.wikitext import blocks, prose, scanner
from bot.wikitext.blocks import Block
from bot.wikitext.scanner import COMMENT, OPAQUE, REFERENCE, TEMPLATE, WIKILINK, Node
from bot.wikitext.template import Reference, Template, Wikilink

_BLANKED = (REFERENCE, COMMENT, OPAQUE)

# A pattern finds them in half the time of str.find, in a text beyond Latin-1.
_EQUALS = pattern("\n=")
_TRAILING = pattern(r"(?:[ \t\r]|<!--[^\n]*?-->)*\Z")
_MARKED = pattern(r"['<\[\]{]")
_MARKUP = pattern(r"'{2,}|<[^>\n]*>|\[\[(?:[^\[\]|]*\|)?|\]\]|\{\{[^{}]*\}\}")


class Section(NamedTuple):
    """A section: page[start:end] from its heading to the end of its last subsection.

    Its own text, without subsections, is page[body_start:body_end]. The lead has number 0, level 0,
    no heading, and ends at the first heading; the others are numbered as MediaWiki numbers them.
    """

    number: int
    level: int
    heading: str
    start: int
    body_start: int
    body_end: int
    end: int

    @property
    def span(self) -> Span:
        """The section with its heading and its subsections."""
        return Span(self.start, self.end)

    @property
    def body(self) -> Span:
        """The section's own text: no heading, no subsections."""
        return Span(self.body_start, self.body_end)

    @property
    def anchor(self) -> str:
        """The heading as it stands in a link, blanks as underscores."""
        return self.heading.replace(" ", "_")


class Wikitext:
    """A page's text and what stands where in it."""

    def __init__(self, text: str, language: str = "en") -> None:
        self.text = text
        self.language = language
        self._templates: dict[int, Template] = {}
        self._blocks: dict[Span, list[Block]] = {}
        self._prose: dict[tuple[int, int], prose.Prose] = {}

    @functools.cached_property
    def nodes(self) -> list[Node]:
        """Every construct, the outer before the inner; see `scanner.scan`."""
        return scanner.scan(self.text)

    # What goes over all nodes asks for their fields by number, which is faster than by name.

    @functools.cached_property
    def _starts(self) -> list[int]:
        return [node[0] for node in self.nodes]

    @functools.cached_property
    def besides_links(self) -> list[int]:
        """The indices of the constructs other than wikilinks, of which most pages have the most."""
        return [index for index, node in enumerate(self.nodes) if node[2] != WIKILINK]

    @functools.cached_property
    def _outermost(self) -> list[int]:
        return [index for index, node in enumerate(self.nodes) if node[5] < 0]

    def children(self, index: int) -> list[int]:
        """The indices of the constructs directly inside one; -1 gives the page's outermost ones."""
        if index < 0:
            return self._outermost
        found, nodes = [], self.nodes
        end, inner = nodes[index][1], index + 1
        while inner < len(nodes) and nodes[inner][0] < end:
            if nodes[inner][5] == index:
                found.append(inner)
            inner += 1
        return found

    @functools.cached_property
    def _outermost_starts(self) -> list[int]:
        nodes = self.nodes
        return [nodes[index].start for index in self.children(-1)]

    @functools.cached_property
    def _unread(self) -> list[tuple[int, int]]:
        """Where references, comments and unread zones stand that no other construct holds."""
        nodes = self.nodes
        every = [nodes[index] for index in self.besides_links]
        return [(node[0], node[1]) for node in every if node[5] < 0 and node[2] in _BLANKED]

    def bare(self, span: Span) -> str:
        """A stretch with blanks for references, comments and unread zones, same length.

        For a quick look at running text: what is not in it is in no prose of the page.
        """
        text, pieces = self.text, []
        position, limit = span
        first = max(0, bisect_left(self._unread, (position,)) - 1)
        for start, end in itertools.islice(self._unread, first, None):
            if start >= limit:
                break
            if end <= position:
                continue
            pieces += [text[position:start], " " * (min(end, limit) - max(start, position))]
            position = end
        pieces.append(text[position:limit])
        return "".join(pieces)

    @functools.cached_property
    def running(self) -> list[str]:
        """The running text of each section with its heading: what `bare` has, shortened.

        Two blanks stand for what is left out, so that nothing stands together that did not.
        """
        text, unread = self.text, iter([*self._unread, (len(self.text) + 1, 0)])
        start, end = next(unread)
        found = []
        for section in self.sections:
            pieces, position = [], section.start
            while start < section.body_end:
                pieces.append(text[position:start])
                position = end
                start, end = next(unread)
            pieces.append(text[position : section.body_end])
            found.append("  ".join(pieces))
        return found

    @functools.cached_property
    def encoded(self) -> list[bytes]:
        """`running` in UTF-8."""
        return [section.encode() for section in self.running]

    def unshortened(self, places: Sequence[int], section: int = 0) -> list[int]:
        """Where the places of `running`, joined from a section on, stand in the text; in order."""
        found, unread = [], self._unread
        shorter = self.sections[section].start
        number = bisect_left(unread, (shorter,))
        for place in places:
            while number < len(unread) and unread[number][0] < place + shorter:
                start, end = unread[number]
                shorter += end - start - 2
                number += 1
            found.append(place + shorter)
        return found

    def enclosing(self, place: int) -> Iterator[int]:
        """The indices of the constructs around a place, innermost first."""
        nodes = self.nodes
        index = bisect_right(self._starts, place) - 1
        while index >= 0:
            start, end, _, _, _, parent = nodes[index]
            if start < place < end:
                yield index
            index = parent

    def node_at(self, place: int) -> Node | None:
        """The outermost construct that starts at a place, or None."""
        index = bisect_left(self._starts, place)
        return (
            self.nodes[index] if index < len(self.nodes) and self._starts[index] == place else None
        )

    def outermost(self, span: Span) -> list[int]:
        """The indices of the constructs in a stretch that stand in no other construct of it."""
        around = next((i for i in self.enclosing(span.start) if self.nodes[i].end >= span.end), -1)
        if around < 0:
            tops = self.children(-1)
            first = bisect_left(self._outermost_starts, span.start)
            last = bisect_left(self._outermost_starts, span.end)
            if last > first and self.nodes[tops[last - 1]].end > span.end:
                last -= 1
            return tops[first:last]
        return [
            i
            for i in self.children(around)
            if span.start <= self.nodes[i].start and self.nodes[i].end <= span.end
        ]

    def template(self, index: int) -> Template:
        """The template that is the construct of this index."""
        found = self._templates.get(index)
        if found is None:
            nodes = self.nodes
            node = nodes[index]
            holds = index + 1 < len(nodes) and nodes[index + 1].start < node.end
            inner = [nodes[child] for child in self.children(index)] if holds else ()
            found = self._templates[index] = Template(self.text, node, inner)
        return found

    @functools.cached_property
    def templates(self) -> tuple[Template, ...]:
        """Every template, those inside others and inside references included."""
        return tuple(self.templates_in(Span(0, len(self.text))))

    def templates_in(self, span: Span) -> Iterator[Template]:
        """The templates that start in a stretch, left to right, nested ones included."""
        first = bisect_left(self._starts, span.start)
        last = bisect_left(self._starts, span.end)
        for index in range(first, last):
            if self.nodes[index].kind == TEMPLATE:
                yield self.template(index)

    @functools.cached_property
    def wikilinks(self) -> tuple[Wikilink, ...]:
        """Every wikilink, left to right; files and categories included."""
        return tuple(Wikilink(self.text, node) for node in self.nodes if node.kind == WIKILINK)

    @functools.cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every `<ref>`, left to right."""
        nodes = (self.nodes[index] for index in self.besides_links)
        return tuple(Reference(self.text, node) for node in nodes if node.kind == REFERENCE)

    def reference_at(self, place: int) -> Reference | None:
        """The `<ref>` that a place stands in, or None."""
        for index in self.enclosing(place):
            if self.nodes[index].kind == REFERENCE:
                return Reference(self.text, self.nodes[index])
        return None

    def protected(self, span: Span) -> str | None:
        """Why a stretch must not be edited ("comment", "nowiki" …); None when it may be."""
        barred = self._barred
        if not barred:
            return None
        for place in {span.start, span.end}:
            before = bisect_left(barred, (place,)) - 1
            if before < 0 or self.nodes[barred[before][1]].end <= place:
                continue
            node = self.nodes[barred[before][1]]
            if node.kind == COMMENT:
                return "comment"
            return self.text[node.start + 1 : node.inner_start].split(">")[0].split()[0]
        return None

    @functools.cached_property
    def _barred(self) -> list[tuple[int, int]]:
        """Where comments and unread zones start, and which constructs they are; none holds any."""
        nodes = self.nodes
        return [
            (nodes[index][0], index)
            for index in self.besides_links
            if nodes[index][2] in (COMMENT, OPAQUE)
        ]

    # Sections

    @functools.cached_property
    def sections(self) -> tuple[Section, ...]:
        """The lead and every section of the page itself, in its order."""
        heads: list[tuple[int, int, str, int]] = []
        text = self.text
        at_line_start = [match.start() + 1 for match in _EQUALS.finditer(text)]
        for start in [0, *at_line_start] if text.startswith("=") else at_line_start:
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            line = text[start:end].rstrip(" \t\r")
            if line.endswith("-->"):
                line = line[: _TRAILING.search(line).start()]  # type: ignore[union-attr]
            level = _heading_level(line)
            if level and next(self.enclosing(start), None) is None:
                heading = plain_heading(line[level : len(line) - level])
                heads.append((start, level, heading, end))
        size = len(self.text)
        found = [
            Section(0, 0, "", 0, 0, heads[0][0] if heads else size, heads[0][0] if heads else size)
        ]
        ends = [size] * len(heads)
        open_heads: list[int] = []
        for number, (start, level, _, _) in enumerate(heads):
            while open_heads and heads[open_heads[-1]][1] >= level:
                ends[open_heads.pop()] = start
            open_heads.append(number)
        for number, (start, level, heading, line_end) in enumerate(heads):
            body_end = heads[number + 1][0] if number + 1 < len(heads) else size
            body_start = min(line_end + 1, body_end)
            found.append(
                Section(number + 1, level, heading, start, body_start, body_end, ends[number])
            )
        return tuple(found)

    def section_at(self, place: int) -> Section:
        """The innermost section that a place stands in."""
        return self.sections[bisect_right(self._section_starts, place)]

    @functools.cached_property
    def _section_starts(self) -> list[int]:
        return [section.start for section in self.sections[1:]]

    def major(self, section: Section) -> Section:
        """The major section (level 2 or above, or the lead) that a section belongs to."""
        if section.level > 2:
            for other in reversed(self.sections[: section.number]):
                if other.level <= 2 and other.end >= section.end and other.level:
                    return other
        return section

    def find_sections(self, name: str) -> list[Section]:
        """The sections with this heading or anchor, in the order of the page."""
        wanted = plain_heading(name.replace("_", " "))
        return [
            section
            for section in self.sections[1:]
            if section.heading == wanted or section.heading.casefold() == wanted.casefold()
        ]

    # Blocks

    def blocks(self, span: Span) -> list[Block]:
        """The blocks of a stretch (a section's body), in order."""
        found = self._blocks.get(span)
        if found is None:
            found = self._blocks[span] = blocks.read(self, span)
        return found

    def prose(self, span: Span) -> prose.Prose:
        """The readable text of a stretch, with the way back to the source."""
        key = (span.start, span.end)
        found = self._prose.get(key)
        if found is None:
            found = self._prose[key] = prose.read(self, span)
        return found


def _heading_level(line: str) -> int:
    """How many signs of equality make a heading of the line; 0 when it is none."""
    if len(line) < 3 or not line.endswith("="):
        return 0
    inner = line.strip("=")
    if not inner:
        return min((len(line) - 1) // 2, 6)
    before = line.index(inner)
    return min(before, len(line) - len(inner) - before, 6)


def plain_heading(heading: str) -> str:
    """A heading as the reader sees it: no markup, single blanks."""
    if _MARKED.search(heading):
        heading = _MARKUP.sub("", heading)
    return " ".join(heading.split())
