"""The command that asks a person: review."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import say
from bot.commands.queue import (
    configured,
    opened,
    queue_option,
    reviewer,
    selection,
    settings_option,
    who_option,
)
from bot.commands.wikis import wiki_options, wikis
from bot.errors import RedpencilError, UsageError

if TYPE_CHECKING:
    from bot.queue import Queue
    from bot.queue.proposals import Proposal
    from bot.review import View
    from bot.sites.mediawiki import Wikis


@click.command()
@click.argument("page", required=False)
@click.option("--wiki", metavar="NAME", help="Only pages of this wiki.")
@click.option("--check", metavar="NAME", help="Only this check or family.")
@click.option("--safety", type=click.Choice(["safe", "review", "suggestion"]))
@click.option(
    "--state",
    type=click.Choice(["pending", "approved", "rejected", "conflict"]),
    default="pending",
    show_default=True,
    help="What to go through; decided ones can be decided anew.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to measure edited text against.  [default: today]",
)
@click.option(
    "--yes-safe",
    is_flag=True,
    help="Approve what is safe, of the checks that the settings name, without asking.",
)
@click.option("--offline", is_flag=True, help="Preview without asking the wiki.")
@wiki_options
@queue_option
@who_option
@settings_option
def review(
    page: str | None,
    wiki: str | None,
    check: str | None,
    safety: str | None,
    state: str,
    today: datetime | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    path: Path | None,
    who: str | None,
    settings: Path | None,
    *,
    yes_safe: bool,
    offline: bool,
) -> None:
    """Decide what waits in the queue, one finding at a time; ? shows the keys.

    PAGE is the title of a page, or the name of its file: only what waits for it. Nothing is saved
    to a wiki by deciding. A decision is kept at once; leaving at any moment loses none.
    """
    rule = configured(settings)
    queue = opened(path)
    name = reviewer(who)
    chosen = selection(
        page=page, wiki=wiki, check=check, safety=safety, older=None, states=(state,)
    )
    if yes_safe:
        from bot.review import approve_safe

        if not rule.yes_safe:
            raise UsageError(
                "--yes-safe approves nothing until the settings name the checks it may approve:"
                ' [review] yes-safe = ["archive-date-mismatch"]'
            )
        count = approve_safe(queue, name, rule.yes_safe, chosen)
        say(f"approved {count} that are safe, of {', '.join(rule.yes_safe)}")
        if not sys.stdin.isatty():
            return
    from bot.review import Session
    from bot.review.terminal import Terminal

    day = today.date() if today else date.today()  # noqa: DTZ011 (the user's own day)
    session = Session(queue, name, lambda proposal: checking(proposal, day), chosen)
    preview = None if offline else _Preview(lambda: wikis(site, config, max_wait))
    terminal = Terminal(session, preview=preview, show_page=_show_page)
    if session.shown is None:
        click.echo("Nothing waits for a decision.")
        return
    try:
        terminal.run()
    finally:
        _summary(queue)


def checking(proposal: Proposal, today: date) -> Mapping[str, object]:
    """The options that the page of a proposal is checked with: those of its wiki."""
    from bot import sites

    wiki = proposal.wiki if not proposal.wiki.startswith("file:") else ""
    return {"today": today, "profile": sites.profile(wiki)}


class _Preview:
    """What a reader would see of a mend, by the wiki's own parser where it can be reached.

    A wiki is connected to when the first preview of one of its pages is asked for.
    """

    def __init__(self, connected: Callable[[], Wikis]) -> None:
        self._connected = functools.cache(connected)

    def __call__(self, view: View) -> str:
        from bot import target
        from bot.report import visible
        from bot.review import preview
        from bot.review.terminal import plain_preview

        source = view.proposal.source
        if not source.startswith(("http://", "https://")):
            return plain_preview(view)
        try:
            wiki = self._connected().of(target.parse(source))
            html = preview.rendered(wiki.request, view)
        except RedpencilError as wrong:
            return f"{visible(str(wrong), one_line=True)}\n{plain_preview(view)}"
        before, after = (visible(preview.as_text(each)) for each in html)
        if before == after:
            return f"reads the same before and after:\n{before}"
        return f"before:\n{before}\n\nafter:\n{after}"


def _show_page(address: str) -> bool:
    """Open a page in the browser, where there is a screen for one."""
    if not (sys.platform == "darwin" or os.environ.get("DISPLAY")
            or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("BROWSER")):  # fmt: skip
        return False
    import webbrowser

    return webbrowser.open(address)


def _summary(queue: Queue) -> None:
    """What waits now; the last line that a reviewer sees."""
    from bot.queue.proposals import Selection, State

    counts = {
        state: sum(queue.counts(Selection(states=[state])).values())
        for state in (State.APPROVED, State.PENDING)
    }
    click.echo(
        f"\n{counts[State.APPROVED]:,} approved and not saved yet, {counts[State.PENDING]:,}"
        " undecided."
        + (" `redpencil save` saves what is approved." if counts[State.APPROVED] else "")
    )
