"""How a wiki wants to be edited: what a person may set about saving; standard library only."""

from __future__ import annotations

from dataclasses import dataclass


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
