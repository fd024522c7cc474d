"""Which user-config.py counts, and that it is run and read safely."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.sites.mediawiki import connect
from bot.sites.mediawiki_config import (
    Account,
    ConfigFile,
    find_config,
    password_of,
    refuse_open_secrets_beside,
    run_config,
)

SECRET = "0123456789abcdefghijklmnopqrstuv"
SAMPLE = Path(__file__).parent.parent.parent / "user-config.py.sample"


def config(folder: Path, text: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "user-config.py"
    file.write_text(text)
    return file


# Finding it


def test_the_one_named_counts_before_all_others(tmp_path):
    named, environment, current = (config(tmp_path / name) for name in "abc")
    variables = {"PYWIKIBOT_DIR": str(environment.parent), "HOME": str(tmp_path / "d")}
    at_home = config(tmp_path / "d" / ".pywikibot")

    def found(named: Path | None = None) -> ConfigFile | None:
        return find_config(named, environment=variables, folder=current.parent)

    assert found(named) == found(named.parent) == (named, True)
    assert found() == (environment, True)
    environment.unlink()
    assert found() == (current, False)
    current.unlink()
    assert found() == (at_home, False)
    at_home.unlink()
    assert found() is None


def test_a_named_one_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="--config names a"):
        find_config(tmp_path / "gone", environment={})
    with pytest.raises(UsageError, match="--config names a"):
        find_config(tmp_path, environment={})


# Running it


def test_its_settings_change_those_given(tmp_path):
    file = config(tmp_path, "put_throttle = 3\nusernames['x']['y'] = base_dir\n")
    settings: dict = {"put_throttle": 10, "usernames": {"x": {}}}
    run_config(ConfigFile(file, pointed_to=True), settings)
    assert settings["put_throttle"] == 3
    assert settings["usernames"]["x"]["y"] == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"password = '{SECRET}'\nthis is = no python", "line 2: this is no Python"),
        (f"password = '{SECRET}'\n\nraise ValueError(password)", "line 3: ValueError"),
        (f"password = '{SECRET}'\nexit(password)", "line 2: SystemExit"),
    ],
)
def test_a_broken_one_is_named_by_line_and_never_quoted(tmp_path, text, part):
    file = config(tmp_path, text)
    with pytest.raises(UsageError, match=part) as wrong:
        run_config(ConfigFile(file, pointed_to=True), {})
    assert SECRET not in "".join(traceback.format_exception(wrong.value))


def test_one_that_everybody_may_write_is_not_run(tmp_path):
    file = config(tmp_path, "raise AssertionError")
    file.chmod(0o666)
    with pytest.raises(UsageError, match=f"chmod 600 {file}"):
        run_config(ConfigFile(file, pointed_to=True), {})


def test_running_one_that_nobody_pointed_to_is_said(tmp_path):
    file = config(tmp_path, "raise ZeroDivisionError")
    said: list[str] = []
    for pointed_to in (True, False):
        with pytest.raises(UsageError, match="ZeroDivisionError"):
            connect("x.example", ConfigFile(file, pointed_to), say=said.append)
    (sentence,) = said
    assert str(file) in sentence
    assert "--config" in sentence


# The password file


def password_file(folder: Path, text: str, mode: int = 0o600) -> ConfigFile:
    file = config(folder)
    secret = folder / "user-password.py"
    secret.touch(mode=0o600)
    secret.write_text(text)
    secret.chmod(mode)
    return ConfigFile(file, pointed_to=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f'("Bot", BotPassword("app", "{SECRET}"))', ("Bot@app", SECRET)),
        (f"('Bot', BotPassword ('app', '{SECRET}'))", ("Bot@app", SECRET)),
        ('("Bot", "main password")', ("Bot", "main password")),
        ('("ours", "Bot", "p")', ("Bot", "p")),
        ('("en", "ours", "Bot", "p")', ("Bot", "p")),
        ('("theirs", "Bot", "p")', ("Bot", "")),
        ('("de", "ours", "Bot", "p")', ("Bot", "")),
        ('("Other", "p")', ("Bot", "")),
        ('# ("Bot", "p")\n\n', ("Bot", "")),
        ('("Bot", "first")\n("Bot", "last")', ("Bot", "last")),
    ],
)
def test_passwords_as_pywikibot_writes_them(tmp_path, line, expected):
    file = password_file(tmp_path, line)
    assert password_of("Bot", "ours", "en", "user-password.py", file) == expected


@pytest.mark.parametrize(
    "line", ["Bot: " + SECRET, f"('Bot', {SECRET}", f"('{SECRET}',)", f"['Bot', '{SECRET}']", "1"]
)
def test_an_unreadable_line_is_named_by_number_and_never_quoted(tmp_path, line):
    file = password_file(tmp_path, f"# ours\n{line}\n")
    with pytest.raises(UsageError, match="line 2: expected") as wrong:
        password_of("Bot", "ours", "en", "user-password.py", file)
    assert SECRET not in "".join(traceback.format_exception(wrong.value))


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o644])
def test_a_password_that_others_may_read_is_refused_with_the_mend(tmp_path, mode):
    file = password_file(tmp_path, '("Bot", "p")', mode)
    with pytest.raises(UsageError, match=f"chmod 600 {tmp_path}/user-password.py"):
        password_of("Bot", "ours", "en", "user-password.py", file)


def test_a_password_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="is not there"):
        password_of("Bot", "ours", "en", "gone.py", ConfigFile(config(tmp_path), pointed_to=True))


@pytest.mark.parametrize("name", ["user-config.py", "user-oauth.txt"])
def test_oauth_secrets_that_others_may_read_are_refused_wherever_they_stand(tmp_path, name):
    file = ConfigFile(config(tmp_path), pointed_to=True)
    (tmp_path / name).write_text(f"a = {SECRET}")
    (tmp_path / name).chmod(0o644)
    with pytest.raises(UsageError, match=f"chmod 600 {tmp_path}/{name}"):
        refuse_open_secrets_beside(file, (SECRET,))
    (tmp_path / name).chmod(0o600)
    refuse_open_secrets_beside(file, (SECRET,))


def test_an_account_does_not_show_its_secrets():
    account = Account("Bot", "Bot@app", SECRET, ("a", SECRET, "b", SECRET))
    assert SECRET not in repr(account) + str(account) + f"{account}"


# The sample


def test_the_sample_is_a_bot_password_as_it_stands(tmp_path):
    file = config(tmp_path, SAMPLE.read_text())
    secret = tmp_path / "user-password.py"
    secret.touch(mode=0o600)
    secret.write_text(f'("ExampleBot", BotPassword("redpencil", "{SECRET}"))\n')
    settings: dict = {"usernames": {"wikipedia": {}}, "family_files": {}, "authenticate": {}}
    run_config(ConfigFile(file, pointed_to=True), settings)
    assert settings["usernames"] == {"wikipedia": {"en": "ExampleBot"}}
    found = password_of(
        "ExampleBot", "wikipedia", "en", settings["password_file"], ConfigFile(file, True)
    )
    assert found == ("ExampleBot@redpencil", SECRET)


def test_the_sample_is_oauth_and_another_wiki_with_its_lines_uncommented(tmp_path):
    code = ("family_files[", "family = mylang", "from pathlib", "authenticate[")
    lines = [
        line.removeprefix("# ") if line.removeprefix("# ").startswith(code) else line
        for line in SAMPLE.read_text().splitlines()
    ]
    file = config(tmp_path, "\n".join(lines))
    (tmp_path / "user-oauth.txt").write_text("a\nb\nc\nd\n")
    settings: dict = {"usernames": {"wikipedia": {}}, "family_files": {}, "authenticate": {}}
    run_config(ConfigFile(file, pointed_to=True), settings)
    assert settings["authenticate"] == {"en.wikipedia.org": ("a", "b", "c", "d")}
    assert settings["family_files"] == {"ourwiki": "https://wiki.example.org/w/api.php"}
    assert settings["family"] == settings["mylang"] == "ourwiki"


def test_the_sample_explains_every_line():
    unexplained = [
        line
        for before, line in zip(
            ["", *SAMPLE.read_text().splitlines()], SAMPLE.read_text().splitlines(), strict=False
        )
        if line and not line.startswith("#") and not before.startswith("#") and "mylang" not in line
    ]
    assert unexplained == []
