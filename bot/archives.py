"""Asks web archives for the snapshot that shows a cited page as its author saw it.

An archive is described by a few lines of data (`bot/knowledge/archives.toml`) and asked through
one of four doors: the Internet Archive's index of captures, pywb's, the Wayback Availability API,
and Memento (RFC 7089). What an index says is not believed: each candidate, the one nearest to the
wanted date first, is fetched and must show the cited page (`bot.webpage`). So every snapshot that
comes from here has been seen, and an error page, a sold domain or another article never does.

One address is looked up once in a run, whatever its spelling and however often it is cited; what
was learned is kept (`bot.cache`). An archive that does not answer costs its look-ups the snapshot
and is named in them, so that "there is none" is never concluded from silence.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import statistics
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit, urlunsplit

from bot.cache import Cache, Outcome
from bot.errors import RedpencilError, SiteUnavailable, UnusableAnswer, UsageError, WebError
from bot.fetching import PASSING, REDIRECTS, Answer, Fetcher, origin
from bot.knowledge.snapshots import page_key, same_page, snapshot
from bot.webpage import Shows, shows

#: Captures asked for at once, and how many of them are looked at before an archive is given up.
MOST_CAPTURES = 40
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
    `title` and `quote` are the cited ones, '' for none.
    """

    url: str
    day: date
    basis: str = "access date"
    title: str = ""
    quote: str = ""


def wanted_day(
    *,
    accessed: date | None,
    published: date | None,
    added: Callable[[], date | None],
    today: date,
) -> tuple[date, str]:
    """The day a cited page should be shown at, and what that day is.

    The access date, else the publication date, else the day the reference entered the page, else
    today. `added` is called only when the first two are missing. A date in the future, or from
    before there were archives (1996), is none.
    """

    def usable(day: date | None) -> bool:
        return day is not None and day.year >= 1996 and day <= today

    if accessed is not None and usable(accessed):
        return accessed, "access date"
    if published is not None and usable(published):
        return published, "publication date"
    entered = added()
    if entered is not None and usable(entered):
        return entered, "date the reference was added"
    return today, "today"


def first_with(url: str, revisions: Iterable[tuple[datetime, str]]) -> date | None:
    """The day of the oldest of these revisions (moment, text) that has the address, or None."""
    days = [moment.date() for moment, text in revisions if url in text]
    return min(days, default=None)


# --- the archives -----------------------------------------------------------------------------

_DOORS = ("wayback-cdx", "pywb-cdx", "availability", "memento")


@dataclasses.dataclass(frozen=True, slots=True)
class Archive:
    """One way into one archive; the fields are those of `bot/knowledge/archives.toml`."""

    name: str
    door: str
    index: str = ""
    timegate: str = ""
    timemap: str = ""
    replay: str = ""
    raw: str = ""
    pause: float = 1.0
    asked: bool = True

    def __post_init__(self) -> None:
        needs = "timegate or a timemap" if self.door == "memento" else "index"
        given = (self.timegate or self.timemap) if self.door == "memento" else self.index
        if self.door not in _DOORS:
            raise UsageError(
                f"archive {self.name!r}: there is no door {self.door!r}, only {', '.join(_DOORS)}"
            )
        if not given or (self.door != "memento" and not self.replay):
            raise UsageError(f"archive {self.name!r} needs its {needs} (and where it replays)")

    def shown(self, timestamp: str, url: str) -> str:
        """Where a reader sees the snapshot."""
        return self.replay.replace("{timestamp}", timestamp).replace("{url}", url)

    def unchanged(self, timestamp: str, url: str) -> str:
        """Where its bytes come as they were captured; '' when the archive has no such form."""
        return self.raw.replace("{timestamp}", timestamp).replace("{url}", url)

    @property
    def origins(self) -> frozenset[str]:
        """The hosts and ports it is asked at."""
        given = (self.index, self.timegate, self.timemap, self.replay, self.raw)
        return frozenset(origin(each) for each in given if each)


