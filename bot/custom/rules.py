"""Checks without code: rules in TOML, each with examples that are run before it is believed.

`redpencil checks --example` prints a file of rules with everything that can be said in it. A rule
names words or a pattern, says what is wrong with them, and perhaps what to write instead. It looks
at the paragraphs, list items and captions of a page as a reader reads them; quotations, titles in
italics, links without a label, addresses, references and templates are only looked at when the rule
says so, and comments, <nowiki> and its like never.

A pattern is one of RE2 (https://github.com/google/re2/wiki/Syntax), which takes time in proportion
to the text, whatever is written in it; beyond that a rule has a budget of seconds for each page. A
rule with a mistake, or with an example that does not come out as it says, is refused; the others
stay. Nothing here reads a file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date

from bot import fixes
from bot.checks import Check, Context, Reading
from bot.custom import matching, rule_file
from bot.custom.rule_file import Example, Rule, Wrong
from bot.knowledge.citations import vocabulary
from bot.model import Facts, Finding, Marks, Profile, Settings
from bot.wikitext import Wikitext


def read(text: str, name: str) -> tuple[list[Check], list[str]]:
    """The checks that a file of rules holds, and why others are refused, a sentence each.

    `name` is what the file is called in those.
    """
    written, refused = rule_file.parse(text, name)
    found = []
    for rule, table in written:
        try:
            made = matching.check(rule, table)
            for example in rule.examples:
                _tried(made, rule, example)
            found.append(made)
        except Wrong as wrong:
            refused.append(rule_file.refusal(name, rule.name, wrong))
    return found, refused


def _tried(check: Check, rule: Rule, example: Example) -> None:
    """Raise Wrong unless an example comes out as it says."""
    found = _found(check, rule, example, example.text)
    if not example.finds:
        if found:
            hit = found[0].span.of(example.text)
            raise Wrong(example.line, f"its example is said to be clean, but “{hit}” is found")
        return
    if not found:
        raise Wrong(example.line, f"nothing is found in its example “{_short(example.text)}”")
    if example.fixed is None:
        return
    mends = [(finding, finding.fixes[0]) for finding in found if finding.fixes]
    if not mends:
        raise Wrong(example.line, "its example says fixed, but the rule has no replacement")
    edits = [edit for _, fix in mends for edit in fix.edits]
    mended = fixes.apply(example.text, sorted(edits))
    if mended != example.fixed:
        raise Wrong(
            example.line,
            f"its example is mended to “{_short(mended)}”, not to “{_short(example.fixed)}”",
        )
    if _found(check, rule, example, mended):
        raise Wrong(example.line, f"what it mends is found again in “{_short(mended)}”")


def _found(check: Check, rule: Rule, example: Example, text: str) -> list[Finding]:
    """What a rule finds in a text, on the first of its wikis."""
    profile = Profile(language=min(rule.languages, default="en"), wiki=min(rule.wikis, default=""))
    page = Wikitext(text, profile.language)
    reading = Reading(
        page, profile, vocabulary(profile.language), Facts(), date.max, Settings(), Marks()
    )
    if check.trigger and not _hits(check.trigger)(text):
        return []
    try:
        return list(check.run(Context(check, reading, page.sections)))
    except Exception as broken:
        raise Wrong(example.line, f"it breaks: {type(broken).__name__}: {broken}") from broken


@functools.lru_cache(maxsize=8)
def _hits(trigger: str) -> Callable[[str], bool]:
    import re2

    found = re2.compile(trigger)
    return lambda text: found.search(text) is not None


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:119]}…"
