"""Something is told as of now, and its own source or date shows that this now is long past.

Why
    "Currently", "recently", "this year" tell a reader nothing when he cannot know when they were
    written (WP:RELTIME). The words alone are no mistake: only with proof of their age are they
    reported, and mostly as a prompt to look.

Example
    The club is currently looking for a ground.<ref>''Club News'', 2 May 2011.</ref>
    → The club is, {{As of|2011|lc=y}}, looking for a ground.<ref>…</ref>

Left alone
    Words without proof of age, or with a source of the last years (5, unless you set another
    number). "Most recently in 2022", "had recently", "until recently", the "currently active" of
    technical texts, "now known as", what is a matter of naming or of science, quotations, titles,
    tables, and sentences that an editor has tagged. Text in other languages.

Fix
    {{As of}} with the year of the newest source is only a suggestion: whether the source says so is
    for a human to see. {{When}} behind the word, or {{Update inline}} behind the sentence. Where
    the sentence itself names the past time, "is currently" → "was". A human decides on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.checks import Context, check
from bot.checks.stale import _tense
from bot.checks.stale._age import Age, newest_source
from bot.checks.stale._sentences import FIRST_WIKI_DAY, RECENT, Statement, statements, years
from bot.checks.stale._targets import BELONGS, EVENT_FOLLOWS
from bot.checks.stale._update_inline import mark_outdated, mark_undated
from bot.checks.stale.stale_future import is_future
from bot.checks.stale.stale_ongoing import ongoing
from bot.model import Edit, Finding, Fix, Safety, Severity, Span, Sureness
from bot.patterns import pattern
from bot.wikitext.blocks import CAPTION
from bot.wikitext.dates import Precision, WrittenDate

_NOW = r"[Cc]urrently|[Pp]resently|[Aa]t\ present|[Aa]t\ the\ moment|[Nn]owadays"
_WORD = pattern(
    rf"""(?<![\w’'-])(?:
      (?P<now>{_NOW})\b(?!-)
    | (?P<recently>(?:[Hh]as\ |[Hh]ave\ )?[Rr]ecently)\b(?!-)
    | (?P<other>(?:[Ll]ater\ |[Ee]arlier\ )?[Tt]his\ (?:year|season|month)\b
      |(?<=,\ )to\ date\b(?=[,.]|\Z)|[Tt]o\ date(?=,)|[Ss]o\ far\ this\ (?:year|season)\b
      |(?<=is\ )now(?=\ (?:planning|working|seeking|preparing|recording|developing|considering
        |negotiating|looking|being\ (?:built|developed|planned|constructed|renovated|prepared))\b))
    )""",
    re.VERBOSE,
)
_OFFICE = pattern(
    r"\b(?:(?:[Vv]ice[- ])?[Pp]resident|[Pp]rime [Mm]inister|[Cc]hancellor|[Pp]remier"
    r"|[Mm]ayor|[Gg]overnor|[Ss]peaker|(?:[Cc]hief|[Ff]irst|[Ff]oreign) [Mm]inister"
    r"|[Ss]ecretary[- ][Gg]eneral|[Oo]ffice)\b"
)
_HINT = (
    r"[Cc]urrently|[Pp]resently|[Aa]t present|[Aa]t the moment|[Nn]owadays|[Rr]ecently"
    r"|[Tt]his (?:year|season|month)|[Tt]o date|is now|[Ss]ince "
)
# Names, places in a system and matters of science change with a source, not with time.
_LASTING = pattern(
    r"\A\s*(?:\w+ly\s)?(?:known|called|named|termed|spelled|spelt|classified|regarded|believed|thought"
    r"|understood|recogni[sz]ed|accepted|considered|defunct|extinct|part\sof|located|situated|placed"
    r"|in\sforce|active|selected|loaded|running|used\sto|defined|no\b|unknown|unclear|not\sknown"
    r"|available|valid|open|visible|viewed|logged|assigned|executing|within|on\sdisplay)\b"
)
_ATTRIBUTIVE = pattern(
    r"\b(?:the|a|an|any|all|each|every|of|its|their|whose|this|that|which|only|most|these|other|some"
    r"|more|until|as|with|no)\s+\Z",
    re.IGNORECASE,
)
_NOT_RECENT = pattern(
    r"\b(?:most|more|until|till|only|had|was|were|been|as|very|too|the|a|an|how|quite|having|comparatively|relatively"
    r"|fairly)\s+\Z",
    re.IGNORECASE,
)
# "Recently" of the wiki's own time, not of the time that a history tells of.
_AT_ONCE = (
    "announced|launched|opened|released|signed|completed|introduced|started|began|added|joined"
    "|published|moved|acquired|won|adopted|approved|discovered"
)
_DONE = pattern(rf"\s+(?:{_AT_ONCE})\b")
_NARRATED = pattern(r"\b(?:was|were|had|would|did)\b")
_PRESENT = pattern(r"\b(?:is|are|has|have|do|does)\b")
_PAST_BEFORE = pattern(r"\b(?:was|were|had|would|did)\s+(?:\w+\s)?\Z")
_PROGRESSIVE = pattern(
    r"\s+(?:(?:undergo|work|record|tour|writ|plan|prepar|negotiat|develop|build|construct|film|seek|try"
    r"|look|mix|finish|reunit|rehears)\w*ing|being\s\w+(?:ed|t|n)|under\s(?:construction|development"
    r"|way)|in\s(?:the\sprocess|talks|negotiations|development|production|pre-production))\b"
)
_ITS_TIME = pattern(
    r"\b(?:during|in|for|on|throughout)\s+(?:the\s+|its\s+|their\s+|his\s+|her\s+)?\Z|,?\s*and\s+the\s+\Z"
)
_ON_ITS_DAY = pattern(r"[^,;:()]{2,100}\s(?:in|on)\s")
_BRACKETS = pattern(r"\([^()]{0,60}\)")
_APPOSITIVE = pattern(r"(?:[—(,]|\s–\s)\s*\Z")
_APPOSITIVE_END = pattern(r"\s*(?:[—),.;]|\s–\s)")
# "the seal of the president", "head office"; and what else may be said of an office.
_NO_OFFICE = pattern(
    r"\b(?:(?<!office )of\s(?:the\s)?[a-z]+(?:\s[a-z]+)?|(?:box|head|post|ticket)\soffice)\Z",
    re.IGNORECASE,
)
_NOT_HELD = pattern(
    r"\s(?:directly\s)?(?:appointed|chosen|elected|paid|vacant|open|closed|without|an?\spost)\b"
)
_OTHER_TIME = pattern(
    r"\b(?:built|born|founded|opened|established|completed|designed|made|created|dated|dating"
    r"|released|published|won|held|since|until|from|after|before|was|were|had|did|[a-z]{3,}ed)\b"
)
# Whatever the date may belong to instead: "in prison for fraud in 2005", "a museum, …, in 2005".
_OTHER_THING = pattern(
    r",|\b(?:about|after|against|at|by|for|from|into|on|over|than|to|with|wins?|winners?"
    r"|champions?)\b"
)
# "used to date, as a rule, bones", and "during this season" of a history.
_TO_DATE = pattern(
    r"\b(?:able|attempts?|carbon|difficult|enough|hard|helps?|how|methods?|order|possible|techniques?"
    r"|tools?|try|trying|used|way)\s\Z"
)
_OF_THIS = pattern(r"\b(?:at|by|during|for|from|in|of|until)\s\Z", re.IGNORECASE)
_MOMENT = pattern(r"\s+(?:an?|he|his|her|it|its|of|she|that|the|their|they|when|where)\b")
_TEN_YEARS = 10

# For the trigger, which sees the source: what may stand between words, how words begin or end.
_APART = r"[\s&;nbp'\[\]]+"
_OFFICES = "resident|inister|hancellor|remier|ayor|overnor|peaker|eneral|ffice"
_UNDER_WAY = "plan|work|seek|prepar|record|develop|consider|negotiat|look|being"


@check(
    severity=Severity.ADVICE,
    guideline="WP:RELTIME",
    trigger=(
        r"\b(?:[Cc]urrently|[Pp]resently|[Aa]t\s+present|[Aa]t\s+the\s+moment|[Nn]owadays"
        r"|[Tt]his\s+(?:year|season|month)|[Tt]o\s+date)\b"
        rf"|\bRecently\b|(?m:^[*#:; \t]*recently)\b|\b[Hh]a(?:s|ve){_APART}recently\b"
        rf"|\brecently{_APART}(?:{_AT_ONCE})\b|\bis{_APART}now{_APART}(?:{_UNDER_WAY})"
        rf"|(?:{_OFFICES})\b[^\n]*\b[Ss]ince{_APART}[^\n]*{RECENT}"
        rf"|\b[Ss]ince{_APART}[^\n]*{RECENT}[^\n]*(?:{_OFFICES})\b"
    ),
)
def stale_current(context: Context) -> Iterator[Finding]:
    """Relative words of time whose sentence is provably old."""
    limit = context.today - years(context.settings.as_of_years)
    for statement in statements(context, _HINT):
        if any(one.last_day >= limit for one in statement.dates):
            continue
        finding = _relative(context, statement, limit) or _in_office(context, statement, limit)
        if finding is not None:
            yield finding


def _relative(context: Context, statement: Statement, limit: date) -> Finding | None:
    text = statement.text
    for match in _WORD.finditer(text):
        if not statement.readable(match.start(), match.end()) or _is_other(text, match):
            continue
        if is_future(statement) or ongoing(statement):
            return None
        if not statement.stands_free(match.start()):
            return None
        own = _own_time(statement, match, limit)
        if own is not None:
            return _of_its_own_date(context, statement, match, own)
        age = newest_source(statement)
        if age is not None:
            if FIRST_WIKI_DAY <= age.day < limit and _is_claim(statement, match):
                return _of_its_source(context, statement, match, age)
            return None
        if match["now"] and _names_holder(statement, match):
            return _finding(
                context,
                statement,
                match,
                f'The reader cannot know when "{match[0]}" was, and who holds an office changes',
                statement.place(match.start(), match.end()),
                mark_undated(context, statement, match.end()),
                "who holds the office may have changed",
            )
        told = _told_before(statement, limit)
        if told is not None and match["now"] and _PROGRESSIVE.match(text, match.end()):
            return _finding(
                context,
                statement,
                match,
                f'What stands before it dates from {told.year}, yet the text says "{match[0]}"',
                statement.place(match.start(), match.end()),
                mark_undated(context, statement, match.end()),
                f"what stands before it dates from {told.year}",
            )
    return None


def _is_other(text: str, match: re.Match[str]) -> bool:
    """Whether the word is used otherwise than to tell of the time of writing."""
    before, after = text[: match.start()], text[match.end() :]
    if match["now"]:
        return bool(
            _ATTRIBUTIVE.search(before)
            or _PAST_BEFORE.search(before)
            or _LASTING.match(after)
            or re.match(r"\s*\(?since\b", after)
            or (match["now"].endswith("moment") and _MOMENT.match(after))
        )
    if match["recently"]:
        if " " not in match["recently"] and not (
            before == "" or (_DONE.match(after) and not _NARRATED.search(text))
        ):
            return True
        return bool(_NOT_RECENT.search(before) or re.match(r"\s+(?:as|enough)\b", after))
    if match["other"].endswith("to date"):
        return bool(_TO_DATE.search(before) or _tense.FINITE_PAST.search(before))
    if _OF_THIS.search(before) or _tense.FINITE_PAST.search(text):
        return True
    return bool(_PAST_BEFORE.search(before) or re.match(r"\s(?:is|when|which|that)\b", after))


def _own_time(statement: Statement, match: re.Match[str], limit: date) -> WrittenDate | None:
    """The past time that the clause of "currently" itself is told of."""
    text = statement.text
    if match["other"]:
        return None
    for one in statement.dates:
        if one.start < match.end() or not FIRST_WIKI_DAY <= one.last_day < limit:
            continue
        if match["recently"]:
            if _ON_ITS_DAY.fullmatch(text, match.end(), one.start):
                return one
            continue
        between = _BRACKETS.sub("", text[match.end() : one.start])
        lead = _ITS_TIME.search(between)
        if (
            len(between) < 120
            and lead is not None
            and not _OTHER_TIME.search(between)
            and not BELONGS.search(between)
            and _goes_with(text, between, lead, one)
            and not re.search(r"[;:(]|\b(?:which|who|that|where)\b", between)
        ):
            return one
    return None


def _goes_with(text: str, between: str, lead: re.Match[str], one: WrittenDate) -> bool:
    """Whether the date behind `lead` can be of the clause, and not of a thing named before it."""
    if " and " in lead[0]:
        return one.precision is Precision.RANGE
    if _OTHER_THING.search(between, 1, lead.start()):
        return False
    bare = one.precision is Precision.YEAR and not lead[0].strip().endswith("in")
    return not (bare and "in " in lead[0]) or EVENT_FOLLOWS.match(text, one.end) is not None


def _is_claim(statement: Statement, match: re.Match[str]) -> bool:
    """Whether the word goes with a verb of its own clause, and no date tells its time."""
    text = statement.text
    if match["recently"]:
        return not statement.dates
    if match["now"]:
        clause = text[max(0, match.start() - 60) : match.end() + 60]
        return _PRESENT.search(clause) is not None or match.start() == 0
    return not statement.dates


def _told_before(statement: Statement, limit: date) -> date | None:
    """The newest day that the two sentences before name, when it is old; None otherwise."""
    if statement.dates:
        return None
    days: list[date] = []
    for distance in (-1, -2):
        other = statement.neighbour(distance)
        if other is None:
            break
        days.extend(one.last_day for one in other.dates)
        age = newest_source(other)
        if age is not None:
            days.append(age.day)
    newest = max(days, default=None)
    if newest is None or not FIRST_WIKI_DAY <= newest < limit:
        return None
    following = statement.neighbour(1)
    if following is not None and any(one.last_day >= limit for one in following.dates):
        return None
    return newest


def _names_holder(statement: Statement, match: re.Match[str]) -> bool:
    """Whether it reads "—currently [[Name]]—": an appositive that names who holds an office."""
    if not _APPOSITIVE.search(statement.text[: match.start()]):
        return False
    place = statement.sentence.start + match.end() + 1
    link = statement.prose.link_at(place)
    if link is None or link[0] != place:
        return False
    words = link[2].title.split(" (")[0].split()
    return (
        2 <= len(words) <= 4
        and all(word[:1].isupper() for word in words)
        and _APPOSITIVE_END.match(statement.text, link[1] - statement.sentence.start) is not None
    )


def _of_its_own_date(
    context: Context, statement: Statement, match: re.Match[str], own: WrittenDate
) -> Finding:
    text = statement.text
    written = text[own.start : own.end]
    fixes: list[Fix] = []
    verb = re.search(r"\b(is|are) \Z", text[: match.start()])
    if match["recently"] and match["recently"].endswith("recently"):
        word = match.end() - len("recently")
        edit = statement.edit(word, match.end() + 1, "")
        if edit is not None and word > 0:
            fixes.append(Fix("Leave the word out", (edit,), Safety.REVIEW))
    elif verb is not None and len(_PRESENT.findall(text)) == 1:
        edit = statement.edit(verb.start(), match.end(), _tense.past(verb[1]))
        if edit is not None:
            fixes.append(Fix("Tell it of its time", (edit,), Safety.REVIEW))
    return context.finding(
        statement.place(match.start(), own.end),
        f'{written} is over, yet the text says "{match[0]}"',
        sure=Sureness.LIKELY,
        severity=Severity.WARNING,
        fixes=[*fixes, *mark_outdated(context, statement, f"{written} has passed")],
    )


def _of_its_source(
    context: Context, statement: Statement, match: re.Match[str], age: Age
) -> Finding:
    proof = "newest source" if age.is_source else "tag"
    return _finding(
        context,
        statement,
        match,
        f'The {proof} of the sentence is from {age.day.year}, yet it says "{match[0]}"',
        age.proof,
        [
            *(_as_of(context, statement, match, age) if age.is_source else []),
            *mark_undated(context, statement, match.end()),
        ],
        f"the {proof} is from {age.day.year}",
    )


def _finding(
    context: Context,
    statement: Statement,
    match: re.Match[str],
    what: str,
    proof: Span,
    fixes: list[Fix],
    reason: str,
) -> Finding:
    place = statement.place(match.start(), match.end())
    return context.finding(
        place,
        what,
        sure=Sureness.LOOK,
        related=[] if proof == place else [proof],
        fixes=[*fixes, *mark_outdated(context, statement, reason)],
    )


def _as_of(context: Context, statement: Statement, match: re.Match[str], age: Age) -> list[Fix]:
    """{{As of}} with the year of the source in the place of "currently"; a suggestion."""
    name = context.vocabulary.as_of.written
    if name is None or not match["now"]:
        return []
    text, year = statement.text, age.day.year
    edit: Edit | None = None
    if text.startswith(" and ", match.end()):
        return []
    if match.start() == 0:
        comma = "" if text[match.end() : match.end() + 1] == "," else ","
        edit = statement.edit(0, match.end(), f"{{{{{name}|{year}}}}}{comma}")
    elif re.search(r"\b(?:is|are|has|have) \Z", text[: match.start()]):
        end = match.end() + (text[match.end() : match.end() + 1] == ",")
        edit = statement.edit(match.start() - 1, end, f", {{{{{name}|{year}|lc=y}}}},")
    if edit is None:
        return []
    return [Fix(f"Date it with the year of its source, {year}", (edit,), Safety.SUGGESTION)]


def _in_office(context: Context, statement: Statement, limit: date) -> Finding | None:
    """A president "since 2007" in a caption, or with nothing but old sources."""
    text = statement.text
    if "ince" not in text or " had " in text:
        return None
    office = _OFFICE.search(text)
    if office is None:
        return None
    for one in statement.dates:
        lead = re.search(r"\b[Ss]ince\s+\Z", text[: one.start])
        if lead is None or not one.last_day >= FIRST_WIKI_DAY:
            continue
        if one.last_day >= context.today - years(_TEN_YEARS) or len(statement.dates) > 1:
            return None
        if not _holds(text, lead.start(), office):
            return None
        if statement.block.kind != CAPTION:
            age = newest_source(statement)
            if age is None or age.day >= limit:
                return None
        if not statement.readable(lead.start(), one.end):
            return None
        written = text[one.start : one.end]
        return context.finding(
            statement.place(lead.start(), one.end),
            f"An office held since {written} may have changed hands, and no newer source is given",
            sure=Sureness.LOOK,
            fixes=mark_outdated(context, statement, f"office held since {written}"),
        )
    return None


def _holds(text: str, since: int, office: re.Match[str]) -> bool:
    """Whether somebody is said to hold the office: has been, held by, or right beside it."""
    if text.startswith(("'", "’"), office.end()) or _NO_OFFICE.search(text, 0, office.end()):
        return False
    has_been = re.search(r"\bhas been\b", text)
    if has_been is not None:
        return (
            abs(office.start() - has_been.end()) < 60
            and _NOT_HELD.match(text, has_been.end()) is None
        )
    between = text[office.end() : since] if office.end() <= since else None
    return (
        between is not None
        and len(between) < 60
        and not re.search(r"\b(?:was|were|is|are|who|which|and|elected)\b|[;,.]", between)
        and not re.search(r"\b(?:was|were|is|are|first|former)\b", text[: office.start()])
    )
