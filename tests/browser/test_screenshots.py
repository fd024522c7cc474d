"""The pictures of the README: there, described, and made by a script that still works."""

from __future__ import annotations

import importlib.util
import re
import struct
from pathlib import Path
from types import ModuleType

from playwright.sync_api import Browser

from tests.test_top_level import ROOT


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "scripts/screenshots.py")
    assert spec is not None
    assert spec.loader is not None
    screenshots = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(screenshots)
    return screenshots


def size(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG (its first chunk, IHDR)."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_the_readme_shows_what_the_script_makes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"!\[([^\]]*)\]\(\.screenshots/([^)]+)\)", readme))
    assert len(shown) == readme.count(".screenshots/"), "two pictures with one description"
    assert all(len(described) > 40 for described in shown)
    assert set(shown.values()) == set(script().PICTURES)
    assert {file.name for file in (ROOT / ".screenshots").iterdir()} == set(shown.values())


def test_the_script_makes_them(browser: Browser, tmp_path: Path) -> None:
    screenshots = script()
    screenshots.draw(browser, tmp_path)
    for name in screenshots.PICTURES:
        assert size(tmp_path / name) == size(ROOT / ".screenshots" / name)
