"""What a run is to do: a job, read from a TOML file.

`redpencil run --example` prints a job with every key explained (example.toml beside this module).
What is unknown or makes no sense is an error that names file, line and key; nothing is guessed.
Python's own tomllib reads the file: libraries that keep a file's layout, such as tomlkit, do not
tell its lines either, and finding the line of a key takes a few lines of code (`Written.line_of`).

A job holds no secrets. The address of a webhook, which often is one, may be left to a variable of
the environment: `webhook = { env = "NAME" }`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import UsageError
from bot.model import MOST_YEARS

#: What a run does, each with what stands before it.
DEEDS = ("check", "propose", "save")

Key = tuple[str, ...]


class Written(NamedTuple):
    """A job as it stands in its file."""

    name: str
    text: str

    def line_of(self, key: Key) -> int | None:
        """The line on which a key begins; None when it is not there.

        The lines up to some point are TOML themselves or they end inside a value. The first that
        are, and have the key, end with its value, which begins after those that were before.
        """
        lines = self.text.splitlines(keepends=True)
        whole = 0
        for number in range(1, len(lines) + 1):
            try:
                content: Any = tomllib.loads("".join(lines[:number]))
            except tomllib.TOMLDecodeError:
                continue
            if _has(content, key):
                return whole + 1
            whole = number
        return None

    def wrong(self, key: Key, sentence: str) -> UsageError:
        """The error that a key is wrong, with its place, or that of its table."""
        line = next(
            (found for end in range(len(key), 0, -1) if (found := self.line_of(key[:end]))), None
        )
        where = f"{self.name}, line {line}" if line else self.name
        return UsageError(f"{where}: {'.'.join(key)} {sentence}")


def _has(content: Any, key: Key) -> bool:
    for part in key:
        if not isinstance(content, dict) or part not in content:
            return False
        content = content[part]
    return True


class FromEnvironment(NamedTuple):
    """A value that stands in a variable of the environment."""

    variable: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Which pages a job means; the wiki's unless they are files.

    `targets` are as on the command line, `pywikibot` arguments of its page generators, `lists`
    pages whose list items begin with links, `categories` names without their namespace. With
    `recent_changes` those come that changed since the last run. `namespaces` (numbers) narrow what
    lists, categories and changes give; `exclude` are titles that are left out.
    """

    targets: tuple[str, ...] = ()
    pywikibot: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    recent_changes: bool = False
    namespaces: tuple[int, ...] = (0,)
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checks:
    """Which checks run, by name or family, and what is set for them."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    as_of_years: int | None = None


@dataclass(frozen=True, slots=True)
class Looking:
    """Whether sources are looked up in archives, and after how many days once more."""

    look: bool = False
    save_missing: bool = False
    days: int = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may come to: pages that are checked, minutes, edits; None is no limit.

    With less than `free_megabytes` left on the disk it does not start.
    """

    pages: int | None = None
    minutes: float | None = None
    edits: int | None = None
    free_megabytes: int = 200


@dataclass(frozen=True, slots=True)
class Reports:
    """Where reports go: files, and a page below the bot's user page; over how many days."""

    text: Path | None = None
    json_lines: Path | None = None
    html: Path | None = None
    prometheus: Path | None = None
    wiki: str = ""
    days: int = 30


