"""The use cases, each one function: what the command line, a scheduled run or a script asks for.

This is the only place where pages, checks and settings meet. Everything streams: a page is read,
checked and handed on before the next one is read.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.checker import check_page
from bot.errors import RedpencilError, UsageError
from bot.facts import wanted_sources, wanted_titles
from bot.model import Entered, Facts, Page, Report, Skipped
from bot.sites import Knowledge, Site, Wiki
from bot.target import Kind, Target
from bot.wikitext import Section, Wikitext

if TYPE_CHECKING:
    from bot.web.evidence import Evidence

# Pages whose links are looked up together.
_AT_ONCE = 25


def check(
    targets: Iterable[Target],
    *,
    files: Site,
    wiki: Wiki | None = None,
    known: Knowledge | None = None,
    section: str | None = None,
    trouble: Callable[[RedpencilError], object],
    evidence: Evidence | None = None,
    **options: Any,
) -> Iterator[Report]:
    """A report for every page of the targets, in their order.

    `files` reads files, folders and standard input, `wiki` titles and addresses; without it those
    are refused. `wiki` also says where the links of its pages lead, `known` where those of files
    do. `evidence` looks sources up in archives and on the web. `section` narrows every target that
    names no section itself; the pages of a folder that have no such section are passed over,
    unless none has. `options` go to
    `bot.checker.check_page`, but a page of a wiki is checked with that wiki's profile.

    What goes wrong with one target is told to `trouble` at its turn, and the next one follows.
    """
    for on_wiki, group in itertools.groupby(targets, key=lambda t: t.kind is Kind.WIKI):
        if on_wiki and wiki is None:
            for target in group:
                unless_file = "" if target.origin else " (no file or folder is called so)"
                trouble(
                    UsageError(
                        f"{target.written}: is a page of a wiki{unless_file}, and this run is"
                        " offline: save its wikitext to a file and name that"
                    )
                )
            continue
        site: Site = wiki if on_wiki and wiki is not None else files
        knowledge = wiki if on_wiki else known
        try:
            tasks = _narrowed(site.pages(group), section, wiki)
            for task in _informed(tasks, knowledge, evidence, options):
                if isinstance(task, RedpencilError):
                    trouble(task)
                else:
                    yield from _checked(task, trouble)
        except RedpencilError as wrong:
            trouble(wrong)


class _Task(NamedTuple):
    """A page to check, within a section or not, and the options to check it with."""

    target: Target
    page: Page
    scope: tuple[Section, ...]
    options: dict[str, Any]


def _checked(task: _Task, trouble: Callable[[RedpencilError], object]) -> Iterator[Report]:
    try:
        report = check_page(task.page, scope=task.scope, **task.options)
    except RedpencilError as wrong:
        trouble(wrong)
        return
    if report.facts.unknown:
        note = Skipped(
            "redirects",
            f"where {len(report.facts.unknown)} links lead could not be looked up, so the same"
            " organisation under two titles may be missed",
        )
        report = dataclasses.replace(report, skipped=(*report.skipped, note))
    yield report


def _narrowed(
    pairs: Iterable[tuple[Target, Page | RedpencilError]], section: str | None, wiki: Wiki | None
) -> Iterator[_Task | RedpencilError]:
    """The pages with the sections that were asked for; those without one are passed over."""
    for target, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
        wanted = target.section if target.section is not None else section
        seen = fitting = 0
        for _, page in group:
            if isinstance(page, RedpencilError):
                yield page
                continue
            seen += 1
            scope: tuple[Section, ...] = ()
            if wanted is not None:
                try:
                    scope = (named_section(page, wanted),)
                except UsageError as wrong:
                    if target.kind is not Kind.FOLDER:
                        yield _from_template(target, page, wanted, wiki) or wrong
                    continue
            fitting += 1
            yield _Task(target, page, scope, {})
        if seen and not fitting and target.kind is Kind.FOLDER:
            yield UsageError(f"{target.written}: no page has a section {wanted!r}")


def _from_template(
    target: Target, page: Page, name: str | int, wiki: Wiki | None
) -> RedpencilError | None:
    """Why a section that a reader sees on a page cannot be edited there, if that is so."""
    if wiki is None or target.kind is not Kind.WIKI or not isinstance(name, str):
        return None
    template = wiki.template_of_section(target, page, name)
    if template is None:
        return None
    return UsageError(
        f"{page.source}: the section {name!r} comes from {template!r}, which is included there;"
        " it is edited on that page"
    )


def _informed(
    tasks: Iterable[_Task | RedpencilError],
    knowledge: Knowledge | None,
    evidence: Evidence | None,
    options: dict[str, Any],
) -> Iterator[_Task | RedpencilError]:
    """The tasks with their options; links of many pages are looked up at once."""
    left = iter(tasks)
    while batch := list(itertools.islice(left, _AT_ONCE if knowledge or evidence else 1)):
        together = {task.target.apis for task in batch if isinstance(task, _Task)}
        informed = {
            apis: _learned(
                [t for t in batch if isinstance(t, _Task) and t.target.apis == apis],
                knowledge,
                evidence,
                options,
            )
            for apis in together
        }
        for task in batch:
            if isinstance(task, _Task):
                yield task._replace(options=informed[task.target.apis])
            else:
                yield task


def _learned(
    tasks: list[_Task],
    knowledge: Knowledge | None,
    evidence: Evidence | None,
    options: dict[str, Any],
) -> dict[str, Any]:
    """The options with what is known of these pages' wiki and of their sources."""
    learned = options if knowledge is None else _of_wiki(tasks, knowledge, options)
    return learned if evidence is None else _of_sources(tasks, knowledge, evidence, learned)


def _of_sources(
    tasks: list[_Task],
    knowledge: Knowledge | None,
    evidence: Evidence,
    options: dict[str, Any],
) -> dict[str, Any]:
    """The options with what archives keep of the sources of these pages."""
    asked = {name: options[name] for name in ("only", "profile") if options.get(name) is not None}
    wanted = [wanted_sources(task.page.text, **asked) for task in tasks]
    sources = list(dict.fromkeys(each for found, _ in wanted for each in found))
    addresses = list(dict.fromkeys(each for _, found in wanted for each in found))
    if not sources and not addresses:
        return options
    known = options.get("facts", Facts())
    since: dict[str, Entered] = {}
    for task, (found, _) in zip(tasks, wanted, strict=True):
        without = list(dict.fromkeys(each.url for each in found if evidence.needs_history(each)))
        if knowledge is not None and without:
            told = knowledge.entered(task.target, task.page, without)
            # Two pages without a date of their own share the older one's.
            since.update((u, e) for u, e in told.items() if u not in since or e.day < since[u].day)
    return {**options, "facts": evidence.facts(sources, addresses, known=known, added=since.get)}


def _of_wiki(tasks: list[_Task], knowledge: Knowledge, options: dict[str, Any]) -> dict[str, Any]:
    """The options with the wiki's profile, and where the links of these pages lead."""
    target = tasks[0].target
    profile = knowledge.profile(target) or options.get("profile")
    learned = options if profile is None else {**options, "profile": profile}
    titles: set[str] = set()
    for task in tasks:
        titles |= wanted_titles(
            task.page.text,
            only=options.get("only"),
            scope=task.scope,
            **({} if profile is None else {"profile": profile}),
        )
    return {**learned, "facts": knowledge.facts(target, titles)} if titles else learned


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
