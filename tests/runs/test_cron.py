"""What scripts/cron/ offers, tried: by a real cron daemon, systemd-analyze and logrotate.

The daemon sees tables, mail and folders of its own, in mounts that nobody else sees; making them
takes root, or a sudo that asks nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.jobs import last_run, proposals, rows, write_job, write_pages

CHECKOUT = Path(__file__).resolve().parent.parent.parent
OFFERED = CHECKOUT / "scripts" / "cron"
COMMAND = Path(sys.executable).with_name("redpencil")
INSTALLED = "/opt/redpencil/.venv/bin/redpencil"
PATIENCE = 60.0


def _program(name: str) -> str:
    found = [Path(place, name) for place in ("/usr/sbin", "/usr/bin", "/sbin", "/bin")]
    return str(next(file for file in found if file.exists()))


# cron

_DAEMON = """
set -eu
mount --make-rprivate /
for place in /etc/cron.d /var/spool/cron/crontabs /run; do
    mount -t tmpfs none "$place"
done
for place in /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly; do
    test ! -d "$place" || mount -t tmpfs none "$place"
done
printf '' > "$1/none"
mount --bind "$1/none" /etc/crontab
cp "$1/table" /etc/cron.d/redpencil
chmod 644 /etc/cron.d/redpencil
mkdir "$1/sbin"
cp "$2" "$1/sbin/cron"
cp "$1/sendmail" "$1/sbin/sendmail"
chmod 755 "$1/sbin/sendmail"
mount --bind "$1/sbin" /usr/sbin
cd /
exec env -i /usr/sbin/cron -f
"""

_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]

_SENDMAIL = """#!/bin/sh
cat > "{folder}/mail.$$.part"
mv "{folder}/mail.$$.part" "{folder}/mail.$$"
"""


@contextlib.contextmanager
def cron(folder: Path, table: str) -> Iterator[None]:
    """A cron daemon that knows one table alone, and whose mail comes into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "table").write_text(table)
    (folder / "sendmail").write_text(_SENDMAIL.format(folder=folder))
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    daemon = subprocess.Popen(
        [*_ROOT, *apart, "sh", "-c", _DAEMON, "sh", str(folder), _program("cron")],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield
    finally:
        daemon.send_signal(signal.SIGKILL)
        _, said = daemon.communicate()
        assert said == ""


def at_start(job: Path, home: Path) -> str:
    """The table that is offered, for this job, when the daemon starts instead of at night."""
    table = (OFFERED / "crontab").read_text(encoding="utf-8")
    for offered, here in (
        (INSTALLED, str(COMMAND)),
        ("/etc/redpencil/nightly.toml", str(job)),
        ("/var/lib/redpencil", str(home)),
    ):
        assert offered in table
        table = table.replace(offered, here)
    (line,) = re.findall(r"(?m)^17 2 \* \* \*  redpencil  .*", table)
    return table.replace(line, line.replace("17 2 * * *  redpencil", "@reboot root"))


def eventually(happened: object) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


def ended(queue: Path, runs: int) -> bool:
    """Whether so many runs have come to their end."""
    return queue.exists() and _runs(queue) >= runs


def _runs(queue: Path) -> int:
    try:
        return len(rows(queue, "SELECT id FROM run WHERE ended IS NOT NULL"))
    except Exception:  # noqa: BLE001 - it is being made at this moment
        return 0


@pytest.fixture
def job(tmp_path: Path) -> Path:
    write_pages(tmp_path / "pages", 20)
    return write_job(tmp_path)


def test_a_real_cron_runs_the_job_and_mails_nothing_when_all_is_well(job, tmp_path, home):
    queue = tmp_path / "queue.sqlite"
    with cron(tmp_path / "cron", at_start(job, home)):
        eventually(lambda: ended(queue, 1))
        time.sleep(1.0)  # a mail would come now
    told = last_run(queue)
    assert (told["checked"], told["complete"], told["status"]) == (20, 1, 1)
    assert len(proposals(queue)) > 10
    assert list((tmp_path / "cron").glob("mail.*")) == []


def test_a_real_cron_mails_what_needs_a_human_and_the_last_line(job, tmp_path, home):
    (tmp_path / "pages" / "Broken.wiki").write_bytes(b"\xff")
    with cron(tmp_path / "cron", at_start(job, home)):
        eventually(lambda: any((tmp_path / "cron").glob("mail.*[0-9]")))
    (mail,) = (tmp_path / "cron").glob("mail.*")
    head, _, body = mail.read_text().partition("\n\n")
    assert "To: wiki-bot@example.org" in head
    lines = body.splitlines()
    assert "Broken.wiki: not UTF-8" in lines[0]
    assert lines[-1].startswith("redpencil nightly: 20 pages, 20 checked, ")
    assert lines[-1].endswith(", 1 trouble")
    assert len(lines) == 2


@pytest.mark.parametrize("variables", [{}, {"LC_ALL": "C"}, {"TERM": "dumb", "HOME": "/nowhere"}])
def test_it_runs_from_an_empty_environment_in_another_folder(job, tmp_path, variables):
    (tmp_path / "pages" / "Düsternbrook & Söhne.wiki").write_text("As of 2011, it has a mayor.\n")
    run = subprocess.run(
        [COMMAND, "run", job, "--log-file", tmp_path / "r.log"],
        env=variables,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "")
    assert last_run(tmp_path / "queue.sqlite")["checked"] == 21
    assert "Düsternbrook & Söhne" in (tmp_path / "r.log").read_text(encoding="utf-8")


# systemd

_SECURITY = "systemd-analyze security --offline=true --threshold=20 --no-pager".split()


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are offered, for the command and an account that are here."""
    folder = tmp_path / "units"
    folder.mkdir()
    for name in ("redpencil@.service", "redpencil@.timer"):
        text = (OFFERED / name).read_text(encoding="utf-8").replace(INSTALLED, str(COMMAND))
        text = re.sub(r"(?m)^(User|Group)=redpencil$", r"\1=root", text)
        for each in (name, name.replace("@", "@nightly")):
            (folder / each).write_text(text, encoding="utf-8")
    return folder


def test_the_units_are_what_systemd_understands(units):
    files = [units / "redpencil@nightly.service", units / "redpencil@nightly.timer"]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_the_service_may_do_little(units):
    """Of 10, which is everything, systemd gives it less than 2: "OK" is below 5."""
    judged = subprocess.run(
        [*_SECURITY, units / "redpencil@nightly.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-2000:] + judged.stderr


def test_the_timer_fires_once_a_night(units):
    (calendar,) = re.findall(r"OnCalendar=(.*)", (units / "redpencil@.timer").read_text())
    shown = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=3", calendar],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"TZ": "UTC"},
    ).stdout
    days = re.findall(r"(\d{4}-\d\d-\d\d) 02:17:00 UTC", shown)
    assert len(set(days)) == 3


# logrotate


def test_logrotate_moves_the_log_away_and_the_next_run_begins_a_new_one(job, tmp_path):
    folder = tmp_path / "log"
    with job.open("a") as file:
        file.write('[log]\nfile = "log/redpencil.log"\nmegabytes = 0\n')
    rules = (OFFERED / "logrotate").read_text(encoding="utf-8")
    assert "/var/lib/redpencil/log/*.log" in rules
    rules = rules.replace("/var/lib/redpencil/log", str(folder))
    rules = rules.replace("    su redpencil redpencil\n", "    su root root\n")
    (tmp_path / "rules").write_text(rules, encoding="utf-8")
    (tmp_path / "rules").chmod(0o644)
    rotate = [_program("logrotate"), "--state", tmp_path / "state", tmp_path / "rules"]

    def run() -> None:
        subprocess.run([COMMAND, "run", job], check=False, env=os.environ | {"TZ": "UTC"})

    run()
    dry = subprocess.run([*rotate, "-d"], capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr
    assert "error" not in dry.stderr
    forced = subprocess.run([*rotate, "-f"], capture_output=True, text=True, check=False)
    assert (forced.returncode, forced.stderr) == (0, "")
    assert [file.name for file in folder.iterdir()] == ["redpencil.log.1"]
    run()
    assert {file.name for file in folder.iterdir()} == {"redpencil.log", "redpencil.log.1"}
    assert " checked " in (folder / "redpencil.log.1").read_text()
    assert " checked=0 " in (folder / "redpencil.log").read_text()


# Toolforge


def test_the_toolforge_job_runs_the_command_and_takes_new_findings_for_success(job, tmp_path):
    """Its command, run by a shell in a folder like a tool's home."""
    text = (OFFERED / "toolforge.yaml").read_text(encoding="utf-8")
    keys = dict(re.findall(r"(?m)^(?:- |  )([a-z]+): (.*)$", text))
    assert keys.keys() == {
        "name",
        "image",
        "command",
        "schedule",
        "emails",
        "mem",
        "cpu",
        "filelog",
    }
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", keys["name"])
    assert len(keys["schedule"].strip('"').split()) == 5
    (tmp_path / "redpencil").symlink_to(CHECKOUT)
    (tmp_path / "user-config.py").write_text("")
    virtual = CHECKOUT / ".venv" / "bin" / "redpencil"
    command = keys["command"]
    if not virtual.exists():  # the tests run in another environment
        command = command.replace("redpencil/.venv/bin/redpencil", str(COMMAND))
    for status in (0, 1):
        pages = tmp_path / "pages"
        if status:
            (pages / "Broken.wiki").write_bytes(b"\xff")
        ran = subprocess.run(command, shell=True, cwd=tmp_path, check=False)
        assert ran.returncode == status
