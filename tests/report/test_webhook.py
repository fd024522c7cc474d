"""A webhook gets one POST; what goes wrong with it is told without its address."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from bot.errors import RedpencilError, SiteUnavailable, UsageError, WebError
from bot.report import webhook
from tests.report.hook import SECRET, Hook
from tests.report.standing import Hands, three_days


@pytest.fixture
def of(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands.summary()
    hands.store.close()


def test_the_summary_is_sent_once_as_json(hook: Hook, of):
    webhook.send(hook.url, of, token=SECRET)
    ((path, headers, body),) = hook.requests
    assert path == f"/hooks/{SECRET}?key={SECRET}"
    assert headers["Content-Type"].startswith("application/json")
    assert headers["Authorization"] == f"Bearer {SECRET}"
    told = json.loads(body)
    assert told["version"] == 1
    assert told["states"]["pending"] == 6
    assert told["text"].splitlines()[0].startswith("6 proposals on 2 pages wait")
    assert "the page is protected" in told["text"]
    assert [check["check"] for check in told["checks"]] == ["misspelt", "shouting"]


def test_without_a_token_nothing_is_sent_as_one(hook: Hook, of, home: Path):
    (home / ".netrc").write_text("machine 127.0.0.1 login me password hush\n")
    (home / ".netrc").chmod(0o600)
    webhook.send(hook.url, of)
    assert "Authorization" not in hook.requests[0][1]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_no_is_an_error(hook: Hook, of, status):
    hook.status = status
    with pytest.raises(WebError, match=str(status)) as raised:
        webhook.send(hook.url, of, token=SECRET)
    quiet(raised.value)


def test_a_redirect_is_not_followed(hook: Hook, of):
    hook.status, hook.headers = 307, {"Location": "/elsewhere"}
    with pytest.raises(WebError, match="307"):
        webhook.send(hook.url, of, token=SECRET)
    assert len(hook.requests) == 1


def test_one_that_does_not_answer_is_given_up(hook: Hook, of):
    hook.hold.clear()
    with pytest.raises(SiteUnavailable, match=r"within 0\.2 s") as raised:
        webhook.send(hook.url, of, token=SECRET, timeout=0.2)
    quiet(raised.value)


def test_one_that_is_not_there_is_told_without_its_address(hook: Hook, of):
    hook.close()
    with pytest.raises(SiteUnavailable, match="cannot be reached") as raised:
        webhook.send(hook.url, of, token=SECRET)
    quiet(raised.value)


def test_no_log_has_the_address(hook: Hook, of, caplog):
    caplog.set_level(logging.DEBUG)
    webhook.send(hook.url, of, token=SECRET)
    hook.status = 500
    with pytest.raises(WebError):
        webhook.send(hook.url, of, token=SECRET)
    assert SECRET not in caplog.text
    logging.getLogger("urllib3.connectionpool").debug("as before")
    assert "as before" in caplog.text


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/x", f"https:///{SECRET}", f"{SECRET}", "file:///etc/passwd"]
)
def test_an_address_that_is_none_is_a_wrong_use(of, url):
    with pytest.raises(UsageError) as raised:
        webhook.send(url, of)
    quiet(raised.value)


@pytest.mark.parametrize("token", ["a b", "a\nX-Evil: 1", "é"])
def test_a_token_that_is_none_is_a_wrong_use(hook: Hook, of, token):
    with pytest.raises(UsageError):
        webhook.send(hook.url, of, token=token)
    assert hook.requests == []


def quiet(wrong: RedpencilError) -> None:
    """Neither the message nor anything that a traceback would show holds the secret."""
    shown: BaseException | None = wrong
    while shown is not None:
        assert SECRET not in str(shown)
        assert SECRET not in repr(shown)
        shown = shown.__cause__ if shown.__suppress_context__ else shown.__context__


def test_an_empty_queue_is_told(tmp_path: Path, hook: Hook):
    webhook.send(hook.url, Hands(tmp_path / "empty").summary())
    assert json.loads(hook.requests[0][2])["oldest_waiting"] is None
