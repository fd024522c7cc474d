"""The same source given in full in two references.

Why
    Readers see two notes for one source, and whoever mends one of them, adds its archive or marks
    it as dead, leaves the other as it was. One named reference serves all places (WP:REFNAME,
    WP:DUPREF).

Example
    A.<ref>{{cite web |url=https://example.org/a |title=A}}</ref>
    B.<ref>{{cite web |url=https://example.org/a |title=A}}</ref>

Left alone
    References without an address or a citation template; those that differ in more than white
    space, unless one citation has all that the other has and only particulars of its retrieval
    besides (access date, archive, publisher); those that point to different pages, chapters or
    quotations; those in templates or between <references> tags; those of different groups, and
    those above and below a list of references, which each belong to their own list; pages with
    <includeonly> and the like, whose parts appear on their own elsewhere; what {{cbignore}} asks
    bots to leave alone.

Fix
    The first reference keeps the fuller text and a name; the others only name it, and so does what
    used the name of another one of them; one right behind the other goes. None where a template may
    use such a name, or where the name is given to two sources.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.checks import Context, check
from bot.checks.archives._citations import is_left_alone, sources
from bot.model import Edit, Finding, Fix, Safety, Severity, Sureness
from bot.patterns import pattern
from bot.wikitext import Wikitext
from bot.wikitext.citation import LONGEST, Citation
from bot.wikitext.scanner import REFERENCE, TEMPLATE, Node
from bot.wikitext.template import Reference

_INCLUDED = pattern(r"<(?=[nio])(?:noinclude|includeonly|onlyinclude)\b", re.IGNORECASE)
_LISTED = pattern(r"<references\b[^<>/]*>.*?(?:</references|\Z)", re.IGNORECASE | re.DOTALL)
_HEAD = pattern(
    r"<ref(?:\s+(?:name|group)\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>/]+))*\s*>", re.IGNORECASE
)
# Where the references above are listed: what names one of them below it finds nothing.
_LIST = pattern(r"<references\b|\{\{\s*reflist\b", re.IGNORECASE)
# A title of plain words, as a name may be.
_TITLE = pattern(r"\|\s*title\s*=\s*([^\"<>|{}\[\]='/]{3,80}?)\s*[|}]", re.IGNORECASE)
# What stands before and behind the value of a template's parameter.
_BEFORE_VALUE = pattern(r"[|=][ \t]*[\"']?\Z")
_AFTER_VALUE = pattern(r"[\"']?[ \t]*[|}\n]")

# What two citations of one source may differ in: when and where it was fetched, and who keeps it.
_PARTICULARS = frozenset(
    "access-date accessdate archive-url archiveurl archive-date archivedate url-status via"
    " publisher language url-access".split()
)

# Nobody cites one source in more ways than this; what does is no page to mend.
_MOST_VARIANTS = 20
# Different texts seldom begin with the same words; so many are compared at first.
_FIRST = 6


class _Noted(NamedTuple):
    """A reference with its text, and what its citation says when it is nothing but one."""

    reference: Reference
    content: str
    said: Mapping[str, str]


@check(
    severity=Severity.WARNING,
    guideline="WP:REFNAME",
    trigger="(?i)<ref",
    page_wide=True,
    may_follow=True,
)
def duplicate_reference(context: Context) -> Iterator[Finding]:
    """References of a page that give one source in full twice."""
    groups = _same(_noted(context))
    if not groups or _INCLUDED.search(context.text):
        return
    uses = _Uses(context.page)
    for group in groups:
        later = group[1:]
        if _LIST.search(context.text, group[0].reference.end, later[-1].reference.start):
            continue
        if not any(_looked_at(context, each.reference) for each in later):
            continue
        yield context.finding(
            later[0].reference.span,
            f"The source is given in full in {len(group)} references",
            sure=Sureness.CERTAIN,
            related=[each.reference.span for each in group if each is not later[0]],
            fixes=_fixes(group, uses),
        )


def _looked_at(context: Context, reference: Reference) -> bool:
    if len(context.sections) == len(context.page.sections):
        return True
    return any(one.start <= reference.start < one.body_end for one in context.sections)


def _noted(context: Context) -> list[_Noted]:
    """The references that may be merged, in the order of the page: those whose text or address
    stands in several."""
    text = context.text
    ignore = context.vocabulary.bots_ignore.normal
    citations = {one.start: one for one in sources(context).every.things}
    # Two of one source have the same address or, without a citation of it, the same text.
    found: list[tuple[Node, str, Citation | None]] = []
    nodes = context.page.nodes
    for index in context.page.besides_links:
        node = nodes[index]
        if node.kind != REFERENCE or not 0 < node.inner_end - node.inner_start <= LONGEST:
            continue
        citation = citations.get(node.inner_start)
        if citation is None or citation.end != node.inner_end:
            inner = text[node.inner_start : node.inner_end]
            citation = citations.get(node.inner_end - len(inner.lstrip()))
            if citation is not None and citation.end != node.inner_start + len(inner.rstrip()):
                citation = None
            if citation is None and "://" not in inner:
                continue
        address = citation.value("url") if citation is not None else ""
        found.append((node, address or _beginning(text, node), citation))
    counted = Counter([key for _, key, _ in found])
    noted: list[_Noted] = []
    if len(counted) == len(found):
        return noted
    listed = [match.span() for match in _LISTED.finditer(text)] if "<references" in text else []
    for node, citation in [(node, cited) for node, key, cited in found if counted[key] > 1]:
        if _in_template(nodes, node):
            continue
        content = _content(text, node)
        if any(mark in content for mark in ("<!--", "<ref", "{{{")):
            continue
        if is_left_alone(text, node.end, ignore) or any(name in content.lower() for name in ignore):
            continue
        if not _HEAD.fullmatch(text, node.start, node.inner_start):
            continue
        if any(start <= node.start < end for start, end in listed):
            continue
        said = _said(citation) if citation is not None else {}
        noted.append(_Noted(Reference(text, node), content, said))
    return noted


def _content(text: str, node: Node) -> str:
    return " ".join(text[node.inner_start : node.inner_end].split())


def _beginning(text: str, node: Node) -> str:
    """The first words of a reference, which are read faster than all of them."""
    return " ".join(text[node.inner_start : node.inner_end].split(None, _FIRST)[:_FIRST])


def _in_template(nodes: Sequence[Node], node: Node) -> bool:
    while node.parent >= 0:
        node = nodes[node.parent]
        if node.kind == TEMPLATE:
            return True
    return False


def _said(citation: Citation) -> Mapping[str, str]:
    """The parameters of a citation with their values; empty when one is given twice."""
    template = citation.template
    values = {"": template.name}
    for parameter in template.parameters:
        name = parameter.name.lower()
        if name in values:
            return {}
        if parameter.value:
            values[name] = " ".join(parameter.value.split())
    return values if citation.value("url") else {}


def _same(noted: Sequence[_Noted]) -> list[list[_Noted]]:
    """The references of one source together, where there are several."""
    exact: dict[tuple[str, str], list[_Noted]] = defaultdict(list)
    for each in noted:
        exact[each.reference.attribute("group"), each.content].append(each)
    by_source: dict[tuple[str, tuple[tuple[str, str], ...]], list[list[_Noted]]] = defaultdict(list)
    merged = []
    for (group, _), members in exact.items():
        said = members[0].said
        if not said:
            merged.append(members)
            continue
        core = tuple(sorted((n, v) for n, v in said.items() if n not in _PARTICULARS))
        for others in by_source[group, core][:_MOST_VARIANTS]:
            if _agree(others[0].said, said):
                others.extend(members)
                break
        else:
            by_source[group, core].append(members)
            merged.append(members)
    found = [sorted(group, key=lambda one: one.reference.start) for group in merged]
    return sorted(
        (group for group in found if len(group) > 1), key=lambda group: group[1].reference.start
    )


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether one of the two says all that the other says."""
    return one.items() <= other.items() or other.items() <= one.items()