def described(tables: Iterable[Mapping[str, Any]]) -> list[Archive]:
    """The archives that such tables describe. Raises UsageError for one that makes no sense."""
    fields = {field.name: field.type for field in dataclasses.fields(Archive)}
    made = []
    for table in tables:
        unknown = table.keys() - fields.keys()
        missing = {"name", "door"} - table.keys()
        if unknown or missing:
            what = ", ".join(sorted(unknown or missing))
            wrong = "has what is no setting of one" if unknown else "lacks"
            raise UsageError(f"archive {table.get('name', '')!r} {wrong}: {what}")
        made.append(Archive(**table))
    return made


@cache
def known() -> tuple[Archive, ...]:
    """The archives Redpencil knows by itself, in the order in which they are asked."""
    source = Path(__file__).parent / "knowledge" / "archives.toml"
    return tuple(described(tomllib.loads(source.read_text(encoding="utf-8"))["archive"]))


def in_order(names: Sequence[str] = (), own: Iterable[Mapping[str, Any]] = ()) -> list[Archive]:
    """The archives to ask: the named ones in that order, or those asked by themselves.

    `own` are tables that describe further ones; without names they come first. Raises UsageError
    for a name that nothing is known of.
    """
    mine = described(own)
    every = [*mine, *known()]
    if not names:
        return [each for each in every if each.asked]
    chosen = []
    for name in names:
        fitting = [each for each in every if each.name.casefold() == name.casefold()]
        if not fitting:
            there = ", ".join(dict.fromkeys(each.name for each in every))
            raise UsageError(f"there is no archive {name!r}; known are: {there}")
        chosen += fitting
    return chosen


# --- what an index says -----------------------------------------------------------------------


class Capture(NamedTuple):
    """One snapshot as an index lists it.

    `timestamp` has 14 digits (UTC). `address` is where a reader sees it, `raw` where it is fetched.
    `status` is the one captured, None when the index does not say.
    """

    archive: str
    timestamp: str
    original: str
    address: str
    raw: str
    status: int | None = None
    digest: str = ""

    @property
    def moment(self) -> datetime:
        """When it was taken (UTC)."""
        return datetime.strptime(self.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)

    def days_from(self, day: date) -> float:
        """How many days lie between it and noon of the day."""
        return abs(self.moment - _noon(day)) / timedelta(days=1)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def ascii_url(url: str) -> str:
    """An address as it is sent: no fragment, nothing but the characters addresses have (RFC 3986);
    what is percent-encoded stays as it is, a foreign host name is left to whoever is asked."""
    bare = urldefrag(url.strip()).url
    return quote(bare, safe="!$%&'()*+,-./:;=?@_~")


def question(archive: Archive, url: str, day: date) -> tuple[str, dict[str, str]]:
    """The address and headers by which the archive is asked for captures of `url` near the day."""
    near = _noon(day)
    asked = ascii_url(url)
    if archive.door == "wayback-cdx":
        fields = {
            "url": asked,
            "output": "json",
            "fl": "timestamp,original,statuscode,digest",
            # A whole-match pattern; a revisit's status is "-" and passes.
            "filter": "!statuscode:[45]..",
            "sort": "closest",
            "closest": _stamp(near),
            "limit": str(MOST_CAPTURES),
        }
    elif archive.door == "pywb-cdx":
        fields = {
            "url": asked,
            "output": "json",
            "fl": "timestamp,url,status,digest",
            "filter": "!~status:[45]..",
            "sort": "closest",
            "closest": _stamp(near),
            "limit": str(MOST_CAPTURES),
        }
    elif archive.door == "availability":
        # With a scheme it misses snapshots that it finds without (internetarchive/wayback, 296).
        fields = {"url": re.sub(r"^https?://", "", asked), "timestamp": _stamp(near)}
    elif archive.timegate:
        when = format_datetime(near, usegmt=True)
        return archive.timegate + asked, {"Accept-Datetime": when}
    else:
        return archive.timemap + asked, {}
    return f"{archive.index}?{urlencode(fields, quote_via=quote)}", {}


