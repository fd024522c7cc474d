"""How much may be edited, counted over all the runs that the log knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

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
    assert now.reached("P") == "edited 2 times in 24 hours; again from 12:00 UTC"
    assert now.reached("Q") == now.reached() == ""
    clock.now += timedelta(hours=22, seconds=1)
    assert now.reached("P") == ""


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
