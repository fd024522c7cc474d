"""Checks made for trying the queue: plain words, so that a test says what is found where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.checker import check_page
from bot.checks import Check, Context
from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span, Sureness

TODAY = date(2026, 11, 23)


def _misspelt(context: Context) -> Iterator[Finding]:
    """ "teh" has two mends; "wierd" one that is safe; "asap" a suggestion; "tbd" none."""
    for section in context.sections:
        for match in re.finditer(r"\b(teh|wierd|asap|tbd)\b", section.body.of(context.text)):
            start = section.body.start + match.start()
            end = start + len(match[1])
            fixes = {
                "teh": [
                    context.replace('write "the"', start, end, "the"),
                    context.replace("leave it out", start, end + 1, ""),
                ],
                "wierd": [context.replace('write "weird"', start, end, "weird", Safety.SAFE)],
                "asap": [
                    context.replace("say when", start, end, "soon", Safety.SUGGESTION),
                ],
                "tbd": [],
            }[match[1]]
            yield context.finding(
                Span(start, end), f'"{match[1]}" is no word', sure=Sureness.CERTAIN, fixes=fixes
            )


def _shouting(context: Context) -> Iterator[Finding]:
    """Exclamation marks: one finding each, mended by a full stop at all of its sentence's."""
    for section in context.sections:
        for match in re.finditer(r"!+", section.body.of(context.text)):
            start = section.body.start + match.start()
            fix = Fix(
                "make them full stops",
                tuple(Edit(start + i, "!", ".") for i in range(len(match[0]))),
            )
            yield context.finding(
                Span(start, start + len(match[0])),
                "an article does not shout",
                sure=Sureness.LIKELY,
                evidence="An encyclopedia is calm.",
                fixes=[fix],
            )


def _check(name: str, family: str, trigger: str, run: object) -> Check:
    return Check(name, family, Severity.WARNING, "MOS:TYPO", trigger, 1, "Words.", run)  # type: ignore[arg-type]


MISSPELT = _check("misspelt", "words", r"teh|wierd|asap|tbd", _misspelt)
SHOUTING = _check("shouting", "tone", r"!", _shouting)
CHECKS = (MISSPELT, SHOUTING)
OPTIONS = {"today": TODAY, "only": CHECKS}


def report(text: str, revision: int | None = 1, title: str = "Page") -> Report:
    """What those checks say of a text."""
    return check_page(Page(title, text, "https://wiki/Page", revision), **OPTIONS)  # type: ignore[arg-type]
