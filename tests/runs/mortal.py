"""A program that runs a job again and again, each time in a child that may be killed.

Lines of JSON on standard input say what to run, one after the other: the `arguments` of the command
line and after how many seconds to `kill` it, if at all, with which `signal`. Each is answered with
a line of JSON: the exit status (negative for a signal), the seconds it took and those after the
signal, and the most bytes of memory it held. Starting is paid for once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import requests  # noqa: F401 (loaded before any child needs it)

from bot import checks, cli
from bot.runs import run  # noqa: F401 (as above)


def child(job: dict[str, Any]) -> None:
    """Run a command line, with its output in a file."""
    with open(job["output"], "ab") as output:  # noqa: PTH123 (a descriptor is wanted)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    cli.main(job["arguments"])


def reached(watched: str | None, kill: float, started: float) -> bool:
    """Whether it is time to kill: a watched file has so many lines, or so many seconds are over."""
    if watched is None:
        return time.monotonic() - started > kill
    try:
        return Path(watched).read_bytes().count(b"\n") >= kill
    except FileNotFoundError:
        return False


def main() -> None:
    """Do what standard input says."""
    checks.load()
    for line in sys.stdin:
        job = json.loads(line)
        started = time.monotonic()
        number = os.fork()
        if number == 0:
            status = 99
            try:
                child(job)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 0
            finally:
                sys.stdout.flush()
                os._exit(status)
        kill, watched = job.get("kill"), job.get("watched")
        while (ended := os.wait4(number, os.WNOHANG))[0] == 0:
            if kill is not None and reached(watched, kill, started):
                os.kill(number, job.get("signal", signal.SIGKILL))
                kill = None
                killed = time.monotonic()
            time.sleep(0.002)
        status, usage = os.waitstatus_to_exitcode(ended[1]), ended[2]
        now = time.monotonic()
        since = now - killed if job.get("kill") is not None and kill is None else None
        peak = usage.ru_maxrss * 1024
        answer = {"status": status, "seconds": now - started, "after": since, "peak": peak}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
