"""An archived source that does not say whether its page is still there.

Why
    Without |url-status= the title leads to the archived copy, as if the page were dead, although it
    may well live (Template:Cite web). Readers who would find the present page are sent to an old
    one.

Example
    {{cite news |url=https://example.org/story |title=Story |archive-date=4 May 2013
    |archive-url=https://web.archive.org/web/20130504000000/https://example.org/story}}

Left alone
    Citations that say so in any words, such as a |dead-url= that archive-parameter-withdrawn
    translates, or have a {{dead link}} behind them; wikis whose module has no such parameter.

Fix
    None without looking: "live" or "dead" without having seen the page would be a guess. With what
    was looked up (--archives) "live", or "dead" or "usurped" after looks on two days.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import (
    ARCHIVE_WORDS,
    followed,
    here,
    is_marked_dead,
    is_status_known,
    sources,
)
from bot.model import Fate, Finding, Fix, Safety, Severity, Sureness
from bot.wikitext.citation import Citation


@check(
    severity=Severity.ADVICE,
    guideline="Template:Cite web",
    trigger=ARCHIVE_WORDS,
    page_wide=True,
    may_follow=True,
)
def archive_status_missing(context: Context) -> Iterator[Finding]:
    """Citations with an archive and no status of the page."""
    for one in here(context, sources(context).archived):
        citation = one.citation
        if not citation.words.statuses or one.snapshot is None or is_status_known(citation):
            continue
        if not followed(one.url) or is_marked_dead(context, citation):
            continue
        fate = context.facts.fates.get(one.url)
        yield context.finding(
            citation.span,
            "The citation does not say whether its page is still there, so that readers are sent"
            " to the archived copy",
            sure=Sureness.CERTAIN,
            evidence=f"the page: {fate.told}" if fate is not None else None,
            fixes=_fixes(citation, fate),
        )


def _fixes(citation: Citation, fate: Fate | None) -> Iterator[Fix]:
    status = fate.status if fate is not None else ""
    if status not in citation.words.statuses or citation.repeated:
        return
    edits = citation.giving({"url_status": status})
    if edits:
        yield Fix(f"Say that the page is {status}", edits, Safety.REVIEW)
