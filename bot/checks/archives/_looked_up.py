"""What the checks of this family want looked up, and how what was found is written down."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from string import Template as Form

from bot.checks import Context, Reading
from bot.checks.archives._citations import (
    Archived,
    Dated,
    archive_given_up,
    dead_marks,
    followed,
    has_webarchive,
    is_status_known,
    other_page,
    read_sources,
    without,
)
from bot.checks.archives._written_dates import as_before, written
from bot.knowledge.citations import Names, Vocabulary
from bot.knowledge.snapshots import same_page, snapshot, stable_host
from bot.model import Described, Edit, Fate, Fix, Kept, Safety, Source
from bot.patterns import pattern
from bot.wikitext import Template
from bot.wikitext.citation import Citation, PlainLink
from bot.wikitext.dates import DateStyle, Precision, parse, write

#: The checks that have more to say of what was looked up.
LOOKING_UP = frozenset(
    "archive-missing archive-status-missing archive-url-incomplete archive-url-mismatch bare-url"
    " dead-link-with-archive".split()
)

# What speaks of a citation stands this near, before the next one and before the reference ends.
_NEAR = 500
_END = pattern(r"\n|</ref|\{\{\s*cit", re.IGNORECASE)
_LINKS = pattern(r"(?:https?:)?//[^\s\[\]<>{}|\"]+", re.IGNORECASE)

_TEMPLATES = pattern(r"\{\{[^{}]*\}\}|<!--.*?-->", re.DOTALL)


def wanted(reading: Reading, names: Collection[str]) -> tuple[list[Source], list[str]]:
    """The sources of a page whose snapshots the checks of these names would use, and the addresses
    whose fate they would."""
    every = reading.once(read_sources)
    text, words, language = reading.page.text, reading.vocabulary, reading.profile.language
    found: list[Source] = []
    if "archive-missing" in names:
        for one in every.unarchived.things:
            url = unarchived(words, text, one)
            found += [source(one, url, language)] if url else []
        found += [of_link(text, one) for one in every.links.things if plain(words, one)]
    if "bare-url" in names:
        found += [of_link(text, one) for one in every.links.things if is_bare(text, one)]
    looked_at = []
    for archive in every.archived.things:
        snapshot = archive.snapshot
        if snapshot is None or not followed(archive.url):
            continue
        if (
            ("archive-url-incomplete" in names and snapshot.problem)
            or ("archive-url-mismatch" in names and other_page(archive))
            or (
                "dead-link-with-archive" in names
                and not snapshot.problem
                and dead_marks(text, words, archive.citation)
            )
        ):
            found.append(doubted(archive, language))
        if (
            "archive-status-missing" in names
            and archive.citation.words.statuses
            and not is_status_known(archive.citation)
        ):
            looked_at.append(archive.url)
    if "archive-url-incomplete" in names:
        found += [
            of_webarchive(one)
            for one in every.webarchives.things
            if one.snapshot.problem and followed(one.snapshot.original or "")
        ]
    found = list(dict.fromkeys(found))
    return found, list(dict.fromkeys([*(one.url for one in found), *looked_at]))


def has_look_ups(context: Context) -> bool:
    """Whether anything was looked up."""
    facts = context.facts
    return bool(facts.kept or facts.lost or facts.fates)


def evidence(context: Context, wanted: Source) -> str | None:
    """What was seen of a source, for a person; None for nothing."""
    facts = context.facts
    kept, fate = facts.kept.get(wanted), facts.fates.get(wanted.url)
    told = [f"{kept.address} ({kept.told})"] if kept is not None else []
    if kept is None and wanted.archived in facts.spurious:
        told.append(f"{wanted.archived}: {facts.spurious[wanted.archived]}")
    told += ["no archive has it"] if wanted in facts.lost else []
    told += [f"the page: {fate.told}"] if fate is not None else []
    return "; ".join(told) or None


# --- which sources --------------------------------------------------------------------------------


def unarchived(vocabulary: Vocabulary, text: str, citation: Citation) -> str:
    """The address of a citation that has no archive and could use one, else ''."""
    values = citation.values
    if values.get("identifier") or (values.get("url_status") and not values.get("archive_date")):
        return ""
    address = values["url"] if "url" in values else citation.value("chapter_url")
    if not can_rot(vocabulary, address, citation.tags):
        return ""
    # Behind most of them the reference ends.
    if text.startswith("</", citation.end):
        return address
    return "" if _archived_beside(text, citation.end, address) else address


def _archived_beside(text: str, end: int, url: str) -> bool:
    """Whether a plain link to a snapshot of the page follows the citation that ends there, in its
    reference or its line."""
    near = text[end : end + _NEAR]
    if "//" not in near:
        return False
    rest = near[: stop.start()] if (stop := _END.search(near)) else near
    found = [snapshot(link) for link in _LINKS.findall(rest)]
    return any(
        one is not None
        and one.problem is None
        and (one.original is None or same_page(one.original, url))
        for one in found
    )


def plain(vocabulary: Vocabulary, link: PlainLink) -> bool:
    """Whether a plain link has no archive and could use one."""
    return can_rot(vocabulary, link.url, link.tags)


def can_rot(vocabulary: Vocabulary, url: str, tags: tuple[Template, ...]) -> bool:
    """Whether the page may vanish and nobody has archived it, or looked for an archive in vain."""
    if not followed(url) or stable_host(url):
        return False
    if not tags:
        return True
    return not has_webarchive(vocabulary, tags) and not archive_given_up(vocabulary, tags)


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


def doubted(one: Archived, language: str) -> Source:
    """What a citation says of its page, with the snapshot that it names and that is in doubt."""
    return source(one.citation, one.url, language)._replace(archived=one.address)


def of_webarchive(one: Dated) -> Source:
    """The page that a {{webarchive}} leads to."""
    return Source(one.snapshot.original or "", _TEMPLATES.sub(" ", one.template.value("title")))


def of_link(text: str, link: PlainLink) -> Source:
    """The page that a plain link leads to."""
    return Source(link.url, bare=is_bare(text, link), label=_named(text, link))


def is_bare(text: str, link: PlainLink) -> bool:
    """Whether a reference is nothing but an address that somebody could follow."""
    if not link.bare or link.tags or not followed(link.url) or snapshot(link.url) is not None:
        return False
    before, after = _beside(text, link)
    return not (before.strip() or after.strip())


def is_wordless(text: str, link: PlainLink) -> bool:
    """Whether neither the link nor anything beside it says in words what the source is."""
    if not link.bare:
        return False
    if text[link.start - 1] == ">" and text.startswith("</", link.span.end):
        return True
    return not _TEMPLATES.sub("", "".join(_beside(text, link))).strip(" \t\n.,;")


def _beside(text: str, link: PlainLink) -> tuple[str, str]:
    """What stands before and behind the link in its reference."""
    start = text.find(">", link.reference.start) + 1
    end = text.rfind("</", link.span.end, link.reference.end)
    return text[start : link.start], text[link.span.end : max(end, link.span.end)]


def citable(context: Context, wanted: Source) -> Described | None:
    """What the page of a bare address says of itself, when it may be cited so: it was seen to be
    live, or it is surely dead and its snapshot says it; None otherwise."""
    facts = context.facts
    page, fate = facts.described.get(wanted.url), facts.fates.get(wanted.url)
    if not wanted.bare or page is None or "web" not in context.vocabulary.forms:
        return None
    sure = fate is not None and bool(fate.status) and wanted in facts.kept
    return page if page.seen is not None or sure else None


# --- how it is written ----------------------------------------------------------------------------


def archived(
    context: Context,
    citation: Citation,
    kept: Kept,
    fate: Fate | None,
    title: str = "Add the archived copy",
) -> Iterator[Fix]:
    """The fixes that give a citation this archive, complete.

    Where it cannot be told whether the page is still there, the first fix does not say so, and two
    more let a person say it.
    """
    words = citation.words
    if citation.repeated or not words.archive_url or not words.archive_date:
        return
    values = {"archive_url": kept.address} if citation.value("archive_url") != kept.address else {}
    before = citation.value("archive_date")
    read = parse(before, context.profile.language) if before else None
    date = (
        as_before(context, kept.day, read, citation.start)
        if read is not None
        else written(context, kept.day, citation, citation.start)
    )
    if date != before:
        values["archive_date"] = date
    # The mark asked for what is now given; dead-link-with-archive would take it away.
    marks = without(context.text, dead_marks(context.text, context.vocabulary, citation))
    for status, what in _statuses(citation, fate, marked=bool(marks)):
        edits = citation.giving({**values, "url_status": status} if status else values)
        if edits is not None and not any("<!--" in edit.old for edit in marks):
            yield Fix(title + what, tuple(sorted((*edits, *marks))), Safety.REVIEW)


def _statuses(citation: Citation, fate: Fate | None, *, marked: bool) -> Iterator[tuple[str, str]]:
    """What url-status may be given, '' for none, and what to say of it in the fix's title."""
    known = fate.status if fate is not None else ""
    if marked and known != "live":
        known = known or "dead"
    if not citation.words.statuses or is_status_known(citation):
        yield "", ""
    elif known:
        yield (known if known in citation.words.statuses else ""), ""
    else:
        yield "", ""
        yield "live", "; the page is live"
        yield "dead", "; the page is dead"


