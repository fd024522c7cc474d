"""The commands that only look: check reports what is wrong, checks explains what is looked for."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from bot.commands import Outcome, added_checks
from bot.commands.reading import Asked, Reading, reading_options
from bot.errors import UsageError
from bot.model import MOST_YEARS

if TYPE_CHECKING:
    from bot.model import Page, Report
    from bot.target import Target

FORMATS = ("text", "diff", "json", "html", "wikitext")


@click.command()
@reading_options
@click.option(
    "--severity",
    type=click.Choice(["error", "warning", "advice"]),
    default="advice",
    show_default=True,
    help="The least severity to report.",
)
@click.option(
    "--as-of-years",
    type=click.IntRange(0, MOST_YEARS),
    metavar="YEARS",
    help="A dated statement older than this is stale.  [default: 5]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@click.option("--output", metavar="FILE", help="Write the report to a file, whole or not at all.")
@click.pass_context
def check(
    context: click.Context,
    asked: Asked,
    severity: str,
    as_of_years: int | None,
    form: str,
    output: str | None,
) -> None:
    """Say what is wrong in pages, and how to mend it.

    TARGET is a .wiki or .txt file, a folder of them, - for standard input, the title of a page,
    Title#Section, or the address of a page, section, revision or difference.
    """
    import gc

    from bot import configuration
    from bot.model import Settings, Severity

    gc.set_threshold(100_000, 50, 50)  # many small objects that live as long as their page
    outcome = Outcome()
    reading = Reading(
        context,
        asked,
        outcome,
        configuration.read().archives if asked.look else configuration.Looking(),
        settings=Settings() if as_of_years is None else Settings(as_of_years=as_of_years),
        least=Severity(severity),
    )
    if reading.named or asked.pages:
        with _written_to(output) as out:
            reports = _progress(reading.reports(), out)
            _write(form, reports, out, asked.day, reading.options, reading.named)
    context.exit(outcome.status)


@click.command(short_help="List the checks, or explain one.")
@click.argument("name", required=False)
@click.option("--example", is_flag=True, help="Print a file of rules: checks without code.")
@click.pass_context
def checks(context: click.Context, name: str | None, *, example: bool) -> None:
    """List the checks, or explain the one of this NAME (or those of a family).

    Those that were added are among them: rules, and checks of installed packages.
    """
    from bot import checker, custom

    if example:
        click.echo(custom.EXAMPLE.read_text(encoding="utf-8"), nl=False)
        return
    outcome = Outcome()
    added_checks(outcome)
    chosen = checker.choose_checks((name,) if name else ())
    if name:
        click.echo("\n\n".join(f"{c.name} ({c.family})\n\n{c.documentation}" for c in chosen))
        context.exit(outcome.status)
    widths = [
        max((len(getattr(c, part)) for c in chosen), default=0) for part in ("family", "name")
    ]
    for each in chosen:
        click.echo(
            f"{each.family:{widths[0]}}  {each.name:{widths[1]}}  {each.severity.value:7}"
            f"  {each.summary}"
        )
    context.exit(outcome.status)


# Writing


def _write(
    form: str,
    reports: Iterator[Report],
    out: TextIO,
    today: date,
    options: dict[str, Any],
    targets: list[Target],
) -> None:
    """Write the report in its format as the pages come."""
    if form == "text":
        from bot.report import text

        if out.isatty() and os.environ.get("TERM") != "dumb":
            from rich.console import Console

            text.show(reports, Console(file=out, highlight=False, markup=False, emoji=False))
            return
        pieces = text.render(reports)
    elif form == "diff":
        from bot.mender import mend
        from bot.report import diff

        root = _root(targets)
        pieces = diff.render(
            reports, functools.partial(mend, **options), functools.partial(_name, root=root)
        )
    elif form == "json":
        from bot.report import json

        pieces = json.render(reports, today)
    elif form == "html":
        from bot.report import html

        pieces = html.render(reports, today)
    else:
        from bot.report import wikitext

        pieces = wikitext.render(reports, today)
    out.writelines(pieces)


def _root(targets: list[Target]) -> Path | None:
    """The folder in which patch is to run: the one named, or the one that holds all files named."""
    from bot.target import Kind

    folders = [
        (t.path if t.kind is Kind.FOLDER else t.path.parent).resolve()
        for t in targets
        if t.path is not None
    ]
    return Path(os.path.commonpath(folders)) if folders else None


def _name(page: Page, root: Path | None) -> str:
    """The name of a page's file, from the folder in which patch is to run."""
    file = Path(page.source)
    if root is None or not file.exists():
        return page.title.replace("/", "%2F") + ".wiki"
    return str((file.parent.resolve() / file.name).relative_to(root))


@contextlib.contextmanager
def _written_to(name: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears with all of its text or stays what it was."""
    if name is None or name == "-":
        out = sys.stdout
        if hasattr(out, "reconfigure"):
            # Reports are UTF-8 wherever they go; the line ends are those of the pages.
            out.reconfigure(encoding="utf-8", errors="replace", newline="")
        yield out
        out.flush()
        return
    path = Path(name).resolve()
    whole = path if path.exists() and not path.is_file() else None  # a pipe, a device
    part = whole or path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="") as out:
            if whole is None and path.exists():
                part.chmod(path.stat().st_mode & 0o7777)
            yield out
        if whole is None:
            part.replace(path)
    except IsADirectoryError as wrong:
        raise UsageError(f"{name}: is a folder; --output names a file") from wrong
    except BrokenPipeError:
        raise
    except OSError as wrong:
        raise UsageError(f"{name}: cannot be written: {wrong.strerror or wrong}") from wrong
    finally:
        if whole is None:
            part.unlink(missing_ok=True)


def _progress(reports: Iterator[Report], out: TextIO) -> Iterator[Report]:
    """The reports, with their number on standard error when a person looks at nothing else."""
    if not sys.stderr.isatty() or out.isatty():
        yield from reports
        return
    from time import monotonic

    shown, findings, pages = monotonic(), 0, 0
    written = False
    try:
        for pages, report in enumerate(reports, 1):
            findings += len(report.findings)
            if monotonic() - shown > 0.2:
                shown, written = monotonic(), True
                click.echo(f"\r{pages:,} pages, {findings:,} findings", err=True, nl=False)
            yield report
    finally:
        if written:
            click.echo("\r\x1b[K", err=True, nl=False)