def captures(archive: Archive, answer: Answer) -> tuple[list[Capture], bool]:
    """The captures that an answer lists, and whether that is all there are.

    Raises UnusableAnswer when it is not in the form the door has.
    """
    if archive.door == "memento":
        return _mementos(archive, answer), not archive.timegate
    text = answer.body.decode("utf-8", "replace").strip()
    if answer.status == 404 or not text:
        return [], True
    if answer.status == 403 or "AccessControlException" in text[:2_000]:
        # The site has asked the archive not to show it: there is nothing to be had.
        return [], True
    try:
        if not answer.complete:
            raise ValueError("longer than any answer")
        rows = _rows(archive, text)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise UnusableAnswer(
            f"{archive.name} did not answer in the form it documents", url=answer.url
        ) from error
    listed = [
        Capture(
            archive.name,
            timestamp,
            original,
            archive.shown(timestamp, original),
            archive.unchanged(timestamp, original) or archive.shown(timestamp, original),
            int(status) if status.isdecimal() else None,
            digest,
        )
        for timestamp, original, status, digest in rows
        if _is_timestamp(timestamp) and original
    ]
    return listed, archive.door != "availability" and len(rows) < MOST_CAPTURES


def _rows(archive: Archive, text: str) -> list[tuple[str, str, str, str]]:
    """(timestamp, address, status, digest) of every row of an index."""
    if archive.door == "availability":
        closest = (json.loads(text).get("archived_snapshots") or {}).get("closest") or {}
        parts = _MEMENTO.search(closest.get("url") or "")
        if closest.get("available") is not True or parts is None:
            return []
        return [(str(closest["timestamp"]), tidy(parts[2]), str(closest.get("status", "")), "")]
    if archive.door == "pywb-cdx":
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [
            (
                str(line["timestamp"]),
                tidy(line["url"]),
                str(line.get("status", "-")),
                str(line.get("digest", "")),
            )
            for line in lines
        ]
    table = json.loads(text)
    if not table:
        return []
    header = table[0]
    if not {"timestamp", "original"} <= set(header):
        raise ValueError("no header row")
    rows = []
    for row in table[1:]:
        if not row:
            # Behind an empty row stands the key to go on with.
            break
        named = dict(zip(header, row, strict=False))
        rows.append(
            (
                str(named["timestamp"]),
                tidy(named["original"]),
                str(named.get("statuscode", "-")),
                str(named.get("digest", "")),
            )
        )
    return rows


def _is_timestamp(digits: str) -> bool:
    if len(digits) != 14 or not (digits.isdecimal() and digits.isascii()):
        return False
    try:
        datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def tidy(url: str) -> str:
    """An address as it is fit for a page: without the default port that indexes add, and with what
    wikitext would take for markup percent-encoded."""
    url = re.sub(r"^(http://[^/?#]*?):80(?=[/?#]|$)", r"\1", url)
    url = re.sub(r"^(https://[^/?#]*?):443(?=[/?#]|$)", r"\1", url)
    return re.sub(r"[\s<>\[\]{}|\"^`]|''", lambda match: quote(match[0], safe=""), url).replace(
        "''", "%27%27"
    )


_MEMENTO = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(\S+)$", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_ATTRIBUTE = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")


def links(text: str) -> Iterator[tuple[str, frozenset[str], str]]:
    """The links of a Link header or a TimeMap (RFC 8288; RFC 7089, 5), each with its target, its
    relations and its datetime."""
    for target, attributes in _LINK.findall(text):
        said = {name.lower(): one or two for name, one, two in _ATTRIBUTE.findall(attributes)}
        yield target, frozenset(said.get("rel", "").lower().split()), said.get("datetime", "")


