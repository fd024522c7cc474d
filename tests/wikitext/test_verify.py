"""The second opinion on an edited text."""

from __future__ import annotations

import pytest

from bot import fixes
from bot.model import Edit
from bot.wikitext import verify

TEXT = (
    "One {{a|b}} and [[c|d]].<ref>{{cite web|url=http://e.org}}</ref>\n\n* [[f]] {{g\n|h=i}}\nEnd."
    '<ref name="a"/> <ref\tname="b" />'
)


def edit(old: str, new: str, text: str = TEXT) -> Edit:
    return Edit(text.index(old), old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("One", "Two"),
        ("[[c|d]]", "d"),
        ("[[c|d]].", "[[c|d]] {{when|date=May 2020}}."),
        ("<ref>{{cite web|url=http://e.org}}</ref>", ""),
        ("http://e.org", "http://e.org |archive-date=1 May 2020"),
        ("http://e.org", "http://e.org|archive-url=http://f.org|archive-date=1 May 2020"),
        ("h=i", "h=j"),
        ("* [[f]]", "* [[k]]"),
        ('<ref name="a"/>', ""),
        ('<ref name="a"/> <ref\tname="b" />', ""),
        ("End.", 'End.<ref name="c"/>'),
    ],
)
def test_an_edit_that_does_what_it_says(old: str, new: str) -> None:
    edits = [edit(old, new)]
    after = fixes.apply(TEXT, edits)
    assert verify.differences(TEXT, after, edits) == []


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("}} and", "} and", "the template {{a}} would be lost"),
        ("|d]]", "|d]", "the link to [[c]] would be lost"),
        ("</ref>", "", "a <ref> tag would be lost"),
        ("One", "{{One", "would be left open"),
    ],
)
def test_an_edit_that_breaks_what_is_around_it(old: str, new: str, lost: str) -> None:
    edits = [edit(old, new)]
    found = verify.differences(TEXT, fixes.apply(TEXT, edits), edits)
    assert any(lost in sentence for sentence in found), found


def test_two_edits_in_two_blocks() -> None:
    edits = [edit("End", "The end"), edit("One", "Two")]
    assert verify.differences(TEXT, fixes.apply(TEXT, edits), edits) == []


def test_a_hostile_block_is_not_given_to_the_parser() -> None:
    text = "{{" * 100_000 + " One"
    edits = [edit("One", "Two", text)]
    assert verify.differences(text, fixes.apply(text, edits), edits) == []
