"""From the reports of checks to proposals in the queue.

A check that people have stopped to trust only reports: what it finds is not proposed. What cannot
wait, because nothing names the page later (standard input), is refused. What waits of a page that
is found to have gone is set aside; one that could merely not be read is left as it is.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bot import target
from bot.errors import NoPage, RedpencilError, UsageError
from bot.model import Page, Report, Span
from bot.queue import Queue
from bot.queue.proposals import OPEN, Proposed, Selection
from bot.sites.folder import shown
from bot.wikitext import Section, Wikitext


def propose(
    queue: Queue,
    reports: Iterable[Report],
    *,
    checks: Collection[str] | None = None,
    sections: Collection[str] | None = None,
    report_only: Collection[str] = (),
    who: str = "",
) -> Iterator[tuple[Report, Proposed]]:
    """Store what the reports say, page by page, and give for each what that changed.

    `checks` and `sections` are what was looked at (None: all), `report_only` the checks whose
    findings are not proposed. Raises UsageError for a page that has no name to come back to.
    """
    for report in reports:
        wiki, page = identity(report.page)
        looked_at = checks
        proposed = report
        if report_only:
            looked_at = {
                name
                for name in (checks if checks is not None else _every_check())
                if name not in report_only
            }
            kept = tuple(f for f in report.findings if f.check not in report_only)
            proposed = dataclasses.replace(report, findings=kept)
        yield (
            report,
            queue.propose(wiki, page, proposed, checks=looked_at, sections=sections, who=who),
        )


def identity(page: Page) -> tuple[str, str]:
    """The wiki of a page and its name there: (host, title), or (address of a folder, file name).

    The wiki's name is that of `bot.sites.mediawiki`: its host and the path above its api.php.
    """
    if page.source == "-":
        raise UsageError("what comes from standard input cannot be proposed: name a file or a page")
    if page.source.startswith(("http://", "https://")):
        api = urlsplit(target.parse(page.source).apis[0])
        return api.netloc + re.sub(r"(?:/w)?/api\.php$", "", api.path), page.title
    file = Path(page.source)
    return file.parent.resolve().as_uri(), file.name


def folder_of(wiki: str) -> Path | None:
    """The folder that a wiki's name (`identity`) is the address of; None for a wiki."""
    address = urlsplit(wiki)
    return Path(unquote(address.path)) if address.scheme == "file" else None


class Gone(NamedTuple):
    """A page that is no longer there, and how that is said: what `Queue.page_gone` takes."""

    wiki: str
    page: str
    why: str


def gone(wrong: RedpencilError) -> Iterator[Gone]:
    """The page that has gone, if that is what went wrong; of any other error nothing."""
    if isinstance(wrong, NoPage):
        yield Gone(wrong.wiki, wrong.title, "the wiki no longer has the page")


def files_gone(queue: Queue, wikis: Iterable[str]) -> Iterator[Gone]:
    """The files of which something waits and that are no longer in their folders.

    `wikis` are names (`identity`) of pages that have just been read: so a folder that is only not
    there at the moment is none of them.
    """
    for wiki in sorted(set(wikis)):
        folder = folder_of(wiki)
        if folder is None:
            continue
        try:
            there = {shown(Path(each.name)) for each in folder.iterdir()}
        except OSError:
            continue  # nobody knows what is in it
        waiting = {page for _, page, _, _ in queue.counts(Selection(wiki=wiki, states=OPEN))}
        for page in sorted(waiting - there):
            yield Gone(wiki, page, "the file is no longer there")


def headings_in(page: Page, section: Section) -> set[str]:
    """The headings of a section and its subsections, as proposals name them."""
    span = Span(section.start, section.end)
    sections = Wikitext(page.text).sections
    return {each.heading for each in sections if span.contains(Span(each.start, each.body_end))}


def _every_check() -> set[str]:
    from bot import custom

    return {check.name for check in custom.load()}
