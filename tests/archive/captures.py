"""What the local archive holds, and what each citation of it must come to.

Each case of `LABELLED` is a citation with the timestamp of the one snapshot that shows its page,
or None where no snapshot does. The pages are made up; their faults are those archives are full of.
"""

from __future__ import annotations

import gc
import io
import warnings
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bot.web.archives import Wanted

FILLER = (
    "The harbour of Velmora was widened in three stages between the wars, and the town council met"
    " in the old customs house until the new hall was finished. Ships of the northern line called"
    " twice a week, as the almanac of those years records in some detail. "
)


class Capture(NamedTuple):
    url: str
    timestamp: str
    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    location: str = ""


def page(
    title: str, text: str = FILLER * 3, heading: str = "", site: str = "Velmora Herald"
) -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title} | {site}</title></head><body><nav>Home News"
        f" Sport</nav><h1>{heading or title}</h1><p>{text}</p><footer>About</footer></body></html>"
    ).encode()


def bare(title: str, text: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body>{text}</body></html>".encode()


HERALD = "http://herald.example"
LOST = bare("Velmora Herald", "<h1>Sorry!</h1> The page you requested could not be found.")
FRONT = (
    b"<html><title>Velmora Herald - all the news</title><body>"
    + b"".join(
        b"<h1>%s</h1>" % each for each in (b"Harbour tolls to rise in spring", b"Rain", b"Sport")
    )
    + b"<p>"
    + FILLER.encode() * 4
    + b"</p></body></html>"
)

CAPTURES = (
    # Good ones, at several dates.
    Capture(f"{HERALD}/obituary", "20100203040506", body=page("Anna Krel, geologist, dies at 81")),
    Capture(f"{HERALD}/obituary", "20140611120000", body=page("Anna Krel, geologist, dies at 81")),
    Capture(f"{HERALD}/obituary", "20190101000000", body=page("Anna Krel, geologist, dies at 81")),
    Capture(f"{HERALD}/obituary", "20220303030303", 404, body=LOST),
    # A soft 404 stands nearer than the page.
    Capture(f"{HERALD}/census", "20120520101010", body=page("Census counts 40,000 in Velmora")),
    Capture(f"{HERALD}/census", "20140520101010", body=bare("Page not found", "Page not found")),
    Capture(f"{HERALD}/census", "20140521101010", body=LOST),
    # The domain was sold.
    Capture("http://harbour.example/plan", "20090909090909", body=page("Plan for the new harbour")),
    Capture(
        "http://harbour.example/plan",
        "20130909090909",
        body=b"<html><title>harbour.example</title><body>This domain may be for sale. Related"
        b" searches: Boats Loans Insurance<script src='http://www.parkingcrew.net/x.js'></script>",
    ),
    # The address shows another article later.
    Capture(f"{HERALD}/latest", "20110401000000", body=page("Harbour opens after long repairs")),
    Capture(f"{HERALD}/latest", "20150401000000", body=page("Council argues about library roof")),
    # Never there but as an error.
    Capture(f"{HERALD}/gone", "20160101000000", 404, body=LOST),
    Capture(f"{HERALD}/moved-away", "20160101000000", 500, body=b"Internal error"),
    # Moved to another address, where it still bears its title.
    Capture(f"{HERALD}/old-treaty", "20160202020202", 301, location=f"{HERALD}/archive/treaty"),
    Capture(
        f"{HERALD}/archive/treaty", "20160202020203", body=page("Treaty of Karvenia signed at last")
    ),
    # Moved to the front page, which bears none.
    Capture(f"{HERALD}/minister", "20170202020202", 302, location=f"{HERALD}/"),
    Capture(f"{HERALD}/", "20170202020203", body=FRONT),
    # The front page under the article's address, with the article's headline among others.
    Capture(f"{HERALD}/tolls", "20180202020203", body=FRONT),
    # Files.
    Capture(
        "https://stats.example/report.pdf?v=1&x=2",
        "20190909090909",
        body=b"%PDF-1.4\n" + b"0" * 500,
        content_type="application/pdf",
    ),
    Capture("https://stats.example/lost.pdf", "20190909090909", body=LOST),
    # Addresses and pages in other scripts.
    Capture(
        "http://www.tourism.example/caf%C3%A9/%C5%BEivot",
        "20200220202020",
        body=page("Kavárny a život ve Velmoře"),
    ),
    Capture(
        "http://news.example/ja",
        "20150505050505",
        body="<meta charset=shift_jis><title>ベルモラ港の開港について - 新聞</title><p>".encode(
            "shift_jis"
        )
        + ("港は三段階で拡張された。" * 20).encode("shift_jis"),
        content_type="text/html",
    ),
    Capture(
        "http://news.example/ru",
        "20150505050505",
        body=("<title>Порт Вельморы открыт после ремонта</title><p>" + "Порт открыт. " * 30).encode(
            "cp1251"
        ),
        content_type="text/html; charset=windows-1251",
    ),
    Capture(
        "http://news.example/de",
        "20150505050505",
        body=page("Seite nicht gefunden", "Die angeforderte Seite gibt es nicht.", site="Zeitung"),
    ),
    # A guard was captured.
    Capture(
        f"{HERALD}/guarded",
        "20210101000000",
        body=bare("Just a moment...", "Checking your browser"),
    ),
    # The quoted words left the page.
    Capture(
        f"{HERALD}/speech",
        "20130101000000",
        body=page(
            "Mayor speaks on the harbour",
            FILLER + "“We shall not sell the quay to anyone”, he said." + FILLER,
        ),
    ),
    Capture(f"{HERALD}/speech", "20160101000000", body=page("Mayor speaks on the harbour")),
    # Captured without the parameters that the citation carries.
    Capture(f"{HERALD}/story?id=7", "20180808080808", body=page("Story of the northern line")),
    # A page that sends its reader on.
    Capture(
        f"{HERALD}/forward",
        "20180808080808",
        body=b"<meta http-equiv='refresh' content='0; url=/elsewhere'><title>Velmora Herald</title>"
        b"<p>" + FILLER.encode(),
    ),
    # Another year's edition.
    Capture(f"{HERALD}/report", "20160101000000", body=page("National report of Velmora 2015")),
    # Nothing to compare with.
    Capture(f"{HERALD}/plain", "20180808080808", body=page("Something or other")),
    # An article that speaks of errors.
    Capture(
        f"{HERALD}/404",
        "20180808080808",
        body=page("Why so many links end in page not found", FILLER * 6),
    ),
    # Empty, and not HTML at all.
    Capture(f"{HERALD}/empty", "20180808080808", body=b""),
    Capture(
        f"{HERALD}/login", "20180808080808", body=bare("Log in - Velmora Herald", "Name Password")
    ),
)


class Label(NamedTuple):
    wanted: Wanted
    timestamp: str | None


def label(url: str, day: str, title: str, timestamp: str | None, quote: str = "") -> Label:
    return Label(Wanted(url, date.fromisoformat(day), title=title, quote=quote), timestamp)


OBITUARY = "Anna Krel, geologist, dies at 81"
LABELLED = (
    label(f"{HERALD}/obituary", "2014-06-01", OBITUARY, "20140611120000"),
    label(f"{HERALD}/obituary", "2009-01-01", OBITUARY, "20100203040506"),
    label(f"{HERALD}/obituary", "2026-11-23", OBITUARY, "20190101000000"),
    # Other ways to write the same address.
    label("https://www.Herald.example:443/obituary/#top", "2010-03-01", OBITUARY, "20100203040506"),
    label(f"{HERALD}/census", "2014-05-20", "Census counts 40,000 in Velmora", "20120520101010"),
    label(
        "http://harbour.example/plan", "2013-09-09", "Plan for the new harbour", "20090909090909"
    ),
    label(f"{HERALD}/latest", "2015-04-01", "Harbour opens after long repairs", "20110401000000"),
    label(f"{HERALD}/latest", "2015-04-01", "Council argues about library roof", "20150401000000"),
    label(f"{HERALD}/latest", "2015-04-01", "Nobody ever wrote this headline", None),
    label(f"{HERALD}/gone", "2016-01-01", "Something that is gone", None),
    label(f"{HERALD}/moved-away", "2016-01-01", "Something that is gone", None),
    label(
        f"{HERALD}/old-treaty", "2016-02-01", "Treaty of Karvenia signed at last", "20160202020203"
    ),
    label(f"{HERALD}/minister", "2017-02-02", "Minister resigns over tolls", None),
    label(f"{HERALD}/minister", "2017-02-02", "", None),
    label(f"{HERALD}/tolls", "2018-02-02", "Harbour tolls to rise in spring", None),
    label(
        "https://stats.example/report.pdf?v=1&x=2", "2019-01-01", "Trade report", "20190909090909"
    ),
    label("https://stats.example/lost.pdf", "2019-01-01", "Trade report", None),
    label(
        "http://www.tourism.example/café/život",
        "2020-02-20",
        "Kavárny a život ve Velmoře",
        "20200220202020",
    ),
    label("http://news.example/ja", "2015-05-05", "ベルモラ港の開港について", "20150505050505"),
    label(
        "http://news.example/ru",
        "2015-05-05",
        "Порт Вельморы открыт после ремонта",
        "20150505050505",
    ),
    label("http://news.example/de", "2015-05-05", "Hafen wieder offen", None),
    label("http://news.example/de", "2015-05-05", "", None),
    label(f"{HERALD}/guarded", "2021-01-01", "Behind the guard there was this", None),
    label(f"{HERALD}/guarded", "2021-01-01", "", None),
    label(
        f"{HERALD}/speech",
        "2016-01-01",
        "Mayor speaks on the harbour",
        "20130101000000",
        "We shall not sell ... to anyone",
    ),
    label(f"{HERALD}/speech", "2016-01-01", "Mayor speaks on the harbour", "20160101000000"),
    label(
        f"{HERALD}/story?id=7&utm_source=feed",
        "2018-08-01",
        "Story of the northern line",
        "20180808080808",
    ),
    label(f"{HERALD}/forward", "2018-08-08", "The page that was here before", None),
    label(f"{HERALD}/report", "2016-01-01", "National report of Velmora 2014", None),
    label(f"{HERALD}/report", "2016-01-01", "National report of Velmora 2015", "20160101000000"),
    label(f"{HERALD}/plain", "2018-08-08", "", "20180808080808"),
    label(f"{HERALD}/plain", "2010-08-08", "", None),  # too far to be believed unseen
    # A plain link: its words may be the title, and prove the page then, or describe it.
    Label(
        Wanted(f"{HERALD}/plain", date(2010, 8, 8), label="Something or other"), "20180808080808"
    ),
    Label(Wanted(f"{HERALD}/plain", date(2018, 1, 8), label="The official list"), "20180808080808"),
    Label(Wanted(f"{HERALD}/plain", date(2010, 8, 8), label="The official list"), None),
    Label(Wanted(f"{HERALD}/login", date(2018, 8, 8), label="The official list"), None),
    label(
        f"{HERALD}/404", "2018-08-08", "Why so many links end in page not found", "20180808080808"
    ),
    label(f"{HERALD}/empty", "2018-08-08", "", None),
    label(f"{HERALD}/login", "2018-08-08", "", None),
    label(f"{HERALD}/never-captured", "2018-08-08", "Never captured", None),
)

_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 404: "Not Found", 500: "Error"}


def write_warc(path: Path, captures: tuple[Capture, ...] = CAPTURES) -> None:
    """The captures as a WARC file (ISO 28500)."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with warnings.catch_warnings(), path.open("wb") as file:
        # warcio leaves the closing of its temporary files to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        writer = WARCWriter(file, gzip=True)
        for each in captures:
            headers = [("Content-Type", each.content_type)]
            if each.location:
                headers.append(("Location", each.location))
            t = each.timestamp
            moment = f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[8:10]}:{t[10:12]}:{t[12:]}Z"
            status = StatusAndHeaders(
                f"{each.status} {_REASONS[each.status]}", headers, protocol="HTTP/1.1"
            )
            writer.write_record(
                writer.create_warc_record(
                    each.url,
                    "response",
                    payload=io.BytesIO(each.body),
                    http_headers=status,
                    warc_headers_dict={"WARC-Date": moment},
                )
            )
        gc.collect()
