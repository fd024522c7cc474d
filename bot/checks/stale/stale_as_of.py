"""A value "as of" a year long gone is told in the present tense.

Why
    "As of 2012, the town has two schools" is honest about its age, but a reader of today wants to
    know about today (WP:ASOF). {{Update after}} that has run out asks for the same.

Example
    As of 2012, the club has 300 members.
    → As of 2012, the club had 300 members.

Left alone
    Dates younger than the number of years you set (5). What is told in the past ("As of 2012, the
    band had sold"), {{As of}} with |alt= or |since=, a census and other history, what began or
    ended then for good ("is discontinued as of 2015"), a value told anew in the next sentence,
    quotations, titles, tables, and sentences that an editor has tagged. Text in other languages.

Fix
    The past tense where the one verb is known surely, which adds no fact, or {{Update inline}}
    behind the sentence; an {{Update after}} that has run out becomes {{Update inline}}. A human
    decides on each.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.checks import Context, check
from bot.checks.stale import _tense
from bot.checks.stale._sentences import Statement, dated, statements, years
from bot.checks.stale._update_inline import mark_outdated, outdated_tag
from bot.model import Edit, Finding, Fix, Safety, Severity, Sureness
from bot.patterns import pattern
from bot.wikitext.dates import Precision, WrittenDate
from bot.wikitext.template import Template

_HINT = r"\b[Aa]s[ \x{a0}]of\b|\{\{[ _]*[Aa]s ?of\b"
# Figures of the years before are still told as of today; older ones are history.
_FIRST_DAY = date(1990, 1, 1)
_YEAR_BEFORE = pattern("19[0-9]{2}")
_AS_OF = pattern(
    r"\b[Aa]s[ \u00a0]of(?:[ \u00a0](?:the[ \u00a0](?:end|beginning|start|close)[ \u00a0]of"
    r"|mid|early|late|about|around|the[ \u00a0]year|the))?[ \u00a0]?\Z"
)
_VERBS = (
    "continues|continue|stands|stand|remains|remain|holds|hold|serves|serve|includes|include"
    "|consists|consist|operates|operate|employs|employ|owns|owns|runs|contains|contain|resides"
    "|reside|lives|live|works|plays|play|ranks|rank|amounts|amount|totals|exceeds|exceed|offers"
    "|offer|provides|provide|maintains|maintain|produces|produce|supports|support|comprises"
    "|comprise|represents|represent|features|appears|appear|boasts|hosts|host|exists|exist|belongs"
    "|leads|account|accounts|attends|attend|publishes|receives|receive|manages|requires|lists"
    "|counts|covers|makes|uses|houses|enrolls|enrols|costs|affects|affect|funds|qualify|thrives"
    "|earns|speak|speaks|belong|carries|carry|attracts|draws|generates|grows|stocks|takes"
)
# "works", "plays", "features" … are nouns as well: these count only right behind a subject.
_NOUNS = pattern(
    r"(?:works|plays|play|hosts|host|houses|ranks|rank|features|supports|support|offers|offer|uses"
    r"|produce|runs|stands|stand|hold|holds|lists|counts|covers|costs|account|accounts|lives|makes"
    r"|amounts|amount|appears|leads|totals|live|reside|include|remain|remains|requires)\Z"
)
_PRESENT = pattern(rf"\b(?:(?P<auxiliary>is|are|has|have|does|do)|(?P<verb>{_VERBS}))\b(?!['’])")
_PAST = pattern(
    r"\b(?:was|were|had|did|became|began|took|won|held|stood|made|said|could|would|remained|continued"
    r"|ranked|reported|estimated that|served|lived|amounted|totalled|totaled|reached|included"
    r"|consisted|operated|employed|owned|contained|counted|passed|released|announced)\b"
)
_CLAUSE_END = pattern(
    r";|,\s(?:and|but|while|although|which|who|with)\b|\b(?:which|who|when|that|where)\b"
)
_CLAUSE_START = pattern(r";|,\s(?:and|but|while|although|with)\s|\b(?:which|who)\b")
_OPENS = pattern(r"(?:[,;:(\u2014]|\b(?:and|but|although|while))\s*\Z")
_HISTORY = pattern(
    r"\bcensus\b|\bat (?:that|the) time\b|\bthen\b|\beffective as of\b", re.IGNORECASE
)
# What came then and stays so, and what was done from then on: no state to be looked at again.
_EVENT = pattern(
    r"(?:is|are)\s(?:now\s|currently\s)?(?:abolished|deceased|defunct|demolished|disbanded"
    r"|discontinued|dissolved|retired|called|known|named|titled)\b"
    r"|has\s(?:since\s|now\s)?been\s(?:abolished|acquired|appointed|closed|created|demolished"
    r"|discontinued|dissolved|established|formed|founded|introduced|launched|merged|moved|renamed"
    r"|replaced|sold|split|taken|transferred)\b"
    r"|has\s(?:since\s|now\s)?(?:become|begun|ceased|changed|joined|left|moved|retired|returned"
    r"|started|stopped|switched)\b"
)
# Behind these an "as of" no longer speaks of the verb before: "is a band based in Ottar as of …".
_ANOTHER_PART = pattern(
    r",(?![0-9]|\s*\Z)|\b(?:and|based|having|located|whose)\b|\bwith\s(?:[a-z]+\s){0,2}[~0-9]|\ban?\s.*\bin\b"
)
_PARTICIPLE = pattern(
    r"\sbeen\s(?:[a-z]+ly\s)?(?:[a-z]+(?:ed|en|wn)|built|held|made|met|put|sold)\b"
)
_JOINED = pattern(r"\b[a-z]{2,}(?<!ne)ed\b[^;]{0,200}\band\s\Z")
_REGULAR_PAST = pattern(r"\b(?<!\ba )(?<!\ban )(?<!\bthe )[a-z]{2,}(?<!ne)ed\b")
_PERFORMED = pattern(r"(?:perform|play|record|sing|air|broadcast|tour|stream)(?:s|ed|ing)?\Z")
_NOW = pattern(r"\s(?:currently|now|presently)\b")
_NEWER = pattern(r"\b(?:no longer|since then|later|subsequently|[Uu]ntil)\b")


@check(
    severity=Severity.WARNING,
    guideline="WP:ASOF",
    trigger=(
        r"\b[Aa]s(?:[\s\x{a0}_]|&nbsp;)+of\b|\{\{\s*[Aa]s ?of\b"
        r"|\{\{\s*(?:[Tt]emplate:\s*)?[Uu]pdate[ _-]?[Aa]fter\b"
    ),
)
def stale_as_of(context: Context) -> Iterator[Finding]:
    """Old "as of" statements in the present tense, and {{Update after}} that has run out."""
    limit = context.today - years(context.settings.as_of_years)
    for statement in statements(context, _HINT, _has_year):
        finding = _old(context, statement, limit)
        if finding is not None:
            yield finding
    yield from _run_out(context)


def _has_year(text: str) -> bool:
    return dated(text) or _YEAR_BEFORE.search(text) is not None


def _old(context: Context, statement: Statement, limit: date) -> Finding | None:
    text = statement.text
    for one in statement.dates:
        lead = _AS_OF.search(text[: one.start])
        if lead is None or not _FIRST_DAY <= one.last_day < limit:
            continue
        if any(other.last_day > one.last_day for other in statement.dates):
            return None
        if _HISTORY.search(text) or _NEWER.search(text):
            return None
        if not statement.readable(lead.start(), one.end) or _spoken_for(statement, one):
            continue
        verb = _verb(text, lead.start(), one.end)
        if verb is None or not statement.readable(*verb.span()):
            continue
        if not statement.stands_free(verb.start()):
            continue
        if _told_anew(statement, limit):
            return None
        if _EVENT.match(text, verb.start()) and not re.search(r"\b[Nn]o\b", text):
            continue
        place = statement.place(lead.start(), one.end)
        written = text[one.start : one.end]
        if one.precision is Precision.DECADE:
            written = f"the {written}"
        mark = mark_outdated(context, statement, f"as of {written}")
        return context.finding(
            place,
            f"The state of {written} is more than {context.settings.as_of_years} years old, yet"
            f' the text says "{verb[0]}"',
            sure=Sureness.LIKELY,
            fixes=[*_reworded(statement, verb, lead.start()), *mark],
        )
    return None


def _told_anew(statement: Statement, limit: date) -> bool:
    """Whether the next sentence is an "as of" that is young enough."""
    following = statement.neighbour(1)
    if following is None or "s of" not in following.text:
        return False
    return any(
        one.last_day >= limit and _AS_OF.search(following.text[: one.start])
        for one in following.dates
    )


def _spoken_for(statement: Statement, one: WrittenDate) -> bool:
    """Whether the date is shown by an {{As of}} whose |alt= or |since= says it otherwise."""
    return any(
        template.name in statement.reading.vocabulary.as_of
        and (template.value("alt") or template.value("since"))
        for template in statement.templates
    )


def _verb(text: str, start: int, end: int) -> re.Match[str] | None:
    """The present verb of the clause that "as of …" (text[start:end]) belongs to."""
    before, after = text[:start], text[end:]
    bracket = before.rfind("(")
    if before.rfind(")") < bracket and before[bracket + 1 :].strip():
        return None  # "(closed as of 2013)" speaks of what stands in the brackets.
    if before.endswith(("and, ", "or, ")):
        return None  # "under the names A and, as of 2011, B"
    opens = not before.strip() or _OPENS.search(before)
    if opens or not _PRESENT.search(before):
        clause = _CLAUSE_END.search(after)
        stop = end + (clause.start() if clause else len(after))
        past = _PAST.search(text, end, stop)
        for match in _PRESENT.finditer(text, end, stop):
            if _JOINED.search(text, end, match.start()):
                return None
            if past is not None and past.start() < match.start():
                return None
            if not _is_noun(match, text[end : match.start()]):
                return match
        if before.rstrip().endswith(("(", ",")) and not past:
            return _last_verb(text, start)
        return None
    return _last_verb(text, start)


def _last_verb(text: str, start: int) -> re.Match[str] | None:
    clause_start = 0
    for boundary in _CLAUSE_START.finditer(text, 0, start):
        clause_start = boundary.end()
    found: re.Match[str] | None = None
    for match in _PRESENT.finditer(text, clause_start, start):
        if _is_noun(match, text[clause_start : match.start()]):
            continue
        found = match
        if match["auxiliary"]:
            break
    if found is not None and found["verb"] and _REGULAR_PAST.search(text, found.end(), start):
        return None  # "The time it takes increased to 36 days as of …"
    if found is not None and _PAST.search(text, clause_start, start):
        past = _PAST.search(text, clause_start, start)
        if past is not None and past.start() > found.start() and found["auxiliary"] is None:
            return None
        if (
            past is not None
            and past.start() < found.start()
            and not re.search(r"\b(?:and|but)\b", text[past.end() : found.start()])
        ):
            return None
    return found


_BEFORE_NOUNS = frozenset(
    """
    the a an its his her their of and or in for to with other all these some many most several two
    three such on by new more from at major published public private local
    """.split()
)


def _is_noun(match: re.Match[str], before: str) -> bool:
    """Whether what stands before makes a noun of the word: a determiner, adjective or number."""
    if not match["verb"] or not _NOUNS.match(match["verb"]):
        return False
    words = before.split()
    if not words:
        return False
    last = words[-1].lower().strip(",")
    if match["verb"].startswith("account") and not match.string.startswith(" for ", match.end()):
        return True
    if match["verb"] == "live" and _PERFORMED.match(last):
        return True
    return last in _BEFORE_NOUNS or last[-1:].isdigit()


def _reworded(statement: Statement, verb: re.Match[str], start: int) -> list[Fix]:
    """The verb in the past, where it is the only one and "as of" is not of a phrase before it."""
    text = statement.text
    if start < verb.start() and text[:start].strip() and not _OPENS.search(text[:start]):
        return []
    if verb[0] in {"is", "are"} and _ANOTHER_PART.search(text, verb.end(), start):
        return []
    if text.startswith(" been ", verb.end()) and not _PARTICIPLE.match(text, verb.end()):
        return []
    others = [
        match
        for match in _PRESENT.finditer(text)
        if match.start() != verb.start()
        and (match["auxiliary"] or not _is_noun(match, text[: match.start()]))
    ]
    if others or re.search(r"\bwill\b", text):
        return []
    now = _NOW.match(text, verb.end())
    edit = statement.edit(verb.start(), now.end() if now else verb.end(), _tense.past(verb[0]))
    if edit is None:
        return []
    return [Fix("Tell it in the past", (edit,), Safety.REVIEW)]


def _run_out(context: Context) -> Iterator[Finding]:
    names = context.vocabulary.update_after
    for section in context.sections:
        for template in context.page.templates_in(section.body):
            if template.name not in names:
                continue
            due = _due(template)
            if due is None or due > context.today:
                continue
            if context.page.reference_at(template.start) is not None:
                continue
            reason = template.value("reason") or f"due since {due.isoformat()}"
            tag = outdated_tag(context, reason)
            fixes = []
            if tag is not None:
                # |text= is what the reader reads there: it stays, and the mark stands behind it.
                edit = Edit(template.start, template.source, template.value("text") + tag)
                fixes.append(
                    Fix("Turn it into the mark of an outdated sentence", (edit,), Safety.REVIEW)
                )
            yield context.finding(
                template.span,
                f"This was to be updated after {due.isoformat()}, which has passed",
                sure=Sureness.CERTAIN,
                fixes=fixes,
            )


def _due(template: Template) -> date | None:
    """The day from which {{Update after}} shows: the day named, else that after the month or year.

    (Template:Update after)
    """
    parts = [template.value(str(number)) for number in (1, 2, 3)]
    if not all(part.isascii() and part.isdecimal() for part in parts if part) or not parts[0]:
        return None
    try:
        year = int(parts[0])
        if not parts[1]:
            return date(year + 1, 1, 1)
        month = int(parts[1])
        if not parts[2]:
            last = calendar.monthrange(year, month)[1]
            return date(year, month, last) + timedelta(days=1)
        return date(year, month, int(parts[2]))
    except (ValueError, calendar.IllegalMonthError, OverflowError):
        return None
