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
    None: either of the two addresses may be the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import ARCHIVE_WORDS, Archived, followed, here, sources
from bot.checks.archives._sites import differ
from bot.knowledge.snapshots import same_page
from bot.model import Finding, Severity, Sureness


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
        other = _other_page(one)
        if other is not None:
            yield context.finding(
                citation.place(citation.roles["archive_url"]),
                f"The archived page, {other}, is not the cited one",
                sure=Sureness.LIKELY,
                evidence=one.url,
                related=[citation.place(citation.roles["url"])],
            )


def _other_page(one: Archived) -> str | None:
    """The address of the archived page when it is clearly not the cited one."""
    snapshot, citation = one.snapshot, one.citation
    if snapshot is None or snapshot.original is None or "url" in citation.repeated:
        return None
    url = citation.value("url")
    if not url or not followed(url) or same_page(snapshot.original, url):
        return None
    if not differ(snapshot.original, url):
        return None
    if any(same_page(snapshot.original, other) for other in citation.chapter_urls()):
        return None
    return snapshot.original
