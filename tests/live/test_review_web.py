"""From a proposal to the page's history, on a real MediaWiki, with the page in the browser."""

from __future__ import annotations

import html
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.live.test_review import TEXT, TITLE, propose
from tests.live.wiki import Wiki

pytestmark = pytest.mark.usefixtures("account")


class Browser:
    """`redpencil review --web`, and who was let in by the address it printed."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bot", "review", "--web", "--port", "0", "--as", "Ann"]
        self.program = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.program.stdout is not None
        found = re.search(r"http://\S+", self.program.stdout.readline())
        assert found is not None
        self.base = found[0].partition("/enter")[0]
        self.visit = requests.Session()
        self.visit.trust_env = False
        self.visit.headers.update(Origin=self.base, Accept="application/json")
        assert self.visit.get(found[0], headers={"Accept": "text/html"}).status_code == 200

    def reads(self, address: str) -> str:
        return self.visit.get(self.base + address, headers={"Accept": "text/html"}).text

    def sends(self, address: str, body: object) -> dict[str, Any]:
        return dict(self.visit.post(self.base + address, json=body, timeout=60).json())

    def saves(self) -> list[dict[str, Any]]:
        """Everything approved; what happened."""
        shown = re.search(r'data-proposals="([^"]*)"', self.reads("/save"))
        assert shown is not None
        self.sends("/save", {"proposals": json.loads(html.unescape(shown[1]))})
        while True:
            answer = self.visit.get(f"{self.base}/save/progress").json()
            if not answer["running"]:
                return list(answer["events"])
            time.sleep(0.1)

    def ends(self) -> tuple[int, str]:
        self.program.send_signal(signal.SIGINT)
        out, _ = self.program.communicate(timeout=60)
        return self.program.returncode, out


@pytest.fixture
def browser(wiki: Wiki, home: Path) -> Iterator[Browser]:
    wiki.edit(TITLE, TEXT)
    propose(wiki)
    browser = Browser()
    yield browser
    browser.visit.close()
    if browser.program.poll() is None:
        browser.program.kill()
    browser.program.communicate()


def test_what_is_approved_in_the_browser_is_what_the_history_holds(
    wiki: Wiki, browser: Browser
) -> None:
    preview = browser.sends("/proposals/1/preview", {"version": 1, "fix": 1})
    after = browser.reads(preview["after"])
    assert "A bridge to Karvenia was to be completed in 2015." in after
    assert "cite web" not in after
    line = "A bridge to Karvenia was due in 2015. " + TEXT.split("\n")[3].partition("2015. ")[2]
    own = {"version": 1, "fix": 1, "text": line, "told": []}
    assert browser.sends("/proposals/1/decision", {**own, "key": "y"})["happened"] == "decided"
    yes = browser.sends("/proposals/2/decision", {"version": 1, "fix": 1, "key": "y"})
    assert yes["happened"] == "decided"
    assert wiki.text(TITLE) == TEXT
    assert "Redpencil: stale-future, archive-date-mismatch (" in html.unescape(
        browser.reads("/save")
    )
    events = browser.saves()
    assert [event["kind"] for event in events] == ["saved", "ended"]
    expected = TEXT.replace(TEXT.split("\n")[3], line).replace("2 May 2017", "1 March 2016")
    assert wiki.text(TITLE) == expected
    revision = re.search(r"revision (\d+)", events[0]["message"])
    assert revision is not None
    assert events[0]["address"] == f"{wiki.page_url(TITLE)}?diff={revision[1]}"
    diff = requests.get(events[0]["address"], timeout=60).text
    assert "was due in 2015" in diff
    status, out = browser.ends()
    assert (status, "0 approved and not saved yet, 0 undecided." in out) == (130, True)


def test_a_conflict_on_the_wiki_comes_back_as_a_proposal(wiki: Wiki, browser: Browser) -> None:
    browser.sends("/proposals/1/decision", {"version": 1, "fix": 1, "key": "y"})
    wiki.edit(TITLE, TEXT.replace("Sandovia is quiet.", "Sandovia is very quiet."))
    events = browser.saves()
    assert [event["kind"] for event in events] == ["conflict", "again", "ended"]
    assert (events[1]["page"], events[1]["count"]) == (TITLE, 2)
    shown = browser.visit.get(f"{browser.base}/proposals/1").json()["article"]
    assert "Sandovia is very quiet." in shown
    assert 'data-state="pending"' in shown


def test_what_waits_of_a_page_that_was_moved_is_found_there(wiki: Wiki, browser: Browser) -> None:
    browser.sends("/proposals/1/decision", {"version": 1, "fix": 1, "key": "y"})
    wiki.move(TITLE, "Sandovia abroad")
    events = browser.saves()
    assert [event["kind"] for event in events] == ["conflict", "again", "ended"]
    assert (events[1]["page"], events[1]["count"]) == ("Sandovia abroad", 2)
