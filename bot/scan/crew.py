"""Worker processes: pieces of dumps go in, what was found comes out in the order of the dump.

The dump is read and unpacked here, or by the worker itself where a piece says where to read. A
worker that ends in the middle of a piece (killed, out of memory, a fault in a library) is replaced
and its piece done again, telling before each page which one it is; a page at which it ends then is
set aside. So is a page that does not come back to Python within three times its budget: the system
ends its worker. Nothing a page holds ends the run.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import queue
import resource
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, Self

from bot.errors import RedpencilError
from bot.scan.dumps import Piece, Range, read_range
from bot.scan.looking import Found, Look, Task, aside
from bot.scan.pages import RawPage, Unreadable, read

# What a worker may allocate, in bytes; a page that needs more is set aside.
MEMORY = 320 << 20


class Done(NamedTuple):
    """What came of a piece: what was found on each page that there is something to say of.

    `pages` were seen and `size` bytes of XML read; `end` and `read` are those of the piece.
    """

    found: tuple[Found, ...]
    pages: int
    size: int
    end: int
    read: int


def pages_of(
    content: bytes | Range, start: int, task: Task
) -> tuple[Iterator[RawPage | Unreadable], int]:
    """The pages of a piece's content, and how many bytes they are."""
    if isinstance(content, Range):
        if content.is_table:
            from bot.scan.parquet import read_rows

            return read_rows(content, task.namespaces)
        content = read_range(content)
    return read(content, start, task.namespaces), len(content)


# The worker


class _Order(NamedTuple):
    """A piece for a worker: what to read, the pages to set aside and why, and whether to tell
    before each page which one it is."""

    content: bytes | Range
    start: int
    skipped: dict[int, str]
    is_careful: bool


def work(connection: Connection, task: Task) -> None:
    """Do the pieces that come, until the one who sends them goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    gc.set_threshold(100_000, 50, 50)  # many small objects that live as long as their page
    look = Look(task)
    gc.freeze()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        connection.send("ready")
        while True:
            order = _Order(*connection.recv())
            try:
                connection.send(_look_at(order, look, connection))
            except RedpencilError as wrong:
                connection.send(wrong)


def _look_at(order: _Order, look: Look, connection: Connection) -> tuple[Any, ...]:
    found, number = [], 0
    task = look.task
    pages, size = pages_of(order.content, order.start, task)
    for number, page in enumerate(pages, 1):
        if number in order.skipped:
            found.append(aside(page, order.skipped[number]))
            continue
        if order.is_careful:
            connection.send(number)
        signal.setitimer(signal.ITIMER_PROF, max(1.0, 3 * task.seconds))
        one = look(page)
        if one is not None:
            found.append(one)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return tuple(found), number, size


# Those who send


class _Worker:
    """One worker process and the pipe to it."""

    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, task), daemon=True)
        self.process.start()
        theirs.close()
        try:
            self.connection.recv()
        except EOFError as wrong:
            raise RedpencilError("a worker process could not be started") from wrong

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class Crew:
    """Workers for one task; `run` gives what came of each piece, in the order of the pieces."""

    def __init__(self, task: Task, workers: int = 1) -> None:
        self.task = task
        self._number = workers
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        self._closed = False
        self._pool = ThreadPoolExecutor(workers, "redpencil-crew")
        for _ in range(workers):
            self._idle.put(None)  # a place for a worker, which starts when it is needed

    def run(self, pieces: Iterator[Piece]) -> Iterator[Done]:
        """What came of the pieces. An error of the dump is raised in its place, after what came
        before it was given."""
        waiting: deque[Future[Done]] = deque()
        wrong: RedpencilError | None = None
        while True:
            piece = None
            try:
                piece = next(pieces, None)
            except RedpencilError as error:
                wrong = error
            if piece is None:
                break
            waiting.append(self._pool.submit(self._do, piece))
            # A slow piece holds back those behind it, so that no more than these wait in memory.
            while waiting and (waiting[0].done() or len(waiting) > 2 * self._number + 2):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if wrong is not None:
            raise wrong

    def _do(self, piece: Piece) -> Done:
        if piece.unreadable is not None:
            found = (aside(piece.unreadable, piece.unreadable.reason, is_damaged=True),)
            return Done(found, 1, piece.end - piece.start, piece.end, piece.read)
        order = _Order(piece.content, piece.start, {}, is_careful=False)
        place = self._idle.get()
        worker = place
        try:
            while True:
                if worker is None:
                    worker = self._hired()
                answer, last = self._asked(worker, order)
                if answer is not None:
                    break
                self._dismissed(worker)
                worker = None
                if order.is_careful and last:
                    reason = "its check ended the process: too much time or memory in a library"
                    order = order._replace(skipped={**order.skipped, last: reason})
                order = order._replace(is_careful=True)
        finally:
            self._idle.put(worker)
        if isinstance(answer, RedpencilError):
            raise answer
        found, pages, size = answer
        return Done(found, pages, size, piece.end, piece.read)

    def _asked(self, worker: _Worker, order: _Order) -> tuple[Any, int]:
        """The answer of a worker, None when it ended; and the page it was last at, if it told."""
        last = 0
        try:
            worker.connection.send(tuple(order))
            while isinstance(answer := worker.connection.recv(), int):
                last = answer
        except (EOFError, OSError):
            return None, last
        return answer, last

    def _hired(self) -> _Worker:
        worker = _Worker(self.task)
        self._all.add(worker)
        if self._closed:
            self._dismissed(worker)
            raise RedpencilError("the scan was ended")
        return worker

    def _dismissed(self, worker: _Worker) -> None:
        self._all.discard(worker)
        worker.stop()

    @property
    def processes(self) -> list[int]:
        """The ids of the worker processes there are."""
        return [worker.process.pid for worker in list(self._all) if worker.process.pid]

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        self._closed = True
        for worker in list(self._all):
            worker.process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for worker in list(self._all):
            worker.stop()
        self._all.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
