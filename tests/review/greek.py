"""A review of which all but the interface is Greek, and an interface of which each text is marked.

So a Latin letter outside of «…» is a word that somebody wrote into the code. The checks are those
of `tests.proposals`, with Greek names and Greek words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bot.checker import check_page
from bot.checks import Check, Context
from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span, Sureness
from bot.review.catalogue import ENGLISH, FOLDER, catalogue

TITLE, WIKI, WHO, REASON = "Αθήνα", "βίκι", "Άννα", "όνομα"
#: The findings: 1 λαθς with two mends, 2 παλι (safe), 3 λαθς, 4 ! with three edits, 5 τωρα (a
#: suggestion), 6 τπτ without a mend.
TEXT = """Αρχή.

== Ιστορία ==
Ήταν λαθς πρώτα. Και παλι λαθς μετά!!! Και [[άλλα]].
* Έγινε τωρα.
* Μετά τπτ.

== Τέλος ==
Αυτό ήταν.
"""
#: Of these the interface says nothing; no word of a language is among them.
NO_WORDS = ("language", "direction", "thousands", "join")


def _words(context: Context) -> Iterator[Finding]:
    for section in context.sections:
        for match in re.finditer(r"\b(λαθς|παλι|τωρα|τπτ)\b", section.body.of(context.text)):
            start = section.body.start + match.start()
            end = start + len(match[1])
            mends = {
                "λαθς": [
                    context.replace("λάθος", start, end, "λάθος"),
                    context.replace("τίποτα", start, end + 1, ""),
                ],
                "παλι": [context.replace("πάλι", start, end, "πάλι", Safety.SAFE)],
                "τωρα": [context.replace("τώρα", start, end, "τώρα", Safety.SUGGESTION)],
                "τπτ": [],
            }[match[1]]
            yield _plain(
                context.finding(Span(start, end), "άγνωστο", sure=Sureness.CERTAIN, fixes=mends)
            )


def _shouts(context: Context) -> Iterator[Finding]:
    for section in context.sections:
        for match in re.finditer(r"!+", section.body.of(context.text)):
            start = section.body.start + match.start()
            edits = tuple(Edit(start + i, "!", ".") for i in range(len(match[0])))
            finding = context.finding(
                Span(start, start + len(match[0])),
                "κραυγή",
                sure=Sureness.LIKELY,
                evidence="Αυτό ήταν.",
                related=[Span(0, 5)],
                fixes=[Fix("τελεία", edits, cosmetic=True)],
            )
            yield _plain(finding)


def _plain(finding: Finding) -> Finding:
    """Without the English words about guideline and sureness, which are the checks' to say."""
    return finding._replace(message=finding.message.partition(" (")[0])


CHECKS = (
    Check("λέξεις", "λόγος", Severity.WARNING, "", "λαθς|παλι|τωρα|τπτ", 1, "Λέξεις.", _words),
    Check("κραυγές", "ύφος", Severity.ADVICE, "", "!", 1, "Κραυγές.", _shouts),
)
OPTIONS = {"today": date(2026, 11, 23), "only": CHECKS}


def report(
    text: str = TEXT, title: str = TITLE, source: str = "https://1.2/3", revision: int | None = 1
) -> Report:
    """What those checks say of a text."""
    return check_page(Page(title, text, source, revision), **OPTIONS)  # type: ignore[arg-type]


def translated(folder: Path, language: str = "el") -> Path:
    """A folder of catalogues: the English one, and a translation with every text in «…»."""
    english = catalogue().texts
    lines = [
        f'"{key}" = """{text if key in NO_WORDS else f"«{text}»"}"""'
        for key, text in english.items()
        if key != "language"
    ]
    (folder / f"{ENGLISH}.toml").write_bytes((FOLDER / f"{ENGLISH}.toml").read_bytes())
    (folder / f"{language}.toml").write_text(f'language = "{language}"\n' + "\n".join(lines))
    return folder


def untranslated(shown: str) -> list[str]:
    """The Latin words of a text that stand in no «…», however deep these are nested."""
    while True:
        fewer = re.sub(r"«[^«»]*»", " ", shown)
        if fewer == shown:
            return re.findall(r"[A-Za-z]{2,}", shown)
        shown = fewer
