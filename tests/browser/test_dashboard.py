"""The dashboard, looked at: on a phone, in the dark, by everybody, without a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.report import dashboard
from bot.report.summary import Summary
from tests.browser.chromium import Visitor, barriers, overflow
from tests.browser.payloads import PAYLOADS
from tests.report.standing import Hands, three_days

Enters = Callable[..., Visitor]

LOOKS = {
    "desktop": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"phone": True},
    "phone in the dark": {"phone": True, "color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}


@pytest.fixture
def of(tmp_path: Path) -> Iterator[Summary]:
    hands = three_days(tmp_path)
    yield hands.summary()
    hands.store.close()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Summary], str]:
    """Writes a dashboard to a file and gives the address to open it at."""

    def write(of: Summary) -> str:
        file = tmp_path / "dashboard.html"
        file.write_text("".join(dashboard.render(of)), encoding="utf-8")
        return file.as_uri()

    return write


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_read_it(visitor: Enters, written, of, look):
    tab = visitor(**LOOKS[look]).opens(written(of))
    tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert barriers(tab) == []
    assert overflow(tab) == []


def test_an_empty_one_can_be_read(visitor: Enters, written, tmp_path: Path):
    hands = Hands(tmp_path / "empty")
    tab = visitor(phone=True).opens(written(hands.summary()))
    hands.store.close()
    assert barriers(tab) == []
    assert overflow(tab) == []


def test_long_words_and_many_digits_do_not_widen_it(visitor: Enters, written, of):
    word = "x" * 300
    many = dict.fromkeys(of.states, 10**7)
    long = dataclasses.replace(
        of,
        waiting=tuple(w._replace(page=word, message=word) for w in of.waiting),
        checks=tuple(c._replace(name=word, states=many) for c in of.checks),
        troubles=tuple(t._replace(page=word, why=word) for t in of.troubles),
        states=many,
    )
    assert overflow(visitor(phone=True).opens(written(long))) == []


def test_no_payload_runs(visitor: Enters, written, of):
    waiting = tuple(
        of.waiting[0]._replace(page=payload, message=payload, check=payload, source=payload)
        for payload in PAYLOADS
    )
    troubles = tuple(of.troubles[0]._replace(page=p, why=p) for p in PAYLOADS)
    checks = tuple(of.checks[0]._replace(name=payload) for payload in PAYLOADS)
    tab = visitor().opens(
        written(dataclasses.replace(of, waiting=waiting, troubles=troubles, checks=checks))
    )
    assert tab.locator("h1").count() == 1
    assert tab.locator("main a").count() == 0


def test_the_charts_are_as_wide_as_the_room_and_their_words_are_not_squeezed(
    visitor: Enters, written, of
):
    tab = visitor(phone=True).opens(written(of))
    for chart in tab.locator(".chart").all():
        svg, whole = chart.locator("svg").bounding_box(), chart.bounding_box()
        assert svg is not None
        assert whole is not None
        assert svg["width"] > 0.75 * whole["width"]
    size = tab.locator(".axis").first.evaluate("each => getComputedStyle(each).fontSize")
    assert float(size.removesuffix("px")) >= 12
