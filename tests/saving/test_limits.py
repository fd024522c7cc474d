"""How much may be edited, counted over all the runs that the log knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.checker import check_page
from bot.model import Page
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.saving.limits import Limits
from bot.saving.policy import Policy
from bot.store import Store

WIKI = "wiki.example"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite", clock) as opened:
        yield opened


def limits(store: Store, policy: Policy, pauses: list[float]) -> Limits:
    return Limits(policy, store, WIKI, sleep=pauses.append, tell=lambda sentence: None)


def test_a_page_is_edited_so_many_times_in_24_hours(store: Store, clock: Clock) -> None:
    now = limits(store, Policy(per_page=2), [])
    for _ in range(2):
        assert now.reached("P") == ""
        store.record("saved", wiki=WIKI, page="P")
        clock.now += timedelta(hours=1)
    assert now.reached("P") == "edited 2 times in 24 hours; again from 2026-11-24 12:00 UTC"
    assert now.reached("Q") == now.reached() == ""
    clock.now += timedelta(hours=22, seconds=1)
    assert now.reached("P") == ""


def test_an_edit_counts_once_however_many_proposals_it_carries(store: Store) -> None:
    queue = Queue(store)
    text = "A [[OSCE]]. As of 2014, it has 41 embassies. It will open in 2016.\n"
    page = Page("P", text, f"https://{WIKI}/wiki/P", revision=1)
    report = check_page(page, today=date(2026, 11, 23))
    new = queue.propose(WIKI, "P", report).new
    assert len(new) > 1
    queue.decide([Decision(number, 1, State.APPROVED, fix=0) for number in new], "Ann")
    store.record("saved", wiki=WIKI, page="P", subject="1")
    queue.saved(new, 2)
    now = limits(store, Policy(per_page=2), [])
    assert now.reached("P") == ""
    store.record("saved", wiki=WIKI, page="P", subject="2")
    assert "edited 2 times in 24 hours" in now.reached("P")


def test_a_run_edits_so_many_times(store: Store) -> None:
    now = limits(store, Policy(per_run=2), [])
    assert now.reached() == ""
    now.made += 2
    assert now.reached("P") == "2 edits were made in this run; start another one"


def test_a_minute_has_so_many_edits(store: Store, clock: Clock) -> None:
    pauses: list[float] = []
    now = limits(store, Policy(per_minute=2), pauses)
    for _ in range(2):
        now.wait()
        store.record("intended", wiki=WIKI)
        clock.now += timedelta(seconds=10)
    now.wait()
    assert pauses == [40.0]
    clock.now += timedelta(seconds=41)
    now.wait()
    assert pauses == [40.0]
