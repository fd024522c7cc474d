"""Where the sentences of the stale checks are looked for: what is seen at a glance is so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import re2
from hypothesis import given
from hypothesis import strategies as st

from bot.checker import check_page, choose_checks
from bot.checks.stale._sentences import RECENT, _is_paragraph, dated
from bot.model import Page, Span
from bot.wikitext import Wikitext
from bot.wikitext.blocks import PARAGRAPH, Block

PIECES = [
    *("word", "Word: x", " ", "\xa0", "\n", "*", "#", ":", ";", "=", "|", "''", "<br>", "{{t}}"),
    *("[[l]]", "[[l|m: n]]", "[[File:A.jpg|thumb|c]]", "[[ image:b.png|d]]", "[[:File:C.jpg]]"),
    *("{{t|[[File:A.jpg]]}}", "<ref>r\n\ns</ref>", "<!-- c -->", "{|", "|}", "[http://a.b c]"),
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
def test_what_is_taken_for_a_paragraph_is_read_as_one(text: str) -> None:
    page = Wikitext(text)
    running = page.running[0]
    if "\n\n" in running or "=" in text[:1] or not _is_paragraph(running, 0, len(running)):
        return
    assert page.blocks(Span(0, len(text))) == [Block(PARAGRAPH, 0, len(text), 0, "", quoted=False)]


@given(st.text("0129 –a;&", max_size=12))
def test_a_recent_year_is_the_same_to_triggers(text: str) -> None:
    assert dated(text) == (re2.search(RECENT, text) is not None)


YEARS = ["2014", "2013–14", "1999–01", "[[2014 in X, Y.|2014]]", "{{nowrap|2014}}", "''2014''"]
MEASURES = ["Index", "[[A, Inc. index|Report]]", "''List''", "{{nowrap|rankings}}", '"survey"']
BETWEEN = [
    *(" ", "&nbsp;", " peace ", " [[World: a|world]] ", "<ref>A, b. c</ref>", "<!-- x. -->"),
    *(" for the ", ", in ", " (", "{{efn|a {{b}} c.}}", " Q&A ", "&Eacute;tat ", "'''big''' "),
]


@given(
    st.sampled_from(YEARS),
    st.lists(st.sampled_from(BETWEEN), min_size=1, max_size=4),
    st.sampled_from(MEASURES),
    st.booleans(),
)
def test_the_trigger_of_rankings_loses_no_edition(
    year: str, between: list[str], measure: str, year_first: bool
) -> None:
    ends = (year, measure) if year_first else (measure, year)
    text = f"It ranks 5th in the {ends[0]}{''.join(between)}{ends[1]} of the world."
    (ranking,) = choose_checks(["stale-ranking"])
    found, everywhere = (
        check_page(Page("A", text, "test"), today=date(2026, 11, 23), only=[check]).findings
        for check in (ranking, replace(ranking, trigger=""))
    )
    assert found == everywhere
