"""The wikis that targets name, when there may be several: each connected to when it is needed.

In a stream of many pages one wiki that cannot say something more costs only that: it is logged, and
the page is checked without. Reading and choosing pages raise as `MediaWiki` does. Nothing here
speaks to a wiki itself.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from bot.errors import RedpencilError, WikiError, WikiUnavailable
from bot.model import Entered, Facts, Page, Profile
from bot.target import Target

if TYPE_CHECKING:
    from bot.sites.mediawiki import MediaWiki

logger = logging.getLogger(__name__)


class Wikis:
    """The wikis that targets name, each connected to when it is first needed.

    `connected` makes a connection from the addresses of a target's api.php, which are empty for a
    title alone: `lambda apis: connect(site, config, apis=apis)`.
    """

    def __init__(self, connected: Callable[[tuple[str, ...]], MediaWiki]) -> None:
        self._connected = connected
        self._wikis: dict[tuple[str, ...], MediaWiki] = {}

    def of(self, target: Target) -> MediaWiki:
        """The wiki of a target. Raises as `connect` does."""
        return self._at(target.apis)

    def pages(self, targets: Iterable[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of the targets in their order; see `MediaWiki.pages`."""
        for apis, of_one_wiki in itertools.groupby(targets, key=lambda target: target.apis):
            yield from self._at(apis).pages(of_one_wiki)

    def choose(self, arguments: str) -> Iterator[Target]:
        """The pages of the wiki that is named by itself; see `MediaWiki.choose`."""
        return self._at(()).choose(arguments)

    def _at(self, apis: tuple[str, ...]) -> MediaWiki:
        if apis not in self._wikis:
            self._wikis[apis] = self._connected(apis)
        return self._wikis[apis]

    def profile(self, target: Target) -> Profile:
        """What checks need to know of a target's wiki."""
        return self.of(target).profile

    def facts(self, target: Target, titles: Collection[str]) -> Facts:
        """Where titles lead on a target's wiki; when it cannot be asked, they are `unknown`."""
        try:
            return self.of(target).facts(titles)
        except WikiUnavailable as trouble:
            logger.warning("%s", trouble)
            return Facts(unknown=frozenset(titles))

    def entered(self, target: Target, page: Page, addresses: Collection[str]) -> dict[str, Entered]:
        """Since when a page has these addresses; nothing when its wiki cannot be asked."""
        try:
            return self.of(target).entered(page, addresses)
        except WikiError as trouble:
            logger.warning("%s", trouble)
            return {}

    def template_of_section(self, target: Target, page: Page, name: str) -> str | None:
        """The template from which a section of a page comes; None when it is the page's own."""
        return self.of(target).template_of_section(page, name)
