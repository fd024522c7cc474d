"""Reports are published each for itself; a file appears whole or stays what it was."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from bot.errors import UsageError, WikiUnavailable
from bot.report import dashboard, publish
from bot.report.publish import (
    Dashboard,
    JsonLines,
    Prometheus,
    Publication,
    Published,
    TextReport,
    Webhook,
    WikiReport,
)
from tests.report.standing import NOW, SINCE, Hands, three_days


@pytest.fixture
def hands(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands
    hands.store.close()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def published(hands: Hands, *publications: Publication, **more) -> list[Published]:
    return list(publish.publish(hands.queue, publications, since=SINCE, now=NOW, **more))


def test_each_report_is_written_and_nothing_is_left_beside_it(hands: Hands, tmp_path: Path):
    folder = tmp_path / "new" / "reports"
    done = published(
        hands,
        TextReport(folder / "r.txt"),
        JsonLines(folder / "r.jsonl"),
        Dashboard(folder / "r.html"),
        Prometheus(folder / "r.prom"),
    )
    assert [(each.done, each.trouble, each.status) for each in done] == [("written", "", 0)] * 4
    assert [Path(each.where).name for each in done] == ["r.txt", "r.jsonl", "r.html", "r.prom"]
    assert names(folder) == ["r.html", "r.jsonl", "r.prom", "r.txt"]
    assert (folder / "r.txt").read_text().startswith("Redpencil, 2026-11-23")
    assert (folder / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert json.loads((folder / "r.jsonl").read_text().splitlines()[0])["version"] == 1
    assert (folder / "r.prom").stat().st_mode & 0o044 == 0o044, "node_exporter is somebody else"


def test_one_that_fails_costs_the_others_nothing(hands: Hands, tmp_path: Path, monkeypatch):
    (tmp_path / "file").write_text("")

    def down():
        raise WikiUnavailable("the wiki is down")

    def broken(of):
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(dashboard, "render", broken)
    done = published(
        hands,
        TextReport(tmp_path / "file" / "r.txt"),
        Dashboard(tmp_path / "r.html"),
        WikiReport("Reports"),
        Webhook("https:///hush"),
        TextReport(tmp_path / "r.txt"),
        wiki=down,
    )
    assert [each.status for each in done] == [2, 4, 3, 2, 0]
    assert "cannot be written" in done[0].trouble
    assert re.fullmatch(r"a fault of Redpencil: ZeroDivisionError at broken:\d+", done[1].trouble)
    assert done[2] == Published("Reports", trouble="the wiki is down", status=3)
    assert "hush" not in "".join(map(str, done))
    assert (tmp_path / "r.txt").exists()
    assert not (tmp_path / "r.html").exists()


def test_without_a_wiki_there_is_no_report_on_it(hands: Hands):
    (done,) = published(hands, WikiReport("Reports"))
    assert done.status == 2


def test_a_disk_that_is_full_leaves_the_old_report(hands: Hands, tmp_path: Path, monkeypatch):
    file = tmp_path / "r.txt"
    file.write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        publish.written(file, "new")
    assert file.read_text() == "old"
    assert [each.name for each in tmp_path.glob(".*.part")] == []


def test_nobody_sees_half_a_report(tmp_path: Path, monkeypatch):
    """While it is written it has another name, and none that node_exporter reads."""
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(names(tmp_path)))
    publish.written(tmp_path / "r.prom", "whole")
    assert [name for name in seen if name.endswith(".prom")] == []
    assert [name for name in names(tmp_path) if "r.prom" in name] == ["r.prom"]


def test_settings_do_not_show_secrets():
    assert "hush" not in repr(Webhook("https://chat.example/hush", "hush"))
    assert publish.name_of(Webhook("https://me:hush@chat.example/hush")) == "chat.example"


def test_every_form_is_rendered(hands: Hands):
    for form in publish.FORMS:
        assert publish.rendered(form, hands.summary())
