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
from typing import Any

from bot.checks import Check, Context
from bot.custom.rule_file import Rule, Wrong
from bot.custom.stretches import Match, Readable, Source, Stretch
from bot.model import Finding, Fix, Span
from bot.wikitext import Section
from bot.wikitext.blocks import CAPTION, ITEM, PARAGRAPH

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
            for stretch in self.stretches(context, section):
                for match in self.matches(stretch.text):
                    if time.monotonic() > end:
                        raise TimeoutError(f"it took longer than {BUDGET:g} s for this page")
                    span = stretch.place(match)
                    finding = None if span is None else self.finding(context, span, match)
                    if finding is not None:
                        yield finding

    # Where

    def stretches(self, context: Context, section: Section) -> Iterator[Stretch]:
        """What of a section the rule looks at."""
        where, page = self.rule.where, context.page
        if "headings" in where and section.number:
            yield Source(page, Span(section.start, section.body_start))
        if "source" in where:
            yield Source(page, section.body)
        elif where & {"prose", "quotations", "titles"}:
            if section.heading.casefold() in _OF_TITLES and "titles" not in where:
                return
            for block in page.blocks(section.body):
                if block.kind in (PARAGRAPH, ITEM, CAPTION) and (
                    not block.quoted or "quotations" in where
                ):
                    yield Readable(page, page.prose(block.span), self.rule, quoted=block.quoted)

    def matches(self, text: str) -> Iterator[Match]:
        """What is hit in a text, left to right, apart."""
        # RE2 reads bytes; given a str, it encodes and counts it anew for every match.
        encoded = text.encode()
        characters = _Characters(encoded)
        if not self.rule.words:
            for found in self.matcher.finditer(encoded):
                if found.end() > found.start():
                    start, end = characters(found.start()), characters(found.end())
                    groups = tuple((each or b"").decode() for each in found.groups())
                    yield Match(start, end, (text[start:end], *groups))
            return
        position = 0
        while (found := self.matcher.search(encoded, position)) is not None:
            start = characters(found.start())
            position = found.start() + len(text[start].encode())
            if not _is_edge(text, start - 1):
                continue
            longest = found.group().decode()
            for word in (longest, *self.shorter(longest)):
                if _is_edge(text, start + len(word)):
                    yield Match(start, start + len(word), (word,))
                    position = found.start() + len(word.encode())
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

    def finding(self, context: Context, span: Span, match: Match) -> Finding | None:
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

    def new(self, match: Match) -> str | None:
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


class _Characters:
    """How many characters are before a place in UTF-8; asked for places that only grow."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._ascii = encoded.isascii()
        self._last = (0, 0)

    def __call__(self, place: int) -> int:
        if self._ascii:
            return place
        at, count = self._last
        count += len(self._encoded[at:place].decode())
        self._last = (place, count)
        return count


def _expanded(template: str, groups: tuple[str, ...]) -> str:
    r"""The template with what was hit for \0, and its groups for \1 to \9; \\ is one \."""

    def of(found: re.Match[str]) -> str:
        if found[1] == "\\":
            return "\\"
        number = int(found[1])
        return groups[number] if number < len(groups) else ""

    return re.sub(r"\\([0-9\\])", of, template)


def _blank_too_many(text: str, span: Span) -> bool:
    """Whether leaving a stretch out would leave two blanks, or one before a full stop."""
    return (
        span.start > 0
        and text[span.start - 1] == " "
        and (span.end == len(text) or text[span.end] in " \n.,;:!?)")
    )