def archived_link(context: Context, link: PlainLink, kept: Kept) -> Iterator[Fix]:
    """The fix that gives a plain link its archive, as the wiki writes it; none where that is not
    known."""
    seen = snapshot(kept.address)
    wayback = seen is not None and seen.archive == "Wayback Machine" and len(seen.timestamp) == 14
    # A snapshot of where the page had moved is found under that address only.
    moved = (
        seen is not None and seen.original is not None and not same_page(seen.original, link.url)
    )
    yield from _formed(
        context,
        link,
        "Add the archived copy",
        context.vocabulary.forms.get("archive behind"),
        context.vocabulary.forms.get("archive instead") if wayback else None,
        archive=kept.address,
        date=written(context, kept.day, None, link.start),
        timestamp=seen.timestamp if seen is not None else "",
        url=str(seen.original) if seen is not None and moved else link.url,
    )


def dead_link(context: Context, link: PlainLink) -> Iterator[Fix]:
    """The fix that marks a plain link as dead, and as looked for in vain."""
    yield from _formed(
        context,
        link,
        "Mark the link as dead",
        context.vocabulary.forms.get("dead behind"),
        context.vocabulary.forms.get("dead instead"),
        month=_month(context),
        day=context.today.isoformat(),
        url=link.url,
    )


