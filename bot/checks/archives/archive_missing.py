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
    snapshots already; citations with {{webarchive}} or a link to their snapshot behind them; what
    {{cbignore}} or {{dead link|fix-attempted=yes}} marks as looked for in vain. A url-status or
    archive-date without an archive is archive-url-missing's.

Fix
    None without looking up a snapshot: which one shows what the citation says must be seen. With
    what was looked up (--archives) the archive's address and date are added, and the page's status
    as far as it is sure; to a plain link what the wiki has for it, {{webarchive}} behind it or
    {{Webarchiv}} in its place, where that is known. Where the page was dead on two days and no
    archive has it, {{dead link|fix-attempted=yes}} or the like.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import here, sources
from bot.checks.archives._looked_up import (
    archived,
    archived_link,
    can_rot,
    citable,
    dead_link,
    evidence,
    has_look_ups,
    is_wordless,
    marked_dead,
    of_link,
    plain,
    source,
    unarchived,
)
from bot.knowledge.snapshots import same_page
from bot.model import Finding, Fix, Severity, Source, Sureness
from bot.wikitext.citation import Citation, PlainLink


@check(severity=Severity.ADVICE, guideline="WP:LINKROT", trigger="https?://", page_wide=True)
def archive_missing(context: Context) -> Iterator[Finding]:
    """Citations and plain references to ordinary pages of the web, without a snapshot."""
    every = sources(context)
    words = context.vocabulary
    looked_up = has_look_ups(context)
    for citation in here(context, every.unarchived):
        url = unarchived(words, context.text, citation)
        if url:
            yield _finding(context, citation, url, looked_up=looked_up)
    for one in here(context, every.archived):
        # What is called the archive is the page itself.
        if (
            one.snapshot is None
            and can_rot(words, one.url, one.citation.tags)
            and same_page(one.address, one.url)
            and not one.citation.value("identifier")
        ):
            yield _finding(context, one.citation, "", looked_up=looked_up)
    for link in here(context, every.links):
        if plain(words, link):
            bare = is_wordless(context.text, link)
            what = "The reference is a bare address" if bare else "The link is to a web page"
            wanted = of_link(context.text, link) if looked_up else None
            yield context.finding(
                link.span,
                f"{what} without an archive: when it goes dead, the source is lost",
                sure=Sureness.CERTAIN,
                evidence=evidence(context, wanted) if wanted is not None else None,
                fixes=_beside(context, link, wanted) if wanted is not None else (),
            )


def _finding(context: Context, citation: Citation, url: str, *, looked_up: bool) -> Finding:
    what = "No archive is given: when the page goes dead, the source is lost"
    if citation.tags and any(tag.name in context.vocabulary.dead_link for tag in citation.tags):
        what = "The page is marked as dead and no archive is given: look for a snapshot of it first"
    if not looked_up:
        return context.finding(citation.span, what, sure=Sureness.CERTAIN)
    wanted = source(citation, url, context.profile.language)
    return context.finding(
        citation.span,
        what,
        sure=Sureness.CERTAIN,
        evidence=evidence(context, wanted),
        fixes=_inside(context, citation, wanted),
    )


def _inside(context: Context, citation: Citation, wanted: Source) -> Iterator[Fix]:
    kept, fate = context.facts.kept.get(wanted), context.facts.fates.get(wanted.url)
    if kept is not None:
        yield from archived(context, citation, kept, fate)
    elif wanted in context.facts.lost and fate is not None and fate.gone and not citation.tags:
        mark = marked_dead(context, citation.span.end)
        if mark is not None:
            yield mark


def _beside(context: Context, link: PlainLink, wanted: Source) -> Iterator[Fix]:
    kept, fate = context.facts.kept.get(wanted), context.facts.fates.get(wanted.url)
    if citable(context, wanted) is not None:
        # It becomes a whole citation with its archive (bare-url).
        return
    if kept is not None:
        yield from archived_link(context, link, kept)
    elif wanted in context.facts.lost and fate is not None and fate.gone and not link.tags:
        yield from dead_link(context, link)
