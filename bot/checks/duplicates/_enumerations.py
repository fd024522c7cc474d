"""Enumerations in a sentence ("A, B, the C (D), and E"), and how to take some of their items out.

Only what stands in names is an enumeration here: linked names, names of known organisations, words
with capitals. What an item says beyond its name ("the OECD since 1995") is kept with it, because an
item that says more is no mere repeat.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from bot.checks.duplicates._mentions import Mention, is_acronym, is_whole, source_of
from bot.model import Edit, Span
from bot.patterns import pattern
from bot.wikitext import Prose, Sentence, Template

_SEPARATOR = pattern(
    r"(?:\s?[,;]\s(?P<after>(?:and also|and|or|as well as|along with|plus)\s)?"
    r"|\s(?P<word>and also|and|or|as well as|along with|plus|&)\s)"
)
_LEAD = pattern(r"(?:of\s|in\s|to\s)?(?:[Tt]he\s|its\s)?")
_LEAD_BEFORE = pattern(r"(?:\b[Tt]he\s|\bits\s)\Z")
_NAME = pattern(
    r"(?:[A-Z][\w’'./–-]*|G-?\d+)"
    r"(?:\s(?:(?:of|for|on|in|the|de|du|la|against)\s){0,2}[A-Z][\w’'./–-]*){0,8}"
)
_BRACKET = pattern(r"\s?\((?P<inside>[^()]{1,80})\)")
# A kind of body behind its name adds nothing: "NATO defence alliance".
_KIND = pattern(
    r"\s(?:(?:defen[cs]e|military|political|economic|trade|trading|regional|security)\s)?"
    r"(?:alliance|bloc|block|pact|organi[sz]ation|grouping)\b"
)
_MORE = pattern(
    r"(?:\s(?!(?:and|or|as well|along|plus|which|who|but|while|where)\b)[\w’'–-]+){1,6}"
)
# What an item says beyond its name without a word of its own: "the OSCE's council", "UN-led",
# "the EU – which …", "NATO, where …", a bracket too long to be read, a template.
_GOES_ON = pattern(
    r"['’]|[-‐‑–/]?\w|\s?[(\ufffc–—→]|\s-\s"
    r"|,?\s(?:(?:\w+\s)?(?:at|by|for|from|in|of|on|to|with)\s)?"
    r"(?:which|whom?|whose|where|when|until)\b"
)
# The name of a part in front of the first item: "the Parliamentary Assembly of the".
_PART = pattern(
    r"(?:\b(?!Member|States?\b)[A-Z][\w’'-]*|\b(?:agency|arm|assembly|bank|branch|bureau|commission|committee"
    r"|council|court|fund|institute|office|parliament|program(?:me)?|secretariat)) of (?:the )?\Z"
)
_LONGEST = 60
# More than a sentence of the longest kind can name.
_MOST_MENTIONS = 500
_MOST_NOTES = 50


class Item(NamedTuple):
    """One item: prose.text[start:end], with its article and the acronym in brackets behind it.

    `mention` is whom it names, None when unknown. `note` is what it says besides the name, as far
    as it was read; an item with one is no mere name.
    `before` is the stretch of the separator in front of it, and `joined` its word ("and") or "".
    """

    start: int
    end: int
    mention: Mention | None
    note: str
    before: tuple[int, int]
    joined: str


class Enumeration(NamedTuple):
    """Items that follow each other with separators only; at most the last one is joined by a word.

    `continued` says that something is enumerated in front of the first one.
    """

    items: tuple[Item, ...]
    continued: bool

    @property
    def start(self) -> int:
        """Where the first item starts in the prose."""
        return self.items[0].start

    @property
    def end(self) -> int:
        """Where the last item ends in the prose."""
        return self.items[-1].end


def enumerations(
    prose: Prose, sentence: Sentence, mentions: list[Mention]
) -> Iterator[Enumeration]:
    """The enumerations of a sentence that hold a mention, left to right."""
    here = sentence.start
    first = bisect_left(mentions, sentence.start, key=lambda mention: mention.start)
    for mention in mentions[first : first + _MOST_MENTIONS]:
        if mention.start >= sentence.end:
            break
        if mention.start < here or mention.end > sentence.end:
            continue
        items = _chain(prose, sentence, mention, mentions)
        here = items[-1].end
        if len(items) > 1:
            yield Enumeration(
                tuple(items), prose.text[: items[0].start].rstrip().endswith((",", ";"))
            )


def _chain(prose: Prose, sentence: Sentence, first: Mention, mentions: list[Mention]) -> list[Item]:
    text = prose.text
    lead = _LEAD_BEFORE.search(text, max(sentence.start, first.start - 5), first.start)
    start = lead.start() if lead else first.start
    items = [_item(prose, sentence, start, first, (start, start), "")]
    following = bisect_left(mentions, first.end, key=lambda mention: mention.start)
    if items[0].note and following < len(mentions):
        # "Karvenia is a member of the UN, …": the enumeration begins with the next name.
        next_name = mentions[following].start
        if next_name < items[0].end and text[next_name - 1] != "(":
            items[0] = items[0]._replace(end=next_name)
    while len(items) < _LONGEST and not items[-1].joined:
        separator = _SEPARATOR.match(text, items[-1].end, sentence.end)
        if separator is None:
            break
        start = separator.end()
        at = _LEAD.match(text, start, sentence.end).end()  # type: ignore[union-attr]
        number = bisect_left(mentions, at, key=lambda mention: mention.start)
        mention = mentions[number] if number < len(mentions) else None
        if mention is not None and mention.start != at:
            mention = None
        if mention is None and _NAME.match(text, at, sentence.end) is None:
            break
        joined = separator["after"] or separator["word"] or ""
        items.append(_item(prose, sentence, start, mention, separator.span(), joined.strip(), at))
    if len(items) > 1:
        part = _PART.search(text, max(sentence.start, first.start - 40), first.start)
        if part is not None:
            items[0] = items[0]._replace(note=part[0])
    return items


def _item(
    prose: Prose,
    sentence: Sentence,
    start: int,
    mention: Mention | None,
    before: tuple[int, int],
    joined: str,
    at: int = -1,
) -> Item:
    text = prose.text
    if mention is not None:
        end = mention.end
    else:
        end = _NAME.match(text, at, sentence.end).end()  # type: ignore[union-attr]
    note = ""
    if mention is not None:
        kind = _KIND.match(text, end, sentence.end)
        if kind is not None:
            end = kind.end()
    bracket = _BRACKET.match(text, end, sentence.end)
    if bracket is not None:
        end = bracket.end()
        inside = bracket["inside"].strip()
        if mention is None or not is_acronym(mention, inside):
            note = inside
    more = _MORE.match(text, end, sentence.end)
    if more is not None:
        end = more.end()
        note += more[0]
    if mention is not None and not mention.exact:
        note += mention.written
    goes_on = _GOES_ON.match(text, end, sentence.end)
    if goes_on is not None:
        note += goes_on[0]
    elif joined:
        # "the UN, the World Bank and the UN and NATO missions": two enumerations in one.
        another = _SEPARATOR.match(text, end, sentence.end)
        if another is not None and another["word"]:
            lead = _LEAD.match(text, another.end(), sentence.end)
            if _NAME.match(text, lead.end(), sentence.end):  # type: ignore[union-attr]
                note += another["word"]
    return Item(start, end, mention, note, before, joined)


def without(
    page: str, prose: Prose, enumeration: Enumeration, gone: set[int], heirs: dict[int, int]
) -> tuple[Edit, ...] | None:
    """The edits that take items out and set commas and "and" right; None when that is not clean.

    `page` is the text of the page, `gone` are the numbers of the items. `heirs` says which item
    takes over the references that hang on one that goes; without an heir such an item cannot go.
    """
    items = enumeration.items
    spans = [_source(prose, item) for item in items]
    kept = [number for number in range(len(items)) if number not in gone]
    if not kept:
        return None
    for before, after in itertools.pairwise(spans):
        if before.end > after.start or not _PLAIN.fullmatch(page[before.end : after.start]):
            return None
    moved: dict[int, str] = {}
    for number in gone:
        notes = page[_name_end(prose, items[number]) : spans[number].end]
        if notes:
            heir = heirs.get(number)
            if heir is None:
                return None
            if notes not in page[spans[heir].start : spans[heir].end]:
                moved[heir] = moved.get(heir, "") + notes
        if not is_whole(page[spans[number].start : spans[number].end]):
            return None
    separators = {n: page[spans[n - 1].end : spans[n].start] for n in range(1, len(items))}
    last = len(items) - 1
    conjunction = separators[last] if items[last].joined else ""
    pieces = []
    for order, number in enumerate(kept):
        separator = separators[number] if order else ""
        if order and number == kept[-1] and conjunction:
            separator = conjunction
            if len(kept) == 2 and not enumeration.continued:
                separator = f" {items[last].joined} "
        pieces.append((number, separator))
    shared = _shared_article(prose, items, kept[0])
    if shared is None or (len(items) - 1 in gone and _noted_behind(prose, enumeration.end)):
        return None
    edits = []
    position = spans[0].start + shared
    notes = ""
    for number, separator in pieces:
        edits += _changed(page, position, spans[number].start, separator, notes)
        position = spans[number].end
        notes = moved.get(number, "")
    # What follows the last item takes part, for a note goes behind a comma or full stop.
    end = spans[-1].end + bool(notes)
    edits += _changed(page, position, end, page[spans[-1].end : end], notes)
    return _merged(edits)


def _changed(page: str, start: int, end: int, new: str, notes: str) -> list[Edit]:
    """The edits that make page[start:end] a new text, with notes behind its first punctuation
    (MOS:REFPUNCT), or in front of it when a note stands there already."""
    old = page[start:end]
    behind = int(page[start - 1 : start] != ">" and new[:1] in ",.;:")
    if old == new:
        return [Edit(start + behind, "", notes)] if notes else []
    return [Edit(start, old, new[:behind] + notes + new[behind:])]


def _noted_behind(prose: Prose, end: int) -> bool:
    """Whether a note stands behind the comma that follows, or a footnote behind the full stop: it
    tells of what is named last."""
    first = bisect_left(prose.notes, end + 1, key=lambda note: note[0])
    return any(
        prose.text[end] in ",;" or isinstance(note, Template)
        for at, note in prose.notes[first : first + _MOST_NOTES]
        if at == end + 1
    )


def _shared_article(prose: Prose, items: tuple[Item, ...], first: int) -> int | None:
    """How much of the first item stays when it goes: its "the", when it stood for all of them.

    None when it may have stood for the new first item, of which too little is known.
    """
    article = "the "
    others = items[first:]
    if not first or not prose.text.startswith(article, items[0].start):
        return 0
    if any(prose.text.startswith(article, item.start) for item in others):
        return 0 if prose.text.startswith(article, others[0].start) else None
    mention = others[0].mention
    if mention is None or mention.organisation is None:
        return None
    return 0 if mention.as_acronym else len(article)


_PLAIN = pattern(r"[\s,;&\w]{1,20}")


def _name_end(prose: Prose, item: Item) -> int:
    return source_of(prose, item.start, item.end).end


def _source(prose: Prose, item: Item) -> Span:
    """Where an item stands in the page, with the references that hang on it."""
    span = source_of(prose, item.start, item.end)
    end = span.end
    first = bisect_left(prose.notes, item.end, key=lambda note: note[0])
    for at, note in prose.notes[first : first + _MOST_NOTES]:
        if at == item.end and note.start >= end:
            end = note.end
    return Span(span.start, end)


def _merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """The edits with those that touch each other made one."""
    merged: list[Edit] = []
    for edit in edits:
        if merged and merged[-1].end == edit.start:
            last = merged.pop()
            edit = Edit(last.start, last.old + edit.old, last.new + edit.new)
        merged.append(edit)
    return tuple(merged)
