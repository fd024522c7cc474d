"""`redpencil save` and `redpencil undo` as a person types them, on a real MediaWiki."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.queue import Queue
from bot.queue.proposals import Decision, Selection, State
from bot.sites.mediawiki import MediaWiki
from bot.store import Store
from tests.live.wiki import Wiki

pytestmark = pytest.mark.usefixtures("account")

TITLE = "Relations of Sandovia"
TEXT = """\
'''Sandovia''' is an invented country.

== Foreign relations ==
Sandovia is quiet.<ref>{{cite web |url=https://a.example/b |title=B \
|archive-url=https://web.archive.org/web/20160301000000/https://a.example/b \
|archive-date=2 May 2017}}</ref>

== Economy ==
Sandovia exports salt."""
MENDED = TEXT.replace("2 May 2017", "1 March 2016")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def reported(wiki: Wiki, home: Path, choice: object = 0) -> Path:
    """A report of the page, in which a person has chosen the fix of the wrong archive date."""
    wiki.edit(TITLE, TEXT)
    only = ["--check", "archive-date-mismatch"]
    result = run("check", wiki.page_url(TITLE), "--format", "json", *only)
    report = json.loads(result.stdout)
    (finding,) = report["pages"][0]["findings"]
    finding["chosen"] = choice
    file = home / "chosen.json"
    file.write_text(json.dumps(report))
    return file


def test_a_chosen_fix_is_shown_saved_and_undone(wiki, home):
    file = reported(wiki, home)
    result = run("save", file, "--simulate")
    assert result.exit_code == 0, result.output
    assert "-" in result.stdout
    assert "archive-date=1 March 2016" in result.stdout
    assert wiki.text(TITLE) == TEXT

    result = run("save", file)
    assert result.exit_code == 0, result.output
    assert f"saved as revision {wiki.latest(TITLE)} (edit 1)" in result.stdout
    assert wiki.text(TITLE) == MENDED

    result = run("save", file)
    assert result.exit_code == 0, result.output
    assert "reads as approved already" in result.stdout
    assert len(wiki.history(TITLE)) == 2

    result = run("undo", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        f"Edit 1 is taken back:\n{TITLE}: saved as revision {wiki.latest(TITLE)} (edit 2)\n"
    )
    assert wiki.text(TITLE) == TEXT
    result = run("undo", 1)
    assert result.exit_code == 2
    assert "undone already" in result.stderr

    story = run("log", TITLE, "--wiki", wiki.url.partition("://")[2]).stdout
    assert story.count("saved") >= 2


def test_a_conflict_shows_both_texts_and_saves_nothing(wiki, home):
    file = reported(wiki, home)
    theirs = TEXT.replace("is quiet", "was quiet")
    wiki.edit(TITLE, theirs)
    result = run("save", file)
    assert result.exit_code == 1, result.output
    assert "nothing was saved" in result.stdout
    assert "+Sandovia is quiet" in result.stdout
    assert "-Sandovia was quiet" in result.stdout
    assert wiki.text(TITLE) == theirs


def test_a_refusal_says_what_to_do(wiki, home):
    file = reported(wiki, home)
    wiki.protect(TITLE)
    result = run("save", file)
    assert result.exit_code == 1
    assert "the page is protected" in result.stdout
    result = run("undo", 7)
    assert result.exit_code == 2
    assert "no edit 7" in result.stderr


def test_a_wiki_that_stays_down_has_status_3(wiki, home):
    file = reported(wiki, home)
    wiki.fault("readonly", "closed", action="edit")
    result = run("save", file, "--max-wait", 0.1)
    assert result.exit_code == 3, result.output
    assert "nothing was saved" in result.stdout
    wiki.fault("http", 503)
    assert run("save", file, "--max-wait", 0.1).exit_code == 3


def test_settings_say_how_edits_look(wiki, home):
    file = reported(wiki, home)
    (home / "s.toml").write_text('[saving]\nminor = true\ndocumentation = "Project:Bots"\n')
    assert run("save", file, "--settings", home / "s.toml").exit_code == 0
    latest = wiki.history(TITLE)[0]
    assert latest.minor
    assert "[[Project:Bots|about]]" in latest.summary
    (home / "s.toml").write_text("[saving]\nper-minute = 0\n")
    result = run("save", file, "--settings", home / "s.toml")
    assert result.exit_code == 2
    assert "per-minute" in result.stderr


def test_a_report_that_says_otherwise_than_the_wiki_is_refused(wiki, home):
    file = reported(wiki, home)
    report = json.loads(file.read_text())
    report["pages"][0]["findings"][0]["fixes"][0]["edits"][0]["start"] += 1
    file.write_text(json.dumps(report))
    result = run("save", file)
    assert result.exit_code == 4
    assert len(wiki.history(TITLE)) == 1


def approved_in_queue(wiki: Wiki, home: Path) -> Path:
    """A queue in which the fixes of the wrong archive date are approved."""
    file = home / "queue.sqlite"
    only = ["--check", "archive-date-mismatch", "--queue", file]
    assert run("propose", wiki.page_url(TITLE), *only).exit_code == 0
    with Store(file) as store:
        queue = Queue(store)
        queue.decide(
            [
                Decision(each.id, each.version, State.APPROVED, 0)
                for each in queue.proposals(Selection())
            ],
            "Ann",
        )
    return file


def state_in(file: Path) -> State:
    with Store(file) as store:
        (proposal,) = Queue(store).proposals(Selection())
        return proposal.state


def test_what_is_approved_in_the_queue_is_saved_and_told_to_it(wiki, home):
    wiki.edit(TITLE, TEXT)
    file = approved_in_queue(wiki, home)
    assert run("save", "--queue", file, "--simulate").exit_code == 0
    assert state_in(file) is State.APPROVED
    result = run("save", "--queue", file)
    assert result.exit_code == 0, result.output
    assert wiki.text(TITLE) == MENDED
    assert state_in(file) is State.SAVED
    result = run("save", "--queue", file)
    assert (result.exit_code, "Nothing is approved" in result.stdout) == (0, True)
    assert run("undo", 1, "--queue", file).exit_code == 0
    assert "undone by RedpencilBot" in run("log", TITLE, "--queue", file).stdout


def test_a_conflict_goes_back_to_be_checked_again(wiki, home):
    wiki.edit(TITLE, TEXT)
    file = approved_in_queue(wiki, home)
    wiki.edit(TITLE, TEXT.replace("is quiet", "was quiet"))
    result = run("save", "--queue", file)
    assert result.exit_code == 1
    assert state_in(file) is State.CONFLICT
    command = result.stdout.splitlines()[-1].partition("redpencil ")[2]
    again = run(*command.split(), "--check", "archive-date-mismatch", "--queue", file)
    assert "0 new proposals, 0 obsolete; 1 wait" in again.output
    assert state_in(file) is State.PENDING


@pytest.mark.parametrize("redirect", [True, False])
def test_what_was_decided_goes_with_a_page_that_is_moved(wiki, home, redirect):
    wiki.edit(TITLE, TEXT)
    file = approved_in_queue(wiki, home)
    to = "Relations of Great Sandovia"
    wiki.move(TITLE, to, redirect=redirect)
    assert f"moved to [[{to}]]" in run("save", "--queue", file).output
    only = ["--check", "archive-date-mismatch", "--queue", file]
    assert "0 new proposals, 0 obsolete; 1 wait" in run("propose", wiki.page_url(to), *only).output
    with Store(file) as store:
        queue = Queue(store)
        (proposal,) = queue.proposals(Selection())
        assert proposal.page == to
        decision = Decision(proposal.id, proposal.version, State.REJECTED)
        assert queue.decide([decision], "Ann")[0].made
    wiki.move(to, "Sandovia abroad")
    again = run("propose", wiki.page_url("Sandovia abroad"), *only)
    assert "0 new proposals, 0 obsolete; 0 wait" in again.output
    assert f"the page was [[{to}]] before" in run("log", "Sandovia abroad", *only[2:]).output


def test_a_simulation_takes_no_approval_back(wiki, home):
    wiki.edit(TITLE, TEXT)
    file = approved_in_queue(wiki, home)
    wiki.edit(TITLE, TEXT.replace("is quiet", "was quiet"))
    result = run("save", "--queue", file, "--simulate")
    assert (result.exit_code, "nothing was saved" in result.stdout) == (1, True)
    wiki.protect(TITLE)
    assert run("save", "--queue", file, "--simulate").exit_code == 1
    assert state_in(file) is State.APPROVED
    assert "by RedpencilBot" not in run("log", TITLE, "--queue", file).stdout


def test_an_edit_that_a_crash_left_open_is_told_to_the_queue_by_the_next_run(wiki, home):
    wiki.edit(TITLE, TEXT)
    file = approved_in_queue(wiki, home)
    once = MediaWiki.once

    def and_then_nothing(self, **parameters):
        if parameters["action"] != "edit":
            return once(self, **parameters)
        wiki.fault("lost-answer")
        try:
            return once(self, **parameters)
        finally:
            wiki.fault("http", 503)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MediaWiki, "once", and_then_nothing)
        result = run("save", "--queue", file, "--max-wait", 0.1)
    assert result.exit_code == 3, result.output
    assert "the next run will find out" in result.stdout
    assert state_in(file) is State.APPROVED
    wiki.clear_faults()
    run("save", "--queue", file, "--simulate")
    assert state_in(file) is State.APPROVED
    result = run("save", "--queue", file)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("saved as revision") == 1
    assert state_in(file) is State.SAVED
    assert wiki.text(TITLE) == MENDED
    assert len(wiki.history(TITLE)) == 2


def test_what_is_decided_otherwise_meanwhile_is_not_saved(wiki, home, monkeypatch):
    wiki.edit(TITLE, TEXT)
    file = approved_in_queue(wiki, home)
    login = MediaWiki.login

    def and_somebody_says_no(self):
        with Store(file) as store:
            queue = Queue(store)
            (one,) = queue.proposals(Selection())
            queue.decide([Decision(one.id, one.version, State.REJECTED, reason="no")], "Ben")
        return login(self)

    monkeypatch.setattr(MediaWiki, "login", and_somebody_says_no)
    result = run("save", "--queue", file)
    assert result.exit_code == 0
    assert f"{TITLE}: somebody has decided or saved there meanwhile" in result.stderr
    assert "Nothing is approved" in result.stdout
    assert wiki.text(TITLE) == TEXT
    assert state_in(file) is State.REJECTED


def test_what_stays_approved_beside_another_decision_is_told_to_wait(wiki, home, monkeypatch):
    wiki.edit(TITLE, TEXT.replace("is quiet", "will join in 2015"))
    file = home / "queue.sqlite"
    assert run("propose", wiki.page_url(TITLE), "--queue", file).exit_code == 0

    def decided(state: State) -> None:
        with Store(file) as store:
            queue = Queue(store)
            for one in queue.proposals(Selection())[: 1 if state is State.REJECTED else None]:
                if one.finding.fixes:
                    decision = Decision(one.id, one.version, state, 0)
                    assert queue.decide([decision], "Ann")[0].made

    decided(State.APPROVED)
    assert "Nothing is approved" in run("save", "--queue", file, "--page", "Another").stdout
    login = MediaWiki.login

    def and_somebody_says_no(self):
        decided(State.REJECTED)
        return login(self)

    with monkeypatch.context() as patch:
        patch.setattr(MediaWiki, "login", and_somebody_says_no)
        result = run("save", "--queue", file)
    assert "is left for the next time" in result.stderr
    assert "Nothing is approved" not in result.stdout
    assert "saved as revision" in run("save", "--queue", file).stdout
