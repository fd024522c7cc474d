"""What a rule is about, found on a page: from a rule to a check.

Words are found where no letter, mark or digit stands beside them, in any script; a pattern where
RE2 finds it. In running text a match counts only if it stands in the wikitext as it is read.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.checks import Check, Context
from bot.custom.rule_file import Rule, Wrong
from bot.model import Finding, Fix, Span
from bot.wikitext import Section, Wikitext
from bot.wikitext.blocks import CAPTION, ITEM, PARAGRAPH
from bot.wikitext.prose import Prose
from bot.wikitext.scanner import WIKILINK
from bot.wikitext.template import Wikilink

BUDGET = 2.0
"""How many seconds a rule may take for a page; one that takes longer is not looked at by it."""

#: Grows when rules are read in another way, so that pages are looked at again.
_READING = 1

# Sections that list works and sources: what stands there are titles.
_OF_TITLES = frozenset(
    "bibliography|books|citations|discography|external links|filmography|footnotes|further reading"
    "|literature|notes|publications|references|selected works|see also|sources|track listing|works"
    "|works cited".split("|")
)


def check(rule: Rule, written: Mapping[str, Any]) -> Check:
    """The check that a rule makes. Raises Wrong for a pattern that RE2 refuses."""
    line = int(rule.place.rpartition(":")[2])
    matcher = _compiled(rule.pattern, line, rule) if rule.pattern else None
    if matcher is not None and matcher.search("") is not None:
        raise Wrong(line, "its pattern matches where nothing stands")
    trigger = _trigger(rule)
    if trigger:
        _compiled(trigger, line, rule)
    if matcher is None:
        flag = "i" if rule.ignores_case else ""
        matcher = _compiled(f"(?{flag}:{_alternatives(rule.words, ' ')})", line, rule)
    finder = _Finder(rule, matcher)
    said = json.dumps([_READING, written], ensure_ascii=False, sort_keys=True)
    return Check(
        rule.name,
        rule.family,
        rule.severity,
        rule.guideline,
        trigger,
        int.from_bytes(hashlib.sha256(said.encode()).digest()[:4]),
        _documentation(rule),
        finder,
        page_wide="source" in rule.where,
    )


def _compiled(pattern: str, line: int, rule: Rule) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        if rule.pattern and rule.ignores_case:
            pattern = f"(?i:{pattern})"
        return re2.compile(pattern, options)
    except re2.error as wrong:
        why = wrong.args[0] if wrong.args else wrong
        said = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
        raise Wrong(line, f"RE2 refuses its pattern: {said}") from None


def _alternatives(words: Iterable[str], blank: str) -> str:
    """The words, the longer first, as they may stand: `blank` between their parts."""
    import re2

    ordered = sorted(words, key=len, reverse=True)
    return "|".join(blank.join(map(re2.escape, word.split())) for word in ordered)


# What a pattern may hold that looks at what is around the match, which markup changes.
_LOOKS_AROUND = re.compile(r"\\[ABz]|[\^$]")


def _trigger(rule: Rule) -> str:
    """Without what it matches, a page holds nothing that the rule could find; '' for any page."""
    if rule.pattern:
        if _LOOKS_AROUND.search(rule.pattern):
            return ""
        return f"(?{'i' if rule.ignores_case else ''}:{rule.pattern})"
    blank = r"[\s\x{a0}]+"
    flag = "i" if rule.ignores_case else ""
    return f"(?{flag}:{_alternatives(rule.words, blank)})"


def _documentation(rule: Rule) -> str:
    """What `redpencil checks NAME` tells of it."""
    parts = [re.sub(r"\\\d", "…", rule.message)]
    if rule.why:
        parts.append("Why\n    " + rule.why.replace("\n", "\n    "))
    shown = []
    for example in rule.examples:
        if example.finds:
            shown.append(f"    {example.text.strip()}".replace("\n", "\n    "))
            if example.fixed is not None:
                shown.append(f"    → {example.fixed.strip()}".replace("\n", "\n    "))
    parts.append("Example\n" + "\n".join(shown))
    clean = [f"    {example.text.strip()}" for example in rule.examples if not example.finds]
    if clean:
        parts.append("Left alone\n" + "\n".join(clean))
    parts.append(f"A rule of {rule.place}")
    return "\n\n".join(parts)


def _is_edge(text: str, at: int) -> bool:
    """Whether no letter, mark or digit stands at a place, so that a word may end beside it."""
    if not 0 <= at < len(text):
        return True
    character = text[at]
    return not (
        character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
    )


class _Match(NamedTuple):
    """What a rule's words or pattern have hit: where in the text looked at, and its groups."""

    start: int
    end: int
    groups: tuple[str, ...]


