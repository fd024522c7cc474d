"""Which pages have to be looked at: those whose last look holds no longer.

A page is compared with its last look by what it is now, before it is read. Where links lead is
asked only for pages that nothing else says anything about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from bot.model import Facts
from bot.runs.choosing import AT_ONCE
from bot.runs.looks import Look, Looks, facts_of
from bot.target import Kind, Target

NEVER, REDIRECTS, CONFLICT = (
    "never looked at",
    "its redirects changed",
    "an approved edit met another one",
)


class Seen(NamedTuple):
    """A page as it is now, before it is read; `name` is what looks call it on its wiki, `named`
    says that the job's file names it by itself."""

    target: Target
    wiki: str
    name: str
    state: str
    named: bool = False


class Due(NamedTuple):
    """A page to look at, why, and when it was looked at last, '' for never."""

    target: Target
    wiki: str
    name: str
    why: str
    last: str
    named: bool = False

    @property
    def page(self) -> str:
        """The page's name, without the section that is meant."""
        section = self.target.section
        return self.name if section is None else self.name.removesuffix(f"#{section}")


def name_of(page: str, target: Target) -> str:
    """What looks call a page, or the section of it that is meant."""
    return page if target.section is None else f"{page}#{target.section}"


def outdated(
    seen: Iterable[Seen],
    looks: Looks,
    recipe: str,
    today: date,
    *,
    conflicts: Collection[tuple[str, str]] = (),
    facts: Callable[[Collection[str]], Facts] | None = None,
) -> Iterator[Due]:
    """Those of the pages whose last look holds no longer.

    `conflicts` are pages, each with its wiki, that have to be looked at in any case; `facts` says
    where titles lead, None when nothing is known of that. Raises what `facts` does.
    """
    left = iter(seen)
    while batch := list(islice(left, AT_ONCE)):
        names: dict[str, list[str]] = {}
        for each in batch:
            names.setdefault(each.wiki, []).append(each.name)
        known = {wiki: looks.known(wiki, pages) for wiki, pages in names.items()}
        holding: list[tuple[Due, Look]] = []
        for each in batch:
            look = known[each.wiki].get(each.name)
            why, last = (NEVER, "") if look is None else ("", look.at)
            due = Due(each.target, each.wiki, each.name, why, last, each.named)
            if look is not None:
                why = look.outdated(each.state, recipe, today)
                if not why and (each.wiki, due.page) in conflicts:
                    why = CONFLICT
                due = due._replace(why=why)
            if due.why:
                yield due
            elif look is not None and look.titles:
                holding.append((due, look))
        if holding and facts is not None:
            now = facts({title for _, look in holding for title in look.titles})
            for due, look in holding:
                if facts_of(now, look.titles) != look.facts:
                    yield due._replace(why=REDIRECTS)


def parts(due: Sequence[Due], size: int) -> Iterator[list[Due]]:
    """The pages in parts that are read together, files and pages of a wiki apart, and sections
    each for itself."""
    whole = [each for each in due if each.target.section is None]
    for on_wiki in (True, False):
        left = iter([each for each in whole if (each.target.kind is Kind.WIKI) is on_wiki])
        while part := list(islice(left, size)):
            yield part
    for each in due:
        if each.target.section is not None:
            yield [each]
