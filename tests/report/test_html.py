"""The HTML report: whole, alone, safe, and readable by machines that read aloud."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Edit, Finding, Fix, Page, Report, Severity, Span
from bot.report import html, visible
from tests.planted import HOSTILE, TODAY, made_up, report

VOID = {"meta"}
TAGS = set(
    "html head meta title style body a header h1 h2 h3 h4 p time nav ul li span main section"
    " article blockquote figure figcaption div b del ins mark details summary".split()
)
ATTRIBUTES = set(
    "lang charset name content http-equiv class href id aria-label aria-labelledby datetime"
    " dir".split()
)


class Reader(HTMLParser):
    """Reads strictly: every tag known, closed where it was opened, every attribute known."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.headings: list[int] = []
        self.attributes: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            self.attributes.append((name, value))
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def values(self, name: str) -> list[str]:
        return [value for attribute, value in self.attributes if attribute == name]


def read(*reports) -> Reader:
    text = "".join(html.render(reports, TODAY))
    assert text.startswith("<!DOCTYPE html>\n")
    reader = Reader()
    reader.feed(text.removeprefix("<!DOCTYPE html>\n"))
    reader.close()
    assert reader.open == []
    return reader


TEXT = "Lead wrongg.\n\n== History ==\nA wrongg and\nthe wronggg, lonelywrong.\n=== Now ===\nBREAK"


def test_it_needs_nothing_else():
    reader = read(report(TEXT.replace("BREAK", "wrongg")), report("wrongg", "Other"))
    assert not {"script", "link", "img", "iframe"} & set(reader.tags)
    assert all(value.startswith("#") for value in reader.values("href"))
    assert any("default-src 'none'" in value for value in reader.values("content"))
    (style,) = reader.texts["style"]
    assert "url(" not in style
    assert "@import" not in style
    for wanted in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert wanted in style


def test_landmarks_and_headings():
    reader = read(report(TEXT.replace("BREAK", "wrongg")), report("wrongg", "Other"))
    assert [reader.tags.count(tag) for tag in ("main", "nav", "header", "h1")] == [1, 1, 1, 1]
    levels = reader.headings
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = reader.values("id")
    assert len(ids) == len(set(ids))
    anchors = {value.removeprefix("#") for value in reader.values("href")}
    assert anchors | set(reader.values("aria-labelledby")) <= set(ids)
    assert reader.values("lang") == ["en"]
    assert reader.texts["h3"] == ["Lead", "History", "Now", "Lead"]
    assert reader.texts["h4"] == ["planted"] * 4


def test_words_that_change_are_marked_on_both_sides():
    reader = read(report("It is wrongg here."))
    assert reader.texts["del"] == ["wrongg"]
    assert reader.texts["ins"] == ["right"]
    sides = [text.strip() for text in reader.texts["div"]]
    assert sides == ["", "Before", "It is wrongg here.", "After", "It is right here."]


def test_other_fixes_fold():
    reader = read(report("wronggg"))
    assert reader.texts["summary"] == ["1 other fix"]
    assert len(reader.texts["figure"]) == 2


def test_what_has_no_fix_is_shown_in_its_place():
    reader = read(report("First.\nIt is a lonelywrong <b>word</b>.\nLast."))
    assert reader.texts["mark"] == ["lonelywrong"]
    assert "It is a lonelywrong <b>word</b>." in reader.texts["div"]
    (long,) = read(report("a" * 500 + " lonelywrong " + "b" * 500)).texts["div"][1:]
    assert long == f"…{'a' * 119} lonelywrong {'b' * 119}…"


def test_a_side_on_which_nothing_is_left_says_so():
    page = Page("Page", "Gone.", "Page.wiki")
    fix = Fix("Take it out", (Edit(0, "Gone.", ""),))
    finding = Finding("planted", "duplicates", Severity.ERROR, Span(0, 5), "M", None, (), (fix,))
    assert read(Report(page, (finding,))).texts["div"][-1].strip() == "(nothing)"


def test_evidence_that_is_an_address_can_be_followed():
    finding = Finding(
        "planted", "duplicates", Severity.ERROR, Span(0, 1), "M", "https://a.example/?b&c", (), ()
    )
    reader = read(Report(Page("Page", "Words", "Page.wiki"), (finding,)))
    assert "https://a.example/?b&c" in reader.values("href")


def test_broken_checks_are_told():
    reader = read(report("BREAK"))
    assert any("ZeroDivisionError" in text for text in reader.texts["p"])


def test_addresses_lead_to_the_page_and_nothing_else_does():
    at_wiki = report("wrongg", source="https://wiki.example/wiki/Page?a=1&b=2")
    elsewhere = report("wrongg", source="javascript:alert(1)")
    reader = read(at_wiki, elsewhere)
    links = [value for value in reader.values("href") if not value.startswith("#")]
    assert links == ["https://wiki.example/wiki/Page?a=1&b=2"]


def test_nothing_found():
    reader = read(Report(Page("Page", "", "Page.wiki"), ()))
    assert reader.texts["title"] == ["Redpencil: Nothing found on 1 page."]
    assert reader.texts["main"] == ["\nThere is nothing to mend.\n"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text(hostile):
    reader = read(made_up(hostile))
    assert visible(hostile) in reader.texts["blockquote"]
    assert visible(hostile, one_line=True) + " (WP:PLANTED; certain)" in reader.texts["p"]


@given(st.text(alphabet="<>&\"'/=! -x\n\x00\x1b\u202e", max_size=40))
def test_any_text_is_text(hostile):
    read(made_up(hostile))
