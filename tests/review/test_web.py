"""The page in the browser, asked by HTTP: who is let in, what is answered, what is kept.

What a person sees and presses is tested in a real browser, in tests/browser.
"""

from __future__ import annotations

import html
import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from bot import configuration
from bot.cli import main
from bot.errors import UsageError, WikiUnavailable
from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span
from bot.queue import Queue
from bot.queue.proposals import Decision, Proposed, Selection, State
from bot.review import View
from bot.review.preview import Rendered
from bot.review.web import Delivery, Desk, Guard, application
from bot.review.web.server import Server
from bot.saving.approved import settle, written
from bot.saving.delivery import Delivered
from bot.saving.outcomes import Conflict, Saved
from bot.store import Store
from tests.proposals import OPTIONS, report
from tests.test_top_level import ROOT

TEXT = """Lead.

== History ==
It was teh first. A wierd one in teh row! And [[so on]].
* Done asap.
* Later tbd.
"""
# The findings: 1 teh, 2 wierd, 3 teh, 4 !, 5 asap, 6 tbd.
HERE = "http://localhost"
PASSWORD = "correct horse battery"


class Reviewer:
    """Somebody who was let in, with the headers that a browser sends."""

    def __init__(self, desk: Desk, keeper: Guard | None = None) -> None:
        self.keeper = keeper or Guard("127.0.0.1")
        self.app = application(desk, self.keeper)
        self.browser = self.app.test_client()
        self.queue = desk.queue

    def comes_in(self) -> TestResponse:
        return self.browser.get(f"/enter?token={self.keeper.token}")

    def reads(self, address: str, **headers: str) -> TestResponse:
        return self.browser.get(address, headers=headers, buffered=True)

    def asks(self, address: str) -> dict[str, Any]:
        answer = self.browser.get(address, headers={"Accept": "application/json"})
        assert answer.json is not None
        return dict(answer.json)

    def sends(self, address: str, body: object, **headers: str) -> TestResponse:
        sent = {"Origin": HERE, "Sec-Fetch-Site": "same-origin", **headers}
        return self.browser.post(
            address, json=body, headers={name: value for name, value in sent.items() if value}
        )

    def decides(self, number: int, key: str, **more: object) -> TestResponse:
        version = self.queue.proposal(number).version
        return self.sends(f"/proposals/{number}/decision", {"version": version, "key": key, **more})

    def states(self) -> str:
        """A letter for each proposal: p(ending), a(pproved), r(ejected), s(aved), …"""
        return "".join(each.state.value[0] for each in self.queue.entries())


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite") as kept:
        queue = Queue(kept)
        queue.propose("w", "P", report(TEXT))
        yield queue


@pytest.fixture
def desk(queue: Queue) -> Desk:
    return Desk(queue, "Ann", lambda _: OPTIONS)


@pytest.fixture
def ann(desk: Desk) -> Reviewer:
    reviewer = Reviewer(desk)
    assert reviewer.comes_in().status_code == 302
    return reviewer


READABLE = ["/", "/next", "/proposals/1", "/proposals/1/beside?key=j", "/save", "/stats",
            "/proposals/1/text?start=0&end=9&version=1", "/together?check=misspelt",
            "/save/progress"]  # fmt: skip
WRITES = ["/proposals/1/decision", "/proposals/1/check", "/proposals/1/preview", "/undo",
          "/together?check=misspelt", "/save", "/save/stop"]  # fmt: skip


# Who is let in


def test_nobody_gets_in_by_reaching_the_port(desk: Desk) -> None:
    stranger = Reviewer(desk)
    for address in READABLE:
        answer = stranger.reads(address)
        assert answer.status_code == 401, address
        assert "teh" not in answer.text
    for address in WRITES:
        assert stranger.sends(address, {"version": 1, "key": "y"}).status_code == 401, address
    assert stranger.states() == "pppppp"


def test_the_token_lets_one_browser_in_once(ann: Reviewer) -> None:
    assert ann.reads("/").status_code == 200
    assert ann.comes_in().status_code == 302  # the same browser again
    other = ann.app.test_client()
    answer = other.get(f"/enter?token={ann.keeper.token}")
    assert answer.status_code == 401
    assert "good for one browser" in answer.text
    assert other.get("/").status_code == 401


@pytest.mark.parametrize("token", ["", "wrong", "é", "a" * 10_000])
def test_a_wrong_token_lets_nobody_in(desk: Desk, token: str) -> None:
    stranger = Reviewer(desk)
    assert stranger.browser.get("/enter", query_string={"token": token}).status_code == 401
    assert stranger.comes_in().status_code == 302  # and does not use up the right one


def test_the_cookie_is_for_this_server_and_no_script(desk: Desk) -> None:
    cookie = Reviewer(desk).comes_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert cookie.startswith("redpencil-0=")
    assert "ann" not in cookie.lower()


def test_a_cookie_of_another_run_or_made_up_is_none(desk: Desk, ann: Reviewer) -> None:
    cookie = ann.browser.get_cookie("redpencil-0")
    assert cookie is not None
    other = Reviewer(desk)
    for value in (cookie.value, "eyJ3aG8iOiJBbm4ifQ.aaaa.bbbb", ""):
        other.browser.set_cookie("redpencil-0", value)
        assert other.reads("/").status_code == 401


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.7", "10.0.0.1",
     "[::2]", "evil.example:8374", "0.0.0.0", "a b"],
)  # fmt: skip
def test_another_name_for_this_machine_is_refused(ann: Reviewer, host: str) -> None:
    for address in ("/", "/static/review.js", f"/enter?token={ann.keeper.token}"):
        answer = ann.reads(address, Host=host)
        assert answer.status_code in (400, 421), address
    answer = ann.sends("/proposals/1/decision", {"version": 1, "key": "y"}, Host=host)
    assert answer.status_code in (400, 403, 421)
    assert ann.states() == "pppppp"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8374", "[::1]:8374", "LOCALHOST"])
