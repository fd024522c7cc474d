"""A second opinion on an edited text, from a parser that is not ours.

Only the blocks that edits touch are parsed, and only when they are harmless: mwparserfromhell takes
time that grows with the square of what is left unclosed, so the linear scanner looks first. This is
the only importer of mwparserfromhell.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from bot.model import Edit
from bot.patterns import pattern
from bot.wikitext import scanner

# A block longer, or with more left unclosed, is compared by the scanner alone.
LONGEST_BLOCK = 100_000
MOST_UNCLOSED = 40

_OPEN_EXTERNAL = pattern(r"\[(?:https?:)?//[^\]\n]*(?:\n|\Z)")


def differences(before: str, after: str, edits: Sequence[Edit]) -> list[str]:
    """What the edits changed besides what they say, a sentence each; empty when nothing.

    The constructs (templates, wikilinks, references, external links, headings, comments) of the
    edited blocks must be those from before, less those in the replaced text, plus those in the new
    text; and the blocks must come back from the parser byte for byte.
    """
    found = []
    for start, end, inside in _blocks(before, sorted(edits)):
        shift = sum(len(edit.new) - len(edit.old) for edit in edits if edit.start < start)
        growth = sum(len(edit.new) - len(edit.old) for edit in inside)
        old_block = before[start:end]
        new_block = after[start + shift : end + shift + growth]
        count = _count if _harmless(old_block) and _harmless(new_block) else _scanned
        expected = count(old_block)
        for edit in inside:
            expected.subtract(count(_spaced(edit.old)))
            expected.update(count(_spaced(edit.new)))
        actual = count(new_block)
        if _unclosed(new_block) > _unclosed(old_block):
            found.append(f"a brace, bracket or tag would be left open at character {start}")
        for what in sorted({*expected, *actual}):
            if expected[what] != actual[what]:
                change = "would be lost" if actual[what] < expected[what] else "would appear"
                found.append(f"{what} {change} at character {start}")
    return found


def _blocks(text: str, edits: Sequence[Edit]) -> list[tuple[int, int, list[Edit]]]:
    """The stretches of whole lines and whole constructs around the edits, disjoint."""
    nodes = [node for node in scanner.scan(text) if node.parent < 0]
    starts = [node.start for node in nodes]
    ends = [node.end for node in nodes]
    blocks: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        start, end = edit.start, edit.end
        while True:
            line_start = text.rfind("\n", 0, start) + 1
            line_end = text.find("\n", end)
            line_end = len(text) if line_end < 0 else line_end
            first = bisect_right(ends, line_start)
            last = bisect_left(starts, line_end)
            wide_start = min([line_start, *starts[first:last][:1]])
            wide_end = max([line_end, *ends[first:last][-1:]])
            if (wide_start, wide_end) == (start, end):
                break
            start, end = wide_start, wide_end
        if blocks and start <= blocks[-1][1]:
            previous = blocks.pop()
            blocks.append((previous[0], max(end, previous[1]), [*previous[2], edit]))
        else:
            blocks.append((start, end, [edit]))
    return blocks


def _spaced(piece: str) -> str:
    """A piece of a template as it reads there: a bar ends an address, which it does not outside."""
    return piece.replace("|", " | ")


def _harmless(block: str) -> bool:
    """Whether the parser will read the block in reasonable time."""
    return len(block) <= LONGEST_BLOCK and _unclosed(block) <= MOST_UNCLOSED


def _unclosed(block: str) -> int:
    """About how many constructs are opened in a block and not closed there."""
    nodes = scanner.scan(block)
    closed = Counter(node.kind for node in nodes)
    closed_at_once = sum(
        node.kind in (scanner.REFERENCE, scanner.OPAQUE) and block.endswith("/>", 0, node.end)
        for node in nodes
    )
    return (
        block.count("{{")
        - closed[scanner.TEMPLATE]
        - closed[scanner.ARGUMENT]
        + block.count("[[")
        - closed[scanner.WIKILINK]
        + block.count("<")
        - 2 * (closed[scanner.REFERENCE] + closed[scanner.OPAQUE])
        + closed_at_once
        - closed[scanner.COMMENT]
        + block.count("{|")
        + len(_OPEN_EXTERNAL.findall(block))
    )


def _address(url: str) -> str:
    """The beginning of an address; templates that the parser takes for its end count themselves."""
    return url.partition("{{")[0][:80]


def _scanned(block: str) -> Counter[str]:
    return Counter(f"a {scanner.KINDS[node.kind]}" for node in scanner.scan(block))


def _count(block: str) -> Counter[str]:
    """How many of each construct the parser sees; a text it cannot give back counts as damaged."""
    import mwparserfromhell
    from mwparserfromhell import nodes

    code = mwparserfromhell.parse(block)
    if str(code) != block:
        return Counter({"an unreadable block": 1})
    counted: Counter[str] = Counter()
    for node in code.ifilter(recursive=True):
        if isinstance(node, nodes.Template):
            counted[f"the template {{{{{str(node.name).strip()[:60]}}}}}"] += 1
        elif isinstance(node, nodes.Wikilink):
            counted[f"the link to [[{str(node.title).strip()[:60]}]]"] += 1
        elif isinstance(node, nodes.ExternalLink):
            counted[f"the external link {_address(str(node.url))}"] += 1
        elif isinstance(node, nodes.Tag):
            counted[f"a <{str(node.tag).strip()}> tag"] += 1
        elif isinstance(node, nodes.Comment):
            counted["a comment"] += 1
        elif isinstance(node, nodes.Heading):
            counted["a heading"] += 1
    return counted
