"""A small check made by hand, with pages to plant its mistakes in: for tests of what is around it.

It finds the word "wrongg" and says it should read "right"; "wronggg" has two fixes, "lonelywrong"
none, and "BREAK" breaks the check.

    python -m tests.planted ARGUMENT…      the command line with this check alone
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot import checks
from bot.checker import check_page
from bot.checks import Check, Context
from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span, Sureness

TODAY = date(2026, 11, 23)


def _run(context: Context) -> Iterator[Finding]:
    for section in context.sections:
        for match in re.finditer(
            "wrong(g+)|lonelywrong|BREAK", context.text[section.start : section.body_end]
        ):
            start, end = section.start + match.start(), section.start + match.end()
            if match[0] == "BREAK":
                raise ZeroDivisionError("planted")
            fixes = []
            if match[1]:
                fixes.append(context.replace("Write it right", start, end, "right"))
            if match[1] == "gg":
                edit = Edit(end, "", "<!-- why? -->")
                fixes.append(Fix("Ask why", (edit,), Safety.SUGGESTION))
            yield context.finding(
                Span(start, end),
                f"{match[0]} is wrong",
                sure=Sureness.CERTAIN,
                evidence=context.text[max(0, start - 10) : start] or None,
                related=[Span(0, 1)],
                fixes=fixes,
                severity=Severity.ERROR if match[1] == "gg" else None,
            )


PLANTED = Check(
    "planted",
    "duplicates",
    Severity.WARNING,
    "WP:PLANTED",
    "wrong|BREAK",
    1,
    "A word is planted.\n\nWhy: to find it.",
    _run,
)


def report(text: str, title: str = "Page", source: str = "Page.wiki") -> Report:
    """What the planted check says of a text."""
    return check_page(Page(title, text, source), today=TODAY, only=[PLANTED])


def made_up(hostile: str) -> Report:
    """A report that holds a hostile text wherever a report can hold text."""
    page = Page(hostile or "x", f"{hostile} end", hostile)
    edit = Edit(len(hostile), " end", hostile + "x")
    fixes = (Fix(hostile, (edit,)), Fix(hostile, (Edit(0, "", "new"),), Safety.SUGGESTION))
    finding = Finding(
        "planted",
        "duplicates",
        Severity.ERROR,
        Span(0, len(hostile)),
        f"{hostile} (WP:PLANTED; certain)",
        hostile,
        (),
        fixes,
    )
    plain = check_page(page, today=TODAY, only=[]) if _readable(hostile) else Report(page, ())
    return Report(page, (finding,), plain.skipped)


def _readable(text: str) -> bool:
    return "\0" not in text and text.isprintable()


#: What would run, load, link, sign, categorise or end something if a report let it through.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</pre></div></main><style>*{display:none}</style>",
    "javascript:alert(1)",
    "<!-- -->--><b>",
    "<!--",
    "<nowiki>",
    "</nowiki>{{Delete}}",
    "{{Delete}}",
    "{{subst:Delete}}",
    "{{{1|}}}",
    "[[Category:Spam]]",
    "[[File:Spam.jpg|thumb]]",
    "[[Link|]]",
    "https://spam.example/ mailto:a@b.example //spam.example",
    "[https://spam.example spam]",
    "~~~~ ~~~ ~~~~~",
    "__NOTOC__ __FORCETOC__ ＿＿目次＿＿",
    "#REDIRECT [[Spam]]",
    "* item\n# item\n: item\n; term : item\n----\n pre",
    "== Heading ==",
    "\n== Heading ==\n",
    "{| class=x\n| cell\n|}",
    "|}\n|-\n! x !! y",
    "'''''bold",
    "-{zh-hans:a;zh-hant:b}-",
    "RFC 2549 PMID 123 ISBN 978-3-16-148410-0",
    "&lt;script&gt; &#91; &amp;amp;",
    "\u0338 combining after a tag",
    "\x1b[31mred\x1b]0;title\x07 \x9b31m \r \x08 \x7f",
    "\u202eright to left override\u2066 isolate",
    "\x7f'\"`UNIQ--nowiki-00000001-QINU`\"'\x7f",
    "--- a/evil\n+++ b/evil\n@@ -1 +1 @@\n-x\n+y",
    "<ref>{{cite web}}</ref><references/>",
    "<ref",
    "العلاقات 漢字 🚀",
]


if __name__ == "__main__":
    checks.load = lambda: (PLANTED,)  # type: ignore[assignment]
    from bot.cli import main

    main(prog_name="redpencil")
