"""MediaWiki dumps, however they are packed, in pieces of whole pages.

The XML is never made into a tree: a page is what stands between <page> and </page>, which cannot
stand in its text, and only the few elements before the text are read. That is several times the
speed of an XML parser, and safe because the shape is checked: whatever does not look like
https://www.mediawiki.org/xml/export-0.11.xsd (or its predecessors back to 0.6) is named with its
place, never guessed at.

Every place is counted in bytes from the start of the unpacked XML; in a multistream dump that is
read by its index, from the start of the file.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import importlib
import itertools
import queue
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from lzma import LZMAError
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast
from urllib.parse import unquote, urlsplit

from bot.errors import DumpError, UsageError
from bot.model import Profile

# How much XML a worker gets at once, and the most that one page may have: a wiki saves at most
# 2 MiB of wikitext, in which XML writes every `"` with six bytes.
PIECE = 2 << 20
LARGEST_PAGE = 16 << 20
_READ = 1 << 20

# Packed bytes of a multistream dump that a worker gets at once.
_RANGE = 512 << 10


class RawPage(NamedTuple):
    """A page as it stands in a dump: `text` is its wikitext in UTF-8, nothing decoded yet.

    `redirect` is the title it leads to, None for a page of its own; `place` is where it stands.
    """

    title: str
    namespace: int
    number: int
    redirect: str | None
    revision: int
    timestamp: str
    text: bytes
    place: int


class Unreadable(NamedTuple):
    """A page, or what stands instead of one, that cannot be read, and why."""

    title: str
    reason: str
    place: int


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


class Header(NamedTuple):
    """What a dump says of its wiki: the profile for the checks, and the base of page addresses."""

    profile: Profile
    base: str


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

        Raises DumpError where the dump is damaged or ends too early; all pages before were given.
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
    kind = _kind(path)
    if kind == "parquet":
        from bot.scan.parquet import ParquetDump

        return ParquetDump(path)
    found = index or (_index_beside(path) if kind == "bz2" else None)
    if index and kind != "bz2":
        raise UsageError(f"{path}: has an index only when it is a multistream .bz2")
    return MultistreamDump(path, found) if found else XmlDump(path, threads)


_MAGIC = {b"BZh": "bz2", b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"7z\xbc\xaf\x27\x1c": "7z"}


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as wrong:
        raise UsageError(f"{path}: cannot be read: {wrong.strerror or wrong}") from wrong
    if start.startswith(b"PAR1"):
        return "parquet"
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "xml")


def _index_beside(path: Path) -> Path | None:
    """enwiki-…-multistream-index.txt.bz2 beside enwiki-…-multistream.xml.bz2."""
    name = re.sub(r"multistream(\d*)\.xml(.*)", r"multistream-index\1.txt\2", path.name)
    other = path.with_name(name)
    return other if name != path.name and other.is_file() else None


# Unpacking

# What the libraries raise for damaged input; indexed_bzip2 knows only RuntimeError and ValueError.
DAMAGE = (EOFError, OSError, ValueError, RuntimeError, zlib.error, LZMAError)


class Unpacked:
    """The XML in a file as a stream, and how far into the file it was read."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path = path
        self.place = 0
        self.has_ended = False
        self._closing = contextlib.ExitStack()
        file = self._closing.enter_context(path.open("rb"))
        self._tell: Callable[[], int] = file.tell
        stream: Any = file
        kind = _kind(path)
        if kind == "bz2":
            stream = self._closing.enter_context(self._bz2(file, threads))
        elif kind == "gz":
            stream = self._closing.enter_context(gzip.GzipFile(fileobj=file))
        elif kind == "zst":
            stream = self._closing.enter_context(zstd().open(file))
        elif kind == "7z":
            stream = self._closing.enter_context(contextlib.closing(_SevenZip(path)))
            self._tell = stream.tell
        self._stream = stream

    def _bz2(self, file: IO[bytes], threads: int) -> Any:
        try:
            import indexed_bzip2
        except ImportError:
            return bz2.open(file)
        stream = indexed_bzip2.open(str(self.path), parallelization=threads)
        self._tell = lambda: stream.tell_compressed() // 8
        return stream

    def read(self, size: int) -> bytes:
        """The next bytes, b"" at the end. Raises DumpError for a damaged file."""
        try:
            found: bytes = self._stream.read(size)
        except (*DAMAGE, zstd().ZstdError) as wrong:
            about = f": {wrong}" if str(wrong) not in ("", "std::exception") else ""
            raise DumpError(
                f"{self.path}: is damaged or cut off at byte {self._packed():,}"
                f" (after {self.place:,} unpacked bytes){about}"
            ) from wrong
        self.place += len(found)
        self.has_ended = not found
        return found

    def skip(self, size: int) -> None:
        """Go on by so many bytes."""
        if self._stream.__class__.__name__ in ("BufferedReader", "IndexedBzip2File"):
            self._stream.seek(self.place + size)
            self.place += size
            return
        while size > 0 and (read := self.read(min(size, _READ))):
            size -= len(read)

    def _packed(self) -> int:
        return self._tell()

    @property
    def packed(self) -> int:
        """How many bytes of the file were read."""
        try:
            return self._packed()
        except DAMAGE:
            return 0

    def close(self) -> None:
        """Close the file."""
        self._closing.close()


