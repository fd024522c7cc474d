"""Prose is what a reader reads, and every character of it knows where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Edit, Span
from bot.wikitext import Prose, Wikitext


def prose(text: str) -> Prose:
    return Wikitext(text).prose(Span(0, len(text)))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("''a'' '''b''' '''''c'''''", "a b c"),
        ("[[A]] [[B|c]] [[D|''e'']]s", "A c es"),
        ("a<ref>b</ref> c<ref name=d /> e", "a c e"),
        ("a<!-- b --> c", "a c"),
        ("a [[File:x.png|thumb|b]] c", "a c"),
        ("a [[Category:X]]", "a "),
        ("a&nbsp;b &ndash; c&amp;d &bogus; e", "a b – c&d &bogus; e"),
        ("a<br/>b <small>c</small>", "a b c"),
        ("see [https://x.org/a the site] now", "see the site now"),
        ("a {{convert|5|km}} {{nowrap|b c}} {{nbsp}}d", "a 5 km b c d"),
        ("{{As of|2012|3|lc=y}}", "as of March 2012"),
        ("{{as of|2012|3|4|since=y}}", "Since 4 March 2012"),
        ("a {{unknown|x}} b", "a ￼ b"),
        ("End.{{cn|date=May 2020}} Next", "End. Next"),
        ("a\nb\n\nc", "a b c"),
        ("a  b", "a b"),
        ("<nowiki>x</nowiki> b", "￼ b"),
        ("{{as of|2010|alt=in 2010}}", "in 2010"),
        ("{{nowrap|a [[b]]}}", "￼"),
    ],
)  # fmt: skip
def test_reads(text: str, read: str) -> None:
    assert prose(text).text == read


def test_the_way_back_to_the_source() -> None:
    text = (
        "In '''2014''', the [[Government of X|government]] has&nbsp;been bidding.<ref>r</ref> On."
    )
    read = prose(text)
    start = read.text.index("government")
    assert read.source_span(start, start + 10).of(text) == "government"
    assert read.verbatim(start, start + 10)
    assert not read.verbatim(0, start)
    phrase = read.text.index("has been")
    assert read.source_span(phrase, phrase + 8).of(text) == "has&nbsp;been"
    assert read.edit(phrase, phrase + 8, "was") is None
    assert read.edit(phrase + 4, phrase + 8, "was") == Edit(text.index("been"), "been", "was")
    end = read.sentences[0].end
    assert text[: read.after(end)].endswith("</ref>")
    assert [note.source for note in read.notes_of(0, end)] == ["<ref>r</ref>"]
    assert read.notes_of(end, len(read.text)) == []


def test_sentences() -> None:
    read = prose(
        "The U.S. joined on 3 May 1999 (see below). ''It'' left in St. Gallen. Dr. X came!"
    )
    assert [s.text for s in read.sentences] == [
        "The U.S. joined on 3 May 1999 (see below).",
        "It left in St. Gallen.",
        "Dr. X came!",
    ]
    for sentence in read.sentences:
        assert read.text[sentence.start : sentence.end] == sentence.text


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('He said "a b" and “c” or «d».', ['"a b"', "“c”", "«d»"]),
        ("It's the people's ‘e f’ choice", ["‘e f’"]),
        ('left "open to the end', ['"open to the end']),
        ("none here, don't", []),
        ("as <q>It is [[so|he]] <b>ran</b></q> now", ["“It is he ran”"]),
        ('<Q cite="https://a.example/">Yes.</Q> No.', ["“Yes.”"]),
        ("'It is so.' But the states' 'Old' rights", ["'It is so.'", "'Old'"]),
        ('It was so." He left. "Now.', ['It was so."', '"Now.']),
        ("It was so.” He left “now”.", ["It was so.”", "“now”"]),
        ('a 5" pipe and 6", said "he"', ['"he"']),
        ("the '90s, rock 'n' roll, O'Neill's and the Smiths' house, 'Tis", []),
    ],
)
def test_quotations(text: str, quoted: list[str]) -> None:
    read = prose(text)
    assert [read.text[a:b] for a, b in read.quoted] == quoted


def test_italics_and_links_keep_their_place() -> None:
    text = "see ''The [[Book|Big Book]]'' by [[A]]"
    read = prose(text)
    assert [read.text[a:b] for a, b in read.italic] == ["The Big Book"]
    assert [(read.text[a:b], link.title) for a, b, link in read.links] == [
        ("Big Book", "Book"),
        ("A", "A"),
    ]
    found = read.link_at(read.text.index("Book"))
    assert found is not None
    assert found[2].source == "[[Book|Big Book]]"


def test_what_stands_in_a_stretch() -> None:
    read = prose("A [[b]]{{nowrap|c}} d.<ref>1</ref> E [[f]].<ref>2</ref>")
    first = read.text.index(".") + 1
    assert [link.source for _, _, link in read.links_in(0, first)] == ["[[b]]"]
    assert [template.source for template in read.templates_in(0, first)] == ["{{nowrap|c}}"]
    assert [note.source for note in read.notes_of(0, first)] == ["<ref>1</ref>"]
    assert [note.source for note in read.notes_of(first, len(read.text))] == ["<ref>2</ref>"]


@given(st.lists(st.sampled_from(
    ["word ", "''", "'''", "[[a|", "[[b]]", "]]", "{{t}}", "{{nbsp}}", "{{nowrap|x}}",
     "<ref>r</ref>", "&nbsp;", "&amp;", "<br>", "  ", "\n", "\r\n", "é𝒳", '"',
     "[http://x y]", "<!-- c -->", ". "]
), max_size=40).map("".join))  # fmt: skip
def test_every_character_has_a_place_and_places_never_go_back(text: str) -> None:
    read = prose(text)
    last = 0
    for index in range(len(read.text)):
        span = read.source_span(index, index + 1)
        assert last <= span.start <= span.end <= len(text)
        last = span.start
        if read.verbatim(index, index + 1):
            assert span.of(text) == read.text[index]
    whole = read.source_span(0, len(read.text))
    assert 0 <= whole.start <= whole.end <= len(text)
