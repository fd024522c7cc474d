"""Saving against a real MediaWiki, with somebody else editing and everything failing in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import NotAllowed, StoreError, UsageError
from bot.model import Fix, Page, Safety
from bot.saving.outcomes import Conflict, GivenUp, Reason, Refused, Saved, Simulated, Unchanged
from bot.sites.mediawiki import MediaWiki
from bot.store import Store
from tests.live.approvals import (
    CHECKING,
    FAST,
    MENDED,
    QUICK,
    TEXT,
    TITLE,
    Desk,
    client_of,
    picks_of,
)
from tests.live.wiki import Wiki

UNTOUCHED = TEXT.rstrip()


@pytest.fixture(scope="module")
def connection(wiki_server: Wiki, tmp_path_factory: pytest.TempPathFactory) -> MediaWiki:
    wiki_server.reset()
    return client_of(wiki_server, tmp_path_factory.mktemp("state"))


@pytest.fixture
def desk(wiki: Wiki, connection: MediaWiki, tmp_path):
    connection.begin_anew()
    with Store(tmp_path / "store.sqlite") as store:
        yield Desk(wiki, connection, store)


def states(desk: Desk) -> list[str]:
    return [save.state for save in desk.store.saves()]


def kinds(desk: Desk) -> list[str]:
    return [event.kind for event in desk.store.events()]


# Nothing in between.


def test_an_approved_fix_is_saved_and_nothing_else_is_touched(desk):
    page = desk.page()
    outcome = desk.save(page)
    assert isinstance(outcome, Saved)
    latest = desk.wiki.history(TITLE)[0]
    assert (latest.id, latest.parent, latest.text) == (outcome.revision, page.revision, MENDED)
    assert latest.user == "RedpencilBot"
    assert desk.wiki.is_bot_edit(latest.id)
    assert not latest.minor
    assert kinds(desk) == ["intended", "saved"]
    assert str(outcome.revision) in outcome.message


def test_the_summary_names_the_checks_links_the_documentation_and_holds_the_marker(desk):
    desk.save(desk.page())
    (save,) = desk.store.saves()
    summary = desk.wiki.history(TITLE)[0].summary
    assert summary == f"Redpencil: misspelt ([[User:RedpencilBot|about]]) {save.marker}"
    desk.save(
        desk.page(title="Other"),
        policy=replace(FAST, documentation="Project:Redpencil", minor=True),
    )
    latest = desk.wiki.history("Other")[0]
    assert "[[Project:Redpencil|about]]" in latest.summary
    assert latest.minor


def test_the_bot_flag_is_a_matter_of_policy(desk):
    outcome = desk.save(desk.page(), policy=replace(FAST, bot=False))
    assert not desk.wiki.is_bot_edit(outcome.revision)


def test_our_tag_goes_with_the_edit_where_the_wiki_has_it(desk):
    page = desk.page()
    desk.save(page)
    assert desk.wiki.history(TITLE)[0].tags == ()
    desk.wiki.act("managetags", "Admin", operation="create", tag="redpencil")
    desk.save(desk.client.fetch(TITLE), "[[United Nations]], teh")
    assert desk.wiki.history(TITLE)[0].tags == ("redpencil",)


def test_several_fixes_of_a_page_are_one_edit(desk):
    desk.save(desk.page(), TEXT[: TEXT.index("== Economy")])
    latest = desk.wiki.history(TITLE)[0]
    assert latest.text == UNTOUCHED.replace("teh", "the").replace("Teh", "The")
    assert "misspelt ×3" in latest.summary


def test_simulating_does_all_but_the_edit(desk):
    page = desk.page()
    outcome = desk.save(page, simulate=True)
    assert isinstance(outcome, Simulated)
    assert (outcome.before, outcome.text) == (UNTOUCHED, MENDED)
    assert "misspelt" in outcome.summary
    assert desk.wiki.latest(TITLE) == page.revision
    assert "edit" not in desk.client.asked
    assert desk.store.events() == []
    desk.wiki.protect(TITLE)
    assert isinstance(desk.save(page, simulate=True), Refused)


@pytest.mark.parametrize(
    "title", ["Café São Tomé", "العلاقات الخارجية", "🚀 Rockets", 'C++ & R&D: 100% "true"?']
)
def test_every_script_in_title_and_text(desk, title):
    text = "العربية 🚀 𝔘𝔫𝔦 teh end\n\n== Café == \nteh العربية"
    outcome = desk.save(desk.page(text, title), "𝔘𝔫𝔦 teh end")
    assert isinstance(outcome, Saved)
    assert desk.wiki.text(title) == text.replace("teh end", "the end")


def test_what_can_never_be_saved_is_a_wrong_use(desk):
    page = desk.page()
    (pick,) = picks_of(page)
    finding, fix = pick
    wrong = [
        (Page("File", TEXT, "file.wiki"), [pick]),
        (page, []),
        (page, [(finding, fix._replace(safety=Safety.SUGGESTION))]),
        (page, [pick, (finding, fix._replace(title="other"))]),
        (page, [(finding, fix._replace(cosmetic=True))]),
    ]
    with desk.saver() as saver:
        for case in wrong:
            with pytest.raises(UsageError):
                saver.save(*case, **CHECKING)
    assert desk.ours() == []


def test_a_result_that_would_not_be_good_is_not_saved(desk):
    page = desk.page()
    finding, fix = picks_of(page)[0]
    for bad in ("teh", "the [[open", "the {{cite"):
        edit = fix.edits[0]._replace(new=f"{bad} ")
        with desk.saver() as saver:
            outcome = saver.save(page, [(finding, Fix("by hand", (edit,)))], **CHECKING)
        assert isinstance(outcome, Refused), bad
        assert outcome.reason is Reason.NOT_GOOD
    assert desk.ours() == []


def test_a_text_that_is_not_the_revisions_own_is_a_conflict(desk):
    page = desk.page()
    outcome = desk.save(replace(page, text=page.text + "\nMore."))
    assert isinstance(outcome, Conflict)
    assert desk.ours() == []


# Somebody edits while the human decides.

LONG = TEXT.replace("It has 12 embassies.", "It has 13 embassies, as of this year.")


def same_section(desk: Desk) -> None:
    desk.wiki.edit(TITLE, LONG)


CONFLICTS: dict[str, Callable[[Desk], object]] = {
    "same section": same_section,
    "same words": lambda d: d.wiki.edit(TITLE, TEXT.replace("is teh host", "was teh host")),
    "same account": lambda d: d.wiki.edit(TITLE, LONG, as_user="RedpencilBot"),
    "heading": lambda d: d.wiki.edit(TITLE, TEXT.replace("== Foreign rel", "== Outer rel")),
    "blanked": lambda d: d.wiki.edit(TITLE, ""),
    "section removed": lambda d: d.wiki.edit(TITLE, TEXT.partition("== Foreign")[0]),
    "section doubled": lambda d: d.wiki.edit(TITLE, TEXT + TEXT[TEXT.index("== Foreign") :]),
    "moved": lambda d: d.wiki.move(TITLE, "Elsewhere"),
    "moved, no redirect": lambda d: d.wiki.move(TITLE, "Elsewhere", redirect=False),
    "deleted": lambda d: d.wiki.delete(TITLE),
    "deleted and made anew": lambda d: (d.wiki.delete(TITLE), d.wiki.edit(TITLE, TEXT)),
    "moved and made anew": lambda d: (
        d.wiki.move(TITLE, "Elsewhere", redirect=False),
        d.wiki.edit(TITLE, TEXT),
    ),
}


@pytest.mark.parametrize("happening", CONFLICTS)
def test_what_was_approved_no_longer_stands(desk, happening):
    page = desk.page()
    CONFLICTS[happening](desk)
    before = desk.wiki.text(TITLE) if desk.wiki.exists(TITLE) else None
    outcome = desk.save(page)
    assert isinstance(outcome, Conflict), outcome
    assert (outcome.ours.rstrip(), outcome.theirs) == (MENDED, before)
    assert "nothing was saved" in outcome.message
    assert (desk.wiki.text(TITLE) if desk.wiki.exists(TITLE) else None) == before
    assert desk.ours() in ([], [page.revision + 1])
    assert states(desk) == []
    assert kinds(desk) == ["conflict"]


def test_a_moved_page_is_found_again_for_the_message(desk):
    page = desk.page()
    desk.wiki.move(TITLE, "Elsewhere")
    assert "Elsewhere" in desk.save(page).message


def test_our_base_was_undone(desk):
    desk.wiki.edit(TITLE, TEXT.replace("is teh host", "hosts"))
    page = desk.page()
    desk.wiki.undo(TITLE, page.revision)
    assert isinstance(desk.save(page), Conflict)


def test_the_same_second_is_never_lost(desk):
    for attempt in range(5):
        title = f"{TITLE} {attempt}"
        page = desk.page(title=title)
        desk.wiki.edit(title, LONG)
        assert isinstance(desk.save(page), Conflict)
        latest, base = desk.wiki.history(title)
        assert latest.text == LONG.rstrip()
        if latest.timestamp == base.timestamp:
            return
    pytest.fail("no two edits fell into one second")


ELSEWHERE: dict[str, Callable[[str], str]] = {
    "other section": lambda text: text.replace("exports salt", "exports tea"),
    "subsection": lambda text: text.replace("* [[Council of Europe]]\n", ""),
    "lead": lambda text: text.replace("invented", "made-up"),
    "section above": lambda text: text.replace("== Hist", "== Sights ==\nA tower.\n\n== Hist"),
    "equal heading above": lambda text: text.replace(
        "== Hist", "== Foreign relations ==\nSandovia is teh last.\n\n== Hist"
    ),
    "equal words above": lambda text: text.replace(
        "in 1901.", "in 1901.\nSandovia is teh host of two conferences."
    ),
    "section removed": lambda text: text[: text.index("== Hist")] + text[text.index("== For") :],
    "sections swapped": lambda text: (
        text[: text.index("== Hist")]
        + text[text.index("== For") :]
        + text[text.index("== Hist") : text.index("== For")]
    ),
}


@pytest.mark.parametrize("somebody", ["PlainUser", "RedpencilBot"])
@pytest.mark.parametrize("happening", ELSEWHERE)
def test_an_edit_elsewhere_is_kept_and_ours_lands_in_its_section(desk, happening, somebody):
    page = desk.page()
    theirs = ELSEWHERE[happening](TEXT)
    base = desk.wiki.edit(TITLE, theirs, as_user=somebody)
    outcome = desk.save(page)
    assert isinstance(outcome, Saved), outcome
    place = theirs.index("== Foreign relations ==\nSandovia is teh host")
    expected = theirs[:place] + theirs[place:].replace("is teh host", "is the host", 1)
    latest = desk.wiki.history(TITLE)[0]
    assert (latest.text, latest.parent) == (expected.rstrip(), base)


def test_an_edit_that_was_undone_again_is_no_conflict(desk):
    page = desk.page()
    desk.wiki.undo(TITLE, desk.wiki.edit(TITLE, LONG))
    assert isinstance(desk.save(page), Saved)
    assert desk.wiki.text(TITLE) == MENDED


def test_what_the_finding_rests_on_is_gone(desk):
    text = TEXT + "\n== Conferences ==\nIt hosts two conferences.\n"
    page = desk.page(text)
    desk.wiki.edit(TITLE, text.replace("host of two conferences", "host"))
    outcome = desk.save(page, "hosts two conferences")
    assert isinstance(outcome, Conflict)
    assert "said-twice is not found" in outcome.message
    assert desk.ours() == []


def test_somebody_has_made_the_same_edit(desk):
    page = desk.page()
    desk.wiki.edit(TITLE, MENDED)
    assert isinstance(desk.save(page), Unchanged)
    assert desk.ours() == []
    assert states(desk) == []


# Somebody edits between our look and our edit.


def meanwhile(desk: Desk, happening: Callable[[], object]) -> None:
    desk.client.before["edit"] = happening


@pytest.mark.parametrize("somebody", ["PlainUser", "RedpencilBot"])
@pytest.mark.parametrize("change", [ELSEWHERE["other section"], ELSEWHERE["section above"]])
def test_a_silent_merge_with_an_edit_elsewhere_is_checked_and_kept(desk, change, somebody):
    page = desk.page()
    meanwhile(desk, lambda: desk.wiki.edit(TITLE, change(TEXT), as_user=somebody))
    outcome = desk.save(page)
    assert isinstance(outcome, Saved)
    assert outcome.merged
    latest, theirs, _ = desk.wiki.history(TITLE)
    assert (theirs.text, latest.parent) == (change(TEXT).rstrip(), theirs.id)
    assert latest.text == change(TEXT).rstrip().replace("is teh host", "is the host")


def test_a_silent_merge_in_the_same_section_holds_others_lines(desk):
    page = desk.page()
    meanwhile(desk, lambda: same_section(desk))
    outcome = desk.save(page)
    assert isinstance(outcome, Saved)
    assert outcome.merged
    assert desk.wiki.text(TITLE) == LONG.rstrip().replace("is teh host", "is the host")


def test_a_silent_merge_that_means_something_else_is_taken_back(desk):
    text = TEXT + "\n== Conferences ==\nIt hosts two conferences.\n"
    page = desk.page(text)
    theirs = text.replace("host of two conferences", "host").rstrip()
    meanwhile(desk, lambda: desk.wiki.edit(TITLE, theirs))
    outcome = desk.save(page, "hosts two conferences")
    assert isinstance(outcome, Conflict)
    latest, ours, rival, _ = desk.wiki.history(TITLE)
    assert (latest.text, rival.text) == (theirs, theirs)
    assert (latest.id, ours.user) == (outcome.taken_back, "RedpencilBot")
    assert f"undid its own revision {ours.id}" in latest.summary
    assert "taken back" in outcome.message


def test_a_bad_merge_that_somebody_has_edited_since_is_said_to_stand(desk):
    text = TEXT + "\n== Conferences ==\nIt hosts two conferences.\n"
    page = desk.page(text)
    theirs = text.replace("host of two conferences", "host").rstrip()
    meanwhile(desk, lambda: desk.wiki.edit(TITLE, theirs))
    desk.client.after["edit"] = lambda: desk.wiki.edit(
        TITLE, desk.wiki.text(TITLE).replace("invented", "made-up")
    )
    outcome = desk.save(page, "hosts two conferences")
    assert isinstance(outcome, Conflict)
    assert outcome.taken_back is None
    assert f"redpencil undo {outcome.number}" in outcome.message
    assert "made-up" in desk.wiki.text(TITLE)


@pytest.mark.parametrize(
    "happening",
    [
        "same words",
        "blanked",
        "section removed",
        "moved",
        "moved, no redirect",
        "deleted",
        "deleted and made anew",
    ],
)
def test_a_change_at_the_last_moment_is_never_overwritten(desk, happening):
    page = desk.page()
    seen: list[str | None] = []

    def happens() -> None:
        CONFLICTS[happening](desk)
        seen.append(desk.wiki.text(TITLE) if desk.wiki.exists(TITLE) else None)

    meanwhile(desk, happens)
    outcome = desk.save(page)
    assert isinstance(outcome, Conflict), outcome
    assert (desk.wiki.text(TITLE) if desk.wiki.exists(TITLE) else None) == seen[0]
    assert outcome.theirs == seen[0]
    assert desk.ours() == []
    assert states(desk) == ["not saved"]


def test_another_page_under_the_same_title_at_the_last_moment(desk):
    """MediaWiki compares with the base revision even when that belongs to a page moved away."""
    page = desk.page()
    meanwhile(desk, lambda: CONFLICTS["moved and made anew"](desk))
    outcome = desk.save(page)
    assert isinstance(outcome, Conflict)
    assert outcome.taken_back == desk.wiki.latest(TITLE)
    assert desk.wiki.text(TITLE) == desk.wiki.text("Elsewhere") == UNTOUCHED


@pytest.mark.parametrize("times", [1, 5, 100])
def test_a_page_that_somebody_edits_again_and_again(desk, times):
    """The heading below ours changes: MediaWiki calls it a conflict, our section is the same."""
    text = TEXT.replace("conferences.\n\nIt has 12 embassies.\n\n", "conferences.\n").rstrip()
    page = desk.page(text)
    edits: list[str] = []

    def again() -> None:
        edits.append(text.replace("Memberships", f"Memberships {len(edits)}"))
        desk.wiki.edit(TITLE, edits[-1])
        if len(edits) < times:
            meanwhile(desk, again)

    meanwhile(desk, again)
    outcome = desk.save(page)
    assert len(edits) == min(times, 6)
    if times == 100:
        assert isinstance(outcome, Conflict)
        assert "all the time" in outcome.message
        assert desk.wiki.text(TITLE) == edits[-1]
    else:
        assert isinstance(outcome, Saved)
        assert desk.wiki.text(TITLE) == edits[-1].replace("is teh host", "is the host")
    assert states(desk)[:1] == ["not saved"]


def test_the_same_account_at_the_last_moment(desk):
    page = desk.page()
    theirs = TEXT.replace("is teh host", "was a host").rstrip()
    meanwhile(desk, lambda: desk.wiki.edit(TITLE, theirs, as_user="RedpencilBot"))
    assert isinstance(desk.save(page), Conflict)
    assert desk.wiki.text(TITLE) == theirs


def test_somebody_makes_the_same_edit_at_the_last_moment(desk):
    page = desk.page()
    meanwhile(desk, lambda: desk.wiki.edit(TITLE, MENDED))
    assert isinstance(desk.save(page), Unchanged)
    assert desk.ours() == []
    assert states(desk) == ["not saved"]


def test_a_revision_deleted_before_it_is_read_back(desk):
    page = desk.page()
    desk.client.after["edit"] = lambda: desk.wiki.delete(TITLE)
    outcome = desk.save(page)
    assert isinstance(outcome, Saved)
    assert not outcome.read_back
    assert not desk.wiki.exists(TITLE)


# The page, the wiki or somebody says no.


@pytest.mark.parametrize(
    "mark",
    [
        "{{nobots}}",
        "{{bots|deny=RedpencilBot}}",
        "{{bots|deny=all}}",
        "{{bots|allow=RivalBot}}",
        "{{bots|optout=all}}",
        "{{in use}}",
    ],
)
def test_pages_that_ask_bots_to_stay_away(desk, mark):
    page = desk.page(f"{TEXT}\n{mark}")
    picks = picks_of(replace(page, text=TEXT))
    with desk.saver() as saver:
        outcome = saver.save(page, picks, **CHECKING)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.STAY_AWAY
    assert mark in outcome.message
    assert desk.ours() == []


def picked(desk: Desk) -> tuple[Page, list]:
    page = desk.page()
    return page, picks_of(page)


def test_a_page_that_asked_meanwhile(desk):
    page, picks = picked(desk)
    desk.wiki.edit(TITLE, f"{{{{nobots}}}}\n{TEXT}")
    with desk.saver() as saver:
        outcome = saver.save(page, picks, **CHECKING)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.STAY_AWAY
    assert "{{nobots}}" in outcome.message
    assert desk.ours() == []


def test_anybody_can_stop_the_bot(desk):
    page = desk.page()
    desk.wiki.edit("User:RedpencilBot/stop", "It breaks the tables.")
    outcome = desk.save(page)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.STOPPED
    assert "It breaks the tables." in outcome.message
    assert desk.ours() == []
    desk.wiki.edit("User:RedpencilBot/stop", "")
    assert isinstance(desk.save(page), Saved)


def mend_on(desk: Desk, title: str) -> Page:
    """A page of the seed, approved to get one word more; as Admin put there if need be."""
    desk.wiki.edit(title, TEXT, as_user="Admin")
    return desk.client.fetch(title)


def test_protected_pages(desk):
    page = desk.page()
    desk.wiki.protect(TITLE)
    outcome = desk.save(page)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.code) == (Reason.NOT_ALLOWED, "protectedpage")
    assert "protected" in outcome.message
    assert desk.ours() == []


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Cascade-protected page", "cascadeprotected"),
        ("Locked by its title", "titleblacklist-forbidden"),
    ],
)
def test_pages_that_others_protect(desk, title, code):
    outcome = desk.save(mend_on(desk, title))
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert desk.ours(title) == []


def test_protected_at_the_last_moment(desk):
    page = desk.page()
    meanwhile(desk, lambda: desk.wiki.protect(TITLE))
    assert desk.save(page).code == "protectedpage"
    assert states(desk) == ["not saved"]
    assert kinds(desk) == ["intended", "refused"]


@pytest.mark.parametrize("last_moment", [False, True])
def test_blocked(desk, last_moment):
    page = desk.page()

    def block() -> None:
        desk.wiki.block("RedpencilBot", "Too many mistakes")

    if last_moment:
        meanwhile(desk, block)
    else:
        block()
    outcome = desk.save(page)
    assert isinstance(outcome, Refused)
    assert outcome.reason is (Reason.NOT_ALLOWED if last_moment else Reason.STOPPED)
    assert outcome.code == "blocked"
    assert "Too many mistakes" in outcome.message
    assert desk.ours() == []


def test_blocked_from_one_page_only(desk):
    page = desk.page()
    desk.wiki.block("RedpencilBot", partial=True, allowusertalk=True, pagerestrictions=TITLE)
    outcome = desk.save(page)
    assert (outcome.reason, outcome.code) == (Reason.NOT_ALLOWED, "blocked")
    assert isinstance(desk.save(desk.page(title="Other")), Saved)


def with_password(wiki: Wiki, desk: Desk, tmp_path, login: tuple[str, str]) -> Desk:
    folder = tmp_path / "config"
    folder.mkdir()
    settings = (wiki.folder / "user-config.py").read_text()
    (folder / "user-config.py").write_text(settings)
    (folder / "user-password.py").touch(mode=0o600)
    (folder / "user-password.py").write_text(f"('RedpencilBot', BotPassword{login!r})\n")
    other = type("Folder", (), {"folder": folder, "api_url": wiki.api_url})
    return Desk(wiki, client_of(other, tmp_path / "other state"), desk.store)


def test_a_password_without_the_right_to_edit(wiki, desk, tmp_path):
    page = desk.page()
    password = wiki.credentials_of("RedpencilBot", "reading").password
    reader = with_password(wiki, desk, tmp_path, ("reading", password))
    outcome = reader.save(page)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.NOT_ALLOWED
    assert desk.ours() == []


def test_a_wrong_password(wiki, desk, tmp_path):
    page = desk.page()
    with pytest.raises(NotAllowed, match="log-in failed"):
        with_password(wiki, desk, tmp_path, ("redpencil", "0" * 32)).save(page)
    assert isinstance(desk.save(page), Saved)


@pytest.mark.parametrize("fault", ["session-loss", "bad-token"])
def test_a_lost_session_and_a_bad_token_are_renewed_once(desk, fault):
    page = desk.page()
    desk.wiki.fault(fault, times=1)
    assert isinstance(desk.save(page), Saved)
    assert len(desk.ours()) == 1


@pytest.mark.parametrize("fault", ["session-loss", "bad-token"])
def test_a_session_that_is_lost_again_and_again(desk, fault):
    page = desk.page()
    desk.wiki.fault(fault)
    outcome = desk.save(page)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.NOT_ALLOWED
    assert desk.ours() == []
    assert states(desk) == ["not saved"]


def test_sessions_forgotten_by_the_wiki(desk):
    page = desk.page()
    desk.wiki.forget_sessions()
    assert isinstance(desk.save(page), Saved)


# Filters, blacklists, captchas.


def test_a_filters_warning_is_shown_and_never_clicked_away(desk):
    page = desk.page()
    desk.wiki.edit_filter("warn", rule='user_name == "RedpencilBot"')
    for _ in range(3):
        outcome = desk.save(page)
        assert isinstance(outcome, Refused)
        assert (outcome.reason, outcome.code) == (Reason.UNWANTED, "abusefilter-warning")
        assert "Are you sure?" in outcome.message
    assert desk.ours() == []
    assert states(desk) == ["not saved"] * 3


def test_a_filter_that_disallows(desk):
    page = desk.page()
    desk.wiki.edit_filter("disallow", rule='user_name == "RedpencilBot"')
    outcome = desk.save(page)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.code) == (Reason.UNWANTED, "abusefilter-disallowed")
    assert desk.ours() == []


def by_hand(page: Page, new: str) -> list:
    finding, fix = picks_of(page)[0]
    return [(finding, Fix("by hand", (fix.edits[0]._replace(new=new),)))]


def save_by_hand(desk: Desk, page: Page, new: str) -> object:
    with desk.saver() as saver:
        return saver.save(page, by_hand(page, new), **CHECKING)


def test_a_blacklisted_address(desk):
    page = desk.page()
    outcome = save_by_hand(desk, page, "the [https://badhost.example/x best]")
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.code) == (Reason.UNWANTED, "spamblacklist")
    assert desk.ours() == []


def test_a_captcha(desk):
    page = desk.page()
    desk.wiki.fault("captcha")
    outcome = desk.save(page)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.code) == (Reason.UNWANTED, "captcha")
    assert desk.ours() == []


# A wiki in trouble.

TROUBLES: dict[str, tuple[str, object, dict]] = {
    "readonly": ("readonly", "The disk is being changed.", {"action": "edit"}),
    "maxlag": ("maxlag", 30, {"action": "edit"}),
    "500": ("http", 500, {"action": "edit"}),
    "503 with Retry-After": ("http", 503, {"action": "edit", "retry_after": 1}),
    "429": ("http", 429, {"action": "edit"}),
    "not JSON": ("not-json", True, {"action": "edit"}),
    "request lost": ("lost-request", True, {}),
    "answer lost": ("lost-answer", True, {}),
    "503 for everything": ("http", 503, {}),
}
BRIEF = ["maxlag", "500", "503 with Retry-After", "429", "not JSON", "request lost", "answer lost"]


@pytest.fixture
def hasty(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose patience ends soon, and that counts its pauses instead of making them."""
    pauses: list[float] = []
    pace = replace(QUICK, max_wait=20.0, first_pause=1.0, sleep=pauses.append)
    monkeypatch.setattr(desk.client._client, "pace", pace)
    desk.pauses = pauses
    return desk


