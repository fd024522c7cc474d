"""A user's settings that name one archive, which a server of the test's own plays, and its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.web.fetching import Fetcher
from tests.archive.server import Server


def write_settings(home: Path, server: Server) -> Path:
    """The settings of the account whose home this is: the server is their only archive, with an
    index at /index and captures as they were made below /web; and it may be asked although it is
    on this machine."""
    file = home / ".config" / "redpencil" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"""
        [archives]
        contact = "mailto:tests@example.org"
        order = ["Ours"]
        private = ["{server.host}"]
        [[archives.own]]
        name = "Ours"
        door = "wayback-cdx"
        index = "{server.url}/index"
        replay = "https://web.archive.org/web/{{timestamp}}/{{url}}"
        raw = "{server.url}/web/{{timestamp}}id_/{{url}}"
        pause = 0.0
        """
    )
    return file


def hurried(patch: pytest.MonkeyPatch) -> list[float]:
    """Lets what fetches wait by a clock that stands still until it sleeps, and then at once is on.

    The list gets the pauses, in seconds.
    """
    pauses: list[float] = []
    waiting = {"clock": lambda: sum(pauses), "sleep": pauses.append}
    usual = Fetcher.__init__.__kwdefaults__
    patch.setattr(Fetcher.__init__, "__kwdefaults__", {**usual, **waiting})
    return pauses
