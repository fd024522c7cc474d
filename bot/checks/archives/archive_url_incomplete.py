"""An address of an archive that leads to no one snapshot.

Why
    A list of all snapshots (/*/), the command that makes one (/save/), the old live proxy, or an
    address without its full timestamp shows something else tomorrow, or nothing
    (Help:CS1 errors, "archive-url is malformed").

Example
    |archive-url=https://web.archive.org/web/*/http://example.org/
    |archive-url=https://web.archive.org/web/2013/http://example.org/

Left alone
    Short forms that name one snapshot (archive.today, WebCite, Perma.cc); archives that the wiki no
    longer wants, which archive-host-deprecated reports.

Fix
    A flag that the archive does not have goes, for review. Which snapshot was meant by the others
    must be looked up: with --archives the nearest one that was seen to show the page is given, with
    its date.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import (
    ARCHIVE_WORDS,
    Archived,
    Dated,
    here,
    is_marked_dead,
    is_unwanted,
    sources,
)
from bot.checks.archives._looked_up import archived, doubted, evidence, of_webarchive
from bot.checks.archives._written_dates import as_before
from bot.model import Edit, Finding, Fix, Safety, Severity, Source, Sureness
from bot.wikitext.dates import parse

_PROBLEMS = {
    "wildcard": "The address is the list of all snapshots, not one of them",
    "save": "The address is the command that makes a snapshot, not a snapshot",
    "liveweb": "The address is that of a proxy that showed the live page, not of a snapshot",
    "cache": "A search engine's cache forgets within days; it is no archive",
    "no timestamp": "The address has no timestamp and leads to whichever snapshot is the latest",
    "short timestamp": "The timestamp is not whole; the address leads to whichever is nearest",
    "bad timestamp": "The timestamp is not a moment at which a snapshot can have been made",
    "bad modifier": "The archive does not have the flag behind the timestamp",
    "no original": "The address does not say which page was archived",
}


@check(severity=Severity.ERROR, guideline="Help:CS1 errors", trigger=ARCHIVE_WORDS, page_wide=True)
def archive_url_incomplete(context: Context) -> Iterator[Finding]:
    """Citations and {{webarchive}}s whose archive address leads to no one snapshot."""
    every = sources(context)
    for one in here(context, every.archived):
        snapshot = one.snapshot
        if snapshot is None or snapshot.problem is None or is_unwanted(context, snapshot):
            continue
        # Only the addresses of archive.org are looked at by the wiki's own module.
        severity = None if snapshot.host.endswith("archive.org") else Severity.WARNING
        parameter = one.citation.roles["archive_url"]
        wanted = doubted(one, context.profile.language)
        yield context.finding(
            one.citation.place(parameter),
            _PROBLEMS[snapshot.problem],
            sure=Sureness.CERTAIN,
            severity=severity,
            evidence=evidence(context, wanted),
            fixes=_fixes(context, one, wanted),
        )
    for dated in here(context, every.webarchives):
        snapshot = dated.snapshot
        if snapshot.problem is None or is_unwanted(context, snapshot):
            continue
        yield context.finding(
            dated.template.span,
            _PROBLEMS[snapshot.problem],
            sure=Sureness.CERTAIN,
            guideline="Template:Webarchive",
            severity=Severity.WARNING,
            evidence=evidence(context, of_webarchive(dated)),
            fixes=_in_webarchive(context, dated),
        )


def _fixes(context: Context, one: Archived, wanted: Source) -> Iterator[Fix]:
    kept = context.facts.kept.get(wanted)
    if kept is not None:
        fate = context.facts.fates.get(wanted.url)
        yield from archived(context, one.citation, kept, fate, "Give the snapshot that was seen")
    snapshot, parameter = one.snapshot, one.citation.roles["archive_url"]
    if snapshot is None or snapshot.problem != "bad modifier":
        return
    if is_marked_dead(context, one.citation):
        return
    old = parameter.value_span.of(context.text)
    flagged = f"{snapshot.timestamp}{snapshot.modifier}/"
    new = old.replace(flagged, f"{snapshot.timestamp}/", 1)
    if new != old:
        yield Fix("Remove the flag", (Edit(parameter.value_start, old, new),))


def _in_webarchive(context: Context, dated: Dated) -> Iterator[Fix]:
    kept = context.facts.kept.get(of_webarchive(dated))
    address = dated.template.parameter("url", "1")
    date = dated.template.parameter("date")
    if kept is None or address is None:
        return
    edits = [Edit(address.value_start, address.value_span.of(context.text), kept.address)]
    if date is not None and date.value:
        before = parse(date.value, context.profile.language)
        new = as_before(context, kept.day, before, dated.start)
        old = date.value_span.of(context.text)
        if old != new:
            edits.append(Edit(date.value_start, old, new))
    if not any("<!--" in edit.old for edit in edits):
        yield Fix("Give the snapshot that was seen", tuple(sorted(edits)), Safety.REVIEW)
