from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wikitext.dates import DateStyle, Precision, parse, write
from bot.wikitext.prose_dates import dates

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "sv", "ca", "uk", "ja", "zh")
MORE = ("cs", "da", "fi", "hu", "tr", "vi", "ko", "cy", "eu", "el", "he", "fa", "ar", "xx-unknown")
DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(2199, 12, 31))


@pytest.mark.parametrize(
    ("text", "written", "first", "last"),
    [
        ("opened on 5 March 2014.", "5 March 2014", "2014-03-05", "2014-03-05"),
        ("On March 5, 2014, it", "March 5, 2014", "2014-03-05", "2014-03-05"),
        ("on 5 Mar 2014", "5 Mar 2014", "2014-03-05", "2014-03-05"),
        ("the 5th of March 2014", "5th of March 2014", "2014-03-05", "2014-03-05"),
        ("5&nbsp;March 2014", "5&nbsp;March 2014", "2014-03-05", "2014-03-05"),
        ("on 2014-03-05 it", "2014-03-05", "2014-03-05", "2014-03-05"),
        ("2014 March 5", "2014 March 5", "2014-03-05", "2014-03-05"),
        ("in July 2017, it", "July 2017", "2017-07-01", "2017-07-31"),
        ("by 2015", "2015", "2015-01-01", "2015-12-31"),
        ("As of 2012, there", "2012", "2012-01-01", "2012-12-31"),
        ("no later than 2014.", "2014", "2014-01-01", "2014-12-31"),
        ("in the year 2000", "2000", "2000-01-01", "2000-12-31"),
        ("postponed to 2025.", "2025", "2025-01-01", "2025-12-31"),
        ("according to the 2024 index", "2024", "2024-01-01", "2024-12-31"),
        ("its 2018 report", "2018", "2018-01-01", "2018-12-31"),
        ("a novel (1996)", "1996", "1996-01-01", "1996-12-31"),
        ("a seat for 2017–2018.", "2017–2018", "2017-01-01", "2018-12-31"),
        ("for 2020&nbsp;– 2030", "2020&nbsp;– 2030", "2020-01-01", "2030-12-31"),
        ("in the 2016–17 season", "2016–17", "2016-01-01", "2017-12-31"),
        ("in 1999–00", "1999–00", "1999-01-01", "2000-12-31"),
        ("from 2015 to 2018", "2015 to 2018", "2015-01-01", "2018-12-31"),
        ("between 2015 and 2018", "2015 and 2018", "2015-01-01", "2018-12-31"),
        ("2014–present", "2014–present", "2014-01-01", "9999-12-31"),
        ("5–8 March 2014", "5–8 March 2014", "2014-03-05", "2014-03-08"),
        ("July 4–6, 2014", "July 4–6, 2014", "2014-07-04", "2014-07-06"),
        ("March–May 2014", "March–May 2014", "2014-03-01", "2014-05-31"),
        ("5 March – 8 April 2014", "5 March – 8 April 2014", "2014-03-05", "2014-04-08"),
        ("5 March 2014 – 8 April 2015", "5 March 2014 – 8 April 2015", "2014-03-05", "2015-04-08"),
        ("late 2015", "late 2015", "2015-08-01", "2015-12-31"),
        ("mid-2014", "mid-2014", "2014-04-01", "2014-09-30"),
        ("early May 2014", "early May 2014", "2014-05-01", "2014-05-10"),
        ("by the end of March 2025", "the end of March 2025", "2025-03-20", "2025-03-31"),
        ("by the end of 2025", "the end of 2025", "2025-10-01", "2025-12-31"),
        ("Q3 2014", "Q3 2014", "2014-07-01", "2014-09-30"),
        ("the second half of 2014", "second half of 2014", "2014-07-01", "2014-12-31"),
        ("in spring 2014", "spring 2014", "2014-03-01", "2014-11-30"),
        ("in the 2010s", "2010s", "2010-01-01", "2019-12-31"),
        ("the late 1990s", "late 1990s", "1996-01-01", "1999-12-31"),
    ],
)
def test_finds_one_date(text: str, written: str, first: str, last: str) -> None:
    (found,) = dates(text)
    assert text[found.start : found.end] == written
    assert (found.first_day.isoformat(), found.last_day.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "2,016 people came",
        "some 1500 km of track",
        "2012 metres above the sea",
        "worth $2014 million",
        "Resolution 2014 of the council",
        "a Boeing 2707",
        "under ISO 2022",
        "along Route 2020",
        "the plan Vision 2030",
        "and Agenda 2030",
        "won by 2000 votes",
        "in 1500 villages",
        "pp. 1990–1995",
        "from 1500 to 2000 troops"[5:],
        "a force of 1945 soldiers",
        "a list of 1945 characters",
        "a total of 2014 entries",
        "the 2014 men",
        "around 2000 people",
        "more than 2014",
        "up to 2016 units",
        "version 3.2014",
        "Section 1-2014",
        "https://example.org/2014/05",
        "in 20140305",
        "in 2010 BC",
        "from 1200 BCE",
        "No. 1999",
        "",
    ],
)
def test_quantities_and_titles_are_no_dates(text: str) -> None:
    assert dates(text) == []


def test_several_dates_left_to_right() -> None:
    text = "In 2012, 2014 and 2016 it met; since May 2018 it has not (5 June 2019)."
    assert [text[one.start : one.end] for one in dates(text)] == [
        "2012",
        "2014",
        "2016",
        "May 2018",
        "5 June 2019",
    ]
    assert [one.precision for one in dates(text)][-2:] == [Precision.MONTH, Precision.DAY]