def test_this_machine_by_its_names(ann: Reviewer, host: str) -> None:
    assert ann.reads("/static/review.js", Host=host).status_code == 200


FORGED: list[dict[str, str]] = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    {"Origin": HERE, "Sec-Fetch-Site": "none"},
    {"Origin": "null", "Sec-Fetch-Site": ""},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": f"{HERE}:81", "Sec-Fetch-Site": ""},
    {"Origin": f"{HERE}.evil.example", "Sec-Fetch-Site": ""},
    {"Origin": "file://localhost", "Sec-Fetch-Site": ""},
    {"Origin": "", "Sec-Fetch-Site": ""},
    {"Origin": "", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("address", WRITES)
def test_a_write_must_come_from_the_page(
    ann: Reviewer, address: str, forged: dict[str, str]
) -> None:
    body = {"version": 1, "key": "y", "answer": "y", "seen": {"1": 1}, "proposals": {}}
    answer = ann.sends(address, body, **forged)
    assert answer.status_code == 403
    assert ann.states() == "pppppp"


@pytest.mark.parametrize("address", WRITES)
def test_nothing_is_written_by_get(ann: Reviewer, address: str) -> None:
    before = len(ann.queue.store.events())
    answer = ann.reads(f"{address}{'&' if '?' in address else '?'}version=1&key=y&answer=y")
    assert answer.status_code in (200, 405)
    assert (ann.states(), len(ann.queue.store.events())) == ("pppppp", before)


def test_reading_writes_nothing(ann: Reviewer) -> None:
    before = len(ann.queue.store.events())
    for address in READABLE:
        assert ann.reads(address).status_code in (200, 302), address
    assert len(ann.queue.store.events()) == before


def test_a_form_of_another_site_writes_nothing(ann: Reviewer) -> None:
    """Even with the right origin, only JSON is read: a form cannot send it unasked."""
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        answer = ann.browser.post(
            "/proposals/1/decision",
            data='{"version": 1, "key": "y"}',
            headers={"Origin": HERE, "Content-Type": kind},
        )
        assert answer.status_code in (400, 415)
    assert ann.states() == "pppppp"


# Others than this machine


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", "10.0.0.1"])
def test_others_are_served_only_with_a_password(host: str) -> None:
    with pytest.raises(UsageError, match="set a password first"):
        Guard(host)
    assert not Guard(host, generate_password_hash(PASSWORD)).local


def test_the_password_lets_in_and_the_name_is_kept(desk: Desk) -> None:
    keeper = Guard("0.0.0.0", generate_password_hash(PASSWORD))
    bea = Reviewer(desk, keeper)
    form = {"who": " Bea  B. ", "password": "wrong"}
    headers = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    assert bea.browser.get("/login").status_code == 200
    wrong = bea.browser.post("/login", data=form, headers=headers)
    assert wrong.status_code == 403
    assert bea.reads("/").headers["Location"] == "/login"
    assert bea.reads("/", Accept="application/json").status_code == 401
    form["password"] = PASSWORD
    assert bea.browser.post("/login", data=form).status_code == 403  # not from the page
    assert bea.browser.post("/login", data=form, headers=headers).status_code == 302
    assert bea.decides(1, "n").status_code == 200
    assert bea.queue.proposal(1).who == "Bea B."


def test_guessing_the_password_is_slow(desk: Desk) -> None:
    now = [0.0]
    keeper = Guard("0.0.0.0", generate_password_hash(PASSWORD), seconds=lambda: now[0])
    assert [keeper.takes_password(f"guess {n}") for n in range(10)] == [False] * 10
    assert keeper.takes_password(PASSWORD) is None
    now[0] = 61
    assert keeper.takes_password(PASSWORD) is True


def test_names_that_a_stranger_could_point_here_are_refused_there_too() -> None:
    keeper = Guard("0.0.0.0", generate_password_hash(PASSWORD))
    assert keeper.knows("192.168.1.7:8374")
    assert not keeper.knows("evil.example:8374")
    assert Guard("wiki.example", generate_password_hash(PASSWORD)).knows("wiki.example")


def test_there_is_no_login_without_a_password(ann: Reviewer) -> None:
    assert ann.app.test_client().get("/login").status_code == 404


def test_the_hash_of_the_password_is_for_this_account_alone(home: Path) -> None:
    assert configuration.password_hash() == ""
    file = configuration.keep_password("scrypt:x")
    assert (configuration.password_hash(), file.stat().st_mode & 0o777) == ("scrypt:x", 0o600)
    configuration.keep_password("scrypt:y")
    assert configuration.password_hash() == "scrypt:y"


# What a browser may do with the answers


def test_every_answer_allows_nothing_but_our_own_files(ann: Reviewer, desk: Desk) -> None:
    stranger = Reviewer(desk)
    answers = [ann.reads(address) for address in [*READABLE, "/static/review.js", "/nowhere"]]
    answers += [stranger.reads("/"), ann.reads("/", Host="evil.example"), ann.sends("/undo", {})]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_no_page_has_script_or_style_in_it(ann: Reviewer) -> None:
    pages = [ann.reads(address) for address in READABLE]
    for answer in (each for each in pages if each.mimetype == "text/html"):
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", answer.text):
            assert re.fullmatch(r'<script type="module" src="/static/review\.js">', tag)
        assert not re.search(r"""<[^>]*\s(?:on\w+|style)\s*=""", answer.text)
        assert "javascript:" not in answer.text


def test_nothing_of_another_server_is_loaded(ann: Reviewer) -> None:
    files = ROOT / "bot" / "review" / "web"
    for file in files.rglob("*"):
        if file.suffix in (".css", ".js", ".html"):
            loaded = re.findall(
                r"(?:src|href)=\"(https?:|//)|url\(|@import|import\(", file.read_text()
            )
            assert loaded == [], file
    text = ann.reads("/proposals/1").text
    for address in re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', text):
        assert address.startswith("/static/")


# What stands in a page stays text

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea></template><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "<!--<iframe src=//evil.example>",
    "]]><a href='javascript:alert(1)'>x</a>",
    "&lt;b&gt;&#x3c;i&#x3e;",
]


