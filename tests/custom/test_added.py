"""Added checks are checks like all others; a broken one costs only itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import checks, custom
from bot.checker import check_page, choose_checks
from bot.cli import main
from bot.configuration import queue_path
from bot.model import Page
from bot.queue import Queue
from bot.queue.proposals import Decision, Selection, State
from bot.store import Store
from tests.test_top_level import ROOT

RULES = """
family = "house-style"

[[rule]]
name = "typo"
message = "“\\\\0” is misspelt"
words = { "teh" = "the" }

[[rule.example]]
finds = "teh"
fixed = "the"
"""

PACKAGE = '''
"""A check of another package."""

from bot.checks import check
from bot.model import Severity, Span, Sureness


@check(severity=Severity.ADVICE, guideline="WP:SHOUT", trigger="!", version=3)
def shouting(context):
    for section in context.sections:
        at = section.body.of(context.text).find("!")
        if at >= 0:
            span = Span(section.body_start + at, section.body_start + at + 1)
            fix = context.replace("Calm down", *span, ".")
            yield context.finding(span, "Here is shouted", sure=Sureness.CERTAIN, fixes=[fix])
'''


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    custom.forget()
    yield
    custom.forget()


@pytest.fixture
def rules(home: Path) -> Path:
    folder = home / ".config" / "redpencil" / "rules"
    folder.mkdir(parents=True)
    (folder / "house.toml").write_text(RULES)
    return folder


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Installs packages as pip lays them out: modules, and a dist-info that names entry points."""
    place = tmp_path / "site-packages"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))

    def installed(name: str, source: str, *entries: str, version: str = "1.0") -> Path:
        folder = place / name
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").write_text("")
        (folder / "shouting.py").write_text(source)
        info = place / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        lines = "".join(f"{entry}\n" for entry in entries)
        (info / "entry_points.txt").write_text(f"[redpencil.checks]\n{lines}")
        for module in [each for each in sys.modules if each.split(".")[0] == name]:
            del sys.modules[module]
        return place

    return installed


def run(*arguments: object, status: int = 0) -> Result:
    custom.forget()
    done = CliRunner().invoke(main, [str(each) for each in arguments])
    assert done.exit_code == status, done.output
    return done


def page(folder: Path, text: str = "teh end!") -> Path:
    file = folder / "Page.wiki"
    file.write_text(text)
    return file


# Rules


def test_without_any_there_are_redpencils_own():
    assert custom.load() == checks.load()
    assert custom.troubles() == ()


def test_a_rule_is_listed_and_explained(rules: Path):
    assert re.search(r"\nhouse-style +typo +warning +“…” is misspelt\n", run("checks").stdout)
    assert run("checks", "typo").stdout.startswith("typo (house-style)\n\n“…” is misspelt\n")
    assert run("checks", "house-style").stdout == run("checks", "typo").stdout


def test_the_example_that_is_printed_can_be_put_there(rules: Path):
    (rules / "example.toml").write_text(run("checks", "--example").stdout)
    listed = run("checks").stdout
    for name in ("typo", "weasel-word", "house-spelling", "year-range"):
        assert f" {name} " in listed


def test_a_rule_is_chosen_and_skipped(rules: Path, tmp_path: Path):
    file = page(tmp_path)
    assert "typo" in run("check", file, status=1).stdout
    assert "typo" in run("check", file, "--check", "typo", status=1).stdout
    assert "typo" in run("check", file, "--check", "house-style", status=1).stdout
    run("check", file, "--skip", "house-style", status=0)
    run("check", file, "--check", "stale", status=0)


def test_another_folder_or_a_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "mine.toml"
    file.write_text(RULES)
    monkeypatch.setenv("REDPENCIL_RULES", str(file))
    assert [check.name for check in custom.load()[len(checks.load()) :]] == ["typo"]
    monkeypatch.setenv("REDPENCIL_RULES", str(tmp_path))
    custom.forget()
    assert custom.load()[-1].name == "typo"


def test_a_trigger_that_re2_refuses_is_told(install: Callable[..., Path], tmp_path: Path):
    install("acme", PACKAGE.replace('trigger="!"', 'trigger="(?=!)"'), "a = acme.shouting:shouting")
    done = run("check", page(tmp_path), status=2)
    assert "RE2 refuses the trigger of shouting: invalid perl operator: (?=" in done.stderr


def test_a_rule_that_is_refused_is_told_and_the_others_stay(rules: Path, tmp_path: Path):
    (rules / "bad.toml").write_text(
        RULES.replace('"typo"', '"bad"').replace('fixed = "the"', 'fixed = "x"')
    )
    (rules / "broken.toml").write_bytes(b"\xff")
    done = run("check", page(tmp_path), status=2)
    assert "typo" in done.stdout
    assert (
        f"{rules / 'bad.toml'}:9: rule bad: its example is mended to “the”, not to “x”"
        in done.stderr
    )
    assert f"{rules / 'broken.toml'}: is no UTF-8" in done.stderr
    done = run("checks", status=2)
    assert "rule bad" in done.stderr
    assert " typo " in done.stdout
    run("check", page(tmp_path), "--check", "bad", status=2)


@pytest.mark.parametrize(
    ("name", "family"), [("stale-ongoing", "mine"), ("stale", "mine"), ("mine", "url-is-archive")]
)
def test_a_name_that_is_taken_is_refused(rules: Path, name: str, family: str):
    (rules / "taken.toml").write_text(
        RULES.replace('"typo"', f'"{name}"').replace('"house-style"', f'"{family}"')
    )
    assert [check.name for check in custom.load()[len(checks.load()) :]] == ["typo"]
    (trouble,) = custom.troubles()
    assert "already; it is not used" in trouble


