"""Diffs made from edits: the lines for patch, the words for people."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import fixes
from bot.fixes import Piece
from bot.model import Edit

TEXTS = st.text(alphabet="ab c\n\r=é漢", max_size=80)


@st.composite
def edited(draw) -> tuple[str, list[Edit]]:
    """A text and edits of it that are disjoint and do not touch."""
    text = draw(TEXTS)
    edits, position = [], 0
    for _ in range(draw(st.integers(0, 5))):
        if position > len(text):
            break
        start = draw(st.integers(position, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        new = draw(st.text(alphabet="xy a\n", max_size=8))
        if text[start:end] != new:
            edits.append(Edit(start, text[start:end], new))
        position = end + 1
    return text, edits


def patched(folder: Path, name: str, text: str, diff: str) -> str:
    """The file after the program `patch` has applied a diff to it."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    subprocess.run(
        ["patch", "-p1", "-s", "-N"], cwd=folder, input=diff.encode(), check=True, timeout=60
    )
    return file.read_bytes().decode() if file.exists() else ""


def applied(text: str, diff: str) -> str:
    """The text after a diff, read by the rules of unified diffs."""
    before = fixes._lines(text)
    out, position = [], 0
    lines = fixes._lines(diff)
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        content = line[1:-1] if following.startswith("\\ No newline") else line[1:]
        if line.startswith("@@"):
            start, _, count = line.split()[1][1:].partition(",")
            first = int(start) - (count != "0")
            out += before[position:first]
            position = first
        elif line.startswith(("--- ", "+++ ")) and number < 2:
            continue
        elif line[0] in " -":
            assert before[position] == content
            position += 1
            if line[0] == " ":
                out.append(content)
        elif line[0] == "+":
            out.append(content)
    return "".join([*out, *before[position:]])


@settings(max_examples=300)
@given(edited())
def test_a_diff_says_what_the_edits_do(case):
    text, edits = case
    after = fixes.apply(text, edits)
    diff = fixes.unified_diff(text, edits, "page.wiki")
    assert applied(text, diff) == after
    assert bool(diff) == (text != after)


@pytest.mark.patch
@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("one\ntwo\nthree\n", [Edit(4, "two", "2")]),
        ("one\r\ntwo\r\nthree\r\n", [Edit(5, "two", "2")]),
        ("one\ntwo", [Edit(4, "two", "2")]),
        ("one\ntwo", [Edit(7, "", "\n")]),
        ("one\ntwo\n", [Edit(7, "\n", "")]),
        ("one\ntwo\nthree\n", [Edit(4, "two\n", "")]),
        ("one\n", [Edit(0, "", "zero\n")]),
        ("one\n", [Edit(4, "", "two")]),
        ("one\n", [Edit(0, "one\n", "")]),
        ("\ufeffone\ntwo\n", [Edit(1, "one", "1")]),
        ("-- a\n++ b\n# c\n@@ d\n", [Edit(0, "-- a", "--- /dev/null"), Edit(10, "# c", "\\ x")]),
        ("a\x0bb\x0cc\x1cd\u2028e\n", [Edit(4, "c", "C")]),
        ("".join(f"line {n}\n" for n in range(60)), [Edit(0, "line 0\n", ""), Edit(300, "", "x")]),
    ],
)
def test_patch_applies_the_diff(tmp_path, text, edits):
    diff = fixes.unified_diff(text, edits, "page.wiki")
    assert patched(tmp_path, "page.wiki", text, diff) == fixes.apply(text, edits)


@pytest.mark.patch
@pytest.mark.parametrize(
    "name",
    [
        "Foreign relations of Velmora.wiki",
        'C++ & R&D: 100%25 "true"%3F.wiki',
        "back\\slash.wiki",
        "tab\tname.wiki",
        "العلاقات الخارجية.wiki",
        "deep/er/Page.wiki",
        "2026-11-23 12:00.wiki",
    ],
)
def test_patch_finds_the_file(tmp_path, name):
    diff = fixes.unified_diff("one\n", [Edit(0, "one", "two")], name)
    assert patched(tmp_path, name, "one\n", diff) == "two\n"


@settings(max_examples=300)
@given(edited(), st.none() | st.integers(0, 30))
def test_hunks_hold_both_texts_and_nothing_else(case, reach):
    text, edits = case
    hunks = fixes.hunks(text, edits, reach)
    after = text
    for hunk in reversed(hunks):
        assert "".join(piece.old for piece in hunk.pieces) == text[hunk.start : hunk.end]
        new = "".join(piece.new for piece in hunk.pieces)
        after = after[: hunk.start] + new + after[hunk.end :]
    assert after == fixes.apply(text, edits)
    assert all(one.end <= two.start for one, two in itertools.pairwise(hunks))


def test_a_letter_changed_shows_its_word():
    text = "A member of the Organisation of Islamic Cooperation since 1995."
    (hunk,) = fixes.hunks(text, [Edit(text.index("s"), "s", "z")])
    assert [piece for piece in hunk.pieces if piece.changed] == [
        Piece("Organisation", "Organization")
    ]


def test_two_edits_of_one_word_are_one_change():
    text = "the Organisation ends"
    (hunk,) = fixes.hunks(text, [Edit(4, "O", "o"), Edit(10, "s", "z")])
    assert [piece for piece in hunk.pieces if piece.changed] == [
        Piece("Organisation", "organization")
    ]


def test_a_rewritten_sentence_marks_the_words_that_changed():
    old = "Since 2014, the government has been bidding for a seat."
    new = "In 2014, the government began bidding for a seat."
    (hunk,) = fixes.hunks(old, [Edit(0, old, new)])
    assert [piece for piece in hunk.pieces if piece.changed] == [
        Piece("Since", "In"),
        Piece("has been", "began"),
    ]


def test_changes_parted_by_a_sign_read_as_one():
    old, new = "|dead-url=no|x=y", "|url-status=live|x=y"
    (hunk,) = fixes.hunks(old, [Edit(0, old, new)])
    assert [piece for piece in hunk.pieces if piece.changed] == [
        Piece("dead-url=no", "url-status=live")
    ]


def test_context_is_cut_at_words():
    text = "word " * 100 + "wrong " + "word " * 100 + "\nnext line"
    (hunk,) = fixes.hunks(text, [Edit(500, "wrong", "right")], 20)
    shown = text[hunk.start : hunk.end]
    assert shown == "word word word word wrong word word word word"
    assert (hunk.cut_before, hunk.cut_after) == (True, True)


def test_whole_lines_without_reach():
    text = "before\n" + "word " * 100 + "wrong\nafter"
    (hunk,) = fixes.hunks(text, [Edit(text.index("wrong"), "wrong", "right")], None)
    assert text[hunk.start : hunk.end] == text.splitlines()[1]
    assert (hunk.cut_before, hunk.cut_after) == (False, False)


def test_changes_far_apart_are_two_hunks():
    text = "a" + " word" * 100 + " b"
    assert len(fixes.hunks(text, [Edit(0, "a", "x"), Edit(len(text) - 1, "b", "y")], 20)) == 2