@pytest.mark.parametrize("trouble", BRIEF)
def test_trouble_that_passes_is_waited_for(hasty, trouble):
    page = hasty.page()
    name, value, more = TROUBLES[trouble]
    hasty.wiki.fault(name, value, times=2, **more)
    outcome = hasty.save(page)
    assert isinstance(outcome, Saved), outcome
    assert hasty.wiki.text(TITLE) == MENDED
    assert hasty.ours() == [outcome.revision]
    assert hasty.store.saves(state="intended") == []


def test_pauses_grow_and_are_bounded_by_max_wait(hasty):
    page = hasty.page()
    hasty.wiki.fault("http", 429, action="edit")
    outcome = hasty.save(page)
    assert isinstance(outcome, GivenUp)
    assert hasty.pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert sum(hasty.pauses) == 20.0


def test_the_wiki_says_how_long_to_wait(hasty):
    page = hasty.page()
    hasty.wiki.fault("http", 429, action="edit", times=1, retry_after=7)
    assert isinstance(hasty.save(page), Saved)
    assert hasty.pauses == [7.0]
    hasty.pauses.clear()
    hasty.wiki.fault("http", 429, action="edit", retry_after=3600)
    other = hasty.page(title="Other")
    assert isinstance(hasty.save(other), GivenUp)
    assert hasty.pauses == []


