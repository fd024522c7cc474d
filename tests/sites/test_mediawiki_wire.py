"""Fields as the API wants them, and answers as what they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bot.errors import EditRefused, WikiError, WikiUnavailable
from bot.sites import mediawiki_errors as errors
from bot.sites import mediawiki_wire as wire
from bot.sites.mediawiki_session import Answer, NoAnswer


def answer(told: Any, status: int = 200, retry_after: str = "") -> Answer:
    return Answer(status, json.dumps(told).encode(), retry_after)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, {"a": "1"}),
        (False, {}),
        (None, {}),
        ("", {"a": ""}),
        (5, {"a": "5"}),
        (["Rome", 7], {"a": "Rome|7"}),
        (["A|B", "C"], {"a": "\x1fA|B\x1fC"}),
    ],
)
def test_fields(value: object, written: dict[str, str]) -> None:
    assert wire.encoded({"a": value}) == written


def test_an_answer_is_what_was_asked_for() -> None:
    assert wire.read(answer({"query": {"pages": []}}), "query", "w") == {"query": {"pages": []}}


@pytest.mark.parametrize(
    ("what", "action", "code"),
    [
        (answer({"errors": [{"code": "protectedpage", "text": "No."}]}), "edit", "protectedpage"),
        (answer({"errors": [{"code": "maxlag"}]}), "query", "maxlag"),
        (answer({"edit": {"result": "Failure", "captcha": {}}}), "edit", "captcha"),
        (answer([]), "query", errors.NOT_JSON),
        (Answer(200, b"<html>"), "edit", errors.ANSWER_LOST),
        (Answer(503, b"down"), "query", errors.HTTP_ERROR),
        (Answer(503, b"down"), "edit", errors.ANSWER_LOST),
        (Answer(429, b"slower"), "edit", errors.RATE_LIMIT),
        (Answer(404, b"nothing"), "query", "http-404"),
        (
            answer({"errors": [{"code": "internal_api_error_DBQueryError"}]}),
            "edit",
            errors.ANSWER_LOST,
        ),
    ],
)
def test_errors(what: Answer, action: str, code: str) -> None:
    with pytest.raises(WikiError) as raised:
        wire.read(what, action, "wiki.example")
    assert raised.value.code == code
    assert "wiki.example" in str(raised.value)


def test_what_a_filter_says_is_told() -> None:
    refused = {"errors": [{"code": "abusefilter-disallowed", "text": "Not so."}]}
    with pytest.raises(EditRefused, match="Not so"):
        wire.read(answer(refused), "edit", "w")


def test_how_long_to_wait() -> None:
    def asked(retry_after: str) -> float | None:
        with pytest.raises(WikiUnavailable) as raised:
            wire.read(Answer(503, b"", retry_after), "query", "w")
        return raised.value.retry_after

    assert asked("7") == 7.0
    assert asked("soon") is None
    assert asked(format_datetime(datetime.now(UTC) - timedelta(hours=1))) == 0.0
    later = asked(format_datetime(datetime.now(UTC) + timedelta(hours=1)))
    assert later is not None
    assert 3000 < later <= 3600


@pytest.mark.parametrize(
    ("sent", "action", "code"),
    [
        (True, "query", errors.NO_ANSWER),
        (True, "edit", errors.ANSWER_LOST),
        (False, "edit", errors.REFUSED_CONNECTION),
    ],
)
def test_no_answer(sent: bool, action: str, code: str) -> None:
    assert wire.unanswered(NoAnswer("cut off", sent=sent), action, "w").code == code
