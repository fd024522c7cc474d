"""One page's text, looked at once: its sections, blocks, templates, links, references and prose.

Everything is found when it is first asked for and kept. All places are Python string indices into
the text as fetched. A text is never written back from here: edits are spans of it.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from bot.knowledge import namespaces
from bot.model import Span
from bot.wikitext import prose, scanner
from bot.wikitext.scanner import COMMENT, OPAQUE, REFERENCE, TEMPLATE, WIKILINK, Node
from bot.wikitext.template import Reference, Template, Wikilink

_HEADING = re.compile(r"^(=+)(?=[^\n=]|=)([^\n]*)$", re.MULTILINE)
_TRAILING = re.compile(r"(?:[ \t\r]|<!--[^\n]*?-->)*\Z")
_MARKER = re.compile(r"[*#:;]+")
_TABLE_START = re.compile(r"[ \t:]*\{\|")
_MARKUP = re.compile(r"'{2,}|<[^>\n]*>|\[\[(?:[^\[\]|]*\|)?|\]\]|\{\{[^{}]*\}\}")
_FILE_OPTION = re.compile(r"\s*(?:alt|link|page|lang|class|upright)\s*=")
_QUOTING = re.compile(r"<(/?)blockquote\b", re.IGNORECASE)

PARAGRAPH, ITEM, TABLE, CAPTION, TEMPLATES, HEADING = (
    "paragraph",
    "item",
    "table",
    "caption",
    "templates",
    "heading",
)


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


class Block(NamedTuple):
    """A paragraph, list item, table, caption or row of templates.

    page[start:end] is the block without its closing line break; `content` is where its own text
    starts (behind the list marker; a caption's text). `marker` is the list marker ("**", "#:").
    `quoted` says that it stands in a block quotation.
    """

    kind: str
    start: int
    end: int
    content: int
    marker: str
    quoted: bool

    @property
    def span(self) -> Span:
        """The block's own text, without list marker or file name."""
        return Span(self.content, self.end)


class Wikitext:
    """A page's text and what stands where in it."""

    def __init__(self, text: str, language: str = "en") -> None:
        self.text = text
        self.language = language
        self._templates: dict[int, Template] = {}
        self._prose: dict[tuple[int, int], prose.Prose] = {}

    @functools.cached_property
    def nodes(self) -> list[Node]:
        """Every construct, the outer before the inner; see `scanner.scan`."""
        return scanner.scan(self.text)

    @functools.cached_property
    def _starts(self) -> list[int]:
        return [node.start for node in self.nodes]

    @functools.cached_property
    def _children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = {}
        for index, node in enumerate(self.nodes):
            children.setdefault(node.parent, []).append(index)
        return children

    def children(self, index: int) -> list[int]:
        """The indices of the constructs directly inside one; -1 gives the page's outermost ones."""
        return self._children.get(index, [])

    @functools.cached_property
    def _outermost_starts(self) -> list[int]:
        nodes = self.nodes
        return [nodes[index].start for index in self.children(-1)]

    def enclosing(self, place: int) -> Iterator[int]:
        """The indices of the constructs around a place, innermost first."""
        index = bisect_right(self._starts, place) - 1
        while index >= 0:
            node = self.nodes[index]
            if node.start < place < node.end:
                yield index
            index = node.parent

    def outermost(self, span: Span) -> list[int]:
        """The indices of the constructs in a stretch that stand in no other construct of it."""
        around = next((i for i in self.enclosing(span.start) if self.nodes[i].end >= span.end), -1)
        if around < 0:
            tops = self.children(-1)
            first = bisect_left(self._outermost_starts, span.start)
            last = bisect_left(self._outermost_starts, span.end)
            return [i for i in tops[first:last] if self.nodes[i].end <= span.end]
        return [
            i
            for i in self.children(around)
            if span.start <= self.nodes[i].start and self.nodes[i].end <= span.end
        ]

    def template(self, index: int) -> Template:
        """The template that is the construct of this index."""
        found = self._templates.get(index)
        if found is None:
            inner = [self.nodes[child] for child in self.children(index)]
            found = self._templates[index] = Template(
                self.text, self.nodes[index], inner, self.nodes[index].parent
            )
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
        return tuple(Reference(self.text, node) for node in self.nodes if node.kind == REFERENCE)

    def reference_at(self, place: int) -> Reference | None:
        """The `<ref>` that a place stands in, or None."""
        for index in self.enclosing(place):
            if self.nodes[index].kind == REFERENCE:
                return Reference(self.text, self.nodes[index])
        return None

    def protected(self, span: Span) -> str | None:
        """Why a stretch must not be edited ("comment", "nowiki" …); None when it may be."""
        for place in {span.start, span.end}:
            for index in self.enclosing(place):
                node = self.nodes[index]
                if node.kind == COMMENT:
                    return "comment"
                if node.kind == OPAQUE:
                    return self.text[node.start + 1 : node.inner_start].split(">")[0].split()[0]
        return None

    # Sections

    @functools.cached_property
    def sections(self) -> tuple[Section, ...]:
        """The lead and every section of the page itself, in its order."""
        heads: list[tuple[int, int, str, int]] = []
        if "\n=" in self.text or self.text.startswith("="):
            for match in _HEADING.finditer(self.text):
                line = match[0]
                line = line[: _TRAILING.search(line).start()]  # type: ignore[union-attr]
                if len(line) < 3 or not line.endswith("="):
                    continue
                level = min(len(match[1]), len(line) - len(line.rstrip("=")), 6)
                if line.strip("=") == "":
                    level = min((len(line) - 1) // 2, 6)
                if level < 1 or any(True for _ in self.enclosing(match.start())):
                    continue
                heading = line[level : len(line) - level]
                heads.append((match.start(), level, plain_heading(heading), match.end()))
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
        starts = [section.start for section in self.sections[1:]]
        return self.sections[bisect_right(starts, place)]

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
        return list(self._blocks(span))

    def _blocks(self, span: Span) -> Iterator[Block]:
        text, nodes = self.text, self.nodes
        tops = self.outermost(span)
        number = 0
        position, end = span
        paragraph = -1  # where the paragraph being read starts
        paragraph_end = -1
        quoting = 0
        table: list[int] = []  # starts of the open tables, outermost first
        while position <= end and position < len(text):
            # The line reaches to the first line break that stands in no construct.
            line_end = text.find("\n", position, end)
            first = number
            while number < len(tops):
                node = nodes[tops[number]]
                if 0 <= line_end <= node.start:
                    break
                number += 1
                if line_end >= 0 and line_end < node.end:
                    line_end = text.find("\n", node.end, end)
            if line_end < 0:
                line_end = end
            line_tops = tops[first:number]
            line = text[position:line_end] if not line_tops else ""
            blank = not line_tops and not line.strip()
            head = text[position : position + 1]
            kind = PARAGRAPH
            if table:
                stripped = text[position:line_end].lstrip()
                if stripped.startswith("{|"):
                    table.append(position)
                elif stripped.startswith("|}") and not stripped.startswith("|}}"):
                    start = table.pop()
                    if not table:
                        yield Block(TABLE, start, line_end, start, "", quoting > 0)
                position = line_end + 1
                continue
            if blank:
                kind = ""
            elif head in "*#:;" and not _TABLE_START.match(text, position, line_end):
                kind = ITEM
            elif head == "=" and _is_heading(text[position:line_end]):
                kind = HEADING
            elif _TABLE_START.match(text, position, line_end):
                kind = TABLE
            elif line_tops and self._only(line_tops, position, line_end, TEMPLATE):
                kind = TEMPLATES
            elif line_tops and self._only(line_tops, position, line_end, WIKILINK):
                kind = CAPTION if any(map(self._is_file, line_tops)) else PARAGRAPH
            if kind != PARAGRAPH and paragraph >= 0:
                yield Block(PARAGRAPH, paragraph, paragraph_end, paragraph, "", quoting > 0)
                paragraph = -1
            was_quoting = quoting
            if "<" in text[position:line_end]:
                for match in _QUOTING.finditer(text, position, line_end):
                    quoting = max(0, quoting + (-1 if match[1] else 1))
            quoted = max(was_quoting, quoting) > 0
            if kind == PARAGRAPH:
                if quoted:
                    if paragraph >= 0:
                        yield Block(
                            PARAGRAPH, paragraph, paragraph_end, paragraph, "", quoted=False
                        )
                        paragraph = -1
                    yield Block(PARAGRAPH, position, line_end, position, "", quoted=True)
                else:
                    if paragraph < 0:
                        paragraph = position
                    paragraph_end = line_end
            elif kind == ITEM:
                marker = _MARKER.match(text, position).group()  # type: ignore[union-attr]
                content = position + len(marker)
                while content < line_end and text[content] in " \t":
                    content += 1
                yield Block(ITEM, position, line_end, content, marker, quoted)
            elif kind == TABLE:
                table.append(position)
            elif kind in (HEADING, TEMPLATES):
                yield Block(kind, position, line_end, position, "", quoted)
            for index in line_tops:
                if nodes[index].kind == WIKILINK and self._is_file(index):
                    yield self._caption(index, quoted=quoted)
            position = line_end + 1
        if paragraph >= 0:
            yield Block(PARAGRAPH, paragraph, paragraph_end, paragraph, "", quoting > 0)
        if table:
            yield Block(TABLE, table[0], end, table[0], "", quoting > 0)

    def _only(self, indices: list[int], start: int, end: int, kind: int) -> bool:
        """Whether a line holds nothing but constructs of one kind (and comments, blanks)."""
        seen = False
        for index in indices:
            node = self.nodes[index]
            if self.text[start : node.start].strip():
                return False
            if node.kind == kind:
                seen = True
            elif node.kind != COMMENT:
                return False
            start = node.end
        return seen and not self.text[start:end].strip()

    def _is_file(self, index: int) -> bool:
        return Wikilink(self.text, self.nodes[index]).prefix in namespaces.FILE

    def _caption(self, index: int, *, quoted: bool) -> Block:
        """The caption of a file link: the last of its parts that is no option.

        (https://www.mediawiki.org/wiki/Help:Images)
        """
        node = self.nodes[index]
        end = node.inner_end
        masked = self.text[node.inner_start : end]
        for child in reversed(self.children(index)):
            inner = self.nodes[child]
            a, b = inner.start - node.inner_start, inner.end - node.inner_start
            masked = masked[:a] + "\0" * (b - a) + masked[b:]
        bar = masked.rfind("|")
        while bar >= 0 and _FILE_OPTION.match(masked, bar + 1):
            before = masked.rfind("|", 0, bar)
            if before < 0:
                break
            end, bar = node.inner_start + bar, before
        content = end if bar < 0 else node.inner_start + bar + 1
        return Block(CAPTION, node.start, end, content, "", quoted)

    def prose(self, span: Span) -> prose.Prose:
        """The readable text of a stretch, with the way back to the source."""
        key = (span.start, span.end)
        found = self._prose.get(key)
        if found is None:
            found = self._prose[key] = prose.read(self, span)
        return found


def plain_heading(heading: str) -> str:
    """A heading as the reader sees it: no markup, single blanks."""
    return " ".join(_MARKUP.sub("", heading).split())


def _is_heading(line: str) -> bool:
    line = line[: _TRAILING.search(line).start()]  # type: ignore[union-attr]
    return len(line) > 2 and line.endswith("=")
