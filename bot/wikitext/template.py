"""Templates, wikilinks and references as places in a text, opened only as far as somebody asks.

A value knows where it stands, so that an edit can replace it and nothing else. Names are compared
as MediaWiki compares them: blanks and underscores alike, first letter in either case, comments and
the Template: prefix aside.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.model import Span
from bot.wikitext.scanner import COMMENT, Node

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BLANKS = re.compile(r"[\s_]+")
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z]+)\s*=\s*(?:"([^">]*)"|'([^'>]*)'|([^\s"'>/]+(?:/(?!>)[^\s"'>/]*)*))"""
)


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
    title = _BLANKS.sub(" ", written).strip()
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


class Template:
    """`{{name|parameter|name=parameter}}` at text[start:end]."""

    __slots__ = ("_inner", "_parameters", "depth", "end", "name", "start", "text")

    def __init__(self, text: str, node: Node, inner: list[Node], depth: int) -> None:
        self.text = text
        self.start = node.start
        self.end = node.end
        self.depth = depth
        self._inner = inner
        self._parameters: tuple[Parameter, ...] | None = None
        stop = text.find("|", node.inner_start, node.inner_end)
        self.name = template_name(text[node.inner_start : node.inner_end if stop < 0 else stop])

    def __repr__(self) -> str:
        return f"Template({self.name!r}, {self.start}, {self.end})"

    @property
    def span(self) -> Span:
        """The whole template with its braces."""
        return Span(self.start, self.end)

    @property
    def source(self) -> str:
        """The template as it is written."""
        return self.text[self.start : self.end]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
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

    def _read(self) -> tuple[Parameter, ...]:
        start, end = self.start + 2, self.end - 2
        content = self.text[start:end]
        masked = _masked(content, start, self._inner) if self._inner else content
        has_comments = "<!--" in content
        name, *pieces = masked.split("|")
        bar = start + len(name)
        parameters = []
        number = 0
        for piece in pieces:
            after = bar + 1 + len(piece)
            name, equals, raw = piece.partition("=")
            first = bar + len(name) + 2 if equals else bar + 1
            if "\0" in piece:
                name, raw = self.text[bar + 1 : first - 1], self.text[first:after]
            elif not equals:
                raw = piece
            if equals:
                name = name.strip()
                if has_comments and "<!--" in name:
                    name = _COMMENT.sub("", name).strip()
            else:
                number += 1
                name = str(number)
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
                    (name, value, bar, value_start, value_end, after, not equals),
                )
            )
            bar = after
        return tuple(parameters)


def _masked(content: str, start: int, inner: list[Node]) -> str:
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


class Wikilink:
    """`[[target|label]]` at text[start:end]."""

    __slots__ = ("bar", "end", "start", "text")

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.start = node.start
        self.end = node.end
        self.bar = text.find("|", node.inner_start, node.inner_end)

    def __repr__(self) -> str:
        return f"Wikilink({self.source!r}, {self.start})"

    @property
    def span(self) -> Span:
        """The link with its brackets."""
        return Span(self.start, self.end)

    @property
    def source(self) -> str:
        """The link as it is written."""
        return self.text[self.start : self.end]

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
        span = self.label_span
        return self.text[span.start : span.end]

    @property
    def prefix(self) -> str:
        """The lower-case namespace or interwiki prefix of the target; '' for none."""
        target = self.target.lstrip()
        if target.startswith(":"):
            return ""
        prefix, colon, _ = target.partition(":")
        return prefix.strip().replace("_", " ").lower() if colon else ""


class Reference:
    """`<ref name=… group=…>content</ref>` or `<ref name=… />` at text[start:end]."""

    __slots__ = ("content_end", "content_start", "end", "start", "text")

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.start = node.start
        self.end = node.end
        self.content_start = node.inner_start
        self.content_end = node.inner_end

    def __repr__(self) -> str:
        return f"Reference({self.source!r}, {self.start})"

    @property
    def span(self) -> Span:
        """The reference with its tags."""
        return Span(self.start, self.end)

    @property
    def source(self) -> str:
        """The reference as it is written."""
        return self.text[self.start : self.end]

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
