"""Runs over folders: only what changed is looked at, whatever happened in between."""

from __future__ import annotations

import dataclasses
import errno
import json
import random
import shutil
import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.configuration import Configuration
from bot.queue import Queue
from bot.queue.proposals import Decision, Selection, State
from bot.runs import guards
from bot.runs import job as jobs
from bot.runs import run as running
from bot.store import Store
from tests.runs.conftest import Mortal
from tests.runs.jobs import (
    TODAY,
    last_run,
    proposals,
    rows,
    text_of,
    write_job,
    write_pages,
)

KILLS = 50


def run(job: Path, *more: object) -> Result:
    """One run in this process."""
    arguments = [str(one) for one in ("run", job, "--today", TODAY, *more)]
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    write_pages(tmp_path / "pages", 30)
    return write_job(tmp_path)


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


# What is wrong is told


def test_a_named_section_that_is_gone_is_told_every_time(tmp_path, queue):
    write_pages(tmp_path / "pages", 3)
    job = write_job(tmp_path, pages="pages/Town_2.wiki#Now")
    assert run(job).exit_code == 1
    file = tmp_path / "pages" / "Town_2.wiki"
    file.write_text(file.read_text().replace("== Now ==", "== Today =="))
    for _ in range(2):
        result = run(job)
        assert result.exit_code == 2
        assert "there is no section 'Now'; it has: Today" in result.output
        assert "1 trouble" in result.output
        assert last_run(queue)["status"] == 2


def test_a_run_that_could_not_begin_is_registered_as_failed(job, queue, tmp_path):
    job.write_text(job.read_text().replace('["pages"]', '["/no/such/folder"]'))
    result = run(job)
    assert result.exit_code == 2
    assert "line 4: pages.targets holds a wrong one" in result.output
    assert result.output.rstrip().endswith("1 trouble; nothing more was done")
    assert (last_run(queue)["status"], last_run(queue)["troubles"]) == (2, 1)


def test_a_run_that_a_fault_ended_is_registered_as_failed(job, queue, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running._Course, "publish", broken)
    assert run(job).exit_code == 4
    assert last_run(queue)["status"] == 4


def test_a_report_on_a_wiki_needs_a_wiki(job, queue):
    job.write_text(job.read_text() + '[reports]\nwiki = "Reports"\n')
    result = run(job)
    assert result.exit_code == 2
    assert "line 6: reports.wiki needs pages of a wiki" in result.output
    assert not rows(queue, "SELECT * FROM run")


# Incremental


def test_what_did_not_change_is_not_looked_at_again(job, queue, tmp_path):
    first = run(job)
    assert (first.exit_code, first.output) == (1, "")
    assert last_run(queue)["checked"] == 30
    found = proposals(queue)
    assert len(found) > 20
    second = run(job, "-v")
    assert second.exit_code == 0
    assert second.output.startswith("redpencil nightly: 30 pages, 0 checked,")
    assert proposals(queue) == found

    file = tmp_path / "pages" / "Town_3.wiki"
    file.write_text(file.read_text() + "\n\nAs of 2011, it has a mayor.\n")
    (tmp_path / "pages" / "Town_31.wiki").write_text(text_of(31))
    third = run(job)
    assert third.exit_code == 1
    assert (last_run(queue)["pages"], last_run(queue)["checked"]) == (31, 2)


def test_what_waits_of_a_deleted_file_is_obsolete_until_it_is_there_again(job, queue, tmp_path):
    run(job)
    file = tmp_path / "pages" / "Town_2.wiki"
    waiting = "SELECT count(*) FROM proposal WHERE page = 'Town_2.wiki' AND state = 'pending'"
    ((before,),) = rows(queue, waiting)
    assert before > 0
    text = file.read_text()
    file.unlink()
    assert run(job).exit_code == 0
    assert last_run(queue)["obsolete"] == before
    assert rows(queue, waiting) == [(0,)]
    assert rows(queue, "SELECT DISTINCT why FROM event WHERE kind = 'obsolete'") == [
        ("the file is no longer there",)
    ]
    file.write_text(text)
    assert run(job).exit_code == 1
    assert rows(queue, waiting) == [(before,)]


def test_a_run_that_only_checks_leaves_the_queue_as_it_is(job, queue, tmp_path):
    run(job)
    found = proposals(queue)
    (tmp_path / "pages" / "Town_2.wiki").unlink()
    run(write_job(tmp_path, "do = 'check'"))
    assert proposals(queue) == found


