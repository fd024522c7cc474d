"""Pages chosen by pywikibot's page generators, with its own arguments: -cat:Countries -ns:0.

The arguments are pywikibot's, unchanged and unchecked by us:
https://doc.wikimedia.org/pywikibot/stable/library_usage.html#generator-options. Only titles are
taken from it; the texts are read as any other target's. An argument that would ask a question is
refused, because nobody may sit there.
"""

from __future__ import annotations

import contextlib
import shlex
import types
from collections.abc import Iterator
from typing import Any

from bot.errors import UsageError
from bot.sites.mediawiki_errors import error_of_pywikibot
from bot.sites.mediawiki_session import AskedForInput, quiet_warnings
from bot.target import Kind, Target


def chosen(pywikibot: types.ModuleType, site: Any, arguments: str, name: str) -> Iterator[Target]:
    """The pages that the arguments choose on a site of pywikibot's, as they are found.

    Raises UsageError for arguments that pywikibot does not know, that choose nothing, or that lack
    their value; WikiError when the wiki refuses.
    """
    try:
        parts = shlex.split(arguments)
    except ValueError as wrong:
        raise UsageError(f"--pages {arguments!r}: {wrong}") from None
    with _translated(pywikibot, arguments, name):
        from pywikibot.pagegenerators import GeneratorFactory

        factory = GeneratorFactory(site=site)
        unknown = factory.handle_args(parts)
        if unknown:
            raise UsageError(
                f"--pages {arguments!r}: pywikibot has no page generator {' '.join(unknown)!r}"
            )
        pages = factory.getCombinedGenerator()
        if pages is None:
            raise UsageError(
                f"--pages {arguments!r} chooses no pages; name a generator such as -cat:Name"
            )
        found = iter(pages)
    while True:
        with _translated(pywikibot, arguments, name):
            page = next(found, None)
            if page is None:
                return
            if page.site != site:
                continue
            title = page.title()
        yield Target(f"{title} (--pages)", Kind.WIKI, title=title)


@contextlib.contextmanager
def _translated(pywikibot: types.ModuleType, arguments: str, name: str) -> Iterator[None]:
    """Pywikibot's errors as ours, and its warnings into the log."""
    try:
        with quiet_warnings():
            yield
    except AskedForInput as asked:
        raise UsageError(f"--pages {arguments!r} lacks a value: {asked}") from None
    except (pywikibot.exceptions.Error, ConnectionError) as wrong:
        raise error_of_pywikibot(wrong, f"{name}, --pages {arguments!r}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError) as wrong:
        # What its argument parser makes of a wrong value: -ns:Nope, -file:gone, -limit:x.
        raise UsageError(f"--pages {arguments!r}: {wrong}") from None
