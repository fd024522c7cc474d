"""A real web archive, pywb, on loopback; it runs in an environment of its own (.archive)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = CHECKOUT / ".archive" / "bin"
PATIENCE = 30.0
SETTINGS = """\
collections_root: collections
enable_memento: true
redirect_to_exact: true
recorder: null
debug: false
"""


@contextlib.contextmanager
def running(folder: Path, warc: Path) -> Iterator[str]:
    """The address of an archive of that WARC file, which is stopped at the end.

    Its collection is "web": TimeGate and replay at /web/, the index at /web/cdx.
    """
    if not (PROGRAMS / "wayback").exists():
        raise RuntimeError("the web archive of the tests is not installed: run scripts/test once")
    environment = {**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    log = (folder / "pywb.log").open("wb")

    def manage(*arguments: str) -> None:
        command = [str(PROGRAMS / "wb-manager"), *arguments]
        subprocess.run(
            command, cwd=folder, env=environment, check=True, stdout=log, stderr=log, timeout=60
        )

    manage("init", "web")
    manage("add", "web", str(warc))
    (folder / "config.yaml").write_text(SETTINGS)
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [str(PROGRAMS / "wayback"), "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    (folder / "owner").write_text(f"{os.getpid()} {process.pid}")
    try:
        _await(address, process, folder)
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def stop_orphans(owners: Iterable[Path]) -> None:
    """Stop the archives of test runs that were killed before they could do it."""
    for file in owners:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            owner, process = file.read_text().split()
            if Path("/proc", owner).exists():
                continue
            if str(file.parent).encode() in Path("/proc", process, "cmdline").read_bytes():
                os.killpg(int(process), signal.SIGKILL)


def _await(address: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{address}/web/cdx?url=none.example", timeout=5).close()
            return
        time.sleep(0.05)
    said = (folder / "pywb.log").read_text(errors="replace")[-2_000:]
    raise RuntimeError(f"pywb does not start: {said}")
