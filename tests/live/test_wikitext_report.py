"""The wikitext report on a real MediaWiki: what the findings hold is shown and does nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bot.report import visible, wikitext
from tests.live.wiki import Wiki
from tests.planted import HOSTILE, TODAY, made_up, report

#: What a reader sees of a finding's text is what stands in these.
ALLOWED_TAGS = set("div h2 h3 span a b ul li p code del ins br".split())
ALLOWED_TAGS |= {"input", "label"}  # of a table of contents


def written(*reports) -> str:
    return "".join(wikitext.render(reports, TODAY))


class Shown(HTMLParser):
    """The tags and the text of a rendered page."""

    def __init__(self, rendered: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""
        self.codes: list[str] = []
        self._in_code = False
        self.feed(rendered)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "code":
            self._in_code = True
            self.codes.append("")

    def handle_endtag(self, tag):
        if tag == "code":
            self._in_code = False

    def handle_data(self, data):
        self.text += data
        if self._in_code:
            self.codes[-1] += data


def parsed(wiki: Wiki, text: str) -> dict:
    """What MediaWiki makes of a text when it is saved: the page, and all that it would do."""
    answer = wiki.api(
        "parse",
        text=text,
        title="User:RedpencilBot/Reports",
        contentmodel="wikitext",
        pst=1,
        disablelimitreport=1,
        disableeditsection=1,
        prop="text|links|templates|categories|images|externallinks|langlinks|iwlinks|sections"
        "|properties|parsewarnings|wikitext",
    )
    return answer["parse"]


def spaced(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(wiki: Wiki, hostile: str):
    source = written(made_up(hostile))
    page = parsed(wiki, source)
    assert page["wikitext"].strip() == source.strip(), "saving changed it: a signature, a subst"
    for kind in ("templates", "categories", "images", "externallinks", "langlinks", "iwlinks"):
        assert page[kind] == [], kind
    assert page["properties"] in ({}, [])
    assert page["parsewarnings"] == []
    # The page's own title is linked when it can be one; links to guidelines are ours.
    links = {link["title"].casefold() for link in page["links"]}
    assert links <= {"wp:planted", hostile.casefold()}
    assert [section["toclevel"] for section in page["sections"]] == [1, 2]
    shown = Shown(page["text"])
    assert shown.tags <= ALLOWED_TAGS
    assert spaced(f"Evidence: “{visible(hostile, one_line=True)}”") in spaced(shown.text)
    assert "&#" not in shown.text.replace(hostile, "")


def test_all_of_it_on_one_page(wiki: Wiki):
    page = parsed(wiki, written(*map(made_up, HOSTILE)))
    for kind in ("templates", "categories", "images", "externallinks"):
        assert page[kind] == [], kind
    assert [section["toclevel"] for section in page["sections"]] == [1, 2] * len(HOSTILE)


def test_an_ordinary_report(wiki: Wiki):
    page = parsed(wiki, written(report("It is wrongg.\n\n== History ==\nA wronggg.", "Karvenia")))
    assert [section["line"] for section in page["sections"]] == ["Karvenia", "Lead", "History"]
    assert {link["title"] for link in page["links"]} == {"Karvenia", "WP:PLANTED"}
    shown = Shown(page["text"])
    assert shown.codes == ["It is wrongg.", "It is right.", "A wronggg.", "A right."]
    assert re.search(
        r"planted \(warning, line 1\): wrongg is wrong \(WP:PLANTED; certain\)", shown.text
    )
    assert {"del", "ins"} <= shown.tags
