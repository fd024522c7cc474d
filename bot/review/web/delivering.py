"""Saving what is approved, while the page looks on: what will be saved, and what became of it.

Saving goes on in a thread of its own, with a connection to the queue of its own, whoever looks at
it: closing the browser does not end it, and opening another one shows it. Pages are saved one after
the other; one can ask for an end, which comes after the page that is under way. Where somebody had
edited in between, the page is checked again, and what still stands there waits for a decision anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.errors import RedpencilError, UsageError
from bot.queue import Queue
from bot.queue.proposals import Proposal, Proposed, Selection, State
from bot.review.catalogue import Catalogue, say
from bot.saving import delivery
from bot.saving.approved import Written
from bot.saving.outcomes import Conflict, Outcome, Saved, Unchanged
from bot.saving.policy import Policy
from bot.store import Store

if TYPE_CHECKING:
    from bot.saving.delivery import Delivered, Parcel

Tell = Callable[[str], object]
Trouble = Callable[[RedpencilError], object]


class Delivery(NamedTuple):
    """How pages are saved, and how they are checked and proposed again after a conflict.

    `save` is `bot.saving.delivery.deliver` with the wikis it needs. `again` takes the sources of
    pages and gives each as the queue calls it now, with what proposing it anew did.
    """

    save: Callable[[Queue, Iterable[Parcel], Tell, Trouble], Iterator[Delivered]]
    again: Callable[[Queue, Sequence[str], Trouble], Iterator[tuple[str, Proposed]]]


class Planned(NamedTuple):
    """What would be saved of one page, in one edit with this summary ('' for a file).

    `left` are approved, too, and wait for another time.
    """

    wiki: str
    page: str
    proposals: tuple[Proposal, ...]
    left: tuple[Proposal, ...]
    summary: str
    text: str


def planned(queue: Queue, selection: Selection, policy: Policy) -> list[Planned]:
    """What would be saved, by wiki and page. Of the summary, only the account (where nothing says
    what it links to) and the marker at its end are not known before."""
    from bot.saving.approved import batches

    found = []
    for batch in batches(queue, selection):
        summary = ""
        if batch.file is None and batch.proposals:
            checks = (each.finding.check for each in batch.proposals)
            summary = policy.summary(checks, policy.documentation or "User:…", "rp-…")
        found.append(
            Planned(
                batch.wiki, batch.page.title, batch.proposals, batch.left, summary, batch.page.text
            )
        )
    return found


class Delivering:
    """The one saving of a server: under way, or ended, with all that happened."""

    def __init__(self, path: Path, how: Delivery | None) -> None:
        self._path = path
        self._how = how
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._events: list[dict[str, Any]] = []
        self._total = self._done = 0

    @property
    def running(self) -> bool:
        """Whether pages are being saved."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self, selection: Selection, seen: AbstractSet[tuple[int, int]], texts: Catalogue
    ) -> None:
        """Begin to save what is selected and approved, as far as it was seen: (number, version).
        What happens is told in the words of `texts`, and in those of whoever saves.

        Raises UsageError when that cannot be: a saving goes on, or no wiki may be asked.
        """
        how = self._how
        if how is None:
            raise UsageError(texts("save.offline"))
        with self._lock:
            if self.running:
                raise UsageError(texts("save.already"))
            self._stopped.clear()
            self._events, self._total, self._done = [], 0, 0
            # No daemon: a page that is being saved is finished before the program ends.
            self._thread = threading.Thread(target=self._run, args=(how, selection, seen, texts))
            self._thread.start()

    def stop(self) -> None:
        """End after the page that is being saved."""
        self._stopped.set()

    def wait(self) -> None:
        """Come back when nothing is being saved."""
        if self._thread is not None:
            self._thread.join()

    def progress(self, after: int) -> dict[str, Any]:
        """How far it is, and the events from that number on."""
        running = self.running
        with self._lock:
            return {
                "running": running,
                "done": self._done,
                "total": self._total,
                "events": self._events[after:],
                "next": len(self._events),
            }

    def _run(
        self,
        how: Delivery,
        selection: Selection,
        seen: AbstractSet[tuple[int, int]],
        texts: Catalogue,
    ) -> None:
        try:
            with Store(self._path) as store:
                self._save(how, Queue(store), selection, seen, texts)
        except RedpencilError as wrong:
            self._note("trouble", str(wrong))
        except Exception as wrong:
            self._note("trouble", f"{texts('error.500')} {wrong!r}")
            raise
        finally:
            self._note("ended", "")

    def _save(
        self,
        how: Delivery,
        queue: Queue,
        selection: Selection,
        seen: AbstractSet[tuple[int, int]],
        texts: Catalogue,
    ) -> None:
        parcels = []
        for parcel in delivery.approved(queue, selection):
            batch = parcel.batch
            if batch is None:
                continue
            known = tuple(each for each in batch.proposals if (each.id, each.version) in seen)
            if known:
                batch = batch._replace(proposals=known)
                parcels.append(delivery.Parcel(batch.page, batch.picks, batch))
        with self._lock:
            self._total = len(parcels)
        if not parcels:
            self._note("told", texts("save.gone"))
        conflicts: list[Parcel] = []

        def trouble(wrong: RedpencilError) -> None:
            self._note("trouble", str(wrong))

        outcomes = how.save(queue, parcels, lambda said: self._note("told", said), trouble)
        for outcome, sent in outcomes:
            kind = type(outcome).__name__.lower()
            address = ""
            source = sent.page.source if sent is not None else ""
            if isinstance(outcome, Saved) and source.startswith(("http://", "https://")):
                address = f"{source.partition('#')[0]}?diff={outcome.revision}"
            if isinstance(outcome, Conflict) and sent is not None:
                conflicts.append(sent)
            with self._lock:
                self._done += sent is not None
            self._note(kind, _told(outcome, texts), page=outcome.title, address=address)
            if self._stopped.is_set():
                close = getattr(outcomes, "close", None)
                if close is not None:
                    close()
                self._note("told", texts("save.stopped"))
                break
        for parcel in conflicts:
            self._checked_again(how, queue, parcel)

    def _checked_again(self, how: Delivery, queue: Queue, parcel: Parcel) -> None:
        """A page that somebody had edited: what still stands there waits anew."""
        title, wiki = parcel.page.title, parcel.batch.wiki if parcel.batch is not None else ""

        def trouble(wrong: RedpencilError) -> None:
            self._note("trouble", str(wrong), page=title)

        for now, _ in how.again(queue, [parcel.page.source], trouble):  # it may have been moved
            here = Selection(wiki=wiki, page=now, states=[State.PENDING])
            count = queue.totals(here).get(State.PENDING, 0)
            self._note("again", "", page=now, wiki=wiki, count=count)

    def _note(self, kind: str, message: str, **more: Any) -> None:
        with self._lock:
            self._events.append({"kind": kind, "message": message, **more})


def _told(outcome: Outcome | Written, texts: Catalogue) -> str:
    """What became of a page; what kept it from being saved is said by whoever found that out."""
    if isinstance(outcome, Saved):
        told = texts("save.as", page=outcome.title, revision=str(outcome.revision))
        merged = [say("save.merged")] if outcome.merged else []
        unread = [] if outcome.read_back else [say("save.unread")]
        return texts.said((told, *merged, *unread))
    return outcome.title if isinstance(outcome, Unchanged | Written) else outcome.message
