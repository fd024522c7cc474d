"""What holds for every test: nothing leaves this machine, nothing is read from or written to the
account that runs it. In CI nothing is skipped, and Hypothesis repeats itself.
"""

from __future__ import annotations

import glob
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import hypothesis
import loopback_only
import pytest

hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

#: Settings of the account that would change what a test sees; those of these programs altogether.
FOREIGN_SETTINGS = {"NO_COLOR", "FORCE_COLOR", "LANGUAGE", "EDITOR", "VISUAL", "PAGER", "BROWSER"}
FOREIGN_PREFIXES = ("REDPENCIL_", "PYWIKIBOT_", "XDG_", "LC_", "GIT_")


def pytest_configure() -> None:
    loopback_only.enforce()
    # A proxy on this machine would carry a request past the guard.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    # Programs that tests start are guarded by sitecustomize.py beside the guard.
    os.environ["PYTHONPATH"] = str(Path(loopback_only.__file__).parent)
    # A shell starts what runs in the background deaf to Ctrl-C, and it stays so in all programs.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI nothing may be skipped: whatever the reason, it is a failure there."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in CI nothing may be: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def stays_on_this_machine():
    """Fails a test that tried to reach the network, also when the refusal was swallowed."""
    loopback_only.refusals.clear()
    yield
    assert loopback_only.refusals == []


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that is also the current folder; HOME, XDG_* and PYWIKIBOT_DIR lie in it.

    It is `tmp_path/.home`, so that tmp_path itself stays free for the test.
    """
    home = tmp_path / ".home"
    home.mkdir()
    for name in os.environ:
        if name in FOREIGN_SETTINGS or name.startswith(FOREIGN_PREFIXES):
            monkeypatch.delenv(name)
    for name, place in {
        "HOME": home,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "PYWIKIBOT_DIR": home / ".pywikibot",
    }.items():
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(home)
    return home


@pytest.fixture(scope="session")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Path]]:
    """Finds what lies in the temporary folders of this and of the last runs, killed ones too."""
    folder = tmp_path_factory.getbasetemp().parent
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def found(pattern: str) -> list[Path]:
        # Other runs remove old folders meanwhile, which makes Path.glob fail.
        places = (f"{folder}/*/{pattern}", f"{folder}/*/popen-*/{pattern}")
        return [Path(file) for place in places for file in glob.glob(place)]  # noqa: PTH207

    return found


@pytest.fixture
def listener():
    """The (host, port) of a socket on this machine that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()
