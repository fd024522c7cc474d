"""Where pages come from and go: files in a folder, a MediaWiki.

Every place is a `Site`. It is asked for targets and streams their pages; what goes wrong with one
target stands in the stream at its place, so that the others are not lost.

folder               files, folders and standard input
mediawiki            one live wiki: the one place that speaks to it
mediawiki_several    the wikis that targets name, each connected to when it is needed
mediawiki_address    which wiki a name means, and who one is there
mediawiki_config     what is read of a user-config.py
mediawiki_discovery  where a wiki's api.php really is
mediawiki_session    pywikibot's session, cookies, throttle and site, and no more
mediawiki_wire       what goes over the wire and what comes back
mediawiki_errors     the wiki's errors as ours
mediawiki_reading    pages, many to a request
mediawiki_choosing   pages that pywikibot's generators choose
mediawiki_facts      where titles lead, and a cache of that
mediawiki_history    since when a page has an address
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from bot.errors import RedpencilError, UsageError
from bot.model import Entered, Facts, Page, Profile
from bot.target import Target


class Site(Protocol):
    """A place that pages are read from."""

    def pages(self, targets: Iterable[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of the targets, in their order, each with the target it was named by.

        A folder gives many pages, every other target one. A target that cannot be read gives its
        error as a value; only what ends the whole reading is raised.
        """
        ...


class Knowledge(Protocol):
    """What a wiki, or what is remembered of one, knows beside its pages."""

    def profile(self, target: Target) -> Profile | None:
        """The wiki of a target; None when nothing is known that the target does not say itself."""
        ...

    def facts(self, target: Target, titles: Collection[str]) -> Facts:
        """Where titles lead on the wiki of a target."""
        ...

    def entered(
        self, target: Target, page: Page, addresses: Collection[str]
    ) -> Mapping[str, Entered]:
        """Since when a page has these addresses; what is not known is left out."""
        ...


class Wiki(Site, Knowledge, Protocol):
    """A live wiki, or several."""

    def template_of_section(self, target: Target, page: Page, name: str) -> str | None:
        """The template from which a section of a page comes; None when it is the page's own."""
        ...


_SITE = re.compile(r"(?:https?:)?(?://)?([\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?(?:/.*)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-[a-z]+)*\.[a-z-]+\.[a-z]+")
_NAMED = re.compile(r"[a-z]+:([a-z]{2,3})(?:-[a-z]+)*")  # as pywikibot does: wikipedia:de
_NO_LANGUAGE = frozenset(["www", "dev"])


def profile(site: str) -> Profile:
    """What is known of a wiki by its host ("de.wikipedia.org") or address alone: its language.

    '' is English Wikipedia. Raises UsageError for what is no host.
    """
    if not site:
        return Profile()
    named = _NAMED.fullmatch(site.strip())
    if named:
        return Profile(language=named[1], wiki=site.strip())
    found = _SITE.fullmatch(site.strip())
    if not found:
        raise UsageError(f"{site!r} is no wiki; name its host, such as en.wikipedia.org")
    host = found[1].lower().replace(".m.", ".")
    language = _LANGUAGE.fullmatch(host)
    if language and language[1] not in _NO_LANGUAGE:
        return Profile(language=language[1], wiki=host)
    return Profile(wiki=host)
