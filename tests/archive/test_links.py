"""Looking at live links: what each answer means, and that only two looks prove a link dead."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.web.cache import Cache
from bot.web.fetching import Fetcher
from bot.web.links import MANNERS, Cited, Link, Links, Look, State, settled
from tests.archive.captures import FRONT, LOST, bare, page
from tests.archive.server import Reply, Request, Server, serving

HTML = {"Content-Type": "text/html; charset=utf-8"}
TITLE = "Bridge over the Anra opens"
GOOD = page(TITLE)

ANSWERS: dict[str, Reply] = {
    "/good": Reply(200, GOOD, HTML),
    "/gone": Reply(404, LOST, HTML),
    "/deleted": Reply(410),
    "/soft": Reply(200, LOST, HTML),
    "/sold": Reply(200, bare("anra.example", "This domain is for sale"), HTML),
    "/closed": Reply(403),
    "/login": Reply(401),
    "/guard": Reply(200, bare("Just a moment...", "Checking your browser"), HTML),
    "/guard-503": Reply(503, bare("Just a moment...", "Checking your browser"), HTML),
    "/often": Reply(429, headers={"Retry-After": "3600"}),
    "/broken": Reply(500),
    "/moved": Reply(301, headers={"Location": "/new/place"}),
    "/new/place": Reply(200, GOOD, HTML),
    "/for-now": Reply(302, headers={"Location": "/new/place"}),
    "/dropped": Reply(302, headers={"Location": "/"}),
    "/": Reply(200, FRONT, HTML),
    "/other": Reply(200, page("Something else entirely"), HTML),
    "/file.pdf": Reply(200, b"%PDF-1.4", {"Content-Type": "application/pdf"}),
    "/inside": Reply(302, headers={"Location": "http://10.0.0.1/"}),
    "/circle": Reply(302, headers={"Location": "/circle"}),
    "/private/page": Reply(200, GOOD, HTML),
    "/robots.txt": Reply(
        200, b"User-agent: *\nDisallow: /private/\nCrawl-delay: 3\n", {"Content-Type": "text/plain"}
    ),
}


class Watch:
    """Looks at one server, with a calendar that is set by hand."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.slept: list[float] = []
        self._seconds = 0.0
        self.server = server
        self.fetcher = Fetcher(
            "Redpencil/test",
            manners=MANNERS,
            private={server.host},
            clock=lambda: self._seconds,
            sleep=self.sleep,
        )
        self.cache = Cache(folder / "cache.sqlite", clock=lambda: self.now)
        self.links = Links(self.fetcher, self.cache)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._seconds += seconds

    def look(self, path: str, title: str = TITLE, after: timedelta = timedelta(0)) -> Link:
        self.now += after
        self._seconds += 1e6
        url = self.server.url + path
        return self.links.look([Cited(url, title)])[url]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with serving(lambda request: ANSWERS.get(request.path, Reply(404))) as server:
        made = Watch(server, tmp_path)
        yield made
        made.fetcher.close()
        made.cache.close()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/good", TITLE + " | Velmora Herald"),
        # Only what was seen to be a live page describes itself.
        ("/gone", None),
        ("/soft", None),
        ("/sold", None),
        ("/guard", None),
        ("/closed", None),
        ("/moved", None),
        ("/dropped", None),
        ("/file.pdf", None),
        ("/inside", None),
        ("/circle", None),
        ("/private/page", None),
    ],
)
def test_a_live_page_describes_itself(path: str, title: str | None, watch: Watch) -> None:
    url = watch.server.url + path
    link = watch.links.look([Cited(url, bare=True)])[url]
    assert (link.described and link.described.title) == title
    if link.described is not None:
        assert link.described.seen == watch.now.date()