def hostile(payload: str) -> tuple[str, Report]:
    text = f"== {payload} ==\nBefore {payload} word {payload} after.\n"
    start = text.index(" word ") + 1
    finding = Finding(
        f"check {payload}",
        "archives",
        Severity.WARNING,
        Span(start, start + 4),
        f"message {payload}",
        payload,
        (Span(3, 3 + len(payload)),),
        (
            Fix(f"title {payload}", (Edit(start, "word", f"new {payload}"),), Safety.REVIEW),
            Fix("other", (Edit(start, "word", "http://web.archive.org/web/20200101000000/x"),)),
        ),
    )
    page = Page(f"Title {payload}", text, f"https://wiki/{payload}", 1)
    return text, Report(page, (finding,))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_wikitext_is_escaped_everywhere(tmp_path: Path, payload: str) -> None:
    with Store(tmp_path / "hostile.sqlite") as kept:
        queue = Queue(kept)
        queue.propose(f"wiki {payload}", f"Title {payload}", hostile(payload)[1])
        ann = Reviewer(Desk(queue, f"Ann {payload}", lambda _: OPTIONS))
        ann.comes_in()
        check = {"check": f"check {payload}"}
        ann.decides(1, "r", reason=f"reason {payload}")
        rejected = ann.asks("/proposals/1")
        ann.decides(1, "y", fix=1)
        texts = [
            rejected["article"] + rejected["findings"],
            ann.reads("/").text,
            ann.reads("/?state=approved").text,
            ann.reads("/proposals/1").text,
            ann.asks("/proposals/1/text?start=0&end=400&version=3")["html"],
            ann.browser.get("/together", query_string=check).text,
            ann.reads("/save").text,
            ann.reads("/stats").text,
            ann.browser.get("/", query_string={"words": payload, **check}).text,
        ]
        ours = {tag for text in (ann.reads("/nowhere").text,) for tag in tags(text)}
        for text in texts:
            assert "<script>" not in text
            assert not re.search(r"<(?:img src=x|svg/onload|iframe src|a href='javascript)", text)
            assert "49" not in re.sub(r"\d{3,}", "", text) or "7*7" in html.unescape(text)
            assert {tag for tag in tags(text) if tag.startswith("script")} <= ours


def tags(text: str) -> set[str]:
    return set(re.findall(r"<([a-z]+[^<>]*)>", text))


# One proposal


def test_a_proposal_shows_all_there_is_to_decide(ann: Reviewer) -> None:
    text = html.unescape(ann.reads("/proposals/1").text)
    for words in ('"teh" is no word', "misspelt", "History", "line 4", 'write "the"',
                  "leave it out", "1 of 6 on this page", "shouting", "6 wait"):  # fmt: skip
        assert words in text, words
    assert re.search(r"<del>.*?teh.*?</del>", text)
    assert re.search(r"<ins>.*?the.*?</ins>", text)
    assert text.count('class="mend"') == 2
    assert 'data-next="2"' in text


def test_evidence_is_linked_to_its_place_and_snapshots_to_the_archive(ann: Reviewer) -> None:
    url = "https://web.archive.org/web/20190304050607/https://example.org/a"
    cited = "<ref>{{cite web |url=https://example.org/a}}</ref>"
    text = f"== One ==\nSaid {cited}.\n== Two ==\nMore here.\n"
    place, cite = text.index("More here"), text.index("|url")
    finding = Finding(
        "archive-missing", "archives", Severity.ADVICE, Span(cite, cite + 4), "No archive",
        "More here", (Span(place, place + 4),),
        (Fix("Add it", (Edit(cite, "", f"|archive-url={url} "),)),),
    )  # fmt: skip
    ann.queue.propose("w", "Archived", Report(Page("Archived", text, "https://w/A", 1), (finding,)))
    shown = ann.asks("/proposals/7")["article"]
    assert f'href="{url}"' in shown
    assert "Wayback Machine" in shown
    assert '<time datetime="2019-03-04">' in shown
    assert f'data-place="{place}"' in shown
    assert "line 4, Two" in shown
    fold = re.search(r'data-start="(\d+)" data-end="(\d+)"[^>]*>\s*<summary>Elsewhere', shown)
    assert fold is not None
    assert int(fold[1]) <= place < int(fold[2])
    part = ann.asks(f"/proposals/7/text?start={fold[1]}&end={fold[2]}&version=1")["html"]
    assert re.search(rf'<mark class="place" data-place="{place}"[^>]*>More here</mark>', part)


def test_the_section_is_folded_around_the_change(ann: Reviewer) -> None:
    shown = ann.asks("/proposals/5")["article"]
    folds = re.findall(r'data-text="([^"]*)"><summary>([^<]*)', shown)
    assert [said for _, said in folds] == ["Show 2 lines above", "Show 1 line below"]
    above, below = (ann.asks(html.unescape(address))["html"] for address, _ in folds)
    assert above.startswith("== History ==\nIt was teh first.")
    assert below.strip() == "* Later tbd."


def test_a_folded_part_of_another_version_is_not_shown(ann: Reviewer) -> None:
    ann.decides(1, "n")
    answer = ann.reads("/proposals/1/text?start=0&end=9&version=1")
    assert answer.status_code == 409


