"""Debian's Chromium, driven by playwright: watched, kept on this machine, in fresh profiles.

`start` gives the browser; `Visitor` is somebody in front of it. What no page of ours may ever do is
noted whatever a test looks at: ask for anything that is not on this machine, fail in a script, open
a dialog, be stopped by its own content policy, or call `canary`, which every payload tries.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Frame,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

#: A stranger's name that leads to this machine, as when DNS is rebound.
REBOUND = "rebound.example"
#: No other name and no address but this machine's leads anywhere, whoever in the browser asks.
NOWHERE_ELSE = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

#: How long something may take to appear, in milliseconds; nothing waits that long unless it fails.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@contextmanager
def start(home: Path) -> Iterator[Browser]:
    """A running Chromium without windows, whose settings and caches lie in `home`."""
    place = shutil.which("chromium")
    assert place is not None, "Chromium is missing. Run: sudo apt-get install chromium"
    arguments = [
        NOWHERE_ELSE,
        "--force-color-profile=srgb",
        "--font-render-hinting=none",
        "--disable-lcd-text",
    ]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=place,
            args=arguments,
            chromium_sandbox=False,  # root and containers cannot have it; it sees our pages only
            env={**variables, "HOME": str(home)},
        )
        yield browser
        browser.close()


class Visitor:
    """Somebody with a fresh profile: no cookies, no memory, and their own wishes of how pages look.

    `wrongs` tells what the pages they saw did wrong.
    """

    def __init__(self, browser: Browser, *, phone: bool = False, **wishes: Any) -> None:
        self.wrongs: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport=wishes.pop("viewport", PHONE if phone else DESKTOP),  # type: ignore[arg-type]
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB",
            timezone_id="UTC",
            **wishes,
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.expose_binding("canary", self._called)
        self.context.on("request", self._asked)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self._wrong(f"script error: {error.error}"))
        self.context.on("dialog", self._interrupted)
        self.context.on("response", self._answered)

    def opens(self, address: str) -> Page:
        """A new tab with that address, loaded."""
        page = self.context.new_page()
        page.goto(address)
        return page

    def _wrong(self, what: str) -> None:
        self.wrongs.append(what)

    def _called(self, source: dict[str, Any], *arguments: object) -> None:
        frame: Frame = source["frame"]
        self._wrong(f"canary{arguments} called on {frame.url}")

    def _asked(self, request: Request) -> None:
        if not on_this_machine(request.url):
            self._wrong(f"asked for {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status == 500:
            self._wrong(f"fault of the server at {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # Chromium itself notes every answer with a status of 400 and more; tests look at those.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._wrong(f"console: {message.text}")

    def _interrupted(self, dialog: Dialog) -> None:
        self._wrong(f"dialog: {dialog.message}")
        dialog.dismiss()


def on_this_machine(address: str) -> bool:
    """Whether asking for that address leaves nothing but this machine: loopback, file or inline."""
    parts = urlsplit(address)
    if parts.scheme in {"http", "https", "ws", "wss"}:
        return parts.hostname == "127.0.0.1"
    return parts.scheme in {"file", "data", "blob", "about"}


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands, one line for every element.

    All its rules, best practices included. Contrast that it is unsure of is measured.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe() + "\n;null")
    violations = page.evaluate("axe.run(document, {iframes: false, resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {rule['help']}: {node['html']} {node.get('failureSummary', '')}"
        for rule in violations["violations"]
        for node in rule["nodes"]
    ] + faint(page)


def faint(page: Page) -> list[str]:
    """Words that stand out less than 4.5 to 1 from what is behind them (WCAG 2.2, 1.4.3)."""
    script = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
    found: list[str] = page.evaluate(script)
    return found


def overflow(page: Page) -> list[str]:
    """What makes the page wider than the window, so that a reader has to scroll sideways."""
    found: list[str] = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth
            if (document.documentElement.scrollWidth <= width) return []
            return [...document.querySelectorAll('body *')]
                .filter(each => each.getBoundingClientRect().right > width + 1)
                .map(each => `${each.tagName}.${each.className} ${each.textContent.slice(0, 60)}`)
        }"""
    )
    return found
