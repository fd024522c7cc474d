"""Small dumps, written the way MediaWiki writes them and packed in every way there is."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from bot.scan.dumps import Dump, Piece, Range, read_range
from bot.scan.pages import RawPage, Unreadable
from bot.scan.pages import read as pages
from bot.scan.parquet import read_rows
from bot.scan.unpacking import zstd

HEAD = """\
<mediawiki xmlns="http://www.mediawiki.org/xml/export-{schema}/" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="{schema}" xml:lang="{language}">
  <siteinfo>
    <sitename>Wiki</sitename>
    <dbname>testwiki</dbname>
    <base>{base}</base>
    <generator>MediaWiki 1.44.0</generator>
    <case>first-letter</case>
    <namespaces>
      <namespace key="-2" case="first-letter">Media</namespace>
      <namespace key="0" case="first-letter" />
      <namespace key="6" case="first-letter">Datei</namespace>
      <namespace key="14" case="first-letter">Category</namespace>
    </namespaces>
  </siteinfo>
"""
FOOT = "</mediawiki>\n"


class Written(NamedTuple):
    """A page of a dump that a test writes."""

    title: str
    text: str
    redirect: str = ""
    namespace: int = 0
    model: str = "wikitext"


def quoted(text: str) -> str:
    """Text as MediaWiki writes it into XML."""
    return escape(text, {'"': "&quot;"})


def head(schema: str = "0.11", language: str = "en", base: str = "") -> str:
    base = base or "https://en.wikipedia.org/wiki/Main_Page"
    return HEAD.format(schema=schema, language=language, base=base)


def page_xml(page: Written, number: int) -> str:
    redirect = f'    <redirect title="{quoted(page.redirect)}" />\n' if page.redirect else ""
    size = len(page.text.encode())
    text = (
        f'<text bytes="{size}" xml:space="preserve">{quoted(page.text)}</text>'
        if page.text
        else '<text bytes="0" xml:space="preserve" />'
    )
    return f"""\
  <page>
    <title>{quoted(page.title)}</title>
    <ns>{page.namespace}</ns>
    <id>{number}</id>
{redirect}    <revision>
      <id>{number + 1000}</id>
      <parentid>{number}</parentid>
      <timestamp>2026-05-04T03:02:01Z</timestamp>
      <contributor>
        <username>Ann &amp; Co</username>
        <id>7</id>
      </contributor>
      <comment>/* History */ &lt;page&gt; &lt;/page&gt; &lt;text&gt;</comment>
      <origin>{number + 1000}</origin>
      <model>{page.model}</model>
      <format>text/x-wiki</format>
      {text}
      <sha1>phoiac9h4m842xq45sp7s6u21eteeq1</sha1>
    </revision>
  </page>
"""


def xml(written: Iterable[Written], **header: str) -> bytes:
    """A whole dump."""
    body = "".join(page_xml(page, number) for number, page in enumerate(written, 1))
    return (head(**header) + body + FOOT).encode()


PACKINGS = ("xml", "bz2", "gz", "zst", "7z")


def packed(content: bytes, packing: str) -> bytes:
    if packing == "bz2":
        return bz2.compress(content, 1)
    if packing == "gz":
        return gzip.compress(content, 1)
    if packing == "zst":
        return bytes(zstd().compress(content, 1))
    if packing == "7z":
        import py7zr

        out = io.BytesIO()
        with py7zr.SevenZipFile(out, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as to:
            to.writestr(content, "pages.xml")
        return out.getvalue()
    return content


def multistream(folder: Path, written: Sequence[Written], each: int = 3) -> tuple[Path, Path]:
    """A multistream dump with its index beside it, `each` pages to a stream."""
    out = bz2.compress(head().encode())
    lines = []
    for first in range(0, len(written), each):
        some = list(enumerate(written[first : first + each], first + 1))
        lines += [f"{len(out)}:{number}:{quoted(page.title)}\n" for number, page in some]
        out += bz2.compress("".join(page_xml(page, number) for number, page in some).encode())
    out += bz2.compress(FOOT.encode())
    dump = folder / "testwiki-pages-articles-multistream.xml.bz2"
    index = folder / "testwiki-pages-articles-multistream-index.txt.bz2"
    dump.write_bytes(out)
    index.write_bytes(bz2.compress("".join(lines).encode()))
    return dump, index


def content_of(piece: Piece) -> bytes:
    return piece.content if isinstance(piece.content, bytes) else read_range(piece.content)


def every_page(dump: Dump, start: int = 0) -> Iterator[RawPage | Unreadable]:
    """Every page of a dump, in its order."""
    for piece in dump.pieces(start):
        if piece.unreadable:
            yield piece.unreadable
        if isinstance(piece.content, Range) and piece.content.is_table:
            yield from read_rows(piece.content, frozenset([0]))[0]
        else:
            yield from pages(content_of(piece), piece.start, None)


def read(dump: Dump, start: int = 0) -> list[RawPage | Unreadable]:
    """Every page of a dump, when none of it is damaged."""
    return list(every_page(dump, start))


def noise(size: int, seed: int = 1) -> str:
    """Text that cannot be packed much."""
    letters = "abcdefghijklmnopqrstuvwxyz <>&\"'\n[]{}é日"
    return "".join(random.Random(seed).choices(letters, k=size))


STALE = "Since 2014, the government of {0} has been bidding for a seat in 2017–2018.\n"
TWICE = """\
== Memberships ==
* [[{0}]]
* [[Council of Europe]]
* [[{1}]]
"""


def wiki_pages(number: int = 40) -> list[Written]:
    """A small wiki: articles with and without findings, redirects before and behind their use."""
    found = [Written("Main Page", "Welcome.", namespace=4)]
    for each in range(number):
        name = f"Country {each}"
        text = f"'''{name}''' is an [[invented country|country]].\n\n" + noise(300, each) + "\n\n"
        if each % 3 == 0:
            text += "== Relations ==\n" + STALE.format(name)
        if each % 5 == 0:
            text += TWICE.format("OSCE", "Vienna body")
        found.append(Written(name, text))
        if each % 4 == 0:
            found.append(Written(f"Land {each}", f"#REDIRECT [[{name}]]", redirect=name))
    osce = "Organization for Security and Co-operation in Europe"
    found.append(Written("Vienna body", f"#REDIRECT [[{osce}]]", redirect=osce))
    found.append(Written("Template:Box", "{{{1}}}", namespace=10))
    found.append(Written("Script", "return {}", model="Scribunto"))
    return found


def found_in(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(lines).splitlines()]
