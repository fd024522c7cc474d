"""A program that saves and is killed on the way, once for every line it is given.

Each save runs in a process forked from this one, which has logged in already. A line is JSON:
`title` and `revision` of the page, `store` (a file), and `step`, the number of the step at which
the process kills itself with SIGKILL, or `after`, the seconds after which it is killed from
outside. The answer is a line with the signal that ended it, 0 if it lived to the end.

A step is taken before every statement to the database, before and after every request, and between
sending a request and reading its answer.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.model import Page
from bot.saving.saver import Saver
from bot.sites.mediawiki import MediaWiki, connect
from bot.sites.mediawiki_config import ConfigFile
from bot.store import Store
from tests.live.approvals import CHECKING, FAST, QUICK, TEXT, picks_of


def steps_until(last: int) -> Callable[[], None]:
    """Something to call at every step; it does not return from the last one."""
    taken = 0

    def step(*_: object) -> None:
        nonlocal taken
        taken += 1
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def around(function: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    """The function with a step before and after it."""

    def stepped(*arguments: Any, **named: Any) -> Any:
        step()
        result = function(*arguments, **named)
        step()
        return result

    return stepped


def save(client: MediaWiki, job: dict[str, Any]) -> None:
    page = Page(job["title"], TEXT.rstrip(), "", revision=job["revision"])
    picks = picks_of(page)
    with Store(job["store"]) as store:
        step = steps_until(job.get("step", 0))
        store._connection.set_trace_callback(step)
        client._session.post = around(client._session.post, step)
        connection = http.client.HTTPConnection
        connection.endheaders = around(connection.endheaders, step)
        with Saver(client, store, policy=FAST) as saver:
            saver.save(page, picks, **CHECKING)


def main(api_url: str, config: str, state: str) -> None:
    client = connect(
        api_url, ConfigFile(Path(config), pointed_to=True), state=Path(state), pace=QUICK
    )
    client.login()
    client.token("csrf")
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            save(client, job)
            os._exit(0)
        end = time.monotonic() + job.get("after", 60.0)
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.001)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
