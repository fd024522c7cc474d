"""The wiki every instance starts from: Debian's MediaWiki, our accounts, our pages.

Built once (about 3 s) and kept in the checkout's `.wiki/seeds`, under a name that changes with the
settings, the pages and the versions of MediaWiki and PHP. A build that is broken off leaves nothing
that could be taken for a seed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent.parent / ".wiki" / "seeds"
MEDIAWIKI = Path("/usr/share/mediawiki")

# Those of Debian 12. php8.2-cgi and micro-httpd stand in for the web server that mediawiki depends
# on: neither runs by itself, and no Apache is installed (apt would take one for php-cgi).
# Without luasandbox, Lua starts a program for each page.
DEBIAN_PACKAGES = (
    "mediawiki",
    "micro-httpd",
    "php8.2-cgi",
    "php-cli",
    "php-sqlite3",
    "php-mbstring",
    "php-xml",
    "php-intl",
    "php-luasandbox",
    "lua5.1",
    "diffutils",
)

# What a bot password may do: https://www.mediawiki.org/wiki/Manual:$wgGrantPermissions
READING = ["basic"]
EDITING = [*READING, "highvolume", "editpage", "createeditmovepage", "editmywatchlist", "rollback"]

# MediaWiki takes an account name with "@" and any other password for a failed normal login.
# https://www.mediawiki.org/wiki/Manual:Bot_passwords; includes/user/BotPassword.php
_BOT_PASSWORD_LETTERS = "0123456789abcdefghijklmnopqrstuvw"

_DATABASES = ("wiki.sqlite", "wikicache.sqlite")
_SETTINGS = {"LocalSettings.php", "magic.i18n.php", "seed.php", "seed.py"}
_KEPT_DAYS = 30


class WikiError(Exception):
    """Something about the local wiki failed; the message says what, and what to do."""


def missing_packages() -> list[str]:
    """The Debian packages that are not installed; all of them where there is no dpkg."""
    command = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *DEBIAN_PACKAGES]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return list(DEBIAN_PACKAGES)
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [package for package in DEBIAN_PACKAGES if package not in installed]


def install_packages(packages: list[str]) -> None:
    """Install what is missing, as root or through a sudo that asks nothing.

    Raises:
        WikiError: not on Debian, no right to install, or apt failed.
    """
    by_hand = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if not shutil.which("apt-get"):
        raise WikiError("the local wiki needs Debian 12 (there is no apt-get here)")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    allowed = not sudo or (
        shutil.which("sudo") is not None
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    )
    if not allowed:
        raise WikiError(f"MediaWiki is not installed and only root may install it; run: {by_hand}")
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    result = _apt(install)
    if result.returncode:
        # The package lists of a fresh machine are empty or old.
        _apt([*apt, "update"])
        result = _apt(install)
    if result.returncode:
        output = result.stderr.strip() or result.stdout.strip() or "no reason given"
        reason = output.splitlines()[-1]
        raise WikiError(f"apt-get could not install MediaWiki ({reason}); run as root: {by_hand}")


def _apt(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def ready_seed(say: Callable[[str], None] = lambda sentence: None) -> Path:
    """The folder of the seed for the present settings, pages and packages; built if there is none.

    Holds `wiki.sqlite`, `wikicache.sqlite`, `secret-key`, `accounts.json` and the folder
    `localisation`, and is never written to again. `say` is told what takes time.

    Raises:
        WikiError: MediaWiki is not installed, or a step of the build failed.
    """
    seed = SEEDS / _fingerprint()
    if not seed.is_dir():
        SEEDS.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(SEEDS):
            if not seed.is_dir():
                say("Building the wiki's first state (once, a few seconds) …")
                _forget_old()
                _build(seed)
    os.utime(seed)
    return seed


def pages() -> dict[str, str]:
    """Title to wikitext of every page of the seed, in the order they are saved."""
    found: dict[str, str] = {}
    for file in sorted((HERE / "pages").glob("*.wiki"), key=_templates_first):
        found[unquote(file.stem)] = file.read_text(encoding="utf-8").rstrip("\n")
    for title, item, sentence, *aliases in _rows("organisations.tsv"):
        mark = f"{{{{#item:{item}}}}}" if item else ""
        found[title] = f"The '''{title}''' is {sentence}{mark}\n\n[[Category:Organisations]]"
        for alias in aliases:
            found[alias] = f"#REDIRECT [[{title}]]"
    for title, target in _rows("redirects.tsv"):
        found[title] = f"#REDIRECT [[{target}]]"
    found["A very long page"] = _long_page()
    return found


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes that ask for the same folder waiting; leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_private(file: Path, text: str) -> None:
    """Write a file for its owner's eyes only (mode 600), whole or not at all."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def php_environment(folder: Path, localisation: Path, port: int) -> dict[str, str]:
    """The environment in which PHP finds our settings instead of /etc/mediawiki's."""
    return os.environ | {
        "MW_CONFIG_FILE": str(HERE / "LocalSettings.php"),
        "WIKI_MEDIAWIKI": str(MEDIAWIKI),
        "WIKI_FOLDER": str(folder),
        "WIKI_CACHE": str(localisation),
        "WIKI_PORT": str(port),
    }


def _templates_first(file: Path) -> tuple[bool, str]:
    # Saved before the pages that use them, so that no page has to be parsed twice.
    name = unquote(file.stem)
    return (not name.startswith(("Module:", "Template:", "MediaWiki:")), name)


