"""The command that says whether everything is in place: doctor."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import say
from bot.commands.queue import configured, settings_option
from bot.commands.wikis import wiki_options
from bot.errors import UsageError, WebError

if TYPE_CHECKING:
    from bot.configuration import Looking
    from bot.doctor import Look

FAILED = 3


@click.command(short_help="Say whether wiki, account and rights are in place.")
@click.argument("target", required=False)
@wiki_options
@settings_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_context
def doctor(
    context: click.Context,
    target: str | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    settings: Path | None,
    form: str,
) -> None:
    """Say whether wiki, account and rights are in place, and how to mend what is not.

    TARGET is a page that is to be edited. Nothing is edited. Asked are also the archives that
    Redpencil's own settings choose. The exit status is 0 when all is well and 3 when something has
    to be mended.
    """
    from bot.doctor import State, examine
    from bot.sites.mediawiki import Pace, connect
    from bot.sites.mediawiki_config import find_config
    from bot.target import Kind, parse

    page = parse(target) if target else None
    if page is not None and page.kind is not Kind.WIKI:
        raise UsageError(f"{target} is a file; name a page of a wiki")
    file = find_config(config)
    apis = page.apis if page else ()
    looks = examine(
        lambda: connect(
            "" if apis else site or "", file, apis=apis, pace=Pace(max_wait=max_wait), say=say
        ),
        config=file,
        target=page,
        archives=_archives(configured(settings).archives),
    )
    found = []
    for look in looks:
        found.append(look)
        if form == "text":
            click.echo(_row(look))
    failed = [look for look in found if look.state is State.FAIL]
    if form == "json":
        import json

        rows = [
            {"name": one.name, "state": one.state.value, "seen": one.seen, "mend": one.mend}
            for one in found
        ]
        click.echo(json.dumps({"version": 1, "well": not failed, "looks": rows}, indent=1))
    elif failed:
        click.echo(f"\n{len(failed)} of {len(found)} to be mended.")
    else:
        click.echo("\nAll is well.")
    context.exit(FAILED if failed else 0)


def _row(look: Look) -> str:
    """A look as lines: state, name, what was seen; and below it how to mend it."""
    from bot.doctor import State

    seen = " ".join(look.seen.split())
    row = f"{look.state.value:<5} {look.name:<10} {seen}"
    if look.mend and look.state is not State.OK:
        row += f"\n{'':<16} → {look.mend}"
    return row


def _archives(how: Looking) -> dict[str, Callable[[], str]]:
    """What asks each archive that the settings choose, by its name; none without settings."""
    if how == type(how)():
        return {}
    from bot.web.captures import Archive, described, in_order, question
    from bot.web.fetching import Fetcher, Manners, user_agent

    own = {host for each in described(how.own) for host in each.origins}
    agent = user_agent(how.contact or os.environ.get("REDPENCIL_CONTACT", ""))

    def ask(archive: Archive) -> str:
        url, headers = question(archive, "http://example.com/", date(2020, 1, 1))
        asking = Fetcher(agent, manners=Manners(tries=1), private={*how.private, *own})
        with contextlib.closing(asking):
            started = time.perf_counter()
            answer = asking.fetch(url, headers=headers, redirects=0)
            milliseconds = round((time.perf_counter() - started) * 1000)
        # 404 is what a TimeGate says of a page that it does not have.
        if answer.status >= 400 and answer.status != 404:
            raise WebError(f"{archive.name} answers HTTP {answer.status}", url=url)
        return f"answers HTTP {answer.status}, {milliseconds} ms"

    return {
        f"{archive.name} ({archive.door})": functools.partial(ask, archive)
        for archive in in_order(how.order, how.own)
    }
