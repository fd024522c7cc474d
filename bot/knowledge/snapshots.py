"""Addresses of web-archive snapshots: which archive, which page, which moment; no network.

Everything is read off the address as it is written. Whether a snapshot exists, works, or shows what
a citation claims is not known here, and an address that merely mentions an archive (an item of the
Internet Archive's library, the front page of a national library) is no snapshot.

The forms follow what the archives themselves serve: Wayback's and pywb's `TIMESTAMP[flag]/ADDRESS`
(web.archive.org help, pywb manual), archive.today's FAQ, WebCite's identifiers (microseconds since
1970 in base 62), and Help:Using the Wayback Machine, Help:Archiving a source on English Wikipedia.
"""

from __future__ import annotations

import contextlib
import functools
import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, unquote_to_bytes

from bot.patterns import pattern


class Snapshot(NamedTuple):
    """What the address of a snapshot says.

    `original` is the archived page's address, with the scheme put back where the archive leaves it
    out; None when the address does not tell. `timestamp` are the digits as written (UTC), '' if
    none. `moment` is the datetime (UTC) they stand for, a date when they name only the day, None
    when they name less or nothing. `modifier` is Wayback's flag (`id_`, `if_`). `problem` is None
    for an address that leads to one snapshot, else what is wrong with it:

    - "wildcard": the list of all snapshots, `/*/`
    - "save": the command that makes a new snapshot
    - "liveweb": a proxy that showed the live page
    - "cache": a search engine's cache, which forgets
    - "no timestamp", "short timestamp": leads to whichever snapshot is nearest
    - "bad timestamp": no day of the calendar, too many digits, or before the archive began
    - "bad modifier": a flag the archive does not have
    - "no original": no page is named
    """

    archive: str
    host: str
    original: str | None
    timestamp: str
    moment: datetime | date | None
    address: str
    problem: str | None = None
    modifier: str = ""


class _Archive(NamedTuple):
    """One archive: how it is called and how the part of an address after the host reads.

    `path` is a pattern for what stands before `TIMESTAMP/ADDRESS`, or a function that reads the
    whole rest itself. `digits` is how many a full timestamp has.
    """

    name: str
    hosts: str
    path: str | Callable[[_Archive, str, str, str], Snapshot | None]
    digits: int = 8


# A scheme or none, the host, a port nobody cares about.
_HOST = pattern(r"\s*(?:https?:)?(?://)?([A-Za-z0-9.-]+)(?::\d+)?(?=[/?#]|\s*$)", re.IGNORECASE)
_WAYBACK = pattern(
    r"/+(?:(?:web|wayback)/+)?"
    r"(?:(?P<command>save|liveweb)/+(?:_embed/+)?)?"
    r"(?:(?P<timestamp>\d*)(?P<wildcard>\*?)(?P<modifier>[a-z]{1,3}_?|-)?/+)?"
    r"(?P<original>\S.*)?",
    re.IGNORECASE | re.DOTALL,
)
# What every ordinary Wayback address looks like; anything else takes the slower way.
_ORDINARY = pattern(
    r"(?:https?:)?//(web\.archive\.org)/web/((?:199[6-9]|20\d\d)\d{10})([a-z]{2}_)?/"
    r"((?:https?|ftp)://[^\s%/][^\s]*)"
)
_SCHEME = pattern(r"(https?|ftp):/*", re.IGNORECASE)
_HOSTLIKE = pattern(r"(?:www\d?\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?=[/:?#]|$))", re.IGNORECASE)
_WEBCITE_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def snapshot(url: str) -> Snapshot | None:
    """What the address says, or None when it is no snapshot of a known archive. Never raises."""
    ordinary = _ORDINARY.fullmatch(url)
    if ordinary is not None:
        host, timestamp, modifier, original = ordinary.groups("")
        moment = _moment(timestamp)
        if moment is not None:
            return Snapshot(
                "Wayback Machine", host, original, timestamp, moment, url, None, modifier
            )
    scheme, _, rest = url.partition("://")
    if scheme in ("http", "https") and _is_elsewhere(rest.partition("/")[0]):
        return None
    found = _HOST.match(url)
    if found is None:
        return None
    host = found[1].lower()
    archive = _ARCHIVES.get(host) or _ARCHIVES.get(host.removeprefix("www."))
    if archive is None:
        return None
    rest = url[found.end() :].rstrip()
    return _dated(archive, host, rest, url)


