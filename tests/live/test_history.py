"""Since when a page has an address is learned from the wiki's history: one request, if needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click.testing
import pytest

from bot import cli
from bot.model import Entered
from bot.sites.mediawiki_facts import FactCache
from tests.archive.captures import page
from tests.archive.own_archive import hurried, write_settings
from tests.archive.server import Reply, Request, serving
from tests.live.connection import connection, requests_sent
from tests.live.wiki import Wiki

__all__ = ["requests_sent"]

TITLE = "Harbour of Velmora"
URL = "http://herald.example/story"
DATED = "{{{{cite web |url={url} |title=Bridge opens |access-date=3 June 2014}}}}"


def written(wiki: Wiki, texts: Sequence[tuple[str, str]]) -> None:
    """A page whose revisions were saved on these days (YYYYMMDD)."""
    numbers = [wiki.edit(TITLE, text) for _, text in texts]
    with wiki._database("wiki.sqlite") as database:
        for (day, _), number in zip(texts, numbers, strict=True):
            database.execute(
                "update revision set rev_timestamp = ? where rev_id = ?", (f"{day}120000", number)
            )


def test_the_day_an_address_entered(wiki, requests_sent):
    written(
        wiki,
        [
            ("20110101", "The harbour. http://herald.example/map"),
            ("20120202", f"The harbour.<ref>[{URL} Story]</ref> http://herald.example/map"),
            ("20130303", "Blanked."),
            ("20140404", f"The harbour.<ref>{URL}</ref>"),
        ],
    )
    asked = connection(wiki)
    fetched = asked.fetch(TITLE)
    requests_sent.clear()
    found = asked.entered(fetched, [URL, "https://herald.example/map", "http://never.example/"])
    assert found == {
        URL: Entered(date(2012, 2, 2)),
        "https://herald.example/map": Entered(date(2011, 1, 1)),
    }
    assert len(requests_sent) == 1


def test_a_long_history_tells_by_when_the_page_had_it(wiki, requests_sent, tmp_path):
    days = [f"{2005 + number // 12}{number % 12 + 1:02}01" for number in range(60)]
    texts = [f"Version {number}. {URL}" for number in range(60)]
    texts[55:] = [f"{text} http://late.example/" for text in texts[55:]]
    written(wiki, list(zip(days, texts, strict=True)))
    cache = FactCache(tmp_path / "facts.sqlite")
    asked = connection(wiki, cache=cache)
    fetched = asked.fetch(TITLE)
    requests_sent.clear()
    wanted = [URL, "http://late.example/", "http://never.example/"]
    found = asked.entered(fetched, wanted)
    assert found == {
        # The eleventh of sixty revisions is the oldest of the last fifty.
        URL: Entered(date(2005, 11, 1), surely=False),
        "http://late.example/": Entered(date(2009, 8, 1)),
    }
    assert asked.entered(fetched, wanted) == found
    assert len(requests_sent) == 1


@pytest.mark.parametrize(
    ("citation", "histories", "told"),
    [
        ("{{{{cite web |url={url} |title=Bridge opens}}}}", 1, "the date the reference was added"),
        ("{{{{cite web |url={url} |title=Bridge opens |date=2015}}}}", 1, "was added"),
        (DATED, 0, "8 days after the access date"),
        ("{{{{cite web |url={url} |title=Bridge opens |date=3 June 2014}}}}", 0, "publication"),
    ],
)
def test_a_history_is_asked_for_only_when_no_date_is_given(
    wiki, requests_sent, home, monkeypatch, citation, histories, told
):
    hurried(monkeypatch)

    def answer(request: Request) -> Reply:
        if request.path.startswith("/index?"):
            rows = [["timestamp", "original", "statuscode"]]
            rows += [[f"{year}0611120000", f"{server.url}/s", "200"] for year in (2010, 2014, 2020)]
            return Reply(body=json.dumps(rows).encode())
        if request.path == "/robots.txt":
            return Reply(404)
        return Reply(200, page("Bridge opens"), {"Content-Type": "text/html"})

    with serving(answer) as server:
        write_settings(home, server)
        text = f"A.<ref>{citation.format(url=server.url + '/s')}</ref>"
        written(wiki, [("20140607", text), ("20240101", text + " More.")])

        def check(target: str) -> str:
            arguments = ["check", target, "--archives", "--check", "archive-missing"]
            result = click.testing.CliRunner().invoke(cli.main, [*arguments, "--format", "json"])
            (found,) = json.loads(result.stdout)["pages"]
            return str(found["findings"][0]["evidence"])

        requests_sent.clear()
        assert "/20140611120000/" in (evidence := check(wiki.page_url(TITLE)))
        assert told in evidence
        asked = [one for one in requests_sent if "rvlimit" in one]
        assert len(asked) == histories
        assert check(wiki.page_url(TITLE)) == evidence
        assert [one for one in requests_sent if "rvlimit" in one] == asked

        # A file has no history: what has no date is wanted as it is today.
        Path("Page.wiki").write_text(text)
        evidence = check("Page.wiki")
        assert ("/20200611120000/" in evidence and "after today" not in evidence) is bool(histories)