def test_a_description_costs_no_further_request_and_is_kept(watch: Watch) -> None:
    url = watch.server.url + "/good"
    first = watch.links.look([Cited(url), Cited(url, TITLE), Cited(url, bare=True)])[url]
    assert first.described is not None
    assert watch.server.count()["/good"] == 2  # HEAD and GET
    watch.now += timedelta(days=3)
    assert watch.links.look([Cited(url, bare=True)])[url].described == first.described
    assert watch.server.count()["/good"] == 2
    assert watch.links.look([Cited(url)])[url].described is None


def test_a_page_seen_before_is_looked_at_again_to_be_described(watch: Watch) -> None:
    url = watch.server.url + "/good"
    assert watch.links.look([Cited(url)])[url].described is None
    assert watch.links.look([Cited(url, bare=True)])[url].described is not None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x", "http://10.0.0.1/x"]
)
def test_an_address_of_our_own_network_is_not_described(url: str, watch: Watch) -> None:
    link = watch.links.look([Cited(url, bare=True)])[url]
    assert (link.state, link.described) == (State.UNSURE, None)
    assert watch.server.requests == []


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("/good", State.LIVE),
        ("/gone", State.UNSURE),
        ("/deleted", State.UNSURE),
        ("/soft", State.SOFT_404),
        ("/sold", State.SOFT_404),
        ("/closed", State.FORBIDDEN),
        ("/login", State.FORBIDDEN),
        ("/guard", State.FORBIDDEN),
        ("/guard-503", State.UNSURE),
        ("/often", State.UNSURE),
        ("/broken", State.UNSURE),
        ("/moved", State.MOVED),
        ("/for-now", State.LIVE),
        ("/dropped", State.SOFT_404),
        ("/other", State.UNSURE),
        ("/file.pdf", State.LIVE),
        ("/inside", State.UNSURE),
        ("/circle", State.UNSURE),
        ("/private/page", State.UNSURE),
    ],
)
def test_one_look(path: str, state: State, watch: Watch) -> None:
    link = watch.look(path)
    assert link.state is state, link.why
    assert link.status == ("live" if state is State.LIVE else "")


def test_where_a_page_moved(watch: Watch) -> None:
    assert watch.look("/moved").to == watch.server.url + "/new/place"


def test_a_page_that_does_not_want_it_is_not_looked_at(watch: Watch) -> None:
    watch.look("/private/page")
    assert [request.path for request in watch.server.requests] == ["/robots.txt"]


def test_head_comes_first_and_a_file_is_not_fetched(watch: Watch) -> None:
    watch.look("/good")
    watch.look("/file.pdf")
    asked = [(request.method, request.path) for request in watch.server.requests]
    assert asked == [
        ("GET", "/robots.txt"),
        ("HEAD", "/good"),
        ("GET", "/good"),
        ("HEAD", "/file.pdf"),
    ]
    assert 3.0 in watch.slept  # the pause that robots.txt asks for


@pytest.mark.parametrize(
    ("path", "status"), [("/gone", "dead"), ("/soft", "dead"), ("/sold", "usurped")]
)
def test_two_looks_on_different_days_prove_a_link_dead(
    path: str, status: str, watch: Watch
) -> None:
    assert watch.look(path).state is not State.DEAD
    # Later the same day nothing is asked and nothing is proved.
    asked = len(watch.server.requests)
    assert watch.look(path, after=timedelta(hours=8)).state is not State.DEAD
    assert len(watch.server.requests) == asked
    second = watch.look(path, after=timedelta(hours=16))
    assert (second.state, second.status) == (State.DEAD, status)
    assert second.why.endswith("as on 2026-11-23")


def test_a_page_that_is_back_is_live(watch: Watch) -> None:
    watch.look("/gone")
    assert watch.look("/gone", after=timedelta(days=1)).state is State.DEAD
    watch.server.answer = lambda request: Reply(200, GOOD, HTML)
    assert watch.look("/gone", after=timedelta(days=1)).state is State.LIVE
    watch.server.answer = lambda request: Reply(404)
    assert watch.look("/gone", after=timedelta(days=8)).state is State.UNSURE


