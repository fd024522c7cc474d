"""MediaWiki dumps, however they are packed, in pieces of whole pages.

A dump is read from any piece on, in memory that does not grow with it, and whatever is wrong with
it comes behind everything that could be read. Every place is counted in bytes from the start of the
unpacked XML; in a multistream dump that is read by its index, from the start of the file.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from bot.errors import DumpError, UsageError
from bot.scan.pages import TITLE, Header, Unreadable, header_in, words
from bot.scan.unpacking import DAMAGE, READ, Unpacked, kind_of, lines, unpacked_streams

# How much XML a worker gets at once, and the most that one page may have: a wiki saves at most
# 2 MiB of wikitext, in which XML writes every `"` with six bytes.
PIECE = 2 << 20
LARGEST_PAGE = 16 << 20

# No dump says more of its wiki, packed, before its first page.
_LARGEST_HEAD = 1 << 20

# Packed bytes of a multistream dump that a worker gets at once.
_RANGE = 512 << 10


class Range(NamedTuple):
    """Content that a worker reads for itself: streams of a multistream file, rows of a table."""

    path: str
    start: int
    end: int
    is_table: bool = False


class Piece(NamedTuple):
    """Whole pages of a dump, from `start` to `end`; `read` is how many bytes of the file that took.

    `content` is their XML, or where to read it; `unreadable` a page too big to be held.
    """

    start: int
    end: int
    read: int
    content: bytes | Range
    unreadable: Unreadable | None = None


class Dump(Protocol):
    """A dump that can be read from any piece on."""

    name: str
    size: int

    @property
    def header(self) -> Header:
        """What the dump says of its wiki. Raises UsageError for what is no such dump."""
        ...

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The pieces from a place on where one starts.

        Raises UsageError when none does: the place is that of another dump. Raises DumpError where
        the dump is damaged or ends too early; all pages before were given.
        """
        ...


def path_of(written: str) -> Path:
    """The file that a path or a file: address names. Raises UsageError for one that is not there.

    Dumps are not read over the network: a broken connection would cost the scan.
    """
    if re.match(r"[a-z][a-z0-9+.-]+://", written, re.IGNORECASE):
        address = urlsplit(written)
        if address.scheme.lower() != "file" or address.netloc not in ("", "localhost"):
            raise UsageError(f"{written}: only files are scanned; download it first")
        written = unquote(address.path)
    path = Path(written)
    if not path.is_file():
        raise UsageError(f"{written}: there is no such dump")
    return path


def dump_of(path: Path, *, index: Path | None = None, threads: int = 1) -> Dump:
    """The dump in a file, by what the file holds; its name counts for nothing.

    A multistream dump is read by its index when that is given or lies beside it.
    """
    kind = kind_of(path)
    if kind == "parquet":
        from bot.scan.parquet import ParquetDump

        return ParquetDump(path)
    found = index or (_index_beside(path) if kind == "bz2" else None)
    if index and kind != "bz2":
        raise UsageError(f"{path}: has an index only when it is a multistream .bz2")
    return MultistreamDump(path, found) if found else XmlDump(path, threads)


def _index_beside(path: Path) -> Path | None:
    """enwiki-…-multistream-index.txt.bz2 beside enwiki-…-multistream.xml.bz2."""
    name = re.sub(r"multistream(\d*)\.xml(.*)", r"multistream-index\1.txt\2", path.name)
    other = path.with_name(name)
    return other if name != path.name and other.is_file() else None


# Cutting into pieces


def _header(path: Path) -> Header:
    stream = Unpacked(path)
    start = b""
    try:
        while b"</siteinfo>" not in start and b"<page>" not in start and len(start) < PIECE:
            try:
                some = stream.read(READ)
            except DumpError:
                if start:
                    break
                raise
            if not some:
                break
            start += some
    finally:
        stream.close()
    return header_in(start, str(path))


class XmlDump:
    """A dump that is one stream of XML, packed or not."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path = path
        self.name = str(path)
        self.size = path.stat().st_size
        self._threads = threads

    @functools.cached_property
    def header(self) -> Header:
        """What the dump says of its wiki."""
        return _header(self.path)

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The pieces from a place on."""
        stream = Unpacked(self.path, self._threads)
        try:
            if start and not _stands_behind_page(stream, start):
                raise _another(self.name, start)
            yield from _pieces(stream, self.name, start)
        finally:
            stream.close()


def _stands_behind_page(stream: Unpacked, place: int) -> bool:
    """Go on to a place, and say whether a page ends there."""
    end = b"</page>"
    stream.skip(place - len(end))
    before = b""
    while len(before) < len(end) and (some := stream.read(len(end) - len(before))):
        before += some
    return before == end


def _another(name: str, place: int) -> UsageError:
    return UsageError(
        f"{name}: no page ends at byte {place:,}, where the earlier scan was: this is another dump,"
        " or less of it"
    )


