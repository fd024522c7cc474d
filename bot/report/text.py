"""The report for a person at a terminal: findings by section, each with what its fix changes.

`render` gives plain text in which changed words stand in brackets, as wdiff marks them: [-old-] and
{+new+}. `show` writes the same to a terminal with colours, folded to its width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot import fixes
from bot.model import Finding, Fix, Report
from bot.report import Places, Tally, by_section, shortened, visible

if TYPE_CHECKING:
    from rich.console import Console

# What a word of the report is; `show` has a look for each, `render` brackets for the last two.
PLAIN, TITLE, SECTION, CHECK, ERROR, WARNING, ADVICE, FAINT, OLD, NEW = range(10)

_LOOKS = {
    PLAIN: "",
    TITLE: "bold",
    SECTION: "underline",
    CHECK: "bold",
    ERROR: "bold red",
    WARNING: "bold yellow",
    ADVICE: "bold cyan",
    FAINT: "dim",
    OLD: "bold red strike",
    NEW: "bold green underline",
}
_SEVERITIES = {"error": ERROR, "warning": WARNING, "advice": ADVICE}
_MOST_HUNKS = 5


class Line(NamedTuple):
    """A line of the report: how far it is indented, and its words with what they are."""

    indent: int
    words: tuple[tuple[int, str], ...]


def render(reports: Iterable[Report]) -> Iterator[str]:
    """The report as plain text."""
    marks = {OLD: ("[-", "-]"), NEW: ("{+", "+}")}
    for line in lines(reports):
        written = []
        for what, word in line.words:
            opening, closing = marks.get(what, ("", ""))
            written.append(f"{opening}{word}{closing}")
        yield (" " * line.indent + "".join(written)).rstrip() + "\n"


def show(reports: Iterable[Report], console: Console) -> None:
    """Write the report to a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    for line in lines(reports):
        text = Text.assemble(*((word, _LOOKS[what]) for what, word in line.words))
        console.print(Padding(text, (0, 0, 0, line.indent), expand=False))


def lines(reports: Iterable[Report]) -> Iterator[Line]:
    """The lines of the report; a page without findings only counts in the last one."""
    tally = Tally()
    for report in reports:
        tally.add(report)
        if report.findings or report.skipped:
            yield from _page(report)
    if tally.pages:
        yield Line(0, ((TITLE, tally.sentence()),))


def _page(report: Report) -> Iterator[Line]:
    page = report.page
    title: list[tuple[int, str]] = [(TITLE, visible(page.title, one_line=True))]
    if page.source not in ("", "-", page.title):
        title.append((FAINT, f"  {visible(page.source, one_line=True)}"))
    yield Line(0, tuple(title))
    places = Places(page.text)
    for section, findings in by_section(report):
        yield Line(0, ())
        yield Line(2, ((SECTION, visible(section, one_line=True)),))
        for finding in findings:
            yield from _finding(report, finding, places)
    for skipped in report.skipped:
        reason = visible(skipped.reason, one_line=True)
        yield Line(2, ((WARNING, "not looked at: "), (PLAIN, f"{skipped.check}: {reason}")))
    yield Line(0, ())


def _finding(report: Report, finding: Finding, places: Places) -> Iterator[Line]:
    line, column = places(finding.span.start)
    severity = finding.severity.value
    yield Line(
        2,
        (
            (PLAIN, f"{line}:{column}  "),
            (_SEVERITIES[severity], severity),
            (PLAIN, "  "),
            (CHECK, finding.check),
        ),
    )
    yield Line(6, ((PLAIN, visible(finding.message, one_line=True)),))
    if finding.evidence:
        evidence = shortened(visible(finding.evidence, one_line=True))
        yield Line(6, ((FAINT, "evidence: "), (PLAIN, evidence)))
    if not finding.fixes:
        return
    first, *others = finding.fixes
    yield Line(6, ((FAINT, "fix: "), (PLAIN, _named(first))))
    hunks = fixes.hunks(report.page.text, first.edits)
    for hunk in hunks[:_MOST_HUNKS]:
        for sign, what in (("- ", OLD), ("+ ", NEW)):
            words = [(FAINT, sign), (PLAIN, "…" * hunk.cut_before)]
            for piece in hunk.pieces:
                said = piece.old if what == OLD else piece.new
                if said:
                    shown = shortened(visible(said, one_line=True))
                    words.append((what if piece.changed else PLAIN, shown))
            words.append((PLAIN, "…" * hunk.cut_after))
            yield Line(8, tuple(words))
    if len(hunks) > _MOST_HUNKS:
        yield Line(8, ((FAINT, f"and {len(hunks) - _MOST_HUNKS} more changes"),))
    for other in others:
        yield Line(6, ((FAINT, "or: "), (PLAIN, _named(other))))


def _named(fix: Fix) -> str:
    cosmetic = ", cosmetic" if fix.cosmetic else ""
    return f"{visible(fix.title, one_line=True)} ({fix.safety.value}{cosmetic})"
