"""Packed files as streams: by the fastest library there is, each damage named with its place."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import importlib
import io
import queue
import threading
import zlib
from collections.abc import Callable, Iterator
from lzma import LZMAError
from pathlib import Path
from typing import IO, Any, cast

from bot.errors import DumpError, UsageError

# How much is unpacked at once.
READ = 1 << 20

_MAGIC = {b"BZh": "bz2", b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"7z\xbc\xaf\x27\x1c": "7z"}


def kind_of(path: Path) -> str:
    """How a file is packed, by its first bytes: "bz2", "gz", "zst", "7z"; "parquet"; else "xml"."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as wrong:
        raise UsageError(f"{path}: cannot be read: {wrong.strerror or wrong}") from wrong
    if start.startswith(b"PAR1"):
        return "parquet"
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "xml")


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
        kind = kind_of(path)
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
        while size > 0 and (read := self.read(min(size, READ))):
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


def unpacked_streams(packed: bytes) -> bytes:
    """What streams of .bz2, one behind the other, hold. Raises one of DAMAGE."""
    try:
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
        while some := stream.read(READ):
            *whole, left = (left + some).split(b"\n")
            yield from whole
        if left:
            yield left
    finally:
        stream.close()
