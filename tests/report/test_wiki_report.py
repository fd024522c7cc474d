"""Where the report stands on its page, and how it is parted; the saving is in tests/live."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import fixes
from bot.errors import UsageError
from bot.model import Page
from bot.report import wiki_report
from bot.report.summary import summary
from bot.report.wiki_report import BEGIN, END
from tests.report.standing import NOW, SINCE, Hands, three_days

TITLE = "User:Bot/Reports"
WORDS = st.lists(
    st.sampled_from(["a", "\n", "== b ==", "<!--", "-->", "{{c}}", " ", "<!-- d -->"]), max_size=12
).map("".join)


def placed(text: str, report: str) -> str:
    """The page's text after the report was put there."""
    edit = wiki_report.placed(Page(TITLE, text, ""), report)
    return text if edit is None else fixes.apply(text, [edit])


@given(WORDS, WORDS, WORDS, WORDS)
def test_what_people_wrote_around_it_stays(above, below, old, new):
    now = placed(f"{above}{BEGIN}{old}{END}{below}", f"report{new}")
    assert now.startswith(f"{above}{BEGIN}\n\nreport")
    assert now.endswith(f"\n\n{END}{below}")
    assert placed(now, f"report{new}") == now


def test_only_what_differs_is_edited():
    text = wiki_report.whole("one\ntwo\nthree")
    edit = wiki_report.placed(Page(TITLE, text, ""), "one\n2\nthree")
    assert edit is not None
    assert (edit.old, edit.new) == ("two", "2")
    assert wiki_report.placed(Page(TITLE, text, ""), "one\ntwo\nthree\n") is None


def test_people_may_change_the_words_of_the_comments():
    begin, end = "<!-- redpencil: begin here, thanks -->", "<!-- redpencil: end. -->"
    assert placed(f"A {begin} old {end} B", "new") == f"A {begin}\n\nnew\n\n{end} B"


@pytest.mark.parametrize(
    "text",
    [
        "words",
        BEGIN,
        END,
        f"{END}{BEGIN}",
        f"{BEGIN}{END}{END}",
        f"{BEGIN}{BEGIN}{END}",
        "{{nobots}}",
    ],
)
def test_a_page_without_one_place_is_left_alone(text):
    with pytest.raises(UsageError, match="left alone") as raised:
        wiki_report.placed(Page(TITLE, text, ""), "new")
    assert BEGIN in str(raised.value), "it says what to write there"


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_page_is_filled(text):
    assert placed(text, "new") == f"{BEGIN}\n\nnew\n\n{END}"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("Reports", "User:Bot/Reports"),
        ("Reports/Nightly_run", "User:Bot/Reports/Nightly run"),
        ("User:Bot/Reports", "User:Bot/Reports"),
        ("Benutzer:Bot/Reports", "Benutzer:Bot/Reports"),
        ("Nonstop", "User:Bot/Nonstop"),
    ],
)
def test_titles(page, title):
    assert wiki_report.title_of(page, "Bot") == title


@pytest.mark.parametrize(
    "page",
    ["", "/", "User:Ann/Reports", "Main:Page", "A|B", "A#b", "stop", "Reports/stop", "a.css"],
)
def test_no_titles(page):
    with pytest.raises(UsageError):
        wiki_report.title_of(page, "Bot")


def long(folder: Path) -> Hands:
    hands = Hands(folder)
    for number in range(40):
        hands.propose("teh wierd tbd " * (10 if number == 7 else 1), f"Page {number:02}")
    return hands


@pytest.mark.parametrize("longest", [2_500, 4_000, 10**9])
def test_a_long_report_is_parted_between_pages(tmp_path: Path, longest: int):
    hands = long(tmp_path)
    parts = wiki_report.render(hands.summary(), TITLE, longest)
    hands.store.close()
    assert (len(parts) == 1) is (longest > 10_000)
    assert all(len(part.encode()) <= longest for part in parts[1:])
    everything = "".join(parts)
    waiting = [line for line in everything.splitlines() if line.startswith("* '''")]
    shown = sum(map(int, re.findall(r"(\d+) proposals? more", everything)))
    assert len(waiting) + shown == 39 * 3 + 30
    assert len(parts) <= wiki_report.MOST_PARTS
    for number, part in enumerate(parts, 1):
        links = re.findall(r"\[\[User:Bot/Reports(?:/(\d+))?\|\d+\]\]", part)
        assert len(links) == len(parts) - 1
        assert str(number) not in links


def test_nothing_in_it_depends_on_the_day(tmp_path: Path):
    hands = three_days(tmp_path)
    first = wiki_report.render(hands.summary(), TITLE)
    later = summary(
        hands.queue,
        SINCE + timedelta(days=90),
        NOW + timedelta(days=90),
        decisions=2,
        acceptance=0.6,
    )
    hands.store.close()
    assert wiki_report.render(later, TITLE) == first
