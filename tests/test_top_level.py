"""What lies in the project's folder, and what its files must not say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TOP_LEVEL = {
    "LICENSE",
    "README.md",
    "bot",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "scripts",
    "tests",
    "user-config.py.sample",
}

#: A module named like this has no idea of its own.
EMPTY_NAMES = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}

#: Folders that mean somebody's machine, at the start of an absolute path.
MACHINE_PATH = re.compile(r"(?<![\w.$}~*-])/(?:home|root|Users|work|tmp|mnt)/\w")


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """The files that belong to the project: what git tracks, in an unpacked archive all."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        inside = (file.relative_to(ROOT) for file in ROOT.rglob("*") if file.is_file())
        return [file for file in inside if not any(part.startswith(".") for part in file.parts)]
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_top_level_holds_nothing_else(files):
    names = {file.parts[0] for file in files}
    assert {name for name in names if not name.startswith(".")} - TOP_LEVEL == set()
    assert "pyproject.toml" in names


def test_every_module_has_an_idea(files):
    assert [
        file for file in files if EMPTY_NAMES & {part.split(".")[0] for part in file.parts}
    ] == []


def test_no_file_names_a_machine(files):
    wrong = []
    for file in files:
        text = (ROOT / file).read_text(encoding="utf-8", errors="replace")
        wrong += [f"{file}: {found[0]}" for found in MACHINE_PATH.finditer(text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cd /{}/somebody/project", True),
        ('"/{}/x"', True),
        ("https://example.org/{}/page", False),
        ("$XDG_CACHE_HOME/{}/x", False),
        ("tmp_path/{}/x", False),
        ("/{}/", False),
    ],
)
def test_reading_machine_paths(text, expected):
    for folder in ("home", "root", "Users", "work", "tmp"):
        assert bool(MACHINE_PATH.search(text.format(folder))) is expected
