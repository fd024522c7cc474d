"""Dates in running text and in template parameters; nothing else that has digits in it.

A date here is what a reader takes for one: "5 March 2014", "late 2015", "2017–2018", "in 2014".
Four digits alone prove nothing ("2,016 people", "Resolution 2014", "Vision 2030"), so a year counts
only where its place in the sentence says so:

- beside a month, a season, a quarter, a half, "early", "mid", "late", "the end of";
- in a rising range ("2017–2018", "2017–18"), unless a unit or a page sign stands beside it;
- after a word that is followed by time ("in", "since", "by", "until", "before", …);
- after "the", "its" or a possessive, before a word ("the 2024 index"), from 1800 on;
- alone in brackets;
- joined by "and", "or", "to" or a comma to a date that counts by itself;

and never before a unit or a noun that is counted ("by 2000 votes", "in 1500 villages").
A wrong date makes a wrong proposal; a missed one makes none.
"""

from __future__ import annotations

import calendar
import enum
import functools
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple


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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- month names ------------------------------------------------------------------------------

_ENGLISH_MONTHS = (
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
        "en": " ".join(_ENGLISH_MONTHS),
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
_EAST_ASIAN = frozenset({"ja", "zh", "yue", "wuu", "zh-hans", "zh-hant"})
# Where 5.3.2014 is always the fifth of March.
_DOTTED = _words("de da no nb nn fi cs sk pl ru uk be bg et lv lt hr sr sl ro tr")


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
def _month_words(language: str) -> Mapping[str, tuple[int, bool]]:
    """Lower-case name without its dot -> (month, is it abbreviated), without loading babel."""
    words: dict[str, tuple[int, bool]] = {}
    if language != "en":
        for month, name in enumerate(_MONTHS.get(language, ()), 1):
            words[name.lower()] = (month, False)
        for pair in _MORE_MONTHS.get(language, "").split():
            name, _, number = pair.partition("=")
            words[name.lower()] = (int(number), False)
    for month, name in enumerate(_ENGLISH_MONTHS, 1):
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
    return {**_month_words(language), **words}


def _find_month(word: str, language: str) -> tuple[int, bool] | None:
    """The month a word names in the language or in English, and whether it is abbreviated."""
    bare = word.lower().rstrip(".")
    known = _month_words(language).get(bare)
    if known is None and language != "en":
        known = _all_month_words(language).get(bare)
    return known


# --- making values ----------------------------------------------------------------------------


def _of_day(
    start: int, end: int, day: date, style: DateStyle, *, abbreviated: bool = False
) -> WrittenDate:
    return WrittenDate(
        start, end, day.year, day.month, day.day, style, abbreviated, day, day, Precision.DAY
    )


def _of_month(
    start: int, end: int, year: int, month: int, style: DateStyle | None, *, abbreviated: bool
) -> WrittenDate:
    last = date(year, month, calendar.monthrange(year, month)[1])
    first = date(year, month, 1)
    return WrittenDate(
        start, end, year, month, None, style, abbreviated, first, last, Precision.MONTH
    )


def _of_year(start: int, end: int, year: int) -> WrittenDate:
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


def _of_range(first: WrittenDate, last: WrittenDate) -> WrittenDate:
    return first._replace(end=last.end, last_day=last.last_day, precision=Precision.RANGE)


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- a whole parameter value ------------------------------------------------------------------

_ISO = re.compile(r"([12]\d{3})-(\d{2})-(\d{2})", re.ASCII)
_ISO_MONTH = re.compile(r"([12]\d{3})-(\d{2})", re.ASCII)
_PLAIN_YEAR = re.compile(r"[12]\d{3}", re.ASCII)
_CJK = re.compile(r"([12]\d{3})年(?:\s*(\d{1,2})月(?:\s*(\d{1,2})[日号號])?)?", re.ASCII)
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.([12]\d{3})", re.ASCII)
_SHORT_MONTHS_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|\{\{er\}\}|[.ºªè°])?"
_JOIN = r"(?:\s+|\s*,\s*|\s+(?:de|del|di|von|of)\s+)"
_WORD = r"(?P<month>[^\W\d_]+(?:[.’'][^\W\d_]+)?\.?)"
_OF = r"(?:(?:de|del|of)\s+|d['’]\s?)?"
_TAIL = r"(?:\s*(?:г\.|года|год|р\.|року|рік|r\.|roku))?"
_DMY_VALUE = re.compile(rf"{_SHORT_MONTHS_DAY}\s*{_OF}{_WORD}{_JOIN}(?P<year>[12]\d{{3}}){_TAIL}")
_MDY_VALUE = re.compile(rf"{_WORD}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>[12]\d{{3}})")
_YMD_VALUE = re.compile(rf"(?P<year>[12]\d{{3}})[.,]?\s+{_WORD}\s+(?P<day>\d{{1,2}})\.?")
_MY_VALUE = re.compile(rf"{_WORD}{_JOIN}(?P<year>[12]\d{{3}}){_TAIL}")
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
        day = _calendar_day(int(match[1]), int(match[2]), int(match[3]))
        return _of_day(start, end, day, DateStyle.ISO) if day else None
    if _PLAIN_YEAR.fullmatch(text):
        return _of_year(start, end, int(text))
    match = _CJK.fullmatch(text)
    if match is not None:
        return _east_asian(match, start, end)
    match = _DOTTED_DAY.fullmatch(text)
    if match is not None:
        if language not in _DOTTED:
            return None
        day = _calendar_day(int(match[3]), int(match[2]), int(match[1]))
        return _of_day(start, end, day, DateStyle.DMY) if day else None
    match = _ISO_MONTH.fullmatch(text)
    if match is not None:
        # On English Wikipedia 2010-11 may be two years; elsewhere it is a month.
        if language == "en" or not 1 <= int(match[2]) <= 12:
            return None
        return _of_month(start, end, int(match[1]), int(match[2]), DateStyle.ISO, abbreviated=False)
    return _with_month_name(text, language, start, end)


