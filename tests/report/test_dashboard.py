"""The dashboard is one file that needs nothing else, says everything in words too, and lets nothing
of a page become markup."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.queue.proposals import State
from bot.report import dashboard
from bot.report.summary import CheckCount, Summary
from tests.planted import HOSTILE
from tests.report.standing import Hands, three_days


class Page(HTMLParser):
    """The elements of a page: (tag, attributes, text), nested ones included in the text."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(text)
        self.close()
        assert self.open == [], "an element is not closed"

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for _, _, text in self.open:
            text.append(data)

    def all(self, *tags: str) -> Iterator[tuple[dict[str, str], str]]:
        for tag, attributes, text in self.elements:
            if tag in tags:
                yield attributes, "".join(text)


def rendered(of: Summary) -> str:
    return "".join(dashboard.render(of))


@pytest.fixture
def of(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands.summary()
    hands.store.close()


def test_it_needs_nothing_else(of):
    text = rendered(of)
    page = Page(text)
    tags = {tag for tag, _, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not re.search(r"url\(|@import|javascript:", text)
    for tag, attributes, _ in page.elements:
        assert not any(name.startswith("on") for name in attributes), tag
        assert "src" not in attributes
    (policy,) = [a for a, _ in page.all("meta") if a.get("http-equiv")]
    assert policy["content"].startswith("default-src 'none'")


def test_every_chart_says_what_it_shows_and_has_its_numbers_in_a_table(of):
    page = Page(rendered(of))
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    charts = [attributes for attributes, _ in page.all("svg")]
    assert len(charts) == 5 + 3, "five charts, and the bars of the table"
    for chart in charts:
        assert chart["role"] == "img"
        for name in chart.get("aria-labelledby", "").split():
            assert name in ids
    descriptions = [text for _, text in page.all("desc")]
    assert descriptions[0] == "0 on 18 Nov, 6 on 23 Nov; the most were 6 on 22 Nov."
    assert descriptions[1] == "9 in all, 5 on the busiest day, 20 Nov."
    rows = [text for _, text in page.all("tr")]
    assert "22 November 20266" in rows, "the day and what waited"
    assert "20 November 202650000" in rows, "what happened on the day"
    assert any(row.startswith("misspelt only reports5") for row in rows)


def test_headings_make_an_outline(of):
    page = Page(rendered(of))
    found = [(tag, "".join(text)) for tag, _, text in page.elements if re.fullmatch("h[1-6]", tag)]
    assert found == [
        ("h1", "✎ Redpencil"),
        ("h2", "Needs a look"),
        ("h2", "Waiting, day by day"),
        ("h2", "What happened"),
        ("h3", "Proposed"),
        ("h3", "Approved"),
        ("h3", "Rejected"),
        ("h3", "Saved"),
        ("h2", "Checks"),
        ("h2", "Waiting longest"),
    ]
    for table, _ in page.all("table"):
        assert table is not None
    assert len(list(page.all("caption"))) == len(list(page.all("table")))


def test_what_waits_is_linked_only_to_the_web(of):
    here = dataclasses.replace(
        of, waiting=tuple(w._replace(source="javascript:alert(1)") for w in of.waiting)
    )
    assert [a["href"] for a, _ in Page(rendered(of)).all("a")][1:] == ["https://wiki/Page"] * 6
    assert [a["href"] for a, _ in Page(rendered(here)).all("a")] == ["#main"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_of_a_page_is_markup(of, hostile):
    def saying(words: str) -> Page:
        waiting = of.waiting[0]._replace(page=words, message=words, check=words)
        check = CheckCount(words, {State.PENDING: 1}, {}, 0.5, 2, report_only=True)
        trouble = of.troubles[0]._replace(page=words, why=words)
        return Page(
            rendered(
                dataclasses.replace(of, waiting=(waiting,), checks=(check,), troubles=(trouble,))
            )
        )

    def shape(page: Page) -> list[tuple[str, list[str]]]:
        return [(tag, list(attributes)) for tag, attributes, _ in page.elements]

    assert shape(saying(hostile)) == shape(saying("plain"))


def test_an_empty_queue_has_a_page_too(tmp_path: Path):
    text = rendered(Hands(tmp_path).summary())
    Page(text)
    assert "Nothing waits." in text
    assert "Needs a look" not in text


def test_one_day_is_drawn(of):
    one = dataclasses.replace(of, days=of.days[-1:])
    assert 'points="0,25.00 1,25.00"' in rendered(one)


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (1, 1), (3, 4), (6, 8), (9, 10), (11, 20), (41, 50), (4_001, 5_000)]
)
def test_the_top_of_a_scale(most, top):
    assert dashboard._round(most) == top
