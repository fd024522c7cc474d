"""Imports point down, libraries stay in their rooms, and pure modules stay pure."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

BOT = Path(__file__).parent.parent / "bot"

#: The parts of `bot`, top to bottom. A part imports parts of lower rows, and itself.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"commands"},
    {"runs"},
    {"workflow", "doctor", "scan", "review"},
    {"report", "configuration"},
    {"mender", "saving"},
    {"checker", "facts", "queue"},
    {"custom"},
    {"checks"},
    {"wikitext", "sites", "web", "store", "fixes"},
    {"knowledge", "target"},
    {"model", "errors", "patterns", "lock"},
    {"__init__"},
)
ROW = {part: row for row, parts in enumerate(LAYERS) for part in parts}

#: Parts that do no I/O, see no clock and throw no dice: the same arguments, the same answer.
PURE = {
    "model",
    "errors",
    "fixes",
    "wikitext",
    "checks",
    "checker",
    "mender",
    "knowledge",
    "patterns",
    "queue.anchors",
    "runs.horizon",
    "saving.exclusion",
    "saving.outcomes",
    "saving.policy",
    "saving.rebase",
    "web.webpage",
}
IMPURE_MODULES = {
    "asyncio",
    "http",
    "random",
    "requests",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}

#: A fast start is a promise: these load when a function needs them.
HEAVY = {"babel", "flask", "pywikibot", "requests", "rich", "trafilatura"}


class Import(NamedTuple):
    module: str
    line: int
    in_function: bool


def imports(source: str, package: str) -> Iterator[Import]:
    """Every module a source imports, as full names; `from a import b` counts as both a and a.b."""

    def visit(node: ast.AST, in_function: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(child, ast.Import):
                for name in child.names:
                    yield Import(name.name, child.lineno, inside)
            elif isinstance(child, ast.ImportFrom):
                above = package.split(".")[: package.count(".") + 2 - child.level]
                origin = ".".join([*(above if child.level else []), *filter(None, [child.module])])
                yield Import(origin, child.lineno, inside)
                for name in child.names:
                    yield Import(f"{origin}.{name.name}", child.lineno, inside)
            yield from visit(child, inside)

    return visit(ast.parse(source), in_function=False)


def clock_readings(source: str) -> list[int]:
    """The lines that ask for the present day or time."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "today", "utcnow"}
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and ast.unparse(node.func.value).rpartition(".")[2] in {"date", "datetime"}
    ]


def part_of(module: str) -> str:
    """The part of `bot` a full module name belongs to: bot.checks.stale.x is in checks.

    A name that is no module (`from bot import __version__`) belongs to bot/__init__.py.
    """
    name = module.split(".")[1] if "." in module else "__init__"
    return name if (BOT / name).is_dir() or (BOT / f"{name}.py").is_file() else "__init__"


def part_of_file(file: Path) -> str:
    return file.stem if file.parent == BOT else file.relative_to(BOT).parts[0]


def within(module: str, library: str) -> bool:
    return module == library or module.startswith(f"{library}.")


def sources() -> list[Path]:
    return sorted(BOT.rglob("*.py"))


def full_name(file: Path) -> str:
    names = file.relative_to(BOT.parent).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def package_of(file: Path) -> str:
    return ".".join(file.relative_to(BOT.parent).parent.parts)


def imports_of(file: Path) -> Iterator[Import]:
    return imports(file.read_text(encoding="utf-8"), package_of(file))


def test_every_part_has_a_layer():
    parts = {part_of_file(file) for file in sources()}
    assert parts <= ROW.keys(), "say in LAYERS who may import the new part"


def test_imports_point_down():
    wrong = []
    for file in sources():
        importer = part_of_file(file)
        for module, line, _ in imports_of(file):
            imported = part_of(module) if within(module, "bot") else importer
            # `from bot import checks` counts as bot and bot.checks; everything may import bot.
            if imported not in {importer, "__init__"} and ROW[imported] <= ROW[importer]:
                wrong.append(f"{file.relative_to(BOT.parent)}:{line} imports {module}")
    assert wrong == []


def test_one_room_opens_templates():
    """mwparserfromhell has no positions and can be quadratic: bot/wikitext knows how to ask it."""
    wrong = [
        f"{file.relative_to(BOT.parent)}:{line}"
        for file in sources()
        for module, line, _ in imports_of(file)
        if within(module, "mwparserfromhell") and file.parent != BOT / "wikitext"
    ]
    assert wrong == []


def test_one_module_speaks_to_mediawiki():
    """pywikibot runs a user-config.py and writes files when imported: in functions only."""
    wrong = [
        f"{file.relative_to(BOT.parent)}:{line}"
        for file in sources()
        for module, line, in_function in imports_of(file)
        if within(module, "pywikibot")
        and not (in_function and file.parent == BOT / "sites" and file.stem.startswith("mediawiki"))
    ]
    assert wrong == []


def test_pure_parts_stay_pure():
    wrong = []
    for file in sources():
        if not PURE & {part_of_file(file), full_name(file).removeprefix("bot.")}:
            continue
        place = file.relative_to(BOT.parent)
        for module, line, _ in imports_of(file):
            if any(within(module, impure) for impure in IMPURE_MODULES):
                wrong.append(f"{place}:{line} imports {module}")
        clock_lines = clock_readings(file.read_text(encoding="utf-8"))
        wrong += [f"{place}:{line} reads the clock" for line in clock_lines]
    assert wrong == []


def test_importing_does_nothing_and_loads_nothing_heavy(home: Path):
    start = [BOT / "__init__.py", BOT / "cli.py", BOT / "checker.py"]
    checks = (BOT / "checks").rglob("*.py")
    modules = [full_name(file) for file in [*start, *checks] if file.is_file()]
    program = (
        "import importlib, sys\n"
        "for module in sys.argv[2:]: importlib.import_module(module)\n"
        "print(*sorted(set(sys.argv[1].split()) & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, " ".join(HEAVY), *modules]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "\n", "")
    assert list(home.iterdir()) == []


# The tests above pass on an empty folder; these hold the readers they rely on.


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b", [("a.b", 1, False)]),
        ("import a as b, c", [("a", 1, False), ("c", 1, False)]),
        ("from a import b", [("a", 1, False), ("a.b", 1, False)]),
        ("def f():\n    import a", [("a", 2, True)]),
        (
            "class C:\n    import a\n    async def f(self):\n        import b",
            [
                ("a", 2, False),
                ("b", 4, True),
            ],
        ),
        ("if True:\n    import a", [("a", 2, False)]),
        ("from . import a", [("bot.checks", 1, False), ("bot.checks.a", 1, False)]),
        ("from .a import b", [("bot.checks.a", 1, False), ("bot.checks.a.b", 1, False)]),
        ("from .. import a", [("bot", 1, False), ("bot.a", 1, False)]),
        ("import_this = 'import a'", []),
    ],
)
def test_reading_imports(source, expected):
    assert list(imports(source, "bot.checks")) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("date.today()", [1]),
        ("x = 1\ndatetime.datetime.now(UTC)", [2]),
        ("datetime.utcnow()", [1]),
        ("context.today", []),
        ("today()", []),
        ("page.today()", []),
    ],
)
def test_reading_clock_readings(source, expected):
    assert clock_readings(source) == expected
