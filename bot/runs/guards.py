"""What must be right before a run touches anything: alone, clock, disk, wiki.

Each guard raises when something is wrong, before any harm, with a sentence that says what to do.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot import lock
from bot.errors import RedpencilError, WikiUnavailable
from bot.store import Store

if TYPE_CHECKING:
    from bot.sites.mediawiki import MediaWiki

#: How far clocks may be apart.
TOLERANCE = timedelta(minutes=5)

_MEGABYTE = 1_000_000


class NotNow(RedpencilError):
    """The run must not go on: the clock or the disk is wrong."""


class UnderWay(RedpencilError):
    """Another run of the same job is under way, since `started` (UTC) if that can be told."""

    exit_code = 0

    def __init__(self, message: str, started: datetime | None) -> None:
        super().__init__(message)
        self.started = started


@contextlib.contextmanager
def alone(store: Path, job: str, now: datetime) -> Iterator[None]:
    """Be the only run of a job on this queue; the lock ends with the process, however it ends.

    Raises UnderWay.
    """
    path = store.with_name(f"{store.name}.run-{job}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = lock.take(path, f"{os.getpid()} {now.isoformat(timespec='seconds')}")
    except lock.Taken as taken:
        process, _, since = taken.by.partition(" ")
        raise UnderWay(
            f"another run of {job} is under way (process {process}, since {since})",
            _moment(since),
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


def clock(store: Store, now: datetime) -> None:
    """Raise NotNow when the clock is behind what the queue has seen."""
    rows = store.read(
        "SELECT max(at) FROM (SELECT max(started) AS at FROM run UNION ALL SELECT max(ended)"
        " FROM run UNION ALL SELECT at FROM (SELECT at FROM event ORDER BY id DESC LIMIT 1))"
    )
    last = _moment(rows[0][0])
    if last is not None and now < last - TOLERANCE:
        raise NotNow(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and the queue was last changed at"
            f" {last:%Y-%m-%d %H:%M} UTC; set the clock, then start again (or, if it was wrong then"
            " and is right now, start once with --trust-clock); nothing was done"
        )


def disk(places: list[Path], megabytes: int) -> None:
    """Raise NotNow when a disk on which something is to be written is nearly full."""
    for place in places:
        there = next(each for each in (place, *place.parents) if each.exists())
        free = shutil.disk_usage(there).free // _MEGABYTE
        if free < megabytes:
            raise NotNow(
                f"{there}: only {free} MB are left on this disk, and {megabytes} are wanted"
                " (limits.free-megabytes); free some room, then start again"
            )


def wiki(site: MediaWiki, now: datetime) -> datetime:
    """The wiki's own time (UTC).

    Raises WikiUnavailable when it is read-only, lagging or down, and NotNow when its clock and
    this machine's are apart.
    """
    answer = site.request(action="query", meta="siteinfo", siprop="general", curtimestamp=True)
    general = answer["query"]["general"]
    if general.get("readonly"):
        why = str(general.get("readonlyreason", "")).strip()
        raise WikiUnavailable(
            f"{site.name}: the wiki is read-only" + (f" ({why})" if why else ""), code="readonly"
        )
    theirs = datetime.fromisoformat(answer["curtimestamp"]).astimezone(UTC)
    if abs(theirs - now) > TOLERANCE:
        raise NotNow(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, that of {site.name}"
            f" {theirs:%Y-%m-%d %H:%M} UTC; set the clock, then start again; nothing was done"
        )
    return theirs


def _moment(written: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(written).astimezone(UTC) if written else None
    except ValueError:
        return None