def _pieces(stream: Unpacked, name: str, start: int) -> Iterator[Piece]:
    """Whole pages of a stream that stands at `start`, behind a page or at the very beginning."""
    left: bytes = b""
    wrong: DumpError | None = None
    is_last = False
    while not is_last:
        read = [left]
        size = len(left)
        try:
            while size < PIECE and not stream.has_ended:
                read.append(stream.read(READ))
                size += len(read[-1])
        except DumpError as damage:
            wrong = damage
        is_last = stream.has_ended or wrong is not None
        content = b"".join(read)
        end = content.rfind(b"</page>") + len(b"</page>")
        if end >= len(b"</page>"):
            yield Piece(start, start + end, stream.packed, content[:end])
            start += end
            left = content[end:]
        elif is_last:
            left = content
        else:
            left, start, piece = _passed_over(stream, content, start)
            if piece is not None:
                yield piece
    if wrong is not None:
        raise wrong
    if b"</mediawiki>" not in left:
        title = TITLE.search(left)
        within = f" within the page {words(title[1])!r}" if title else ""
        raise DumpError(f"{name}: is cut off{within}, after {stream.place:,} unpacked bytes")


def _passed_over(stream: Unpacked, content: bytes, start: int) -> tuple[bytes, int, Piece | None]:
    """Read on in a page that is longer than a piece; one longer than any page is passed over.

    Gives what was read and not used, where it starts, and a piece that tells of a page passed over.
    """
    parts, size = [content], len(content)
    tail = content[-6:]
    while True:
        some = stream.read(READ)
        if not some:
            return b"".join(parts), start, None
        found = (tail + some).find(b"</page>")
        if found >= 0 and size <= LARGEST_PAGE:
            parts.append(some)
            return b"".join(parts), start, None
        size += len(some)
        if found >= 0:
            behind = found + len(b"</page>") - len(tail)
            end = start + size - len(some) + behind
            title = TITLE.search(parts[0])
            place = start + max(parts[0].find(b"<page>"), 0)
            reason = f"it has more than {LARGEST_PAGE >> 20} MiB, which no wiki saves"
            page = Unreadable(words(title[1]) if title else "", reason, place)
            return some[behind:], end, Piece(start, end, stream.packed, b"", page)
        if size <= LARGEST_PAGE:
            parts.append(some)
        else:
            parts = parts[:1]
        tail = (tail + some)[-6:]


# Multistream


class MultistreamDump:
    """A .bz2 of many streams of a hundred pages each, with the index that says where they start.

    Every worker reads its own streams. See
    https://meta.wikimedia.org/wiki/Data_dumps/Dump_format#Multistream_dumps.
    """

    def __init__(self, path: Path, index: Path) -> None:
        self.path = path
        self.name = str(path)
        self.index = index
        self.size = path.stat().st_size

    @functools.cached_property
    def header(self) -> Header:
        """What the dump says of its wiki."""
        return _header(self.path)

    def starts(self) -> Iterator[int]:
        """Where the streams of pages start. Raises UsageError for a wrong index."""
        last = number = 0
        for number, line in enumerate(lines(self.index), 1):
            offset, colon, _ = line.partition(b":")
            if not colon or not offset.isdigit() or int(offset) < last or not int(offset):
                raise UsageError(
                    f"{self.index}: is no index of a multistream dump: line {number} is"
                    f" {line[:60].decode('utf-8', 'replace')!r}"
                )
            if int(offset) != last:
                last = int(offset)
                yield last
        if not number:
            raise UsageError(f"{self.index}: is empty, so it is no index of {self.name}")

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The pieces from a place on; the last one holds what ends the dump, too."""
        begin: int | None = None
        for each in itertools.chain(self.starts(), (self.size,)):
            if each > self.size:
                raise DumpError(
                    f"{self.name}: ends at byte {self.size:,}, and {self.index} tells of pages at"
                    f" byte {each:,}: the dump is cut off, or the index is of another one"
                )
            if each < start:
                continue
            if begin is None:
                if each != start and start:
                    raise _another(self.name, start)
                if each < self.size:
                    if not start:
                        self._refuse_pages_before(each)
                    begin = each
                continue
            if each - begin >= _RANGE or each == self.size:
                yield Piece(begin, each, each, Range(self.name, begin, each))
                begin = each
        if start > self.size:
            raise _another(self.name, start)

    def _refuse_pages_before(self, first: int) -> None:
        """Raise UsageError when pages stand before the first stream that the index tells of."""
        if first <= _LARGEST_HEAD:
            try:
                with self.path.open("rb") as file:
                    head = unpacked_streams(file.read(first))
            except DAMAGE:
                return  # no stream starts there, which is told where it is read
            if b"<page>" not in head:
                return
        raise UsageError(
            f"{self.index}: begins with byte {first:,} of {self.name}, and pages stand before that:"
            " it is cut off, or the index of another dump"
        )


def read_range(found: Range) -> bytes:
    """The XML in streams of a multistream dump.

    Raises UsageError where no stream starts, DumpError where one is damaged.
    """
    with Path(found.path).open("rb") as file:
        file.seek(found.start)
        packed = file.read(found.end - found.start)
        is_last = not file.read(1)
    if not packed.startswith(b"BZh"):
        raise UsageError(
            f"{found.path}: no stream starts at byte {found.start:,}: the index is of another dump"
        )
    try:
        content = unpacked_streams(packed)
    except DAMAGE as wrong:
        raise DumpError(
            f"{found.path}: is damaged between byte {found.start:,} and {found.end:,}: {wrong}"
        ) from wrong
    if is_last and not content.rstrip().endswith(b"</mediawiki>"):
        raise DumpError(f"{found.path}: is cut off: its last stream does not end the dump")
    return content
