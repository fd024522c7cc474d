"""A session does with each key what its table says, and decides nothing that was not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import fixes, review
from bot.model import Edit, Finding, Fix, Page, Report, Severity, Span
from bot.queue import Queue
from bot.queue.proposals import Decision, Proposal, Selection, State
from bot.review import Happened, Reply, Session, View, preview
from bot.review.catalogue import catalogue
from bot.store import Store
from tests.proposals import OPTIONS, report

TEXT = """Lead.

== History ==
It was teh first. A wierd one in teh row! And [[so on]].
* Done asap.
* Later tbd.
"""
# The findings: 1 teh, 2 wierd, 3 teh, 4 !, 5 asap, 6 tbd.


def checking(_: Proposal) -> Mapping[str, object]:
    return OPTIONS


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite") as store:
        queue = Queue(store)
        queue.propose("w", "P", report(TEXT))
        yield queue


def session(queue: Queue, who: str = "Ann", **selection: object) -> Session:
    return Session(queue, who, checking, Selection(states=[State.PENDING], **selection))


def shown(one: Session) -> View:
    assert one.shown is not None
    return one.shown


def told(reply: Reply) -> str:
    return catalogue().said(reply.said)


def states(queue: Queue) -> str:
    """The state of each proposal by its first letter: p a r."""
    return "".join(entry.state.value[0] for entry in queue.entries())


def result(queue: Queue) -> str:
    edits = [edit for each in queue.proposals() for edit in each.edits]
    return fixes.apply(TEXT, edits)


def test_yes_and_no_go_on_to_the_next(queue: Queue) -> None:
    one = session(queue)
    assert (shown(one).number, shown(one).total, shown(one).undecided) == (1, 6, 6)
    assert one.press("y").happened is Happened.DECIDED
    assert shown(one).proposal.id == 2
    one.press("n")
    assert shown(one).proposal.id == 3
    assert (states(queue), shown(one).undecided) == ("arpppp", 4)


def test_a_reason_is_kept(queue: Queue) -> None:
    one = session(queue)
    assert one.asks("r") == "reason"
    one.press("r", " it is a name ")
    assert queue.proposal(1).reason == "it is a name"
    assert queue.proposal(1).who == "Ann"


def test_an_alternative_is_shown_before_it_is_approved(queue: Queue) -> None:
    one = session(queue)
    assert one.press("2").happened is Happened.CHANGED
    assert (shown(one).chosen, states(queue)) == (1, "pppppp")
    assert shown(one).result.startswith("It was first.")
    one.press("y")
    assert (queue.proposal(1).fix, result(queue)) == (1, TEXT.replace("teh ", "", 1))
    assert "alternatives 1 to 1" in told(one.press("2"))
    one.press("n")
    assert shown(one).chosen == 0


def test_a_and_d_decide_the_rest_of_the_page(queue: Queue) -> None:
    queue.propose("w", "Q", report("teh."))
    one = session(queue)
    one.press("j")
    reply = one.press("a")
    assert "approved 3" in told(reply)
    assert "2 left" in told(reply)  # a suggestion, and one without a mend
    assert states(queue) == "paaapp" + "p"
    one = session(queue)
    one.press("d")
    assert states(queue) == "raaarr" + "p"
    assert shown(one).proposal.page == "Q"


def test_a_leaves_what_touches_another_mend(queue: Queue) -> None:
    queue.propose("w", "Q", report("Oh teh!"))
    one = session(queue, page="Q")
    one.press("a")
    assert [e.state for e in queue.entries(Selection(page="Q"))] == [State.APPROVED, State.PENDING]


def test_star_decides_one_check_of_the_page(queue: Queue) -> None:
    one = session(queue)
    assert one.press("*", "x").happened is Happened.NOTHING
    one.press("j")
    one.press("*", "n")
    assert states(queue) == "rrrprr"
    assert shown(one).proposal.finding.check == "shouting"
    one.press("u")
    assert states(queue) == "pppppp"


def test_the_same_place_on_another_page_is_another_place(queue: Queue) -> None:
    queue.propose("w", "Q", report(TEXT.replace("History", "Another"), title="Q"))
    one = session(queue)
    reply = one.decide(queue.proposals(Selection(check="misspelt")), approve=True)
    assert told(reply) == (
        "approved 6; 4 left: without a mend, or not to be made together with another one"
    )


def test_moving_skips_the_decided_or_not(queue: Queue) -> None:
    one = session(queue)
    one.press("j")
    one.press("n")
    one.press("k")
    assert shown(one).number == 1
    one.press("J")
    assert (shown(one).number, shown(one).proposal.state) == (2, State.REJECTED)
    one.press("j")
    assert shown(one).number == 3
    one.press("K")
    assert shown(one).number == 2
    one.press("g", "6")
    assert shown(one).number == 6
    assert one.press("j").happened is Happened.NOTHING
    assert "1 to 6" in told(one.press("g", "7"))
    assert shown(one).number == 6


def test_after_the_last_the_ones_left_come_again(queue: Queue) -> None:
    one = session(queue)
    one.press("j")
    for _ in range(5):
        one.press("n")
    assert shown(one).number == 1
    one.press("n")
    assert one.shown is None
    assert "u takes" in told(one.press("y"))
    one.press("u")
    assert shown(one).number == 1
    assert states(queue) == "prrrrr"


def test_searching_looks_at_page_check_section_and_message(queue: Queue) -> None:
    one = session(queue)
    one.press("/", "shout")
    assert shown(one).number == 4
    one.press("/", "HISTORY wierd")
    assert shown(one).number == 2
    assert "no finding" in told(one.press("/", "zebra"))
    assert one.press("/", " ").happened is Happened.NOTHING


def test_a_suggestion_and_a_finding_without_a_mend_are_not_approved(queue: Queue) -> None:
    one = session(queue)
    one.press("g", "5")
    assert "suggestion" in told(one.press("y"))
    one.press("g", "6")
    assert "no mend" in told(one.press("y"))
    assert states(queue) == "pppppp"


def test_an_edited_text_is_checked_again_and_then_approved(queue: Queue) -> None:
    one = session(queue)
    one.press("g", "5")
    assert one.editable() == "* Done soon."
    reply = one.press("e", "* Done in 2027.")
    assert (reply.happened, shown(one).objections) == (Happened.CHANGED, ())
    assert states(queue) == "pppppp"
    one.press("y")
    approved = queue.proposal(5)
    assert (approved.state, approved.edited) == (State.APPROVED, True)
    assert result(queue) == TEXT.replace("asap", "in 2027")


def test_an_edited_text_may_be_put_right_once_more(queue: Queue) -> None:
    one = session(queue)
    one.press("g", "5")
    one.press("e", "* Done at once.")
    assert one.editable() == "* Done at once."
    one.press("e", "* Done today.")
    one.press("y")
    assert result(queue) == TEXT.replace("asap", "today")


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("It was teh very first. A wierd one in teh row! And [[so on]].", "still be there"),
        ("It was the first! A wierd one in teh row! And [[so on]].", "shouting would be new"),
        ("It was {{the first. A wierd one in teh row! And [[so on]].", "left open"),
        ("It was the first. A wierd one in teh row! And so on]].", "so on"),
    ],
)
def test_what_is_wrong_with_an_edited_text_is_said(queue: Queue, text: str, objection: str) -> None:
    one = session(queue)
    reply = one.press("e", text)
    assert objection in told(reply)
    assert objection in catalogue().said(shown(one).objections)
    assert states(queue) == "pppppp"


def test_an_edit_that_changes_nothing_is_none(queue: Queue) -> None:
    one = session(queue)
    line = "It was teh first. A wierd one in teh row! And [[so on]]."
    assert one.press("e", line).happened is Happened.NOTHING
    assert not shown(one).proposal.edited


def test_an_edited_text_stays_that_of_the_same_lines(queue: Queue) -> None:
    """What a person takes back of a mend over two lines is still theirs to edit."""
    text = "== S ==\nAn old line.\nAn old line.\n"
    start, end = text.index("old"), text.rindex("old")
    edits = (Edit(start, "old", "new"), Edit(end, "old", "new"))
    finding = Finding(
        "aged",
        "words",
        Severity.ADVICE,
        Span(start, start + 3),
        "It is old",
        fixes=(Fix("x", edits),),
    )
    queue.propose("w", "Two", Report(Page("Two", text, "https://wiki/Two", 1), (finding,)))
    one = session(queue, page="Two")
    one.press("e", "A new line.\nAn old line.")
    assert one.editable() == "A new line.\nAn old line."
    one.press("e", "A new line.\nAn older line.")
    assert shown(one).result == "A new line.\nAn older line."
    one.press("y")
    (approved,) = queue.proposals(Selection(page="Two"))
    assert fixes.apply(text, approved.edits) == "== S ==\nA new line.\nAn older line.\n"


def test_some_edits_of_a_fix_can_be_taken(queue: Queue) -> None:
    queue.propose("w", "Q", report("Oh!!! No."))
    one = session(queue, page="Q")
    assert one.press("s", "nny").happened is Happened.CHANGED
    assert shown(one).result == "Oh!!. No."
    assert shown(one).objections  # it still shouts
    for answers in ("yyy", "nnn", "y", "abc"):
        one.press("1")
        assert one.press("s", answers).happened is Happened.NOTHING
    one = session(queue, page="P")
    assert "single edit" in told(one.press("s", "y"))


def test_what_another_reviewer_decided_is_said_and_not_decided_again(queue: Queue) -> None:
    one, other = session(queue), session(queue, "Bob")
    assert shown(one).proposal.id == shown(other).proposal.id == 1
    other.press("r", "a name")
    reply = one.press("y")
    assert reply.happened is Happened.OVERTAKEN
    assert "meanwhile it is rejected by Bob: a name" in told(reply)
    assert states(queue) == "rppppp"
    assert shown(one).proposal.state is State.REJECTED
    one.press("J")
    assert shown(one).number == 2


def test_what_another_reviewer_decided_is_passed_over(queue: Queue) -> None:
    one, other = session(queue), session(queue, "Bob")
    for _ in range(3):
        other.press("n")
    one.press("y")  # overtaken
    one.press("j")
    assert shown(one).number == 4


def test_a_browser_says_which_version_it_showed(queue: Queue) -> None:
    one = session(queue)
    queue.propose("w", "P", report("New lead.\n" + TEXT, 2))
    one.go(1)
    reply = one.press("y", seen=1)
    assert reply.happened is Happened.OVERTAKEN
    assert "look again" in told(reply)
    assert one.press("y", seen=2).happened is Happened.DECIDED
    assert not one.go(99)


def test_a_page_proposed_anew_meanwhile_is_shown_anew(queue: Queue) -> None:
    one = session(queue)
    assert shown(one).text == TEXT
    queue.propose("w", "P", report("New lead.\n" + TEXT, 2))
    assert one.press("y").happened is Happened.OVERTAKEN
    assert shown(one).text == "New lead.\n" + TEXT
    one.press("y")
    assert fixes.apply(shown(one).text, queue.proposal(1).edits).count("teh") == 1


def test_what_the_page_no_longer_has_is_left_behind(queue: Queue) -> None:
    one = session(queue)
    queue.propose("w", "P", report(TEXT.replace("teh first", "the first"), 2))
    reply = one.press("y")
    assert (reply.happened, shown(one).number) == (Happened.OVERTAKEN, 2)
    assert "no longer has this finding" in told(reply)
    assert states(queue) == "oppppp"


def test_the_view_shows_sentence_neighbours_and_rivals(queue: Queue) -> None:
    one = session(queue)
    one.press("g", "2")
    view = shown(one)
    assert view.sentence.of(TEXT).strip() == "A wierd one in teh row!"
    assert [p.id for p in view.neighbours] == [3, 4]
    assert view.rivals == ()
    assert view.block.of(TEXT) == TEXT.split("\n")[3]
    (verdict,) = queue.decide(
        [Decision(3, 1, State.APPROVED, 0, (Edit(TEXT.index("wierd"), "wierd one", "one"),))], "Bob"
    )
    assert verdict.made
    one.press("1")
    assert [p.id for p in shown(one).rivals] == [3]


def test_decided_ones_can_be_selected_and_decided_anew(queue: Queue) -> None:
    session(queue).press("n")
    one = Session(queue, "Ann", checking, Selection(states=[State.REJECTED]))
    assert (shown(one).proposal.id, one.undecided) == (1, 0)
    one.press("y")
    assert queue.proposal(1).state is State.APPROVED


def test_an_empty_queue_has_nothing_to_show(queue: Queue) -> None:
    one = session(queue, page="Nowhere")
    assert one.shown is None
    assert one.press("j").happened is Happened.NOTHING
    assert one.press("q").happened is Happened.LEFT
    assert one.press("u").happened is Happened.NOTHING


def test_safe_ones_are_approved_only_of_the_checks_named(queue: Queue) -> None:
    everything = Selection(states=[State.PENDING])
    assert review.approve_safe(queue, "Ann", [], everything) == 0
    assert review.approve_safe(queue, "Ann", ["shouting"], everything) == 0
    assert review.approve_safe(queue, "Ann", ["misspelt", "shouting"], everything) == 1
    assert states(queue) == "papppp"
    assert "configuration" in queue.proposal(2).reason


def test_a_block_is_whole_lines() -> None:
    text = "one\ntwo\nthree"
    assert review.block(text, [Span(5, 6)]).of(text) == "two"
    assert review.block(text, [Span(0, 0), Span(5, 6)]).of(text) == "one\ntwo"
    assert review.block(text, [Span(4, 8)]).of(text) == "two"
    assert review.block(text, [Span(13, 13)]).of(text) == "three"
    assert review.block(text, [Span(3, 4)]).of(text) == "one"


def test_a_reader_sees_no_markup() -> None:
    assert review.readable("'''A''' [[b|c]]<ref>d</ref> {{e}}.") == "A c …."


@given(st.text("ab .[]\n|\u05d0\u4e2d", max_size=30), st.text("ab .[]\n|\u05d0\u4e2d", max_size=30))
def test_the_edits_between_two_texts_make_one_of_the_other(old: str, new: str) -> None:
    edits = fixes.edits_between(old, new, 3)
    assert fixes.apply("xyz" + old, edits) == "xyz" + new
    assert all(edit.old != edit.new for edit in edits)


@given(st.text("ynqadjJkK129u", max_size=30))
def test_any_keys_leave_only_states_that_keys_make(keys: str) -> None:
    with Store(":memory:") as store:
        queue = Queue(store)
        queue.propose("w", "P", report(TEXT))
        one = session(queue)
        for key in keys:
            reply = one.press(key)
            assert all(verdict.made for verdict in reply.verdicts)
            assert one.undecided == states(queue).count("p")
        assert set(states(queue)) <= set("par")
        fixes.apply(TEXT, [edit for each in queue.proposals() for edit in each.edits])


def test_a_page_proposed_while_it_is_read_is_read_of_one_moment(queue: Queue) -> None:
    newer = "New lead.\n" + TEXT
    read = queue.store.read

    def meanwhile(query: str, values: object = ()) -> object:
        queue.store.read = read  # type: ignore[method-assign]
        rows = read(query, values)  # type: ignore[arg-type]
        with Store(queue.store.path) as store:
            Queue(store).propose("w", "P", report(newer, 2))
        return rows

    queue.store.read = meanwhile  # type: ignore[method-assign,assignment]
    proposal, text = queue.with_text(1)
    assert (proposal.finding.span.of(text), text) == ("teh", TEXT)
    proposal, text = queue.with_text(1)
    assert (proposal.finding.span.of(text), text) == ("teh", newer)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>A <b>b</b>\n c</p><p>d</p>", "A b c\nd"),
        ("<ul><li>a</li><li>b</li></ul>", "• a\n• b"),
        ("<table><tr><td>a</td><th>b</th></tr></table>", "| a | b"),
        ("a<style>.x{}</style><script>x()</script>b<br>c", "ab\nc"),
        ("&lt;b&gt; &amp;", "<b> &"),
        ("</style>a", "a"),
    ],
)
def test_the_text_of_a_rendered_preview(html: str, expected: str) -> None:
    assert preview.as_text(html) == expected
