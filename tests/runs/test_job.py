"""A job is read from TOML; what is wrong in it is named with its line and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.errors import UsageError
from bot.runs import job as jobs
from bot.runs.job import FromEnvironment, Job, Limits, Written

SMALL = '[pages]\ntargets = ["Karvenia"]\n'


def parsed(text: str) -> Job:
    return jobs.parsed(text, "nightly.toml", Path("/jobs"))


def refused(text: str) -> str:
    with pytest.raises(UsageError) as wrong:
        parsed(text)
    return str(wrong.value)


def test_little_is_enough():
    job = parsed(SMALL)
    assert (job.name, job.deed, job.pages.targets) == ("nightly", "propose", ("Karvenia",))
    assert job.limits == Limits()


def test_paths_are_reckoned_from_the_folder_of_the_file():
    job = parsed('queue = "q.sqlite"\n' + SMALL + '[log]\nfile = "/var/log/r.log"\n')
    assert job.queue == Path("/jobs/q.sqlite")
    assert job.log.file == Path("/var/log/r.log")


def test_secrets_may_stand_in_the_environment_and_are_in_no_repr():
    job = parsed(SMALL + '[notifications]\nwebhook = { env = "HOOK" }\ntoken = "s3cret"\n')
    assert job.notifications.webhook == FromEnvironment("HOOK")
    assert "s3cret" not in repr(job)


def test_what_stands_in_the_place_of_a_secret_is_not_shown():
    said = refused(SMALL + "[notifications]\nwebhook = ['https://hooks.example/T0PS3CRET']\n")
    assert "line 4: notifications.webhook must be a text or" in said
    assert "T0PS3CRET" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[pages\n", "nightly.toml: is no TOML: "),
        ("= 1\n", "line 1"),
        ("do = 'save'\n", "nightly.toml: pages names no pages"),
        ("[pages]\nrecent-changes = false\n", "nightly.toml, line 1: pages names no pages"),
        (SMALL + "\n# say\nlimitz = 1\n", "nightly.toml, line 5: pages.limitz is unknown"),
        ("do = 'erase'\n" + SMALL, 'line 1: do must be "check" or "propose" or "save"'),
        ("\nsitte = 'x'\n" + SMALL, "line 2: sitte is unknown; did you mean site?"),
        ("[pages]\ncategory = ['A']\n", "line 2: pages.category is unknown; did you mean categor"),
        (SMALL + "[page]\n", "line 3: page is unknown; did you mean pages?"),
        (SMALL + "[limits]\npages = 0\n", "line 4: limits.pages must be a whole number above 0"),
        (SMALL + "[limits]\npages = true\n", "line 4: limits.pages must be a whole number"),
        (SMALL + "[limits]\nminutes = 'x'\n", "line 4: limits.minutes must be a number above 0"),
        ("[pages]\ntargets = 'A'\n", "line 2: pages.targets must be a list of texts, not 'A'"),
        ('[pages]\ntargets = [\n "A",\n 1,\n]\n', "line 2: pages.targets must be a list of texts"),
        ("pages = 1\n", "line 1: pages must be a table: write [pages]"),
        ("\n[[pages]]\ntargets = ['A']\n", "line 2: pages must be a table: write [pages]"),
        (
            SMALL + "[reports]\ndays = 99999999\n",
            "line 4: reports.days must be a whole number from",
        ),
        (SMALL + "[archives]\ndays = 99999999\n", "line 4: archives.days must be a whole number"),
        (SMALL + "[checks]\nas-of-years = 5000\n", "line 4: checks.as-of-years must be a whole"),
        ("[pages]\npages = 1\n", "line 2: pages.pages is unknown"),
        (SMALL + "[archives]\nsave-missing = true\n", "line 4: archives.save-missing needs look"),
        (SMALL + "[notifications]\ntoken = 'x'\n", "line 4: notifications.token needs a webhook"),
        (SMALL + "[notifications]\nwebhook = { file = 'x' }\n", "line 4: notifications.webhook"),
        ("name = 'a/b'\n" + SMALL, "line 1: name is no name of a job"),
        ('site = """\na\n"""\nmax-wait = -1\n' + SMALL, "line 4: max-wait must be a number"),
        ("limits.edits = -1\n" + SMALL, "line 1: limits.edits must be a whole number, 0 or more"),
        ("limits = { edits = -1 }\n" + SMALL, "line 1: limits.edits must be"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_key(text, expected):
    assert expected in refused(text)


def test_the_line_of_a_key_is_that_on_which_it_begins():
    text = '# a\nx = """\ny = 1\n"""\n\n[t]\n# y\ny = [\n  1,\n]\n\n[t.u]\nz = 1\n'
    written = Written("a.toml", text)
    lines = {"x": 2, "t": 6, "t.y": 8, "t.u": 12, "t.u.z": 13, "y": None}
    assert {key: written.line_of(tuple(key.split("."))) for key in lines} == lines


def test_the_example_is_a_job():
    job = parsed(jobs.example())
    assert job.site == "en.wikipedia.org"
    assert job.deed == "propose"


def test_every_key_that_the_example_explains_may_be_said():
    said = re.sub(r"(?m)^#(?=[a-z-]+ = )", "", jobs.example())
    job = parsed(said)
    assert job.pages.recent_changes
    assert job.notifications.token == FromEnvironment("REDPENCIL_WEBHOOK_TOKEN")


def test_the_example_explains_every_key_and_tells_the_truth_about_what_is_taken_for_granted():
    said = re.findall(r"(?m)^#?([a-z-]+) = ", jobs.example())
    keys = [key for table in jobs._KEYS.values() for key in table]
    assert sorted(said) == sorted(keys)
    plain, job = parsed(SMALL), parsed(re.sub(r"(?m)^#(?=[a-z-]+ = )", "", jobs.example()))
    assert job.max_wait == plain.max_wait
    assert job.limits.free_megabytes == plain.limits.free_megabytes
    assert (job.log.megabytes, job.log.keep) == (plain.log.megabytes, plain.log.keep)
    assert job.archives.days == plain.archives.days
    assert job.reports.days == plain.reports.days
    assert job.pages.namespaces == plain.pages.namespaces


def test_the_command_prints_the_example_and_names_what_is_wrong(tmp_path):
    printed = CliRunner().invoke(main, ["run", "--example"])
    assert (printed.exit_code, printed.stdout) == (0, jobs.example())
    file = tmp_path / "job.toml"
    file.write_text(printed.stdout.replace("minutes = 240", "minuts = 240"), encoding="utf-8")
    wrong = CliRunner().invoke(main, ["run", str(file)])
    line = printed.stdout.splitlines().index("minutes = 240") + 1
    assert wrong.exit_code == 2
    assert f"job.toml, line {line}: limits.minuts is unknown; did you mean minutes?" in wrong.stderr
    gone = CliRunner().invoke(main, ["run", str(tmp_path / "gone.toml")])
    assert gone.exit_code == 2
    assert "No such file" in gone.stderr
