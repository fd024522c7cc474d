"""Looking up, against a real archive: what is chosen, what it costs, what faults cost."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.errors import UsageError
from bot.model import Described, Entered, Source
from bot.web import archives, captures
from bot.web.archives import Archives, Lookup, Wanted
from bot.web.cache import Cache
from bot.web.captures import Archive
from bot.web.fetching import Answer, Fetcher, Manners
from bot.web.save_page_now import Keys, SavePageNow, save_missing
from bot.web.webpage import Shows
from tests.archive.captures import HERALD, LABELLED, OBITUARY, Label
from tests.archive.internet_archive import InternetArchive
from tests.archive.server import Reply, Request

DAY = date(2014, 6, 1)
GOOD = Wanted(f"{HERALD}/obituary", DAY, title=OBITUARY)


def wayback(front: InternetArchive, door: str = "wayback-cdx") -> Archive:
    index = "/cdx/search/cdx" if door == "wayback-cdx" else "/wayback/available"
    return Archive(
        "Wayback Machine",
        door,
        index=front.url + index,
        replay=front.url + "/web/{timestamp}/{url}",
        raw=front.url + "/web/{timestamp}id_/{url}",
        pause=0.0,
    )


def own(address: str, door: str = "pywb-cdx") -> Archive:
    return Archive(
        "Own archive",
        door,
        index=address + "/web/cdx",
        timegate=address + "/web/",
        timemap=address + "/web/timemap/link/",
        replay=address + "/web/{timestamp}/{url}",
        raw=address + "/web/{timestamp}id_/{url}",
        pause=0.0,
    )


class Bench:
    """Look-ups with one cache file and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.slept: list[float] = []
        self._seconds = 0.0
        self._stack = contextlib.ExitStack()
        self.cache = self._stack.enter_context(
            Cache(folder / "cache.sqlite", clock=lambda: self.now)
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._seconds += seconds

    def fetcher(self, *asked: Archive, **manners: float) -> Fetcher:
        made = Fetcher(
            "Redpencil/test",
            manners=Manners(at_once=4, **manners),
            private=frozenset().union(*(each.origins for each in asked)),
            clock=lambda: self._seconds,
            sleep=self.sleep,
        )
        self._stack.callback(made.close)
        return made

    def archives(self, *asked: Archive, **manners: float) -> Archives:
        return Archives(self.fetcher(*asked, **manners), asked, self.cache)

    def find(self, wanted: Wanted, *asked: Archive, **manners: float) -> Lookup:
        return self.archives(*asked, **manners).find([wanted])[wanted]

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


# --- which snapshot is chosen -------------------------------------------------------------------

DOORS: dict[str, Callable[[InternetArchive, str], Archive]] = {
    "wayback-cdx": lambda front, address: wayback(front),
    "pywb-cdx": lambda front, address: own(address),
    "memento": lambda front, address: own(address, "memento"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("label", LABELLED, ids=lambda label: label.wanted.url.split("//")[1])
def test_the_chosen_snapshot(
    label: Label, door: str, bench: Bench, archive: str, internet_archive: InternetArchive
) -> None:
    """Precision and recall on the labelled set are 1.0, whatever the door."""
    chosen = bench.find(label.wanted, DOORS[door](internet_archive, archive))
    found = chosen.found
    assert (found and found.moment.strftime("%Y%m%d%H%M%S")) == label.timestamp, chosen.rejected
    assert chosen.unanswered == ()
    assert chosen.surely_missing is (label.timestamp is None)


@pytest.mark.parametrize("label", LABELLED, ids=lambda label: label.wanted.url.split("//")[1])
def test_availability_never_chooses_wrongly(
    label: Label, bench: Bench, internet_archive: InternetArchive
) -> None:
    chosen = bench.find(label.wanted, wayback(internet_archive, "availability"))
    if chosen.found is None:
        # It knows one snapshot only; that this one is no good proves nothing.
        assert not chosen.surely_missing
    else:
        assert chosen.found.moment.strftime("%Y%m%d%H%M%S") == label.timestamp


def test_what_is_found_is_told(bench: Bench, internet_archive: InternetArchive) -> None:
    lookup = bench.find(GOOD, wayback(internet_archive))
    assert lookup.found == archives.Found(
        "Wayback Machine",
        f"{internet_archive.url}/web/20140611120000/{HERALD}/obituary",
        datetime(2014, 6, 11, 12, tzinfo=UTC),
        10,
        Shows.TITLE,
    )
    assert str(lookup) == (
        "Wayback Machine, 2014-06-11, 10 days after the access date; it bears the cited title"
    )


def test_a_redirect_leads_to_the_snapshot_of_where_it_led(bench: Bench, archive: str) -> None:
    wanted = Wanted(
        f"{HERALD}/old-treaty", date(2016, 2, 2), title="Treaty of Karvenia signed at last"
    )
    found = bench.find(wanted, own(archive)).found
    assert found is not None
    assert found.address == f"{archive}/web/20160202020203/{HERALD}/archive/treaty"


def test_tracking_parameters_are_left_out_last_and_that_is_said(bench: Bench, archive: str) -> None:
    wanted = Wanted(
        f"{HERALD}/story?utm_medium=x&id=7&fbclid=y",
        date(2018, 8, 8),
        title="Story of the northern line",
    )
    lookup = bench.find(wanted, own(archive))
    assert lookup.found is not None
    assert lookup.found.loosened == f"{HERALD}/story?id=7"
    assert "without tracking parameters" in str(lookup)


def test_rejected_snapshots_are_named_with_what_they_are(bench: Bench, archive: str) -> None:
    wanted = Wanted("http://harbour.example/plan", date(2013, 9, 9), title="Nobody's headline here")
    lookup = bench.find(wanted, own(archive))
    assert [what for _, what in lookup.rejected] == [Shows.PARKED, Shows.OTHER]
    assert str(lookup) == "no snapshot shows the page; 2 show something else"


# --- a snapshot that the citation names already ---------------------------------------------------


@pytest.mark.parametrize(
    ("timestamp", "page", "title", "given", "chosen"),
    [
        # It shows the page: no other one is looked for, however near.
        ("20190101000000", "obituary", OBITUARY, Shows.TITLE, "20190101000000"),
        ("20140520101010", "census", "Census counts 40,000 in Velmora", Shows.ERROR, "2012052010"),
        ("20150401000000", "latest", "Harbour opens after long repairs", Shows.OTHER, "2011040100"),
        ("20160101000000", "gone", "Something that is gone", Shows.ERROR, None),
        # Of another address, where the page stands.
        ("20160202020203", "archive/treaty", "Treaty of Karvenia signed at last", Shows.TITLE,
         "20160202020203"),
    ],
)  # fmt: skip
def test_a_snapshot_that_is_given_is_looked_at_first(
    timestamp: str,
    page: str,
    title: str,
    given: Shows,
    chosen: str | None,
    bench: Bench,
    archive: str,
) -> None:
    address = f"{archive}/web/{timestamp}/{HERALD}/{page}"
    cited = f"{HERALD}/{page}" if page != "archive/treaty" else "http://other.example/treaty"
    lookup = bench.find(Wanted(cited, DAY, title=title, given=address), own(archive))
    assert lookup.given is given
    found = lookup.found and lookup.found.moment.strftime("%Y%m%d%H%M%S")
    assert (found or "")[: len(chosen or "")] == (chosen or "")
    assert (lookup.found is None) is (chosen is None)
    assert lookup.is_given is given.proved
    if lookup.found is not None and not lookup.is_given:
        assert str(lookup).endswith(f"of the copy that is given: {given.value}")


@pytest.mark.parametrize(
    "given",
    [
        f"https://web.archive.org/web/20190101000000/{HERALD}/obituary",
        "https://archive.example/abc12",
        f"http://127.0.0.1:1/web/20190101000000/{HERALD}/obituary",
    ],
)
def test_a_snapshot_in_an_archive_that_is_not_asked_is_not_looked_at(
    given: str, bench: Bench, internet_archive: InternetArchive
) -> None:
    lookup = bench.find(GOOD._replace(given=given), wayback(internet_archive))
    assert lookup.given is None
    assert lookup.found is not None
    assert lookup.found.moment.year == 2014


def test_a_given_snapshot_that_cannot_be_shown_now_says_nothing(
    bench: Bench, archive: str, internet_archive: InternetArchive
) -> None:
    internet_archive.fault = lambda r: Reply(503) if r.path.startswith("/web/") else None
    given = f"{internet_archive.url}/web/20190101000000/{HERALD}/obituary"
    lookup = bench.find(GOOD._replace(given=given), wayback(internet_archive), own(archive))
    assert lookup.given is None
    assert lookup.found is not None
    assert lookup.found.archive == "Own archive"


def test_a_page_is_described_by_its_snapshot_and_asked_for_once(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    bare = Wanted(f"{HERALD}/plain", date(2018, 8, 8), bare=True)
    lookup = bench.find(bare, wayback(internet_archive))
    assert lookup.found is not None
    assert lookup.found.described == Described("Something or other", "herald.example")
    asked = len(internet_archive.server.requests)
    assert bench.find(bare, wayback(internet_archive)) == lookup
    assert len(internet_archive.server.requests) == asked


def test_the_next_archive_is_asked_only_when_one_has_nothing(
    bench: Bench, archive: str, internet_archive: InternetArchive
) -> None:
    elsewhere = Archive(
        "Empty", "pywb-cdx", index=internet_archive.url + "/none", replay="http://x/", pause=0
    )
    assert bench.find(GOOD, elsewhere, own(archive)).found is not None
    assert len(internet_archive.server.requests) == 1
    assert bench.find(GOOD._replace(quote="x"), own(archive), elsewhere).found is not None
    assert len(internet_archive.server.requests) == 1


# --- what it costs --------------------------------------------------------------------------------


def thousand() -> list[Wanted]:
    """1,000 references to 800 addresses on 100 hosts; one address in twenty is in no archive."""
    dice = random.Random(7)
    pages = [f"http://host{number % 100}.example/page/{number}" for number in range(800)]
    cited = pages + dice.choices(pages, k=200)
    return [
        Wanted(
            url if number % 3 else url.replace("http://", "https://www.") + "/",
            date(2015, 1, 1) + timedelta(dice.randrange(900)),
            title=f"Title of the page number {url.rpartition('/')[2]}",
        )
        for number, url in enumerate(cited)
    ]


def index_of_many(request: Request) -> Reply | None:
    """An index that has most pages of the hosts, and the pages themselves."""
    replayed = re.match(r"/web/\d+id_/https?://(?:www\.)?host\d+\.example/page/(\d+)", request.path)
    if replayed:
        title = f"<title>Title of the page number {replayed[1]}</title><p>{'words ' * 60}"
        return Reply(body=title.encode(), headers={"Content-Type": "text/html"})
    asked = re.search(
        r"[?&]url=https?://(?:www\.)?(host\d+\.example/page/(\d+))", unquote(request.path)
    )
    if asked is None:
        return None
    header = ["timestamp", "original", "statuscode", "digest"]
    rows = [
        [f"{year}0601120000", f"http://{asked[1]}", "200", f"D{year}"] for year in range(2013, 2019)
    ]
    known = int(asked[2]) % 20 != 0
    return Reply(body=json.dumps([header, *rows] if known else []).encode())


def test_a_run_asks_once_for_an_address_and_a_second_run_next_to_nothing(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    internet_archive.fault = index_of_many
    internet_archive.blocked = set()
    wanted = thousand()
    assert len({archives.page_key(each.url) for each in wanted}) == 800

    # The second archive knows nothing of them; it is asked for what the first has not.
    second = Archive(
        "Second",
        "pywb-cdx",
        index=internet_archive.url + "/none",
        replay="http://none.example/",
        pause=0,
    )
    told: list[tuple[int, int, int]] = []
    found = bench.archives(wayback(internet_archive), second).find(
        wanted, progress=lambda *counts: told.append(counts)
    )
    assert sum(1 for lookup in found.values() if lookup.found) == sum(
        1 for each in set(wanted) if int(each.url.strip("/").rpartition("/")[2]) % 20
    )
    assert told[-1] == (800, 800, sum(1 for lookup in found.values() if lookup.found))
    asked = [r for r in internet_archive.server.requests if not r.path.startswith("/web/")]
    assert len(asked) <= 1.1 * 800

    internet_archive.server.requests.clear()
    again = bench.archives(wayback(internet_archive), second).find(wanted)
    assert again == found
    assert len(internet_archive.server.requests) == 0


def test_misses_and_errors_are_asked_again_sooner_than_hits(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    missing = Wanted(f"{HERALD}/never-captured", DAY, title="Never captured")
    asked = wayback(internet_archive)
    requests = internet_archive.server.requests

    def cost(after: timedelta) -> int:
        bench.now += after
        requests.clear()
        bench.archives(asked).find([GOOD, missing])
        return len(requests)

    assert cost(timedelta(0)) == 3
    assert cost(timedelta(days=6)) == 0
    assert cost(timedelta(days=2)) == 1
    assert cost(timedelta(days=90)) == 3
    internet_archive.fault = lambda request: Reply(503)
    assert cost(timedelta(days=91)) > 0
    assert cost(timedelta(minutes=50)) == 0
    internet_archive.fault = None
    assert cost(timedelta(minutes=20)) == 3


# --- faults ---------------------------------------------------------------------------------------


def cut(request: Request) -> None:
    assert isinstance(request.connection, socket.socket)
    with contextlib.suppress(OSError):
        request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n[[")
        request.connection.shutdown(socket.SHUT_RDWR)


def endless() -> Iterator[bytes]:
    while True:
        yield b'[["timestamp","original"],' * 1000


FAULTS: dict[str, Callable[[Request], Reply | None]] = {
    "503": lambda request: Reply(503),
    "429": lambda request: Reply(429, headers={"Retry-After": "7"}),
    "429 for an hour": lambda request: Reply(429, headers={"Retry-After": "3600"}),
    "cut": lambda request: Reply(200, b"", {"Content-Length": "5"}),
    "garbage": lambda request: Reply(body=b"\x00\xff not JSON"),
    "another shape": lambda request: Reply(body=b'{"error": "no"}'),
    "no header row": lambda request: Reply(body=b'[["20140611120000", "x"]]'),
    "a page": lambda request: Reply(
        body=b"<html>Welcome</html>", headers={"Content-Type": "text/html"}
    ),
    "endless": lambda request: Reply(body=endless()),
    "a circle": lambda request: Reply(302, headers={"Location": "/web/x"}),
    "inside": lambda request: Reply(302, headers={"Location": "http://127.0.0.1:1/"}),
    "metadata": lambda request: Reply(302, headers={"Location": "http://169.254.169.254/latest"}),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("door", ["wayback-cdx", "memento", "availability"])
def test_an_archive_at_fault_costs_its_snapshots_and_nothing_else(
    fault: str, door: str, bench: Bench, archive: str, internet_archive: InternetArchive
) -> None:
    internet_archive.fault = FAULTS[fault]
    faulty = (
        own(internet_archive.url, "memento")
        if door == "memento"
        else wayback(internet_archive, door)
    )
    faulty = archives.dataclasses.replace(faulty, name="Faulty")
    missing = Wanted(f"{HERALD}/never-captured", DAY, title="Never captured")
    asked = bench.archives(faulty, own(archive), largest_body=200_000)
    found = asked.find([GOOD, missing])
    assert found[GOOD].found is not None
    assert found[GOOD].found.archive == "Own archive"
    assert found[missing].found is None
    assert found[missing].unanswered == ("Faulty",)
    assert not found[missing].surely_missing
    assert list(asked.trouble) == ["Faulty"]


def test_an_archive_that_is_down_is_soon_left_alone(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    internet_archive.fault = lambda request: Reply(500)
    asked = bench.archives(wayback(internet_archive), tries=2)
    wanted = [Wanted(f"{HERALD}/{number}", DAY) for number in range(200)]
    found = asked.find(wanted)
    assert len(found) == 200
    assert not any(lookup.surely_missing for lookup in found.values())
    assert len(internet_archive.server.requests) < 20


def test_a_snapshot_that_cannot_be_shown_now_is_not_missing(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    internet_archive.fault = lambda r: Reply(503) if r.path.startswith("/web/") else None
    lookup = bench.find(GOOD, wayback(internet_archive))
    assert (lookup.found, lookup.unanswered) == (None, ("Wayback Machine",))


def test_a_snapshot_that_leads_to_the_live_web_is_not_followed(
    bench: Bench, archive: str, internet_archive: InternetArchive
) -> None:
    """pywb replays a captured Location unchanged; what it names is asked of the archive."""
    bench.find(
        Wanted(f"{HERALD}/minister", date(2017, 2, 2), title="Minister resigns"), own(archive)
    )
    outside = Reply(302, headers={"Location": "http://169.254.169.254/latest"})
    internet_archive.fault = lambda r: outside if r.path.startswith("/web/") else None
    lookup = bench.find(GOOD, wayback(internet_archive))
    assert lookup.found is None


def test_the_availability_door_helps_when_the_index_is_down(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    internet_archive.fault = lambda r: Reply(503) if r.path.startswith("/cdx/") else None
    both = (wayback(internet_archive), wayback(internet_archive, "availability"))
    lookup = bench.find(GOOD._replace(url="https://herald.example/obituary"), *both, failures=50)
    assert lookup.found is not None
    assert lookup.unanswered == ()


def test_a_blocked_site_has_no_snapshots(bench: Bench, internet_archive: InternetArchive) -> None:
    internet_archive.blocked = {"herald.example"}
    assert bench.find(GOOD, wayback(internet_archive)).surely_missing


# --- Save Page Now --------------------------------------------------------------------------------


def saver(front: InternetArchive, bench: Bench, keys: Keys | None = None) -> SavePageNow:
    return SavePageNow(
        bench.fetcher(wayback(front)),
        keys or Keys("test-access", "test-secret"),
        sleep=bench.sleep,
        endpoint=front.url + "/save",
        replay=front.url + "/web/{timestamp}/{url}",
        raw=front.url + "/web/{timestamp}id_/{url}",
        pause=0.0,
    )


def test_a_missing_page_is_saved_seen_and_used(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    asked = bench.archives(wayback(internet_archive))
    lookups = [
        Lookup(GOOD, None),
        Lookup(Wanted(f"{HERALD}/latest", DAY, title="A headline that is not there"), None),
        Lookup(Wanted(f"{HERALD}/never-captured", DAY), None),
        Lookup(Wanted(f"{HERALD}/census", DAY), None, unanswered=("Wayback Machine",)),
    ]
    done = list(save_missing(asked, saver(internet_archive, bench), lookups, DAY))
    assert done[0].found is not None
    assert done[0].found.saved
    assert done[0].found.moment == datetime(2019, 1, 1, tzinfo=UTC)
    assert "captured just now" in str(done[0])
    # A capture that shows something else is none; what may be in the archive is not saved again.
    assert (done[1].found, done[1].rejected[0][1]) == (None, Shows.OTHER)
    assert done[2:] == lookups[2:]
    assert "Not found (404)" in next(iter(asked.trouble.values()))
    saved = [r.body for r in internet_archive.server.requests if r.path == "/save"]
    assert len(saved) == 3
    assert bench.slept[:3] == [2.0, 3.0, 4.5]


def test_keys_come_from_the_environment_and_show_nowhere(
    bench: Bench, internet_archive: InternetArchive
) -> None:
    keys = Keys.from_environment(
        {
            "REDPENCIL_ARCHIVE_ACCESS_KEY": "wrong-access",
            "REDPENCIL_ARCHIVE_SECRET_KEY": "wrong-secret",
        }
    )
    assert "wrong" not in repr(keys)
    asked = bench.archives(wayback(internet_archive))
    lookup = Lookup(GOOD, None)
    done = list(save_missing(asked, saver(internet_archive, bench, keys), [lookup], DAY))
    assert done == [lookup]
    assert "does not accept the keys" in str(asked.trouble)
    assert "wrong" not in str(asked.trouble)
    for environment in ({}, {"REDPENCIL_ARCHIVE_ACCESS_KEY": "a b"}):
        with pytest.raises(UsageError, match="REDPENCIL_ARCHIVE_ACCESS_KEY"):
            Keys.from_environment(environment)


# --- pure parts -----------------------------------------------------------------------------------


def test_the_wanted_day() -> None:
    asked: list[str] = []

    def added() -> Entered:
        asked.append("history")
        return Entered(date(2012, 2, 2))

    def day(accessed: date | None, published: date | None) -> tuple[date, str]:
        return archives.wanted_day(
            accessed=accessed, published=published, added=added, today=date(2026, 11, 23)
        )

    one, other = date(2014, 1, 1), date(2013, 1, 1)
    assert day(one, other) == (one, "access date")
    assert day(None, other) == (other, "publication date")
    assert day(date(2027, 1, 1), other) == (other, "publication date")
    assert asked == []
    assert day(None, date(1890, 1, 1)) == (date(2012, 2, 2), "date the reference was added")
    assert asked == ["history"]
    seen = Entered(date(2012, 2, 2), surely=False)
    for entered, expected in (
        (None, (one, "today")),
        (Entered(date(2030, 1, 1)), (one, "today")),
        (seen, (seen.day, "first date it was seen there")),
    ):
        assert expected == archives.wanted_day(
            accessed=None, published=None, added=lambda given=entered: given, today=one
        )
    for dates, without in (((one, None), False), ((None, one), False), ((None, None), True)):
        assert archives.undated(Source("http://x.example/", "", "", *dates), other) is (
            without or one > other
        )


def test_archives_are_data() -> None:
    names = [each.name for each in captures.in_order()]
    assert names[:2] == ["Wayback Machine", "Wayback Machine"]
    assert "archive.today" not in names
    table = {"name": "Ours", "door": "memento", "timegate": "http://127.0.0.1:1/web/"}
    assert captures.in_order(own=[table])[0].name == "Ours"
    chosen = captures.in_order(["arquivo.pt", "ours"], own=[table])
    assert [each.name for each in chosen] == ["Arquivo.pt", "Ours"]
    assert chosen[1].origins == {"127.0.0.1:1"}
    for wrong in (
        {"name": "x", "door": "window", "index": "http://x/"},
        {"name": "x", "door": "memento"},
        {"name": "x", "door": "pywb-cdx", "index": "http://x/"},
        {"name": "x"},
        {**table, "colour": "red"},
    ):
        with pytest.raises(UsageError, match=r"archive 'x'|colour"):
            captures.in_order(own=[wrong])
    with pytest.raises(UsageError, match="known are: Wayback Machine"):
        captures.in_order(["Nowhere"])


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("http://x.example/a?utm_source=b&id=1#c", "http://x.example/a?id=1#c"),
        ("http://x.example/a?fbclid=b", "http://x.example/a"),
        ("http://x.example/a?id=1&id=2", "http://x.example/a?id=1&id=2"),
        ("http://x.example/a?utmost=1", "http://x.example/a?utmost=1"),
        ("http://x.example/a?a=%20b&gclid=", "http://x.example/a?a=%20b"),
        ("http://x.example/a", "http://x.example/a"),
    ],
)
def test_leaving_out_tracking_parameters(url: str, left: str) -> None:
    assert archives.without_tracking(url) == left


@pytest.mark.parametrize(
    ("url", "tidied"),
    [
        ("http://x.example:80/a", "http://x.example/a"),
        ("https://x.example:443", "https://x.example"),
        ("http://x.example:8080/a", "http://x.example:8080/a"),
        ("http://x.example/a b|c[d]", "http://x.example/a%20b%7Cc%5Bd%5D"),
        ("http://x.example/it''s", "http://x.example/it%27%27s"),
        ("http://x.example/?to=http://y.example:80/", "http://x.example/?to=http://y.example:80/"),
        ("http://x.example/caf%C3%A9", "http://x.example/caf%C3%A9"),
    ],
)
def test_addresses_fit_for_a_page(url: str, tidied: str) -> None:
    assert captures.tidy(url) == tidied


def test_an_index_in_pages_ends_at_its_resume_key() -> None:
    body = json.dumps(
        [
            ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"],
            ["k", "20140611120000", "http://x.example:80/", "text/html", "200", "D", "1"],
            ["k", "20140612120000", "http://x.example/", "warc/revisit", "-", "D", "1"],
            ["k", "20149912120000", "http://x.example/", "text/html", "200", "D", "1"],
            [],
            ["key"],
        ]
    ).encode()
    table = Archive("A", "wayback-cdx", index="http://a/", replay="http://a/{timestamp}/{url}")
    listed, whole = captures.captures(table, Answer("http://a/", 200, {}, body, True))
    assert [(c.timestamp, c.original, c.status) for c in listed] == [
        ("20140611120000", "http://x.example/", 200),
        ("20140612120000", "http://x.example/", None),
    ]
    assert whole
    for none in (b"[]", b"", b"\n"):
        assert captures.captures(table, Answer("http://a/", 200, {}, none, True)) == ([], True)


def test_reading_links() -> None:
    header = (
        '<http://a.example/x,y;z>; rel="original", <http://t/timegate/http://a>;rel=timegate,\n'
        '<http://t/20140611120000/http://a>; rel="first memento";'
        ' datetime="Wed, 11 Jun 2014 12:00:00 GMT"'
    )
    assert list(captures.links(header)) == [
        ("http://a.example/x,y;z", {"original"}, ""),
        ("http://t/timegate/http://a", {"timegate"}, ""),
        (
            "http://t/20140611120000/http://a",
            {"first", "memento"},
            "Wed, 11 Jun 2014 12:00:00 GMT",
        ),
    ]
