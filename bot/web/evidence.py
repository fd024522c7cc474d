"""Looks the sources of pages up in archives and on the web, and gives what was seen as facts.

The checks do not know where facts come from; this is where they do. What one archive or one page
does wrong costs its own facts, never the run, and is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from bot.model import Entered, Facts, Fate, Kept, Source
from bot.web.archives import Archives, Found, Lookup, Wanted, undated, wanted_day
from bot.web.links import Cited, Link, Links, State
from bot.web.save_page_now import SavePageNow, save_missing

#: Told what is being looked up, how many are done, of how many.
Progress = Callable[[str, int, int], object]
#: Since when a page that is being looked at has an address, None when that is not known; asked only
#: about addresses whose citation has no date.
Added = Callable[[str], Entered | None]


class Evidence(NamedTuple):
    """Where sources are looked up. `saver` captures pages that no archive has; None: none is."""

    archives: Archives
    links: Links | None
    today: date
    saver: SavePageNow | None = None
    progress: Progress = lambda what, done, of: None

    def needs_history(self, source: Source) -> bool:
        """Whether only its page's history can tell when a source was cited."""
        return undated(source, self.today)

    def facts(
        self,
        sources: Sequence[Source],
        addresses: Sequence[str] = (),
        *,
        known: Facts = Facts(),  # noqa: B008 (frozen)
        added: Added = lambda url: None,
    ) -> Facts:
        """`known`, and with it the snapshots of the sources and the fates of the addresses."""
        fates: dict[str, Link] = {}
        if self.links is not None:
            cited = [Cited(one.url, one.title, one.quote, one.bare, one.label) for one in sources]
            cited += [Cited(url) for url in addresses]
            fates = self.links.look(
                cited, progress=lambda done, of: self.progress("links", done, of)
            )
        wanted = {source: self._wanted(source, added) for source in sources}
        found = self.archives.find(
            wanted.values(), progress=lambda done, of, _: self.progress("archives", done, of)
        )
        if self.saver is not None:
            # What is dead or doubtful would be captured as it is now: not as the author saw it.
            live = {url for url, link in fates.items() if link.state is State.LIVE}
            missing = [each for each in found.values() if each.wanted.url in live]
            for lookup in save_missing(self.archives, self.saver, missing, self.today):
                found[lookup.wanted] = lookup
        lookups = {source: found[each] for source, each in wanted.items()}
        described = {
            source.url: each.found.described
            for source, each in lookups.items()
            if each.found is not None and each.found.described is not None
        }
        described |= {url: link.described for url, link in fates.items() if link.described}
        return dataclasses.replace(
            known,
            kept={s: _kept(each.found, each) for s, each in lookups.items() if each.found},
            lost=frozenset(s for s, each in lookups.items() if each.surely_missing),
            fates={url: _fate(link) for url, link in fates.items()},
            described=described,
            spurious={
                source.archived: each.given.value
                for source, each in lookups.items()
                if each.given is not None and not each.is_given
            },
            looked_up=all(each.found or each.surely_missing for each in lookups.values()),
        )

    def _wanted(self, source: Source, added: Added) -> Wanted:
        day, basis = wanted_day(
            accessed=source.accessed,
            published=source.published,
            added=lambda: added(source.url),
            today=self.today,
        )
        return Wanted(
            source.url,
            day,
            basis,
            source.title,
            source.quote,
            given=source.archived,
            bare=source.bare,
            label=source.label,
        )


def _kept(found: Found, lookup: Lookup) -> Kept:
    return Kept(found.archive, found.address, found.moment.date(), str(lookup))


def _fate(link: Link) -> Fate:
    return Fate(link.status, link.why, gone=link.state is State.DEAD)
