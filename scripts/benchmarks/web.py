"""Milliseconds of server time of the page in the browser, with 10,000 pending proposals."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from time import perf_counter

import click

from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span
from bot.queue import Queue
from bot.review.web import Desk, Guard, application
from bot.store import Store

LIMIT = 100.0
FILLING = "Words without any error follow. " * 40
HEADERS = {"Origin": "http://localhost", "Accept": "application/json"}


def report(page: int, findings: int) -> Report:
    """A page of 30 kB with so many findings of two alternatives, each in a section of its own."""
    text, found = "", []
    for number in range(findings):
        text += f"== Section {number} ==\n{FILLING}\nIn this sentence teh error stands alone. "
        place = text.index("teh", len(text) - 60)
        fixes = (
            Fix('write "the"', (Edit(place, "teh", "the"),), Safety.SAFE),
            Fix("leave it out", (Edit(place, "teh ", ""),)),
        )
        span = Span(place, place + 3)
        found.append(
            Finding("misspelt", "words", Severity.ERROR, span, "It is no word.", fixes=fixes)
        )
        text += f"{FILLING}\n\n"
    return Report(Page(f"Page {page}", text, "https://wiki/Page", page + 1), tuple(found))


@click.command()
@click.option("--pending", default=10_000, show_default=True, help="How many proposals wait.")
@click.option("--pages", default=500, show_default=True, help="On how many pages they stand.")
@click.option("--rounds", default=100, show_default=True, help="How often each is asked for.")
def web(pending: int, pages: int, rounds: int) -> None:
    """Milliseconds that the server takes for what a reviewer asks for; status 1 when the list or a
    decision takes longer than the limit in one of twenty cases.
    """
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder, "queue.sqlite")) as store:
        queue = Queue(store)
        for page in range(pages):
            queue.propose("wiki", f"Page {page:03}", report(page, pending // pages))
        keeper = Guard("127.0.0.1")
        app = application(Desk(queue, "Ann", lambda _: {"today": date(2026, 11, 23)}), keeper)
        browser = app.test_client()
        browser.get(f"/enter?token={keeper.token}")
        numbers = count(1)

        def asks(address: str) -> Callable[[], object]:
            return lambda: browser.get(address)

        def decides() -> object:
            number = next(numbers)
            body = {"version": 1, "fix": 1, "key": "y" if number % 2 else "n"}
            return browser.post(f"/proposals/{number}/decision", json=body, headers=HEADERS)

        middle = pending // 2
        steps: dict[str, Callable[[], object]] = {
            "list of pages": asks("/"),
            "list, narrowed": asks("/?check=misspelt&safety=safe&words=page+07"),
            "last of the list": asks(f"/?from={pages - 50}"),
            "a proposal": asks(f"/proposals/{middle}"),
            "the next one": asks(f"/proposals/{middle}/beside?key=j"),
            "a search": asks(f"/proposals/{middle}/beside?key=/&argument=page+499"),
            "a decision": decides,
            "undo": lambda: browser.post("/undo", json={}, headers=HEADERS),
            "25 of a check": asks("/together?check=misspelt"),
        }
        slowest = 0.0
        click.echo(f"{pending:,} proposals on {pages} pages")
        click.echo(f"{'':18}{'median':>10}{'95 of 100':>12}")
        for name, step in steps.items():
            taken = []
            for _ in range(rounds):
                started = perf_counter()
                step()
                taken.append(1000 * (perf_counter() - started))
            taken.sort()
            usual, late = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
            if name not in ("a search", "25 of a check"):  # they read much more
                slowest = max(slowest, late)
            click.echo(f"{name:18}{usual:7.1f} ms{late:9.1f} ms")
        click.echo(f"{'slowest':18}{'':10}{slowest:9.1f} ms   limit {LIMIT:.0f} ms")
    if slowest > LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    web()
