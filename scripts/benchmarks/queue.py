"""Milliseconds to list, show and decide with 10,000 pending proposals."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from time import perf_counter

import click

from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span
from bot.queue import Queue
from bot.queue.proposals import Decision, Selection, State
from bot.review import Session
from bot.store import Store

LIMIT = 100.0
SENTENCE = "In this sentence, number {number}, teh error stands among thirty other words of it. "


def report(page: int, findings: int) -> Report:
    """A page of 30 kB with so many findings of two alternatives."""
    sentences, found, start = [], [], 0
    for number in range(findings):
        sentence = SENTENCE.format(number=number) + "Words without any error follow. " * 40 + "\n\n"
        place = start + sentence.index("teh")
        fixes = (
            Fix('write "the"', (Edit(place, "teh", "the"),), Safety.SAFE),
            Fix("leave it out", (Edit(place, "teh ", ""),)),
        )
        span = Span(place, place + 3)
        found.append(
            Finding("misspelt", "words", Severity.ERROR, span, "It is no word.", fixes=fixes)
        )
        sentences.append(sentence)
        start += len(sentence)
    return Report(Page(f"Page {page}", "".join(sentences), "", page + 1), tuple(found))


def nothing(_: object) -> Mapping[str, object]:
    """The options of a check; nothing is edited here."""
    return {"today": date(2026, 11, 23), "only": ()}


@click.command()
@click.option("--pending", default=10_000, show_default=True, help="How many proposals wait.")
@click.option("--pages", default=500, show_default=True, help="On how many pages they stand.")
@click.option("--rounds", default=200, show_default=True, help="How many decisions are timed.")
def queue(pending: int, pages: int, rounds: int) -> None:
    """Milliseconds of each step of reviewing, in a queue on disk; the slowest of all rounds counts,
    and status 1 when that is above the limit.
    """
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder, "queue.sqlite")) as store:
        waiting = Queue(store)
        started = perf_counter()
        for page in range(pages):
            waiting.propose("wiki", f"Page {page}", report(page, pending // pages))
        elapsed = perf_counter() - started
        total = len(waiting.entries())
        click.echo(f"{total:,} proposals on {pages} pages, stored in {elapsed:.1f} s")

        session = Session(waiting, "Ann", nothing)
        numbers = iter([entry.id for entry in waiting.entries()][::-1])

        def decide() -> None:
            proposal = waiting.proposal(next(numbers))
            waiting.decide([Decision(proposal.id, proposal.version, State.APPROVED, 0)], "Ann")

        everything = Selection(states=[State.PENDING])
        steps: dict[str, tuple[Callable[[], object], int]] = {
            "list all": (lambda: waiting.entries(everything), 20),
            "list 100 of them": (lambda: waiting.entries(everything, limit=100), 20),
            "count by page and check": (lambda: waiting.counts(everything), 20),
            "sit down to review": (lambda: Session(waiting, "Ann", nothing), 20),
            "approve and show the next": (lambda: session.press("y"), rounds),
            "undo and show it": (lambda: session.press("u"), rounds // 2),
            "decide by number": (decide, rounds),
        }
        slowest = 0.0
        click.echo(f"{'':26}{'median':>9}{'slowest':>9}")
        for name, (step, times) in steps.items():
            taken = []
            for _ in range(times):
                started = perf_counter()
                step()
                taken.append(1000 * (perf_counter() - started))
            taken.sort()
            slowest = max(slowest, taken[-1])
            click.echo(f"{name:26}{taken[len(taken) // 2]:7.1f} ms{taken[-1]:7.1f} ms")
        click.echo(f"{'slowest of all':26}{'':9}{slowest:7.1f} ms   limit {LIMIT:.0f} ms")
    if slowest > LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    queue()
