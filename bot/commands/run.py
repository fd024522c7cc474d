"""The command for cron: run, one job from its file, without anybody looking."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from bot.commands import say
from bot.commands.queue import configured, opened
from bot.commands.wikis import wikis
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.runs.job import Job
    from bot.runs.result import Result

# So many seconds after it was asked to end, a run is gone, whatever it waits for.
_GRACE = 8
_INTERRUPTED = 130

# What the names of variables with secrets hold.
_SECRET_NAMES = ("PASSWORD", "SECRET", "TOKEN", "WEBHOOK", "_KEY_")

# A run that is under way for longer needs a look.
_LONG = timedelta(days=1)


@click.command(short_help="Go over the pages of a job, unattended.")
@click.argument("file", metavar="[JOB.toml]", required=False, type=click.Path(path_type=Path))
@click.option("--example", is_flag=True, help="Print a job to begin with, every key explained.")
@click.option("--site", metavar="WIKI", help="The wiki, in the place of the job's.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The user-config.py of pywikibot, in the place of the job's.",
)
@click.option(
    "--queue",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="REDPENCIL_QUEUE",
    help="The queue's file, in the place of the job's.",
)
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait for a wiki in trouble, in the place of the job's.",
)
@click.option(
    "--log-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The log, in the place of the job's.",
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), help="In the place of the job's."
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to measure statements against.  [default: today, UTC]",
)
@click.option(
    "--trust-clock",
    is_flag=True,
    help="The clock is right, although the queue was changed at a later time than now.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print the last line also when all is well.")
@click.pass_context
def run(
    context: click.Context,
    file: Path | None,
    site: str | None,
    config: Path | None,
    path: Path | None,
    max_wait: float | None,
    log_file: Path | None,
    log_format: str | None,
    today: datetime | None,
    *,
    example: bool,
    trust_clock: bool,
    verbose: bool,
) -> None:
    """Go over the pages of a job: check, propose, save what was approved, report.

    JOB.toml says all of it; --example prints one. Made for cron: it goes on where an earlier run
    ended, looks only at what changed, never runs twice at once, and says nothing unless something
    needs a human. The status is 1 when something new was found, else as with check.
    """
    from bot.runs import job as jobs

    if example:
        click.echo(jobs.example(), nl=False)
        return
    if file is None:
        raise click.UsageError("Name a JOB.toml; --example prints one.")
    job = jobs.read(file)
    given: dict[str, Any] = {
        "site": site,
        "config": config,
        "queue": path,
        "max_wait": max_wait,
        "log": dataclasses.replace(
            job.log,
            file=log_file or job.log.file,
            format=log_format or job.log.format,
        ),
    }
    job = dataclasses.replace(job, **{k: value for k, value in given.items() if value is not None})
    result = _done(context, job, today, trust_clock=trust_clock)
    if result is None:
        return
    if verbose or result.needs_a_look or sys.stdout.isatty():
        click.echo(f"redpencil {result.line(job.name)}")
    context.exit(result.status)


def _done(
    context: click.Context, job: Job, today: datetime | None, *, trust_clock: bool
) -> Result | None:
    """Run the job with its log; None when an earlier run of it is still under way."""
    from importlib.metadata import version

    from bot.commands.archives import looking
    from bot.runs import journal, run
    from bot.runs.guards import UnderWay
    from bot.sites.mediawiki import MediaWiki
    from bot.target import Kind, Target

    secrets = _secrets(job)
    day = today.date() if today else datetime.now(UTC).date()
    with contextlib.ExitStack() as stack:
        try:
            lost = stack.enter_context(journal.kept(job.log, secrets))
        except OSError as wrong:
            raise UsageError(
                f"{job.log.file}: the log cannot be written: {wrong.strerror or wrong}"
            ) from wrong
        stack.enter_context(_ends_when_told())
        rule = configured(job.settings)
        queue = opened(job.queue, new=True)
        evidence = context.with_resource(
            looking(
                rule.archives,
                day,
                look=job.archives.look,
                save_missing=job.archives.save_missing,
                offline=False,
                tell=journal.said,
            )
        )
        named = wikis(job.site or None, job.config, job.max_wait, tell=journal.said)

        @functools.cache
        def connected() -> MediaWiki:
            wiki = named.of(Target("", Kind.WIKI))
            if wiki.account is not None:
                secrets.update([wiki.account.password, *wiki.account.tokens])
            return wiki

        try:
            result = run.run(
                job,
                queue=queue,
                connected=connected,
                rule=rule,
                version=version("redpencil"),
                tell=say,
                evidence=evidence,
                today=day,
                trust_clock=trust_clock,
            )
        except UnderWay as other:
            journal.said(str(other))
            if other.started is None or datetime.now(UTC) - other.started < _LONG:
                return None
            raise UsageError(f"{other}; look at what it waits for") from other
    if lost():
        result.troubles.append(f"{job.log.file}: the log could not be written: {lost()}")
        result.count(UsageError.exit_code)
        say(result.troubles[-1])
    return result


def _secrets(job: Job) -> set[str]:
    """What must not stand in the log; the wiki's passwords join them when they are read."""
    found = {
        value
        for name, value in os.environ.items()
        if any(word in f"{name.upper()}_" for word in _SECRET_NAMES)
    }
    for value in (job.notifications.webhook, job.notifications.token):
        found.add(value if isinstance(value, str) else os.environ.get(value.variable, ""))
    return found


@contextlib.contextmanager
def _ends_when_told() -> Iterator[None]:
    """Let SIGTERM, SIGHUP and Ctrl-C end a run soon and cleanly, and at the latest by force.

    Everything a run does can be cut off at any moment, so force costs nothing but the last line.
    """

    def end(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        signal.alarm(_GRACE)
        raise KeyboardInterrupt

    def force(number: int, frame: FrameType | None) -> None:
        say("interrupted while waiting for an answer; the next run goes on there")
        os._exit(_INTERRUPTED)

    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {each: signal.signal(each, end) for each in signals}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, force)
    try:
        yield
    finally:
        for each, action in before.items():
            if each is not signal.SIGALRM:
                signal.signal(each, action)