class _Finder:
    """Finds on a page what a rule is about."""

    def __init__(self, rule: Rule, matcher: Any) -> None:
        self.rule = rule
        self.matcher = matcher
        # Of equal words the first counts, as it does for a reader of the rule.
        self.folded = {
            " ".join(word.split()).casefold(): new
            for word, new in reversed(list(rule.words.items()))
        }
        self.lengths = sorted({len(word) for word in self.folded}, reverse=True)

    def __call__(self, context: Context) -> Iterator[Finding]:
        rule, profile = self.rule, context.profile
        if rule.wikis and profile.wiki not in rule.wikis:
            return
        if rule.languages and profile.language not in rule.languages:
            return
        end = time.monotonic() + BUDGET
        for section in context.sections:
            for span, match in self.places(context, section):
                if time.monotonic() > end:
                    raise TimeoutError(f"it took longer than {BUDGET:g} s for this page")
                finding = self.finding(context, span, match)
                if finding is not None:
                    yield finding

    # Where

    def places(self, context: Context, section: Section) -> Iterator[tuple[Span, _Match]]:
        """What is hit in a section, with its place in the page."""
        where = self.rule.where
        if "headings" in where and section.number:
            yield from self.in_source(context, Span(section.start, section.body_start))
        if "source" in where:
            yield from self.in_source(context, section.body)
        elif where & {"prose", "quotations", "titles"}:
            if section.heading.casefold() in _OF_TITLES and "titles" not in where:
                return
            for block in context.page.blocks(section.body):
                if block.kind in (PARAGRAPH, ITEM, CAPTION) and (
                    not block.quoted or "quotations" in where
                ):
                    prose = context.page.prose(block.span)
                    yield from self.in_prose(context, prose, quoted=block.quoted)

    def in_prose(
        self, context: Context, prose: Prose, *, quoted: bool
    ) -> Iterator[tuple[Span, _Match]]:
        where = self.rule.where
        for match in self.matches(prose.text):
            start, end = match.start, match.end
            span = prose.source_span(start, end)
            written = span.of(context.text)
            plain = " ".join(written.split()) if self.rule.words else written
            if (
                plain == prose.text[start:end]
                and not _is_link_target(prose, start, end)
                and not _in_address(prose.text, start, end)
                and _kinds(context.text, prose, match, span, quoted=quoted) <= where
            ):
                yield span, match

    def in_source(self, context: Context, stretch: Span) -> Iterator[tuple[Span, _Match]]:
        page = context.page
        for match in self.matches(stretch.of(context.text)):
            span = Span(stretch.start + match.start, stretch.start + match.end)
            if page.protected(span) is None and not _in_file_or_category(page, span):
                yield span, match

    def matches(self, text: str) -> Iterator[_Match]:
        """What is hit in a text, left to right, apart."""
        if not self.rule.words:
            for found in self.matcher.finditer(text):
                if found.end() > found.start():
                    groups = tuple(each or "" for each in found.groups())
                    yield _Match(found.start(), found.end(), (found.group(0), *groups))
            return
        position = 0
        position = 0
        while (found := self.matcher.search(text, position)) is not None:
            start, end = found.span()
            position = start + 1
            if _is_edge(text, start - 1):
                for word in (text[start:end], *self.shorter(text[start:end])):
                    end = start + len(word)
                    if _is_edge(text, end):
                        yield _Match(start, end, (word,))
                        position = end
                        break

    def shorter(self, found: str) -> Iterator[str]:
        """The words of the rule with which a longer one begins, the longest first."""
        for length in self.lengths:
            word = found[:length]
            if length < len(found) and (
                word.casefold() in self.folded
                if self.rule.ignores_case
                else word in self.rule.words
            ):
                yield word

    # What

    def finding(self, context: Context, span: Span, match: _Match) -> Finding | None:
        """The finding; None when there stands already what the rule wants."""
        rule, written = self.rule, span.of(context.text)
        new = self.new(match)
        fixed: list[Fix] = []
        if new is not None:
            if new == written:
                return None
            start = span.start
            if not new and _blank_too_many(context.text, span):
                start -= 1
            title = f"Write “{new}”" if new else "Leave it out"
            fixed.append(context.replace(title, start, span.end, new, rule.safety))
        return context.finding(
            span, _expanded(rule.message, match.groups), sure=rule.sure, fixes=fixed
        )

    def new(self, match: _Match) -> str | None:
        """What is to be written instead; as a word is, with a capital or without."""
        if not self.rule.words:
            if self.rule.replacement is None:
                return None
            return _expanded(self.rule.replacement, match.groups)
        word = match.groups[0]
        found = self.rule.words.get(word, self.folded.get(" ".join(word.split()).casefold()))
        if found and self.rule.ignores_case and word[0].isupper() and found[0].islower():
            return found[0].upper() + found[1:]
        return found


