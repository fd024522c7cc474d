"""Connections of Redpencil's own to the live wiki, for the tests of what goes over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.sites.mediawiki import MediaWiki, Pace, connect
from bot.sites.mediawiki_config import find_config
from bot.sites.mediawiki_session import Session
from tests.live.wiki import Wiki


@dataclass
class Waits:
    """Takes the place of a clock that waits: counts the seconds, and lets time-outs be short."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def connection(
    wiki: Wiki, *, config: Path | None = None, max_wait: float = 20.0, **more: Any
) -> MediaWiki:
    """The wiki as nobody, or as the account of a user-config.py; its pauses take no time.

    `.pace.sleep.seconds` are the pauses it would have made.
    """
    pace = Pace(max_wait=max_wait, between_edits=0, timeout=5, sleep=Waits())
    found = find_config(config) if config else None
    return connect(f"{wiki.url}/wiki/Karvenia", found, pace=pace, **more)


@pytest.fixture
def requests_sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The fields of every request that Redpencil sends from here on."""
    sent: list[dict[str, str]] = []
    post = Session.post

    def noted(session: Session, fields: Any) -> Any:
        sent.append(dict(fields))
        return post(session, fields)

    monkeypatch.setattr(Session, "post", noted)
    return sent
