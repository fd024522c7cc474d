"""Templates, wikilinks and references as places in a text, opened only as far as somebody asks.

A value knows where it stands, so that an edit can replace it and nothing else. Names are compared
as MediaWiki compares them: blanks and underscores alike, first letter in either case, comments and
the Template: prefix aside.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.model import Span
from bot.patterns import pattern
from bot.wikitext.scanner import COMMENT, Node

_COMMENT = pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BLANKS = pattern(r"[\s_]+")
_ATTRIBUTE = pattern(
    r"""([a-zA-Z]+)\s*=\s*(?:"([^">]*)"|'([^'>]*)'|([^\s"'>/]+(?:/(?!>)[^\s"'>/]*)*))"""
)


@functools.lru_cache(maxsize=10_000)
def template_name(written: str) -> str:
    """The name of a template in the form names are compared in: lower-case, blanks single."""
    if "<!--" in written:
        written = _COMMENT.sub("", written)
    name = written.strip().replace("_", " ").lower()
    if "  " in name or "\n" in name:
        name = _BLANKS.sub(" ", name)
    if name.startswith(("template:", ":template:")):
        name = name.partition("emplate:")[2].lstrip()
    return name


def page_title(written: str) -> str:
    """A link's target in the wiki's normal form: blanks single, first letter upper-case, no colon.

    The section after `#` stays as it is written.
    """
    title = " ".join(written.replace("_", " ").split())
    if title.startswith(":"):
        title = title[1:].lstrip()
    return title[:1].upper() + title[1:]


class Parameter(NamedTuple):
    """One parameter of a template: `|name=value`, all of its places known.

    `start` is the place of its `|`, `end` that of the next one. `value` has no white space or
    comment around it; `name` is the number as text ("1", "2") for a positional parameter.
    """

    name: str
    value: str
    start: int
    value_start: int
    value_end: int
    end: int
    positional: bool

    @property
    def span(self) -> Span:
        """From its `|` to the next `|` or the closing braces."""
        return Span(self.start, self.end)

    @property
    def value_span(self) -> Span:
        """The value without the white space around it; an empty value stands before that space."""
        return Span(self.value_start, self.value_end)


class Construct:
    """What stands at text[start:end] of a page.

    Each kind sets these itself, from the node's fields by number: pages have many constructs, and
    another constructor within its own took half as long again.
    """

    __slots__ = ("end", "start", "text")

    text: str
    start: int
    end: int

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r}, {self.start})"

    @property
    def span(self) -> Span:
        """The whole of it, with its braces, brackets or tags."""
        return Span(self.start, self.end)

    @property
    def source(self) -> str:
        """It as it is written."""
        return self.text[self.start : self.end]


class Template(Construct):
    """`{{name|parameter|name=parameter}}` at text[start:end]."""

    __slots__ = ("_inner", "_name", "_parameters")

    def __init__(self, text: str, node: Node, inner: Sequence[Node]) -> None:
        self.text = text
        self.start = node[0]
        self.end = node[1]
        self._inner = inner
        self._name: str | None = None
        self._parameters: list[Parameter] | None = None

    @property
    def name(self) -> str:
        """The name as names are compared."""
        if self._name is None:
            self._name = template_name(self.text[self.start + 2 : self.end - 2].partition("|")[0])
        return self._name

    @property
    def parameters(self) -> Sequence[Parameter]:
        """The parameters in the order they are written; the same name may stand there twice."""
        if self._parameters is None:
            self._parameters = self._read()
        return self._parameters

    def parameter(self, *names: str) -> Parameter | None:
        """The parameter MediaWiki would use: the last of any of these names, or None."""
        found = None
        for parameter in self.parameters:
            if parameter.name in names:
                found = parameter
        return found

    def value(self, *names: str) -> str:
        """The value of the first of these names that is there and not empty; else ''."""
        for name in names:
            parameter = self.parameter(name)
            if parameter is not None and parameter.value:
                return parameter.value
        return ""

    def in_roles(self, roles: Mapping[str, object]) -> list[Parameter]:
        """Those parameters to whose name, as it is written, `roles` gives something but None."""
        return self._read(roles)

    def _read(self, roles: Mapping[str, object] | None = None) -> list[Parameter]:
        text, inner, bar = self.text, self._inner, self.start + 2
        content = text[bar : self.end - 2]
        has_comments = bool(inner) and "<!--" in content
        name, *pieces = (_masked(content, bar, inner) if inner else content).split("|")
        bar += len(name)
        parameters = []
        number = 0
        for piece in pieces:
            at = bar
            bar += 1 + len(piece)
            name, equals, raw = piece.partition("=")
            first = at + 1
            if equals:
                first += len(name) + 1
                if inner and "\0" in piece:
                    name, raw = text[at + 1 : first - 1], text[first:bar]
                    if has_comments:
                        name = _COMMENT.sub("", name)
            else:
                number += 1
                name, raw = str(number), text[first:bar]
            if roles is not None and roles[name] is None:
                continue
            value = raw.strip()
            blank = len(raw) - len(raw.lstrip()) if value and raw[0] != value[0] else 0
            value_start = first + blank
            value_end = value_start + len(value)
            if has_comments and "<!--" in value:
                value = _COMMENT.sub("", value).strip()
            # Made without its constructor, which takes as long as all the rest.
            parameters.append(
                tuple.__new__(
                    Parameter,
                    (name.strip(), value, at, value_start, value_end, bar, not equals),
                )
            )
        return parameters


def _masked(content: str, start: int, inner: Sequence[Node]) -> str:
    """The content with what stands inside other constructs blanked out, same length."""
    pieces = []
    position = 0
    for node in inner:
        node_start, node_end = node.start - start, node.end - start
        if node_start < position:
            continue
        pieces.append(content[position:node_start])
        pieces.append("\0" * (node_end - node_start))
        position = node_end
    pieces.append(content[position:])
    return "".join(pieces)


class Wikilink(Construct):
    """`[[target|label]]` at text[start:end]."""

    __slots__ = ("bar",)

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.start = node[0]
        self.end = node[1]
        self.bar = text.find("|", node[3], node[4])

    @property
    def target(self) -> str:
        """The target as it is written, `#section` included."""
        return self.text[self.start + 2 : self.end - 2 if self.bar < 0 else self.bar]

    @property
    def title(self) -> str:
        """The target page in the wiki's normal form, without the section; '' for `[[#section]]`."""
        return page_title(self.target.partition("#")[0])

    @property
    def fragment(self) -> str:
        """The section linked to, without `#`; '' for none."""
        return self.target.partition("#")[2].replace("_", " ").strip()

    @property
    def label_span(self) -> Span:
        """What the reader sees: the text after the last bar, or the target."""
        return Span(self.start + 2 if self.bar < 0 else self.bar + 1, self.end - 2)

    @property
    def label(self) -> str:
        """What the reader sees, as it is written."""
        return self.text[self.start + 2 if self.bar < 0 else self.bar + 1 : self.end - 2]

    @property
    def prefix(self) -> str:
        """The lower-case namespace or interwiki prefix of the target; '' for none."""
        prefix, colon, _ = self.target.partition(":")
        return prefix.strip().replace("_", " ").lower() if colon else ""


class Reference(Construct):
    """`<ref name=… group=…>content</ref>` or `<ref name=… />` at text[start:end]."""

    __slots__ = ("content_end", "content_start")

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.start = node[0]
        self.end = node[1]
        self.content_start = node[3]
        self.content_end = node[4]

    @property
    def content(self) -> str:
        """What stands between the tags; '' when it only names another reference."""
        return self.text[self.content_start : self.content_end]

    def attribute(self, name: str) -> str:
        """The value of an attribute of the opening tag; '' when it is not there."""
        head = self.text[self.start + 4 : self.content_start]
        for match in _ATTRIBUTE.finditer(head):
            if match[1].lower() == name:
                return (match[2] or match[3] or match[4] or "").strip()
        return ""

    @property
    def name(self) -> str:
        """The reference's name; '' for none."""
        return self.attribute("name")


def without_comments(text: str, nodes: list[Node]) -> str:
    """The text with its comments blanked out by spaces, same length."""
    comments = [node for node in nodes if node.kind == COMMENT]
    return _masked(text, 0, comments).replace("\0", " ") if comments else text
