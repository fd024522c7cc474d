"""The server of the page: on this machine, quiet, and ended by Ctrl-C without losing anything.

Werkzeug's threaded server is enough for one household of reviewers, and is installed with Flask; it
keeps connections alive and logs nothing. It is not meant for the open internet.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.errors import UsageError
from bot.review.web.application import application
from bot.review.web.guard import Guard
from bot.review.web.room import Desk, Room

#: Where the page is when nothing else is asked for; when that is taken, on any free port.
PORT = 8374


class _Quiet(WSGIRequestHandler):
    """Answers, and writes nothing to the terminal but faults of ours."""

    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a request after which a connection ends

    def log_request(self, *_: Any) -> None:
        """Nothing: the address of the first request holds the token."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (werkzeug's name)
        """Nothing: what matters to the person is told on the page."""


class Server:
    """The page, served: `address` lets the first browser in, `others` come in with the password."""

    def __init__(self, desk: Desk, host: str, port: int | None, password: str = "") -> None:
        """Bind, but serve nothing yet. Raises UsageError when the port or host cannot be had, or
        when others could reach it and there is no password."""
        self.guard = Guard(host, password)
        self._server = _bound(host, PORT if port is None else port, free=port is None)
        self.port = int(self._server.port)
        app = application(desk, self.guard, port=self.port)
        self._server.app = app
        self._room: Room = app.extensions["redpencil"]
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (asked for)
        there = socket.gethostname() if here != host else host
        self.base = self._at(here)
        self.address = f"{self.base}enter?token={self.guard.token}"
        self.others = f"{self._at(there)}login"

    def _at(self, host: str) -> str:
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    def serve(self) -> None:
        """Answer until `close` is called from elsewhere, or a signal ends it with its exception."""
        # Werkzeug's own serve_forever takes Ctrl-C for a normal end; the command tells it apart.
        socketserver.BaseServer.serve_forever(self._server, poll_interval=0.1)

    def close(self) -> None:
        """Serve no longer."""
        self._server.shutdown()

    @contextlib.contextmanager
    def open(self, wait: Callable[[], object] = lambda: None) -> Iterator[None]:
        """The server while it lives; at the end a page that is being saved is finished first, of
        which `wait` may tell."""
        try:
            yield
        finally:
            self._server.server_close()
            self._room.close()
            delivering = self._room.delivering
            if delivering.running:
                delivering.stop()
                wait()
                delivering.wait()


def _bound(host: str, port: int, *, free: bool) -> BaseWSGIServer:
    try:
        return _made(host, port)
    except (OSError, SystemExit) as wrong:
        if free:
            with contextlib.suppress(OSError, SystemExit):
                return _made(host, 0)
        why = getattr(wrong, "strerror", None) or "it is in use, or cannot be bound"
        raise UsageError(f"{host}:{port} cannot be listened on: {why}") from wrong


def _made(host: str, port: int) -> BaseWSGIServer:
    # Bound here: werkzeug itself ends the program with its own words when a port is taken.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        server = make_server(
            host,
            port,
            lambda *_: [],
            threaded=True,
            request_handler=_Quiet,
            fd=listener.fileno(),
        )
    finally:
        listener.close()  # the server has a descriptor of its own
    server.daemon_threads = True  # type: ignore[attr-defined]
    return server