def marked_dead(context: Context, place: int) -> Fix | None:
    """The fix that marks what stands before the place as dead, and as looked for in vain."""
    form = context.vocabulary.forms.get("dead behind")
    if form is None:
        return None
    mark = Form(form).substitute(month=_month(context))
    return Fix("Mark the link as dead", (Edit(place, "", f" {mark}"),), Safety.REVIEW)


def _month(context: Context) -> str:
    return write(context.today, DateStyle.DMY, "en").partition(" ")[2]


def _formed(
    context: Context,
    link: PlainLink,
    title: str,
    behind: str | None,
    instead: str | None,
    **values: str,
) -> Iterator[Fix]:
    """The fix that puts what the wiki has for it behind the link, or in its place."""
    if link.tags:
        return
    if behind is not None:
        place = _end_inside(context.text, link)
        if place is not None:
            new = f" {Form(behind).substitute(values)}"
            yield Fix(title, (Edit(place, "", new),), Safety.REVIEW)
    elif instead is not None:
        named = _named(context.text, link)
        if named:
            new = Form(instead).substitute(values, title=named)
            edit = Edit(link.start, link.span.of(context.text), new)
            yield Fix(title, (edit,), Safety.REVIEW)


def _named(text: str, link: PlainLink) -> str:
    """The words of `[url words]`; '' where there are none, or more than words."""
    source = link.span.of(text)
    if not (source.startswith("[") and source.endswith("]")):
        return ""
    words = source[1:-1].removeprefix(link.url).strip()
    return "" if re.search(r"[|{}\[\]<>]", words) else words


def _end_inside(text: str, link: PlainLink) -> int | None:
    """Where the text of the link's reference ends, before the white space and `</ref>`."""
    inner = text[: link.reference.end]
    close = inner.rfind("</", link.start)
    if close < link.span.end:
        return None
    return len(inner[:close].rstrip())
