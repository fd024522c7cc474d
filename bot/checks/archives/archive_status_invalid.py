"""A link status that the wiki does not know.

Why
    |url-status= takes a few words (live, dead, deviated, unfit, usurped). Any other is reported as
    an error and acts as if it said "dead": the title leads to the archive (Template:Cite web).

Example
    |url-status=alive

Left alone
    "bot: unknown", which bots may leave; a status in capitals; an empty one; citations without an
    archive, where no status has any effect; wikis whose words we do not know.

Fix
    The word that was plainly meant: "alive" is live, "daed" is dead. For review at the best: mended
    to live, the title leads to another page than before. A "yes" or "no" tells nothing, and a
    status that is given twice and differently is not decided.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import here, sources
from bot.model import Edit, Finding, Fix, Severity, Sureness
from bot.wikitext.citation import Citation

_MEANT = {
    "alive": "live",
    "active": "live",
    "working": "live",
    "online": "live",
    "ok": "live",
    "up": "live",
    "life": "live",
    "deadlink": "dead",
    "dead link": "dead",
    "dead-link": "dead",
    "dead url": "dead",
    "offline": "dead",
    "gone": "dead",
    "broken": "dead",
    "404": "dead",
    "not found": "dead",
    "usurp": "usurped",
    "hijacked": "usurped",
}
# These have meant both in the history of the templates, or neither.
_UNCLEAR = frozenset({"yes", "no", "y", "n", "true", "false", "unknown", "bot", "date"})


@check(
    severity=Severity.ERROR, guideline="Template:Cite web", trigger="(?i)url-status", page_wide=True
)
def archive_status_invalid(context: Context) -> Iterator[Finding]:
    """Archived citations with a status that is none."""
    for one in here(context, sources(context).archived):
        citation = one.citation
        value = citation.value("url_status")
        if not value or not citation.words.statuses or "{" in value:
            continue
        parameter = citation.roles["url_status"]
        if "url_status" in citation.repeated:
            yield context.finding(
                citation.place(parameter),
                "The link status is given twice and differently",
                sure=Sureness.CERTAIN,
            )
        elif value.lower() not in citation.words.statuses:
            yield context.finding(
                citation.place(parameter),
                f'"{value[:40]}" is no link status; the citation acts as if the page were dead',
                sure=Sureness.CERTAIN,
                fixes=_fixes(context, citation, value),
            )


def _fixes(context: Context, citation: Citation, value: str) -> Iterator[Fix]:
    written = " ".join(value.lower().strip(" .,;'\"").split())
    known = citation.words.statuses
    meant = written if written in known else _MEANT.get(written)
    if meant is None and written not in _UNCLEAR and written.isalpha():
        close = difflib.get_close_matches(written[:20], known, 1, 0.74)
        # "unlive" is close to live, and means the opposite.
        meant = close[0] if close and close[0][0] == written[0] else None
    parameter = citation.roles["url_status"]
    old = parameter.value_span.of(context.text)
    if meant in known and meant is not None and old == value:
        yield Fix(f"Set the status to {meant}", (Edit(parameter.value_start, old, meant),))
