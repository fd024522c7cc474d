"""How a command is told which pages to read and what to check in them, and how they come."""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands import Outcome, added_checks, say
from bot.commands.archives import archive_options, looking
from bot.commands.wikis import remembered, wiki_options, wikis
from bot.errors import RedpencilError, UsageError

if TYPE_CHECKING:
    from bot.checks import Check
    from bot.configuration import Looking
    from bot.model import Report
    from bot.target import Target

_OPTIONS = (
    click.argument("targets", metavar="TARGET…", nargs=-1),
    click.option(
        "--pages",
        metavar="ARGUMENTS",
        multiple=True,
        help='Pages that pywikibot chooses: "-cat:Countries -ns:0".',
    ),
    click.option(
        "--section", metavar="NAME", help="Only this section, with its subsections; 0: lead."
    ),
    click.option(
        "--today",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="YYYY-MM-DD",
        help="The day to measure statements against.  [default: today]",
    ),
    click.option(
        "--check",
        "only",
        metavar="NAME",
        multiple=True,
        help="Only this check or family; repeatable.",
    ),
    click.option("--skip", metavar="NAME", multiple=True, help="Without this check or family."),
    wiki_options,
    archive_options,
    click.option("--offline", is_flag=True, help="Use no network at all; for files, none is used."),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command was asked to read and to check; the fields are its options."""

    targets: tuple[str, ...]
    pages: tuple[str, ...]
    section: str | None
    today: datetime | None
    only: tuple[str, ...]
    skip: tuple[str, ...]
    site: str | None
    config: Path | None
    max_wait: float
    look: bool
    save_missing: bool
    offline: bool

    @property
    def day(self) -> date:
        """The day to measure against: the one named, or the user's own."""
        return self.today.date() if self.today else date.today()  # noqa: DTZ011


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command TARGETs and all options about reading and checking them, as one `asked`."""

    @functools.wraps(command)
    def collected(*args: Any, **options: Any) -> Any:
        asked = Asked(**{name: options.pop(name) for name in Asked.__dataclass_fields__})
        if not asked.targets and not asked.pages:
            raise click.UsageError("Name a TARGET, or choose some with --pages.")
        return command(*args, asked=asked, **options)

    given: Callable[..., Any] = collected
    for option in reversed(_OPTIONS):
        given = option(given)
    return given


class Reading:
    """The pages that were asked for, read and checked; `outcome` is told of all trouble.

    `named` are the targets that make sense, `checks` the checks chosen. Further `settings` are
    those of a check of a page (`bot.checker.check_page`).
    """

    def __init__(
        self,
        context: click.Context,
        asked: Asked,
        outcome: Outcome,
        how: Looking,
        **settings: Any,
    ) -> None:
        from bot import checker, sites, target
        from bot.target import Kind

        self.asked = asked
        self.outcome = outcome
        self.named: list[Target] = []
        for written in asked.targets:
            try:
                self.named.append(target.parse(written))
            except UsageError as wrong:
                outcome.trouble(wrong)
        added_checks(outcome)
        self.checks: Sequence[Check] = checker.choose_checks(asked.only, asked.skip)
        origin = asked.site or next((each.origin for each in self.named if each.origin), "")
        self.options: dict[str, Any] = {
            "today": asked.day,
            "only": self.checks,
            "profile": sites.profile(origin),
            **settings,
        }
        self._wiki = self._known = None
        if asked.offline:
            self._known = remembered(asked.site)
        elif asked.pages or any(each.kind is Kind.WIKI for each in self.named):
            self._wiki = wikis(asked.site, asked.config, asked.max_wait)
        self._evidence = context.with_resource(
            looking(
                how,
                asked.day,
                look=asked.look,
                save_missing=asked.save_missing,
                offline=asked.offline,
            )
        )

    def chosen(self) -> Iterator[Target]:
        """The pages that pywikibot chooses; trouble with it is trouble with one target."""
        for arguments in self.asked.pages:
            if self._wiki is None:
                self.outcome.trouble(
                    UsageError(f"--pages {arguments!r} asks a wiki, and this run is offline")
                )
                continue
            none = True
            try:
                for each in self._wiki.choose(arguments):
                    none = False
                    yield each
                if none:
                    say(f"--pages {arguments!r} chooses no page")
            except RedpencilError as wrong:
                self.outcome.trouble(wrong)

    def reports(self, targets: Iterable[Target] | None = None) -> Iterator[Report]:
        """The reports of these targets, or of all that was asked for, as the pages come."""
        from bot import workflow
        from bot.sites.folder import Folder

        if targets is None:
            targets = itertools.chain(self.named, self.chosen())
        checked = workflow.check(
            targets,
            files=Folder(sys.stdin.buffer if sys.stdin else None),
            wiki=self._wiki,
            known=self._known,
            section=self.asked.section,
            trouble=self.outcome.trouble,
            evidence=self._evidence,
            **self.options,
        )
        return self.outcome.noticed(checked)