def _mementos(archive: Archive, answer: Answer) -> list[Capture]:
    """The mementos in an answer of a TimeGate (Location, Link) or in a TimeMap."""
    if answer.status == 404:
        return []
    header = answer.headers.get("link", "")
    found: dict[str, Capture] = {}
    original = ""
    asked = archive.timegate or archive.timemap
    if answer.url.startswith(asked):
        original = answer.url[len(asked) :]

    def add(target: str, said: str) -> None:
        parts = _MEMENTO.search(target)
        try:
            timestamp = _stamp(parsedate_to_datetime(said)) if said else ""
        except (ValueError, TypeError):
            timestamp = ""
        timestamp = timestamp or (parts[1] if parts else "")
        page = tidy(parts[2] if parts else original)
        if not _is_timestamp(timestamp) or not target.startswith(("http://", "https://")):
            return
        address, raw = target, target
        name = archive.name
        if archive.replay and origin(target) in archive.origins:
            address = archive.shown(timestamp, page)
            raw = archive.unchanged(timestamp, page) or address
        else:
            # An aggregator: the address itself says whose snapshot it is.
            whose = snapshot(target)
            name = whose.archive if whose is not None else name
        found.setdefault(timestamp + page, Capture(name, timestamp, page, tidy(address), raw))

    is_list = answer.media_type == "application/link-format" or not archive.timegate
    if answer.status in REDIRECTS and "location" in answer.headers:
        add(answer.headers["location"], "")
    elif answer.status == 200 and "memento-datetime" in answer.headers:
        # The TimeGate may answer with the memento itself (RFC 7089, 4.1.2).
        add(answer.headers.get("content-location", answer.url), answer.headers["memento-datetime"])
    elif not is_list and answer.status == 200:
        raise UnusableAnswer(f"{archive.name} did not answer as a TimeGate does", url=answer.url)
    listed = header
    if is_list and answer.status == 200:
        listed = answer.body.decode("utf-8", "replace")
        if listed.strip() and "<" not in listed:
            raise UnusableAnswer(f"{archive.name} did not answer with a TimeMap", url=answer.url)
    for target, relations, said in links(listed):
        if "memento" in relations and said:
            add(target, said)
    return list(found.values())


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
    noon = _noon(wanted.day)
    return sorted(
        fitting,
        key=lambda each: (
            int(each.days_from(wanted.day)),
            each.status is not None and each.status >= 300,
            each.moment > noon,
            each.days_from(wanted.day),
        ),
    )


class Found(NamedTuple):
    """A snapshot that was seen and shows the cited page.

    `days` is how far it lies from the wanted date, negative before it. `proof` says how it is known
    to be the page; `loosened` is the address it was found under when tracking parameters had to be
    left out, '' otherwise. `saved` says that it was captured on our request.
    """

    archive: str
    address: str
    moment: datetime
    days: int
    proof: Shows
    loosened: str = ""
    saved: bool = False


class Lookup(NamedTuple):
    """What came of looking for one citation's page.

    `rejected` are the snapshots that were seen and are not the page, with what they are.
    `unanswered` are the archives that did not answer, each with the reason.
    """

    wanted: Wanted
    found: Found | None
    rejected: tuple[tuple[Capture, Shows], ...] = ()
    unanswered: tuple[str, ...] = ()

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
        return (
            f"{self.found.archive}, {moment}, {near} {basis}; {self.found.proof.value}"
            f"{loose}{saved}"
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
            Lookup(each, found.get(each), tuple(rejected[each]), tuple(unanswered))
            for each in group
        ]

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
                leads_on = archive.door != "memento" or not _MEMENTO.search(target)
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
            days = landed.moment - _noon(wanted.day)
            near = abs(days) <= timedelta(PLAUSIBLE_WITHIN)
            if what.proved or (what.good and near and same_page(landed.original, wanted.url)):
                return Found(
                    landed.archive,
                    landed.address,
                    landed.moment,
                    (landed.moment.date() - wanted.day).days,
                    what,
                )
            spurious.add(capture.digest)
            seen.append((landed, what))
        return None

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
        said = json.dumps([wanted.title, wanted.quote])
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
    if _MEMENTO.search(target) and inside:
        return target
    bare = urldefrag(target).url
    if "memento-datetime" in answer.headers and not inside:
        here = _MEMENTO.search(answer.url)
        if here is not None:
            return answer.url[: here.start(2)] + bare
    return ""


def _covers(listed: Sequence[Capture], day: date) -> bool:
    stamps = [capture.timestamp[:8] for capture in listed]
    return bool(stamps) and min(stamps) <= f"{day:%Y%m%d}" <= max(stamps)


def _landed(capture: Capture, answer: Answer) -> Capture:
    """The capture that was really shown: an archive leads on to the nearest one it can show, and
    through the redirects that it captured."""
    parts = _MEMENTO.search(answer.url)
    if parts is None or not _is_timestamp(parts[1]):
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


# --- Save Page Now ----------------------------------------------------------------------------


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
                if not _is_timestamp(timestamp):
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
