"""The report for a wiki: nothing of a finding's text is markup there."""

from __future__ import annotations

import html
import re

import mwparserfromhell
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report import visible, wikitext
from bot.report.wikitext import escaped
from tests.planted import HOSTILE, TODAY, made_up, report


def written(*reports) -> str:
    return "".join(wikitext.render(reports, TODAY))


def markup(text: str) -> dict[str, list[str]]:
    """What a parser sees in a report besides text."""
    code = mwparserfromhell.parse(text)
    return {
        "templates": [str(each) for each in code.filter_templates()],
        "arguments": [str(each) for each in code.filter_arguments()],
        "comments": [str(each) for each in code.filter_comments()],
        "addresses": [str(each) for each in code.filter_external_links()],
        "links": [str(each.title) for each in code.filter_wikilinks()],
        "headings": [str(each.title).strip() for each in code.filter_headings()],
        "tags": sorted({str(each.tag) for each in code.filter_tags()}),
    }


def shown(text: str) -> str:
    """The text a reader sees of an escaped one."""
    return html.unescape(text)


def test_structure():
    found = markup(written(report("A wrongg.\n== History ==\nThe wronggg.", "Velmora")))
    assert found["links"] == [":Velmora", "WP:PLANTED", "WP:PLANTED"]
    assert found["headings"] == ["[[:Velmora|Velmora]]", "Lead", "History"]
    assert found["tags"] == ["b", "code", "del", "ins", "li"]


def test_words_that_change_are_marked():
    found = written(report("It is wrongg here."))
    assert "*** <code>It is <del>wrongg</del> here.</code>\n" in found
    assert "*** <code>It is <ins>right</ins> here.</code>\n" in found


@pytest.mark.parametrize(
    ("title", "linked"),
    [
        ("Velmora", True),
        ("C++ & R", False),
        ("User:Ann/Draft", True),
        ("العلاقات", True),
        ("A|B", False),
        ("[[A", False),
        ("../A", False),
        ("A#b", False),
        ("__TOC__", False),
        ("https://a.example", False),
        (" A", False),
        ("A''b", False),
    ],
)
def test_only_what_can_be_a_title_is_linked(title, linked):
    links = markup(written(report("wrongg", title)))["links"]
    assert links == ([f":{title}"] if linked else []) + ["WP:PLANTED"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text(hostile):
    found = markup(written(made_up(hostile)))
    assert found["templates"] == found["arguments"] == found["comments"] == []
    assert found["addresses"] == []
    assert set(found["links"]) <= {"WP:PLANTED", f":{hostile}"}
    assert len(found["headings"]) == 2
    assert set(found["tags"]) <= {"b", "code", "del", "ins", "li"}


MARKUP = "[]{}<>|'=*#:;~_-/\\&!\"\n\r\t \x00\x1b\u0338＿ab漢"


@given(st.text(alphabet=MARKUP, max_size=40))
def test_any_text_is_text(text):
    found = markup(written(made_up(text)))
    assert found["templates"] == found["arguments"] == found["comments"] == []
    assert found["addresses"] == []
    assert set(found["tags"]) <= {"b", "code", "del", "ins", "li"}


@given(st.text(alphabet=MARKUP + "RFCPMIDSBN 0123456789", max_size=60))
def test_what_is_escaped_reads_the_same_and_holds_no_markup(text):
    written_text = escaped(text)
    assert not re.search(r"[\[\]{}<>|'=*#:~_\n\r]", re.sub(r"&#\d+;", "", written_text))
    assert not re.search(r"RFC|ISBN|PMID", written_text)
    assert "&" not in re.sub(r"&#\d+;", "", written_text)
    assert shown(written_text) == visible(text, one_line=True)


def test_every_line_starts_with_markup_of_the_report():
    for hostile in HOSTILE:
        for line in written(made_up(hostile)).splitlines():
            assert re.match(r"==|\*|$|\d", line), line
