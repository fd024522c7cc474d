"""What a person chose in a report is read as it was meant, or refused with the reason."""

from __future__ import annotations

import copy
import json
from datetime import date

import pytest

from bot.checker import check_page, choose_checks
from bot.errors import UsageError
from bot.fixes import first_fixes
from bot.model import Page
from bot.report import json as report_json
from bot.saving.delivery import chosen

TEXT = (
    "Quiet.<ref>{{cite web |url=https://a.example/b |title=B |archive-url="
    "https://web.archive.org/web/20160301000000/https://a.example/b |archive-date=2 May 2017"
    "}}</ref>"
)
TODAY = date(2026, 11, 23)
REPORT = check_page(
    Page("P", TEXT, "https://wiki.example/wiki/P", 7),
    today=TODAY,
    only=choose_checks(["archive-date-mismatch"]),
)
WRITTEN = {"version": 1, "today": "2026-11-23", "pages": [json.loads(report_json.page(REPORT))]}


def written(**changes: object) -> dict:
    report = copy.deepcopy(WRITTEN)
    report["pages"][0]["findings"][0].update(changes)
    return report


def test_a_finding_comes_back_as_it_was_with_the_fix_of_that_number() -> None:
    (parcel,) = chosen(written(chosen=0), "report.json")
    assert parcel.picks == (first_fixes(REPORT.findings)[0],)
    assert (parcel.page.title, parcel.page.revision) == ("P", 7)
    assert parcel.page.source == REPORT.page.source


@pytest.mark.parametrize("choice", [99, -1, "0", True, 1.5, [0]])
def test_a_choice_that_is_none(choice: object) -> None:
    with pytest.raises(UsageError, match=r"report\.json: P: "):
        list(chosen(written(chosen=choice), "report.json"))


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (written(), "nothing is chosen"),
        (written(chosen=None), "nothing is chosen"),
        ({}, "is no report"),
        ({"version": 2, "pages": []}, "version 2"),
        ({"version": 1, "pages": [{}]}, "is no report"),
        ({"version": 1, "pages": "none"}, "is no report"),
        (written(chosen=0, severity="fatal"), "is no report"),
        (written(chosen=0, related=[{"start": 1}]), "is no report"),
    ],
)
def test_a_report_that_is_none(report: dict, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        list(chosen(report, "report.json"))


def test_files_are_not_saved_to_a_wiki() -> None:
    report = written(chosen=0)
    report["pages"][0]["source"] = "P.wiki"
    with pytest.raises(UsageError, match="no page of a wiki"):
        list(chosen(report, "report.json"))
