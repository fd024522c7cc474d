"""An archived copy without the date it was made.

Why
    |archive-url= requires |archive-date= (Help:CS1 errors): without it the citation shows an error
    and the reader does not learn how old the copy is.

Example
    {{cite web |url=http://example.org/ |title=Report |url-status=dead
    |archive-url=https://web.archive.org/web/20130405101112/http://example.org/}}

Left alone
    Citations with any archive date, right or wrong; an |archive-url= that is no archive's address.

Fix
    The date is read off the snapshot's own address and written in the format of the page. Safe for
    the fourteen digits of archive.org, for review with other archives; none where the address
    has no date.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import ARCHIVE_WORDS, Archived, here, sources
from bot.checks.archives._written_dates import day_of, written
from bot.model import Finding, Fix, Safety, Severity, Sureness


@check(severity=Severity.ERROR, guideline="Help:CS1 errors", trigger=ARCHIVE_WORDS, page_wide=True)
def archive_date_missing(context: Context) -> Iterator[Finding]:
    """Citations with an archive's address and no archive date."""
    for one in here(context, sources(context).archived):
        citation = one.citation
        if one.snapshot is None or citation.value("archive_date"):
            continue
        if not citation.words.archive_date:
            continue
        yield context.finding(
            citation.place(citation.roles["archive_url"]),
            "The archived copy is given without its date",
            sure=Sureness.CERTAIN,
            evidence=one.address,
            fixes=_fixes(context, one),
            severity=None if citation.words.statuses else Severity.WARNING,
        )


def _fixes(context: Context, one: Archived) -> Iterator[Fix]:
    snapshot, citation = one.snapshot, one.citation
    day = day_of(context, snapshot) if snapshot is not None else None
    if snapshot is None or day is None or snapshot.problem or "archive_url" in citation.repeated:
        return
    date = written(context, day, citation, citation.start)
    edits = citation.giving({"archive_date": date})
    if edits:
        proved = snapshot.host.endswith("archive.org") and len(snapshot.timestamp) == 14
        yield Fix(f"Add the date {date}", edits, Safety.SAFE if proved else Safety.REVIEW)