@functools.lru_cache(maxsize=10_000)
def _is_elsewhere(host: str) -> bool:
    """Whether a host as it is written is surely that of no archive; they come again and again."""
    ordinary = re.fullmatch(r"(?:www\.)?([a-z0-9.-]+)", host)
    return ordinary is not None and ordinary[1] not in _ARCHIVES and host not in _ARCHIVES


def _dated(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    """The common form: what `archive.path` says, a timestamp, the page's address."""
    if callable(archive.path):
        return archive.path(archive, host, rest, url)
    match = _path(archive.path).match(rest)
    if match is None:
        return None
    timestamp, modifier, original = match["timestamp"], match["modifier"] or "", match["original"]
    if "*" in timestamp:
        digits = timestamp.strip("*")
        return Snapshot(
            archive.name, host, _address(original), digits, None, url, "wildcard", modifier
        )
    digits = re.sub(r"\D", "", timestamp)
    problem = _timestamp_problem(digits, archive.digits)
    return Snapshot(
        archive.name, host, _address(original), digits, _moment(digits), url, problem, modifier
    )


@functools.cache
def _path(prefix: str) -> re.Pattern[str]:
    return re.compile(
        rf"/+{prefix}(?P<timestamp>\d{{4,17}}\*?|\d{{8}}-\d{{4}}|\*|\+)(?P<modifier>[a-z]{{2}}_)?"
        r"/+(?P<original>\S.*)",
        re.IGNORECASE | re.DOTALL,
    )


def _timestamp_problem(digits: str, full: int) -> str | None:
    if not digits:
        return "no timestamp"
    if len(digits) > 14 or (len(digits) >= 8 and _moment(digits) is None):
        return "bad timestamp"
    return "short timestamp" if len(digits) < full else None


def _moment(digits: str) -> datetime | date | None:
    """The moment that 14 or 12 digits name, the day that 8 or more name, else None."""
    count = len(digits)
    if count < 8 or count > 14 or not digits.isascii():
        return None
    try:
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
        if count == 14 or count == 12:
            hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:] or 0)
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return date(year, month, day)
    except ValueError:
        return None


def _address(written: str | None) -> str | None:
    """The archived address as a browser would need it, or None for none."""
    if not written:
        return None
    if re.match(r"(?:https?|ftp)%3A", written, re.IGNORECASE):
        written = unquote(written)
    scheme = _SCHEME.match(written)
    if scheme is not None:
        rest = written[scheme.end() :]
        return f"{scheme[1]}://{rest}" if rest else None
    return f"http:{written}" if written.startswith("//") else f"http://{written.lstrip('/')}"