@pytest.mark.parametrize("trouble", [name for name in TROUBLES if name != "answer lost"])
def test_trouble_that_stays_is_given_up_with_nothing_half_done(hasty, trouble):
    page, picks = picked(hasty)
    name, value, more = TROUBLES[trouble]
    with hasty.saver(replace(FAST, settled_after=0.0)) as saver:
        hasty.wiki.fault(name, value, **more)
        outcome = saver.save(page, picks, **CHECKING)
    assert isinstance(outcome, GivenUp)
    assert hasty.wiki.latest(TITLE) == page.revision
    hasty.wiki.clear_faults()
    with hasty.saver(replace(FAST, settled_after=0.0)) as saver:
        assert len(saver.settled) == outcome.open
        assert "intended" not in states(hasty)
        assert isinstance(saver.save(page, picks, **CHECKING), Saved)
    assert len(hasty.ours()) == 1


def test_a_timeout(wiki, desk, tmp_path):
    # The request that came late saves at some time after this test: a page of its own.
    page = desk.page(title="Slowly edited")
    slow = Desk(wiki, client_of(wiki, tmp_path / "s", replace(QUICK, timeout=0.6)), desk.store)
    slow.client.login()
    wiki.fault("slow", 1.2, action="edit", times=1)
    outcome = slow.save(page)
    assert isinstance(outcome, Saved), outcome
    assert desk.ours("Slowly edited") == [outcome.revision]