def zstd() -> Any:
    """The module for Zstandard: the standard library's, or its twin for Python before 3.14."""
    try:
        return importlib.import_module("compression.zstd")
    except ImportError:
        return importlib.import_module("backports.zstd")


class _SevenZip:
    """The one file in a .7z archive as a stream; py7zr writes, so it does that in a thread."""

    def __init__(self, path: Path) -> None:
        try:
            import py7zr
        except ImportError as wrong:
            raise UsageError(
                f"{path}: reading .7z needs py7zr: pip install 'redpencil[7z]'"
            ) from wrong
        self._pieces: queue.Queue[bytes | BaseException] = queue.Queue(8)
        self._left = b""
        self._closed = threading.Event()
        self._file = path.open("rb")
        ours = self

        class Sink(py7zr.io.Py7zIO):  # type: ignore[misc]
            def write(self, data: bytes | bytearray) -> int:
                ours._put(bytes(data))
                return len(data)

            def read(self, size: int | None = None) -> bytes:
                return b""

            def seek(self, offset: int, whence: int = 0) -> int:
                return offset

            def flush(self) -> None:
                pass

            def size(self) -> int:
                return 0

        class Sinks(py7zr.io.WriterFactory):  # type: ignore[misc]
            def create(self, filename: str) -> Any:
                return Sink()

        def unpack() -> None:
            try:
                with py7zr.SevenZipFile(self._file) as archive:
                    archive.extractall(factory=Sinks())
                self._put(b"")
            except Exception as wrong:  # noqa: BLE001 - raised again where it is read
                with contextlib.suppress(_Closed):
                    self._put(wrong)

        self._thread = threading.Thread(target=unpack, daemon=True)
        self._thread.start()

    def _put(self, piece: bytes | BaseException) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._pieces.put(piece, timeout=0.2)
                return
        raise _Closed

    def read(self, size: int) -> bytes:
        """The next bytes; what went wrong in the archive is raised as OSError."""
        if not self._left:
            piece = self._pieces.get()
            if isinstance(piece, BaseException):
                raise OSError(str(piece) or type(piece).__name__) from piece
            if not piece:
                self._pieces.put(b"")
            self._left = piece
        found, self._left = self._left[:size], self._left[size:]
        return found

    def tell(self) -> int:
        """How far into the archive it was read, roughly."""
        try:
            return self._file.tell()
        except ValueError:
            return 0

    def close(self) -> None:
        """Stop unpacking."""
        self._closed.set()
        self._thread.join(5)
        self._file.close()


class _Closed(Exception):
    """The reader of an archive wants no more of it."""


