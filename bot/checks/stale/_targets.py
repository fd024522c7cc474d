"""Which date a verb aims at: "will host the Games in 2015", "By 2015 it is to …", "bid for 2017".

A date elsewhere in the sentence proves nothing ("will replace the bridge built in 1950", "the first
since 2010"), so a date counts only when nothing between it and the verb opens another thought.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from bot.checks.stale._sentences import FIRST_WIKI_DAY, Statement
from bot.checks.stale._tense import FINITE_PAST
from bot.patterns import pattern
from bot.wikitext.dates import Precision, WrittenDate


class Target(NamedTuple):
    """A date that is over: text[start:end] of the sentence, its last day, and how it reads.

    `aimed` is False for a day that the verb does not aim at, but is told of.
    """

    start: int
    end: int
    last_day: date
    written: str
    aimed: bool = True


EVENT = (
    "Games|Olympics|Paralympics|Cups?|Championships?|Elections?|Tournament|Expo|Exposition|Congress"
    "|Conference|Summit|Census|Festival|Tour|Finals?|Contest|Ceremony|Awards?|Grand Prix|Convention"
    "|Marathon|Open|Biennale|Universiade|Euro|Eurovision|Referendum|Jubilee|Trophy|Playoffs"
)
EVENT_FOLLOWS = pattern(
    rf"(?:[ \u00a0](?!and\b|or\b|in\b|of\b|for\b)[\w’'&–-]+){{0,5}}?[ \u00a0](?:{EVENT}"
    rf"|{EVENT.lower()}|season|term|terms|period|biennium|cycle|session|edition|academic year"
    r"|school year|fiscal year|financial year|budget|election cycle|deadline|target)\b"
)
# Behind the noun of a whole subject: "The 2015 Lake Games in Ottar will", not "… winners will".
_HEAD = pattern(rf"\s*(?:\Z|[,(–]|(?:{EVENT}|in|of|at|on|for|between|also|itself|currently)\b)")
_EVENT_TITLE = pattern(rf"\b(?:{EVENT}|{EVENT.lower()}|season)\b")
_ANOTHER_THOUGHT = pattern(
    r";|:|\.\.\.|[ \u00a0]–[ \u00a0]|—|\)"
    r"|,\s*(?:(?:which|who|whose|whom|where|after|following|since|because|although|though|while"
    r"|having|as|but|unlike|despite|previously|originally|formerly|founded|created|established"
    r"|named|known|replacing|succeeding|so|making|compared)\b|and\s+(?:[\w’'-]+\s+){0,4}?"
    r"(?:was|were|had|has|have|is|are|will)\b)"
    r"|\b(?:was|were|had|did|became|began|took|won|went|said|announced|has been|have been|has|than"
    r"|since|following|according|compared|previously|originally|ago)\b"
    r"|\b(?:that|who|which|where|when|after|before|until|whose)\b.{0,80}\b(?:[a-z]{2,}ed|is|are)\b",
    re.DOTALL,
)
# The same, looked for last: what looks back ("to repeat its win in 2015"), and conditions.
_BACKWARDS = pattern(
    r"\b(?:if|unless|most recently|years after|based on|remembered|noted|commemorat\w+|honou?r"
    r"|examine|investigate|to mark|avenge|explain|improve (?:up)?on|know|lost|overturn|portray"
    r"|recover|regain|repeat|replicate|reverse|(?:could|might|should|would) have"
    r"|(?:about|on) the year)\b"
)
# Words directly before a date that make it the time aimed at.
_LEADS = pattern(
    r"\b(?:for|in|during)\s+the\s+(?:period|term)\s+\Z|(?:\b(?:in|by|on|for|during|at|until|till|to|from|between|around|about|and|or|through|late"
    r"|early|mid|before|beginning|starting|circa|throughout|release|launch|opening|completion"
    r"|start|the)|,|–|\()\s*(?:the\s+)?(?:(?:the\s+)?(?:fiscal\s+|financial\s+)?years?\s+|about\s+"
    r"|around\s+|approximately\s+)?\Z",
    re.IGNORECASE,
)
_LOOKS_BACK = pattern(
    r"\b(?:since|after|than|following|of|like|unlike|original|previous|last|old|existing|former"
    r"|per|with|under|over|against|using|outside)\s+(?:the\s+|its\s+|their\s+|his\s+|her\s+|an?\s+)?"
    r"(?:(?:end|beginning|start|middle|summer|spring|autumn|winter|year|years)\s+(?:of\s+)?"
    r"(?:the\s+)?)?\Z",
    re.IGNORECASE,
)
BELONGS = pattern(
    r"\b(?:(?<!to )(?<!will )(?:accident|assassination|attacks?|bombings?|closure|collapse"
    r"|collision|coup|crash|deaths?|defeat|disappearance|disaster|dismissal|earthquakes?|eruption|explosion"
    r"|fires?|floods?|hit-and-run|hurricane|invasion|killings?|loss(?:es)?|massacre|murders?|outbreak|riots?|ruling"
    r"|scandal|shootings?|success|verdict"
    r"|sinking|storms?|strikes?|suicide|tsunami|uprising|war)\s+(?:in|on|of|during)"
    r"|(?:documents|drawings|films|images|letters|paintings|photographs|photos|pictures|recordings|songs|works)"
    r"\s+(?:from|of|between)|(?:set|in\s+force|like|as)\s+in)\s+(?:the\s+)?(?:year\s+)?\Z"
)
"""Ends where the date is that of an event nobody plans, of works, or of a story: "the fire in"."""

# "by the end of the year 2012" looks ahead.
_PART_OF_YEAR = pattern(
    r"\b(?:end|start|beginning|middle|half|quarter|summer|spring|autumn|winter|month|season)\s+of"
    r"\s+(?:the\s+)?(?:years?\s+)?\Z"
)
_DETERMINED = pattern(r"(?:\b(?:the|its|their|his|her|our|an?)|[’']s?)\s+\Z", re.IGNORECASE)
# "the bridge built in 1950": the date belongs to the participle, unless that is our verb's own.
_PARTICIPLE = pattern(
    r"(?:(?P<before>[\w’'-]+),?|\A)\s+(?!(?:expected|scheduled|planned|slated|targeted|projected|forecast"
    r"|anticipated|estimated|hoped)\s)(?:[a-z]{2,}(?<!ne)ed|built|held|made|won|set|begun|shown|written|fought|found|lost"
    r"|broken|bought|brought|caught|chosen|fallen|frozen|hidden|kept|shot|stolen|thrown|torn"
    r"|born|sent|taken|given|known|seen|left|sold|struck|laid|drawn|put)\s+(?:back\s+|up\s+)?"
    r"(?:in|on|by|for|from|during|to|between|at|around|until|before)\s+(?:the\s+|about\s+)?\Z"
)
_OWN_VERB = frozenset(
    """be been get gets being and or also not first fully newly finally officially initially jointly
    partially completely formally publicly commercially to is are currently expected scheduled
    """.split()
)
_BE = pattern(r"\b(?:are|be|been|being|gets?|is|to)\b")
_OPENING = pattern(
    r"(?:(?:But|And|Also|Then|Thus|However|[A-Z][a-z]+ly|Furthermore|Moreover),?\s+)?"
    r"(?i:In|By|On|From|During|For|Until|Starting(?:\s+in|\s+from|\s+on)?|Beginning(?:\s+in|\s+with)?"
    r"|At|Around|As\s+from|Effective(?:\s+from)?|Before"
    r"|(?:When|Once)\s+(?:it\s+is\s+)?[a-z]+(?:ed|lt)\s+(?:in|by|on))"
    r"\s+(?:the\s+|about\s+|around\s+|early\s+|late\s+|mid-?)?\Z"
)
_FOR_A = pattern(r"\bfor\s+an?\s+\Z")
_RELEASE = pattern(
    r"[ \u00a0](?:[a-z]+[ \u00a0])?(?:completion|debut|delivery|launch|opening|premiere|publication"
    r"|release|start)\b"
)
_ENDS = pattern(
    r"\s*(?:[.;)\ufffc]|\Z|,?\s(?:and|with|but|at|after|when|as)\b"
    r"|,\s*(?:and|with|but|when|while|as|which|the first|making)\b)"
)
_CLAUSE_BEGINS = pattern(r"\b(?:has|have|is|are|that|because|after|before|since)\b")
_LONGEST_GAP = 260


def over(statement: Statement, end: int, *, start: int | None = None) -> Target | None:
    """The date that the verb text[start:end] aims at, when it is past; None otherwise.

    None also when any date of the sentence is still to come or not yet over: then the statement may
    hold still. Of several dates that the verb aims at, the latest counts.
    """
    today = statement.reading.today
    if any(one.last_day >= today for one in statement.dates):
        return None
    text = statement.text
    found = [
        _target(text, one)
        for one in statement.dates
        if one.start >= end and _aimed_at(text, end, one)
    ]
    for linked in statement.linked_dates:
        if linked.date.last_day >= today:
            return None
        link = statement.prose.link_at(statement.sentence.start + linked.start)
        if (
            linked.start >= end
            and link is not None
            and _EVENT_TITLE.search(link[2].target)
            and not _broken(text[end : linked.start])
            and not _LOOKS_BACK.search(text[end : linked.start])
            and not _BACKWARDS.search(text[end : linked.start])
        ):
            found.append(Target(linked.start, linked.end, linked.date.last_day, link[2].title))
    if not found and start is not None:
        opening = next(iter(statement.dates), None)
        if opening is not None and opening.end <= start and _opens(text, opening, start):
            found.append(_target(text, opening))
    latest = max(found, key=lambda target: target.last_day, default=None)
    if latest is None or not FIRST_WIKI_DAY <= latest.last_day < today:
        return None
    return latest


def _target(text: str, one: WrittenDate) -> Target:
    return Target(one.start, one.end, one.last_day, text[one.start : one.end])


def _broken(gap: str) -> bool:
    return len(gap) > _LONGEST_GAP or _ANOTHER_THOUGHT.search(gap) is not None


def _aimed_at(text: str, end: int, one: WrittenDate) -> bool:
    gap = text[end : one.start]
    if _broken(gap) or one.precision is Precision.DECADE:
        return False
    if _LOOKS_BACK.search(gap) and not _PART_OF_YEAR.search(gap):
        return False
    if BELONGS.search(gap) or _BACKWARDS.search(gap):
        return False
    if text[one.end : one.end + 1] == "-" or text[one.start - 1 : one.start] == "(":
        return False
    participle = _PARTICIPLE.search(gap)
    if participle is not None and not _is_own(participle, gap):
        return False
    if _FOR_A.search(gap):
        return _RELEASE.match(text, one.end) is not None
    bare_year = one.month is None and one.precision is not Precision.PART
    if bare_year and (_DETERMINED.search(gap) or EVENT_FOLLOWS.match(text, one.end)):
        return EVENT_FOLLOWS.match(text, one.end) is not None
    if not _LEADS.search(gap) and one.month is None:
        return False
    # "…, on 16 May 1989, four bishops submitted": a comma on both sides opens a clause of its own.
    comma = gap.rfind(",")
    if comma >= 0 and len(gap) - comma <= 14:
        return _ENDS.match(text, one.end) is not None
    return True


def _is_own(participle: re.Match[str], gap: str) -> bool:
    """Whether a participle is our verb's own: "will be first shown", not "a plan first shown"."""
    before = participle["before"]
    return before is not None and before.lower() in _OWN_VERB and _BE.search(gap) is not None


def _opens(text: str, one: WrittenDate, start: int) -> bool:
    """Whether the sentence begins with the date, and nothing but a subject is between it and us."""
    event = EVENT_FOLLOWS.match(text, one.end) if text[: one.start] == "The " else None
    edition = event is not None and _HEAD.match(text[event.end() : start]) is not None
    if not edition and not _OPENING.fullmatch(text, 0, one.start):
        return False
    gap = text[one.end : start]
    if len(gap) > 120 or re.search(r"[;:]", gap):
        return False
    return FINITE_PAST.search(gap) is None and _CLAUSE_BEGINS.search(gap) is None
