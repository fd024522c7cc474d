"""Every word that the review says of itself, all in one file a language: `texts/en.toml`.

The session, the terminal and the page in the browser all say what they say by a key of that file:

    texts = best(["de-AT", "fr"])        the catalogue in the first language there is, or English
    texts("together.seen", seen=3, count=9)
    texts.said(say("reply.approved", title="Tell it as the plan it was"))

`say` is for those who do not know the language: a `Phrase` carries the key and what is filled in.
A file is called as HTTP calls its language (`de`, `pt-BR`); others lie beside the English one. What
a translation leaves out is English.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ENGLISH = "en"
FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something to be said in whatever language: the key of a text, and what is filled in."""

    key: str
    values: Mapping[str, object]


#: What can be said: by its key, as it stands (the words of a page, of a check), or several.
Sayable = Phrase | str | tuple["Sayable", ...]


def say(key: str, /, **values: object) -> Phrase:
    """What is to be said; a value may be `Sayable` itself."""
    return Phrase(key, values)


class Catalogue:
    """The texts of a language, by their keys: `texts("list.title", pages=3)`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)

    def __call__(self, key: str, /, **values: object) -> str:
        """A text with its values filled in. KeyError for no such key.

        When the value `count` is 1, the text "KEY.one" is meant, if there is one.
        """
        if values.get("count") == 1 and f"{key}.one" in self.texts:
            key = f"{key}.one"
        return self.texts[key].format_map({n: self._filled(v) for n, v in values.items()})

    def said(self, what: Sayable) -> str:
        """What is to be said, as text."""
        if isinstance(what, Phrase):
            return self(what.key, **what.values)
        if isinstance(what, tuple):
            return self.texts["join"].join(self.said(each) for each in what)
        return what

    def number(self, number: int) -> str:
        """A number with what separates its thousands."""
        return f"{number:,}".replace(",", self.texts["thousands"])

    def part(self, name: str) -> dict[str, str]:
        """The texts of a table, by the rest of their keys: those the script says."""
        start = f"{name}."
        return {
            key.removeprefix(start): text
            for key, text in self.texts.items()
            if key.startswith(start)
        }

    def _filled(self, value: object) -> object:
        if isinstance(value, Phrase | tuple):
            return self.said(value)
        return self.number(value) if isinstance(value, int) else value


def best(wanted: Iterable[str], folder: Path | None = None) -> Catalogue:
    """The texts in the first of these languages that there is, or in English.

    Languages are named as in HTTP ("de-AT") or as in a locale ("de_AT.UTF-8").
    """
    folder = folder or FOLDER
    there = {language.casefold(): language for language in languages(folder)}
    for name in wanted:
        language = name.partition(".")[0].partition("@")[0].replace("_", "-").casefold()
        for found in (language, language.partition("-")[0]):
            if found in there:
                return catalogue(there[found], folder)
    return catalogue(ENGLISH, folder)


def of_locale(environment: Mapping[str, str], folder: Path | None = None) -> Catalogue:
    """The texts in the language of a terminal, by the variables that gettext looks at.

    https://www.gnu.org/software/gettext/manual/html_node/Locale-Environment-Variables.html
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, (environment.get(name) for name in names)), "")
    if locale.partition(".")[0] in ("", "C", "POSIX"):
        return best([], folder)
    return best([*environment.get("LANGUAGE", "").split(":"), locale], folder)


def languages(folder: Path = FOLDER) -> list[str]:
    """The languages there are."""
    return sorted(file.stem for file in folder.glob("*.toml"))


@functools.cache
def catalogue(language: str = ENGLISH, folder: Path = FOLDER) -> Catalogue:
    """The texts of a language; what it lacks is English."""
    english, own = _read(folder / f"{ENGLISH}.toml"), _read(folder / f"{language}.toml")
    # Whoever translated a text without a form of its own for one thing has none.
    lacking = {key: text for key, text in english.items() if key.removesuffix(".one") not in own}
    return Catalogue(lacking | own)


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
