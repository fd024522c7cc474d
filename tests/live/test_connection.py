"""The connection to a real wiki: who we are there, what is waited for, and that no secret leaks."""

from __future__ import annotations

import contextlib
import http.server
import io
import logging
import socketserver
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest

from bot import cli
from bot.errors import EditRefused, NoPage, NotAllowed, UsageError, WikiError, WikiUnavailable
from bot.sites.mediawiki import MediaWiki, Pace, Patience, connect
from bot.sites.mediawiki_config import find_config
from bot.target import parse
from tests.live.connection import Waits, connection, requests_sent
from tests.live.wiki import CHECKOUT, Instance, Wiki

__all__ = ["requests_sent"]


def edit(to: MediaWiki, text: str, title: str = "Stellmark", **more: object) -> dict:
    return to.request(action="edit", title=title, text=text, summary="Test", nocreate=True, **more)


def settings(folder: Path, wiki: Wiki, password: str, user: str = "RedpencilBot") -> Path:
    """A folder of pywikibot's settings for the wiki, with one line in its password file."""
    folder.mkdir(exist_ok=True)
    text = (wiki.folder / "user-config.py").read_text().replace("RedpencilBot", user)
    (folder / "user-config.py").write_text(text)
    secret = folder / "user-password.py"
    secret.touch(mode=0o600)
    secret.write_text(password)
    return folder


@pytest.fixture
def bot(wiki: Wiki) -> MediaWiki:
    return connection(wiki, config=wiki.folder)


# Who we are


def test_logs_in_by_bot_password_and_edits_as_that_account(wiki, bot):
    assert bot.login() == "RedpencilBot"
    saved = edit(bot, "By the bot.", bot=True)["edit"]
    assert wiki.history("Stellmark")[0].user == "RedpencilBot"
    assert wiki.is_bot_edit(saved["newrevid"])


def test_the_next_run_uses_the_session_of_the_last(wiki, bot, requests_sent):
    bot.login()
    assert [one for one in requests_sent if one["action"] == "login"]
    requests_sent.clear()
    again = connection(wiki, config=wiki.folder)
    assert again.login() == "RedpencilBot"
    assert not [one for one in requests_sent if one["action"] == "login"]


def test_logs_in_by_main_password(wiki, tmp_path):
    password = wiki.instance.accounts["PlainUser"]["password"]
    folder = settings(tmp_path / "c", wiki, f'("PlainUser", "{password}")', "PlainUser")
    plain = connection(wiki, config=folder)
    assert plain.login() == "PlainUser"
    edit(plain, "By a person.")
    assert wiki.history("Stellmark")[0].user == "PlainUser"


@pytest.mark.parametrize(
    ("password", "part"),
    [
        (f'("RedpencilBot", BotPassword("redpencil", "{"0" * 32}"))', "the log-in failed"),
        ('("RedpencilBot", BotPassword("nobody", "x"))', "the log-in failed"),
        ('("RedpencilBot", "wrong")', "the log-in failed"),
        ("# nothing", "there is no password"),
    ],
)
def test_a_wrong_password_says_what_to_do(wiki, tmp_path, password, part):
    folder = settings(tmp_path / "c", wiki, password)
    with pytest.raises(NotAllowed, match=part):
        connection(wiki, config=folder).login()


def test_without_an_account_there_is_no_login(wiki):
    with pytest.raises(NotAllowed, match="no account is named"):
        connection(wiki).login()


def test_a_lost_session_is_renewed_by_itself(wiki, bot):
    bot.login()
    edit(bot, "One.")
    wiki.forget_sessions()
    edit(bot, "Two.")
    wiki.fault("session-loss", times=1)
    edit(bot, "Three.")
    wiki.fault("bad-token", times=1)
    edit(bot, "Four.")
    revisions = wiki.history("Stellmark")
    assert [r.text for r in revisions[:4]] == ["Four.", "Three.", "Two.", "One."]
    assert {r.user for r in revisions[:4]} == {"RedpencilBot"}