def test_style_and_abbreviation() -> None:
    (dmy,) = dates("5 Mar 2014")
    (mdy,) = dates("March 5, 2014")
    assert (dmy.style, dmy.abbreviated) == (DateStyle.DMY, True)
    assert (mdy.style, mdy.abbreviated) == (DateStyle.MDY, False)
    assert (dmy.year, dmy.month, dmy.day) == (2014, 3, 5)


@pytest.mark.parametrize(
    ("language", "text", "written"),
    [
        (
            "de",
            "Seit 2014 und am 5. März 2015 sowie 7.8.2016",
            ["2014", "5. März 2015", "7.8.2016"],
        ),
        ("fr", "depuis 2014, le 1er mars 2015", ["2014", "1er mars 2015"]),
        ("es", "desde 2014 hasta el 5 de marzo de 2015", ["2014", "5 de marzo de 2015"]),
        ("ru", "в 2014 году, 5 марта 2015 года", ["2014", "5 марта 2015"]),
        ("pl", "od 2014 do marca 2015", ["2014", "marca 2015"]),
        ("ja", "2014年3月5日に始まり、2015年に終わる", ["2014年3月5日", "2015年"]),
        ("de", "2014 Menschen, Boeing 2707", []),
    ],
)
def test_other_languages(language: str, text: str, written: list[str]) -> None:
    assert [text[one.start : one.end] for one in dates(text, language)] == written


@given(
    st.text(alphabet="129034567 ,.-–()sQofintheMarchy\u00a0年月日&;nbp$\n/"),
    st.sampled_from(LANGUAGES),
)
def test_dates_never_overlap_and_lie_inside_the_text(text: str, language: str) -> None:
    end = 0
    for found in dates(text, language):
        assert end <= found.start < found.end <= len(text)
        assert found.first_day <= found.last_day
        end = found.end


@pytest.mark.parametrize(
    ("value", "language", "first", "last"),
    [
        ("2014-03-05", "en", "2014-03-05", "2014-03-05"),
        (" 5 March 2014\n", "en", "2014-03-05", "2014-03-05"),
        ("March 5, 2014", "en", "2014-03-05", "2014-03-05"),
        ("5 mar 2014", "en", "2014-03-05", "2014-03-05"),
        ("March 2014", "en", "2014-03-01", "2014-03-31"),
        ("2014", "en", "2014-01-01", "2014-12-31"),
        ("5. März 2014", "de", "2014-03-05", "2014-03-05"),
        ("5.3.2014", "de", "2014-03-05", "2014-03-05"),
        ("2014-03", "de", "2014-03-01", "2014-03-31"),
        ("1{{er}} mars 2014", "fr", "2014-03-01", "2014-03-01"),
        ("5 de marzo del 2014", "es", "2014-03-05", "2014-03-05"),
        ("1º gennaio 2014", "it", "2014-01-01", "2014-01-01"),
        ("5 марта 2014 года", "ru", "2014-03-05", "2014-03-05"),
        ("marzec 2014", "pl", "2014-03-01", "2014-03-31"),
        ("1 d'abril de 2014", "ca", "2014-04-01", "2014-04-01"),
        ("2014年3月5日", "ja", "2014-03-05", "2014-03-05"),
        ("2014年3月5日", "en", "2014-03-05", "2014-03-05"),
        ("16 Awst 2008", "cy", "2008-08-16", "2008-08-16"),
        ("5 March 2014", "fr", "2014-03-05", "2014-03-05"),
    ],
)
def test_parses_a_value(value: str, language: str, first: str, last: str) -> None:
    found = parse(value, language)
    assert found is not None
    assert (found.first_day.isoformat(), found.last_day.isoformat()) == (first, last)
    assert value[found.start : found.end] == value.strip()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "03/04/2014",
        "20140305",
        "31 June 2014",
        "2014-13-01",
        "5.3.2014",
        "2010-11",
        "circa 2014",
        "5 March 2014 and later",
        "Smarch 2014",
        "{{date}}",
        "n.d.",
    ],
)
def test_what_is_not_exactly_one_date_is_none(value: str) -> None:
    assert parse(value, "en") is None


@given(DAYS, st.sampled_from(DateStyle), st.sampled_from(LANGUAGES + MORE))
def test_what_is_written_is_read_back(day: date, style: DateStyle, language: str) -> None:
    found = parse(write(day, style, language), language)
    assert found is not None
    assert (found.first_day, found.last_day) == (day, day)


@given(DAYS, st.sampled_from(DateStyle), st.booleans())
def test_english_styles_are_kept(day: date, style: DateStyle, abbreviated: bool) -> None:
    written = write(day, style, abbreviated=abbreviated)
    found = parse(written)
    assert found is not None
    assert found.style is style
    assert write(day, style, abbreviated=found.abbreviated) == written
    assert [one.first_day for one in dates(f"It opened on {written}.")] == [day]


@given(st.text(), st.sampled_from(LANGUAGES + MORE))
def test_parse_reads_any_text(value: str, language: str) -> None:
    found = parse(value, language)
    assert found is None or found.first_day <= found.last_day


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "1 April 2014"),
        ("de", "1. April 2014"),
        ("fr", "1er avril 2014"),
        ("es", "1 de abril de 2014"),
        ("it", "1º aprile 2014"),
        ("pt", "1 de abril de 2014"),
        ("nl", "1 april 2014"),
        ("ru", "1 апреля 2014"),
        ("pl", "1 kwietnia 2014"),
        ("sv", "1 april 2014"),
        ("ca", "1 d’abril de 2014"),
        ("uk", "1 квітня 2014"),
        ("ja", "2014年4月1日"),
        ("zh", "2014年4月1日"),
        ("cs", "1. dubna 2014"),
        ("xx-unknown", "2014-04-01"),
    ],
)
def test_writes_as_that_wiki_does(language: str, written: str) -> None:
    assert write(date(2014, 4, 1), DateStyle.DMY, language) == written
