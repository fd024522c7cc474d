"""Case files of the checks: Markdown that is documentation and test at once.

    # check-name
    ## Title of a case
    today: 2026-11-23            (optional lines: today, language, redirect: A -> B, item: A -> Q1)
    ```wikitext
    text of a page
    ```
    ```fixed                     the text after the first fix of every finding of this check
    ```clean                     (empty) no finding of this check
    ```finds                     a line a finding: `text at its place => part of its message`
    ```reports                   the same, and no fix is proposed

An error in a case file names the file and the heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent / "checks"
_BLOCK = re.compile(
    r"^```(wikitext|fixed|clean|finds|reports)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_OPTION = re.compile(r"^(today|language|redirect|item): *(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One case: a page's text and what a check must say of it."""

    check: str
    title: str
    text: str
    kind: str
    expected: str
    today: date = date(2026, 11, 23)
    language: str = "en"
    redirects: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.check}: {self.title}"


def read_cases(file: Path) -> list[Case]:
    """The cases of a file; raises ValueError naming the file and the heading of a bad one."""
    content = file.read_text(encoding="utf-8")
    head, *parts = re.split(r"^## ", content, flags=re.MULTILINE)
    check = file.stem
    if not head.startswith(f"# {check}\n"):
        raise ValueError(f"{file.name}: the first line must be '# {check}'")
    cases = []
    for part in parts:
        title = part.partition("\n")[0].strip()
        blocks = _BLOCK.findall(part)
        if len(blocks) != 2 or blocks[0][0] != "wikitext" or blocks[1][0] == "wikitext":
            raise ValueError(f"{file.name}, {title!r}: one wikitext block and one result, please")
        options = _OPTION.findall(part[: part.index("```")])
        pairs = {
            key: dict(
                (side.strip() for side in value.split("->", 1))
                for name, value in options
                if name == key
            )
            for key in ("redirect", "item")
        }
        single = dict(options)
        cases.append(
            Case(
                check,
                title,
                blocks[0][1].removesuffix("\n"),
                blocks[1][0],
                blocks[1][1].removesuffix("\n"),
                date.fromisoformat(single.get("today", "2026-11-23")),
                single.get("language", "en"),
                pairs["redirect"],
                pairs["item"],
            )
        )
    return cases


def every_case() -> list[Case]:
    """The cases of every case file."""
    return [case for file in sorted(FOLDER.rglob("*.md")) for case in read_cases(file)]
