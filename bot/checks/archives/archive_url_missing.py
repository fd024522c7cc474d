"""An archive date or a link status without the archive it is about.

Why
    |archive-date= requires |archive-url= (Help:CS1 errors): somebody meant to add an archive and
    did not, or it was lost. |url-status= does nothing without one, though editors that fill in
    citations often write it.

Example
    {{cite web |url=https://example.org/ |title=Report |archive-date=25 August 2022}}
    {{cite web |url=https://example.org/ |title=Report |url-status=live}}

Left alone
    Parameters without a value; citations whose |url= is itself a snapshot (url-is-archive), or that
    have {{webarchive}} behind them; a status where no archive is wanted (a doi, Google Books).

Fix
    The date goes, with a |url-status=live that then has nothing to say; for review, because a
    snapshot may be found. Nothing is proposed for a status alone (nobody would see the difference),
    nor where the page is said to be dead, which is worth knowing, or where the archive stands in a
    comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import ARCHIVE_WORDS, has_webarchive, here, sources
from bot.knowledge.snapshots import snapshot, stable_host
from bot.model import Finding, Fix, Severity, Sureness
from bot.wikitext.citation import Citation


@check(
    severity=Severity.ERROR,
    guideline="Help:CS1 errors",
    trigger=f"{ARCHIVE_WORDS}|url-status",
    page_wide=True,
)
def archive_url_missing(context: Context) -> Iterator[Finding]:
    """Citations with an archive date or status, and no archive."""
    for citation in here(context, sources(context).unarchived):
        if "archive_date" not in citation.values and "url_status" not in citation.values:
            continue
        day, status = citation.value("archive_date"), citation.value("url_status")
        if not (day or (status and citation.words.statuses)):
            continue
        if has_webarchive(context.vocabulary, citation.tags):
            continue
        url = citation.value("url")
        if url and snapshot(url) is not None:
            continue
        if not day and (citation.value("identifier") or stable_host(url)):
            continue
        if day:
            yield context.finding(
                citation.place(citation.roles["archive_date"]),
                f"An archive date ({day[:40]}) is given and no archive",
                sure=Sureness.CERTAIN,
                fixes=_fixes(context, citation),
                severity=None if citation.words.statuses else Severity.WARNING,
            )
        else:
            yield context.finding(
                citation.place(citation.roles["url_status"]),
                f"The link status ({status[:40]}) has no effect without an archive",
                sure=Sureness.CERTAIN,
                severity=Severity.ADVICE,
            )


def _fixes(context: Context, citation: Citation) -> Iterator[Fix]:
    if citation.repeated or citation.value("url_status") not in ("", "live"):
        return
    if citation.value("dead_flag"):
        return
    archive = citation.roles.get("archive_url")
    if archive is not None and "<!--" in archive.span.of(context.text):
        # Somebody has put the archive aside, and may be about to bring it back.
        return
    gone = [
        citation.roles[role]
        for role in ("archive_date", "url_status")
        if citation.value(role) and role in citation.roles
    ]
    edits = citation.without(gone)
    if not any("<!--" in edit.old for edit in edits):
        yield Fix("Remove the date", edits)
