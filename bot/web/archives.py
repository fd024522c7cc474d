"""Asks web archives for the snapshot that shows a cited page as its author saw it.

What an archive's index says (`bot.web.captures`) is not believed: each candidate, the one nearest
to the wanted date first, is fetched and must show the cited page (`bot.web.webpage`). So every
snapshot that comes from here has been seen, and an error page, a sold domain or another article
never does.

One address is looked up once in a run, whatever its spelling and however often it is cited; what
was learned is kept (`bot.web.cache`). An archive that does not answer costs its look-ups the
snapshot and is named in them, so that "there is none" is never concluded from silence.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from bot.errors import SiteUnavailable, WebError
from bot.knowledge.snapshots import page_key, same_page, snapshot
from bot.model import Described, Entered, Source
from bot.web.cache import Cache, Outcome
from bot.web.captures import (
    MEMENTO,
    Archive,
    Capture,
    captures,
    is_timestamp,
    named,
    noon,
    question,
    tidy,
)
from bot.web.description import description, from_row, to_row
from bot.web.fetching import PASSING, REDIRECTS, Answer, Fetcher, origin
from bot.web.webpage import Shows, shows

#: How many captures are looked at before an archive is given up.
MOST_PROOFS = 4
#: A snapshot that can be compared with nothing must at least be near: days.
PLAUSIBLE_WITHIN = 366
_PAGE_LIMIT = 1_500_000
#: Seconds from one snapshot to the next; an archive that asks for no pause is asked without.
_REPLAY_PAUSE = 0.125


# --- what is asked for ------------------------------------------------------------------------


class Wanted(NamedTuple):
    """What a citation asks for.

    `day` is the date its page should be shown at, `basis` what that date is ("access date").
    `title` and `quote` are the cited ones, '' for none. `given` is a snapshot that the citation
    names already and that is looked at first, `bare` asks what the page says of itself, `label` are
    the words of a plain link.
    """

    url: str
    day: date
    basis: str = "access date"
    title: str = ""
    quote: str = ""
    given: str = ""
    bare: bool = False
    label: str = ""


def wanted_day(
    *,
    accessed: date | None,
    published: date | None,
    added: Callable[[], Entered | None],
    today: date,
) -> tuple[date, str]:
    """The day a cited page should be shown at, and what that day is.

    The access date, else the publication date, else the day the reference entered the page, else
    today. `added` is called only when the first two are missing. A date in the future, or from
    before there were archives (1996), is none.
    """
    if accessed is not None and _usable(accessed, today):
        return accessed, "access date"
    if published is not None and _usable(published, today):
        return published, "publication date"
    entered = added()
    if entered is not None and _usable(entered.day, today):
        basis = "date the reference was added" if entered.surely else "first date it was seen there"
        return entered.day, basis
    return today, "today"


def undated(source: Source, today: date) -> bool:
    """Whether the citation itself has no date at which its page could be shown."""
    days = (source.accessed, source.published)
    return not any(day is not None and _usable(day, today) for day in days)


def _usable(day: date, today: date) -> bool:
    return day.year >= 1996 and day <= today


# --- choosing ---------------------------------------------------------------------------------


def candidates(listed: Iterable[Capture], wanted: Wanted) -> list[Capture]:
    """The captures worth looking at, best first: of that page, not of an error, nearest first.

    On the same day a redirect comes last, and before the wanted moment is better than after it.
    """
    fitting = [
        each
        for each in listed
        if same_page(each.original, wanted.url)
        and (each.status is None or 200 <= each.status < 400)
    ]
    wanted_moment = noon(wanted.day)
    return sorted(
        fitting,
        key=lambda each: (
            int(each.days_from(wanted.day)),
            each.status is not None and each.status >= 300,
            each.moment > wanted_moment,
            each.days_from(wanted.day),
        ),
    )


class Found(NamedTuple):
    """A snapshot that was seen and shows the cited page.

    `days` is how far it lies from the wanted date, negative before it. `proof` says how it is known
    to be the page; `loosened` is the address it was found under when tracking parameters had to be
    left out, '' otherwise. `saved` says that it was captured on our request. `described` is what
    the page says of itself, when that was asked for.
    """

    archive: str
    address: str
    moment: datetime
    days: int
    proof: Shows
    loosened: str = ""
    saved: bool = False
    described: Described | None = None


class Lookup(NamedTuple):
    """What came of looking for one citation's page.

    `rejected` are the snapshots that were seen and are not the page, with what they are.
    `unanswered` are the archives that did not answer. `given` is what the snapshot that the
    citation names turned out to be, None when it was not looked at.
    """

    wanted: Wanted
    found: Found | None
    rejected: tuple[tuple[Capture, Shows], ...] = ()
    unanswered: tuple[str, ...] = ()
    given: Shows | None = None

    @property
    def is_given(self) -> bool:
        """Whether the snapshot that the citation names was seen to show its page."""
        return self.found is not None and self.found.address == self.wanted.given

    @property
    def surely_missing(self) -> bool:
        """Whether every archive answered, and none has the page."""
        return self.found is None and not self.unanswered

    def __str__(self) -> str:
        """The evidence in one sentence, for a person."""
        if self.found is None:
            silent = f"; no answer from {', '.join(self.unanswered)}" if self.unanswered else ""
            seen = f"; {len(self.rejected)} show something else" if self.rejected else ""
            return f"no snapshot shows the page{seen}{silent}"
        days = self.found.days
        near = "on" if days == 0 else f"{abs(days)} days {'before' if days < 0 else 'after'}"
        near = near.replace("1 days", "1 day") if abs(days) == 1 else near
        basis = self.wanted.basis
        basis = basis if basis == "today" else f"the {basis}"
        loose = (
            f"; found only without tracking parameters, as {self.found.loosened}"
            if self.found.loosened
            else ""
        )
        saved = "; captured just now" if self.found.saved else ""
        moment = f"{self.found.moment:%Y-%m-%d}"
        given = ""
        if self.given is not None and not self.is_given:
            given = f"; of the copy that is given: {self.given.value}"
        return (
            f"{self.found.archive}, {moment}, {near} {basis}; {self.found.proof.value}"
            f"{loose}{saved}{given}"
        )


_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh"
    r"|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|cmpid|ocid|ncid|smid|sr_share|ref_src|ref_url|spm|xtor"
    r"|at_\w+|wt_mc\w*|pk_\w+|piwik_\w+|mtm_\w+|_ga|_gl|vero_id|oly_\w+_id|s_cid|ito)",
    re.IGNORECASE,
)


def without_tracking(url: str) -> str:
    """The address without parameters that only tell where a reader came from."""
    parts = urlsplit(url)
    fields = parts.query.split("&") if parts.query else []
    kept = [each for each in fields if not _TRACKING.fullmatch(each.partition("=")[0])]
    if len(kept) == len(fields):
        return url
    return urlunsplit(parts._replace(query="&".join(kept)))


# --- looking up -------------------------------------------------------------------------------

Progress = Callable[[int, int, int], object]


class Archives:
    """Looks citations up in archives, in order; safe to use from several threads."""

    def __init__(self, fetcher: Fetcher, archives: Sequence[Archive], kept: Cache) -> None:
        """`fetcher` must be allowed to ask archives that lie in a private network."""
        self._fetcher = fetcher
        self._archives = archives
        self._cache = kept
        self._pauses = {each.name: min(each.pause, _REPLAY_PAUSE) for each in archives}
        #: Why each archive that did not answer did not, the first reason given.
        self.trouble: dict[str, str] = {}

    def find(
        self, wanted: Iterable[Wanted], *, progress: Progress | None = None, workers: int = 8
    ) -> dict[Wanted, Lookup]:
        """The look-up of everything wanted. `progress(done, of, found)` is told after each page.

        What one archive or one address does wrong is in the look-ups; nothing of it is raised.
        """
        from concurrent.futures import ThreadPoolExecutor, as_completed

        groups: dict[tuple[str, bytes, bytes], list[Wanted]] = {}
        for each in dict.fromkeys(wanted):
            groups.setdefault(page_key(each.url), []).append(each)
        results: dict[Wanted, Lookup] = {}
        with ThreadPoolExecutor(max(1, workers)) as pool:
            try:
                running = [pool.submit(self._look_up, group) for group in groups.values()]
                for done, future in enumerate(as_completed(running), 1):
                    results.update((lookup.wanted, lookup) for lookup in future.result())
                    if progress is not None:
                        found = sum(1 for lookup in results.values() if lookup.found)
                        progress(done, len(groups), found)
            except BaseException:
                # Whoever interrupts does not want to wait for what has not begun.
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return results

    def _look_up(self, group: Sequence[Wanted]) -> list[Lookup]:
        """The look-ups of citations of one page."""
        found: dict[Wanted, Found] = {}
        rejected: dict[Wanted, list[tuple[Capture, Shows]]] = {each: [] for each in group}
        unanswered: list[str] = []
        bodies: dict[str, Answer] = {}
        given: dict[Wanted, Shows] = {}
        for each in group:
            if each.given:
                self._see_given(each, found, given)
        spelt = group[0].url
        plain = without_tracking(spelt)
        for url in dict.fromkeys((spelt, plain)):
            if url != spelt and unanswered:
                break
            answered: set[str] = set()
            for archive in self._archives:
                missing = [each for each in group if each not in found]
                if not missing:
                    break
                if archive.name in answered:
                    continue
                try:
                    for each, snapshot_, seen in self._ask(archive, url, missing, bodies):
                        rejected[each] += seen
                        if snapshot_ is not None:
                            loosened = url if url != spelt else ""
                            found[each] = snapshot_._replace(loosened=loosened)
                    if archive.door == "availability" and any(w not in found for w in missing):
                        # It knows one snapshot at most, and at times denies those that there are.
                        raise SiteUnavailable(
                            f"{archive.name} named no good snapshot, which proves nothing",
                            url=url,
                            reason="busy",
                        )
                    answered.add(archive.name)
                except WebError as error:
                    unanswered.append(archive.name)
                    self.trouble.setdefault(archive.name, str(error))
            unanswered = [name for name in dict.fromkeys(unanswered) if name not in answered]
        return [
            Lookup(each, found.get(each), tuple(rejected[each]), tuple(unanswered), given.get(each))
            for each in group
        ]

    def _see_given(
        self, wanted: Wanted, found: dict[Wanted, Found], given: dict[Wanted, Shows]
    ) -> None:
        """Look at the snapshot that the citation names, if it is in an archive that is asked."""
        capture = named(wanted.given, self._archives)
        if capture is None:
            return
        try:
            landed, what = self.seen(capture, wanted)
        except WebError as error:
            self.trouble.setdefault(capture.archive, str(error))
            return
        given[wanted] = what
        if what.proved or (what.good and same_page(landed.original, wanted.url)):
            days = (landed.moment.date() - wanted.day).days
            found[wanted] = Found(capture.archive, wanted.given, landed.moment, days, what)

    def _ask(
        self,
        archive: Archive,
        url: str,
        group: Sequence[Wanted],
        bodies: dict[str, Answer],
    ) -> Iterator[tuple[Wanted, Found | None, list[tuple[Capture, Shows]]]]:
        """What one archive has for each of the citations."""
        days = [each.day.toordinal() for each in group]
        middle = date.fromordinal(int(statistics.median_low(days)))
        listed, whole = self._captures(archive, url, middle)
        for each in group:
            wanted = each._replace(url=url)
            near = listed
            if not whole and not _covers(listed, each.day) and each.day != middle:
                near, _ = self._captures(archive, url, each.day)
            seen: list[tuple[Capture, Shows]] = []
            best = self._prove(near, wanted, bodies, seen)
            if best is None and archive.door == "memento" and archive.timegate and near:
                every, _ = self._timemap(archive, url)
                tried = {capture.timestamp for capture, _ in seen}
                rest = [capture for capture in every if capture.timestamp not in tried]
                best = self._prove(rest, wanted, bodies, seen)
            yield each, best, seen

    def _timemap(self, archive: Archive, url: str) -> tuple[list[Capture], bool]:
        if not archive.timemap:
            return [], True
        return self._captures(dataclasses.replace(archive, timegate=""), url, date(2000, 1, 1))

    def _captures(self, archive: Archive, url: str, day: date) -> tuple[list[Capture], bool]:
        """What the archive lists near the day, from the cache if that knows. Raises WebError."""
        asked, headers = question(archive, url, day)
        key = f"{asked} {headers.get('Accept-Datetime', '')}"
        entry = self._cache.recall("captures", key)
        if entry is not None:
            if entry.outcome is Outcome.ERROR:
                raise SiteUnavailable(entry.value, url=asked, reason="left alone")
            rows, whole = entry.value
            return [Capture(*row) for row in rows], bool(whole)
        try:
            answer = self._fetcher.fetch(asked, headers=headers, redirects=0, pause=archive.pause)
            # An index that has moved, and a TimeGate whose Location is another TimeGate.
            for _ in range(3):
                target = answer.headers.get("location", "")
                leads_on = archive.door != "memento" or not MEMENTO.search(target)
                if answer.status not in REDIRECTS or not target or not leads_on:
                    break
                answer = self._fetcher.fetch(
                    target, headers=headers, redirects=0, pause=archive.pause
                )
            if answer.status in PASSING or answer.status in {400, 401}:
                raise SiteUnavailable(
                    f"{archive.name} answers that it cannot answer ({answer.status})",
                    url=asked,
                    reason="busy",
                )
            listed, whole = captures(archive, answer)
        except WebError as error:
            self._cache.keep("captures", key, Outcome.ERROR, str(error))
            raise
        outcome = Outcome.HIT if listed else Outcome.MISS
        self._cache.keep("captures", key, outcome, [listed, whole])
        return listed, whole

    def _prove(
        self,
        listed: Iterable[Capture],
        wanted: Wanted,
        bodies: dict[str, Answer],
        seen: list[tuple[Capture, Shows]],
    ) -> Found | None:
        """The first candidate that shows the page; the others go into `seen`. Raises WebError."""
        spurious: set[str] = set()
        looked = 0
        for capture in candidates(listed, wanted):
            if looked == MOST_PROOFS:
                break
            if capture.digest and capture.digest in spurious:
                continue
            looked += 1
            landed, what = self.seen(capture, wanted, bodies)
            days = landed.moment - noon(wanted.day)
            near = abs(days) <= timedelta(PLAUSIBLE_WITHIN)
            if what.proved or (what.good and near and same_page(landed.original, wanted.url)):
                return Found(
                    landed.archive,
                    landed.address,
                    landed.moment,
                    (landed.moment.date() - wanted.day).days,
                    what,
                    described=self._describe(capture, wanted, bodies) if wanted.bare else None,
                )
            spurious.add(capture.digest)
            seen.append((landed, what))
        return None

    def _describe(
        self, capture: Capture, wanted: Wanted, bodies: dict[str, Answer]
    ) -> Described | None:
        """What the page in a snapshot says of itself, None also when it cannot be had again."""
        entry = self._cache.recall("described", capture.raw)
        if entry is None:
            try:
                answer = bodies.get(capture.raw) or self._replayed(capture)
            except WebError as error:
                self.trouble.setdefault(capture.archive, str(error))
                return None
            kind, day = answer.headers.get("content-type", ""), capture.moment.date()
            told = description(answer.body, kind, wanted.url, seen=None, today=day)
            outcome = Outcome.HIT if told is not None else Outcome.MISS
            self._cache.keep("described", capture.raw, outcome, to_row(told))
            return told
        return from_row(entry.value)

    def _replayed(self, capture: Capture) -> Answer:
        """What the archive shows for a capture, led on inside the archive only. Raises WebError."""
        address, hops = capture.raw, 0
        while True:
            pause = self._pauses.get(capture.archive, _REPLAY_PAUSE)
            answer = self._fetcher.fetch(address, limit=_PAGE_LIMIT, redirects=0, pause=pause)
            target = answer.headers.get("location", "")
            if answer.status not in REDIRECTS or not target or hops == 5:
                return answer
            address = _within_archive(target, capture, answer)
            hops += 1
            if not address:
                return answer

    def seen(
        self, capture: Capture, wanted: Wanted, bodies: dict[str, Answer] | None = None
    ) -> tuple[Capture, Shows]:
        """The capture one lands on when it is fetched, and what that shows. Raises WebError."""
        said = json.dumps([wanted.title, wanted.quote, *filter(None, [wanted.label])])
        key = f"{capture.raw} {hashlib.sha256(said.encode()).hexdigest()}"
        entry = self._cache.recall("proof", key)
        if entry is not None:
            row, name = entry.value
            return Capture(*row), Shows[name]
        bodies = {} if bodies is None else bodies
        answer = bodies.get(capture.raw)
        if answer is None:
            answer = self._replayed(capture)
            bodies[capture.raw] = answer
        if answer.status in PASSING and "memento-datetime" not in answer.headers:
            raise SiteUnavailable(
                f"{capture.archive} cannot show its snapshot ({answer.status})",
                url=capture.raw,
                reason="busy",
            )
        landed = _landed(capture, answer)
        if answer.status != 200:
            what = Shows.ERROR
        else:
            what = shows(
                answer.body,
                content_type=answer.headers.get("content-type", ""),
                url=wanted.url,
                title=wanted.title,
                quote=wanted.quote,
                label=wanted.label,
                complete=answer.complete,
            )
        if what is Shows.KIND and not same_page(landed.original, wanted.url):
            # A redirect to some file: nothing says that it is the cited one.
            what = Shows.OTHER
        self._cache.keep("proof", key, Outcome.HIT, [landed, what.name])
        return landed, what


def _within_archive(target: str, capture: Capture, answer: Answer) -> str:
    """Where a redirect leads inside the archive; '' when it leads out of it.

    An archive that replays unchanged bytes may replay an unchanged Location, too. It names the live
    web, and what is there now proves nothing: the archive is asked for that page at that moment.
    """
    target = urljoin(answer.url, target.strip())
    inside = origin(target) == origin(capture.raw) or snapshot(target) is not None
    if MEMENTO.search(target) and inside:
        return target
    bare = urldefrag(target).url
    if "memento-datetime" in answer.headers and not inside:
        here = MEMENTO.search(answer.url)
        if here is not None:
            return answer.url[: here.start(2)] + bare
    return ""


def _covers(listed: Sequence[Capture], day: date) -> bool:
    stamps = [capture.timestamp[:8] for capture in listed]
    return bool(stamps) and min(stamps) <= f"{day:%Y%m%d}" <= max(stamps)


def _landed(capture: Capture, answer: Answer) -> Capture:
    """The capture that was really shown: an archive leads on to the nearest one it can show, and
    through the redirects that it captured."""
    parts = MEMENTO.search(answer.url)
    if parts is None or not is_timestamp(parts[1]):
        return capture
    timestamp, original = parts[1], tidy(parts[2])
    if timestamp == capture.timestamp and same_page(original, capture.original):
        return capture
    if capture.original not in capture.address:
        return capture
    # The reader is sent where we have been, not to a redirect on the way.
    address = capture.address.replace(capture.timestamp, timestamp, 1)
    address = address.replace(capture.original, original)
    return capture._replace(
        timestamp=timestamp, original=original, address=address, raw=answer.url, digest=""
    )
