"""HTTP for addresses that anybody may have written into a page: polite, bounded, never inward.

A citation's address is a stranger's wish. It may point at this machine's own network, at a server
that never stops talking, or at one that asks to be left alone. So:

- only http and https; every address a name resolves to is looked at, and the connection is made to
  one of those very addresses, so that a second answer of the name server changes nothing. Private,
  loopback, link-local and otherwise not public addresses are refused, also behind a redirect and
  inside IPv6 forms that carry an IPv4 address, unless host and port are named in `private`;
- proxies, cookies and passwords of this account are not used: a proxy would connect for us,
  unchecked;
- headers, bodies, redirects and time are limited, and a body that unpacks to far more than was sent
  is refused;
- one host gets few requests at once and pauses in between; Retry-After (RFC 9110, 10.2.3) is
  obeyed; what may pass is tried again after growing waits, and a host that keeps failing is left
  alone for a while.

What an answer means is for the caller to say.
"""

from __future__ import annotations

import contextlib
import email.utils
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from bot.errors import AddressRefused, SiteUnavailable, UnusableAnswer, UsageError

if TYPE_CHECKING:
    import requests

#: Answers after which the same request may do better a little later.
PASSING = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: A body that unpacks to more than this many times what was sent is no page.
_LARGEST_RATIO = 100
_PIECE = 65_536


class Answer(NamedTuple):
    """What a server said in the end.

    `url` is the address that answered, `moves` the redirects that led to it as (status, address).
    Names of `headers` are lower-case. `complete` is False where `body` was cut at the limit.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool
    moves: tuple[tuple[int, str], ...] = ()

    @property
    def media_type(self) -> str:
        """The type of the body without its parameters, lower-case; '' when the server is silent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Manners:
    """How to behave towards a host. Times are seconds.

    `at_once`: requests under way at one host. `pause`: from the start of one request to the next.
    `tries` and `first_wait`: how often what may pass is tried, the wait doubling each time.
    `patience`: the longest Retry-After that is waited for. `total`: for one request with its body.
    `failures` in a row close a host for `rest`, twice as long each further time.
    """

    at_once: int = 2
    pause: float = 0.0
    tries: int = 3
    first_wait: float = 1.0
    patience: float = 60.0
    connecting: float = 10.0
    reading: float = 20.0
    total: float = 60.0
    redirects: int = 8
    largest_body: int = 2_000_000
    failures: int = 5
    rest: float = 120.0


@dataclass(slots=True)
class _Host:
    """What is known of one host and port during a run."""

    places: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_turn: dict[float, float] = field(default_factory=dict)
    quiet_until: float = 0.0
    closed_until: float = 0.0
    failures: int = 0
    closings: int = 0


