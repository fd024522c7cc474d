"""Trust is counted from what people decided, and is given back only by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.queue import Queue, learning
from bot.queue.learning import Made
from bot.queue.proposals import Decision, Selection, State
from bot.store import Store
from tests.proposals import report

RULE: dict[str, Any] = {"decisions": 4, "acceptance": 0.5}


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite") as store:
        yield Queue(store)


def decide(queue: Queue, answers: str, reason: str = "") -> None:
    """Propose as many findings as there are answers (y, n, e), and give these."""
    first = len(queue.entries())
    text = "".join(f"{first + n} teh.\n" for n in range(len(answers)))
    queue.propose("w", f"P{first}", report(text))
    entries = queue.entries(Selection(page=f"P{first}"))
    for entry, answer in zip(entries, answers, strict=True):
        edits = ()
        if answer == "e":
            edits = (queue.proposal(entry.id).finding.fixes[0].edits[0]._replace(new="a"),)
        state = State.REJECTED if answer == "n" else State.APPROVED
        queue.decide([Decision(entry.id, entry.version, state, 0, edits, reason)], "Ann")


def only(queue: Queue, **rule: Any) -> learning.Record:
    (record,) = learning.records(queue.store, **{**RULE, **rule})
    return record


def test_decisions_are_counted_as_they_stand(queue: Queue) -> None:
    decide(queue, "yyen", "not wrong")
    queue.undo("Ann")
    decide(queue, "nn", "not wrong")
    record = only(queue)
    assert {made: count for made, count in record.made.items() if count} == {
        Made.ACCEPTED: 2,
        Made.EDITED: 1,
        Made.REJECTED: 2,
    }
    assert record.reasons["not wrong"] == 3
    assert record.acceptance == 0.5


def test_an_undone_second_thought_leaves_the_first(queue: Queue) -> None:
    decide(queue, "y")
    shown = queue.proposal(1)
    queue.decide([Decision(1, shown.version, State.REJECTED)], "Bob")
    assert only(queue).made[Made.REJECTED] == 1
    queue.undo("Bob")
    assert dict(only(queue).made) == {Made.ACCEPTED: 1}


def test_a_newer_revision_does_not_unmake_what_people_thought(queue: Queue) -> None:
    decide(queue, "y")
    queue.propose("w", "P0", report("0 teh\tother.", 2))
    assert only(queue).made[Made.ACCEPTED] == 1


def test_a_check_that_is_seldom_accepted_only_reports(queue: Queue) -> None:
    decide(queue, "yynn")
    assert not only(queue).report_only  # just the share that is asked for
    decide(queue, "n")
    record = only(queue)
    assert record.report_only
    assert record.last == (Made.ACCEPTED, Made.REJECTED, Made.REJECTED, Made.REJECTED)
    assert "accepted 1 of its last 4" in learning.sentence(record)


def test_too_few_decisions_judge_nothing(queue: Queue) -> None:
    decide(queue, "nnn")
    assert not only(queue).report_only
    assert only(queue, decisions=3).report_only


def test_the_log_hears_of_it_once_and_again_after_new_trust(queue: Queue) -> None:
    decide(queue, "nnnn")
    for _ in range(2):
        assert [r.check for r in learning.judge(queue.store, **RULE)] == ["misspelt"]
    learning.trust(queue.store, "misspelt", "Ann")
    assert learning.judge(queue.store, **RULE) == []
    assert only(queue).last == ()
    decide(queue, "nnn")
    assert learning.judge(queue.store, **RULE) == []
    decide(queue, "n")
    assert len(learning.judge(queue.store, **RULE)) == 1
    kinds = [e.kind for e in queue.store.events() if e.kind in ("report-only", "trusted")]
    assert kinds == ["report-only", "trusted", "report-only"]


def test_what_is_undone_on_the_wiki_was_not_accepted(queue: Queue) -> None:
    decide(queue, "yyyy")
    for number in (1, 2, 3):
        queue.saved([number], 10 + number)
    asked: list[tuple[str, list[int]]] = []

    def reverted(wiki: str, revisions: Any) -> dict[int, str]:
        asked.append((wiki, list(revisions)))
        return {11: "undone by Eve: no", 12: "undone by Eve: no"}

    assert learning.look_up_reverts(queue, reverted) == 2
    assert learning.look_up_reverts(queue, reverted) == 0
    assert asked[0] == ("w", [11, 12, 13])
    record = only(queue)
    assert (record.made[Made.ACCEPTED], record.made[Made.REVERTED], record.saved) == (2, 2, 3)
    told = [e for e in queue.store.events() if e.kind == "reverted"]
    assert [e.why for e in told] == ["undone by Eve: no"] * 2


HISTORY = [
    {"revid": 10, "sha1": "before"},
    {"revid": 11, "sha1": "ours"},
    {"revid": 12, "sha1": "other", "user": "Bob"},
]


@pytest.mark.parametrize(
    ("tags", "later", "expected"),
    [
        ([], [], {}),
        (
            [],
            [{"revid": 13, "sha1": "before", "user": "Eve", "comment": "Undid\nit"}],
            {11: "undone by Eve: Undid it"},
        ),
        ([], [{"revid": 13, "sha1": "before"}], {11: "undone by somebody"}),
        (["mw-reverted"], [], {11: "undone on the wiki"}),
    ],
)
def test_reverts_are_told_by_tag_or_by_the_text(
    tags: list[str], later: list[dict[str, Any]], expected: dict[int, str]
) -> None:
    def request(**asked: Any) -> dict[str, Any]:
        if "revids" in asked:
            if asked["revids"] == [99]:
                return {"query": {"badrevids": {"99": {}}}}
            own = {"revid": 11, "parentid": 10, "tags": tags}
            return {"query": {"pages": [{"pageid": 5, "revisions": [own]}]}}
        assert (asked["pageids"], asked["rvstartid"], asked["rvdir"]) == ([5], 10, "newer")
        return {"query": {"pages": [{"pageid": 5, "revisions": [*HISTORY, *later]}]}}

    assert learning.reverted_revisions(request, [11, 99]) == expected


def test_as_json_it_says_all(queue: Queue) -> None:
    decide(queue, "yn", "a name")
    found = learning.records(queue.store, **RULE)
    assert learning.as_json(found, **RULE) == {
        "version": 1,
        "decisions": 4,
        "acceptance": 0.5,
        "checks": [
            {
                "check": "misspelt",
                "accepted": 1,
                "edited": 0,
                "rejected": 1,
                "reverted": 0,
                "saved": 0,
                "reasons": [{"reason": "a name", "count": 1}],
                "last": ["accepted", "rejected"],
                "share": 0.5,
                "report_only": False,
            }
        ],
    }
