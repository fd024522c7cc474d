"""The entries of lists, with whom they name: what may be entered twice.

A list is what stands together without a blank line; its nested lists are lists of their own, and
so are the `:` lines under each `;` line and the items under one that only heads them ("Members:").
"""

from __future__ import annotations

from typing import NamedTuple

from bot.checks import Reading
from bot.checks.duplicates._mentions import Mention, is_acronym, mentions
from bot.model import Edit
from bot.patterns import pattern
from bot.wikitext import Block, Prose, Section
from bot.wikitext.blocks import ITEM

_DECORATION = pattern(r"[\s\ufffc'\"“•–—-]*(?:[Tt]he\s)?")
_BRACKET = pattern(r"\s?\((?P<inside>[^()]{1,80})\)")
# An item that says what the ones below it are: "Observers:", or all of it bold and nothing linked.
_HEADS = pattern(r"\s*(?:'''[^'\[\]]+'''|[^\s].*:(?:''')?)\s*")
_CLOSING = " \t.,;:–—"


class Entry(NamedTuple):
    """One list item that begins with a name: the name, and the `rest` of what a reader reads.

    The rest begins with the comma, dash or bracket that sets it off, and has none at its end.
    """

    block: Block
    prose: Prose
    mention: Mention
    rest: str


def lists(reading: Reading, section: Section) -> list[list[Block]]:
    """The lists of a section, each as its items; an item that has a list of its own is left out."""
    found: dict[tuple[int, int, str], list[Block]] = {}
    parents: set[int] = set()
    open_items: list[tuple[int, int]] = []  # (depth, number) of the items around the next one
    run = 0
    previous = -1
    numbered: list[Block] = []
    text = reading.page.text
    for block in reading.page.blocks(section.body):
        if block.kind != ITEM or block.quoted:
            continue
        if block.start != previous + 1:
            run = len(numbered)
            open_items.clear()
        previous = block.end
        depth = 2 * len(block.marker) + block.marker.endswith(":")
        while open_items and open_items[-1][0] >= depth:
            open_items.pop()
        parent = open_items[-1][1] if open_items else -1
        parents.add(parent)
        number = len(numbered)
        open_items.append((depth, number))
        numbered.append(block)
        key = (run, parent, block.marker)
        found.setdefault(key, []).append(block)
        if _HEADS.fullmatch(text, block.content, block.end):
            run = number
    with_children = {numbered[number].start for number in parents if number >= 0}
    return [
        [block for block in blocks if block.start not in with_children] for blocks in found.values()
    ]


def entry(reading: Reading, block: Block) -> Entry | None:
    """The list item as an entry; None when it does not begin with a name that can be identified."""
    prose = reading.page.prose(block.span)
    at = _DECORATION.match(prose.text).end()  # type: ignore[union-attr]
    for mention in mentions(reading, prose):
        if mention.start < at:
            continue
        if mention.start > at or not mention.exact:
            return None
        end = mention.end
        bracket = _BRACKET.match(prose.text, end)
        if bracket is not None:
            inside = bracket["inside"].strip()
            if is_acronym(mention, inside):
                end = bracket.end()
        rest = prose.text[end:]
        return Entry(block, prose, mention, " ".join(rest.split()).rstrip(_CLOSING))
    return None


def without_lines(text: str, blocks: list[Block]) -> list[Edit]:
    """The edits that take list items out with their lines; sorted, neighbours in one."""
    stretches: list[list[int]] = []
    for block in sorted(blocks):
        if stretches and block.start == stretches[-1][1] + 1:
            stretches[-1][1] = block.end
        else:
            stretches.append([block.start, block.end])
    edits = []
    for start, end in stretches:
        if text[end : end + 1] == "\n":
            end += 1
        elif start:
            start -= 1  # the last line of the page: the line break before it goes
        edits.append(Edit(start, text[start:end], ""))
    return edits
