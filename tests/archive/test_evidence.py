"""From sources to the facts that checks get: dead for two days, kept by an archive, described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot import checks, fixes
from bot.checker import check_page
from bot.facts import wanted_sources
from bot.model import Entered, Facts, Page
from bot.web.archives import Archives
from bot.web.cache import Cache
from bot.web.captures import Archive
from bot.web.evidence import Evidence
from bot.web.fetching import Fetcher
from bot.web.links import MANNERS, Links
from tests.archive.captures import LOST, page
from tests.archive.server import Reply, Request, Server

HTML = {"Content-Type": "text/html; charset=utf-8"}
TITLE = "Bridge over the Anra opens"


class World:
    """A site, an archive of it and a calendar; `gone` are the pages the site has lost."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.gone: set[str] = set()
        self.missing: set[str] = set()
        self._seconds = 0.0
        self.server = Server(self.answer)
        self.cache = Cache(folder / "cache.sqlite", clock=lambda: self.now)
        self.archive = Archive(
            "Ours",
            "wayback-cdx",
            index=f"{self.server.url}/index",
            replay="https://web.archive.org/web/{timestamp}/{url}",
            raw=self.server.url + "/web/{timestamp}id_/{url}",
            pause=0.0,
        )
        self.fetchers = [self.fetcher(), self.fetcher()]

    def fetcher(self) -> Fetcher:
        return Fetcher(
            "Redpencil/test",
            manners=MANNERS,
            private={self.server.host},
            clock=lambda: self._seconds,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self._seconds += seconds

    def answer(self, request: Request) -> Reply:
        asked = unquote(request.path)
        if asked.startswith("/web/20140611120000id_/"):
            return Reply(200, page(TITLE, site="Herald"), HTML)
        if asked.startswith("/web/"):
            return Reply(200, LOST, HTML)
        if asked.startswith("/index?"):
            rows = [["timestamp", "original", "statuscode"]]
            path = "/" + asked.partition(f"url={self.server.url}/")[2].partition("&")[0]
            if path not in self.missing:
                rows.append(["20140611120000", self.server.url + path, "200"])
            return Reply(body=json.dumps(rows).encode())
        if asked in self.gone or asked == "/robots.txt":
            return Reply(404, LOST, HTML)
        return Reply(200, page(TITLE, site="Herald"), HTML)

    def facts(self, text: str, added: date | None = date(2014, 7, 1)) -> Facts:
        evidence = Evidence(
            Archives(self.fetchers[0], [self.archive], self.cache),
            Links(self.fetchers[1], self.cache),
            self.now.date(),
        )
        since = Entered(added) if added is not None else None
        return evidence.facts(*wanted_sources(text), added=lambda url: since)

    def proposed(self, text: str, check: str, facts: Facts) -> list[str]:
        """The texts that the fixes of the one finding of a check come to."""
        only = [each for each in checks.load() if each.name == check]
        fetched = Page("P", text, "test")
        (finding,) = check_page(fetched, today=self.now.date(), only=only, facts=facts).findings
        return [fixes.apply(text, fix.edits) for fix in finding.fixes]

    def close(self) -> None:
        for each in self.fetchers:
            each.close()
        self.cache.close()
        self.server.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_a_bare_address_that_died_is_described_by_its_snapshot(world: World) -> None:
    url = f"{world.server.url}/story"
    text = f"A.<ref>{url}</ref>"
    world.gone.add("/story")
    # One look proves nothing.
    assert world.proposed(text, "bare-url", world.facts(text)) == []
    world.now += timedelta(days=2)
    facts = world.facts(text)
    assert facts.looked_up
    assert world.proposed(text, "bare-url", facts) == [
        (
            f"A.<ref>{{{{cite web |url={url} |title={TITLE} &#124; Herald |website=127.0.0.1"
            f" |archive-url=https://web.archive.org/web/20140611120000/{url}"
            " |archive-date=2014-06-11 |url-status=dead}}</ref>"
        )
    ]


def test_a_snapshot_far_from_the_day_it_was_cited_describes_nothing(world: World) -> None:
    text = f"A.<ref>{world.server.url}/story</ref>"
    world.gone.add("/story")
    world.facts(text, added=None)
    world.now += timedelta(days=2)
    assert world.proposed(text, "bare-url", world.facts(text, added=None)) == []


def test_a_live_page_is_no_longer_described_once_it_is_gone(world: World) -> None:
    text = f"A.<ref>{world.server.url}/story</ref>"
    assert "title=" in world.proposed(text, "bare-url", world.facts(text))[0]
    world.missing.add("/story")
    world.gone.add("/story")
    world.now += timedelta(days=8)
    assert world.proposed(text, "bare-url", world.facts(text)) == []


def test_dead_on_two_days_and_in_no_archive_is_marked(world: World) -> None:
    cite = f"{{{{cite web|url={world.server.url}/story|title={TITLE}|access-date=2014-06-03}}}}"
    text = f"A.<ref>{cite}</ref>"
    world.gone.add("/story")
    world.missing.add("/story")
    assert world.proposed(text, "archive-missing", world.facts(text)) == []
    # Later on the same day is the same look.
    world.now += timedelta(hours=11)
    assert world.proposed(text, "archive-missing", world.facts(text)) == []
    world.now += timedelta(days=1)
    assert world.proposed(text, "archive-missing", world.facts(text)) == [
        f"A.<ref>{cite} {{{{dead link|date=November 2026|fix-attempted=yes}}}}</ref>"
    ]


def test_an_archive_that_answers_nothing_leaves_the_facts_open(world: World) -> None:
    text = f"A.<ref>{world.server.url}/story</ref>"
    answer = world.server.answer
    down = Reply(503, headers={"Retry-After": "9999"})
    world.server.answer = lambda request: down if "/index" in request.path else answer(request)
    facts = world.facts(text)
    assert (facts.looked_up, facts.kept, facts.lost) == (False, {}, frozenset())


@pytest.mark.parametrize(("given", "status"), [("20140611120000", "live"), ("20130101000000", "")])
def test_a_copy_in_doubt_is_seen_before_it_is_trusted(
    given: str, status: str, world: World
) -> None:
    world.gone.add("/story") if not status else None
    url = f"{world.server.url}/story"
    cite = f"{{{{cite web|url={url}|title={TITLE}|archive-url=https://web.archive.org/web/"
    text = f"A.<ref>{cite}{given}/{url}|archive-date=2014-06-11}}}}{{{{dead link}}}}</ref>"
    facts = world.facts(text)
    assert bool(facts.spurious) is not bool(status)
    status = status or "dead"
    assert world.proposed(text, "dead-link-with-archive", facts) == [
        f"A.<ref>{cite}20140611120000/{url}|archive-date=2014-06-11|url-status={status}}}}}</ref>"
    ]
