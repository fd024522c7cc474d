"""A finding is the same while its own words stand, wherever they have moved to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Edit, Finding, Fix, Severity, Span
from bot.queue import anchors
from bot.queue.anchors import Shift


def key(text: str, words: str = "teh", check: str = "misspelt") -> str:
    start = text.index(words)
    return anchors.key(check, text, Span(start, start + len(words)))


BASE = "First one. It was teh second, indeed. Last one."


@pytest.mark.parametrize(
    "same",
    [
        "It was teh second, indeed.",
        "Another first!  It was teh  second,\tindeed.  More.\nLines.",
        "First.<ref>{{cite web|title=A. B}}</ref> It was teh second, indeed.<ref name=x/> C.",
        "<!-- a. comment -->It was teh second, indeed.<!-- b -->",
        "It was teh second,<ref>New. One!</ref> indeed.",
        "\n\n== H ==\nIt was teh second, indeed.",
        "国連。It was teh second, indeed. 国連。",
    ],
)
def test_edits_around_the_sentence_do_not_count(same: str) -> None:
    assert key(same) == key(BASE)


@pytest.mark.parametrize(
    "other",
    [
        "It is teh second, indeed.",
        "It was teh second, surely.",
        "It was teh second.",
        "It was teh second, indeed",
    ],
)
def test_edits_in_the_sentence_count(other: str) -> None:
    assert key(other) != key(BASE)


def test_the_check_counts_and_the_words_do() -> None:
    assert key(BASE, check="other") != key(BASE)
    assert key(BASE, "second") != key(BASE)


def test_in_a_reference_the_reference_counts_alone() -> None:
    one = "It was.<ref>{{cite web |url=teh |title=A. B}}</ref> More."
    two = "It is now, they say.<ref>{{cite web |url=teh |title=A. B}}</ref>"
    three = "It was.<ref>{{cite web |url=teh |title=A. C}}</ref> More."
    assert key(one) == key(two)
    assert key(one) != key(three)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert key("Caf\u00e9 teh.") == key("Cafe\u0301 teh.")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("A b. C d e. F", "d", " C d e."),
        ("A b.\nC d e", "d", "C d e"),
        ("A.<ref>x. y</ref> C d.<ref>z</ref> F", "d", "<ref>x. y</ref> C d."),
        ("A <ref>b d. e</ref> f.", "d", "b d. e"),
        ("A d.", "d.", "A d."),
        ("A d.<ref>x</ref> B.", "d.<ref>x</ref>", "A d.<ref>x</ref>"),
        ("d", "d", "d"),
    ],
)
def test_the_sentence_around(text: str, words: str, expected: str) -> None:
    start = text.index(words)
    assert anchors.sentence(text, Span(start, start + len(words))).of(text) == expected


lines = st.lists(st.sampled_from(["a", "b", "cc", "", "d e", "f\u05d0"]), max_size=8)


@given(lines, lines, lines, lines)
def test_a_certain_place_holds_the_same_words(
    head: list[str], old: list[str], new: list[str], tail: list[str]
) -> None:
    before, after = "\n".join(head + old + tail), "\n".join(head + new + tail)
    moved = Shift.between(before, after)
    assert before[: moved.start] == after[: moved.start]
    assert before[moved.end :] == after[moved.end + moved.growth :]
    for start in range(len(before) + 1):
        for end in range(start, min(start + 4, len(before)) + 1):
            span = Span(start, end)
            place = moved.certain(span)
            if place is not None:
                assert after[place : place + end - start] == span.of(before)
            assert moved.about(span) >= 0


def test_a_line_between_two_changes_is_found() -> None:
    before, after = "one\nstays teh\nthree", "ONE more\nstays teh\nthird"
    place = before.index("teh")
    assert Shift.between(before, after).certain(Span(place, place + 3)) == after.index("teh")
    twice = after + "\nstays teh"
    assert Shift.between(before, twice).certain(Span(place, place + 3)) is None


@given(st.lists(st.integers(0, 50), max_size=8), st.lists(st.integers(0, 50), max_size=8))
def test_pairs_take_each_once_and_as_many_as_they_can(left: list[int], right: list[int]) -> None:
    found = anchors.pairs(left, right)
    assert len(found) == min(len(left), len(right))
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    assert {(i, j) for i, j in found if left[i] == right[j]} or not set(left) & set(right)


def test_very_many_pairs_are_made_in_no_time() -> None:
    many = list(range(30_000))
    assert anchors.pairs(many, many) == [(number, number) for number in many]


def finding(start: int, *fixes: Fix) -> Finding:
    return Finding("c", "f", Severity.ERROR, Span(start, start + 3), "m", fixes=fixes)


def test_a_fix_is_the_same_that_replaces_the_same() -> None:
    wanted = Fix("one title", (Edit(1, "a", "b"), Edit(5, "c", "")))
    among = [Fix("x", (Edit(1, "a", "b"),)), Fix("y", (Edit(9, "a", "b"), Edit(12, "c", "")))]
    assert anchors.same_fix(wanted, among) == 1
    assert anchors.same_fix(wanted, among[:1]) is None


def test_edits_whose_place_is_not_certain_are_not_carried() -> None:
    before, after = "teh\nx\nfar", "teh\ny\nfar away"
    moved = Shift.between(before, after)
    own, far = Edit(0, "teh", "the"), Edit(6, "far", "near")
    assert anchors.carried([own], finding(0), finding(0), moved, after) == (own,)
    assert anchors.carried([own, far], finding(0), finding(0), moved, after) is None
    assert anchors.carried_finding(finding(0, Fix("t", (own, far))), moved, after) is None
    assert anchors.carried_finding(finding(0, Fix("t", (own,))), moved, after) is not None
