"""A dump that a real MediaWiki wrote is scanned, and what its live pages still have is proposed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.live.wiki import Wiki

pytestmark = pytest.mark.usefixtures("account")

STALE = "Since 2014, the government of {0} has been bidding for a seat in 2017–2018. {0} is quiet."
LIST = "\n\n== Memberships ==\n* [[OSCE]]\n* [[Council of Europe]]\n* [[Vienna body]]\n"
TITLES = ("Sandovia", "Mended land", 'R&D "land"', "Vienna body")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--today", "2026-11-23"])


@pytest.fixture
def dump(wiki: Wiki, tmp_path: Path) -> Path:
    """The wiki's own export of some pages, a redirect among them."""
    for title in TITLES[:3]:
        wiki.edit(title, STALE.format(title) + LIST)
    osce = "Organization for Security and Co-operation in Europe"
    wiki.edit("Vienna body", f"#REDIRECT [[{osce}]]")
    answer = wiki.api("query", export=1, titles="|".join(TITLES))
    file = tmp_path / "export.xml"
    file.write_text(answer["query"]["export"], encoding="utf-8")
    return file


def test_the_dump_of_a_real_wiki_is_read_as_it_is(wiki: Wiki, dump: Path) -> None:
    found = [json.loads(line) for line in run("scan", dump).stdout.splitlines()]
    for title in TITLES[:3]:
        here = [each for each in found if each["page"] == title]
        assert {each["check"] for each in here} == {"stale-ongoing", "duplicate-entry"}
        for each in here:
            text = wiki.text(title)
            assert text[each["start"] : each["end"]] == each["text"]
            assert each["revision"] == wiki.latest(title)


def test_only_what_the_live_page_still_has_is_proposed(wiki: Wiki, dump: Path) -> None:
    wiki.edit("Mended land", "It is quiet.")
    wiki.edit("Sandovia", "A new first line.\n\n" + wiki.text("Sandovia"))
    result = run("scan", dump, "--queue")
    assert "3 live pages checked again" in result.stdout
    waiting = json.loads(CliRunner().invoke(main, ["queue", "--format", "json"]).stdout)
    proposals = waiting["proposals"]
    assert {each["page"] for each in proposals} == {"Sandovia", 'R&D "land"'}
    assert {each["check"] for each in proposals} >= {"stale-ongoing"}
    again = run("scan", dump, "--queue")
    assert "0 new proposals" in again.stdout


def test_the_queue_that_the_environment_names_is_used(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDPENCIL_QUEUE", str(tmp_path / "other.sqlite"))
    run("scan", dump, "--queue")
    waiting = json.loads(CliRunner().invoke(main, ["queue", "--format", "json"]).stdout)
    assert {each["page"] for each in waiting["proposals"]} == {*TITLES[:3]}


def test_a_wiki_that_is_down_after_a_scan_costs_no_second_scan(
    wiki: Wiki, dump: Path, tmp_path: Path
) -> None:
    output = tmp_path / "found.jsonl"
    asked = ("scan", dump, "--queue", "--output", output, "--max-wait", 0)
    wiki.fault("http", 503)
    result = run(*asked)
    wiki.clear_faults()
    assert result.exit_code == 3
    assert "--resume" in result.stderr
    found = output.read_bytes()
    dump.write_text(dump.read_text(encoding="utf-8").replace("2017–2018", "2047–2048"))
    result = run(*asked, "--resume")
    assert "3 live pages checked again" in result.stdout
    assert result.exit_code == 1
    assert output.read_bytes() == found
    assert not output.with_name("found.jsonl.journal").exists()


def test_a_queue_that_cannot_be_used_is_told_before_the_scan(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "queue.sqlite"
    broken.write_text("no queue, " * 100)
    monkeypatch.setenv("REDPENCIL_QUEUE", str(broken))
    result = run("scan", dump, "--queue")
    assert result.exit_code == 4
    assert "no Redpencil file" in result.stderr
    assert "findings" not in result.stderr
