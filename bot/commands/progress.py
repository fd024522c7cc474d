"""How far a long look at files has come, on standard error."""

from __future__ import annotations

import contextlib
import sys
from time import monotonic
from typing import TYPE_CHECKING

import click

from bot.commands import say

if TYPE_CHECKING:
    from bot.scan.journal import Tally

# Seconds between two lines of progress: for a person who watches, and in a log.
_WATCHED, _LOGGED = 0.5, 60.0


class Progress(contextlib.AbstractContextManager["Progress"]):
    """Share, rate and time left on standard error: for a person often, in a log once a minute.

    `sizes` are those of the files, in bytes.
    """

    def __init__(self, what: str, sizes: list[int]) -> None:
        self._what = f"{what}: " if what else ""
        self._sizes = sizes
        self._begun = monotonic()
        self._first: int | None = None
        self._live = sys.stderr.isatty()
        self._often = _WATCHED if self._live else _LOGGED
        self._shown = monotonic()
        self._from = (0, 0)

    def __call__(self, number: int, read: int, tally: Tally | None = None) -> None:
        """Tell how many bytes of the file of this number were read."""
        done = sum(self._sizes[:number]) + read
        if self._first is None:
            self._first = done
            self._from = (tally.size if tally else 0, tally.pages if tally else 0)
        now = monotonic()
        if now - self._shown < self._often:
            return
        self._shown = now
        seconds = now - self._begun
        share = done / max(sum(self._sizes), 1)
        words = [f"{share:6.1%}"]
        if tally is not None:
            size = tally.size - self._from[0]
            words.append(f"{tally.pages:,} pages, {tally.findings:,} findings")
            words.append(f"{size / 1e6 / max(seconds, 1e-9):.1f} MB/s")
        if done > self._first:
            left = seconds * (sum(self._sizes) - done) / (done - self._first)
            words.append(f"{_clock(left)} left")
        line = f"{self._what}{', '.join(words)}"
        if self._live:
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)
        else:
            say(line)

    def __exit__(self, *_: object) -> None:
        if self._live:
            click.echo("\r\x1b[K", err=True, nl=False)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
