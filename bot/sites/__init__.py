"""Where pages come from and go: files in a folder, a MediaWiki.

Every place is a `Site`. It is asked for targets and streams their pages; what goes wrong with one
target stands in the stream at its place, so that the others are not lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.errors import RedpencilError, UsageError
from bot.model import Page, Profile
from bot.target import Target


class Site(Protocol):
    """A place that pages are read from."""

    def pages(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of the targets, in their order, each with the target it was named by.

        A folder gives many pages, every other target one. A target that cannot be read gives its
        error as a value; only what ends the whole reading is raised.
        """
        ...


_SITE = re.compile(r"(?:https?:)?(?://)?([\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?(?:/.*)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-[a-z]+)*\.[a-z-]+\.[a-z]+")
_NO_LANGUAGE = frozenset(["www", "dev"])


def profile(site: str) -> Profile:
    """What is known of a wiki by its host ("de.wikipedia.org") or address alone: its language.

    '' is English Wikipedia. Raises UsageError for what is no host.
    """
    if not site:
        return Profile()
    found = _SITE.fullmatch(site.strip())
    if not found:
        raise UsageError(f"{site!r} is no wiki; name its host, such as en.wikipedia.org")
    host = found[1].lower().replace(".m.", ".")
    language = _LANGUAGE.fullmatch(host)
    if language and language[1] not in _NO_LANGUAGE:
        return Profile(language=language[1], wiki=host)
    return Profile(wiki=host)
