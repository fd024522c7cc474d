"""The report for a person at a terminal."""

from __future__ import annotations

import io
import re

import pytest

from bot.model import Page, Report
from bot.report import text
from tests.planted import HOSTILE, made_up, report

PAGE = "Lead wrongg.\n\n== History ==\nA wrongg and\nthe wronggg, lonelywrong.\n"

EXPECTED = """\
Page  Page.wiki

  Lead
  1:6  warning  planted
      wrongg is wrong (WP:PLANTED; certain)
      evidence: Lead
      fix: Write it right (review)
        - Lead [-wrongg-].
        + Lead {+right+}.

  History
  4:3  warning  planted
      wrongg is wrong (WP:PLANTED; certain)
      evidence: tory ==↵A
      fix: Write it right (review)
        - A [-wrongg-] and
        + A {+right+} and
  5:5  error  planted
      wronggg is wrong (WP:PLANTED; certain)
      evidence: g and↵the
      fix: Write it right (review)
        - the [-wronggg-], lonelywrong.
        + the {+right+}, lonelywrong.
      or: Ask why (suggestion)
  5:14  warning  planted
      lonelywrong is wrong (WP:PLANTED; certain)
      evidence:  wronggg,

4 findings on 1 of 2 pages: 1 error, 3 warnings; 3 have a fix.
"""


def test_plain_text():
    quiet = Report(Page("Quiet", "", "Quiet.wiki"), ())
    assert "".join(text.render([report(PAGE), quiet])) == EXPECTED


def on_terminal(*reports, width=40, colour="truecolor") -> str:
    from rich.console import Console

    out = io.StringIO()
    text.show(
        reports,
        Console(file=out, width=width, force_terminal=True, color_system=colour, highlight=False),
    )
    return out.getvalue()


def test_a_terminal_gets_the_same_words_folded_to_its_width():
    shown = on_terminal(report(PAGE), colour=None)
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 40
    expected = re.sub(r"\[-|-\]|\{\+|\+\}", "", "".join(text.render([report(PAGE)])))
    assert plain.split() == expected.split()


def test_changed_words_can_be_told_without_colours():
    shown = on_terminal(report("It is wrongg."))
    assert "\x1b[1;9;31mwrongg\x1b[0m" in shown  # bold, struck through
    assert "\x1b[1;4;32mright\x1b[0m" in shown  # bold, underlined


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_commands_the_terminal(hostile):
    plain = "".join(text.render([made_up(hostile)]))
    assert not any(ord(character) < 32 and character != "\n" for character in plain)
    assert not set(plain) & set("\x7f\x9b\u202e\u2066")
    assert len(plain.splitlines()) == len("".join(text.render([made_up("harmless")])).splitlines())


def test_markup_of_rich_is_only_text():
    shown = on_terminal(report("a [bold] wrongg [/bold] :smile: b"), colour=None, width=99)
    assert "[bold]" in shown
    assert "[/bold] :smile:" in shown


def test_broken_checks_are_told():
    assert "not looked at: planted: the check broke" in "".join(text.render([report("BREAK")]))
