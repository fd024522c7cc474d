"""The date of a snapshot, written as the page and the citation write theirs.

In this order: `|df=` of the citation; {{Use dmy dates}} or {{Use mdy dates}} of the page; the
citation's own access date, then its date; what most citations of the section have, then of the
page; and where nothing tells, ISO, which every citation module reads and MOS:DATES allows there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.checks import Context, Reading
from bot.checks.archives._citations import read_sources
from bot.knowledge.snapshots import Snapshot
from bot.wikitext.citation import Citation
from bot.wikitext.dates import EAST_ASIAN, DateStyle, Precision, WrittenDate, parse, write

_PAGE = {"dmy": DateStyle.DMY, "mdy": DateStyle.MDY}
_CITATION = {**_PAGE, "ymd": DateStyle.ISO}


def day_of(context: Context, snapshot: Snapshot) -> date | None:
    """The day (UTC) of a snapshot; None when its address does not tell, or one that is to come."""
    moment = snapshot.moment
    day = moment.date() if isinstance(moment, datetime) else moment
    # Somewhere it is tomorrow already.
    return day if day is not None and day <= context.today + timedelta(days=1) else None


def written(context: Context, day: date, citation: Citation | None, near: int) -> str:
    """The day as a new parameter of that citation, or of a template near that place, has it."""
    style, abbreviated = _style(context, citation, near)
    return write(day, style, context.profile.language, abbreviated=abbreviated)


def as_before(context: Context, day: date, before: WrittenDate | None, near: int) -> str:
    """The day in the form of the date that it takes the place of, if that is one citations have."""
    language = context.profile.language
    unusual = before is not None and before.style is DateStyle.YMD and language not in EAST_ASIAN
    if before is None or before.style is None or unusual:
        return written(context, day, None, near)
    return write(day, before.style, language, abbreviated=before.abbreviated)


def _style(context: Context, citation: Citation | None, near: int) -> tuple[DateStyle, bool]:
    if citation is not None:
        own = _CITATION.get(citation.value("date_format")[:3])
        if own is not None:
            return own, False
    page = _PAGE.get(context.marks.dates)
    if page is not None:
        return page, False
    if citation is not None:
        for role in ("access_date", "date"):
            read = _read(citation, role, context.profile.language)
            if read is not None:
                return read
    styles = context.reading.once(_styles)
    for counted in (styles.of_section[styles.section_at(near)], styles.of_page):
        if counted:
            return counted.most_common(1)[0][0], False
    return DateStyle.ISO, False


def _read(citation: Citation, role: str, language: str) -> tuple[DateStyle, bool] | None:
    value = citation.value(role)
    read = parse(value, language) if value else None
    if read is None or read.style is None or read.precision is not Precision.DAY:
        return None
    return read.style, read.abbreviated


class _Styles(NamedTuple):
    """How often access and archive dates are written in each style, in the page and a section."""

    starts: list[int]
    of_section: dict[int, Counter[DateStyle]]
    of_page: Counter[DateStyle]

    def section_at(self, place: int) -> int:
        """The number of the section that a place stands in."""
        return bisect_right(self.starts, place) - 1


def _styles(reading: Reading) -> _Styles:
    starts = [section.start for section in reading.page.sections]
    styles = _Styles(starts, defaultdict(Counter), Counter())
    for citation in reading.once(read_sources).every.things:
        for role in ("archive_date", "access_date"):
            read = _read(citation, role, reading.profile.language)
            if read is not None:
                styles.of_section[styles.section_at(citation.start)][read[0]] += 1
                styles.of_page[read[0]] += 1
    return styles
