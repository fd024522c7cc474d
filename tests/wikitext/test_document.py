"""Sections, blocks, templates, links and references of a text, and where they stand."""

from __future__ import annotations

import re

import mwparserfromhell
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Span
from bot.wikitext import Wikitext

PAGE = """Lead text.

== History ==
Old.
=== Early ''days'' ===
Older.
== Economy == <!-- see talk -->
<nowiki>
== Not a heading ==
</nowiki>
{{box|
== Nor this ==
}}
=== [[Trade|Foreign trade]] ===
Late.
"""


def test_sections_are_numbered_nested_and_named_as_read() -> None:
    page = Wikitext(PAGE)
    assert [(s.number, s.level, s.heading) for s in page.sections] == [
        (0, 0, ""),
        (1, 2, "History"),
        (2, 3, "Early days"),
        (3, 2, "Economy"),
        (4, 3, "Foreign trade"),
    ]
    history = page.sections[1]
    assert history.span.of(PAGE).startswith("== History ==")
    assert history.span.of(PAGE).endswith("Older.\n")
    assert history.body.of(PAGE) == "Old.\n"
    assert page.section_at(PAGE.index("Older")).heading == "Early days"
    assert page.major(page.sections[4]).heading == "Economy"
    assert page.major(page.sections[0]).number == 0


@pytest.mark.parametrize("name", ["Foreign trade", "foreign_trade", "[[Trade|Foreign trade]]"])
def test_a_section_is_found_by_heading_or_anchor(name: str) -> None:
    assert [s.number for s in Wikitext(PAGE).find_sections(name)] == [4]


def test_equal_headings_are_all_found_in_order() -> None:
    page = Wikitext("== A ==\nx\n== B ==\n== A ==\ny")
    assert [s.number for s in page.find_sections("A")] == [1, 3]


@pytest.mark.parametrize(
    ("line", "level"),
    [("= a =", 1), ("== a =", 1), ("= a ==", 1), ("======= a =======", 6), ("===", 1), ("=====", 2),
     ("==a== x", 0), ("==", 0), ("x == a ==", 0), ("==a==\r", 2)],
)  # fmt: skip
def test_what_counts_as_a_heading(line: str, level: int) -> None:
    assert sum(section.level for section in Wikitext(f"text\n{line}\ntext").sections) == level


@given(st.lists(st.sampled_from(["== A ==", "=== B ===", "text", "", "==== C ====", "* x"])))
def test_headings_agree_with_mwparserfromhell(lines: list[str]) -> None:
    text = "\n".join(lines)
    theirs = [str(h.title).strip() for h in mwparserfromhell.parse(text).ifilter_headings()]
    assert [section.heading for section in Wikitext(text).sections[1:]] == theirs


BLOCKS = """{{Main|Elsewhere}}
[[File:Map.svg|thumb|A [[map]] of it]]
First line
second line.

* one
** two [[link
over]] lines
# three
{|
| cell
* in the table
{|
| inner
|}
|}
<blockquote>
said
</blockquote>
Last.<ref>a
b</ref> More."""


def test_blocks() -> None:
    page = Wikitext(BLOCKS)
    assert [
        (b.kind, b.marker, b.quoted, b.span.of(BLOCKS)) for b in page.blocks(page.sections[0].body)
    ] == [
        ("templates", "", False, "{{Main|Elsewhere}}"),
        ("caption", "", False, "A [[map]] of it"),
        ("paragraph", "", False, "First line\nsecond line."),
        ("item", "*", False, "one"),
        ("item", "**", False, "two [[link\nover]] lines"),
        ("item", "#", False, "three"),
        ("table", "", False, BLOCKS[BLOCKS.index("{|") : BLOCKS.index("<blockquote>") - 1]),
        ("paragraph", "", True, "<blockquote>"),
        ("paragraph", "", True, "said"),
        ("paragraph", "", True, "</blockquote>"),
        ("paragraph", "", False, "Last.<ref>a\nb</ref> More."),
    ]


def test_a_caption_is_the_last_part_that_is_no_option() -> None:
    text = "[[File:A.jpg|thumb|Seen from [[B|the hill]]|alt=A hill|upright=0.8]]"
    (caption,) = Wikitext(text).blocks(Span(0, len(text)))
    assert caption.span.of(text) == "Seen from [[B|the hill]]"


@given(st.lists(st.sampled_from(
    ["* ", "{|", "|}", "\n", "text", "[[File:a|", "]]", "{{a", "}}", "<ref>", "</ref>", "=",
     "<blockquote>"]
), max_size=40).map("".join))  # fmt: skip
def test_blocks_are_in_order_and_inside(text: str) -> None:
    page = Wikitext(text)
    for section in page.sections:
        for block in page.blocks(section.body):
            assert section.body_start <= block.start <= block.content <= block.end
            assert block.end <= section.body_end


