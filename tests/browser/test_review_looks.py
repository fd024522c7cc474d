"""The page of the review as everybody meets it: read aloud, in the dark, on a phone, at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from werkzeug.security import generate_password_hash

from bot.errors import WikiUnavailable
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.review import View
from bot.review.preview import Rendered
from bot.store import Store
from tests.browser.chromium import Visitor, barriers, overflow
from tests.browser.desk import TEXT, Desk, shows

Enters = Callable[..., Visitor]
Serves = Callable[..., Desk]

LONG = "Langeswortohneeinende" * 12

PAGES = {
    "Page one": TEXT,
    f"A page with a long name {LONG}": f"== {LONG} ==\nIt is teh {LONG} and nothing.\n",
    "صفحة عن التاريخ": "== قسم ==\nهذا نص wierd.\n",
}

LOOKS = {
    "desktop, light": {},
    "phone, dark": {"phone": True, "color_scheme": "dark"},
}


def preview(view: View) -> Rendered:
    if view.proposal.page != "Page one":
        raise WikiUnavailable("the wiki does not answer")
    return Rendered("<p>It was teh first.</p>", "<p>It was the first.</p>")


@pytest.fixture
def desk(serve: Serves) -> Desk:
    return serve(PAGES, preview=preview)


def states(tab: Tab, desk: Desk) -> Iterator[str]:
    """Every page, and everything that may stand on it, one after the other."""
    yield "the list"
    tab.goto(f"{desk.url}/?check=misspelt&safety=safe")
    yield "the list, narrowed"
    tab.goto(f"{desk.url}/?words=nothing-of-that-name")
    yield "nothing that fits"

    page_one = next(each.id for each in desk.proposals() if each.page == "Page one")
    for number in (each.id for each in desk.proposals() if each.page != "Page one"):
        tab.goto(f"{desk.url}/proposals/{number}")
        yield f"proposal {number}"
    tab.goto(f"{desk.url}/proposals/{page_one}")
    yield "a proposal with alternatives"
    tab.keyboard.press("v")
    yield "the other kind of difference"
    tab.keyboard.press("v")
    tab.keyboard.press("f")
    expect(tab.locator("details.fold[open] .wikitext").first).not_to_be_empty()
    yield "unfolded"
    tab.locator("details:not(.fold) > summary").evaluate_all(
        "all => all.forEach(each => each.parentElement.open = true)"
    )
    yield "with more to decide"
    for key, name in {"?": "keys", "r": "reason", "g": "number", "/": "words"}.items():
        tab.keyboard.press(key)
        expect(tab.locator(f"dialog#{name}")).to_be_visible()
        yield f"the dialog {name}"
        tab.keyboard.press("Escape")
        expect(tab.locator("dialog :focus")).to_have_count(0)  # it goes back a moment later
    tab.keyboard.press("e")
    expect(tab.get_by_role("textbox", name="The text as it shall be")).to_be_focused()
    yield "editing"
    tab.get_by_role("textbox", name="The text as it shall be").fill("It was teh tbd.")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".objections")).to_be_visible()
    yield "one's own words, with what is wrong with them"
    tab.keyboard.press("p")
    expect(tab.locator("iframe")).to_have_count(2)
    yield "the preview"
    tab.keyboard.press("y")
    shows(tab, page_one + 1)
    expect(tab.locator("#decisions .kept")).to_have_count(1)
    yield "after a decision"
    tab.keyboard.press("K")
    shows(tab, page_one)
    yield "a decided one"
    tab.goto(f"{desk.url}/proposals/{page_one + 3}")
    tab.keyboard.press("s")
    if tab.get_by_role("group", name="Which edits shall be made?").count():
        yield "taking some edits"
    tab.goto(f"{desk.url}/proposals/{page_one + 4}")
    yield "a suggestion"
    tab.goto(f"{desk.url}/proposals/{page_one + 5}")
    yield "a finding without a mend"
    with Store(desk.path) as store:
        queue = Queue(store)
        other = queue.proposal(page_one + 5)
        decision = Decision(other.id, other.version, State.REJECTED, reason="it is a name")
        queue.decide([decision], "Bob")
    tab.keyboard.press("n")
    expect(tab.get_by_role("alert")).to_contain_text("meanwhile it is rejected by Bob")
    yield "trouble"

    tab.goto(f"{desk.url}/together?check=misspelt")
    expect(tab.locator("#seen")).to_contain_text("of 5 seen")
    yield "all of a check"
    tab.goto(f"{desk.url}/save")
    yield "what will be saved"
    tab.goto(f"{desk.url}/stats")
    yield "the statistics"
    tab.goto(f"{desk.url}/proposals/99999")
    yield "an error"


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_is_open_to_everybody(visitor: Enters, desk: Desk, look):
    """axe-core finds nothing on any page in any state, and nothing is wider than the window."""
    somebody = visitor(**LOOKS[look])
    tab = somebody.opens(desk.entry)
    wrong = []
    for state in states(tab, desk):
        wrong += [f"{state}: {each}" for each in (*barriers(tab), *overflow(tab))]
    assert wrong == []


def test_who_comes_in_with_a_password_decides_in_their_own_name(visitor: Enters, serve: Serves):
    desk = serve(password=generate_password_hash("correct horse", method="pbkdf2:sha256:1"))
    tab = visitor(phone=True, color_scheme="dark").opens(f"{desk.url}/login")
    tab.get_by_label("Your name, for the log").fill("Zoë")
    tab.get_by_label("Password").fill("wrong")
    tab.get_by_role("button", name="Come in").click()
    expect(tab.get_by_role("alert").filter(has_text="not the password")).to_be_visible()
    assert [*barriers(tab), *overflow(tab)] == []
    tab.get_by_label("Your name, for the log").fill("Zoë")
    tab.get_by_label("Password").fill("correct horse")
    tab.get_by_role("button", name="Come in").click()
    tab.get_by_role("link", name="Start reviewing").click()
    tab.wait_for_url("**/proposals/*")
    tab.locator("button[data-key=n]").tap()
    expect(tab.locator("#decisions .kept")).to_have_count(1)
    assert [each.who for each in desk.decided()] == ["Zoë"]


def test_a_wiki_that_gives_no_preview_is_told_of(visitor: Enters, desk: Desk):
    tab = visitor().opens(desk.entry)
    number = next(each.id for each in desk.proposals() if each.page != "Page one")
    tab.goto(f"{desk.url}/proposals/{number}")
    tab.keyboard.press("p")
    expect(tab.get_by_role("alert")).to_contain_text("the wiki does not answer")
    assert barriers(tab) == []


def test_who_is_not_let_in_can_read_why(visitor: Enters, desk: Desk):
    tab = visitor().opens(desk.url)
    expect(tab.get_by_role("main")).to_contain_text("You are not let in")
    assert barriers(tab) == []


def test_landmarks_and_the_order_of_focus(visitor: Enters, desk: Desk):
    tab = visitor().opens(desk.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    tab.wait_for_url("**/proposals/*")
    for role in ("banner", "main", "contentinfo"):
        expect(tab.get_by_role(role)).to_have_count(1)
    for name in ("Main", "Findings on this page"):
        expect(tab.get_by_role("navigation", name=name)).to_have_count(1)
    tab.locator("body").press("Tab")
    skip = tab.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    order = tab.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, summary, select, textarea')]
            .filter(each => each.checkVisibility() && each.tabIndex > 0).length"""
    )
    assert order == 0
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    inside = "document.activeElement.closest('main') !== null"
    assert tab.evaluate(inside)


