"""An archive date that is not the day of the snapshot.

Why
    The fourteen digits in an address of archive.org are the moment the copy was made (UTC); a
    citation that gives another day is flagged by the wiki (Help:CS1 errors), and a {{webarchive}}
    shows "Date mismatch". Mostly the day of writing was put down, or day and month were exchanged.

Example
    |archive-url=https://web.archive.org/web/20160729185058/http://example.org/
    |archive-date=29 March 2016

Left alone
    Other archives, whose addresses tell no time or a local one; timestamps that are not whole, or
    of a day to come; dates that cannot be read, or that name the right month or year only.

Fix
    The day of the timestamp, in the form of the date that stands there. Safe: the wiki's own module
    takes the timestamp for the truth. None when the date is given twice and differently, or when
    the source came out between the two dates, and the timestamp may be the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.checks import Context, check
from bot.checks.archives._citations import here, sources
from bot.checks.archives._written_dates import as_before, day_of
from bot.knowledge.snapshots import Snapshot
from bot.model import Edit, Finding, Fix, Safety, Severity, Span, Sureness
from bot.wikitext import Parameter
from bot.wikitext.citation import Citation
from bot.wikitext.dates import WrittenDate, parse


@check(
    severity=Severity.ERROR,
    guideline="Help:CS1 errors",
    trigger=r"(?i)archive\.org",
    page_wide=True,
)
def archive_date_mismatch(context: Context) -> Iterator[Finding]:
    """Citations and {{webarchive}}s whose date differs from their snapshot's."""
    every = sources(context)
    for one in here(context, every.archived):
        citation = one.citation
        day = _proved_day(context, one.snapshot)
        if day is None:
            continue
        given = citation.value("archive_date")
        if not given or "archive_url" in citation.repeated:
            continue
        if "archive_date" in citation.repeated:
            yield context.finding(
                citation.place(citation.roles["archive_date"]),
                "The archive date is given twice and differently;"
                f" the snapshot is of {day.isoformat()}",
                sure=Sureness.CERTAIN,
                evidence=one.address,
            )
            continue
        stated = _other_day(context, given, day)
        if stated is not None:
            date_given = citation.roles["archive_date"]
            span = citation.place(date_given)
            yield _finding(
                context,
                span,
                date_given,
                stated,
                day,
                one.address,
                severity=None if citation.words.statuses else Severity.WARNING,
                sound=not _published_between(context, citation, day, stated),
            )
    for dated in here(context, every.webarchives):
        day = _proved_day(context, dated.snapshot)
        parameter = dated.template.parameter("date")
        if day is None or parameter is None:
            continue
        stated = _other_day(context, parameter.value, day)
        if stated is not None:
            yield _finding(
                context,
                parameter.value_span,
                parameter,
                stated,
                day,
                dated.snapshot.address,
                guideline="Template:Webarchive",
            )


def _proved_day(context: Context, snapshot: Snapshot | None) -> date | None:
    """The day that an address of archive.org proves, else None."""
    if snapshot is None or snapshot.problem not in (None, "bad modifier"):
        return None
    if len(snapshot.timestamp) != 14:
        return None
    return day_of(context, snapshot) if snapshot.host.endswith("archive.org") else None


def _other_day(context: Context, given: str, day: date) -> WrittenDate | None:
    """What the date says when that cannot be the day."""
    stated = parse(given, context.profile.language)
    if stated is None or stated.first_day <= day <= stated.last_day:
        return None
    return stated


def _published_between(
    context: Context, citation: Citation, day: date, stated: WrittenDate
) -> bool:
    """Whether the source came out after the day of the snapshot and by the archive date, so that it
    may be the timestamp that is wrong."""
    value = citation.value("date")
    published = parse(value, context.profile.language) if value else None
    return published is not None and day < published.first_day <= stated.last_day


def _finding(
    context: Context,
    span: Span,
    parameter: Parameter,
    stated: WrittenDate,
    day: date,
    address: str,
    *,
    guideline: str | None = None,
    severity: Severity | None = None,
    sound: bool = True,
) -> Finding:
    right = as_before(context, day, stated, span.start)
    # A comment may follow; one in between leaves nothing to replace.
    old = context.text[parameter.value_start : parameter.value_start + len(parameter.value)]
    edit = Edit(parameter.value_start, old, right)
    return context.finding(
        span,
        f"The archive date {parameter.value} is not that of the snapshot, {right}",
        sure=Sureness.CERTAIN,
        evidence=address,
        fixes=[Fix(f"Set the date to {right}", (edit,), Safety.SAFE)]
        if old == parameter.value and sound
        else [],
        guideline=guideline,
        severity=severity,
    )
