"""The command that tells how things stand: report."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import say
from bot.commands.queue import configured, opened, queue_option, settings_option, utf8
from bot.commands.wikis import wiki_options, wikis
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.report.publish import Publication

# Those of bot.report.publish, which is not loaded for this.
_FORMS = ("text", "jsonl", "html", "wikitext", "prometheus")


@click.command(short_help="Tell how the queue stands.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="How the report is written; html is a dashboard with charts.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the report to a file, whole or not at all.",
)
@click.option(
    "--days",
    type=click.IntRange(min=1, max=3660),
    default=30,
    show_default=True,
    help="How far back to tell what happened.",
)
@click.option("--wiki", "name", metavar="NAME", default="", help="Only of this wiki.")
@click.option(
    "--on-wiki",
    "page",
    metavar="PAGE",
    help="Save what waits on the wiki, as this page below the bot's user page.",
)
@click.option(
    "--webhook",
    is_flag=True,
    help="Send a summary to the address in REDPENCIL_WEBHOOK, with REDPENCIL_WEBHOOK_TOKEN.",
)
@wiki_options
@queue_option
@settings_option
@click.pass_context
def report(
    context: click.Context,
    form: str,
    output: Path | None,
    days: int,
    name: str,
    page: str | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    path: Path | None,
    settings: Path | None,
    *,
    webhook: bool,
) -> None:
    """Tell how the queue stands: what waits, what happened, what needs a look.

    Without --on-wiki and --webhook the report is written here, or to --output.
    """
    from dataclasses import replace

    from bot import target
    from bot.report import publish
    from bot.report.summary import summary

    rule = configured(settings)
    queue = opened(path, new=True)
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    publications: list[Publication] = []
    if page is not None:
        publications.append(publish.WikiReport(page))
    if webhook:
        address = os.environ.get("REDPENCIL_WEBHOOK", "")
        if not address:
            raise UsageError("--webhook: no address is in the environment as REDPENCIL_WEBHOOK")
        token = os.environ.get("REDPENCIL_WEBHOOK_TOKEN", "")
        publications.append(publish.Webhook(address, token))
    if not publications or output is not None:
        made = summary(
            queue,
            since,
            now,
            wiki=name,
            decisions=rule.decisions,
            acceptance=rule.acceptance,
        )
        text = publish.rendered(form, made)
        if output is None:
            click.echo(text, file=utf8(sys.stdout), nl=False)
        else:
            publish.written(output, text)
    status = 0
    for done in publish.publish(
        queue,
        publications,
        since=since,
        now=now,
        decisions=rule.decisions,
        acceptance=rule.acceptance,
        wiki=lambda: wikis(site, config, max_wait).of(target.parse("[[User:Redpencil]]")),
        policy=replace(rule.saving, max_wait=max_wait),
        tell=say,
    ):
        if done.trouble:
            say(done.trouble)
            status = max(status, done.status)
        else:
            click.echo(f"{done.where}: {done.done}")
    context.exit(status)
