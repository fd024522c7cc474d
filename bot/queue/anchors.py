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
from dataclasses import dataclass
from typing import Self

from bot.model import Edit, Finding, Fix, Span

# A line longer than this is cut around the finding before its sentence is looked for.
_LONGEST_CONTEXT = 4_000
_MOST_DISTANCES = 40_000

_REFERENCE = re.compile(
    r"<ref\b[^<>]*/>|<ref\b[^<>]*>.*?</ref\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)
_OPEN_REFERENCE = re.compile(r"<ref\b[^<>/]*>", re.IGNORECASE)
_CLOSED_REFERENCE = re.compile(r"</ref\s*>", re.IGNORECASE)
_SENTENCE_END = re.compile(r"""[.!?;][)\]"'”’»]*(?=[\s\0]|\Z)|[。！？]|[؟।۔](?=[\s\0]|\Z)""")


def key(check: str, text: str, span: Span) -> str:
    """What names a finding of this check at this stretch, on its page, in any revision."""
    before, after = context(text, span)
    parts = (check, before, span.of(text), after)
    return hashlib.sha256("\0".join(map(_plain, parts)).encode()).hexdigest()[:32]


def context(text: str, span: Span) -> tuple[str, str]:
    """What stands before and behind a stretch in its sentence, without references and comments.

    In a reference it is the rest of the reference instead.
    """
    around, masked = _around(text, span)
    shift = span.start - around.start
    width = span.end - span.start
    return masked[:shift].replace("\0", ""), masked[shift + width :].replace("\0", "")


def sentence(text: str, span: Span) -> Span:
    """The sentence that a stretch stands in, or the reference, or what of its line is near."""
    return _around(text, span)[0]


def _around(text: str, span: Span) -> tuple[Span, str]:
    """The sentence of a stretch, and its text with NULs for references and comments beside it."""
    line_start = max(text.rfind("\n", 0, span.start) + 1, span.start - _LONGEST_CONTEXT)
    line_end = text.find("\n", span.end)
    line_end = min(len(text) if line_end < 0 else line_end, span.end + _LONGEST_CONTEXT)
    before = _masked(text[line_start : span.start])
    after = text[span.end : line_end]
    opened = _OPEN_REFERENCE.search(before)
    if opened:
        closed = _CLOSED_REFERENCE.search(after)
        before, after = before[opened.end() :], after[: closed.start()] if closed else after
    else:
        after = _masked(after)
        ends = [match.end() for match in _SENTENCE_END.finditer(before)]
        before = before[ends[-1] :] if ends else before
        own = _masked(span.of(text)).replace("\0", "").rstrip()
        end = _SENTENCE_END.search(after)
        if _SENTENCE_END.search(own[-3:]):
            after = ""
        elif end:
            after = after[: end.end()]
    around = Span(span.start - len(before), span.end + len(after))
    return around, before + span.of(text) + after


def _masked(text: str) -> str:
    return _REFERENCE.sub(lambda reference: "\0" * len(reference[0]), text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Shift:
    """How the places of one text of a page moved to another text of it.

    What stands before `start` or behind `end` (places of the old text) is the same in both, only
    `growth` characters further on behind `end`. In between, a line that is there once in each is
    the same line.
    """

    old: str
    new: str
    start: int
    end: int

    @classmethod
    def between(cls, old: str, new: str) -> Self:
        """The shift from one text to another."""
        shortest = min(len(old), len(new))
        start = _shared(lambda size: old[:size] == new[:size], shortest)
        rest = shortest - start
        end = _shared(lambda size: old[len(old) - size :] == new[len(new) - size :], rest)
        return cls(old, new, start, len(old) - end)

    @property
    def growth(self) -> int:
        """How much further on the unchanged end stands."""
        return len(self.new) - len(self.old)

    def certain(self, span: Span) -> int | None:
        """Where a stretch of the old text starts in the new one; None if that is not certain.

        Certain is only what stands in lines that have not changed.
        """
        if self.old == self.new:
            return span.start
        line_start = self.old.rfind("\n", 0, span.start) + 1
        line_end = self.old.find("\n", span.end)
        line_end = len(self.old) if line_end < 0 else line_end
        if line_end < self.start:
            return span.start
        if line_start > self.end:
            return span.start + self.growth
        lines = self.old[line_start:line_end]
        if not lines.strip() or len(_lines_at(self.old, lines)) != 1:
            return None
        there = _lines_at(self.new, lines)
        return there[0] + span.start - line_start if len(there) == 1 else None

    def about(self, span: Span) -> int:
        """Where a stretch of the old text starts in the new one, at least about."""
        place = self.certain(span)
        return max(self.start, span.start + self.growth) if place is None else place


def _lines_at(text: str, lines: str) -> list[int]:
    """Where these whole lines start in a text; no more than two places."""
    found: list[int] = []
    place = text.find(lines)
    while place >= 0 and len(found) < 2:
        end = place + len(lines)
        if text[place - 1 : place] in ("", "\n") and text[end : end + 1] in ("", "\n"):
            found.append(place)
        place = text.find(lines, place + 1)
    return found


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

    Certain are places in the finding's own stretch, in its sentence when that is the same, and
    those of which `Shift` is certain.
    """
    offset = new.span.start - old.span.start
    home = old.span
    around = sentence(moved.old, old.span)
    if around.of(moved.old) == sentence(text, new.span).of(text):
        home = around
    found = []
    for edit in edits:
        start = edit.start + offset if home.contains(edit.span) else moved.certain(edit.span)
        if start is None or text[start : start + len(edit.old)] != edit.old:
            return None
        found.append(edit._replace(start=start))
    return tuple(found)


def carried_finding(finding: Finding, moved: Shift, text: str) -> Finding | None:
    """A finding, unchanged, where it stands in the new text; None if that is not certain."""
    start = moved.certain(finding.span)
    if start is None:
        return None
    new = finding._replace(span=_at(start, finding.span))
    fixes = []
    for fix in finding.fixes:
        edits = carried(fix.edits, finding, new, moved, text)
        if edits is None:
            return None
        fixes.append(fix._replace(edits=edits))
    places = ((span, moved.certain(span)) for span in finding.related)
    related = tuple(_at(place, span) for span, place in places if place is not None)
    return new._replace(fixes=tuple(fixes), related=related)


def _at(start: int, span: Span) -> Span:
    return Span(start, start + span.end - span.start)
