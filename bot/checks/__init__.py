"""The checks: one file each, found by being there.

    duplicates/   the same organisation entered twice
    stale/        statements that time has overtaken
    archives/     citations and their archive parameters

A check is a function in a file of its own name. It gets a `Context` and yields findings; it does no
I/O, sees no clock, and keeps silent when in doubt. The docstring of its module is its page in the
user documentation: the first line says what is wrong, then come "Why", "Example", "Left alone" and
"Fix". Its cases are tests/checks/<family>/<name>.md.

To add a check, write those two files. What a wiki adds without them, rules and checks of other
packages, is `bot.custom`'s.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from bot.knowledge.citations import Vocabulary
from bot.model import (
    Edit,
    Facts,
    Finding,
    Fix,
    Marks,
    Profile,
    Safety,
    Settings,
    Severity,
    Span,
    Sureness,
)
from bot.wikitext import Section, Wikitext

T = TypeVar("T")

FAMILIES = ("duplicates", "stale", "archives")


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One check: what it is called, when it is worth running, and the function that runs.

    `trigger` is a linear-time (RE2) pattern: a page in which it matches nowhere cannot hold a
    finding, nor can a section whose text outside of references and comments it does not match; they
    are not looked at. A `page_wide` check is given every section of a page as soon as any check's
    trigger matches anywhere in it; an empty trigger always does. `version` grows when the check's
    findings change. `may_follow` says that mending something else may bring a finding to light and
    does no harm by it: two references that both were mended may now be the same.
    """

    name: str
    family: str
    severity: Severity
    guideline: str
    trigger: str
    version: int
    documentation: str
    run: Callable[[Context], Iterator[Finding]]
    page_wide: bool = False
    may_follow: bool = False

    @property
    def summary(self) -> str:
        """What is wrong, in one line."""
        return self.documentation.partition("\n")[0].rstrip(".")


@dataclass(slots=True)
class Reading:
    """One page being checked, and everything its checks may know of it and of the world."""

    page: Wikitext
    profile: Profile
    vocabulary: Vocabulary
    facts: Facts
    today: date
    settings: Settings
    marks: Marks
    _memory: dict[object, Any] = field(default_factory=dict)

    def once(self, make: Callable[[Reading], T]) -> T:
        """What `make` makes of this reading; made once, whichever checks ask for it."""
        if make not in self._memory:
            self._memory[make] = make(self)
        found: T = self._memory[make]
        return found


class Context:
    """What one check is given: a page, the sections worth looking at, and how to report.

    `sections` are the sections in which the check's trigger matched, in the order of the page; a
    section counts with its own text only, its subsections are sections of their own.
    """

    __slots__ = (
        "check",
        "facts",
        "marks",
        "page",
        "profile",
        "reading",
        "sections",
        "settings",
        "today",
        "vocabulary",
    )

    def __init__(self, check: Check, reading: Reading, sections: tuple[Section, ...]) -> None:
        self.check = check
        self.reading = reading
        self.sections = sections
        self.page = reading.page
        self.profile = reading.profile
        self.vocabulary = reading.vocabulary
        self.facts = reading.facts
        self.today = reading.today
        self.settings = reading.settings
        self.marks = reading.marks

    @property
    def text(self) -> str:
        """The page's text as fetched."""
        return self.page.text

    def finding(
        self,
        span: Span,
        what: str,
        *,
        sure: Sureness,
        evidence: str | None = None,
        related: Iterable[Span] = (),
        fixes: Iterable[Fix] = (),
        severity: Severity | None = None,
        guideline: str | None = None,
    ) -> Finding:
        """A finding of this check.

        `what` says what is wrong and why, a sentence without its full stop; the guideline's
        shortcut and how sure it is are added here.
        """
        return Finding(
            self.check.name,
            self.check.family,
            severity or self.check.severity,
            span,
            f"{what} ({guideline or self.check.guideline}; {sure.value})",
            evidence,
            tuple(related),
            tuple(fixes),
        )

    def replace(
        self,
        title: str,
        start: int,
        end: int,
        new: str,
        safety: Safety = Safety.REVIEW,
        *,
        cosmetic: bool = False,
    ) -> Fix:
        """The fix that replaces page[start:end] by `new`."""
        return Fix(title, (Edit(start, self.text[start:end], new),), safety, cosmetic)


def check(
    *,
    severity: Severity,
    guideline: str,
    trigger: str,
    version: int = 1,
    page_wide: bool = False,
    may_follow: bool = False,
) -> Callable[[Callable[[Context], Iterator[Finding]]], Check]:
    """Make a check of a function; its name, family and documentation come from its module."""

    def made(run: Callable[[Context], Iterator[Finding]]) -> Check:
        *_, family, name = ("custom", *run.__module__.split("."))
        documentation = inspect.cleandoc(inspect.getmodule(run).__doc__ or "")
        return Check(
            name.replace("_", "-"),
            family.replace("_", "-"),
            severity,
            guideline,
            trigger,
            version,
            documentation,
            run,
            page_wide,
            may_follow,
        )

    return made


@functools.cache
def load() -> tuple[Check, ...]:
    """Every check, by family in the order of FAMILIES and by name within."""
    found = []
    for family in FAMILIES:
        package = importlib.import_module(f"{__name__}.{family}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            if module.name.startswith("_"):
                continue
            content = importlib.import_module(f"{package.__name__}.{module.name}")
            one = getattr(content, module.name, None)
            if isinstance(one, Check):
                found.append(one)
    return tuple(found)
