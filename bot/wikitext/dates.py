"""What a written date is; the whole value of a template parameter read as one, and one written.

Month names and forms are those of the citations of each wiki's language; babel knows the languages
that are not listed here. `prose_dates` finds dates in running text.
"""

from __future__ import annotations

import calendar
import enum
import functools
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from bot.patterns import pattern


class DateStyle(enum.Enum):
    """The order in which a date is written.

    DMY "5 March 2014", MDY "March 5, 2014", YMD "2014 March 5" or "2014年3月5日", ISO "2014-03-05".
    """

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"
    ISO = "iso"


class Precision(enum.Enum):
    """What a written date names: one day, one month …, or a range from one date to another."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    PART = "part of a year"
    DECADE = "decade"
    RANGE = "range"


class WrittenDate(NamedTuple):
    """A date or range as it stands in text[start:end].

    `year`, `month` and `day` are as written (of the first date of a range). The stated period lies
    within `first_day` … `last_day`, both included. A season is as wide as both hemispheres make it.
    "2014–present" ends on `date.max`. `style` is None where no order is to be seen (a bare year);
    `abbreviated` says that the month is ("5 Mar 2014").
    """

    start: int
    end: int
    year: int
    month: int | None
    day: int | None
    style: DateStyle | None
    abbreviated: bool
    first_day: date
    last_day: date
    precision: Precision


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as one string."""
    return frozenset(text.split())


# --- month names ------------------------------------------------------------------------------

ENGLISH_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# As they stand after a day, in the languages whose citations we write.
_MONTHS: Mapping[str, list[str]] = {
    language: names.split()
    for language, names in {
        "en": " ".join(ENGLISH_MONTHS),
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre"
        " décembre",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
        " diciembre",
        "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
        " dicembre",
        "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro"
        " dezembro",
        "nl": "januari februari maart april mei juni juli augustus september oktober november"
        " december",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
        " listopada grudnia",
        "sv": "januari februari mars april maj juni juli augusti september oktober november"
        " december",
        "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
        "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада"
        " грудня",
    }.items()
}
# Further spellings that mean the same month: nominatives, older and Austrian forms.
_MORE_MONTHS: Mapping[str, str] = {
    "de": "Jänner=1 Feber=2 Maerz=3",
    "es": "setiembre=9",
    "fr": "fevrier=2 aout=8 decembre=12",
    "ru": "январь=1 февраль=2 март=3 апрель=4 май=5 июнь=6 июль=7 август=8 сентябрь=9 октябрь=10"
    " ноябрь=11 декабрь=12",
    "pl": "styczeń=1 luty=2 marzec=3 kwiecień=4 maj=5 czerwiec=6 lipiec=7 sierpień=8 wrzesień=9"
    " październik=10 listopad=11 grudzień=12",
    "uk": "січень=1 лютий=2 березень=3 квітень=4 травень=5 червень=6 липень=7 серпень=8 вересень=9"
    " жовтень=10 листопад=11 грудень=12",
}
EAST_ASIAN = frozenset({"ja", "zh", "yue", "wuu", "zh-hans", "zh-hant"})
# Where 5.3.2014 is always the fifth of March.
DOTTED = words("de da no nb nn fi cs sk pl ru uk be bg et lv lt hr sr sl ro tr")


@functools.cache
def _babel_months(language: str) -> tuple[tuple[str, int, bool], ...]:
    """(lower-case name, month, is it abbreviated) as the Unicode locale data has them."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return ()
    names: list[tuple[str, int, bool]] = []
    for context in ("format", "stand-alone"):
        widths = locale.months[context]
        wide = {str(name).lower() for name in widths["wide"].values()}
        for width in ("wide", "abbreviated"):
            for month, name in widths[width].items():
                plain = str(name).lower()
                names.append((plain, int(month), width == "abbreviated" and plain not in wide))
    return tuple(names)


@functools.cache
def month_words(language: str) -> Mapping[str, tuple[int, bool]]:
    """Lower-case name without its dot -> (month, is it abbreviated), without loading babel."""
    words: dict[str, tuple[int, bool]] = {}
    if language != "en":
        for month, name in enumerate(_MONTHS.get(language, ()), 1):
            words[name.lower()] = (month, False)
        for pair in _MORE_MONTHS.get(language, "").split():
            name, _, number = pair.partition("=")
            words[name.lower()] = (int(number), False)
    for month, name in enumerate(ENGLISH_MONTHS, 1):
        words.setdefault(name.lower(), (month, False))
        words.setdefault(name[:3].lower(), (month, month != 5))
    words.setdefault("sept", (9, True))
    return words


@functools.cache
def _all_month_words(language: str) -> Mapping[str, tuple[int, bool]]:
    """The same with everything babel knows of the language."""
    words: dict[str, tuple[int, bool]] = {}
    if language != "en":
        own = _MONTHS.get(language)
        for name, month, short in _babel_months(language):
            bare = re.sub(r"^(?:de |d['’]|del )", "", name).rstrip(".")
            if bare and not bare.isdecimal():
                words.setdefault(bare, (month, short and not (own and bare in own)))
    return {**month_words(language), **words}


def find_month(word: str, language: str) -> tuple[int, bool] | None:
    """The month a word names in the language or in English, and whether it is abbreviated."""
    bare = word.lower().rstrip(".")
    known = month_words(language).get(bare)
    if known is None and language != "en":
        known = _all_month_words(language).get(bare)
    return known


# --- making values ----------------------------------------------------------------------------


def of_day(
    start: int, end: int, day: date, style: DateStyle, *, abbreviated: bool = False
) -> WrittenDate:
    """One day, written at text[start:end]."""
    return WrittenDate(
        start, end, day.year, day.month, day.day, style, abbreviated, day, day, Precision.DAY
    )


def of_month(
    start: int, end: int, year: int, month: int, style: DateStyle | None, *, abbreviated: bool
) -> WrittenDate:
    """One month, written at text[start:end]."""
    last = date(year, month, calendar.monthrange(year, month)[1])
    first = date(year, month, 1)
    return WrittenDate(
        start, end, year, month, None, style, abbreviated, first, last, Precision.MONTH
    )


def of_year(start: int, end: int, year: int) -> WrittenDate:
    """One year, written at text[start:end]."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return WrittenDate(
        start,
        end,
        year,
        None,
        None,
        None,
        abbreviated=False,
        first_day=first,
        last_day=last,
        precision=Precision.YEAR,
    )


