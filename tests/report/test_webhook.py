"""A webhook gets one POST; what goes wrong with it is told without its address."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.errors import RedpencilError, SiteUnavailable, UsageError, WebError
from bot.report import webhook
from tests.report.standing import Hands, three_days

SECRET = "hush-T0K3N"


class Listener:
    """A server on this machine that keeps what it is sent and answers with `status`."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.hold = threading.Event()
        self.hold.set()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.requests.append((self.path, dict(self.headers), body))
                listener.hold.wait(20)
                self.send_response(listener.status)
                for name, value in listener.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/{SECRET}?key={SECRET}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


@pytest.fixture
def of(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands.summary()
    hands.store.close()


def test_the_summary_is_sent_once_as_json(listener: Listener, of):
    webhook.send(listener.url, of, token=SECRET)
    ((path, headers, body),) = listener.requests
    assert path == f"/hooks/{SECRET}?key={SECRET}"
    assert headers["Content-Type"].startswith("application/json")
    assert headers["Authorization"] == f"Bearer {SECRET}"
    told = json.loads(body)
    assert told["version"] == 1
    assert told["states"]["pending"] == 6
    assert told["text"].splitlines()[0].startswith("6 proposals on 2 pages wait")
    assert "the page is protected" in told["text"]
    assert [check["check"] for check in told["checks"]] == ["misspelt", "shouting"]


def test_without_a_token_nothing_is_sent_as_one(listener: Listener, of, home: Path):
    (home / ".netrc").write_text("machine 127.0.0.1 login me password hush\n")
    (home / ".netrc").chmod(0o600)
    webhook.send(listener.url, of)
    assert "Authorization" not in listener.requests[0][1]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_no_is_an_error(listener: Listener, of, status):
    listener.status = status
    with pytest.raises(WebError, match=str(status)) as raised:
        webhook.send(listener.url, of, token=SECRET)
    quiet(raised.value)


def test_a_redirect_is_not_followed(listener: Listener, of):
    listener.status, listener.headers = 307, {"Location": "/elsewhere"}
    with pytest.raises(WebError, match="307"):
        webhook.send(listener.url, of, token=SECRET)
    assert len(listener.requests) == 1


def test_one_that_does_not_answer_is_given_up(listener: Listener, of):
    listener.hold.clear()
    with pytest.raises(SiteUnavailable, match=r"within 0\.2 s") as raised:
        webhook.send(listener.url, of, token=SECRET, timeout=0.2)
    quiet(raised.value)


def test_one_that_is_not_there_is_told_without_its_address(listener: Listener, of):
    listener.close()
    with pytest.raises(SiteUnavailable, match="cannot be reached") as raised:
        webhook.send(listener.url, of, token=SECRET)
    quiet(raised.value)


def test_no_log_has_the_address(listener: Listener, of, caplog):
    caplog.set_level(logging.DEBUG)
    webhook.send(listener.url, of, token=SECRET)
    listener.status = 500
    with pytest.raises(WebError):
        webhook.send(listener.url, of, token=SECRET)
    assert SECRET not in caplog.text
    logging.getLogger("urllib3.connectionpool").debug("as before")
    assert "as before" in caplog.text


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/x", f"https:///{SECRET}", f"{SECRET}", "file:///etc/passwd"]
)
def test_an_address_that_is_none_is_a_wrong_use(of, url):
    with pytest.raises(UsageError) as raised:
        webhook.send(url, of)
    quiet(raised.value)


@pytest.mark.parametrize("token", ["a b", "a\nX-Evil: 1", "é"])
def test_a_token_that_is_none_is_a_wrong_use(listener: Listener, of, token):
    with pytest.raises(UsageError):
        webhook.send(listener.url, of, token=token)
    assert listener.requests == []


def quiet(wrong: RedpencilError) -> None:
    """Neither the message nor anything that a traceback would show holds the secret."""
    shown: BaseException | None = wrong
    while shown is not None:
        assert SECRET not in str(shown)
        assert SECRET not in repr(shown)
        shown = shown.__cause__ if shown.__suppress_context__ else shown.__context__


def test_an_empty_queue_is_told(tmp_path: Path, listener: Listener):
    webhook.send(listener.url, Hands(tmp_path / "empty").summary())
    assert json.loads(listener.requests[0][2])["oldest_waiting"] is None
