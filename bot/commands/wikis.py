"""How a command reaches wikis: the options every such command has, and what comes of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands import say

if TYPE_CHECKING:
    from bot.sites.mediawiki_facts import Remembered
    from bot.sites.mediawiki_several import Wikis

_OPTIONS = (
    click.option("--site", metavar="WIKI", help="The wiki of titles, such as en.wikipedia.org."),
    click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="The user-config.py of pywikibot to use, or its folder.",
    ),
    click.option(
        "--max-wait",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        default=120,
        show_default=True,
        help="How long to wait for a wiki that is lagging, read-only or down.",
    ),
)


def wiki_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --site, --config and --max-wait, as `site`, `config` and `max_wait`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wikis(
    site: str | None,
    config: Path | None,
    max_wait: float,
    tell: Callable[[str], object] = say,
) -> Wikis:
    """The wikis that targets name; each is connected to when it is first needed.

    A title alone stands on `site`, or on the wiki of user-config.py. `tell` hears what a user
    should know.
    """
    from bot.sites.mediawiki import Pace, cache_file, connect
    from bot.sites.mediawiki_config import find_config
    from bot.sites.mediawiki_facts import FactCache
    from bot.sites.mediawiki_several import Wikis

    file = find_config(config)
    once = functools.cache(tell)
    cache = FactCache(cache_file())
    pace = Pace(max_wait=max_wait)
    return Wikis(
        lambda apis: connect(
            "" if apis else site or "", file, apis=apis, pace=pace, say=once, cache=cache
        )
    )


def remembered(site: str | None) -> Remembered:
    """What earlier runs have learned of a wiki, for a run without a network."""
    import time

    from bot.sites.mediawiki import cache_file
    from bot.sites.mediawiki_facts import FactCache, Remembered

    host = (site or "").partition("://")[2] or site or ""
    return Remembered(FactCache(cache_file()), host.strip("/"), time.time)
