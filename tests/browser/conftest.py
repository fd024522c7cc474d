"""One Chromium for each process of a run, and as many visitors as a test likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Visitor, start
from tests.browser.desk import Command, Desk

_RUNNING = pytest.StashKey[Browser]()


@pytest.fixture(scope="session")
def browser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """The browser. Where tests of another folder import this fixture, it is the same one:
    playwright runs only once in a process."""
    stash = request.config.stash
    if _RUNNING in stash:
        yield stash[_RUNNING]
        return
    with start(tmp_path_factory.mktemp("chromium")) as stash[_RUNNING]:
        yield stash[_RUNNING]
    del stash[_RUNNING]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; what any of them saw go wrong fails the test in the end."""
    visitors: list[Visitor] = []

    def enters(**wishes: Any) -> Visitor:
        visitors.append(Visitor(browser, **wishes))
        return visitors[-1]

    yield enters
    for each in visitors:
        each.context.close()
    assert [wrong for each in visitors for wrong in each.wrongs] == []


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes desks: queues of made-up pages, served to be reviewed."""
    desks: list[Desk] = []

    def served(pages: Mapping[str, str] | None = None, **of_the_desk: Any) -> Desk:
        folder = tmp_path / f"desk-{len(desks)}"
        folder.mkdir()
        desks.append(Desk(folder, pages, **of_the_desk))
        return desks[-1]

    yield served
    for each in desks:
        each.close()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """`redpencil review --web`, not started yet, with an empty queue."""
    command = Command(tmp_path, {})
    yield command
    command.close()