def test_a_refused_connection(hasty, monkeypatch):
    page, picks = picked(hasty)
    session = hasty.client._session
    with hasty.saver() as saver:
        monkeypatch.setattr(session, "api_url", "http://127.0.0.1:9/api.php")
        outcome = saver.save(page, picks, **CHECKING)
    assert isinstance(outcome, GivenUp)
    assert not outcome.open
    assert sum(hasty.pauses) == 20.0


def test_the_wikis_own_limit_of_edits(hasty):
    page = hasty.page()
    hasty.wiki.fault("ratelimit", 0)
    outcome = hasty.save(page)
    assert isinstance(outcome, GivenUp)
    assert states(hasty) == ["not saved"]
    hasty.wiki.clear_faults()
    assert isinstance(hasty.save(page), Saved)


def test_the_stop_page_counts_while_the_wiki_is_waited_for(hasty):
    page = hasty.page()
    hasty.wiki.fault("http", 429, action="edit", times=1)
    hasty.client.before["edit"] = lambda: hasty.wiki.edit("User:RedpencilBot/stop", "Stop.")
    outcome = hasty.save(page)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.STOPPED
    assert hasty.ours() == []


# The answer is lost after the wiki has saved.

AFTERWARDS: dict[str, Callable[[Desk], object]] = {
    "nothing": lambda d: None,
    "other section": lambda d: d.wiki.edit(TITLE, MENDED.replace("salt", "tea")),
    "same section": lambda d: d.wiki.edit(TITLE, MENDED.replace("12", "13")),
    "ours undone": lambda d: d.wiki.undo(TITLE, d.wiki.latest(TITLE)),
    "blanked": lambda d: d.wiki.edit(TITLE, ""),
    "moved": lambda d: d.wiki.move(TITLE, "Elsewhere", redirect=False),
    "protected": lambda d: d.wiki.protect(TITLE),
    "blocked": lambda d: d.wiki.block("RedpencilBot"),
}


