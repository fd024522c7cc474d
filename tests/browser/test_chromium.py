"""The watch that is kept over pages: what it must notice, it notices."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import DESKTOP, Visitor, barriers, on_this_machine, overflow

Enters = Callable[..., Visitor]


def page_of(tmp_path: Path, body: str, head: str = "") -> str:
    file = tmp_path / "page.html"
    file.write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>{head}'
        f"</head><body><main><h1>A page</h1>{body}</main></body></html>",
        encoding="utf-8",
    )
    return file.as_uri()


@pytest.fixture
def seen(visitor: Enters, tmp_path: Path):
    """What is noted of a page with that body; noted here, it no longer fails the test."""

    def look(body: str, head: str = "") -> list[str]:
        somebody = visitor()
        page = somebody.opens(page_of(tmp_path, body, head))
        page.evaluate("0")  # whatever was noted while it loaded has arrived by now
        noted = list(somebody.wrongs)
        somebody.wrongs.clear()
        return noted

    return look


def test_a_good_page_gives_nothing_to_note(seen):
    assert seen("<p>Words.</p>") == []


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        ("<script>canary('x')</script>", "canary('x',) called"),
        ("<img src='data:,' alt='' onerror='canary(1)'>", "canary(1,) called"),
        ("<script>alert('boo')</script>", "dialog: boo"),
        ("<script>nowhere()</script>", "script error: nowhere is not defined"),
        ("<img src='https://example.org/a.png' alt=''>", "asked for https://example.org/a.png"),
        ("<iframe src='http://192.0.2.1/' title='x'></iframe>", "asked for http://192.0.2.1/"),
        ("<script>fetch('http://localhost:1/')</script>", "asked for http://localhost:1/"),
    ],
)
def test_what_a_page_may_not_do_is_noted(seen, body, noted):
    assert noted in "\n".join(seen(body))


def test_a_breach_of_the_pages_own_policy_is_noted(seen):
    policy = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\">"
    (noted,) = seen("<script>canary()</script>", policy)
    assert "Content Security Policy" in noted


def test_nothing_leaves_this_machine(visitor: Enters, tmp_path: Path):
    """A name that means this machine elsewhere is no name here; its address is reached."""
    somebody = visitor()
    page = somebody.opens(page_of(tmp_path, ""))
    reach = """address => fetch(address, {mode: 'no-cors', signal: AbortSignal.timeout(5000)})
        .then(() => 'reached', error => error.name)"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for name in ("localhost", "example.org", "192.0.2.1", "[::1]"):
            assert page.evaluate(reach, f"http://{name}:{port}/") == "TypeError", name
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
        server.settimeout(20)
        ask = "address => void fetch(address, {mode: 'no-cors'}).catch(() => null)"
        page.evaluate(ask, f"http://127.0.0.1:{port}/")
        server.accept()[0].close()
    assert len(somebody.wrongs) >= 4
    somebody.wrongs.clear()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:5000/x", True),
        ("file:///x.html", True),
        ("data:text/html,x", True),
        ("about:blank", True),
        ("http://localhost/", False),
        ("http://127.0.0.1.example.org/", False),
        ("https://example.org/127.0.0.1", False),
        ("ftp://127.0.0.1/", False),
        ("chrome://settings", False),
    ],
)
def test_what_counts_as_this_machine(address, expected):
    assert on_this_machine(address) is expected


def test_barriers_are_found(visitor: Enters, tmp_path: Path):
    page = visitor().opens(page_of(tmp_path, "<p style='color: #bbb'>Faint.</p><img src='data:,'>"))
    found = barriers(page)
    kinds = [line.partition(":")[0] for line in found]
    assert kinds == ["color-contrast", "image-alt", "contrast 1.92"]
    good = visitor().opens(page_of(tmp_path, "<p>Words.</p>"))
    assert barriers(good) == []


def test_a_page_that_is_too_wide_is_found(visitor: Enters, tmp_path: Path):
    address = page_of(
        tmp_path,
        "<p>Words.</p><p style='width: 700px'>Wide.</p>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
    )
    assert "Wide." in overflow(visitor(phone=True).opens(address))[-1]
    assert overflow(visitor(viewport=DESKTOP).opens(address)) == []


def test_every_visitor_has_a_memory_of_their_own(visitor: Enters, tmp_path: Path):
    address = page_of(tmp_path, "")
    visitor().opens(address).evaluate("localStorage.setItem('a', 'b')")
    assert visitor().opens(address).evaluate("localStorage.getItem('a')") is None
