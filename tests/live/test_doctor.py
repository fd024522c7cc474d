"""redpencil doctor sees what is in place on a real wiki, and says how to mend what is not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click.testing
import pytest

from bot import cli
from tests.live.wiki import Wiki

SETTINGS = "user-config.py"


def doctor(*arguments: object) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit status, and each look by its name."""
    command = ["doctor", *map(str, arguments), "--format", "json"]
    result = click.testing.CliRunner().invoke(cli.main, command)
    report = json.loads(result.stdout)
    assert report["version"] == 1
    assert report["well"] == (result.exit_code == 0)
    return result.exit_code, {look["name"]: look for look in report["looks"]}


def settings(
    wiki: Wiki,
    folder: Path,
    *,
    account: str = "RedpencilBot",
    app: str = "redpencil",
    more: str = "",
) -> Path:
    """Pywikibot's settings for one of the wiki's accounts."""
    folder.mkdir(exist_ok=True)
    text = (wiki.folder / SETTINGS).read_text().replace("RedpencilBot", account)
    (folder / SETTINGS).write_text(text + more)
    secret = folder / "user-password.py"
    secret.touch(mode=0o600)
    password = wiki.credentials_of(account, app).password
    secret.write_text(f'("{account}", BotPassword("{app}", "{password}"))\n')
    return folder


def states(looks: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: look["state"] for name, look in looks.items()}


def test_all_is_well(wiki):
    status, looks = doctor("Karvenia", "--config", wiki.folder)
    assert status == 0
    assert states(looks) == dict.fromkeys(looks, "ok")
    assert set(looks) == {
        "settings",
        "wiki",
        "account",
        "rights",
        "bot flag",
        "block",
        "throttle",
        "stop page",
        "page",
        "maxlag",
    }
    assert "logged in as RedpencilBot by bot password" in looks["account"]["seen"]
    assert "may edit" in looks["rights"]["seen"]
    assert "MediaWiki 1.39" in looks["wiki"]["seen"]


def test_the_table_for_a_person(wiki):
    result = click.testing.CliRunner().invoke(
        cli.main, ["doctor", "Protected page", "--config", str(wiki.folder)]
    )
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert re.match(
        r"ok    wiki       MediaWiki 1\.39\S* at http://127\.0\.0\.1:\d+/api\.php, \d+ ms$",
        lines[1],
    )
    failed = [number for number, line in enumerate(lines) if line.startswith("fail")]
    assert [lines[number].split()[1] for number in failed] == ["page"]
    assert lines[failed[0] + 1].lstrip().startswith("→ ")
    assert lines[-1] == "1 of 10 to be mended."


def test_reading_alone_is_no_fault(wiki):
    status, looks = doctor(f"{wiki.url}/wiki/Karvenia")
    assert status == 0
    assert looks["account"]["state"] == looks["settings"]["state"] == "note"
    assert "user-config.py.sample" in looks["account"]["mend"]


def test_no_wiki_at_all(home):
    status, looks = doctor()
    assert (status, looks["wiki"]["state"]) == (3, "fail")
    assert "no wiki is named" in looks["wiki"]["seen"]


def test_a_wiki_that_does_not_answer(wiki):
    wiki.fault("http", 503)
    status, looks = doctor("--site", wiki.url, "--max-wait", 0)
    assert (status, looks["wiki"]["state"]) == (3, "fail")
    assert "HTTP 503" in looks["wiki"]["seen"]


def test_a_wrong_password(wiki, tmp_path):
    folder = settings(wiki, tmp_path / "c")
    password = folder / "user-password.py"
    password.write_text(f'("RedpencilBot", BotPassword("redpencil", "{"0" * 32}"))\n')
    status, looks = doctor("--config", folder)
    assert (status, looks["account"]["state"]) == (3, "fail")
    assert "the log-in failed" in looks["account"]["seen"]
    assert "maxlag" in looks


def test_a_password_that_was_changed_since_the_last_session(wiki, tmp_path):
    folder = settings(wiki, tmp_path / "c")
    assert doctor("--config", folder)[0] == 0
    (folder / "user-password.py").write_text(
        f'("RedpencilBot", BotPassword("redpencil", "{"0" * 32}"))\n'
    )
    status, looks = doctor("--config", folder)
    assert (status, looks["account"]["state"]) == (3, "fail")
    (folder / "user-password.py").write_text("")
    status, looks = doctor("--config", folder)
    assert (status, looks["account"]["state"]) == (3, "fail")


