"""One linear look at a text: where its templates, wikilinks, references and opaque zones are.

The matching of braces and brackets follows MediaWiki's preprocessor (Preprocessor_Hash.php): the
innermost opening decides what may close it, runs of braces pair up three or two at a time, a
`<ref>` reaches to the first `</ref>` and its inside is read on its own, and what never closes is
plain text. Time and memory grow with the length of the text whatever it holds, which is why this
is not a parser: it makes no tree and never goes back.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from bot.patterns import pattern

# Tags whose content MediaWiki does not read as wikitext, and those of common extensions.
OPAQUE_TAGS = (
    "nowiki|pre|math|chem|ce|syntaxhighlight|source|score|timeline|graph|hiero|mapframe|maplink"
    "|templatedata|gallery|imagemap|inputbox|poem|section|choose|templatestyles"
)

# What may open a construct. Each kind is looked for by itself: a pattern that begins with one
# character finds it in a fraction of the time that any of several takes.
# A wikilink that holds no other construct is matched whole (most are), else the run of brackets.
_BRACKETS = pattern(r"\[(?=\[)(?:\[[^{}\[\]<>]*\]\]|\[+)")
_BRACES = pattern(r"\{\{+")
# The opening tag; of a reference with no other tag in it the whole, whose end is then known.
_TAG = pattern(
    r"<(?:!--|(?i:ref)(?=[\s/>])[^<>]*>(?:(?<!/>)[^<]*</(?i:ref)\s*>)?"
    rf"|(?i:{OPAQUE_TAGS})(?=[\s/>])[^<>]*>)"
)
_TAG_NAME = pattern(r"[a-zA-Z]+")

# What may close one: a run of braces; a run of brackets that is no end of a whole wikilink.
_BRACES_CLOSE = pattern(r"\}\}+")
_BRACKETS_CLOSE = pattern(r"\[\[[^{}\[\]<>]*\]\]|(\]\]+)")

TEMPLATE, ARGUMENT, WIKILINK, REFERENCE, COMMENT, OPAQUE = range(6)
KINDS = ("template", "argument", "wikilink", "reference", "comment", "opaque")


class Node(NamedTuple):
    """One construct of the text: text[start:end], with its inside at text[inner_start:inner_end].

    `parent` is the index of the node around it in `scan`'s list, -1 for none. A self-closed tag has
    an empty inside at its end.
    """

    start: int
    end: int
    kind: int
    inner_start: int
    inner_end: int
    parent: int


# A construct as it is found: (start, end, kind, inner start, inner end), of a whole wikilink only
# (start, end). They sort as the nodes do, for no two start together.
_Found = tuple[int, ...]


@functools.cache
def _closing_tag(name: str) -> re.Pattern[str]:
    """The tag that closes one of this name, as MediaWiki's preprocessor looks for it."""
    return re.compile(rf"</{name}\s*>", re.IGNORECASE | re.ASCII)


def scan(text: str) -> list[Node]:
    """Every construct of the text, sorted by start; the outer one before the inner one."""
    links: list[_Found] = []
    openings: list[tuple[int, int]] = []
    for span in [match.span() for match in _BRACKETS.finditer(text)]:
        (links if text[span[1] - 1] == "]" else openings).append(span)
    openings += [match.span() for match in _BRACES.finditer(text)]
    openings += [match.span() for match in _TAG.finditer(text)]
    openings.sort()
    found, unread = _constructs(text, openings)
    done = 0
    for start, end in unread:
        first = bisect_left(links, (start,), done)
        found += links[done:first]
        done = bisect_left(links, (end,), first)
    found += links[done:]
    found.sort()
    return _nodes(found, len(text))


