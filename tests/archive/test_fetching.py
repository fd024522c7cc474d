"""Fetching: what is refused, what is bounded, what is polite; against real servers on loopback."""

from __future__ import annotations

import gzip
import itertools
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import AddressRefused, SiteUnavailable, UnusableAnswer, UsageError
from bot.web.fetching import Fetcher, Manners, is_public, origin, retry_after, unpacked, user_agent
from tests.archive.server import Reply, Request, Server, serving


class Time:
    """A clock that stands still but for what is slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture
def hours() -> Time:
    return Time()


@pytest.fixture
def fetcher(hours: Time) -> Iterator[Callable[..., Fetcher]]:
    """Makes fetchers that may ask the given servers."""
    made: list[Fetcher] = []

    def make(*servers: Server, **settings: object) -> Fetcher:
        manners = settings.pop("manners", Manners())
        made.append(
            Fetcher(
                "Redpencil/test (tests@example.org)",
                manners=manners,
                private={server.host for server in servers},
                clock=hours.clock,
                sleep=hours.sleep,
                **settings,
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


# --- which addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # the metadata of clouds
        ("100.64.0.1", False),  # behind a carrier's NAT
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a",
        "gopher://example.org/",
        "javascript:alert(1)",
        "//example.org/",
        "example.org/a",
        "http://",
        "http:///a",
        "http://user:secret@example.org/",
        "http://example.org:99999/",
        "http://[::1/",
        "",
    ],
)
def test_only_web_addresses_are_fetched(url: str, fetcher) -> None:
    with pytest.raises(AddressRefused):
        fetcher().fetch(url)


def test_the_origin_of_an_address() -> None:
    assert origin("HTTPS://Example.ORG/a") == "example.org:443"
    assert origin("http://example.org:8080") == "example.org:8080"


def refused():
    return pytest.raises(AddressRefused)


def test_nothing_inside_is_asked(fetcher) -> None:
    with serving(lambda request: Reply(body=b"secret")) as inner:
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0"):
            with pytest.raises(AddressRefused, match="private network"):
                fetcher(resolve=loopback).fetch(f"http://{host}:{inner.port}/")
        assert inner.requests == []


def test_a_redirect_does_not_lead_inside(fetcher) -> None:
    with serving(lambda request: Reply(body=b"secret")) as inner:
        for scheme in ("http", "HTTP", "ftp"):
            target = f"{scheme}://127.0.0.1:{inner.port}/"
            reply = Reply(302, headers={"Location": target})
            with serving(lambda request, reply=reply: reply) as outer, refused():
                fetcher(outer).fetch(outer.url)
        assert inner.requests == []


def loopback(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
    """A name server that knows one answer, whatever the name."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def test_a_name_that_also_means_an_inner_address_is_refused(fetcher) -> None:
    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        outside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
        inside = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::ffff:10.0.0.1", port, 0, 0))
        return [outside, inside]

    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        fetcher(resolve=resolve).fetch("http://both.example/")


def test_the_address_that_was_looked_at_is_the_one_connected_to(fetcher, monkeypatch) -> None:
    """A name server that changes its mind between check and connection gains nothing."""
    answers = itertools.chain(["93.184.216.34"], itertools.repeat("127.0.0.1"))
    asked: list[str] = []
    connected: list[object] = []

    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(self: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(SiteUnavailable):
        fetcher(resolve=resolve, manners=Manners(tries=1)).fetch("http://rebinding.example/")
    assert (asked, connected) == (["rebinding.example"], [("93.184.216.34", 80)])


def test_the_second_connection_is_checked_like_the_first(fetcher) -> None:
    """A redirect back to the same name is a new look-up, and checked again."""
    answers = itertools.chain(["127.0.0.1"], itertools.repeat("10.0.0.1"))
    with serving(lambda request: Reply(302, headers={"Location": "http://b.example/"})) as server:

        def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), server.port))]

        ours = Fetcher("x", private={"a.example:80"}, resolve=resolve)
        with pytest.raises(AddressRefused, match=r"b\.example lies in a private network"):
            ours.fetch("http://a.example/")
        ours.close()


