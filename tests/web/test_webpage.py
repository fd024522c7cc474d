"""Telling the cited page from what stands in its place, without any network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.webpage import Shows, WebPage, bears, decoded, read, says, shows, words

TEXT = "The bridge over the Anra was opened to carts in May and to trains two years later. " * 20


def html(title: str, body: str = f"<p>{TEXT}</p>", head: str = "") -> bytes:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("own", "cited", "same"),
    [
        ("Bridge opens | Anra Post", "Bridge opens", True),
        ("Anra Post – Bridge opens", "Bridge opens", True),
        ("Bridge opens today over the Anra", "Bridge opens", False),
        ("Anra Post: New bridge over river opens at last", "New bridge over river opens", True),
        ("New bridge over the river opens", "New Bridge Over the River Opens!", True),
        ("New bridge over the river opens", "'New bridge over the river opens' – Anra Post", True),
        ("‘Nobody’s bridge’ opens at last", "'Nobody's bridge' opens at last", True),
        ("New bridge over the river closes", "New bridge over the river opens", False),
        (
            "A new bridge over the river Anra is opened by the mayor",
            "New bridge over the river Anra is opened by the Mayor himself",
            True,
        ),
        ("Annual report of the Anra bridge 2014", "Annual report of the Anra bridge 2015", False),
        ("Annual report 2014", "Annual report 2015", False),
        ("Anra Post", "New bridge over the river opens", False),
        ("Home", "New bridge over the river opens", False),
        ("Über die Brücke in Anra", "U\u0308ber die Brücke in Anra", True),
        ("橋がついに開通した | アンラ新聞", "橋がついに開通した", True),
        ("アンラ新聞の一覧", "橋がついに開通した", False),
        ("", "Bridge opens", False),
        ("Bridge opens", "", False),
        ("Bridge opens", "''Bridge'' [[Opening|opens]]", True),
    ],
)
def test_bearing_a_title(own: str, cited: str, same: bool) -> None:
    assert bears(WebPage((own,), ""), cited) is same


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("was opened to carts in May", True),
        ("Was opened … to trains two years later.", True),
        ("was opened [then] to trains in May and to trains", False),
        ("was opened to carts [and people] in May and to trains", True),
        ("was opened to carts [...] two years later", True),
        ("was closed to carts in May", False),
        ("", False),
        ("in May", False),
    ],
)
def test_saying_a_quote(quote: str, there: bool) -> None:
    assert says(read(html("x")), quote) is there


@pytest.mark.parametrize(
    ("body", "title", "what"),
    [
        (html("Bridge opens at last | Post"), "Bridge opens at last", Shows.TITLE),
        (html("Another thing altogether"), "Bridge opens at last", Shows.OTHER),
        (html("Anything"), "", Shows.PLAUSIBLE),
        (html("404 Not Found"), "Bridge opens at last", Shows.ERROR),
        (html("404 Not Found"), "", Shows.ERROR),
        (html("Post", "<h1>Page not found</h1>"), "", Shows.ERROR),
        (html("Post", "Sorry, the page you are looking for is gone."), "", Shows.ERROR),
        (html("Página no encontrada"), "", Shows.ERROR),
        (html("ページが見つかりません"), "", Shows.ERROR),
        (html("Subscribe to read | Post"), "", Shows.GUARD),
        (html("Object moved"), "", Shows.GUARD),
        (html("JavaScript is not available."), "", Shows.GUARD),
        (html("Unsupported browser"), "Bridge opens at last", Shows.GUARD),
        (html("What page not found means to us"), "What page not found means to us", Shows.TITLE),
        (html("Bridge opens at last", "The page you are looking for is gone."), "", Shows.ERROR),
        (html("anra.example", "Buy this domain. Related searches: bridges"), "", Shows.PARKED),
        (html("anra.example is for sale", "Domain for sale: anra.example"), "", Shows.UNREADABLE),
        (html("Domain for sale"), "Bridge opens at last", Shows.PARKED),
        (html("Just a moment...", "Checking your browser"), "Bridge opens", Shows.GUARD),
        (html("Log in | Post", "Name, password"), "Bridge opens at last", Shows.GUARD),
        (
            html("Post", head='<meta http-equiv="Refresh" content="0;URL=/">'),
            "",
            Shows.OTHER,
        ),
        (html("Post", head='<meta http-equiv="refresh" content="600">'), "", Shows.PLAUSIBLE),
        (html("Post", "short"), "", Shows.UNREADABLE),
        (b"", "", Shows.UNREADABLE),
        (b"  \n", "Bridge", Shows.UNREADABLE),
        (
            html("Post", head='<meta property="og:title" content="Bridge opens at last">'),
            "Bridge opens at last",
            Shows.TITLE,
        ),
        # Headlines of a list are no title of the page.
        (
            html("Post", "".join(f"<h1>{h}</h1>" for h in ("Bridge opens at last", "Rain", "Sun"))),
            "Bridge opens at last",
            Shows.OTHER,
        ),
    ],
)
def test_what_a_page_shows(body: bytes, title: str, what: Shows) -> None:
    assert shows(body, content_type="text/html; charset=utf-8", title=title) is what


def test_a_quote_decides() -> None:
    body = html("Another headline since then")
    quote = "opened to carts in May and to trains"
    assert shows(body, title="Bridge opens at last", quote=quote) is Shows.QUOTE
    absent = "nobody ever said these words here"
    named = html("Bridge opens at last")
    assert shows(named, title="Bridge opens at last", quote=absent) is Shows.LACKS_QUOTE
    cut = shows(named, title="Bridge opens at last", quote=absent, complete=False)
    assert cut is Shows.TITLE


@pytest.mark.parametrize(
    ("body", "kind", "url", "what"),
    [
        (b"%PDF-1.7 ...", "application/pdf", "http://x.example/a.pdf?b", Shows.KIND),
        (b"%PDF-1.7 ...", "application/octet-stream", "http://x.example/get?id=1", Shows.KIND),
        (b"%PDF-1.7 ...", "text/html", "http://x.example/a", Shows.UNREADABLE),
        (html("Not found"), "application/pdf", "http://x.example/a.pdf", Shows.UNREADABLE),
        (html("Not found"), "text/html", "http://x.example/a.pdf", Shows.ERROR),
        (b"\x89PNG...", "image/png", "http://x.example/a.png", Shows.KIND),
        (b"\0\1\2", "application/octet-stream", "http://x.example/a", Shows.UNREADABLE),
    ],
)
def test_files(body: bytes, kind: str, url: str, what: Shows) -> None:
    assert shows(body, content_type=kind, url=url, title="Report") is what


def test_text_is_what_a_reader_sees() -> None:
    page = read(
        b"<title>A &amp;  B</title><script>hidden</script><style>hidden</style><p>one<b>two</b>"
        b"</p><p>three</p><!-- hidden --><noscript>hidden</noscript>four<br>five"
        b"<script src='http://Parking.example/x'></script>"
    )
    assert page.titles == ("A & B",)
    assert page.text == "onetwo three four five"
    assert page.scripts.strip() == "http://parking.example/x"


@pytest.mark.parametrize(
    ("body", "header", "text"),
    [
        ("é".encode(), "", "é"),
        ("é€ und".encode("cp1252"), "", "é€ und"),
        ("é€".encode("cp1252"), "text/html; charset=ISO-8859-1", "é€"),
        ("Порт".encode("cp1251"), "text/html; charset=windows-1251", "Порт"),
        (
            b"<meta charset='shift_jis'>" + "港".encode("shift_jis"),
            "",
            "<meta charset='shift_jis'>港",
        ),
        (b"\xef\xbb\xbf" + "é".encode(), "text/html; charset=latin1", "é"),
        ("é".encode("utf-16"), "", "é"),
        ("é".encode(), "text/html; charset=nonsense", "é"),
        ("é".encode(), "text/html; charset=hex", "é"),
        ("aé".encode()[:-1], "", "a\ufffd"),
    ],
)
def test_decoding(body: bytes, header: str, text: str) -> None:
    assert decoded(body, header) == text


def test_words() -> None:
    assert words("The ‘Bridge’, re-opened: ½ a_b") == [
        "the",
        "bridge",
        "re",
        "opened",
        "1",
        "2",
        "a",
        "b",
    ]


@given(st.binary(max_size=400), st.sampled_from(["", "text/html", "text/html; charset=utf-7", "x"]))
def test_any_bytes_are_read(body: bytes, kind: str) -> None:
    assert isinstance(shows(body, content_type=kind, title="a b c"), Shows)


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 200_000,
        b"<!" * 500_000,
        b"<![" * 300_000,
        b"<a b='" * 200_000,
        b"&" * 1_000_000,
        b"<title>" * 150_000,
        b"<h1>a" * 150_000,
        b"<meta http-equiv=refresh content='" + b"0" * 900_000,
        b"<p>" + b"domain " * 140_000,
    ],
    ids=lambda body: body[:12].decode(),
)
def test_hostile_pages_are_read_in_a_moment(body: bytes) -> None:
    assert isinstance(
        shows(body, content_type="text/html", title="a b c d", quote="a b c d e"), Shows
    )


@pytest.mark.parametrize(
    ("own", "label", "what"),
    [
        ("Bridge opens at last | Post", "Bridge opens at last", Shows.TITLE),
        # Words that describe a page, or too few of them, neither prove nor disprove it.
        ("Bridge opens at last | Post", "List of bridges", Shows.PLAUSIBLE),
        ("Home", "Home", Shows.PLAUSIBLE),
        ("Page not found", "List of all bridges", Shows.ERROR),
        ("Why a page not found is no loss", "Why a page not found is no loss", Shows.TITLE),
    ],
)
def test_the_words_of_a_plain_link(own: str, label: str, what: Shows) -> None:
    assert shows(html(own), content_type="text/html", label=label) is what
