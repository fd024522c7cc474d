"""The first thing somebody tries: `scripts/demo`, read by a program and at a terminal."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.test_terminal import Person
from tests.test_top_level import ROOT

DEMO = str(ROOT / "scripts" / "demo")


@pytest.fixture
def person() -> Iterator[Person]:
    person = Person(DEMO, columns=100, NO_COLOR="1")
    yield person
    person.close()


def sample() -> str:
    return (ROOT / "bot" / "samples" / "Velmora.wiki").read_text(encoding="utf-8")


def test_without_a_terminal_it_shows_what_is_found_and_ends() -> None:
    run = subprocess.run(
        [DEMO], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert "duplicate-membership" in run.stdout
    assert "-Since 2014, the Velmoran government has been bidding" in run.stdout
    assert "+In 2014, the Velmoran government began bidding" in run.stdout
    assert "your turn" not in run.stdout


def test_at_a_terminal_somebody_approves_and_sees_what_became_of_the_page(person: Person) -> None:
    before = sample()
    person.sees("Now it is your turn")
    person.sees("$ redpencil propose wiki")
    person.sees("new proposals")
    person.sees("$ redpencil review")
    person.sees("duplicate-membership")
    person.sees("[y n")
    person.types("n")
    person.sees("archive-date-mismatch")
    person.sees("[y n")
    person.types("y")
    person.sees("stale-ongoing")
    person.sees("[y n")
    person.types("y")
    person.sees("No mend is offered: reject (n)")
    person.types("q")
    person.sees("2 approved and not saved yet")
    person.sees("$ redpencil save")
    person.sees("Velmora.wiki: written")
    person.sees("$ diff -r -u samples wiki")
    assert person.ends() == 0
    end = person.output.replace("\r\n", "\n").rpartition("$ diff")[2]
    assert "+In 2014, the Velmoran government began bidding" in end
    assert "|archive-date=15 September 2001" in end
    changed = [line for line in end.split("\n") if line.startswith("-") and line[1:2] != "-"]
    assert len(changed) == 2
    assert sample() == before


def test_who_approves_nothing_changes_nothing(person: Person) -> None:
    person.sees("[y n")
    person.types("q")
    person.sees("Nothing was saved, so nothing has changed.")
    assert person.ends() == 0
