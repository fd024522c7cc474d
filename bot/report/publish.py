"""Bring a summary of the queue to where people look: each report for itself.

What is to be published is a list of small values, one a report. One that fails is told and costs
the others nothing: a full disk, a wiki that is down, a chat that does not answer. Files appear
whole or stay what they were.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import urlsplit

from bot.errors import RedpencilError, UsageError
from bot.queue import Queue
from bot.report.summary import Summary, summary
from bot.saving.policy import Policy

if TYPE_CHECKING:
    from bot.sites.mediawiki import MediaWiki


@dataclass(frozen=True, slots=True)
class TextReport:
    """Plain text for a person, into a file."""

    form: ClassVar[str] = "text"
    path: Path


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A JSON object a line for programs, into a file; see `bot.report.lines`."""

    form: ClassVar[str] = "jsonl"
    path: Path


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One HTML page with charts, into a file; see `bot.report.dashboard`."""

    form: ClassVar[str] = "html"
    path: Path


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Metrics for node_exporter's textfile collector, into a file that ends in .prom."""

    form: ClassVar[str] = "prometheus"
    path: Path


@dataclass(frozen=True, slots=True)
class WikiReport:
    """What waits on a wiki, on that wiki: `page` is a page below the bot's user page, such as
    "Reports/Nightly" (or its whole title, "User:<bot>/Reports/Nightly")."""

    page: str = "Reports"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A summary as JSON, sent to an address by POST; see `bot.report.webhook`.

    `token` goes along as a bearer token when it is not empty. Address and token may be secrets:
    neither is ever shown, in no message and no log; only the host is. `timeout` is in seconds.
    """

    url: str = field(repr=False)
    token: str = field(default="", repr=False)
    timeout: float = 10.0


Publication = TextReport | JsonLines | Dashboard | Prometheus | WikiReport | Webhook


class Published(NamedTuple):
    """What became of one report: `where` names it for a person, `done` says what was done
    ("written", "unchanged", "saved … as revision 7", "sent"), or `trouble` why it was not, with the
    exit `status` of such an error."""

    where: str
    done: str = ""
    trouble: str = ""
    status: int = 0


def publish(
    queue: Queue,
    publications: Iterable[Publication],
    *,
    since: datetime,
    now: datetime,
    decisions: int = 50,
    acceptance: float = 0.5,
    wiki: Callable[[], MediaWiki] | None = None,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    tell: Callable[[str], object] = lambda sentence: None,
) -> Iterator[Published]:
    """Publish each report, and give what became of it, in their order.

    `wiki` connects to the wiki that a WikiReport is saved on; it is called when one is due. `tell`
    hears why there is a wait. Nothing is raised, not even for a fault of ours.
    """
    made: dict[str, Summary] = {}

    def summed_up(of: str = "") -> Summary:
        if of not in made:
            made[of] = summary(
                queue, since, now, wiki=of, decisions=decisions, acceptance=acceptance
            )
        return made[of]

    for each in publications:
        where = name_of(each)
        try:
            if isinstance(each, WikiReport):
                from bot.report import wiki_report

                if wiki is None:
                    raise UsageError("no wiki is named that the report could be saved on")
                site = wiki()
                done = wiki_report.save(
                    site, queue, each.page, summed_up(site.name), policy=policy, tell=tell
                )
            elif isinstance(each, Webhook):
                from bot.report import webhook

                webhook.send(each.url, summed_up(), token=each.token, timeout=each.timeout)
                done = "sent"
            else:
                written(each.path, rendered(each.form, summed_up()))
                done = "written"
        except RedpencilError as wrong:
            yield Published(where, trouble=str(wrong), status=wrong.exit_code)
        except Exception as fault:  # noqa: BLE001 - one report must not cost the others
            # Where it happened, and not what it says: that may hold the webhook's address.
            *_, (frame, line) = traceback.walk_tb(fault.__traceback__)
            at = f"{frame.f_code.co_name}:{line}"
            said = f"a fault of Redpencil: {type(fault).__name__} at {at}"
            yield Published(where, trouble=said, status=RedpencilError.exit_code)
        else:
            yield Published(where, done)


def name_of(publication: Publication) -> str:
    """What a report is called for a person; of an address, the host alone."""
    if isinstance(publication, WikiReport):
        return publication.page
    if isinstance(publication, Webhook):
        return urlsplit(publication.url).hostname or "webhook"
    return str(publication.path)


FORMS = ("text", "jsonl", "html", "wikitext", "prometheus")


def rendered(form: str, of: Summary) -> str:
    """The whole text of a report in one of the FORMS."""
    pieces: Iterable[str]
    if form == "text":
        from bot.report import lines

        pieces = lines.text(of)
    elif form == "jsonl":
        from bot.report import lines

        pieces = lines.json_lines(of)
    elif form == "html":
        from bot.report import dashboard

        pieces = dashboard.render(of)
    elif form == "prometheus":
        from bot.report import prometheus

        pieces = prometheus.render(of)
    else:
        from bot.report import wiki_report

        pieces = wiki_report.render(of, "Reports", longest=sys.maxsize)
    return "".join(pieces)


def written(path: Path, text: str) -> None:
    """Put a text into a file, whole or not at all. Raises UsageError when it cannot be written.

    The name of the unfinished file does not end in .prom, so that node_exporter does not read it.
    """
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as wrong:
        raise UsageError(f"{path}: cannot be written: {wrong.strerror or wrong}") from wrong
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