def _fixes(group: Sequence[_Noted], uses: _Uses) -> Iterator[Fix]:
    given = list(dict.fromkeys(each.reference.name for each in group if each.reference.name))
    if given and not uses.is_of(group, given[0]):
        return
    renamed = uses.of(group, given[1:])
    if renamed is None:
        return
    fullest = max(group, key=lambda one: len(one.said))
    if any(each.said and not each.said.items() <= fullest.said.items() for each in group):
        return
    first, *others = group
    name = given[0] if given else _new_name(fullest, uses.names)
    if not re.fullmatch(r"[^\"<>|{}\[\]=]+", name):
        return
    reference = first.reference
    edits = []
    if fullest.content != first.content:
        edits.append(Edit(reference.content_start, reference.content, fullest.reference.content))
    group_name = reference.attribute("group")
    of_group = f' group="{group_name}"' if group_name else ""
    again = f'<ref name="{name}"{of_group} />'
    # One right behind another tells a reader nothing.
    behind = {one.reference.start for one in others} & {one.reference.end for one in group}
    edits += [
        Edit(one.start, one.source, "" if one.start in behind else again)
        for one in (*(each.reference for each in others), *renamed)
    ]
    title = "Take out the repeated reference"
    if len(behind) < len(others) or given:
        title = "Name the first reference and use it again"
        if not reference.name:
            edits.append(Edit(reference.start + 4, "", f' name="{name}"'))
    yield Fix(title, tuple(sorted(edits)), Safety.REVIEW)


