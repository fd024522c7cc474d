"""`redpencil report`, as a person or cron types it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.report.hook import SECRET, Hook
from tests.report.standing import three_days


@pytest.fixture(autouse=True)
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    hands = three_days(tmp_path)
    hands.store.close()
    monkeypatch.setenv("REDPENCIL_QUEUE", str(hands.store.path))
    return hands.store.path


def run(*arguments: object, status: int = 0) -> Result:
    done = CliRunner().invoke(main, ["report", *(str(each) for each in arguments)])
    assert done.exit_code == status, done.output
    return done


STARTS = {
    "text": "Redpencil, 20",
    "jsonl": '{"kind": "summary", "version": 1',
    "html": "<!DOCTYPE html>",
    "wikitext": "6 proposals on 2 pages",
    "prometheus": "# HELP redpencil_proposals",
}


@pytest.mark.parametrize("form", STARTS)
def test_every_form_is_written_here_or_to_a_file(form: str, tmp_path: Path):
    shown = run("--format", form, "--days", 400).stdout
    assert shown.startswith(STARTS[form])
    assert run("--format", form, "--output", tmp_path / "report").stdout == ""
    assert (tmp_path / "report").read_text(encoding="utf-8").startswith(STARTS[form])


def test_it_changes_nothing(queue: Path):
    def content() -> list[str]:
        with sqlite3.connect(queue) as connection:
            return list(connection.iterdump())

    before = content()
    for form in STARTS:
        run("--format", form)
    assert content() == before


def test_an_empty_queue_can_be_reported(tmp_path: Path):
    done = run("--queue", tmp_path / "new.sqlite")
    assert "Nothing waits for a decision" in done.stdout


def test_one_wiki_alone():
    first = json.loads(run("--format", "jsonl", "--wiki", "nowhere.example").stdout.splitlines()[0])
    assert (first["wiki"], first["states"]["pending"]) == ("nowhere.example", 0)


def test_days_are_how_far_it_looks_back():
    lines = run("--format", "jsonl", "--days", 3).stdout.splitlines()
    assert [json.loads(line)["kind"] for line in lines].count("day") == 4


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = run("--output", tmp_path / "file" / "report.html", status=2)
    assert "cannot be written" in done.stderr


def test_a_webhook_is_called_and_never_named(hook: Hook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDPENCIL_WEBHOOK", hook.url)
    monkeypatch.setenv("REDPENCIL_WEBHOOK_TOKEN", SECRET)
    assert run("--webhook").stdout == "127.0.0.1: sent\n"
    assert hook.requests[0][1]["Authorization"] == f"Bearer {SECRET}"
    hook.status = 500
    done = run("--webhook", status=3)
    assert "127.0.0.1: the webhook answered with HTTP 500" in done.stderr
    assert SECRET not in done.output


def test_a_webhook_needs_its_address():
    assert "REDPENCIL_WEBHOOK" in run("--webhook", status=2).stderr


def test_a_report_on_a_wiki_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch):
    done = run("--on-wiki", "Reports", "--site", "http://127.0.0.1:9/", "--max-wait", "0", status=3)
    assert done.stdout == ""
    assert "127.0.0.1" in done.stderr
