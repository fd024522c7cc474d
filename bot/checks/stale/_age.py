"""How old a sentence is at least: the newest date of the sources that hang on it, or of its tags.

The date of an archive says nothing: archives are added long after the sentence was written.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from bot.checks import Reading
from bot.checks.stale._sentences import Statement
from bot.model import Span
from bot.patterns import pattern
from bot.wikitext.dates import parse
from bot.wikitext.prose_dates import dates
from bot.wikitext.template import Reference, Template

_ADDRESS = pattern(r"\[?(?:https?:)?//[^\s\]|}<]+")
_TAG_DATE = pattern(r"(?:[A-Z][a-z]+ )?20[0-9]{2}\Z")
_FIRST_YEAR = 1995


class Age(NamedTuple):
    """A day on which the sentence stood there already, and what proves it (a place in the page)."""

    day: date
    proof: Span
    is_source: bool


def newest_source(statement: Statement) -> Age | None:
    """The newest day that the sentence's references and tags name; None when they name none."""
    found: list[Age] = []
    unknown = False
    for note in statement.notes:
        if isinstance(note, Template):
            cited = statement.reading.vocabulary.is_citation(note.name)
            day = _citation_day(statement.reading, note) if cited else _tag_day(note)
            if day is not None:
                found.append(Age(day, note.span, is_source=cited))
            continue
        reference = _defined(statement.reading, note)
        day = _reference_day(statement.reading, reference) if reference is not None else None
        if day is not None:
            found.append(Age(day, note.span, is_source=True))
        else:
            unknown = True
    sources = [age for age in found if age.is_source]
    if unknown and not sources:
        return None
    return max(found, key=lambda age: age.day, default=None)


def _tag_day(template: Template) -> date | None:
    written = template.value("date").strip()
    if not _TAG_DATE.match(written):
        return None
    read = parse(written)
    return read.last_day if read else None


def _defined(reading: Reading, reference: Reference) -> Reference | None:
    """The reference itself, or the one on the page that gives its name a content."""
    if reference.content.strip():
        return reference
    return reading.once(_references_by_name).get(reference.name)


def _references_by_name(reading: Reading) -> dict[str, Reference]:
    named: dict[str, Reference] = {}
    for reference in reading.page.references:
        if reference.content.strip():
            name = reference.name
            if name:
                named.setdefault(name, reference)
    return named


def _reference_day(reading: Reading, reference: Reference) -> date | None:
    days = [
        _citation_day(reading, template)
        for template in reading.page.templates_in(reference.span)
        if reading.vocabulary.is_citation(template.name)
    ]
    if not days:
        written = _ADDRESS.sub(" ", reference.content)
        if "{{" not in written:
            days.extend(one.last_day for one in dates(written) if one.year >= _FIRST_YEAR)
    return max((day for day in days if day is not None), default=None)


def _citation_day(reading: Reading, template: Template) -> date | None:
    names = reading.vocabulary.parameters(template.name)
    days = []
    for parameter in template.parameters:
        if (
            parameter.name in names.date
            or parameter.name in names.year
            or parameter.name in names.access_date
        ):
            read = parse(parameter.value)
            if read is not None and read.year >= _FIRST_YEAR:
                days.append(read.last_day)
    return max(days, default=None)