def test_nothing_outside_the_queue_is_reachable(ann: Reviewer, tmp_path: Path) -> None:
    (tmp_path / "secret.wiki").write_text("secret")
    for address in (
        *("/proposals/7", "/proposals/0", "/proposals/-1", "/proposals/1.5", "/etc/passwd"),
        *("/static/../application.py", "/static/%2e%2e/application.py", "/templates/", "/static/"),
        *("/previews/x", f"/previews/{tmp_path}/secret.wiki", "/proposals/1/text/../.."),
        "/proposals/99999999999999999999",
    ):
        answer = ann.reads(address)
        assert answer.status_code == 404, address
        assert "secret" not in answer.text.replace("secret.wiki", "")
    part = ann.asks("/proposals/1/text?start=-5&end=99999999&version=1")["html"]
    assert html.unescape(re.sub(r"<[^>]+>", "", part)).strip() == TEXT.strip()


def test_a_settled_proposal_is_said_to_be_so(ann: Reviewer) -> None:
    ann.queue.propose("w", "P", report("Lead.\n", revision=2))
    assert ann.reads("/proposals/1").status_code in (404, 410)
    answer = ann.sends("/proposals/1/decision", {"version": 1, "key": "y"})
    assert answer.status_code in (404, 410)
    assert answer.json is not None
    assert answer.json["happened"] == "failed"


# Deciding


def test_a_decision_is_in_the_file_when_it_is_answered(ann: Reviewer, queue: Queue) -> None:
    answer = ann.decides(1, "y", fix=2)
    assert answer.json is not None
    assert (answer.status_code, answer.json["happened"]) == (200, "decided")
    assert answer.json["message"] == "approved: leave it out"
    assert answer.json["proposal"] == 2
    assert (answer.json["waiting"], answer.json["approved"]) == (5, 1)
    with Store(queue.store.path) as other:
        stored = Queue(other).proposal(1)
    assert (stored.state, stored.fix, stored.who) == (State.APPROVED, 1, "Ann")


def test_a_reason_is_kept(ann: Reviewer) -> None:
    ann.decides(2, "r", reason=" a name ")
    assert ann.queue.proposal(2).reason == "a name"
    assert "a name" in ann.asks("/proposals/2")["article"]


def test_a_decision_of_what_has_changed_is_not_made_and_said(ann: Reviewer, queue: Queue) -> None:
    queue.decide([Decision(1, 1, State.REJECTED, reason="seen it")], "Bea")
    answer = ann.sends("/proposals/1/decision", {"version": 1, "key": "y", "fix": 1})
    assert answer.json is not None
    assert (answer.status_code, answer.json["happened"]) == (409, "overtaken")
    assert "meanwhile it is rejected by Bea: seen it" in answer.json["message"]
    assert "rejected by Bea" in answer.json["article"]  # as it is now
    assert queue.proposal(1).state is State.REJECTED
    # What was shown anew can be decided.
    assert ann.decides(1, "y", fix=1).status_code == 200


@pytest.mark.parametrize(
    "body",
    [[], "y", 1, {}, {"key": "y"}, {"key": "q", "version": 1}, {"key": "y", "version": "1"},
     {"key": "y", "version": 1, "fix": "1"}, {"key": "y", "version": 1, "text": 5},
     {"key": "r", "version": 1, "reason": []}, {"key": ["y"], "version": 1},
     {"key": "*", "version": 1}],
)  # fmt: skip
def test_garbage_decides_nothing(ann: Reviewer, body: object) -> None:
    answer = ann.sends("/proposals/1/decision", body)
    assert answer.status_code in (400, 409, 415)
    assert answer.json is not None
    assert ann.states() == "pppppp"


def test_a_suggestion_or_no_mend_is_not_approved_as_it_is(ann: Reviewer) -> None:
    for number, words in ((5, "suggestion"), (6, "no mend")):
        answer = ann.decides(number, "y")
        assert (answer.status_code, answer.json and answer.json["happened"]) == (409, "nothing")
        assert answer.json is not None
        assert words in answer.json["message"]
    assert ann.states() == "pppppp"


def test_ones_own_words_are_checked_again_before_they_are_approved(ann: Reviewer) -> None:
    words = {"version": 1, "fix": 1, "text": "* Done next May, wierd."}
    shown = ann.sends("/proposals/5/check", words).json
    assert shown is not None
    assert shown["happened"] == "changed"
    assert "misspelt would be new" in shown["message"]
    assert ann.states() == "pppppp"
    # Approving what was not told is refused, and tells it.
    answer = ann.decides(5, "y", **{**words, "told": []})
    assert (answer.status_code, ann.states()) == (409, "pppppp")
    said = json.loads(html.unescape(re.search(r'data-said="([^"]*)"', shown["article"])[1]))  # type: ignore[index]
    assert said == {**words, "told": said["told"]}
    assert ann.decides(5, "y", **said).status_code == 200
    assert ann.queue.proposal(5).edited


def test_line_breaks_of_a_browser_are_those_of_the_page(ann: Reviewer) -> None:
    ann.decides(6, "y", text="* Later\r\n* on.")
    (edit, *_) = ann.queue.proposal(6).edits
    assert "\r" not in "".join(each.new for each in ann.queue.proposal(6).edits)
    assert edit.start >= TEXT.index("* Later")


def test_the_rest_of_a_page_is_decided_by_one_key_and_undone_by_one(ann: Reviewer) -> None:
    assert ann.decides(3, "d").json["message"] == "rejected 4"  # type: ignore[index]
    assert ann.states() == "pprrrr"
    answer = ann.sends("/undo", {}).json
    assert answer is not None
    assert answer["message"].startswith("undone: 4 decisions")
    assert (ann.states(), answer["proposal"]) == ("pppppp", 3)
    again = ann.sends("/undo", {}).json
    assert again is not None
    assert again["message"] == "there is no decision of yours to undo"


