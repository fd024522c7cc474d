"""Choose fixes that go together, apply any approved subset of them, show what they change; pure.

An edit is a span of the text as fetched and carries what it replaces. Chosen fixes are disjoint, so
that any subset of them applies in any order with the same result.
"""

from __future__ import annotations

import difflib
import itertools
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.errors import StaleEdit
from bot.model import Edit, Finding, Fix, Safety, Span


class Conflict(NamedTuple):
    """A fix that was left out because it clashes with another one, chosen before it."""

    finding: Finding
    fix: Fix
    blocked_by: Finding


class Choice(NamedTuple):
    """Fixes that apply together, each with its finding, and those left out for their sake."""

    chosen: tuple[tuple[Finding, Fix], ...]
    conflicts: tuple[Conflict, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of all chosen fixes, sorted and disjoint."""
        return tuple(sorted(edit for _, fix in self.chosen for edit in fix.edits))


def choose(picks: Iterable[tuple[Finding, Fix]]) -> Choice:
    """The picked fixes that go together.

    Where two of them clash, the one earlier in the page is kept (then the one with the greater
    safety, then by the check's name), and the other is recorded as a Conflict. Fixes that change
    nothing a reader sees are kept only beside one that does (WP:COSMETICBOT).
    """
    ordered = sorted(
        picks,
        key=lambda pick: (pick[1].edits[0].start, -_RANK[pick[1].safety], pick[0].check),
    )
    kept: list[tuple[Finding, Fix]] = []
    conflicts: list[Conflict] = []
    together = Together()
    for finding, fix in ordered:
        blocker = together.add(finding, fix.edits)
        if blocker is None:
            kept.append((finding, fix))
        else:
            conflicts.append(Conflict(finding, fix, blocker))
    if all(fix.cosmetic for _, fix in kept):
        kept = []
    return Choice(tuple(kept), tuple(conflicts))


def clash(one: Finding, edits: Sequence[Edit], other: Finding, others: Sequence[Edit]) -> bool:
    """Whether the edits for a finding cannot be made together with those for another one.

    They cannot where they overlap or touch, nor where those for one check take away a place that
    the finding of another is related to: of two links, the one that should stay must not go with
    its entry. A check's own fixes are made to go together, each of three equal entries may name
    another.
    """
    if any(edit.span.touches(second.span) for edit in edits for second in others):
        return True
    return one.check != other.check and (
        any(_takes_away(edit, place) for edit in edits for place in other.related)
        or any(_takes_away(edit, place) for edit in others for place in one.related)
    )


def _takes_away(edit: Edit, place: Span) -> bool:
    """Whether what stands in a place is gone after an edit, and not merely moved within it."""
    if not edit.span.contains(place):
        return False
    return edit.old[place.start - edit.start : place.end - edit.start] not in edit.new


class Together:
    """Edits of one text that can be made together, collected one finding after the other."""

    def __init__(self) -> None:
        self._kept: list[tuple[Finding, Sequence[Edit]]] = []
        # What is kept, by the blocks of text in which something may clash with it.
        self._near: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, finding: Finding, edits: Sequence[Edit]) -> Finding | None:
        """Keep the edits for a finding, or give the finding whose kept edits they clash with."""
        blocks = {
            block
            for span in (*finding.related, *(edit.span for edit in edits))
            for block in range(span.start >> _BLOCK, (span.end >> _BLOCK) + 1)
        }
        for number in sorted({number for block in blocks for number in self._near.get(block, ())}):
            if clash(finding, edits, *self._kept[number]):
                return self._kept[number][0]
        for block in blocks:
            self._near[block].append(len(self._kept))
        self._kept.append((finding, edits))
        return None


_BLOCK = 10  # binary digits of a place within a block, of 1,024 characters


_RANK = {safety: rank for rank, safety in enumerate(Safety)}


def first_fixes(
    findings: Iterable[Finding], least: Safety = Safety.REVIEW
) -> list[tuple[Finding, Fix]]:
    """Each finding with the first of its fixes that is at least this safe."""
    picks = []
    for finding in findings:
        for fix in finding.fixes:
            if _RANK[fix.safety] >= _RANK[least]:
                picks.append((finding, fix))
                break
    return picks


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made; everything outside of them is the same, byte for byte.

    Raises StaleEdit, and changes nothing, when the text that an edit replaces is not where the edit
    says, or when two edits overlap.
    """
    pieces = []
    position = 0
    for edit in sorted(edits):
        if edit.start < position:
            raise StaleEdit(f"two edits overlap at character {edit.start}; nothing was changed")
        if text[edit.start : edit.end] != edit.old:
            raise StaleEdit(
                f"character {edit.start} no longer reads {edit.old[:60]!r} but"
                f" {text[edit.start : edit.end][:60]!r}; check the page again"
            )
        pieces.append(text[position : edit.start])
        pieces.append(edit.new)
        position = edit.end
    pieces.append(text[position:])
    return "".join(pieces)


def unified_diff(text: str, edits: Iterable[Edit], name: str, context: int = 3) -> str:
    """The edits as a unified diff that `patch -p1` applies to the file `name`; '' for none.

    The changed lines are those of the edits: nothing is guessed from comparing two texts. Lines end
    at line feeds only, as patch counts them, so a carriage return stays part of its line.
    """
    before = _lines(text)
    starts = [0, *itertools.accumulate(map(len, before))]
    changes = list(_changed_lines(text, sorted(edits), before, starts))
    if not changes:
        return ""
    quote, name = _quoted(name)
    out = [f"--- {quote}a/{name}\n", f"+++ {quote}b/{name}\n"]
    shift = 0
    while changes:
        group = [changes.pop(0)]
        while changes and changes[0].first - group[-1].last <= 2 * context:
            group.append(changes.pop(0))
        first = max(0, group[0].first - context)
        last = min(len(before), group[-1].last + context)
        grown = sum(len(each.new) - (each.last - each.first) for each in group)
        old_range = _range(first, last - first)
        new_range = _range(first + shift, last - first + grown)
        out.append(f"@@ -{old_range} +{new_range} @@\n")
        position = first
        for each in group:
            out += [" " + line for line in before[position : each.first]]
            out += ["-" + line for line in before[each.first : each.last]]
            out += ["+" + line for line in each.new]
            position = each.last
        out += [" " + line for line in before[position:last]]
        shift += grown
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in out
    )


class _Change(NamedTuple):
    """The lines before[first:last] become `new`."""

    first: int
    last: int
    new: list[str]


def _changed_lines(
    text: str, edits: Sequence[Edit], before: list[str], starts: list[int]
) -> Iterator[_Change]:
    """The lines that the edits (sorted, disjoint) change; stretches that share a line are one."""
    stretches: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        first = max(0, bisect_right(starts, edit.start, hi=len(before)) - 1)
        last = max(first, bisect_right(starts, edit.end, hi=len(before)) - 1) + 1
        if stretches and first <= stretches[-1][1]:
            first, _, together = stretches.pop()
            stretches.append((first, last, [*together, edit]))
        else:
            stretches.append((first, last, [edit]))
    for first, last, together in stretches:
        last = min(last, len(before))
        shift = starts[first]
        inside = [edit._replace(start=edit.start - shift) for edit in together]
        old = before[first:last]
        new = _lines(apply(text[shift : starts[last]], inside))
        while old and new and old[0] == new[0]:
            del old[0], new[0]
            first += 1
        while old and new and old[-1] == new[-1]:
            del old[-1], new[-1]
            last -= 1
        if old or new:
            yield _Change(first, last, new)


def _range(start: int, count: int) -> str:
    """A range of lines as a hunk's head names it; an empty one names the line before it."""
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _quoted(name: str) -> tuple[str, str]:
    """A file's name as patch reads it: a quote to open with, and the rest.

    A name with blanks ends at a tab; one with quotes or control characters is written as in C.
    """
    if any(character in '"\\' or character < " " or character == "\x7f" for character in name):
        octal = {character: f"\\{ord(character):03o}" for character in name if character < " "}
        table = str.maketrans(octal | {'"': '\\"', "\\": "\\\\", "\x7f": "\\177"})
        return '"', name.translate(table) + '"'
    return "", name + ("\t" if " " in name else "")


def _lines(text: str) -> list[str]:
    """The lines as patch counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


class Piece(NamedTuple):
    """A stretch of a hunk: the same in both texts, or `old` in one and `new` in the other."""

    old: str
    new: str

    @property
    def changed(self) -> bool:
        """Whether the two texts differ here."""
        return self.old != self.new


class Hunk(NamedTuple):
    """A change with the words around it, for people to read.

    It shows text[start:end]; joined, the `old` of its pieces are that text, the `new` what it
    becomes. `cut_before` and `cut_after` say that its line goes on outside.
    """

    start: int
    end: int
    pieces: tuple[Piece, ...]
    cut_before: bool
    cut_after: bool


def hunks(text: str, edits: Iterable[Edit], reach: int | None = 60) -> tuple[Hunk, ...]:
    """What the edits change, word by word, with about `reach` characters of the line around them.

    With `reach` None the whole lines are shown. Changes of one line that are near are one hunk.
    """
    found = []
    groups: list[list[Edit]] = []
    for edit in _whole_words(text, sorted(edits)):
        if groups:
            last = groups[-1][-1]
            near = reach is None or edit.start - last.end <= 2 * (reach + _LONGEST_WORD)
            if near and "\n" not in text[last.end : edit.start]:
                groups[-1].append(edit)
                continue
        groups.append([edit])
    for group in groups:
        # A line may be longer than anybody reads: no further than the reach is looked.
        least, most = 0, len(text)
        if reach is not None:
            least = max(least, group[0].start - reach - _LONGEST_WORD - 1)
            most = min(most, group[-1].end + reach + _LONGEST_WORD + 1)
        line_start = max(least, text.rfind("\n", least, group[0].start) + 1)
        line_end = text.find("\n", group[-1].end, most)
        line_end = most if line_end < 0 else line_end
        if text[group[-1].end - 1 : group[-1].end] == "\n" and group[-1].old:
            line_end = group[-1].end  # whole lines go; the next one is none of theirs
        start, end = line_start, line_end
        if reach is not None:
            start = _word_start(text, line_start, group[0].start - reach)
            end = _word_end(text, line_end, group[-1].end + reach)
        pieces = []
        position = start
        for edit in group:
            if position < edit.start:
                pieces.append(Piece(text[position : edit.start], text[position : edit.start]))
            pieces += _compared(edit.old, edit.new)
            position = edit.end
        if position < end:
            pieces.append(Piece(text[position:end], text[position:end]))
        found.append(Hunk(start, end, _joined(pieces), start > line_start, end < line_end))
    return tuple(found)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces, with changes that only a sign or two part as one: it is easier to read."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece.changed and len(joined) > 1 and joined[-2].changed:
            between = joined[-1].old
            if len(between) <= 3 and not any(map(str.isalnum, between)) and "\n" not in between:
                _, last = joined.pop(), joined.pop()
                piece = Piece(last.old + between + piece.old, last.new + between + piece.new)
        joined.append(piece)
    return tuple(joined)


# How far a word is followed; a longer one is no word of a language that sets blanks.
_LONGEST_WORD = 40
_FIRST_UNSPACED = "\u2e80"  # from here on scripts set no blanks between words


def _whole_words(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits, each grown to whole words; those that then meet in one word are one."""
    grown: list[Edit] = []
    for edit in edits:
        start, end = edit.start, edit.end
        if _in_word(edit.old[:1]) or _in_word(edit.new[:1]):
            while edit.start - start < _LONGEST_WORD and _in_word(text[start - 1 : start]):
                start -= 1
        if _in_word(edit.old[-1:]) or _in_word(edit.new[-1:]):
            while end - edit.end < _LONGEST_WORD and _in_word(text[end : end + 1]):
                end += 1
        new = text[start : edit.start] + edit.new + text[edit.end : end]
        if grown and start < grown[-1].end:
            last = grown.pop()
            start, end = last.start, max(end, last.end)
            grown_too_far = max(0, last.end - edit.start)
            head = last.new[: len(last.new) - grown_too_far] + text[last.end : edit.start]
            new = head + edit.new + text[edit.end : end]
        grown.append(Edit(start, text[start:end], new))
    return grown


def _in_word(character: str) -> bool:
    return character.isalnum() and character < _FIRST_UNSPACED


def _word_start(text: str, least: int, place: int) -> int:
    """Where the word at a place starts, but not before `least`."""
    if place <= least:
        return least
    blank = max(text.rfind(" ", place - _LONGEST_WORD, place), least - 1)
    return blank + 1 if place - blank <= _LONGEST_WORD else place


def _word_end(text: str, most: int, place: int) -> int:
    """Where the word at a place ends, but not behind `most`."""
    if place >= most:
        return most
    blank = text.find(" ", place, place + _LONGEST_WORD)
    return min(most, place if blank < 0 else blank)


_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_COMPARISONS = 250_000


def _compared(old: str, new: str) -> list[Piece]:
    """The words two texts share and those they do not; blanks between changed words go along."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if not before or not after or len(before) * len(after) > _MOST_COMPARISONS:
        return [Piece(old, new)]
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        piece = Piece("".join(before[a:b]), "".join(after[c:d]))
        if len(pieces) > 1 and kind != "equal" and not pieces[-1].old.strip():
            blank, last = pieces.pop(), pieces.pop()
            piece = Piece(last.old + blank.old + piece.old, last.new + blank.new + piece.new)
        pieces.append(piece)
    return pieces


def edits_between(old: str, new: str, start: int = 0) -> tuple[Edit, ...]:
    """The edits, word by word, that turn the text `old`, which stands at `start`, into `new`."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        start += len(before[first])
        first += 1
    edits = []
    for piece in _compared("".join(before[first:]), "".join(after[first:])):
        if piece.changed:
            edits.append(Edit(start, piece.old, piece.new))
        start += len(piece.old)
    return tuple(edits)


def moved(place: int, edits: Sequence[Edit]) -> int:
    """Where a place of the old text stands after the edits (sorted); inside one: at its start."""
    shift = 0
    for edit in edits:
        if edit.start > place or (edit.start == place and edit.old):
            break
        if place < edit.end:
            return edit.start + shift
        shift += len(edit.new) - len(edit.old)
    return place + shift
