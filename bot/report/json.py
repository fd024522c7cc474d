"""The report for programs: JSON of version 1, whose shape is a promise.

schema.json beside this module describes it. A version is never changed in what it says: what is
taken away or means something else gets the next number, what is added may appear in this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from bot.model import Finding, Fix, Report
from bot.report import Places

VERSION = 1

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(", ", ": ")).encode


def render(reports: Iterable[Report], today: date) -> Iterator[str]:
    """One JSON object; each page stands on a line of its own, written when it is done."""
    yield f'{{"version": {VERSION}, "today": "{today.isoformat()}",\n "pages": ['
    separator = "\n  "
    for report in reports:
        yield separator + _encode(page(report))
        separator = ",\n  "
    yield "]}\n"


def page(report: Report) -> dict[str, Any]:
    """What is said of one page, as plain lists and dictionaries in the promised order."""
    places = Places(report.page.text)
    return {
        "page": report.page.title,
        "source": report.page.source,
        "revision": report.page.revision,
        "findings": [_finding(report, finding, places) for finding in report.findings],
        "skipped": [{"check": each.check, "reason": each.reason} for each in report.skipped],
    }


def _finding(report: Report, finding: Finding, places: Places) -> dict[str, Any]:
    start, end = finding.span
    line, column = places(start)
    return {
        "check": finding.check,
        "family": finding.family,
        "severity": finding.severity.value,
        "section": report.section_at(start),
        "start": start,
        "end": end,
        "line": line,
        "column": column,
        "text": report.page.text[start:end],
        "message": finding.message,
        "evidence": finding.evidence,
        "related": [{"start": span.start, "end": span.end} for span in finding.related],
        "fixes": [_fix(fix) for fix in finding.fixes],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safety": fix.safety.value,
        "cosmetic": fix.cosmetic,
        "edits": [
            {"start": edit.start, "end": edit.end, "old": edit.old, "new": edit.new}
            for edit in fix.edits
        ],
    }
