"""How a command looks sources up: the options every such command has, and what comes of them."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from bot.commands import say
from bot.configuration import Looking, lookups_path
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.web.evidence import Evidence, Progress

_OPTIONS = (
    click.option(
        "--archives",
        "look",
        is_flag=True,
        help="Look sources up in web archives, and whether their pages are still there.",
    ),
    click.option(
        "--save-missing",
        is_flag=True,
        help="Ask the Wayback Machine to save live pages that no archive has; needs --archives.",
    ),
)


def archive_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --archives and --save-missing, as `look` and `save_missing`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextlib.contextmanager
def looking(
    how: Looking,
    today: date,
    *,
    look: bool,
    save_missing: bool,
    offline: bool,
    tell: Callable[[str], object] = say,
) -> Iterator[Evidence | None]:
    """Where sources are looked up, None when they are not to be; `tell` hears at the end what did
    not answer.

    Raises UsageError for options and settings that do not fit together.
    """
    if not look:
        if save_missing:
            raise UsageError("--save-missing needs --archives: only what is missing is saved")
        yield None
        return
    if offline:
        raise UsageError("--archives asks archives, and this run is --offline")
    from bot.web.archives import Archives
    from bot.web.cache import Cache
    from bot.web.captures import described, in_order
    from bot.web.evidence import Evidence
    from bot.web.fetching import Fetcher, Manners, user_agent
    from bot.web.links import MANNERS, Links
    from bot.web.save_page_now import Keys, SavePageNow

    agent = user_agent(how.contact or os.environ.get("REDPENCIL_CONTACT", ""))
    chosen = in_order(how.order, how.own)
    # Whoever describes an archive of their own means it, wherever it lies.
    own = frozenset(host for each in described(how.own) for host in each.origins)
    keys = Keys.from_environment(os.environ) if save_missing else None
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(Cache(lookups_path()))
        asking = stack.enter_context(
            contextlib.closing(
                Fetcher(agent, manners=Manners(at_once=4), private={*how.private, *own})
            )
        )
        watching = stack.enter_context(
            contextlib.closing(Fetcher(agent, manners=MANNERS, private=how.private))
        )
        progress = stack.enter_context(_bars())
        archives = Archives(asking, chosen, kept)
        saver = None if keys is None else SavePageNow(asking, keys, sleep=time.sleep)
        yield Evidence(archives, Links(watching, kept), today, saver, progress)
        for sentence in archives.trouble.values():
            tell(sentence)
        kept.forget()


@contextlib.contextmanager
def _bars() -> Iterator[Progress]:
    """A bar with counts for what is being looked up, on standard error, for a person alone."""
    if not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        shown: dict[str, Any] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in shown:
                shown[what] = bars.add_task(what)
            bars.update(shown[what], completed=done, total=of)

        yield progress
