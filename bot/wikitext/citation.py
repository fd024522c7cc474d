"""The citations of a page, and edits that keep to the way each of them is written.

A citation is a template whose parameters the wiki's vocabulary knows, or a plain external link that
is all there is in a `<ref>`. It is read once, by what its parameters are for ("archive_url") and
not by what a wiki calls them. Edits give a parameter a value, add it beside its neighbours, rename
or remove it: with the citation's own spacing, line breaks and spelling of names, and nothing else
touched. Where that cannot be done cleanly there is no edit.

What a value means, and whether it is right, is not known here.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.knowledge.citations import Names, Parameters, Vocabulary
from bot.model import Edit, Span
from bot.patterns import pattern
from bot.wikitext.document import Wikitext
from bot.wikitext.scanner import COMMENT, OPAQUE, REFERENCE, TEMPLATE, WIKILINK, Node
from bot.wikitext.template import Parameter, Template, template_name

# Nobody writes a longer one; what is longer is an accident, and reading it would cost.
LONGEST = 20_000

# What stands behind a citation and speaks of it is looked for among this many neighbours.
_NEIGHBOURS = 8

_LINK = pattern(r"[hH][tT]{2}[pP][sS]?://[^\s\[\]<>\"{}|\x00]+")

# A new parameter stands behind the first of these that is there.
_BEHIND: Mapping[str, tuple[str, ...]] = {
    "archive_url": ("url", "chapter_url"),
    "archive_date": ("archive_url", "url", "chapter_url"),
    "url_status": ("archive_date", "archive_url", "url", "chapter_url"),
}


class Citation:
    """A citation template: `values` maps what a parameter is for to its value.

    Roles are the fields of `Parameters` ("url", "archive_url", "url_status" …), "chapter_url" for
    any address of a part, "identifier" for one that leads to the source for good, and "withdrawn".
    Of several parameters in one role the last that has a value counts; `repeated` are the roles
    which two of them fill with different values. A parameter without a value is there, too.
    `tags` are the templates behind the citation that may speak of it ({{dead link}}, {{cbignore}}).
    """

    __slots__ = (
        "_index",
        "_known",
        "_page",
        "_role_of",
        "_roles",
        "end",
        "repeated",
        "start",
        "tags",
        "values",
        "words",
    )

    def __init__(
        self,
        page: Wikitext,
        index: int,
        content: str,
        words: Parameters,
        role_of: Roles,
        tags: tuple[Template, ...],
    ) -> None:
        node = page.nodes[index]
        self.start = node[0]
        self.end = node[1]
        self.words = words
        self.tags = tags
        self.repeated: frozenset[str] = frozenset()
        self._page = page
        self._index = index
        self._role_of = role_of
        self._known: list[Parameter] | None = None
        self._roles: dict[str, Parameter] | None = None
        values: dict[str, str] = {}
        self.values = values
        if not _is_plain(page, index, content):
            for parameter in self._in_roles():
                self._take(role_of[parameter.name] or "", parameter.value)
            return
        number = 0
        for piece in content.split("|")[1:]:
            name, equals, value = piece.partition("=")
            if not equals:
                number += 1
                name, value = str(number), piece
            role = role_of[name]
            if role is None:
                continue
            if role in values:
                self._take(role, value.strip())
            else:
                values[role] = value.strip()

    def _take(self, role: str, value: str) -> None:
        """Note one more value of a role."""
        before = self.values.get(role)
        if not before:
            self.values[role] = value
        elif value:
            if value != before and role not in _MANY:
                self.repeated |= {role}
            self.values[role] = value

    def __repr__(self) -> str:
        return f"Citation({self.template!r})"

    @property
    def template(self) -> Template:
        """The template itself, opened when it is first asked for."""
        return self._page.template(self._index)

    @property
    def span(self) -> Span:
        """The template."""
        return Span(self.start, self.end)

    @property
    def roles(self) -> Mapping[str, Parameter]:
        """The parameter in each role, whose value is in `values`."""
        if self._roles is None:
            self._roles = {}
            for parameter in self._in_roles():
                role = self._role_of[parameter.name] or ""
                before = self._roles.get(role)
                if before is None or not before.value or parameter.value:
                    self._roles[role] = parameter
        return self._roles

    def _in_roles(self) -> list[Parameter]:
        if self._known is None:
            self._known = self.template.in_roles(self._role_of)
        return self._known

    def value(self, role: str) -> str:
        """The value in that role; '' for none."""
        return self.values.get(role, "")

    def withdrawn(self) -> list[Parameter]:
        """The parameters that have a value and that the wiki's module no longer knows."""
        if not self.values.get("withdrawn"):
            return []
        names = self.words.withdrawn
        return [p for p in self._in_roles() if p.value and p.name.lower() in names]

    def chapter_urls(self) -> list[str]:
        """Every address of a part (chapter-url, map-url …)."""
        names = self.words.chapter_urls
        return [p.value for p in self.template.parameters if p.value and p.name.lower() in names]

    def place(self, parameter: Parameter) -> Span:
        """`name=value` of a parameter, without the bar and the white space around it."""
        return Span(parameter.start + 1 + len(self._layout(parameter).lead), parameter.value_end)

    # Edits

    def giving(self, values: Mapping[str, str]) -> tuple[Edit, ...] | None:
        """Edits that give each role its value: in its parameter, or in a new one at its place.

        New parameters come in the order of `values`, each behind what it belongs to. None when the
        wiki has no name for one, or its place is not to be edited (a comment in the value).
        """
        text = self.template.text
        replaced: dict[str, str] = {}
        added: dict[str, list[tuple[str, str]]] = {}
        stands_behind: dict[str, str] = {}
        for role, value in values.items():
            there = self.roles.get(role)
            if there is not None:
                if "<!--" in text[there.start : there.end]:
                    return None
                replaced[role] = value
                continue
            name = self.name_for(role)
            anchor = next(
                (r for r in _BEHIND[role] if r in self.roles or r in stands_behind),
                None,
            )
            if name is None or anchor is None:
                return None
            anchor = stands_behind.get(anchor, anchor)
            stands_behind[role] = anchor
            added.setdefault(anchor, []).append((name, value))
        edits = []
        for role in {**replaced, **added}:
            parameter = self.roles[role]
            behind = "".join(self._written(parameter, n, v) for n, v in added.get(role, ()))
            if role not in replaced:
                edits.append(Edit(parameter.value_end, "", behind))
            elif parameter.value:
                start, end = parameter.value_start, parameter.value_end
                edits.append(Edit(start, text[start:end], replaced[role] + behind))
            else:
                edits.append(self._filled(parameter, replaced[role], behind))
        return tuple(sorted(edits))

    def without(self, parameters: Iterable[Parameter]) -> tuple[Edit, ...]:
        """Edits that take parameters out, each with the white space that was there for it."""
        text = self.template.text
        gone = set(parameters)
        every = self.template.parameters
        edits = []
        kept = len(every)
        while kept and every[kept - 1] in gone:
            kept -= 1
        edits = [Edit(p.start, text[p.start : p.end], "") for p in every[:kept] if p in gone]
        if kept < len(every):
            # The last ones: what stands before the closing braces stays as it is.
            start = every[kept - 1].value_end if kept else every[0].start
            end = every[-1].value_end
            edits.append(Edit(start, text[start:end], ""))
        return tuple(edits)

    def renamed(self, parameter: Parameter, name: str, value: str) -> Edit | None:
        """The edit that makes `name=value` of a parameter; None where a comment is in the way."""
        layout = self._layout(parameter)
        start = parameter.start + 1 + len(layout.lead)
        old = self._page.text[start : parameter.value_end]
        if "<!--" in old:
            return None
        gap = layout.gap
        if gap and self._aligned(len(layout.name) + len(gap)):
            gap = " " * max(1, len(layout.name) + len(gap) - len(name))
        return Edit(start, old, f"{name}{gap}={layout.after}{value}")

    def name_for(self, role: str) -> str | None:
        """What a new parameter in that role is called here; None when the wiki has no such one.

        An archive's address and date are spelt alike (archiveurl, archivedate).
        """
        names: Names = getattr(self.words, role)
        kin = {"archive_url": "archive_date", "archive_date": "archive_url"}.get(role, "")
        sibling = self.roles.get(kin)
        if sibling is not None:
            spellings: Names = getattr(self.words, kin)
            for number, spelling in enumerate(spellings):
                if spelling == sibling.name and number < len(names.ordered):
                    return names.ordered[number]
        return names.written

    def _layout(self, parameter: Parameter) -> _Layout:
        source = self._page.text[parameter.start : parameter.end]
        before, _, after = source.partition("=")
        if parameter.positional:
            before, after = "|", source[1:]
        raw = before[1:]
        name = raw.strip()
        lead = raw[: len(raw) - len(raw.lstrip())] if name else ""
        return _Layout(
            lead,
            name,
            raw[len(raw.rstrip()) :] if name else "",
            after[: len(after) - len(after.lstrip())],
        )

    def _written(self, model: Parameter, name: str, value: str) -> str:
        """A new parameter, written as the one that it stands behind."""
        layout = self._layout(model)
        gap, after = layout.gap, layout.after
        if gap and self._aligned(len(layout.name) + len(gap)):
            gap = " " * max(1, len(layout.name) + len(gap) - len(name))
        if not model.value or "\n" in after:
            after = " " if gap else ""
        return f"{self._separator()}|{layout.lead}{name}{gap}={after}{value}"

    def _filled(self, parameter: Parameter, value: str, behind: str) -> Edit:
        """The edit that puts a value where a parameter has none."""
        layout = self._layout(parameter)
        start = parameter.start + 1 + len(layout.lead + layout.name + layout.gap) + 1
        blank = layout.after.partition("\n")[0]
        if layout.gap and blank:
            # "name = |": the blank that is there is the one before the value.
            tight = len(blank) == len(layout.after) and parameter.end < self.template.end - 2
            return Edit(start + 1, "", value + behind + (" " if tight and blank == " " else ""))
        return Edit(start, "", (" " if layout.gap else "") + value + behind)

    def _separator(self) -> str:
        """What stands between a value and the next bar, most often; of the first kind in a tie."""
        text = self.template.text
        every = self.template.parameters
        counted = Counter(text[one.value_end : two.start] for one, two in itertools.pairwise(every))
        blanks = [(blank, count) for blank, count in counted.items() if not blank.strip()]
        return max(blanks, key=lambda pair: pair[1])[0] if blanks else ""

    def _aligned(self, width: int) -> bool:
        """Whether the equals signs stand under each other, this far from the start of the names."""
        named = [self._layout(p) for p in self.template.parameters if not p.positional]
        under = sum(len(layout.name) + len(layout.gap) == width for layout in named)
        return len(named) > 2 and under * 3 >= len(named) * 2