def test_the_last_decision_leads_to_nothing_more(ann: Reviewer) -> None:
    answer = ann.decides(1, "d").json
    assert answer is not None
    assert (answer["proposal"], answer["waiting"]) == (None, 0)
    assert ann.reads("/next").headers["Location"] == "/"


def test_filters_hold_for_what_comes_next(ann: Reviewer) -> None:
    safe = ann.asks("/proposals/2?safety=safe")
    assert safe["waiting"] == 1
    assert '/proposals/2?safety=safe" data-show="2"' in safe["findings"]
    assert ann.reads("/next?check=tone").headers["Location"] == "/proposals/4?check=tone"
    assert ann.asks("/proposals/1/beside?key=j&check=tone")["proposal"] == 4
    assert ann.asks("/proposals/1/beside?key=k")["happened"] == "nothing"
    assert ann.asks("/proposals/1/beside?key=/&argument=SHOUT")["proposal"] == 4
    assert ann.asks("/proposals/1/beside?key=g&argument=6")["proposal"] == 6
    assert ann.reads("/?safety=nonsense&state=nonsense&from=nonsense").status_code == 200


# A store that fails


def test_a_store_in_use_is_said_and_nothing_is_claimed(
    ann: Reviewer, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.store._connection.execute("PRAGMA busy_timeout = 50")
    holder = sqlite3.connect(queue.store.path)
    holder.execute("BEGIN IMMEDIATE")
    try:
        for answer in (ann.decides(1, "y"), ann.sends("/undo", {})):
            assert answer.json is not None
            assert (answer.status_code, answer.json["happened"]) == (503, "failed")
            assert "in use by another process" in answer.json["message"]
    finally:
        holder.rollback()
        holder.close()
    assert ann.states() == "pppppp"
    assert ann.decides(1, "y").status_code == 200


def test_a_damaged_store_is_said_on_the_page(desk: Desk, ann: Reviewer) -> None:
    desk.queue.store._connection.close()
    answer = ann.reads("/")
    assert answer.status_code == 503
    assert "cannot be used" in answer.text


# All of a check


def test_all_of_a_check_are_decided_when_all_were_seen(ann: Reviewer) -> None:
    address = "/together?check=misspelt"
    seen = {"1": 1, "2": 1, "3": 1, "5": 1, "6": 1}
    # Claimed, but never shown to this browser.
    answer = ann.sends(address, {"answer": "n", "seen": seen})
    assert (answer.status_code, ann.states()) == (409, "pppppp")
    page = ann.reads(address).text
    assert re.findall(r'class="card[^"]*" tabindex="-1" data-id="(\d)"', page) == list("12356")
    for few in ({}, {"1": 1}, {**seen, "6": 2}, {"1": 1, "2": 1, "3": 1, "5": 1}):
        answer = ann.sends(address, {"answer": "y", "seen": few})
        assert answer.json is not None
        assert (answer.status_code, ann.states()) == (409, "pppppp")
        assert "not seen yet" in answer.json["message"]
    answer = ann.sends(address, {"answer": "y", "seen": seen})
    assert answer.json is not None
    assert answer.status_code == 200
    assert "approved 3; 2 left" in answer.json["message"]
    assert ann.states() == "aaappp"
    assert ann.sends("/undo", {}).status_code == 200
    assert ann.states() == "pppppp"


def test_what_came_meanwhile_is_not_decided_unseen(ann: Reviewer) -> None:
    address = "/together?check=tone"
    ann.reads(address)
    ann.queue.propose("w", "Q", report("Oh! No.\n", title="Q"))
    answer = ann.sends(address, {"answer": "n", "seen": {"4": 1}})
    assert (answer.status_code, ann.states()) == (409, "ppppppp")
    ann.reads(address)
    reason = "they shout rightly"
    answer = ann.sends(address, {"answer": "n", "seen": {"4": 1, "7": 1}, "reason": reason})
    assert (answer.status_code, ann.queue.proposal(7).reason) == (200, reason)


@pytest.mark.parametrize(
    "body", [None, {}, {"answer": "y"}, {"answer": "x", "seen": {}}, {"answer": "y", "seen": [1]},
             {"answer": "y", "seen": {"x": 1}}, {"answer": "n", "seen": {"1": {}}, "reason": 5}],
)  # fmt: skip
def test_garbage_decides_no_check(ann: Reviewer, body: object) -> None:
    assert ann.sends("/together?check=misspelt", body).status_code in (400, 409, 415)
    assert ann.states() == "pppppp"


def test_many_of_a_check_come_in_parts(ann: Reviewer) -> None:
    ann.queue.propose("w", "Long", report("teh word.\n\n" * 60, title="Long"))
    address = "/together?check=misspelt&page=Long"
    page = ann.reads(address).text
    assert (page.count('class="card'), 'data-count="60"' in page) == (25, True)
    first = ann.asks(f"{address}&from=25")
    last = ann.asks(f"{address}&from={first['more']}")
    assert (first["more"], last["more"], last["html"].count('class="card')) == (50, None, 10)


# Previews


def rendered(view: View) -> Rendered:
    old = view.block.of(view.text)
    return Rendered(f"<p>{old}<script>alert(1)</script></p>", f"<p>{view.result}</p>")


def test_a_preview_can_do_nothing(queue: Queue) -> None:
    ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, preview=rendered))
    ann.comes_in()
    answer = ann.sends("/proposals/1/preview", {"version": 1, "fix": 2}).json
    assert answer is not None
    before, after = (ann.reads(answer[side]) for side in ("before", "after"))
    assert "It was teh first." in before.text
    assert "It was first." in after.text
    for each in (before, after):
        policy = each.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script-src" not in policy
        assert "connect-src" not in policy
        assert "img-src" not in policy
        assert "frame-ancestors 'self'" in policy
    assert answer["html"].count('<iframe sandbox="" ') == answer["html"].count("<iframe") == 2
    assert ann.app.test_client().get(answer["before"]).status_code == 401


