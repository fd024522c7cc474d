"""A rank or score of an old edition of an index is told in the present tense.

Why
    "is the 59th most peaceful country, according to the 2024 index" says of today what was measured
    then (WP:RELTIME). The measure stays true only of its own year.

Example
    The country ranks 12th in the 2019 Widget Report.
    → The country ranked 12th in the 2019 Widget Report.

Left alone
    The edition of this year or the last. Ranks told in the past, all-time lists and records,
    quotations, titles, tables, and sentences that an editor has tagged. Text in other languages.

Fix
    The past tense, which adds no fact, or {{Update inline}} behind the sentence. A human decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.stale import _tense
from bot.checks.stale._sentences import FIRST_WIKI_DAY, RECENT, Statement, dated, statements
from bot.checks.stale._update_inline import mark_outdated
from bot.model import Finding, Fix, Safety, Severity, Sureness
from bot.patterns import pattern
from bot.wikitext.dates import Precision, WrittenDate

# An edition counts as the newest one until the next but one is due.
_EDITIONS_YOUNG = 2
_MEASURES = (
    "Index|Indices|Report|Ranking|Rankings|Survey|List|Barometer|Scoreboard|Scorecard|Review|Table"
    "|Indicators|Assessment|Score|Scale|Poll|Estimates?|Rating|Ratings|Yearbook|Fortune|Forbes"
)
_SOURCE = pattern(rf"\b(?:{_MEASURES}|{_MEASURES.lower()})\b")
_RANK = pattern(
    r"""(?<![\w’'-])(?:
      (?P<be>is|are)\ (?:(?:also|currently|now|still|consistently|generally)\ )?(?:
        (?:ranked|rated|placed|listed|scored|classified|positioned|named|considered)\b
      | (?:the\ |a\ |in\ )?(?:world['’]s\ |\w+['’]s\ |joint\ |only\ |number\ )?
        (?:\d{1,3}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth
          |No\.|one\ of\ the\ (?:\w+-)?(?:most|least|top|highest|lowest|best|worst|\w+est)
          |most|least|highest|lowest|best|worst|largest|smallest|richest|poorest|top|biggest)\b)
    | (?P<verb>ranks|rank|scores|places|stands|rates)
      \ (?:(?:also|currently|consistently|joint|only)\ )?
      (?=\#?\d|number|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|among|as|at
        |in|high|low|highest|lowest|above|below|\w+th\b|\w+st\b)
    | (?P<has>has|have)\ (?:(?:also|currently)\ )?
      (?=(?:an?|the)\ (?:\w+\ ){0,4}?(?:score|rank|ranking|rating|index)\b)
    )""",
    re.VERBOSE,
)
_YEAR = pattern(r"\b20[0-9]{2}\b", re.ASCII)
_HINT = (
    r"(?:is|are) (?:also |currently |now |still )?(?:ranked|rated|placed|listed|scored|classified"
    r"|positioned|named|considered|the |a |in |one |world|[0-9]|first|second|third"
    r"|[fsent][a-z]{2,6}th|No\.|most|least|highest|lowest|best|worst|largest|smallest|richest"
    r"|poorest|top|biggest|[a-zA-Z]+['’]s)"
    r"|ranks? |scores |places |stands |rates |ha(?:s|ve) (?:also |currently )?(?:an?|the) "
)
_ALL_TIME = pattern(
    r"\b(?:all[- ]time|of all time|ever|in history|record|since|of the (?:20th|21st) century"
    r"|greatest|best (?:[a-z]+ ){0,2}(?:albums|artists|books|films|games|guitarists|movies|novels"
    r"|players|shows|singers|singles|songs))\b",
    re.IGNORECASE,
)
# For the trigger, which sees the source: an edition is named in one breath. What stands between its
# year and the measure has no sign of a sentence, but markup may hide anything.
_MEASURE = rf"\b(?:{_MEASURES}|{_MEASURES.lower()})\b"
_MARKUP = r"\[[^\]\n]*|[{<][^\n]*|&[#0-9A-Za-z]*;?"


@check(
    severity=Severity.WARNING,
    guideline="WP:RELTIME",
    trigger=(
        rf"{RECENT}(?:[^.,;:()\[{{<&\n]|{_MARKUP})*{_MEASURE}"
        rf"|{_MEASURE}(?:[^.;:\[{{<&\n]|{_MARKUP})*{RECENT}"
    ),
)
def stale_ranking(context: Context) -> Iterator[Finding]:
    """Sentences that tell a dated measure as if it were of today."""
    for statement in statements(context, _HINT, dated):
        if not _YEAR.search(statement.text) or _ALL_TIME.search(statement.text):
            continue
        finding = _measured(context, statement)
        if finding is not None:
            yield finding


def _measured(context: Context, statement: Statement) -> Finding | None:
    text = statement.text
    if not _SOURCE.search(text):
        return None
    edition = _edition(context, statement)
    if edition is None:
        return None
    for match in _RANK.finditer(text):
        verb = match["be"] or match["verb"] or match["has"]
        end = match.start() + len(verb)
        if not statement.readable(match.start(), end):
            continue
        if edition.start > match.end():
            apart = text[match.end() : edition.start]
        else:
            apart = text[edition.end : match.start()]
            if "," not in apart:  # "The 2014 report is one of the longest."
                continue
        if len(apart) > 220 or _OTHER_CLAUSE.search(apart):
            continue
        if match["be"] and _is_no_rank(text, match):
            continue
        if not statement.stands_free(match.start()):
            continue
        edit = statement.edit(match.start(), end, _tense.past(verb))
        reworded = [Fix("Tell it of its year", (edit,), Safety.REVIEW)] if edit else []
        if len(_PRESENT.findall(text)) > 1 or ", and " in apart:
            reworded = []
        written = text[edition.start : edition.end]
        start = min(match.start(), edition.start)
        return context.finding(
            statement.place(start, max(match.end(), edition.end)),
            f'The measure is from {written}, yet the text says "{match[0].strip()}"',
            sure=Sureness.LIKELY,
            fixes=[
                *reworded,
                *mark_outdated(context, statement, f"the measure is from {written}"),
            ],
        )
    return None


def _is_no_rank(text: str, match: re.Match[str]) -> bool:
    if _NO_RANK.search(match[0]):
        return _RANK_FOLLOWS.search(text, match.end()) is None
    if _FIRST_TO.match(text, match.end()):
        return True
    return not _RANKED.search(match[0]) and _FINDINGS.issuperset(_SOURCE.findall(text))


_OTHER_CLAUSE = pattern(
    r";|\b(?:was|were|had|became|opened|founded|found|built|established|released|began|won|did|which"
    r"|who|when|where|but|while|although)\b"
)
# Being named or listed is no rank, nor is "the second woman to …"; what a survey or a report finds
# to be tall or old stays so.
_NO_RANK = pattern(
    r"(?:is|are)\s(?:[a-z]+\s)?(?:named|considered|classified|listed|rated|placed|positioned)\Z"
)
_RANK_FOLLOWS = pattern(
    r"\b(?:[0-9]{1,3}(?:st|nd|rd|th)|No\.|number|first|second|third|fourth|fifth|sixth|seventh|eighth"
    r"|ninth|tenth|among|one of|most|least|lowest|highest|top|best|worst)\b|#[0-9]"
)
_FIRST_TO = pattern(r"\s(?:[a-z]+\s){1,3}to\s(?!(?:be|the|an?|its|their)\b)[a-z]")
_RANKED = pattern(r"ed\Z|[0-9]")
_FINDINGS = frozenset({"assessment", "report", "review", "survey"})
_PRESENT = pattern(r"\b(?:is|are|has|have|ranks|scores)\b")


def _edition(context: Context, statement: Statement) -> WrittenDate | None:
    """The year of the edition named; None when none is, or a young one as well."""
    text = statement.text
    newest = context.today.year - _EDITIONS_YOUNG
    found: WrittenDate | None = None
    for one in statement.dates:
        if one.last_day.year > newest:
            return None
        if one.precision not in (Precision.YEAR, Precision.RANGE) or one.month is not None:
            continue
        if one.last_day < FIRST_WIKI_DAY:
            continue
        follows = text[one.end : one.end + 90]
        measured = _MEASURE_FOLLOWS.match(follows)
        behind = _MEASURE_BEFORE.search(text[: one.start])
        if measured or behind:
            found = one
    return found


_MEASURE_FOLLOWS = pattern(
    rf"(?:[ \u00a0]+[\w’'&–-]+){{0,7}}?[ \u00a0]+(?:{_MEASURES}|index|report|rankings?|survey|list"
    r"|poll)\b"
)
_MEASURE_BEFORE = pattern(
    rf"\b(?:{_MEASURES}|index|report|rankings?|survey|list)\b[\"”'’]*"
    r"(?:,?[ \u00a0]+(?:for|of|in|as of|published in)(?:[ \u00a0]+the[ \u00a0]+year)?"
    r"[ \u00a0]+(?:the[ \u00a0]+)?|[ \u00a0]+\()\Z"
)
