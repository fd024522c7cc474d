"""The prefilter and the checks agree: what a scan says of a page is what a check says of it."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import checks
from bot.checker import check_page
from bot.model import Page, Profile, Settings
from bot.report import json as json_report
from bot.scan import looking
from bot.scan.looking import Found, Look, Task
from bot.scan.pages import RawPage
from bot.scan.pages import read as pages
from bot.scan.redirects import Titles
from tests.cases import Case, every_case
from tests.scan.dump_files import Written, xml

TODAY = date(2026, 11, 23)
EVERY = tuple(check.name for check in checks.load())
CASES = every_case()


def raw(text: str) -> RawPage:
    (page,) = pages(xml([Written("Page", text)]))
    assert isinstance(page, RawPage)
    return page


def told(found: Found | None) -> list[dict[str, Any]]:
    return [] if found is None else [json.loads(line) for line in found.lines.splitlines()]


def checked(text: str, names: tuple[str, ...], **options: Any) -> list[dict[str, Any]]:
    """What `check_page` says, as a scan writes it."""
    only = [check for check in checks.load() if check.name in names]
    report = check_page(Page("Page", text, "Page", 1001), only=only, **options)
    return [
        {"page": "Page", "revision": 1001, **finding}
        for finding in json.loads(json_report.page(report))["findings"]
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_finding_of_a_case_is_lost(case: Case) -> None:
    profile = Profile(language=case.language)
    titles = Titles(case.redirects, frozenset())
    for names in (EVERY, (case.check,)):
        look = Look(Task(names, case.today, profile, titles=titles))
        of_page = titles.facts(case.text)
        expected = checked(case.text, names, today=case.today, profile=profile, facts=of_page)
        assert told(look(raw(case.text))) == expected


_PIECES = st.sampled_from(
    [line for case in CASES for line in case.text.split("\n") if len(line) < 2_000]
)
_CHARACTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=30)
_TEXTS = st.lists(st.one_of(_PIECES, _PIECES, _CHARACTERS), max_size=25).map("\n".join)


@settings(max_examples=300)
@given(_TEXTS, st.sampled_from([EVERY, *((name,) for name in EVERY)]))
def test_no_finding_of_any_text_is_lost(text: str, names: tuple[str, ...]) -> None:
    look = Look(Task(names, TODAY))
    assert told(look(raw(text))) == checked(text, names, today=TODAY)


def test_most_pages_are_never_decoded() -> None:
    look = Look(Task(("stale-as-of",), TODAY))
    broken = raw("x")._replace(text=b"nothing of the kind \xff")
    assert look(broken) is None
    assert look(broken._replace(text=b"As of 2014 \xff")) is not None
    assert look(raw("As of 2014, it has 41 embassies.")._replace(redirect="Elsewhere")) is None


def test_what_cannot_be_checked_is_set_aside_with_its_reason() -> None:
    look = Look(Task(EVERY, TODAY))
    cases = {
        b"As of 2014 \xff\xfe": "its text is no UTF-8, from its byte 11 on",
        b"As of 2014 \0": "NUL",
    }
    for text, reason in cases.items():
        found = look(raw("x")._replace(text=text))
        assert found is not None
        (line,) = told(found)
        assert reason in line["set_aside"]
        assert (line["page"], found.is_aside, found.findings) == ("Page", True, 0)
        assert line["place"] > 0


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the collector, which Hypothesis times: what is raised then comes as a warning."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_a_page_that_takes_too_long_is_set_aside() -> None:
    look = Look(Task(EVERY, TODAY, seconds=0.02))
    text = "* [[OSCE]] and [[NATO]], since 2014 has been bidding.\n" * 20_000
    started = time.process_time()
    found = look(raw(text))
    assert found is not None
    assert "longer than 0.02 s" in told(found)[0]["set_aside"]
    assert told(look(raw("As of 2014, it has 41 embassies."))) != []
    # It ends at the budget, not when the page is done (several seconds).
    assert time.process_time() - started < 2


def test_settings_of_the_task_reach_the_checks() -> None:
    text = "As of 2018, it has 41 embassies."
    young = Task(EVERY, TODAY, settings=Settings(as_of_years=50))
    assert told(Look(young)(raw(text))) == []
    assert told(Look(Task(EVERY, TODAY))(raw(text))) != []


def test_what_the_bytes_say_is_what_the_text_says() -> None:
    """The one pattern of all triggers matches exactly where one of them does."""
    import re2

    narrow = tuple(check for check in checks.load() if check.trigger)
    worth = looking._any_trigger(narrow)
    alone = [re2.compile(check.trigger) for check in narrow]
    texts = [line for case in CASES for line in case.text.split("\n")]
    assert [worth(text.encode()) for text in texts] == [
        any(pattern.search(text) for pattern in alone) for text in texts
    ]
    assert {worth(text.encode()) for text in texts} == {True, False}
