"""Somebody reviews in a real browser: what is shown, what each key does, what is kept when."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner
from playwright.sync_api import Locator, Route, expect
from playwright.sync_api import Page as Tab

from bot.cli import main
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.store import Store
from tests.browser.chromium import Visitor, barriers
from tests.browser.desk import TEXT, Command, Desk, presses, reviewing, shows
from tests.proposals import report
from tests.test_top_level import ROOT

Enters = Callable[..., Visitor]
Serves = Callable[..., Desk]


def trouble(tab: Tab) -> Locator:
    return tab.get_by_role("alert")


def said(tab: Tab) -> Locator:
    return tab.get_by_role("status")


def decisions(tab: Tab) -> Locator:
    return tab.locator("#decisions li")


def tabs_to(tab: Tab, there: Locator) -> None:
    """Reach it with the Tab key alone."""
    for _ in range(80):
        tab.keyboard.press("Tab")
        if there.evaluate("each => each === document.activeElement"):
            expect(there).to_be_in_viewport()
            return
    raise AssertionError(f"the Tab key does not lead to {there}")


def hold(somebody: Visitor, tab: Tab) -> list[Route]:
    """From now on, decisions wait on their way; what comes next was fetched before."""
    tab.wait_for_load_state("networkidle")
    held: list[Route] = []
    # Playwright marks the function that it is given; a built-in method cannot be marked.
    somebody.context.route("**/decision*", lambda route: held.append(route))  # noqa: PLW0108
    return held


# With the keyboard alone


def test_the_whole_way_with_the_keyboard_alone(visitor: Enters, command: Command, home: Path):
    """From the list over decisions, an edit and an undo to the saved page, on the sample."""
    folder = home / "wiki"
    folder.mkdir()
    page = folder / "Velmora.wiki"
    page.write_bytes((ROOT / "bot" / "samples" / "Velmora.wiki").read_bytes())
    before = page.read_text(encoding="utf-8")
    day = ["--today", "2026-11-23"]
    proposed = CliRunner().invoke(
        main, ["propose", str(folder), *day, "--queue", str(command.path)]
    )
    assert proposed.exit_code == 0, proposed.output
    command.starts(*day)
    tab = visitor().opens(command.entry)

    tabs_to(tab, tab.get_by_role("link", name="Start reviewing"))
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/proposals/*")
    title = tab.get_by_role("heading", level=1)
    expect(title).to_contain_text("memberships enumerated here stand in the list below")

    tab.keyboard.press("n")
    expect(title).to_contain_text("The archive date 3 May 2001")
    expect(title).to_be_focused()
    expect(said(tab)).to_contain_text("rejected: duplicate-membership")

    tab.keyboard.press("y")
    expect(title).to_contain_text("The seat for 2017–2018 is over")
    tab.keyboard.press("2")
    expect(tab.get_by_role("radio", name="Mark the sentence as out of date")).to_be_checked()
    tab.keyboard.press("1")
    tab.keyboard.press("e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    expect(text).to_be_focused()
    expect(text).to_have_value(re.compile("^In 2014, the Velmoran government began"))
    presses(tab, ["Control+Home", *["Shift+ArrowRight"] * 3])
    tab.keyboard.type("During ")
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_role("heading", name="Checked again")).to_be_visible()
    expect(title).to_be_focused()
    tab.keyboard.press("y")
    expect(title).to_contain_text("No archive is given")

    tab.keyboard.press("j")
    expect(title).to_contain_text("2019 is over")
    tab.keyboard.press("y")
    expect(said(tab)).to_contain_text("approved: Tell it as the plan it was")
    tab.keyboard.press("u")
    expect(title).to_contain_text("2019 is over")
    expect(said(tab)).to_contain_text("undone: the decision on stale-future")

    tabs_to(
        tab, tab.get_by_role("navigation", name="Main").get_by_role("link", name="Save approved")
    )
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/save")
    tabs_to(tab, tab.get_by_role("button", name="Save approved"))
    tab.keyboard.press("Enter")
    expect(tab.locator("#outcomes")).to_contain_text("written")
    expect(said(tab)).to_contain_text("Saving has ended")
    assert barriers(tab) == []

    after = before.replace("|archive-date=3 May 2001", "|archive-date=15 September 2001")
    after = after.replace(
        "Since 2014, the Velmoran government has been bidding",
        "During 2014, the Velmoran government began bidding",
    )
    assert page.read_text(encoding="utf-8") == after
    assert command.states().count("s") == 2
    assert command.states().count("r") == 1
    assert command.ends(signal.SIGINT) == 130


def test_the_keys_of_the_help(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    title = tab.locator("#what")
    tab.keyboard.press("?")
    keys = tab.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys.locator("dt")).to_have_count(20)
    tab.keyboard.press("y")
    tab.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert desk.states() == "pppppp"

    tab.keyboard.press("2")
    expect(tab.locator(".mend:visible ins")).to_have_count(0)
    tab.keyboard.press("y")
    shows(tab, 2)
    tab.keyboard.press("r")
    reason = tab.get_by_role("dialog", name="Why is it rejected?")
    expect(reason.get_by_role("textbox")).to_be_focused()
    tab.keyboard.type("it is a name")
    tab.keyboard.press("Control+Enter")
    shows(tab, 3)
    tab.keyboard.press("K")
    shows(tab, 2)
    expect(tab.locator(".about .state")).to_have_text("rejected by Ann: it is a name")
    tab.keyboard.press("j")
    shows(tab, 3)
    tab.keyboard.press("k")
    expect(said(tab)).to_contain_text("no other one before this")
    tab.keyboard.press("g")
    tab.keyboard.type("6")
    tab.keyboard.press("Enter")
    shows(tab, 6)
    tab.keyboard.press("n")
    shows(tab, 3)
    tab.keyboard.press("/")
    tab.keyboard.type("shout")
    tab.keyboard.press("Enter")
    shows(tab, 4)
    tab.keyboard.press("v")
    expect(tab.get_by_role("radio", name="Inline")).to_be_checked()
    expect(tab.locator(".inline del:visible")).to_have_text("[removed: !]")
    tab.keyboard.press("v")
    expect(tab.get_by_role("radio", name="Side by side")).to_be_checked()
    tab.keyboard.press("f")
    expect(tab.locator("details.fold[open]").first).to_contain_text("nobody knows")
    tab.keyboard.press("f")
    expect(tab.locator("details.fold[open]")).to_have_count(0)
    tab.keyboard.press("u")
    shows(tab, 6)
    expect(title).to_be_focused()
    tab.keyboard.press("d")
    tab.wait_for_url(f"{desk.url}/proposals/3")
    tab.keyboard.press("a")
    tab.wait_for_url(f"{desk.url}/**")
    expect(tab.locator("#decisions .kept").or_(tab.locator("#start"))).not_to_have_count(0)
    assert desk.proposals()[0].fix == 1
    assert desk.proposals()[1].reason == "it is a name"


def test_single_keys_can_be_switched_off(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    tab.keyboard.press("?")
    tab.get_by_role("checkbox", name="Single keys decide").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("y")
    tab.get_by_role("button", name=re.compile("Reject$")).click()
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    assert desk.states() == "rppppp"


def test_keys_typed_into_fields_are_letters(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    tab.keyboard.press("e")
    tab.keyboard.type("yn")
    tab.keyboard.press("Escape")
    expect(tab.locator("#what")).to_be_focused()
    tab.keyboard.press("r")
    tab.keyboard.type("yes")
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    assert desk.states() == "pppppp"


# What is shown


def test_words_that_change_are_marked_side_by_side_and_inline(visitor: Enters, serve: Serves):
    tab = reviewing(visitor(), serve())
    change = tab.locator(".mend:visible .change")
    expect(change.locator(".old del")).to_have_text("[removed: teh]")
    expect(change.locator(".new ins")).to_have_text("[added: the]")
    expect(change.locator(".old")).to_contain_text("A wierd one in teh row!")
    old, new = (change.locator(side).bounding_box() for side in (".old", ".new"))
    assert old is not None
    assert new is not None
    assert old["y"] == new["y"]
    tab.get_by_role("radio", name="Inline").check()
    expect(change.locator(".sides")).to_be_hidden()
    expect(change.locator(".inline .wikitext")).to_have_text(
        "It was [removed: teh][added: the] first. A wierd one in teh row! And [[so on]]."
    )
    tab.reload()
    expect(tab.get_by_role("radio", name="Inline")).to_be_checked()


def test_alternatives_are_a_choice(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    choice = tab.get_by_role("group", name="Mend")
    expect(choice.get_by_role("radio")).to_have_count(2)
    choice.get_by_role("radio", name="leave it out").check()
    expect(tab.locator(".mend:visible .new .wikitext")).to_contain_text("It was first.")
    tab.get_by_role("button", name=re.compile("Approve$")).click()
    shows(tab, 2)
    expect(decisions(tab).locator(".kept")).to_have_text("kept")
    assert desk.proposals()[0].fix == 1


def test_the_text_around_is_folded_and_comes_when_asked_for(visitor: Enters, serve: Serves):
    tab = reviewing(visitor(), serve())
    fold = tab.locator(".mend:visible details.fold").first
    expect(fold.locator("summary")).to_have_text("Show 2 lines above")
    expect(fold.locator(".wikitext")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator(".wikitext")).to_contain_text(
        "== History ==\nThe first line", use_inner_text=True
    )


def test_a_suggestion_has_to_be_edited_first(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    tab.goto(f"{desk.url}/proposals/5")
    tab.keyboard.press("y")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    expect(text).to_have_value("* Done soon.")
    text.fill("* Done on Monday.")
    tab.get_by_role("button", name="Check my words").click()
    expect(tab.get_by_text("Nothing is wrong with your words.")).to_be_visible()
    expect(tab.locator(".mend:visible ins").first).to_contain_text("on Monday")
    tab.keyboard.press("y")
    shows(tab, 6)
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    approved = desk.proposals()[4]
    assert approved.edited
    assert approved.state is State.APPROVED


def test_what_is_wrong_with_ones_own_words_is_said_before_they_are_approved(
    visitor: Enters, serve: Serves
):
    desk = serve()
    tab = reviewing(visitor(), desk)
    tab.keyboard.press("e")
    tab.get_by_role("textbox").fill("It was teh first wierd one tbd.")
    tab.keyboard.press("Control+Enter")
    objections = tab.locator(".objections li")
    expect(objections.first).to_contain_text("misspelt")
    assert desk.states() == "pppppp"
    tab.keyboard.press("y")
    expect(tab.locator("#proposal")).not_to_have_attribute("data-id", "1")
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    assert desk.proposals()[0].edited


def test_ones_own_words_stand_beside_the_alternatives(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    tab.keyboard.press("2")
    tab.keyboard.press("e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    expect(text).to_have_value("It was first. A wierd one in teh row! And [[so on]].")
    text.fill("It was teh tbd.")
    tab.keyboard.press("Control+Enter")
    choice = tab.get_by_role("group", name="Mend").get_by_role("radio")
    expect(choice).to_have_count(3)
    expect(choice.first).to_be_checked()
    expect(tab.locator(".objections li").first).to_be_visible()
    tab.keyboard.press("1")
    expect(tab.get_by_role("radio", name='write "the"')).to_be_checked()
    expect(said(tab)).to_contain_text('write "the"')
    expect(tab.locator(".mend:visible ins:visible")).to_have_text("[added: the]")
    expect(tab.locator(".objections li").first).to_be_hidden()
    choice.first.check()
    tab.keyboard.press("e")
    expect(text).to_have_value("It was teh tbd.")
    text.fill("It was the tbd.")
    tab.keyboard.press("Control+Enter")
    expect(text).to_be_hidden()
    tab.keyboard.press("1")
    tab.keyboard.press("y")
    shows(tab, 2)
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    approved = desk.proposals()[0]
    assert (approved.fix, approved.edited) == (0, False)


def test_what_has_no_mend_is_written_from_the_lines_as_they_stand(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    tab.goto(f"{desk.url}/proposals/6")
    tab.keyboard.press("e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    expect(text).to_have_value("* Later tbd.")


def test_ones_own_words_are_not_wiped_out_by_a_decision_on_its_way(visitor: Enters, serve: Serves):
    desk = serve({"Page": "== S ==\nIt is teh!\n"})
    somebody = visitor()
    tab = reviewing(somebody, desk)
    held = hold(somebody, tab)
    presses(tab, "e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    text.fill("It is so.")
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_role("heading", name="Checked again")).to_be_visible()
    tab.keyboard.press("y")
    shows(tab, 2)
    presses(tab, "e")
    text.fill("It is mine.")
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_role("heading", name="Checked again")).to_be_visible()
    held[0].continue_()
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    expect(tab.locator(".mend:visible .new .wikitext")).to_contain_text("mine")


def test_some_edits_of_a_mend(visitor: Enters, serve: Serves):
    desk = serve({"Page": "== S ==\nStop!!! It.\n"})
    tab = reviewing(visitor(), desk)
    tab.keyboard.press("s")
    parts = tab.get_by_role("group", name="Which edits shall be made?").get_by_role("checkbox")
    expect(parts).to_have_count(3)
    parts.nth(1).uncheck()
    parts.nth(2).uncheck()
    tab.get_by_role("button", name="Show with these edits").click()
    expect(tab.get_by_role("heading", name="Checked again")).to_be_visible()
    tab.keyboard.press("y")
    tab.wait_for_url(f"{desk.url}/")
    (approved,) = desk.proposals()
    assert [edit.start for edit in approved.edits] == [12]


# The list, and what is chosen there


def test_the_list_counts_and_narrows(visitor: Enters, serve: Serves):
    desk = serve({"Page one": TEXT, "Другая": "== S ==\nteh end!\n", "عربية": "== S ==\nwierd\n"})
    tab = visitor().opens(desk.entry)
    rows = tab.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Page one")
    expect(rows.first.locator("td").first).to_have_text("6")
    tab.get_by_label("Check", exact=True).select_option("misspelt")
    tab.get_by_role("button", name="Show", exact=True).click()
    expect(rows.first.locator("td").first).to_have_text("5")
    tab.get_by_label("Safety").select_option("safe")
    tab.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(2)
    tab.get_by_role("link", name="Start reviewing").click()
    shows(tab, 2)
    tab.goto(desk.url)
    tab.get_by_label("Words in the title").fill("друг")
    tab.keyboard.press("Enter")
    expect(rows).to_have_count(1)


def test_all_of_a_check_are_decided_after_they_were_seen(visitor: Enters, serve: Serves):
    text = "".join(f"== S{n} ==\nThis is teh number {n}.\n" for n in range(25))
    desk = serve({"Many": text, "Page one": TEXT})
    tab = visitor().opens(desk.entry)
    tab.goto(f"{desk.url}/together?check=misspelt")
    yes = tab.get_by_role("button", name="Approve all")
    expect(yes).to_be_disabled()
    cards = tab.locator(".card")
    expect(cards).to_have_count(25)
    tab.keyboard.press("j")
    expect(cards.first).to_be_focused()
    cards.last.scroll_into_view_if_needed()
    expect(yes).to_be_disabled()
    tab.set_viewport_size({"width": 1280, "height": 8000})
    expect(cards).to_have_count(30)
    expect(tab.locator("#seen")).to_have_text("30 of 30 seen")
    yes.click()
    expect(tab.locator("#outcome")).to_contain_text("approved 28")
    made = desk.proposals()
    assert {each.state for each in made if each.finding.check == "shouting"} == {State.PENDING}
    assert sum(each.state is State.APPROVED for each in made) == 28


# What is kept, and what is told of it


def test_no_decision_loads_the_page_anew(visitor: Enters, serve: Serves):
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    documents: list[str] = []
    tab.on(
        "request",
        lambda asked: documents.append(asked.url) if asked.resource_type == "document" else None,
    )
    for number, key in enumerate("ynyn", start=2):
        tab.keyboard.press(key)
        shows(tab, number)
        assert tab.url == f"{desk.url}/proposals/{number}"
    expect(decisions(tab).locator(".kept")).to_have_count(4)
    assert documents == []
    assert desk.states() == "ararpp"


def test_what_is_decided_is_not_shown_again_at_the_end(visitor: Enters, serve: Serves):
    """The last one but one is on its way when the last one is decided."""
    desk = serve({"Page": "== S ==\nIt is teh end.\n\nIt is wierd.\n"})
    somebody = visitor()
    tab = reviewing(somebody, desk)
    held = hold(somebody, tab)
    tab.keyboard.press("y")
    shows(tab, 2)
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("y")
    expect(decisions(tab)).to_have_count(2)
    shows(tab, 2)
    assert len(held) == 1
    somebody.context.unroute_all()  # they go their way
    tab.wait_for_url(f"{desk.url}/")
    expect(tab.get_by_role("main")).to_contain_text("Nothing waits for a decision")
    assert barriers(tab) == []
    assert desk.states() == "aa"


def test_every_decision_is_announced(visitor: Enters, serve: Serves):
    tab = reviewing(visitor(), serve())
    tab.keyboard.press("y")
    expect(said(tab)).to_have_text('approved: write "the". 5 wait')
    tab.keyboard.press("n")
    expect(said(tab)).to_have_text("rejected: misspelt. 4 wait")
    tab.keyboard.press("u")
    expect(said(tab)).to_contain_text("undone")


def test_a_decision_counts_as_kept_only_when_the_queue_has_it(visitor: Enters, serve: Serves):
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    held = hold(somebody, tab)
    tab.keyboard.press("y")
    shows(tab, 2)
    expect(decisions(tab)).to_contain_text("on its way")
    expect(decisions(tab).locator(".kept")).to_have_count(0)
    assert desk.states() == "pppppp"
    held[0].continue_()
    expect(decisions(tab).locator(".kept")).to_have_text("kept")
    assert desk.states() == "appppp"


def two_decisions_under_way(somebody: Visitor, tab: Tab) -> list[Route]:
    """Approvals of the first two proposals that wait on their way; the third is shown."""
    held = hold(somebody, tab)
    for number in (2, 3):
        tab.keyboard.press("y")
        shows(tab, number)
    return held


def test_a_queue_that_cannot_be_written_is_told_and_the_finding_comes_back(
    visitor: Enters, serve: Serves
):
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    with closing(sqlite3.connect(desk.path)) as full:
        full.execute(
            "CREATE TRIGGER full BEFORE INSERT ON event"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        full.commit()
    held = two_decisions_under_way(somebody, tab)
    held[0].continue_()
    expect(trouble(tab)).to_contain_text("the disk is full; free some room")
    expect(trouble(tab)).to_contain_text("2 of your decisions did not reach the queue")
    shows(tab, 1)
    expect(decisions(tab).locator(".failed")).to_have_count(2)
    assert desk.states() == "pppppp"
    with closing(sqlite3.connect(desk.path)) as full:
        full.execute("DROP TRIGGER full")
        full.commit()
    somebody.context.unroute_all()
    trouble(tab).get_by_role("button", name="Try again").click()
    shows(tab, 3)
    expect(decisions(tab).locator(".kept")).to_have_count(2)
    expect(decisions(tab).locator(".failed")).to_have_count(0)
    expect(tab.locator("#trouble")).to_be_empty()
    assert desk.states() == "aapppp"


def test_what_was_refused_is_still_told_when_a_later_decision_is_kept(
    visitor: Enters, serve: Serves
):
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    held = two_decisions_under_way(somebody, tab)
    with Store(desk.path) as store:
        one = desk.proposals()[0]
        Queue(store).decide([Decision(one.id, one.version, State.REJECTED)], "Bob")
    held[0].continue_()
    expect(trouble(tab)).to_contain_text("meanwhile it is rejected by Bob")
    shows(tab, 1)
    while len(held) < 2:
        tab.wait_for_timeout(10)
    held[1].continue_()
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    expect(decisions(tab).locator(".failed")).to_have_count(1)
    expect(trouble(tab)).to_contain_text("meanwhile it is rejected by Bob")
    shows(tab, 1)
    assert desk.states() == "rapppp"


def test_trying_again_decides_what_was_decided_whatever_is_shown_now(
    visitor: Enters, serve: Serves
):
    desk = serve()
    tab = reviewing(visitor(), desk)
    port = desk.port
    desk.close()
    tab.keyboard.press("y")
    expect(trouble(tab)).to_contain_text("not kept")
    desk.starts()
    assert desk.port == port
    visitor_again = tab.context.new_page()
    visitor_again.goto(desk.entry)
    tab.keyboard.press("j")
    shows(tab, 2)
    trouble(tab).get_by_role("button", name="Try again").click()
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    assert desk.states() == "appppp"


def test_deciding_goes_on_after_a_decision_was_lost(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    desk.close()
    tab.keyboard.press("y")
    expect(trouble(tab)).to_contain_text("not kept")
    desk.starts()
    tab.context.new_page().goto(desk.entry)
    tab.keyboard.press("n")
    shows(tab, 2)
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    expect(tab.locator("#trouble")).to_be_empty()
    assert desk.states() == "rppppp"


def writing_while_a_decision_is_under_way(
    visitor: Enters, serve: Serves
) -> tuple[Desk, Visitor, Tab, Route]:
    """The desk, its visitor, the page with words being written for the second proposal, and the
    request that holds the decision of the first."""
    desk = serve()
    somebody = visitor()
    tab = reviewing(somebody, desk)
    held = hold(somebody, tab)
    presses(tab, "y")
    shows(tab, 2)
    presses(tab, "e")
    tab.get_by_role("textbox", name="The text as it shall be").fill("My own words.")
    return desk, somebody, tab, held[0]


def test_a_decision_that_is_lost_does_not_wipe_out_what_is_being_written(
    visitor: Enters, serve: Serves
):
    desk, somebody, tab, held = writing_while_a_decision_is_under_way(visitor, serve)
    text = tab.get_by_role("textbox", name="The text as it shall be")
    held.abort()
    expect(trouble(tab)).to_contain_text("not kept")
    expect(text).to_have_value("My own words.")
    shows(tab, 2)
    somebody.context.unroute_all()
    trouble(tab).get_by_role("button", name="Try again").click()
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    expect(text).to_have_value("My own words.")
    assert desk.states() == "appppp"


def test_a_decision_that_is_lost_does_not_wipe_out_what_was_written_and_checked(
    visitor: Enters, serve: Serves
):
    desk, somebody, tab, held = writing_while_a_decision_is_under_way(visitor, serve)
    tab.keyboard.press("Control+Enter")
    expect(tab.get_by_role("heading", name="Checked again")).to_be_visible()
    held.abort()
    expect(trouble(tab)).to_contain_text("not kept")
    shows(tab, 2)
    expect(tab.locator(".mend:visible .new .wikitext")).to_contain_text("My own words")
    somebody.context.unroute_all()
    presses(tab, "y")
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    assert desk.states() == "papppp"
    assert desk.proposals()[1].edited


def test_a_server_that_is_killed_is_told_of_and_nothing_is_lost(visitor: Enters, command: Command):
    command.proposes(report(TEXT, title="Page one"))
    command.starts()
    somebody = visitor()
    tab = reviewing(somebody, command)
    tab.keyboard.press("y")
    expect(decisions(tab).locator(".kept")).to_have_count(1)
    tab.keyboard.press("e")
    text = tab.get_by_role("textbox", name="The text as it shall be")
    mine = "It was teh first. A strange one in teh row! And [[so on]]."
    text.fill(mine)
    port = command.port
    command.ends(signal.SIGKILL)

    tab.keyboard.press("Control+Enter")
    expect(trouble(tab)).to_contain_text("Redpencil does not answer")
    expect(text).to_have_value(mine)
    tab.keyboard.press("Escape")
    tab.keyboard.press("n")
    expect(trouble(tab)).to_contain_text("This decision is not kept")
    shows(tab, 2)
    assert command.states() == "appppp"

    command.starts("--port", port)
    trouble(tab).get_by_role("button", name="Try again").click()
    expect(trouble(tab)).to_contain_text("You are not let in")
    assert command.states() == "appppp"
    somebody.opens(command.entry).close()
    trouble(tab).get_by_role("button", name="Try again").click()
    shows(tab, 3)
    expect(decisions(tab).locator(".kept")).to_have_count(2)
    assert command.states() == "arpppp"
    # Chromium notes that nobody answered; that is what this test is about.
    somebody.wrongs[:] = [each for each in somebody.wrongs if "ERR_CONNECTION" not in each]


# Two tabs, and the way back


def test_the_second_tab_sees_what_the_first_decided(visitor: Enters, serve: Serves):
    desk = serve()
    somebody = visitor()
    first = reviewing(somebody, desk)
    second = somebody.opens(f"{desk.url}/proposals/1")
    first.keyboard.press("y")
    expect(decisions(first).locator(".kept")).to_have_count(1)
    second.keyboard.press("n")
    expect(trouble(second)).to_have_text("it was not decided: meanwhile it is approved by Ann")
    shows(second, 1)
    expect(second.locator(".about .state")).to_have_text("approved by Ann")
    expect(decisions(second).locator(".failed")).to_have_text("not kept")
    assert desk.states() == "appppp"
    second.keyboard.press("n")
    expect(decisions(second).locator(".kept")).to_have_count(1)
    assert desk.states() == "rppppp"


def test_back_and_forward_show_what_is_true_now(visitor: Enters, serve: Serves):
    desk = serve()
    tab = reviewing(visitor(), desk)
    presses(tab, "y")
    shows(tab, 2)
    presses(tab, "n")
    shows(tab, 3)
    expect(decisions(tab).locator(".kept")).to_have_count(2)
    tab.go_back()
    shows(tab, 2)
    expect(tab.locator(".about .state")).to_have_text("rejected by Ann")
    tab.go_back()
    shows(tab, 1)
    expect(tab.locator(".about .state")).to_have_text("approved by Ann")
    tab.go_forward()
    shows(tab, 2)
    tab.go_back()
    tab.go_back()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Pages with proposals")
    expect(tab.locator("tbody td").first).to_have_text("4")
    tab.go_forward()
    shows(tab, 1)
    expect(tab.locator(".about .state")).to_have_text("approved by Ann")
    tab.reload()
    shows(tab, 1)
    assert desk.states() == "arpppp"


def test_two_people_see_each_others_decisions(visitor: Enters, serve: Serves):
    """The second came in by the same queue, with a terminal: here, by its file."""
    desk = serve()
    tab = reviewing(visitor(), desk)
    other = serve({}, who="Bob")
    other.close()
    other.path = desk.path
    other.starts()
    bobs = reviewing(visitor(), other)
    bobs.keyboard.press("r")
    bobs.keyboard.type("a quotation")
    bobs.keyboard.press("Control+Enter")
    shows(bobs, 2)
    expect(decisions(bobs).locator(".kept")).to_have_count(1)
    tab.keyboard.press("y")
    expect(trouble(tab)).to_have_text(
        "it was not decided: meanwhile it is rejected by Bob: a quotation"
    )
    assert desk.states() == "rppppp"


# Ten thousand


def test_ten_thousand_findings_stay_usable(visitor: Enters, serve: Serves):
    page = "".join(f"== S{n} ==\nThis is teh line number {n}.\n" for n in range(100))
    desk = serve({f"Page {number:03}": page for number in range(100)})
    assert len(desk.proposals()) == 10_000
    somebody = visitor()
    tab = somebody.opens(desk.entry)
    expect(tab.locator("#progress-said")).to_contain_text("10,000 wait")
    tab.get_by_role("link", name="Later pages").click()
    expect(tab.locator("tbody tr").first).to_contain_text("Page 050")
    tab.goto(f"{desk.url}/proposals/5000")
    for number, key in enumerate("yyyyynn", start=5001):
        tab.keyboard.press(key)
        shows(tab, number)
    expect(decisions(tab).locator(".kept")).to_have_count(7)
    tab.keyboard.press("u")
    shows(tab, 5006)
    tab.keyboard.press("/")
    tab.keyboard.type("page 099")
    tab.keyboard.press("Enter")
    shows(tab, 9901)
    assert tab.evaluate("document.querySelectorAll('*').length") < 1500
    tab.goto(f"{desk.url}/together?check=misspelt")
    expect(tab.locator("#seen")).to_contain_text("of 9,994 seen")
    assert tab.evaluate("document.querySelectorAll('*').length") < 3000
    states = desk.states()
    assert (states.count("a"), states.count("r"), states.count("p")) == (5, 1, 9_994)


def test_json_of_the_page_is_whole(visitor: Enters, serve: Serves):
    """The texts of the script are data in an attribute, and stay data."""
    tab = visitor().opens(serve().entry)
    assert json.loads(tab.locator("body").get_attribute("data-texts") or "")["kept"] == "kept"
