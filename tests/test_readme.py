"""The README tells the truth: what it shows is what the program says today."""

from __future__ import annotations

import importlib.util
import re

from click.testing import CliRunner

from bot import checks
from bot.cli import main
from tests.test_top_level import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_generated_parts_are_current() -> None:
    spec = importlib.util.spec_from_file_location("readme", ROOT / "scripts" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    readme = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(readme)
    assert readme.renewed(README) == README, "run scripts/fix"


def test_every_check_and_command_is_named() -> None:
    assert [check.name for check in checks.load() if f"| `{check.name}` |" not in README] == []
    help_text = CliRunner().invoke(main, ["--help"]).output
    commands = re.findall(r"^  ([a-z]+) ", help_text.partition("Commands:")[2], re.MULTILINE)
    assert [name for name in commands if f"redpencil {name}" not in README] == []


def test_every_option_the_readme_uses_exists() -> None:
    used = re.findall(r"^    redpencil ([a-z]+) ([^#\n]*)", README, re.MULTILINE)
    assert used
    for command, arguments in used:
        help_text = CliRunner().invoke(main, [command, "--help"]).output
        for option in re.findall(r"--[a-z-]+", arguments):
            assert option in help_text, f"redpencil {command} {option}"


def test_every_script_the_readme_names_exists() -> None:
    for name in set(re.findall(r"scripts/[a-z-]+", README)):
        assert (ROOT / name).exists(), name
