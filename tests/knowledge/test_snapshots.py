from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.snapshots import same_page, snapshot, stable_host, webcite_moment

PAGE = "http://example.org/a?b=1"
NOON = datetime(2014, 3, 5, 12, 30, 15, tzinfo=UTC)

WHOLE = [
    (f"https://web.archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"http://web.archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"//web.archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"https://WEB.archive.org/web/20140305123015id_/{PAGE}", "Wayback Machine"),
    (f"https://www.web.archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"https://web.archive.org:80/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"https://web.archive.org/20140305123015/{PAGE}", "Wayback Machine"),
    (f"http://wayback.archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"https://web-beta.archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    (f"https://archive.org/wayback/20140305123015/{PAGE}", "Wayback Machine"),
    (f"https://archive.org/web/20140305123015/{PAGE}", "Wayback Machine"),
    ("https://web.archive.org/web/20140305123015/example.org/a?b=1", "Wayback Machine"),
    ("https://web.archive.org/web/20140305123015/http:/example.org/a?b=1", "Wayback Machine"),
    (f"https://archive.today/20140305123015/{PAGE}", "archive.today"),
    (f"https://archive.ph/2014.03.05-123015/{PAGE}", "archive.today"),
    (f"http://archive.is/20140305123015/{PAGE}", "archive.today"),
    (f"https://arquivo.pt/wayback/20140305123015/{PAGE}", "Arquivo.pt"),
    (f"https://arquivo.pt/noFrame/replay/20140305123015mp_/{PAGE}", "Arquivo.pt"),
    (
        f"https://webarchive.nationalarchives.gov.uk/20140305123015/{PAGE}",
        "UK Government Web Archive",
    ),
    (
        f"https://webarchive.nationalarchives.gov.uk/ukgwa/20140305123015/{PAGE}",
        "UK Government Web Archive",
    ),
    (f"http://webarchive.parliament.uk/20140305123015/{PAGE}", "UK Parliament Web Archive"),
    (f"https://www.webarchive.org.uk/wayback/archive/20140305123015/{PAGE}", "UK Web Archive"),
    (f"https://webarchive.loc.gov/all/20140305123015/{PAGE}", "Library of Congress"),
    (f"https://webarchive.loc.gov/lcwa0001/20140305123015/{PAGE}", "Library of Congress"),
    (f"https://wayback.archive-it.org/1068/20140305123015/{PAGE}", "Archive-It"),
    (f"https://wayback.archive-it.org/all/20140305123015/{PAGE}", "Archive-It"),
    (f"http://wayback.vefsafn.is/wayback/20140305123015/{PAGE}", "Vefsafn"),
    (f"https://swap.stanford.edu/20140305123015/{PAGE}", "Stanford Web Archive"),
    (f"http://www.padicat.cat/wayback/20140305123015/{PAGE}", "Padicat"),
    (f"https://haw.nsk.hr/wayback/20140305123015/{PAGE}", "Croatian Web Archive"),
    (f"https://wayback.webarchiv.cz/wayback/20140305123015/{PAGE}", "Webarchiv"),
    (f"https://webarchive.nla.gov.au/awa/20140305123015/{PAGE}", "Australian Web Archive"),
    (
        f"http://webarchive.bac-lac.gc.ca:8080/wayback/20140305123015/{PAGE}",
        "Library and Archives Canada",
    ),
    (f"http://veebiarhiiv.digar.ee/a/20140305123015/{PAGE}", "Estonian Web Archive"),
    (
        f"http://collections.internetmemory.org/nli/20140305123015/{PAGE}",
        "National Library of Ireland",
    ),
    (
        f"http://eresources.nlb.gov.sg/webarchives/wayback/20140305123015/{PAGE}",
        "Web Archive Singapore",
    ),
]


@pytest.mark.parametrize(("url", "archive"), WHOLE)
def test_reads_archive_page_and_moment(url: str, archive: str) -> None:
    found = snapshot(url)
    assert found is not None
    assert (found.archive, found.original, found.moment) == (archive, PAGE, NOON)
    assert (found.problem, found.timestamp, found.address) == (None, "20140305123015", url)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (f"https://web.archive.org/web/*/{PAGE}", "wildcard"),
        (f"https://web.archive.org/*/{PAGE}", "wildcard"),
        (f"https://web.archive.org/web/2014*/{PAGE}", "wildcard"),
        (f"https://web.archive.org/save/{PAGE}", "save"),
        (f"https://web.archive.org/save/_embed/{PAGE}", "save"),
        (f"http://liveweb.archive.org/{PAGE}", "liveweb"),
        (f"https://web.archive.org/web/{PAGE}", "no timestamp"),
        (f"https://web.archive.org/{PAGE}", "no timestamp"),
        (f"https://web.archive.org/web/2014/{PAGE}", "short timestamp"),
        (f"https://web.archive.org/web/20140305/{PAGE}", "short timestamp"),
        (f"https://web.archive.org/web/20141305123015/{PAGE}", "bad timestamp"),
        (f"https://web.archive.org/web/19140305123015/{PAGE}", "bad timestamp"),
        (f"https://web.archive.org/web/201403051230150/{PAGE}", "bad timestamp"),
        (f"https://web.archive.org/web/20140305123015if/{PAGE}", "bad modifier"),
        ("https://web.archive.org/web/20140305123015/", "no original"),
        ("https://web.archive.org/", "no original"),
        (f"https://archive.today/newest/{PAGE}", "no timestamp"),
        (f"https://archive.today/{PAGE}", "wildcard"),
        (f"https://archive.is/?run=1&url={PAGE}", "save"),
        (f"https://webarchive.nationalarchives.gov.uk/+/{PAGE}", "no timestamp"),
        (f"https://webarchive.nationalarchives.gov.uk/*/{PAGE}", "wildcard"),
        (f"https://webcache.googleusercontent.com/search?q=cache:{PAGE}", "cache"),
    ],
)
def test_says_what_is_wrong(url: str, problem: str) -> None:
    found = snapshot(url)
    assert found is not None
    assert found.problem == problem
    assert found.original is None or found.original == PAGE or problem in {"save", "cache"}


@pytest.mark.parametrize(
    ("url", "archive"),
    [
        ("https://archive.is/AbC12", "archive.today"),
        ("https://perma.cc/AB12-CD34", "Perma.cc"),
        ("https://ghostarchive.org/archive/AbC12", "Ghost Archive"),
        ("http://www.freezepage.com/1249681324ZHABCDEFGH", "Freezepage"),
    ],
)
def test_a_short_form_names_no_page(url: str, archive: str) -> None:
    found = snapshot(url)
    assert found is not None
    assert (found.archive, found.original, found.moment, found.problem) == (
        archive,
        None,
        None,
        None,
    )


def test_day_only_timestamps_are_whole_where_the_archive_has_no_more() -> None:
    ghost = snapshot(f"https://ghostarchive.org/archive/20220110/{PAGE}")
    megalodon = snapshot("https://megalodon.jp/2015-0102-0304-05/example.org/a?b=1")
    assert ghost is not None
    assert megalodon is not None
    assert (ghost.moment, ghost.problem, ghost.original) == (date(2022, 1, 10), None, PAGE)
    assert (megalodon.moment, megalodon.original) == (date(2015, 1, 2), PAGE)


def test_video_of_ghost_archive() -> None:
    found = snapshot("https://ghostarchive.org/varchive/youtube/20211211/abc_DEF-123")
    assert found is not None
    assert found.original == "https://www.youtube.com/watch?v=abc_DEF-123"


def test_webcite_identifier_is_a_moment() -> None:
    # 1,333,333,333 seconds after 1970, in microseconds and base 62.
    assert webcite_moment("66ZvSNw40") is not None
    found = snapshot("https://www.webcitation.org/66ZvSNw40?url=http://example.org/")
    assert found is not None
    assert found.original == "http://example.org/"
    assert found.moment == webcite_moment("66ZvSNw40")
    dated = snapshot(
        "http://www.webcitation.org/query?url=http%3A%2F%2Fexample.org&date=2010-01-02"
    )
    assert dated is not None
    assert (dated.original, dated.moment) == ("http://example.org", date(2010, 1, 2))


@given(st.integers(min_value=10**15, max_value=1_577_000_000_000_000))
def test_webcite_round_trip(number: int) -> None:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    written, left = "", number
    while left:
        left, rest = divmod(left, 62)
        written = digits[rest] + written
    assert webcite_moment(written) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        microseconds=number
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/",
        "https://archive.org/details/somebook",
        "https://archive.org/download/somebook/a.pdf",
        "https://archive.org/wayback/available?url=example.org",
        "https://archive.org/",
        "https://www.nla.gov.au/",
        "https://trove.nla.gov.au/newspaper/article/123",
        "https://www.loc.gov/item/123/",
        "https://archive.nytimes.com/web/20140305123015/http://example.org",
        "https://perma.cc/about",
        "the web.archive.org site",
    ],
)
def test_other_addresses_are_no_snapshots(url: str) -> None:
    assert snapshot(url) is None


