"""Looks at the addresses that citations lead to, and says what became of their pages.

A link is called dead only when two looks on different days, none in between that saw it live, found
no page: servers have bad hours, and many shut programs out while readers pass. What cannot be told
is called unsure. A host is asked for its robots.txt (RFC 9309) before anything else and then one
page at a time with pauses; a page it does not want looked at is not looked at.
"""

from __future__ import annotations

import enum
import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urlsplit

from bot.errors import SiteUnavailable, WebError
from bot.knowledge.snapshots import same_page
from bot.model import Described
from bot.web.cache import Cache, Entry, Outcome
from bot.web.description import description, from_row, to_row
from bot.web.fetching import PASSING, Answer, Fetcher, Manners, origin
from bot.web.webpage import Shows, shows

#: How to behave towards hosts that did not ask to be looked at.
MANNERS = Manners(at_once=1, pause=1.0, tries=2, first_wait=5.0, total=40.0, largest_body=1_000_000)

#: Two looks prove a link dead when they lie on different days and this far apart.
APART = timedelta(hours=12)
#: A page that was there is looked at again after this time; what is in doubt, the next day.
FRESH = timedelta(days=7)

_ROBOTS_LIMIT = 500 * 1024
_ROBOTS_FRESH = timedelta(days=1)
_AGENT = "Redpencil"
_LONGEST_DELAY = 30.0


class State(enum.Enum):
    """What became of a page."""

    LIVE = "live"
    DEAD = "dead"
    MOVED = "moved"
    FORBIDDEN = "forbidden"
    SOFT_404 = "soft-404"
    UNSURE = "unsure"


class Cited(NamedTuple):
    """An address as a citation gives it, with the cited title and quote, '' for none.

    `bare` asks what the page says of itself, `label` are the words of a plain link.
    """

    url: str
    title: str = ""
    quote: str = ""
    bare: bool = False
    label: str = ""


class Look(NamedTuple):
    """What one look saw.

    `at` is when (UTC), `why` says in a few words what was seen, `to` where the page has moved, ''
    if it has not. `sold` says that the domain is parked: somebody else has it.
    """

    at: datetime
    state: State
    why: str
    to: str = ""
    sold: bool = False


class Link(NamedTuple):
    """What is known of an address after all looks, the last one last.

    `described` is what its page says of itself, when that was asked for and it is live.
    """

    url: str
    state: State
    why: str
    looks: tuple[Look, ...] = ()
    to: str = ""
    described: Described | None = None

    @property
    def status(self) -> str:
        """The word for |url-status=, when that is sure: "live", "dead", "usurped"; else ''.

        A page that moved is dead at the cited address. A domain counts as usurped when both looks
        that prove it dead found it parked.
        """
        if self.state is State.LIVE:
            return "live"
        if self.state is not State.DEAD:
            return ""
        gone = [look for look in self.looks if look.state in _GONE]
        return "usurped" if all(look.sold for look in gone[-2:]) else "dead"


_GONE = frozenset({State.DEAD, State.SOFT_404})
_CLOSED = frozenset({401, 402, 403, 407, 429, 451})


def seen(answer: Answer, cited: Cited, at: datetime) -> Look:
    """What an answer to a GET says of the cited page."""
    if answer.status in {404, 410}:
        return Look(at, State.DEAD, f"the server answers {answer.status}")
    if answer.status in _CLOSED:
        return Look(at, State.FORBIDDEN, f"the server answers {answer.status}")
    if answer.status != 200:
        return Look(at, State.UNSURE, f"the server answers {answer.status}")
    what = shows(
        answer.body,
        content_type=answer.headers.get("content-type", ""),
        url=cited.url,
        title=cited.title,
        quote=cited.quote,
        label=cited.label,
        complete=answer.complete,
    )
    elsewhere = bool(answer.moves) and not same_page(answer.url, cited.url)
    if what is Shows.GUARD:
        return Look(at, State.FORBIDDEN, what.value)
    if what in {Shows.PARKED, Shows.ERROR}:
        return Look(at, State.SOFT_404, what.value, sold=what is Shows.PARKED)
    if what.proved and elsewhere:
        lasting = all(status in {301, 308} for status, _ in answer.moves)
        if lasting:
            return Look(at, State.MOVED, "it leads on for good, " + what.value, to=answer.url)
        return Look(at, State.LIVE, "it leads on, " + what.value)
    if what.proved or (what.good and not elsewhere):
        return Look(at, State.LIVE, what.value)
    if elsewhere and _is_front(answer.url) and not _is_front(cited.url):
        return Look(at, State.SOFT_404, "it leads to the front page")
    return Look(at, State.UNSURE, "it leads elsewhere" if elsewhere else what.value)


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    name = parts.path.strip("/").lower()
    return not parts.query and name in {"", "index.html", "index.htm", "index.php", "home"}


