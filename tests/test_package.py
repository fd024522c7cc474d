"""What is installed: everything inside bot/, with the versions the locks name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The normalised name in a requirement or a pin (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def pins(lock: str) -> dict[str, str]:
    """The version of every library a lock file names; each must come with hashes."""
    entries = re.sub(r"^#.*\n", "", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {}
    for entry in entries.replace("\\\n", "").splitlines():
        pin = re.fullmatch(r"([\w.-]+)==(\S+)( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+", entry)
        assert pin, f"{lock}: not a pin with hashes: {entry[:80]}"
        found[name_of(pin[1])] = pin[2]
    return found


def test_wheel_holds_everything_inside_bot(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "bot").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert packed == files


@pytest.mark.parametrize(
    ("lock", "required"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements.lock", PROJECT["build-system"]["requires"]),
        (
            "requirements-dev.lock",
            [each for each in PROJECT["dependency-groups"]["dev"] if isinstance(each, str)],
        ),
    ],
)
def test_locks_name_what_the_project_requires(lock, required):
    assert {name_of(each) for each in required} <= pins(lock).keys()


def test_locks_agree():
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_dependencies_have_no_upper_bounds():
    versions = [each.partition(";")[0] for each in PROJECT["project"]["dependencies"]]
    assert [each for each in versions if re.search("<|==|~=", each)] == []
