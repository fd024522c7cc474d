"""Look-ups a second in a local web archive, beside waybackpy on the same archive."""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import click

from bot.web.archives import Archives, Wanted
from bot.web.cache import Cache
from bot.web.captures import Archive
from bot.web.fetching import Answer, Fetcher, Manners

CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(CHECKOUT))

from tests.archive import pywb  # noqa: E402
from tests.archive.captures import Capture, page, write_warc  # noqa: E402
from tests.archive.internet_archive import InternetArchive  # noqa: E402

LIMIT = 5.0
#: Questions to the index for each distinct address.
MOST_ASKED = 1.1
YEARS = (2010, 2013, 2016, 2019)


def captures(pages: int) -> tuple[Capture, ...]:
    """Pages of 100 hosts, each captured in four years."""
    return tuple(
        Capture(url(number), f"{year}0601120000", body=page(f"Title of the page number {number}"))
        for number in range(pages)
        for year in YEARS
    )


def url(number: int) -> str:
    """The address of a page."""
    return f"http://host{number % 100}.example/page/{number}"


def references(pages: int, count: int) -> list[Wanted]:
    """Citations of the pages: each once, some again, and one in twenty of a page never captured."""
    dice = random.Random(7)
    numbers = [*range(pages), *dice.choices(range(pages), k=count - pages)]
    return [
        Wanted(
            url(number) if number % 20 else f"{url(number)}/never",
            date(2010, 6, 1) + timedelta(dice.randrange(3_000)),
            title=f"Title of the page number {number}",
        )
        for number in numbers
    ]


def serve(archive: str, latency: float, port: Connection) -> None:
    """The Internet Archive's ways in front of pywb, in a process of its own."""
    front = InternetArchive(archive)
    front.fault = lambda request: time.sleep(latency)
    port.send(front.url)
    port.recv()
    front.close()


def theirs(front: str, wanted: list[Wanted]) -> int:
    """The look-ups of waybackpy, as its documentation makes them; how many found something."""
    from waybackpy import WaybackMachineCDXServerAPI
    from waybackpy.exceptions import NoCDXRecordFound

    found = 0
    for each in wanted:
        api = WaybackMachineCDXServerAPI(
            each.url, "Redpencil benchmark", filters=["statuscode:200"]
        )
        api.endpoint = f"{front}/cdx/search/cdx"
        try:
            found += bool(api.near(year=each.day.year, month=each.day.month, day=each.day.day))
        except NoCDXRecordFound:
            continue
    return found


class Run(NamedTuple):
    """What one run of look-ups came to: how many were found, how many of them are the snapshot
    that is nearest, and how many requests that took, of which how many to the index."""

    found: int
    nearest: int
    requests: int
    asked: int


def nearest(wanted: Wanted) -> str:
    """The day of the capture that a page should be shown at, as the archive writes it."""
    days = [date(year, 6, 1) for year in YEARS]
    return f"{min(days, key=lambda day: abs(day - wanted.day)):%Y%m%d}"


def ours(front: str, wanted: list[Wanted], folder: Path) -> Callable[[], Run]:
    """Our look-ups with every snapshot seen, to be run more than once."""
    archive = Archive(
        "Wayback Machine",
        "wayback-cdx",
        index=f"{front}/cdx/search/cdx",
        replay=f"{front}/web/{{timestamp}}/{{url}}",
        raw=f"{front}/web/{{timestamp}}id_/{{url}}",
        pause=0.0,
    )

    def run() -> Run:
        fetcher = Fetcher(
            "Redpencil benchmark", manners=Manners(at_once=32), private=archive.origins
        )
        index: list[str] = []
        fetch = fetcher.fetch

        def noted(url: str, **more: Any) -> Answer:
            if url.startswith(archive.index):
                index.append(url)
            return fetch(url, **more)

        fetcher.fetch = noted  # type: ignore[method-assign,assignment]
        with Cache(folder / "cache.sqlite") as kept:
            lookups = Archives(fetcher, [archive], kept).find(wanted, workers=32)
        fetcher.close()
        found = [(each, lookups[each].found) for each in wanted]
        seen = [(each, one) for each, one in found if one is not None]
        right = sum(f"{one.moment:%Y%m%d}" == nearest(each) for each, one in seen)
        return Run(len(seen), right, fetcher.requests, len(index))

    return run


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """How many seconds a job takes, and what it gives."""
    started = perf_counter()
    result = job()
    return perf_counter() - started, result


@click.command()
@click.option("--references", "count", default=1000, show_default=True)
@click.option("--pages", default=800, show_default=True, help="How many pages they cite.")
@click.option(
    "--latency",
    default=0.1,
    show_default=True,
    help="Seconds by which every answer comes later, as over a network.",
)
def archives(count: int, pages: int, latency: float) -> None:
    """Look-ups a second, every snapshot fetched and seen, beside waybackpy, which only asks the
    index, on the same pywb behind the Internet Archive's ways of answering, in the same run.

    Status 1 when the ratio is below the limit, a snapshot is not the nearest one, an address is
    asked for more often than it must be, or a second run asks anything.
    """
    wanted = references(pages, count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_warc(folder / "captures.warc.gz", captures(pages))
        with pywb.running(folder, folder / "captures.warc.gz") as address:
            here, there = multiprocessing.Pipe()
            front = multiprocessing.Process(target=serve, args=(address, latency, there))
            front.start()
            there.close()
            place = here.recv()
            sample = wanted[: max(50, count // 10)]
            seconds, found = timed(lambda: theirs(place, sample))
            their_rate = len(sample) / seconds
            click.echo(f"waybackpy   {their_rate:8.1f} look-ups/s  {found} of {len(sample)} found")
            run = ours(place, wanted, folder)
            seconds, first = timed(run)
            our_rate = count / seconds
            click.echo(
                f"redpencil   {our_rate:8.1f} look-ups/s  {first.found} of {count} found and seen"
            )
            seconds, again = timed(run)
            click.echo(
                f"  once more {count / seconds:8.1f} look-ups/s  {again.found} of {count} found"
            )
            here.send("stop")
            front.join()
    urls = len({each.url for each in wanted})
    click.echo(
        f"precision   {first.nearest / first.found:8.3f}  {first.nearest} of {first.found}"
        " snapshots are the nearest that shows the page"
    )
    click.echo(
        f"asked       {first.asked / urls:8.3f}  {first.asked} times for {urls} addresses, with"
        f" {first.requests - first.asked} snapshots seen; once more {again.requests} requests,"
        f" limit {MOST_ASKED}"
    )
    ratio = our_rate / their_rate
    click.echo(f"ratio       {ratio:8.1f}  limit {LIMIT}, every answer {latency} s late")
    exact = first.nearest == first.found and again.requests == 0
    if ratio < LIMIT or first.asked > MOST_ASKED * urls or not exact:
        raise SystemExit(1)


if __name__ == "__main__":
    archives()