def user_agent(contact: str) -> str:
    """What requests say of their sender (RFC 9110, 10.1.5): the program, its version, a contact.

    Raises UsageError when there is no contact: a site must be able to complain.
    """
    if not contact.strip():
        raise UsageError(
            "looking things up needs a contact for the sites that are asked:"
            " an e-mail address, a user page or a web page"
        )
    return f"Redpencil/{metadata.version('redpencil')} ({' '.join(contact.split())})"


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also by the IPv4 address it carries.

    The carriers are IPv4-mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380)
    addresses.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner: list[ipaddress.IPv4Address] = []
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None:
            inner.append(ip.sixtofour)
        if ip.teredo is not None:
            inner.extend(ip.teredo)
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
            return all(is_public(str(each)) for each in inner)
        if ip.is_site_local or any(not is_public(str(each)) for each in inner):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def origin(url: str) -> str:
    """The host and port of an http or https address, "example.org:443".

    Raises AddressRefused for every other kind of address.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"{url!r} is no web address: {error}", url=url) from None
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"}:
        raise AddressRefused(f"{url!r} is neither http nor https", url=url)
    if not parts.hostname:
        raise AddressRefused(f"{url!r} names no host", url=url)
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(f"the address at {parts.hostname} carries a user's name", url=url)
    return f"{parts.hostname}:{port or (443 if scheme == 'https' else 80)}"


Resolver = Callable[..., list[tuple[Any, ...]]]


class Fetcher:
    """Fetches addresses; safe to use from several threads. Close it when done."""

    def __init__(
        self,
        agent: str,
        *,
        manners: Manners | None = None,
        private: Collection[str] = (),
        resolve: Resolver | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`agent` is the User-Agent. `private` names hosts with port ("127.0.0.1:8080") that may
        lie in a private network. `resolve` answers like socket.getaddrinfo."""
        self.manners = manners or Manners()
        #: How many requests were sent.
        self.requests = 0
        self._private = frozenset(private)
        self._resolve = resolve or socket.getaddrinfo
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()
        self._session = _session(agent, self._connect, self.manners)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        limit: int | None = None,
        redirects: int | None = None,
        tries: int | None = None,
        pause: float | None = None,
    ) -> Answer:
        """The answer to a request, redirects followed; an error status is an answer, too.

        `limit` caps the body in bytes, `redirects` how many are followed; at 0 the redirect is the
        answer. `pause` replaces that of the manners for this kind of request.

        Raises AddressRefused for an address that is not for the open internet, SiteUnavailable when
        no answer came or the host is being left alone, UnusableAnswer when what came is no answer.
        """
        most = self.manners.redirects if redirects is None else redirects
        moves: list[tuple[int, str]] = []
        seen = {url}
        while True:
            answer = self._persist(
                url, method, headers or {}, data, limit, tries or self.manners.tries, pause
            )
            target = answer.headers.get("location")
            if answer.status not in REDIRECTS or not target or most == 0:
                return answer._replace(moves=tuple(moves))
            target = _utf8(target)
            url = urljoin(url, target.strip())
            moves.append((answer.status, url))
            if url in seen or len(moves) > most:
                raise UnusableAnswer(f"{moves[0][1]} leads round in circles", url=url)
            seen.add(url)
            if answer.status in {301, 302, 303} and method != "HEAD":
                method, data = "GET", None
            # What was meant for one host is not shown to another.
            if headers and "Authorization" in headers:
                headers = {k: v for k, v in headers.items() if k != "Authorization"}

    # --- one address ------------------------------------------------------------------------------

    def _persist(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, str] | None,
        limit: int | None,
        tries: int,
        pause: float | None,
    ) -> Answer:
        """One request, sent again after growing waits while that may help."""
        host = self._host(origin(url))
        wait = self.manners.first_wait
        for attempt in range(1, tries + 1):
            try:
                with self._turn(host, url, pause):
                    answer = self._send(url, method, headers, data, limit)
            except SiteUnavailable as error:
                if error.reason == "left alone":
                    raise
                self._failed(host)
                if attempt == tries or error.reason == "no such host":
                    raise
                self._wait(host, wait)
            else:
                # An archive replays the errors it captured; those do not pass.
                if answer.status not in PASSING or "memento-datetime" in answer.headers:
                    with host.lock:
                        host.failures = host.closings = 0
                    return answer
                self._failed(host)
                asked = retry_after(answer.headers)
                if asked is not None:
                    with host.lock:
                        host.quiet_until = max(host.quiet_until, self._clock() + asked)
                if attempt == tries or (asked or 0) > self.manners.patience:
                    return answer
                self._wait(host, max(wait, asked or 0))
            wait *= 2
        raise AssertionError("a request is tried at least once")

    def _wait(self, host: _Host, seconds: float) -> None:
        if host.closed_until <= self._clock():
            self._sleep(seconds)

    def _host(self, name: str) -> _Host:
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = _Host(threading.Semaphore(self.manners.at_once))
            return self._hosts[name]

    @contextlib.contextmanager
    def _turn(self, host: _Host, url: str, pause: float | None) -> Iterator[None]:
        """One of the host's places, taken when its pause is over; given back at the end."""
        between = self.manners.pause if pause is None else pause
        with host.places:
            while True:
                with host.lock:
                    now = self._clock()
                    quiet = max(host.quiet_until, host.closed_until) - now
                    if host.closed_until > now or quiet > self.manners.patience:
                        raise SiteUnavailable(
                            f"{urlsplit(url).hostname} keeps failing or asked to be left alone;"
                            f" it is not asked again for {quiet:.0f} seconds",
                            url=url,
                            reason="left alone",
                            retry_after=quiet,
                        )
                    turn = max(host.quiet_until, host.next_turn.get(between, 0.0))
                    if turn <= now:
                        host.next_turn[between] = now + between
                        break
                self._sleep(turn - now)
            yield

    def _failed(self, host: _Host) -> None:
        with host.lock:
            host.failures += 1
            if host.failures >= self.manners.failures:
                host.closed_until = self._clock() + self.manners.rest * 2**host.closings
                host.closings = min(host.closings + 1, 6)
                # After the rest one more failure is enough.
                host.failures = self.manners.failures - 1

    # --- one request ------------------------------------------------------------------------------

    def _send(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, str] | None,
        limit: int | None,
    ) -> Answer:
        import requests
        import urllib3

        host = urlsplit(url).hostname
        deadline = self._clock() + self.manners.total
        with self._lock:
            self.requests += 1
        try:
            with self._session.request(
                method,
                url,
                headers=dict(headers),
                data=data,
                stream=True,
                allow_redirects=False,
                timeout=(self.manners.connecting, self.manners.reading),
            ) as response:
                received = {name.lower(): value for name, value in response.headers.items()}
                most = self.manners.largest_body if limit is None else limit
                body, complete = b"", True
                if method != "HEAD":
                    pieces = self._pieces(response.raw, url, deadline)
                    body, complete = unpacked(
                        pieces, received.get("content-encoding", ""), most, url
                    )
                return Answer(url, response.status_code, received, body, complete)
        except (
            requests.exceptions.InvalidURL,
            UnicodeError,
            urllib3.exceptions.LocationParseError,
        ):
            raise AddressRefused(f"{url!r} is no web address", url=url) from None
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise SiteUnavailable(
                f"{host} took too long to answer", url=url, reason="time-out"
            ) from error
        except requests.exceptions.SSLError as error:
            raise SiteUnavailable(
                f"the certificate of {host} cannot be trusted", url=url, reason="certificate"
            ) from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise SiteUnavailable(
                f"{host} broke off or did not speak HTTP", url=url, reason="broken"
            ) from error

    def _pieces(self, raw: Any, url: str, deadline: float) -> Iterator[bytes]:
        """The body as it arrives, still packed."""
        while piece := raw.read1(_PIECE, decode_content=False):
            yield piece
            if self._clock() > deadline:
                raise SiteUnavailable(
                    f"{urlsplit(url).hostname} took too long to send its answer",
                    url=url,
                    reason="time-out",
                )

    def _connect(self, host: str, port: int, options: Any) -> socket.socket:
        """A connection to one of the host's addresses, all of which were looked at."""
        host = host.strip("[]")
        url = f"//{host}:{port}"
        private = f"{host}:{port}" in self._private
        if not private and _is_ip(host) and not is_public(host):
            raise _private(host, host, url)
        try:
            found = self._resolve(host, port, 0, socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            gone = getattr(error, "errno", None) in _NO_SUCH_HOST
            raise SiteUnavailable(
                f"there is no host {host}" if gone else f"the name of {host} cannot be looked up",
                url=url,
                reason="no such host" if gone else "name server",
            ) from error
        for entry in found:
            if not private and not is_public(str(entry[4][0])):
                raise _private(host, str(entry[4][0]), url)
        wrong: OSError | None = None
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            try:
                for option in options or ():
                    connection.setsockopt(*option)
                connection.settimeout(self.manners.connecting)
                connection.connect(address)
            except OSError as error:
                connection.close()
                wrong = error
            else:
                return connection
        slow = isinstance(wrong, TimeoutError)
        raise SiteUnavailable(
            f"{host} took too long to answer" if slow else f"{host} accepts no connection",
            url=url,
            reason="time-out" if slow else "refused",
        ) from wrong


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _private(host: str, address: str, url: str) -> AddressRefused:
    return AddressRefused(
        f"{host} lies in a private network ({address}), and nothing there is asked unless the"
        " settings name it",
        url=url,
    )


_NO_SUCH_HOST = frozenset(
    number
    for name in ("EAI_NONAME", "EAI_NODATA")
    if (number := getattr(socket, name, None)) is not None
)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds a server asks to be left alone, None when it does not say.

    A moment counts from the Date the server itself gives (RFC 9110, 10.2.3).
    """
    said = headers.get("retry-after", "").strip()
    if said.isdecimal() and said.isascii():
        return float(min(int(said[:9]), 86_400))
    try:
        until = email.utils.parsedate_to_datetime(said)
        now = email.utils.parsedate_to_datetime(headers.get("date", ""))
        return min(max(0.0, (until - now).total_seconds()), 86_400.0)
    except (ValueError, TypeError):
        return None


def unpacked(
    pieces: Iterator[bytes], encoding: str, limit: int, url: str = ""
) -> tuple[bytes, bool]:
    """A body without its packing, at most `limit` bytes, and whether that is all of it.

    Raises UnusableAnswer for a packing other than gzip or deflate, for one that is broken, and for
    one that unpacks to more than `limit` and to a hundred times what was sent: a bomb.
    """
    encoding = encoding.strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise UnusableAnswer(f"{url} is packed as {encoding}, which was not asked for", url=url)
    unpack = None if encoding in {"", "identity"} else zlib.decompressobj(47)
    parts: list[bytes] = []
    length = sent = 0
    for piece in pieces:
        sent += len(piece)
        rest = piece
        while rest:
            if unpack is None:
                part, rest = rest[: limit - length + 1], b""
            else:
                try:
                    part = unpack.decompress(rest, limit - length + 1)
                except zlib.error as error:
                    if sent == len(piece) and encoding == "deflate" and rest is piece:
                        # Some servers leave out the header that "deflate" has by the standard.
                        unpack = zlib.decompressobj(-15)
                        encoding = "raw deflate"
                        continue
                    raise UnusableAnswer(f"{url} is packed wrongly: {error}", url=url) from None
                rest = unpack.unconsumed_tail or unpack.unused_data
                if unpack.eof:
                    unpack = zlib.decompressobj(47)
                elif not part and not unpack.unconsumed_tail:
                    rest = b""
            parts.append(part)
            length += len(part)
            if length > limit:
                if unpack is not None and length > _LARGEST_RATIO * (sent - len(rest)):
                    raise UnusableAnswer(f"{url} unpacks to far more than was sent", url=url)
                return b"".join(parts)[:limit], False
    return b"".join(parts), True


def _utf8(header: str) -> str:
    """A header's value as it was meant: http.client reads every header as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _session(
    agent: str, connect: Callable[[str, int, Any], socket.socket], manners: Manners
) -> requests.Session:
    """A session whose connections are all made by `connect`, and that uses nothing else of this
    account: no proxy, no cookie, no .netrc."""
    import http.cookiejar

    import requests
    import urllib3

    class Timed(urllib3.connection.HTTPConnection):
        """Headers must arrive within the total time, however slowly they drip."""

        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 80, self.socket_options)

        def getresponse(self) -> Any:
            late = threading.Event()
            alarm = threading.Timer(manners.total, _shut, (self.sock, late))
            alarm.daemon = True
            alarm.start()
            try:
                response = super().getresponse()
            finally:
                alarm.cancel()
            if late.is_set():
                # A connection that ends within the headers looks like their end.
                response.close()
                raise TimeoutError
            return response

    class Secure(Timed, urllib3.connection.HTTPSConnection):
        """The same over TLS; the certificate is checked against the name, not the address."""

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Timed

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers.update({"User-Agent": agent, "Accept-Encoding": "gzip, deflate"})
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(
        pool_connections=64, pool_maxsize=max(manners.at_once, 4)
    )
    adapter.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _shut(connection: socket.socket | None, late: threading.Event) -> None:
    late.set()
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