class _Uses:
    """Which references and templates of a page use a reference's name; read when first asked."""

    def __init__(self, page: Wikitext) -> None:
        self._page = page

    @functools.cached_property
    def names(self) -> set[str]:
        """The names of all references."""
        return set(self._references)

    @functools.cached_property
    def _references(self) -> Mapping[str, list[Reference]]:
        found: dict[str, list[Reference]] = defaultdict(list)
        for one in self._page.references:
            found[one.name].append(one)
        return found

    def _in_a_template(self, name: str) -> bool:
        """Whether a template may use the name: {{r|name}}, {{#tag:ref||name=name}}."""
        text = self._page.text
        place = text.find(name)
        while place >= 0:
            end = place + len(name)
            if _AFTER_VALUE.match(text, end) and _BEFORE_VALUE.search(
                text, max(0, place - 50), place
            ):
                return True
            place = text.find(name, end)
        return False

    def is_of(self, group: Sequence[_Noted], name: str) -> bool:
        """Whether no reference of the page gives this name to another source than the group's."""
        ours = sum(each.reference.name == name for each in group)
        if self._page.text.count(name) == ours:  # which spares reading every reference
            return True
        contents = {"", *(each.content for each in group)}
        of_group = group[0].reference.attribute("group")
        return all(
            " ".join(one.content.split()) in contents
            for one in self._references[name]
            if one.attribute("group") == of_group
        )

    def of(self, group: Sequence[_Noted], names: Sequence[str]) -> list[Reference] | None:
        """The references that use one of these names and are not of the group; None when more than
        references may do so, or one gives the name to something else."""
        of_group = group[0].reference.attribute("group")
        members = {each.reference.start for each in group}
        found = []
        for name in names:
            if self._in_a_template(name):
                return None
            for one in self._references[name]:
                if one.start in members:
                    continue
                if one.content.strip() or one.attribute("group") != of_group:
                    return None
                found.append(one)
        return found


def _new_name(noted: _Noted, names: set[str]) -> str:
    """A name no other reference has: the host of the source, else its title; with a number if need
    be."""
    found = re.search(r"https?://[^\s|\]}<>]+", noted.content)
    try:
        host = (urlsplit(found[0]).hostname or "") if found else ""
    except ValueError:
        host = ""
    titled = _TITLE.search(noted.content)
    title = " ".join(titled[1].split()[:4]) if titled else ""
    base = host.removeprefix("www.") or title or "source"
    number = 1
    name = base
    while name in names:
        number += 1
        name = f"{base} {number}"
    names.add(name)
    return name