def test_a_host_without_an_address(fetcher, hours) -> None:
    def resolve(*_: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(SiteUnavailable) as caught:
        fetcher(resolve=resolve).fetch("http://gone.example/")
    assert caught.value.reason == "no such host"
    assert hours.slept == []


# --- what is sent -----------------------------------------------------------------------------


def test_a_request_says_who_asks_and_nothing_of_this_account(fetcher, home) -> None:
    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    with serving(lambda request: Reply(headers={"Set-Cookie": "id=1"})) as server:
        ours = fetcher(server)
        ours.fetch(server.url)
        ours.fetch(server.url)
    for request in server.requests:
        assert request.headers["user-agent"] == "Redpencil/test (tests@example.org)"
        assert "authorization" not in request.headers
        assert "cookie" not in request.headers


def test_keys_are_not_shown_to_another_address(fetcher) -> None:
    with (
        serving(lambda request: Reply(body=b"here")) as second,
        serving(lambda request: Reply(302, headers={"Location": second.url})) as first,
    ):
        fetcher(first, second).fetch(first.url, headers={"Authorization": "LOW a:b"})
    assert first.requests[0].headers["authorization"] == "LOW a:b"
    assert "authorization" not in second.requests[0].headers


def test_a_contact_is_a_must() -> None:
    assert user_agent("mailto:me@example.org").startswith("Redpencil/")
    assert "\n" not in user_agent("a\nb")
    with pytest.raises(UsageError):
        user_agent(" ")


# --- what comes back --------------------------------------------------------------------------


def test_an_answer(fetcher) -> None:
    reply = Reply(404, "Gone – für immer".encode(), {"Content-Type": "text/HTML; charset=utf-8"})
    with serving(lambda request: reply) as server:
        answer = fetcher(server).fetch(server.url + "/a")
    assert (answer.status, answer.media_type, answer.complete) == (404, "text/html", True)
    assert answer.body.decode() == "Gone – für immer"
    assert (answer.url, answer.moves) == (server.url + "/a", ())


def test_redirects_are_followed_and_told(fetcher) -> None:
    def answer(request: Request) -> Reply:
        to = {"/a": "/b", "/b": "/caf\u00e9"}.get(request.path)
        # Servers send addresses as they are, in UTF-8.
        raw = to.encode().decode("latin-1") if to else ""
        return Reply(301, headers={"Location": raw}) if to else Reply(body=b"here")

    with serving(answer) as server:
        answered = fetcher(server).fetch(server.url + "/a")
        assert answered.body == b"here"
        assert answered.moves == (
            (301, server.url + "/b"),
            (301, server.url + "/caf\u00e9"),
        )
        assert fetcher(server).fetch(server.url + "/a", redirects=0).status == 301
    assert server.requests[2].path == "/caf%C3%A9"


def test_redirects_in_a_circle_end(fetcher) -> None:
    with serving(lambda request: Reply(302, headers={"Location": request.path + "x"})) as server:
        with pytest.raises(UnusableAnswer, match="circles"):
            fetcher(server).fetch(server.url + "/")
        assert len(server.requests) == Manners().redirects + 1
    with serving(lambda request: Reply(302, headers={"Location": "/"})) as server:
        with pytest.raises(UnusableAnswer, match="circles"):
            fetcher(server).fetch(server.url + "/")
        assert len(server.requests) == 1


def test_an_endless_body_is_cut(fetcher) -> None:
    with serving(lambda request: Reply(body=itertools.repeat(b"a" * 10_000))) as server:
        answer = fetcher(server).fetch(server.url, limit=100_000)
    assert (len(answer.body), answer.complete) == (100_000, False)


def test_a_body_that_drips_ends_with_the_time_there_is(fetcher, hours) -> None:
    def drip() -> Iterator[bytes]:
        while True:
            hours.now += 10
            yield b"a"

    with (
        serving(lambda request: Reply(body=drip())) as server,
        pytest.raises(SiteUnavailable) as caught,
    ):
        fetcher(server, manners=Manners(tries=1)).fetch(server.url)
    assert caught.value.reason == "time-out"


def test_headers_that_drip_end_with_the_time_there_is(fetcher) -> None:
    def drip(request: Request) -> None:
        assert isinstance(request.connection, socket.socket)
        request.connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            request.connection.sendall(b"X: y\r\n")
            time.sleep(0.05)

    with serving(drip) as server, pytest.raises(SiteUnavailable) as caught:
        fetcher(server, manners=Manners(tries=1, total=0.3)).fetch(server.url)
    assert caught.value.reason == "time-out"


def test_a_slow_server_is_given_up(fetcher) -> None:
    release = threading.Event()

    def wait(request: Request) -> Reply:
        release.wait(10)
        return Reply()

    with serving(wait) as server:
        with pytest.raises(SiteUnavailable) as caught:
            fetcher(server, manners=Manners(tries=1, reading=0.2)).fetch(server.url)
        release.set()
    assert caught.value.reason == "time-out"


def test_a_bomb_is_refused(fetcher) -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
    twice = gzip.compress(bomb)
    for body, encoding in ((bomb, "gzip"), (twice, "gzip, gzip"), (bomb, "br")):
        reply = Reply(body=body, headers={"Content-Encoding": encoding})
        with (
            serving(lambda request, reply=reply: reply) as server,
            pytest.raises(UnusableAnswer),
        ):
            fetcher(server).fetch(server.url, limit=1_000_000)


def test_unpacking() -> None:
    page = b"<p>Some page, of some length.</p>" * 50
    raw = zlib.compressobj(wbits=-15)
    packings = {
        "": page,
        "gzip": gzip.compress(page),
        "x-gzip": gzip.compress(page[:100]) + gzip.compress(page[100:]),
        "deflate": zlib.compress(page),
        "Deflate": raw.compress(page) + raw.flush(),
    }
    for encoding, packed in packings.items():
        for size in (1, 7, len(packed)):
            pieces = (packed[at : at + size] for at in range(0, len(packed), size))
            if encoding == "Deflate" and size == 1:
                continue  # one byte does not tell that the header is missing
            assert unpacked(iter(pieces), encoding, 10_000) == (page, True)
        assert unpacked(iter([packed]), encoding, 100) == (page[:100], False)
        assert unpacked(iter([packed]), encoding, len(page)) == (page, True)
    with pytest.raises(UnusableAnswer, match="packed wrongly"):
        unpacked(iter([b"no gzip at all"]), "gzip", 100)


def cut(request: Request) -> None:
    assert isinstance(request.connection, socket.socket)
    request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


def reset(request: Request) -> None:
    assert isinstance(request.connection, socket.socket)
    linger = struct.pack("ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def garbage(request: Request) -> None:
    assert isinstance(request.connection, socket.socket)
    request.connection.sendall(b"\x00\xff\x00garbage\r\n\r\n" * 10)


def endless_headers(request: Request) -> None:
    assert isinstance(request.connection, socket.socket)
    try:
        request.connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000)
    except OSError:
        return


@pytest.mark.parametrize("fault", [cut, reset, garbage, endless_headers])
def test_broken_answers(fault, fetcher, hours) -> None:
    with serving(fault) as server:
        with pytest.raises(SiteUnavailable) as caught:
            fetcher(server).fetch(server.url)
        assert len(server.requests) == 3
    assert caught.value.reason == "broken"
    assert hours.slept == [1.0, 2.0]


def test_a_server_that_is_not_there(fetcher, hours) -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    ours = Fetcher("x", private={f"127.0.0.1:{port}"}, clock=hours.clock, sleep=hours.sleep)
    with pytest.raises(SiteUnavailable) as caught:
        ours.fetch(f"http://127.0.0.1:{port}/")
    ours.close()
    assert caught.value.reason == "refused"
    assert hours.slept == [1.0, 2.0]


# --- politeness -------------------------------------------------------------------------------


def failing(times: int, reply: Reply) -> Callable[[Request], Reply]:
    left = iter([reply] * times)
    return lambda request: next(left, Reply(body=b"at last"))


def test_what_may_pass_is_tried_again_after_growing_waits(fetcher, hours) -> None:
    with serving(failing(2, Reply(503))) as server:
        assert fetcher(server).fetch(server.url).body == b"at last"
    assert hours.slept == [1.0, 2.0]


def test_what_will_not_pass_is_asked_once(fetcher, hours) -> None:
    for status in (400, 401, 403, 404, 410, 451, 501):
        with serving(lambda request, status=status: Reply(status)) as server:
            assert fetcher(server).fetch(server.url).status == status
            assert len(server.requests) == 1
    assert hours.slept == []


def test_retry_after_is_obeyed(fetcher, hours) -> None:
    with serving(failing(1, Reply(429, headers={"Retry-After": "30"}))) as server:
        assert fetcher(server).fetch(server.url).body == b"at last"
    assert hours.now == 1030.0


def test_everybody_obeys_retry_after(fetcher, hours) -> None:
    with serving(failing(1, Reply(429, headers={"Retry-After": "30"}))) as server:
        ours = fetcher(server)
        assert ours.fetch(server.url, tries=1).status == 429
        assert ours.fetch(server.url).status == 200
    assert hours.now == 1030.0


def test_a_long_retry_after_is_not_waited_for(fetcher, hours) -> None:
    with serving(lambda request: Reply(429, headers={"Retry-After": "3600"})) as server:
        ours = fetcher(server)
        assert ours.fetch(server.url).status == 429
        with pytest.raises(SiteUnavailable) as caught:
            ours.fetch(server.url)
        assert len(server.requests) == 1
    assert (caught.value.reason, caught.value.retry_after) == ("left alone", 3600.0)
    assert hours.slept == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "99999999999999999999"}, 86_400.0),
        (
            {
                "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT",
                "date": "Fri, 31 Dec 1999 23:58:59 GMT",
            },
            60.0,
        ),
        (
            {
                "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT",
                "date": "Sat, 01 Jan 2000 23:58:59 GMT",
            },
            0.0,
        ),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({}, None),
    ],
)
def test_reading_retry_after(headers, seconds) -> None:
    assert retry_after(headers) == seconds


