"""An "archive" that is an ordinary page of the web.

Why
    |archive-url= is for a copy that an archive keeps (Template:Cite web). The page itself, or
    another living page, protects against nothing: when it goes, so does the "archive".

Example
    {{cite web |url=https://example.org/a |title=A |archive-url=https://example.org/a
    |archive-date=7 November 2021}}

Left alone
    Every page of an archive or a library that we know, and every address that might be of one we do
    not: with a timestamp, another address inside, or "archive", "wayback", "cache" and the like in
    it.

Fix
    Where the "archive" is the page itself, the archive's parameters go. Another page may be worth
    keeping, so that nothing is proposed there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import ARCHIVE_WORDS, Archived, followed, here, sources
from bot.knowledge.snapshots import archive_host, same_page, stable_host
from bot.model import Finding, Fix, Severity, Sureness
from bot.patterns import pattern

# What an archive's address has and an ordinary one has not; in doubt it is an archive's.
_MIGHT_BE_ARCHIVE = pattern(
    r"\d{8}|ar(?:k|qu|x)i[vu]|wayback|cache|memento|perma|webcit|warc|snapshot|preserv|freez|lcwa"
    r"|mirror|(?<!\A)https?(?::|%3a)|[=/]www\.|archiv|megalodon|webrecorder|conifer|(?<!\A)//\w",
    re.IGNORECASE,
)


@check(
    severity=Severity.ERROR, guideline="Template:Cite web", trigger=ARCHIVE_WORDS, page_wide=True
)
def archive_url_not_archive(context: Context) -> Iterator[Finding]:
    """Citations whose archive address is of no archive."""
    for one in here(context, sources(context).archived):
        if one.snapshot is not None or not followed(one.address):
            continue
        citation = one.citation
        itself = bool(one.url) and same_page(one.address, one.url)
        rest = one.address.partition("://")[2]
        if not itself and (
            _MIGHT_BE_ARCHIVE.search(rest) or archive_host(one.address) or stable_host(one.address)
        ):
            continue
        yield context.finding(
            citation.place(citation.roles["archive_url"]),
            "What is given as the archive is the page itself"
            if itself
            else "What is given as the archive is an ordinary web page, which protects"
            " against nothing",
            sure=Sureness.CERTAIN if itself else Sureness.LIKELY,
            fixes=_fixes(one) if itself else (),
        )


def _fixes(one: Archived) -> Iterator[Fix]:
    citation = one.citation
    if citation.repeated or citation.withdrawn():
        return
    roles = ["archive_url", "archive_date"]
    if citation.value("url_status") == "live":
        roles.append("url_status")
    elif citation.value("url_status"):
        return
    edits = citation.without(citation.roles[r] for r in roles if r in citation.roles)
    if not any("<!--" in edit.old for edit in edits):
        yield Fix("Remove what is no archive", edits)
