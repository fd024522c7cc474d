"""What a list on a wiki page names, and what is left out."""

from __future__ import annotations

import pytest

from bot.runs.choosing import left_out, listed_titles


def test_the_first_link_of_each_list_item_is_meant():
    text = (
        "See [[Help:Lists]].\n* [[Karvenia]], beside [[Sandovia]]\n# '''[[talvoria|Talvoria]]'''\n"
        "** [[Karvenia#History]] is one, too\n<!-- * [[Hidden]] -->\n* <nowiki>[[Shown]]</nowiki>\n"
        "* no link\n* [[:Category:Towns]]\n* [[Karvenia]] again\n: [[Wide  name ]]\n"
    )
    assert listed_titles(text) == [
        "Karvenia",
        "talvoria",
        "Karvenia#History",
        "Category:Towns",
        "Wide  name",
    ]


@pytest.mark.parametrize(
    ("title", "is_left_out"),
    [
        ("Main Page", True),
        ("main_Page", True),
        ("Main Pages", False),
        ("Draft:Karvenia", True),
        ("Drafts", False),
        ("Who?", True),
        ("Whom", False),
        ("C (language)", True),
        ("Old", False),
    ],
)
def test_titles_are_left_out_as_they_are_written_or_by_a_star(title, is_left_out):
    assert left_out(["Main Page", "Draft:*", "Who?", "C*(language)"])(title) is is_left_out


def test_nothing_is_left_out_unless_it_is_said():
    assert not left_out([])("Main Page")