def test_a_preview_that_cannot_be_had_says_why(queue: Queue) -> None:
    def down(view: View) -> Rendered:
        raise WikiUnavailable("the wiki does not answer")

    for preview, words in ((down, "does not answer"), (None, "offline")):
        ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, preview=preview))
        ann.comes_in()
        answer = ann.sends("/proposals/1/preview", {"version": 1, "fix": 1})
        assert answer.json is not None
        assert answer.status_code == 409
        assert words in answer.json["message"]


def test_old_previews_are_forgotten(queue: Queue) -> None:
    ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, preview=rendered))
    ann.comes_in()
    answers = [ann.sends("/proposals/1/preview", {"version": 1, "fix": 1}).json for _ in range(12)]
    assert ann.reads(answers[0]["before"]).status_code == 404  # type: ignore[index]
    assert ann.reads(answers[-1]["before"]).status_code == 200  # type: ignore[index]


# Saving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "wiki"
    folder.mkdir()
    (folder / "A.wiki").write_text("It was teh first.\n\n== S ==\nA wierd one.\n")
    (folder / "B.wiki").write_text("Oh! Yes.\n")
    return folder


class Files:
    """Saves to files; `at` is called with each page before it is written."""

    def __init__(self, at: Callable[[str], object] = lambda title: None) -> None:
        self.at = at
        self.delivery = Delivery(self.save, self.again)

    def save(self, queue: Queue, parcels: Any, tell: Any, trouble: Any) -> Iterator[Any]:
        for parcel in parcels:
            self.at(parcel.page.title)
            outcome = written(parcel.batch, **OPTIONS)
            settle(queue, parcel.batch, outcome, "")
            yield Delivered(outcome, parcel)

    def again(self, queue: Queue, sources: Any, trouble: Any) -> Iterator[tuple[str, Proposed]]:
        for source in sources:
            file = Path(source)
            found = report(file.read_text(), None, file.name)
            yield file.name, queue.propose(file.parent.as_uri(), file.name, found)


def proposed(queue: Queue, folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        found = report(file.read_text(), None, file.name)
        page = Page(file.name, found.page.text, str(file))
        found = Report(page, found.findings, headings=found.headings)
        queue.propose(folder.as_uri(), file.name, found)


def saver(tmp_path: Path, folder: Path, files: Files) -> tuple[Reviewer, Store]:
    kept = Store(tmp_path / "saving.sqlite")
    queue = Queue(kept)
    proposed(queue, folder)
    ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, delivery=files.delivery))
    ann.comes_in()
    return ann, kept


def saved(ann: Reviewer) -> dict[str, Any]:
    shown = re.search(r'data-proposals="([^"]*)"', ann.reads("/save").text)
    assert shown is not None
    answer = ann.sends("/save", {"proposals": json.loads(html.unescape(shown[1]))})
    assert answer.status_code == 200
    ann.app.extensions["redpencil"].delivering.wait()
    return ann.asks("/save/progress?from=0")


def kinds(progress: Mapping[str, Any]) -> list[str]:
    return [event["kind"] for event in progress["events"]]


def test_what_is_approved_is_saved_and_told(tmp_path: Path, folder: Path) -> None:
    ann, kept = saver(tmp_path, folder, Files())
    with kept:
        ann.decides(1, "y")
        ann.decides(3, "y")
        page = html.unescape(ann.reads("/save").text)
        assert "2 mends on 2 pages" in page
        assert 'write "the"' in page
        progress = saved(ann)
        assert kinds(progress) == ["written", "written", "ended"]
        assert (progress["running"], progress["done"], progress["total"]) == (False, 2, 2)
        assert (folder / "A.wiki").read_text().startswith("It was the first.")
        assert ann.states() == "sps"
        assert ann.asks(f"/save/progress?from={progress['next']}")["events"] == []
        assert "Nothing is approved" in ann.reads("/save").text


def test_only_what_was_shown_is_saved(tmp_path: Path, folder: Path) -> None:
    ann, kept = saver(tmp_path, folder, Files())
    with kept:
        ann.decides(1, "y")
        shown = {"1": ann.queue.proposal(1).version}
        ann.decides(2, "y")
        ann.decides(3, "y")
        ann.sends("/save", {"proposals": shown})
        ann.app.extensions["redpencil"].delivering.wait()
        assert ann.states() == "saa"
        assert (folder / "A.wiki").read_text() == "It was the first.\n\n== S ==\nA wierd one.\n"


def test_a_conflict_comes_back_as_a_proposal(tmp_path: Path, folder: Path) -> None:
    def rival(title: str) -> None:
        (folder / title).write_text("Somebody came. It was teh first, indeed.\n")

    ann, kept = saver(tmp_path, folder, Files(rival))
    with kept:
        ann.decides(1, "y")
        progress = saved(ann)
        assert kinds(progress) == ["conflict", "again", "ended"]
        again = progress["events"][1]
        assert (again["page"], again["count"]) == ("A.wiki", 1)
        (waiting,) = ann.queue.entries(Selection(page="A.wiki", states=[State.PENDING]))
        assert waiting.message.startswith('"teh" is no word')
        assert "indeed" in ann.queue.text(ann.queue.proposal(waiting.id))


