"""A dump as a table of wikitext in Parquet, and findings as a table: what clusters read.

A table is made once and read many times, by any number of machines: its parts ("row groups") hold
16 MiB of wikitext and are read alone. It keeps every page of wikitext with what a scan needs, and
what the dump says of its wiki.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.errors import DumpError, UsageError
from bot.model import Profile
from bot.scan.dumps import Dump, Piece, Range, read_range
from bot.scan.pages import Header, RawPage, Unreadable, read
from bot.scan.redirects import disambiguating, with_section

if TYPE_CHECKING:
    import pyarrow as pa

PART = 16 << 20
_ABOUT = b"redpencil"


def arrow() -> Any:
    """Pyarrow. Raises UsageError when it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as wrong:
        raise UsageError(
            "tables are read and written by pyarrow: pip install 'redpencil[parquet]'"
        ) from wrong
    return pyarrow


# Tables of wikitext


def page_schema() -> pa.Schema:
    """The columns of a table of wikitext; `redirect` is null for a page of its own."""
    pa = arrow()
    return pa.schema(
        [
            pa.field("title", pa.string(), nullable=False),
            pa.field("namespace", pa.int32(), nullable=False),
            pa.field("number", pa.int64(), nullable=False),
            pa.field("redirect", pa.string()),
            pa.field("revision", pa.int64(), nullable=False),
            pa.field("timestamp", pa.string(), nullable=False),
            pa.field("is_disambiguation", pa.bool_(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
        ]
    )


class Converted(NamedTuple):
    """What became of a dump: pages written, and those that could not be."""

    pages: int
    unreadable: tuple[Unreadable, ...]


def convert(
    dump: Dump, table: Path, progress: Callable[[int], object] = lambda read: None
) -> Converted:
    """Write the pages of wikitext in a dump as a table.

    Raises DumpError where the dump is damaged; the table then holds all pages before. Raises
    UsageError when the table cannot be written; there is none, then.
    """
    part = table.with_name(f".{table.name}.part")
    try:
        return _converted(dump, table, part, progress)
    except OSError as wrong:
        why = os.strerror(wrong.errno) if wrong.errno else wrong
        raise UsageError(f"{table}: cannot be written: {why}") from wrong
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _converted(dump: Dump, table: Path, part: Path, progress: Callable[[int], object]) -> Converted:
    pa = arrow()
    header = dump.header
    profile = header.profile
    about = {
        "language": profile.language,
        "wiki": profile.wiki,
        "namespaces": dict(profile.namespaces),
        "base": header.base,
    }
    schema = page_schema().with_metadata({_ABOUT: json.dumps(about).encode()})
    unreadable: list[Unreadable] = []
    wrong: DumpError | None = None
    number = 0
    with pa.parquet.ParquetWriter(
        part, schema, compression="zstd", write_page_checksum=True
    ) as writer:
        rows: list[tuple[Any, ...]] = []
        size = 0

        def write() -> None:
            columns = [list(column) for column in zip(*rows, strict=True)]
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            rows.clear()

        try:
            for piece in dump.pieces():
                if piece.unreadable is not None:
                    unreadable.append(piece.unreadable)
                for page in _every_page(piece):
                    row = page if isinstance(page, Unreadable) else _row(page)
                    if isinstance(row, Unreadable):
                        unreadable.append(row)
                        continue
                    rows.append(row)
                    number += 1
                    size += len(row[-1])
                    if size >= PART:
                        write()
                        size = 0
                progress(piece.read)
        except DumpError as damage:
            wrong = damage
        if rows:
            write()
    part.replace(table)
    if wrong is not None:
        raise DumpError(f"{wrong}; {table} holds the {number:,} pages before") from wrong
    return Converted(number, tuple(unreadable))


def _every_page(piece: Piece) -> Iterator[RawPage | Unreadable]:
    content = piece.content
    if isinstance(content, Range):
        if content.is_table:
            raise UsageError(f"{content.path}: is a table already")
        content = read_range(content)
    return read(content, piece.start, namespaces=None)


def _row(page: RawPage) -> tuple[Any, ...] | Unreadable:
    try:
        text = page.text.decode()
    except UnicodeDecodeError as wrong:
        reason = f"its text is no UTF-8, from its byte {wrong.start:,} on"
        return Unreadable(page.title, reason, page.place)
    redirect = None if page.redirect is None else with_section(page.redirect, page.text)
    return (
        page.title,
        page.namespace,
        page.number,
        redirect,
        page.revision,
        page.timestamp,
        page.redirect is None and bool(disambiguating().search(page.text)),
        text,
    )


class ParquetDump:
    """A table of wikitext that `convert` wrote; a piece is one of its row groups."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.size = path.stat().st_size

    @functools.cached_property
    def _file(self) -> Any:
        pa = arrow()
        try:
            file = pa.parquet.ParquetFile(self.path, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as wrong:
            raise DumpError(f"{self.name}: is damaged or cut off: {wrong}") from wrong
        if not set(page_schema().names) <= set(file.schema_arrow.names):
            raise UsageError(f"{self.name}: is no table that `redpencil scan --to-parquet` wrote")
        return file

    @functools.cached_property
    def header(self) -> Header:
        """What the dump says of its wiki."""
        return header_of(self._file.schema_arrow)

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The row groups from a number on."""
        read = 0
        for number in range(self._file.num_row_groups):
            group = self._file.metadata.row_group(number)
            read += sum(
                group.column(column).total_compressed_size for column in range(group.num_columns)
            )
            if number >= start:
                yield Piece(
                    number, number + 1, read, Range(self.name, number, number + 1, is_table=True)
                )

    def titles(self) -> Iterator[tuple[str, str | None]]:
        """Every redirect of the articles with where it leads, every disambiguation page with
        None."""
        columns = ["title", "namespace", "redirect", "is_disambiguation"]
        for batch in self._file.iter_batches(columns=columns):
            names = (batch.column(name).to_pylist() for name in columns)
            for title, namespace, redirect, is_disambiguation in zip(*names, strict=True):
                if namespace == 0 and (redirect is not None or is_disambiguation):
                    yield title, redirect


def header_of(schema: pa.Schema) -> Header:
    """What a table of wikitext says of its wiki."""
    about = json.loads((schema.metadata or {}).get(_ABOUT, b"{}"))
    profile = Profile(
        about.get("language", "en"), about.get("wiki", ""), about.get("namespaces", {})
    )
    return Header(profile, about.get("base", ""))


def read_rows(
    found: Range, namespaces: frozenset[int]
) -> tuple[Iterator[RawPage | Unreadable], int]:
    """The pages in a row group, and how many bytes of wikitext it has."""
    pa = arrow()
    try:
        file = pa.parquet.ParquetFile(found.path, page_checksum_verification=True)
        table = file.read_row_group(found.start, columns=page_schema().names)
    except (pa.ArrowException, OSError) as wrong:
        raise DumpError(
            f"{found.path}: is damaged in its row group {found.start:,}: {wrong}"
        ) from wrong
    return (
        page for batch in table.to_batches() for page in rows_of(batch, namespaces)
    ), table.column("text").nbytes


def rows_of(batch: pa.RecordBatch, namespaces: frozenset[int]) -> Iterator[RawPage]:
    """The pages in a batch of a table of wikitext."""
    columns = [batch.column(name) for name in page_schema().names]
    texts = columns.pop()
    for place, (title, namespace, number, redirect, revision, timestamp, _) in enumerate(
        zip(*(column.to_pylist() for column in columns), strict=True)
    ):
        if namespace in namespaces:
            text = b"" if redirect is not None else texts[place].as_buffer().to_pybytes()
            yield RawPage(title, namespace, number, redirect, revision, timestamp, text, place)


# Tables of findings


def finding_schema() -> pa.Schema:
    """The columns of a table of findings; those of a page set aside are null but the first ones.

    `fixes` and `related` are JSON, as the report has them.
    """
    pa = arrow()
    words, number = pa.string(), pa.int64()
    return pa.schema(
        [
            pa.field("page", words, nullable=False),
            pa.field("revision", number),
            pa.field("set_aside", words),
            *(pa.field(name, words) for name in ("check", "family", "severity", "section")),
            *(pa.field(name, number) for name in ("start", "end", "line", "column")),
            *(pa.field(name, words) for name in ("text", "message", "evidence")),
            *(pa.field(name, words) for name in ("related", "fixes")),
        ]
    )


def finding_batch(records: Iterable[dict[str, Any]]) -> pa.RecordBatch:
    """Findings and pages set aside as rows."""
    pa = arrow()
    schema = finding_schema()
    rows = [
        {
            **record,
            **{
                name: json.dumps(record[name], ensure_ascii=False)
                for name in ("related", "fixes")
                if name in record
            },
        }
        for record in records
    ]
    return pa.RecordBatch.from_arrays(
        [pa.array([row.get(field.name) for row in rows], field.type) for field in schema],
        schema=schema,
    )
