"""Where pages come from and go: files in a folder, a MediaWiki.

Every place is a `Site`. It is asked for targets and streams their pages; what goes wrong with one
target stands in the stream at its place, so that the others are not lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.errors import RedpencilError
from bot.model import Page
from bot.target import Target


class Site(Protocol):
    """A place that pages are read from."""

    def pages(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of the targets, in their order, each with the target it was named by.

        A folder gives many pages, every other target one. A target that cannot be read gives its
        error as a value; only what ends the whole reading is raised.
        """
        ...