def _with_month_name(text: str, language: str, start: int, end: int) -> WrittenDate | None:
    for style, pattern in _ORDERS:
        match = pattern.fullmatch(text)
        if match is not None:
            found = _find_month(match["month"], language)
            if found is None:
                continue
            day = _calendar_day(int(match["year"]), found[0], int(match["day"]))
            return _of_day(start, end, day, style, abbreviated=found[1]) if day else None
    match = _MY_VALUE.fullmatch(text)
    if match is not None:
        found = _find_month(match["month"], language)
        if found is not None:
            return _of_month(start, end, int(match["year"]), found[0], None, abbreviated=found[1])
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
            return _of_month(start, end, int(years[0]), month, None, abbreviated=short)
        day = _calendar_day(int(years[0]), month, int(days[0]))
        style = DateStyle.YMD if numbers[0] == years[0] else DateStyle.DMY
        return _of_day(start, end, day, style, abbreviated=short) if day else None
    return None


def _east_asian(match: re.Match[str], start: int, end: int) -> WrittenDate | None:
    year = int(match[1])
    if match[2] is None:
        return _of_year(start, end, year)
    if not 1 <= int(match[2]) <= 12:
        return None
    if match[3] is None:
        return _of_month(start, end, year, int(match[2]), DateStyle.YMD, abbreviated=False)
    day = _calendar_day(year, int(match[2]), int(match[3]))
    return _of_day(start, end, day, DateStyle.YMD) if day else None


# --- writing ----------------------------------------------------------------------------------


def write(day: date, style: DateStyle, language: str = "en", *, abbreviated: bool = False) -> str:
    """The day as citations on that language's wiki write it.

    English has all four styles, with months abbreviated to three letters on request. Other
    languages have ISO and their one long form, whichever other style is asked for. A language that
    is not known is written in ISO.
    """
    if style is DateStyle.ISO:
        return day.isoformat()
    if language in _EAST_ASIAN:
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


# --- running text: English --------------------------------------------------------------------