@pytest.mark.parametrize("afterwards", AFTERWARDS)
def test_a_lost_answer_is_found_in_the_history_by_the_marker(desk, afterwards):
    page = desk.page()
    desk.wiki.fault("lost-answer", times=1)
    desk.client.before["history"] = lambda: AFTERWARDS[afterwards](desk)
    outcome = desk.save(page)
    assert isinstance(outcome, Saved), outcome
    assert desk.client.asked.count("edit") == 1
    title = "Elsewhere" if afterwards == "moved" else TITLE
    assert desk.ours(title)[-1:] == [outcome.revision]
    assert len(desk.ours(title)) == 1
    assert states(desk) == ["saved"]


@pytest.mark.parametrize("afterwards", ["nothing", "same section"])
def test_a_request_that_lands_while_we_look_again(desk, afterwards):
    """The history does not hold our edit yet, and the page already does."""
    page = desk.page()
    desk.wiki.fault("lost-request", times=1)

    def lands() -> None:
        (save,) = desk.store.saves()
        desk.wiki.edit(TITLE, MENDED, as_user="RedpencilBot", summary=save.marker)
        AFTERWARDS[afterwards](desk)

    desk.client.before["history"] = lambda: desk.client.before.update(look=lands)
    outcome = desk.save(page)
    assert isinstance(outcome, Saved), outcome
    assert desk.ours() == [outcome.revision]
    assert states(desk) == ["saved"]


