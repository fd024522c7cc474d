"""The command line: it reads what was asked for, calls one use case, prints, and sets the status.

    0  nothing found                    3  the wiki or the network is not available
    1  findings                         4  a check failed, or another fault of ours
    2  wrong usage or configuration   130  interrupted

Of several troubles the highest status counts; the pages that could be checked are reported anyway.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from bot.commands import FAULT, say
from bot.commands.check import check, checks
from bot.commands.doctor import doctor
from bot.commands.propose import propose
from bot.commands.queue import log, queue, stats
from bot.commands.report import report
from bot.commands.review import review
from bot.commands.run import run
from bot.commands.saving import save, undo
from bot.commands.scan import scan
from bot.errors import RedpencilError, UsageError

INTERRUPTED, BROKEN_PIPE = 130, 141


class Commands(click.Group):
    """The group of commands, which turns every error into one sentence and its exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which they are used, as they were added."""
        return list(self.commands)

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
            what = f"{wrong.filename}" if wrong.filename else "the report cannot be written"
            say(f"{what}: {wrong.strerror or wrong}")
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


for each in (
    check,
    checks,
    doctor,
    propose,
    review,
    save,
    undo,
    queue,
    log,
    stats,
    report,
    scan,
    run,
):
    main.add_command(each)
