"""The command that fills the queue."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import Outcome, say
from bot.commands.queue import configured, counted, opened, queue_option, settings_option, waiting
from bot.commands.reading import Asked, Reading, reading_options

if TYPE_CHECKING:
    from bot.model import Report
    from bot.target import Target


@click.command(short_help="Check pages and put what is found into the queue.")
@reading_options
@queue_option
@settings_option
@click.pass_context
def propose(context: click.Context, asked: Asked, path: Path | None, settings: Path | None) -> None:
    """Check pages and put what is found into the queue, for a person to decide.

    What is in the queue already stays there once; what a page no longer has becomes obsolete; what
    was rejected does not come back unless its text changes. Decide with `redpencil review`.
    """
    from bot.queue import learning, proposing

    rule = configured(settings)
    outcome = Outcome()
    reading = Reading(context, asked, outcome, rule.archives)
    checks = {check.name for check in reading.checks}
    queue = opened(path, new=True)
    judged = learning.judge(queue.store, decisions=rule.decisions, acceptance=rule.acceptance)
    for record in judged:
        if record.check in checks:
            say(learning.sentence(record))
    new = obsolete = seen = 0
    folders = set()
    for report, scope in _scoped(reading):
        for _, done in proposing.propose(
            queue,
            [report],
            checks=checks,
            sections=scope,
            report_only={record.check for record in judged},
        ):
            seen += 1
            folders.add(proposing.identity(report.page)[0])
            new += len(done.new)
            obsolete += len(done.obsolete)
            if done.outdated:
                say(f"{report.page.title}: the queue knows a newer revision; nothing was changed")
            for skipped in report.skipped:
                if skipped.check == "all":
                    say(f"{report.page.title}: not looked at: {skipped.reason}")
    gone = itertools.chain.from_iterable(map(proposing.gone, outcome.troubles))
    for each in itertools.chain(gone, proposing.files_gone(queue, folders)):
        obsolete += len(queue.page_gone(*each))
    wait = waiting(queue)
    click.echo(
        f"{counted(seen, 'page')}: {counted(new, 'new proposal')}, {obsolete} obsolete;"
        f" {wait:,} wait" + (" for `redpencil review`" if wait else "")
    )
    context.exit(outcome.status if outcome.status > 1 else 0)


def _scoped(reading: Reading) -> Iterator[tuple[Report, set[str] | None]]:
    """Reports with the headings of the sections that were looked at, None for all."""
    from bot import workflow
    from bot.queue.proposing import headings_in

    section = reading.asked.section
    whole = [each for each in reading.named if each.section is None and section is None]
    groups: list[tuple[Iterable[Target], str | int | None]] = [(whole, None)]
    groups += [
        ([each], each.section if each.section is not None else section)
        for each in reading.named
        if each not in whole
    ]
    groups.append((reading.chosen(), section))
    for targets, wanted in groups:
        for report in reading.reports(targets):
            scope = None
            if wanted is not None:
                scope = headings_in(report.page, workflow.named_section(report.page, wanted))
            yield report, scope