def test_pages_come_back_on_the_day_on_which_they_would_read_otherwise(job, queue, tmp_path):
    shutil.rmtree(tmp_path / "pages")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "A.wiki").write_text("As of January 2022, the town has two schools.\n")
    (tmp_path / "pages" / "B.wiki").write_text("The town lies at a lake.\n")
    assert run(job).exit_code == 0
    ((until,),) = rows(queue, "SELECT until FROM look WHERE page = 'A.wiki'")
    assert run(job, "--today", until).exit_code == 0
    assert last_run(queue)["checked"] == 0
    after = datetime.fromisoformat(until) + timedelta(days=1)
    result = run(job, "--today", f"{after:%Y-%m-%d}")
    assert (result.exit_code, last_run(queue)["checked"], last_run(queue)["new"]) == (1, 1, 1)


def test_runs_on_many_days_find_what_a_run_on_the_last_day_finds(tmp_path):
    for name in ("often", "once"):
        write_pages(tmp_path / name / "pages", 20)
        write_job(tmp_path / name)
    last = ""
    for days in range(0, 4000, 371):
        last = (date(2026, 11, 24) + timedelta(days=days)).isoformat()
        run(tmp_path / "often" / "nightly.toml", "--today", last)
    run(tmp_path / "once" / "nightly.toml", "--today", last)
    often, once = (
        {(page, key, check, message, detail, state) for _, page, key, check, _, _, message, detail,
         state, _ in proposals(tmp_path / name / "queue.sqlite") if state == "pending"}
        for name in ("often", "once")
    )  # fmt: skip
    assert often == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[checks]\nskip = ['stale-future']\n"),
        ("", "[checks]\nas-of-years = 3\n"),
        ("do = 'check'\n", "do = 'propose'\n"),
        ("", "site = 'de.wikipedia.org'\n"),
    ],
)
def test_other_checks_look_at_everything_again(tmp_path, queue, before, after):
    write_pages(tmp_path / "pages", 5)
    pages = "[pages]\ntargets = ['pages']\n"

    def written(text: str) -> Path:
        job = tmp_path / "nightly.toml"
        top, _, table = text.partition("[")
        job.write_text(f"queue = 'queue.sqlite'\n{top}\n{pages}{'[' if table else ''}{table}")
        return job

    run(written(before))
    assert last_run(queue)["checked"] == 5
    run(written(before))
    assert last_run(queue)["checked"] == 0
    run(written(after))
    assert last_run(queue)["checked"] == 5


def test_several_jobs_share_one_queue(tmp_path, queue):
    write_pages(tmp_path / "pages", 10)
    write_pages(tmp_path / "more", 10)
    first, second = write_job(tmp_path), write_job(tmp_path, name="other", pages="more")
    third = write_job(tmp_path, name="again")
    assert [run(job).exit_code for job in (first, second)] == [1, 1]
    found = proposals(queue)
    assert run(third).exit_code == 0  # all of it is there already
    assert last_run(queue)["checked"] == 10
    assert proposals(queue) == found


# Limits


def test_a_limit_of_pages_is_kept_and_the_next_run_goes_on_there(tmp_path, queue):
    write_pages(tmp_path / "pages", 30)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + "[limits]\npages = 12\n")
    left = []
    while not left or left[-1]:
        assert run(job).exit_code in (0, 1)
        left.append(last_run(queue)["left"])
    assert left == [18, 6, 0]
    assert [row[0] for row in rows(queue, "SELECT complete FROM run")] == [0, 0, 1]
    other = tmp_path / "undisturbed"
    shutil.copytree(tmp_path / "pages", tmp_path / "undisturbed" / "pages")
    run(write_job(other))
    assert _told(queue) == _told(other / "queue.sqlite")


def test_with_a_limit_every_page_gets_its_turn_though_others_change_all_the_time(tmp_path, queue):
    write_pages(tmp_path / "pages", 20)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + "[limits]\npages = 6\n")
    for night in range(4):
        for number in range(1, 10):
            file = tmp_path / "pages" / f"Town_{number}.wiki"
            file.write_text(file.read_text() + f"\nNight {night}.\n")
        run(job)
    assert len(rows(queue, "SELECT page FROM look")) == 20


def test_a_limit_of_minutes_ends_a_run_between_two_pages(tmp_path, queue):
    write_pages(tmp_path / "pages", 30)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + "[limits]\nminutes = 0.000001\n")
    result = run(job, "-v")
    assert "the limit of 1e-06 minutes is reached" in result.output
    told = last_run(queue)
    assert (told["checked"], told["left"], told["complete"]) == (1, 29, 0)
    assert run(job).output == ""  # a limit that was set is no news
    assert len(rows(queue, "SELECT page FROM look")) == 2


