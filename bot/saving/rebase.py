"""Carry approved edits over to a newer text of their page, or refuse to.

Sections are told by their headings and their text, never by their number: an edit goes where the
very text stands that a human saw it in, and nowhere else. Nothing here looks for similar text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.errors import StaleEdit
from bot.model import Edit
from bot.wikitext import Section, Wikitext


class Place(NamedTuple):
    """A section's own text, without its subsections, and the headings that lead to it."""

    path: tuple[tuple[int, str], ...]
    text: str
    start: int

    @property
    def name(self) -> str:
        """How a person calls it."""
        return f"the section “{self.path[-1][1]}”" if self.path else "the lead"


def places(text: str) -> list[Place]:
    """The page's sections in their order, the lead first; blank lines at their ends left out."""
    path: list[Section] = []
    found = []
    for section in Wikitext(text).sections:
        while path and path[-1].level >= section.level:
            path.pop()
        if section.number:
            path.append(section)
        headings = tuple((each.level, each.heading) for each in path)
        own = text[section.start : section.body_end].rstrip()
        found.append(Place(headings, own, section.start))
    return found


def by_section(base: str, current: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of the base text as edits of the current one.

    Every section that is edited must stand in the current text with the same text under the same
    headings, exactly once in each of the two.

    Raises StaleEdit, saying which section was changed, for all edits when it is so for one.
    """
    before, after = places(base), places(current)
    moved = []
    for edit in edits:
        home = _home(before, edit)
        here = [each for each in after if (each.path, each.text) == (home.path, home.text)]
        twins = [each for each in before if (each.path, each.text) == (home.path, home.text)]
        if not here:
            raise StaleEdit(f"{home.name} was changed, moved or removed since it was looked at")
        if len(here) > 1 or len(twins) > 1:
            raise StaleEdit(f"{home.name} stands there several times with the same text")
        moved.append(edit._replace(start=edit.start - home.start + here[0].start))
    return tuple(moved)


def _home(before: list[Place], edit: Edit) -> Place:
    """The section that an edit stands in, whole."""
    home = next(each for each in reversed(before) if each.start <= edit.start)
    if edit.end > home.start + len(home.text):
        raise StaleEdit("an edit reaches beyond its section, so it stands only on the text it saw")
    return home


def by_line(base: str, current: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of the base text as edits of the current one, by what stands before and behind.

    Between the two texts one stretch of whole lines differs; no edit may touch one of its lines.

    Raises StaleEdit when one does.
    """
    head = base.rfind("\n", 0, common(base, current)) + 1
    ends = common(base[head:][::-1], current[head:][::-1])
    newline = base.find("\n", len(base) - ends)
    tail = newline + 1 if newline >= 0 else len(base)
    shift = len(current) - len(base)
    moved = []
    for edit in edits:
        if edit.end < head:
            moved.append(edit)
        elif edit.start >= tail and tail < len(base):
            moved.append(edit._replace(start=edit.start + shift))
        else:
            raise StaleEdit("the very lines of an edit were changed since they were looked at")
    return tuple(moved)


def common(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