def of_range(first: WrittenDate, last: WrittenDate) -> WrittenDate:
    """From the first date to the last, both included."""
    return first._replace(end=last.end, last_day=last.last_day, precision=Precision.RANGE)


def calendar_day(year: int, month: int, day: int) -> date | None:
    """The day, None when the calendar lacks it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- a whole parameter value ------------------------------------------------------------------

_ISO = pattern(r"([12]\d{3})-(\d{2})-(\d{2})", re.ASCII)
_ISO_MONTH = pattern(r"([12]\d{3})-(\d{2})", re.ASCII)
_PLAIN_YEAR = pattern(r"[12]\d{3}", re.ASCII)
EAST_ASIAN_FORM = r"([12]\d{3})年(?:\s*(\d{1,2})月(?:\s*(\d{1,2})[日号號])?)?"
_EAST_ASIAN_DATE = pattern(EAST_ASIAN_FORM, re.ASCII)
_DOTTED_DAY = pattern(r"(\d{1,2})\.(\d{1,2})\.([12]\d{3})", re.ASCII)
_SHORT_MONTHS_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|\{\{er\}\}|[.ºªè°])?"
_JOIN = r"(?:\s+|\s*,\s*|\s+(?:de|del|di|von|of)\s+)"
_WORD = r"(?P<month>[^\W\d_]+(?:[.’'][^\W\d_]+)?\.?)"
_OF = r"(?:(?:de|del|of)\s+|d['’]\s?)?"
_TAIL = r"(?:\s*(?:г\.|года|год|р\.|року|рік|r\.|roku))?"
_DMY_VALUE = pattern(rf"{_SHORT_MONTHS_DAY}\s*{_OF}{_WORD}{_JOIN}(?P<year>[12]\d{{3}}){_TAIL}")
_MDY_VALUE = pattern(rf"{_WORD}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>[12]\d{{3}})")
_YMD_VALUE = pattern(rf"(?P<year>[12]\d{{3}})[.,]?\s+{_WORD}\s+(?P<day>\d{{1,2}})\.?")
_MY_VALUE = pattern(rf"{_WORD}{_JOIN}(?P<year>[12]\d{{3}}){_TAIL}")
_ORDERS = (
    (DateStyle.DMY, _DMY_VALUE),
    (DateStyle.MDY, _MDY_VALUE),
    (DateStyle.YMD, _YMD_VALUE),
)


def parse(value: str, language: str = "en") -> WrittenDate | None:
    """The date that a whole parameter value is, None when it is not exactly one.

    Blanks around it do not matter; `start` and `end` are the span without them. Month names may be
    the language's or English. What could be two dates (03/04/2014), eight digits in a row, and a
    day that the calendar lacks are no dates.
    """
    text = value.strip()
    if not 4 <= len(text) <= 60:
        return None
    text = text.replace("\u00a0", " ").replace("&nbsp;", " ")
    start = len(value) - len(value.lstrip())
    end = start + len(value.strip())
    match = _ISO.fullmatch(text)
    if match is not None:
        day = calendar_day(int(match[1]), int(match[2]), int(match[3]))
        return of_day(start, end, day, DateStyle.ISO) if day else None
    if _PLAIN_YEAR.fullmatch(text):
        return of_year(start, end, int(text))
    match = _EAST_ASIAN_DATE.fullmatch(text)
    if match is not None:
        return east_asian_date(match, start, end)
    match = _DOTTED_DAY.fullmatch(text)
    if match is not None:
        if language not in DOTTED:
            return None
        day = calendar_day(int(match[3]), int(match[2]), int(match[1]))
        return of_day(start, end, day, DateStyle.DMY) if day else None
    match = _ISO_MONTH.fullmatch(text)
    if match is not None:
        # On English Wikipedia 2010-11 may be two years; elsewhere it is a month.
        if language == "en" or not 1 <= int(match[2]) <= 12:
            return None
        return of_month(start, end, int(match[1]), int(match[2]), DateStyle.ISO, abbreviated=False)
    return _with_month_name(text, language, start, end)


def _with_month_name(text: str, language: str, start: int, end: int) -> WrittenDate | None:
    for style, order in _ORDERS:
        match = order.fullmatch(text)
        if match is not None:
            found = find_month(match["month"], language)
            if found is None:
                continue
            day = calendar_day(int(match["year"]), found[0], int(match["day"]))
            return of_day(start, end, day, style, abbreviated=found[1]) if day else None
    match = _MY_VALUE.fullmatch(text)
    if match is not None:
        found = find_month(match["month"], language)
        if found is not None:
            return of_month(start, end, int(match["year"]), found[0], None, abbreviated=found[1])
    if language in _MONTHS:
        return None
    return _in_any_order(text, language, start, end)


def _in_any_order(text: str, language: str, start: int, end: int) -> WrittenDate | None:
    """A date in a language of which only babel's month names are known."""
    lowered = text.lower()
    for name, month, short in sorted(_babel_months(language), key=lambda known: -len(known[0])):
        place = lowered.find(name)
        if place < 0 or re.match(r"\w", lowered[place + len(name) :]):
            continue
        before, after = lowered[:place], lowered[place + len(name) :]
        if re.search(r"\w\Z", before) and not re.search(r"\d\Z", before):
            continue
        numbers = re.findall(r"\d+", before + " " + after)
        words = re.findall(r"[^\W\d_]{4,}", before + " " + after)
        years = [number for number in numbers if _PLAIN_YEAR.fullmatch(number)]
        days = [number for number in numbers if len(number) <= 2]
        if words or len(years) != 1 or len(days) > 1 or len(years) + len(days) != len(numbers):
            return None
        if not days:
            return of_month(start, end, int(years[0]), month, None, abbreviated=short)
        day = calendar_day(int(years[0]), month, int(days[0]))
        style = DateStyle.YMD if numbers[0] == years[0] else DateStyle.DMY
        return of_day(start, end, day, style, abbreviated=short) if day else None
    return None