# Checking and saving


def test_a_job_that_only_checks_fills_no_queue(tmp_path, queue):
    write_pages(tmp_path / "pages", 10)
    result = run(write_job(tmp_path, 'do = "check"'))
    assert result.exit_code == 1
    assert last_run(queue)["findings"] > 5
    assert proposals(queue) == []


def test_what_was_approved_is_saved_and_nothing_else(tmp_path, queue):
    write_pages(tmp_path / "pages", 10)
    run(write_job(tmp_path))
    before = {file.name: file.read_text() for file in (tmp_path / "pages").iterdir()}
    with Store(queue) as store:
        waiting = Queue(store)
        entry = next(
            each for each in waiting.entries(Selection()) if each.check == "duplicate-entry"
        )
        waiting.decide([Decision(entry.id, entry.version, State.APPROVED, fix=0)], "Ann")
    result = run(write_job(tmp_path, 'do = "save"'))
    assert (result.exit_code, last_run(queue)["saved"]) == (0, 1)
    after = {file.name: file.read_text() for file in (tmp_path / "pages").iterdir()}
    assert [name for name in before if before[name] != after[name]] == [entry.page]
    assert last_run(queue)["checked"] == 1  # the page that it changed


def test_excluded_pages_are_left_alone(tmp_path, queue):
    write_pages(tmp_path / "pages", 20)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + 'exclude = ["Town 3", "Town 1*"]\n')
    run(job)
    assert (last_run(queue)["pages"], last_run(queue)["passed_over"]) == (8, 12)


# What needs a human


def test_a_full_disk_for_the_log_is_told_once_and_ends_no_run(job, queue, tmp_path):
    job.write_text(job.read_text() + '[log]\nfile = "/dev/full"\nmegabytes = 0\n')
    result = run(job)
    assert result.exit_code == 2
    told, last = result.output.splitlines()
    assert told == "redpencil: /dev/full: the log could not be written: No space left on device"
    assert last.startswith("redpencil nightly: 30 pages, 30 checked, ")
    assert last.endswith(", 1 trouble")
    assert last_run(queue)["checked"] == 30


def test_all_is_quiet_until_something_needs_a_human(job, tmp_path, queue):
    assert run(job).output == ""
    (tmp_path / "pages" / "Broken.wiki").write_bytes(b"\xff")
    result = run(job)
    assert result.exit_code == 2
    assert "Broken.wiki: not UTF-8" in result.stderr
    last = result.stdout.splitlines()[-1]
    assert last.startswith("redpencil nightly: 30 pages, 0 checked, ")
    assert last.endswith(", 1 trouble")


def test_a_check_that_breaks_is_told_once_and_its_pages_are_looked_at_again(job, queue):
    from bot import checks

    check = next(each for each in checks.load() if each.name == "stale-as-of")
    real = check.run

    def broken(context):
        raise ZeroDivisionError("planted")

    object.__setattr__(check, "run", broken)
    try:
        result = run(job)
    finally:
        object.__setattr__(check, "run", real)
    assert result.exit_code == 4
    assert result.stderr.count("planted") == 1
    assert last_run(queue)["complete"] == 0  # changes since before it are asked for again
    again = run(job)
    assert again.exit_code == 1
    assert last_run(queue)["checked"] == 30
    assert last_run(queue)["new"] > 5


def test_the_end_of_a_run_is_told_in_one_line(job):
    lines = run(job, "-v").stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("redpencil nightly: 30 pages, 30 checked, ")
    assert lines[0].endswith(" waiting for a decision")


# Before any harm


def test_two_runs_of_one_job_never_overlap(job, queue, mortal: Mortal, tmp_path):
    now = datetime.now(UTC)
    with guards.alone(queue, "nightly", now):
        quiet = mortal.run("run", job, "--today", TODAY)
        assert (quiet.status, quiet.said) == (0, "")
        other = write_job(tmp_path, name="other")
        assert mortal.run("run", other, "--today", TODAY).status == 1
    assert rows(queue, "SELECT DISTINCT job FROM run") == [("other",)]
    with guards.alone(queue, "nightly", now - timedelta(days=2)):
        told = mortal.run("run", job, "--today", TODAY)
        assert told.status == 2
        assert "another run of nightly is under way (process" in told.said
    assert mortal.run("run", job, "--today", TODAY).status == 0


