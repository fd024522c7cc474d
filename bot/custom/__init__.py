"""The checks that a wiki adds to Redpencil's own: rules in TOML, and checks of installed packages.

    rules       files *.toml in the folder of rules: $REDPENCIL_RULES, or redpencil/rules in the
                folder of settings ($XDG_CONFIG_HOME); see `bot.custom.rules`
    packages    whatever an installed package names in the entry-point group "redpencil.checks": a
                `bot.checks.Check`, or a function without arguments that gives some

Added checks are chosen, prefiltered, guarded, versioned, judged and reported like all others. One
that cannot be used (a rule whose example fails, a package that breaks when it is imported, a name
that is taken) is named in `troubles` and costs the others nothing. A package is a program, and is
not fenced in: install only what you trust.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import checks
from bot.checks import Check, Context

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from bot.model import Finding

GROUP = "redpencil.checks"
EXAMPLE = Path(__file__).parent / "example.toml"

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def load() -> tuple[Check, ...]:
    """Every check: Redpencil's own, then those that were added, by file and package."""
    return (*checks.load(), *_added()[0])


def troubles() -> tuple[str, ...]:
    """What was to be added and is not: a sentence each, which names where it comes from."""
    return _added()[1]


def forget() -> None:
    """Look for added checks anew when they are asked for next."""
    _added.cache_clear()


def folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where the files of rules are; None when there is no home to look in."""
    named = environment.get("REDPENCIL_RULES", "")
    if named:
        return Path(named)
    base = environment.get("XDG_CONFIG_HOME", "")
    try:
        home = Path(base) if Path(base).is_absolute() else Path.home() / ".config"
    except RuntimeError:
        return None
    return home / "redpencil" / "rules"


@functools.cache
def _added() -> tuple[tuple[Check, ...], tuple[str, ...]]:
    found: list[Check] = []
    wrong: list[str] = []
    own = checks.load()
    names = {check.name for check in own}
    families = {check.family for check in own}
    for source, made in (*_of_files(wrong), *_of_packages(wrong)):
        why = _unusable(made, names, families)
        if why:
            wrong.append(f"{source}: {why}; it is not used")
            continue
        names.add(made.name)
        families.add(made.family)
        found.append(made)
    return tuple(found), tuple(wrong)


def _unusable(made: Check, names: Iterable[str], families: Iterable[str]) -> str:
    """Why a check cannot stand beside the others; '' when it can."""
    if not _NAME.fullmatch(made.name) or not _NAME.fullmatch(made.family):
        return f"{made.name!r} of {made.family!r} is no name in small letters with hyphens"
    if made.name in names or made.name in families or made.family in names:
        return f"there is a check or family {made.name!r} or {made.family!r} already"
    if made.family in checks.FAMILIES:
        return f"the family {made.family!r} is Redpencil's own"
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(made.trigger, options)
    except re2.error as wrong:
        why = wrong.args[0] if wrong.args else wrong
        said = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
        return f"RE2 refuses the trigger of {made.name}: {said}"
    return ""


# Rules


def _of_files(wrong: list[str]) -> Iterator[tuple[str, Check]]:
    place = folder()
    if place is None:
        return
    try:
        files = [place] if place.is_file() else sorted(place.glob("*.toml"))
    except OSError as no:
        wrong.append(f"{place}: cannot be read: {no.strerror or no}")
        return
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as no:
            wrong.append(f"{file}: cannot be read: {no.strerror or no}")
            continue
        except UnicodeDecodeError:
            wrong.append(f"{file}: is no UTF-8")
            continue
        from bot.custom import rules

        made, refused = rules.read(text, str(file))
        wrong += refused
        yield from ((str(file), each) for each in made)


# Packages


def _of_packages(wrong: list[str]) -> Iterator[tuple[str, Check]]:
    if not _any_package():
        return
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        source = f"{_distribution(entry)[0]} ({GROUP}: {entry.name})"
        try:
            made = list(_checks_of(entry.load()))
        except (Exception, SystemExit) as broken:  # noqa: BLE001 - another's package breaks as it likes
            said = f"{type(broken).__name__}: {broken}"
            wrong.append(f"{source}: cannot be loaded: {said}; it is not used")
            continue
        for each in made:
            if isinstance(each, Check):
                yield source, guarded(_versioned(each, entry))
            else:
                wrong.append(f"{source}: gives a {type(each).__name__}, and no check")


def _checks_of(given: Any) -> Iterable[Any]:
    if isinstance(given, Check):
        return [given]
    found: Iterable[Any] = given()
    return found


def _versioned(made: Check, entry: EntryPoint) -> Check:
    """The check with a version that changes with that of its package, too."""
    said = f"{made.version} {' '.join(_distribution(entry))}"
    number = int.from_bytes(hashlib.sha256(said.encode()).digest()[:4])
    return dataclasses.replace(made, version=number)


def guarded(check: Check) -> Check:
    """The check, broken (ValueError) by a finding of its own that nobody could show, keep or mend:
    in the name of another check, outside of the page, or with an edit of what does not stand there.

    Redpencil's own checks are held to this by tests.
    """
    return dataclasses.replace(check, run=functools.partial(_sound, check.run))


def _sound(run: Callable[[Context], Iterator[Finding]], context: Context) -> Iterator[Finding]:
    check, text = context.check, context.text
    for finding in run(context):
        if (finding.check, finding.family) != (check.name, check.family):
            raise ValueError(f"it speaks for {finding.check!r} of {finding.family!r}")
        for span in (finding.span, *finding.related):
            if not 0 <= span.start <= span.end <= len(text):
                raise ValueError(f"{span} is no place of a page of {len(text):,} characters")
        for edit in (edit for fix in finding.fixes for edit in fix.edits):
            if not text.startswith(edit.old, edit.start) or edit.start < 0:
                raise ValueError(f"{edit.old!r} does not stand at {edit.start:,}")
        f"{finding.message}{finding.evidence}".encode()  # a lone surrogate cannot be written
        yield finding


def _distribution(entry: EntryPoint) -> tuple[str, str]:
    """The name and version of the package an entry point comes from."""
    if entry.dist is None:
        return "a package", ""
    return entry.dist.name, entry.dist.version


def _any_package() -> bool:
    """Whether any package may have entry points of ours: a quick look, before a library is loaded
    that takes longer than checking a small page."""
    group = GROUP.encode()
    for place in sys.path:
        try:
            for info in Path(place or ".").glob("*.*-info"):
                names = info / "entry_points.txt"
                if names.is_file() and group in names.read_bytes():
                    return True
        except OSError:
            continue
    return False
