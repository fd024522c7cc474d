"""What a scan found so far, on disk: a run that ended early goes on where it was.

The journal is Zstandard-packed JSON lines beside the output, its progress a small file that is
replaced as a whole. Now and then a frame is ended, written through to the disk, and the progress
says up to where in the dumps and in the journal all is done; whatever comes behind that is cut off
when the run goes on. So neither a kill nor a full disk loses or repeats a finding.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from bot.errors import UsageError
from bot.scan.crew import Done
from bot.scan.unpacking import lines, zstd

# Seconds between two writings of the progress.
_OFTEN = 10.0


@dataclass(slots=True)
class Tally:
    """What a scan has seen: pages and bytes of the dumps, and what was found on them."""

    pages: int = 0
    size: int = 0
    with_findings: int = 0
    findings: int = 0
    aside: int = 0
    damaged: int = 0
    broken: int = 0

    def add(self, done: Done) -> None:
        """Count one more piece."""
        self.pages += done.pages
        self.size += done.size
        counts = Counter(
            {
                "with_findings": sum(one.findings > 0 for one in done.found),
                "findings": sum(one.findings for one in done.found),
                "aside": sum(one.is_aside for one in done.found),
                "damaged": sum(one.is_damaged for one in done.found),
                "broken": sum(one.is_broken for one in done.found),
            }
        )
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)


@dataclass(slots=True)
class Progress:
    """Up to where a scan is done: in which dump, at which place of it, what was seen till there.

    `task` is what the scan was asked for; a run with other questions cannot go on with it. `known`
    is what it knew besides (the checks' versions, the wiki's redirects): with anything else every
    page may read otherwise.
    """

    task: dict[str, Any]
    dumps: list[tuple[str, int]]
    known: str = ""
    dump: int = 0
    place: int = 0
    written: int = 0
    tally: Tally = field(default_factory=Tally)


def files(output: Path) -> tuple[Path, Path]:
    """The journal and the progress of a scan with this output."""
    return output.with_name(f"{output.name}.journal"), output.with_name(f"{output.name}.progress")


def begun(output: Path) -> Progress | None:
    """How far the scan with this output got, None when there is none that ended early."""
    _, file = files(output)
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        kept["tally"] = Tally(**kept["tally"])
        kept["dumps"] = [(name, size) for name, size in kept["dumps"]]
        return Progress(**kept)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise UsageError(
            f"{file}: tells not how far the scan got; remove it to begin anew"
        ) from wrong


class Journal:
    """Takes what is found, in order. Everything is on disk when `keep` returns.

    Raises UsageError when another scan holds the journal, when less is left of it than the progress
    tells of, and when it cannot be written.
    """

    def __init__(self, output: Path, progress: Progress) -> None:
        self.path, self._file = files(output)
        self.progress = progress
        checked = {zstd().CompressionParameter.checksum_flag: 1}
        self._packer = zstd().ZstdCompressor(options=checked)
        self._kept = -_OFTEN  # the first findings are kept at once
        try:
            with self.path.open("ab"):
                pass
            self._out = self.path.open("r+b")
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong
        try:
            fcntl.flock(self._out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._out.close()
            raise UsageError(f"{output}: another scan with this output is under way") from None
        if self._out.seek(0, os.SEEK_END) < progress.written:
            self._out.close()
            raise UsageError(
                f"{self.path}: what was found before is gone or cut off; remove {self._file} to"
                " begin anew"
            )
        self._cut(progress.written)

    def _cut(self, size: int) -> None:
        try:
            self._out.truncate(size)
            self._out.seek(size)
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong

    def begin_anew(self) -> None:
        """Forget what was found; what was asked for stays."""
        self._file.unlink(missing_ok=True)
        self._cut(0)
        before = self.progress
        self.progress = Progress(before.task, before.dumps, before.known)

    def add(self, number: int, done: Done) -> None:
        """Write what came of a piece of the dump of this number."""
        try:
            for one in done.found:
                self._out.write(self._packer.compress(one.lines))
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong
        self.progress.dump, self.progress.place = number, done.end
        self.progress.tally.add(done)
        if monotonic() - self._kept > _OFTEN:
            self.keep()

    def keep(self) -> None:
        """Write all of it through to the disk, and then how far it got."""
        try:
            self._out.write(self._packer.flush(self._packer.FLUSH_FRAME))
            self._out.flush()
            os.fsync(self._out.fileno())
            self.progress.written = self._out.tell()
            part = self._file.with_name(f".{self._file.name}.part")
            with part.open("w", encoding="utf-8") as file:
                json.dump(asdict(self.progress), file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong
        self._kept = monotonic()

    def _unwritable(self, wrong: OSError) -> UsageError:
        kept = "; what was written before is kept, and --resume goes on"
        return UsageError(
            f"{self.path}: cannot be written: {wrong.strerror or wrong}"
            + (kept if self._file.exists() else "")
        )

    def close(self) -> None:
        """Close the journal as it is; one that holds nothing yet is not left behind."""
        if not self._file.exists():
            self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._out.close()

    def lines(self) -> Iterator[bytes]:
        """Everything that was found, a line of JSON each."""
        if self.progress.written:
            yield from lines(self.path)

    def remove(self) -> None:
        """Forget it: its outputs are made."""
        self._file.unlink(missing_ok=True)
        self.close()