def east_asian_date(match: re.Match[str], start: int, end: int) -> WrittenDate | None:
    """What EAST_ASIAN_FORM matched, written at text[start:end]; None for no day of the calendar."""
    year = int(match[1])
    if match[2] is None:
        return of_year(start, end, year)
    if not 1 <= int(match[2]) <= 12:
        return None
    if match[3] is None:
        return of_month(start, end, year, int(match[2]), DateStyle.YMD, abbreviated=False)
    day = calendar_day(year, int(match[2]), int(match[3]))
    return of_day(start, end, day, DateStyle.YMD) if day else None


# --- writing ----------------------------------------------------------------------------------


def write(day: date, style: DateStyle, language: str = "en", *, abbreviated: bool = False) -> str:
    """The day as citations on that language's wiki write it.

    English has all four styles, with months abbreviated to three letters on request. Other
    languages have ISO and their one long form, whichever other style is asked for. A language that
    is not known is written in ISO.
    """
    if style is DateStyle.ISO:
        return day.isoformat()
    if language in EAST_ASIAN:
        return f"{day.year:04}年{day.month}月{day.day}日"
    names = _MONTHS.get(language)
    if names is None:
        return _written_by_babel(day, language)
    month, number, year = names[day.month - 1], str(day.day), f"{day.year:04}"
    if language == "en":
        month = month[:3] if abbreviated else month
        if style is DateStyle.DMY:
            return f"{number} {month} {year}"
        return f"{month} {number}, {year}" if style is DateStyle.MDY else f"{year} {month} {number}"
    if language == "de":
        return f"{number}. {month} {year}"
    if language in {"es", "pt"}:
        return f"{number} de {month} de {year}"
    if language == "ca":
        return f"{number} {'d’' if month[0] in 'ao' else 'de '}{month} de {year}"
    if day.day == 1 and language in {"fr", "it"}:
        number = "1er" if language == "fr" else "1º"
    return f"{number} {month} {year}"


def _written_by_babel(day: date, language: str) -> str:
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        written = format_date(day, "long", Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return day.isoformat()
    read = parse(written, language)
    # A form we could not read back, such as one in another calendar or script, is not ours to use.
    return written if read is not None and read.first_day == day else day.isoformat()
