"""Every form in which a page, section, revision or file is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.target import Kind, Target, parse

ENGLISH = "https://en.wikipedia.org"


def said(target: Target) -> dict[str, object]:
    """What a target says besides how it was written, and where api.php may be."""
    nothing = Target("", Kind.WIKI)
    names = (name for name in Target.__slots__ if name not in ("written", "kind", "apis"))
    values = {name: getattr(target, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(nothing, name)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Velmora", {"title": "Velmora"}),
        (" Foreign_relations  of Velmora ", {"title": "Foreign relations of Velmora"}),
        ("Velmora#Foreign relations", {"title": "Velmora", "section": "Foreign relations"}),
        ("Velmora#Foreign_relations_2", {"title": "Velmora", "section": "Foreign relations 2"}),
        ("Velmora#0", {"title": "Velmora", "section": 0}),
        ("Velmora#", {"title": "Velmora"}),
        ("AC/DC", {"title": "AC/DC"}),
        ("User:Ann/Draft", {"title": "User:Ann/Draft"}),
        (":Category:Countries", {"title": "Category:Countries"}),
        ("[[Robots.txt]]", {"title": "Robots.txt"}),
        ("[[Velmora#History|its history]]", {"title": "Velmora", "section": "History"}),
        ("C%2B%2B", {"title": "C++"}),
        ("100%", {"title": "100%"}),
        ("العلاقات الخارجية", {"title": "العلاقات الخارجية"}),
        ("🚀 Rockets", {"title": "🚀 Rockets"}),
    ],
)
def test_titles(written, expected):
    target = parse(written)
    assert (target.kind, said(target)) == (Kind.WIKI, expected)
    assert target.written == written


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/wiki/Velmora", {"title": "Velmora"}),
        ("/wiki/Velmora#Foreign_relations", {"title": "Velmora", "section": "Foreign relations"}),
        ("/wiki/Velmora#Caf%C3%A9", {"title": "Velmora", "section": "Café"}),
        ("/wiki/Velmora#cite_note-3", {"title": "Velmora"}),
        ("/wiki/Velmora#:~:text=a%20b", {"title": "Velmora"}),
        ("/wiki/Velmora#History:~:text=a", {"title": "Velmora", "section": "History"}),
        ("/wiki/Velmora#/media/File:A.jpg", {"title": "Velmora"}),
        ("/wiki/Velmora#/editor/4", {"title": "Velmora", "section": 4}),
        ("/wiki/Caf%C3%A9_S%C3%A3o_Tom%C3%A9", {"title": "Café São Tomé"}),
        ("/wiki/AC/DC", {"title": "AC/DC"}),
        ("/wiki/C%2B%2B", {"title": "C++"}),
        ("/wiki/Velmora?action=history", {"title": "Velmora"}),
        ("/wiki/Velmora?action=edit&section=2", {"title": "Velmora", "section": 2}),
        ("/wiki/Velmora?veaction=edit&section=0", {"title": "Velmora", "section": 0}),
        ("/w/index.php?title=Velmora", {"title": "Velmora"}),
        ("/w/index.php?title=A%26B+C&action=edit", {"title": "A&B C"}),
        ("/w/index.php?title=Velmora&action=edit&section=3", {"title": "Velmora", "section": 3}),
        (
            "/w/index.php?title=Velmora&amp;action=edit&amp;section=3",
            {"title": "Velmora", "section": 3},
        ),
        (
            "/w/index.php?title=Template:List&action=edit&section=T-1",
            {"title": "Template:List", "section": 1, "transcluded": True},
        ),
        ("/w/index.php?title=Velmora&oldid=12345", {"title": "Velmora", "revision": 12345}),
        ("/w/index.php?oldid=12345", {"revision": 12345}),
        ("/?oldid=12345", {"revision": 12345}),
        ("/?curid=77", {"page_id": 77}),
        ("/w/index.php?curid=77&section=1", {"page_id": 77, "section": 1}),
        ("/?title=Velmora", {"title": "Velmora"}),
        ("/w/?title=Velmora", {"title": "Velmora"}),
        ("/w/index.php/Velmora", {"title": "Velmora"}),
        ("/w/index.php?title=A&diff=9&oldid=8", {"title": "A", "revision": 9}),
        ("/w/index.php?title=A&diff=prev&oldid=8", {"title": "A", "revision": 8}),
        ("/w/index.php?title=A&diff=next&oldid=8", {"title": "A", "revision": 8, "step": 1}),
        ("/w/index.php?title=A&direction=prev&oldid=8", {"title": "A", "revision": 8, "step": -1}),
        ("/w/index.php?title=A&diff=cur&oldid=8", {"title": "A"}),
        ("/w/index.php?diff=9", {"revision": 9}),
        ("/wiki/Special:Diff/9", {"revision": 9}),
        ("/wiki/Special:Diff/8/9", {"revision": 9}),
        ("/wiki/Special:Permalink/9", {"revision": 9}),
        ("/wiki/Special:PermanentLink/9#History", {"revision": 9, "section": "History"}),
        ("/wiki/Special:Redirect/page/9", {"page_id": 9}),
        ("/wiki/Special:Redirect/revision/9", {"revision": 9}),
        ("/wiki/Special:EditPage/Velmora", {"title": "Velmora"}),
        ("/zh-hant/%E5%A4%96%E4%BA%A4", {"title": "外交"}),
    ],
)
def test_addresses(address, expected):
    target = parse(ENGLISH + address)
    assert target.kind is Kind.WIKI
    assert said(target) == {"origin": ENGLISH, **expected}
    assert target.apis[0] == f"{ENGLISH}/w/api.php" or address.startswith("/?")


@pytest.mark.parametrize(
    ("address", "origin", "api"),
    [
        ("http://en.wikipedia.org/wiki/A", ENGLISH, "/w/api.php"),
        ("//en.wikipedia.org/wiki/A", ENGLISH, "/w/api.php"),
        ("en.wikipedia.org/wiki/A", ENGLISH, "/w/api.php"),
        ("EN.Wikipedia.org/wiki/A", ENGLISH, "/w/api.php"),
        ("https://en.m.wikipedia.org/wiki/A", ENGLISH, "/w/api.php"),
        ("https://m.wikidata.org/wiki/A", "https://www.wikidata.org", "/w/api.php"),
        ("https://commons.m.wikimedia.org/wiki/A", "https://commons.wikimedia.org", "/w/api.php"),
        ("https://m.example.org/wiki/A", "https://m.example.org", "/w/api.php"),
        ("http://127.0.0.1:8080/index.php?title=A", "http://127.0.0.1:8080", "/api.php"),
        ("http://127.0.0.1:8080/index.php/A", "http://127.0.0.1:8080", "/api.php"),
        ("http://[::1]:8080/wiki/A", "http://[::1]:8080", "/w/api.php"),
        ("https://example.org/mw/index.php?title=A", "https://example.org", "/mw/api.php"),
        ("https://farm.example.org/de/wiki/A", "https://farm.example.org", "/de/w/api.php"),
        ("https://example.org/A", "https://example.org", "/w/api.php"),
    ],
)
def test_where_the_wiki_is(address, origin, api):
    target = parse(address)
    assert (target.origin, target.title) == (origin, "A")
    assert target.apis[0] == origin + api


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("", "empty"),
        ("#History", "names no page"),
        ("A|B", "'|' is not allowed"),
        ("A{{B}}", "'{' is not allowed"),
        ("x" * 256, "too long"),
        ("missing.wiki", "no file or folder 'missing.wiki'"),
        ("missing.TXT#History", "no file or folder 'missing.TXT'"),
        ("./missing", "no file or folder './missing'"),
        ("/missing/folder", "no file or folder"),
        ("ftp://example.org/A", "only addresses with http and https"),
        ("https://en.wikipedia.org/wiki/", "names no page"),
        ("https:///wiki/A", "names no host"),
        ("https://[broken/wiki/A", "is no address"),
        ("https://example.org:99999/wiki/A", "is no address"),
        ("https://en.wikipedia.org/wiki/Special:Search/A", "special page"),
        ("https://en.wikipedia.org/w/index.php?title=A&action=edit&section=new", "section=new"),
    ],
)
def test_what_names_nothing(written, part):
    with pytest.raises(UsageError) as wrong:
        parse(written)
    assert part in str(wrong.value)


def test_a_password_is_not_repeated():
    with pytest.raises(UsageError) as wrong:
        parse("https://ann:secret@example.org/wiki/A")
    assert "secret" not in str(wrong.value)


def test_what_exists_wins(home):
    (home / "Velmora").write_text("text", encoding="utf-8")
    (home / "pages").mkdir()
    (home / "a.wiki").write_text("text", encoding="utf-8")
    assert (parse("Velmora").kind, parse("[[Velmora]]").kind) == (Kind.FILE, Kind.WIKI)
    assert parse("pages").kind is Kind.FOLDER
    assert parse("pages/").kind is Kind.FOLDER
    assert parse(str(home / "a.wiki")).kind is Kind.FILE
    assert parse("-").kind is Kind.STANDARD_INPUT
    with_section = parse("a.wiki#History_2")
    assert (with_section.kind, str(with_section.path)) == (Kind.FILE, "a.wiki")
    assert with_section.section == "History 2"
    with pytest.raises(UsageError, match="no file or folder 'pages/b'"):
        parse("pages/b")


def test_a_number_sign_may_be_part_of_a_file_name(home):
    (home / "a#b.wiki").write_text("text", encoding="utf-8")
    assert (parse("a#b.wiki").kind, parse("a#b.wiki").section) == (Kind.FILE, None)


@given(st.text(max_size=60) | st.builds("https://{}/{}".format, st.text(max_size=12), st.text()))
def test_no_name_crashes(written):
    try:
        target = parse(written)
    except UsageError:
        return
    assert target.title or target.path or target.revision or target.page_id or written == "-"
