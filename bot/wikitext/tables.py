"""The rows and cells of a wikitable, as places in the text.

What stands in a template, a link, a reference or a table of its own inside a cell is content of
that cell. A cell's attributes (`style="…" |`) are told from its content as MediaWiki does: by the
first single bar (https://www.mediawiki.org/wiki/Help:Tables).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.model import Span
from bot.patterns import pattern
from bot.wikitext.document import Wikitext

_SPANNED = pattern(r"\b(?:row|col)span\b", re.IGNORECASE)


class Cell(NamedTuple):
    """One cell: its content is page[start:end] without blanks around it."""

    start: int
    end: int
    header: bool
    attributes: str

    @property
    def span(self) -> Span:
        """The content, without blanks around it."""
        return Span(self.start, self.end)

    @property
    def spanned(self) -> bool:
        """Whether it takes the room of several rows or columns."""
        return _SPANNED.search(self.attributes) is not None


class Row(NamedTuple):
    """One row: page[start:end] from its `|-` line to the start of the next row, with its cells."""

    start: int
    end: int
    cells: tuple[Cell, ...]


def rows(page: Wikitext, table: Span) -> list[Row]:
    """The rows of a table (a block of the kind TABLE) that hold cells, top to bottom."""
    found: list[Row] = []
    cells: list[Cell] = []
    row_start = -1
    depth = 0
    for start, end, masked in _lines(page, table):
        head = masked.lstrip(" \t:")
        if head.startswith("{|"):
            depth += 1
            continue
        closing = head.startswith("|}")
        if depth > 1:
            depth -= closing
            cells = _longer(page, cells, end)
            continue
        if closing or head.startswith("|-"):
            if cells:
                found.append(Row(row_start, start, tuple(cells)))
            cells, row_start = [], start
            if closing:
                break
        elif head.startswith("|+"):
            continue
        elif head.startswith(("|", "!")):
            if row_start < 0:
                row_start = start
            cells += _cells(page, start + len(masked) - len(head), end, head)
        else:
            cells = _longer(page, cells, end)
    return found


def _lines(page: Wikitext, table: Span) -> Iterator[tuple[int, int, str]]:
    """The lines of a table: start, end, and the text with everything in constructs blanked out."""
    pieces = []
    position = table.start
    for index in page.outermost(table):
        node = page.nodes[index]
        pieces.append(page.text[position : node.start])
        pieces.append("\0" * (node.end - node.start))
        position = node.end
    pieces.append(page.text[position : table.end])
    position = table.start
    for line in "".join(pieces).split("\n"):
        yield position, position + len(line), line
        position += len(line) + 1


def _cells(page: Wikitext, start: int, end: int, masked: str) -> Iterator[Cell]:
    header = masked[0] == "!"
    position = 1
    while True:
        stops = [masked.find("||", position)]
        if header:
            stops.append(masked.find("!!", position))
        stop = min((s for s in stops if s >= 0), default=len(masked))
        bar = masked.find("|", position, stop)
        attributes = ""
        if bar >= 0:
            attributes = page.text[start + position : start + bar]
            position = bar + 1
        yield _cell(page, start + position, start + stop, attributes, header=header)
        if stop >= len(masked):
            return
        position = stop + 2


def _cell(page: Wikitext, start: int, end: int, attributes: str, *, header: bool) -> Cell:
    content = page.text[start:end]
    stripped = content.strip()
    start += len(content) - len(content.lstrip()) if stripped else 0
    return Cell(start, start + len(stripped), header, attributes)


def _longer(page: Wikitext, cells: list[Cell], end: int) -> list[Cell]:
    """The cells, the last one going on to the end of this line."""
    if cells:
        last = cells[-1]
        cells[-1] = _cell(page, last.start, end, last.attributes, header=last.header)
    return cells