def test_an_answer_lost_for_good_is_found_by_the_next_run(hasty):
    page, picks = picked(hasty)
    with hasty.saver() as saver:
        hasty.wiki.fault("lost-answer", times=1)
        hasty.client.before["history"] = lambda: hasty.wiki.fault("http", 503)
        outcome = saver.save(page, picks, **CHECKING)
    assert isinstance(outcome, GivenUp)
    assert outcome.open
    assert "next run will find out" in outcome.message
    assert states(hasty) == ["intended"]
    hasty.wiki.clear_faults()
    with hasty.saver() as saver:
        (settled,) = saver.settled
        assert isinstance(settled, Saved)
        assert isinstance(saver.save(page, picks, **CHECKING), Unchanged)
    assert hasty.ours() == [settled.revision]
    assert states(hasty) == ["saved"]


OPEN: dict[str, tuple[Callable[[Desk], object], bool]] = {
    "edited": (lambda d: d.wiki.edit(TITLE, MENDED.replace("salt", "tea")), True),
    "undone": (lambda d: d.wiki.undo(TITLE, d.wiki.latest(TITLE)), True),
    "moved": (lambda d: d.wiki.move(TITLE, "Elsewhere", redirect=False), True),
    "deleted": (lambda d: d.wiki.delete(TITLE), False),
    "made anew": (lambda d: (d.wiki.delete(TITLE), d.wiki.edit(TITLE, TEXT)), False),
}