class _Layout(NamedTuple):
    """`|lead name gap = after value`: the white space of one parameter."""

    lead: str
    name: str
    gap: str
    after: str


class PlainLink(NamedTuple):
    """An external link that is all a `<ref>` has for a source: `[url title]`, `[url]`, or the url.

    `reference` is the whole `<ref>`, `tags` are the templates in and behind it.
    """

    span: Span
    url: str
    bare: bool
    reference: Span
    tags: tuple[Template, ...]

    @property
    def start(self) -> int:
        """Where the link starts."""
        return self.span.start


class Citations(NamedTuple):
    """What a page cites with, each in the order of the page.

    `webarchives` are the {{webarchive}} templates, `replaced` those that {{webarchive}} replaced.
    """

    templates: list[Citation]
    links: list[PlainLink]
    webarchives: list[Template]
    replaced: list[Template]


# Several of these say nothing against each other.
_MANY = frozenset({"chapter_url", "identifier", "withdrawn"})
_ROLES = (
    "url",
    "archive_url",
    "archive_date",
    "archive_stamp",
    "url_status",
    "dead_flag",
    "access_date",
    "date",
    "date_format",
)


# Names come again from page to page; so many are remembered as they are written.
_REMEMBERED = 10_000


class Roles(dict[str, str | None]):
    """What each name of a parameter is for, however it is written; None for all not known."""

    def __missing__(self, name: str) -> str | None:
        role = self.get(name.strip().lower())
        if len(self) < _REMEMBERED:
            self[name] = role
        return role


