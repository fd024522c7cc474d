"""A page turns off single checks: {{bots|optout=redpencil-<check or family>}}."""

from __future__ import annotations

from datetime import date

import pytest

from bot.checker import check_page
from bot.model import Page
from bot.saving.exclusion import refusal

TEXT = "\n\n== Schools ==\nAs of 2012, the town has two schools. The bridge will open in 2015.\n"


def found(mark: str) -> set[str]:
    report = check_page(Page("Karvenia", mark + TEXT, ""), today=date(2026, 11, 24))
    return {finding.check for finding in report.findings}


@pytest.mark.parametrize(
    ("mark", "left"),
    [
        ("", {"stale-as-of", "stale-future"}),
        ("{{bots|optout=redpencil-stale-as-of}}", {"stale-future"}),
        ("{{Bots | optout = nosource, Redpencil-stale_as of }}", {"stale-future"}),
        ("{{bots|deny=redpencil-stale-future}}", {"stale-as-of"}),
        ("{{bots|optout=redpencil-stale}}", set()),
        ("{{bots|optout=redpencil-stale-as-of,redpencil-stale-future}}", set()),
        ("{{bots|optout=redpencil-duplicates}}", {"stale-as-of", "stale-future"}),
        ("{{bots|optout=stale-as-of}}", {"stale-as-of", "stale-future"}),
        ("{{bots|allow=redpencil-stale-as-of}}", {"stale-as-of", "stale-future"}),
    ],
)
def test_a_page_turns_off_single_checks(mark, left):
    assert found(mark) == left


def test_the_report_says_what_was_turned_off():
    text = "{{bots|optout=redpencil-stale}}" + TEXT
    report = check_page(Page("Karvenia", text, ""), today=date(2026, 11, 24))
    reasons = {each.check: each.reason for each in report.skipped}
    assert "{{bots|optout=redpencil-stale}}" in reasons["stale-as-of"]
    assert not any(each.failed for each in report.skipped)


@pytest.mark.parametrize(
    "mark",
    [
        "{{nobots}}",
        "{{bots|deny=all}}",
        "{{Bots | deny = OtherBot, Redpencil }}",
        "{{bots|optout=all}}",
        "{{bots|allow=none}}",
    ],
)
def test_a_page_that_wants_no_bot_is_not_looked_at(mark):
    report = check_page(Page("Karvenia", mark + TEXT, ""), today=date(2026, 11, 24))
    assert report.findings == ()
    (skipped,) = report.skipped
    assert skipped.check == "all"
    assert skipped.reason == f"the page asks bots to stay away with {mark}"


@pytest.mark.parametrize("mark", ["{{bots|deny=OtherBot}}", "{{bots|allow=OtherBot}}", "{{bots}}"])
def test_whether_an_account_is_meant_is_asked_before_an_edit(mark):
    assert found(mark) == {"stale-as-of", "stale-future"}


def test_opting_out_of_one_check_is_no_refusal_of_the_bot():
    assert refusal("{{bots|optout=redpencil-stale}}", "RedpencilBot") == ""