def test_a_clock_that_went_back_ends_a_run_before_it_begins(job, queue, monkeypatch):
    run(job)
    runs = rows(queue, "SELECT * FROM run")
    monkeypatch.setattr(
        Store.__init__, "__defaults__", (lambda: datetime.now(UTC) - timedelta(hours=1),)
    )
    result = run(job)
    assert result.exit_code == 4
    assert "set the clock, then start again" in result.stderr
    assert rows(queue, "SELECT * FROM run") == runs
    assert run(job, "--trust-clock").exit_code == 0


def test_a_disk_that_is_nearly_full_ends_a_run_before_it_begins(tmp_path, queue):
    write_pages(tmp_path / "pages", 3)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + "[limits]\nfree-megabytes = 1_000_000_000\n")
    result = run(job)
    assert result.exit_code == 4
    assert "MB are left on this disk" in result.stderr
    assert rows(queue, "SELECT * FROM run") == []


def test_a_disk_that_fills_up_costs_the_run_and_nothing_else(job, queue, monkeypatch):
    from bot.errors import StoreError
    from bot.queue import proposing

    real = proposing.propose
    left = 10

    def full(*arguments, **named):
        nonlocal left
        left -= 1
        if left < 0:
            raise StoreError(f"{queue} cannot grow, the disk is full ({errno.ENOSPC})")
        return real(*arguments, **named)

    monkeypatch.setattr(proposing, "propose", full)
    result = run(job)
    assert result.exit_code == 4
    assert "the disk is full" in result.stderr
    monkeypatch.setattr(proposing, "propose", real)
    assert run(job).exit_code == 1
    assert last_run(queue)["checked"] == 20
    assert len(rows(queue, "SELECT * FROM look")) == 30


# Killed


def _told(queue: Path) -> list[tuple[object, ...]]:
    """What stands in the queue, wherever its folder lies."""
    return [each[1:] for each in proposals(queue)]


def test_killed_at_any_moment_it_comes_to_the_same_and_proposes_nothing_twice(
    tmp_path, mortal: Mortal
):
    undisturbed = tmp_path / "undisturbed"
    write_pages(undisturbed / "pages", 150)
    whole = mortal.run("run", write_job(undisturbed), "--today", TODAY)
    assert whole.status == 1
    expected = _told(undisturbed / "queue.sqlite")
    assert len(expected) > 100

    killed = tmp_path / "killed"
    write_pages(killed / "pages", 150)
    job = write_job(killed)
    dice = random.Random(1901)
    kills = 0
    while kills < KILLS:
        ended = mortal.run("run", job, "--today", TODAY, kill=dice.uniform(0.0, whole.seconds))
        kills += ended.status == -signal.SIGKILL
        if ended.status != -signal.SIGKILL:  # it came to its end: begin anew
            assert _told(killed / "queue.sqlite") == expected
            for file in killed.glob("queue.sqlite*"):
                file.unlink()
    assert mortal.run("run", job, "--today", TODAY).status in (0, 1)
    assert _told(killed / "queue.sqlite") == expected
    assert mortal.run("run", job, "--today", TODAY).status == 0
    assert last_run(killed / "queue.sqlite")["checked"] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_it_ends_soon_and_cleanly(tmp_path, mortal: Mortal, number, queue):
    write_pages(tmp_path / "pages", 400)
    job, log = write_job(tmp_path), tmp_path / "r.log"
    more = ("--today", TODAY, "--log-file", log)
    ended = mortal.run("run", job, *more, kill=60, watched=str(log), signal=number)
    assert ended.status == 130
    assert ended.after is not None
    assert ended.after < 10
    assert "interrupted; the next run goes on there" in ended.said.splitlines()[-1]
    told = last_run(queue)
    assert told["ended"] is not None
    assert (told["status"], told["complete"]) == (130, 0)
    assert 0 < told["checked"] < 400
    assert mortal.run("run", job, "--today", TODAY).status in (0, 1)
    # What it had looked at is not looked at again, but for the page it was just at.
    assert told["checked"] + last_run(queue)["checked"] in (400, 401)


def test_memory_stays_flat(tmp_path, mortal: Mortal, queue):
    peaks = {}
    for count in (150, 1500):
        folder = tmp_path / str(count)
        write_pages(folder / "pages", count)
        job = write_job(folder)
        ended = mortal.run("run", job, "--today", TODAY)
        assert ended.status == 1
        peaks[count] = ended.peak
    assert peaks[1500] < peaks[150] + 20_000_000


