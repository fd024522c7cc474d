"""One page of a dump: is it worth a look, and what do the checks find.

The bytes of a page are asked first, with the checks' own triggers as one pattern; what does not
match is never decoded. What matches is checked by `bot.checker.check_page` and nothing else, so a
scan cannot find what `redpencil check` would not, nor miss what it would.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import FrameType
from typing import Any, NamedTuple

from bot import checker, checks, custom
from bot.errors import RedpencilError
from bot.model import Page, Profile, Report, Settings, Severity
from bot.report import json as json_report
from bot.scan.pages import RawPage, Unreadable
from bot.scan.redirects import UNKNOWN, Titles


@dataclass(frozen=True, slots=True)
class Task:
    """How a scan looks at pages; the same for every worker.

    `checks` are names. A page that takes longer than `seconds` of processor time is set aside.
    """

    checks: tuple[str, ...]
    today: date
    profile: Profile = field(default_factory=Profile)
    base: str = ""
    titles: Titles = UNKNOWN
    settings: Settings = field(default_factory=Settings)
    least: Severity = Severity.ADVICE
    namespaces: frozenset[int] = frozenset([0])
    seconds: float = 10.0

    def known(self, version: str) -> str:
        """What the findings rest on besides what was asked for, as a digest: the wiki's titles, the
        versions of the checks and that of Redpencil."""
        versions = {check.name: check.version for check in custom.load()}
        said = [
            version,
            [versions.get(name) for name in self.checks],
            sorted(self.titles.redirects.items()),
            sorted(self.titles.disambiguations),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


class Found(NamedTuple):
    """What a scan says of one page: its findings, or why it was set aside, as lines of JSON.

    `is_damaged` says that the dump is to blame, `is_broken` that a check is.
    """

    lines: bytes
    findings: int
    is_aside: bool = False
    is_damaged: bool = False
    is_broken: bool = False


# How long after its time was up a page is told so once more, in seconds of processor time.
_AGAIN = 0.1


class OutOfTime(BaseException):
    """A page took too long. No Exception: nothing that isolates broken checks may swallow it."""


class Look:
    """Looks at pages the way a task says."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.chosen = tuple(check for check in custom.load() if check.name in task.checks)
        self._worth = _any_trigger(self.chosen)
        uses_titles = any(check.family == "duplicates" for check in self.chosen)
        self._titles = task.titles if uses_titles else UNKNOWN
        signal.signal(signal.SIGVTALRM, _out_of_time)

    def __call__(self, page: RawPage | Unreadable) -> Found | None:
        """What there is to say of a page; None when that is nothing."""
        if isinstance(page, Unreadable):
            return aside(page, page.reason, is_damaged=True)
        if page.redirect is not None or not self._worth(page.text):
            return None
        try:
            text = page.text.decode()
        except UnicodeDecodeError as wrong:
            reason = f"its text is no UTF-8, from its byte {wrong.start:,} on"
            return aside(page, reason, is_damaged=True)
        try:
            # Again and again from then on: what is raised where nobody may raise (in the callback
            # of a collector) is lost.
            signal.setitimer(signal.ITIMER_VIRTUAL, self.task.seconds, _AGAIN)
            try:
                report = self.report(page, text)
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            if any(each.failed and "MemoryError" in each.reason for each in report.skipped):
                raise MemoryError
            return _found(page, report)
        except OutOfTime:
            reason = f"it takes longer than {self.task.seconds:g} s to check"
        except RedpencilError as wrong:
            reason = str(wrong)
        except MemoryError:
            reason = "it takes more memory than a worker has"
        return aside(page, reason)

    def report(self, page: RawPage, text: str) -> Report:
        """The report on a page of this text."""
        task = self.task
        return checker.check_page(
            Page(page.title, text, page.title, page.revision or None, _time(page.timestamp)),
            today=task.today,
            only=self.chosen,
            profile=task.profile,
            facts=self._titles.facts(text),
            settings=task.settings,
            least=task.least,
        )


def _out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


def _any_trigger(chosen: tuple[checks.Check, ...]) -> Callable[[bytes], bool]:
    """Whether bytes are worth a check's look: the triggers of all checks as one set of patterns."""
    triggers = {check.trigger for check in chosen}
    if "" in triggers:
        return lambda text: True
    import re2

    options = re2.Options()
    options.max_mem = 64 << 20
    patterns = re2.Set.SearchSet(options)
    for trigger in sorted(triggers):
        patterns.Add(trigger)
    patterns.Compile()
    match = patterns.Match
    return lambda text: bool(match(text))


def _time(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _found(page: RawPage, report: Report) -> Found | None:
    broken = [each for each in report.skipped if each.failed]
    if not report.findings and not broken:
        return None
    title, revision = json_report.quoted(page.title), json_report.number(page.revision)
    lines = [
        f'{{"page": {title}, "revision": {revision}, {finding.removeprefix("{")}'
        for finding in json_report.findings(report)
    ]
    lines += [_line(page, f"{each.check}: {each.reason}", len(report.findings)) for each in broken]
    content = ("\n".join(lines) + "\n").encode()
    return Found(content, len(report.findings), is_broken=bool(broken))


def aside(page: RawPage | Unreadable, reason: str, *, is_damaged: bool = False) -> Found:
    """What is said of a page that is not checked: its title, the reason, its place in the dump."""
    line = _line(page, reason) + "\n"
    return Found(line.encode("utf-8", "replace"), 0, is_aside=True, is_damaged=is_damaged)


def _line(page: RawPage | Unreadable, reason: str, findings: int = 0) -> str:
    revision = page.revision if isinstance(page, RawPage) else None
    of = {"page": page.title, "revision": revision, "place": page.place, "set_aside": reason}
    return json.dumps(of, ensure_ascii=False)


def records(lines: bytes) -> Iterator[dict[str, Any]]:
    """The findings and pages set aside that lines tell of."""
    return (json.loads(line) for line in lines.splitlines())
