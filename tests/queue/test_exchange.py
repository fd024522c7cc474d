"""A queue comes back from its export whole, and joins another one without losing a decision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.queue import Queue, exchange
from bot.queue.proposals import Decision, State
from bot.store import Store
from tests.proposals import report


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite") as store:
        queue = Queue(store)
        queue.propose("w", "P", report("It was teh first. \u2028 A wierd one!\n"))
        decide(queue, 1, State.APPROVED)
        decide(queue, 2, State.REJECTED, "é")
        number = store.intend(
            wiki="w", page="P", account="Bot", base_revision=1, sha1="0", marker="m", detail={}
        )
        store.settle(number, "saved", revision=2)
        yield queue


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "other.sqlite") as store:
        yield Queue(store)


def decide(queue: Queue, number: int, state: State, reason: str = "") -> None:
    shown = queue.proposal(number)
    (verdict,) = queue.decide([Decision(number, shown.version, state, 0, (), reason)], "Ann")
    assert verdict.made


def test_an_empty_queue_takes_all_and_gives_the_same_lines(queue: Queue, other: Queue) -> None:
    lines = list(exchange.exported(queue.store))
    assert all(line.endswith("\n") and json.loads(line) for line in lines)
    done = exchange.imported(other.store, lines)
    assert (done.proposals, done.saves, done.kept) == (3, 1, 0)
    assert done.events == len(queue.store.events())
    assert list(exchange.exported(other.store)) == lines
    assert other.proposals() == queue.proposals()
    assert other.text(other.proposal(1)) == queue.text(queue.proposal(1))


def test_an_export_of_before_findings_were_known_again_is_taken(queue: Queue, other: Queue) -> None:
    older = [json.loads(line) for line in exchange.exported(queue.store)]
    for line in older:
        line.pop("page_id", None)
        line.pop("aliases", None)
    done = exchange.imported(other.store, map(json.dumps, older))
    assert done.proposals == 3
    assert other.proposals() == queue.proposals()


def test_importing_twice_adds_nothing(queue: Queue) -> None:
    lines = list(exchange.exported(queue.store))
    assert exchange.imported(queue.store, lines) == exchange.Imported(0, 0, 0, 0)
    assert list(exchange.exported(queue.store)) == lines


def test_decisions_made_elsewhere_come_in_and_those_made_here_stay(
    queue: Queue, other: Queue
) -> None:
    other.propose("v", "Other", report("teh."))
    other.propose("w", "P", report("It was teh first. \u2028 A wierd one!\n"))
    decide(other, 3, State.APPROVED)
    done = exchange.imported(other.store, exchange.exported(queue.store))
    assert (done.proposals, done.kept) == (0, 1)
    assert [p.state.value for p in other.proposals()] == [
        "pending",
        "approved",
        "approved",
        "pending",
    ]
    assert other.proposal(2).edits == queue.proposal(1).edits
    # The story of a proposal goes with it under the number it has here.
    assert [e.kind for e in other.store.events() if e.subject == "proposal 2"] == [
        "proposed",
        "proposed",
        "approved",
    ]


HEAD = '{"format": "redpencil-queue", "version": 1}\n'


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "empty"),
        (["no json\n"], "line 1 "),
        (["[]\n"], "line 1 "),
        (['{"row": "text"}\n'], "does not begin as one"),
        (['{"format": "redpencil-queue", "version": 2}\n'], "known is 1"),
        ([HEAD, '{"row": "sqlite_master"}\n'], "there is no 'sqlite_master'"),
        ([HEAD, '{"row": "event", "id": 1}\n'], "other fields"),
        ([HEAD, '{"row": "text", "sha1": "x"}\n'], "line 2 "),
        ([HEAD, "{}\n"], "line 2 "),
    ],
)
def test_what_is_no_export_is_refused_whole(queue: Queue, lines: list[str], message: str) -> None:
    before = list(exchange.exported(queue.store))
    with pytest.raises(UsageError, match=message):
        exchange.imported(queue.store, lines)
    assert list(exchange.exported(queue.store)) == before


def test_a_wrong_value_in_the_middle_undoes_what_came_before(queue: Queue, other: Queue) -> None:
    lines = list(exchange.exported(queue.store))
    wrong = json.loads(lines[2])
    wrong["state"] = "eaten"
    lines[2] = json.dumps(wrong)
    with pytest.raises(UsageError, match=r"line 3 .* nothing was imported"):
        exchange.imported(other.store, lines)
    assert list(exchange.exported(other.store)) == [lines[0]]


def test_what_could_be_undone_there_can_be_undone_here(queue: Queue, other: Queue) -> None:
    exchange.imported(other.store, exchange.exported(queue.store))
    (verdict,) = other.undo("Ann")
    assert (verdict.made, verdict.proposal.id) == (True, 2)
    (verdict,) = other.undo("Ann")
    assert (verdict.made, verdict.proposal.id) == (True, 1)
    assert other.undo("Ann") == []


def test_what_was_imported_last_is_undone_first_and_once(queue: Queue, other: Queue) -> None:
    other.propose("w", "Q", report("A tbd.\n"))
    decide(other, 1, State.REJECTED)
    lines = list(exchange.exported(queue.store))
    exchange.imported(other.store, lines)
    exchange.imported(other.store, lines)
    undone = []
    while verdicts := other.undo("Ann"):
        undone += [(verdict.made, verdict.proposal.page) for verdict in verdicts]
    assert undone == [(True, "P"), (True, "P"), (True, "Q")]
