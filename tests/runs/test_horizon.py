"""A look holds until its horizon: on no day before it would anything else be found."""

from __future__ import annotations

import operator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checker import check_page
from bot.model import Page
from bot.runs.horizon import Horizon

TODAY = date(2026, 11, 24)
DAYS = st.dates(date(2020, 1, 1), date(2033, 12, 31))
STRETCHES = st.integers(-4000, 4000).map(lambda days: timedelta(days=days))

COMPARISONS = st.sampled_from(
    [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
)
PARTS = st.sampled_from(
    [
        lambda day: day.year,
        lambda day: day.month,
        lambda day: day.day,
        lambda day: day.isoformat(),
        lambda day: f"{day:%B %Y}",
        lambda day: day.weekday(),
        lambda day: hash(day) == hash(TODAY),
        lambda day: day.replace(day=1) < TODAY,
        lambda day: day - TODAY,
        lambda day: TODAY - day,
        lambda day: min(day, TODAY) == TODAY,
        lambda day: day in (TODAY, TODAY + timedelta(3)),
    ]
)
QUESTIONS = st.one_of(
    PARTS,
    st.builds(lambda ask, other: lambda day: ask(day, other), COMPARISONS, DAYS),
    st.builds(lambda ask, other: lambda day: ask(other, day), COMPARISONS, DAYS),
    st.builds(
        lambda ask, by, other: lambda day: ask(day + by, other), COMPARISONS, STRETCHES, DAYS
    ),
    st.builds(lambda by, part: lambda day: part(day - by), STRETCHES, PARTS),
    st.builds(
        lambda ask, one, two: lambda day: ask(day - one, day + two),
        COMPARISONS,
        STRETCHES,
        STRETCHES,
    ),
)


@given(DAYS, st.lists(QUESTIONS, max_size=4), st.data())
def test_every_answer_is_the_same_until_the_horizon(day, questions, data):
    horizon = Horizon(day)
    answers = [ask(horizon) for ask in questions]
    assert answers == [ask(day) for ask in questions]
    last = min(horizon.until, day + timedelta(days=3000))
    assert last >= day
    later = data.draw(st.dates(day, last))
    assert [ask(later) for ask in questions] == answers


@pytest.mark.parametrize(
    ("ask", "until"),
    [
        (lambda day: None, date.max),
        (lambda day: date(2027, 1, 5) >= day, date(2027, 1, 5)),
        (lambda day: date(2027, 1, 5) > day, date(2027, 1, 4)),
        (lambda day: date(2026, 1, 5) > day, date.max),
        (lambda day: date(2021, 11, 26) < day - timedelta(days=1826), date(2026, 11, 26)),
        (lambda day: day.month, date(2026, 11, 30)),
        (lambda day: day.year - 3, date(2026, 12, 31)),
        (lambda day: day.day, TODAY),
        (lambda day: day == TODAY, TODAY),
        (lambda day: day == date(2026, 11, 26), date(2026, 11, 25)),
        (lambda day: day == date(2026, 11, 22), date.max),
    ],
)
def test_the_horizon_is_no_nearer_than_it_must_be(ask, until):
    horizon = Horizon(TODAY)
    ask(horizon)
    assert horizon.until == until
    horizon.forget()
    assert horizon.until == date.max


YEARS = st.integers(2010, 2034)
MONTHS = st.sampled_from("January March May August October December".split())
SENTENCES = st.one_of(
    st.builds("As of {}, the town has two schools.".format, YEARS),
    st.builds("As of {} {}, the town has two schools.".format, MONTHS, YEARS),
    st.builds("{{{{As of|{}|{}}}}}, the town has two schools.".format, YEARS, st.integers(1, 12)),
    st.builds("The bridge will open in {} {}.".format, MONTHS, YEARS),
    st.builds("The bridge is planned to be finished by {}.".format, YEARS),
    st.builds("The club is currently the champion of {}.".format, YEARS),
    st.builds("Since 2005, the town has been bidding for the games of {}.".format, YEARS),
    st.builds(
        "It is the 59th most peaceful country, according to the {} Global Peace Index.".format,
        YEARS,
    ),
    st.builds(
        "{{{{Update after|{}|{}|{}}}}}".format, YEARS, st.integers(1, 12), st.integers(1, 28)
    ),
    st.builds(
        "An upcoming film is to be released on {} {} {}.".format, st.integers(1, 28), MONTHS, YEARS
    ),
)
TEXTS = st.lists(SENTENCES, min_size=1, max_size=4).map(
    lambda sentences: "'''Karvenia''' is a country.\n\n== Now ==\n" + "\n\n".join(sentences)
)


@given(TEXTS, st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.data())
def test_no_finding_is_lost_by_not_looking_before_the_horizon(text, day, data):
    page = Page("Karvenia", text, "")
    horizon = Horizon(day)
    found = check_page(page, today=horizon).findings
    assert found == check_page(page, today=day).findings
    last = max(day, min(horizon.until, date(2040, 1, 1)))
    if last > day:
        later = data.draw(st.dates(day, last))
        assert check_page(page, today=later).findings == found
        assert check_page(page, today=last).findings == found


def test_looking_at_every_horizon_finds_all_that_looking_every_day_finds():
    page = Page(
        "Karvenia",
        "== Plans ==\nThe bridge will open in March 2027.\n\nAs of 2021, it has two schools.\n",
        "",
    )
    first, last = date(2026, 11, 24), date(2027, 12, 31)
    looks = {}
    day = first
    while day <= last:
        horizon = Horizon(day)
        looks[day] = check_page(page, today=horizon).findings
        day = horizon.until + timedelta(days=1) if horizon.until < last else last + timedelta(1)
    assert 1 < len(looks) < 20
    starts = [*looks, last + timedelta(days=1)]
    for start, end in pairwise(starts):
        day = start
        while day < end:
            assert check_page(page, today=day).findings == looks[start]
            day += timedelta(days=1)
