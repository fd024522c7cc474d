"""Reports of what was found: text, diff, JSON, HTML and wikitext, one module each.

Each has a function `render` that takes reports as they come and gives the pieces of the written
report, so that a long one is written while the checks still run. Whatever stands in a page may
stand in its report: every format makes the text harmless in its own way.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from bot.model import Finding, Report, Severity, Span

LEAD = "Lead"
"""What the part of a page before its first heading is called."""


class Places:
    """Line and column of the places of a text, both counted from 1, columns in characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last = (0, 1)  # the place last asked for, and its line

    def __call__(self, place: int) -> tuple[int, int]:
        """The line and column of a place; cheapest asked for in the order of the text."""
        last, line = self._last
        if place < last:
            last, line = 0, 1
        line += self._text.count("\n", last, place)
        self._last = place, line
        return line, place - self._text.rfind("\n", 0, place)


class Tally:
    """What all reports hold together; counted as they pass by."""

    def __init__(self) -> None:
        self.pages = 0
        self.pages_with_findings = 0
        self.findings: Counter[Severity] = Counter()
        self.fixable = 0

    def add(self, report: Report) -> None:
        """Count one more page."""
        self.pages += 1
        self.pages_with_findings += bool(report.findings)
        self.findings.update(finding.severity for finding in report.findings)
        self.fixable += sum(bool(finding.fixes) for finding in report.findings)

    def sentence(self) -> str:
        """All of it in a sentence."""
        total = self.findings.total()
        if not total:
            return f"Nothing found on {_many(self.pages, 'page')}."
        error, warning, advice = (
            self.findings[severity]
            for severity in (Severity.ERROR, Severity.WARNING, Severity.ADVICE)
        )
        kinds = [
            *([_many(error, "error")] if error else []),
            *([_many(warning, "warning")] if warning else []),
            *([f"{advice} for advice"] if advice else []),
        ]
        where = _many(self.pages, "page")
        if self.pages_with_findings < self.pages:
            where = f"{self.pages_with_findings} of {where}"
        fixable = f"{self.fixable} {'has' if self.fixable == 1 else 'have'} a fix"
        return f"{_many(total, 'finding')} on {where}: {', '.join(kinds)}; {fixable}."


def by_section(report: Report) -> Iterator[tuple[str, list[Finding]]]:
    """The findings of a page under the heading they stand under, in the page's order."""
    starts = [heading.start for heading in report.headings]

    def number(finding: Finding) -> int:
        return bisect_right(starts, finding.span.start)

    for section, findings in itertools.groupby(report.findings, number):
        yield report.headings[section - 1].text if section else LEAD, list(findings)


_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"}
_PICTURES |= {0x7F: "\u2421"}
_PICTURES |= dict.fromkeys((*range(0x80, 0xA0), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), "\ufffd")
# What turns the direction of the text around it shows its number instead.
_PICTURES |= {
    code: f"\u27e8U+{code:04X}\u27e9" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_ONE_LINE = _PICTURES | {0x0A: "\u21b5", 0x09: " ", 0x2028: "\u21b5", 0x2029: "\u21b5"}


def visible(text: str, *, one_line: bool = False) -> str:
    """The text with a picture for every character that would command the reader's screen.

    Line breaks stay, unless `one_line` is asked for.
    """
    return text.replace("\r\n", "\n").translate(_ONE_LINE if one_line else _PICTURES)


def shortened(text: str, most: int = 400) -> str:
    """The text, with its middle left out when it is longer than `most` characters."""
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]} \u2026 {text[-half:]}"


def text_at(report: Report, span: Span) -> str:
    """The words of the page that a finding is about."""
    return report.page.text[span.start : span.end]


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
