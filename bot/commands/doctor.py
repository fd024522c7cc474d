"""The command that says whether everything is in place: doctor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import say
from bot.commands.wikis import wiki_options
from bot.errors import UsageError, WebError

if TYPE_CHECKING:
    from bot.doctor import Look

FAILED = 3


@click.command()
@click.argument("target", required=False)
@wiki_options
@click.option(
    "--archive",
    "archives",
    metavar="ADDRESS",
    multiple=True,
    help="Does this web archive answer, such as https://web.archive.org? Repeatable.",
)
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
    archives: tuple[str, ...],
    form: str,
) -> None:
    """Say whether wiki, account and rights are in place, and how to mend what is not.

    TARGET is a page that is to be edited. Nothing is edited. The exit status is 0 when all is well
    and 3 when something has to be mended.
    """
    import functools

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
        archives={address: functools.partial(_answer_of, address) for address in archives},
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


def _answer_of(address: str) -> str:
    """What an archive answers at its address."""
    import requests

    ask: Callable[..., requests.Response] = requests.get
    if not address.startswith(("http://", "https://")):
        raise UsageError(f"{address!r} is no address; write it as https://web.archive.org")
    try:
        answer = ask(address, timeout=20, headers={"user-agent": "redpencil doctor"})
    except requests.RequestException as wrong:
        raise WebError(f"{address} does not answer: {type(wrong).__name__}", url=address) from None
    if answer.status_code >= 500:
        raise WebError(f"{address} answers HTTP {answer.status_code}", url=address)
    return f"answers HTTP {answer.status_code}, {round(answer.elapsed.total_seconds() * 1000)} ms"
