"""A dead link marked as such, although its archive stands beside it.

Why
    {{dead link}} asks for an archive (Template:Dead link); where one is given, the question is
    answered and the mark says nothing to the reader but that the source is gone.

Example
    {{cite web |url=http://example.org/ |title=A |url-status=dead |archive-date=4 May 2013
    |archive-url=https://web.archive.org/web/20130504000000/http://example.org/}} {{dead link}}

Left alone
    Citations without an archive, or with one that is no whole snapshot or no longer wanted.

Fix
    The mark goes, and what it says is kept as |url-status=dead. For review: somebody may have meant
    that the archived copy is dead. With --archives the copy is looked at: where it shows something
    else, one that was seen to show the page takes its place, and where there is none, nothing is
    proposed. A page that is live is called so.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import (
    ARCHIVE_WORDS,
    Archived,
    dead_marks,
    here,
    is_status_known,
    is_unwanted,
    sources,
    without,
)
from bot.checks.archives._looked_up import archived, doubted, evidence
from bot.model import Edit, Finding, Fix, Severity, Source, Sureness
from bot.wikitext import Template
from bot.wikitext.citation import Citation


@check(
    severity=Severity.WARNING, guideline="Template:Dead link", trigger=ARCHIVE_WORDS, page_wide=True
)
def dead_link_with_archive(context: Context) -> Iterator[Finding]:
    """Citations with a snapshot and a mark of a dead link behind it."""
    for one in here(context, sources(context).archived):
        if not one.citation.tags or one.snapshot is None or one.snapshot.problem:
            continue
        if is_unwanted(context, one.snapshot):
            continue
        found = dead_marks(context.text, context.vocabulary, one.citation)
        if not found:
            continue
        source = doubted(one, context.profile.language)
        yield context.finding(
            found[0].span,
            "The link is marked as dead although an archived copy is given beside it",
            sure=Sureness.LIKELY,
            evidence=evidence(context, source) or one.address,
            fixes=_fixes(context, one, found, source),
        )


def _fixes(context: Context, one: Archived, marks: list[Template], source: Source) -> Iterator[Fix]:
    citation, facts = one.citation, context.facts
    edits = without(context.text, marks)
    if citation.repeated or any("<!--" in edit.old for edit in edits):
        return
    kept, fate = facts.kept.get(source), facts.fates.get(source.url)
    if one.address in facts.spurious:
        # It is the copy that is dead.
        if kept is not None:
            title = "Give a copy that shows the page, and remove the mark"
            yield from archived(context, citation, kept, fate, title)
        return
    if fate is not None and fate.status == "live" and not is_status_known(citation):
        live = citation.giving({"url_status": "live"}) if citation.words.statuses else ()
        if live is not None:
            yield Fix("Remove the mark; the page is live", tuple(sorted((*live, *edits))))
            return
    if _says_dead(citation):
        yield Fix("Remove the mark", edits)
        return
    status = _dead(citation)
    if status:
        yield Fix("Remove the mark; the page is dead", tuple(sorted((*status, *edits))))


def _says_dead(citation: Citation) -> bool:
    """Whether the citation says without the mark that the page is dead."""
    words = citation.words
    if not words.statuses or citation.value("dead_flag"):
        return True
    gone = citation.withdrawn()
    if gone:
        return all(words.withdrawn[p.name.lower()].values.get(p.value) != "live" for p in gone)
    return citation.value("url_status").lower() not in ("", "live")


def _dead(citation: Citation) -> tuple[Edit, ...] | None:
    """The edits by which it does."""
    gone = citation.withdrawn()
    if not gone:
        return citation.giving({"url_status": "dead"})
    if len(gone) > 1 or "url_status" in citation.roles:
        return None
    edit = citation.renamed(
        gone[0], citation.words.withdrawn[gone[0].name.lower()].replacement, "dead"
    )
    return (edit,) if edit is not None else None
