"""What a scan leaves behind; the end of a file's name says which.

    .jsonl, .jsonl.zst, .jsonl.gz   every finding, and every page set aside, a line of JSON each
    .parquet                        the same as a table
    .csv                            how many findings and pages each check has
    .txt                            a worklist: [[Title]] of each page with findings, in order of
                                    the dump, for pywikibot's -file:

All are made from the journal when the scan is done, whole or not at all.
"""

from __future__ import annotations

import csv
import errno
import functools
import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from bot.errors import UsageError
from bot.scan.unpacking import zstd

# Findings that a table takes at once.
_ROWS = 20_000


def kind(output: Path) -> str:
    """What an output is, by its name. Raises UsageError for a name that says nothing."""
    for end in _KINDS:
        if output.name.lower().endswith(end):
            return end
    raise UsageError(f"{output}: --output takes names that end in {', '.join(_KINDS)}")


def holds_reasons(output: Path) -> bool:
    """Whether an output tells why pages were set aside, too."""
    return kind(output) not in (".csv", ".txt")


def refuse_unwritable(output: Path) -> None:
    """Raise UsageError when an output could not be written, before hours were spent on it."""
    part = _part(output)
    try:
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with part.open("wb"):
            part.unlink()
    except OSError as wrong:
        raise UsageError(f"{output}: cannot be written: {wrong.strerror or wrong}") from wrong


def _part(output: Path) -> Path:
    return output.with_name(f".{output.name}.part")


def write(output: Path, lines: Iterable[bytes]) -> None:
    """Write one output from the lines of a journal. Raises UsageError when it cannot be written."""
    part = _part(output)
    try:
        _KINDS[kind(output)](part, iter(lines))
        part.replace(output)
    except OSError as wrong:
        raise UsageError(f"{output}: cannot be written: {wrong.strerror or wrong}") from wrong
    finally:
        part.unlink(missing_ok=True)


def titles(lines: Iterable[bytes]) -> Iterator[str]:
    """The pages with findings, each once, in their order."""
    last = None
    for line in lines:
        record = json.loads(line)
        if "check" in record and record["page"] != last:
            last = record["page"]
            yield last


def reasons(lines: bytes) -> Iterator[str]:
    """Why pages were set aside that lines tell of, and where they stand, a sentence each."""
    for line in lines.splitlines():
        record = json.loads(line)
        if "set_aside" in record:
            yield f"{record['page'] or 'a page'} (byte {record['place']:,}): {record['set_aside']}"


def _packed(opened: Callable[[Path], Any]) -> Callable[[Path, Iterator[bytes]], None]:
    def written(part: Path, lines: Iterator[bytes]) -> None:
        out: IO[bytes]
        with opened(part) as out:
            for line in lines:
                out.write(line + b"\n")

    return written


def _parquet(part: Path, lines: Iterator[bytes]) -> None:
    from itertools import islice

    from bot.scan.parquet import arrow, finding_batch, finding_schema

    with arrow().parquet.ParquetWriter(part, finding_schema(), compression="zstd") as writer:
        while rows := [json.loads(line) for line in islice(lines, _ROWS)]:
            writer.write_batch(finding_batch(rows))


def _counts(part: Path, lines: Iterator[bytes]) -> None:
    findings: Counter[tuple[str, str, str]] = Counter()
    pages: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], str] = {}
    for line in lines:
        record = json.loads(line)
        if "check" not in record:
            continue
        key = (record["check"], record["family"], record["severity"])
        findings[key] += 1
        if last.get(key) != record["page"]:
            last[key] = record["page"]
            pages[key] += 1
    with part.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["check", "family", "severity", "findings", "pages"])
        for key, number in findings.most_common():
            table.writerow([*key, number, pages[key]])


def _worklist(part: Path, lines: Iterator[bytes]) -> None:
    with part.open("w", encoding="utf-8") as out:
        out.writelines(f"[[{title}]]\n" for title in titles(lines))


def _checked_zstd(part: Path) -> Any:
    module = zstd()
    return module.open(part, "wb", options={module.CompressionParameter.checksum_flag: 1})


_KINDS: dict[str, Callable[[Path, Iterator[bytes]], None]] = {
    ".jsonl": _packed(functools.partial(Path.open, mode="wb")),
    ".jsonl.zst": _packed(_checked_zstd),
    ".jsonl.gz": _packed(functools.partial(gzip.GzipFile, mode="wb", mtime=0)),
    ".parquet": _parquet,
    ".csv": _counts,
    ".txt": _worklist,
}