def test_a_session_that_stays_lost_is_given_up(wiki, bot):
    bot.login()
    wiki.fault("bad-token")
    with pytest.raises(NotAllowed, match="tokens"):
        edit(bot, "Never.")
    wiki.clear_faults()
    wiki.fault("session-loss")
    with pytest.raises(NotAllowed):
        edit(bot, "Never.")
    assert wiki.text("Stellmark") != "Never."


def test_nobody_edits_as_nobody_by_mistake(wiki, bot):
    bot.login()
    bot._session.forget_cookies()
    edit(bot, "By the bot, after all.")
    assert wiki.history("Stellmark")[0].user == "RedpencilBot"


# What the wiki refuses


@pytest.mark.parametrize(
    ("title", "error", "part"),
    [
        ("Protected page", NotAllowed, "the page is protected"),
        ("Cascade-protected page", NotAllowed, "a protected page includes it"),
        ("Locked by its title", EditRefused, "title blacklist"),
        ("No such page", WikiError, "there is no such page"),
    ],
)
def test_refusals_keep_the_wikis_own_words(wiki, bot, title, error, part):
    bot.login()
    with pytest.raises(error, match=part) as refused:
        edit(bot, "Never.", title)
    assert refused.value.info
    assert refused.value.info in str(refused.value)
    assert bot.pace.sleep.seconds == []


def test_a_blocked_account_is_told_so(wiki, bot):
    bot.login()
    wiki.block("RedpencilBot", "Too fast")
    with pytest.raises(NotAllowed, match="blocked"):
        edit(bot, "Never.")


def test_a_warning_of_an_edit_filter_is_not_clicked_away(wiki, bot, requests_sent):
    bot.login()
    wiki.edit_filter("warn")
    requests_sent.clear()
    with pytest.raises(EditRefused, match="Are you sure") as refused:
        edit(bot, "Suspicious.")
    assert refused.value.code == "abusefilter-warning"
    assert [one["action"] for one in requests_sent].count("edit") == 1
    assert wiki.text("Stellmark") != "Suspicious."


def test_a_captcha_is_for_a_person(wiki, bot):
    bot.login()
    wiki.fault("captcha")
    with pytest.raises(EditRefused, match="captcha"):
        edit(bot, "Never.")


# What is waited for


@pytest.mark.parametrize(
    ("fault", "value", "code"),
    [
        ("maxlag", 7, "maxlag"),
        ("readonly", "Moving house", "readonly"),
        ("ratelimit", 0, "ratelimited"),
        ("http", 429, "http-429"),
    ],
)
def test_edits_wait_within_bounds_and_then_give_up(wiki, bot, fault, value, code):
    bot.login()
    wiki.fault(fault, value, action="edit")
    with pytest.raises(WikiUnavailable, match="Stellmark") as gone:
        edit(bot, "Never.")
    assert gone.value.code == code
    pauses = bot.pace.sleep.seconds
    assert pauses == sorted(pauses[:-1]) + pauses[-1:]
    assert 0 < sum(pauses) <= 20
    assert wiki.text("Stellmark") != "Never."


@pytest.mark.parametrize(
    ("fault", "value"),
    [("maxlag", 7), ("readonly", "Moving"), ("ratelimit", 0), ("http", 429)],
)
def test_edits_go_on_when_the_wiki_is_well_again(wiki, fault, value):
    class Mended(Waits):
        def __call__(self, seconds: float) -> None:
            super().__call__(seconds)
            if len(self.seconds) == 2:
                wiki.clear_faults()

    pace = Pace(max_wait=60, between_edits=0, sleep=Mended())
    bot = connect(wiki.url, find_config(wiki.folder), pace=pace)
    bot.login()
    wiki.fault(fault, value)
    edit(bot, "At last.")
    assert wiki.text("Stellmark") == "At last."
    assert len(pace.sleep.seconds) == 2


@pytest.mark.parametrize("fault", ["http", "not-json", "lost-answer", "lost-request", "slow"])
def test_reads_are_asked_again(wiki, fault):
    reader = connection(wiki)
    values: dict[str, object] = {"http": 502, "slow": 6}
    wiki.fault(fault, values.get(fault, True), times=1, action="query")
    assert reader.fetch("Karvenia").text == wiki.text("Karvenia")
    assert reader.pace.sleep.seconds == [1.0]


