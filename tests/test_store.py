"""The store keeps what it acknowledged, and says clearly when it cannot."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import store
from bot.errors import StoreError
from bot.store import Store

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
INTENT = {
    "wiki": "w",
    "page": "P",
    "account": "Bot",
    "base_revision": 7,
    "sha1": "0" * 40,
    "marker": "m1",
    "detail": {"findings": ["é"]},
}


@pytest.fixture
def opened(tmp_path: Path):
    with Store(tmp_path / "queue.sqlite", clock=lambda: MOMENT) as one:
        yield one


def test_a_save_is_intended_then_settled_once(opened: Store) -> None:
    number = opened.intend(**INTENT)
    (save,) = opened.saves(state="intended")
    assert (save.id, save.page, save.base_revision, save.detail) == (
        number,
        "P",
        7,
        {"findings": ["é"]},
    )
    opened.settle(number, "saved", revision=8)
    opened.settle(number, "not saved", why="too late")
    assert opened.saves(state="intended") == []
    assert opened.saves()[0].revision == 8
    assert [(e.kind, e.at, e.who) for e in opened.events(page="P")] == [
        ("intended", MOMENT, "Bot"),
        ("saved", MOMENT, "Bot"),
    ]


def test_the_log_cannot_be_changed(opened: Store) -> None:
    opened.record("said", page="P", why="because", detail={"a": 1})
    for change in ("UPDATE event SET who = 'x'", "DELETE FROM event"):
        with pytest.raises(StoreError, match="append-only"), opened.transaction() as connection:
            connection.execute(change)
    assert opened.events()[0].why == "because"


def test_two_processes_share_a_file(opened: Store) -> None:
    program = (
        "import sys; from bot.store import Store\n"
        "with Store(sys.argv[1]) as s:\n"
        "    for n in range(50): s.record('theirs', subject=str(n))"
    )
    other = subprocess.Popen([sys.executable, "-c", program, str(opened.path)])
    for number in range(50):
        opened.record("ours", subject=str(number))
    assert other.wait() == 0
    assert len(opened.events()) == 100


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    program = (
        "import sys, os, signal; from bot.store import Store\n"
        "s = Store(sys.argv[1])\n"
        "for n in range(20): s.record('said', subject=str(n)); print(n, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "queue.sqlite"
    run = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert len(run.stdout.split()) == 20
    with Store(path) as again:
        assert [e.subject for e in again.events()] == run.stdout.split()


@pytest.mark.parametrize("version", range(len(store.STEPS) + 1))
def test_every_older_version_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    path = tmp_path / "queue.sqlite"
    old = sqlite3.connect(path)
    for number, step in enumerate(store.STEPS[:version], 1):
        step(old)
        old.execute(f"PRAGMA user_version = {number}")
    old.commit()
    old.close()
    with Store(path) as one:
        one.record("works")
        assert len(one.events()) == 1


def test_a_step_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "queue.sqlite"
    Store(path).close()

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (a)")
        connection.execute("CREATE TABLE event (a)")

    monkeypatch.setattr(store, "STEPS", (*store.STEPS, broken))
    with pytest.raises(StoreError, match="already exists"):
        Store(path)
    monkeypatch.undo()
    with Store(path) as one, one.transaction() as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name='half'").fetchall()


def test_a_newer_file_is_refused_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    with pytest.raises(StoreError, match="newer Redpencil"):
        Store(path)


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="damaged"):
        Store(path)
    assert path.read_bytes().startswith(b"this is no")


def test_a_locked_file_is_said_to_be_in_use(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with opened.transaction(), pytest.raises(StoreError, match="in use by another process"):
        Store(opened.path)


def test_a_full_disk_loses_nothing(opened: Store) -> None:
    opened.record("before")
    opened._connection.execute("PRAGMA max_page_count = 20")
    fitted = 0
    with pytest.raises(StoreError, match="disk is full"):  # noqa: PT012 - which one, is open
        for _ in range(200):
            opened.record("more", detail={"a": "x" * 5000})
            fitted += 1
    opened._connection.execute("PRAGMA max_page_count = 100000")
    assert len(opened.events()) == 1 + fitted
    opened.record("after")
    assert opened.events()[-1].kind == "after"
