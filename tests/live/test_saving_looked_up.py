"""What archives gave is saved also where somebody has edited another section meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import checks, fixes
from bot.checker import check_page
from bot.facts import wanted_sources
from bot.model import Facts, Fate, Kept, Page
from bot.saving.outcomes import Conflict, Outcome, Saved
from bot.store import Store
from tests.live.approvals import FAST, TITLE, Desk, client_of

URL = "http://herald.example/story"
COPY = f"https://web.archive.org/web/20140611120000/{URL}"
CITE = f"{{{{cite web|url={URL}|title=Story|access-date=2014-06-03}}}}"
TEXT = f"A lead.\n\n== History ==\nThe harbour.<ref>{CITE}</ref>\n\n== Economy ==\nSalt.\n"
FILLED = f"|url={URL}|archive-url={COPY}|archive-date=2014-06-11|url-status=live|title=Story|"
CHECKING: dict[str, Any] = {
    "today": date(2026, 11, 23),
    "only": tuple(each for each in checks.load() if each.family == "archives"),
}


@pytest.fixture
def desk(wiki, tmp_path: Path) -> Iterator[Desk]:
    with Store(tmp_path / "store.sqlite") as store:
        yield Desk(wiki, client_of(wiki, tmp_path / "state"), store)


def save(desk: Desk, page: Page, **more: Any) -> Outcome:
    sources, addresses = wanted_sources(page.text)
    facts = Facts(
        kept=dict.fromkeys(sources, Kept("Ours", COPY, date(2014, 6, 11), "it bears the title")),
        fates=dict.fromkeys(addresses, Fate("live", "it bears the title")),
        looked_up=True,
    )
    picks = fixes.first_fixes(check_page(page, facts=facts, **CHECKING).findings)
    assert len(picks) == 1
    with desk.saver(FAST) as saver:
        return saver.save(page, picks, **CHECKING)


def test_it_is_saved_without_being_looked_up_again(desk):
    assert isinstance(save(desk, desk.page(TEXT)), Saved)
    assert FILLED in desk.wiki.text(TITLE)


def test_an_edit_elsewhere_is_kept(desk):
    page = desk.page(TEXT)
    desk.wiki.edit(TITLE, TEXT.replace("Salt.", "Tea."))
    assert isinstance(save(desk, page), Saved)
    text = desk.wiki.text(TITLE)
    assert FILLED in text
    assert "Tea." in text


@pytest.mark.parametrize(
    "changed",
    [
        TEXT.replace("title=Story", "title=Another story"),
        TEXT.replace("</ref>", "</ref>{{cbignore}}"),
        TEXT.replace(CITE, "A book."),
    ],
)
def test_an_edit_of_the_same_place_is_a_conflict(desk, changed):
    page = desk.page(TEXT)
    desk.wiki.edit(TITLE, changed)
    assert isinstance(save(desk, page), Conflict)
    assert desk.wiki.text(TITLE) == changed.rstrip()
