"""The pictures of README.md: what somebody sees who checks and reviews the bundled sample.

The same sample, day, window and fonts each time, so that a picture only changes with the program.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from bot import checks, model
from bot.checker import check_page
from bot.report import html
from tests.browser.chromium import Visitor, start
from tests.browser.desk import Desk, shows

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / ".screenshots"
TODAY = date(2026, 11, 23)

WINDOW = {"width": 1280, "height": 800}


def sample(*names: str) -> model.Report:
    """What the checks of these names say of the sample, by default all."""
    text = (PROJECT / "bot" / "samples" / "Velmora.wiki").read_text(encoding="utf-8")
    page = model.Page("Velmora", text, "https://wiki.example/wiki/Velmora", 1)
    only = [check for check in checks.load() if not names or check.name in names]
    return check_page(page, today=TODAY, only=only)


def at_finding(somebody: Visitor, desk: Desk, check: str) -> Page:
    """The page of the review, at the first finding of that check."""
    tab = somebody.opens(desk.entry)
    number = next(each.id for each in desk.proposals() if each.finding.check == check)
    tab.goto(f"{desk.url}/proposals/{number}")
    shows(tab, number)
    return tab


def reviewed(browser: Browser, desk: Desk, file: Path) -> None:
    """Somebody has decided on two findings, and looks at the third."""
    somebody = Visitor(browser, viewport=WINDOW, device_scale_factor=1.25)
    tab = at_finding(somebody, desk, "duplicate-membership")
    for count, key in enumerate("ny", start=1):
        tab.locator(f"button[data-key={key}]").click()
        expect(tab.locator("#decisions .kept")).to_have_count(count)
    expect(tab.get_by_role("status")).to_contain_text("approved")
    tab.screenshot(path=file)


def on_a_phone(browser: Browser, desk: Desk, file: Path) -> None:
    """A finding on a small screen, in the dark; as large as it is there."""
    somebody = Visitor(browser, phone=True, color_scheme="dark")
    at_finding(somebody, desk, "stale-ranking").screenshot(path=file)


def reported(browser: Browser, _: Desk, file: Path) -> None:
    """The HTML report of two checks."""
    somebody = Visitor(browser, viewport=WINDOW, device_scale_factor=1.25)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        report = sample("stale-ongoing", "stale-ranking")
        page.write_text("".join(html.render([report], TODAY)), encoding="utf-8")
        somebody.opens(page.as_uri()).screenshot(path=file)


PICTURES: dict[str, Callable[[Browser, Desk, Path], None]] = {
    "review.png": reviewed,
    "review-on-a-phone.png": on_a_phone,
    "report.png": reported,
}


def draw(browser: Browser, folder: Path) -> None:
    """Make every picture in the folder."""
    for name, picture in PICTURES.items():
        with tempfile.TemporaryDirectory() as room:
            desk = Desk(Path(room), {})
            desk.proposes(sample())
            picture(browser, desk, folder / name)
            desk.close()


def main() -> None:
    """Make every picture of the README anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, start(Path(home)) as browser:
        draw(browser, FOLDER)
    for name in PICTURES:
        print(f"{name}: {(FOLDER / name).stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
