"""A web server of the test's own: each path is a function, and every request is remembered."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Reply(NamedTuple):
    """What the server sends; a body given as several pieces is sent without its length."""

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    headers: Mapping[str, str] = {}


class Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    #: The connection itself, for what is no HTTP.
    connection: object


class Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is no news here."""


class Server:
    """Answers `answer(request)`; a reply of None means that the function wrote to the connection
    itself, which is then closed."""

    def __init__(self, answer: Callable[[Request], Reply | None]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else the body waits until the headers before it are acknowledged.
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def respond(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                request = Request(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                    self.connection,
                )
                with outer._lock:
                    outer.requests.append(request)
                    outer._now += 1
                    outer.most_at_once = max(outer.most_at_once, outer._now)
                try:
                    self.reply(outer.answer(request))
                finally:
                    with outer._lock:
                        outer._now -= 1

            def reply(self, reply: Reply | None) -> None:
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if isinstance(reply.body, bytes):
                    self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(reply.body)
                    return
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                with contextlib.suppress(OSError):
                    for piece in reply.body:
                        self.wfile.write(piece)

            do_GET = do_HEAD = do_POST = respond  # noqa: N815

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(request.path for request in self.requests)


@contextlib.contextmanager
def serving(answer: Callable[[Request], Reply | None]) -> Iterator[Server]:
    server = Server(answer)
    try:
        yield server
    finally:
        server.close()