def _expanded(template: str, groups: tuple[str, ...]) -> str:
    r"""The template with what was hit for \0, and its groups for \1 to \9; \\ is one \."""

    def of(found: re.Match[str]) -> str:
        if found[1] == "\\":
            return "\\"
        number = int(found[1])
        return groups[number] if number < len(groups) else ""

    return re.sub(r"\\([0-9\\])", of, template)


# Quotation marks that `Prose.quoted` leaves alone, since they may be apostrophes or of East Asia.
_QUOTED = re.compile(r"(?<!\w)'[^'\n]{1,300}'(?!\w)|「[^」]*」|『[^』]*』|‹[^›]*›|《[^》]*》")
_TAG = re.compile(
    r"<(?P<ends>/?)(?P<name>q|cite|code|kbd|samp|var|tt|s|del|strike)\b[^<>]*>", re.IGNORECASE
)
# What a stretch stands in when it ends so: a label of a link to the web, which is a title of there;
# a choice between scripts; a value in a tag.
_OPENS = re.compile(
    r"(?P<titles>\[(?:mailto:|(?:https?:|ftp:)?//)[^\s\[\]]+ [^\[\]\n]*)\Z"
    r"|(?P<variant>-\{[^{}\n]*)\Z"
    r"|(?P<value><[a-z][^<>]*=\s*\"[^\"<]*)\Z",
    re.IGNORECASE,
)
_KIND_OF_TAG = {"q": "quotations", "cite": "titles"}


def _kinds(text: str, prose: Prose, match: _Match, span: Span, *, quoted: bool) -> set[str]:
    """What a stretch is part of: one of PLACES, or something that no rule looks into."""
    kinds = set()
    if (
        quoted
        or prose.in_quotation(match.start, match.end)
        or any(
            found.start() < match.end and match.start < found.end()
            for found in _QUOTED.finditer(prose.text)
        )
    ):
        kinds.add("quotations")
    if prose.in_italics(match.start, match.end):
        kinds.add("titles")
    before = text[max(prose.span.start, span.start - 1_000) : span.start]
    tags: set[str] = set()
    for tag in _TAG.finditer(before):
        (tags.discard if tag["ends"] else tags.add)(tag["name"].lower())
    kinds |= {_KIND_OF_TAG.get(tag, tag) for tag in tags}
    opened = _OPENS.search(before)
    if opened is not None and opened.lastgroup is not None:
        kinds.add(opened.lastgroup)
    return kinds or {"prose"}


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a stretch is part of an address, a path or a name of a person that stands there."""
    first = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    last = min((at for at in (text.find(" ", end), text.find("\n", end)) if at >= 0), default=None)
    word = text[first:last].lstrip("(")
    return (
        "://" in word
        or "@" in word
        or "\\" in word
        or word.count("/") > 1
        or word.lower().startswith(("www.", "mailto:", "//", "#"))
        or bool(_DOMAIN.match(text, end))
        or (start > 1 and text[start - 1] == "." and text[start - 2].isalnum())
    )


_DOMAIN = re.compile(r"\.[a-z]")


def _is_link_target(prose: Prose, start: int, end: int) -> bool:
    """Whether a stretch touches a link whose label is the title that it leads to."""
    for place in (start, end - 1):
        found = prose.link_at(place)
        if found is not None and found[2].bar < 0:
            return True
    return False


def _in_file_or_category(page: Wikitext, span: Span) -> bool:
    """Whether a stretch touches a link with a prefix: a file, a category, another wiki."""
    return any(
        page.nodes[index].kind == WIKILINK and Wikilink(page.text, page.nodes[index]).prefix
        for place in (span.start, span.end)
        for index in page.enclosing(place)
    )


def _blank_too_many(text: str, span: Span) -> bool:
    """Whether leaving a stretch out would leave two blanks, or one before a full stop."""
    return (
        span.start > 0
        and text[span.start - 1] == " "
        and (span.end == len(text) or text[span.end] in " \n.,;:!?)")
    )
