"""How web archives are asked for their captures of an address, and what their answers list.

An archive is described by a few lines of data (`bot/knowledge/archives.toml`) and asked through
one of four doors: the Internet Archive's index of captures, pywb's, the Wayback Availability API,
and Memento (RFC 7089). Nothing is fetched here, and nothing that an index says is believed yet:
`bot.web.archives` looks at the captures themselves.
"""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urldefrag, urlencode

from bot.errors import UnusableAnswer, UsageError
from bot.knowledge.snapshots import snapshot
from bot.web.fetching import REDIRECTS, Answer, origin

#: Captures asked for at once.
MOST_CAPTURES = 40

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
    source = Path(__file__).parents[1] / "knowledge" / "archives.toml"
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
        return abs(self.moment - noon(day)) / timedelta(days=1)


def named(address: str, archives: Iterable[Archive]) -> Capture | None:
    """The snapshot at an address, when it is in one of these archives and its whole timestamp is
    written in the address."""
    parts = MEMENTO.search(address)
    if parts is None or not is_timestamp(parts[1]):
        return None
    timestamp, original = parts[1], tidy(parts[2])
    for archive in archives:
        before = archive.replay.partition("{timestamp}")[0]
        if before and _no_scheme(address).startswith(_no_scheme(before)):
            shown = archive.shown(timestamp, original)
            raw = archive.unchanged(timestamp, original) or shown
            return Capture(archive.name, timestamp, original, shown, raw)
    return None


def _no_scheme(address: str) -> str:
    return address.partition("://")[2]


def noon(day: date) -> datetime:
    """The middle of a day (UTC), from which nearness is measured."""
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
    near = noon(day)
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
        if is_timestamp(timestamp) and original
    ]
    return listed, archive.door != "availability" and len(rows) < MOST_CAPTURES


def _rows(archive: Archive, text: str) -> list[tuple[str, str, str, str]]:
    """(timestamp, address, status, digest) of every row of an index."""
    if archive.door == "availability":
        closest = (json.loads(text).get("archived_snapshots") or {}).get("closest") or {}
        parts = MEMENTO.search(closest.get("url") or "")
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


def is_timestamp(digits: str) -> bool:
    """Whether these are the 14 digits of a moment that exists."""
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


MEMENTO = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(\S+)$", re.IGNORECASE)
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
        parts = MEMENTO.search(target)
        try:
            timestamp = _stamp(parsedate_to_datetime(said)) if said else ""
        except (ValueError, TypeError):
            timestamp = ""
        timestamp = timestamp or (parts[1] if parts else "")
        page = tidy(parts[2] if parts else original)
        if not is_timestamp(timestamp) or not target.startswith(("http://", "https://")):
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
