"""Whatever a wiki's page, its reviewers and its archives say, it is shown as text and runs nowhere.

Every visitor notes what a payload does when it gets through (see `chromium`). These tests bring the
payloads to every place of the page, and look whether each stands there as it was written, on a page
that is made of nothing else than one with plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from bot.checker import check_page
from bot.checks import Check, Context
from bot.configuration import Configuration
from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span, Sureness
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.report import visible
from bot.review import View
from bot.review.preview import Rendered
from bot.saving.policy import Policy
from bot.store import Store
from tests.browser.chromium import Visitor
from tests.browser.desk import Desk, shows
from tests.browser.payloads import PAYLOADS
from tests.proposals import TODAY

Enters = Callable[..., Visitor]
Serves = Callable[..., Desk]

ARCHIVED = "https://web.archive.org/web/20200101000000/"
PLAIN = "plain words"
# On one line, as a heading is. No wiki's page can hold NUL: such a text is refused at once.
POSSIBLE = [payload.replace("\n", " ") for payload in PAYLOADS if "\0" not in payload]


def _trusting(context: Context) -> Iterator[Finding]:
    """Says of the line "It says …" whatever it says, in everything a finding can say."""
    for section in context.sections:
        start = context.text.find("It says ", section.start, section.body_end)
        if start < 0:
            continue
        end = context.text.find("\n", start)
        words = context.text[start + 8 : end]
        new = f"{words} |archive-url={ARCHIVED}{words}"
        fixes = [
            Fix(words, (Edit(start + 8, words, new),)),
            Fix(words, (Edit(start, "It", words),), Safety.SUGGESTION),
        ]
        yield context.finding(
            Span(start, end), words, sure=Sureness.CERTAIN, evidence=words, fixes=fixes
        )


TRUSTING = Check("trusting", "words", Severity.WARNING, "MOS:X", "It says", 1, "W.", _trusting)


def report(payload: str) -> Report:
    """A page whose title, section, text, message, evidence, mend and archive are the payload."""
    text = f"Lead.\n\n== {payload} ==\nIt says {payload}\nand more of {payload}.\n"
    page = Page(payload, text, "https://wiki.example/Page", 1)
    return check_page(page, today=TODAY, only=[TRUSTING])


@pytest.fixture
def desk(serve: Serves) -> Desk:
    desk = serve({}, rule=Configuration(saving=Policy(documentation=PAYLOADS[0])))
    desk.proposes(*(report(each) for each in (PLAIN, *POSSIBLE)))
    return desk


def look(tab: Tab) -> dict[str, Any]:
    """The texts that were written by others, without what is only for those who hear them; what
    the page is made of, elements and attributes; and where its links lead, beyond this server."""
    seen: dict[str, Any] = tab.evaluate(
        """() => {
            const said = selector => [...document.querySelectorAll(selector)].map(each => {
                const copy = each.cloneNode(true)
                for (const unseen of copy.querySelectorAll('.unseen')) unseen.remove()
                return copy.textContent
            })
            return {
                heading: said('h1').join(),
                evidence: said('blockquote'),
                old: said('.old .wikitext'),
                new: said('.new .wikitext'),
                all: document.body.textContent,
                state: said('.about .state').join(),
                bones: [...document.querySelectorAll('*')].flatMap(each => [each.localName,
                    ...each.getAttributeNames().map(name => `${each.localName}[${name}]`)]),
                links: [...document.links].map(each => each.href)
                    .filter(each => !each.startsWith(location.origin)),
            }
        }"""
    )
    return seen


def numbers(desk: Desk) -> dict[str, int]:
    """Which proposal speaks of which payload."""
    return {each.finding.evidence or "": each.id for each in desk.proposals()}


def is_bare(seen: dict[str, Any], usual: set[str]) -> bool:
    """Whether the page is made of nothing unusual, and leads to the wiki and to archives only."""
    assert set(seen["bones"]) <= usual, set(seen["bones"]) - usual
    for link in seen["links"]:
        assert link.startswith(("https://wiki.example/", ARCHIVED)), link
    return True


def test_on_the_page_of_a_proposal(visitor: Enters, desk: Desk):
    assert len(POSSIBLE) >= 60
    proposals = numbers(desk)
    assert proposals.keys() == {PLAIN, *POSSIBLE}
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    tab.goto(f"{desk.url}/proposals/{proposals.pop(PLAIN)}")
    usual = set(look(tab)["bones"])
    # Each is brought in by the script, as when one goes from one to the next; some are also served.
    for said, number in proposals.items():
        tab.evaluate(
            "number => document.querySelector('a[data-show]').dataset.show = number", number
        )
        tab.locator("a[data-show]").first.dispatch_event("click")
        shows(tab, number)
        seen = look(tab)
        assert visible(said, one_line=True) in seen["heading"]
        assert seen["evidence"] == [visible(said)]
        assert seen["old"][0] == visible(f"It says {said}")
        assert seen["new"][0] == visible(f"It says {said} |archive-url={ARCHIVED}{said}")
        assert is_bare(seen, usual), said
        assert somebody.wrongs == [], said
    for number in list(proposals.values())[::8]:
        tab.goto(f"{desk.url}/proposals/{number}")
        assert is_bare(look(tab), usual)


@pytest.mark.parametrize("path", ["/", "/together?check=trusting"])
def test_where_many_pages_stand_together(visitor: Enters, serve: Serves, desk: Desk, path):
    plain = serve({})
    plain.proposes(report(PLAIN))
    usual = set()
    tab = visitor().opens(plain.entry)
    for state in ("", "?state=approved"):
        tab.goto(f"{plain.url}{path}{state if path == '/' else ''}")
        usual |= set(look(tab)["bones"])
    usual |= {"nav[class]", "a[rel]"}  # what leads on to more of them
    usual |= {"button[id]", "button[data-more]", "fieldset[disabled]"}
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    tab.goto(f"{desk.url}{path}")
    missing = set(POSSIBLE)
    while missing:
        seen = look(tab)
        assert is_bare(seen, usual)
        missing -= {said for said in missing if visible(said, one_line=True) in seen["all"]}
        later = tab.get_by_role("link", name="Later pages").or_(tab.locator("#more"))
        if not missing or not later.count():
            break
        count = tab.locator(".card").count()
        later.click()
        if count:
            expect(tab.locator(".card")).not_to_have_count(count)
        else:
            tab.wait_for_url("**from=*")
    assert missing == set()


def test_in_reasons(visitor: Enters, desk: Desk):
    """What reviewers said stands with the proposal, in the statistics and in what is announced."""
    proposals = numbers(desk)
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    tab.goto(f"{desk.url}/proposals/{proposals[PLAIN]}")
    tab.keyboard.press("r")
    tab.get_by_role("dialog").get_by_role("textbox").fill("a plain reason")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("#decisions .kept")).to_have_count(1)
    tab.goto(f"{desk.url}/proposals/{proposals[PLAIN]}")
    usual = set(look(tab)["bones"])
    late = somebody.opens(f"{desk.url}/proposals/{proposals[PAYLOADS[0]]}")
    tab.goto(f"{desk.url}/stats")
    usual_stats = {*look(tab)["bones"], "strong", "strong[class]"}  # "only reports"
    with Store(desk.path) as store:
        queue = Queue(store)
        for said in POSSIBLE:
            number = proposals[said]
            version = queue.proposal(number).version
            queue.decide([Decision(number, version, State.REJECTED, reason=said)], f"Bob {said}")

    late.keyboard.press("y")
    expect(late.get_by_role("alert")).to_contain_text(f"by Bob {PAYLOADS[0]}: {PAYLOADS[0]}")
    for said in POSSIBLE[::10]:
        tab.goto(f"{desk.url}/proposals/{proposals[said]}")
        seen = look(tab)
        assert is_bare(seen, usual)
        assert visible(said, one_line=True).strip() in seen["state"]
    tab.goto(f"{desk.url}/stats")
    seen = look(tab)
    assert is_bare(seen, usual_stats)
    assert any(visible(said, one_line=True).strip() in seen["all"] for said in POSSIBLE)


def test_where_it_is_told_what_will_be_saved(visitor: Enters, serve: Serves, desk: Desk):
    plain = serve({}, rule=Configuration(saving=Policy(documentation="Project:Redpencil")))
    plain.proposes(report(PLAIN), report("other words"))
    for each in (plain, desk):
        with Store(each.path) as store:
            queue = Queue(store)
            for entry in queue.entries():
                decision = Decision(entry.id, entry.version, State.APPROVED, 0)
                queue.decide([decision], "Ann")
    tab = visitor().opens(plain.entry)
    tab.goto(f"{plain.url}/save")
    usual = set(look(tab)["bones"]) | {"nav[class]", "a[rel]"}
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    missing = set(POSSIBLE)
    for start in range(0, len(POSSIBLE) + 1, 50):
        tab.goto(f"{desk.url}/save?from={start}")
        seen = look(tab)
        assert is_bare(seen, usual)
        assert f"Redpencil: trusting ([[{PAYLOADS[0]}|about]])" in seen["all"]
        missing -= {said for said in missing if visible(f"It says {said}") in seen["old"]}
    assert missing == set()


def test_in_ones_own_words_and_in_what_is_searched(visitor: Enters, serve: Serves):
    desk = serve()
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    tab.goto(f"{desk.url}/proposals/1")
    tab.keyboard.press("e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    said = "\n".join(visible(each) for each in POSSIBLE[:60])
    text.fill(said)
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_role("heading", name="Checked again")).to_be_visible()
    assert "<script>canary('script')</script>" in "".join(look(tab)["new"])
    assert tab.locator("main script, main img, main iframe, main svg, main form").count() == 0
    for payload in POSSIBLE[:8]:
        tab.keyboard.press("/")
        tab.get_by_role("searchbox").fill(payload)
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("status")).to_contain_text("no finding speaks of")


def test_in_addresses(visitor: Enters, serve: Serves):
    """What stands in an address, and in a name that somebody gives, is text in the answer."""
    desk = serve()
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    tab.goto(f"{desk.url}/?words=x&check=x&page=x&wiki=x")
    usual = set(look(tab)["bones"])
    for payload in POSSIBLE[::3]:
        query = {"words": payload, "check": payload, "page": payload, "wiki": payload}
        tab.evaluate(
            """query => {
                const address = '/?' + new URLSearchParams(query)
                return fetch(address).then(answer => answer.text()).then(text => {
                    document.open(); document.write(text); document.close()
                })
            }""",
            query,
        )
        assert set(look(tab)["bones"]) <= usual, payload
    for path in ("/%3Cscript%3Ecanary(1)%3C/script%3E", "/previews/%22onload=canary(1)"):
        tab.goto(f"{desk.url}{path}")
        assert not {"script[onload]", "img[onerror]"} & set(look(tab)["bones"])


def test_in_what_the_wiki_makes_of_it(visitor: Enters, serve: Serves):
    """A wiki that lets everything through: its HTML is looked at in a frame that can do nothing."""

    def preview(_: View) -> Rendered:
        return Rendered(" ".join(PAYLOADS[:45]), " ".join(PAYLOADS[45:]))

    desk = serve(preview=preview)
    desk.proposes()
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    tab.goto(f"{desk.url}/proposals/1")
    stopped: list[str] = []
    tab.on(
        "requestfailed",
        lambda asked: stopped.append(asked.url) if asked.failure == "csp" else None,
    )
    tab.keyboard.press("p")
    expect(tab.get_by_role("heading", name="Preview")).to_be_focused()
    sandboxes = tab.locator("iframe").evaluate_all("all => all.map(each => each.sandbox.value)")
    assert sandboxes == ["", ""]
    tab.wait_for_load_state("networkidle")
    inside = tab.main_frame.child_frames
    assert len(inside) == 2
    assert all(frame.url.startswith(f"{desk.url}/previews/") for frame in inside)
    assert tab.url == f"{desk.url}/proposals/1"
    # Chromium tells of everything that it stopped; something was tried, and all was stopped.
    assert "https://evil.example/pixel.png" in stopped
    told = {each for each in somebody.wrongs if each.startswith("console: ")}
    assert set(somebody.wrongs) - told <= {f"asked for {address}" for address in stopped}
    somebody.wrongs.clear()
