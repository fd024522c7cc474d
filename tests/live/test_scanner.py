"""The linear scanner against MediaWiki's own preprocessor, on generated and on seeded text."""

from __future__ import annotations

import random
from xml.etree import ElementTree as ET

import pytest

from bot.wikitext import Wikitext
from bot.wikitext.scanner import ARGUMENT, COMMENT, OPAQUE, REFERENCE, TEMPLATE, scan
from tests.cases import every_case
from tests.live.wiki import Wiki

PIECES = (
    "{{a",
    "{{b|c=",
    "{{Cite web|url=http://e.org/?a=b&c|title=T}}",
    "}}",
    "[[x",
    "[[y|",
    "[[z|w]]",
    "]]",
    "|",
    "a=b",  # a "=" that begins a line would make MediaWiki wait for a heading's end before "}}"
    "<ref>",
    '<ref name="n">',
    "</ref>",
    "<ref name=n />",
    "<!-- c -->",
    "<!--",
    "-->",
    "<nowiki>",
    "</nowiki>",
    "<nowiki/>",
    "<pre>",
    "</pre>",
    "{{{",
    "}}}",
    "text ",
    "\n",
    "\n* ",
    "\n== h ==\n",
    "é𝒳",
    "<b>",
    "</b>",
    "x < y",
)
# Tags that both the scanner and the local wiki know as extensions.
EXTENSIONS = {"ref", "nowiki", "pre", "gallery"}
COUNTED = (TEMPLATE, ARGUMENT, COMMENT, REFERENCE, OPAQUE)


def theirs(wiki: Wiki, text: str) -> list[tuple[int, int, str]]:
    """Every construct of MediaWiki's parse tree that is in no extension tag: place and kind."""
    # As action=parse gives it, which would make a page of the text as well.
    answer = wiki.api("expandtemplates", text=text, title="Karvenia", prop="parsetree")
    found: list[tuple[int, int, str]] = []

    def walk(element: ET.Element, at: int) -> int:
        """Where the element ends that starts at `at`, counted in characters of the text."""
        start, tag = at, element.tag
        opening = {"template": "{{", "tplarg": "{{{", "ext": "<"}.get(tag, "")
        at += len(opening) + len(element.text or "")
        for child in element:
            if tag in ("template", "tplarg") and child.tag == "part":
                at += 1
            if tag == "ext" and child.tag == "inner":
                at += 1  # the ">" behind the attributes
            at = walk(child, at) + len(child.tail or "")
        at += {"template": 2, "tplarg": 3}.get(tag, 0)
        if tag == "ext" and element.find("inner") is None:
            at += 2  # "/>"
        if tag == "comment" and (element.text or "").endswith("\n"):
            at -= 1  # a comment that has a line for itself takes its line break with it
            found.append((start, at, tag))
            return at + 1
        if tag in ("template", "tplarg", "comment", "ext"):
            found.append((start, at, tag))
        return at

    end = walk(ET.fromstring(answer["expandtemplates"]["parsetree"]), 0)
    assert end == len(text)
    return sorted(found)


def ours(text: str) -> list[tuple[int, int, str]]:
    """The same of the scanner."""
    names = {TEMPLATE: "template", ARGUMENT: "tplarg", COMMENT: "comment"}
    nodes = scan(text)
    found = []
    for node in nodes:
        parent = node.parent
        while parent >= 0 and nodes[parent].kind != REFERENCE:
            parent = nodes[parent].parent
        if parent < 0 and node.kind in COUNTED:
            found.append((node.start, node.end, names.get(node.kind, "ext")))
    return sorted(found)


def generated(number: int) -> str:
    dice = random.Random(number)
    text = "".join(dice.choice(PIECES) for _ in range(dice.randrange(2, 40)))
    return text.strip() + "."


def test_generated_text(wiki_server: Wiki) -> None:
    different = []
    for number in range(400):
        text = generated(number)
        if ours(text) != theirs(wiki_server, text):
            different.append((text, ours(text), theirs(wiki_server, text)))
    assert different == []


def test_the_texts_of_all_cases(wiki_server: Wiki) -> None:
    # What stands in <references> is one unread tag to the preprocessor and read on its own later.
    texts = [
        case.text.strip()
        for case in every_case()
        if "\r" not in case.text and "<references>" not in case.text
    ]
    different = [text for text in texts if ours(text) != theirs(wiki_server, text)]
    assert different == []


@pytest.mark.parametrize("title", ["Karvenia", "Foreign relations of Karvenia"])
def test_sections_of_a_page(wiki_server: Wiki, title: str) -> None:
    page = Wikitext(wiki_server.text(title))
    assert [(str(s.number), str(s.level), s.heading, s.start) for s in page.sections[1:]] == [
        (s["index"], s["level"], s["line"], s["byteoffset"])
        for s in wiki_server.sections(title)
        if not s["index"].startswith("T")
    ]