def _wayback(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    match = _WAYBACK.match(rest)
    if match is None:
        return Snapshot(archive.name, host, None, "", None, url, "no original")
    timestamp, modifier = match["timestamp"] or "", match["modifier"] or ""
    original = match["original"]
    if original is not None and not timestamp and not match["wildcard"]:
        plain = _SCHEME.match(original) or _HOSTLIKE.match(original)
        original = original if plain or original.lower().startswith("http%3a") else None
    elif original is None and _all_digits(rest):
        timestamp = _all_digits(rest)
    moment = _moment(timestamp)
    problem = _timestamp_problem(timestamp, 14)
    if match["wildcard"]:
        problem = "wildcard"
    elif (match["command"] or "").lower() == "save":
        problem = "save"
    elif match["command"] or host.startswith("liveweb."):
        problem = "liveweb"
    elif original is None:
        problem = "no original"
    elif problem is None and modifier and not re.fullmatch(r"[a-z]{2}_", modifier):
        problem = "bad modifier"
    elif problem is None and timestamp < "1996":
        problem = "bad timestamp"
    return Snapshot(
        archive.name, host, _address(original), timestamp, moment, url, problem, modifier
    )


def _all_digits(rest: str) -> str:
    """The timestamp of an address that ends with it, else ''."""
    last = rest.rstrip("/").rpartition("/")[2]
    return last if last.isdecimal() and last.isascii() else ""


def _internet_archive(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    """archive.org itself serves snapshots only under /web/ and /wayback/; the rest is a library."""
    if not re.match(
        r"/+(?:web|wayback)/+(?!available\b)(?:[\d*]|save/|https?:)", rest, re.IGNORECASE
    ):
        return None
    return _wayback(archive, host, rest, url)


def _archive_today(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    dated = re.match(r"/+(?:o/+\w+/+)?(\d{4}[\d.:-]*|newest|\*)/+(\S.*)", rest, re.DOTALL)
    if dated is not None:
        digits = re.sub(r"\D", "", dated[1])
        problem = "wildcard" if dated[1] == "*" else _timestamp_problem(digits, 8)
        original = _address(dated[2])
        return Snapshot(archive.name, host, original, digits, _moment(digits), url, problem)
    listed = re.match(r"/+((?:https?:/|www\.)\S.*)", rest, re.DOTALL | re.IGNORECASE)
    if listed is not None:
        return Snapshot(archive.name, host, _address(listed[1]), "", None, url, "wildcard")
    submit = re.match(r"/+(?:submit/*)?\?(?:.*&)?url=([^&\s]+)", rest, re.IGNORECASE)
    if submit is not None:
        return Snapshot(archive.name, host, _address(unquote(submit[1])), "", None, url, "save")
    inside = re.match(r"/+o/+\w+/+(\S.*)", rest, re.DOTALL)
    if inside is not None:
        return Snapshot(archive.name, host, _address(inside[1]), "", None, url)
    if re.match(r"/+(?:wip/+)?[A-Za-z0-9]{4,9}(?:[/?#]|$)", rest):
        return Snapshot(archive.name, host, None, "", None, url)
    return Snapshot(archive.name, host, None, "", None, url, "no original")


def _webcite(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    path, _, query = rest.partition("?")
    try:
        fields = parse_qs(html.unescape(query.partition("#")[0]))
    except ValueError:
        fields = {}
    original = _address(fields["url"][0]) if "url" in fields else None
    name = path.strip("/")
    if re.fullmatch(r"[0-9A-Za-z]{9}", name):
        moment = webcite_moment(name)
        problem = None if moment is not None else "bad timestamp"
        return Snapshot(archive.name, host, original, "", moment, url, problem)
    if "id" in fields:
        number = fields["id"][0]
        moment = _since_epoch(int(number)) if re.fullmatch(r"[0-9]{16}", number) else None
        return Snapshot(archive.name, host, original, "", moment, url)
    if original is not None:
        digits = re.sub(r"\D", "", fields.get("date", [""])[0])
        day = _moment(digits)
        return Snapshot(
            archive.name, host, original, digits, day, url, _timestamp_problem(digits, 8)
        )
    if re.match(r"cache/\w", name):
        return Snapshot(archive.name, host, None, "", None, url)
    return Snapshot(archive.name, host, None, "", None, url, "no original")


def webcite_moment(identifier: str) -> datetime | None:
    """When WebCite took the snapshot with this identifier (UTC), None when it is no identifier.

    The nine characters are the microseconds since 1970 in base 62, digits before capitals before
    small letters. WebCite took snapshots from 2003 to 2019.
    """
    number = 0
    for character in identifier:
        value = _WEBCITE_DIGITS.find(character)
        if value < 0:
            return None
        number = number * 62 + value
    moment = _since_epoch(number)
    return moment if moment is not None and 1998 <= moment.year <= 2020 else None


def _since_epoch(microseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def _ghost(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    video = re.match(r"/+varchive/+youtube/+(\d{8,14})/+([\w-]+)", rest, re.IGNORECASE)
    if video is not None:
        page = f"https://www.youtube.com/watch?v={video[2]}"
        problem = _timestamp_problem(video[1], 8)
        return Snapshot(archive.name, host, page, video[1], _moment(video[1]), url, problem)
    if re.match(r"/+v?archive/+[\w-]+/*(?:[?#]|$)", rest):
        return Snapshot(archive.name, host, None, "", None, url)
    return _dated(archive._replace(path="archive/+"), host, rest, url)


def _perma(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    match = re.match(
        r"/+(?:warc/+)?[A-Z0-9]{4}-[A-Z0-9]{4}(?:/+(https?:\S.*))?", rest, re.IGNORECASE
    )
    return Snapshot(archive.name, host, _address(match[1]), "", None, url) if match else None


def _megalodon(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    match = re.match(r"/+(?:ref/+)?(\d{4}-\d{4}-\d{4}-\d{2})/+(\S.*)", rest, re.DOTALL)
    if match is None:
        return None
    digits = match[1].replace("-", "")
    # Megalodon tells the time in Japan; the day there is what it and its readers call the date.
    day = _moment(digits[:8])
    return Snapshot(archive.name, host, _address(match[2]), digits, day, url)


def _wikiwix(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    dated = re.match(r"/+cache/+(\d{14})/+(\S.*)", rest, re.DOTALL)
    if dated is not None:
        moment = _moment(dated[1])
        problem = _timestamp_problem(dated[1], 14)
        return Snapshot(archive.name, host, _address(dated[2]), dated[1], moment, url, problem)
    single = re.match(r"/+cache/+[\w.]*\?(?:.*&)?url=(\S.*)", rest, re.DOTALL)
    # Wikiwix kept one copy of a page, so an address without a timestamp still names it.
    return Snapshot(archive.name, host, _address(single[1]), "", None, url) if single else None


def _warp(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    numbered = re.match(r"/+info:ndljp/pid/\d+/+(?:(\S.*))?", rest, re.DOTALL)
    if numbered is not None:
        return Snapshot(archive.name, host, _address(numbered[1]), "", None, url)
    return _dated(archive._replace(path=r"(?:\d{8}/+)?"), host, rest, url)


def _identified(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    """A snapshot known by a number alone."""
    if re.match(r"/+\d\w{9,}", rest):
        return Snapshot(archive.name, host, None, "", None, url)
    return None


def _cache(archive: _Archive, host: str, rest: str, url: str) -> Snapshot | None:
    asked = re.search(r"[?&]q=cache:(?:[\w-]{12}:)?([^+&\s]+)", rest)
    original = _address(unquote(asked[1])) if asked else None
    return Snapshot(archive.name, host, original, "", None, url, "cache")


# One line for an archive: name, hosts (without "www."), how its addresses read.
_TABLE: tuple[_Archive, ...] = (
    _Archive(
        "Wayback Machine",
        "web.archive.org wayback.archive.org web-beta.archive.org classic-web.archive.org"
        " liveweb.archive.org replay.waybackmachine.org waybackmachine.org web.waybackmachine.org"
        " www.web.archive.org",
        _wayback,
    ),
    _Archive("Wayback Machine", "archive.org", _internet_archive),
    _Archive(
        "archive.today",
        "archive.today archive.is archive.ph archive.fo archive.li archive.md archive.vn",
        _archive_today,
    ),
    _Archive("WebCite", "webcitation.org", _webcite),
    _Archive("Ghost Archive", "ghostarchive.org", _ghost),
    _Archive("Perma.cc", "perma.cc perma-archives.org", _perma),
    _Archive("Megalodon", "megalodon.jp s3.megalodon.jp", _megalodon),
    _Archive("Wikiwix", "archive.wikiwix.com wikiwix.com", _wikiwix),
    _Archive("Freezepage", "freezepage.com", _identified),
    _Archive("Archive-It", "wayback.archive-it.org archive-it.org", r"(?:\d+|all|org-\d+)/+"),
    _Archive("Arquivo.pt", "arquivo.pt", r"(?:wayback|noFrame)/+(?:wayback/+|replay/+)?"),
    _Archive(
        "UK Government Web Archive",
        "webarchive.nationalarchives.gov.uk",
        r"(?:(?:ukgwa|tna)/+)?",
    ),
    _Archive("UK Parliament Web Archive", "webarchive.parliament.uk", ""),
    _Archive(
        "UK Web Archive",
        "webarchive.org.uk",
        r"(?:wayback/+)?(?:[a-z]{2}/+)?(?:ukwa/+)?archive/+",
    ),
    _Archive("PRONI Web Archive", "webarchive.proni.gov.uk", ""),
    _Archive("Library of Congress", "webarchive.loc.gov", r"(?:all|legacy|lcwa\w+)/+"),
    _Archive("US National Archives", "webharvest.gov", r"[^/]+/+"),
    _Archive(
        "Stanford Web Archive",
        "swap.stanford.edu sul-swap-prod.stanford.edu",
        r"(?:was/+)?",
    ),
    _Archive("York University", "digital.library.yorku.ca", "wayback/+"),
    _Archive(
        "Bibliotheca Alexandrina",
        "web.archive.bibalex.org archive.bibalex.org web.petabox.bibalex.org petabox.bibalex.org",
        "(?:web/+)?",
    ),
    _Archive(
        "Australian Web Archive",
        "webarchive.nla.gov.au content.webarchive.nla.gov.au trove.nla.gov.au",
        r"(?:awa|gov|wayback|nph-wb)/+(?:wayback/+)?",
    ),
    _Archive("Pandora", "pandora.nla.gov.au", r"(?:pan/+\d+|nph-arch/+\d+|nph-wb)/+[A-Z]?"),
    _Archive(
        "Library and Archives Canada",
        "webarchive.bac-lac.gc.ca collectionscanada.gc.ca collectionscanada.ca",
        r"(?:wayback|webarchives|archivesweb)/+",
    ),
    _Archive("Vefsafn", "wayback.vefsafn.is vefsafn.is", r"(?:(?:wayback|is)/+)?"),
    _Archive("Padicat", "padicat.cat padi.cat", "wayback/+"),
    _Archive("Croatian Web Archive", "haw.nsk.hr", "wayback/+"),
    _Archive("Slovenian Web Archive", "nukrobi2.nuk.uni-lj.si", "wayback/+"),
    _Archive("Webarchiv", "wayback.webarchiv.cz", r"(?:(?:wayback|secure)/+)?"),
    _Archive("Estonian Web Archive", "veebiarhiiv.digar.ee", "a/+"),
    _Archive(
        "National Library of Ireland",
        "collection.europarchive.org collections.internetmemory.org",
        "nli/+",
    ),
    _Archive("Web Archive Singapore", "eresources.nlb.gov.sg", r"webarchives/+wayback/+"),
    _Archive("WARP", "warp.ndl.go.jp warp.da.ndl.go.jp", _warp),
    _Archive("UNHCR Web Archive", "webarchive.archive.unhcr.org", ""),
    _Archive("Conifer", "conifer.rhizome.org webrecorder.io", r"[^/]+/+[^/]+/+(?:[^/]+/+)?"),
    _Archive("Memento", "timetravel.mementoweb.org", "memento/+"),
    _Archive("Google cache", "webcache.googleusercontent.com", _cache),
    _Archive("Bing cache", "cc.bingj.com", _cache),
)
_ARCHIVES: dict[str, _Archive] = {
    host: archive for archive in _TABLE for host in archive.hosts.split()
}

_ADDRESS = pattern(r"(?:[a-z][a-z0-9+.-]*:)?//+|", re.IGNORECASE)


def same_page(a: str, b: str) -> bool:
    """Whether two addresses mean the same page, as far as an archive of it is concerned.

    The scheme, a leading "www.", a default port, the host's case, the fragment, a trailing slash,
    percent-encoding, HTML entities, an empty query, the two forms of an international host name,
    and a snapshot's address around the page's own make no difference. Everything else does.
    """
    return a == b or page_key(a) == page_key(b)


def page_key(url: str) -> tuple[str, bytes, bytes]:
    """What is left of an address when all that does not matter to `same_page` is gone: its host,
    path and query. Equal for the same page, whatever snapshot of it an address leads to."""
    url = url.strip()
    for _ in range(4):
        inner = snapshot(url)
        if inner is None or inner.original is None:
            break
        url = inner.original
    if "&" in url:
        url = html.unescape(url)
    scheme = _ADDRESS.match(url)
    rest = url[scheme.end() :] if scheme else url
    rest = rest.partition("#")[0]
    cut = len(rest)
    for mark in "/?":
        place = rest.find(mark)
        if place >= 0:
            cut = min(cut, place)
    path, _, query = rest[cut:].partition("?")
    return _host(rest[:cut]), _decoded(path).rstrip(b"/"), _decoded(query)


def _host(written: str) -> str:
    host = written.lower().rstrip(".")
    if ":" in host:
        host = re.sub(r":(?:80|443)?$", "", host)
    if not host.isascii():
        # What is no host name by the rules is compared as it is written.
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    return re.sub(r"^www\d?\.(?=.*\.)", "", host)


def _decoded(part: str) -> bytes:
    raw = part.encode("utf-8", "surrogatepass")
    return unquote_to_bytes(raw) if b"%" in raw else raw


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Hosts whose addresses are kept for good, or hold nothing an archive could show: identifiers,
# library catalogues, digitised books, maps made when asked for, other archives, the wikis
# themselves.
_STABLE_HOSTS: frozenset[str] = _words(
    """
    adsabs.harvard.edu ui.adsabs.harvard.edu articles.adsabs.harvard.edu arxiv.org
    biodiversitylibrary.org catalog.hathitrust.org babel.hathitrust.org hdl.handle.net d-nb.info
    doi.org dx.doi.org europepmc.org id.loc.gov id.ndl.go.jp jstor.org links.jstor.org
    lccn.loc.gov n2t.net nbn-resolving.de nbn-resolving.org nla.gov.au openlibrary.org
    papers.ssrn.com ssrn.com pmc.ncbi.nlm.nih.gov pubmed.ncbi.nlm.nih.gov purl.org
    scholar.archive.org urn.fi urn.kb.se viaf.org worldcat.org search.worldcat.org zenodo.org
    zbmath.org wikidata.org commons.wikimedia.org
    """
)
_STABLE_PATHS: dict[str, str] = {
    "archive.org": r"/(?:details|stream|download|embed)/",
    "gallica.bnf.fr": r"/ark:",
    "catalogue.bnf.fr": r"/ark:",
    "ncbi.nlm.nih.gov": r"/(?:(?:pmc|pubmed|labs/pmc)\b|books/NBK)",
    "trove.nla.gov.au": r"/(?:newspaper|ndp)/",
    "google.com": r"/(?:books|maps)\b",
}
_GOOGLE = pattern(r"(?:books|maps)\.google\.[a-z.]{2,6}\Z")
_WIKIS = (
    ".wikipedia.org",
    ".wikisource.org",
    ".wikimedia.org",
    ".wikibooks.org",
    ".wikinews.org",
    ".wikiquote.org",
    ".wikiversity.org",
    ".wikivoyage.org",
    ".wiktionary.org",
    ".mediawiki.org",
    ".wikidata.org",
)


def archive_host(url: str) -> bool:
    """Whether the address is of a host that keeps snapshots, whatever it leads to there."""
    found = _HOST.match(url)
    host = found[1].lower() if found is not None else ""
    return host in _ARCHIVES or host.removeprefix("www.") in _ARCHIVES


def stable_host(url: str) -> bool:
    """Whether archiving the address is pointless: an identifier, a library, an archive already."""
    scheme, _, rest = url.partition("://")
    if scheme in ("http", "https") and _is_passing(rest.partition("/")[0]):
        return False
    found = _HOST.match(url)
    if found is None:
        return False
    host = found[1].lower().removeprefix("www.")
    if _is_stable(host):
        return True
    path = _STABLE_PATHS.get(host)
    if path is not None and re.match(path, url[found.end() :], re.IGNORECASE):
        return True
    kept = snapshot(url) if host in _ARCHIVES else None
    return kept is not None and kept.problem != "cache"


@functools.lru_cache(maxsize=10_000)
def _is_passing(host: str) -> bool:
    """Whether a host as it is written is surely one whose addresses may all vanish."""
    return _is_elsewhere(host) and not (
        _is_stable(host.removeprefix("www.")) or host.removeprefix("www.") in _STABLE_PATHS
    )


def _is_stable(host: str) -> bool:
    return (
        host in _STABLE_HOSTS
        or _GOOGLE.match(host) is not None
        or host.endswith((*_WIKIS, ".handle.net"))
    )