def test_a_host_that_keeps_failing_is_left_alone_and_tried_once_later(fetcher, hours) -> None:
    with serving(lambda request: Reply(500)) as server, serving(lambda request: Reply()) as other:
        ours = fetcher(server, other, manners=Manners(tries=1, failures=3, rest=100.0))
        for _ in range(3):
            assert ours.fetch(server.url).status == 500
        for _ in range(10):
            with pytest.raises(SiteUnavailable, match="keeps failing"):
                ours.fetch(server.url)
        assert len(server.requests) == 3
        assert ours.fetch(other.url).status == 200
        hours.now += 101
        assert ours.fetch(server.url).status == 500
        hours.now += 101  # the second rest is twice as long
        with pytest.raises(SiteUnavailable):
            ours.fetch(server.url)
        hours.now += 100
        server.answer = lambda request: Reply()
        assert ours.fetch(server.url).status == 200
        assert ours.fetch(server.url).status == 200


def test_requests_at_one_host_keep_their_pause(fetcher, hours) -> None:
    with serving(lambda request: Reply()) as server, serving(lambda request: Reply()) as other:
        ours = fetcher(server, other, manners=Manners(pause=2.0))
        for _ in range(3):
            ours.fetch(server.url)
        assert hours.slept == [2.0, 2.0]
        ours.fetch(other.url)
        assert hours.slept == [2.0, 2.0]
        ours.fetch(server.url, pause=0.0)
        assert hours.slept == [2.0, 2.0]


def test_few_requests_at_once_at_one_host() -> None:
    def slowly(request: Request) -> Reply:
        time.sleep(0.02)
        return Reply()

    with serving(slowly) as server:
        ours = Fetcher("x", manners=Manners(at_once=2), private={server.host})
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ours.fetch(f"{server.url}/{number}"), range(24)))
        ours.close()
        assert len(server.requests) == ours.requests == 24
        assert server.most_at_once == 2
