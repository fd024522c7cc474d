"""A summary is counted from the queue and its log, and equals what a person would count."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.queue.learning import Made
from bot.queue.proposals import State
from bot.report.summary import Day
from tests.report.standing import FIRST, NOW, WIKI, Hands, three_days


@pytest.fixture
def hands(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands
    hands.store.close()


def test_every_state_is_counted(hands: Hands):
    found = hands.summary()
    assert {state: n for state, n in found.states.items() if n} == {
        State.PENDING: 6,
        State.APPROVED: 1,
        State.SAVED: 1,
        State.REJECTED: 1,
    }
    assert set(found.states) == set(State)
    assert found.pages == 2


def test_the_days_tell_what_happened_and_what_was_left(hands: Hands):
    assert hands.summary().days == (
        Day(date(2026, 11, 18)),
        Day(date(2026, 11, 19)),
        Day(date(2026, 11, 20), proposed=5, waiting=5),
        Day(date(2026, 11, 21), approved=1, rejected=1, saved=1, waiting=3),
        Day(date(2026, 11, 22), proposed=4, approved=1, reverted=1, waiting=6),
        Day(date(2026, 11, 23), waiting=6),
    )


def test_a_decision_that_was_taken_back_never_was(hands: Hands):
    number = next(each.number for each in hands.summary().waiting if each.mend)
    hands.moment = NOW
    for state in (State.REJECTED, State.APPROVED):
        before = hands.summary()
        hands.decide(number, state, who="Cleo")
        assert hands.summary().days[-1] != before.days[-1]
        hands.queue.undo("Cleo")
        assert hands.summary().days == before.days


def test_the_checks_are_told_with_what_people_made_of_them(hands: Hands):
    misspelt, shouting = hands.summary().checks
    assert (misspelt.name, shouting.name) == ("misspelt", "shouting")
    assert misspelt.made == {Made.ACCEPTED: 1, Made.REJECTED: 1, Made.REVERTED: 1}
    assert (misspelt.acceptance, misspelt.judged, misspelt.report_only) == (0.5, 2, True)
    assert (shouting.acceptance, shouting.judged, shouting.report_only) == (None, 0, False)
    assert hands.summary().report_only == ("misspelt",)


def test_what_waits_stands_in_the_order_of_its_pages_and_by_age(hands: Hands):
    found = hands.summary()
    assert [each.page for each in found.waiting] == ["Café & <b>"] * 3 + ["Page"] * 3
    assert [each.mend for each in found.waiting][:2] == ['write "the"', 'write "weird"']
    assert [each.page for each in found.oldest] == ["Page"] * 3 + ["Café & <b>"] * 3
    assert found.oldest[0].proposed == FIRST


def test_another_wiki_is_another_summary(hands: Hands):
    hands.propose("teh", "Elsewhere", wiki="other.example")
    assert hands.summary().states[State.PENDING] == 7
    assert hands.summary(WIKI).states[State.PENDING] == 6
    other = hands.summary("other.example")
    assert [each.page for each in other.waiting] == ["Elsewhere"]
    assert (other.total("proposed"), other.troubles) == (1, ())


def test_a_trouble_is_told_until_it_is_over(hands: Hands):
    (trouble,) = hands.summary().troubles
    assert (trouble.page, trouble.kind) == ("Café & <b>", "refused")
    approved = next(
        e.id for e in hands.queue.entries() if e.state is State.APPROVED and e.page == trouble.page
    )
    hands.queue.saved([approved], 9)
    assert hands.summary().troubles == ()


def test_a_conflict_is_a_trouble_until_the_page_was_checked_again(hands: Hands):
    number = hands.summary().waiting[-1].number
    (tbd,) = [e.id for e in hands.queue.entries() if e.id == number]
    hands.decide(5, State.APPROVED) if tbd != 5 else None
    hands.queue.conflict([5], "somebody changed it")
    assert "conflict" in [each.kind for each in hands.summary().troubles]
    hands.propose("teh wierd tbd! asap and more", revision=8)
    assert "conflict" not in [each.kind for each in hands.summary().troubles]


def test_an_edit_of_which_the_end_is_not_known_is_counted(hands: Hands):
    hands.store.intend(
        wiki=WIKI, page="Page", account="Bot", base_revision=1, sha1="", marker="rp-1", detail={}
    )
    assert hands.summary().unsettled == 1
    assert hands.summary("other.example").unsettled == 0


def test_an_empty_queue(tmp_path: Path):
    found = Hands(tmp_path).summary()
    assert (found.checks, found.waiting, found.troubles, found.last_checked) == ((), (), (), None)
    assert found.total("proposed") == found.pages == 0
    assert found.days[0].day == date(2026, 11, 18)


def test_a_clock_that_was_put_back_loses_nothing(tmp_path: Path):
    hands = Hands(tmp_path)
    hands.moment = NOW + timedelta(days=2)
    hands.propose("teh wierd")
    found = hands.summary()
    assert found.states[State.PENDING] == 2
    assert all(day.waiting == 0 for day in found.days)


@settings(max_examples=30)
@given(st.lists(st.sampled_from("pynuds"), max_size=25))
def test_what_waits_at_the_end_of_a_day_is_what_waited_then(tmp_path_factory, steps):
    """Whatever people do: the count of a day is the count that was taken on that day."""
    hands = Hands(tmp_path_factory.mktemp("queue"))
    counted = {}
    for number, step in enumerate(steps):
        waiting = hands.summary().waiting
        if step == "p":
            hands.propose("teh wierd", f"P{number}")
        elif step in "yn" and waiting:
            hands.decide(waiting[0].number, State.APPROVED if step == "y" else State.REJECTED)
        elif step == "u":
            hands.queue.undo("Ann")
        elif step == "s":
            approved = [e.id for e in hands.queue.entries() if e.state is State.APPROVED]
            hands.queue.saved(approved, 5)
        elif step == "d" and hands.moment < NOW - timedelta(days=1):
            hands.moment += timedelta(days=1)
        counted[hands.moment.date()] = hands.pending()
    days = {day.day: day.waiting for day in hands.summary().days}
    assert {day: days[day] for day in counted} == counted
    hands.store.close()
