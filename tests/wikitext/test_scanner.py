"""The linear scanner against hand-made cases, mwparserfromhell, and hostile text."""

from __future__ import annotations

import itertools

import mwparserfromhell
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wikitext import scanner
from bot.wikitext.scanner import KINDS, scan


def found(text: str) -> list[tuple[str, str]]:
    return [(KINDS[node.kind], text[node.start : node.end]) for node in scan(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{a}}", [("template", "{{a}}")]),
        ("{{a|{{b}}}}", [("template", "{{a|{{b}}}}"), ("template", "{{b}}")]),
        ("{{{x}}}", [("argument", "{{{x}}}")]),
        ("{{{{{x}}}}}", [("template", "{{{{{x}}}}}"), ("argument", "{{{x}}}")]),
        ("{{{{a}}}}", [("argument", "{{{a}}}")]),
        ("{{a}}}", [("template", "{{a}}")]),
        ("{{{a}}", [("template", "{{a}}")]),
        ("{{a", []),
        ("{{a {{b}}", [("template", "{{b}}")]),
        ("[[a|b]]", [("wikilink", "[[a|b]]")]),
        ("[[File:x|[[y]]]]", [("wikilink", "[[File:x|[[y]]]]"), ("wikilink", "[[y]]")]),
        ("[[[a]]]", [("wikilink", "[[a]]")]),
        ("{{a|[[b}}", []),
        ("{{a|[[b]]}}", [("template", "{{a|[[b]]}}"), ("wikilink", "[[b]]")]),
        ("<!-- {{a}} -->{{b}}", [("comment", "<!-- {{a}} -->"), ("template", "{{b}}")]),
        ("x<!-- {{a}}", [("comment", "<!-- {{a}}")]),
        ("<nowiki>{{a}}</nowiki>", [("opaque", "<nowiki>{{a}}</nowiki>")]),
        ("<nowiki>{{a}}", [("template", "{{a}}")]),
        ("<NoWiki>[[a]]</NOWIKI >", [("opaque", "<NoWiki>[[a]]</NOWIKI >")]),
        ("<nowiki/>{{a}}", [("opaque", "<nowiki/>"), ("template", "{{a}}")]),
        ("<ref>{{a}}</ref>", [("reference", "<ref>{{a}}</ref>"), ("template", "{{a}}")]),
        ("<ref name=x />{{a}}", [("reference", "<ref name=x />"), ("template", "{{a}}")]),
        ("<ref>{{a</ref>}}", [("reference", "<ref>{{a</ref>")]),
        ("<ref>a<ref>b</ref>", [("reference", "<ref>a<ref>b</ref>")]),
        ("<references />", []),
        ("<ref>a</references>b</ref>", [("reference", "<ref>a</references>b</ref>")]),
        ('<ref>a</ref name="x">b</ref>', [("reference", '<ref>a</ref name="x">b</ref>')]),
        ("<ref>a</ref\n>", [("reference", "<ref>a</ref\n>")]),
        ("<nowiki>[[a]]</nowiki x>", [("wikilink", "[[a]]")]),
        ("<ref>{{a}}", [("template", "{{a}}")]),
        ("<ref><!-- </ref> -->", [("reference", "<ref><!-- </ref>"), ("comment", "<!-- ")]),
        ("<ref><nowiki></ref></nowiki>", [("reference", "<ref><nowiki></ref>")]),
        ("İ<ref>{{a}}</REF>", [("reference", "<ref>{{a}}</REF>"), ("template", "{{a}}")]),
        (
            "{{a|<ref>}}</ref>}}",
            [("template", "{{a|<ref>}}</ref>}}"), ("reference", "<ref>}}</ref>")],
        ),
        ("<math>{{x}}</math>", [("opaque", "<math>{{x}}</math>")]),
        ("<!-- [[a]] -->[[b]]", [("comment", "<!-- [[a]] -->"), ("wikilink", "[[b]]")]),
        ('<ref name="[[a]]">b</ref>', [("reference", '<ref name="[[a]]">b</ref>')]),
        (
            "[[File:x|a ]] b]] [[c]]]]",
            [("wikilink", "[[File:x|a ]]"), ("wikilink", "[[c]]")],
        ),
        (
            "{{a|<ref>{{b}} [[</ref>|[[c]]}}",
            [
                ("template", "{{a|<ref>{{b}} [[</ref>|[[c]]}}"),
                ("reference", "<ref>{{b}} [[</ref>"),
                ("template", "{{b}}"),
                ("wikilink", "[[c]]"),
            ],
        ),
    ],
)
def test_finds(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


PIECES = st.sampled_from(
    ["{{a", "{{b|c=", "}}", "[[x", "[[y|", "]]", "|", "=", "<ref>", "</ref>", "<ref name=n />",
     "<!--", "-->", "<nowiki>", "</nowiki>", "{{{", "}}}", "text ", "\n", "* ", "== h ==", "é",
     "𝒳", "{", "}", "[", "]", "<", ">"]
)  # fmt: skip
WHOLE = st.recursive(
    st.sampled_from(["text ", "é ", "\n", "1 = 2 ", "𝒳"]),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a: "{{t|p=" + a + "}}", inner),
        st.builds(lambda a: "[[l|" + a.replace("\n", " ") + "]]", inner),
        st.builds(lambda a: "<ref>" + a + "</ref>", inner.filter(lambda a: "<ref" not in a)),
        st.just("<!-- {{ -->"),
        st.just("<nowiki>[[</nowiki>"),
    ),
    max_leaves=12,
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_constructs_nest_and_stay_inside_the_text(text: str) -> None:
    nodes = scan(text)
    for index, node in enumerate(nodes):
        assert 0 <= node.start <= node.inner_start <= node.inner_end <= node.end <= len(text)
        assert node.parent < index
        if node.parent >= 0:
            parent = nodes[node.parent]
            assert parent.start <= node.start
            assert node.end <= parent.end
    for one, two in itertools.pairwise(nodes):
        assert one.start <= two.start
        assert two.start >= one.end or two.end <= one.end


@given(WHOLE)
def test_agrees_with_mwparserfromhell_on_whole_markup(text: str) -> None:
    code = mwparserfromhell.parse(text)
    theirs = sorted(
        [str(node) for node in code.ifilter_templates()]
        + [str(node) for node in code.ifilter_wikilinks()]
        + [str(node) for node in code.ifilter_tags(matches=lambda tag: str(tag.tag) == "ref")]
    )
    kinds = (scanner.TEMPLATE, scanner.WIKILINK, scanner.REFERENCE)
    ours = sorted(text[n.start : n.end] for n in scan(text) if n.kind in kinds)
    assert ours == theirs


@pytest.mark.parametrize(
    "hostile",
    [
        "{{" * 200_000,
        "{{a|" * 10_000 + "}}" * 10_000,
        "[[" * 200_000,
        "[[File:a|" * 10_000 + "]]" * 10_000,
        "<ref>" * 200_000,
        "<nowiki>" * 200_000,
        "<!--" * 200_000,
        "{" * 1_000_000,
        "{{" * 100_000 + "}" * 1_000_000,
        "{{a|b=<ref>[[" * 50_000,
        "<ref " * 200_000,
        "<ref name=" * 100_000 + ">",
        "<ref>" + "<nowiki>" * 100_000 + "</ref></nowiki>",
        "[[" + "[[a]]" * 100_000,
        "<!-- [[a]] -->" * 50_000,
        "x" * 10_000_000,
    ],
    ids=lambda text: text[:14],
)
def test_hostile_text_is_read_in_one_go(hostile: str) -> None:
    assert all(node.end <= len(hostile) for node in scan(hostile))