def test_what_comes_back_of_a_page_that_was_moved_is_told_under_its_new_title(
    tmp_path: Path,
) -> None:
    def save(queue: Queue, parcels: Any, tell: Any, trouble: Any) -> Iterator[Delivered]:
        for parcel in parcels:
            outcome = Conflict("Old", "", "", 6, "the page was moved to [[New]]")
            settle(queue, parcel.batch, outcome, "")
            yield Delivered(outcome, parcel)

    def at(title: str, revision: int) -> Report:
        found = report("It was teh first.", revision, title)
        source = f"https://w.example/wiki/{title}"
        return replace(found, page=replace(found.page, source=source, page_id=7))

    def again(queue: Queue, sources: Any, trouble: Any) -> Iterator[tuple[str, Proposed]]:
        yield "New", queue.propose("w.example", "New", at("New", 6))

    with Store(tmp_path / "wiki.sqlite") as kept:
        queue = Queue(kept)
        queue.propose("w.example", "Old", at("Old", 5))
        ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, delivery=Delivery(save, again)))
        ann.comes_in()
        ann.decides(1, "y")
        _, told, _ = saved(ann)["events"]
        assert (told["kind"], told["page"], told["count"]) == ("again", "New", 1)
        assert ann.states() == "p"


def test_pages_of_one_name_on_two_wikis_are_told_apart(tmp_path: Path) -> None:
    looked_at: list[str] = []

    def save(queue: Queue, parcels: Any, tell: Any, trouble: Any) -> Iterator[Delivered]:
        first, second = parcels
        yield Delivered(Saved("A", 1, 5))  # an edit of an earlier run, of a page of that name
        yield Delivered(Conflict("A", "", "", 6, "somebody came"), first)
        yield Delivered(Saved("A", 2, 7), second)

    def again(queue: Queue, sources: Any, trouble: Any) -> Iterator[tuple[str, Proposed]]:
        looked_at.extend(sources)
        yield "A", Proposed()

    with Store(tmp_path / "wikis.sqlite") as kept:
        queue = Queue(kept)
        for wiki in ("one.example", "two.example"):
            found = report("It was teh first.", 1, "A")
            page = Page("A", found.page.text, f"https://{wiki}/wiki/A", 1)
            queue.propose(wiki, "A", Report(page, found.findings, headings=found.headings))
        ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, delivery=Delivery(save, again)))
        ann.comes_in()
        ann.decides(1, "y")
        ann.decides(2, "y")
        progress = saved(ann)
    events = [(each["kind"], each.get("address")) for each in progress["events"]]
    assert events == [
        ("saved", ""),
        ("conflict", ""),
        ("saved", "https://two.example/wiki/A?diff=7"),
        ("again", None),
        ("ended", None),
    ]
    assert (progress["done"], progress["total"]) == (2, 2)
    assert looked_at == ["https://one.example/wiki/A"]
    assert progress["events"][3]["wiki"] == "one.example"


def test_saving_can_be_ended_after_the_page(tmp_path: Path, folder: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait(title: str) -> None:
        reached.set()
        assert go_on.wait(20)

    ann, kept = saver(tmp_path, folder, Files(wait))
    with kept:
        ann.decides(1, "y")
        ann.decides(3, "y")
        numbers = {str(n): ann.queue.proposal(n).version for n in (1, 3)}
        ann.sends("/save", {"proposals": numbers})
        assert reached.wait(20)
        assert ann.asks("/save/progress?from=0")["running"]
        twice = ann.sends("/save", {"proposals": numbers})
        assert (twice.status_code, "already" in twice.json["message"]) == (409, True)  # type: ignore[index]
        assert ann.decides(2, "n").status_code == 200  # deciding goes on meanwhile
        ann.sends("/save/stop", {})
        go_on.set()
        ann.app.extensions["redpencil"].delivering.wait()
        assert kinds(ann.asks("/save/progress?from=0")) == ["written", "told", "ended"]
        assert ann.states() == "sra"


def test_a_fault_while_saving_is_told(tmp_path: Path, folder: Path) -> None:
    def break_down(title: str) -> None:
        raise WikiUnavailable("the wiki went away")

    ann, kept = saver(tmp_path, folder, Files(break_down))
    with kept:
        ann.decides(1, "y")
        progress = saved(ann)
        assert kinds(progress) == ["trouble", "ended"]
        assert "went away" in progress["events"][0]["message"]
        assert ann.states()[0] == "a"


def test_offline_nothing_can_be_saved(ann: Reviewer) -> None:
    ann.decides(1, "y")
    assert "`redpencil save` saves what is approved" in ann.reads("/save").text
    answer = ann.sends("/save", {"proposals": {"1": 2}})
    assert (answer.status_code, ann.states()[0]) == (409, "a")


def test_the_summary_shows_the_edit_summary_before_anything_is_saved(
    queue: Queue, tmp_path: Path
) -> None:
    queue.propose("wiki.example", "Q", report("Oh! teh, teh.\n", title="Q"))
    ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS, delivery=Files().delivery))
    ann.comes_in()
    for number in (7, 8, 9):
        ann.decides(number, "y")
    page = html.unescape(ann.reads("/save").text)
    assert "Redpencil: shouting, misspelt ×2 ([[User:…|about]]) rp-…" in page


# Statistics


def test_the_statistics_are_those_of_the_command(ann: Reviewer) -> None:
    assert "Nothing is decided yet." in ann.reads("/stats").text
    ann.decides(1, "y")
    ann.decides(2, "r", reason="a <name>")
    ann.decides(6, "y", text="* Later on Monday.")
    page = ann.reads("/stats").text
    assert 'aria-label="1 accepted, 1 edited, 1 rejected, 0 reverted"' in page
    assert "67% of the last 3 accepted" in page
    assert "1 × <bdi>a &lt;name&gt;</bdi>" in page
    assert page.count("<svg") == 2


# Long lists


def test_long_lists_are_cut(tmp_path: Path) -> None:
    with Store(tmp_path / "long.sqlite") as kept:
        queue = Queue(kept)
        for number in range(120):
            queue.propose("w", f"Page {number:03}", report("Oh! No.\n", title=f"Page {number:03}"))
        queue.propose("w", "Z", report("teh word.\n\n" * 200, title="Z"))
        ann = Reviewer(Desk(queue, "Ann", lambda _: OPTIONS))
        ann.comes_in()
        first = ann.reads("/?check=tone").text
        assert first.count('<th scope="row">') == 50
        assert "1–50 of 120" in html.unescape(first)
        later = re.search(r'rel="next" href="([^"]*)"', first)
        assert later is not None
        assert "Page 050" in ann.reads("/" + html.unescape(later[1])).text
        beside = ann.asks("/proposals/250")["findings"]
        assert beside.count("<li") == 60
        assert 'aria-current="true"' in beside


