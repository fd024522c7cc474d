"""What the saving tests share: a page with mistakes, checks that find them, and a rival who edits.

The checks are made for these tests, so that what is proved of saving does not hang on what
Redpencil finds this year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bot import fixes
from bot.checker import check_page
from bot.checks import Check, Context
from bot.model import Edit, Finding, Fix, Page, Severity, Span
from bot.saving.outcomes import Outcome
from bot.saving.policy import Policy
from bot.saving.saver import Saver
from bot.sites.mediawiki import MediaWiki, Pace, connect
from bot.sites.mediawiki_config import ConfigFile
from bot.store import Store
from tests.live.wiki import Wiki

TITLE = "Relations of Sandovia"
TEXT = """\
'''Sandovia''' is an invented country.

== History ==
Teh country was founded in 1901.

== Foreign relations ==
Sandovia is teh host of two conferences.

It has 12 embassies.

=== Memberships ===
* [[United Nations]], teh oldest one
* [[Council of Europe]]

== Economy ==
Sandovia exports salt.
"""
MENDED = TEXT.replace("is teh host", "is the host").rstrip()

QUICK = Pace(max_wait=3.0, first_pause=0.05, between_edits=0.0, timeout=20.0)
FAST = Policy(per_minute=10_000, per_page=10_000, settled_after=0.5, max_wait=3.0)


def _misspelt(context: Context) -> Iterator[Finding]:
    for section in context.sections:
        for match in re.finditer(
            r"\b[tT]eh\b", context.page.text[section.start : section.body_end]
        ):
            span = Span(section.start + match.start(), section.start + match.end())
            right = "The" if match[0][0] == "T" else "the"
            fix = Fix(right, (Edit(span.start, match[0], right),))
            yield Finding("misspelt", "test", Severity.ERROR, span, "Misspelt", fixes=(fix,))


def _mentioned_twice(context: Context) -> Iterator[Finding]:
    text = context.page.text
    places = [match.start() for match in re.finditer(r"two conferences", text)]
    for place in places[1:]:
        span = Span(place, place + len("two conferences"))
        fix = Fix("leave it out", (Edit(place, "two conferences", "them"),))
        related = (Span(places[0], places[0] + len("two conferences")),)
        message = "Said twice"
        yield Finding("said-twice", "test", Severity.ERROR, span, message, None, related, (fix,))


MISSPELT = Check("misspelt", "test", Severity.ERROR, "", r"(?i)\bteh\b", 1, "", _misspelt)
SAID_TWICE = Check("said-twice", "test", Severity.ERROR, "", "conferences", 1, "", _mentioned_twice)
CHECKING: dict[str, Any] = {"today": date(2026, 11, 23), "only": (MISSPELT, SAID_TWICE)}


def client_of(wiki: Wiki, state: Path, pace: Pace = QUICK) -> MediaWiki:
    """A connection as RedpencilBot, as a user's own settings make it."""
    config = ConfigFile(wiki.folder / "user-config.py", pointed_to=True)
    return connect(wiki.api_url, config, state=state, pace=pace)


def picks_of(page: Page, words: str = "is teh host") -> list[tuple[Finding, Fix]]:
    """The fixes of the mistakes that stand in these words, as a human would approve them."""
    place = page.text.index(words)
    stretch = Span(place, place + len(words))
    report = check_page(page, **CHECKING)
    return fixes.first_fixes(f for f in report.findings if stretch.contains(f.span))


class Meddler:
    """A MediaWiki client during whose requests something happens, once each.

    `before` and `after` map what is asked ("edit", "look", "read", "history") to what happens.
    """

    def __init__(self, client: MediaWiki) -> None:
        self._client = client
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def request(self, **parameters: Any) -> dict[str, Any]:
        return self._during(self._client.request, parameters)

    def once(self, **parameters: Any) -> dict[str, Any]:
        return self._during(self._client.once, parameters)

    def _during(
        self, ask: Callable[..., dict[str, Any]], parameters: dict[str, Any]
    ) -> dict[str, Any]:
        kind = self._kind(parameters)
        self.asked.append(kind)
        self.before.pop(kind, lambda: None)()
        answer = ask(**parameters)
        self.after.pop(kind, lambda: None)()
        return answer

    @staticmethod
    def _kind(parameters: dict[str, Any]) -> str:
        for mark, kind in {"intestactions": "look", "revids": "read", "pageids": "history"}.items():
            if mark in parameters:
                return kind
        return str(parameters["action"])


class Desk:
    """One account with its store, ready to save; every wait is a short one."""

    def __init__(self, wiki: Wiki, client: MediaWiki, store: Store) -> None:
        self.wiki = wiki
        self.client = Meddler(client)
        self.store = store
        self.said: list[str] = []

    def page(self, text: str = TEXT, title: str = TITLE) -> Page:
        """A page that somebody has written, as a human looks at it."""
        self.wiki.edit(title, text)
        return self.client.fetch(title)

    def saver(self, policy: Policy = FAST, **more: Any) -> Saver:
        return Saver(self.client, self.store, policy=policy, tell=self.said.append, **more)

    def save(
        self, page: Page, words: str = "is teh host", policy: Policy = FAST, **more: Any
    ) -> Outcome:
        """Save what was approved, in a run of its own."""
        with self.saver(policy, **more) as saver:
            return saver.save(page, picks_of(page, words), **CHECKING)

    def ours(self, title: str = TITLE) -> list[int]:
        """The revisions that Redpencil made, the latest first."""
        return [
            revision.id for revision in self.wiki.history(title) if revision.user == "RedpencilBot"
        ]