def test_templates_open_as_far_as_asked() -> None:
    text = (
        "a{{ Cite_web\n| url = http://x/?a=b |title={{lang|fr|Té}}|<!-- c -->empty=|first"
        "|a=[[b|c]]|last}}"
    )
    (template, inner) = Wikitext(text).templates
    assert (template.name, inner.name) == ("cite web", "lang")
    assert [(p.name, p.value, p.positional) for p in template.parameters] == [
        ("url", "http://x/?a=b", False),
        ("title", "{{lang|fr|Té}}", False),
        ("empty", "", False),
        ("1", "first", True),
        ("a", "[[b|c]]", False),
        ("2", "last", True),
    ]
    for parameter in template.parameters:
        assert parameter.value_span.of(text) == parameter.value
        assert text[parameter.start] == "|"
    assert template.value("missing", "url") == "http://x/?a=b"
    assert template.parameter("nothing") is None


NAMES = st.sampled_from(["", "=", "a=", " é\n = ", "<!--|-->x=", "1="])
# No "=" behind a nested template: mwparserfromhell then takes the name for the nested one's.
VALUES = st.lists(st.sampled_from([" ", "a", "é", "{{b|c=d}}", "[[d|e]]", "\n", "<!--|-->"]))


@given(st.lists(st.builds(lambda n, v: n + ("" if n else "p") + "".join(v), NAMES, VALUES)))
def test_the_parameters_of_a_template_make_it_up(parts: list[str]) -> None:
    text = "{{t|" + "|".join(parts) + "}}"
    page = Wikitext(text)
    template = page.templates[0]
    assert text[: template.parameters[0].start] == "{{t"
    joined = "".join(p.span.of(text) for p in template.parameters)
    assert "{{t" + joined + "}}" == text
    theirs = mwparserfromhell.parse(text).filter_templates()[0]
    assert [p.name for p in template.parameters] == [
        re.sub("<!--.*?-->", "", str(p.name)).strip() for p in theirs.params
    ]


def test_references_and_links() -> None:
    text = "<ref name=\"A b\" group=n>x</ref><ref name=c/><ref name='d' />[[a_b#C d|e]][[:file:x]]"
    page = Wikitext(text)
    assert [(r.name, r.attribute("group"), r.content) for r in page.references] == [
        ("A b", "n", "x"),
        ("c", "", ""),
        ("d", "", ""),
    ]
    assert [(w.title, w.fragment, w.label, w.prefix) for w in page.wikilinks] == [
        ("A b", "C d", "e", ""),
        ("File:x", "", ":file:x", ""),
    ]
    assert page.reference_at(text.index("x</ref>")) is not None
    assert page.reference_at(text.index("[[a_b") + 2) is None


def test_comments_and_unread_zones_are_protected() -> None:
    text = "a <!-- b --> c <nowiki>d</nowiki> e <math>f</math> [[g]]"
    page = Wikitext(text)
    said = {c: page.protected(Span(text.index(c), text.index(c) + 1)) for c in "abcg"}
    assert said == {"a": None, "b": "comment", "c": None, "g": None}
    assert page.protected(Span(text.index("d</"), text.index("d</") + 1)) == "nowiki"
    assert page.protected(Span(text.index("f</"), text.index("f</") + 1)) == "math"


RUNNING = (
    "Lead<ref>a [[b]]</ref> goes <!-- c --> on.\n== One ==<!-- d -->\n<nowiki>e</nowiki>text"
    "{{f|<ref>g</ref>}}\n=== Two ===\n<ref name=h />\nlast<ref>i</ref>"
)


def test_bare_has_blanks_for_what_is_no_running_text() -> None:
    page = Wikitext(RUNNING)
    bare = page.bare(Span(0, len(RUNNING)))
    assert len(bare) == len(RUNNING)
    assert bare.split() == (
        "Lead goes on. == One == text{{f|<ref>g</ref>}} === Two === last".split()
    )
    for start in range(len(RUNNING)):
        for end in range(start, len(RUNNING)):
            assert page.bare(Span(start, end)) == bare[start:end]


PIECES = [
    *("a", "b c", " ", "\n", "é", "🚀", "[[l|m]]", "\n== H ==\n", "{|\n|x\n|}"),
    *("<ref>r</ref>", "<ref>", "{{t|<ref>x</ref>}}", "<!-- c -->", "<!--", "<nowiki>", "</nowiki>"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_running_text_is_bare_text_shortened_and_leads_back(text: str) -> None:
    page = Wikitext(text)
    running = "".join(page.running)
    assert b"".join(page.encoded) == running.encode()
    assert len(page.running) == len(page.sections)
    bare = page.bare(Span(0, len(text)))
    assert running.split() == bare.split()
    for section in range(len(page.sections)):
        running = "".join(page.running[section:])
        places = [place for place, character in enumerate(running) if not character.isspace()]
        there = page.unshortened(places, section)
        assert [bare[place] for place in there] == [running[place] for place in places]
        assert not there or there[0] >= page.sections[section].start