@dataclass(frozen=True, slots=True)
class Notifications:
    """Whom to tell when a run has ended."""

    webhook: str | FromEnvironment = field(default="", repr=False)
    token: str | FromEnvironment = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Log:
    """Where the log goes and in which form; begun anew after `megabytes`, `keep` old ones stay.

    With 0 megabytes it grows until somebody else moves it away, as logrotate does.
    """

    file: Path | None = None
    format: str = "text"
    megabytes: float = 10
    keep: int = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A job; see the module's text. `folder` is that of its file, `deed` one of DEEDS.

    `max_wait` is in seconds.
    """

    name: str
    written: Written = field(repr=False)
    folder: Path
    site: str = ""
    config: Path | None = None
    queue: Path | None = None
    settings: Path | None = None
    max_wait: float = 600.0
    deed: str = "propose"
    pages: Pages = Pages()
    checks: Checks = Checks()
    archives: Looking = Looking()
    limits: Limits = Limits()
    reports: Reports = Reports()
    notifications: Notifications = Notifications()
    log: Log = Log()


def example() -> str:
    """A job to begin with, every key explained."""
    return Path(__file__).with_name("example.toml").read_text(encoding="utf-8")


def read(file: Path) -> Job:
    """The job in a file. Raises UsageError when it cannot be read or is none."""
    try:
        text = file.read_bytes().decode()
    except OSError as wrong:
        raise UsageError(f"{file}: cannot be read: {wrong.strerror or wrong}") from wrong
    except UnicodeDecodeError as wrong:
        raise UsageError(f"{file}: is not UTF-8") from wrong
    return parsed(text, str(file), file.resolve().parent)


def parsed(text: str, name: str, folder: Path) -> Job:
    """The job that a text says; paths in it are reckoned from `folder`, `name` is the file's.

    Raises UsageError, with line and key.
    """
    written = Written(name, text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise UsageError(f"{name}: is no TOML: {wrong}") from wrong
    tables: dict[str, dict[str, Any]] = {}
    for table, keys in content.items():
        if table in _KEYS[""]:
            tables.setdefault("", {})[_field(table)] = _value(written, (table,), keys, folder)
        elif table in _KEYS and not isinstance(keys, dict):
            raise written.wrong((table,), f"must be a table: write [{table}], its keys below it")
        elif table not in _KEYS:
            there = [*_KEYS[""], *(f"[{each}]" for each in _KEYS if each)]
            raise written.wrong((table,), f"is unknown{_meant(table, [*_KEYS[''], *_KEYS], there)}")
        else:
            for key, value in keys.items():
                if key not in _KEYS[table]:
                    there = list(_KEYS[table])
                    raise written.wrong((table, key), f"is unknown{_meant(key, there, there)}")
                place = tables.setdefault(table, {})
                place[_field(key)] = _value(written, (table, key), value, folder)
    top = tables.pop("", {})
    name_of_job = top.pop("name", Path(name).stem)
    if not _NAME.fullmatch(name_of_job):
        key = ("name",) if "name" in content else ()
        raise written.wrong(key, _NAME_WANTED) if key else UsageError(f"{name}: {_NAME_WANTED}")
    job = Job(name_of_job, written, folder, **top, **{t: _PARTS[t](**tables[t]) for t in tables})
    _refuse_contradictions(job)
    return job


def _refuse_contradictions(job: Job) -> None:
    pages = job.pages
    if not any((pages.targets, pages.pywikibot, pages.lists, pages.categories)) and not (
        pages.recent_changes
    ):
        raise job.written.wrong(
            ("pages",),
            "names no pages: say targets, pywikibot, lists, categories or recent-changes",
        )
    if job.archives.save_missing and not job.archives.look:
        key = ("archives", "save-missing")
        raise job.written.wrong(key, "needs look = true: only what is missing is saved")
    if job.notifications.token and not job.notifications.webhook:
        raise job.written.wrong(("notifications", "token"), "needs a webhook to go to")


def _meant(word: str, known: Sequence[str], there: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(there)}"


def _value(written: Written, key: Key, value: Any, folder: Path) -> Any:
    """A value as the job keeps it. Raises UsageError when it is not what is wanted."""
    wanted = _KEYS[key[0]][key[1]] if len(key) == 2 else _KEYS[""][key[0]]
    try:
        return wanted.kept(value, folder)
    except ValueError:
        # What stands where a secret belongs is not shown.
        not_this = "" if wanted is _SECRET else f", not {_shown(value)}"
        raise written.wrong(key, f"must be {wanted.words}{not_this}") from None


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"


def _field(key: str) -> str:
    return _FIELDS.get(key, key.replace("-", "_"))


_FIELDS = {"do": "deed"}
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_NAME_WANTED = 'is no name of a job: begin with a letter or number, go on with them, "-" and "_"'


class _Wanted(NamedTuple):
    """What a value must be, in words, and how it is kept; `kept` raises ValueError for others."""

    words: str
    kept: Callable[[Any, Path], Any]


def _that(words: str, fits: Callable[[Any], bool], kept: Callable[[Any], Any] = lambda v: v) -> Any:
    def checked(value: Any, folder: Path) -> Any:
        if not fits(value):
            raise ValueError(words)
        return kept(value)

    return _Wanted(words, checked)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _path(value: Any, folder: Path) -> Path:
    if not _is_text(value):
        raise ValueError(value)
    return folder / Path(value).expanduser()


def _secret(value: Any, folder: Path) -> str | FromEnvironment:
    if isinstance(value, dict) and list(value) == ["env"] and _is_text(value["env"]):
        return FromEnvironment(value["env"])
    if _is_text(value):
        return str(value)
    raise ValueError("a secret")


def _one_of(*words: str) -> Any:
    return _that(" or ".join(f'"{word}"' for word in words), lambda value: value in words)


_TEXT = _that("a text", _is_text)
_TEXTS = _that("a list of texts", _is_list_of(_is_text), tuple)
_YES_OR_NO = _that("true or false", lambda value: isinstance(value, bool))
_COUNT = _that(
    "a whole number above 0",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
)
_COUNT_OR_NONE = _that(
    "a whole number, 0 or more",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
)


def _from_to(least: int, most: int) -> Any:
    return _that(
        f"a whole number from {least} to {most:,}",
        lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        ),
    )


_DAYS = _from_to(1, 3_660)
_AMOUNT = _that("a number above 0", lambda value: _is_number(value) and value > 0)
_AMOUNT_OR_NONE = _that("a number, 0 or more", lambda value: _is_number(value) and value >= 0)
_PATH = _Wanted("a path", _path)
_SECRET = _Wanted('a text or { env = "VARIABLE" }', _secret)
_NUMBERS = _that(
    "a list of numbers of namespaces",
    _is_list_of(lambda value: isinstance(value, int) and not isinstance(value, bool)),
    tuple,
)

_KEYS: Mapping[str, Mapping[str, _Wanted]] = {
    "": {
        "name": _TEXT,
        "site": _TEXT,
        "config": _PATH,
        "queue": _PATH,
        "settings": _PATH,
        "max-wait": _AMOUNT_OR_NONE,
        "do": _one_of(*DEEDS),
    },
    "pages": {
        "targets": _TEXTS,
        "pywikibot": _TEXTS,
        "lists": _TEXTS,
        "categories": _TEXTS,
        "recent-changes": _YES_OR_NO,
        "namespaces": _NUMBERS,
        "exclude": _TEXTS,
    },
    "checks": {"only": _TEXTS, "skip": _TEXTS, "as-of-years": _from_to(0, MOST_YEARS)},
    "archives": {"look": _YES_OR_NO, "save-missing": _YES_OR_NO, "days": _DAYS},
    "limits": {
        "pages": _COUNT,
        "minutes": _AMOUNT,
        "edits": _COUNT_OR_NONE,
        "free-megabytes": _COUNT_OR_NONE,
    },
    "reports": {
        "text": _PATH,
        "json-lines": _PATH,
        "html": _PATH,
        "prometheus": _PATH,
        "wiki": _TEXT,
        "days": _DAYS,
    },
    "notifications": {"webhook": _SECRET, "token": _SECRET},
    "log": {
        "file": _PATH,
        "format": _one_of("text", "json"),
        "megabytes": _AMOUNT_OR_NONE,
        "keep": _COUNT_OR_NONE,
    },
}

_PARTS: Mapping[str, Callable[..., Any]] = {
    "pages": Pages,
    "checks": Checks,
    "archives": Looking,
    "limits": Limits,
    "reports": Reports,
    "notifications": Notifications,
    "log": Log,
}
