"""A reference that is nothing but an address.

Why
    Readers see neither who says it nor when, and when the page goes dead nothing is left by which
    the source could be found again (WP:BAREURLS).

Example
    <ref>https://example.org/news/bridge</ref>
    <ref>[https://example.org/news/bridge]</ref>

Left alone
    Links with a title or with words beside them; references with a template, such as {{bare URL
    inline}} or {{cbignore}}; addresses of snapshots, which url-is-archive reports; lists of links
    outside of references.

Fix
    None without looking. With what was looked up (--archives) a citation in the wiki's own
    template: title, site and date as the page itself gives them, the day it was seen, and its
    archive. A page that is dead is described from its snapshot. For review: what pages say of
    themselves is not always what an editor would.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import here, sources
from bot.checks.archives._looked_up import citable, evidence, has_look_ups, is_bare
from bot.checks.archives._written_dates import written
from bot.model import Edit, Finding, Fix, Safety, Severity, Source, Sureness
from bot.patterns import pattern
from bot.wikitext.citation import PlainLink

# What would be read as markup in the value of a parameter.
_MARKUP = pattern(r"[|\[\]{}<>]|'{2,}|~{3,}|_{2}")


@check(severity=Severity.ADVICE, guideline="WP:BAREURLS", trigger="(?i)<ref", page_wide=True)
def bare_url(context: Context) -> Iterator[Finding]:
    """References that hold an address and nothing else."""
    looked_up = has_look_ups(context)
    for link in here(context, sources(context).links):
        if is_bare(context.text, link):
            wanted = Source(link.url, bare=True)
            yield context.finding(
                link.span,
                "The reference is nothing but an address: it does not say what is cited",
                sure=Sureness.CERTAIN,
                evidence=evidence(context, wanted) if looked_up else None,
                fixes=_fixes(context, link, wanted) if looked_up else (),
            )


def _fixes(context: Context, link: PlainLink, wanted: Source) -> Iterator[Fix]:
    page, name = citable(context, wanted), context.vocabulary.forms.get("web")
    if page is None or name is None:
        return
    kept, fate = context.facts.kept.get(wanted), context.facts.fates.get(link.url)
    status = fate.status if fate is not None else ""
    words = context.vocabulary.parameters(name.lower())
    values = [(words.url, link.url), (words.title, _plain(page.title))]
    if page.site:
        values.append((words.work, _plain(page.site)))
    for names, day in ((words.date, page.published), (words.access_date, page.seen)):
        if day is not None:
            values.append((names, written(context, day, None, link.start)))
    if kept is not None and words.archive_url and words.archive_date:
        values.append((words.archive_url, kept.address))
        values.append((words.archive_date, written(context, kept.day, None, link.start)))
        if status in words.statuses:
            values.append((words.url_status, status))
    if any(names.written is None for names, _ in values):
        return
    new = "".join(f" |{names.written}={value}" for names, value in values)
    edit = Edit(link.start, link.span.of(context.text), f"{{{{{name}{new}}}}}")
    yield Fix("Cite the page as it describes itself", (edit,), Safety.REVIEW)


def _plain(text: str) -> str:
    """The words as a parameter's value shows them, whatever they would mean in wikitext."""
    return _MARKUP.sub(lambda found: "".join(f"&#{ord(each)};" for each in found[0]), text)