# Cutting into pieces


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
        stream = Unpacked(self.path)
        try:
            return read_header(stream, self.name)
        finally:
            stream.close()

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The pieces from a place on."""
        stream = Unpacked(self.path, self._threads)
        try:
            stream.skip(start)
            yield from _pieces(stream, self.name, start)
        finally:
            stream.close()


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
                read.append(stream.read(_READ))
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
        title = _TITLE.search(left)
        within = f" within the page {words(title[1])!r}" if title else ""
        raise DumpError(f"{name}: is cut off{within}, after {stream.place:,} unpacked bytes")


def _passed_over(stream: Unpacked, content: bytes, start: int) -> tuple[bytes, int, Piece | None]:
    """Read on in a page that is longer than a piece; one longer than any page is passed over.

    Gives what was read and not used, where it starts, and a piece that tells of a page passed over.
    """
    parts, size = [content], len(content)
    tail = content[-6:]
    while True:
        some = stream.read(_READ)
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
            title = _TITLE.search(parts[0])
            place = start + max(parts[0].find(b"<page>"), 0)
            reason = f"it has more than {LARGEST_PAGE >> 20} MiB, which no wiki saves"
            page = Unreadable(words(title[1]) if title else "", reason, place)
            return some[behind:], end, Piece(start, end, stream.packed, b"", page)
        if size <= LARGEST_PAGE:
            parts.append(some)
        else:
            parts = parts[:1]
        tail = (tail + some)[-6:]


# The header

_ROOT = re.compile(rb"\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>\s*)?<mediawiki\b([^>]*)>")
_SCHEMA = re.compile(rb"http://www\.mediawiki\.org/xml/export-0\.(\d+)/")
_LANGUAGE = re.compile(rb'xml:lang="([^"]*)"')
_BASE = re.compile(rb"<base>([^<]*)</base>")
_NAMESPACE = re.compile(rb'<namespace key="(-?\d+)"[^>]*>([^<]*)</namespace>')
_SPECIAL = {-2: "Media", 6: "File", 14: "Category"}


def read_header(stream: Unpacked, name: str) -> Header:
    """What a dump says of its wiki before its first page.

    Raises UsageError for what is no MediaWiki dump, or one of a schema not known here.
    """
    start = b""
    while b"</siteinfo>" not in start and b"<page>" not in start and len(start) < PIECE:
        try:
            some = stream.read(_READ)
        except DumpError:
            if start:
                break
            raise
        if not some:
            break
        start += some
    root = _ROOT.match(start)
    if not root:
        raise UsageError(f"{name}: is no dump of a wiki: it does not begin with <mediawiki>")
    schema = _SCHEMA.search(root[1])
    if not schema or not 6 <= int(schema[1]) <= 11:
        written = f"0.{int(schema[1])}" if schema else "none"
        raise UsageError(
            f"{name}: has the export schema {written}; 0.6 to 0.11 are known here"
            " (https://www.mediawiki.org/xml/)"
        )
    info = start[: max(start.find(b"</siteinfo>"), 0)]
    language = _LANGUAGE.search(root[1])
    base = _BASE.search(info)
    names: dict[str, str] = {}
    for number, written in _NAMESPACE.findall(info):
        canonical = _SPECIAL.get(int(number))
        if canonical:
            names |= {canonical.lower(): canonical, words(written).lower(): canonical}
    address = words(base[1]) if base else ""
    wiki = urlsplit(address).hostname or ""
    return Header(Profile(words(language[1]) if language else "en", wiki, names), address)


# Pages

_TITLE = re.compile(rb"<page>\s*<title>([^<]*)</title>")
_HEAD = re.compile(
    rb"<page>\s*<title>([^<]*)</title>\s*<ns>(-?\d+)</ns>\s*<id>(\d+)</id>\s*"
    rb'(?:<redirect(?: title="([^"]*)")?\s*/>\s*)?(?:<restrictions>[^<]*</restrictions>\s*)?'
    rb"<revision>\s*<id>(\d+)</id>"
)
_TIMESTAMP = re.compile(rb"<timestamp>([^<]*)</timestamp>")
_MODEL = re.compile(rb"<model>([^<]*)</model>")
_TEXT = re.compile(rb"<text\b([^>]*)>([^<]*)")
_CHARACTER = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));")


def pages(
    content: bytes, start: int = 0, namespaces: frozenset[int] | None = frozenset([0])
) -> Iterator[RawPage | Unreadable]:
    """The pages of wikitext in a piece that begins at `start`, in their order; None: everywhere.

    What is no page stands in its place as Unreadable. Raises UsageError for a dump of histories.
    """
    at = content.find(b"<page>") if start == 0 else 0
    while 0 <= at < len(content):
        opened = content.find(b"<page>", at)
        between = content[at : opened if opened >= 0 else len(content)].strip()
        if between and not between.startswith((b"</mediawiki>", b"<mediawiki")):
            yield Unreadable("", f"no page, but {words(between[:60])!r}", start + at)
        if opened < 0:
            return
        closed = content.find(b"</page>", opened)
        if closed < 0:
            yield Unreadable(_title(content, opened), "it does not end", start + opened)
            return
        at = closed + len(b"</page>")
        head = _HEAD.match(content, opened, closed)
        if head is None:
            yield Unreadable(
                _title(content, opened), "its XML is not that of a dump", start + opened
            )
            continue
        title, namespace, number, redirect, revision = head.groups()
        if namespaces is not None and int(namespace) not in namespaces:
            continue
        text = _TEXT.search(content, head.end(), closed)
        if text is None:  # deleted, or left out (a dump of stubs)
            yield Unreadable(words(title), "it has no text", start + opened)
            continue
        if not text[1].endswith(b"/") and not content.startswith(b"</text>", text.end()):
            yield Unreadable(words(title), "its XML is not that of a dump", start + opened)
            continue
        if content.find(b"<revision>", text.end(), closed) >= 0:
            raise UsageError(
                f"the page {words(title)!r} (byte {start + opened:,}) has several revisions: scan"
                " reads pages-articles and pages-meta-current, no dumps of histories"
            )
        between_head = content[head.end() : text.start()]
        model = _MODEL.search(between_head)
        if model and model[1] != b"wikitext":
            continue
        when = _TIMESTAMP.search(between_head)
        yield RawPage(
            words(title),
            int(namespace),
            int(number),
            None if redirect is None else words(redirect),
            int(revision),
            words(when[1]) if when else "",
            b"" if text[1].endswith(b"/") else unescaped(text[2]),
            start + opened,
        )


def _title(content: bytes, opened: int) -> str:
    title = _TITLE.match(content, opened)
    return words(title[1]) if title else ""


def unescaped(text: bytes) -> bytes:
    """What XML character data stands for."""
    if b"&" not in text:
        return text
    text = text.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&quot;", b'"')
    if b"&#" in text:
        text = _CHARACTER.sub(_character, text)
    return text.replace(b"&apos;", b"'").replace(b"&amp;", b"&")


def _character(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    # "&" stays written as it is until all else is done; "&amp;#38;" is not "&#38;".
    if number == ord("&"):
        return b"&amp;"
    return chr(number).encode() if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]


def words(written: bytes) -> str:
    """Character data as text."""
    return unescaped(written).decode("utf-8", "replace")


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
        stream = Unpacked(self.path)
        try:
            return read_header(stream, self.name)
        finally:
            stream.close()

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
                if each < self.size:
                    begin = each
                continue
            if each - begin >= _RANGE or each == self.size:
                yield Piece(begin, each, each, Range(self.name, begin, each))
                begin = each


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
        content = _unpacked_streams(packed)
    except DAMAGE as wrong:
        raise DumpError(
            f"{found.path}: is damaged between byte {found.start:,} and {found.end:,}: {wrong}"
        ) from wrong
    if is_last and not content.rstrip().endswith(b"</mediawiki>"):
        raise DumpError(f"{found.path}: is cut off: its last stream does not end the dump")
    return content


def _unpacked_streams(packed: bytes) -> bytes:
    try:
        import io

        import indexed_bzip2
    except ImportError:
        return bz2.decompress(packed)
    with indexed_bzip2.open(io.BytesIO(packed), parallelization=1) as stream:
        return cast("bytes", stream.read())


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a packed or plain file."""
    stream = Unpacked(path)
    left = b""
    try:
        while some := stream.read(_READ):
            *whole, left = (left + some).split(b"\n")
            yield from whole
        if left:
            yield left
    finally:
        stream.close()
