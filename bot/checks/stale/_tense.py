"""Enough English grammar to put a present or future verb into the past, and to know when not to.

Nothing here guesses: a subject whose number is not to be seen is None, and then no verb is offered
that would have to agree with it.
"""

from __future__ import annotations

import re

from bot.patterns import pattern

PAST = {"is": "was", "are": "were", "has": "had", "have": "had", "does": "did", "do": "did"}
"""The auxiliaries, and what they are in the past."""

# Regular but for these; only verbs that the checks offer to change.
_IRREGULAR = {
    "stands": "stood",
    "stand": "stood",
    "holds": "held",
    "hold": "held",
    "leads": "led",
    "lead": "led",
    "makes": "made",
    "make": "made",
    "keeps": "kept",
    "keep": "kept",
    "runs": "ran",
    "run": "ran",
    "sits": "sat",
    "sit": "sat",
    "gives": "gave",
    "give": "gave",
    "comes": "came",
    "come": "came",
    "spends": "spent",
    "spend": "spent",
    "comprises": "comprised",
    "plans": "planned",
    "plan": "planned",
    "costs": "cost",
    "draws": "drew",
    "enrols": "enrolled",
    "grows": "grew",
    "speaks": "spoke",
    "speak": "spoke",
    "takes": "took",
    "seeks": "sought",
    "seek": "sought",
    "wants": "wanted",
}

FINITE_PAST = pattern(
    r"\b(?:was|were|had|did|became|began|took|won|held|came|went|made|built|said|told|led|left|gave"
    r"|got|found|wrote|ran|met|saw|sold|bought|brought|fell|rose|grew|broke|chose|lost|stood|sent"
    r"|spent|could|would"
    r"|[a-z]{2,}(?<!ne)ed)\b"
)
"""A verb in the past, or a participle that looks like one: seen where none may stand."""

_CLAUSE = pattern(
    r".*(?:[,;:()\u2014\ufffc]|[ \u00a0]\u2013[ \u00a0]"
    r"|\b(?:that|where|when|while|because|(?<!All )(?<!all )but|so|as|if)\b)",
    re.DOTALL,
)
_RELATIVE = pattern(r"\b(?:which|that|who)\s*\Z")
_BRACKETS = pattern(r"\([^()]{0,200}\)")
_CONJUNCTION_ENDS = pattern(r"\s(?:and|but|or)\Z")
_FINITE_PRESENT = pattern(r"\b(?:is|are|has|have)\b")
_FIRST_VERB = pattern(
    r"\b(?:is|are|was|were|has|have|had|will|went|became|won|held|took|made|began"
    r"|[a-z]{3,}(?<!ne)ed)\b"
)
_TRAILING_ADVERB = pattern(
    r"(?:\s+(?:also|now|then|still|initially|originally|currently|soon|only|[a-z]{3,}ly))+\s*\Z"
)
_PREPOSITION = pattern(
    r"\s(?:of|in|for|at|on|from|with|between|to|by|near|under|along|over|through|into|about|within"
    r"|after|before|during|against|across|called|named|using|around|outside|based|without)\s"
)
_PLURAL_START = pattern(
    r"(?:all|both|most|many|several|some|few|these|those|two|three|four|five|six|seven|eight|nine"
    r"|ten|twelve|dozens|hundreds|thousands|\d[\d,]*)\s",
    re.IGNORECASE,
)
_SINGULAR_START = pattern(r"(?:a|an|this|each|every|one|another|either|neither)\s", re.IGNORECASE)
_SINGULAR_PRONOUN = frozenset({"it", "he", "she", "this", "everyone", "nobody", "nothing"})
_PLURAL_PRONOUN = frozenset({"they", "these", "those", "we", "both", "all", "others", "many"})
_PLURAL_NOUNS = frozenset({"people", "children", "men", "women", "police", "cattle", "media"})
_UNSURE_NOUNS = frozenset(
    {"series", "species", "headquarters", "staff", "crew", "data", "works", "aircraft", "means"}
)
_UNSURE_LETTERS = ("news", "ics", "ss", "us", "is", "ous", "'s", "’s")


def past(verb: str) -> str:
    """The past tense of a verb in the present: is -> was, continues -> continued."""
    lower = verb.lower()
    if lower in PAST:
        return PAST[lower]
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    stem = lower
    if stem.endswith("ies"):
        stem = stem[:-3] + "y"
    elif stem.endswith(("sses", "shes", "ches", "xes", "oes")):
        stem = stem[:-2]
    elif stem.endswith("s"):
        stem = stem[:-1]
    if stem.endswith("e"):
        return stem + "d"
    if stem.endswith("y") and stem[-2:-1] not in "aeiou":
        return stem[:-1] + "ied"
    return stem + "ed"


def number(before: str) -> str | None:
    """The number of the subject that ends where a verb begins: "was", "were", or None (not known).

    `before` is the sentence up to that verb. A subject left out ("… and will open") is the first
    one of the sentence.
    """
    before = _BRACKETS.sub(" ", before)
    before = _TRAILING_ADVERB.sub("", before.rstrip())
    clause = _CLAUSE.match(before)
    subject = (before[clause.end() :] if clause else before).strip()
    subject = _TRAILING_ADVERB.sub("", " " + subject).strip()
    if _CONJUNCTION_ENDS.search(" " + subject):
        first = _FIRST_VERB.search(before)
        if first is None or _CLAUSE.match(before[: first.start()]):
            return None
        subject = before[: first.start()].strip()
    return _of_phrase(subject)


def is_relative(before: str) -> bool:
    """Whether the subject that ends here is "which", "that" or "who"."""
    return _RELATIVE.search(_TRAILING_ADVERB.sub("", before.rstrip())) is not None


def _of_phrase(phrase: str) -> str | None:
    lower = phrase.lower()
    if lower in _SINGULAR_PRONOUN:
        return "was"
    if lower in _PLURAL_PRONOUN:
        return "were"
    if not phrase or len(phrase) > 150:
        return None
    if " and " in lower or " or " in lower or " & " in lower:
        joined = re.split(r"\s(?:and|or|&)\s", phrase)
        if any(FINITE_PAST.search(one) or _FINITE_PRESENT.search(one) for one in joined):
            return None
        if _PREPOSITION.search(phrase):
            return None
        return "were" if " and " in lower else None
    if _PLURAL_START.match(phrase):
        return "were"
    if _SINGULAR_START.match(phrase):
        return "was"
    cut = _PREPOSITION.search(phrase)
    head = phrase[: cut.start()] if cut else phrase
    words = head.split()
    if not words:
        return None
    determined = len(words) > 1 and words[0].lower() in {"the", "its", "his", "her", "their", "our"}
    if not determined and not words[0][0].isupper() and len(words) > 3:
        return None
    if not determined and FINITE_PAST.search(head):
        return None
    return _of_noun(words[-1])


def _of_noun(noun: str) -> str | None:
    noun = noun.strip("\"'“”")
    lower = noun.lower()
    if not noun or not noun[-1].isalpha() or lower in _UNSURE_NOUNS:
        return None
    if lower in _PLURAL_NOUNS:
        return "were"
    if lower.endswith(_UNSURE_LETTERS):
        return None
    if lower.endswith("s"):
        return "were" if noun[0].islower() else None
    return "was"