def _long_page() -> str:
    """As long as the longest articles: 200 sections of 40 sentences."""
    sections = []
    for number in range(1, 201):
        sentences = " ".join(
            f"In round {number}, delegation {seat} spoke about [[Stellmark|the capital]]."
            for seat in range(1, 41)
        )
        sections.append(f"== Round {number} ==\n{sentences}\n* [[United Nations]]\n* [[OSCE]]")
    return "\n\n".join(sections)


def _rows(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _fingerprint() -> str:
    command = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "mediawiki", "php-cli"]
    try:
        versions = subprocess.run(command, capture_output=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise WikiError("MediaWiki is not installed; see scripts/wiki packages") from None
    digest = hashlib.sha256(versions)
    for file in sorted(HERE.rglob("*")):
        if file.suffix in {".tsv", ".wiki"} or file.name in _SETTINGS:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(HERE)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _forget_old() -> None:
    limit = time.time() - _KEPT_DAYS * 86_400
    for folder in SEEDS.iterdir():
        broken_off = folder.name.startswith("building-")
        if folder.is_dir() and (broken_off or folder.stat().st_mtime < limit):
            shutil.rmtree(folder, ignore_errors=True)


def _build(seed: Path) -> None:
    accounts = _accounts()
    with tempfile.TemporaryDirectory(prefix="building-", dir=seed.parent) as name:
        folder = Path(name) / "seed"
        folder.mkdir(mode=0o700)
        localisation = folder / "localisation"
        localisation.mkdir()
        write_private(folder / "secret-key", secrets.token_hex(32))
        write_private(folder / "accounts.json", json.dumps(accounts, indent=2))
        _install(folder, Path(name) / "settings", accounts["Admin"]["password"])
        contents = Path(name) / "contents.json"
        write_private(contents, json.dumps({**_STATE, "accounts": accounts, "pages": pages()}))
        _php(
            [str(HERE / "seed.php")],
            php_environment(folder, localisation, 0) | {"WIKI_SEED": str(contents)},
            "fill the wiki",
        )
        _tidy(folder)
        # The cached localisation does not depend on where the folder lies.
        folder.rename(seed)


def _accounts() -> dict[str, Any]:
    """Who there is, with new random passwords for each seed."""
    groups = {
        "Admin": ["sysop", "bureaucrat"],
        "RedpencilBot": ["bot"],
        "RivalBot": ["bot"],
        "PlainUser": [],
        "BlockedUser": [],
    }
    accounts: dict[str, Any] = {}
    for name, its_groups in groups.items():
        bots = {"redpencil": {"password": _bot_password(), "grants": EDITING}}
        if name == "RedpencilBot":
            bots["reading"] = {"password": _bot_password(), "grants": READING}
        password = secrets.token_urlsafe(12)
        accounts[name] = {"password": password, "groups": its_groups, "bot_passwords": bots}
    return accounts


def _bot_password() -> str:
    return "".join(secrets.choice(_BOT_PASSWORD_LETTERS) for _ in range(32))


_STATE: dict[str, Any] = {
    "protected": {
        "Protected page": {"edit": "sysop", "move": "sysop"},
        "Cascading page": {"edit": "sysop", "move": "sysop"},
        "Half-protected page": {"edit": "autoconfirmed"},
    },
    "cascading": ["Cascading page"],
    "blocked": {"BlockedUser": "Blocked in the seed: added advertising"},
    # Off until a test switches one on (Wiki.edit_filter).
    "filters": {
        "warn": {
            "rule": 'action == "edit" & page_namespace == 0',
            "consequence": "warn",
            "parameters": ["abusefilter-warning-redpencil"],
        },
        "disallow": {
            "rule": 'action == "edit" & page_namespace == 0',
            "consequence": "disallow",
            "parameters": ["abusefilter-disallowed-redpencil"],
        },
    },
}


def _install(folder: Path, settings: Path, password: str) -> None:
    settings.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "MW_CONFIG_FILE"}
    options = {
        "dbtype": "sqlite",
        "dbpath": folder,
        "dbname": "wiki",
        "server": "http://127.0.0.1",
        "scriptpath": "",
        "lang": "en",
        "confpath": settings,
        "pass": password,
        "extensions": "AbuseFilter",
        "skins": "Vector",
    }
    arguments = [f"--{key}={value}" for key, value in options.items()]
    installer = str(MEDIAWIKI / "maintenance" / "install.php")
    _php([installer, *arguments, "Redpencil", "Admin"], environment, "install the wiki")


def _php(arguments: list[str], environment: dict[str, str], purpose: str) -> None:
    result = subprocess.run(
        ["php", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        output = (result.stderr + result.stdout).strip()
        raise WikiError(f"PHP could not {purpose}:\n{output[-2000:]}")


def _tidy(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name not in {*_DATABASES, "secret-key", "accounts.json", "localisation"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with contextlib.closing(sqlite3.connect(folder / "wiki.sqlite")) as database:
        # Prefixes such as "wikipedia:" would let titles and links lead out of the machine.
        database.execute("delete from interwiki")
        database.commit()
        database.execute("pragma journal_mode=wal")
        database.execute("vacuum")
    with contextlib.closing(sqlite3.connect(folder / "wikicache.sqlite")) as database:
        database.execute("delete from objectcache")
        database.commit()
        database.execute("pragma journal_mode=wal")
        database.execute("vacuum")
