"""Reading live pages beside raw requests of the same pages, on a wiki of this machine."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import click
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mediawiki.instance import Instance

from bot.sites.mediawiki import MediaWiki, Pace, connect
from bot.target import Kind, Target

LIMIT = 0.5
BATCH = 50
TEXT = "A sentence about [[Stellmark|the capital]] and its neighbours, as long as most are. " * 28


def fill(url: str, account: dict[str, str], titles: list[str]) -> None:
    """Write the pages that are to be read."""
    session = requests.Session()

    def ask(**fields: object) -> dict:
        answer = session.post(f"{url}/api.php", data={"format": "json", **fields}, timeout=60)
        return answer.json()

    token = ask(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
    ask(action="login", lgname=account["login"], lgpassword=account["password"], lgtoken=token)
    token = ask(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]
    for title in titles:
        ask(action="edit", title=title, text=f"{title}\n\n{TEXT}", token=token)


def raw(url: str, titles: list[str]) -> int:
    """Ask for the pages with nothing but requests; the characters that came."""
    session = requests.Session()
    characters = 0
    for start in range(0, len(titles), BATCH):
        fields = {
            "action": "query",
            "format": "json",
            "formatversion": 2,
            "prop": "revisions",
            "rvprop": "ids|timestamp|content",
            "rvslots": "main",
            "titles": "|".join(titles[start : start + BATCH]),
        }
        pages = session.post(f"{url}/api.php", data=fields, timeout=60).json()["query"]["pages"]
        characters += sum(len(page["revisions"][0]["slots"]["main"]["content"]) for page in pages)
    return characters


def ours(wiki: MediaWiki, titles: list[str]) -> int:
    """Read the pages as Redpencil does; the characters that came."""
    targets = (Target(title, Kind.WIKI, title=title) for title in titles)
    return sum(len(page.text) for _, page in wiki.pages(targets))  # type: ignore[union-attr]


@click.command()
@click.option("--pages", default=500, show_default=True, help="How many pages are read.")
@click.option("--runs", default=7, show_default=True, help="How often each way reads them.")
def reading(pages: int, runs: int) -> None:
    """Reading live pages, 50 to a request and without an account, beside raw requests.

    The two read in turn, so that a busy machine slows both; the ratio of their medians is what
    counts. Status 1 when it is below the limit.
    """
    titles = [f"Measured page {number}" for number in range(pages)]
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder, "wiki"))
        url = instance.up(0).url
        try:
            password = instance.accounts["RedpencilBot"]["bot_passwords"]["redpencil"]["password"]
            fill(url, {"login": "RedpencilBot@redpencil", "password": password}, titles)
            wiki = connect(url, state=Path(folder, "state"), pace=Pace(max_wait=0))
            times = []
            for _ in range(runs + 1):
                started = perf_counter()
                expected = raw(url, titles)
                between = perf_counter()
                if ours(wiki, titles) != expected:
                    raise SystemExit("the two did not read the same")
                times.append((between - started, perf_counter() - between))
        finally:
            instance.delete()
    yardstick, measured = (median(column) for column in zip(*times[1:], strict=True))
    ratio = yardstick / measured
    click.echo(f"redpencil       {pages / measured:8.0f} pages/s")
    click.echo(f"raw requests    {pages / yardstick:8.0f} pages/s")
    click.echo(f"ratio           {ratio:8.2f}    limit {LIMIT}, {runs} runs of {pages} pages each")
    if ratio < LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    reading()
