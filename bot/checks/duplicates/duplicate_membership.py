"""A sentence enumerates memberships that a list in the same section enumerates again.

Why
    The reader learns the same twice, and the two drift apart when one of them is updated: what a
    list holds need not be told in a sentence beside it (MOS:EMBED).

Example
    "Ruritania is a member of the [[United Nations]], the [[OSCE]] and the [[Council of Europe]]."
    above a list "Memberships" with "* [[United Nations]]" and "* [[Council of Europe]]".

Left alone
    A mere mention beside a list ("had been chosen to chair the OSCE"), a sentence that names one
    body only, memberships of another kind than the list's (observer, founding, former), lists that
    are no lists of memberships, what is told of others ("which", "most of its neighbours", "if"),
    and a sentence and a list about different countries or in subsections of their own.

Fix
    Takes the repeated ones out of the sentence, with commas and "and" set right; the sentence goes
    when it says nothing else of its subject and no reference hangs on it. The alternative takes
    them out of the list, when their entries say nothing more. A human chooses.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from bot.checks import Context, check
from bot.checks.duplicates._enumerations import Enumeration, enumerations, without
from bot.checks.duplicates._lists import Entry, entry, lists, without_lines
from bot.checks.duplicates._mentions import is_whole, majors, mentions, places, source_of
from bot.model import Edit, Finding, Fix, Severity, Sureness
from bot.patterns import pattern
from bot.wikitext import Block, Prose, Section, Sentence, Wikitext
from bot.wikitext.blocks import HEADING, ITEM, PARAGRAPH

_MEMBER = pattern(
    r"(?:\b(?:is|are|remains?)(?: (?:also|currently|now|still|today|likewise|both))*"
    r"(?: an?| the)?(?: (?:full|active|ordinary|proud|regular|voting)(?: and [a-z]{3,12})?)?"
    r" (?:members?|member states?|member countr(?:y|ies))(?:,)? of"
    r"|\bbelongs? to|\b(?:its|their) memberships? (?:of|in)|\bmemberships (?:include|are))"
    r"(?: [a-z ]{1,60}(?:,? (?:including|such as|like|notably|namely)|:))? (?:both )?\Z"
)
_OF_MEMBERSHIPS = pattern(
    r"\bmemberships?\b|\b(?:am|are|be|became|been|is|remains?|was) (?:\w+ ){0,3}members? of\b"
    r"|\bbelongs?\b|\bjoined\b|\bparticipat(?:es?|ion)\b|\baffiliat"
    # Nothing but a title: "International organisations:".
    r"|\A\W*(?:(?:international|intergovernmental|regional|multilateral|supranational|global"
    r"|economic|political|military|other|and) )*organi[sz]ations(?: and \w+)?\W*\Z",
    re.IGNORECASE,
)
# The subject of a clause that speaks of others, or of what is not the case.
_OF_OTHERS = pattern(
    r"\A(?:Although|As|Because|Being|Since|Though|When|While) (?!of\b|\d)"
    r"|\b(?:which|that|who)\s*\Z|\b(?:countries|states|nations|neighbou?rs|partners)\b"
    r"|\b(?i:all|any|each|every|few|half|if|like|many|most|neither|no|none|one|other|several|some"
    r"|than|three|two|unless|unlike|whether)\b"
)
# A subject that says nothing else: "Ruritania", "In addition, the republic".
_MERE_SUBJECT = pattern(
    r"(?:(?:In addition|Additionally|Also|Furthermore|Moreover|Today|Currently),? )?"
    r"(?:It|[Tt]he(?: [\w’'-]+){1,4}|[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){0,3})\s*"
)
# How an entry of a membership goes on; with any other word the name is part of a longer one.
_GOES_ON = pattern(r"\W|(?:and|as|for|from|in|since|through|via|where|which|with)\b")
_OF_ANOTHER_KIND = pattern(
    r"\b(?:not|observers?|former|formerly|withdr[ae]w\w*|left|appl(?:ied|ies|y|ication)|candidates?"
    r"|associate|founding|founders?|partners?|partnership|PfP|until|suspended|pending|guest|headquarter\w*|hosts?)"
    r"\b",
    re.IGNORECASE,
)
# Whose memberships a sentence tells ("Ruritania" before "is a member"), and whose a lead-in.
_SUBJECT = pattern(r"\b([A-Z][^\W\d_]{3,30})['’s ]*\Z")
_WHOSE = pattern(
    r"\b([A-Z][^\W\d_]{3,30})"
    r"(?=['’]| (?:is|has|was|are|belongs|became|participates|joined|holds|also|remains)\b)"
    r"|\b(?:of|by) ([A-Z][^\W\d_]{3,30})(?=[: ]*\Z| (?:include|are)\b)"
)
_ITEM_LINE = pattern(r"^[*#:;]", re.MULTILINE)
_LEAD_IN = 600


class Memberships(NamedTuple):
    """A list of memberships: its entries by whom they name, what introduces it, and the section
    that it speaks for."""

    entries: dict[str, list[Entry]]
    length: int
    lead_in: str
    scope: Section


@check(
    severity=Severity.WARNING,
    guideline="MOS:EMBED",
    trigger=r"\bmembers?\b|\bmemberships?\b|\bmember[\s_]|\bbelongs?\b",
)
def duplicate_membership(context: Context) -> Iterator[Finding]:
    """Report each sentence that enumerates memberships which a list enumerates too."""
    page = context.page
    starts = [place.start for place in context.reading.once(places)]
    known: dict[int, list[Memberships]] = {}
    for section in context.sections:
        body = section.body
        if bisect_left(starts, body.end) - bisect_left(starts, body.start) < 2:
            continue
        major = next(one for one in reversed(majors(page)) if one.start <= section.start)
        if major.number not in known:
            known[major.number] = list(_memberships(context, major))
        if not known[major.number]:
            continue
        for block in page.blocks(body):
            if block.kind == PARAGRAPH and not block.quoted:
                yield from _in_block(context, block, known[major.number])


def _memberships(context: Context, major: Section) -> Iterator[Memberships]:
    """The lists of memberships of a major section with its subsections."""
    page = context.page
    for section in page.sections[major.number :]:
        if section.start >= major.end and section.number != major.number:
            break
        if not _ITEM_LINE.search(context.text, section.body_start, section.body_end):
            continue
        blocks = page.blocks(section.body)
        for items in lists(context.reading, section):
            if len(items) < 2:
                continue
            lead_in = _lead_in(context, blocks, items[0]) or section.heading
            if not _OF_MEMBERSHIPS.search(lead_in) or _OF_ANOTHER_KIND.search(lead_in):
                continue
            found: dict[str, list[Entry]] = {}
            for item in items:
                one = entry(context.reading, item)
                if one is None or _OF_ANOTHER_KIND.search(one.rest):
                    continue
                if not one.rest or _GOES_ON.match(one.rest):
                    found.setdefault(one.mention.identity, []).append(one)
            if found:
                titled = _OF_MEMBERSHIPS.search(section.heading) is not None
                scope = _around(page, section) if titled else section
                yield Memberships(found, len(items), lead_in, scope)


def _around(page: Wikitext, section: Section) -> Section:
    """The section that a subsection belongs to; a section of its own stands for itself."""
    before = page.sections[: section.number]
    return next((one for one in reversed(before) if one.end >= section.end), section)


def _lead_in(context: Context, blocks: list[Block], item: Block) -> str:
    """The last sentence of the paragraph or item that stands in front of a list."""
    number = bisect_left(blocks, item.start, key=lambda block: block.start) - 1
    while number >= 0 and blocks[number].kind not in (PARAGRAPH, ITEM, HEADING):
        number -= 1
    if number < 0 or blocks[number].kind == HEADING:
        return ""
    block = blocks[number]
    beside = block.kind == ITEM and len(block.marker) >= len(item.marker)
    if beside and not block.marker.startswith(";"):
        return ""
    prose = context.page.prose(block.span)
    return prose.sentences[-1].text[-_LEAD_IN:] if prose.sentences else ""


def _in_block(context: Context, block: Block, memberships: list[Memberships]) -> Iterator[Finding]:
    prose = context.page.prose(block.span)
    if "member" not in prose.text and "belong" not in prose.text:
        return
    named = mentions(context.reading, prose)
    for sentence in prose.sentences:
        if "member" not in sentence.text and "belong" not in sentence.text:
            continue
        for enumeration in enumerations(prose, sentence, named):
            lead = prose.text[sentence.start : enumeration.start]
            member = _MEMBER.search(lead[-200:])
            if member is None or prose.in_quotation(sentence.start, enumeration.end):
                continue
            subject = lead[: max(0, len(lead) - 200) + member.start()]
            if _OF_OTHERS.search(subject):
                continue
            for one in memberships:
                if not one.scope.start <= block.start < one.scope.end:
                    continue
                if _of_one_country(subject, one.lead_in):
                    finding = _compared(context, block, prose, sentence, enumeration, one, subject)
                    if finding is not None:
                        yield finding
                        break


def _of_one_country(subject: str, lead_in: str) -> bool:
    """Whether a sentence and a list may speak of one country: no two different names."""
    named = _SUBJECT.search(subject[-60:])
    others = {one[:4] for pair in _WHOSE.findall(lead_in) for one in pair if one}
    return named is None or not others or named[1][:4] in others


def _compared(
    context: Context,
    block: Block,
    prose: Prose,
    sentence: Sentence,
    enumeration: Enumeration,
    listed: Memberships,
    subject: str,
) -> Finding | None:
    again: dict[int, list[Entry]] = {}
    for number, item in enumerate(enumeration.items):
        if item.mention is not None and not item.note:
            entries = listed.entries.get(item.mention.identity)
            if entries:
                again[number] = entries
    if not again:
        return None
    total = len(enumeration.items)
    every = [one for entries in again.values() for one in entries]
    stand = "stand" if len(again) > 1 else "stands"
    fixes = []
    shorter = _without_in_sentence(
        context, block, prose, sentence, enumeration, set(again), subject
    )
    if shorter is not None:
        fixes.append(shorter)
    if len(every) < listed.length:
        rest = _without_in_list(context, prose, enumeration, again)
        if rest is not None:
            fixes.append(rest)
    return context.finding(
        source_of(prose, sentence.start, sentence.end),
        f"{len(again)} of the {total} memberships enumerated here {stand} in the list"
        f" {'below' if every[0].block.start > block.start else 'above'} too",
        sure=Sureness.CERTAIN if len(again) > 1 else Sureness.LIKELY,
        related=sorted(one.block.span for one in every),
        fixes=fixes,
    )


def _without_in_sentence(
    context: Context,
    block: Block,
    prose: Prose,
    sentence: Sentence,
    enumeration: Enumeration,
    gone: set[int],
    subject: str,
) -> Fix | None:
    if len(gone) < len(enumeration.items):
        edits = without(context.text, prose, enumeration, gone, {})
        return Fix("Take the listed ones out of the sentence", edits) if edits else None
    says_more = (
        prose.text[enumeration.end : sentence.end].strip(" .;:")
        or _MERE_SUBJECT.fullmatch(subject) is None
    )
    if says_more or enumeration.continued or prose.notes_of(sentence.start, sentence.end):
        return None
    span = source_of(prose, sentence.start, sentence.end)
    text = context.text
    if prose.text.strip() == sentence.text:
        start, end = block.start, block.end
        while end < len(text) and end < block.end + 2 and text[end] == "\n":
            end += 1
    else:
        start, end = span
        before = text[start - 1 : start]
        if text[end : end + 1] == " " or text[end : end + 1] == before == "\n":
            end += 1
        elif before == " ":
            start -= 1
    if not is_whole(text[start:end]):
        return None
    return Fix("Take the sentence out; the list says it all", (Edit(start, text[start:end], ""),))


def _without_in_list(
    context: Context, prose: Prose, enumeration: Enumeration, again: dict[int, list[Entry]]
) -> Fix | None:
    text = context.text
    edits = []
    lines = []
    for number, entries in again.items():
        item = source_of(prose, enumeration.items[number].start, enumeration.items[number].end)
        moved = ""
        for one in entries:
            if one.rest or not is_whole(text[one.block.start : one.block.end]):
                return None
            lines.append(one.block)
            moved += "".join(note.source for note in one.prose.notes_of(-1, len(one.prose.text)))
        if moved:
            place = item.end + (text[item.end : item.end + 1] in (",", ".", ";", ":"))
            edits.append(Edit(place, "", moved))
    return Fix("Take them out of the list", tuple(sorted([*edits, *without_lines(text, lines)])))
