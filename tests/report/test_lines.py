"""The summary as text for the morning's mail, and as JSON lines for programs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.queue.proposals import State
from bot.report import lines
from tests.report.standing import Hands, three_days


@pytest.fixture
def hands(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands
    hands.store.close()


def test_the_text_fits_a_mail(hands: Hands):
    assert "".join(lines.text(hands.summary())) == (
        "Redpencil, 2026-11-23 11:30 UTC\n"
        "\n"
        "6 proposals on 2 pages wait for a decision; 1 approved and not saved yet.\n"
        "Since 2026-11-18: 9 proposed, 2 approved, 1 rejected, 1 saved, 1 undone on the wiki.\n"
        "\n"
        "Needs a look\n"
        "  Café & <b> (refused on 2026-11-22): the page is protected\n"
        "  misspelt only reports: too few of its proposals were accepted.\n"
        "\n"
        "          waiting  approved  saved  rejected  accepted\n"
        "misspelt        5         1      1         1       50%\n"
        "shouting        1         0      0         0         –\n"
        "\n"
        "Waiting longest\n"
        '  3 days: Page, misspelt: "tbd" is no word (MOS:TYPO; certain)\n'
        "  3 days: Page, shouting: an article does not shout (MOS:TYPO; likely)\n"
        '  3 days: Page, misspelt: "asap" is no word (MOS:TYPO; certain)\n'
        '  1 day: Café & <b>, misspelt: "teh" is no word (MOS:TYPO; certain)\n'
        '  1 day: Café & <b>, misspelt: "wierd" is no word (MOS:TYPO; certain)\n'
    )


def test_an_empty_queue_is_told_in_two_lines(tmp_path: Path):
    told = "".join(lines.text(Hands(tmp_path).summary()))
    assert "Nothing waits for a decision.\n" in told
    assert "Needs a look" not in told


def test_what_would_command_a_terminal_is_shown(tmp_path: Path):
    hands = Hands(tmp_path)
    hands.propose("teh", "Bad\x1b[2J\u202e")
    told = "".join(lines.text(hands.summary()))
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_every_json_line_is_an_object_that_says_what_it_is(hands: Hands):
    found = [json.loads(line) for line in lines.json_lines(hands.summary())]
    kinds = [each["kind"] for each in found]
    assert kinds == ["summary"] + ["day"] * 6 + ["check"] * 2 + ["trouble"] + ["proposal"] * 6
    first = found[0]
    assert (first["version"], first["states"]["pending"], first["pages_waiting"]) == (1, 6, 2)
    assert set(first["states"]) == {state.value for state in State}
    assert first["happened"]["reverted"] == 1
    assert first["oldest_waiting"] == "2026-11-20T09:30:00+00:00"
    assert found[3] == {
        "kind": "day",
        "day": "2026-11-20",
        "proposed": 5,
        "approved": 0,
        "rejected": 0,
        "saved": 0,
        "reverted": 0,
        "waiting": 5,
    }
    assert found[9]["what"] == "refused"
    assert found[10]["mend"] == 'write "the"'


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0, "0 hours"), (1, "1 hour"), (47, "1 day"), (48, "2 days"), (-3, "0 hours")],
)
def test_ages(hours, told):
    assert lines.age(timedelta(hours=hours)) == told
