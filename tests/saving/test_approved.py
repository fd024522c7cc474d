"""What is approved goes into its file whole or not at all, and the queue knows how it ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.checker import check_page
from bot.cli import main
from bot.model import Edit, Page
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.queue.proposing import identity, propose
from bot.saving import approved, outcomes
from bot.saving.approved import Batch, Written
from bot.saving.outcomes import Conflict, GivenUp, Reason, Refused, Saved, Unchanged
from bot.store import Store
from tests.proposals import OPTIONS, TODAY

TEXT = "Lead.\n\n== A ==\nIt was teh first!\n\n== B ==\nA wierd one.\n"


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite") as store:
        yield Queue(store)


def proposed(queue: Queue, file: Path, text: str = TEXT, **options: Any) -> None:
    """A file with this text, proposed; everything in it approved."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())
    page = Page("the title does not matter", text, str(file))
    list(propose(queue, [check_page(page, **(options or OPTIONS))]))
    queue.decide(
        [
            Decision(entry.id, entry.version, State.APPROVED, 0)
            for entry in queue.entries()
            if entry.state is State.PENDING
        ],
        "Ann",
    )


def only(queue: Queue) -> Batch:
    (batch,) = approved.batches(queue)
    return batch


def states(queue: Queue) -> list[str]:
    return [entry.state.value for entry in queue.entries()]


def test_a_page_is_saved_at_once(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "wiki" / "A page.wiki"
    proposed(queue, file)
    file.chmod(0o640)
    batch = only(queue)
    assert batch.file == file
    outcome = approved.written(batch, **OPTIONS)
    assert outcome == Written("A page.wiki")
    assert file.read_text() == TEXT.replace("teh", "the").replace("!", ".").replace("wie", "wei")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["A page.wiki"]
    approved.settle(queue, batch, outcome, "Ann")
    assert states(queue) == ["saved"] * 3
    assert list(approved.batches(queue)) == []
    assert [e.kind for e in queue.store.events()][-3:] == ["saved"] * 3


def test_simulating_writes_nothing(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file)
    batch = only(queue)
    outcome = approved.written(batch, simulate=True, **OPTIONS)
    assert isinstance(outcome, outcomes.Simulated)
    assert "the first." in outcome.text
    assert file.read_text() == TEXT
    approved.settle(queue, batch, outcome, "Ann")
    assert states(queue) == ["approved"] * 3


@pytest.mark.parametrize("now", [TEXT.replace("first!", "first?"), TEXT.replace("teh", "the"), ""])
def test_a_simulation_leaves_every_approval_as_it_is(
    queue: Queue, tmp_path: Path, now: str
) -> None:
    file = tmp_path / "Page.wiki"
    proposed(queue, file)
    file.write_text(now)
    before = queue.proposals(), len(queue.store.events())
    CliRunner().invoke(main, ["save", "--simulate", "--queue", str(queue.store.path)])
    assert (queue.proposals(), len(queue.store.events())) == before
    assert file.read_text() == now


def test_what_was_written_just_before_a_crash_is_not_written_twice(
    queue: Queue, tmp_path: Path
) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file)
    batch = only(queue)
    assert isinstance(approved.written(batch, **OPTIONS), Written)
    before = file.stat().st_mtime_ns
    outcome = approved.written(batch, **OPTIONS)
    assert isinstance(outcome, Unchanged)
    assert file.stat().st_mtime_ns == before
    approved.settle(queue, batch, outcome, "Ann")
    assert states(queue) == ["saved"] * 3


def test_edits_by_others_elsewhere_are_kept(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file)
    file.write_text("A new lead.\n\n" + TEXT.removeprefix("Lead.\n\n"))
    assert isinstance(approved.written(only(queue), **OPTIONS), Written)
    assert file.read_text().startswith("A new lead.\n\n== A ==\nIt was the first.")


def test_edits_by_others_in_the_same_section_are_a_conflict(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file)
    theirs = TEXT.replace("It was", "It surely was")
    file.write_text(theirs)
    batch = only(queue)
    outcome = approved.written(batch, **OPTIONS)
    assert isinstance(outcome, Conflict)
    assert "was changed" in outcome.why
    assert file.read_text() == theirs
    approved.settle(queue, batch, outcome, "Ann")
    assert states(queue) == ["conflict"] * 3
    file.unlink()
    assert isinstance(approved.written(batch, **OPTIONS), Conflict)


def test_a_file_that_cannot_be_used_is_left_alone(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file)
    batch = only(queue)
    file.write_bytes(b"\xff")
    outcome = approved.written(batch, **OPTIONS)
    assert isinstance(outcome, Refused)
    assert "not UTF-8" in outcome.message
    assert file.read_bytes() == b"\xff"
    approved.settle(queue, batch, outcome, "Ann")
    assert states(queue) == ["approved"] * 3
    assert "not UTF-8" in queue.store.events()[-1].why


