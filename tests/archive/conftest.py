"""One real web archive for each process of a run, and before it the Internet Archive's ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.archive import captures, pywb
from tests.archive.internet_archive import InternetArchive


@pytest.fixture(scope="session")
def archive(
    left_behind: Callable[[str], list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running pywb that holds `captures.CAPTURES`."""
    pywb.stop_orphans(left_behind("pywb*/owner"))
    folder = tmp_path_factory.mktemp("pywb")
    captures.write_warc(folder / "captures.warc.gz")
    with pywb.running(folder, folder / "captures.warc.gz") as address:
        yield address


@pytest.fixture(scope="session")
def front(archive: str) -> Iterator[InternetArchive]:
    made = InternetArchive(archive)
    yield made
    made.close()


@pytest.fixture
def internet_archive(front: InternetArchive) -> InternetArchive:
    """The front in its first state, with nothing asked."""
    front.fault = None
    front.blocked = set()
    front.jobs.clear()
    front.server.requests.clear()
    return front
