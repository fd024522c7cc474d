"""The queue stores a finding once, keeps what still stands, and loses no decision."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot import fixes
from bot import store as store_module
from bot.checker import check_page
from bot.errors import StoreError, UsageError
from bot.model import Edit, Facts, Page, Report, Safety, Skipped
from bot.queue import Queue
from bot.queue.proposals import Decision, Proposal, Proposed, Selection, State
from bot.store import STEPS, Store
from tests.proposals import TODAY, report

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXT = "Lead.\n\n== History ==\nIt was teh first. A wierd one!\n\n== Future ==\nDone asap.\n"


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite", clock=lambda: MOMENT) as store:
        yield Queue(store)


def states(queue: Queue) -> list[tuple[str, str, State]]:
    return [
        (each.check, each.message.split('"')[1] if '"' in each.message else "!", each.state)
        for each in queue.entries()
    ]


def one(queue: Queue, word: str) -> Proposal:
    (found,) = [p for p in queue.proposals() if word in p.finding.message]
    return found


def one_of(queue: Queue, state: State) -> Proposal:
    return queue.proposals(Selection(states=[state]))[0]


def test_a_save_settled_just_before_a_crash_is_known_afterwards(queue: Queue) -> None:
    queue.propose("w", "P", report("teh.", 1))
    proposal = approve(queue, one(queue, "teh"))
    number = queue.store.intend(
        wiki="w",
        page="P",
        account="Bot",
        base_revision=1,
        sha1="0",
        marker="m",
        detail={"proposals": [proposal.id]},
    )
    queue.reconcile()
    assert one(queue, "teh").state is State.APPROVED
    queue.store.settle(number, "saved", revision=2)
    queue.reconcile()
    assert one(queue, "teh").state is State.SAVED
    queue.reconcile()
    assert [e.kind for e in queue.store.events()].count("saved") == 2


def test_the_log_tells_the_story_of_a_page(queue: Queue) -> None:
    queue.propose("w", "P", report("teh.", 1))
    approve(queue, one(queue, "teh"))
    queue.undo("Ann")
    reject(queue, one(queue, "teh"), "a name", who="Bob")
    story = [(e.kind, e.subject, e.who, e.why) for e in queue.store.events(page="P")]
    assert story == [
        ("proposed", "proposal 1", "", ""),
        ("checked", "", "", ""),
        ("approved", "proposal 1", "Ann", ""),
        ("undone", "proposal 1", "Ann", ""),
        ("rejected", "proposal 1", "Bob", "a name"),
    ]
    approved = queue.store.events(page="P")[2]
    assert approved.detail["edits"] == [[0, "teh", "the"]]


def test_a_damaged_file_says_so_and_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    with Store(path) as store:
        Queue(store).propose("w", "P", report(TEXT * 200, 1))
    content = bytearray(path.read_bytes())
    content[5000:] = b"\xff" * (len(content) - 5000)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), Store(path) as store:
        Queue(store).decide([Decision(1, 1, State.REJECTED)], "Ann")
    assert path.read_bytes() == content


@pytest.mark.parametrize("version", range(1, len(STEPS) + 1))
def test_a_file_of_any_version_keeps_its_log_and_takes_proposals(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "queue.sqlite"
    old = sqlite3.connect(path)
    for number, step in enumerate(STEPS[:version], 1):
        step(old)
        old.execute(f"PRAGMA user_version = {number}")
    old.execute(
        "INSERT INTO event VALUES (1, '2026-11-23T12:00:00+00:00', 'w', 'P', 'Ann', 'said', '',"
        " 'because', '{}')"
    )
    old.commit()
    old.close()
    with Store(path) as store:
        queue = Queue(store)
        queue.propose("w", "P", report(TEXT, 1))
        approve(queue, one(queue, "teh"))
        assert [e.kind for e in store.events()] == [
            "said",
            *["proposed"] * 4,
            "checked",
            "approved",
        ]


def test_a_full_disk_stops_the_decision_and_loses_none_before_it(queue: Queue) -> None:
    queue.propose("w", "P", report("".join(f"{number} teh.\n" for number in range(200))))
    (pages,) = queue.store.read("PRAGMA page_count")[0]
    queue.store.read(f"PRAGMA max_page_count = {pages + 2}")
    made = 0
    with pytest.raises(StoreError, match="disk is full"):  # noqa: PT012 - which one, is open
        for entry in queue.entries():
            queue.decide([Decision(entry.id, 1, State.REJECTED, reason="x" * 500)], "Ann")
            made += 1
    assert made
    assert [e.state for e in queue.entries()].count(State.REJECTED) == made
    queue.store.read("PRAGMA max_page_count = 1000000")
    last = queue.entries()[-1]
    assert queue.decide([Decision(last.id, 1, State.REJECTED)], "Ann")[0].made


def test_a_locked_file_says_so_and_the_decision_can_be_made_afterwards(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.propose("w", "P", report("teh."))
    monkeypatch.setattr(store_module, "PATIENCE", 0.05)
    decision = Decision(1, 1, State.REJECTED)
    with Store(queue.store.path) as other:
        with queue.store.transaction(), pytest.raises(StoreError, match="in use by another"):
            Queue(other).decide([decision], "Bob")
        assert Queue(other).decide([decision], "Bob")[0].made


class Reviewing(RuleBasedStateMachine):
    """Whatever people and pages do, the queue agrees with a plain memory of it."""

    words = st.lists(st.sampled_from(["teh", "wierd", "asap", "fine"]), min_size=1, max_size=5)

    @initialize()
    def open(self) -> None:
        self.store = Store(":memory:")
        self.queue = Queue(self.store)
        self.revision = 0
        self.refused: set[str] = set()
        self.lines: list[str] = []
        self.undoable: list[tuple[list[int], dict[int, tuple[int, State]]]] = []

    def teardown(self) -> None:
        self.store.close()

    @rule(words=words, numbers=st.data())
    def edit_page(self, words: list[str], numbers: st.DataObject) -> None:
        # Every line is its own sentence; a line's number keeps equal words apart.
        kept = [line for line in self.lines if numbers.draw(st.booleans())]
        self.revision += 1
        self.lines = kept + [f"{self.revision}.{i} is {w} now." for i, w in enumerate(words)]
        self.text = "\n".join(self.lines)
        self.queue.propose("w", "P", report(self.text, self.revision))

    @rule(pick=st.integers(0, 20), state=st.sampled_from([State.APPROVED, State.REJECTED]))
    def decide(self, pick: int, state: State) -> None:
        shown = [e for e in self.queue.entries() if e.state is State.PENDING]
        shown = [e for e in shown if e.safety is not Safety.SUGGESTION or state is State.REJECTED]
        if shown:
            entry = shown[pick % len(shown)]
            (verdict,) = self.queue.decide([Decision(entry.id, entry.version, state, 0)], "Ann")
            assert verdict.made
            (stale,) = self.queue.decide([Decision(entry.id, entry.version, state, 0)], "Bob")
            assert not stale.made

    @rule()
    def undo(self) -> None:
        before = {p.id: p for p in self.queue.proposals()}
        for verdict in self.queue.undo("Ann"):
            if verdict.made:
                assert verdict.proposal.state is State.PENDING
            else:
                assert verdict.proposal == before[verdict.proposal.id]

    @rule()
    def save(self) -> None:
        approved = self.queue.proposals(Selection(states=[State.APPROVED]))
        if approved:
            edits = [edit for p in approved for edit in p.edits]
            text = fixes.apply(self.text, edits)
            self.revision += 1
            self.lines, self.text = text.split("\n"), text
            self.queue.saved([p.id for p in approved], self.revision)
            self.queue.propose("w", "P", report(text, self.revision))

    @invariant()
    def what_is_open_fits_the_page(self) -> None:
        if not self.lines:
            return
        found = report(self.text, self.revision).findings
        there = [p for p in self.queue.proposals() if not p.gone and p.state is not State.SAVED]
        assert {p.finding for p in there} == set(found)
        assert len(there) == len(found)
        for proposal in there:
            assert self.queue.text(proposal) == self.text
            assert fixes.apply(self.text, proposal.edits) is not None
            assert proposal.state is not State.OBSOLETE

    @invariant()
    def every_decision_is_in_the_log(self) -> None:
        kinds = [e.kind for e in self.store.events()]
        for proposal in self.queue.proposals():
            last = [
                e.kind
                for e in self.store.events()
                if e.subject == f"proposal {proposal.id}" and e.kind != "reverted"
            ][-1]
            assert {
                "proposed": State.PENDING,
                "reopened": State.PENDING,
                "undone": State.PENDING,
                "approved": State.APPROVED,
                "rejected": State.REJECTED,
                "remembered": State.REJECTED,
                "saved": State.SAVED,
                "obsolete": State.OBSOLETE,
            }[last] is proposal.state, kinds


TestReviewing = Reviewing.TestCase
TestReviewing.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_a_page_that_has_gone_leaves_nothing_waiting(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    approve(queue, one(queue, "teh"))
    rejected = reject(queue, one(queue, "wierd"), "a quotation").id
    queue.propose("w", "Q", report(TEXT, 1))
    gone = queue.page_gone("w", "P", "the wiki no longer has the page", who="Bot")
    assert len(gone) == 3
    assert {queue.proposal(number).state for number in gone} == {State.OBSOLETE}
    assert queue.proposal(rejected).state is State.REJECTED
    events = [event for event in queue.store.events(page="P") if event.kind == "obsolete"]
    assert [event.subject for event in events] == [f"proposal {number}" for number in gone]
    assert {(event.who, event.why) for event in events} == {
        ("Bot", "the wiki no longer has the page")
    }
    assert queue.totals(Selection(page="Q")) == {State.PENDING: 4}
    assert queue.page_gone("w", "P", "again") == ()


def test_what_waited_comes_back_with_its_page_and_a_no_stays(queue: Queue) -> None:
    before = queue.propose("w", "P", report(TEXT, 1)).new
    reject(queue, one(queue, "wierd"))
    queue.page_gone("w", "P", "the wiki no longer has the page")
    done = queue.propose("w", "P", report(TEXT, 1))
    assert len(done.new) == 3
    assert len(done.remembered) == 1
    assert {*done.new, *done.remembered} == set(before)


def approve(queue: Queue, proposal: Proposal, fix: int = 0, who: str = "Ann") -> Proposal:
    (verdict,) = queue.decide(
        [Decision(proposal.id, proposal.version, State.APPROVED, fix=fix)], who
    )
    assert verdict.made
    return verdict.proposal


def reject(queue: Queue, proposal: Proposal, reason: str = "", who: str = "Ann") -> Proposal:
    (verdict,) = queue.decide(
        [Decision(proposal.id, proposal.version, State.REJECTED, reason=reason)], who
    )
    assert verdict.made
    return verdict.proposal


def test_a_finding_is_stored_once(queue: Queue) -> None:
    first = queue.propose("w", "P", report(TEXT))
    again = queue.propose("w", "P", report(TEXT))
    assert len(first.new) == 4
    assert again.new == again.obsolete == ()
    assert again.kept == first.new
    assert [p.finding for p in queue.proposals()] == list(report(TEXT).findings)
    assert [(p.section, p.line) for p in queue.proposals()] == [
        ("History", 4),
        ("History", 4),
        ("History", 4),
        ("Future", 7),
    ]
    assert {queue.text(p) for p in queue.proposals()} == {TEXT}


def test_the_same_words_on_another_page_are_another_finding(queue: Queue) -> None:
    for wiki, page in [("w", "P"), ("w", "Q"), ("v", "P")]:
        assert len(queue.propose(wiki, page, report("teh.")).new) == 1


def test_edits_elsewhere_move_a_proposal_and_keep_its_decision(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    approve(queue, one(queue, "teh"), fix=1)
    reject(queue, one(queue, "wierd"))
    newer = TEXT.replace("Lead.", "A longer lead.").replace("Done asap.", "")
    done = queue.propose("w", "P", report(newer, 2))
    assert len(done.obsolete) == 1
    assert len(done.remembered) == 1
    assert done.new == ()
    teh = one(queue, "teh")
    assert (teh.state, teh.fix, teh.revision) == (State.APPROVED, 1, 2)
    assert fixes.apply(newer, teh.edits) == newer.replace("teh ", "")
    assert one(queue, "asap").state is State.OBSOLETE


def test_edits_in_the_same_paragraph_but_another_sentence_keep_it(queue: Queue) -> None:
    queue.propose("w", "P", report("One is old. It is teh first.<ref>A. B!</ref> Last one."))
    reject(queue, one(queue, "teh"))
    newer = "One is new and longer. It is  teh first.<ref>C. D</ref> More. Last one."
    assert len(queue.propose("w", "P", report(newer, 2)).remembered) == 1


def test_a_no_is_remembered_until_the_sentence_changes(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    reject(queue, one(queue, "teh"), "a quotation")
    assert queue.propose("w", "P", report("It was teh first.", 2)).new == ()
    gone = queue.propose("w", "P", report("Nothing.", 3))
    assert gone.obsolete == ()
    assert queue.propose("w", "P", report("It was teh first.", 4)).new == ()
    assert len(queue.propose("w", "P", report("It is teh first.", 5)).new) == 1


def test_of_equal_findings_the_nearest_is_meant(queue: Queue) -> None:
    text = "* teh\n* other\n* teh\n* teh\n"
    first, second, third = queue.propose("w", "P", report(text, 1)).new
    reject(queue, queue.proposal(second))
    done = queue.propose("w", "P", report("* other\n* teh\n* teh\n", 2))
    assert done.remembered == (second,)
    assert done.kept == (third,)
    assert done.obsolete == (first,)


def test_a_page_that_lost_its_finding_and_got_it_back_asks_again(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    approve(queue, one(queue, "teh"))
    queue.propose("w", "P", report("Nothing.", 2))
    assert one(queue, "teh").state is State.OBSOLETE
    assert one(queue, "teh").edits == ()
    assert len(queue.propose("w", "P", report("It was teh first.", 3)).new) == 1
    assert one(queue, "teh").state is State.PENDING


def test_what_was_saved_and_undone_on_the_wiki_stays_away(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    saved = approve(queue, one(queue, "teh"))
    queue.saved([saved.id], 2, who="Bot")
    assert queue.propose("w", "P", report("It was the first.", 2)).remembered == ()
    done = queue.propose("w", "P", report("It was teh first.", 3))
    assert done.new == ()
    (number,) = done.remembered
    assert queue.proposal(number).state is State.REJECTED
    assert "undone on the wiki" in queue.proposal(number).reason
    assert [e.subject for e in queue.store.events() if e.kind == "reverted"] == ["proposal 1"]
    assert queue.propose("w", "P", report("It was teh first.", 4)).remembered == (number,)


def test_a_page_as_it_was_before_the_save_tells_of_no_undoing(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    queue.saved([approve(queue, one(queue, "teh")).id], 2)
    assert queue.propose("w", "P", report("It was teh first.", 1)).outdated
    assert [p.state for p in queue.proposals()] == [State.SAVED]


def test_what_rests_on_links_is_kept_when_they_cannot_be_looked_up(queue: Queue) -> None:
    found = report("teh.", 1)
    twice = found.findings[0]._replace(check="duplicate-entry", family="duplicates")
    queue.propose("w", "P", replace(found, findings=(twice,)))
    later = replace(report("Nothing.", 2), facts=Facts(unknown=frozenset(["A"])))
    assert queue.propose("w", "P", later).obsolete == ()
    assert queue.propose("w", "P", report("Nothing.", 2)).obsolete == (1,)


def test_a_page_that_asks_bots_to_stay_away_has_no_proposals(queue: Queue) -> None:
    queue.propose("w", "P", report("teh.", 1))
    assert queue.propose("w", "P", report("{{nobots}} teh.", 2)).obsolete == (1,)
    assert "asks bots to stay away with {{nobots}}" in queue.store.events()[-2].why


def test_a_file_that_was_mended_and_put_back_asks_again(queue: Queue) -> None:
    queue.propose("file", "P", report("teh.", None))
    queue.saved([approve(queue, one(queue, "teh")).id], None)
    assert len(queue.propose("file", "P", report("teh.", None)).new) == 1


def test_a_part_of_the_page_or_of_the_checks_says_nothing_of_the_rest(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    nothing = report("Nothing.", 2)
    assert queue.propose("w", "P", nothing, checks={"shouting"}).obsolete == (3,)
    assert queue.propose("w", "P", nothing, sections={"Future"}).obsolete == (4,)
    broken = replace(nothing, skipped=(Skipped("misspelt", "broke", failed=True),))
    assert queue.propose("w", "P", broken).obsolete == ()
    assert queue.propose("w", "P", nothing).obsolete == (1, 2)


def test_what_was_not_looked_at_moves_along_when_its_words_stand(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    approve(queue, one(queue, "teh"))
    newer = "A new first line.\n" + TEXT.replace("Done asap", "Done asap, surely")
    full = report(newer, 2)
    some = replace(full, findings=tuple(f for f in full.findings if f.check == "shouting"))
    queue.propose("w", "P", some, checks={"shouting"})
    teh, asap = one(queue, "teh"), one(queue, "asap")
    assert (queue.text(teh), teh.finding.span.of(newer)) == (newer, "teh")
    assert fixes.apply(newer, teh.edits) == newer.replace("teh", "the")
    assert queue.text(asap) == TEXT


def test_what_is_gone_can_be_remembered_but_not_decided(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    reject(queue, one(queue, "teh"))
    queue.propose("w", "P", report("Nothing.", 2))
    gone = one(queue, "teh")
    assert gone.gone
    assert [v.made for v in queue.undo("Ann")] == [False]
    (verdict,) = queue.decide([Decision(gone.id, gone.version, State.APPROVED, fix=0)], "Ann")
    assert not verdict.made
    assert one(queue, "teh") == gone


def test_an_older_revision_than_the_known_one_changes_nothing(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 7))
    assert queue.propose("w", "P", report("Nothing.", 6)).outdated
    assert {p.state for p in queue.proposals()} == {State.PENDING}


def test_a_conflict_waits_to_be_checked_again(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    approved = approve(queue, one(queue, "teh"))
    queue.conflict([approved.id], "somebody edited the section", who="Bot")
    assert one(queue, "teh").state is State.CONFLICT
    assert queue.propose("w", "P", report("It was teh first. More.", 2)).kept == (approved.id,)
    assert one(queue, "teh").state is State.PENDING


def test_an_approved_fix_that_is_no_longer_offered_is_asked_again(queue: Queue) -> None:
    queue.propose("w", "P", report("It was teh first.", 1))
    approve(queue, one(queue, "teh"), fix=1)  # "teh " with its blank goes
    queue.propose("w", "P", report("It was teh\tfirst.", 2))
    assert one(queue, "teh").state is State.PENDING


def test_a_persons_own_edit_moves_with_its_sentence(queue: Queue) -> None:
    text = "It was teh first."
    queue.propose("w", "P", report(text, 1))
    shown = one(queue, "teh")
    own = Edit(text.index("teh"), "teh", "surely the")
    queue.decide([Decision(shown.id, shown.version, State.APPROVED, fix=0, edits=(own,))], "Ann")
    newer = "New lead.\n\n" + text
    queue.propose("w", "P", report(newer, 2))
    after = one(queue, "teh")
    assert after.edited
    assert fixes.apply(newer, after.edits) == "New lead.\n\nIt was surely the first."


def test_the_second_reviewer_sees_the_first_ones_decision(queue: Queue) -> None:
    queue.propose("w", "P", report("teh.", 1))
    shown = one(queue, "teh")
    reject(queue, shown, "a name", who="Ann")
    (verdict,) = queue.decide([Decision(shown.id, shown.version, State.APPROVED, fix=0)], "Bob")
    assert not verdict.made
    assert (verdict.proposal.state, verdict.proposal.who, verdict.proposal.reason) == (
        State.REJECTED,
        "Ann",
        "a name",
    )


def test_two_reviewers_at_once_never_decide_the_same_twice(queue: Queue) -> None:
    text = "".join(f"{number} teh.\n" for number in range(60))
    queue.propose("w", "P", report(text, 1))
    made: dict[str, int] = {"Ann": 0, "Bob": 0}

    def decide(who: str, state: State) -> None:
        with Store(queue.store.path) as own:
            mine = Queue(own)
            for entry in mine.entries():
                decision = Decision(entry.id, 1, state, fix=0)
                made[who] += mine.decide([decision], who)[0].made

    threads = [
        threading.Thread(target=decide, args=("Ann", State.APPROVED)),
        threading.Thread(target=decide, args=("Bob", State.REJECTED)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made.values()) == 60
    assert {(p.version, p.who != "") for p in queue.proposals()} == {(2, True)}


def test_undo_takes_back_the_last_decision_of_that_person(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    approve(queue, one(queue, "teh"), who="Ann")
    reject(queue, one(queue, "wierd"), who="Bob")
    (verdict,) = queue.undo("Ann")
    assert verdict.made
    assert one(queue, "teh").state is State.PENDING
    assert one(queue, "teh").edits == ()
    assert one(queue, "wierd").state is State.REJECTED
    assert queue.undo("Ann") == []
    assert [e.kind for e in queue.store.events(page="P")][-3:] == ["approved", "rejected", "undone"]


def test_decisions_made_together_are_undone_together(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    entries = queue.entries()
    queue.decide([Decision(e.id, e.version, State.REJECTED) for e in entries[:3]], "Ann")
    assert [v.made for v in queue.undo("Ann")] == [True] * 3
    assert {e.state for e in queue.entries()} == {State.PENDING}


def test_what_somebody_changed_since_is_not_undone(queue: Queue) -> None:
    queue.propose("w", "P", report("teh.", 1))
    reject(queue, one(queue, "teh"), who="Ann")
    approve(queue, one(queue, "teh"), who="Bob")
    (verdict,) = queue.undo("Ann")
    assert not verdict.made
    assert (verdict.proposal.state, verdict.proposal.who) == (State.APPROVED, "Bob")


def test_nobody_approves_what_is_not_there(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT + "tbd\n", 1))
    for word, fix, message in [
        ("teh", 2, "no alternative 3"),
        ("teh", -1, "no alternative 0"),
        ("asap", 0, "only approved after it was edited"),
        ("tbd", None, "nothing was chosen"),
    ]:
        shown = one(queue, word)
        with pytest.raises(UsageError, match=message):
            queue.decide([Decision(shown.id, shown.version, State.APPROVED, fix=fix)], "Ann")
        assert queue.proposal(shown.id) == shown
    with pytest.raises(UsageError, match="no proposal 99"):
        queue.decide([Decision(99, 1, State.REJECTED)], "Ann")
    shown = one(queue, "teh")
    with pytest.raises(UsageError, match="nobody decides"):
        queue.decide([Decision(shown.id, shown.version, State.SAVED)], "Ann")


def test_lists_by_page_check_state_safety_and_age(queue: Queue) -> None:
    moments = iter([MOMENT] * 20 + [MOMENT + timedelta(days=2)] * 20)
    queue.store.clock = lambda: next(moments)
    queue.propose("w", "P", report(TEXT, 1))
    while next(moments) == MOMENT:
        pass
    queue.propose("w", "Q", report("A wierd one!", 1))

    def listed(**selection: object) -> list[int]:
        return [entry.id for entry in queue.entries(Selection(**selection))]

    assert listed(page="Q") == [5, 6]
    assert listed(check="shouting") == listed(check="tone") == [3, 6]
    assert listed(safety=Safety.SAFE) == [2, 5]
    assert listed(before=MOMENT + timedelta(days=1)) == [1, 2, 3, 4]
    assert listed(states=[State.APPROVED]) == []
    assert [e.id for e in queue.entries(limit=2, offset=3)] == [4, 5]
    assert queue.counts(Selection(page="Q")) == {
        ("w", "Q", "misspelt", State.PENDING): 1,
        ("w", "Q", "shouting", State.PENDING): 1,
    }


def test_neighbours_speak_of_the_same_sentence_and_rivals_edit_the_same_place(
    queue: Queue,
) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    teh, wierd = one(queue, "teh"), one(queue, "wierd")
    sentence = teh.finding.span._replace(end=wierd.finding.span.end)
    assert [p.id for p in queue.neighbours(teh, sentence)] == [wierd.id]
    approve(queue, wierd)
    assert queue.rivals(teh, teh.finding.fixes[0].edits) == []
    over = Edit(wierd.finding.span.start - 2, "A wierd", "One")
    assert [p.id for p in queue.rivals(teh, [over])] == [wierd.id]


def test_rivals_take_away_what_the_other_is_related_to(queue: Queue) -> None:
    text = (
        "== A ==\nIt is in the [[OSCE]], the [[United Nations]] and the"
        " [[Organization for Security and Co-operation in Europe]].\n"
    )
    queue.propose("w", "P", check_page(Page("P", text, "P", 1), today=TODAY))
    entry, link = (queue.proposal(each.id) for each in queue.entries())
    assert (entry.finding.check, link.finding.check) == ("duplicate-entry", "duplicate-link")
    approve(queue, link)
    assert [p.id for p in queue.rivals(entry, entry.finding.fixes[0].edits)] == [link.id]
    assert queue.rivals(entry, [Edit(0, "== A ==", "== B ==")]) == []


def test_texts_are_kept_once_and_no_longer_than_needed(queue: Queue) -> None:
    queue.propose("w", "P", report(TEXT, 1))
    queue.propose("w", "Q", report(TEXT, 1))
    assert queue.store.read("SELECT count(*) FROM text")[0][0] == 1
    queue.propose("w", "P", report("teh.", 2))
    assert queue.store.read("SELECT count(*) FROM text")[0][0] == 2
    queue.propose("w", "Q", report("teh.", 2))
    assert queue.store.read("SELECT count(*) FROM text")[0][0] == 1
    gone = one_of(queue, State.OBSOLETE)
    with pytest.raises(StoreError, match="propose the page again"):
        queue.text(gone)


def moved(text: str, title: str, revision: int, page_id: int) -> Report:
    """The report of a page that the wiki knows by this number."""
    found = report(text, revision, title)
    return replace(found, page=replace(found.page, page_id=page_id, source=f"https://wiki/{title}"))


def test_what_was_decided_goes_with_a_page_that_is_moved(queue: Queue) -> None:
    queue.propose("w", "Old", moved(TEXT, "Old", 1, 7))
    no, yes = one(queue, "teh"), one(queue, "wierd")
    reject(queue, no, "a name")
    approve(queue, yes)
    done = queue.propose("w", "New", moved(TEXT, "New", 2, 7))
    assert (done.new, done.remembered, done.obsolete) == ((), (no.id,), ())
    assert {each.page for each in queue.proposals()} == {"New"}
    assert {each.source for each in queue.proposals()} == {"https://wiki/New"}
    assert one(queue, "teh").reason == "a name"
    assert one(queue, "wierd").edits == yes.finding.fixes[0].edits
    told = [(e.page, e.why) for e in queue.store.events() if e.kind == "moved"]
    assert told == [("Old", "the page is [[New]] now"), ("New", "the page was [[Old]] before")]
    # The redirect that stays behind is another page.
    left = queue.propose("w", "Old", moved("#REDIRECT [[New]]", "Old", 3, 8))
    assert left == Proposed()
    assert {each.page for each in queue.proposals()} == {"New"}


def test_a_page_made_anew_under_a_title_is_not_the_one_that_was_moved_away(queue: Queue) -> None:
    queue.propose("w", "Old", moved("teh.", "Old", 1, 7))
    reject(queue, one(queue, "teh"))
    queue.propose("w", "New", moved("teh.", "New", 2, 7))
    done = queue.propose("w", "Old", moved("teh.", "Old", 3, 8))
    assert len(done.new) == 1
    assert [(each.page, each.state) for each in queue.proposals()] == [
        ("New", State.REJECTED),
        ("Old", State.PENDING),
    ]


def test_pages_that_change_their_titles_with_each_other(queue: Queue) -> None:
    queue.propose("w", "One", moved("teh.", "One", 1, 7))
    queue.propose("w", "Two", moved("A wierd one.", "Two", 2, 8))
    reject(queue, one(queue, "teh"))
    queue.propose("w", "Two", moved("teh.", "Two", 3, 7))
    queue.propose("w", "One", moved("A wierd one.", "One", 4, 8))
    pending = [
        (each.page, each.finding.message, each.state)
        for each in queue.proposals(Selection(states=[State.PENDING, State.REJECTED]))
    ]
    assert pending == [
        ("One", '"wierd" is no word (MOS:TYPO; certain)', State.PENDING),
        ("Two", '"teh" is no word (MOS:TYPO; certain)', State.REJECTED),
    ]


def test_a_no_holds_when_something_else_in_its_sentence_was_mended(queue: Queue) -> None:
    text = "Lead.\n\n== History ==\nA wierd one, and teh other!\n"
    queue.propose("w", "P", report(text, 1))
    no = one(queue, "teh")
    reject(queue, no, "a name")
    yes = approve(queue, one(queue, "wierd"))
    queue.saved([yes.id], 2)
    mended = fixes.apply(text, yes.edits)
    done = queue.propose("w", "P", report(mended, 2))
    assert (done.new, done.obsolete, done.remembered) == ((), (), (no.id,))
    assert queue.proposal(no.id).finding.span.of(mended) == "teh"
    # Also when somebody undoes our edit, or a second one of ours follows.
    back = queue.propose("w", "P", report(text, 3))
    assert no.id in back.remembered
    assert not back.new or all(queue.proposal(n).state is State.REJECTED for n in back.new)
    queue.propose("w", "P", report(mended, 4))
    shout = approve(queue, one(queue, "shout"))
    queue.saved([shout.id], 5)
    done = queue.propose("w", "P", report(fixes.apply(mended, shout.edits), 5))
    assert (done.new, done.remembered) == ((), (no.id,))


def test_what_waits_beside_a_saved_mend_stays_the_proposal_it_is(queue: Queue) -> None:
    text = "A wierd one is teh best. Teh end asap!"
    queue.propose("w", "P", report(text, 1))
    waiting = one(queue, "teh")
    yes = approve(queue, one(queue, "wierd"))
    queue.saved([yes.id], 2)
    done = queue.propose("w", "P", report(fixes.apply(text, yes.edits), 2))
    assert waiting.id in done.kept
    assert (done.new, done.obsolete) == ((), ())


def test_a_sentence_that_others_changed_too_is_another_one(queue: Queue) -> None:
    text = "A wierd one is teh best."
    queue.propose("w", "P", report(text, 1))
    reject(queue, one(queue, "teh"))
    yes = approve(queue, one(queue, "wierd"))
    queue.saved([yes.id], 2)
    done = queue.propose("w", "P", report("A weird thing is teh best.", 3))
    assert len(done.new) == 1