@given(
    st.one_of(
        st.text(),
        st.builds(
            "https://{}/{}".format,
            st.sampled_from(
                "web.archive.org archive.today www.webcitation.org perma.cc arquivo.pt".split()
            ),
            st.text(),
        ),
    )
)
def test_reads_any_text(text: str) -> None:
    found = snapshot(text)
    assert found is None or found.address == text
    assert isinstance(stable_host(text), bool)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("http://example.org/a", "https://www.example.org/a/"),
        ("HTTP://EXAMPLE.org:80/a#part", "https://example.org:443/a"),
        ("example.org", "http://www2.example.org/"),
        ("http://example.org/a%20b", "http://example.org/a b"),
        ("http://example.org/caf%C3%A9", "http://example.org/café"),
        ("http://example.org/?a=1&amp;b=2", "http://example.org?a=1&b=2"),
        ("http://example.org/a?", "http://example.org/a"),
        ("http://bücher.example/", "http://xn--bcher-kva.example"),
        (f"https://web.archive.org/web/20140305123015/{PAGE}", PAGE),
    ],
)
def test_same_page(a: str, b: str) -> None:
    assert same_page(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("http://example.org/a", "http://example.org/b"),
        ("http://example.org/a", "http://example.org/A"),
        ("http://example.org/a", "http://example.com/a"),
        ("http://example.org/?a=1", "http://example.org/?a=2"),
        ("http://example.org/a", "http://m.example.org/a"),
        ("http://example.org/a+b", "http://example.org/a%20b"),
        ("http://example.org:8080/", "http://example.org/"),
        ("http://www.uk/", "http://uk/"),
    ],
)
def test_other_page(a: str, b: str) -> None:
    assert not same_page(a, b)


