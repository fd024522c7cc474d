"""A parameter or template for archives that no longer works.

Why
    |dead-url= and |deadurl= were withdrawn in 2019: the citation shows an error and takes no notice
    of them (Help:CS1 errors). {{wayback}} and {{webcite}} were replaced by {{webarchive}}.

Example
    |deadurl=yes is now |url-status=dead, and |dead-url=no is |url-status=live

Left alone
    Names that still work, such as |archiveurl= and |accessdate=: renaming them changes nothing. The
    parameters of wikis that have kept their own (deadlink, offline, brisé le). Empty ones.

Fix
    The name and value of today, in the same place. Safe where the title leads to the archive as it
    does now; for review where it will lead elsewhere (live, unfit, usurped). Without an archive
    there is nothing to say of a live page, and {{dead link}} says that one is dead. Values nobody
    knows, and ones that contradict |url-status= or {{dead link}}, are not decided.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import Context, check
from bot.checks.archives._citations import (
    has_webarchive,
    here,
    is_marked_dead,
    is_unwanted,
    sources,
)
from bot.checks.archives._written_dates import day_of
from bot.checks.archives._written_dates import written as written_date
from bot.knowledge.citations import Leads
from bot.knowledge.snapshots import snapshot
from bot.model import Edit, Finding, Fix, Safety, Severity, Span, Sureness
from bot.wikitext import Parameter, Template
from bot.wikitext.citation import Citation
from bot.wikitext.dates import DateStyle, parse, write


@check(
    severity=Severity.ERROR,
    guideline="Help:CS1 errors",
    trigger=r"(?i)dead-?url|wayback|webcite|memento|cite archives",
    page_wide=True,
)
def archive_parameter_withdrawn(context: Context) -> Iterator[Finding]:
    """Citations with withdrawn parameters, and templates that {{webarchive}} replaced."""
    every = sources(context)
    for citation in here(context, every.every):
        gone = citation.withdrawn() if "withdrawn" in citation.values else ()
        for parameter in gone:
            known = citation.words.withdrawn[parameter.name.lower()]
            yield context.finding(
                citation.place(parameter),
                f"The parameter {parameter.name} was withdrawn and has no effect; it is"
                f" {known.replacement} now",
                sure=Sureness.CERTAIN,
                fixes=_fixes(context, citation, parameter) if len(gone) == 1 else (),
            )
    written = context.vocabulary.webarchive.written
    for template in here(context, every.replaced):
        if written is not None:
            yield context.finding(
                template.span,
                f"The template {{{{{template.name}}}}} was replaced by {{{{{written}}}}}",
                sure=Sureness.CERTAIN,
                fixes=_as_webarchive(context, template, written),
                guideline="Template:Webarchive",
            )


def _fixes(context: Context, citation: Citation, parameter: Parameter) -> Iterator[Fix]:
    known = citation.words.withdrawn[parameter.name.lower()]
    value = known.values.get(parameter.value.lower())
    if value is None or citation.repeated:
        return
    stated = citation.roles["url_status"] if "url_status" in citation.values else None
    title = f"Remove {parameter.name}: there is no archive"
    edits: tuple[Edit, ...] = ()
    safety = Safety.REVIEW
    if stated is not None and stated.value:
        if stated.value.lower() != value:
            return
        title = f"Remove {parameter.name}, which {stated.name} repeats"
        edits = citation.without([parameter])
        safety = Safety.SAFE
    elif value == "live" and is_marked_dead(context, citation):
        return
    elif citation.value("archive_url") or snapshot(citation.value("url")) is not None:
        edit = citation.renamed(parameter, known.replacement, value)
        if edit is None:
            return
        title = f"Write {known.replacement}={value}"
        edits = (edit, *(citation.without([stated]) if stated is not None else ()))
        if citation.words.statuses.get(value) is Leads.ARCHIVE:
            safety = Safety.SAFE
    elif value == "live":
        edits = citation.without([parameter])
    elif value == "dead":
        edits = citation.without([parameter])
        linked = citation.value("url") or citation.value("chapter_url")
        if linked and not _is_said(context, citation):
            mark = _dead_link(context)
            if mark is None:
                return
            title = "Mark the page as dead behind the citation"
            edits = (*edits, Edit(citation.span.end, "", mark))
    if edits and not any("<!--" in edit.old for edit in edits):
        yield Fix(title, tuple(sorted(edits)), safety)


def _is_said(context: Context, citation: Citation) -> bool:
    """Whether a template behind the citation says that the page is dead, or gives its archive."""
    words = context.vocabulary
    return is_marked_dead(context, citation) or has_webarchive(words, citation.tags)


def _dead_link(context: Context) -> str | None:
    name, month = context.vocabulary.dead_link.written, context.vocabulary.tag_date
    if name is None or month is None:
        return None
    day = write(context.today, DateStyle.DMY, context.profile.language)
    return f"{{{{{name}|{month}={day.partition(' ')[2]}}}}}"


def _as_webarchive(context: Context, template: Template, written: str) -> Iterator[Fix]:
    """The same snapshot and date by the template of today, where they are whole."""
    names = {parameter.name for parameter in template.parameters}
    url, day = template.parameter("url"), template.parameter("date")
    if url is None or day is None or not url.value or not day.value or "<!--" in template.source:
        return
    if not names <= {"url", "date", "title", "df"}:
        return
    text = context.text
    inner = text[template.start + 2 : template.parameters[0].start]
    name = inner.strip()
    written = written[:1].upper() + written[1:] if name[:1].isupper() else written
    edits = [Edit(template.start + 2 + inner.index(name), name, written)]
    style = template.parameter("df")
    kept = snapshot(url.value)
    dated = kept is not None and parse(day.value, context.profile.language) is not None
    if kept is None:
        address = f"https://web.archive.org/web/{day.value}/{url.value}"
        edits.append(Edit(url.value_start, url.value, address))
        kept = snapshot(address)
    if kept is None or kept.problem or is_unwanted(context, kept):
        return
    if not dated:
        made = day_of(context, kept)
        if made is None:
            return
        if style is not None:
            # |df= stood for the day before the month.
            date = write(made, DateStyle.DMY, context.profile.language)
        else:
            date = written_date(context, made, None, template.start)
        edits.append(Edit(day.value_start, day.value, date))
    if style is not None:
        edits.append(Edit(style.start, Span(style.start, style.end).of(text), ""))
    # One edit for the whole: a template whose name alone changes is another template.
    source = template.source
    for edit in sorted(edits, reverse=True):
        place = edit.start - template.start
        source = source[:place] + edit.new + source[place + len(edit.old) :]
    whole = Edit(template.start, template.source, source)
    yield Fix(f"Write {{{{{written}}}}}", (whole,))
