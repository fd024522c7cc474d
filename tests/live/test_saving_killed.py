"""Killed with SIGKILL at every step: the next start knows of each edit whether it was saved."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.saving.outcomes import Refused, Saved
from bot.store import Store
from tests.live.approvals import CHECKING, MENDED, TEXT, Desk, client_of, picks_of
from tests.live.wiki import CHECKOUT, Wiki

ROUNDS = 8
AT_RANDOM = 30

# Of the edits that were not saved, so many are saved again, to see that they are saved once.
ONE_IN = 3


class Mortal:
    """The program of mortal.py, running."""

    def __init__(self, wiki: Wiki, state: Path) -> None:
        arguments = [wiki.api_url, wiki.folder / "user-config.py", state]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.mortal", *map(str, arguments)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def die(self, **job: Any) -> int:
        """Save and be killed; the exit code, negative for a signal."""
        self.process.stdin.write(json.dumps(job, default=str) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture
def mortal(wiki: Wiki, tmp_path: Path):
    program = Mortal(wiki, tmp_path / "its state")
    yield program
    program.process.communicate()
    assert program.process.returncode == 0


def test_killed_at_every_step_each_edit_is_known_to_be_saved_once_or_not_at_all(
    wiki: Wiki, mortal: Mortal, tmp_path: Path
) -> None:
    jobs: list[dict[str, Any]] = []

    def die(**how: float) -> int:
        number = len(jobs)
        job = {"title": f"Killed {number}", "store": tmp_path / f"{number}.sqlite", **how}
        job["revision"] = wiki.edit(job["title"], TEXT)
        jobs.append(job)
        return mortal.die(**job)

    for _ in range(ROUNDS):
        for step in itertools.count(1):
            if die(step=step) == 0:
                break
            assert step < 200
    dice = random.Random(1901)
    kills = len(jobs) - ROUNDS
    kills += sum(die(after=dice.uniform(0.0, 0.25)) != 0 for _ in range(AT_RANDOM))
    assert kills >= 200

    client = client_of(wiki, tmp_path / "state")
    fates = {Saved: 0, Refused: 0}
    for number, job in enumerate(jobs):
        title = job["title"]
        with Store(job["store"]) as store:
            desk = Desk(wiki, client, store)
            with desk.saver() as saver:
                assert store.saves(state="intended") == []
                for outcome in saver.settled:
                    fates[type(outcome)] += 1
                history = wiki.history(title)
                ours = [one for one in history if one.user == "RedpencilBot"]
                for save in store.saves():
                    made = [one.id for one in ours if save.marker in one.summary]
                    assert made == ([save.revision] if save.state == "saved" else []), job
                assert len(ours) <= 1, job
                if ours:
                    assert history[0].text == MENDED, job
                elif number % ONE_IN == 0:
                    page = client.fetch(title)
                    assert isinstance(saver.save(page, picks_of(page), **CHECKING), Saved), job
                    assert wiki.text(title) == MENDED
                    assert len(desk.ours(title)) == 1
    assert fates[Saved] > 5
    assert fates[Refused] > 5
