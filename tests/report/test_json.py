"""The JSON report keeps its promise."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.report
from bot import fixes
from bot.model import Edit
from bot.report import Places
from bot.report import json as report_json
from tests.planted import HOSTILE, TODAY, made_up, report

SCHEMA = json.loads(Path(bot.report.__file__).with_name("schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TEXT = "Lead wrongg.\n\n== History ==\nA wrongg and\nthe wronggg, lonelywrong.\n"


def written(*reports) -> dict:
    text = "".join(report_json.render(reports, TODAY))
    found = json.loads(text)
    VALIDATOR.validate(found)
    return found


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_keys_come_in_the_promised_order():
    found = written(report(TEXT))
    assert list(found) == ["version", "today", "pages"]
    (page,) = found["pages"]
    assert list(page) == ["page", "source", "revision", "findings", "skipped"]
    finding = page["findings"][0]
    assert " ".join(finding) == (
        "check family severity section start end line column text message evidence related fixes"
    )
    assert list(finding["fixes"][0]) == ["title", "safety", "cosmetic", "edits"]
    assert list(finding["fixes"][0]["edits"][0]) == ["start", "end", "old", "new"]


def test_values():
    found = written(report(TEXT))
    assert (found["version"], found["today"]) == (1, "2026-11-23")
    findings = found["pages"][0]["findings"]
    assert [(f["section"], f["line"], f["column"], f["text"]) for f in findings] == [
        ("", 1, 6, "wrongg"),
        ("History", 4, 3, "wrongg"),
        ("History", 5, 5, "wronggg"),
        ("History", 5, 14, "lonelywrong"),
    ]
    assert [f["severity"] for f in findings] == ["warning", "warning", "error", "warning"]
    assert [len(f["fixes"]) for f in findings] == [1, 1, 2, 0]
    assert findings[1]["evidence"] == "tory ==\nA "
    assert findings[1]["related"] == [{"start": 0, "end": 1}]


@given(
    st.text(alphabet="ab\n\r\té漢🚀\u2028 ", max_size=60), st.text(alphabet="x\n🚀", max_size=20)
)
def test_positions_are_those_of_the_text(before, between):
    text = f"{before}wrongg{between}wronggg"
    for finding in written(report(text))["pages"][0]["findings"]:
        start, end = finding["start"], finding["end"]
        assert text[start:end] == finding["text"]
        lines = text.split("\n")
        assert lines[finding["line"] - 1][finding["column"] - 1 :].startswith("wrongg")
        for fix in finding["fixes"]:
            for edit in fix["edits"]:
                assert text[edit["start"] : edit["end"]] == edit["old"]
        edits = [Edit(e["start"], e["old"], e["new"]) for e in finding["fixes"][0]["edits"]]
        assert "right" in fixes.apply(text, edits)


@given(st.text(alphabet="a\n\r🚀", max_size=30))
def test_places(text):
    places = Places(text)
    for place in (*range(len(text) + 1), *range(len(text), -1, -1)):
        before = text[:place].split("\n")
        assert places(place) == (len(before), len(before[-1]) + 1)


def test_skipped_checks_are_named():
    (skipped,) = written(report("BREAK"))["pages"][0]["skipped"]
    assert skipped["check"] == "planted"
    assert "ZeroDivisionError" in skipped["reason"]
    assert list(skipped) == ["check", "reason"]


def test_nothing_at_all_is_still_json():
    assert written() == {"version": 1, "today": "2026-11-23", "pages": []}


def test_pages_are_written_as_they_come():
    def reports():
        yield report("wrongg")
        raise KeyboardInterrupt

    pieces = report_json.render(reports(), TODAY)
    assert next(pieces).startswith("{")
    assert next(pieces).isspace()
    assert '"wrongg"' in next(pieces)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_comes_back_as_it_was(hostile):
    (page,) = written(made_up(hostile))["pages"]
    assert page["source"] == hostile
    assert page["findings"][0]["evidence"] == hostile
    assert page["findings"][0]["fixes"][0]["edits"][0]["new"] == hostile + "x"
