"""How a wiki wants to be edited: what a person may set about saving; standard library only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# https://www.mediawiki.org/wiki/Manual:Edit_summary: what is longer is cut off.
_LONGEST_SUMMARY = 480


@dataclass(frozen=True, slots=True)
class Policy:
    """How a wiki wants to be edited.

    `documentation` is the page that the edit summary links to; the account's own by default.
    `bot` and `minor` are the flags of the edits, `tag` goes with them where the wiki defines it.
    Edits are limited by the minute, by the run, and by the page in 24 hours. `max_wait` bounds the
    seconds spent on waiting for another Redpencil that is saving. A request without an answer may
    be under way for `settled_after` seconds; only then it is said not to have been saved.
    """

    documentation: str = ""
    bot: bool = True
    minor: bool = False
    tag: str = "redpencil"
    per_minute: int = 12
    per_run: int = 500
    per_page: int = 5
    max_wait: float = 120.0
    settled_after: float = 30.0

    def summary(self, checks: Iterable[str], about: str, marker: str) -> str:
        """The edit summary: the names of the checks, as many as there is room for, the page that
        tells more, and the marker."""
        tail = f" ([[{about}|about]]) {marker}"
        names = [f"{name} ×{n}" if n > 1 else name for name, n in Counter(checks).items()]
        shown = len(names)
        while True:
            more = f" and {len(names) - shown} more" if shown < len(names) else ""
            summary = f"Redpencil: {', '.join(names[:shown])}{more}{tail}"
            if len(summary) <= _LONGEST_SUMMARY or not shown:
                return summary
            shown -= 1
