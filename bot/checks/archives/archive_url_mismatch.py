"""A snapshot of another page than the one cited.

Why
    The archived copy must show what the citation cites (Template:Cite web). A snapshot of another
    site's page mostly came along when a citation was copied and not filled in anew.

Example
    {{cite web |url=https://example.org/budget |title=Budget
    |archive-url=https://web.archive.org/web/20130504000000/http://example.com/weather}}

Left alone
    What does not matter to an archive: scheme, www, port, fragment, trailing slash,
    percent-encoding. Another address on the same site or with the same last part, since pages
    move and lead on; short and library addresses that lead elsewhere; a snapshot of any of the
    other addresses in the citation.

Fix
    None without looking: either of the two addresses may be the wrong one. With what was looked up
    (--archives): where the archived page itself bears the cited title, its address; else the
    snapshot of the cited page that does. For review.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import (
    ARCHIVE_WORDS,
    Archived,
    here,
    other_page,
    own_address,
    sources,
)
from bot.checks.archives._looked_up import archived, doubted, evidence
from bot.model import Finding, Fix, Safety, Severity, Source, Sureness


@check(
    severity=Severity.WARNING, guideline="Template:Cite web", trigger=ARCHIVE_WORDS, page_wide=True
)
def archive_url_mismatch(context: Context) -> Iterator[Finding]:
    """Citations whose archived page is clearly not the cited one."""
    for one in here(context, sources(context).archived):
        citation = one.citation
        if "archive_url" in citation.repeated:
            yield context.finding(
                citation.place(citation.roles["archive_url"]),
                "Two different archives are given, and only one can be shown",
                sure=Sureness.CERTAIN,
                guideline="Help:CS1 errors",
            )
            continue
        other = other_page(one)
        if other is not None:
            source = doubted(one, context.profile.language)
            yield context.finding(
                citation.place(citation.roles["archive_url"]),
                f"The archived page, {other}, is not the cited one",
                sure=Sureness.LIKELY,
                evidence=evidence(context, source) or one.url,
                related=[citation.place(citation.roles["url"])],
                fixes=_fixes(context, one, source),
            )


def _fixes(context: Context, one: Archived, source: Source) -> Iterator[Fix]:
    kept = context.facts.kept.get(source)
    if kept is None:
        return
    snapshot = one.snapshot
    if kept.address != one.address:
        fate = context.facts.fates.get(source.url)
        yield from archived(context, one.citation, kept, fate, "Give a copy of the cited page")
    elif snapshot is not None and (url := own_address(snapshot)) and not one.citation.repeated:
        # What is archived was seen to be what is cited: then the address is the wrong one.
        edits = one.citation.giving({"url": url})
        if edits:
            yield Fix("Give the address of the archived page", edits, Safety.REVIEW)