@pytest.mark.parametrize("fault", ["lost-answer", "lost-request"])
@pytest.mark.parametrize("afterwards", OPEN)
def test_an_open_edit_is_settled_whatever_happened_to_its_page(hasty, afterwards, fault):
    page, picks = picked(hasty)
    happens, visible = OPEN[afterwards]
    with hasty.saver() as saver:
        hasty.wiki.fault(fault, times=1)
        hasty.client.before["history"] = lambda: hasty.wiki.fault("http", 503)
        assert saver.save(page, picks, **CHECKING).open
    hasty.wiki.clear_faults()
    if fault == "lost-request":
        hasty.wiki.edit(TITLE, LONG)
    happens(hasty)
    with hasty.saver() as saver:
        (settled,) = saver.settled
    assert isinstance(settled, Saved if visible and fault == "lost-answer" else Refused), settled
    assert hasty.store.saves(state="intended") == []


def test_an_open_edit_that_went_to_another_page_is_taken_back_by_the_next_run(hasty):
    page, picks = picked(hasty)

    def happens() -> None:
        CONFLICTS["moved and made anew"](hasty)
        hasty.wiki.fault("lost-answer", times=1)

    with hasty.saver() as saver:
        meanwhile(hasty, happens)
        hasty.client.before["history"] = lambda: hasty.wiki.fault("http", 503)
        assert saver.save(page, picks, **CHECKING).open
    hasty.wiki.clear_faults()
    assert hasty.wiki.text(TITLE) == MENDED
    with hasty.saver() as saver:
        (settled,) = saver.settled
    assert isinstance(settled, Conflict)
    assert settled.taken_back == hasty.wiki.latest(TITLE)
    assert hasty.wiki.text(TITLE) == hasty.wiki.text("Elsewhere") == UNTOUCHED
    assert hasty.store.saves(state="intended") == []


def test_an_edit_saved_but_not_read_back_is_known_to_be_saved(hasty):
    page, picks = picked(hasty)
    with hasty.saver() as saver:
        hasty.client.after["edit"] = lambda: hasty.wiki.fault("http", 503)
        outcome = saver.save(page, picks, **CHECKING)
    assert isinstance(outcome, Saved)
    assert not outcome.read_back
    assert states(hasty) == ["saved"]


def test_a_late_request_is_given_time_before_it_is_called_unsaved(desk, monkeypatch):
    """The wiki is still working on the edit when the next run looks for it."""
    page, picks = picked(desk)
    number = desk.store.intend(
        wiki=desk.client.name,
        page=TITLE,
        account="RedpencilBot",
        base_revision=page.revision,
        sha1="",
        marker="rp-late",
        detail={
            "at": desk.store.clock().isoformat(),
            "page_id": desk.wiki.api("query", titles=TITLE)["query"]["pages"][0]["pageid"],
            "edits": [list(edit) for _, fix in picks for edit in fix.edits],
            "checks": [],
            "undoes": None,
        },
    )
    late = threading.Thread(
        target=lambda: (
            time.sleep(0.3),
            desk.wiki.edit(TITLE, MENDED, as_user="RedpencilBot", summary="x rp-late"),
        )
    )
    late.start()
    with desk.saver(replace(FAST, settled_after=1.0)) as saver:
        late.join()
        assert [type(outcome) for outcome in saver.settled] == [Saved]
    assert [(save.id, save.state) for save in desk.store.saves()] == [(number, "saved")]


# Texts that the wiki writes otherwise.


def test_normalised_text_is_no_mismatch(desk):
    page = desk.page()
    outcome = save_by_hand(desk, page, "the cafe\N{COMBINING ACUTE ACCENT}’s")
    assert isinstance(outcome, Saved)
    assert "the café’s" in desk.wiki.text(TITLE)


