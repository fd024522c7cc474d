"""A file of rules as it is written in TOML, and what is wrong with it, on which line.

Every key is known and every value checked; nothing is guessed. What a rule means is for
`bot.custom.matching`, whether it keeps what its examples promise for `bot.custom.rules`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.checks import FAMILIES
from bot.model import Safety, Severity, Sureness

_LONGEST_PATTERN, _MOST_WORDS, _LONGEST_TEXT = 1_000, 2_000, 20_000
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

PLACES = ("prose", "quotations", "titles", "headings", "source")
"""Where a rule may look. "source" is the wikitext itself: templates, references, addresses too."""


class Wrong(Exception):
    """What is wrong with a rule or a file of rules, and on which line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what a rule must say of it: find something or not, and mend it to `fixed`."""

    line: int
    text: str
    finds: bool
    fixed: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it is written. `words` maps each word to what is to be written instead of it;
    None for nothing to offer, '' for nothing at all. Without words there is a `pattern`."""

    name: str
    family: str
    message: str
    words: Mapping[str, str | None]
    pattern: str
    replacement: str | None
    ignores_case: bool
    safety: Safety
    severity: Severity
    sure: Sureness
    guideline: str
    where: frozenset[str]
    wikis: frozenset[str]
    languages: frozenset[str]
    why: str
    examples: tuple[Example, ...]
    place: str


class Written(NamedTuple):
    """A rule, and all that is written of it."""

    rule: Rule
    table: Mapping[str, Any]


