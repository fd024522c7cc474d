"""From a proposal to the page's history, on a real MediaWiki, with a person at a terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.live.wiki import Wiki
from tests.test_terminal import Person

pytestmark = pytest.mark.usefixtures("account")

TITLE = "Relations of Sandovia"
TEXT = """\
'''Sandovia''' is an invented country.

== Foreign relations ==
A bridge to Karvenia will be completed in 2015. Sandovia is quiet.<ref>{{cite web \
|url=https://a.example/b |title=B \
|archive-url=https://web.archive.org/web/20160301000000/https://a.example/b \
|archive-date=2 May 2017 |url-status=live}}</ref>

== Economy ==
Sandovia exports salt."""


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    return result


def propose(wiki: Wiki) -> Result:
    return run("propose", wiki.page_url(TITLE), "--today", "2026-11-23")


def test_what_a_person_approves_is_what_the_history_holds(wiki: Wiki) -> None:
    wiki.edit(TITLE, TEXT)
    assert "2 new proposals" in propose(wiki).output
    person = Person(sys.executable, "-m", "bot", "review", "--as", "Ann", NO_COLOR="1")
    try:
        seen = person.sees("Approve?")
        assert f"1/2 {TITLE} Foreign relations, line 4" in seen
        person.types("p")
        seen = person.sees("Approve?")
        assert "before: A bridge to Karvenia will be completed in 2015. Sandovia is quiet." in seen
        assert "after: A bridge to Karvenia was to be completed in 2015." in seen
        assert "cite web" not in seen
        person.types("o")
        person.sees(wiki.page_url(TITLE))
        person.types("e")
        person.sees("edit: ")
        line = "A bridge to Karvenia was due in 2015. " + TEXT.split("\n")[3].partition("2015. ")[2]
        person.types(f"\x15{line}\n")
        person.sees("checked again: nothing is wrong with it")
        person.types("y")
        person.sees("2/2")
        person.sees("Approve?")
        person.types("y")
        person.sees("Everything is decided.")
        person.types("q")
        person.sees("2 approved and not saved yet, 0 undecided.")
        assert person.ends() == 0
    finally:
        person.close()
    assert wiki.text(TITLE) == TEXT
    assert "saved as revision" in run("save").output
    expected = TEXT.replace("will be completed in", "was due in")
    assert wiki.text(TITLE) == expected.replace("2 May 2017", "1 March 2016")
    assert len(wiki.history(TITLE)) == 2
    story = run("log", TITLE).output
    assert [story.count(f"  {kind} ") for kind in ("proposed", "approved", "saved")] == [2, 2, 3]
    assert "(edited)" in story
    assert "0 new proposals, 0 obsolete; 0 wait" in propose(wiki).output


def test_what_somebody_undoes_is_counted_and_not_proposed_again(wiki: Wiki, home: Path) -> None:
    wiki.edit(TITLE, TEXT)
    propose(wiki)
    allowed = home / "settings.toml"
    allowed.write_text('[review]\nyes-safe = ["archive-date-mismatch"]\n')
    run("review", "--yes-safe", "--settings", allowed)
    run("save")
    assert "0 mends found" in run("stats", "--look-up").output
    wiki.edit(TITLE, TEXT)
    assert "1 mend found to be undone" in run("stats", "--look-up").output
    assert "0 mends found" in run("stats", "--look-up").output
    assert "0 new proposals" in propose(wiki).output
    document = json.loads(run("stats", "--format", "json").output)
    (found,) = [each for each in document["checks"] if each["check"] == "archive-date-mismatch"]
    assert (found["accepted"], found["reverted"], found["saved"]) == (0, 1, 1)
    assert "reverted" in run("log", TITLE).output


def test_a_conflict_comes_back_to_be_decided_again(wiki: Wiki) -> None:
    wiki.edit(TITLE, TEXT)
    propose(wiki)
    person = Person(sys.executable, "-m", "bot", "review", "--as", "Ann")
    try:
        person.sees("Approve?")
        person.types("yy")
        person.sees("Everything is decided.")
        person.types("q")
        assert person.ends() == 0
    finally:
        person.close()
    theirs = TEXT.replace("Sandovia is quiet", "Sandovia was quiet")
    wiki.edit(TITLE, theirs)
    result = CliRunner().invoke(main, ["save"])
    assert "check the page again" in result.output
    assert wiki.text(TITLE) == theirs
    states = json.loads(run("queue", "--format", "json").output)["proposals"]
    assert {each["state"] for each in states} == {"conflict"}
    assert "0 new proposals, 0 obsolete; 2 wait" in propose(wiki).output
