"""Who may use the page, and what a browser may do with it.

The page can decide and save, so nobody gets in by reaching its port: the first visit brings the
token of the printed address, which is good for one browser, or the password. Every request must
name a host that is ours, so that no foreign name can be rebound to this machine; every write must
come from the page itself, as the browser attests it (Origin, Sec-Fetch-Site). What is answered
allows no script, style or frame but our own files.

https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.errors import UsageError

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.wrappers import Request

#: What pages of ours may load: files of ours.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: What the wiki's HTML in a frame may do: be looked at. Its styles stand in it; nothing is loaded.
PREVIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# Wrong passwords in a minute, of all visitors together, after which none is looked at.
_MOST_TRIES = 10


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Who is let in, and from where.

    `host` is what the server listens on, `password` the hash of a password, or '' for none.
    `seconds` tells the time, for counting wrong passwords.
    """

    def __init__(
        self, host: str, password: str = "", *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises UsageError when others can reach the host and there is no password."""
        self.host = host
        self.local = is_loopback(host)
        self.password = password
        if not self.local and not password:
            raise UsageError(
                f"{host} can be reached by others: set a password first, with"
                " `redpencil review --set-password`"
            )
        self.token = secrets.token_urlsafe(24)
        self._token_used = False
        self._lock = threading.Lock()
        self._seconds = seconds
        self._wrong: list[float] = []

    def takes_token(self, token: str) -> bool:
        """Whether this is the token of the printed address, for the first time."""
        with self._lock:
            fits = hmac.compare_digest(token.encode(), self.token.encode())
            if not fits or self._token_used:
                return False
            self._token_used = True
            return True

    def takes_password(self, password: str) -> bool | None:
        """Whether this is the password; None when too many wrong ones came within a minute."""
        from werkzeug.security import check_password_hash

        with self._lock:
            now = self._seconds()
            self._wrong = [each for each in self._wrong if now - each < 60]
            if len(self._wrong) >= _MOST_TRIES:
                return None
            if self.password and check_password_hash(self.password, password):
                return True
            self._wrong.append(now)
            return False

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server: no name that a stranger could point here."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if self.local:
            return is_loopback(name)
        try:
            ipaddress.ip_address(name)
        except ValueError:
            ours = {self.host.lower(), socket.gethostname().lower(), "localhost"}
            return name in ours
        return True

    @staticmethod
    def comes_from_here(request: Request) -> bool:
        """Whether a write was made by a page of this server, by what the browser attests.

        A browser attests it in Origin or Sec-Fetch-Site or both; one that is there must say so.
        """
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if origin is None and site is None:
            return False
        if origin is not None:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or parts.netloc != request.host:
                return False
        return site is None or site == "same-origin"


def protected(response: Response) -> Response:
    """An answer with what keeps a browser from doing anything with it that is not meant."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def install(app: Flask, guard: Guard, *, open_to_all: frozenset[str]) -> None:
    """Have the guard look at every request; `open_to_all` are the endpoints without a visitor's
    pass. What is refused is answered by the handlers of 401, 403 and 421."""
    from flask import abort, request, session

    @app.before_request
    def look() -> None:
        if not guard.knows(request.host):
            abort(421)
        if request.method not in ("GET", "HEAD", "OPTIONS") and not guard.comes_from_here(request):
            abort(403)
        if request.endpoint not in open_to_all and not session.get("who"):
            abort(401)

    app.after_request(protected)
