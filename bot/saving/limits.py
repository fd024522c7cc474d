"""How much may still be edited, and how soon: by the run, by the page, by the minute.

What earlier runs edited counts as well; the store's log remembers it. Nothing here edits, or asks
the wiki: its own throttle comes on top.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.saving.policy import Policy
from bot.store import Store

_DAY = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)


class Limits:
    """The limits of one run on one wiki; `made` counts its edits."""

    def __init__(
        self,
        policy: Policy,
        store: Store,
        wiki: str,
        *,
        sleep: Callable[[float], object],
        tell: Callable[[str], object],
    ) -> None:
        self.made = 0
        self._policy = policy
        self._store = store
        self._wiki = wiki
        self._sleep = sleep
        self._tell = tell

    def reached(self, page: str | None = None) -> str:
        """Which limit is reached; '' for none. Without a page only that of the run counts."""
        policy = self._policy
        if self.made >= policy.per_run:
            return f"{policy.per_run} edits were made in this run; start another one"
        if page is not None:
            since = self._store.clock() - _DAY
            made = self._store.times("saved", wiki=self._wiki, page=page, since=since)
            if len(made) >= policy.per_page:
                again = made[-policy.per_page] + _DAY
                return (
                    f"edited {len(made)} times in 24 hours; again from {again:%Y-%m-%d %H:%M} UTC"
                )
        return ""

    def wait(self) -> None:
        """Wait until one more edit is within the edits a minute."""
        now = self._store.clock()
        most = self._policy.per_minute
        made = self._store.times("intended", wiki=self._wiki, since=now - _MINUTE)
        if len(made) >= most:
            pause = (made[-most] + _MINUTE - now).total_seconds()
            self._tell(f"{most} edits a minute are allowed; waiting {pause:.0f} s")
            self._sleep(pause)
