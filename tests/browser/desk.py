"""A review in the browser, on made-up pages: its queue in a file, and a server that can be killed.

`Desk` is served by a thread of the tests, `Command` is `redpencil review --web` as a person starts
it. Their checks are those of `tests.proposals`, in which every word that is wrong is known.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from bot.model import Report
from bot.queue import Queue
from bot.queue.proposals import Proposal, State
from bot.review import web
from bot.review.web.server import Server
from bot.store import Store
from tests.browser.chromium import Visitor
from tests.proposals import OPTIONS, report
from tests.test_top_level import ROOT

#: Six findings: "teh" with two mends, "wierd" with a safe one, "teh" again, "!" in the same line,
#: "asap" with a suggestion, "tbd" with none.
TEXT = """Lead.

== History ==
The first line of a history. It is long ago, and nobody knows.

It was teh first. A wierd one in teh row! And [[so on]].
* Done asap.
* Later tbd.

== Geography ==
There is a river.
"""
WIKI = "wiki.example"


class Filled:
    """A queue in a file, with what is wrong in some pages."""

    def __init__(self, folder: Path, pages: Mapping[str, str] | None = None) -> None:
        self.path = folder / "queue.sqlite"
        for title, text in ({"Page one": TEXT} if pages is None else pages).items():
            self.proposes(report(text, title=title))

    def proposes(self, *reports: Report) -> None:
        with Store(self.path) as store:
            for each in reports:
                Queue(store).propose(WIKI, each.page.title, each)

    def proposals(self) -> list[Proposal]:
        with Store(self.path) as store:
            return Queue(store).proposals()

    def states(self) -> str:
        """A letter for each proposal: p(ending), a(pproved), r(ejected), s(aved), …"""
        return "".join(each.state.value[0] for each in self.proposals())

    def decided(self) -> list[Proposal]:
        return [each for each in self.proposals() if each.state is not State.PENDING]


class Desk(Filled):
    """Served by a thread of this process, on a port of its own, until `close`.

    `entry` is the address that lets one browser in; who knows `password`, the hash of one, comes
    in too.
    """

    def __init__(
        self,
        folder: Path,
        pages: Mapping[str, str] | None = None,
        *,
        password: str = "",
        **of_the_desk: Any,
    ) -> None:
        super().__init__(folder, pages)
        self._password = password
        self._of_the_desk = of_the_desk
        self.port = 0
        self.entry = ""
        self.starts()

    def starts(self) -> None:
        """Serve, at the same address as before if there was one."""
        self._open = contextlib.ExitStack()
        queue = Queue(self._open.enter_context(Store(self.path)))
        desk = web.Desk(queue, **{"who": "Ann", "checking": lambda _: OPTIONS, **self._of_the_desk})
        server = Server(desk, "127.0.0.1", self.port, self._password)
        self.port = server.port
        self.entry = server.address
        self._open.enter_context(server.open())
        self._open.callback(server.close)
        threading.Thread(target=server.serve, daemon=True).start()

    def close(self) -> None:
        self._open.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Command(Filled):
    """`redpencil review --web` in a program of its own."""

    def __init__(self, folder: Path, pages: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, pages)
        self.program: subprocess.Popen[str] | None = None
        self.entry = ""

    def starts(self, *arguments: str) -> None:
        """Start it; it is ready to be asked."""
        command = [sys.executable, "-m", "bot", "review", "--web", "--queue", str(self.path)]
        self.program = subprocess.Popen(
            [*command, "--as", "Ann", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"},
        )
        assert self.program.stdout is not None
        said = ""
        for line in self.program.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/\S*", line):
                self.entry = found[0]
                return
        raise AssertionError(f"it did not say where it is: {said}")

    @property
    def url(self) -> str:
        return self.entry.partition("/enter")[0]

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def ends(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.program is not None
        self.program.send_signal(how)
        status = self.program.wait(30)
        assert self.program.stdout is not None
        self.program.stdout.close()
        self.program = None
        return status

    def close(self) -> None:
        if self.program is not None:
            self.ends()


def shows(tab: Page, number: int) -> None:
    """Wait until the tab shows that proposal."""
    expect(tab.locator("#proposal")).to_have_attribute("data-id", str(number))


def presses(tab: Page, keys: Sequence[str]) -> None:
    for key in keys:
        tab.keyboard.press(key)


def reviewing(visitor: Visitor, desk: Desk | Command) -> Page:
    """Let in by the printed address, at the first proposal."""
    tab = visitor.opens(desk.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    shows(tab, 1)
    tab.wait_for_load_state()  # with the script that listens to keys
    return tab
