"""One process at a time: a file that is locked while somebody works, and says who does.

The lock ends with its process, however that ends, so none is ever left behind to be cleared away.
Nothing here waits, or takes a lock from another.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Taken(Exception):
    """Another process holds the lock; `by` is what it wrote of itself."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


def take(path: Path, words: str) -> int:
    """Hold the lock of this file, which is made when it is not there, and write words into it.

    Gives the file's descriptor: closing it ends the lock. Raises Taken, and OSError for a file
    that cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, words.encode(), 0)
    except BlockingIOError:
        by = os.pread(descriptor, 100, 0).decode(errors="replace")
        os.close(descriptor)
        raise Taken(by) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