@given(st.text(), st.text())
def test_same_page_is_reflexive_and_symmetric(a: str, b: str) -> None:
    assert same_page(a, a)
    assert same_page("http://" + a, "http://" + a)
    assert same_page(a, b) == same_page(b, a)


@pytest.mark.parametrize(
    "url",
    [
        "https://doi.org/10.1000/1",
        "https://www.jstor.org/stable/1",
        "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1/",
        "https://books.google.co.uk/books?id=1",
        "https://archive.org/details/somebook",
        "https://hdl.handle.net/1/2",
        "https://arxiv.org/abs/1234.5678",
        "https://gallica.bnf.fr/ark:/12148/x",
        "https://www.ncbi.nlm.nih.gov/books/NBK1/",
        "https://fr.wikisource.org/wiki/Page",
        "https://meta.wikimedia.org/wiki/Page",
        "https://maps.google.com/maps?ll=1,2",
        "https://www.google.com/maps/place/x",
        f"https://web.archive.org/web/20140305123015/{PAGE}",
    ],
)
def test_stable_hosts(url: str) -> None:
    assert stable_host(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/doi.org",
        "https://www.ncbi.nlm.nih.gov/about",
        "https://notjstor.org/1",
        "https://www.google.com/search",
        "https://www.ncbi.nlm.nih.gov/books/",
        "https://wikisource.org.example.org/",
        "",
    ],
)
def test_ordinary_hosts(url: str) -> None:
    assert not stable_host(url)
