"""A MediaWiki that runs out of one folder on 127.0.0.1.

The folder holds its databases, its logs and the passwords; the running processes are recognised by
the folder in their command line, so no pid file can go stale. Refuses to listen anywhere but on
loopback, and to touch a folder that it did not make.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediawiki.seed import (
    HERE,
    MEDIAWIKI,
    WikiError,
    locked,
    php_environment,
    ready_seed,
    write_private,
)

SITE = "localwiki"
BOT = "RedpencilBot"
BOT_APP = "redpencil"

_WORKERS = 4
_PATIENCE = 20.0  # seconds until a server that does not answer is given up
# How long none of its processes is to be seen before a server counts as gone, in seconds.
_GONE = 0.5


@dataclass(frozen=True, slots=True)
class Server:
    """The running processes of one wiki: the address they serve and their process ids."""

    port: int
    pids: tuple[int, ...]

    @property
    def url(self) -> str:
        """The address of the wiki, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


class Instance:
    """The wiki in one folder: start it, stop it, put its pages back.

    `folder` need not exist; it is made by `up` and belongs to the wiki alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def faults(self) -> Path:
        """The folder whose files make the wiki misbehave, if it was started with faults."""
        return self.folder / "faults"

    @property
    def accounts(self) -> dict[str, Any]:
        """Account name to `{"password", "groups", "bot_passwords": {app: {"password", …}}}`."""
        found: dict[str, Any] = json.loads((self.folder / "accounts.json").read_text("utf-8"))
        return found

    def server(self) -> Server | None:
        """What runs now, looked up among the processes; None when nothing does."""
        pids, port = [], 0
        for pid, command in _processes():
            if self._error_log in command:
                pids.append(pid)
                port = int(command[command.index("-S") + 1].rpartition(":")[2])
        return Server(port, tuple(sorted(pids))) if pids else None

    def up(
        self,
        port: int,
        *,
        with_faults: bool = False,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> Server:
        """Serve the wiki on `port` (0: any free one) and return once it answers.

        Pages that are there already are kept. A second call finds the first one's server.

        Raises:
            WikiError: the port is taken, the folder is not a wiki's, or the server did not answer.
        """
        self._claim()
        with locked(self.folder):
            running = self.server()
            if running:
                if _listens(running.port):
                    return self._checked(running, port, with_faults=with_faults)
                self._stop(running)
            if not (self.folder / "wiki.sqlite").is_file() or self._half_restored.exists():
                self._restore(ready_seed(say))
            chosen = port or _free_port()
            _refuse_taken(chosen)
            self._describe_account(chosen)
            self.faults.mkdir(exist_ok=True)
            self.clear_faults()
            return self._start(chosen, with_faults=with_faults)

    def down(self) -> bool:
        """Stop all processes of this wiki and say whether there were any; the pages stay."""
        running = self.server()
        if running:
            self._stop(running)
        return running is not None

    def delete(self) -> None:
        """Stop the wiki and remove its folder, pages and passwords included."""
        self.down()
        if self.folder.is_dir():
            self._claim()
            shutil.rmtree(self.folder)

    def reset(self, *, sessions: bool = True) -> None:
        """Put back the pages of the seed, and with `sessions` log everybody out.

        Works under the running server. Accounts keep their passwords, faults are cleared.
        """
        seed = self.folder / "seed"
        for name in ("wiki.sqlite", "wikicache.sqlite") if sessions else ("wiki.sqlite",):
            _swap(seed / name, self.folder / name)
        self.clear_faults()

    def renew(self, say: Callable[[str], None] = lambda sentence: None) -> None:
        """As `reset`, but from the seed of today's settings and pages.

        Raises:
            WikiError: there is no wiki in the folder.
        """
        if not (self.folder / "wiki.sqlite").is_file():
            raise WikiError(f"there is no wiki in {self.folder}; start one with: scripts/wiki up")
        with locked(self.folder):
            self._restore(ready_seed(say))
            self.clear_faults()

    def active_faults(self) -> list[str] | None:
        """The faults that are on now; None when the wiki does not look for any."""
        running = self.server()
        if running is None:
            return None
        environment = Path(f"/proc/{running.pids[0]}/environ").read_bytes()
        if b"\0WIKI_FAULTS=" not in environment:
            return None
        return sorted(file.name for file in self.faults.iterdir() if not file.suffix)

    def clear_faults(self) -> None:
        """Let the wiki behave again."""
        if self.faults.is_dir():
            for file in self.faults.iterdir():
                file.unlink(missing_ok=True)

    @property
    def _error_log(self) -> str:
        return f"error_log={self.folder}/php.log"

    @property
    def _half_restored(self) -> Path:
        return self.folder / "half-restored"

    def _claim(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ours = (self.folder / "wiki.sqlite").is_file() or (self.folder / "seed").is_dir()
        if not ours and any(self.folder.iterdir()):
            raise WikiError(f"{self.folder} holds other files; name an empty folder with --dir")

    def _checked(self, running: Server, port: int, *, with_faults: bool) -> Server:
        if port not in (0, running.port):
            raise WikiError(
                f"this wiki already runs on {running.url}; stop it first: scripts/wiki down"
            )
        if with_faults and self.active_faults() is None:
            raise WikiError("this wiki runs without faults; stop it first: scripts/wiki down")
        return running

    def _restore(self, seed: Path) -> None:
        """Take over a seed, which may differ in its passwords from the one before."""
        self._half_restored.touch()
        kept = self.folder / "seed"
        kept.mkdir(exist_ok=True)
        for name in ("secret-key", "accounts.json"):
            _copy(seed / name, self.folder / name)
        for name in ("wikicache.sqlite", "wiki.sqlite"):
            _copy(seed / name, kept / name)
            _swap(kept / name, self.folder / name)
        localisation = self.folder / "localisation"
        localisation.unlink(missing_ok=True)
        localisation.symlink_to(seed / "localisation")
        running = self.server()
        if running:
            self._describe_account(running.port)
        self._half_restored.unlink()

    def _describe_account(self, port: int) -> None:
        """Leave pywikibot's two files of settings, so that PYWIKIBOT_DIR may name this folder."""
        password = self.accounts[BOT]["bot_passwords"][BOT_APP]["password"]
        settings = f"""\
# Written by scripts/wiki up: how pywikibot and redpencil reach the wiki in this folder.
family_files["{SITE}"] = "http://127.0.0.1:{port}/api.php"
family = mylang = "{SITE}"
usernames["{SITE}"]["{SITE}"] = "{BOT}"
password_file = "user-password.py"
put_throttle = 0
"""
        write_private(self.folder / "user-config.py", settings)
        write_private(
            self.folder / "user-password.py", f'("{BOT}", BotPassword("{BOT_APP}", "{password}"))\n'
        )

    def _start(self, port: int, *, with_faults: bool) -> Server:
        # Somebody may have emptied the cache; MediaWiki then fills it anew.
        localisation = (self.folder / "localisation").resolve()
        localisation.mkdir(parents=True, exist_ok=True)
        environment = php_environment(self.folder, localisation, port)
        environment["PHP_CLI_SERVER_WORKERS"] = str(_WORKERS)
        environment.pop("WIKI_FAULTS", None)
        if with_faults:
            environment["WIKI_FAULTS"] = str(self.faults)
        options = [
            "opcache.enable=1",
            "opcache.memory_consumption=128",
            "opcache.max_accelerated_files=20000",
            "memory_limit=256M",
            "max_execution_time=60",
            "display_errors=stderr",
            "log_errors=1",
            # Only for faults.php, which closes connections with it.
            f"ffi.enable={'1' if with_faults else '0'}",
            self._error_log,
        ]
        # A session of its own, and no child of this process: Ctrl-C in the terminal stops what is
        # typed there, not the wiki.
        command = ["setsid", "--fork", "php", "-q"]
        for option in options:
            command += ["-d", option]
        command += ["-S", f"127.0.0.1:{port}", "-t", str(MEDIAWIKI), str(HERE / "router.php")]
        log = self.folder / "server.log"
        try:
            with log.open("wb") as output:
                subprocess.run(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    check=True,
                )
            self._await_answer(f"http://127.0.0.1:{port}", log)
        except BaseException:
            # One that is starting may not be seen yet; it is stopped as soon as it is.
            seen = time.monotonic()
            while time.monotonic() - seen < _GONE:
                if self.down():
                    seen = time.monotonic()
                time.sleep(0.02)
            raise
        running = self.server()
        if running is None:
            raise WikiError(f"the wiki stopped at once; see {log}")
        return running

    def _await_answer(self, url: str, log: Path) -> None:
        deadline = time.monotonic() + _PATIENCE
        seen = time.monotonic()
        while not _answers(url):
            now = time.monotonic()
            # While a process turns into another program it has no command line for a moment, so
            # one look that finds none proves nothing.
            if self.server() is not None:
                seen = now
            if now - seen > _GONE or now > deadline:
                lines = log.read_text("utf-8", "replace").strip().splitlines()
                why = lines[-1] if lines else "it said nothing"
                raise WikiError(f"the wiki did not start: {why} (all of it: {log})")
            time.sleep(0.02)

    def _stop(self, running: Server) -> None:
        for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
            for pid in running.pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if self.server() is None:
                    return
                time.sleep(0.01)
        raise WikiError(f"processes {running.pids} of {self.folder} cannot be stopped")


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Process id and command line of everything that runs; zombies run no more."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_text("utf-8", "replace")
            # The state follows the program's name, which may itself hold brackets: proc(5).
            state = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
            if command and state not in "ZX":
                yield int(entry.name), command.split("\0")


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(_PATIENCE)
        return client.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    question = f"{url}/api.php?action=query&meta=siteinfo&format=json"
    # Proxies are for the outside.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(question, timeout=_PATIENCE) as answer:
            return b'"generator":"MediaWiki' in answer.read()
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise WikiError(f"only root may use port {port}; choose one above 1023") from None
        except OSError:
            raise WikiError(
                f"port {port} is taken by another program; choose another: scripts/wiki up --port N"
            ) from None


def _swap(source: Path, target: Path) -> None:
    """Make `target` the same database as `source`, at once for everybody who has it open."""
    if not target.exists():
        _copy(source, target)
        return
    with (
        contextlib.closing(sqlite3.connect(f"{source.as_uri()}?immutable=1", uri=True)) as before,
        contextlib.closing(sqlite3.connect(target, timeout=10)) as after,
    ):
        after.execute("pragma synchronous=off")
        before.backup(after)


def _copy(source: Path, target: Path) -> None:
    new = target.with_name(f"{target.name}.new")
    shutil.copy(source, new)
    new.replace(target)
