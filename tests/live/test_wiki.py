"""The wiki that everything else is proved on: does it really do what the other tests rely on?"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import re
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.live.wiki import CHECKOUT, Credentials, Instance, Refused, Wiki, seed

SCRIPT = CHECKOUT / "scripts" / "wiki"


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False
    )


def ask(wiki: Wiki, **parameters: object) -> requests.Response:
    """A request like any other's, not spared by faults."""
    data = {"action": "query", "meta": "siteinfo", "format": "json", **parameters}
    return requests.post(wiki.api_url, data=data, timeout=20)


class Bot:
    """A bot that logs in with a bot password and edits, in the plainest way."""

    def __init__(self, wiki: Wiki, credentials: Credentials) -> None:
        self.wiki = wiki
        self.session = requests.Session()
        token = self.ask(action="query", meta="tokens", type="login")["query"]["tokens"]
        self.login = self.ask(
            action="login",
            lgname=credentials.login,
            lgpassword=credentials.password,
            lgtoken=token["logintoken"],
        )["login"]
        self.token = self.ask(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def ask(self, **parameters: object) -> dict:
        data = {"format": "json", "formatversion": 2, **parameters}
        return self.session.post(self.wiki.api_url, data=data, timeout=20).json()

    def edit(self, title: str, text: str, **more: object) -> dict:
        return self.ask(action="edit", title=title, text=text, token=self.token, **more)


@pytest.fixture
def bot(wiki: Wiki) -> Bot:
    return Bot(wiki, wiki.credentials)


# The command.


@pytest.fixture
def folder(tmp_path: Path):
    folder = tmp_path / "wiki"
    yield folder
    Instance(folder).delete()


@pytest.fixture
def spaced(tmp_path: Path):
    folder = tmp_path / "my wiki"
    yield folder
    Instance(folder).delete()


def test_up_prints_the_address_and_commands_that_can_be_pasted(spaced):
    folder = spaced
    result = command("up", "--port", "0", "--dir", folder)
    assert result.returncode == 0, result.stderr
    url = re.search(r"http://127\.0\.0\.1:\d+", result.stdout).group()
    assert f"redpencil check {url}/wiki/Karvenia#Foreign_relations" in result.stdout
    words = [shlex.split(line) for line in result.stdout.splitlines() if line.startswith("  ")]
    assert [f"PYWIKIBOT_DIR={folder}", "redpencil", "check"] in [each[:3] for each in words]
    stop = result.stdout.partition("Stop it: ")[2]
    assert shlex.split(stop) == ["scripts/wiki", "down", "--dir", str(folder)]
    assert "Foreign relations" in requests.get(f"{url}/wiki/Karvenia", timeout=20).text


def test_secrets_are_for_the_owner_alone_and_are_not_printed(folder):
    result = command("up", "--port", "0", "--dir", folder)
    instance = Instance(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("accounts.json", "user-password.py", "secret-key", "wiki.sqlite"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    for account in instance.accounts.values():
        assert account["password"] not in result.stdout + result.stderr
        for bot_password in account["bot_passwords"].values():
            assert re.fullmatch("[0-9a-w]{32}", bot_password["password"])
            assert bot_password["password"] not in result.stdout + result.stderr


def test_up_twice_is_one_wiki_and_down_leaves_no_process(folder):
    instance = Instance(folder)
    first = instance.up(0)
    result = command("up", "--dir", folder)
    assert result.returncode == 0, result.stderr
    assert first.url in result.stdout
    assert instance.server() == first
    assert command("status", "--dir", folder).returncode == 0
    assert instance.down()
    assert command("status", "--dir", folder).returncode == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", first.port))
    assert command("down", "--dir", folder).returncode == 0


def test_pages_survive_down_and_up(folder):
    instance = Instance(folder)
    wiki = Wiki(instance, instance.up(0).url)
    wiki.edit("Stellmark", "Changed.")
    instance.down()
    again = Wiki(instance, instance.up(0).url)
    assert again.text("Stellmark") == "Changed."


def test_down_delete_leaves_nothing(folder):
    Instance(folder).up(0)
    assert command("down", "--delete", "--dir", folder).returncode == 0
    assert not folder.exists()


def test_a_folder_with_other_files_is_left_alone(folder):
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    result = command("up", "--port", "0", "--dir", folder)
    assert result.returncode == 3
    assert "--dir" in result.stderr
    assert (folder / "letter.txt").read_text() == "dear"
    (folder / "letter.txt").unlink()
    folder.rmdir()


def test_a_taken_port_is_one_clear_sentence(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = command("up", "--port", str(port), "--dir", folder)
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert f"port {port} is taken" in result.stderr


def test_killed_servers_are_not_taken_for_running(folder):
    instance = Instance(folder)
    for pid in instance.up(0).pids:
        os.kill(pid, signal.SIGKILL)
    instance.down()
    assert instance.server() is None
    assert requests.get(f"{instance.up(0).url}/wiki/Karvenia", timeout=20).ok


def test_workers_whose_parent_was_killed_are_stopped_too(folder):
    instance = Instance(folder)
    server = instance.up(0)
    os.kill(server.pids[0], signal.SIGKILL)
    instance.down()
    assert instance.server() is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_a_start_broken_off_half_way_is_mended_by_the_next(folder):
    instance = Instance(folder)
    instance.up(0)
    instance.down()
    (folder / "half-restored").touch()
    (folder / "accounts.json").write_text("{")
    (folder / "wiki.sqlite").write_bytes(b"")
    wiki = Wiki(instance, instance.up(0).url)
    assert wiki.exists("Karvenia")
    assert Bot(wiki, wiki.credentials).login["result"] == "Success"


def test_two_wikis_side_by_side(wiki, folder):
    instance = Instance(folder)
    other = Wiki(instance, instance.up(0).url)
    other.edit("Stellmark", "Only here.")
    assert other.url != wiki.url
    assert "capital" in wiki.text("Stellmark")
    instance.down()
    assert wiki.exists("Stellmark")


def test_the_reset_command_puts_the_pages_back_under_the_running_server(folder):
    instance = Instance(folder)
    wiki = Wiki(instance, instance.up(0).url)
    before = wiki.text("Karvenia")
    wiki.edit("Karvenia", "Nothing is left.")
    assert command("reset", "--dir", folder).returncode == 0
    assert wiki.text("Karvenia") == before


def test_two_starts_at_once_are_one_wiki(folder):
    starts = [
        subprocess.Popen(
            [sys.executable, SCRIPT, "up", "--port", "0", "--dir", folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    addresses = {re.search(r"http://127\.0\.0\.1:\d+", s.communicate()[0]).group() for s in starts}
    assert addresses == {Instance(folder).server().url}


@pytest.mark.parametrize("after", [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4])
def test_a_start_interrupted_at_any_moment_can_be_repeated(folder, after):
    start = subprocess.Popen(
        [sys.executable, SCRIPT, "up", "--port", "0", "--dir", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    start.send_signal(signal.SIGINT)
    if start.wait() != 0:
        assert Instance(folder).server() is None
    wiki = Wiki(Instance(folder), Instance(folder).up(0).url)
    assert Bot(wiki, wiki.credentials).login["result"] == "Success"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stand-ins for the programs that look for packages and install them; nothing is installed."""
    folder = tmp_path / "programs"
    folder.mkdir()

    def add(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    add("dpkg-query", "exit 1")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return add


def test_a_failed_installation_is_one_sentence_with_the_reason_and_the_command(programs, folder):
    programs("apt-get", "echo 'E: no route to the mirror' >&2; exit 100")
    programs("sudo", 'test "$2" = true || { shift; exec "$@"; }')
    result = command("up", "--dir", folder)
    assert result.returncode == 3
    assert "E: no route to the mirror" in result.stderr.splitlines()[-1]
    assert "apt-get install --no-install-recommends mediawiki" in result.stderr.splitlines()[-1]
    assert not folder.exists()


def test_who_may_not_install_is_told_what_root_should_type(programs, monkeypatch):
    programs("apt-get", "exit 100")
    programs("sudo", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(seed.WikiError, match="only root may install it; run: apt-get install"):
        seed.install_packages(seed.missing_packages())


def test_packages_prints_one_name_a_line():
    names = command("packages").stdout.split("\n")
    assert "mediawiki" in names
    assert "apache2" not in names


def test_listens_on_loopback_only(wiki):
    inodes = set()
    for pid in wiki.instance.server().pids:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            inodes.add(str(entry.readlink()))
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                listening.append(fields[1].partition(":")[0])
    assert listening == ["0100007F"]


# Back to the seed.


def test_reset_undoes_everything_and_keeps_people_logged_in(wiki):
    text, latest = wiki.text("Karvenia"), wiki.latest("Karvenia")
    wiki.edit("Karvenia", "Gone.")
    wiki.edit("A new page", "New.")
    wiki.delete("Stellmark")
    wiki.move("Valdoria", "Old Valdoria")
    wiki.protect("United Nations")
    wiki.block("PlainUser")
    wiki.edit_filter("disallow")
    wiki.fault("readonly", "closed")
    people = dict(wiki._people)
    wiki.reset()
    assert (wiki.text("Karvenia"), wiki.latest("Karvenia")) == (text, latest)
    assert not wiki.exists("A new page")
    assert wiki.exists("Stellmark")
    assert not wiki.exists("Old Valdoria")
    wiki.edit("United Nations", "Open again.")
    assert wiki.history("United Nations")[0].user == "PlainUser"
    assert ask(wiki).json()["query"]["general"].get("readonly") is None
    assert people["PlainUser"] is wiki._people["PlainUser"]


def test_reset_while_others_edit_never_harms_the_database(wiki):
    text = wiki.text("Stellmark")
    bots = [Bot(wiki, wiki.credentials_of(name)) for name in ("RedpencilBot", "RivalBot")]
    over = threading.Event()

    def edit_all_the_time(bot: Bot) -> int:
        number = 0
        while not over.is_set():
            number += 1
            bot.edit("Stellmark", f"{bot.token} {number}")
        return number

    with concurrent.futures.ThreadPoolExecutor() as pool:
        edits = [pool.submit(edit_all_the_time, bot) for bot in bots]
        for _ in range(50):
            wiki.reset()
            time.sleep(0.01)
        over.set()
    assert all(edit.result() > 0 for edit in edits)
    wiki.reset()
    assert wiki.text("Stellmark") == text
    assert [revision.user for revision in wiki.history("Stellmark")] == ["Admin"]
    with contextlib.closing(sqlite3.connect(wiki.folder / "wiki.sqlite")) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]


# People and rights.


def test_every_account_logs_in_with_its_bot_password(wiki):
    for name in wiki.instance.accounts:
        result = Bot(wiki, wiki.credentials_of(name)).login
        assert result["result"] == "Success", (name, result)
        assert result["lgusername"] == name


def test_a_wrong_password_is_refused(wiki):
    wrong = wiki.credentials._replace(password="0" * 32)
    assert Bot(wiki, wrong).login["result"] == "Failed"


def test_the_bot_edits_with_flag_and_limits_of_a_bot(wiki, bot):
    saved = bot.edit("Stellmark", "By a bot.", bot=True)["edit"]
    assert wiki.is_bot_edit(saved["newrevid"])
    rights = bot.ask(action="query", meta="userinfo", uiprop="rights")["query"]["userinfo"]
    assert {"bot", "apihighlimits", "edit"} <= set(rights["rights"])


def test_the_reading_password_may_not_edit(wiki):
    reader = Bot(wiki, wiki.credentials_of("RedpencilBot", "reading"))
    answer = reader.edit("Stellmark", "Never.")
    assert answer["error"]["code"] in {"permissiondenied", "protectednamespace", "readapidenied"}
    assert wiki.text("Stellmark") != "Never."


def test_a_blocked_user_cannot_edit_and_nobody_else_is_blocked_along(wiki):
    with pytest.raises(Refused, match="blocked"):
        wiki.edit("Stellmark", "Never.", as_user="BlockedUser")
    wiki.edit("Stellmark", "By nobody in particular.", as_user=None)
    assert wiki.history("Stellmark")[0].user == "127.0.0.1"


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Protected page", "protectedpage"),
        ("Cascade-protected page", "cascadeprotected"),
        ("Locked by its title", "titleblacklist-forbidden"),
        ("Forbidden treasure", "titleblacklist-forbidden"),
    ],
)
def test_protected_pages_refuse(bot, title, code):
    assert bot.edit(title, "Never.")["error"]["code"] == code


def test_the_half_protected_page_is_open_to_bots(bot):
    assert bot.edit("Half-protected page", "By a bot.")["edit"]["result"] == "Success"


def test_the_spam_blacklist_names_the_host(wiki, bot):
    answer = bot.edit("Page with advertising", "See https://badhost.example/offer")
    assert answer["error"]["code"] == "spamblacklist"
    assert answer["error"]["spamblacklist"]["matches"] == ["badhost.example"]
    assert "badhost" not in wiki.text("Page with advertising")


def test_the_warning_filter_warns_once_and_shows_its_own_words(wiki, bot):
    wiki.edit_filter("warn")
    # Only errorsuselocal has the API use the messages that the wiki wrote itself.
    answer = bot.edit("Stellmark", "Looks odd.", errorformat="plaintext", errorsuselocal=True)
    assert answer["errors"][0]["code"] == "abusefilter-warning"
    assert "Are you sure?" in answer["errors"][0]["text"]
    assert wiki.text("Stellmark") != "Looks odd."
    assert bot.edit("Stellmark", "Looks odd.")["edit"]["result"] == "Success"


def test_the_disallowing_filter_refuses_again_and_again(wiki, bot):
    wiki.edit_filter("disallow")
    for _ in range(2):
        assert bot.edit("Stellmark", "Bad.")["error"]["code"] == "abusefilter-disallowed"
    assert bot.edit("Talk:Karvenia", "Not an article.")["edit"]["result"] == "Success"
    wiki.edit_filter("disallow", on=False)
    assert bot.edit("Stellmark", "Good.")["edit"]["result"] == "Success"


def test_a_filter_takes_another_rule(wiki, bot):
    wiki.edit_filter("disallow", rule='user_name == "RivalBot"')
    assert bot.edit("Stellmark", "Good.")["edit"]["result"] == "Success"
    with pytest.raises(Refused, match="abusefilter-disallowed"):
        wiki.edit("Stellmark", "Bad.", as_user="RivalBot")


def test_other_peoples_hands(wiki):
    first = wiki.latest("Stellmark")
    second = wiki.edit("Stellmark", "Two.", summary="second")
    third = wiki.undo("Stellmark", second, as_user="RivalBot")
    history = wiki.history("Stellmark")
    assert [revision.id for revision in history] == [third, second, first]
    assert [revision.parent for revision in history] == [second, first, 0]
    assert [revision.user for revision in history] == ["RivalBot", "PlainUser", "Admin"]
    assert "mw-undo" in history[0].tags
    assert history[1].summary == "second"
    wiki.edit("Equal headings", "== Talks ==\nOver.", section=3)
    assert "Over." in wiki.text("Equal headings")
    assert "first round" in wiki.text("Equal headings")
    wiki.delete("Stellmark")
    assert not wiki.exists("Stellmark")
    wiki.move("Valdoria", "New Valdoria")
    assert wiki.text("Valdoria") == "#REDIRECT [[New Valdoria]]"
    wiki.protect("New Valdoria")
    with pytest.raises(Refused, match="protectedpage"):
        wiki.edit("New Valdoria", "Never.")
    wiki.block("RivalBot", "too fast")
    with pytest.raises(Refused, match="blocked"):
        wiki.edit("Karvenia", "Never.", as_user="RivalBot")
    wiki.unblock("RivalBot")
    wiki.edit("Karvenia", "Allowed again.", as_user="RivalBot")


def test_a_missing_page_is_a_key_error(wiki):
    with pytest.raises(KeyError):
        wiki.text("A page that was never written")
    assert wiki.history("A page that was never written") == []


def test_nobody_has_stopped_the_bot_yet(wiki):
    assert wiki.exists("User:RedpencilBot")
    assert not wiki.exists("User:RedpencilBot/stop")


# Pages.


@pytest.mark.parametrize("title", ["Karvenia", "Foreign relations of Karvenia", "Valdoria"])
def test_templates_exist_and_render(wiki, title):
    used = wiki.api("query", titles=title, prop="templates", tllimit="max")["query"]["pages"][0]
    assert all(wiki.exists(template["title"]) for template in used["templates"])
    html = wiki.parse(wiki.text(title), title)
    assert "scribunto-error" not in html
    assert 'class="error' not in html
    assert "{{" not in html


def test_citations_render_as_readers_know_them(wiki):
    archive = "https://web.archive.org/web/20160301000000/http://a.example/b"
    parts = f"{{{{cite web |url=http://a.example/b |title=B |archive-url={archive}"
    dated = parts + " |archive-date=1 March 2016"
    unstated = wiki.parse(dated + "}}")
    assert f'href="{archive}">B<' in unstated
    assert 'href="http://a.example/b">the original<' in unstated
    live = wiki.parse(dated + " |url-status=live}}")
    assert 'href="http://a.example/b">B<' in live
    assert f'href="{archive}">Archived<' in live
    assert "a.example/b&quot;" not in live
    usurped = wiki.parse(dated + " |url-status=usurped}}")
    assert 'href="http://a.example/b"' not in usurped
    for html in (unstated, live, usurped):
        assert "cs1-visible-error" not in html


def test_wrong_citations_say_what_is_wrong(wiki):
    html = wiki.parse(wiki.text("Page with a bad citation"))
    errors = re.findall(r'cs1-visible-error citation-comment">(.*?)</span>', html)
    assert [re.sub(r"<[^>]*>|&#124;", "", error) for error in errors] == [
        "archive-url= requires archive-date=",
        "archive-date= requires archive-url=",
        "archive-date= / archive-url= timestamp mismatch",
        "Invalid url-status=broken=",
        "Missing or empty title=",
    ]


@pytest.mark.parametrize(
    ("wikitext", "shown"),
    [
        ("{{as of|2019}}", "As of 2019"),
        ("{{as of|2019|3|lc=y}}", "as of March 2019"),
        ("{{as of|2019|alt=still}}", "still"),
        ("{{when|date=May 2020}}", "[when?]"),
        ("{{Update inline|date=May 2020|reason=old}}", "[needs update]"),
        ("{{update after|2019|1|1}}", "[needs update]"),
        ("{{update after|2999|1|1}}", ""),
        ("{{dead link|date=May 2020|fix-attempted=yes}}", "[dead link]"),
        ("{{webarchive|url=https://a.example/|title=A|date=May 2020}}", "A on May 2020"),
        ("{{main|Karvenia}}", "Main article: Karvenia"),
        ("{{nobots}}{{bots|deny=X}}{{cbignore}}{{use dmy dates|date=May 2020}}", ""),
        ("{{use mdy dates}}{{use British English}}{{use American English}}", ""),
    ],
)
def test_templates(wiki, wikitext, shown):
    html = wiki.parse(wikitext)
    text = re.sub(r"<style.*?</style>|<[^>]*>", "", html).replace("&#91;", "[")
    assert text.replace("&#93;", "]").replace("&#32;", " ").strip() == shown


def test_redirects_of_every_kind(wiki):
    def follow(title: str) -> tuple[str | None, str | None]:
        query = wiki.api("query", titles=title, redirects=True)["query"]
        pages = query.get("pages", [])
        fragments = [hop.get("tofragment") for hop in query["redirects"]]
        return (pages[0]["title"] if pages else None, fragments[0])

    osce = "Organization for Security and Co-operation in Europe"
    assert follow("OSCE") == (osce, None)
    assert follow("Organisation for Security and Cooperation in Europe") == (osce, None)
    assert follow("Organisation for Security") == (osce, None)
    assert follow("UNO") == ("United Nations", None)
    assert follow("UN Security Council") == ("United Nations", "Security Council")
    assert follow("Karvenian foreign relations") == ("Karvenia", "Foreign relations")
    assert follow("Redirect to nowhere") == ("A page that was never written", None)
    assert follow("Redirect to a choice") == ("Mercury (disambiguation)", None)
    assert follow("🇺🇳") == ("United Nations", None)
    assert follow("Loop one")[0] is None
    assert follow("Redirect to itself")[0] is None
    assert not wiki.exists("A page that was never written")


def test_page_properties_as_on_large_wikis(wiki):
    titles = "Mercury (disambiguation)|SDR|United Nations|NATO|Karvenia"
    pages = wiki.api("query", titles=titles, prop="pageprops")["query"]["pages"]
    assert {page["title"]: page.get("pageprops", {}) for page in pages} == {
        "Mercury (disambiguation)": {"disambiguation": ""},
        "SDR": {"disambiguation": ""},
        "United Nations": {"wikibase_item": "Q1065"},
        "NATO": {"wikibase_item": "Q7184"},
        "Karvenia": {},
    }


def test_clients_believe_in_disambiguation(wiki):
    answer = wiki.api("query", meta="siteinfo", siprop="extensions")["query"]
    assert "Disambiguator" in {extension["name"] for extension in answer["extensions"]}


def test_sections_equal_and_from_a_template(wiki):
    equal = wiki.sections("Equal headings")
    assert [one["anchor"] for one in equal if one["line"] == "Talks"] == [
        "Talks",
        "Talks_2",
        "Talks_3",
    ]
    foreign = wiki.sections("Sections from a template")
    assert [one["index"] for one in foreign] == ["T-1", "T-2", "1"]


def test_titles_and_texts_of_every_script(wiki):
    for title in ("Café São Tomé", "العلاقات الخارجية", "🚀 Rockets", 'C++ & R&D: 100% "true"?'):
        assert wiki.exists(title)
        assert requests.get(wiki.page_url(title), timeout=20).ok, title
    assert "𝔘𝔫𝔦" in wiki.text("🚀 Rockets")
    assert requests.get(wiki.page_url("Karvenia.text"), timeout=20).ok


def test_a_very_long_page(wiki):
    assert len(wiki.text("A very long page")) > 400_000


def test_the_category_finds_the_articles(wiki):
    answer = wiki.api("query", list="categorymembers", cmtitle="Category:Foreign relations")
    titles = {member["title"] for member in answer["query"]["categorymembers"]}
    assert titles == {"Karvenia", "Foreign relations of Karvenia", "Valdoria"}


# Faults.


def test_readonly_refuses_edits_with_the_reason_and_lets_read(wiki, bot):
    wiki.fault("readonly", "The disk is being changed.")
    error = bot.edit("Stellmark", "Never.")["error"]
    assert error["code"] == "readonly"
    assert error["readonlyreason"] == "The disk is being changed."
    assert ask(wiki).ok


def test_maxlag_asks_for_patience(wiki, bot):
    wiki.fault("maxlag", 12)
    response = ask(wiki, maxlag=5)
    assert response.json()["error"]["code"] == "maxlag"
    assert response.json()["error"]["lag"] == 12
    assert int(response.headers["Retry-After"]) > 0
    assert "error" not in ask(wiki).json()


def test_ratelimit_lets_so_many_edits_through(wiki, bot):
    wiki.fault("ratelimit", 2)
    outcomes = [bot.edit("Stellmark", f"Edit {number}") for number in range(3)]
    assert [outcome.get("edit", {}).get("result") for outcome in outcomes[:2]] == ["Success"] * 2
    assert outcomes[2]["error"]["code"] == "ratelimited"
    wiki.clear_faults()
    wiki.fault("ratelimit", 1)
    assert bot.edit("Stellmark", "A new minute.")["edit"]["result"] == "Success"


def test_captcha_stops_bots_too(wiki, bot):
    wiki.fault("captcha")
    answer = bot.edit("Stellmark", "Never.")["edit"]
    assert answer["result"] == "Failure"
    assert "captcha" in answer


@pytest.mark.parametrize("status", [429, 500, 503])
def test_http_statuses(wiki, status):
    wiki.fault("http", status, retry_after=7)
    response = ask(wiki)
    assert response.status_code == status
    assert response.headers["Retry-After"] == "7"
    assert wiki.exists("Karvenia")


def test_slow_answers_come_late(wiki):
    wiki.fault("slow", 0.4)
    with pytest.raises(requests.ReadTimeout):
        requests.post(wiki.api_url, timeout=0.2)
    wiki.clear_faults()
    assert ask(wiki).ok


def test_not_json(wiki):
    wiki.fault("not-json", "<p>Please sign in.")
    response = ask(wiki)
    assert response.status_code == 200
    assert response.text == "<p>Please sign in."


def test_lost_answer_loses_the_answer_but_not_the_edit(wiki, bot):
    wiki.fault("lost-answer", times=1)
    with pytest.raises(requests.ConnectionError):
        bot.edit("Stellmark", "Saved after all.")
    assert wiki.text("Stellmark") == "Saved after all."
    assert bot.edit("Stellmark", "And on.")["edit"]["result"] == "Success"


def test_lost_request_loses_the_edit(wiki, bot):
    wiki.fault("lost-request")
    with pytest.raises(requests.ConnectionError):
        bot.edit("Stellmark", "Never.")
    assert wiki.text("Stellmark") != "Never."
    assert bot.ask(action="query", meta="userinfo")["query"]["userinfo"]["name"] == "RedpencilBot"


def test_session_loss_for_one_request(wiki, bot):
    wiki.fault("session-loss", times=1)
    assert bot.edit("Stellmark", "Never.", assertuser="RedpencilBot")["error"]["code"] == (
        "assertnameduserfailed"
    )
    assert bot.edit("Stellmark", "Here again.")["edit"]["result"] == "Success"


def test_bad_token_for_one_request(wiki, bot):
    wiki.fault("bad-token", times=1)
    assert bot.edit("Stellmark", "Never.")["error"]["code"] == "badtoken"
    assert bot.edit("Stellmark", "Here again.")["edit"]["result"] == "Success"


def test_forgotten_sessions_are_gone_for_good(wiki, bot):
    wiki.forget_sessions()
    assert bot.edit("Stellmark", "Never.")["error"]["code"] == "badtoken"
    assert "anon" in bot.ask(action="query", meta="userinfo")["query"]["userinfo"]
    wiki.edit("Stellmark", "Our own people log in anew.")


def test_a_fault_can_strike_some_requests_and_one_action_only(wiki, bot):
    wiki.fault("http", 503, times=2, action="edit")
    assert ask(wiki).status_code == 200
    assert [ask(wiki, action="edit").status_code for _ in range(3)] == [503, 503, 200]


def test_faults_written_by_hand(wiki):
    (wiki.instance.faults / "http").write_text("418\n")
    assert ask(wiki).status_code == 418


def test_a_wiki_started_without_faults_takes_no_notice_of_them(folder):
    instance = Instance(folder)
    wiki = Wiki(instance, instance.up(0).url)
    wiki.fault("http", 500)
    assert ask(wiki).status_code == 200
    assert command("up", "--with-faults", "--dir", folder).returncode == 3
