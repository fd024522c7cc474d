"""The report for programs: JSON of version 1, whose shape is a promise.

schema.json beside this module describes it. A version is never changed in what it says: what is
taken away or means something else gets the next number, what is added may appear in this one.

The objects are written out here member by member, not made as dictionaries for an encoder: that
takes a third of the time, and a scan writes millions of them.
"""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from json.encoder import encode_basestring

from bot.model import Fix, Report, Severity, Span
from bot.report import Places

VERSION = 1

quoted = encode_basestring
"""A text as a string of JSON; what is not ASCII stays as it is."""


def render(reports: Iterable[Report], today: date) -> Iterator[str]:
    """One JSON object; each page stands on a line of its own, written when it is done."""
    yield f'{{"version": {VERSION}, "today": "{today.isoformat()}",\n "pages": ['
    separator = "\n  "
    for report in reports:
        yield separator
        yield page(report)
        separator = ",\n  "
    yield "]}\n"


def page(report: Report) -> str:
    """What is said of one page: an object, its members in the promised order."""
    of = report.page
    head = (
        f'{{"page": {quoted(of.title)}, "source": {quoted(of.source)},'
        f' "revision": {number(of.revision)}, "findings": ['
    )
    skipped = [
        f'{{"check": {quoted(each.check)}, "reason": {quoted(each.reason)}}}'
        for each in report.skipped
    ]
    tail = f'], "skipped": [{", ".join(skipped)}]}}'
    return "".join([head, ", ".join(findings(report)), tail])


def findings(report: Report) -> list[str]:
    """The findings of a page, an object each."""
    if not report.findings:
        return []
    text, places = report.page.text, Places(report.page.text)
    starts = [heading.start for heading in report.headings]
    sections = ['""', *(quoted(heading.text) for heading in report.headings)]
    written = []
    for check, family, severity, span, message, evidence, related, fixes in report.findings:
        start, end = span
        line, column = places(start)
        # Most findings have neither.
        others = _spans(related) if related else ""
        mends = ", ".join([_fix(fix) for fix in fixes]) if fixes else ""
        written.append(
            f'{_kind(check, family, severity)}, "section": {sections[bisect_right(starts, start)]},'
            f' "start": {start}, "end": {end}, "line": {line}, "column": {column},'
            f' "text": {quoted(text[start:end])}, "message": {quoted(message)},'
            f' "evidence": {"null" if evidence is None else quoted(evidence)},'
            f' "related": [{others}], "fixes": [{mends}]}}'
        )
    return written


def number(value: int | None) -> str:
    """A number that may be none."""
    return "null" if value is None else str(value)


@functools.lru_cache(maxsize=1_000)
def _kind(check: str, family: str, severity: Severity) -> str:
    """The beginning of a finding's object, which all findings of its kind share."""
    return f'{{"check": {quoted(check)}, "family": {quoted(family)}, "severity": "{severity.value}"'


def _spans(spans: Iterable[Span]) -> str:
    return ", ".join([f'{{"start": {start}, "end": {end}}}' for start, end in spans])


def _fix(fix: Fix) -> str:
    edits = [
        f'{{"start": {edit.start}, "end": {edit.end},'
        f' "old": {quoted(edit.old)}, "new": {quoted(edit.new)}}}'
        for edit in fix.edits
    ]
    return (
        f'{{"title": {quoted(fix.title)}, "safety": "{fix.safety.value}",'
        f' "cosmetic": {"true" if fix.cosmetic else "false"}, "edits": [{", ".join(edits)}]}}'
    )