def parse(text: str, name: str) -> tuple[list[Written], list[str]]:
    """The rules that a file of this name holds, and why others are refused, a sentence each."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        return [], [f"{name}: is no TOML: {wrong}"]
    lines = _Lines(text)
    try:
        _only(content, _FILE, lambda key: lines.of_key(key, 1))
        if not content.get("rule"):
            raise Wrong(1, "has no [[rule]]")
    except Wrong as wrong:
        return [], [f"{name}:{wrong.line}: {wrong}"]
    shared = {key: value for key, value in content.items() if key != "rule"}
    found: list[Written] = []
    refused: list[str] = []
    for number, table in enumerate(content["rule"]):
        line = lines.of_rule(number, table)
        try:
            rule = _rule(table, shared, lines, number, f"{name}:{line}")
            if any(each.rule.name == rule.name for each in found):
                raise Wrong(line, "another rule has this name")
            found.append(Written(rule, {**shared, **table}))
        except Wrong as wrong:
            called = table.get("name")
            called = called if isinstance(called, str) else f"number {number + 1}"
            refused.append(refusal(name, called, wrong))
    return found, refused


def refusal(name: str, called: str, wrong: Wrong) -> str:
    """Why a rule is refused, in a sentence."""
    return f"{name}:{wrong.line}: rule {called}: {wrong}; it is not used"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= _LONGEST_TEXT


def _is_line(value: Any) -> bool:
    return _is_text(value) and "\n" not in value


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_line, value))


def _is_words(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(
            _is_line(word) and isinstance(new, str) for word, new in value.items()
        )
    return _is_texts(value)


def _one_of(names: Iterable[str]) -> tuple[Callable[[Any], bool], str]:
    names = tuple(names)
    return (lambda value: value in names), f"one of {', '.join(names)}"


_Key = tuple[Callable[[Any], bool], str]
_FILE: dict[str, _Key] = {
    "wikis": (_is_texts, "a list of names of wikis, such as en.wikipedia.org"),
    "languages": (_is_texts, "a list of codes of languages, such as en"),
    "family": (
        lambda value: (
            isinstance(value, str) and bool(_NAME.fullmatch(value)) and value not in FAMILIES
        ),
        "a name in small letters with hyphens, and none of Redpencil's own families",
    ),
    "rule": (
        lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
        "a list of tables, [[rule]]",
    ),
}
_RULE: dict[str, _Key] = {
    "name": (
        lambda value: isinstance(value, str) and bool(_NAME.fullmatch(value)),
        "a name in small letters with hyphens",
    ),
    "message": (_is_line, "a sentence on one line"),
    "why": (_is_text, "a text"),
    "words": (_is_words, "a list of words, or a table of words and what to write instead"),
    "pattern": (_is_line, "a pattern of RE2 on one line"),
    "replacement": (lambda value: isinstance(value, str), "a text"),
    "ignore-case": (lambda value: isinstance(value, bool), "true or false"),
    "safety": _one_of(each.value for each in Safety),
    "severity": _one_of(each.value for each in Severity),
    "sure": _one_of(each.value for each in Sureness),
    "guideline": (_is_line, "the name of a page on one line"),
    "where": (
        lambda value: _is_texts(value) and all(each in PLACES for each in value),
        f"a list of {', '.join(PLACES)}",
    ),
    "wikis": _FILE["wikis"],
    "languages": _FILE["languages"],
    "example": (
        lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
        "a list of tables, [[rule.example]]",
    ),
}
_EXAMPLE: dict[str, _Key] = {
    "finds": (_is_text, "a text in which something is found"),
    "clean": (_is_text, "a text in which nothing is found"),
    "fixed": (lambda value: isinstance(value, str), "the text after the mend"),
}


def _only(table: Mapping[str, Any], known: Mapping[str, _Key], line: Callable[[str], int]) -> None:
    """Raise Wrong for a key that is not known, or whose value is none."""
    for key, value in table.items():
        if key not in known:
            raise Wrong(line(key), f"{key} is unknown; there are {', '.join(known)}")
        fits, wanted = known[key]
        if not fits(value):
            raise Wrong(line(key), f"{key} must be {wanted}, not {_shown(value)}")


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"


def _rule(
    table: Mapping[str, Any], shared: Mapping[str, Any], lines: _Lines, number: int, place: str
) -> Rule:
    """The rule that a table is. Raises Wrong."""
    start = lines.of_rule(number, table)
    _only(table, _RULE, lambda key: lines.of_key(key, start))
    for key in ("name", "message", "example"):
        if not table.get(key):
            raise Wrong(start, f"{key} is missing")
    if ("words" in table) == ("pattern" in table):
        raise Wrong(start, "there must be either words or a pattern")
    written = table.get("words", {})
    replacement = table.get("replacement")
    if isinstance(written, dict) and written and replacement is not None:
        raise Wrong(
            lines.of_key("replacement", start), "replacement is told by the table of words already"
        )
    words = dict(written) if isinstance(written, dict) else dict.fromkeys(written, replacement)
    if len(words) > _MOST_WORDS:
        raise Wrong(lines.of_key("words", start), f"more than {_MOST_WORDS:,} words; split it")
    pattern = str(table.get("pattern", ""))
    if len(pattern) > _LONGEST_PATTERN:
        raise Wrong(
            lines.of_key("pattern", start),
            f"pattern is longer than {_LONGEST_PATTERN:,} characters",
        )
    severity, safety = table.get("severity", "warning"), table.get("safety", "review")
    return Rule(
        table["name"],
        shared.get("family", "custom"),
        table["message"].strip().rstrip("."),
        words,
        pattern,
        replacement if pattern else None,
        bool(table.get("ignore-case", bool(words))),
        Safety(safety),
        Severity(severity),
        Sureness(table.get("sure", "likely")),
        table.get("guideline", "the wiki's own rule"),
        frozenset(table.get("where", ["prose"])),
        frozenset(table.get("wikis", shared.get("wikis", ()))),
        frozenset(table.get("languages", shared.get("languages", ()))),
        table.get("why", "").strip(),
        tuple(_examples(table["example"], lines, number, start)),
        place,
    )


def _examples(
    tables: list[Mapping[str, Any]], lines: _Lines, number: int, start: int
) -> Iterator[Example]:
    for index, table in enumerate(tables):
        line = lines.of_example(number, index, start)
        _only(table, _EXAMPLE, lambda key, line=line: lines.of_key(key, line))  # type: ignore[misc]
        if ("finds" in table) == ("clean" in table):
            raise Wrong(line, "an example has either finds or clean")
        if "fixed" in table and "finds" not in table:
            raise Wrong(line, "an example that is clean has nothing fixed")
        yield Example(
            line, table.get("finds", table.get("clean")), "finds" in table, table.get("fixed")
        )
    if not any("finds" in table for table in tables):
        raise Wrong(start, "there must be an example in which the rule finds something")


class _Lines:
    """On which line of a file what stands: TOML's reader does not tell."""

    _HEAD = re.compile(r"\s*\[\[\s*rule\s*(\.\s*example\s*)?\]\]")

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._rules: list[tuple[int, list[int]]] = []
        for number, line in enumerate(self._lines, 1):
            head = self._HEAD.match(line)
            if head and not head[1]:
                self._rules.append((number, []))
            elif head and self._rules:
                self._rules[-1][1].append(number)

    def of_rule(self, number: int, table: Any) -> int:
        """Where a rule starts, or where its name stands if rules are written otherwise."""
        if number < len(self._rules):
            return self._rules[number][0]
        name = table.get("name") if isinstance(table, dict) else None
        found = (n for n, line in enumerate(self._lines, 1) if name and json.dumps(name) in line)
        return next(found, 1)

    def of_example(self, number: int, index: int, otherwise: int) -> int:
        """Where an example of a rule starts."""
        examples = self._rules[number][1] if number < len(self._rules) else []
        return examples[index] if index < len(examples) else otherwise

    def of_key(self, key: str, start: int) -> int:
        """The first line from `start` on that sets a key; `start` when there is none."""
        sets = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]|\s*\[+\s*{re.escape(key)}\b")
        found = (n for n in range(start, len(self._lines) + 1) if sets.match(self._lines[n - 1]))
        return next(found, start)
