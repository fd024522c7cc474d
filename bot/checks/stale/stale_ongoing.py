"""An activity is told as going on whose stated target lies in the past.

Why
    "Since 2014 the government has been bidding for a seat for 2017–2018" cannot be true once 2018
    is over (WP:RELTIME): whoever bid for it has won or lost.

Example
    Since 2014, the city has been bidding for the 2020 Games.
    → In 2014, the city began bidding for the 2020 Games.

Left alone
    History ("Since independence in 1991 it has pursued"), what stays true ("Since 1636 the island
    has been part of"), spans still open ("for 2020–2030"), quotations, titles, and sentences that
    an editor has tagged. Text in other languages.

Fix
    When a sentence nearby tells the outcome, it is quoted as evidence, and the first fix is the one
    that adds no fact: "Since 2014, A has been bidding" → "In 2014, A began bidding". Without it the
    first is {{Update inline}}. The outcome itself is never written. A human decides on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.stale._sentences import Statement, dated, nearby, statements
from bot.checks.stale._targets import Target, over
from bot.checks.stale._update_inline import mark_outdated
from bot.model import Edit, Finding, Fix, Safety, Severity, Sureness
from bot.patterns import pattern
from bot.wikitext.dates import Precision, WrittenDate

# Verbs of aiming: whoever does this has not got there.
_AIMING = (
    "bidding|negotiating|seeking|planning|preparing|campaigning|applying|lobbying|working|aiming"
    "|hoping|competing|vying|running|striving|looking|attempting|considering|pursuing|pushing"
    "|canvassing|qualifying|raising|trying|fundraising|intending|expecting|rehearsing|training"
    "|gearing|talking|standing|contending|moving"
)
# Verbs of making: only when the sentence says when it is to be done.
_MAKING = (
    "building|constructing|developing|expanding|upgrading|renovating|restoring|refurbishing"
    "|rebuilding|recording|filming|writing|producing|converting|modernising|modernizing"
    "|electrifying|extending|undergoing|redeveloping|drafting|designing|installing|implementing"
    "|testing|acquiring|procuring|replacing|phasing"
)
_MAKING_PASSIVE = (
    "built|constructed|developed|expanded|upgraded|renovated|restored|refurbished|rebuilt|filmed"
    "|recorded|written|produced|converted|modernised|modernized|electrified|extended|redeveloped"
    "|drafted|designed|prepared|negotiated|planned|considered|installed|implemented|replaced"
)
_ADVERB = (
    r"(?:(?:also|still|now|currently|already|presently|actively|reportedly|both|all|jointly|busy"
    r"|officially|again|continuously|unsuccessfully)\ )?"
)
_MARK = pattern(
    rf"""(?<![\w’'-])(?:
      (?P<perfect>has|have)\ (?P<adverb>{_ADVERB})been\ {_ADVERB}
    | (?P<be>is|are)\ {_ADVERB}
    )(?:(?P<aiming>{_AIMING})\b
      | (?P<talks>in\ (?:talks|negotiations|the\ (?:running|process))
        |an?\ (?:candidate|contender)
        |the\ (?!first|last|only|sole|[a-z]+est\b)(?:[\w’'.-]+\ ){{0,3}}?
         (?:candidate|nominee)(?=\ for\b)
        |one\ of\ [a-z]+\ (?:candidate|contender|bidder)s)\b
      | (?P<making>{_MAKING})\b
      | (?:being\ )?(?P<passive>(?<=being\ )(?:{_MAKING_PASSIVE})|under\ (?:construction|development
        |negotiation|renovation|consideration|way)|underway|ongoing|in\ the\ works|on\ order
        |in\ (?:pre-|post-)?(?:production|development))\b)""",
    re.VERBOSE,
)
_DOING = (
    rf"{_AIMING}|{_MAKING}|in (?:talks|negotiations|the running|the process)|being"
    r"|an? (?:candidate|contender)|one of [a-z]+ (?:candidate|contender|bidder)s"
    r"|under (?:construction|development|negotiation|renovation|consideration|way)|underway|ongoing"
    r"|in (?:the works|(?:pre-|post-)?(?:production|development))|on order"
)
_HINT = rf"(?:is|are|been) (?:[a-z]{{3,15}} )?(?:{_DOING})\b|(?:candidate|nominee) for"
# What follows the verb when it is an aim that has its time.
_TOWARDS = pattern(
    r"\s*(?:for|to|on|towards?|with|about|over|against|up|in|the|a|an|its|their|his|her|by|entry"
    r"|accession|membership|qualification|at|into|of|\w+)\b"
)
_IDLE = pattern(
    r"\A\s*(?:in|at|as|from)\b(?! (?:order|time|preparation)\b)|\A\s*(?:around|through)\b"
)
_COMPLETION = pattern(
    r"\b(?:complet(?:e|es|ing|ion)|finish(?:es|ing)?|open(?:ing|s)?|operational|ready|due|expected"
    r"|scheduled|planned|by|targeted|slated|until|deliver(?:y|ies)|release|launch|entry into"
    r" service|inauguration|hoped|signature|conclusion|ratification|be(?:\s[a-z]+ly)?\s(?:completed"
    r"|concluded|delivered|finished|inaugurated|launched|opened|ratified|released"
    r"|signed))\b[^,;]{0,60}\Z"
)
_AFTERWARDS = pattern(r"\b(?:after|following)\b")
_NO_LONGER = pattern(r"\b(?:defeated|eventual|former|losing|successful|unsuccessful)\b")
_OUTCOME = pattern(
    r"\b(?:(?:was|were|been|being|got)\s(?:\w+ly\s)?(?:elected|re-elected|chosen|selected|awarded"
    r"|granted|rejected|approved|accepted|admitted|defeated|cancelled|canceled|abandoned|appointed"
    r"|completed|opened|inaugurated|signed|ratified|concluded|withdrawn|eliminated|launched|released"
    r"|named|given|announced|declined|denied|suspended|postponed|beaten|finished|adopted)"
    r"|won|lost|failed|succeeded|withdrew|joined|acceded|signed|secured|qualified|became|opened"
    r"|received|dropped|ended|concluded|completed|beat|defeated|gained|obtained|entered|hosted"
    r"|took\s(?:office|place|up)|served|missed|abandoned|finished|gave\sup|announced|ratified)\b"
)
_DECIDED = pattern(
    r"(?:(?:was|were|got)\s(?:\w+ly\s)?(?:re-)?(?:elected|chosen|selected|awarded|rejected|defeated"
    r"|admitted|accepted|beaten|eliminated)|won|lost|failed|succeeded|withdrew)\b"
)
_GOES_ON = pattern(
    r"(?:(?:On|In|By)\s[^,;:()]{4,30}?,?\s)?"
    r"(?:[Ii]t|[Tt]hey|[Hh]e|[Ss]he|[Tt]he (?:bid|country|city|government|team|club|campaign))"
    r"\s(?:finally |eventually |then |had )?\Z"
)
_WORD = pattern(r"[^\W\d_][\w’'-]+")
_COMMON = frozenset(
    """
    about after again against also although among another around because been before being between
    both could during each first from have having here however into just later like made many more
    most much next only other over same since some such than that their them then there these they
    this those through time under until upon very were what when where which while will with within
    would year years term seat government country state national city january february march april
    may june july august september october november december
    """.split()
)
_NOW = pattern(r"\s(?:currently|now|presently)\b")
_OTHER_PRESENT = pattern(r"\b(?:is|are|will|has|have|should|may|might|can|must)\b")
_SINCE = pattern(r"\b(?P<since>[Ss]ince)\s+(?:the\s+)?\Z")


@check(
    severity=Severity.WARNING,
    guideline="WP:RELTIME",
    trigger=rf"\b(?:is|are|been)[\s&;nbp'\[]+(?:[a-z]+[\s&;nbp'\[]+)?(?:{_DOING})\b"
    r"|\b(?:candidate|nominee)\s+for\b",
)
def stale_ongoing(context: Context) -> Iterator[Finding]:
    """Sentences that tell an activity as going on towards a date that is over."""
    for statement in statements(context, _HINT, dated):
        for match in _MARK.finditer(statement.text):
            target = ongoing_target(statement, match)
            if target is not None:
                yield _finding(context, statement, match, target)
                break


def ongoing(statement: Statement) -> bool:
    """Whether the sentence is one of this check's, so that no other need speak of it."""
    return any(
        ongoing_target(statement, match) is not None for match in _MARK.finditer(statement.text)
    )


def ongoing_target(statement: Statement, match: re.Match[str]) -> Target | None:
    """The past date at which the activity of the match aims; None when there is none."""
    text, end = statement.text, match.end()
    if not statement.readable(match.start(), end):
        return None
    if match["aiming"] and not _TOWARDS.match(text, end):
        return None
    if match["aiming"] and _IDLE.match(text[end:]):
        return None
    since = _since(statement, match)
    target = over(statement, end)
    if target is None and since is not None and since.start >= end:
        # "has been working since 2015 on a reform": the aim stands behind.
        end = since.end
        target = over(statement, end)
    if target is None:
        return None
    between = text[end : target.start]
    if (match["making"] or match["passive"]) and (
        not _COMPLETION.search(between) or _AFTERWARDS.search(between)
    ):
        return None
    if match["talks"] and _NO_LONGER.search(match["talks"]):
        return None
    if between.endswith("from "):
        return None
    # "is running in the 2015 season": only what is aimed at, not when it is done.
    if match["aiming"] in {"running", "standing", "moving", "looking", "training", "working"} and (
        not re.match(r"\s*(?:for|to|towards?|on|up|forward)\b", between)
    ):
        return None
    if since is not None and since.start <= target.start < since.end:
        return None
    return target if statement.stands_free(match.start()) else None


def _since(statement: Statement, match: re.Match[str]) -> WrittenDate | None:
    """The date of "Since 2014, … has been", or of "has been … since 2014"."""
    for one in statement.dates:
        if _SINCE.search(statement.text[: one.start]) is not None:
            return one
    return None


def _finding(
    context: Context, statement: Statement, match: re.Match[str], target: Target
) -> Finding:
    since = _since(statement, match)
    outcome = _outcome(statement, match, since)
    mark = mark_outdated(context, statement, f"{target.written} has passed")
    reworded = _reworded(statement, match, since)
    start = match.start() if since is None else min(match.start(), since.start)
    if since is not None and start == since.start:
        start = _SINCE.search(statement.text[:start]).start("since")  # type: ignore[union-attr]
    written = target.written[:1].upper() + target.written[1:]
    return context.finding(
        statement.place(start, target.end),
        f'{_named(statement, target, written)} is over, yet the text says "{match[0]}"',
        sure=Sureness.CERTAIN if outcome is not None else Sureness.LIKELY,
        evidence=outcome.text if outcome is not None else None,
        related=[outcome.span] if outcome is not None else [],
        fixes=[*reworded, *mark] if outcome is not None else [*mark, *reworded],
    )


_NAMED = pattern(
    r"\b(seat|membership|presidency|chairmanship|term|nomination|title|contract|championship|Games"
    r"|Olympics|World Cup|election|tournament|season|accession)\b[^.;,]{0,60}?"
    r"\b(for|in)\s+(?:the\s+)?\Z"
)


def _named(statement: Statement, target: Target, written: str) -> str:
    """What is over, with its noun where the sentence has it beside: the seat for 2017–2018."""
    found = _NAMED.search(statement.text[: target.start])
    if found is None:
        return written
    return f"The {found[1]} {found[2]} {target.written}"


def _reworded(statement: Statement, match: re.Match[str], since: WrittenDate | None) -> list[Fix]:
    """The same in the past, with no fact added."""
    edits: list[Edit | None] = []
    verb_end = match.end()
    if match["perfect"]:
        adverb = match["adverb"] or ""
        been = match.start() + len(match["perfect"]) + 1 + len(adverb) + len("been ")
        participle = bool(match["aiming"] or match["making"])
        if since is not None and participle:
            found = _SINCE.search(statement.text[: since.start])
            if found is None:
                return []
            word = "on" if since.precision is Precision.DAY else "in"
            if found["since"][0] == "S":
                word = word.capitalize()
            edits.append(statement.edit(found.start("since"), found.end("since"), word))
            edits.append(statement.edit(match.start(), been, f"{adverb}began "))
        elif since is None:
            was = "was" if match["perfect"] == "has" else "were"
            edits.append(statement.edit(match.start(), been, f"{was} {adverb}"))
    elif match["be"] and since is None:
        was = "was" if match["be"] == "is" else "were"
        end = match.start() + len(match["be"])
        now = _NOW.match(statement.text, end)
        edits.append(statement.edit(match.start(), now.end() if now else end, was))
        for other in _OTHER_PRESENT.finditer(statement.text):
            if other.start() >= verb_end and statement.text[verb_end : other.start()].count(" and"):
                return []
    whole = [edit for edit in edits if edit is not None]
    if not whole or len(whole) < len(edits):
        return []
    return [Fix("Tell it as what was begun", tuple(sorted(whole)), Safety.REVIEW)]


def _outcome(
    statement: Statement, match: re.Match[str], since: WrittenDate | None
) -> Statement | None:
    """The nearest sentence that tells what became of the matter; None when there is none."""
    aim = statement.text[match.end() :]
    wanted, names = _words(aim), _names(aim)
    linked = {
        link.title
        for start, _, link in statement.prose.links
        if statement.sentence.start + match.end() <= start < statement.sentence.end
    }
    if not wanted:
        return None
    for other in nearby(statement):
        found = _OUTCOME.search(other.text)
        if found is None or not other.dates or not other.readable(*found.span()):
            continue
        if not any(_could_be(one, since, statement) for one in other.dates):
            continue
        shared = len(wanted & _words(other.text))
        same_link = bool(linked) and any(
            link.title in linked
            for start, _, link in other.prose.links
            if other.sentence.start <= start < other.sentence.end
        )
        if shared >= 3 or (shared >= 2 and (same_link or len(wanted) <= 4)):
            return other
        # The next sentence goes on: "On 28 October 2015 it was elected."
        is_next = other.block == statement.block and other.number == statement.number + 1
        if is_next and _GOES_ON.match(other.text[: found.start()]) and _DECIDED.match(found[0]):
            return other
        # "a seat on the United Nations Security Council": elected "to the Security Council".
        if len(names & _names(other.text)) >= 2:
            return other
    return None


def _could_be(one: WrittenDate, since: WrittenDate | None, statement: Statement) -> bool:
    """Whether an outcome of that date can be the outcome of what began then."""
    if since is not None:
        return one.last_day >= since.first_day
    own = max((date.last_day for date in statement.dates), default=one.last_day)
    return own.year - 8 <= one.year <= own.year + 3


def _names(text: str) -> set[str]:
    """The words of proper names, first words of sentences aside, as they are compared."""
    return {
        found[0].lower()
        for found in _WORD.finditer(text)
        if found.start() and found[0][0].isupper() and found[0].lower() not in _COMMON
    }


def _words(text: str) -> set[str]:
    return {
        word
        for found in _WORD.finditer(text)
        if len(word := found[0].lower()) > 3 and word not in _COMMON
    }
