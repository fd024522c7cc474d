"""Workers: the order of the dump whoever is quickest, and no page that ends the run."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from bot import checks
from bot.errors import DumpError
from bot.scan import crew as crew_module
from bot.scan import dumps
from bot.scan.crew import Crew, Done, work
from bot.scan.dumps import Piece, dump_of
from bot.scan.looking import Look, Task
from bot.scan.pages import read
from bot.scan.redirects import of_dump
from tests.scan.dump_files import Written, found_in, multistream, wiki_pages, xml

TODAY = date(2026, 11, 23)
EVERY = tuple(check.name for check in checks.load())


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "PIECE", 3_000)
    monkeypatch.setattr(dumps, "READ", 1_000)
    monkeypatch.setattr(dumps, "_RANGE", 1_500)


@pytest.fixture
def dump(tmp_path: Path) -> dumps.Dump:
    file = tmp_path / "dump.xml"
    file.write_bytes(xml(wiki_pages()))
    return dump_of(file)


def lines(done: list[Done]) -> bytes:
    return b"".join(one.lines for each in done for one in each.found)


def test_the_same_findings_in_the_same_order_whoever_works(
    dump: dumps.Dump, tmp_path: Path
) -> None:
    task = Task(EVERY, TODAY, titles=of_dump(dump).titles)
    look = Look(task)
    alone = b"".join(
        found.lines
        for piece in dump.pieces()
        for page in read(piece.content, piece.start)  # type: ignore[arg-type]
        if (found := look(page)) is not None
    )
    assert {"stale-ongoing", "duplicate-entry"} <= {each["check"] for each in found_in([alone])}
    for workers in (1, 2, 3):
        with Crew(task, workers) as crew:
            done = list(crew.run(dump.pieces()))
        assert lines(done) == alone
        assert [each.end for each in done] == [piece.end for piece in dump.pieces()]
        articles = [p for p in wiki_pages() if p.model == "wikitext" and p.namespace == 0]
        assert sum(each.pages for each in done) == len(articles)
    file, _ = multistream(tmp_path, wiki_pages())
    with Crew(task, 2) as crew:
        assert lines(list(crew.run(dump_of(file).pieces()))) == alone


@pytest.mark.parametrize("moment", [0, 1, 4])
def test_a_killed_worker_costs_nothing(dump: dumps.Dump, moment: int) -> None:
    # Once only: a page at which a worker ends again is thought to be the reason.
    task = Task(EVERY, TODAY)
    with Crew(task, 2) as crew:
        expected = lines(list(crew.run(dump.pieces())))
    with Crew(task, 2) as crew:
        found = []
        for number, done in enumerate(crew.run(dump.pieces())):
            found.append(done)
            if number == moment:
                for process in crew.processes:
                    os.kill(process, signal.SIGKILL)
        assert lines(found) == expected


def ends_at_some_pages(connection: Connection, task: Task) -> None:
    """A worker whose checks end the process at certain pages, as a fault in a library would."""
    looked_at = Look.__call__

    def deadly(look: Look, page: object) -> object:
        if b"DEADLY" in getattr(page, "text", b""):
            os.kill(os.getpid(), signal.SIGKILL)
        if b"ENDLESS" in getattr(page, "text", b""):
            # What never comes back to Python: no handler runs, only the system can end it.
            signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
            while True:
                sum(itertools.repeat(1, 10_000_000))
        return looked_at(look, page)  # type: ignore[arg-type]

    Look.__call__ = deadly  # type: ignore[assignment,method-assign]
    work(connection, task)


def test_a_page_that_ends_its_worker_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "work", ends_at_some_pages)
    written = wiki_pages(12)
    written[3] = Written("Deadly", "DEADLY " * 9)
    written[4] = Written("Deadly too", "DEADLY " * 9)
    written[9] = Written("Endless", "ENDLESS")
    file = tmp_path / "dump.xml"
    file.write_bytes(xml(written))
    with Crew(Task(EVERY, TODAY, seconds=0.3), 2) as crew:
        found = found_in([lines(list(crew.run(dump_of(file).pieces())))])
    aside = [each["page"] for each in found if "set_aside" in each]
    assert aside == ["Deadly", "Deadly too", "Endless"]
    named = {page.title for page in written if "has been bidding" in page.text}
    assert named <= {each["page"] for each in found}


def test_what_goes_wrong_with_the_dump_comes_behind_what_was_done(dump: dumps.Dump) -> None:
    def broken() -> Iterator[Piece]:
        yield from itertools.islice(dump.pieces(), 4)
        raise DumpError("the dump ends")

    done: list[Done] = []
    with Crew(Task(EVERY, TODAY), 2) as crew, pytest.raises(DumpError, match="the dump ends"):
        done.extend(crew.run(broken()))  # keeps what came before the error
    assert [each.end for each in done] == [p.end for p in itertools.islice(dump.pieces(), 4)]


def test_closing_ends_every_process_at_once(dump: dumps.Dump) -> None:
    with Crew(Task(EVERY, TODAY), 2) as crew:
        next(crew.run(dump.pieces()))
        processes = crew.processes
        assert processes
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_pieces_wait_for_a_slow_one_without_being_read(dump: dumps.Dump) -> None:
    """Memory stays flat: only so many pieces are read ahead of the one that is given out."""
    read = 0

    def counted() -> Iterator[Piece]:
        nonlocal read
        for piece in dump.pieces():
            read += 1
            yield piece

    given = 0
    with Crew(Task(EVERY, TODAY), 2) as crew:
        for _ in crew.run(counted()):
            given += 1
            time.sleep(0.01)
            assert read - given <= 8
