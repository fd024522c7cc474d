"""A snapshot where the address of the page belongs.

Why
    |url= is for the page itself and |archive-url= for its copy (Template:Cite web): only then does
    the reader see both, and what the copy is. A snapshot in |url= hides the source's own address,
    the date of the copy, and that it is a copy.

Example
    {{cite web |url=https://web.archive.org/web/20080303233306/http://example.org/ |title=Map}}

Left alone
    Plain links [https://web.archive.org/… Title] with a title, or with words beside them, which is
    one accepted way; items of the Internet Archive's library; what archives say of themselves;
    archives the wiki no longer wants (archive-host-deprecated).

Fix
    The page's address goes to |url=, the snapshot to |archive-url=, its day to |archive-date=, with
    |url-status=dead, so that the title leads where it led. For review: the page may live. None
    where the snapshot does not tell its page or its day, or {{dead link}} stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import (
    here,
    is_marked_dead,
    is_unwanted,
    own_address,
    plain,
    sources,
)
from bot.checks.archives._looked_up import is_wordless
from bot.checks.archives._written_dates import as_before, day_of, written
from bot.knowledge.snapshots import Snapshot, same_page, snapshot
from bot.model import Edit, Finding, Fix, Severity, Sureness
from bot.wikitext.citation import Citation
from bot.wikitext.dates import parse


@check(severity=Severity.WARNING, guideline="Template:Cite web", trigger="//", page_wide=True)
def url_is_archive(context: Context) -> Iterator[Finding]:
    """Citations whose page address is a snapshot; references that are the bare address of one."""
    every = sources(context)
    for citation, role, shown in here(context, every.shown):
        if role != "url" or not plain(shown.address) or not _is_copy(shown):
            continue
        if is_unwanted(context, shown):
            continue
        what = "snapshot" if shown.problem != "wildcard" else "list of snapshots"
        yield context.finding(
            citation.place(citation.roles["url"]),
            f"The address of the page is that of a {what} ({shown.archive}); both are wanted,"
            " each in its parameter",
            sure=Sureness.CERTAIN,
            evidence=shown.original,
            fixes=_fixes(context, citation, shown),
        )
    for link in here(context, every.links):
        found = snapshot(link.url) if link.bare else None
        if found is None or not _is_copy(found) or is_unwanted(context, found):
            continue
        if is_wordless(context.text, link):
            yield context.finding(
                link.span,
                f"The reference is the bare address of a snapshot ({found.archive}): neither the"
                " page nor the day of the copy is shown",
                sure=Sureness.CERTAIN,
                severity=Severity.ADVICE,
                guideline="WP:BAREURLS",
            )


def _is_copy(shown: Snapshot) -> bool:
    """Whether an archive's address leads to copies, and not to what it says of itself."""
    return shown.problem not in ("cache", "no original")


def _fixes(context: Context, citation: Citation, found: Snapshot) -> Iterator[Fix]:
    day, original = day_of(context, found), own_address(found)
    words = citation.words
    if original is None or found.problem or citation.repeated:
        return
    if is_marked_dead(context, citation):
        # It may be the snapshot that is dead.
        return
    archive = citation.value("archive_url")
    if archive:
        # An archive is there already: only the page's own address is missing.
        known = snapshot(archive)
        if known is not None and known.original and same_page(known.original, original):
            parameter = citation.roles["url"]
            old = parameter.value_span.of(context.text)
            if old == found.address:
                edit = Edit(parameter.value_start, old, original)
                yield Fix(f"Give the page's own address, {original}", (edit,))
        return
    if day is None or not words.statuses:
        return
    values = {"url": original, "archive_url": found.address}
    stated = citation.value("archive_date")
    before = parse(stated, context.profile.language) if stated else None
    if not stated:
        values["archive_date"] = written(context, day, citation, citation.start)
    elif before is None:
        return
    elif not before.first_day <= day <= before.last_day:
        values["archive_date"] = as_before(context, day, before, citation.start)
    status = citation.value("url_status").lower()
    if status and status not in words.statuses:
        return
    if not status and not citation.withdrawn():
        values["url_status"] = "dead"
    edits = citation.giving(values)
    if edits:
        yield Fix("Split into the page's address and its archive", edits)
