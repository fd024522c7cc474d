"""Save Page Now: the Internet Archive is asked to capture a page that no archive has.

Only on request, with the keys of an account, and nothing is believed: the new capture is looked at
like any other before it is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from bot.errors import RedpencilError, SiteUnavailable, UnusableAnswer, UsageError, WebError
from bot.knowledge.snapshots import same_page
from bot.web.archives import Archives, Found, Lookup
from bot.web.captures import Archive, Capture, ascii_url, is_timestamp, tidy
from bot.web.fetching import PASSING, Fetcher


class Keys:
    """The keys of an Internet Archive account; they show in no message, log or traceback."""

    __slots__ = ("_access", "_secret")

    def __init__(self, access: str, secret: str) -> None:
        self._access, self._secret = access, secret

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Keys:
        """The keys in REDPENCIL_ARCHIVE_ACCESS_KEY and REDPENCIL_ARCHIVE_SECRET_KEY.

        Raises UsageError when one is missing or is not one line of plain characters.
        """
        names = ("REDPENCIL_ARCHIVE_ACCESS_KEY", "REDPENCIL_ARCHIVE_SECRET_KEY")
        values = [environment.get(name, "").strip() for name in names]
        for name, value in zip(names, values, strict=True):
            if not re.fullmatch(r"[!-9;-~]+", value):
                raise UsageError(
                    f"saving pages needs the keys of an Internet Archive account: set {name}"
                    " (archive.org/account/s3.php shows them)"
                )
        return cls(*values)

    @property
    def header(self) -> dict[str, str]:
        """The header that carries them."""
        return {"Authorization": f"LOW {self._access}:{self._secret}"}

    def __repr__(self) -> str:
        return "Keys(…)"


class NotSaved(RedpencilError):
    """Save Page Now did not save the page; the message says why, in its own words."""


class SavePageNow:
    """Asks the Internet Archive to capture a page (Save Page Now 2, public API).

    Ask only for pages that are live and right: what is captured is what is there now.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        keys: Keys,
        *,
        sleep: Callable[[float], object],
        endpoint: str = "https://web.archive.org/save",
        replay: str = "https://web.archive.org/web/{timestamp}/{url}",
        raw: str = "https://web.archive.org/web/{timestamp}id_/{url}",
        pause: float = 6.0,
        patience: float = 300.0,
    ) -> None:
        """`pause` lies between two captures (an account may make some twelve a minute), `patience`
        is how long a job is waited for; both in seconds."""
        self._fetcher = fetcher
        self._keys = keys
        self._sleep = sleep
        self._endpoint = endpoint
        self._archive = Archive(
            "Wayback Machine", "wayback-cdx", index=endpoint, replay=replay, raw=raw
        )
        self._pause = pause
        self._patience = patience

    def save(self, url: str) -> Capture:
        """The new capture; not yet seen.

        Raises NotSaved when the archive declines or the job fails, WebError when it does not
        answer.
        """
        told = self._asked(
            self._endpoint,
            method="POST",
            data={"url": ascii_url(url), "skip_first_archive": "1"},
            pause=self._pause,
        )
        job = told.get("job_id")
        if not isinstance(job, str) or not re.fullmatch(r"[\w-]{1,100}", job):
            raise NotSaved(f"the Wayback Machine does not save {url}: {_reason(told)}")
        waited, wait = 0.0, 2.0
        while waited < self._patience:
            self._sleep(wait)
            waited += wait
            wait = min(wait * 1.5, 20.0)
            told = self._asked(f"{self._endpoint}/status/{job}", pause=0.0)
            if told.get("status") == "success":
                timestamp = str(told.get("timestamp", ""))
                original = tidy(str(told.get("original_url") or url))
                if not is_timestamp(timestamp):
                    raise NotSaved(f"the Wayback Machine saved {url} without saying when")
                return Capture(
                    self._archive.name,
                    timestamp,
                    original,
                    self._archive.shown(timestamp, original),
                    self._archive.unchanged(timestamp, original),
                )
            if told.get("status") != "pending":
                raise NotSaved(f"the Wayback Machine could not save {url}: {_reason(told)}")
        raise NotSaved(f"the Wayback Machine has not saved {url} within {self._patience:.0f} s")

    def _asked(self, url: str, **request: Any) -> dict[str, Any]:
        answer = self._fetcher.fetch(
            url, headers={"Accept": "application/json", **self._keys.header}, **request
        )
        if answer.status in {401, 403}:
            raise NotSaved("the Wayback Machine does not accept the keys of the account")
        if answer.status in PASSING:
            raise SiteUnavailable(
                f"Save Page Now answers that it cannot answer ({answer.status})",
                url=url,
                reason="busy",
            )
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise UnusableAnswer("Save Page Now did not answer in JSON", url=url)
        return told


def _reason(told: Mapping[str, Any]) -> str:
    words = str(told.get("message") or told.get("status_ext") or "it gives no reason")
    return " ".join(words.split())[:300]


def save_missing(
    archives: Archives, saver: SavePageNow, missing: Iterable[Lookup], today: date
) -> Iterator[Lookup]:
    """Each look-up that surely found nothing, after its page was captured now and seen.

    A capture that does not show the cited page is not used; a page that could not be saved leaves
    its look-up as it was.
    """
    for lookup in missing:
        if not lookup.surely_missing:
            yield lookup
            continue
        try:
            landed, what = archives.seen(saver.save(lookup.wanted.url), lookup.wanted)
        except (NotSaved, WebError) as error:
            archives.trouble.setdefault(f"Save Page Now: {lookup.wanted.url}", str(error))
            yield lookup
            continue
        if not (what.proved or (what.good and same_page(landed.original, lookup.wanted.url))):
            yield lookup._replace(rejected=(*lookup.rejected, (landed, what)))
            continue
        found = Found(
            landed.archive,
            landed.address,
            landed.moment,
            (landed.moment.date() - lookup.wanted.day).days,
            what,
            saved=True,
        )
        yield lookup._replace(found=found)