@pytest.mark.parametrize("fault", ["http", "not-json", "lost-answer", "lost-request", "slow"])
def test_an_edit_whose_fate_is_unknown_is_never_sent_again(wiki, bot, fault, requests_sent):
    bot.login()
    bot.token()
    # The request that came late saves at some time after this test: a page of its own.
    wiki.edit("Slowly edited", "At first.")
    requests_sent.clear()
    values: dict[str, object] = {"http": 502, "slow": 6}
    wiki.fault(fault, values.get(fault, True), action="edit")
    with pytest.raises(WikiUnavailable, match="history") as lost:
        edit(bot, "Perhaps.", "Slowly edited")
    assert lost.value.code == ""
    assert [one["action"] for one in requests_sent] == ["edit"]
    assert bot.pace.sleep.seconds == []


def test_retry_after_is_honoured(wiki):
    reader = connection(wiki, max_wait=30)
    wiki.fault("http", 503, times=2, retry_after=11)
    reader.fetch("Karvenia")
    assert reader.pace.sleep.seconds == [11.0, 11.0]


def test_a_retry_after_beyond_the_bound_is_not_waited_for(wiki):
    reader = connection(wiki, max_wait=30)
    wiki.fault("http", 503, retry_after=31)
    with pytest.raises(WikiUnavailable) as gone:
        reader.fetch("Karvenia")
    assert gone.value.retry_after == 31
    assert reader.pace.sleep.seconds == []


def test_pauses_grow_to_a_bound():
    waits = Waits()
    patience = Patience(Pace(max_wait=100, longest_pause=30, sleep=waits))
    while patience.wait():
        pass
    assert waits.seconds == [1, 2, 4, 8, 16, 30, 30, 9]


def test_a_wiki_that_starts_late_is_found(wiki):
    calls: list[float] = []

    def sleep(seconds: float) -> None:
        calls.append(seconds)
        wiki.clear_faults()

    wiki.fault("http", 503)
    reader = connect(wiki.url, None, pace=Pace(sleep=sleep))
    assert reader.fetch("Karvenia").title == "Karvenia"
    assert calls == [1.0]


def test_edits_are_kept_apart_by_the_throttle(wiki):
    waits = Waits()
    bot = connect(wiki.url, find_config(wiki.folder), pace=Pace(between_edits=30, sleep=waits))
    bot.login()
    edit(bot, "One.")
    edit(bot, "Two.")
    assert len([seconds for seconds in waits.seconds if seconds > 20]) >= 1
    assert bot.seconds_between_edits == 30


# Which wiki


def test_a_wiki_is_found_by_any_of_its_addresses_or_names(wiki):
    host = wiki.url.partition("://")[2]
    config = find_config(wiki.folder)
    for site in (wiki.url, f"{wiki.url}/", wiki.api_url, f"{wiki.url}/wiki/Some#page"):
        assert connect(site).name == host
    for site in ("", "localwiki", "localwiki:localwiki"):
        assert connect(site, config).name == host


@pytest.mark.parametrize(
    ("site", "part"),
    [
        ("", "no wiki is named"),
        ("nosuchwiki", "there is no wiki 'nosuchwiki'|pywikibot knows no wiki"),
        ("wikipedia:nosuch", "pywikibot knows no wiki wikipedia:nosuch"),
    ],
)
def test_unknown_wikis_are_usage_errors(site, part):
    with pytest.raises(UsageError, match=part):
        connect(site)


Answers = dict[str, tuple[int, dict[str, str], str]]