def test_a_live_page_is_not_looked_at_for_a_week(watch: Watch) -> None:
    watch.look("/good")
    asked = len(watch.server.requests)
    watch.look("/good", after=timedelta(days=6))
    assert len(watch.server.requests) == asked
    watch.look("/good", after=timedelta(days=2))
    assert len(watch.server.requests) > asked


def test_servers_that_cannot_head_are_asked_for_the_page(watch: Watch) -> None:
    for refusal in (Reply(405), Reply(501), Reply(404)):
        watch.server.answer = lambda request, refusal=refusal: (
            refusal if request.method == "HEAD" else Reply(200, GOOD, HTML)
        )
        watch.now += timedelta(days=30)
        assert watch.look("/good").state is State.LIVE


def test_a_host_that_is_gone(tmp_path: Path) -> None:
    def resolve(*_: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    with Cache(tmp_path / "cache", clock=lambda: now[0]) as kept:
        fetcher = Fetcher("x", resolve=resolve, sleep=lambda seconds: None)
        links = Links(fetcher, kept)
        cited = [Cited("http://gone.example/a"), Cited("ftp://gone.example/b"), Cited("nonsense")]
        assert {link.state for link in links.look(cited).values()} == {State.UNSURE}
        now[0] += timedelta(days=2)
        found = links.look(cited)
        fetcher.close()
    assert found["http://gone.example/a"].state is State.DEAD
    assert found["ftp://gone.example/b"].state is State.UNSURE


def test_trouble_with_robots_keeps_out(watch: Watch) -> None:
    watch.server.answer = lambda request: (
        Reply(503) if request.path == "/robots.txt" else Reply(200, GOOD, HTML)
    )
    assert watch.look("/good").state is State.UNSURE
    assert [request.path for request in watch.server.requests] == ["/robots.txt"]


def test_each_address_is_looked_at_once(watch: Watch) -> None:
    told: list[tuple[int, int]] = []
    url = watch.server.url
    cited = [Cited(f"{url}/good#{n}", TITLE) for n in range(5)] + [Cited(f"{url}/soft")] * 5
    found = watch.links.look(cited, progress=lambda *counts: told.append(counts))
    assert set(found) == {each.url for each in cited}
    assert {link.url for link in found.values()} == {f"{url}/good", f"{url}/soft"}
    assert told[-1] == (2, 2)
    counted = watch.server.count()
    assert (counted["/good"], counted["/soft"], counted["/robots.txt"]) == (2, 2, 1)


def look(day: int, state: State, hour: int = 12) -> Look:
    return Look(datetime(2026, 11, day, hour, tzinfo=UTC), state, "seen")


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([], State.UNSURE),
        ([look(1, State.DEAD)], State.UNSURE),
        ([look(1, State.DEAD), look(2, State.DEAD)], State.DEAD),
        ([look(1, State.DEAD, 23), look(2, State.DEAD, 1)], State.UNSURE),
        ([look(1, State.DEAD), look(2, State.LIVE), look(3, State.DEAD)], State.UNSURE),
        ([look(1, State.DEAD), look(2, State.FORBIDDEN), look(3, State.DEAD)], State.UNSURE),
        ([look(1, State.DEAD), look(2, State.UNSURE), look(3, State.DEAD)], State.DEAD),
        ([look(1, State.SOFT_404), look(2, State.DEAD)], State.DEAD),
        ([look(1, State.DEAD), look(2, State.DEAD), look(3, State.UNSURE)], State.UNSURE),
        ([look(1, State.DEAD), look(2, State.DEAD), look(3, State.LIVE)], State.LIVE),
    ],
)
def test_what_looks_come_to(looks: list[Look], state: State) -> None:
    assert settled("http://x.example/", looks).state is state


def test_request_is_honest(watch: Watch) -> None:
    watch.look("/good")
    requests: list[Request] = watch.server.requests
    assert {request.headers["user-agent"] for request in requests} == {"Redpencil/test"}
