"""The mark that is always offered: {{Update inline}} behind the sentence and its references.

It is written under the name the wiki gives it, and not at all where the wiki has no such template.
"""

from __future__ import annotations

from datetime import date

from bot.checks import Context
from bot.checks.stale._sentences import Statement
from bot.model import Edit, Fix, Safety
from bot.patterns import pattern

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
# What would end the parameter or open something in it.
_MARKUP = pattern(r"[\[\]{}|<>=]+")


def month(day: date) -> str:
    """The month as maintenance tags of the English Wikipedia write it: November 2026."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def mark_outdated(context: Context, statement: Statement, reason: str) -> list[Fix]:
    """The fix that tags the sentence as out of date, saying why; none where no tag is known."""
    tag = outdated_tag(context, reason)
    if tag is None:
        return []
    edit = Edit(statement.behind, "", tag)
    return [Fix("Mark the sentence as out of date", (edit,), Safety.REVIEW)]


def outdated_tag(context: Context, reason: str) -> str | None:
    """{{Update inline|date=…|reason=…}} of this wiki; None when it has none."""
    name, parameter = context.vocabulary.update_inline.written, context.vocabulary.tag_date
    if name is None or parameter is None:
        return None
    why = " ".join(_MARKUP.sub(" ", reason).replace("\ufffc", "").split())
    return f"{{{{{name}|{parameter}={month(context.today)}|reason={why}}}}}"


def mark_undated(context: Context, statement: Statement, index: int) -> list[Fix]:
    """The fix that asks {{When}} directly behind text[:index] of the sentence."""
    name, parameter = context.vocabulary.when.written, context.vocabulary.tag_date
    if name is None or parameter is None:
        return []
    place = statement.place(index - 1, index).end
    tag = f"{{{{{name}|{parameter}={month(context.today)}}}}}"
    return [Fix("Ask when this was", (Edit(place, "", tag),), Safety.REVIEW)]
