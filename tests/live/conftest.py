"""A real MediaWiki for each process of a run, put back to its seed before each test with it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.live.wiki import Instance, Wiki


@pytest.fixture(scope="session")
def wiki_server(
    left_behind: Callable[[str], list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wiki]:
    """The running wiki. Tests take `wiki`, which is this one in its first state."""
    stop_orphans(left_behind("wiki*/owner"))
    instance = Instance(tmp_path_factory.mktemp("wiki"))
    server = instance.up(0, with_faults=True)
    (instance.folder / "owner").write_text(str(os.getpid()))
    wiki = Wiki(instance, server.url)
    yield wiki
    wiki.close()
    instance.delete()


@pytest.fixture
def wiki(wiki_server: Wiki) -> Wiki:
    """A wiki as seeded: same pages, same revision ids, nothing broken, nobody blocked but one."""
    wiki_server.reset()
    return wiki_server


@pytest.fixture
def account(wiki: Wiki, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of the wiki's bot, for commands as a person types them: their folder."""
    folder = home / "settings"
    folder.mkdir()
    for name in ("user-config.py", "user-password.py"):
        (folder / name).write_text((wiki.folder / name).read_text())
        (folder / name).chmod(0o600)
    with (folder / "user-config.py").open("a") as file:
        file.write("\nput_throttle = 0\n")
    monkeypatch.setenv("PYWIKIBOT_DIR", str(folder))
    return folder


def stop_orphans(owners: Iterable[Path]) -> None:
    """Stop the wikis of test runs that were killed before they could do it."""
    for owner in owners:
        with contextlib.suppress(FileNotFoundError):  # another run is stopping it
            if not Path("/proc", owner.read_text()).exists():
                owner.unlink()
                Instance(owner.parent).delete()
