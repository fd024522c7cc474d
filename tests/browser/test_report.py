"""The HTML report, looked at: everywhere it is read, without a network, by everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from bot.checker import check_page
from bot.model import Page, Report
from bot.report import html, visible
from tests.browser.chromium import Visitor, barriers, overflow
from tests.browser.payloads import PAYLOADS
from tests.planted import made_up
from tests.planted import report as planted

Enters = Callable[..., Visitor]
TODAY = date(2026, 11, 23)


def sample() -> Report:
    with as_file(files("bot") / "samples" / "Velmora.wiki") as file:
        return check_page(Page("Velmora", file.read_text("utf-8"), str(file)), today=TODAY)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Iterable[Report]], str]:
    """Writes a report to a file and gives the address to open it at."""

    def write(reports: Iterable[Report]) -> str:
        file = tmp_path / "report.html"
        file.write_text("".join(html.render(reports, TODAY)), encoding="utf-8")
        return file.as_uri()

    return write


LOOKS = {
    "desktop": {},
    "phone in the dark": {"phone": True, "color_scheme": "dark"},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("pages", ["sample", "several", "none"])
def test_everybody_can_read_it(visitor: Enters, written, look, pages):
    several = [sample(), planted("wronggg lonelywrong", "Other"), planted("BREAK", "Third")]
    reports = {"sample": several[:1], "several": several, "none": []}[pages]
    tab = visitor(**LOOKS[look]).opens(written(reports))
    tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert barriers(tab) == []
    assert overflow(tab) == []
    expect(tab.get_by_role("heading", level=1)).to_have_text("Redpencil report")


@pytest.mark.parametrize("reader", [{"forced_colors": "active"}, {"media": "print"}])
def test_without_colours_of_its_own_words_are_still_marked(visitor: Enters, written, reader):
    tab = visitor().opens(written([sample()]))
    tab.emulate_media(**reader)
    for name, line in {"del": "line-through", "ins": "underline", "mark": "underline"}.items():
        expect(tab.locator(name).first).to_have_css("text-decoration-line", line)
    assert barriers(tab) == []


def test_words_without_an_end_do_not_widen_it(visitor: Enters, written):
    tab = visitor(phone=True).opens(written([made_up("x" * 3000), made_up("[[" * 900)]))
    assert overflow(tab) == []


def test_before_and_after_stand_side_by_side_or_on_a_phone_below_each_other(
    visitor: Enters, written
):
    address = written([sample()])

    def places(tab: Tab) -> tuple[dict[str, float], dict[str, float]]:
        sides = tab.locator(".sides").first.locator(".side")
        before, after = sides.nth(0).bounding_box(), sides.nth(1).bounding_box()
        assert before is not None
        assert after is not None
        return dict(before), dict(after)

    before, after = places(visitor().opens(address))
    assert before["y"] == after["y"]
    assert before["x"] + before["width"] < after["x"]
    before, after = places(visitor(phone=True).opens(address))
    assert before["x"] == after["x"]
    assert before["y"] + before["height"] < after["y"]


def test_it_is_read_with_the_keyboard_alone(visitor: Enters, written):
    tab = visitor().opens(written([sample(), planted("wrongg", "Other")]))
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the findings")).to_be_in_viewport()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Other")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Other")).to_be_in_viewport()
    tab.reload()
    folded = tab.locator("details").first
    folded.locator("summary").focus()
    tab.keyboard.press("Enter")
    expect(folded.locator("figure")).to_be_visible()


def test_on_paper_everything_is_unfolded(visitor: Enters, written):
    tab = visitor().opens(written([sample(), planted("wrongg", "Other")]))
    folded = tab.locator("details figure").first
    shown = "each => each.checkVisibility({contentVisibilityAuto: true})"
    assert folded.evaluate(shown) is False
    tab.emulate_media(media="print")
    assert folded.evaluate(shown) is True
    expect(tab.get_by_role("navigation")).to_be_hidden()


def test_payloads_are_text_and_nothing_runs(visitor: Enters, written):
    """The visitor notes what runs; here, that every payload is shown as it was written."""
    tab = visitor().opens(written([made_up(payload) for payload in PAYLOADS]))
    shown = tab.locator("blockquote").all_text_contents()
    assert shown == [visible(payload) for payload in PAYLOADS]
    names = tab.evaluate(
        "[...new Set([...document.body.querySelectorAll('*')].map(each => each.localName))].sort()"
    )
    assert set(names) <= set(
        "a article b blockquote del details div figcaption figure h1 h2 h3 h4 header ins li main"
        " mark nav p section span summary time ul".split()
    )
    unexpected = tab.evaluate(
        """[...document.querySelectorAll('body *')].flatMap(each => each.getAttributeNames())
        .filter(name => !['aria-label', 'aria-labelledby', 'class', 'datetime', 'dir', 'href', 'id']
            .includes(name))"""
    )
    assert unexpected == []
    addresses = tab.evaluate("[...document.links].map(each => each.getAttribute('href'))")
    assert [each for each in addresses if not each.startswith(("#", "https://", "http://"))] == []
