"""A queue in which something has happened on three days, and the summary of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.queue import Queue
from bot.queue.proposals import Decision, Selection, State
from bot.report.summary import Summary, summary
from bot.store import Store
from tests.proposals import report

FIRST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NOW = FIRST + timedelta(days=3, hours=2)
SINCE = NOW - timedelta(days=5)
WIKI = "wiki.example"


class Hands:
    """What befalls a queue, at the moment that its `clock` shows."""

    def __init__(self, folder: Path) -> None:
        self.moment = FIRST
        self.store = Store(folder / "queue.sqlite", clock=lambda: self.moment)
        self.queue = Queue(self.store)

    def propose(
        self, text: str, title: str = "Page", revision: int = 1, wiki: str = WIKI
    ) -> tuple[int, ...]:
        """Propose what the checks of `tests.proposals` find in a text."""
        return self.queue.propose(wiki, title, report(text, revision, title)).new

    def decide(self, number: int, state: State, who: str = "Ann", reason: str = "") -> None:
        """Say yes (to the first fix) or no."""
        version = self.queue.proposal(number).version
        fix = 0 if state is State.APPROVED else None
        (verdict,) = self.queue.decide([Decision(number, version, state, fix, (), reason)], who)
        assert verdict.made

    def summary(self, wiki: str = "") -> Summary:
        """The summary of the five days up to NOW."""
        return summary(self.queue, SINCE, NOW, wiki=wiki, decisions=2, acceptance=0.6)

    def pending(self) -> int:
        """How many proposals wait now."""
        return len(self.queue.entries(Selection(states=[State.PENDING])))


def three_days(folder: Path) -> Hands:
    """Nine proposals on two pages: two approved, one of them saved and undone, one rejected."""
    hands = Hands(folder)
    teh, wierd, *_ = hands.propose("teh wierd tbd! asap")
    hands.moment += timedelta(days=1)
    hands.decide(teh, State.APPROVED)
    hands.decide(wierd, State.REJECTED, reason="it is not")
    hands.queue.saved([teh], 7)
    hands.moment += timedelta(days=1)
    hands.queue.reverted([teh], "undone by Bob")
    (first, *_) = hands.propose("teh teh wierd tbd", "Café & <b>")
    hands.decide(first, State.APPROVED)
    hands.queue.refused([first], "Café & <b>: the page is protected")
    hands.moment = NOW
    return hands
