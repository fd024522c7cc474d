"""The log of runs: one line for each page that was looked at and each edit, as text or as JSON.

    2026-11-24T02:11:07Z INFO checked wiki=en.wikipedia.org page="Karvenia" revision=12 new=2 …

What pywikibot and others say goes into the same file. Secrets never do: the values that are known
to be secret, and whatever stands behind a word such as "password", are replaced before a line is
written, whoever wrote it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from bot.runs.job import Log

logger = logging.getLogger("bot.runs")

HIDDEN = "[hidden]"

_SHORTEST_SECRET = 4
_SECRET = re.compile(
    r"""(?ix) (?P<name> [\w-]* (?: password | passwd | secret | token | signature | cookie
        | api[_-]?key | authorization ) [\w-]* ["']? \s* [=:] \s* ["']? )
    (?P<value> (?: (?:bearer|oauth|basic|low) \s+ )? [^\s"'&,;}]+ )"""
)
# A name and password in an address: https://name:password@host
_IN_ADDRESS = re.compile(r"(?i)(?<=://)[^\s/@]+:[^\s/@]+(?=@)")


def said(what: str, **fields: Any) -> None:
    """Write one line of the log: what happened, and its particulars."""
    logger.info(what, extra={"fields": fields})


class _Line(logging.Formatter):
    """A record as one line without secrets."""

    converter = staticmethod(time.gmtime)

    def __init__(self, form: str, secrets: Collection[str]) -> None:
        super().__init__()
        self._json = form == "json"
        self._secrets = secrets
        self._known = -1
        self._hidden = re.compile("")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, Any] = getattr(record, "fields", {})
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ")
        message = record.getMessage()
        if record.exc_info:
            message += " | " + " | ".join(self.formatException(record.exc_info).splitlines())
        message = self._clean(message)
        clean = {
            name: self._clean(value) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        if self._json:
            told = {"at": at, "level": record.levelname, "logger": record.name, "what": message}
            return json.dumps(told | clean, ensure_ascii=False)
        words = [f"{at} {record.levelname} {message}"]
        words += [
            f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in clean.items()
        ]
        return " ".join(words)

    def _clean(self, text: str) -> str:
        if len(self._secrets) != self._known:  # passwords become known when a wiki is met
            self._known = len(self._secrets)
            longest_first = sorted(
                (s for s in self._secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True
            )
            self._hidden = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        text = self._hidden.sub(HIDDEN, text)
        text = _IN_ADDRESS.sub(HIDDEN, _SECRET.sub(rf"\g<name>{HIDDEN}", text))
        # Whatever a page or a wiki says, a line stays a line.
        return " ".join(text.split())


class _Shown(logging.Handler):
    """Drops what nobody wants to see: without any handler Python prints warnings."""

    lost = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Nothing."""


class _Written(logging.Handler):
    """Tells once that a line could not be written, where Python would print a traceback for each.

    `lost` is why, '' as long as every line was written.
    """

    lost = ""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own name)
        """Keep what went wrong with the disk; everything else is a fault of ours."""
        wrong = sys.exc_info()[1]
        if isinstance(wrong, OSError):
            self.lost = self.lost or wrong.strerror or str(wrong)
        else:
            super().handleError(record)

    def close(self) -> None:
        """Close the file; what it does not take any more is lost."""
        try:
            super().close()
        except OSError as wrong:
            self.lost = self.lost or wrong.strerror or str(wrong)


class _Rotating(_Written, logging.handlers.RotatingFileHandler):
    """Begins a file anew when it is long enough."""


class _Watched(_Written, logging.handlers.WatchedFileHandler):
    """Begins a file anew when somebody else moved it away."""


@contextlib.contextmanager
def kept(log: Log, secrets: Collection[str]) -> Iterator[Callable[[], str]]:
    """Keep the log while inside; `secrets` are values that must not stand in it, and may grow.

    What it gives says why lines could not be written, '' when all were: a full disk for the log
    ends no run. Raises OSError when the file cannot be written at all.
    """
    handler: _Shown | _Written
    if log.file is None:
        handler = _Shown()
    else:
        log.file.parent.mkdir(parents=True, exist_ok=True)
        if log.megabytes:
            handler = _Rotating(
                log.file,
                maxBytes=int(log.megabytes * 1_000_000),
                backupCount=log.keep,
                encoding="utf-8",
                errors="backslashreplace",
            )
        else:
            handler = _Watched(log.file, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(_Line(log.format, secrets))
    root = logging.getLogger()
    before = root.level, logger.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logger.setLevel(logging.INFO)
    try:
        yield lambda: handler.lost
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        logger.setLevel(before[1])
        handler.close()
