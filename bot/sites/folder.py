"""Pages from files, from folders of them, and from standard input.

A file's text is its bytes read as UTF-8 and nothing else: line ends and a byte order mark stay in
it, so that every position is one of the file and a diff applies to it. The page's title is the
file's name without its ending, with blanks for underscores and characters for %XX, as no file
system holds every title.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from bot.errors import RedpencilError, UnreadableText
from bot.model import Page
from bot.target import SUFFIXES, Kind, Target


class Folder:
    """The files of this machine as a `bot.sites.Site`. A file named twice is read once."""

    def __init__(self, standard_input: BinaryIO | None = None) -> None:
        self._standard_input = standard_input

    def pages(self, targets: Iterable[Target]) -> Iterator[tuple[Target, Page | RedpencilError]]:
        """The pages of files, folders (recursively, by path) and "-"."""
        seen: set[object] = set()
        for target in targets:
            if target.kind is Kind.STANDARD_INPUT:
                if "-" not in seen:
                    seen.add("-")
                    yield target, self._from_standard_input()
                continue
            path = target.path or Path(target.written)
            if target.kind is Kind.FOLDER:
                closed: list[OSError] = []
                files = files_in(path, closed)
                for wrong in closed:
                    place = shown(Path(os.fsdecode(wrong.filename)))
                    yield target, UnreadableText(f"{place}: cannot be read: {wrong.strerror}")
                if not files and not closed:
                    names = " or ".join(SUFFIXES)
                    yield target, UnreadableText(f"{shown(path)}: no {names} file is in the folder")
            else:
                files = [path]
            for file in files:
                key = (os.path.realpath(file), target.section)
                if key not in seen:
                    seen.add(key)
                    yield target, _read(file)

    def _from_standard_input(self) -> Page | RedpencilError:
        if self._standard_input is None:
            return UnreadableText("there is no standard input to read")
        try:
            text = decoded(self._standard_input.read(), "standard input")
        except UnreadableText as wrong:
            return wrong
        return Page("standard input", text, "-")


def files_in(folder: Path, closed: list[OSError]) -> list[Path]:
    """The .wiki and .txt files of a folder and its subfolders, by path; hidden ones left out.

    `closed` gets the error of each folder that could not be read.
    """
    found = []
    for root, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(root, name)
            for name in files
            if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        ]
    return sorted(found)


def title_of(file: Path) -> str:
    """The title of the page that a file holds: Foreign_relations.wiki is "Foreign relations"."""
    name = shown(Path(file.name))
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
            break
    return " ".join(unquote(name).replace("_", " ").split()) or name


def shown(path: Path) -> str:
    """A path as it can be printed, whatever bytes its name is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def decoded(content: bytes, name: str) -> str:
    """The text of a file. Raises UnreadableText, with the place, for what is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise UnreadableText(
            f"{name}: not UTF-8: byte 0x{content[wrong.start]:02x} at position {wrong.start}"
            f" (line {line}); save the file as UTF-8"
        ) from wrong


def _read(file: Path) -> Page | RedpencilError:
    name = shown(file)
    try:
        content = file.read_bytes()
    except OSError as wrong:
        return UnreadableText(f"{name}: cannot be read: {wrong.strerror or wrong}")
    try:
        return Page(title_of(file), decoded(content, name), name)
    except UnreadableText as wrong:
        return wrong