# Archives


class Archives:
    """Stands for `bot.web.evidence.Evidence`: archives that have nothing, or do not answer."""

    def __init__(self, *, answers: bool) -> None:
        self.answers = answers

    def needs_history(self, source):
        return False

    def facts(self, sources, addresses, *, known, added):
        return dataclasses.replace(known, lost=frozenset(sources), looked_up=self.answers)


def test_sources_are_looked_up_again_after_some_days_and_where_an_archive_did_not_answer(
    tmp_path, queue
):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "A.wiki").write_text(
        "It has a mayor.<ref>{{cite web |url=https://a.example/b |title=B"
        " |access-date=2 May 2017}}</ref>\n"
    )
    written = write_job(tmp_path)
    written.write_text(written.read_text() + "[archives]\nlook = true\ndays = 10\n")
    job = jobs.read(written)

    def looked_at(day: str, *, answers: bool) -> int:
        with Store(queue) as store:
            return running.run(
                job,
                queue=Queue(store),
                connected=lambda: pytest.fail("no wiki is asked"),
                rule=Configuration(),
                version="1",
                tell=pytest.fail,
                evidence=Archives(answers=answers),  # type: ignore[arg-type]
                today=date.fromisoformat(day),
            ).checked

    assert looked_at("2026-11-24", answers=False) == 1
    assert looked_at("2026-11-24", answers=True) == 1
    assert looked_at("2026-11-24", answers=True) == 0
    assert looked_at("2026-12-03", answers=True) == 0
    assert looked_at("2026-12-04", answers=True) == 1


# The log


def test_the_log_has_a_line_for_each_page_and_is_valid_json_on_request(job, tmp_path):
    run(job, "--log-file", tmp_path / "a.log")
    lines = (tmp_path / "a.log").read_text().splitlines()
    assert sum(" INFO checked " in line for line in lines) == 30
    assert 'page="Town_1.wiki"' in "\n".join(lines)
    for file in tmp_path.glob("queue.sqlite*"):
        file.unlink()
    run(job, "--log-file", tmp_path / "b.log", "--log-format", "json")
    told = [json.loads(line) for line in (tmp_path / "b.log").read_text().splitlines()]
    assert sum(one["what"] == "checked" for one in told) == 30
    assert {"at", "level", "what", "page", "new", "ms"} <= told[5].keys()


def test_the_log_begins_anew_when_it_is_large(tmp_path):
    write_pages(tmp_path / "pages", 60)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + '[log]\nfile = "log/r.log"\nmegabytes = 0.004\nkeep = 2\n')
    run(job)
    assert {file.name for file in (tmp_path / "log").iterdir()} == {"r.log", "r.log.1", "r.log.2"}
    assert all(file.stat().st_size <= 4000 for file in (tmp_path / "log").iterdir())


def test_a_log_that_logrotate_moved_away_is_begun_anew(tmp_path):
    write_pages(tmp_path / "pages", 5)
    job = write_job(tmp_path)
    job.write_text(job.read_text() + '[log]\nfile = "r.log"\nmegabytes = 0\n')
    run(job)
    (tmp_path / "r.log").rename(tmp_path / "r.log.1")
    run(job)
    assert " INFO ended " in (tmp_path / "r.log").read_text()


def test_a_log_that_cannot_be_written_is_said(job, tmp_path):
    (tmp_path / "file").write_text("")
    result = run(job, "--log-file", tmp_path / "file" / "r.log")
    assert result.exit_code == 2
    assert "the log cannot be written" in result.stderr


def test_reports_are_made_and_one_that_fails_is_told(job, tmp_path):
    with job.open("a") as file:
        file.write(
            '[reports]\ntext = "reports/r.txt"\njson-lines = "reports/r.jsonl"\n'
            'html = "reports/r.html"\nprometheus = "nightly.toml/r.prom"\n'
        )
    result = run(job)
    assert {file.name for file in (tmp_path / "reports").iterdir()} == {
        "r.txt",
        "r.jsonl",
        "r.html",
    }
    assert result.exit_code == 2
    assert "r.prom" in result.stderr


def test_a_secret_that_is_not_there_ends_a_run_before_it_begins(job, queue):
    with job.open("a") as file:
        file.write('[notifications]\nwebhook = { env = "NO_HOOK" }\n')
    result = run(job)
    assert result.exit_code == 2
    assert "notifications.webhook is to be in the environment, but NO_HOOK is not set" in (
        result.stderr
    )
    assert rows(queue, "SELECT * FROM run") == []
