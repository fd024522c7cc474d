"""An archive that the wiki no longer wants.

Why
    English Wikipedia decided in February 2026 that archive.today and its other names (archive.is,
    archive.ph …) are not to be linked (Wikipedia:Archive.today guidance); its citation templates no
    longer show such archives and an edit filter stops new ones. Other wikis still accept them.

Example
    |archive-url=https://archive.today/20130405101112/http://example.org/

Left alone
    Every archive on a wiki that has not spoken against it; all others on English Wikipedia; what
    the archive says of itself.

Fix
    None without looking up a snapshot elsewhere, and therefore a prompt to look and no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import here, is_unwanted, sources
from bot.knowledge.snapshots import Snapshot, snapshot
from bot.model import Finding, Severity, Span, Sureness


@check(
    severity=Severity.ADVICE,
    guideline="WP:ARCHIVETODAY",
    trigger=r"(?i)archive\.(?:today|is|ph|fo|li|md|vn)\b",
    page_wide=True,
)
def archive_host_deprecated(context: Context) -> Iterator[Finding]:
    """Snapshots, in whichever parameter or plain link, in an archive that is not wanted."""
    if not context.vocabulary.deprecated_hosts:
        return
    every = sources(context)
    last = -1
    for citation, role, shown in here(context, every.shown):
        if _is_unwanted(context, shown) and citation.start != last:
            yield _finding(context, citation.place(citation.roles[role]), shown)
            last = citation.start
    for dated in here(context, every.webarchives):
        if _is_unwanted(context, dated.snapshot):
            yield _finding(context, dated.template.span, dated.snapshot)
    for link in here(context, every.links):
        found = snapshot(link.url)
        if found is not None and _is_unwanted(context, found):
            yield _finding(context, link.span, found)


def _is_unwanted(context: Context, found: Snapshot) -> bool:
    """Whether it is a snapshot there, and not what the archive says of itself."""
    return found.problem != "no original" and is_unwanted(context, found)


def _finding(context: Context, span: Span, found: Snapshot) -> Finding:
    return context.finding(
        span,
        f"The snapshot is at {found.host}, an archive that this wiki no longer wants;"
        " look for one elsewhere",
        sure=Sureness.CERTAIN,
    )
