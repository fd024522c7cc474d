"""The commands that stand in modules of their own, and how every command speaks to the person.

A command reads what was asked for, calls one use case, prints, and sets the status; `bot.cli` puts
them together.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bot.errors import RedpencilError, UsageError

if TYPE_CHECKING:
    from bot.model import Report

FINDINGS, FAULT = 1, 4


class Outcome:
    """What a run comes to: its status, the highest of all that happened, and its troubles."""

    def __init__(self) -> None:
        self.status = 0
        self.troubles: list[RedpencilError] = []

    def trouble(self, wrong: RedpencilError) -> None:
        """Tell what went wrong with one target."""
        say(str(wrong))
        self.troubles.append(wrong)
        self.status = max(self.status, wrong.exit_code)

    def noticed(self, reports: Iterator[Report]) -> Iterator[Report]:
        """The reports, of which findings and broken checks count."""
        for report in reports:
            if report.findings:
                self.status = max(self.status, FINDINGS)
            for skipped in report.skipped:
                if skipped.failed:
                    say(f"{report.page.title}: {skipped.check}: {skipped.reason}")
                    self.status = max(self.status, FAULT)
            yield report


def added_checks(outcome: Outcome) -> None:
    """Tell of checks that were to be added and cannot be used."""
    from bot import custom

    for sentence in custom.troubles():
        outcome.trouble(UsageError(sentence))


def say(sentence: str) -> None:
    """One line for the person, on standard error."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(f"redpencil: {' '.join(sentence.split())}", err=True)
