"""What a person sets once, in a TOML file: `config.toml` in the folder of Redpencil's settings.

    [review]
    yes-safe = ["archive-date-mismatch"]   # checks that `review --yes-safe` may approve by itself

    [learning]
    decisions = 50                         # a check is judged by its last so many decisions
    acceptance = 0.5                       # below this share of "yes" it only reports

    [saving]
    documentation = "Project:Redpencil"    # what the edit summaries link to; else the user page
    bot = true                             # flag the edits as a bot's
    minor = false                          # flag them as minor
    tag = "redpencil"                      # goes with the edits where the wiki defines it
    per-minute = 12                        # edits, of all runs together
    per-run = 500
    per-page = 5                           # in 24 hours

    [archives]
    contact = "mailto:me@example.org"      # what sites that are asked see; a must for --archives
    order = ["Wayback Machine", "Ours"]    # which archives are asked; else those known to be good
    private = ["archive.intranet:8080"]    # hosts of a private network that may be asked
    own = [{ name = "Ours", door = "memento", timegate = "http://archive.intranet:8080/web/" }]

Unknown names and wrong values are errors that name the file and the key; nothing is guessed.
Secrets have no place here; of the page's password
only a hash is kept, in a file beside it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import UsageError
from bot.saving.policy import Policy


@dataclass(frozen=True, slots=True)
class Looking:
    """How sources are looked up; `own` are tables as in `bot/knowledge/archives.toml`."""

    contact: str = ""
    order: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    own: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings; see the module's text."""

    yes_safe: tuple[str, ...] = ()
    decisions: int = 50
    acceptance: float = 0.5
    saving: Policy = field(default_factory=Policy)
    archives: Looking = field(default_factory=Looking)


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file is looked for: XDG_CONFIG_HOME/redpencil/config.toml."""
    return _folder(environment, "XDG_CONFIG_HOME", ".config") / "config.toml"


def queue_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the queue is kept: REDPENCIL_QUEUE, or XDG_STATE_HOME/redpencil/queue.sqlite."""
    named = environment.get("REDPENCIL_QUEUE", "")
    if named:
        return Path(named)
    return _folder(environment, "XDG_STATE_HOME", ".local/state") / "queue.sqlite"


def lookups_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where look-ups in archives are kept: XDG_CACHE_HOME/redpencil/lookups.sqlite."""
    return _folder(environment, "XDG_CACHE_HOME", ".cache") / "lookups.sqlite"


def password_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the hash of the page's password is kept: XDG_CONFIG_HOME/redpencil/password."""
    return _folder(environment, "XDG_CONFIG_HOME", ".config") / "password"


def password_hash(path: Path | None = None) -> str:
    """The hash of the password of the page in the browser; '' when none is set.

    Raises UsageError when it cannot be read.
    """
    file = path or password_path()
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError(f"{file}: cannot be read: {wrong}") from wrong


def keep_password(hashed: str, path: Path | None = None) -> Path:
    """Keep the hash of a password in a file that only this account reads; gives the file.

    Raises UsageError when it cannot be written.
    """
    file = path or password_path()
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.touch(mode=0o600, exist_ok=False)
        part.write_text(f"{hashed}\n", encoding="utf-8")
        part.replace(file)
    except OSError as wrong:
        raise UsageError(f"{file}: cannot be written: {wrong.strerror or wrong}") from wrong
    return file


def _folder(environment: Mapping[str, str], name: str, otherwise: str) -> Path:
    """A folder of the XDG Base Directory Specification; a relative one there is ignored."""
    named = environment.get(name, "")
    base = Path(named) if Path(named).is_absolute() else Path.home() / otherwise
    return base / "redpencil"


def read(path: Path | None = None) -> Configuration:
    """The settings in a file; the default ones when no file was named and there is none.

    Raises UsageError for a named file that cannot be read, and for what it must not hold.
    """
    file = path or default_path()
    try:
        content = tomllib.loads(file.read_bytes().decode())
    except FileNotFoundError as wrong:
        if path is None:
            return Configuration()
        raise UsageError(f"{file}: there is no such file") from wrong
    except OSError as wrong:
        raise UsageError(f"{file}: cannot be read: {wrong.strerror or wrong}") from wrong
    except ValueError as wrong:
        raise UsageError(f"{file}: {wrong}") from wrong
    settings: dict[str, Any] = {}
    saving: dict[str, Any] = {}
    looking: dict[str, Any] = {}
    for table, values in content.items():
        if table not in _KEYS or not isinstance(values, dict):
            raise UsageError(f"{file}: [{table}] is unknown; there are {_listed(_KEYS)}")
        for key, value in values.items():
            if key not in _KEYS[table]:
                there = _listed(_KEYS[table])
                raise UsageError(f"{file}: {table}.{key} is unknown; there are {there}")
            fits, wanted = _KEYS[table][key]
            if not fits(value):
                raise UsageError(f"{file}: {table}.{key} must be {wanted}, not {value!r}")
            place = {"saving": saving, "archives": looking}.get(table, settings)
            place[key.replace("-", "_")] = tuple(value) if isinstance(value, list) else value
    return Configuration(**settings, saving=Policy(**saving), archives=Looking(**looking))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_TEXT = (lambda value: isinstance(value, str) and len(value) < 200, "a text")
_YES_OR_NO = (lambda value: isinstance(value, bool), "true or false")
_COUNT = (_is_count, "a whole number above 0")

_KEYS: dict[str, dict[str, tuple[Callable[[Any], bool], str]]] = {
    "review": {"yes-safe": (_is_names, "a list of names of checks")},
    "learning": {
        "decisions": _COUNT,
        "acceptance": (
            lambda value: (
                isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
            ),
            "a share from 0 to 1",
        ),
    },
    "saving": {
        "documentation": _TEXT,
        "bot": _YES_OR_NO,
        "minor": _YES_OR_NO,
        "tag": _TEXT,
        "per-minute": _COUNT,
        "per-run": _COUNT,
        "per-page": _COUNT,
    },
    "archives": {
        "contact": _TEXT,
        "order": (_is_names, "a list of names of archives"),
        "private": (_is_names, "a list of hosts with their ports"),
        "own": (
            lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
            "a list of tables",
        ),
    },
}


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(names)
