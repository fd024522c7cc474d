"""From a proposal to the page's history, on a real MediaWiki, with a person at a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import expect

from bot.cli import main
from tests.browser.chromium import Visitor
from tests.browser.conftest import browser, command, visitor
from tests.browser.desk import Command
from tests.live.test_review import TEXT, TITLE
from tests.live.wiki import Wiki

pytestmark = pytest.mark.usefixtures("account")

__all__ = ["browser", "command", "visitor"]

Enters = Callable[..., Visitor]


@pytest.fixture
def served(command: Command, wiki: Wiki) -> Command:
    """The page proposed and `redpencil review --web` running."""
    wiki.edit(TITLE, TEXT)
    assert "2 new proposals" in propose(command, wiki).output
    command.starts("--today", "2026-11-23")
    return command


def propose(command: Command, wiki: Wiki) -> Result:
    arguments = ["propose", wiki.page_url(TITLE), "--today", "2026-11-23"]
    result = CliRunner().invoke(main, [*arguments, "--queue", str(command.path)])
    assert result.exit_code == 0, result.output
    return result


def test_what_is_approved_in_the_browser_is_what_the_history_holds(
    visitor: Enters, served: Command, wiki: Wiki
):
    tab = visitor().opens(served.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    tab.wait_for_url("**/proposals/*")
    title = tab.get_by_role("heading", level=1)
    expect(title).to_contain_text("2015 is over")

    tab.keyboard.press("p")
    before, after = tab.frame_locator("iframe").nth(0), tab.frame_locator("iframe").nth(1)
    expect(before.locator("body")).to_contain_text("will be completed in 2015")
    expect(after.locator("body")).to_contain_text("was to be completed in 2015")

    tab.keyboard.press("e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    text.fill(text.input_value().replace("was to be completed in", "was due in"))
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_text("Nothing is wrong with your words.")).to_be_visible()
    tab.keyboard.press("y")
    expect(title).to_contain_text("The archive date")
    archived = tab.get_by_role("link", name="2016-03-01").first
    expect(archived).to_have_attribute(
        "href", "https://web.archive.org/web/20160301000000/https://a.example/b"
    )
    tab.keyboard.press("y")
    tab.wait_for_url(f"{served.url}/")
    expect(tab.get_by_role("main")).to_contain_text("2 approved")

    tab.get_by_role("navigation", name="Main").get_by_role("link", name="Save approved").click()
    tab.wait_for_url("**/save")
    expect(tab.get_by_role("main")).to_contain_text("2 mends on 1 page")
    expect(tab.locator("code").first).to_contain_text("Redpencil: ")
    assert wiki.text(TITLE) == TEXT
    tab.get_by_role("button", name="Save approved").click()
    expect(tab.locator("#outcomes .saved")).to_have_count(1, timeout=60_000)

    expected = TEXT.replace("will be completed in", "was due in")
    assert wiki.text(TITLE) == expected.replace("2 May 2017", "1 March 2016")
    latest, _ = wiki.history(TITLE)
    said = tab.locator("#outcomes a").get_attribute("href")
    assert said == f"{wiki.page_url(TITLE)}?diff={wiki.latest(TITLE)}"
    for check in ("stale-future", "archive-date-mismatch"):
        assert check in latest.summary
    assert served.states() == "ss"


def test_a_conflict_comes_back_as_new_proposals(visitor: Enters, served: Command, wiki: Wiki):
    tab = visitor().opens(served.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    tab.wait_for_url("**/proposals/*")
    tab.keyboard.press("y")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("The archive date")
    tab.keyboard.press("y")
    tab.wait_for_url(f"{served.url}/")
    assert served.states() == "aa"
    theirs = TEXT.replace("Sandovia is quiet", "Sandovia was quiet")
    wiki.edit(TITLE, theirs)

    tab.goto(f"{served.url}/save")
    tab.get_by_role("button", name="Save approved").click()
    expect(tab.locator("#outcomes .conflict")).to_have_count(1, timeout=60_000)
    assert wiki.text(TITLE) == theirs
    again = tab.get_by_role("link", name="Look at them")
    again.click()
    expect(tab.locator("#proposal")).to_have_attribute("data-state", "pending")
    expect(tab.locator("main")).to_contain_text("Sandovia was quiet")