def not_seen(error: WebError, at: datetime) -> Look:
    """What it says of the page that there was no answer."""
    if isinstance(error, SiteUnavailable) and error.reason == "no such host":
        return Look(at, State.DEAD, str(error))
    return Look(at, State.UNSURE, str(error))


def settled(url: str, looks: Sequence[Look]) -> Link:
    """What all looks, oldest first, come to."""
    if not looks:
        return Link(url, State.UNSURE, "it was not looked at")
    last = looks[-1]
    if last.state not in _GONE:
        return Link(url, last.state, last.why, tuple(looks), last.to)
    since = list(
        itertools.takewhile(
            # A look that told nothing neither proves nor disproves.
            lambda look: look.state in _GONE or look.state is State.UNSURE,
            reversed(looks),
        )
    )
    for look in since:
        apart = last.at - look.at
        if look.state in _GONE and apart >= APART and look.at.date() != last.at.date():
            why = f"{last.why}, as on {look.at:%Y-%m-%d}"
            return Link(url, State.DEAD, why, tuple(looks))
    if last.state is State.SOFT_404:
        return Link(url, State.SOFT_404, last.why, tuple(looks))
    return Link(
        url, State.UNSURE, f"{last.why}; a second look on another day decides", tuple(looks)
    )


Progress = Callable[[int, int], object]


