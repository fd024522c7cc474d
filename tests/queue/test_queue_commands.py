"""The commands around the queue: propose, queue, log, stats, and review where it does not ask."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.configuration import queue_path
from bot.model import Edit
from bot.queue import Queue, learning
from bot.queue.proposals import Decision, Selection, State
from bot.store import Store

TEXT = """{{Use dmy dates|date=May 2020}}
== Plans ==
A bridge will be completed in 2015.<ref>{{cite web |url=https://example.org/a |title=A
|archive-url=https://web.archive.org/web/20150102030405/https://example.org/a
|archive-date=3 January 2015 |url-status=live}}</ref>

== Members ==
* [[United Nations]]
* [[OSCE]]
* [[United Nations]]
"""

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wiki").mkdir()
    (tmp_path / "wiki" / "Bridges.wiki").write_text(TEXT)
    return tmp_path / "wiki"


@pytest.fixture
def run() -> Run:
    def command(*arguments: object, status: int = 0, given: str = "") -> Result:
        done = CliRunner().invoke(main, [str(a) for a in arguments], input=given)
        assert done.exit_code == status, done.output
        return done

    return command


def propose(run: Run, folder: Path, *more: object, status: int = 0) -> Result:
    return run("propose", folder, "--today", "2026-11-23", *more, status=status)


def decide(state: State, check: str, reason: str = "") -> None:
    with Store(queue_path()) as store:
        queue = Queue(store)
        for entry in queue.entries(Selection(check=check, states=[State.PENDING])):
            decision = Decision(entry.id, entry.version, state, 0, (), reason)
            assert queue.decide([decision], "Ann")[0].made


def listed(run: Run, *options: str) -> list[dict[str, object]]:
    document = json.loads(run("queue", "--format", "json", *options).output)
    assert document["version"] == 1
    found: list[dict[str, object]] = document["proposals"]
    return found


def test_findings_are_proposed_once(run: Run, folder: Path) -> None:
    done = propose(run, folder)
    assert done.output == ("1 page: 3 new proposals, 0 obsolete; 3 wait for `redpencil review`\n")
    assert "0 new proposals, 0 obsolete; 3 wait" in propose(run, folder).output
    found = listed(run)
    assert [(f["page"], f["check"], f["line"], f["state"]) for f in found] == [
        ("Bridges.wiki", "stale-future", 3, "pending"),
        ("Bridges.wiki", "archive-date-mismatch", 5, "pending"),
        ("Bridges.wiki", "duplicate-entry", 10, "pending"),
    ]
    assert found[0]["wiki"] == folder.as_uri()


def test_a_page_is_the_same_however_it_is_named(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(run, folder)
    monkeypatch.chdir(folder)
    assert "0 new" in propose(run, Path("Bridges.wiki")).output
    assert "0 new" in propose(run, Path()).output


def test_a_section_or_a_check_says_nothing_of_the_rest(run: Run, folder: Path) -> None:
    propose(run, folder)
    (folder / "Bridges.wiki").write_text("Nothing.\n\n== Plans ==\nNothing.\n\n== Members ==\n")
    done = propose(run, folder, "--section", "Members")
    assert "0 new proposals, 1 obsolete; 2 wait" in done.output
    done = propose(run, Path(f"{folder}/Bridges.wiki#Plans"), "--check", "archives")
    assert "0 new proposals, 1 obsolete; 1 wait" in done.output
    done = propose(run, folder)
    assert "0 new proposals, 1 obsolete; 0 wait\n" in done.output


def test_what_cannot_be_proposed_is_said(run: Run, folder: Path) -> None:
    assert "standard input cannot be proposed" in run("propose", "-", status=2, given="x").output
    assert "no file or folder" in propose(run, folder / "No.wiki", status=2).output
    assert "Name a TARGET" in run("propose", status=2).output


def test_the_list_is_told_by_page_check_state_safety_and_age(run: Run, folder: Path) -> None:
    (folder / "Other.wiki").write_text("A bridge will be completed in 2016.\n")
    propose(run, folder)
    decide(State.REJECTED, "duplicate-entry")
    checks = [f["check"] for f in listed(run, "--state", "all", "--page", "Bridges.wiki")]
    assert checks == ["stale-future", "archive-date-mismatch", "duplicate-entry"]
    assert len(listed(run)) == 3
    assert len(listed(run, "--check", "stale")) == 2
    assert [f["check"] for f in listed(run, "--safety", "safe")] == ["archive-date-mismatch"]
    assert [f["check"] for f in listed(run, "--state", "rejected")] == ["duplicate-entry"]
    assert listed(run, "--older", "1") == []
    time.sleep(0.002)
    assert len(listed(run, "--older", "0")) == 3
    assert len(listed(run, "--limit", "2")) == 2
    text = run("queue").output
    assert "Bridges.wiki  (file://" in text
    assert "pending   stale-future, line 3, 0 minutes: " in text
    assert text.endswith("\n3 pending\n")
    assert run("queue", "--page", "None").output == (
        "Nothing is in the queue that was asked for.\n"
    )


def test_the_queue_is_exported_and_imported(run: Run, folder: Path, tmp_path: Path) -> None:
    propose(run, folder)
    decide(State.APPROVED, "stale-future")
    file, other = tmp_path / "queue.jsonl", tmp_path / "other.sqlite"
    lines = run("queue", "export").output
    run("queue", "export", "--output", file)
    assert file.read_text() == lines
    done = run("queue", "--queue", other, "import", file)
    assert "added 3 proposals, 0 saves and" in done.output
    assert run("queue", "--queue", other, "export").output == lines
    assert "is no UTF-8" not in run("queue", "import", "-", given=lines).output
    assert "none of a queue's export" in run("queue", "import", "-", given="x", status=2).output
    file.write_bytes(b"\xff")
    assert "is no UTF-8" in run("queue", "import", file, status=2).output
    assert "cannot be written" in run("queue", "export", "--output", "no/where", status=2).output


def test_the_log_tells_the_story_of_a_page(run: Run, folder: Path) -> None:
    propose(run, folder)
    decide(State.APPROVED, "stale-future")
    decide(State.REJECTED, "duplicate-entry", "two\nseats")
    text = run("log", "Bridges.wiki").output
    assert "proposed   proposal 1: stale-future 2015 is over" in text
    assert "checked    3 new, 0 kept, 0 obsolete" in text
    assert "approved   proposal 1: stale-future “" in text
    assert re.search(r"\[-will.*-\]\{\+was to.*\+\} by Ann\n", text)
    assert "rejected   proposal 3: duplicate-entry by Ann (two↵seats)" in text
    assert run("log", folder / "Bridges.wiki").output == text
    document = json.loads(run("log", "Bridges.wiki", "--format", "json").output)
    assert [event["kind"] for event in document["events"]].count("proposed") == 3
    assert "knows nothing of 'Tunnels'" in run("log", "Tunnels", status=2).output


def test_a_check_that_is_seldom_accepted_is_no_longer_proposed(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[learning]\ndecisions = 1\nacceptance = 0.5\n")
    propose(run, folder)
    decide(State.REJECTED, "stale-future", "a name")
    decide(State.APPROVED, "duplicate-entry")
    text = run("stats", "--settings", settings).output
    assert "1 × a name" in text
    assert "stale-future only reports: people accepted 0 of its last 1 proposals" in text
    (folder / "Other.wiki").write_text("A bridge will be completed in 2016.\n")
    done = propose(run, folder, "--settings", settings)
    assert "stale-future only reports" in done.output
    assert "2 pages: 0 new proposals, 0 obsolete; 1 wait" in done.output
    run("stats", "--settings", settings, "--trust", "stale-future", "--as", "Bob")
    assert "2 pages: 1 new proposal," in propose(run, folder, "--settings", settings).output
    with Store(queue_path()) as store:
        told = [(e.kind, e.who) for e in store.events() if e.kind in ("report-only", "trusted")]
    assert told == [("report-only", ""), ("trusted", "Bob")]
    assert "no check or family" in run("stats", "--trust", "none", status=2).output
    assert "is a family" in run("stats", "--trust", "stale", status=2).output


def test_statistics_as_json(run: Run, folder: Path) -> None:
    assert run("stats").output == "Nothing is decided yet.\n"
    propose(run, folder)
    decide(State.APPROVED, "duplicate-entry")
    document = json.loads(run("stats", "--format", "json").output)
    (found,) = [each for each in document["checks"] if each["check"] == "duplicate-entry"]
    assert (found["accepted"], found["share"]) == (1, 1.0)
    assert learning.Made.ACCEPTED.value in found


def test_yes_safe_needs_the_check_to_be_named(run: Run, folder: Path, tmp_path: Path) -> None:
    propose(run, folder)
    assert "until the settings name" in run("review", "--yes-safe", status=2).output
    settings = tmp_path / "settings.toml"
    settings.write_text('[review]\nyes-safe = ["stale-future", "archive-date-mismatch"]\n')
    done = run("review", "--yes-safe", "--settings", settings, "--as", "Ann")
    assert "approved 1 that are safe" in done.output
    assert [(f["check"], f["who"]) for f in listed(run, "--state", "approved")] == [
        ("archive-date-mismatch", "Ann")
    ]


def test_review_needs_a_terminal(run: Run, folder: Path) -> None:
    propose(run, folder)
    assert "needs a terminal" in run("review", status=2).output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[review", "Expected ']'"),
        ("[other]\n", "[other] is unknown; there are review, learning"),
        ("[review]\nno = 1\n", "review.no is unknown; there are yes-safe"),
        ("[review]\nyes-safe = 'all'\n", "review.yes-safe must be a list of names of checks"),
        ("[learning]\ndecisions = 0\n", "learning.decisions must be a whole number above 0"),
        ("[learning]\nacceptance = true\n", "learning.acceptance must be a share from 0 to 1"),
        ("[learning]\nacceptance = 1.5\n", "learning.acceptance must be a share"),
    ],
)
def test_wrong_settings_are_told_by_file_and_key(
    run: Run, tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    output = run("stats", "--settings", file, status=2).output
    assert str(file) in output
    assert message in output


def test_settings_are_read_where_they_are_usual_and_must_exist_when_named(
    run: Run, tmp_path: Path
) -> None:
    assert "no such file" in run("stats", "--settings", tmp_path / "no", status=2).output
    usual = Path(os.environ["XDG_CONFIG_HOME"]) / "redpencil" / "config.toml"
    usual.parent.mkdir(parents=True)
    usual.write_text("[learning]\ndecisions = 7\n")
    assert json.loads(run("stats", "--format", "json").output)["decisions"] == 7


def test_a_queue_that_cannot_be_used_is_said_in_a_sentence(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"nothing of the kind" * 1000)
    for command in (["queue"], ["stats"], ["log", "P"], ["review"]):
        done = run(*command, "--queue", broken, status=4)
        assert "is damaged or no Redpencil file" in done.output
        assert "Traceback" not in done.output


def test_a_deleted_file_leaves_nothing_waiting(run: Run, folder: Path) -> None:
    (folder / "Other.wiki").write_text("Nothing is wrong here.\n")
    propose(run, folder)
    (folder / "Bridges.wiki").unlink()
    assert "0 new proposals, 3 obsolete; 0 wait" in propose(run, folder).output
    assert "the file is no longer there" in run("log", "Bridges.wiki").output
    (folder / "Bridges.wiki").write_text(TEXT)
    assert "3 new proposals, 0 obsolete; 3 wait" in propose(run, folder).output


def test_an_empty_folder_says_nothing_of_its_files(run: Run, folder: Path) -> None:
    propose(run, folder)
    (folder / "Bridges.wiki").rename(folder.parent / "Bridges.wiki")
    assert "0 obsolete; 3 wait" in propose(run, folder, status=2).output


def test_a_queue_that_is_not_there_is_no_empty_one(run: Run, folder: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "sub" / "nowhere.sqlite"
    commands = ["queue", "review", "save", "stats", "log P", "undo 1"]
    for command in commands:
        done = run(*command.split(), "--queue", nowhere, status=2)
        assert "there is no such queue" in done.output
    assert not nowhere.parent.exists()
    propose(run, folder, "--queue", nowhere)
    assert "3 pending" in run("queue", "--queue", nowhere).output


def test_a_check_that_there_is_not_is_no_check_without_findings(run: Run, folder: Path) -> None:
    propose(run, folder)
    for command in ("queue", "review"):
        done = run(command, "--check", "stlae-future", status=2)
        assert "there is no check or family 'stlae-future'" in done.output
    assert "Nothing is in the queue" in run("queue", "--check", "stale-ranking").output


def test_the_log_tells_how_much_it_leaves_out(run: Run, folder: Path) -> None:
    propose(run, folder)
    changes = (("a", ""), ("", "b"), ("c", "d"), ("e", "f"))
    edits = tuple(Edit(place, *change) for place, change in enumerate(changes))
    with Store(queue_path()) as store:
        queue = Queue(store)
        entry = queue.entries()[0]
        queue.decide([Decision(entry.id, entry.version, State.APPROVED, None, edits)], "Ann")
    assert "[-a-] {+b+} [-c-]{+d+} and 1 more by Ann" in run("log", "Bridges.wiki").output


def test_a_page_is_meant_as_its_address_has_it(run: Run, folder: Path) -> None:
    (folder / "Bridges.wiki").rename(folder / "Old bridges.wiki")
    propose(run, folder)
    assert {each["page"] for each in listed(run, "--page", "Old_bridges.wiki")} == {
        "Old bridges.wiki"
    }
    decide(State.APPROVED, "archive-date-mismatch", "")
    done = run("save", "--simulate", "--page", "Old_bridges.wiki")
    assert "Old bridges.wiki: would be saved" in done.output
    (folder / "Old_bridges.wiki").write_text(TEXT)
    propose(run, folder)
    assert {each["page"] for each in listed(run, "--page", "Old_bridges.wiki")} == {
        "Old_bridges.wiki"
    }


def test_a_page_that_asks_bots_to_stay_away_is_named(run: Run, folder: Path) -> None:
    propose(run, folder)
    (folder / "Bridges.wiki").write_text("{{nobots}}\n" + TEXT)
    done = propose(run, folder)
    assert "0 new proposals, 3 obsolete; 0 wait" in done.output
    assert "Bridges: not looked at: the page asks bots to stay away" in done.output
