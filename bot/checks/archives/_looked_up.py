"""What the checks of this family want looked up, and how what was found is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.checks import Context, Reading
from bot.checks.archives._citations import (
    archive_given_up,
    followed,
    is_status_known,
    read_sources,
)
from bot.checks.archives._written_dates import written
from bot.knowledge.citations import Names, Vocabulary
from bot.knowledge.snapshots import stable_host
from bot.model import Edit, Fate, Fix, Kept, Safety, Source
from bot.wikitext import Template
from bot.wikitext.citation import Citation, PlainLink
from bot.wikitext.dates import DateStyle, Precision, parse, write

_TEMPLATES = re.compile(r"\{\{[^{}]*\}\}|<!--.*?-->", re.DOTALL)


def wanted(reading: Reading) -> tuple[list[Source], list[str]]:
    """The sources of a page whose snapshots the checks would use, and the addresses whose fate."""
    every = reading.once(read_sources)
    vocabulary, language = reading.vocabulary, reading.profile.language
    found = [
        source(one, url, language)
        for one in every.unarchived.things
        if (url := unarchived(vocabulary, one))
    ]
    found += [Source(one.url) for one in every.links.things if plain(vocabulary, one)]
    looked_at = [one.url for one in found]
    looked_at += [
        one.url
        for one in every.archived.things
        if one.snapshot is not None
        and one.citation.words.statuses
        and followed(one.url)
        and not is_status_known(one.citation)
    ]
    return list(dict.fromkeys(found)), list(dict.fromkeys(looked_at))


# --- which sources --------------------------------------------------------------------------------


def unarchived(vocabulary: Vocabulary, citation: Citation) -> str:
    """The address of a citation that has no archive and could use one, else ''."""
    address = citation.roles.get("url") or citation.roles.get("chapter_url")
    if address is None or not can_rot(vocabulary, address.value, citation.tags):
        return ""
    if citation.value("identifier"):
        return ""
    if citation.value("url_status") and not citation.value("archive_date"):
        return ""
    return address.value


def plain(vocabulary: Vocabulary, link: PlainLink) -> bool:
    """Whether a plain link has no archive and could use one."""
    return can_rot(vocabulary, link.url, link.tags)


def can_rot(vocabulary: Vocabulary, url: str, tags: tuple[Template, ...]) -> bool:
    """Whether the page may vanish and nobody has archived it, or looked for an archive in vain."""
    if not followed(url) or stable_host(url):
        return False
    if not tags:
        return True
    webarchive = vocabulary.webarchive
    return not any(tag.name in webarchive for tag in tags) and not archive_given_up(
        vocabulary, tags
    )


def source(citation: Citation, url: str, language: str) -> Source:
    """What the citation says of the page at that address."""

    def said(names: Names) -> str:
        values = (citation.template.value(name) for name in names)
        return _TEMPLATES.sub(" ", next(filter(None, values), "")).strip()

    dates = {}
    for role in ("access_date", "date"):
        value = citation.value(role)
        read = parse(value, language) if value else None
        is_day = read is not None and read.precision is Precision.DAY
        dates[role] = read.first_day if read is not None and is_day else None
    words = citation.words
    return Source(url, said(words.title), said(words.quote), dates["access_date"], dates["date"])


# --- how it is written ----------------------------------------------------------------------------


def archived(context: Context, citation: Citation, kept: Kept, fate: Fate | None) -> Iterator[Fix]:
    """The fixes that give a citation its archive, complete: one, or two when it cannot be told
    whether the page is still there."""
    words = citation.words
    if citation.repeated or not words.archive_url or not words.archive_date:
        return
    values = {
        "archive_url": kept.address,
        "archive_date": written(context, kept.day, citation, citation.start),
    }
    marks = dead_marks(context, citation)
    if not words.statuses:
        edits = citation.giving(values)
        if edits:
            yield Fix("Add the archived copy", edits, Safety.REVIEW)
        return
    known = fate.status if fate is not None else ""
    if marks and known != "live":
        known = known or "dead"
    for status in [known] if known else ["live", "dead"]:
        if status not in words.statuses:
            continue
        edits = citation.giving({**values, "url_status": status})
        if edits is None:
            continue
        if marks:
            # The mark asked for what is now given; dead-link-with-archive would take it away.
            edits = tuple(sorted((*edits, *marks)))
        unsure = "" if known else f", if the page is {status}"
        yield Fix(f"Add the archived copy{unsure}", edits, Safety.REVIEW)


def dead_marks(context: Context, citation: Citation) -> tuple[Edit, ...]:
    """The edits that take away {{dead link}} directly behind a citation."""
    marks = context.vocabulary.dead_link.normal | context.vocabulary.permanently_dead.normal
    text, position, edits = context.text, citation.span.end, []
    for tag in citation.tags:
        between = text[position : tag.start]
        if tag.name not in marks or between.strip() not in ("", "</ref>"):
            break
        start = tag.start
        while text[start - 1] in " \t":
            start -= 1
        edits.append(Edit(start, text[start : tag.end], ""))
        position = tag.end
    return tuple(edits)


def archived_beside(context: Context, link: PlainLink, kept: Kept) -> Iterator[Fix]:
    """The fix that puts {{webarchive}} behind a plain link, in its reference."""
    name = context.vocabulary.webarchive.written
    if name is None or context.profile.language != "en" or link.tags:
        return
    date = written(context, kept.day, None, link.start)
    place = end_inside(context, link)
    if place is not None:
        new = f" {{{{{name}|url={kept.address}|date={date}}}}}"
        yield Fix("Add the archived copy", (Edit(place, "", new),), Safety.REVIEW)


def marked_dead(context: Context, place: int) -> Fix | None:
    """The fix that marks what stands before the place as dead, and as looked for in vain."""
    words = context.vocabulary
    name = words.dead_link.written
    if name is None or words.tag_date is None or context.profile.language != "en":
        return None
    month = write(context.today, DateStyle.DMY, "en").partition(" ")[2]
    mark = f" {{{{{name}|{words.tag_date}={month}|fix-attempted=yes}}}}"
    return Fix("Mark the link as dead", (Edit(place, "", mark),), Safety.REVIEW)


def end_inside(context: Context, link: PlainLink) -> int | None:
    """Where the text of the link's reference ends, before the white space and `</ref>`."""
    inner = context.text[: link.reference.end]
    close = inner.rfind("</", link.start)
    if close < link.span.end:
        return None
    return len(inner[:close].rstrip())
