"""What pages say of themselves: the title, the site, the day; and what is not taken for it."""

from __future__ import annotations

from datetime import date

import pytest

from bot.model import Described
from bot.web.description import description, from_row, to_row
from tests.archive.captures import FILLER

TODAY = date(2026, 11, 23)
URL = "https://www.herald.example/bridge"
OG = '<meta property="og:{}" content="{}">'


def told(head: str, body: str = f"<p>{FILLER * 3}</p>", url: str = URL) -> Described | None:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return description(page.encode(), "text/html; charset=utf-8", url, seen=None, today=TODAY)


@pytest.mark.parametrize(
    ("head", "title", "site"),
    [
        ("<title>Bridge opens | Velmora Herald</title>", "Bridge opens", "herald.example"),
        ("<title>Velmora Herald - Bridge opens</title>", "Bridge opens", "herald.example"),
        ("<title>Herald – Bridge opens - again</title>", "Bridge opens - again", "herald.example"),
        # Whose part is the site's is not known: all of it.
        ("<title>Bridge opens | The Post</title>", "Bridge opens | The Post", "herald.example"),
        ("<title>Bridge opens | The Post</title>" + OG.format("site_name", "The Post"),
         "Bridge opens", "The Post"),
        ("<title>Bridge</title>" + OG.format("title", "Bridge over the Anra opens"),
         "Bridge over the Anra opens", "herald.example"),
        # The site's own spelling; an account is no name.
        ("<title>Bridge opens</title>" + OG.format("site_name", "iHerald"), "Bridge opens",
         "iHerald"),
        ('<title>Bridge opens</title><meta name="twitter:site" content="@vherald">',
         "Bridge opens", "herald.example"),
        ("<title>Smith &amp; Sons: a &quot;story&quot;</title>", 'Smith & Sons: a "story"',
         "herald.example"),
        ("<title>  Two\n lines </title>", "Two lines", "herald.example"),
    ],
)  # fmt: skip
def test_title_and_site(head: str, title: str, site: str) -> None:
    found = told(head)
    assert found is not None
    assert (found.title, found.site) == (title, site)


@pytest.mark.parametrize(
    "head",
    [
        "",
        "<title></title>",
        "<title>Home</title>",
        "<title>Herald</title>",
        "<title>herald.example</title>",
        "<title>Velmora Herald</title>" + OG.format("site_name", "Velmora Herald"),
        f"<title>{'A very long one. ' * 20}</title>",
    ],
)
def test_no_title_no_description(head: str) -> None:
    assert told(head) is None


TITLE = "<title>Bridge opens</title>"
NEWS = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",'
    ' "headline": "Bridge opens", "dateModified": "2019-01-01", "datePublished": "2014-06-03"}'
    "</script>"
)


@pytest.mark.parametrize(
    ("head", "body", "url", "day"),
    [
        (TITLE + '<meta property="article:published_time" content="2014-06-03T10:00:00Z">',
         "<p>x", URL, date(2014, 6, 3)),
        (TITLE + '<meta name="citation_publication_date" content="2014/06/03">', "<p>x", URL,
         date(2014, 6, 3)),
        (TITLE + NEWS, "<p>x", URL, date(2014, 6, 3)),
        (TITLE, "<p>x", "https://www.herald.example/2014/06/03/bridge.html", date(2014, 6, 3)),
        # The last change, the footer, another article, a word of the text, a year, the future.
        (TITLE + '<meta property="article:modified_time" content="2019-06-03">', "<p>x", URL, None),
        (TITLE, "<p>x</p><footer>Last updated 3 May 2020. © 2024</footer>", URL, None),
        (TITLE, '<aside><time datetime="2019-06-03">3 June 2019</time></aside>', URL, None),
        (TITLE, "<p>On 3 June 2014 the bridge fell.</p>", URL, None),
        (TITLE + '<meta name="date" content="2014">', "<p>x", URL, None),
        (TITLE + '<meta name="date" content="2031-01-01">', "<p>x", URL, None),
    ],
)  # fmt: skip
def test_the_day_it_came_out(head: str, body: str, url: str, day: date | None) -> None:
    found = told(head, body, url)
    assert found is not None
    assert found.published == day


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0<<<",
        b"%PDF-1.4 ...",
        b"<title>" + b"<div>" * 50_000,
        b'<title>A b</title><script type="application/ld+json">' + b'{"a":[' * 50_000,
    ],
)
def test_what_is_no_page_harms_nothing(body: bytes) -> None:
    found = description(body, "text/html", URL, seen=None, today=TODAY)
    assert found is None or found.title == "A b"


def test_it_can_be_kept() -> None:
    for each in (
        None,
        Described("A", "B"),
        Described("A", "B", date(2014, 6, 3), date(2026, 11, 23)),
    ):
        assert from_row(to_row(each)) == each
