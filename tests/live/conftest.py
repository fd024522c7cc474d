"""One real MediaWiki for the whole run, put back to its seed before each test that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live.wiki import Instance, Wiki


@pytest.fixture(scope="session")
def wiki_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    """The running wiki. Tests take `wiki`, which is this one in its first state."""
    instance = Instance(tmp_path_factory.mktemp("wiki"))
    server = instance.up(0, with_faults=True)
    wiki = Wiki(instance, server.url)
    yield wiki
    wiki.close()
    instance.delete()


@pytest.fixture
def wiki(wiki_server: Wiki) -> Wiki:
    """A wiki as seeded: same pages, same revision ids, nothing broken, nobody blocked but one."""
    wiki_server.reset()
    return wiki_server
