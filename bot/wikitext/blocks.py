"""The blocks of a stretch of a page: paragraphs, list items, tables, captions, rows of templates.

A line ends at the first line break that stands in no construct, so that a template, a reference or
a link over several lines belongs to the line it starts on. Lines in succession that are nothing
else are one paragraph. Of a table, only its place is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot.knowledge import namespaces
from bot.model import Span
from bot.patterns import pattern
from bot.wikitext.scanner import COMMENT, TEMPLATE, WIKILINK, Node

if TYPE_CHECKING:
    from bot.wikitext.document import Wikitext

PARAGRAPH, ITEM, TABLE, CAPTION, TEMPLATES, HEADING = (
    "paragraph",
    "item",
    "table",
    "caption",
    "templates",
    "heading",
)

_MARKER = pattern(r"([*#:;]+)[ \t]*")
_TABLE_START = pattern(r"[ \t:]*\{\|")
# What opens or closes a table, at the start of a line; "|}}" is the end of a template.
_TABLE_MARK = pattern(r"^[ \t]*(?:(\{\|)|\|\}(?!\}))", re.MULTILINE)
_TRAILING = pattern(r"(?:[ \t\r]|<!--[^\n]*?-->)*\Z")
_QUOTING = pattern(r"<(/?)blockquote\b", re.IGNORECASE)
_FILE_OPTION = pattern(
    r"\s*(?:thumb|thumbnail|frame|framed|frameless|border|left|right|center|centre|none|upright"
    r"|baseline|sub|super|top|text-top|middle|bottom|text-bottom|(?:\d+|\d*x\d+)px"
    r"|(?:alt|link|lang|page|class|upright|thumb|start|end|thumbtime)\s*=[^|]*)\s*(?:\||\Z)"
)


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


def read(page: Wikitext, span: Span) -> list[Block]:
    """The blocks of a stretch, in the order of the page."""
    return list(_Reader(page, span).blocks())


def ends_heading(line: str) -> bool:
    """Whether a line that begins with "=" is a heading."""
    found = _TRAILING.search(line)
    line = line[: found.start()] if found else line
    return len(line) > 2 and line.endswith("=")


class _Reader:
    """Goes through the lines of a stretch once, with its outermost constructs beside them."""

    def __init__(self, page: Wikitext, span: Span) -> None:
        self.page = page
        self.text = page.text
        self.span = span
        self.tops = page.outermost(span)
        self.nodes = [page.nodes[index] for index in self.tops]
        self.number = 0  # of the first construct that starts on this line or later
        self.paragraph = Span(-1, -1)  # the paragraph being read
        self.quoting = 0  # depth of block quotations

    def blocks(self) -> Iterator[Block]:
        """Every block in turn."""
        text = self.text
        position, end = self.span
        end = min(end, len(text))
        while position <= end and position < len(text):
            first = self.number
            line_end = self.line_end(position, end)
            nodes = self.nodes[first : self.number]
            head = text[position]
            quoted = self.quoting > 0
            if nodes or text.find("<", position, line_end) >= 0:
                for mark in _QUOTING.finditer(text, position, line_end):
                    self.quoting = max(0, self.quoting + (-1 if mark[1] else 1))
                    quoted = True
            marker = _MARKER.match(text, position, line_end) if head in "*#:;" else None
            if marker is not None and not _TABLE_START.match(text, position, line_end):
                yield from self.paragraph_ended()
                yield Block(ITEM, position, line_end, marker.end(), marker[1], quoted)
            elif head in "{: \t" and _TABLE_START.match(text, position, line_end):
                yield from self.paragraph_ended()
                line_end = self.table_end(line_end, end)
                yield Block(TABLE, position, line_end, position, "", quoted)
                nodes = []
            else:
                kind = self.kind(position, line_end, nodes)
                if kind != PARAGRAPH or quoted:
                    yield from self.paragraph_ended()
                if kind == PARAGRAPH and not quoted:
                    start = position if self.paragraph.start < 0 else self.paragraph.start
                    self.paragraph = Span(start, line_end)
                elif kind and kind != CAPTION:
                    yield Block(kind, position, line_end, position, "", quoted)
            for offset, node in enumerate(nodes, first):
                if node.kind == WIKILINK and self.is_file(node):
                    yield self.caption(self.tops[offset], node, quoted=quoted)
            position = line_end + 1
        yield from self.paragraph_ended()

    def line_end(self, position: int, end: int) -> int:
        """Where the line that starts here ends; its constructs are passed."""
        line_end = self.text.find("\n", position, end)
        while self.number < len(self.nodes):
            node = self.nodes[self.number]
            if 0 <= line_end <= node.start:
                break
            self.number += 1
            if 0 <= line_end < node.end:
                line_end = self.text.find("\n", node.end, end)
        return end if line_end < 0 else line_end

    def kind(self, position: int, line_end: int, nodes: list[Node]) -> str:
        """What a line is that is no item and no table; '' for a blank one."""
        text = self.text
        if text[position] == "=" and ends_heading(text[position:line_end]):
            return HEADING
        if not nodes:
            return PARAGRAPH if text[position:line_end].strip() else ""
        at = position
        kinds = set()
        for node in nodes:
            if text[at : node.start].strip():
                return PARAGRAPH
            if node.kind != COMMENT:
                kinds.add(node.kind)
            at = node.end
        if text[at:line_end].strip() or len(kinds) > 1:
            return PARAGRAPH
        if kinds == {TEMPLATE}:
            return TEMPLATES
        if kinds == {WIKILINK} and any(map(self.is_file, nodes)):
            return CAPTION
        return PARAGRAPH if kinds else ""

    def paragraph_ended(self) -> Iterator[Block]:
        """The paragraph that was being read, if any."""
        if self.paragraph.start >= 0:
            start, end = self.paragraph
            self.paragraph = Span(-1, -1)
            yield Block(PARAGRAPH, start, end, start, "", quoted=False)

    def table_end(self, position: int, end: int) -> int:
        """Where the line ends that closes the table opened before this position."""
        depth = 1
        while depth:
            mark = _TABLE_MARK.search(self.text, position, end)
            if mark is None:
                position = end
                break
            position = mark.end()
            while self.number < len(self.nodes) and self.nodes[self.number].end <= mark.start():
                self.number += 1
            if self.number < len(self.nodes) and self.nodes[self.number].start < mark.start():
                continue
            depth += 1 if mark[1] else -1
        while self.number < len(self.nodes) and self.nodes[self.number].end <= position:
            self.number += 1
        return self.line_end(position, end)

    def is_file(self, node: Node) -> bool:
        """Whether a wikilink shows a file."""
        colon = self.text.find(":", node.inner_start, min(node.inner_end, node.inner_start + 40))
        if colon < 0:
            return False
        prefix = self.text[node.inner_start : colon].strip().replace("_", " ").lower()
        return prefix in namespaces.FILE

    def caption(self, index: int, node: Node, *, quoted: bool) -> Block:
        """The caption of a file link: the last of its parts that is no option.

        (https://www.mediawiki.org/wiki/Help:Images)
        """
        end = node.inner_end
        masked = self.text[node.inner_start : end]
        for child in reversed(self.page.children(index)):
            inner = self.page.nodes[child]
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
