"""Which user-config.py counts, and which account it names: pywikibot's own settings, read safely.

A user-config.py is a Python program. It is run when somebody pointed to it (--config,
PYWIKIBOT_DIR); one that merely lies in the current folder or in ~/.pywikibot is run too, as
pywikibot users expect, but never without saying so. A file that others may write, and a secret
that others may read, are refused with the command that mends it. Nothing here prompts, prints a
secret or changes a file.

https://www.mediawiki.org/wiki/Manual:Pywikibot/user-config.py, Manual:Pywikibot/BotPasswords,
Manual:Pywikibot/OAuth.
"""

from __future__ import annotations

import ast
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import UsageError

FILE_NAME = "user-config.py"


class ConfigFile(NamedTuple):
    """A user-config.py; `pointed_to` says that somebody named it or its folder."""

    path: Path
    pointed_to: bool

    @property
    def folder(self) -> Path:
        """Where its password file lies, if it names one."""
        return self.path.parent


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in, and with what; the secrets are in no `repr`.

    `login` is the name that logs in (`Name@bot` for a bot password). `tokens` are the four of an
    owner-only OAuth consumer: consumer token and secret, access token and secret.
    """

    name: str
    login: str = ""
    password: str = field(default="", repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)

    @property
    def has_secret(self) -> bool:
        """Whether the account can log in without asking anybody."""
        return bool(self.password or self.tokens)


def find_config(
    named: Path | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> ConfigFile | None:
    """The user-config.py that counts: `named`, PYWIKIBOT_DIR's, the current folder's, the home's.

    `named` may be the file or its folder; `folder` is the current one unless told otherwise.
    Raises UsageError when `named` is not there.
    """
    if named is not None:
        path = named / FILE_NAME if named.is_dir() else named
        if not path.is_file():
            raise UsageError(f"there is no {path}; --config names a {FILE_NAME} or its folder")
        return ConfigFile(path.absolute(), pointed_to=True)
    if environment.get("PYWIKIBOT_DIR"):
        path = Path(environment["PYWIKIBOT_DIR"]) / FILE_NAME
        if path.is_file():
            return ConfigFile(path.absolute(), pointed_to=True)
    places = [folder if folder is not None else Path.cwd()]
    if environment.get("HOME"):
        places.append(Path(environment["HOME"]) / ".pywikibot")
    for place in places:
        if (place / FILE_NAME).is_file():
            return ConfigFile((place / FILE_NAME).absolute(), pointed_to=False)
    return None


def run_config(file: ConfigFile, settings: dict[str, Any]) -> None:
    """Run a user-config.py over pywikibot's settings, which it changes in place.

    Raises UsageError for a file that others may write or that belongs to somebody else, and for
    one that breaks; its text is never quoted, because it may hold secrets.
    """
    try:
        state = file.path.stat()
        source = file.path.read_bytes()
    except OSError as wrong:
        raise UsageError(f"{file.path} cannot be read: {wrong.strerror}") from None
    if state.st_uid not in (os.getuid(), 0):
        raise UsageError(f"{file.path} belongs to somebody else and is not run; make one yourself")
    if state.st_mode & stat.S_IWOTH:
        raise UsageError(
            f"{file.path} can be written by everybody and is not run;"
            f" mend it: chmod 600 {file.path}"
        )
    settings["base_dir"] = str(file.folder)
    try:
        exec(compile(source, str(file.path), "exec"), settings)  # noqa: S102 (that is what it is)
    except SyntaxError as wrong:
        raise UsageError(f"{file.path}, line {wrong.lineno}: this is no Python") from None
    except (Exception, SystemExit) as wrong:  # noqa: BLE001 (whatever somebody's program raises)
        at = wrong.__traceback__
        line = 0
        while at is not None:
            if at.tb_frame.f_code.co_filename == str(file.path):
                line = at.tb_lineno
            at = at.tb_next
        raise UsageError(f"{file.path}, line {line}: {type(wrong).__name__}") from None


def password_of(
    name: str, family: str, code: str, password_file: str | None, file: ConfigFile | None
) -> tuple[str, str]:
    """The name that logs in and its password, from pywikibot's password file; '' for none.

    Raises UsageError for a file that is not there, that others may read, or that holds a line
    nobody can read.
    """
    if not password_file:
        return name, ""
    path = (file.folder if file else Path()) / password_file
    if not path.is_file():
        raise UsageError(f"the password file {path} is not there; see {FILE_NAME}.sample")
    refuse_open_secret(path)
    login, password = name, ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        entry = _entry(line)
        if entry is None:
            raise UsageError(
                f'{path}, line {number}: expected ("Name", BotPassword("bot", "password"))'
            )
        *place, user, secret = entry
        if user.replace("_", " ").strip() != name or (place and place[-1] != family):
            continue
        if len(place) == 2 and place[0] != code:
            continue
        if isinstance(secret, tuple):
            login, password = f"{name}@{secret[0]}", secret[1]
        else:
            login, password = name, secret
    return login, password


def refuse_open_secret(path: Path) -> None:
    """Raise UsageError, with the mend, for a file of secrets that others may read or write."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UsageError(
            f"{path} holds a secret and others may read it (mode {mode:03o});"
            f" mend it: chmod 600 {path}"
        )


def refuse_open_secrets_beside(file: ConfigFile, secrets: tuple[str, ...]) -> None:
    """Raise UsageError when user-config.py, or a user-* file beside it, shows a secret to others.

    OAuth tokens may stand in user-config.py itself or in any file that it reads.
    """
    wanted = [secret.encode() for secret in secrets if secret]
    for path in sorted({file.path, *file.folder.glob("user-*")}):
        if path.is_file() and path.stat().st_size < 65536:
            content = path.read_bytes() if os.access(path, os.R_OK) else b""
            if any(secret in content for secret in wanted):
                refuse_open_secret(path)


_BOT_PASSWORD = re.compile(r"\bBotPassword\s*\(")


def _entry(line: str) -> tuple[Any, ...] | None:
    """A line of the password file: names, then a password or (bot name, password)."""
    try:
        entry = ast.literal_eval(_BOT_PASSWORD.sub("(", line))
    except (ValueError, SyntaxError):
        return None
    if not isinstance(entry, tuple) or not 2 <= len(entry) <= 4:
        return None
    *names, secret = entry
    of_bot = (
        isinstance(secret, tuple) and len(secret) == 2 and all(isinstance(s, str) for s in secret)
    )
    if not all(isinstance(each, str) for each in names) or not (of_bot or isinstance(secret, str)):
        return None
    return entry
