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
from typing import NamedTuple

from bot.patterns import pattern

# Tags whose content MediaWiki does not read as wikitext, and those of common extensions.
OPAQUE_TAGS = (
    "nowiki|pre|math|chem|ce|syntaxhighlight|source|score|timeline|graph|hiero|mapframe|maplink"
    "|templatedata|gallery|imagemap|inputbox|poem|section|choose|templatestyles"
)

# A template or wikilink that holds no other construct is matched whole (most are, and it halves the
# time); what else opens or closes is matched as a run of braces or brackets, or the head of a tag.
# No match reaches over a ">", so none that starts in a comment or tag reaches out of it.
_TOKEN = pattern(
    r"\{\{(?:[^{}\[\]<>]*\}\}|\{*)|\[\[(?:[^{}\[\]<>]*\]\]|\[*)|\}\}+|\]\]+"
    rf"|<(?:!--|/?[rR][eE][fF](?=[\s/>])|(?i:{OPAQUE_TAGS})(?=[\s/>]))"
)
_TAG_END = pattern(r"[^<>]*>")

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


@functools.cache
def _closer(name: str) -> re.Pattern[str]:
    """The tag that closes one of this name, as MediaWiki's preprocessor looks for it."""
    return re.compile(rf"</{name}\s*>", re.IGNORECASE | re.ASCII)


def scan(text: str) -> list[Node]:
    """Every construct of the text, sorted by start; the outer one before the inner one."""
    # (start, end, kind, inner start, inner end): sorts as the nodes do, for no two start together.
    found: list[tuple[int, int, int, int, int]] = []
    add = found.append
    # Open constructs: [kind of token, start, length of the run]; a reference is a barrier that
    # nothing inside of it can close through.
    stack: list[list[int]] = []
    brace, bracket, barrier = 0, 1, 2
    closers_gone: set[str] = set()
    position = 0
    reference_end = -1  # where the reference being read ends: its `</ref`
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if start < position:  # inside a comment or an opaque tag
            continue
        position = end
        first, last = text[start], text[end - 1]
        if first == "[":
            if last == "]":
                add((start, end, WIKILINK, start + 2, end - 2))
            else:
                stack.append([bracket, start, end - start])
        elif first == "{":
            if last == "}":
                add((start, end, TEMPLATE, start + 2, end - 2))
            else:
                stack.append([brace, start, end - start])
        elif first == "}":
            run = position - start
            while run >= 2 and stack and stack[-1][0] == brace:
                frame = stack[-1]
                size = 3 if run >= 3 and frame[2] >= 3 else 2
                left = frame[2] - size
                opened = frame[1] + left
                closed = position - run + size
                kind = TEMPLATE if size == 2 else ARGUMENT
                add((opened, closed, kind, opened + size, closed - size))
                run -= size
                if left >= 2:
                    frame[2] = left
                else:
                    stack.pop()
        elif first == "]":
            run = position - start
            while run >= 2 and stack and stack[-1][0] == bracket:
                frame = stack.pop()
                opened = frame[1] + frame[2] - 2
                closed = position - run + 2
                add((opened, closed, WIKILINK, opened + 2, closed - 2))
                run -= 2
                if frame[2] >= 4:
                    stack.append([bracket, frame[1], frame[2] - 2])
        elif last == "-":  # <!--
            # One that is not closed, or not before the reference around it ends, reaches to there.
            limit = len(text) if reference_end < 0 else reference_end
            close = text.find("-->", position, limit)
            end = limit if close < 0 else close + 3
            add((start, end, COMMENT, position, limit if close < 0 else close))
            position = end
        elif text[start + 1] == "/":  # </ref
            if start == reference_end:
                while stack and stack[-1][0] != barrier:
                    stack.pop()
                frame = stack.pop()
                close = text.find(">", position)
                end = len(text) if close < 0 else close + 1
                add((frame[1], end, REFERENCE, frame[2], start))
                position = end
                reference_end = -1
        else:
            name = text[start + 1 : end].lower()
            tag = _TAG_END.match(text, position)
            if tag is None:
                continue
            opened = tag.end()
            if text[opened - 2] == "/":
                kind = REFERENCE if name == "ref" else OPAQUE
                if kind == OPAQUE or reference_end < 0:
                    add((start, opened, kind, opened, opened))
                    position = opened
                continue
            if name in closers_gone or (name == "ref" and reference_end >= 0):
                continue
            closer = _closer(name).search(text, opened)
            if closer is None:
                closers_gone.add(name)
                continue
            close = closer.start()
            if 0 <= reference_end < close:
                continue
            if name == "ref":
                stack.append([barrier, start, opened])
                reference_end = close
                position = opened
            else:
                tail = text.find(">", close)
                end = len(text) if tail < 0 else tail + 1
                add((start, end, OPAQUE, opened, close))
                position = end
    found.sort()
    nodes: list[Node] = []
    new = tuple.__new__
    around = [(-1, len(text) + 1)]  # the open nodes: their index and where they end
    parent, limit = around[0]
    for index, (opened, closed, kind, inner_start, inner_end) in enumerate(found):
        while opened >= limit:
            around.pop()
            parent, limit = around[-1]
        # Made without its constructor, which takes as long as all the rest.
        nodes.append(new(Node, (opened, closed, kind, inner_start, inner_end, parent)))
        around.append((index, closed))
        parent, limit = index, closed
    return nodes
