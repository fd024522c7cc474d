"""Where links lead is learned from the wiki's redirects and items, in few requests, and kept."""

from __future__ import annotations

import json
from pathlib import Path

import click.testing
import pytest

from bot import cli
from bot.sites.mediawiki import cache_file
from bot.sites.mediawiki_facts import DAY, FactCache
from tests.live.connection import connection, requests_sent

__all__ = ["requests_sent"]

FULL = "Organization for Security and Co-operation in Europe"

LIST = f"== Members ==\n* [[The O.S.C.E. in Karvenia|OSCE]]\n* [[{FULL}]]\n* [[Stellmark]]\n"


def redpencil(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli.main, list(arguments))


@pytest.mark.parametrize(
    ("title", "leads_to"),
    [
        ("OSCE", FULL),
        ("The O.S.C.E. in Karvenia", FULL),
        ("Organisation for Security", FULL),
        ("UNO", "United Nations"),
        ("Security Council", "United Nations#Security Council"),
        ("Karvenian foreign relations", "Karvenia#Foreign relations"),
        ("Karvenian economy", "Karvenia#No such section"),
        ("Redirect to nowhere", "A page that was never written"),
        ("Redirect to a choice", "Mercury (disambiguation)"),
        ("Объединённые Нации", "United Nations"),
        ("🇺🇳", "United Nations"),
        ("United Nations", None),
        ("Redirect to itself", None),
        ("Loop one", None),
        ("No such page", None),
        ("Cafe\u0301 Sa\u0303o Tome\u0301", "Café São Tomé"),
    ],
)
def test_a_title_is_followed_to_its_end(wiki, title, leads_to):
    assert connection(wiki).facts([title]).redirects.get(title) == leads_to


def test_items_missing_pages_and_disambiguations(wiki):
    asked = ["OSCE", FULL, "United Nations", "No such page", "Redirect to nowhere", "Karvenia"]
    facts = connection(wiki).facts([*asked, "Redirect to a choice"])
    assert facts.items["OSCE"] == facts.items[FULL] == "Q81299"
    assert facts.items["United Nations"] == "Q1065"
    assert "Karvenia" not in facts.items
    assert facts.missing == {"No such page", "Redirect to nowhere", "A page that was never written"}
    assert facts.disambiguations == {"Redirect to a choice", "Mercury (disambiguation)"}


def test_titles_that_no_wiki_can_be_asked_for_do_no_harm(wiki):
    facts = connection(wiki).facts(["A[b", "Special:Version", "OSCE", "Talk:"])
    assert facts.redirects == {"OSCE": FULL}


def test_fifty_to_a_request_and_none_for_what_is_known(wiki, tmp_path, requests_sent):
    days = [0.0]
    cache = FactCache(tmp_path / "facts.sqlite")
    wanted = [f"No page {number}" for number in range(120)]
    reader = connection(wiki, cache=cache, clock=lambda: days[0] * DAY)
    requests_sent.clear()
    facts = reader.facts(wanted)
    assert facts.missing == set(wanted)
    assert len(requests_sent) == 3
    assert connection(wiki, cache=cache, clock=lambda: days[0] * DAY).facts(wanted) == facts
    assert len([one for one in requests_sent if "titles" in one]) == 3
    days[0] = 2.0
    wiki.edit("No page 7", "Written meanwhile.")
    assert "No page 7" not in reader.facts(wanted).missing


# In the command


def test_what_only_the_wiki_knows_to_be_one_is_found_to_be_entered_twice(wiki):
    wiki.edit("Stellmark/History", LIST)
    Path("page.wiki").write_text(LIST)
    assert redpencil("check", "page.wiki").exit_code == 0
    for form in ("json", "diff", "text", "html", "wikitext"):
        result = redpencil("check", wiki.page_url("Stellmark/History"), "--format", form)
        assert result.exit_code == 1, form
    found = redpencil("check", wiki.page_url("Stellmark/History"), "--format", "json")
    (page,) = json.loads(found.stdout)["pages"]
    assert [finding["check"] for finding in page["findings"]] == ["duplicate-entry"]
    diff = redpencil("check", wiki.page_url("Stellmark/History"), "--format", "diff").stdout
    assert "1 of 1 findings mended" in diff


def test_offline_uses_what_earlier_runs_have_learned(wiki):
    Path("page.wiki").write_text(LIST)
    offline = ("check", "page.wiki", "--offline", "--site", wiki.url, "--format", "json")
    (page,) = json.loads(redpencil(*offline).stdout)["pages"]
    assert page["findings"] == []
    assert "where 3 links lead could not be looked up" in page["skipped"][0]["reason"]
    wiki.edit("Stellmark/History", LIST)
    redpencil("check", wiki.page_url("Stellmark/History"))
    assert cache_file().is_file()
    (page,) = json.loads(redpencil(*offline).stdout)["pages"]
    assert [finding["check"] for finding in page["findings"]] == ["duplicate-entry"]
    assert page["skipped"] == []


def test_a_wiki_that_fails_half_way_still_gives_its_pages(wiki, monkeypatch):
    """The page was read; then the wiki went away, and where its links lead is not known."""
    from bot.sites import mediawiki

    def gone(*_: object) -> object:
        wiki.fault("http", 503)
        return original(*_)

    original = mediawiki.look_up
    monkeypatch.setattr(mediawiki, "look_up", gone)
    result = redpencil(
        "check", f"{wiki.url}/wiki/Karvenia#Memberships", "--format", "json", "--max-wait", "0"
    )
    (page,) = json.loads(result.stdout)["pages"]
    assert "could not be looked up" in page["skipped"][0]["reason"]
    assert [finding["check"] for finding in page["findings"]] == ["duplicate-entry"]


def test_offline_asks_nobody(wiki, requests_sent):
    Path("page.wiki").write_text("[[OSCE]]")
    redpencil("check", "page.wiki", "--offline", "--site", wiki.url)
    result = redpencil("check", f"{wiki.url}/wiki/Karvenia", "--offline")
    assert (result.exit_code, "offline" in result.output) == (2, True)
    assert redpencil("check", "--pages", "-cat:Countries", "--offline").exit_code == 2
    assert requests_sent == []
