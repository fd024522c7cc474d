"""A lock is one process's at a time, and ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import lock

HOLDER = """
import sys, pathlib
from bot import lock
lock.take(pathlib.Path(sys.argv[1]), "process of a test")
print("held", flush=True)
sys.stdin.read()
"""


def test_whoever_comes_second_is_told_who_works(tmp_path: Path) -> None:
    first = lock.take(tmp_path / "lock", "42 since noon")
    with pytest.raises(lock.Taken) as taken:
        lock.take(tmp_path / "lock", "43")
    assert taken.value.by == "42 since noon"
    os.close(first)
    os.close(lock.take(tmp_path / "lock", "43"))
    assert (tmp_path / "lock").read_text() == "43"


def test_the_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(lock.Taken, match="process of a test"):
            lock.take(path, "me")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        os.close(lock.take(path, "me"))