_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DASH = "[-–—‒−]"
_GAP = "(?:[ \u00a0\n]|&nbsp;)"
# Every date has a year, and years begin with 1 or 2: the only place the long patterns are tried.
_YEAR = re.compile(r"[12][0-9]{3}(?![0-9])")
_ENGLISH_BEFORE = re.compile(
    rf"""(?:
      (?P<dmy_day>[0-9]{{1,2}})(?:st|nd|rd|th)?{_GAP}(?:of{_GAP})?(?P<dmy_month>{_MONTH}),?{_GAP}
    | (?P<mdy_month>{_MONTH}){_GAP}(?:(?P<mdy_from>[0-9]{{1,2}}){_GAP}?{_DASH}{_GAP}?)?
      (?P<mdy_day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,{_GAP}?|{_GAP})
    | (?P<month>{_MONTH}),?{_GAP}(?:of{_GAP})?
    | (?P<season>[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter){_GAP}
      (?:(?:of|in){_GAP}(?:the{_GAP})?)?
    | (?P<quarter>Q[1-4]|(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ll]ast)
      {_GAP}(?:quarter|half){_GAP}of){_GAP}
    | (?P<part>(?:[Ee]arly|[Mm]id|[Ll]ate)(?:{_GAP}in)?(?:-|{_GAP})
        |(?:[Tt]he{_GAP})?(?:[Ee]nd|[Bb]eginning|[Ss]tart|[Mm]iddle){_GAP}of{_GAP})
    )\Z""",
    re.VERBOSE,
)
_DAY_RANGE = re.compile(rf"(?<![0-9.,])([0-9]{{1,2}})(?:{_GAP}?{_DASH}{_GAP}?|{_GAP}to{_GAP})\Z")
_MONTH_RANGE = re.compile(rf"\b({_MONTH})(?:{_GAP}?{_DASH}{_GAP}?|{_GAP}(?:to|and){_GAP})\Z")
_DAY_MONTH_RANGE = re.compile(
    rf"(?<![0-9.,])([0-9]{{1,2}}){_GAP}({_MONTH})(?:{_GAP}?{_DASH}{_GAP}?|{_GAP}to{_GAP})\Z"
)
_MONTH_DAY_RANGE = re.compile(
    rf"\b({_MONTH}){_GAP}([0-9]{{1,2}})(?:{_GAP}?{_DASH}{_GAP}?|{_GAP}to{_GAP})\Z"
)
_MONTH_PART = re.compile(
    rf"\b(?P<part>(?:[Ee]arly|[Mm]id|[Ll]ate)(?:-|{_GAP})"
    rf"|(?:[Tt]he{_GAP})?(?:[Ee]nd|[Bb]eginning|[Ss]tart|[Mm]iddle){_GAP}of{_GAP})\Z"
)
_AFTER_YEAR = re.compile(
    rf"""(?P<iso>-(?P<iso_month>[01][0-9])-(?P<iso_day>[0-3][0-9])(?![0-9-]))
    | (?P<decade>(?:'|’)?s)\b
    | {_GAP}?{_DASH}{_GAP}?(?P<present>present|now|today|ongoing)\b
    | {_GAP}?(?P<range_dash>{_DASH}|/){_GAP}?
      (?P<until>[12][0-9]{{3}}|[0-9]{{2}})(?![0-9]|[-.,/][0-9]|s\b)
    | {_GAP}(?P<quarter>Q[1-4])\b
    | {_GAP}(?P<ymd_month>{_MONTH}){_GAP}(?P<ymd_day>[0-9]{{1,2}})\b(?!,?{_GAP}[12][0-9]{{3}})
    """,
    re.VERBOSE,
)
_TIME_WORD = re.compile(
    rf"""(?:(?<!\w)(?:
      [Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Dd]uring|[Tt]hroughout|[Tt]hrough
    | [Ff]rom|[Bb]etween|[Cc]irca|ca?\.|[Aa]round|[Oo]f|[Ff]or|b\.|d\.|est\.
    | (?:earlier|later|sooner){_GAP}than
    | (?:postponed|delayed|deferred|moved|extended|rescheduled|pushed{_GAP}back|brought
      {_GAP}forward){_GAP}to
    )){_GAP}(?:the{_GAP}years?{_GAP}|about{_GAP}|circa{_GAP}|c\.{_GAP}|fiscal{_GAP}(?:year{_GAP})?
    )?\Z""",
    re.VERBOSE,
)
_QUANTITY_OF = re.compile(
    rf"""\b(?:total|number|population|altitude|elevation|height|length|width|depth|area|distance
    |capacity|speed|average|sum|maximum|minimum|weight|mass|value|cost|price|budget|crowd|audience
    |attendance|group|force|army|crew|staff|garrison|collection|altitudes|elevations|membership
    |score|rating|record|range|majority|fine|tonnage|displacement|model|series|version|resolution
    |frequency|output|power|level|fleet|team)s?{_GAP}of{_GAP}\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_DETERMINER = re.compile(
    rf"(?<!\w)(?:[Tt]he|[Aa]n?|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|\w+['’]s){_GAP}\Z"
)
_COUNTED = re.compile(
    rf"""(?:{_GAP}|-)?(?:[%°€$£²³]|per{_GAP}?cent|percent)
    | (?:{_GAP}|-)(?:or{_GAP}(?:more|fewer|less|so)\b|per\b
      |(?:square|cubic|nautical|metric|long|short|million|billion|thousand|hundred|dozen|odd)\b
      |(?:or{_GAP}|and{_GAP}[0-9][0-9,.]*{_GAP})?
      (?:(?:more|new|other|additional|local|young|armed|active){_GAP})?
      (?:k?m|cm|mm|nm|ft|feet|foot|in|inch(?:es)?|yd|yards?|mi|miles?|mph|kph|kn|knots?|ha|acres?
      |hectares?|m²|km²|m³|sq|kg|g|mg|lbs?|pounds?|t|tons?|tonn?es?|MW|GW|kW|kWh|MWh|TWh|W|watts?|V|volts?
      |hp|bhp|rpm|Hz|kHz|MHz|GHz|K|MB|GB|TB|bits?|bytes?|kcal|calories|metres?|meters?
      |kilomet(?:re|er)s?|centimet(?:re|er)s?|millimet(?:re|er)s?|litres?|liters?|gallons?|barrels?
      |kilograms?|grams?|degrees?|hours?|minutes?|seconds?|days?|weeks?|months?|years?
      |people|persons?|men|women|children|boys|girls|residents|inhabitants|citizens|members|troops
      |soldiers|sailors|officers|guests|workers|employees|staff|students|pupils|teachers|families
      |households|houses|homes|buildings|apartments|rooms|beds|seats|spectators|fans|visitors
      |tourists|passengers|cars|vehicles|trains|ships|vessels|boats|aircraft|planes|tanks|guns|men
      |copies|units|words|pages|volumes|books|titles|articles|islands|villages|towns|cities|farms
      |schools|churches|mosques|temples|species|specimens|animals|horses|cattle|sheep|trees|plants
      |deaths|casualties|victims|refugees|prisoners|patients|cases|votes|delegates|participants
      |athletes|players|runs|goals|points|appearances|matches|games|votes|supporters|protesters
      |demonstrators|fighters|militants|rebels|volunteers|stores|shops|branches|outlets|dollars
      |euros|pounds|francs|yen|rubles|roubles|rupees|crowns|roubles|shares|sites|stars|objects
      |settlers|colonists|immigrants|migrants|slaves|speakers|followers|individuals|items|works
      |paintings|songs|recordings|stations|jobs|firms|companies|businesses|metric|nationals)\b)""",
    re.VERBOSE,
)
_PLURAL_NOUN = re.compile(
    rf"{_GAP}(?!was\b|is\b|has\b|as\b|its\b|his\b|this\b|plus\b|versus\b)[a-z]{{2,}}s\b"
)
_PAGE_SIGN = re.compile(
    r"(?:\bpp?\.?|\bpages?|\bnos?\.|\bvols?\.|\blines?|§+)(?: |\u00a0|&nbsp;)?\Z", re.IGNORECASE
)
_LINK_TO = re.compile(
    rf"(?:,{_GAP}(?:and{_GAP}|or{_GAP})?|{_GAP}(?:and|or|to|until|till|through|&){_GAP}"
    rf"|{_GAP}?[–—]{_GAP}?|,{_GAP}?)\Z"
)
_RANGE_LINK = re.compile(
    rf"(?:{_GAP}?{_DASH}{_GAP}?|{_GAP}(?P<word>to|until|till|through|and){_GAP})"
)
_OPENS = re.compile(rf"(?:\b(?P<word>[Ff]rom|[Bb]etween){_GAP}(?:the{_GAP})?)\Z")
_SEASONS = {
    # Wide enough for both hemispheres: month the year's season may begin, year and month it ends.
    "spring": (3, 0, 11),
    "summer": (1, 1, 2),
    "autumn": (3, 0, 11),
    "fall": (3, 0, 11),
    "winter": (1, 1, 2),
}
_WINDOW = 48
# The last word before a year decides which patterns are worth a try.
_SHAPE_WORDS = _words(
    """
    january february march april may june july august september october november december jan
    feb mar apr jun jul aug sep sept oct nov dec spring summer autumn fall winter early mid late
    q1 q2 q3 q4
    """
)
_LINKING_WORDS = frozenset({"of", "in", "the"})
_PART_WORDS = _words(
    """
    january february march april may june july august september october november december spring
    summer autumn fall winter early mid late quarter half end beginning start middle of in
    """
)
_SHAPE_WIDTH = 30
_PART_ENDINGS = ("early", "mid", "late", "of")
_PLAIN_TIME_WORDS = _words(
    """
    in since by until till before after during throughout through from between circa around of
    for year dated born died established founded
    """
)
_CAREFUL_TIME_WORDS = _words("to than c ca b d est years about fiscal")
_COUNTING_WORDS = _words("of for by around from between c ca circa about to")
_GOES_ON = frozenset("-–—‒−/s'’ \u00a0&\n")
_COUNT_BEGINS = frozenset("-%°€$£²³ \u00a0&\np")
_WORD_FOLLOWS = re.compile(rf"{_GAP}[A-Za-z]")
_NOUN_FOLLOWS = re.compile(
    rf"{_GAP}(?!(?:and|or|to|in|by|at|on|with|for|from|was|is|were|are|had|has|have|will|would|as"
    r"|when|where|which|that|who|until|through|but|after|before|between|against|into|under|during"
    r"|because|while|the|an?|his|her|its|their|saw|led|marked|it|he|she|they|there|onwards?|if"
    r"|did|made|became|brought|came|also|alone|ended|began|due|over|about|there)\b)[a-z]"
)


def dates(text: str, language: str = "en") -> list[WrittenDate]:
    """All dates and ranges in a stretch of prose, left to right, none overlapping another.

    The prose is plain: markup that hides a date (a template, a link target) is the caller's to take
    out. What counts is said at the top of this module.
    """
    if language in _EAST_ASIAN:
        return _east_asian_dates(text)
    english = language == "en"
    found: list[WrittenDate] = []
    for match in _YEAR.finditer(text):
        start, end = match.span()
        floor = found[-1].end if found else 0
        if start < floor:
            continue
        one = (
            _english(text, start, end, floor, found)
            if english
            else _foreign(text, start, end, floor, language)
        )
        if one is not None:
            found.append(one)
    return _joined(text, found) if len(found) > 1 else found


def _english(
    text: str, start: int, end: int, floor: int, found: list[WrittenDate]
) -> WrittenDate | None:
    """The date whose year is text[start:end], or None when those digits are no year."""
    last = text[start - 1] if start else ""
    if last and (last.isalnum() or last in "$€£¥#№._+=/%&@\\"):
        return None
    # "2,016"; a year after digits and a dash was either taken as a range or is none.
    joined = last and last in ",-–—−" and start > 1 and text[start - 2].isdigit()
    if joined and not _MONTH_DAY_COMMA.search(text, max(floor, start - 20), start):
        return None
    year = int(text[start:end])
    before = text[max(floor, start - _WINDOW) : start]
    earlier, word = _last_words(before)
    following = text[end : end + 1]
    after = _AFTER_YEAR.match(text, end) if following in _GOES_ON else None
    if (
        word in _SHAPE_WORDS
        or (word[:1].isdigit() and (len(word) < 3 or word[-1].isalpha()))
        or last == "-"
        or (word in _LINKING_WORDS and earlier in _PART_WORDS)
    ):
        shape = _ENGLISH_BEFORE.search(before, max(0, len(before) - _SHAPE_WIDTH))
        if shape is not None and _bounded(before, shape.start()):
            left = start - len(before) + shape.start()
            dated = _english_with_words(text, shape, before, left, end, year)
            if dated is not None:
                return _open_ended(dated, after)
    if year > 2199:
        return None
    if after is not None:
        special = _english_after(text, before, after, start, year)
        if special is not None:
            return special
    return _bare_year(text, before, word, start, end, year, found)


def _last_words(before: str) -> tuple[str, str]:
    """The last two words of the window in small letters, the last without marks around it."""
    before = before.removesuffix("&nbsp;")
    words = before[-_SHAPE_WIDTH:].lower().replace("–", " ").replace("-", " ").split()
    if not words:
        return "", ""
    return words[-2] if len(words) > 1 else "", words[-1].strip(".,()[]\"'“”")


_MONTH_DAY_COMMA = re.compile(rf"\b{_MONTH}{_GAP}[0-9]{{1,2}},\Z")


def _bounded(before: str, place: int) -> bool:
    """Whether a shape found in the window begins at a word's beginning."""
    return place == 0 or not (before[place - 1].isalnum() and before[place].isalnum())


def _english_with_words(
    text: str, shape: re.Match[str], before: str, left: int, end: int, year: int
) -> WrittenDate | None:
    """A year with a month, season, quarter or part of the year before it."""
    if shape["dmy_day"] or shape["mdy_day"]:
        style = DateStyle.DMY if shape["dmy_day"] else DateStyle.MDY
        name = shape["dmy_month"] or shape["mdy_month"]
        month = _english_month(name)
        day = _calendar_day(year, month, int(shape["dmy_day"] or shape["mdy_day"]))
        if day is not None:
            one = _of_day(left, end, day, style, abbreviated=_is_short(name))
            if shape["mdy_from"]:
                since = _calendar_day(year, month, int(shape["mdy_from"]))
                return _from_until(one, since, left) if since and since < day else None
            return _from_day(one, before[: shape.start()])
        if style is DateStyle.MDY:
            return None
        left = left + shape.start("dmy_month") - shape.start()
        return _of_month(left, end, year, month, None, abbreviated=_is_short(name))
    if shape["month"]:
        month, short = _english_month(shape["month"]), _is_short(shape["month"])
        one = _of_month(left, end, year, month, None, abbreviated=short)
        return _from_month(one, before[: shape.start()])
    if year > 2199:
        return None
    if _COUNTED.match(text, end):
        return None
    decade = _AFTER_YEAR.match(text, end)
    one = _of_year(left, end, year)
    if shape["season"]:
        first, more, last = _SEASONS[shape["season"].lower()]
        return one._replace(
            first_day=date(year, first, 1),
            last_day=_month_end(year + more, last),
            precision=Precision.PART,
        )
    if shape["quarter"]:
        return _quarter(one, shape["quarter"])
    if decade is not None and decade["decade"]:
        return _part_of_decade(one._replace(end=decade.end()), shape["part"])
    if decade is not None and decade["until"]:
        return None
    return _part_of_year(one, shape["part"])


def _english_month(name: str) -> int:
    return _month_words("en")[name.rstrip(".").lower()][0]


def _is_short(name: str) -> bool:
    return len(name.rstrip(".")) <= 4 and name not in {"May", "June", "July"}


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _from_day(one: WrittenDate, before: str) -> WrittenDate:
    """A day that ends a range whose beginning leaves the year out: "5–8 March 2014"."""
    if not _ends_open(before):
        return one
    other: date | None = None
    match: re.Match[str] | None = None
    if one.style is DateStyle.DMY:
        match = _DAY_RANGE.search(before)
        if match is not None:
            other = _calendar_day(one.year, one.month or 1, int(match[1]))
        else:
            match = _DAY_MONTH_RANGE.search(before)
            if match is not None:
                other = _calendar_day(one.year, _english_month(match[2]), int(match[1]))
    else:
        match = _MONTH_DAY_RANGE.search(before)
        if match is not None:
            other = _calendar_day(one.year, _english_month(match[1]), int(match[2]))
    if match is None or other is None or other >= one.first_day:
        return one
    return _from_until(one, other, one.start - (len(before) - match.start()))


def _ends_open(before: str) -> bool:
    """Whether the window ends in a dash, "to" or "and"."""
    return before.rstrip(" \u00a0\n").endswith(("-", "–", "—", "‒", "−", "to", "and", "&nbsp;"))


def _from_until(one: WrittenDate, first: date, start: int) -> WrittenDate:
    return one._replace(
        start=start,
        month=first.month,
        day=first.day,
        first_day=first,
        precision=Precision.RANGE,
    )


def _from_month(one: WrittenDate, before: str) -> WrittenDate:
    """The month as it is, or what stands before it: "March–May 2014", "late March 2014"."""
    match = _MONTH_RANGE.search(before) if _ends_open(before) else None
    if match is not None:
        month = _english_month(match[1])
        joined_by_and = before.rstrip().endswith("and")
        if month < (one.month or 0) and not joined_by_and:
            return one._replace(
                start=one.start - (len(before) - match.start()),
                month=month,
                first_day=date(one.year, month, 1),
                precision=Precision.RANGE,
            )
    ending = before.rstrip(" -\u00a0\n")[-5:].lower()
    match = _MONTH_PART.search(before) if ending.endswith(_PART_ENDINGS) else None
    if match is None:
        return one
    first, last = one.first_day, one.last_day
    word = match["part"].lower()
    if "early" in word or "beginning" in word or "start" in word:
        last = last.replace(day=10)
    elif "mid" in word:
        first, last = first.replace(day=10), last.replace(day=20)
    else:
        first = first.replace(day=20)
    return one._replace(
        start=one.start - (len(before) - match.start()), first_day=first, last_day=last
    )


def _quarter(one: WrittenDate, word: str) -> WrittenDate:
    lowered = word.lower()
    months = 6 if "half" in lowered else 3
    names = ("first", "second", "third", "fourth")
    if lowered.startswith("q"):
        index = int(lowered[1]) - 1
    elif lowered.startswith("last"):
        index = 12 // months - 1
    else:
        index = next(number for number, name in enumerate(names) if lowered.startswith(name))
    if index * months >= 12:
        return one
    return one._replace(
        first_day=date(one.year, index * months + 1, 1),
        last_day=_month_end(one.year, (index + 1) * months),
        precision=Precision.PART,
    )


def _part_of_year(one: WrittenDate, words: str) -> WrittenDate:
    word, year = words.lower(), one.year
    first, last = one.first_day, one.last_day
    if "early" in word:
        last = date(year, 4, 30)
    elif "beginning" in word or "start" in word:
        last = date(year, 3, 31)
    elif "mid" in word:
        first, last = date(year, 4, 1), date(year, 9, 30)
    elif "end" in word:
        first = date(year, 10, 1)
    else:
        first = date(year, 8, 1)
    return one._replace(first_day=first, last_day=last, precision=Precision.PART)


def _part_of_decade(one: WrittenDate, words: str) -> WrittenDate | None:
    whole = _decade(one)
    if whole is None:
        return None
    word, year = words.lower(), one.year
    span = (whole.last_day.year - year + 1) // 10
    if "early" in word or "beginning" in word or "start" in word:
        years = (year, year + 4 * span - 1)
    elif "mid" in word:
        years = (year + 3 * span, year + 7 * span - 1)
    else:
        years = (year + 6 * span, whole.last_day.year)
    return whole._replace(first_day=date(years[0], 1, 1), last_day=date(years[1], 12, 31))


def _decade(one: WrittenDate) -> WrittenDate | None:
    """The 2010s are ten years; the 1900s a hundred; the 2000s ten, as most writers mean it."""
    if one.year % 10:
        return None
    years = 100 if one.year % 100 == 0 and one.year < 2000 else 10
    return one._replace(
        first_day=date(one.year, 1, 1),
        last_day=date(one.year + years - 1, 12, 31),
        precision=Precision.DECADE,
    )


def _open_ended(one: WrittenDate, after: re.Match[str] | None) -> WrittenDate:
    if after is not None and after["present"]:
        return one._replace(end=after.end(), last_day=date.max, precision=Precision.RANGE)
    return one


def _english_after(
    text: str, before: str, after: re.Match[str], start: int, year: int
) -> WrittenDate | None:
    """What the characters after the year make it: ISO, a decade, a range, "2014 Q3", open end."""
    end = after.end()
    if after["iso"]:
        day = _calendar_day(year, int(after["iso_month"]), int(after["iso_day"]))
        return _of_day(start, end, day, DateStyle.ISO) if day else None
    one = _of_year(start, end, year)
    if after["decade"]:
        return _decade(one) if year >= 1000 else None
    if after["present"]:
        return _open_ended(one, after)
    if after["quarter"]:
        return _quarter(one, after["quarter"])
    if after["ymd_month"]:
        if _TIME_WORD.search(before):
            return None
        month = _english_month(after["ymd_month"])
        found = _calendar_day(year, month, int(after["ymd_day"]))
        short = _is_short(after["ymd_month"])
        return _of_day(start, end, found, DateStyle.YMD, abbreviated=short) if found else None
    until = _range_end(year, after["until"])
    if until is None or _PAGE_SIGN.search(before) or _COUNTED.match(text, end):
        return None
    if year < 1800 and not _TIME_WORD.search(before) and not before.endswith("("):
        return None
    if after["range_dash"] == "/" and len(after["until"]) == 4:
        return None
    if len(after["until"]) == 4 and until - year > 200:
        return None
    if text.startswith(("-", "–"), end) and text[end + 1 : end + 2].isalnum():
        return None
    return one._replace(last_day=date(until, 12, 31), precision=Precision.RANGE)


def _range_end(year: int, written: str) -> int | None:
    """The second year of a range, None when it does not rise."""
    until = int(written)
    if len(written) == 2:
        until += year - year % 100
        if until < year and until % 100 == 0:
            until += 100
    return until if year < until <= 2199 else None


def _bare_year(
    text: str,
    before: str,
    word: str,
    start: int,
    end: int,
    year: int,
    found: list[WrittenDate],
) -> WrittenDate | None:
    """A year with nothing but its place to prove it; `word` is the one before it."""
    following = text[end : end + 2]
    if following:
        first = following[0]
        if first.isalnum() or first in "_/'’°%":
            return None
        if first in ".,:-–" and following[1:].isalnum():
            return None
        if first in _COUNT_BEGINS and _COUNTED.match(text, end):
            return None
    if word in _PLAIN_TIME_WORDS:
        timed = before[-1:].isspace() or before.endswith("&nbsp;")
    else:
        timed = word in _CAREFUL_TIME_WORDS and _TIME_WORD.search(before) is not None
    if timed:
        if word in _COUNTING_WORDS and not _no_quantity(text, before, word, end, year):
            return None
        return _of_year(start, end, year)
    if year < 1500:
        return None
    if found and found[-1].end >= start - 8 and _LINK_TO.fullmatch(text, found[-1].end, start):
        previous = found[-1]
        if previous.precision is not Precision.DAY and not _PLURAL_NOUN.match(text, end):
            return _of_year(start, end, year)
    if year < 1800:
        return None
    if before.endswith("(") and following[:1] in {")", ",", ";", "–", "-"}:
        return _of_year(start, end, year)
    if _DETERMINER.search(before[-24:]) and _WORD_FOLLOWS.match(text, end):
        # "the 2000 men" is caught above; "a 2014 report", "the 2024 index" remain.
        round_number = year % 100 == 0 and _PLURAL_NOUN.match(text, end)
        return None if round_number else _of_year(start, end, year)
    return None


def _no_quantity(text: str, before: str, word: str, end: int, year: int) -> bool:
    """Whether a year stands after a word that also stands before quantities ("of", "for", "to")."""
    if _PLURAL_NOUN.match(text, end):
        return False
    if word == "to":
        return 1800 <= year <= 2100
    if word != "of":
        return True
    # "of 1945 characters": after "of" any noun may be what is counted.
    return year >= 1500 and not _QUANTITY_OF.search(before) and not _NOUN_FOLLOWS.match(text, end)


def _joined(text: str, found: list[WrittenDate]) -> list[WrittenDate]:
    """Two dates with a dash between them, or "from … to …", are one range."""
    result = [found[0]]
    for one in found[1:]:
        previous = result[-1]
        link = _RANGE_LINK.fullmatch(text, previous.end, one.start)
        if (
            link is not None
            and previous.precision is not Precision.RANGE
            and one.precision is not Precision.RANGE
            and previous.first_day < one.first_day
            and (link["word"] is None or _opened(text, previous, link["word"]))
        ):
            result[-1] = _of_range(previous, one)
        else:
            result.append(one)
    return result


def _opened(text: str, first: WrittenDate, word: str) -> bool:
    """Whether "from" (or, for "and", "between") stands before the first date."""
    opening = _OPENS.search(text, max(0, first.start - 16), first.start)
    if opening is None:
        return word in {"until", "till", "through"}
    return (opening["word"].lower() == "between") == (word == "and")


# --- running text: other languages ------------------------------------------------------------

# Words after which four digits are a year, in each language.
_TIME_WORDS: Mapping[str, str] = {
    "de": "seit|bis|ab|anfang|mitte|ende|jahr|jahre|jahres|um|vor|nach|von|sommer|frühjahr|herbst"
    "|winter",
    "fr": "en|depuis|avant|après|vers|année|début|fin|mi|été|hiver|automne|printemps|jusqu'en",
    "es": "en|desde|hasta|año|antes de|después de|hacia|finales de|principios de|mediados de",
    "it": "nel|dal|al|del|anno|fino al|entro il|entro",
    "pt": "em|desde|até|ano|antes de|depois de|final de|início de|meados de",
    "nl": "in|sinds|tot|vanaf|begin|eind|medio|jaar|voor|na|rond",
    "ru": "в|с|до|к|после|около|начале|конце|середине|году",
    "pl": "w|od|do|po|przed|roku|około|początku|końcu|połowie",
    "sv": "år|sedan|till|från|före|efter|omkring|hösten|våren|sommaren|vintern|början av|slutet av",
    "ca": "el|des del|fins al|any|abans del|després del|cap al|finals del|principis del",
    "uk": "у|в|з|до|після|близько|початку|кінця|році|від",
}
_FOREIGN_BEFORE = re.compile(
    r"(?:(?P<day>[0-9]{1,2})(?:er|re|\.|º|ª)?\s+(?:de\s+|d['’]\s?|del\s+)?)?"
    r"(?P<month>[^\W\d_]{3,}\.?)(?:\s+(?:de|del))?\s+\Z"
)


@functools.cache
def _time_words(language: str) -> re.Pattern[str] | None:
    words = _TIME_WORDS.get(language)
    return re.compile(rf"(?<!\w)(?:{words})\s+\Z", re.IGNORECASE) if words else None


def _foreign(text: str, start: int, end: int, floor: int, language: str) -> WrittenDate | None:
    last = text[start - 1] if start else ""
    dotted = last == "." and language in _DOTTED
    if last and (last.isalnum() or (last in "$€£¥#№._+=/%&@\\,-–—−" and not dotted)):
        return None
    year = int(text[start:end])
    if year > 2199:
        return None
    before = text[max(floor, start - _WINDOW) : start]
    if dotted:
        match = re.search(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.\Z", before)
        day = _calendar_day(year, int(match[2]), int(match[1])) if match else None
        if match is None or day is None:
            return None
        return _of_day(start - len(match[0]), end, day, DateStyle.DMY)
    after = _AFTER_YEAR.match(text, end)
    if after is not None and after["iso"]:
        day = _calendar_day(year, int(after["iso_month"]), int(after["iso_day"]))
        return _of_day(start, after.end(), day, DateStyle.ISO) if day else None
    ending = before.rstrip()[-1:]
    named = ending.isalpha() or ending == "."
    shape = _FOREIGN_BEFORE.search(before) if named else None
    known = _find_month(shape["month"], language) if shape is not None else None
    if shape is not None and known is not None:
        left = start - len(before) + shape.start()
        if shape["day"]:
            day = _calendar_day(year, known[0], int(shape["day"]))
            if day is not None:
                return _of_day(left, end, day, DateStyle.DMY, abbreviated=known[1])
        left = start - len(before) + shape.start("month")
        return _of_month(left, end, year, known[0], None, abbreviated=known[1])
    if _COUNTED.match(text, end):
        return None
    if after is not None and after["until"] and len(after["until"]) == 4 and year >= 1800:
        until = _range_end(year, after["until"])
        if until is not None and until - year <= 200 and after["range_dash"] != "/":
            one = _of_year(start, after.end(), year)
            return one._replace(last_day=date(until, 12, 31), precision=Precision.RANGE)
    words = _time_words(language)
    following = text[end : end + 2]
    if following[:1].isalnum() or (following[:1] in ".,-–" and following[1:].isalnum()):
        return None
    if words is not None and words.search(before):
        # A lower-case word after the digits may be what is counted.
        if re.match(r"\s+[^\W\d_]{3,}", text[end : end + 12]) and year < 1800:
            return None
        return _of_year(start, end, year)
    return None


_CJK_TEXT = re.compile(
    rf"(?<![0-9])(?:{_CJK.pattern}|([12]\d{{3}})-(\d{{2}})-(\d{{2}})(?![0-9-]))", re.ASCII
)


def _east_asian_dates(text: str) -> list[WrittenDate]:
    found: list[WrittenDate] = []
    for match in _CJK_TEXT.finditer(text):
        if match[4]:
            day = _calendar_day(int(match[4]), int(match[5]), int(match[6]))
            one = _of_day(*match.span(), day, DateStyle.ISO) if day else None
        else:
            one = _east_asian(match, *match.span())
        if one is not None:
            found.append(one)
    return found
