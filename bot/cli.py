"""The command line: it reads what was asked for, calls one use case, prints, and sets the status.

    0  nothing found                    3  the wiki or the network is not available
    1  findings                         4  a check failed, or another fault of ours
    2  wrong usage or configuration   130  interrupted

Of several troubles the highest status counts; the pages that could be checked are reported anyway.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from bot.commands import FAULT, Outcome, say
from bot.commands.archives import archive_options, looking
from bot.commands.doctor import doctor
from bot.commands.queue import log, propose, queue, stats
from bot.commands.review import review
from bot.commands.saving import save, undo
from bot.commands.wikis import remembered, wiki_options, wikis
from bot.errors import RedpencilError, UsageError

if TYPE_CHECKING:
    from bot.model import Page, Report
    from bot.sites.mediawiki import Wikis
    from bot.target import Target

INTERRUPTED, BROKEN_PIPE = 130, 141

FORMATS = ("text", "diff", "json", "html", "wikitext")


class Commands(click.Group):
    """The group of commands, which turns every error into one sentence and its exit status."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any
    ) -> Any:
        """Run the command line and end the program with its status."""
        status: Any
        try:
            status = super().main(args, standalone_mode=False, **extra)
        except click.ClickException as wrong:
            wrong.show()
            status = wrong.exit_code
        except RedpencilError as wrong:
            say(str(wrong))
            status = wrong.exit_code
        except (KeyboardInterrupt, click.Abort):
            say("interrupted")
            status = INTERRUPTED
        except Exception:  # noqa: BLE001 (a fault of ours must not look like findings)
            import traceback

            traceback.print_exc()
            say("this is a fault of Redpencil; please report it with the lines above")
            status = FAULT
        if standalone_mode:
            sys.exit(status)
        return status

    def invoke(self, context: click.Context) -> Any:
        """Run a command; a report that nobody can take ends it, quietly if nobody wants it."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            status = BROKEN_PIPE
        except OSError as wrong:
            say(f"the report cannot be written: {wrong.strerror or wrong}")
            status = UsageError.exit_code
        with contextlib.suppress(OSError, ValueError):  # what is left would be flushed at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return context.exit(status)


def _version(context: click.Context, _: click.Parameter, *, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"redpencil {version('redpencil')}")
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, parameter, wanted: _version(context, parameter, wanted=wanted),
    help="Show the version and exit.",
)
def main() -> None:
    """Find what is wrong in wiki pages, and propose the smallest diff that mends it."""


@main.command()
@click.argument("targets", metavar="TARGET…", nargs=-1)
@click.option(
    "--pages",
    metavar="ARGUMENTS",
    multiple=True,
    help='Pages that pywikibot chooses: "-cat:Countries -ns:0".',
)
@click.option("--section", metavar="NAME", help="Only this section, with its subsections; 0: lead.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to measure statements against.  [default: today]",
)
@click.option(
    "--check", "only", metavar="NAME", multiple=True, help="Only this check or family; repeatable."
)
@click.option("--skip", metavar="NAME", multiple=True, help="Without this check or family.")
@click.option(
    "--severity",
    type=click.Choice(["error", "warning", "advice"]),
    default="advice",
    show_default=True,
    help="The least severity to report.",
)
@click.option(
    "--as-of-years",
    type=click.IntRange(min=0),
    metavar="YEARS",
    help="A dated statement older than this is stale.  [default: 5]",
)
@wiki_options
@archive_options
@click.option("--offline", is_flag=True, help="Use no network at all; for files, none is used.")
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
    targets: tuple[str, ...],
    pages: tuple[str, ...],
    section: str | None,
    today: datetime | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    severity: str,
    as_of_years: int | None,
    site: str | None,
    config: Path | None,
    max_wait: float,
    *,
    look: bool,
    save_missing: bool,
    offline: bool,
    form: str,
    output: str | None,
) -> None:
    """Say what is wrong in pages, and how to mend it.

    TARGET is a .wiki or .txt file, a folder of them, - for standard input, the title of a page,
    Title#Section, or the address of a page, section, revision or difference.
    """
    if not targets and not pages:
        raise click.UsageError("Name a TARGET, or choose some with --pages.")
    import gc

    from bot import checker, configuration, sites, target, workflow
    from bot.model import Settings, Severity
    from bot.sites.folder import Folder
    from bot.target import Kind

    gc.set_threshold(100_000, 50, 50)  # many small objects that live as long as their page
    day = today.date() if today else date.today()  # noqa: DTZ011 (the user's own day)
    outcome = Outcome()
    named = []
    for written in targets:
        try:
            named.append(target.parse(written))
        except UsageError as wrong:
            outcome.trouble(wrong)
    options: dict[str, Any] = {
        "today": day,
        "only": checker.choose_checks(only, skip),
        "profile": sites.profile(site or next((t.origin for t in named if t.origin), "")),
        "settings": Settings() if as_of_years is None else Settings(as_of_years=as_of_years),
        "least": Severity(severity),
    }
    wiki = known = None
    if not offline and (pages or any(t.kind is Kind.WIKI for t in named)):
        wiki = wikis(site, config, max_wait)
    elif offline:
        known = remembered(site)
    how = configuration.read().archives if look else configuration.Looking()
    evidence = context.with_resource(
        looking(how, day, look=look, save_missing=save_missing, offline=offline)
    )
    reports = workflow.check(
        itertools.chain(named, *(_chosen(wiki, one, outcome) for one in pages)),
        files=Folder(sys.stdin.buffer if sys.stdin else None),
        wiki=wiki,
        known=known,
        section=section,
        trouble=outcome.trouble,
        evidence=evidence,
        **options,
    )
    if named or pages:
        with _written_to(output) as out:
            _write(form, outcome.noticed(_progress(reports, out)), out, day, options, named)
    context.exit(outcome.status)


@main.command()
@click.argument("name", required=False)
def checks(name: str | None) -> None:
    """List the checks, or explain the one of this NAME (or those of a family)."""
    from bot import checker

    chosen = checker.choose_checks((name,) if name else ())
    if name:
        click.echo("\n\n".join(f"{c.name} ({c.family})\n\n{c.documentation}" for c in chosen))
        return
    widths = [
        max((len(getattr(c, part)) for c in chosen), default=0) for part in ("family", "name")
    ]
    for each in chosen:
        click.echo(
            f"{each.family:{widths[0]}}  {each.name:{widths[1]}}  {each.severity.value:7}"
            f"  {each.summary}"
        )


for each in (doctor, propose, review, save, undo, queue, log, stats):
    main.add_command(each)


def _chosen(wiki: Wikis | None, arguments: str, outcome: Outcome) -> Iterator[Target]:
    """The pages that pywikibot chooses; trouble with it is trouble with one target."""
    if wiki is None:
        outcome.trouble(UsageError(f"--pages {arguments!r} asks a wiki, and this run is offline"))
        return
    try:
        yield from wiki.choose(arguments)
    except RedpencilError as wrong:
        outcome.trouble(wrong)


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
