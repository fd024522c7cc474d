"""Regular expressions that are compiled when they are first used, by `re` or in linear time by RE2.

A command that checks one small file needs few of the patterns there are, and compiling them all
took longer than checking it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Protocol, cast


class _Uncompiled:
    """Stands for a pattern until one of its methods is asked for; then has that method itself."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._written = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        # What is found here once is an attribute from then on, and found without this detour.
        value = getattr(re.compile(*self._written), name)
        setattr(self, name, value)
        return value


@functools.cache
def anywhere(written: str) -> Callable[[str], bool]:
    """Whether a linear-time (RE2) pattern matches anywhere in a text, without saying where."""
    import re2

    alone = re2.Set.SearchSet()
    alone.Add(written)
    alone.Compile()
    match = alone.Match

    def matches(text: str) -> bool:
        return bool(match(text))

    return matches


class Starts(Protocol):
    """What looks for the matches of a pattern."""

    def __call__(self, text: str, encoded: bytes | None = None) -> list[int]:
        """Where they start in the text; who has that in UTF-8 as well gives it along."""
        ...


@functools.cache
def starts(written: str) -> Starts:
    """Where a linear-time (RE2) pattern matches in a text: the starts, apart, left to right."""
    import re2

    found = re2.compile(written).finditer

    def places(text: str, encoded: bytes | None = None) -> list[int]:
        # RE2 reads bytes; given a str, its wrapper takes longer to count characters than to match.
        if encoded is None:
            encoded = text.encode()
        at = [match.start() for match in found(encoded)]
        if len(encoded) == len(text):
            return at
        counted, characters, last = [], 0, 0
        for place in at:
            characters += len(encoded[last:place].decode())
            counted.append(characters)
            last = place
        return counted

    return places


def pattern(written: str, flags: int = 0) -> re.Pattern[str]:
    """The compiled pattern, to all appearances; raises re.error at its first use when malformed."""
    return cast("re.Pattern[str]", _Uncompiled(written, int(flags)))
