"""Which finding of one revision is which of another, and where an approved edit stands now.

A finding is known by its check and by the words it is about: the stretch itself and the rest of its
sentence (of its reference, when it stands in one). So it is the same finding after edits elsewhere
on the page, and another one as soon as its own words change. Blanks and line breaks do not count.
Nothing is guessed: an edit whose place is not certain has none.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bot.model import Edit, Finding, Fix, Span

# A line longer than this is cut around the finding before its sentence is looked for.
_LONGEST_CONTEXT = 4_000
_MOST_DISTANCES = 40_000

_REFERENCE = re.compile(
    r"<ref\b[^<>]*/>|<ref\b[^<>]*>.*?</ref\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)
_OPEN_REFERENCE = re.compile(r"<ref\b[^<>/]*>", re.IGNORECASE)
_CLOSED_REFERENCE = re.compile(r"</ref\s*>", re.IGNORECASE)
_SENTENCE_END = re.compile(r"""[.!?;][)\]"'”’»]*(?=\s|\Z)|[。！？]|[؟।۔](?=\s|\Z)""")


def key(check: str, text: str, span: Span) -> str:
    """What names a finding of this check at this stretch, on its page, in any revision."""
    before, after = context(text, span)
    parts = (check, before, span.of(text), after)
    return hashlib.sha256("\0".join(map(_plain, parts)).encode()).hexdigest()[:32]


def context(text: str, span: Span) -> tuple[str, str]:
    """What stands before and behind a stretch in its sentence, without references and comments.

    In a reference it is the rest of the reference instead.
    """
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.end)
    line_end = len(text) if line_end < 0 else line_end
    before = text[max(line_start, span.start - _LONGEST_CONTEXT) : span.start]
    after = text[span.end : min(line_end, span.end + _LONGEST_CONTEXT)]
    before = _REFERENCE.sub("", before)
    opened = _OPEN_REFERENCE.search(before)
    if opened:
        closed = _CLOSED_REFERENCE.search(after)
        return before[opened.end() :], after[: closed.start()] if closed else after
    after = _REFERENCE.sub("", after)
    starts = [match.end() for match in _SENTENCE_END.finditer(before)]
    if _SENTENCE_END.search(_REFERENCE.sub("", span.of(text)).rstrip()[-3:]):
        after = ""
    end = _SENTENCE_END.search(after)
    return before[starts[-1] :] if starts else before, after[: end.end()] if end else after


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


class Shift(NamedTuple):
    """Two texts of a page compared at their ends: what stands before `start` or behind `end` (both
    of the old text) is the same in the new one, only `growth` characters further on behind `end`.
    """

    start: int
    end: int
    growth: int

    def of(self, place: int) -> int:
        """About where a place of the old text stands in the new one; exact outside the middle."""
        return place if place <= self.start else max(self.start, place + self.growth)


def shift(old: str, new: str) -> Shift:
    """How the places of one text moved to another."""
    shortest = min(len(old), len(new))
    start = _shared(lambda size: old[:size] == new[:size], shortest)
    end = _shared(lambda size: old[len(old) - size :] == new[len(new) - size :], shortest - start)
    return Shift(start, len(old) - end, len(new) - len(old))


def _shared(same: Callable[[int], bool], most: int) -> int:
    """The greatest size up to `most` for which `same` holds; it holds for all smaller ones."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if same(middle):
            least = middle
        else:
            most = middle - 1
    return least


def pairs(expected: Sequence[int], found: Sequence[int]) -> list[tuple[int, int]]:
    """Which of the expected places is which of the found ones: the nearest first, each once.

    Gives pairs of indices into the two. Very many are paired in their order.
    """
    if len(expected) * len(found) > _MOST_DISTANCES:
        return list(zip(range(len(expected)), range(len(found)), strict=False))
    distances = sorted(
        (abs(place - other), i, j)
        for i, place in enumerate(expected)
        for j, other in enumerate(found)
    )
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    chosen = []
    for _, i, j in distances:
        if i not in taken_left and j not in taken_right:
            taken_left.add(i)
            taken_right.add(j)
            chosen.append((i, j))
    return chosen


def same_fix(fix: Fix, among: Iterable[Fix]) -> int | None:
    """The number of the fix that makes the same replacements, in the same order; None for none."""
    wanted = [(edit.old, edit.new) for edit in fix.edits]
    for number, other in enumerate(among):
        if [(edit.old, edit.new) for edit in other.edits] == wanted:
            return number
    return None


def carried(
    edits: Sequence[Edit], old: Finding, new: Finding, moved: Shift, text: str
) -> tuple[Edit, ...] | None:
    """Edits of a finding where they stand in the new text; None if that is not certain.

    Certain are places in the finding's own stretch and places outside of what changed.
    """
    offset = new.span.start - old.span.start
    found = []
    for edit in edits:
        if old.span.contains(edit.span):
            start = edit.start + offset
        elif edit.end <= moved.start:
            start = edit.start
        elif edit.start >= moved.end:
            start = edit.start + moved.growth
        else:
            return None
        if text[start : start + len(edit.old)] != edit.old:
            return None
        found.append(edit._replace(start=start))
    return tuple(found)


def carried_finding(finding: Finding, moved: Shift, text: str) -> Finding | None:
    """A finding, unchanged, where it stands in the new text; None if that is not certain."""
    start = moved.of(finding.span.start)
    new = finding._replace(span=Span(start, start + finding.span.end - finding.span.start))
    fixes = []
    for fix in finding.fixes:
        edits = carried(fix.edits, finding, new, moved, text)
        if edits is None:
            return None
        fixes.append(fix._replace(edits=edits))
    related = (Span(moved.of(span.start), moved.of(span.end)) for span in finding.related)
    return new._replace(fixes=tuple(fixes), related=tuple(related))