def roles_by_name(words: Parameters) -> Roles:
    """What the parameters of these names are for."""
    found: dict[str, str | None] = {name.lower(): "identifier" for name in words.identifiers}
    found |= {name.lower(): "chapter_url" for name in words.chapter_urls}
    for role in _ROLES:
        names: Names = getattr(words, role)
        found |= {name.lower(): role for name in names}
    # A wiki's own name for something is not withdrawn there.
    return Roles({**dict.fromkeys(words.withdrawn, "withdrawn"), **found})


_OWN, _ENGLISH, _WEBARCHIVE, _REPLACED = "own", "english", "webarchive", "replaced"


class _Kinds(dict[str, str]):
    """What a template of each name, however it is written, is for a citation; '' for nothing."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(dict.fromkeys(vocabulary.webarchive_withdrawn.normal, _REPLACED))
        self.update(dict.fromkeys(vocabulary.webarchive.normal, _WEBARCHIVE))
        self.update(dict.fromkeys(vocabulary.english_citations.normal, _ENGLISH))
        self.update(dict.fromkeys(vocabulary.citations.normal, _OWN))
        self.words = {
            kind: (words, roles_by_name(words))
            for kind, words in ((_OWN, vocabulary.own), (_ENGLISH, vocabulary.english))
        }

    def __missing__(self, name: str) -> str:
        kind = self.get(template_name(name), "")
        if len(self) < _REMEMBERED:
            self[name] = kind
        return kind


_kinds_by_name = functools.cache(_Kinds)


def read(page: Wikitext, vocabulary: Vocabulary) -> Citations:
    """Every citation of a page; those in comments and unread zones are none."""
    found = Citations([], [], [], [])
    kinds = _kinds_by_name(vocabulary)
    text, nodes = page.text, page.nodes
    references = []
    starts = set()  # where the templates of any kind start
    for index in page.besides_links:
        node = nodes[index]
        construct = node[2]
        if construct == TEMPLATE:
            bar = text.find("|", node[3], node[4])
            kind = kinds[text[node[3] : node[4] if bar < 0 else bar]]
            if not kind:
                continue
            start, end = node[0], node[1]
            starts.add(start)
            if end - start > LONGEST:
                continue
            if kind in (_WEBARCHIVE, _REPLACED):
                listed = found.webarchives if kind == _WEBARCHIVE else found.replaced
                listed.append(page.template(index))
                continue
            content = text[node[3] : node[4]]
            if not _is_broken(content):
                tags = _tags(page, index, node, kinds)
                found.templates.append(Citation(page, index, content, *kinds.words[kind], tags))
        elif construct == REFERENCE:
            references.append((index, node))
    for index, node in references:
        start, end = node.inner_start, node.inner_end
        if start == end or start in starts:
            continue
        if text.find("://", start, min(end, node.start + LONGEST)) >= 0:
            link = _plain_link(page, index, node, kinds)
            if link is not None:
                found.links.append(link)
    return found


def _is_plain(page: Wikitext, index: int, content: str) -> bool:
    """Whether every bar and sign of equality in a template is one between its own parameters, and
    all else is their names and values: it holds no comment, and nothing with bars of its own."""
    text, nodes = page.text, page.nodes
    end = nodes[index][1]
    following = index + 1
    while following < len(nodes) and nodes[following][0] < end:
        inside = text[nodes[following][0] : nodes[following][1]]
        if "|" in inside or "=" in inside or "<!--" in content:
            return False
        following += 1
    return True


def _is_broken(content: str) -> bool:
    """Whether something is opened in a citation that has no place there."""
    if "<" in content and "<ref" in content:
        return True
    return "\n" in content and ("\n{|" in content or "\n==" in content)


def _tags(page: Wikitext, index: int, node: Node, kinds: _Kinds) -> tuple[Template, ...]:
    """The templates behind a citation that speak of it, up to the next citation or link.

    In a reference they may stand anywhere behind it, and directly behind the reference; elsewhere
    only white space and punctuation may stand between.
    """
    text, parent, end = page.text, node[5], node[1]
    reference = page.nodes[parent] if parent >= 0 else None
    if reference is not None and reference[2] != REFERENCE:
        reference = None
    if reference is not None and text.startswith("</", end):
        return _behind(page, parent, reference)
    siblings = page.children(node.parent)
    found: list[Template] = []
    position = node.end
    number = bisect_left(siblings, index) + 1
    for other in siblings[number : number + _NEIGHBOURS]:
        sibling = page.nodes[other]
        between = text[position : min(sibling.start, position + 400)]
        if "://" in between or "\n*" in between or (reference is None and between.strip(" .,;")):
            break
        if sibling.kind == TEMPLATE:
            template = page.template(other)
            if kinds[template.name] in (_OWN, _ENGLISH):
                break
            found.append(template)
        elif reference is None:
            break
        position = sibling.end
    if reference is not None:
        found.extend(_behind(page, node.parent, reference))
    return tuple(found)


def _behind(page: Wikitext, index: int, reference: Node) -> tuple[Template, ...]:
    """The templates that stand directly behind a reference."""
    if not page.text.startswith("{{", reference[1]):
        return ()
    siblings = page.children(reference.parent)
    number = bisect_left(siblings, index) + 1
    found = []
    position = reference.end
    for other in siblings[number : number + _NEIGHBOURS]:
        node = page.nodes[other]
        if node.start != position or node.kind != TEMPLATE:
            break
        found.append(page.template(other))
        position = node.end
    return tuple(found)


def _plain_link(page: Wikitext, index: int, node: Node, kinds: _Kinds) -> PlainLink | None:
    """The one external link of a reference that has nothing else to lead to its source."""
    text = page.text
    inner = page.children(index)
    tags = []
    for child in inner[: 4 * _NEIGHBOURS]:
        kind = page.nodes[child].kind
        if kind == TEMPLATE:
            template = page.template(child)
            if kinds[template.name]:
                return None
            tags.append(template)
        elif kind not in (COMMENT, OPAQUE, WIKILINK):
            return None
    end = min(node.inner_end, node.inner_start + LONGEST)
    found = None
    position = node.inner_start
    # What every link has is found first, which is faster than to look for its scheme.
    while (at := text.find("://", position, end)) >= 0:
        match = _LINK.search(text, max(position, at - len("https")), end)
        if match is None:
            break
        position = match.end()
        if inner and any(
            page.nodes[child].start <= match.start() < page.nodes[child].end for child in inner
        ):
            continue
        if found is not None:
            return None
        found = match
    if found is None:
        return None
    start, stop = found.span()
    url = found[0]
    if text[start - 1] == "[":
        start -= 1
        close = text.find("]", stop, end)
        stop = stop if close < 0 else close + 1
        bare = not text[found.end() : stop - 1].strip()
    else:
        url = url.rstrip(".,;:!?")
        stop = start + len(url)
        bare = True
    tags.extend(_behind(page, index, node))
    return PlainLink(Span(start, stop), url, bare, Span(node.start, node.end), tuple(tags))