def test_blanks_at_the_end_are_no_mismatch(desk):
    page = desk.page("Sandovia is teh")
    finding, fix = picks_of(page, "teh")[0]
    edit = fix.edits[0]._replace(new="the \t\n\n")
    with desk.saver() as saver:
        outcome = saver.save(page, [(finding, Fix("by hand", (edit,)))], **CHECKING)
    assert isinstance(outcome, Saved)
    assert desk.wiki.text(TITLE) == "Sandovia is the"


@pytest.mark.parametrize(
    "new", ["the ~~~~", "the {{subst:As of|2020}}", "the [[Mercury (planet)|]]"]
)
def test_what_the_wiki_would_rewrite_is_not_saved(desk, new):
    outcome = save_by_hand(desk, desk.page(), new)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.NOT_GOOD
    assert desk.ours() == []


def test_what_only_looks_like_it_is_saved(desk):
    text = TEXT + "\n{{DEFAULTSORT:Sandovia}}\n<nowiki>~~~~</nowiki>"
    assert isinstance(desk.save(desk.page(text)), Saved)


# Limits.


def test_edits_per_minute(desk):
    pauses: list[float] = []
    with desk.saver(replace(FAST, per_minute=2), sleep=pauses.append) as saver:
        for number in range(3):
            page = desk.page(title=f"Page {number}")
            assert isinstance(saver.save(page, picks_of(page), **CHECKING), Saved)
    assert len(pauses) == 1
    assert 50 < pauses[0] <= 60
    with desk.saver(replace(FAST, per_minute=2), sleep=pauses.append) as saver:
        page = desk.page(title="Page 4")
        assert isinstance(saver.save(page, picks_of(page), **CHECKING), Saved)
    assert len(pauses) == 2, "an earlier run counts"


def test_edits_per_run_and_page(desk):
    with desk.saver(replace(FAST, per_run=1)) as saver:
        for kind in (Saved, Refused):
            page = desk.page(title=f"For {kind.__name__}")
            outcome = saver.save(page, picks_of(page), **CHECKING)
            assert isinstance(outcome, kind)
    assert outcome.reason is Reason.LIMIT
    for kind in (Saved, Saved, Refused):
        page = desk.page(title="One")
        outcome = desk.save(page, policy=replace(FAST, per_page=2))
        assert isinstance(outcome, kind), outcome
        desk.wiki.edit("One", "Something else.")
    assert outcome.reason is Reason.LIMIT
    assert "24 hours" in outcome.message


def test_a_second_redpencil_leaves(desk):
    with (
        desk.saver(),
        pytest.raises(StoreError, match="another redpencil"),
        desk.saver(replace(FAST, max_wait=0.2)),
    ):
        pass


def test_a_second_redpencil_waits(desk):
    page, picks = picked(desk)
    first = desk.saver()
    first.__enter__()
    timer = threading.Timer(0.4, first.__exit__)
    timer.start()
    with desk.saver() as saver:
        assert isinstance(saver.save(page, picks, **CHECKING), Saved)
    timer.join()
    assert any("waiting" in sentence for sentence in desk.said)


# Undoing.


def test_undo_takes_our_own_edit_back(desk):
    page = desk.page()
    saved = desk.save(page)
    with desk.saver() as saver:
        undone = saver.undo(saved.number)
        with pytest.raises(UsageError, match="undone already"):
            saver.undo(saved.number)
    assert isinstance(undone, Saved)
    latest = desk.wiki.history(TITLE)[0]
    assert latest.text == UNTOUCHED
    assert f"undid its own revision {saved.revision}" in latest.summary
    assert "mw-manual-revert" in latest.tags


def test_undo_keeps_its_hands_off_what_came_after(desk):
    saved = desk.save(desk.page())
    desk.wiki.edit(TITLE, MENDED.replace("salt", "tea"), as_user="RivalBot")
    with desk.saver() as saver:
        outcome = saver.undo(saved.number)
    assert isinstance(outcome, Refused)
    assert "RivalBot" in outcome.message
    assert "tea" in desk.wiki.text(TITLE)
    assert "is the host" in desk.wiki.text(TITLE)


def test_an_edit_just_before_the_undo_is_kept(desk):
    saved = desk.save(desk.page())
    meanwhile(desk, lambda: desk.wiki.edit(TITLE, MENDED.replace("salt", "tea")))
    with desk.saver() as saver:
        outcome = saver.undo(saved.number)
    assert isinstance(outcome, Saved)
    assert desk.wiki.text(TITLE) == UNTOUCHED.replace("salt", "tea")


def test_undo_of_what_is_not_there(desk):
    page, picks = picked(desk)
    desk.wiki.edit_filter("disallow", rule='user_name == "RedpencilBot"')
    with desk.saver() as saver:
        saver.save(page, picks, **CHECKING)
        with pytest.raises(UsageError, match="no edit 99"):
            saver.undo(99)
        with pytest.raises(UsageError, match="was not saved"):
            saver.undo(1)
        desk.wiki.edit_filter("disallow", on=False)
        saved = saver.save(page, picks, **CHECKING)
        desk.wiki.delete(TITLE)
        assert isinstance(saver.undo(saved.number), Refused)
    assert not desk.wiki.exists(TITLE)


def test_undo_asks_the_stop_page_too(desk):
    saved = desk.save(desk.page())
    desk.wiki.edit("User:RedpencilBot/stop", "Stop.")
    with desk.saver() as saver:
        assert saver.undo(saved.number).reason is Reason.STOPPED
