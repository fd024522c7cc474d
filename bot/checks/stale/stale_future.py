"""Something is told as still to come whose date is past.

Why
    "The bridge will open in 2015" was true when it was written and tells the reader of today
    something false (WP:RELTIME, WP:CRYSTAL). What became of the plan needs a source; that it was a
    plan does not.

Example
    The line is expected to open in July 2017.
    → The line was expected to open in July 2017.

Left alone
    Dates still to come or not yet over, in any part of the sentence. A date that belongs to
    something else ("will replace the bridge built in 1950", "the inquiry into the fire in 2015").
    What was said in the past ("said that it would"), what is always so ("reported that the gene
    will switch off"), conditions, norms ("children are expected to learn"), law ("shall"),
    quotations, titles, plots of stories, entries of a chronicle ("2003: It is to be sold in 2004"),
    tables and templates, history before 2001 told in the future tense, and sentences that an editor
    has tagged. Text in other languages.

Fix
    The tense, and nothing else: "is expected to" → "was expected to", "will be completed in" → "was
    to be completed in", "announced that it will" → "announced that it would". Or {{Update inline}}
    behind the sentence, which is the only one where the verb cannot be changed surely. A human
    decides on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from bot.checks import Context, check
from bot.checks.stale import _tense
from bot.checks.stale._age import newest_source
from bot.checks.stale._sentences import FIRST_WIKI_DAY, Statement, dated, statements, years
from bot.checks.stale._targets import Target, over
from bot.checks.stale._update_inline import mark_outdated
from bot.model import Edit, Finding, Fix, Safety, Severity, Sureness
from bot.patterns import anywhere, pattern

_EVENT_VERBS = (
    "open|reopen|begin|start|commence|launch|release|debut|premiere|close|end|finish|complete|become"
    "|take|come|go|join|return|arrive|expire|host|hold|replace|move|enter|retire|feature|appear"
    "|deliver|be|have|play|perform|receive|reach|cost|cover|connect|run|operate|produce|build|include"
    "|publish|introduce|merge|leave|serve|face|compete|represent|visit|meet|sign|construct|provide"
    "|carry|link|last|undergo|expand|increase|double|grow|rise|fall|decline|acquire|sell|buy|air"
    "|broadcast|star|direct|develop|implement|adopt|establish|create|offer|remain|continue|conclude"
)
_ADVERBS = (
    "also|still|now|currently|again|all|both|tentatively|initially|provisionally|already|reportedly"
    "|officially|generally|widely|then|only|likely"
)
_PLANS = "plans|intends|aims|hopes|expects|proposes|seeks|wants|aspires"
_PLAN = "plan|intend|aim|hope|expect|propose|seek|want|aspire"
_MARK = pattern(
    rf"""(?=[adefhipsuw])(?<![\w’'-])(?:
      (?P<will>will)\ (?P<will_adverb>(?:(?:not|never|also|only|then|first|likely|probably|again|now
        |eventually|initially|soon|still|all|both|each|reportedly|officially|finally|once|instead
        |subsequently|later|jointly|thus|therefore|together|fully)\ )*)(?=(?P<verb>[a-z]+))
    | (?P<be>is|are)(?:n['’]t|\ not)?(?:\ (?:{_ADVERBS}))?\ (?:
        (?:expected|scheduled|planned|slated|projected|forecast|forecasted|anticipated|predicted
          |intended|tipped|booked|contracted|targeted|targetted|billed|proposed|poised)
          (?=\ (?:to|for|in|on|by|at|around|during|before)\b)
      | estimated(?=\ to\ (?!be\b|have\b))
      | set(?=\ (?:to\ (?!music\b)|for\ (?:an?\ (?:[A-Za-z]+\ )?20|release|completion|launch
          |publication|early|late|January|February|March|April|May|June|July|August|September|October|November|December)))
      | due(?=\ (?:(?:to\ (?:{_EVENT_VERBS})\b)|for\b|in\b(?!\ (?:large\ )?part\b)|on\b
          |by\b|at\b|around\b|out\b))
      | hoped(?=\ to\b) | going(?=\ to\ (?!the\b|an?\b)[a-z]) | earmarked(?=\ for\b)
      | on\ (?:course|schedule|track)(?=\ (?:to|for)\b)
      | (?:un)?likely(?=\ to\b)
      | to(?=\ (?!date\b|the\b|an?\b|be\ (?:found|seen|understood|noted|distinguished|considered
          |regarded|read|taken|blame)\b)[a-z])
      | about(?=\ to\b)
      )
    | (?P<been>has|have)\ been\ (?:(?:tentatively|now|provisionally|officially)\ )?
      (?:re)?(?:scheduled|planned|slated|set|projected|forecast|announced|postponed|delayed)
      (?=\ (?:to|for|until|till)\b(?!\ music))
    | (?P<plan>{_PLANS})(?=\ to\b)
    | (?P<plan_of_many>{_PLAN})(?=\ to\b)
    | (?P<holds>has|have|is|are)(?:\ (?:also|currently|now|still))?
      (?:\ an?)?(?:\ (?!had|made|no\b|[a-z]*ed\b)[a-z]+){{0,2}}?\ (?:plans?|proposals?|ambitions?)
      (?=\ to\b)
    | (?P<apart>(?:due|planned|scheduled|slated)
      (?=\ (?:to\ (?:{_EVENT_VERBS})|for|in|on|by)\b(?!\ (?:large\ )?part\b))
      |expected(?=\ to\ (?:{_EVENT_VERBS})\b))
    | (?P<upcoming>upcoming|forthcoming)\b(?!-)
    )""",
    re.VERBOSE,
)
_PLANNED = (
    "expected|scheduled|planned|slated|projected|forecast|anticipated|predicted|intended|tipped"
    "|booked|contracted|targeted|targetted|billed|proposed|poised|estimated|set|due|likely|unlikely"
    "|to|about|hoped|going|earmarked|on (?:course|schedule|track)"
)
_HINT = (
    rf"will |upcoming|forthcoming|(?:is|are)(?:n['’]t| not)? (?:(?:{_ADVERBS}) )?(?:{_PLANNED})\b"
    rf"|(?:{_PLANS}|(?:they|ers|ies|als|ors|ts) (?:{_PLAN})) to\b|ha(?:s|ve) been "
    r"|(?:plans?|proposals?|ambitions?) to\b"
    r"|(?:, |\()(?:due|expected|planned|scheduled|slated)"
    rf" (?:to (?:{_EVENT_VERBS})|for|in|on|by)\b"
)
# What may stand between two words of the source.
_APART = r"[\s&;nbp'\[\]]+"
# What tells a future that needs no year: see _undated.
_GAP = r"(?:[^a-z]|&nbsp;)+"
_ONE_TIME = (
    rf"(?:to{_GAP}be{_GAP}(?:declared|announced|completed|released|finished|opened|launched|held"
    r"|published|elected|unveiled|inaugurated|delivered|premiered|broadcast|aired|ready|available"
    rf"|sworn)|to{_GAP}(?:open|reopen|launch|debut|premiere|arrive|take{_GAP}place|commence|conclude)"
    rf"|for{_GAP}(?:release|completion|publication|launch))"
)
_NEEDS_NO_YEAR = (
    rf"(?:{_PLANNED}){_GAP}{_ONE_TIME}"
    rf"|\b(?:this|next){_GAP}(?:coming|year|month|week|spring|summer|autumn|winter|fall|season|few|two"
    rf"|three|five)|\bcoming{_GAP}(?:year|month|week)|near{_GAP}future"
)
# "his will", "free will": a noun.
_NOUN_WILL = pattern(
    r"\b(?:the|a|his|her|their|its|own|free|good|last|political|my|your|whose|strong|popular|divine"
    r"|as|of|with|by|in|[\w]+['’]s)\s+\Z",
    re.IGNORECASE,
)
_NOUN_PLANS = pattern(
    r"(?:\A|\b(?:be|been|two|three|the|its|his|her|their|of|no|any|and|with|have|had|has|were|are|for|make|made|new"
    r"|announced|current|future|original|ambitious|initial|these|those|some|main|early|such"
    r"|several|many|various|on|to|in|[a-z]+ing|[a-z]+ed)\s+)\Z",
    re.IGNORECASE,
)
# What ends a subject in the plural, before a verb that else is a noun.
_MANY = ("they ", "ers ", "ies ", "als ", "ors ", "ts ")
# "has two schools and plans to open a third" is a verb again, "hopes and plans to" is none.
_AND_PLANS = pattern(
    r"\b(?:is|are|has|have)\s[^.;]{0,120}\b(?!hopes|aims|plans|dreams|ambitions)[a-z]+,?\sand\s\Z",
    re.IGNORECASE,
)
_IS = pattern(r"\b(?:is|are|will)\b")
_GIVEN_UP = pattern(
    r"\b(?:un(?:aired|built|finished|produced|reali[sz]ed|released)|abandoned|aborted|cancell?ed"
    r"|defunct|delayed|dropped|failed|never|no longer|off|postponed|scrapped|shelved|still)\b"
)
_WAS = pattern(r"\b(?:was|were|had|did|would|could|became|began|opened|closed|won|came|took)\b")
_CONDITION = pattern(
    r"\b(?:if|unless|whether|assuming|provided that|in case|were to)\b", re.IGNORECASE
)
_REPORTED_THAT = pattern(
    r"\b(?:announced|confirmed|revealed|said|stated|declared|promised|reported|agreed|decided|told"
    r"|indicated|claimed|hinted|disclosed|pledged|vowed)\b(?:(?!\b(?:and|but|while)\b)[^;]){0,90}?\Z"
)
# "It is expected that it will open": both verbs go into the past, or none.
_EXPECTED_THAT = pattern(
    r"\b(?P<said>(?P<be>is|are)(?P<now>\s(?:currently|now|presently))?\s(?:also\s|generally\s)?"
    r"(?:planned|hoped|expected|anticipated|intended|estimated|projected|predicted|forecast"
    r"|forecasted|proposed|envisaged|envisioned|believed|thought|assumed|feared|likely|possible"
    r"|rumou?red))\s[^.;:]{0,100}\Z"
)
# A present before it that would stay one: "says that it will", "is closed and will".
_SAYS = pattern(
    r"\b(?:says?|states?|claims?|believes?|expects?|hopes?|predicts?|estimates?|announces|confirms"
    r"|suggests?|indicates?|promises|insists?|argues|shows)\b[^.;]{0,100}\Z"
)
_IS_AND = pattern(r"\b(?:is|are)\b[^.;]{0,120}\b(?:and|but)\s(?:[a-z]+ly\s|also\s|then\s)?\Z")
_NOW = pattern(r"\s(?:currently|now|presently)\b")
# What a story or a prophecy tells, and the entries of a chronicle, which is told in the present.
_STORY = pattern(
    r"\bset\sin\b|\b[Pp]rophec(?:y|ies)\b|\b[Pp]rotagonists?\b|\btells\sthe\sstory\b"
    r"|\A(?:In|According\sto)\s(?:the|this|that|its|his|her|their|one)\s(?:[\w’'-]+\s){0,2}?"
    r"(?:anime|book|comic|episode|film|game|legend|manga|movie|myth|novel|opera|play|prequel|sequel"
    r"|series|show|song|story|video)\b(?!['’])"
)
_CHRONICLE = pattern(
    r"(?:[0-9]{1,2}\s)?(?:[A-Z][a-z]+\s)?(?:[0-9]{1,2},\s)?20[0-9]{2}\s*(?::|[–—](?![0-9])|-\s)"
)
# Who announces says what he is about to do; who reports may tell what is always so.
_PROMISED_THAT = pattern(
    r"\b(?:announced|confirmed|revealed|said|stated|promised|pledged|disclosed|vowed)\b"
    r"(?:(?!\b(?:and|but|while)\b)[^;]){0,90}?\Z"
)
# What had begun, and was to bring something: not "discovered a star which will explode".
_BEGUN = pattern(
    r"\b(?:advanced|agreed|announced|approved|awarded|began|begun|commenced|commissioned|created"
    r"|established|formed|founded|ordered|planned|pledged|proposed|revealed|signed|started|unveiled)\b"
)
_KEEPS_WOULD = frozenset({"need", "have", "continue", "remain", "likely"})
_AFTER_NOUN = frozenset({"of", "and", "or", "is", "was", "to", "in"})
# Nothing but an event is declared, opened or released at one time.
_ONCE = pattern(
    r"\ (?:to\ (?:be\ (?:declared|announced|completed|released|finished|opened|launched|held"
    r"|published|elected|unveiled|inaugurated|delivered|premiered|broadcast|aired|ready|available"
    r"|sworn)|open|reopen|launch|debut|premiere|arrive|take\ place|commence|conclude)"
    r"|for\ (?:release|completion|publication|launch))\b"
)
_SOON = pattern(
    r"\b(?:later this|this coming|next) (?:year|month|week|spring|summer|autumn|winter|fall"
    r"|season)\b"
    r"|\b(?:later|early|late|sometime) (?:this|next) year\b|\bin the (?:near future|coming (?:years"
    r"|months|weeks))\b|\bin the next (?:few|two|three|five) (?:years|months)\b"
)
_RULE = pattern(r"\b(?:law|act|theorem|rule|treaty|agreement)\b", re.IGNORECASE)
_AND_WILL = pattern(r",?\s(?:and|but)\s(?:\w+ly\s|also\s|then\s)?\Z")
_AND_IT = pattern(r",\sand\s(?:it|they|he|she)\s\Z")
_OPENED_BY_DATE = pattern(r"(?:In|On|During)\s+(?:the\s+)?(?:early\s+|late\s+|mid-)?\Z")
_GOES_ON = pattern(r"\A(?:It|They|He|She|This|These|Its|Their)\b|\bthe upcoming\b")
_TWO_YEARS = years(2)
_NARRATED = pattern(r"\b(?:was|were|had)\b|\b[a-z]{2,}(?<!ne)ed\b")


class Future(NamedTuple):
    """A future verb text[start:end] of a sentence, and what would put it into the past.

    `change` replaces text[start:change_end]; None where no change is sure.
    """

    start: int
    end: int
    change_end: int
    change: str | None


@check(
    severity=Severity.WARNING,
    guideline="WP:RELTIME",
    trigger=(
        rf"\bwill\b|upcoming|forthcoming|\b(?:is|are)(?:n['’]t)?{_APART}"
        rf"(?:(?:not|{_ADVERBS}){_APART}){{0,2}}(?:to\b|(?:{_PLANNED})"
        rf"(?:{_APART}(?:to|for|in|on|by|at|around|during|before|out)\b|\s*[{{<]))"
        rf"|\b(?:{_PLANS}|plan|proposals?|ambitions?){_APART}to\b"
        rf"|(?:they|ers|ies|als|ors|ts){_APART}(?:{_PLAN}){_APART}to\b"
        rf"|[,(][\s&;nbp'\[]*(?:due|expected|planned|scheduled|slated){_APART}"
        rf"(?:to{_APART}(?:{_EVENT_VERBS})|for|in|on|by)\b"
        r"|\bha(?:s|ve)\s+been\s+(?:[a-z]+\s+)?(?:re)?(?:scheduled|planned|slated|set|projected"
        r"|forecast|announced|postponed|delayed)\b"
    ),
)
def stale_future(context: Context) -> Iterator[Finding]:
    """Sentences in the future or of a plan whose own date is over."""
    for statement in statements(context, _HINT, _has_time):
        if _MARK.search(statement.text) is None:
            continue
        found = _dated(statement)
        if found is not None:
            futures, target = found
            yield _finding(context, statement, futures, target)
            continue
        yield from _undated(context, statement)
        yield from _bare_upcoming(context, statement)


def _has_time(text: str) -> bool:
    return dated(text) or anywhere(_NEEDS_NO_YEAR)(text)


def _finding(
    context: Context, statement: Statement, futures: list[Future], target: Target
) -> Finding:
    first, last = futures[0], futures[-1]
    said = statement.text[first.start : first.end].strip()
    written = target.written
    start, end = min(first.start, target.start), max(last.end, target.end)
    place = statement.place(start, end)
    if target.aimed:
        what, reason = f"{written[:1].upper()}{written[1:]} is over", f"{written} has passed"
    else:
        what, reason = f"This dates from {written}", f"dates from {written}"
    return context.finding(
        place,
        f'{what}, yet the text says "{said}"',
        sure=Sureness.LIKELY,
        fixes=[*_reworded(statement, futures), *mark_outdated(context, statement, reason)],
    )


def _reworded(statement: Statement, futures: list[Future]) -> list[Fix]:
    edits: list[Edit] = []
    told = {future.start for future in futures}
    if any(match["will"] and match.start() not in told for match in _marks(statement)):
        return []
    for future in futures:
        if future.change is None:
            return []
        edit = statement.edit(future.start, future.change_end, future.change)
        if edit is None:
            return []
        edits.append(edit)
    return [Fix("Tell it as the plan it was", tuple(sorted(edits)), Safety.REVIEW)]


def _dated(statement: Statement) -> tuple[list[Future], Target] | None:
    """The future verbs of a sentence that a date now past belongs to, and the latest such date."""
    return _own(statement) or _after_its_like(statement)


def is_future(statement: Statement) -> bool:
    """Whether the sentence is one of this check's, so that no other need speak of it."""
    return anywhere(_HINT)(statement.text) and _dated(statement) is not None


def _own(statement: Statement) -> tuple[list[Future], Target] | None:
    futures: list[Future] = []
    targets: list[Target] = []
    for match in _marks(statement):
        target = over(statement, match.end(), start=match.start())
        if match["upcoming"]:
            if not _is_upcoming(statement, match, target):
                continue
        elif target is None:
            target = _of_its_time(statement, match)
        if target is None or not statement.stands_free(match.start()):
            continue
        futures.extend(_expected(statement, match, futures))
        futures.append(_future(statement, match, futures))
        targets.append(target)
    if not futures or _is_of_its_day(statement):
        return None
    return futures, max(targets, key=lambda target: target.last_day)


def _is_of_its_day(statement: Statement) -> bool:
    """Whether the present is that of a story, or of a chronicle: "2003: It is to …"."""
    text = statement.text
    return _STORY.search(text) is not None or _CHRONICLE.match(text) is not None


def _expected(
    statement: Statement, match: re.Match[str], earlier: list[Future]
) -> Iterator[Future]:
    """The "is expected" on which "that it will" hangs, which goes into the past with it."""
    found = _EXPECTED_THAT.search(statement.text, 0, match.start()) if match["will"] else None
    if found is not None and all(found.start() != future.start for future in earlier):
        end = found.end("now") if found["now"] else found.end("be")
        yield Future(found.start(), found.end("said"), end, _tense.past(found["be"]))


def _marks(statement: Statement) -> Iterator[re.Match[str]]:
    text = statement.text
    for match in _MARK.finditer(text):
        before = text[: match.start()]
        if not statement.readable(match.start(), match.end()) or _CONDITION.search(before):
            continue
        if match["will"] and (_NOUN_WILL.search(before) or match["verb"] in _AFTER_NOUN):
            continue
        if match["plan"] and _NOUN_PLANS.search(before) and not _AND_PLANS.search(before):
            continue
        if match["plan_of_many"] and not before.endswith(_MANY):
            continue
        if match["holds"] in {"is", "are"} and not before.endswith(("There ", "there ")):
            continue
        if match["apart"] and not _is_told_now(text, match):
            continue
        yield match


def _is_told_now(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence around ", due to open in 2015," is in the present, and in no past."""
    before = text[: match.start()]
    return (
        before.endswith((", ", "("))
        and _tense.FINITE_PAST.search(before) is None
        and _IS.search(text) is not None
        and _WAS.search(text, match.end()) is None
        and _GIVEN_UP.search(text) is None
    )


def _is_upcoming(statement: Statement, match: re.Match[str], target: Target | None) -> bool:
    """Whether "upcoming" speaks of today, and not of the day that the sentence tells about."""
    before = statement.text[: match.start()]
    return target is not None and not _NARRATED.search(before) and not before.endswith("then-")


def _of_its_time(statement: Statement, match: re.Match[str]) -> Target | None:
    """The past day on which the future of the sentence was announced, when it names one.

    "In 2011, work began on a film which will …", "On 3 May 2012 it announced that it will …"
    """
    if not match["will"] or not statement.dates:
        return None
    text, today = statement.text, statement.reading.today
    before = text[: match.start()]
    first = statement.dates[0]
    if first.end > match.start() or first.last_day < FIRST_WIKI_DAY:
        return None
    if any(one.last_day >= today - _TWO_YEARS for one in statement.dates):
        return None
    if "never" in match["will_adverb"] or match["verb"] == "always":
        return None
    told = _PROMISED_THAT.search(before)
    opened = _OPENED_BY_DATE.fullmatch(text, 0, first.start) is not None
    relative = _tense.is_relative(before) and _tense.FINITE_PAST.search(before) is not None
    goes_on = _AND_IT.search(before) is not None and _tense.FINITE_PAST.search(before) is not None
    if told or (opened and (relative or goes_on) and _BEGUN.search(before)):
        if told is None and _RULE.search(before[-40:]):
            return None
        written = text[first.start : first.end]
        return Target(first.start, first.end, first.last_day, written, aimed=False)
    return None


def _after_its_like(statement: Statement) -> tuple[list[Future], Target] | None:
    """An undated sentence that goes on where the one before it speaks of a future now past."""
    if statement.dates or statement.linked_dates or not _GOES_ON.search(statement.text):
        return None
    before = statement.neighbour(-1)
    if before is None or not anywhere(_HINT)(before.text):
        return None
    found = _own(before)
    if found is None:
        return None
    matches = [match for match in _marks(statement) if not match["upcoming"]]
    if not matches:
        return None
    futures: list[Future] = []
    for match in matches:
        futures.append(_future(statement, match, futures))
    # It has no place in this sentence.
    return futures, found[1]._replace(start=futures[0].start, end=futures[0].end)


def _future(statement: Statement, match: re.Match[str], earlier: list[Future]) -> Future:
    text, start = statement.text, match.start()
    before = text[:start]
    if match["be"]:
        be = match["be"]
        end = start + len(be)
        now = _NOW.match(text, end)
        return Future(start, match.end(), now.end() if now else end, _tense.past(be))
    if match["been"]:
        return Future(start, match.end(), start + len(match["been"]), "had")
    if match["plan"]:
        change = None if _AND_PLANS.search(before) else _tense.past(match["plan"])
        return Future(start, match.end(), match.end(), change)
    if match["plan_of_many"]:
        return Future(start, match.end(), match.end(), _tense.past(match["plan_of_many"]))
    if match["holds"]:
        holds = match["holds"]
        end = start + len(holds)
        now = _NOW.match(text, end)
        return Future(start, match.end(), now.end() if now else end, _tense.past(holds))
    if match["upcoming"] or match["apart"]:
        return Future(start, match.end(), match.end(), None)
    adverb, verb = match["will_adverb"], match["verb"]
    end = match.end() + len(verb)
    whole = start + len("will " + adverb)
    if (
        _REPORTED_THAT.search(before)
        or _tense.is_relative(before)
        or _AND_IT.search(before)
        or verb in _KEEPS_WOULD
        or "likely" in adverb
        or _EXPECTED_THAT.search(before)
    ):
        return Future(start, end, start + 4, "would")
    if _SAYS.search(before) or (not earlier and _IS_AND.search(before)):
        return Future(start, end, whole, None)
    number = _tense.number(before)
    if (
        number is None
        and earlier
        and re.search(r",?\s(?:and|but)\s(?:\w+ly\s|also\s|then\s)?\Z", before)
    ):
        change = earlier[-1].change or ""
        number = change.split()[0] if change.split()[:1] in (["was"], ["were"]) else None
    if number is None:
        return Future(start, end, whole, None)
    return Future(start, end, whole, f"{number} {adverb}to ")


def _undated(context: Context, statement: Statement) -> Iterator[Finding]:
    """A single event that was expected when a source was written that is old by now."""
    if statement.dates or statement.linked_dates:
        return
    soon = _SOON.search(statement.text)
    for match in _marks(statement):
        if match["upcoming"] or match["plan"]:
            continue
        if not (soon or (match["be"] and _ONCE.match(statement.text, match.end()))):
            continue
        age = newest_source(statement)
        limit = context.today - years(context.settings.as_of_years)
        if age is None or not FIRST_WIKI_DAY <= age.day < limit:
            return
        if not statement.stands_free(match.start()):
            return
        future = _future(statement, match, [])
        said = statement.text[match.start() : match.end()].strip()
        yield context.finding(
            statement.place(match.start(), future.end),
            f'The source is from {age.day.year}, yet the text still says "{said}"',
            sure=Sureness.LOOK,
            severity=Severity.ADVICE,
            related=[age.proof],
            fixes=[
                *_reworded(statement, [future]),
                *mark_outdated(context, statement, f"the source is from {age.day.year}"),
            ],
        )
        return


_BARE = pattern(r"\b(?:of|in|for|on|with|from|about|to)\s\Z")


def _bare_upcoming(context: Context, statement: Statement) -> Iterator[Finding]:
    """As in "the first season of upcoming show": no article says of which time it speaks."""
    text = statement.text
    limit = context.today - _TWO_YEARS
    for match in _MARK.finditer(text):
        if not match["upcoming"] or not _BARE.search(text[: match.start()]):
            continue
        if not statement.readable(match.start(), match.end()):
            continue
        day = _nearest_day(statement)
        if day is None or not FIRST_WIKI_DAY <= day < limit:
            return
        edit = statement.edit(match.start(), match.end() + 1, "")
        dropped = [Fix("Leave the word out", (edit,), Safety.REVIEW)] if edit is not None else []
        yield context.finding(
            statement.place(match.start(), match.end()),
            f'What stands here dates from {day.year}, yet the text says "{match[0]}"',
            sure=Sureness.LIKELY,
            fixes=[*dropped, *mark_outdated(context, statement, f"dates from {day.year}")],
        )
        return


def _nearest_day(statement: Statement) -> date | None:
    """The newest day that the sentence names, or else those beside it."""
    for distances in ((0,), (-1, 1), (-2, 2)):
        days = [
            one.last_day
            for distance in distances
            if (other := statement.neighbour(distance)) is not None
            for one in other.dates
        ]
        if days:
            return max(days)
    return None
