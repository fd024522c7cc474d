"""What came of look-ups stays in the queue when a later run does not look anything up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot import checks
from bot.checker import check_page
from bot.facts import wanted_sources
from bot.model import Facts, Fate, Kept, Page, Report
from bot.queue import Queue
from bot.queue.proposals import Decision, Proposal, State
from bot.store import Store

URL = "http://herald.example/story"
TEXT = f"The harbour.<ref>{{{{cite web |url={URL} |title=Story}}}}</ref> It is deep.\n"
KEPT = Kept("Ours", f"https://web.archive.org/web/20140611120000/{URL}", date(2014, 6, 11), "seen")
LIVE = {URL: Fate("live", "it bears the cited title")}


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    with Store(tmp_path / "queue.sqlite", clock=lambda: moment) as store:
        yield Queue(store)


def reported(text: str, facts: Facts | None = None, revision: int = 1) -> Report:
    only = [each for each in checks.load() if each.name == "archive-missing"]
    page = Page("P", text, "w", revision)
    return check_page(page, today=date(2026, 11, 23), only=only, facts=facts or Facts())


def looked_up(text: str) -> Facts:
    return Facts(kept=dict.fromkeys(wanted_sources(text)[0], KEPT), fates=LIVE, looked_up=True)


def only(queue: Queue) -> Proposal:
    (found,) = queue.proposals()
    return found


def mended(queue: Queue) -> bool:
    proposal = only(queue)
    return "archive-url" in str(proposal.finding.fixes) and queue.text(proposal) != ""


def approved(queue: Queue) -> Proposal:
    proposal = only(queue)
    decision = Decision(proposal.id, proposal.version, State.APPROVED, fix=0)
    (verdict,) = queue.decide([decision], "Ann")
    return verdict.proposal


def test_a_plain_run_leaves_what_was_looked_up(queue: Queue) -> None:
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    before = only(queue)
    done = queue.propose("w", "P", reported(TEXT))
    assert (done.kept, done.new, done.obsolete) == ((before.id,), (), ())
    assert only(queue) == before


def test_also_what_was_approved_and_where_the_page_moved_on(queue: Queue) -> None:
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    approved(queue)
    newer = "A new lead.\n\n" + TEXT
    queue.propose("w", "P", reported(newer, revision=2))
    proposal = only(queue)
    assert (proposal.state, proposal.revision) == (State.APPROVED, 2)
    assert all(newer.startswith(edit.old, edit.start) for edit in proposal.edits)
    assert newer[proposal.edits[0].start - len(URL) :].startswith(URL)


def test_an_archive_that_did_not_answer_takes_nothing_back(queue: Queue) -> None:
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    queue.propose("w", "P", reported(TEXT, Facts(fates=LIVE)))
    assert mended(queue)


def test_a_conflict_is_asked_again_with_what_was_looked_up(queue: Queue) -> None:
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    proposal = approved(queue)
    queue.conflict([proposal.id], "somebody was faster")
    queue.propose("w", "P", reported(TEXT))
    assert (only(queue).state, mended(queue)) == (State.PENDING, True)


def test_a_run_that_looks_up_says_what_is_so_now(queue: Queue) -> None:
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    lost = Facts(lost=frozenset(looked_up(TEXT).kept), fates=LIVE, looked_up=True)
    queue.propose("w", "P", reported(TEXT, lost))
    assert only(queue).finding.fixes == ()
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    assert mended(queue)


def test_what_is_gone_from_the_page_is_obsolete_all_the_same(queue: Queue) -> None:
    queue.propose("w", "P", reported(TEXT, looked_up(TEXT)))
    done = queue.propose("w", "P", replace(reported("Nothing.", revision=2)))
    assert len(done.obsolete) == 1