# The server itself


@pytest.fixture
def server(queue: Queue) -> Iterator[Server]:
    server = Server(Desk(queue, "Ann", lambda _: OPTIONS), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve)
    thread.start()
    with server.open():
        yield server
        server.close()
        thread.join()


def test_a_server_on_this_machine(server: Server, queue: Queue, capfd: Any) -> None:
    with requests.Session() as browser:
        browser.trust_env = False
        assert browser.get(server.base).status_code == 401
        page = browser.get(server.address)
        assert (page.status_code, page.url) == (200, server.base)
        assert "token" not in page.url
        answer = browser.post(
            f"{server.base}proposals/1/decision",
            json={"version": 1, "key": "n"},
            headers={"Origin": server.base.rstrip("/")},
        )
        assert (answer.status_code, answer.json()["waiting"]) == (200, 5)
        refused = browser.get(server.base, headers={"Host": f"evil.example:{server.port}"})
        assert refused.status_code == 421
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_two_at_once_lose_nothing(server: Server, queue: Queue) -> None:
    """Of two browsers of one person that decide the same, one is told that it came second."""
    with requests.Session() as browser:
        browser.trust_env = False
        browser.get(server.address)
        answers: list[int] = []

        def decide(key: str) -> None:
            answer = requests.post(
                f"{server.base}proposals/1/decision",
                json={"version": 1, "key": key, "fix": 1},
                headers={"Origin": server.base.rstrip("/")},
                cookies=browser.cookies,
                timeout=20,
            )
            answers.append(answer.status_code)

        threads = [threading.Thread(target=decide, args=(key,)) for key in "ynynynyn"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == [200, *[409] * 7]
    assert queue.proposal(1).version == 2


def test_a_server_for_others_says_where_they_come_in(desk: Desk) -> None:
    server = Server(desk, "0.0.0.0", 0, generate_password_hash(PASSWORD))
    try:
        assert server.base == f"http://127.0.0.1:{server.port}/"
        assert server.others.endswith(f":{server.port}/login")
        assert "0.0.0.0" not in server.others
    finally:
        server._server.server_close()


def test_a_port_that_is_taken_is_said(listener: tuple[str, int], desk: Desk) -> None:
    with pytest.raises(UsageError, match="cannot be listened on"):
        Server(desk, "127.0.0.1", listener[1])


# The command


def test_the_command_listens_to_others_only_with_a_password(queue: Queue) -> None:
    given = ["review", "--web", "--queue", str(queue.store.path), "--host", "0.0.0.0"]
    refused = CliRunner().invoke(main, given)
    assert refused.exit_code == 2
    assert "redpencil review --set-password" in refused.output
    short = CliRunner().invoke(main, ["review", "--set-password"], input="short\nshort\n")
    assert (short.exit_code, configuration.password_hash()) == (2, "")
    kept = CliRunner().invoke(main, ["review", "--set-password"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert kept.exit_code == 0
    assert PASSWORD not in kept.output + configuration.password_path().read_text()
    assert Guard("0.0.0.0", configuration.password_hash()).takes_password(PASSWORD)


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_command_ends_in_order_and_keeps_what_was_decided(
    queue: Queue, sign: signal.Signals, status: int
) -> None:
    given = ["review", "--web", "--port", "0", "--offline", "--queue", str(queue.store.path)]
    program = subprocess.Popen(
        [sys.executable, "-m", "bot", *given],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    address = program.stdout.readline().split()[-1]
    with requests.Session() as browser:
        browser.trust_env = False
        browser.get(address)
        base = address.partition("/enter")[0]
        body = {"version": 1, "key": "y", "fix": 1}
        url = f"{base}/proposals/1/decision"
        assert browser.post(url, json=body, headers={"Origin": base}).status_code == 200
        program.send_signal(sign)
        out, err = program.communicate(timeout=60)
    assert program.returncode == status
    assert "1 approved and not saved yet, 5 undecided." in out
    assert "Traceback" not in err
    assert queue.proposal(1).state is State.APPROVED


def test_a_page_that_is_being_saved_is_finished_before_the_server_ends(
    tmp_path: Path, folder: Path
) -> None:
    reached, go_on, told = threading.Event(), threading.Event(), threading.Event()

    def wait(title: str) -> None:
        reached.set()
        assert go_on.wait(20)

    with Store(tmp_path / "saving.sqlite") as kept:
        queue = Queue(kept)
        proposed(queue, folder)
        for number in (1, 3):
            queue.decide([Decision(number, 1, State.APPROVED, 0)], "Ann")
        desk = Desk(queue, "Ann", lambda _: OPTIONS, delivery=Files(wait).delivery)
        server = Server(desk, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve)
        thread.start()
        ended = threading.Thread(target=lambda: ends(server, told))
        with requests.Session() as browser:
            browser.trust_env = False
            browser.headers["Origin"] = server.base.rstrip("/")
            browser.get(server.address)
            browser.post(f"{server.base}save", json={"proposals": {"1": 2, "3": 2}})
            assert reached.wait(20)
            ended.start()
            assert told.wait(20)
            go_on.set()
            ended.join()
        thread.join()
        assert [each.state.value[0] for each in queue.entries()] == ["s", "p", "a"]
        assert (folder / "A.wiki").read_text().startswith("It was the first.")


def ends(server: Server, told: threading.Event) -> None:
    with server.open(told.set):
        server.close()
