"""The use cases, each one function: what the command line, a scheduled run or a script asks for.

This is the only place where pages, checks and settings meet. Everything streams: a page is read,
checked and handed on before the next one is read.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.checker import check_page
from bot.errors import RedpencilError, UsageError
from bot.model import Page, Report
from bot.sites import Site
from bot.target import Kind, Target
from bot.wikitext import Section, Wikitext


def check(
    targets: Sequence[Target],
    *,
    files: Site,
    wiki: Site | None = None,
    section: str | None = None,
    trouble: Callable[[RedpencilError], object],
    **options: Any,
) -> Iterator[Report]:
    """A report for every page of the targets, in their order.

    `files` reads files, folders and standard input, `wiki` titles and addresses; without it those
    are refused. `section` narrows every target that names no section itself; the pages of a folder
    that have no such section are passed over, unless none has. `options` go to
    `bot.checker.check_page`.

    What goes wrong with one target is told to `trouble` at its turn, and the next one follows.
    """
    for on_wiki, group in itertools.groupby(targets, key=lambda t: t.kind is Kind.WIKI):
        of_one_site = list(group)
        site = wiki if on_wiki else files
        if site is None:
            for target in of_one_site:
                unless_file = "" if target.origin else " (no file or folder is called so)"
                trouble(
                    UsageError(
                        f"{target.written}: is a page of a wiki{unless_file}, and this run is"
                        " offline: save its wikitext to a file and name that"
                    )
                )
            continue
        for target, pages in itertools.groupby(site.pages(of_one_site), key=lambda pair: pair[0]):
            yield from _check_target(target, (page for _, page in pages), section, trouble, options)


def _check_target(
    target: Target,
    pages: Iterator[Page | RedpencilError],
    section: str | None,
    trouble: Callable[[RedpencilError], object],
    options: dict[str, Any],
) -> Iterator[Report]:
    wanted = target.section if target.section is not None else section
    seen = fitting = 0
    for page in pages:
        if isinstance(page, RedpencilError):
            trouble(page)
            continue
        seen += 1
        try:
            scope: tuple[Section, ...] = ()
            if wanted is not None:
                try:
                    scope = (named_section(page, wanted),)
                except UsageError:
                    if target.kind is Kind.FOLDER:
                        continue
                    raise
            fitting += 1
            yield check_page(page, scope=scope, **options)
        except RedpencilError as wrong:
            trouble(wrong)
    if seen and not fitting and target.kind is Kind.FOLDER:
        trouble(UsageError(f"{target.written}: no page has a section {wanted!r}"))


_COUNTED = re.compile(r"(.+?)[ _](\d{1,4})")
_LEGACY = re.compile(r"(?:\.[0-9A-F]{2})+")
_MOST_NAMED = 40


def named_section(page: Page, name: str | int) -> Section:
    """The section of a page that a heading, an anchor or a number names.

    A heading is told as a reader sees it or as it stands in a link. Of equal headings it names the
    first, "History 2" the second (MediaWiki's own anchors), if no heading reads that way itself.
    A number, or digits that are no heading, counts as MediaWiki does; 0 is the lead.

    Raises UsageError, naming the sections there are, when none fits.
    """
    wikitext = Wikitext(page.text)
    sections = wikitext.sections
    if isinstance(name, str):
        for heading in dict.fromkeys((name, _from_legacy(name))):
            found = wikitext.find_sections(heading)
            exact = [each for each in found if each.heading == heading.replace("_", " ")]
            if exact or found:
                return (exact or found)[0]
            counted = _COUNTED.fullmatch(heading)
            if counted:
                equal = wikitext.find_sections(counted[1])
                if 2 <= int(counted[2]) <= len(equal):
                    return equal[int(counted[2]) - 1]
    number = int(name) if isinstance(name, int) or re.fullmatch(r"[0-9]{1,6}", name) else -1
    if 0 <= number < len(sections):
        return sections[number]
    names = list(dict.fromkeys(each.heading for each in sections[1:] if each.heading))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    there = f"it has: {'; '.join(names[:_MOST_NAMED])}{more}" if names else "it has no sections"
    where = page.title if page.source in ("", "-") else page.source
    raise UsageError(f"{where}: there is no section {name!r}; {there}")


def _from_legacy(anchor: str) -> str:
    """The heading behind an anchor of the old form, in which "é" is ".C3.A9"."""

    def character(match: re.Match[str]) -> str:
        try:
            return bytes.fromhex(match[0].replace(".", "")).decode()
        except UnicodeDecodeError:
            return match[0]

    return _LEGACY.sub(character, anchor)