@contextlib.contextmanager
def server(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """A server that is no MediaWiki: its address, and the Authorization headers it has seen.

    `answers` maps paths to status, headers and body.
    """
    seen: list[str] = []

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            seen.append(self.headers.get("authorization", ""))
            status, headers, body = answers.get(self.path, (404, {}, "<h1>Not found</h1>"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}", seen
        running.shutdown()


def test_an_address_without_a_wiki_is_one_clear_sentence():
    with server({}) as (url, _), pytest.raises(WikiError, match=r"the wiki refused \(http-404\)"):
        connect(url)
    page = (200, {}, "<title>Welcome to the hotel</title>")
    answers = {"/w/api.php": page, "/api.php": page, "/wiki/api.php": page}
    with server(answers) as (url, _), pytest.raises(WikiUnavailable, match="is no MediaWiki API"):
        connect(url, pace=Pace(max_wait=0))


def test_a_wiki_on_another_path_of_the_same_host_is_followed_and_others_are_not(wiki):
    body = '{"query":{"general":{"lang":"en"},"namespaces":{},"namespacealiases":[]}}'
    answers = {
        "/w/api.php": (301, {"Location": "/there/api.php?x=y"}, ""),
        "/there/api.php": (200, {}, body),
    }
    with server(answers) as (url, _):
        assert connect(url).api_url == f"{url}/there/api.php"
    answers = {"/w/api.php": (301, {"Location": "http://elsewhere.example/api.php"}, "")}
    with server(answers) as (url, _), pytest.raises(WikiError):
        connect(url, pace=Pace(max_wait=0))


def test_oauth_signs_every_request_and_sends_no_secret(tmp_path):
    body = '{"query":{"userinfo":{"id":1,"name":"OurBot"},"general":{"lang":"en"}}}'
    secrets = ("consumer-token", "consumer-s3cret", "access-token", "access-s3cret")
    with server({"/w/api.php": (200, {}, body)}) as (url, seen):
        host = url.partition("://")[2]
        (tmp_path / "user-config.py").touch(mode=0o600)
        (tmp_path / "user-config.py").write_text(
            f'family_files["ours"] = "{url}/w/api.php"\nfamily = mylang = "ours"\n'
            f'usernames["ours"]["ours"] = "OurBot"\nauthenticate["{host}"] = {secrets!r}\n'
        )
        bot = connect("", find_config(tmp_path))
        assert bot.login() == "OurBot"
        wrong = connect(url, find_config(settings_of_another(tmp_path)))
        with pytest.raises(NotAllowed, match="belong to another account"):
            wrong.login()
    assert len(seen) >= 3
    for header in seen:
        assert header.startswith("OAuth ")
        assert 'oauth_consumer_key="consumer-token"' in header
        assert 'oauth_token="access-token"' in header
        assert "oauth_signature=" in header
        assert "s3cret" not in header


def settings_of_another(folder: Path) -> Path:
    """The same tokens, for an account that they do not belong to."""
    file = folder / "user-config.py"
    file.write_text(file.read_text().replace("OurBot", "OtherBot"))
    return folder


# Secrets


def test_no_secret_is_ever_printed_or_logged(wiki, tmp_path, caplog, capfd, monkeypatch):
    """Everything is logged that any library logs; log-ins succeed, fail and break off."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "pywiki", "bot", "requests_oauthlib", "oauthlib"):
        caplog.set_level(logging.DEBUG, logger=name)
    good = wiki.credentials.password
    main = wiki.instance.accounts["PlainUser"]["password"]
    wrong = "0f1e2d3c4b5a69780f1e2d3c4b5a6978"
    outcomes = io.StringIO()
    for number, (user, password, secret) in enumerate(
        [
            ("RedpencilBot", f'("RedpencilBot", BotPassword("redpencil", "{good}"))', good),
            ("RedpencilBot", f'("RedpencilBot", BotPassword("redpencil", "{wrong}"))', wrong),
            ("PlainUser", f'("PlainUser", "{main}")', main),
            ("PlainUser", f'("PlainUser", "{wrong}")', wrong),
        ]
    ):
        folder = settings(tmp_path / str(number), wiki, password, user)
        for fault in ("", "http", "lost-answer", "not-json"):
            wiki.clear_faults()
            bot = connection(wiki, config=folder, max_wait=0)
            bot._session.forget_cookies()
            if fault:
                action = "clientlogin" if user == "PlainUser" else "login"
                wiki.fault(fault, 500 if fault == "http" else True, action=action)
            try:
                bot.login()
                list(bot.choose("-cat:Countries"))
            except WikiError:
                traceback.print_exc(file=outcomes)
            print(bot.account, file=outcomes)
        wiki.clear_faults()
        monkeypatch.setenv("PYWIKIBOT_DIR", str(folder))
        for command in (
            ["doctor", "Karvenia"],
            ["doctor", "Karvenia", "--format", "json"],
            ["check", "Karvenia", "--pages", "-cat:Countries"],
        ):
            result = click.testing.CliRunner().invoke(cli.main, command)
            outcomes.write(result.output)
        written = outcomes.getvalue() + caplog.text + "".join(capfd.readouterr())
        assert secret not in written
    assert len(caplog.records) > 50
    left = [
        file
        for file in (tmp_path / ".home").rglob("*")
        if file.is_file() and (good in text_of(file) or main in text_of(file))
    ]
    assert left == []


def text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def test_cookies_are_for_the_owner_alone(wiki, bot, home):
    bot.login()
    cookies = list((home / ".local" / "state" / "redpencil").rglob("cookies-*"))
    assert len(cookies) == 1
    assert cookies[0].stat().st_mode & 0o777 == 0o600
    assert cookies[0].parent.stat().st_mode & 0o777 == 0o700


def test_pywikibot_never_asks_anybody(wiki, tmp_path):
    bot = connection(wiki, config=settings(tmp_path / "c", wiki, "# nothing"))
    with pytest.raises(NotAllowed, match="there is no password"):
        bot.login()
    with pytest.raises(UsageError, match="lacks a value"):
        list(bot.choose("-search"))


def test_the_program_is_left_as_it_was(wiki):
    """No handler, no warning filter, no level of anybody else's logger is changed."""
    before = (list(sys.argv), list(warnings.filters), list(logging.getLogger().handlers))
    connection(wiki, config=wiki.folder).login()
    assert before == (list(sys.argv), list(warnings.filters), list(logging.getLogger().handlers))


def test_runs_that_have_ended_slow_nobody_down(wiki, tmp_path):
    """Pywikibot's throttle counts processes; those that only read, or are gone, do not count."""
    folder = settings(
        tmp_path / "c", wiki, (wiki.folder / "user-password.py").read_text(), "RedpencilBot"
    )
    with (folder / "user-config.py").open("a") as file:
        file.write("put_throttle = 4\n")
    command = [sys.executable, "-m", "bot"]
    for arguments in (["check", "Stellmark"], ["doctor"], ["check", "--pages", "-page:Stellmark"]):
        subprocess.run([*command, *arguments, "--config", folder], check=True, cwd=CHECKOUT)
    bot = connect("", find_config(folder))
    assert bot.seconds_between_edits == 4
    reader = connect("", find_config(folder))
    assert (bot.seconds_between_edits, reader.seconds_between_edits) == (4, 4)


def test_two_accounts_and_two_wikis_in_one_program_do_not_mix(wiki, bot, tmp_path):
    folder = settings(
        tmp_path / "c",
        wiki,
        f'("RivalBot", BotPassword("redpencil", "{wiki.credentials_of("RivalBot").password}"))',
        "RivalBot",
    )
    rival = connection(wiki, config=folder)
    instance = Instance(tmp_path / "other")
    try:
        other = Wiki(instance, instance.up(0).url)
        elsewhere = connection(other, config=other.folder)
        for number in range(3):
            for who in (bot, rival, elsewhere):
                who.login()
                edit(who, f"{number} by {who.account.name} on {who.name}")
        here, there = wiki.history("Stellmark")[:6], other.history("Stellmark")[:3]
    finally:
        instance.delete()
    assert [one.user for one in here] == ["RivalBot", "RedpencilBot"] * 3
    assert {one.user for one in there} == {"RedpencilBot"}
    assert all(one.user in one.text and wiki.url.endswith(one.text.split()[-1]) for one in here)


def test_a_wiki_for_members_is_read_by_logging_in(wiki, tmp_path, monkeypatch):
    """What a private wiki says to strangers: https://www.mediawiki.org/wiki/API:Errors_and_warnings"""
    strangers = '{"errors":[{"code":"readapidenied","text":"You need read permission."}]}'
    with server({"/w/api.php": (200, {}, strangers)}) as (url, _):
        reader = connect(url, pace=Pace(max_wait=0))
        with pytest.raises(NotAllowed, match=r"only members may read this wiki.*user-config\.py"):
            reader.fetch("Karvenia")
    bot = connection(wiki, config=wiki.folder)
    ask, asked = bot._ask, []

    def members_only(action: str, parameters: dict) -> dict:
        asked.append(action)
        known = bot._logged_in or action == "login" or "tokens" in parameters.get("meta", "")
        if not known and "userinfo" not in parameters.get("meta", ""):
            raise NotAllowed("only members", code="readapidenied")
        return ask(action, parameters)

    monkeypatch.setattr(bot, "_ask", members_only)
    assert bot.fetch("Karvenia").text == wiki.text("Karvenia")
    assert bot.is_logged_in
    assert asked.count("login") == 1


def test_a_wiki_on_unusual_paths_is_found_by_what_its_pages_say(wiki):
    reader = connect("", apis=(f"{wiki.url}/unusual/api.php",), pace=Pace(max_wait=0))
    assert reader.api_url == wiki.api_url
    info = '{"query":{"general":{"lang":"en","articlepath":"/title/$1"}}}'
    link = '<link rel="EditURI" type="application/rsd+xml" href="{}/deep/api.php?action=rsd"/>'
    for target, found in (("", True), ("http://elsewhere.example", False)):
        answers: Answers = {
            "/": (302, {"Location": "/title/Main"}, ""),
            "/title/Main": (200, {}, link.format(target)),
            "/deep/api.php": (200, {}, info),
        }
        with server(answers) as (url, _):
            if found:
                assert connect(f"{url}/title/Main").api_url == f"{url}/deep/api.php"
            else:
                with pytest.raises(WikiError, match="http-404"):
                    connect(f"{url}/title/Main")


def test_titles_are_read_from_addresses_of_unusual_paths(wiki, monkeypatch):
    reader = connection(wiki)
    monkeypatch.setitem(reader.info["general"], "articlepath", "/title/$1")
    for written, title in (
        (f"{wiki.url}/title/Stellmark/History", "Stellmark/History"),
        (f"{wiki.url}/title/Stellmark", "Stellmark"),
        (f"{wiki.url}/index.php?title=Stellmark", "Stellmark"),
        ("[[title/Stellmark]]", None),
    ):
        ((target, page),) = reader.pages([parse(written)])
        assert target.written == written
        assert (None if isinstance(page, NoPage) else page.title) == title


@pytest.mark.parametrize("fault", ["http", "not-json", "lost-answer"])
def test_page_generators_wait_no_longer_than_everything_else(wiki, fault):
    reader = connection(wiki, max_wait=0)
    wiki.fault(fault, 503 if fault == "http" else True, action="query")
    with pytest.raises(WikiUnavailable, match="--pages"):
        list(reader.choose("-cat:Countries"))


def test_pauses_of_page_generators_fit_into_what_is_allowed():
    assert [Pace(max_wait=seconds).most_pauses for seconds in (0, 1, 2, 3, 120)] == [0, 1, 1, 2, 6]
    assert Pace(max_wait=200, longest_pause=10).most_pauses == 4 + 18


def test_a_folder_of_states_that_cannot_be_written_is_named(wiki, tmp_path, monkeypatch):
    taken = tmp_path / "a file"
    taken.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(taken))
    address = wiki.page_url("Stellmark")
    for command in (["check", address], ["doctor", address]):
        result = click.testing.CliRunner().invoke(cli.main, command)
        assert result.exit_code in (3, 4)
        assert f"{taken}/redpencil/wikis: sessions cannot be kept there" in result.output
        assert "XDG_STATE_HOME" in result.output
        assert "report cannot be written" not in result.output
