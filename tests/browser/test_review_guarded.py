"""What other pages in the same browser try against the review, and cannot do."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.browser.chromium import REBOUND, Visitor
from tests.browser.desk import Desk, reviewing

Enters = Callable[..., Visitor]
Serves = Callable[..., Desk]


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of another server on this machine, with an empty page: what a browser takes for
    the same site, but another origin."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!DOCTYPE html><title>Elsewhere</title><p>Elsewhere."
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def decision(desk: Desk) -> str:
    version = desk.proposals()[0].version
    return f'{{"version": {version}, "fix": 1, "key": "y"}}'


WAYS = {
    "a simple request": "{method: 'POST', mode: 'no-cors', body}",
    "a request with JSON": """{method: 'POST', mode: 'no-cors', body,
        headers: {'Content-Type': 'text/plain;application/json'}}""",
    "a request that asks first": """{method: 'POST', body,
        headers: {'Content-Type': 'application/json'}}""",
}


def test_another_page_cannot_decide(visitor: Enters, serve: Serves, elsewhere):
    desk = serve()
    somebody = visitor()
    reviewing(somebody, desk)
    evil = somebody.opens(elsewhere)
    for way in WAYS.values():
        for path, body in {
            "proposals/1/decision": decision(desk),
            "undo": "{}",
            "save": "{}",
        }.items():
            outcome = evil.evaluate(
                f"""([address, body]) => fetch(address, {{credentials: 'include', ...{way}}})
                    .then(answer => answer.type + answer.status, () => 'refused')""",
                [f"{desk.url}/{path}", body],
            )
            assert outcome in {"opaque0", "refused"}, (way, path)
    assert desk.states() == "pppppp"
    somebody.wrongs.clear()  # that it was refused is what Chromium notes


def test_a_form_elsewhere_cannot_decide(visitor: Enters, serve: Serves, elsewhere):
    desk = serve()
    somebody = visitor()
    reviewing(somebody, desk)
    evil = somebody.opens(elsewhere)
    evil.evaluate(
        """([address, body]) => {
            const form = Object.assign(document.createElement('form'), {
                method: 'post', action: address, enctype: 'text/plain' })
            form.append(Object.assign(document.createElement('input'),
                { name: body.slice(0, -1) + ', "x": "', value: '"}' }))
            document.body.append(form)
            form.submit()
        }""",
        [f"{desk.url}/proposals/1/decision", decision(desk)],
    )
    expect(evil.get_by_role("main")).to_contain_text("not asked by a page of this server")
    assert desk.states() == "pppppp"


def test_another_page_cannot_read(visitor: Enters, serve: Serves, elsewhere):
    desk = serve()
    somebody = visitor()
    reviewing(somebody, desk)
    evil = somebody.opens(elsewhere)
    read = """address => fetch(address, {credentials: 'include'})
        .then(answer => answer.text(), () => 'refused')"""
    for path in ("/", "/proposals/1", "/save/progress", "/static/review.js"):
        assert evil.evaluate(read, f"{desk.url}{path}") == "refused"
    somebody.wrongs.clear()


def test_another_page_cannot_frame_it_or_hold_on_to_it(visitor: Enters, serve: Serves, elsewhere):
    desk = serve()
    somebody = visitor()
    reviewing(somebody, desk)
    evil = somebody.opens(elsewhere)
    evil.evaluate(
        """address => new Promise(loaded => {
            const frame = document.createElement('iframe')
            frame.onload = loaded
            frame.src = address
            document.body.append(frame)
        })""",
        f"{desk.url}/proposals/1",
    )
    (frame,) = evil.main_frame.child_frames
    assert frame.locator("#proposal").count() == 0
    with evil.expect_popup() as opened:
        evil.evaluate("address => { window.kept = window.open(address) }", f"{desk.url}/")
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    assert evil.evaluate("window.kept.closed") is True  # it let go of who opened it
    somebody.wrongs.clear()


def test_a_foreign_name_for_this_machine_is_refused(visitor: Enters, serve: Serves):
    """DNS rebinding: a stranger's name that leads here now, as the browser sees it."""
    desk = serve()
    somebody = visitor()
    address = f"http://{REBOUND}:{desk.port}"
    tab: Tab = somebody.opens(f"{address}/enter?token={desk.entry.partition('token=')[2]}")
    expect(tab.get_by_role("main")).to_contain_text("This address does not belong to this server")
    outcome = tab.evaluate(
        """body => fetch('/proposals/1/decision', {method: 'POST', body,
            headers: {'Content-Type': 'application/json'}}).then(answer => answer.status)""",
        decision(desk),
    )
    assert outcome == 421
    assert desk.states() == "pppppp"
    somebody.wrongs.clear()
    reviewing(visitor(), desk)  # the token was not used up


FORGED = {
    "no cookie": {"Cookie": ""},
    "a foreign host": {"Host": "evil.example"},
    "a foreign host with our port": {"Host": "evil.example:{port}"},
    "a name below ours": {"Host": "127.0.0.1.evil.example:{port}"},
    "a foreign origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "the same site": {"Sec-Fetch-Site": "same-site"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "by hand": {"Sec-Fetch-Site": "none"},
    "nothing attested": {"Origin": None, "Sec-Fetch-Site": None},
}


def test_forged_requests_are_refused(visitor: Enters, serve: Serves):
    """With the cookie of a visitor who was let in, as a program might have stolen it."""
    desk = serve()
    somebody = visitor()
    reviewing(somebody, desk)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in somebody.context.cookies())
    honest = {
        "Host": f"127.0.0.1:{desk.port}",
        "Origin": desk.url,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
        "Cookie": cookies,
    }

    def ask(**forged: str | None) -> int:
        headers = {
            name: value.format(port=desk.port)
            for name, value in {**honest, **forged}.items()
            if value is not None
        }
        connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=20)
        connection.request("POST", "/proposals/1/decision", decision(desk), headers)
        status = connection.getresponse().status
        connection.close()
        return status

    for what, forged in FORGED.items():
        assert ask(**forged) in {401, 403, 421}, what
    assert desk.states() == "pppppp"
    assert ask() == 200
    assert desk.states() == "appppp"


def test_nothing_is_written_by_following_a_link(visitor: Enters, serve: Serves):
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    for path in ("proposals/1/decision", "undo", "save/stop", "proposals/1/check"):
        tab.goto(f"{desk.url}/{path}?key=y&version=1&fix=1")
        expect(tab.get_by_role("main")).to_contain_text("cannot be asked in this way")
    assert desk.states() == "pppppp"


def test_the_printed_address_lets_one_browser_in(visitor: Enters, serve: Serves):
    desk = serve()
    reviewing(visitor(), desk)
    second = visitor().opens(desk.entry)
    expect(second.get_by_role("main")).to_contain_text("You are not let in")


def test_scripts_cannot_read_the_pass_and_no_page_keeps_the_token(visitor: Enters, serve: Serves):
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    assert tab.evaluate("document.cookie") == ""
    (cookie,) = somebody.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert "token" not in tab.url
    tab.go_back()
    assert "token" not in tab.url
