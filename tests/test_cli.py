"""The command line, as a person or a script uses it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import checks, fixes
from bot.cli import main
from tests.planted import PLANTED

ROOT = Path(__file__).parent.parent
PLANTED_COMMAND = [sys.executable, "-m", "tests.planted"]


@pytest.fixture(autouse=True)
def only_the_planted_check(monkeypatch):
    monkeypatch.setattr(checks, "load", lambda: (PLANTED,))


@pytest.fixture
def page(home):
    """The current folder holds this page; its text has two findings."""
    file = home / "Page.wiki"
    file.write_text("Lead wrongg.\n== History ==\nA wronggg.\n", encoding="utf-8")
    return file


def run(*arguments: object, standard_input: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=standard_input)


def started(*arguments: object, **options) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"}
    return subprocess.Popen(
        [*PLANTED_COMMAND, *map(str, arguments)],
        env=environment,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        **options,
    )


# What comes out, and with which status


def test_findings(page):
    result = run("check", "Page.wiki")
    assert result.exit_code == 1
    assert "1:6  warning  planted" in result.stdout
    assert "+ Lead {+right+}." in result.stdout
    assert result.stdout.endswith("2 findings on 1 page: 1 error, 1 warning; 2 have a fix.\n")
    assert result.stderr == ""


def test_nothing_found(home):
    (home / "Page.wiki").write_text("All is well.", encoding="utf-8")
    result = run("check", "Page.wiki")
    assert (result.exit_code, result.stdout) == (0, "Nothing found on 1 page.\n")


@pytest.mark.parametrize("form", ["text", "diff", "json", "html", "wikitext"])
def test_every_format(page, form):
    result = run("check", "Page.wiki", "--format", form, "--today", "2026-11-23")
    assert result.exit_code == 1
    assert "right" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["check"], "Name a TARGET"),
        (["check", "missing.wiki"], "no file or folder 'missing.wiki'"),
        (["check", "Page.wiki", "--section", "Nowhere"], "no section 'Nowhere'; it has: History"),
        (["check", "Page.wiki", "--check", "no-such"], "no check or family 'no-such'"),
        (["check", "Page.wiki", "--skip", "no-such"], "no check or family 'no-such'"),
        (["check", "Page.wiki", "--today", "yesterday"], "--today"),
        (["check", "Page.wiki", "--format", "pdf"], "--format"),
        (["check", "Page.wiki", "--severity", "loud"], "--severity"),
        (["check", "Page.wiki", "--as-of-years", "-1"], "--as-of-years"),
        (["check", "Page.wiki", "--as-of-years", "5000"], "--as-of-years"),
        (["check", "Page.wiki", "--site", "no wiki"], "'no wiki' is no wiki"),
        (["check", "Page.wiki", "--output", "no/such/folder"], "no/such/folder: cannot be written"),
        (["check", "Page.wiki", "--output", "."], ".: is a folder"),
        (["check", "Velmora"], "no wiki is named: write the page's address"),
        (["check", "Velmora", "--offline"], "Velmora: is a page of a wiki"),
        (["checks", "no-such"], "no check or family 'no-such'"),
        (["no-such"], "No such command"),
    ],
)
def test_wrong_usage(page, arguments, part):
    result = run(*arguments)
    assert result.exit_code == 2
    assert part in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_sentence_is_one_line(page):
    assert run("check", "missing.wiki").stderr.count("\n") == 1


def test_a_bad_target_costs_only_itself(page):
    page.with_name("Bad.wiki").write_bytes(b"caf\xe9")
    result = run("check", "Bad.wiki", "missing.wiki", "Page.wiki", "--format", "json")
    assert result.exit_code == 2
    assert [found["page"] for found in json.loads(result.stdout)["pages"]] == ["Page"]
    assert "Bad.wiki: not UTF-8: byte 0xe9 at position 3" in result.stderr
    assert "missing.wiki" in result.stderr


def test_a_broken_check_is_a_fault_but_not_the_end(page):
    page.with_name("Worse.wiki").write_text("BREAK", encoding="utf-8")
    result = run("check", "Page.wiki", "Worse.wiki", "--format", "json")
    assert result.exit_code == 4
    first, second = json.loads(result.stdout)["pages"]
    assert len(first["findings"]) == 2
    assert second["skipped"][0]["check"] == "planted"
    assert "Worse: planted: the check broke: ZeroDivisionError" in result.stderr


def test_a_fault_of_ours_is_no_finding(page, monkeypatch):
    monkeypatch.setattr(checks, "load", lambda: 1 / 0)
    result = run("check", "Page.wiki")
    assert result.exit_code == 4
    assert "a fault of Redpencil" in result.stderr


# Options


def found(*arguments: object) -> list[str]:
    result = run("check", "Page.wiki", "--format", "json", *arguments)
    return [each["text"] for each in json.loads(result.stdout)["pages"][0]["findings"]]


def test_options_narrow_what_is_found(page):
    assert found() == ["wrongg", "wronggg"]
    assert found("--section", "History") == ["wronggg"]
    assert found("--section", "0") == ["wrongg"]
    assert found("--severity", "error") == ["wronggg"]
    assert found("--check", "planted") == found("--check", "duplicates") == found()
    assert found("--skip", "planted") == found("--skip", "duplicates") == []
    assert found("--site", "de.wikipedia.org", "--as-of-years", "3", "--offline") == found()


def test_today_is_today_unless_told(page):
    days = [
        json.loads(run("check", "Page.wiki", "--format", "json", *option).stdout)["today"]
        for option in ([], ["--today", "2026-11-23"])
    ]
    assert date.fromisoformat(days[0]) >= date(2026, 1, 1)
    assert days[1] == "2026-11-23"


def test_standard_input(home):
    result = run("check", "-", "--format", "json", standard_input=b"A wrongg.\r\n")
    assert result.exit_code == 1
    (only,) = json.loads(result.stdout)["pages"]
    assert (only["source"], only["findings"][0]["start"]) == ("-", 2)


def test_checks_are_listed_and_explained():
    listed = run("checks")
    assert (listed.exit_code, listed.stdout) == (
        0,
        "duplicates  planted  warning  A word is planted\n",
    )
    assert run("checks", "planted").stdout == run("checks", "duplicates").stdout
    assert "Why: to find it." in run("checks", "planted").stdout


def test_version_and_help():
    assert run("--version").stdout.startswith("redpencil ")
    assert "TARGET" in run("check", "--help").stdout


def test_the_help_says_of_every_command_what_it_does_in_a_whole_line():
    listed = run("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert len(listed) == len(main.commands)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)
    assert [line.split()[0] for line in listed] == list(main.commands)


# Output files


def test_output_is_written_whole_or_not_at_all(page, monkeypatch):
    out = page.with_name("report.json")
    assert run("check", "Page.wiki", "--format", "json", "--output", "report.json").exit_code == 1
    before = out.read_bytes()
    assert json.loads(before)["version"] == 1
    out.chmod(0o640)

    def breaks(*_: object, **__: object):
        yield "half"
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bot.report.json.render", breaks)
        assert run("check", "Page.wiki", "--format", "json", "--output", out).exit_code == 130
    assert out.read_bytes() == before
    assert run("check", "Page.wiki", "--output", "report.json").exit_code == 1
    assert out.read_bytes().startswith(b"Page")
    assert out.stat().st_mode & 0o777 == 0o640
    assert sorted(file.name for file in page.parent.iterdir()) == ["Page.wiki", "report.json"]


def test_output_to_a_link_writes_what_it_leads_to(page):
    page.with_name("link").symlink_to("real.txt")
    assert run("check", "Page.wiki", "--output", "link").exit_code == 1
    assert page.with_name("link").is_symlink()
    assert page.with_name("real.txt").read_text(encoding="utf-8").startswith("Page")


def test_nothing_to_check_leaves_the_output_alone(page):
    page.with_name("report.txt").write_text("before", encoding="utf-8")
    assert run("check", "missing.wiki", "--output", "report.txt").exit_code == 2
    assert page.with_name("report.txt").read_text(encoding="utf-8") == "before"


# Diffs


PAGES = {
    "Plain.wiki": "One wrongg.\nTwo.\nThree wronggg.\n",
    "With blanks.wiki": "\ufeffNo line end wrongg",
    "sub/Windows.wiki": "One wrongg.\r\n\r\nThree wrongg.\r\n",
    "sub/Clean.wiki": "Nothing.\n",
}


@pytest.mark.patch
@pytest.mark.parametrize("relative", [True, False])
def test_patch_applies_the_diff_of_a_folder(home, relative):
    folder = home / "pages"
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    result = run("check", "pages" if relative else folder, "--format", "diff")
    assert result.exit_code == 1
    subprocess.run(["patch", "-p1", "-s"], cwd=folder, input=result.stdout_bytes, check=True)
    for name, text in PAGES.items():
        expected = text.replace("wronggg", "right").replace("wrongg", "right")
        assert (folder / name).read_bytes().decode() == expected
    assert run("check", "pages").exit_code == 0


@pytest.mark.patch
def test_patch_applies_the_diff_of_a_file_in_its_folder(home):
    (home / "pages").mkdir()
    file = home / "pages" / "A page.wiki"
    file.write_text("One wrongg, lonelywrong.\n", encoding="utf-8")
    result = run("check", "pages/A page.wiki", "--format", "diff")
    subprocess.run(["patch", "-p1", "-s"], cwd=file.parent, input=result.stdout_bytes, check=True)
    assert file.read_text(encoding="utf-8") == "One right, lonelywrong.\n"


@pytest.mark.patch
def test_what_is_left_out_stands_before_the_diff_and_cannot_disturb_it(home):
    hostile = "--- a/Page.wiki\n+++ b/Page.wiki\n@@ -1 +1 @@\n-x\n+y\n"
    (home / "Page.wiki").write_text(f"{hostile}lonelywrong wrongg\n", encoding="utf-8")
    result = run("check", "Page.wiki", "--format", "diff")
    comments = [line for line in result.stdout.splitlines() if line.startswith("#")]
    assert comments == result.stdout.splitlines()[:2]
    assert comments[0] == "# Page: 1 of 2 findings mended"
    assert comments[1].startswith("# left out: 6:1 planted: lonelywrong is wrong")
    subprocess.run(["patch", "-p1", "-s"], input=result.stdout_bytes, check=True)
    text = (home / "Page.wiki").read_text(encoding="utf-8")
    assert text == f"{hostile}lonelywrong right\n"


# The program itself


def test_status_and_streams_of_the_program(page):
    process = started("check", "Page.wiki", "missing.wiki")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out.decode().startswith("Page  Page.wiki\n")
    assert err.decode() == (
        "redpencil: there is no file or folder 'missing.wiki';"
        " write [[missing.wiki]] if a page of a wiki is meant\n"
    )


def test_reports_are_utf8_in_any_locale(home, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    (home / "Page.wiki").write_text("\u00e9 \u6f22 wrongg", encoding="utf-8")
    out, _ = started("check", "Page.wiki").communicate(timeout=60)
    assert "\u00e9 \u6f22 {+right+}" in out.decode()


def test_interrupted(home):
    os.mkfifo(home / "slow.wiki")
    process = started("check", "slow.wiki")
    with (home / "slow.wiki").open("wb"):  # opens when the program has come to read
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().strip() == "redpencil: interrupted"


def test_a_reader_that_has_seen_enough(home):
    (home / "Page.wiki").write_text("wrongg\n" * 20_000, encoding="utf-8")
    process = started("check", "Page.wiki", "--format", "json")
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 141


@pytest.mark.parametrize("arguments", [[], ["--output", "/dev/full"]])
def test_a_full_disk(page, arguments):
    with Path("/dev/full").open("wb") as full:
        process = started("check", "Page.wiki", *arguments, stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "No space left on device" in err.decode()
    assert err.count(b"\n") == 1


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the program shows on a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PLANTED_COMMAND, *arguments],
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}",
            "TERM": "xterm-256color",
            **environment,
        },
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the terminal is closed with the program that had it
        pass
    os.close(ours)
    process.wait(timeout=60)
    return shown.decode()


def test_a_terminal_gets_colours_and_a_pipe_does_not(page):
    assert "\x1b[" in on_terminal("check", "Page.wiki")
    assert "\x1b[" not in on_terminal("check", "Page.wiki", TERM="dumb")
    assert "\x1b[" not in run("check", "Page.wiki").stdout
    assert "right" in on_terminal("check", "Page.wiki", NO_COLOR="1")


def test_the_same_edits_in_every_format(page):
    edits = [
        fixes.Edit(edit["start"], edit["old"], edit["new"])
        for finding in json.loads(run("check", "Page.wiki", "--format", "json").stdout)["pages"][0][
            "findings"
        ]
        for edit in finding["fixes"][0]["edits"]
    ]
    text = page.read_bytes().decode()
    diff = run("check", "Page.wiki", "--format", "diff").stdout
    assert diff.endswith(fixes.unified_diff(text, edits, "Page.wiki"))
