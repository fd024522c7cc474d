"""The commands that edit: save and undo."""

from __future__ import annotations

import json
import os
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import Outcome, say
from bot.commands.queue import configured, opened, queue_option, settings_option, titled
from bot.commands.wikis import wiki_options, wikis
from bot.errors import UnreadableText, WikiError

if TYPE_CHECKING:
    from bot.queue import Queue
    from bot.saving import outcomes
    from bot.saving.approved import Written

NOT_SAVED = 1


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--page", metavar="TITLE", help="Only this page of the queue.")
@click.option("--simulate", is_flag=True, help="Show what would be saved, and change nothing.")
@wiki_options
@queue_option
@settings_option
@click.pass_context
def save(
    context: click.Context,
    file: Path | None,
    page: str | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    path: Path | None,
    settings: Path | None,
    *,
    simulate: bool,
) -> None:
    """Save what is approved in the queue, or what is chosen in FILE.

    FILE is a report of `redpencil check --format json` (- for standard input) in which a person has
    written "chosen": 0 into the findings whose first fix is to be saved, "chosen": 1 for the second
    one, and so on. The status is 1 when something could not be saved.
    """
    from dataclasses import replace

    from bot.queue.proposals import Selection
    from bot.report import visible
    from bot.review.catalogue import of_locale
    from bot.saving import delivery
    from bot.saving.approved import batches
    from bot.saving.outcomes import Conflict

    queue = opened(path, new=file is not None)
    policy = replace(configured(settings).saving, max_wait=max_wait)
    left = 0
    if file is not None:
        parcels = delivery.chosen(_read(file), str(file))
    else:
        wanted = Selection(page=titled(queue, page))
        parcels = delivery.approved(queue, wanted)
        left = sum(len(batch.left) for batch in batches(queue, wanted))
    ended = Outcome()
    number = 0
    for outcome, parcel in delivery.deliver(
        parcels,
        wikis=wikis(site, config, max_wait),
        queue=queue,
        today=date.today(),  # noqa: DTZ011 (the user's own day)
        policy=policy,
        simulate=simulate,
        tell=say,
        trouble=ended.trouble,
    ):
        number += 1
        _tell(outcome, ended)
        if isinstance(outcome, Conflict) and parcel is not None and parcel.batch and not simulate:
            again = shlex.quote(parcel.page.source)
            click.echo(visible(f"To decide anew what still stands: redpencil propose {again}"))
    if left:
        click.echo(of_locale(os.environ)("save.left", count=left))
    elif not number and not ended.status and not _waits(queue, page):
        click.echo("Nothing is approved; decide with `redpencil review`.")
    context.exit(ended.status)


@click.command(short_help="Take back an edit of ours.")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@wiki_options
@queue_option
@settings_option
@click.pass_context
def undo(
    context: click.Context,
    number: int,
    site: str | None,
    config: Path | None,
    max_wait: float,
    path: Path | None,
    settings: Path | None,
) -> None:
    """Take back our own edit of this number, if nothing came after it on its page.

    `redpencil save` and `redpencil log PAGE` tell the numbers.
    """
    from dataclasses import replace

    from bot.saving import delivery
    from bot.saving.outcomes import Saved

    ended = Outcome()
    outcome = delivery.undo(
        number,
        wikis=wikis(site, config, max_wait),
        queue=opened(path),
        policy=replace(configured(settings).saving, max_wait=max_wait),
        tell=say,
    )
    if isinstance(outcome, Saved):
        click.echo(f"Edit {number} is taken back:")
    _tell(outcome, ended)
    context.exit(ended.status)


def _waits(queue: Queue, page: str | None) -> bool:
    """Whether anything is approved and not saved, of a page or of all."""
    from bot.queue.proposals import Selection, State

    return queue.first(Selection(page=titled(queue, page), states=[State.APPROVED])) is not None


def _read(file: Path) -> dict[str, object]:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        found = json.loads(content)
    except OSError as wrong:
        raise UnreadableText(f"{file}: cannot be read: {wrong.strerror or wrong}") from wrong
    except ValueError as wrong:
        raise UnreadableText(f"{file}: is no JSON: {wrong}") from wrong
    return found if isinstance(found, dict) else {}


def _tell(outcome: outcomes.Outcome | Written, ended: Outcome) -> None:
    """Print an outcome, with the texts that matter to it, and let it count."""
    from bot import fixes
    from bot.report import visible
    from bot.saving.outcomes import Conflict, GivenUp, Refused, Saved, Simulated

    number = f" (edit {outcome.number})" if isinstance(outcome, Saved) else ""
    click.echo(visible(outcome.message + number, one_line=True))
    if isinstance(outcome, Simulated):
        click.echo(f"  {visible(outcome.summary, one_line=True)}")
        click.echo(
            visible(fixes.unified_diff(outcome.before, outcome.edits, outcome.title)), nl=False
        )
    elif isinstance(outcome, Conflict):
        click.echo(visible(_apart(outcome)), nl=False)
    if isinstance(outcome, GivenUp):
        ended.status = max(ended.status, WikiError.exit_code)
    elif isinstance(outcome, Conflict | Refused):
        ended.status = max(ended.status, NOT_SAVED)


def _apart(conflict: outcomes.Conflict) -> str:
    """How the page as it is now and the page as it was approved differ."""
    import difflib

    if conflict.theirs is None:
        return ""
    theirs, ours = (text.splitlines(keepends=True) for text in (conflict.theirs, conflict.ours))
    lines = difflib.unified_diff(
        [line.rstrip("\n") + "\n" for line in theirs],
        [line.rstrip("\n") + "\n" for line in ours],
        f"{conflict.title} as it is now",
        f"{conflict.title} as approved",
        n=1,
    )
    return "".join(lines)
