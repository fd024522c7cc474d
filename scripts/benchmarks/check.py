"""MB/s of checking full articles beside mwparserfromhell.parse of the same text."""

from __future__ import annotations

import bz2
import gc
import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from time import process_time

import click
import mwparserfromhell

from bot import checks
from bot.checker import check_page, choose_checks
from bot.model import Page
from bot.report import json as json_report

LIMIT = 5.0
TODAY = date(2026, 11, 23)
_PAGE = re.compile(r"<title>([^<]*)</title>.*?<text[^>]*>([^<]*)</text>", re.DOTALL)


def pages(file: str) -> Iterator[Page]:
    """The articles of a MediaWiki export (.xml or .xml.bz2), redirects left out."""
    content = Path(file).read_bytes()
    if file.endswith(".bz2"):
        content = bz2.decompress(content)
    for title, text in _PAGE.findall(content.decode()):
        if len(text) > 500:
            yield Page(unescape(title), unescape(text), file)


def checked(page: Page, names: tuple[str, ...]) -> str:
    """One page checked, its findings and fixes written as JSON."""
    report = check_page(page, today=TODAY, only=choose_checks(names))
    return "".join(json_report.render([report], TODAY))


@click.command()
@click.argument("dump", type=click.Path(exists=True, dir_okay=False))
@click.option("--rounds", default=3, show_default=True, help="How often each is timed, in turn.")
@click.option("--check", "names", multiple=True, help="Only this check or family.")
def check(dump: str, rounds: int, names: tuple[str, ...]) -> None:
    """MB/s of `check` over the articles of DUMP, in one process: findings, fixes and JSON included,
    beside mwparserfromhell.parse of the same text in the same run, both in processor time.

    The ratio of the best rounds is what counts; status 1 when it is below the limit.
    """
    gc.set_threshold(100_000, 50, 50)  # as the command itself does
    articles = list(pages(dump))
    megabytes = sum(len(page.text.encode()) for page in articles) / 1e6
    checks.load()
    theirs, ours = [], []
    findings = 0
    for _ in range(rounds):
        started = process_time()
        for page in articles:
            mwparserfromhell.parse(page.text)
        theirs.append(process_time() - started)
        started = process_time()
        reports = [checked(page, names) for page in articles]
        ours.append(process_time() - started)
        findings = sum(len(json.loads(report)["pages"][0]["findings"]) for report in reports)
    ratio = min(theirs) / min(ours)
    click.echo(f"{len(articles)} articles, {megabytes:.1f} MB, {findings} findings")
    click.echo(f"mwparserfromhell.parse   {megabytes / min(theirs):7.2f} MB/s")
    click.echo(f"check, with JSON         {megabytes / min(ours):7.2f} MB/s")
    click.echo(f"ratio                    {ratio:7.2f}    limit {LIMIT}, best of {rounds} rounds")
    if ratio < LIMIT and not names:
        raise SystemExit(1)


if __name__ == "__main__":
    check()