def _constructs(
    text: str, openings: list[tuple[int, int]]
) -> tuple[list[_Found], list[tuple[int, int]]]:
    """The constructs that open there, without whole wikilinks, and where none is one: in comments,
    in unread zones, in the tags of references."""
    size = len(text)
    found: list[_Found] = []
    add = found.append
    unread: list[tuple[int, int]] = []
    # The openings that wait for what closes them: where each starts, its length. A reference is
    # read on its own: `outside` has those around it meanwhile, and it ends at `limit`.
    waiting: list[tuple[int, int]] = []
    outside: list[tuple[int, int]] = []
    limit = reference_end = size
    unclosed: dict[str, int] = {}  # no tag of this name closes before there
    position = 0
    for (start, end), (following, _) in pairwise([*openings, (size, size), (size, size)]):
        if start < position:  # inside a comment or an unread zone
            continue
        if limit < size and start >= limit:
            if waiting:
                _close(text, position, limit, waiting, add)
            waiting = outside
            position, limit = reference_end, size
            if start < position:
                continue
        if waiting:
            _close(text, position, start, waiting, add)
        if start == size:
            break
        position = start + 1
        first = text[start]
        if first != "<":
            position = end
            if end - start == 2 and first == "{":
                # Most templates hold no other one and are closed at once.
                close = text.find("}", end, min(following, limit))
                if close >= 0 and text.startswith("}", close + 1):
                    position = close + 2
                    add((start, position, TEMPLATE, end, close))
                    continue
            waiting.append((start, end - start))
        elif text[end - 1] == "-":
            # A comment that is not closed, or not before the reference around it ends, reaches to
            # there.
            close = text.find("-->", end, limit)
            close, position = (limit, limit) if close < 0 else (close, close + 3)
            add((start, position, COMMENT, end, close))
            unread.append((start, position))
        else:
            opened = text.find(">", start) + 1
            if opened < end:
                name, close, closed = "ref", text.rindex("<", opened, end), end
            else:
                name = _TAG_NAME.match(text, start + 1)[0].lower()  # type: ignore[index]
                close = closed = opened
                if text[opened - 2] != "/":
                    if start < unclosed.get(name, 0):
                        continue
                    closing = _closing_tag(name).search(text, opened, limit)
                    if closing is None:
                        unclosed[name] = limit
                        continue
                    close, closed = closing.span()
            if name != "ref":
                position = closed
                add((start, closed, OPAQUE, opened, close))
                unread.append((start, closed))
            elif limit == size:  # a reference in a reference is none
                position = opened
                add((start, closed, REFERENCE, opened, close))
                if text.find("[", start, opened) >= 0:
                    unread.append((start, opened))
                if following < close:
                    limit, reference_end = close, closed
                    waiting, outside = [], waiting
                else:
                    position = closed
    return found, unread


def _close(
    text: str,
    position: int,
    limit: int,
    waiting: list[tuple[int, int]],
    add: Callable[[_Found], None],
) -> None:
    """Close what waits for it by what stands in a stretch that opens nothing."""
    while waiting:
        start, length = waiting[-1]
        opening = text[start]
        if opening == "{":
            closing = _BRACES_CLOSE.search(text, position, limit)
        else:
            every = _BRACKETS_CLOSE.finditer(text, position, limit)
            closing = next((match for match in every if match[1]), None)
        if closing is None:
            return
        close, position = closing.span()
        # A run closes one after the other, as long as they are of its kind.
        while waiting and position - close >= 2 and text[waiting[-1][0]] == opening:
            start, length = waiting.pop()
            size = 3 if opening == "{" and length >= 3 and position - close >= 3 else 2
            opened = start + length - size
            kind = WIKILINK if opening == "[" else TEMPLATE if size == 2 else ARGUMENT
            add((opened, close + size, kind, opened + size, close))
            close += size
            if length - size >= 2:
                waiting.append((start, length - size))


def _nodes(found: list[_Found], size: int) -> list[Node]:
    """The constructs of a text of this length as nodes, each with the one around it."""
    nodes: list[Node] = []
    add = nodes.append
    # Made without its constructor, which takes as long as all the rest.
    new = tuple.__new__
    around = [(-1, size + 1)]  # the nodes around: their index and where they end
    parent, limit = around[0]
    for one in found:
        start = one[0]
        while start >= limit:
            around.pop()
            parent, limit = around[-1]
        if len(one) == 2:
            end = one[1]
            add(new(Node, (start, end, WIKILINK, start + 2, end - 2, parent)))
        else:
            add(new(Node, (*one, parent)))
            parent, limit = len(nodes) - 1, one[1]
            around.append((parent, limit))
    return nodes
