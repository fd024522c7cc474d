"""Since when a page has an address: what its revisions tell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.model import Entered
from bot.sites.mediawiki_history import Revision, entered, first_days

URL = "http://herald.example/story"


def revision(year: int, text: str) -> Revision:
    return Revision(datetime(year, 1, 1, 12, tzinfo=UTC), text)


@pytest.mark.parametrize(
    ("url", "whole", "expected"),
    [
        (URL, True, Entered(date(2015, 1, 1))),
        (URL, False, Entered(date(2015, 1, 1))),
        # It is in the oldest one that was given.
        ("http://herald.example/old", True, Entered(date(2012, 1, 1))),
        ("http://herald.example/old", False, Entered(date(2012, 1, 1), surely=False)),
        # It was http once, and without the slash.
        ("https://herald.example/old/", True, Entered(date(2012, 1, 1))),
        ("https://herald.example/old", True, Entered(date(2012, 1, 1))),
        # Another page's address begins like it.
        ("http://herald.example/sto", True, None),
        ("http://herald.example/never", True, None),
    ],
)
def test_the_oldest_revision_that_has_it(url: str, whole: bool, expected: Entered | None) -> None:
    revisions = [
        revision(2020, f"{{{{cite web|url={URL}|title=A}}}} http://herald.example/old"),
        # Blanked and restored.
        revision(2019, ""),
        revision(2015, f"<ref>{URL}</ref> http://herald.example/old/"),
        revision(2012, "http://herald.example/old, and more"),
    ]
    assert first_days(revisions, [url], whole=whole).get(url) == expected


def test_no_history_tells_nothing() -> None:
    assert first_days([], [URL], whole=True) == {}


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [{"title": "A", "missing": True}],
        # The text is hidden.
        [{"revisions": [{"timestamp": "2020-01-01T00:00:00Z", "slots": {"main": {}}}]}],
        [{"revisions": [{"timestamp": "2020-01-01T00:00:00Z", "texthidden": True}]}],
    ],
)
def test_answers_without_a_text(pages: list[dict[str, Any]]) -> None:
    assert entered(lambda **_: {"query": {"pages": pages}}, "A", [URL]) == {}