def test_a_result_that_would_not_be_good_is_not_written(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file, "It was teh {{x}}.")
    (entry,) = queue.entries()
    own = (Edit(7, "teh {{", "the! {{"),)
    queue.decide([Decision(entry.id, entry.version, State.APPROVED, 0, own)], "Ann")
    outcome = approved.written(only(queue), **OPTIONS)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.NOT_GOOD
    assert "shouting would be new" in outcome.message
    assert file.read_text() == "It was teh {{x}}."


def test_mends_that_touch_wait_for_the_next_time(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    proposed(queue, file, "Oh teh!")
    batch = only(queue)
    assert len(batch.proposals) == len(batch.left) == 1
    approved.settle(queue, batch, approved.written(batch, **OPTIONS), "Ann")
    assert sorted(states(queue)) == ["approved", "saved"]


def test_what_another_mend_has_made_right_is_not_mended_again(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    listed = "* [[United Nations]]\n* [[OSCE]]\n* [[Council of Europe]]\n"
    prose = "It is a member of the [[United Nations]], [[OSCE]] and [[Council of Europe]].\n"
    later = "\n=== Wars ===\nThe [[OSCE]] sent observers.\n"
    text = f"== Relations ==\n=== Seats ===\n{prose}{listed}{later}"
    proposed(queue, file, text, today=TODAY)
    batch = only(queue)
    assert [each.finding.check for each in batch.proposals] == ["duplicate-membership"]
    assert [each.finding.check for each in batch.left] == ["duplicate-link"]
    approved.settle(queue, batch, approved.written(batch, today=TODAY), "Ann")
    saved = file.read_text()
    assert saved == f"== Relations ==\n=== Seats ===\n{listed}{later}"
    outcome = approved.written(only(queue), today=TODAY)
    assert isinstance(outcome, Conflict)
    assert outcome.why == "duplicate-link is not found there any more"
    assert file.read_text() == saved


def test_what_waits_beside_what_is_saved_is_told(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "P.wiki"
    text = (
        "It joined the [[OSCE]], the [[United Nations]] and the"
        " [[Organization for Security and Co-operation in Europe]].\n"
    )
    proposed(queue, file, text, today=TODAY)
    assert states(queue) == ["approved", "approved"]
    command = ["save", "--queue", str(queue.store.path)]
    told = CliRunner().invoke(main, command, catch_exceptions=False)
    written, waits = told.stdout.splitlines()
    assert written == "P.wiki: written"
    assert waits.startswith("1 more is approved and waits: it does not go together with another")
    assert file.read_text() == text.replace("the [[OSCE]], ", "")
    assert "Nothing is approved" not in CliRunner().invoke(main, command).stdout
    assert sorted(states(queue)) == ["conflict", "saved"]
    assert "Nothing is approved" in CliRunner().invoke(main, command).stdout


def test_every_outcome_is_told_to_the_queue(queue: Queue, tmp_path: Path) -> None:
    for outcome, expected in [
        (Saved("P", 1, 8), "saved"),
        (Unchanged("P", 8), "saved"),
        (Conflict("P", "", None, None, "gone"), "conflict"),
        (Refused("P", Reason.UNWANTED, "a filter"), "approved"),
        (GivenUp("P", "down"), "approved"),
    ]:
        name = hashlib.sha1(repr(outcome).encode()).hexdigest()[:8]
        proposed(queue, tmp_path / f"{name}.wiki", "teh.")
        (batch,) = [b for b in approved.batches(queue) if b.page.title == f"{name}.wiki"]
        approved.settle(queue, batch, outcome, "Ann")
        assert queue.proposal(batch.proposals[0].id).state.value == expected


@pytest.mark.parametrize(
    ("source", "title", "expected"),
    [
        ("https://en.wikipedia.org/wiki/A_B", "A B", ("en.wikipedia.org", "A B")),
        ("http://127.0.0.1:8080/index.php/A", "A", ("127.0.0.1:8080", "A")),
        ("https://h.org/sub/index.php?title=A", "A", ("h.org/sub", "A")),
        ("https://h.org/sub/wiki/A", "A", ("h.org/sub", "A")),
    ],
)
def test_a_page_of_a_wiki_has_a_name(source: str, title: str, expected: tuple[str, str]) -> None:
    assert identity(Page(title, "", source, 1)) == expected


def test_a_file_is_found_again_whatever_its_name(queue: Queue, tmp_path: Path) -> None:
    file = tmp_path / "sub folder #1 %41" / "AC%2FDC é.wiki"
    proposed(queue, file, "teh.")
    assert only(queue).file == file
    assert isinstance(approved.written(only(queue), **OPTIONS), Written)
    assert file.read_text() == "the."
