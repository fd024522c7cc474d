"""Which titles lead to an organisation: from a dump, whatever its order, or a wiki's tables."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.scan import redirects
from bot.scan.dumps import dump_of
from bot.scan.parquet import convert
from bot.scan.redirects import Collected, Titles, of_dump, of_table, remembered
from tests.scan.dump_files import Written, multistream, xml

OSCE = "Organization for Security and Co-operation in Europe"
PAGES = [
    Written("Vienna body", f"#REDIRECT [[{OSCE}]]", redirect=OSCE),
    Written("Helsinki Accords body", f"#redirect [[:{OSCE}#History & roots|x]]", redirect=OSCE),
    Written("Some town", "#REDIRECT [[Some city]]", redirect="Some city"),
    Written("Template:OSCE", f"#REDIRECT [[{OSCE}]]", redirect=OSCE, namespace=10),
    Written("NATO", "'''NATO''' may be:\n* [[a]]\n* [[b]]\n{{Disambiguation|acronyms}}"),
    Written("Red herring", "{{disambiguation}}"),
    Written("European Union", "The {{dablink}} is no mark."),
]
TITLES = Titles(
    {"Vienna body": OSCE, "Helsinki Accords body": f"{OSCE}#History & roots"}, frozenset(["NATO"])
)


@pytest.mark.parametrize("form", ["plain", "multistream", "table"])
def test_a_dump_tells_what_leads_to_organisations(form: str, tmp_path: Path) -> None:
    file = tmp_path / "dump.xml"
    file.write_bytes(xml(PAGES))
    if form == "multistream":
        file, _ = multistream(tmp_path, PAGES)
    elif form == "table":
        convert(dump_of(file), tmp_path / "table")
        file = tmp_path / "table"
    assert of_dump(dump_of(file)) == Collected(TITLES)


def test_only_what_a_page_links_is_a_fact_of_it() -> None:
    facts = TITLES.facts("[[Vienna_body]] and [[vienna body|it]], [[ NATO#History]] [[Some town]]")
    assert facts.redirects == {"Vienna body": OSCE}
    assert facts.disambiguations == {"NATO"}
    assert TITLES.facts("[[Some town]]") is redirects.NOTHING


TABLE = (
    "-- MySQL dump\nCREATE TABLE `redirect` (\n  `rd_from` int\n);\n"
    "INSERT INTO `redirect` VALUES (11,0,'{osce}','',''),(12,0,'{osce}','','History & \\'roots'),"
    "(13,0,'Some_city','',''),(14,0,'{osce}','w',''),(15,4,'{osce}',NULL,NULL);\n"
    "INSERT INTO `redirect` VALUES (16,0,'NATO',NULL,NULL);\n"
).format(osce=OSCE.replace(" ", "_"))
INDEX = (
    "600:11:Vienna body\n600:12:Helsinki &amp; co: body\n600:13:Town\n900:14:X\n900:16:The Pact\n"
)
PAGE_TABLE = (
    "INSERT INTO `page` VALUES (11,0,'Vienna_body','',0),(12,0,'Helsinki_&_co:_body','',0),"
    "(16,1,'Talk','',0);\nINSERT INTO `page` VALUES (16,0,'The_Pact','',0);\n"
)


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("ids", ["index", "table"])
def test_the_wikis_own_tables_tell_the_same(ids: str, is_packed: bool, tmp_path: Path) -> None:
    table = tmp_path / f"testwiki-latest-redirect.sql{'.gz' if is_packed else ''}"
    table.write_bytes(gzip.compress(TABLE.encode()) if is_packed else TABLE.encode())
    with pytest.raises(UsageError, match="beside it"):
        of_table(table)
    if ids == "index":
        beside = tmp_path / "testwiki-latest-pages-articles-multistream-index.txt.bz2"
        beside.write_bytes(INDEX.encode())
    else:
        beside = tmp_path / "testwiki-latest-page.sql.gz"
        beside.write_bytes(gzip.compress(PAGE_TABLE.encode()))
    assert of_table(table).redirects == {
        "Vienna body": OSCE,
        "Helsinki & co: body": f"{OSCE}#History & 'roots",
        "The Pact": "NATO",
    }


def test_another_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "testwiki-page.sql.gz"
    table.write_bytes(gzip.compress(PAGE_TABLE.encode()))
    with pytest.raises(UsageError, match="no dump of a wiki's table of redirects"):
        of_table(table)


def test_a_dump_is_looked_through_once(tmp_path: Path) -> None:
    file = tmp_path / "dump.xml"
    file.write_bytes(xml(PAGES))
    looks = []

    def look() -> Collected:
        looks.append(1)
        return of_dump(dump_of(file))

    kept = tmp_path / "kept"
    assert remembered(dump_of(file), kept, look).titles == TITLES
    assert remembered(dump_of(file), kept, look).titles == TITLES
    assert len(looks) == 1
    (state,) = kept.iterdir()
    state.write_text("{")  # half a file is none
    assert remembered(dump_of(file), kept, look).titles == TITLES
    file.write_bytes(xml(PAGES[1:]))
    os.utime(file, ns=(5, 5))
    assert "Vienna body" not in remembered(dump_of(file), kept, look).titles.redirects
    assert len(looks) == 3