def test_a_secret_that_others_may_read(wiki, tmp_path):
    folder = settings(wiki, tmp_path / "c")
    (folder / "user-password.py").chmod(0o644)
    status, looks = doctor("--config", folder)
    assert status == 3
    assert f"chmod 600 {folder}/user-password.py" in looks["wiki"]["seen"]


def test_a_bot_password_without_grants(wiki, tmp_path):
    status, looks = doctor("--config", settings(wiki, tmp_path / "c", app="reading"))
    assert status == 3
    assert looks["rights"]["state"] == looks["bot flag"]["state"] == "fail"
    assert "“Edit existing pages” at Special:BotPasswords" in looks["rights"]["mend"]
    assert "“High-volume (bot) access” at Special:BotPasswords" in looks["bot flag"]["mend"]


def test_a_person_is_no_bot_and_that_is_no_fault(wiki, tmp_path):
    status, looks = doctor("--config", settings(wiki, tmp_path / "c", account="PlainUser"))
    assert status == 0
    assert looks["bot flag"]["state"] == "note"


def test_a_block(wiki, tmp_path):
    status, looks = doctor("--config", settings(wiki, tmp_path / "c", account="BlockedUser"))
    assert (status, looks["block"]["state"]) == (3, "fail")
    assert "Blocked in the seed" in looks["block"]["seen"]
    wiki.block(
        "RedpencilBot", "Not here", partial=True, allowusertalk=True, pagerestrictions="Karvenia"
    )
    status, looks = doctor("--config", wiki.folder)
    assert (status, looks["block"]["state"]) == (0, "note")
    status, looks = doctor("Karvenia", "--config", wiki.folder)
    assert (status, looks["page"]["state"]) == (3, "fail")


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("Protected page", "This page has been protected"),
        ("Cascade-protected page", "Cascading page"),
        ("Page without bots", "{{nobots}}"),
        ("Page without Redpencil", "{{"),
        ("Page for RivalBot alone", "{{"),
        ("Page in use", "{{"),
        ("No such page", "there is no such page"),
    ],
)
def test_a_page_that_may_not_be_edited(wiki, title, part):
    status, looks = doctor(f"[[{title}]]", "--config", wiki.folder)
    assert (status, looks["page"]["state"]) == (3, "fail")
    assert part in looks["page"]["seen"]


def test_a_stop_page(wiki):
    wiki.edit("User:RedpencilBot/stop", "Please stop:\nit breaks tables.")
    status, looks = doctor("--config", wiki.folder)
    assert (status, looks["stop page"]["state"]) == (3, "fail")
    assert "“Please stop: it breaks tables.”" in looks["stop page"]["seen"]
    wiki.edit("User:RedpencilBot/stop", "", as_user="Admin")
    assert doctor("--config", wiki.folder)[0] == 0


def test_throttle_and_maxlag_as_they_hold(wiki, tmp_path):
    folder = settings(wiki, tmp_path / "c", more="put_throttle = 7\nwrite_maxlag = 3\n")
    wiki.fault("maxlag", 2)
    _, looks = doctor("--config", folder)
    assert "7 s between two edits" in looks["throttle"]["seen"]
    assert looks["maxlag"]["state"] == "ok"
    assert "edits wait when the database lags more than 3 s" in looks["maxlag"]["seen"]


def test_archives_are_asked_that_the_settings_choose(wiki, tmp_path):
    own = f'{{ name = "Ours", door = "memento", timegate = "{wiki.url}/index.php/" }}'
    file = tmp_path / "config.toml"
    file.write_text(
        f'[archives]\ncontact = "mailto:me@example.org"\norder = ["Ours"]\nown = [{own}]\n'
    )
    status, looks = doctor("--site", wiki.url, "--settings", file)
    assert (status, looks["archive Ours (memento)"]["state"]) == (0, "ok")
    wiki.fault("http", 500, action="view")
    status, looks = doctor("--site", wiki.url, "--settings", file)
    assert (status, looks["archive Ours (memento)"]["state"]) == (3, "fail")
    wiki.clear_faults()
    _, looks = doctor("--site", wiki.url)
    assert not [name for name in looks if name.startswith("archive")]


def test_nothing_is_edited(wiki):
    before = wiki.api("query", list="recentchanges", rclimit=1)
    doctor("Karvenia", "--config", wiki.folder)
    assert wiki.api("query", list="recentchanges", rclimit=1) == before


def test_a_file_is_no_page(home):
    Path("page.wiki").touch()
    result = click.testing.CliRunner().invoke(cli.main, ["doctor", "page.wiki"])
    assert result.exit_code == 2
    assert "is a file" in result.output
