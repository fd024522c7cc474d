"""What a page's checks want to know of the world: where its links lead, what archives keep.

Whether [[OSCE]] and [[Organization for Security and Co-operation in Europe]] are one can only be
told by the wiki's redirects and Wikidata items. Pure: this says which titles to ask for; a site
answers (`bot.sites.mediawiki`), and archives and the web do (`bot.web.evidence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from bot import checks, custom
from bot.checks import Check
from bot.checks.archives._looked_up import LOOKING_UP, wanted
from bot.knowledge import namespaces
from bot.knowledge.citations import vocabulary
from bot.model import Facts, Marks, Profile, Settings, Source, Span
from bot.wikitext import Section, Wikitext

# The family whose checks compare what links lead to.
_FAMILY = "duplicates"


def wanted_titles(
    text: str,
    *,
    profile: Profile = Profile(),  # noqa: B008 (frozen)
    only: Sequence[Check] | None = None,
    scope: Iterable[Section] = (),
) -> frozenset[str]:
    """The titles, in the wiki's normal form, whose redirects and items the checks ask for.

    They are the targets of the wikilinks to articles (not to files, categories and other wikis) in
    each major section, or the lead, in which a check of the family "duplicates" may find something;
    with `scope`, only in those that hold a part of it.
    """
    import re2

    chosen = [c for c in (custom.load() if only is None else only) if c.family == _FAMILY]
    if not chosen or "[[" not in text:
        return frozenset()
    page = Wikitext(text, profile.language)
    spans = [section.span for section in scope]
    starts = [0, *(section.start for section in page.sections if 0 < section.level <= 2)]
    looked_at = [
        span
        for span in map(Span, starts, [*starts[1:], len(text)])
        if any(re2.search(check.trigger, span.of(text)) for check in chosen)
        and (not spans or any(span.overlaps(one) for one in spans))
    ]
    return frozenset(
        link.title
        for link in page.wikilinks
        if any(span.contains(link.span) for span in looked_at)
        and _leads_to_an_article(link.prefix, profile.namespaces)
        and _is_title(link.title)
    )


def _leads_to_an_article(prefix: str, of_wiki: Mapping[str, str]) -> bool:
    """Whether a link's prefix is none, or part of a title ("Dune: Part Two")."""
    return not prefix or not (
        prefix in of_wiki
        or prefix in namespaces.FILE
        or prefix in namespaces.CATEGORY
        or namespaces.is_language(prefix)
    )


def _is_title(title: str) -> bool:
    """Whether a wiki can be asked for a title; https://www.mediawiki.org/wiki/Manual:Page_title."""
    return bool(title) and len(title.encode()) <= 255 and not set(title) & set("<>[]{}|#\n\t\x7f")


def wanted_sources(
    text: str,
    *,
    profile: Profile = Profile(),  # noqa: B008 (frozen)
    only: Sequence[Check] | None = None,
) -> tuple[list[Source], list[str]]:
    """The sources whose snapshots the checks ask for, and the addresses whose fate they ask for.

    They are those of the whole page, in its order; none when no check of the family "archives" that
    uses them is on.
    """
    chosen = {each.name for each in (custom.load() if only is None else only)}
    if not chosen & LOOKING_UP or "://" not in text:
        return [], []
    page = Wikitext(text, profile.language)
    words = vocabulary(profile.language)
    reading = checks.Reading(page, profile, words, Facts(), date.min, Settings(), Marks())
    return wanted(reading, chosen)