def test_two_files_with_one_name_are_one_too_many(rules: Path):
    (rules / "more.toml").write_text(RULES)
    assert len(custom.load()) == len(checks.load()) + 1
    assert "more.toml" in custom.troubles()[0]


def test_a_page_is_protected_from_rules_as_from_checks(rules: Path):
    chosen = choose_checks(["typo"])
    for text in ("{{nobots}} teh", "<!-- teh -->", "<nowiki>teh</nowiki>"):
        assert check_page(Page("P", text, "x"), today=None, only=chosen).findings == ()


def test_what_a_rule_finds_is_proposed_judged_and_only_reported_in_the_end(
    rules: Path, tmp_path: Path
):
    (tmp_path / "config.toml").write_text("[learning]\ndecisions = 2\n")
    settings = ["--settings", tmp_path / "config.toml"]
    run("propose", page(tmp_path, "teh end\n\nteh start"), *settings)
    with Store(queue_path()) as store:
        queue = Queue(store)
        found = queue.entries(Selection(check="house-style"))
        assert [each.check for each in found] == ["typo", "typo"]
        for each in found:
            queue.decide([Decision(each.id, each.version, State.REJECTED, None, (), "no")], "Ann")
    assert "typo only reports" in run("stats", *settings).output
    done = run("propose", page(tmp_path, "teh other end"), *settings)
    assert "0 new proposals" in done.output
    assert "typo" in run("check", page(tmp_path), status=1).output
    run("stats", "--trust", "typo", *settings)
    assert "1 new proposal" in run("propose", page(tmp_path, "teh other end"), *settings).output


def test_a_rules_fix_is_applied_by_patch(rules: Path, tmp_path: Path):
    done = run("check", page(tmp_path), "--format", "diff", status=1)
    assert "-teh end!" in done.stdout
    assert "+the end!" in done.stdout


# Packages


def test_a_check_of_an_installed_package_is_a_check_like_others(install, tmp_path: Path):
    install("acme_style", PACKAGE, "shouting = acme_style.shouting:shouting")
    assert re.search(
        r"\nacme-style +shouting +advice +A check of another package\n", run("checks").stdout
    )
    done = run("check", page(tmp_path), "--check", "shouting", "--format", "json", status=1)
    (finding,) = json.loads(done.stdout)["pages"][0]["findings"]
    assert finding["message"] == "Here is shouted (WP:SHOUT; certain)"
    assert finding["fixes"][0]["edits"] == [{"start": 7, "end": 8, "old": "!", "new": "."}]


def test_its_version_changes_with_that_of_its_package(install):
    entry = "shouting = acme_style.shouting:shouting"
    place = install("acme_style", PACKAGE, entry)
    first = custom.load()[-1].version
    custom.forget()
    assert custom.load()[-1].version == first
    shutil.rmtree(place / "acme_style-1.0.dist-info")
    install("acme_style", PACKAGE, entry, version="1.1")
    custom.forget()
    assert custom.load()[-1].version != first


def test_a_function_may_give_several(install):
    several = PACKAGE + (
        "\nimport dataclasses\n\ndef every():\n"
        "    return [shouting, dataclasses.replace(shouting, name='calm'), 7]\n"
    )
    install("acme_style", several, "every = acme_style.shouting:every")
    names = [check.name for check in custom.load()[len(checks.load()) :]]
    assert names == ["shouting", "calm"]
    assert "gives a int, and no check" in custom.troubles()[0]


BROKEN = {
    "raises": "raise ZeroDivisionError('oops')",
    "exits": "import sys; sys.exit(3)",
    "is no Python": "def (",
    "lacks what is named": "x = 1",
    "names no check": "shouting = 7",
    "raises when asked": "def shouting(): raise RuntimeError('oops')",
    "has a bad trigger": PACKAGE.replace('trigger="!"', 'trigger="(?=!)"'),
    "has a bad name": PACKAGE
    + "\nimport dataclasses\nshouting = dataclasses.replace(shouting, name='A b')",
    "is in our family": PACKAGE
    + "\nimport dataclasses\nshouting = dataclasses.replace(shouting, family='stale')",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_package_that_breaks_is_named_and_costs_the_others_nothing(
    install, rules: Path, tmp_path: Path, how: str
):
    install("bad_style", BROKEN[how], "bad = bad_style.shouting:shouting")
    install("acme_style", PACKAGE, "good = acme_style.shouting:shouting")
    done = run("check", page(tmp_path), status=2)
    assert "shouting" in done.stdout
    assert "typo" in done.stdout
    assert "bad_style (redpencil.checks: bad): " in done.stderr
    assert "acme_style" not in done.stderr


def test_a_check_that_breaks_on_a_page_costs_its_own_findings_only(
    install, rules: Path, tmp_path: Path
):
    breaks = PACKAGE.replace("yield context", 'raise KeyError("oops"); yield context')
    install("acme_style", breaks, "good = acme_style.shouting:shouting")
    done = run("check", page(tmp_path), status=4)
    assert "shouting: the check broke: KeyError" in done.stderr
    assert "typo" in done.stdout


def test_a_real_interpreter_finds_what_is_installed(install, rules: Path, tmp_path: Path):
    """Another process, as cron starts one: nothing of this test's own is there."""
    place = install("acme_style", PACKAGE, "good = acme_style.shouting:shouting")
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(place), str(ROOT), os.environ["PYTHONPATH"]]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", str(page(tmp_path))],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "acme" not in done.stderr
    assert "Here is shouted" in done.stdout
    assert "“teh” is misspelt" in done.stdout


def test_looking_for_packages_loads_no_library_when_there_is_none(rules: Path):
    program = (
        "import sys; from bot import custom; custom.load();"
        " print('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
