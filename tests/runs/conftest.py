"""Jobs over folders, and a program that runs them and can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class Ended(NamedTuple):
    """How a run ended: its status, the seconds it took, those after it was told to end, the most
    bytes of memory it held, and what it said."""

    status: int
    seconds: float
    after: float | None
    peak: int
    said: str


class Mortal:
    """The program of tests/runs/mortal.py, running."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / "said.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.runs.mortal"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object, **how: Any) -> Ended:
        """Run a command line; `kill` after so many seconds, with `signal`."""
        self._output.write_bytes(b"")
        job = {"arguments": [str(one) for one in arguments], "output": str(self._output), **how}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return Ended(said=self._output.read_text(encoding="utf-8"), **answer)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    """A program that runs jobs in children, each killed when told."""
    program = Mortal(tmp_path)
    yield program
    program.process.communicate()
    assert program.process.returncode == 0