def test_what_has_the_focus_shows_it(visitor: Enters, desk: Desk):
    tab = visitor().opens(desk.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    tab.wait_for_url("**/proposals/*")
    unmarked = tab.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, summary')]
            .filter(each => each.checkVisibility() && !each.disabled)
            .filter(each => {
                each.focus({ focusVisible: true })
                const style = getComputedStyle(each)
                return document.activeElement === each
                    && (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1)
            }).map(each => each.outerHTML)"""
    )
    assert unmarked == []


def test_nothing_moves_for_who_wants_no_motion(visitor: Enters, desk: Desk):
    tab = visitor(reduced_motion="reduce").opens(desk.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    tab.wait_for_url("**/proposals/*")
    tab.keyboard.press("n")
    expect(tab.locator("#decisions li")).to_have_count(1)
    assert tab.evaluate("document.getAnimations().length") == 0
    moving = tab.evaluate(
        """() => [...document.querySelectorAll('*')].map(each => [each, getComputedStyle(each)])
            .filter(([, style]) => style.scrollBehavior === 'smooth'
                || style.animationName !== 'none'
                || style.transitionDuration.split(', ').some(time => parseFloat(time) > 0.01))
            .map(([each]) => each.outerHTML.slice(0, 200))"""
    )
    assert moving == []


def test_nothing_is_told_by_colour_alone(visitor: Enters, desk: Desk):
    """Words that go and come are said to be so, and states and severities are words."""
    tab = visitor().opens(desk.entry)
    number = next(each.id for each in desk.proposals() if each.page == "Page one")
    tab.goto(f"{desk.url}/proposals/{number}")
    expect(tab.locator(".mend:visible del:visible").first).to_have_text("[removed: teh]")
    expect(tab.locator(".mend:visible ins:visible").first).to_have_text("[added: the]")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("warning")
    lines = tab.evaluate(
        """[...document.querySelectorAll('.mend:not([hidden]) del, .mend:not([hidden]) ins')]
            .filter(each => each.checkVisibility())
            .map(each => getComputedStyle(each).textDecorationLine)"""
    )
    assert set(lines) == {"line-through", "underline"}


def test_on_a_phone_what_decides_is_in_reach(visitor: Enters, desk: Desk):
    """The buttons that decide stay on the screen, as large as a finger."""
    tab = visitor(phone=True).opens(desk.entry)
    number = next(each.id for each in desk.proposals() if each.page == "Page one")
    tab.goto(f"{desk.url}/proposals/{number}")
    for key in ("y", "n"):
        button = tab.locator(f"button[data-key={key}]")
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 40
    tab.locator("button[data-key=y]").tap()
    shows(tab, number + 1)
    expect(tab.locator(".change:visible .inline")).to_be_visible()
    expect(tab.locator(".change:visible .sides")).to_be_hidden()


@pytest.mark.parametrize("wishes", [{}, {"phone": True}])
def test_what_is_told_covers_nothing_that_decides(visitor: Enters, desk: Desk, wishes):
    tab = visitor(**wishes).opens(desk.entry)
    number = next(each.id for each in desk.proposals() if each.page == "Page one")
    tab.goto(f"{desk.url}/proposals/{number}")
    tab.locator("button[data-key=y]").click()
    expect(tab.get_by_role("status")).to_contain_text("approved")
    told = tab.get_by_role("status").bounding_box()
    deciding = tab.get_by_role("group", name="Decision").bounding_box()
    assert told is not None
    assert deciding is not None
    assert told["y"] + told["height"] <= deciding["y"]


def test_without_a_script_everything_can_be_read(visitor: Enters, desk: Desk):
    tab = visitor(java_script_enabled=False).opens(desk.entry)
    tab.get_by_role("link", name="Start reviewing").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("is no word")
