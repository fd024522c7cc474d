"""A source on the web that no archive keeps.

Why
    Pages vanish: of the links in citations, several in a hundred go dead each year (WP:LINKROT).
    A snapshot named while the page lives keeps the statement verifiable. Citing without one is no
    error; this is a service, and where the page is marked as dead it is the first thing to do.

Example
    {{cite web |url=https://example.org/report.pdf |title=Report}}
    <ref>[https://example.org/report.pdf Report]</ref>

Left alone
    Citations with a doi, a jstor or another identifier that leads to the source for good; Google
    Books, library catalogues and other hosts that keep their addresses; addresses that are
    snapshots already; citations with {{webarchive}} behind them; what {{cbignore}} or
    {{dead link|fix-attempted=yes}} marks as looked for in vain. A url-status or archive-date
    without an archive is archive-url-missing's.

Fix
    None without looking up a snapshot: which one shows what the citation says must be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import archive_given_up, followed, here, sources
from bot.knowledge.snapshots import same_page, stable_host
from bot.model import Finding, Severity, Sureness
from bot.wikitext import Template
from bot.wikitext.citation import Citation


@check(severity=Severity.ADVICE, guideline="WP:LINKROT", trigger="https?://", page_wide=True)
def archive_missing(context: Context) -> Iterator[Finding]:
    """Citations and plain references to ordinary pages of the web, without a snapshot."""
    every = sources(context)
    for citation in here(context, every.unarchived):
        address = citation.roles.get("url") or citation.roles.get("chapter_url")
        if address is None or not _can_rot(context, address.value, citation.tags):
            continue
        if _has_identifier(citation):
            continue
        if citation.value("url_status") and not citation.value("archive_date"):
            continue
        yield _finding(context, citation)
    for one in here(context, every.archived):
        # What is called the archive is the page itself.
        if (
            one.snapshot is None
            and _can_rot(context, one.url, one.citation.tags)
            and same_page(one.address, one.url)
            and not _has_identifier(one.citation)
        ):
            yield _finding(context, one.citation)
    for link in here(context, every.links):
        if _can_rot(context, link.url, link.tags):
            what = "The reference is a bare address" if link.bare else "The link is to a web page"
            yield context.finding(
                link.span,
                f"{what} without an archive: when it goes dead, the source is lost",
                sure=Sureness.CERTAIN,
            )


def _finding(context: Context, citation: Citation) -> Finding:
    dead = context.vocabulary.dead_link
    if any(tag.name in dead for tag in citation.tags):
        what = "The page is marked as dead and no archive is given: look for a snapshot of it first"
    else:
        what = "No archive is given: when the page goes dead, the source is lost"
    return context.finding(citation.span, what, sure=Sureness.CERTAIN)


def _has_identifier(citation: Citation) -> bool:
    return bool(citation.value("identifier"))


def _can_rot(context: Context, url: str, tags: tuple[Template, ...]) -> bool:
    if not followed(url) or stable_host(url):
        return False
    if not tags:
        return True
    webarchive = context.vocabulary.webarchive
    return not any(tag.name in webarchive for tag in tags) and not archive_given_up(context, tags)
