"""Rows and cells of wikitables, as places in the text."""

from __future__ import annotations

from bot.model import Span
from bot.wikitext import Wikitext, tables


def cells(text: str) -> list[list[str]]:
    page = Wikitext(text)
    rows = tables.rows(page, Span(0, len(text)))
    return [[cell.span.of(text) for cell in row.cells] for row in rows]


def test_cells_of_one_line_and_of_several() -> None:
    assert cells("{|\n! A !! B\n|-\n| 1 || 2\n|-\n| 3\n| 4\n|}") == [
        ["A", "B"],
        ["1", "2"],
        ["3", "4"],
    ]


def test_bars_in_links_templates_and_references_are_content() -> None:
    line = "| [[A|B]] || {{flag|C|D}} || x<ref>{{cite web|title=E||F}}</ref>"
    assert cells("{|\n|-\n" + line + "\n|}") == [
        ["[[A|B]]", "{{flag|C|D}}", "x<ref>{{cite web|title=E||F}}</ref>"]
    ]


def test_attributes_are_no_content() -> None:
    text = '{|\n|-\n| rowspan="2" style="x" | 1 || 2\n|}'
    (row,) = tables.rows(Wikitext(text), Span(0, len(text)))
    assert [cell.span.of(text) for cell in row.cells] == ["1", "2"]
    assert [cell.spanned for cell in row.cells] == [True, False]


def test_a_table_in_a_cell_is_content() -> None:
    assert cells("{|\n|-\n| 1\n{|\n|-\n| inner\n|}\n|-\n| 2\n|}") == [
        ["1\n{|\n|-\n| inner\n|}"],
        ["2"],
    ]


def test_rows_reach_from_their_line_to_the_next() -> None:
    text = '{|\n|+ Caption\n|- class="a"\n| 1\n|-\n| 2\n|}'
    rows = tables.rows(Wikitext(text), Span(0, len(text)))
    assert [text[row.start : row.end] for row in rows] == ['|- class="a"\n| 1\n', "|-\n| 2\n"]


def test_a_table_without_an_end_gives_its_closed_rows() -> None:
    assert cells("{|\n|-\n| 1\n|-\n| 2") == [["1"]]
