"""Edits follow their section's text, and nothing that only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import fixes
from bot.errors import StaleEdit
from bot.model import Edit
from bot.saving import rebase

BASE = """\
Lead.

== A ==
alpha teh end

=== Sub ===
sub teh end

== B ==
beta teh end
"""


def at(text: str, words: str) -> Edit:
    return Edit(text.index(words) + words.index("teh"), "teh", "the")


def moved(current: str, *words: str) -> str:
    edits = rebase.by_section(BASE, current, [at(BASE, each) for each in words])
    return fixes.apply(current, edits)


@pytest.mark.parametrize(
    "current",
    [
        BASE,
        "New lead.\n\n" + BASE[BASE.index("== A") :],
        BASE.replace("sub teh", "other"),
        BASE.replace("== B ==", "=== Sub ===\nNew.\n\n== B =="),
        BASE[BASE.index("== B") :] + "\n" + BASE[: BASE.index("== B")],
        BASE.replace("beta teh end", "alpha teh end"),
        BASE.replace("\n\n=== Sub", "\n\n\n\n=== Sub"),
    ],
)
def test_a_section_with_the_same_text_is_followed(current: str) -> None:
    place = current.index("== A ==\nalpha teh")
    expected = current[:place] + current[place:].replace("alpha teh", "alpha the", 1)
    assert moved(current, "alpha teh") == expected


@pytest.mark.parametrize(
    ("current", "reason"),
    [
        (BASE.replace("alpha", "gamma"), "“A” was changed"),
        (BASE.replace("== A ==", "== Z =="), "“A” was changed"),
        (BASE.replace("== A ==", "=== A ==="), "“A” was changed"),
        (BASE + "\n== A ==\nalpha teh end\n", "several times"),
        ("", "“A” was changed"),
    ],
)
def test_a_section_with_another_text_is_not(current: str, reason: str) -> None:
    with pytest.raises(StaleEdit, match=reason):
        moved(current, "alpha teh")


def test_a_subsection_belongs_to_its_headings() -> None:
    current = BASE.replace("== B ==\n", "== B ==\n=== Sub ===\nsub teh end\n\n")
    assert moved(current, "sub teh").index("sub the") < current.index("== B")
    elsewhere = BASE.replace("== A ==", "== Other ==")
    with pytest.raises(StaleEdit):
        moved(elsewhere, "sub teh")


def test_all_edits_or_none() -> None:
    with pytest.raises(StaleEdit, match="“B”"):
        moved(BASE.replace("beta", "gamma"), "alpha teh", "beta teh")


def test_twins_in_the_base_are_not_told_apart() -> None:
    base = "== A ==\nteh\n\n== A ==\nteh\n"
    with pytest.raises(StaleEdit, match="several times"):
        rebase.by_section(base, "Lead.\n" + base, [Edit(base.rindex("teh"), "teh", "the")])


def test_an_edit_over_a_heading_is_not_carried() -> None:
    start = BASE.index("end\n\n=== Sub")
    with pytest.raises(StaleEdit, match="beyond its section"):
        rebase.by_section(BASE, BASE, [Edit(start, BASE[start : start + 12], "x")])


@pytest.mark.parametrize(
    "current",
    [
        BASE.replace("Lead.", "Another lead, longer."),
        BASE.replace("beta teh end", "gone"),
        "Above.\n" + BASE,
        BASE + "Below.",
        BASE,
    ],
)
def test_lines_that_nobody_touched_are_followed(current: str) -> None:
    edits = rebase.by_line(BASE, current, [at(BASE, "alpha teh")])
    assert fixes.apply(current, edits) == current.replace("alpha teh", "alpha the")


def test_lines_between_two_changes_are_not() -> None:
    with pytest.raises(StaleEdit):
        rebase.by_line(
            BASE, BASE.replace("Lead.", "x").replace("beta", "y"), [at(BASE, "alpha teh")]
        )
    with pytest.raises(StaleEdit):
        rebase.by_line(BASE, BASE.replace("alpha teh end", "alpha teh"), [at(BASE, "alpha teh")])


LINES = st.lists(st.sampled_from(["a", "b", "teh x", "", "== H ==", "== G =="]), max_size=8)


@given(LINES, LINES, LINES, st.data())
def test_the_replaced_words_always_stand_there(before, base, after, data) -> None:
    """Whatever somebody else did, an edit lands on a line that reads as the one approved, or not
    at all."""
    old = "\n".join(base)
    places = [i for i in range(len(old)) if old.startswith("teh", i)]
    if not places:
        return
    edit = Edit(data.draw(st.sampled_from(places)), "teh", "the")
    new = "\n".join([*before, *base, *after] if data.draw(st.booleans()) else [*before, *after])
    for carry in (rebase.by_section, rebase.by_line):
        try:
            (found,) = carry(old, new, [edit])
        except StaleEdit:
            continue
        assert new[found.start : found.end] == "teh"
