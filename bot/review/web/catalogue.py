"""The words of the page, all in one file a language: `texts/en.toml`; others lie beside it.

A file is called as HTTP calls its language (`de`, `pt-BR`), and a browser is answered in the one it
likes best of those there are. A text may have names in braces, which are filled in. What a
translation leaves out is English.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

ENGLISH = "en"
_FOLDER = Path(__file__).parent / "texts"


class Catalogue:
    """The texts of a language, by their keys: `text("list.title", pages=3)`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)

    def __call__(self, key: str, **values: object) -> str:
        """A text with its values filled in; numbers with separators. KeyError for no such key."""
        filled = {
            name: f"{value:,}" if isinstance(value, int) else value
            for name, value in values.items()
        }
        if values.get("count") == 1 and f"{key}.one" in self.texts:
            key = f"{key}.one"
        return self.texts[key].format_map(filled)

    def part(self, name: str) -> dict[str, str]:
        """The texts of a table, by the rest of their keys: those the script says."""
        start = f"{name}."
        return {
            key.removeprefix(start): text
            for key, text in self.texts.items()
            if key.startswith(start)
        }


@functools.cache
def languages(folder: Path = _FOLDER) -> tuple[str, ...]:
    """The languages there are, English first."""
    return tuple(sorted((file.stem for file in folder.glob("*.toml")), key=lambda n: n != ENGLISH))


@functools.cache
def catalogue(language: str = ENGLISH, folder: Path = _FOLDER) -> Catalogue:
    """The texts of a language; what it lacks is English."""
    texts = _read(folder / f"{ENGLISH}.toml")
    if language != ENGLISH:
        texts |= _read(folder / f"{language}.toml")
    return Catalogue(texts)


def _read(file: Path) -> dict[str, str]:
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, object], above: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{above}{key}.")
        else:
            found.append((f"{above}{key}", str(value)))
    return found
