"""What tests of reports share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.report.hook import Hook


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A server that waits to be called."""
    found = Hook()
    yield found
    found.close()
