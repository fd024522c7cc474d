"""Dumps: every packing gives the same pages, and what is no dump is named with its place."""

from __future__ import annotations

import bz2
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DumpError, UsageError
from bot.scan import dumps, parquet
from bot.scan.dumps import MultistreamDump, dump_of, path_of
from bot.scan.pages import RawPage, Unreadable, unescaped
from tests.scan.dump_files import (
    FOOT,
    PACKINGS,
    Written,
    every_page,
    head,
    multistream,
    noise,
    packed,
    page_xml,
    quoted,
    read,
    wiki_pages,
    xml,
)

PAGES = [page for page in wiki_pages() if page.model == "wikitext"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few pages, so that small dumps have many."""
    monkeypatch.setattr(dumps, "PIECE", 2_000)
    monkeypatch.setattr(dumps, "READ", 700)
    monkeypatch.setattr(dumps, "_RANGE", 900)


def kept(pages: list[RawPage | Unreadable]) -> list[tuple[str, str, int, str | None]]:
    return [
        (page.title, page.text.decode(), page.namespace, page.redirect)
        for page in pages
        if isinstance(page, RawPage)
    ]


def wanted(written: list[Written]) -> list[tuple[str, str, int, str | None]]:
    return [(page.title, page.text, page.namespace, page.redirect or None) for page in written]


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_gives_every_page(packing: str, tmp_path: Path, small: None) -> None:
    file = tmp_path / "dump"  # told apart by what they hold, not by their names
    file.write_bytes(packed(xml(wiki_pages()), packing))
    found = read(dump_of(file))
    assert kept(found) == wanted(PAGES)
    assert {page.revision - page.number for page in found if isinstance(page, RawPage)} == {1000}


def test_bz2_is_read_without_the_faster_library(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "indexed_bzip2", None)
    file = tmp_path / "dump"
    file.write_bytes(packed(xml(wiki_pages()), "bz2"))
    assert kept(read(dump_of(file))) == wanted(PAGES)
    dump, _ = multistream(tmp_path, wiki_pages())
    assert kept(read(dump_of(dump))) == wanted(PAGES)


def test_a_multistream_dump_is_read_by_the_index_beside_it(tmp_path: Path, small: None) -> None:
    file, index = multistream(tmp_path, wiki_pages())
    dump = dump_of(file)
    assert isinstance(dump, MultistreamDump)
    assert len(list(dump.pieces())) > 5
    assert kept(read(dump)) == wanted(PAGES)
    elsewhere = index.rename(tmp_path / "index")
    assert not isinstance(dump_of(file), MultistreamDump)
    assert kept(read(dump_of(file))) == wanted(PAGES)
    assert kept(read(dump_of(file, index=elsewhere))) == wanted(PAGES)


@pytest.mark.parametrize("packing", [*PACKINGS, "multistream"])
def test_reading_goes_on_behind_any_piece(packing: str, tmp_path: Path, small: None) -> None:
    file = tmp_path / "dump"
    if packing == "multistream":
        file, _ = multistream(tmp_path, wiki_pages())
    else:
        file.write_bytes(packed(xml(wiki_pages()), packing))
    dump = dump_of(file)
    every = read(dump)
    for piece in list(dump.pieces())[::3]:
        rest = read(dump, piece.end)
        assert rest == every[len(every) - len(rest) :]
    assert read(dump, list(dump.pieces())[-1].end) == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_unescaping_undoes_what_the_wiki_wrote(text: str) -> None:
    assert unescaped(quoted(text).encode()).decode() == text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("&#13;&#x41;", "\rA"),
        ("&apos;&#039;", "''"),
        ("&amp;#38;", "&#38;"),
        ("&#38;lt;", "&lt;"),
        ("&amp;lt;", "&lt;"),
        ("&#xD800;", "&#xD800;"),
    ],
)
def test_other_ways_to_write_a_character(written: str, meant: str) -> None:
    assert unescaped(written.encode()).decode() == meant


@given(st.lists(st.integers(0, 900), max_size=12), st.integers(50, 3_000), st.integers(1, 2_000))
def test_pieces_hold_whole_pages_however_they_fall(
    sizes: list[int], piece: int, read_at_once: int
) -> None:
    import tempfile

    written = [Written(f"P{n}", "x" * size) for n, size in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dumps, "PIECE", piece)
        patch.setattr(dumps, "READ", read_at_once)
        file = Path(folder, "dump")
        file.write_bytes(xml(written))
        dump = dump_of(file)
        assert kept(read(dump)) == wanted(written)
        ends = [(each.start, each.end) for each in dump.pieces()]
        assert [end for _, end in ends[:-1]] == [start for start, _ in ends[1:]]


def test_the_header_tells_of_the_wiki(tmp_path: Path) -> None:
    file = tmp_path / "dump.xml"
    file.write_bytes(xml([], language="de", base="https://de.wikipedia.org/wiki/Hauptseite"))
    header = dump_of(file).header
    assert (header.profile.language, header.profile.wiki) == ("de", "de.wikipedia.org")
    assert header.profile.namespaces["datei"] == "File"
    assert header.base == "https://de.wikipedia.org/wiki/Hauptseite"


# Bad input


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
def test_a_dump_that_was_cut_off_gives_what_came_before(
    packing: str, share: float, tmp_path: Path, small: None
) -> None:
    written = [Written(f"P{n}", noise(2_000, n)) for n in range(300)]
    content = packed(xml(written), packing)
    file = tmp_path / "dump"
    file.write_bytes(content[: int(len(content) * share)])
    found: list[RawPage | Unreadable] = []
    with pytest.raises(DumpError) as wrong:
        found.extend(every_page(dump_of(file)))  # keeps what came before the error
    assert kept(found) == wanted(written)[: len(found)]
    assert str(file) in str(wrong.value)
    assert "byte" in str(wrong.value)
    assert wrong.value.exit_code == 3
    # A .7z has its directory at its end, so one that was cut off cannot be read at all; the other
    # packings lose no more than the block that is not whole.
    assert packing == "7z" or len(found) > 300 * share - 300


def test_a_damaged_byte_is_found(tmp_path: Path, small: None) -> None:
    written = [Written(f"P{n}", noise(3_000, n)) for n in range(200)]
    content = bytearray(packed(xml(written), "bz2"))
    content[len(content) // 2] ^= 0x55
    file = tmp_path / "dump"
    file.write_bytes(content)
    with pytest.raises(DumpError, match=r"damaged or cut off at byte [\d,]+"):
        read(dump_of(file))


@pytest.mark.parametrize("packing", [*PACKINGS, "parquet", "multistream", "index"])
def test_damage_of_any_kind_is_an_error_that_names_the_file(
    packing: str, tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PART", 5_000)
    (tmp_path / "plain").write_bytes(xml(wiki_pages()))
    damaged = dump = tmp_path / "dump"
    if packing == "parquet":
        parquet.convert(dump_of(tmp_path / "plain"), dump)
    elif packing in ("multistream", "index"):
        dump, index = multistream(tmp_path, wiki_pages())
        damaged = index if packing == "index" else dump
    else:
        dump.write_bytes(packed(xml(wiki_pages()), packing))
    whole = damaged.read_bytes()
    dice = random.Random(7)
    told, named = 0, ""
    for _ in range(25):
        content = bytearray(whole)
        content[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        damaged.write_bytes(
            content if dice.random() < 0.7 else content[: dice.randrange(len(whole))]
        )
        said: list[str] = []
        try:
            said += [page.reason for page in read(dump_of(dump)) if isinstance(page, Unreadable)]
        except (DumpError, UsageError) as wrong:
            said.append(str(wrong))
            named = str(wrong)
        told += bool(said)
    assert str(tmp_path) in named
    # XML and .zst have no checksums here, so some bits change a letter and nothing else.
    assert told > (1 if packing in ("xml", "zst") else 12)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no dump of a wiki"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "no dump of a wiki"),
        (b"\x00\x01\x02" * 99, "no dump of a wiki"),
        (b"<?xml version='1.0'?><rss></rss>", "no dump of a wiki"),
        (b"<mediawiki xmlns='x'></mediawiki>", "schema none"),
        (xml([], schema="0.5"), r"schema 0\.5; 0\.6 to 0\.11"),
        (xml([], schema="0.12"), r"schema 0\.12"),
    ],
)
def test_what_is_no_dump_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "dump.xml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=said) as wrong:
        _ = dump_of(file).header
    assert str(file) in str(wrong.value)


def test_a_packed_file_that_holds_no_dump_is_refused(tmp_path: Path) -> None:
    for packing in PACKINGS:
        file = tmp_path / packing
        file.write_bytes(packed(b"nothing of the kind" * 50, packing))
        with pytest.raises(UsageError, match="no dump of a wiki"):
            _ = dump_of(file).header


def test_a_dump_of_histories_is_refused(tmp_path: Path) -> None:
    page = page_xml(Written("P", "one"), 1)
    revision = page[page.index("    <revision>") : page.index("  </page>")]
    file = tmp_path / "history.xml"
    file.write_text(head() + page.replace("  </page>", revision + "  </page>") + FOOT)
    with pytest.raises(UsageError, match="several revisions"):
        read(dump_of(file))


def test_what_is_no_page_stands_in_its_place(tmp_path: Path) -> None:
    good = [page_xml(Written(f"Good {n}", f"text {n}"), n) for n in range(3)]
    bad = good[1].replace("Good", "Bad")
    odd = "  <log>7</log>\n"
    cases = {
        bad.replace("<ns>0</ns>", ""): "its XML is not that of a dump",
        bad.replace("text 1<", "te<b>xt 1<"): "its XML is not that of a dump",
        bad.replace("<text ", "<words "): "it has no text",
        odd: "no page, but '<log>7</log>'",
    }
    for wrong, reason in cases.items():
        file = tmp_path / "dump.xml"
        file.write_text(head() + good[0] + wrong + good[2] + FOOT)
        first, other, last = read(dump_of(file))
        assert isinstance(other, Unreadable)
        assert other.reason == reason
        assert other.title in ("Bad 1", "")
        place = len(head() + good[0]) - 1
        assert place <= other.place <= place + 3
        assert [first[0], last[0]] == ["Good 0", "Good 2"]


def test_a_page_bigger_than_any_is_passed_over_without_being_held(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "LARGEST_PAGE", 20_000)
    written = [
        Written("Before", "a"),
        Written("Just fits", "b" * 15_000),
        Written("Big", "c" * 90_000),
        Written("After", "d"),
    ]
    for packing in ("xml", "zst"):
        file = tmp_path / "dump"
        file.write_bytes(packed(xml(written), packing))
        found = read(dump_of(file))
        assert [page.title for page in found] == ["Before", "Just fits", "Big", "After"]
        assert isinstance(found[2], Unreadable)
        assert max(len(piece.content) for piece in dump_of(file).pieces()) < 40_000  # type: ignore[arg-type]


def test_a_wrong_index_is_named(tmp_path: Path, small: None) -> None:
    file, index = multistream(tmp_path, wiki_pages())
    right = bz2.decompress(index.read_bytes())
    first = int(right.partition(b":")[0])
    for wrong, said in [
        (b"", "is empty"),
        (b"no index\n", "line 1 is 'no index'"),
        (right + b"17:3:Title\n", "line"),
        (right.replace(b"%d:" % first, b"%d:" % (first + 1)), "no stream starts at byte"),
    ]:
        index.write_bytes(bz2.compress(wrong))
        with pytest.raises(UsageError, match=said):
            read(dump_of(file))
    index.write_bytes(bz2.compress(right + b"%d:9:Title\n" % (file.stat().st_size + 50)))
    with pytest.raises(DumpError, match="cut off, or the index is of another one"):
        read(dump_of(file))
    index.write_bytes(bz2.compress(right))
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(DumpError, match=r"cut off|damaged"):
        read(dump_of(file))


def test_dumps_are_named_by_path_or_file_address(tmp_path: Path) -> None:
    file = tmp_path / "a dump.xml"
    file.write_bytes(xml([]))
    assert path_of(str(file)) == file
    assert path_of(file.as_uri()) == file
    for written, said in [
        ("https://dumps.example/dump.xml", "download it first"),
        ("file://elsewhere/dump.xml", "download it first"),
        (str(tmp_path / "none.xml"), "no such dump"),
        (str(tmp_path), "no such dump"),
    ]:
        with pytest.raises(UsageError, match=said):
            path_of(written)
