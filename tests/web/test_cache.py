"""What was looked up is kept as long as it holds, and no longer."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.web.cache import AGES, Cache, Outcome


class Calendar:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_has_its_age(tmp_path: Path, outcome: Outcome) -> None:
    calendar = Calendar()
    with Cache(tmp_path / "cache", clock=calendar) as kept:
        kept.keep("kind", "key", outcome, {"a": ["ü", None, 1.5]})
        calendar.now += AGES[outcome]
        entry = kept.recall("kind", "key")
        assert entry is not None
        assert (entry.outcome, entry.value) == (outcome, {"a": ["ü", None, 1.5]})
        calendar.now += timedelta(seconds=1)
        assert kept.recall("kind", "key") is None
        assert kept.recall("kind", "key", however_old=True) == entry
        assert kept.recall("other", "key") is None


def test_a_clock_that_was_put_back_makes_nothing_fresh_for_ever(tmp_path: Path) -> None:
    calendar = Calendar()
    with Cache(tmp_path / "cache", clock=calendar) as kept:
        kept.keep("kind", "key", Outcome.HIT, 1)
        calendar.now -= timedelta(days=400)
        assert kept.recall("kind", "key") is None


def test_old_things_are_forgotten_but_for_what_was_seen_of_links(tmp_path: Path) -> None:
    calendar = Calendar()
    with Cache(tmp_path / "cache", clock=calendar) as kept:
        for kind in ("captures", "link"):
            kept.keep(kind, "old", Outcome.MISS, 1)
        calendar.now += timedelta(days=8)
        kept.keep("captures", "new", Outcome.MISS, 1)
        assert kept.forget() == 1
        assert kept.recall("captures", "new") is not None
        assert kept.recall("link", "old", however_old=True) is not None


def test_it_lasts_and_is_shared(tmp_path: Path) -> None:
    with Cache(tmp_path / "folder" / "cache") as one, Cache(tmp_path / "folder" / "cache") as two:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: one.keep("kind", str(n), Outcome.HIT, n), range(200)))
        assert [two.recall("kind", str(n)).value for n in range(200)] == list(range(200))  # type: ignore[union-attr]


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes, which are quite long " * 100)
    with pytest.raises(StoreError, match="may be deleted"):
        Cache(file)
    assert file.read_text().startswith("my notes")
    newer = tmp_path / "newer"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="another version"):
        Cache(newer)