class Links:
    """Looks at addresses; what was seen is kept in the cache, look by look."""

    def __init__(self, fetcher: Fetcher, kept: Cache) -> None:
        """`fetcher` should have `MANNERS` and no access to private networks."""
        self._fetcher = fetcher
        self._cache = kept
        self._lock = threading.Lock()
        self._robots: dict[str, threading.Lock] = {}

    def look(
        self, cited: Iterable[Cited], *, progress: Progress | None = None, workers: int = 16
    ) -> dict[str, Link]:
        """What became of each address, as it is written; one look at each, and none at what was
        seen today or, live, within a week.

        `progress(done, of)` is told after each. What goes wrong with an address is in its state.
        """
        from concurrent.futures import ThreadPoolExecutor, as_completed

        pages: dict[str, Cited] = {}
        plain: dict[str, str] = {}
        for each in cited:
            url = plain[each.url] = urldefrag(each.url.strip()).url
            known = pages.get(url)
            bare = each.bare or (known is not None and known.bare)
            if known is None or (each.title and not known.title):
                known = each._replace(url=url)
            pages[url] = known._replace(bare=bare)
        results: dict[str, Link] = {}
        with ThreadPoolExecutor(max(1, workers)) as pool:
            try:
                running = [pool.submit(self._link, page) for page in _in_turn(pages.values())]
                for done, future in enumerate(as_completed(running), 1):
                    link = future.result()
                    results[link.url] = link
                    if progress is not None:
                        progress(done, len(pages))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return {written: results[url] for written, url in plain.items()}

    def _link(self, cited: Cited) -> Link:
        described = self._cache.recall("described", cited.url) if cited.bare else None
        entry = self._cache.recall("link", cited.url, however_old=True)
        looks = [_from_row(row) for row in entry.value] if entry is not None else []
        now = self._cache.clock().astimezone(UTC)
        if looks:
            last = looks[-1]
            lately = last.state in {State.LIVE, State.MOVED, State.FORBIDDEN} and (
                now - last.at < FRESH
            )
            unread = cited.bare and last.state is State.LIVE and described is None
            if (last.at.date() == now.date() or lately) and not unread:
                return _with(settled(cited.url, looks), described)
        look, answer = self._see(cited, now)
        looks = [*looks, look][-8:]
        rows = [[look.at.timestamp(), look.state.name, *look[2:]] for look in looks]
        self._cache.keep("link", cited.url, Outcome.HIT, rows)
        if cited.bare:
            found = _described(answer, look) if answer is not None else None
            outcome = Outcome.HIT if found is not None else Outcome.MISS
            self._cache.keep("described", cited.url, outcome, to_row(found))
            described = self._cache.recall("described", cited.url)
        return _with(settled(cited.url, looks), described)

    def _see(self, cited: Cited, now: datetime) -> tuple[Look, Answer | None]:
        """One look: robots.txt, HEAD, and GET unless HEAD tells enough; and what GET gave."""
        try:
            allowed, pause = self._allowed(cited.url)
            if not allowed:
                return Look(now, State.UNSURE, "its robots.txt asks not to look at it"), None
            head = self._fetcher.fetch(cited.url, method="HEAD", tries=1, pause=pause)
            of_page = head.media_type in {"", "text/html", "application/xhtml+xml", "text/plain"}
            if head.status == 200 and not of_page and same_page(head.url, cited.url):
                return Look(now, State.LIVE, f"the server has a file ({head.media_type})"), None
        except SiteUnavailable as error:
            # Some servers break off when asked for headers alone.
            if error.reason != "broken":
                return not_seen(error, now), None
            pause = self._fetcher.manners.pause
        except WebError as error:
            return not_seen(error, now), None
        try:
            answer = self._fetcher.fetch(cited.url, pause=pause)
        except WebError as error:
            return not_seen(error, now), None
        return seen(answer, cited, now), answer

    def _allowed(self, url: str) -> tuple[bool, float]:
        """Whether the host lets programs look at the address, and the pause it asks for.

        Raises WebError when it does not answer at all.
        """
        import urllib.robotparser

        with self._lock:
            one_at_a_time = self._robots.setdefault(origin(url), threading.Lock())
        with one_at_a_time:
            text = self._rules(url)
        rules = urllib.robotparser.RobotFileParser()
        rules.parse(text.splitlines())
        delay = rules.crawl_delay(_AGENT)
        pause = max(self._fetcher.manners.pause, min(float(delay or 0), _LONGEST_DELAY))
        return rules.can_fetch(_AGENT, url), pause

    def _rules(self, url: str) -> str:
        """The text of the host's robots.txt. Raises WebError when it does not answer at all."""
        parts = urlsplit(url)
        key = f"{parts.scheme} {origin(url)}"
        entry = self._cache.recall("robots", key)
        if entry is not None and self._cache.clock() - entry.at < _ROBOTS_FRESH:
            return str(entry.value)
        answer = self._fetcher.fetch(
            f"{parts.scheme}://{parts.netloc}/robots.txt", limit=_ROBOTS_LIMIT, tries=1
        )
        # No such file: nothing is asked. A server in trouble: everything is (RFC 9309, 2.3.1).
        trouble = answer.status in PASSING or answer.status >= 500
        text = "User-agent: *\nDisallow: /" if trouble else ""
        if answer.status == 200 and answer.media_type in {"", "text/plain"}:
            text = answer.body.decode("utf-8", "replace")
        self._cache.keep("robots", key, Outcome.ERROR if trouble else Outcome.HIT, text)
        return text


def _described(answer: Answer, look: Look) -> Described | None:
    """What a live page says of itself."""
    if look.state is not State.LIVE:
        return None
    day = look.at.date()
    kind = answer.headers.get("content-type", "")
    return description(answer.body, kind, answer.url, seen=day, today=day)


def _with(link: Link, described: Entry | None) -> Link:
    """The link with what is kept of its page, as long as that is live."""
    if described is None or link.state is not State.LIVE:
        return link
    return link._replace(described=from_row(described.value))


def _from_row(row: Sequence[Any]) -> Look:
    at, state, *rest = row
    return Look(datetime.fromtimestamp(at, UTC), State[state], *rest)


def _in_turn(pages: Iterable[Cited]) -> list[Cited]:
    """The pages with the hosts taking turns, so that nobody waits behind one slow host."""
    hosts: dict[str, list[Cited]] = {}
    for page in pages:
        hosts.setdefault(urlsplit(page.url).netloc.lower(), []).append(page)
    rounds = itertools.zip_longest(*hosts.values())
    return [page for each in rounds for page in each if page is not None]
