"""Choose fixes that go together, apply any approved subset of them, show what they change; pure.

An edit is a span of the text as fetched and carries what it replaces. Chosen fixes are disjoint, so
that any subset of them applies in any order with the same result.
"""

from __future__ import annotations

import difflib
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.errors import StaleEdit
from bot.model import Edit, Finding, Fix, Safety


class Conflict(NamedTuple):
    """A fix that was left out because another one, chosen before it, edits the same place."""

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

    Where two of them overlap or touch, the one earlier in the page is kept (then the one with the
    greater safety, then by the check's name), and the other is recorded as a Conflict. Fixes that
    change nothing a reader sees are kept only beside one that does (WP:COSMETICBOT).
    """
    ordered = sorted(
        picks,
        key=lambda pick: (pick[1].edits[0].start, -_RANK[pick[1].safety], pick[0].check),
    )
    kept: list[tuple[Finding, Fix]] = []
    conflicts: list[Conflict] = []
    taken: list[tuple[int, int, int]] = []  # start, end, number of the owner; sorted, disjoint
    for finding, fix in ordered:
        blocker = next(filter(None, (_owner(taken, kept, edit) for edit in fix.edits)), None)
        if blocker is not None:
            conflicts.append(Conflict(finding, fix, blocker))
            continue
        for edit in fix.edits:
            insort(taken, (edit.start, edit.end, len(kept)))
        kept.append((finding, fix))
    if all(fix.cosmetic for _, fix in kept):
        kept = []
    return Choice(tuple(kept), tuple(conflicts))


def _owner(
    taken: list[tuple[int, int, int]], kept: list[tuple[Finding, Fix]], edit: Edit
) -> Finding | None:
    """The finding whose kept fix edits a place that this edit overlaps or touches."""
    after = bisect_right(taken, (edit.end, len(taken) and taken[-1][1] + 1, 0))
    if after and taken[after - 1][1] >= edit.start:
        return kept[taken[after - 1][2]][0]
    return None


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


def unified_diff(before: str, after: str, name: str, context: int = 3) -> str:
    """The change as a unified diff that `patch -p1` applies to the file `name`; '' for none."""
    if before == after:
        return ""
    lines: list[str] = []
    for line in difflib.unified_diff(
        _lines(before), _lines(after), f"a/{name}", f"b/{name}", n=context
    ):
        if line.endswith("\n"):
            lines.append(line)
        else:
            lines.append(f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """The lines as patch counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


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
