"""Dates in running text of other languages than English: fewer forms, and only the sure ones.

A year counts beside a month, in a range, in a day with dots where that is the custom, and behind a
word that is followed by time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date

from bot.patterns import pattern
from bot.wikitext.dates import (
    DOTTED,
    EAST_ASIAN_FORM,
    DateStyle,
    Precision,
    WrittenDate,
    calendar_day,
    east_asian_date,
    find_month,
    of_day,
    of_month,
    of_year,
)
from bot.wikitext.years import AFTER_YEAR, COUNTED, WINDOW, range_end

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
_FOREIGN_BEFORE = pattern(
    r"(?:(?P<day>[0-9]{1,2})(?:er|re|\.|º|ª)?\s+(?:de\s+|d['’]\s?|del\s+)?)?"
    r"(?P<month>[^\W\d_]{3,}\.?)(?:\s+(?:de|del))?\s+\Z"
)


@functools.cache
def _time_words(language: str) -> re.Pattern[str] | None:
    words = _TIME_WORDS.get(language)
    return re.compile(rf"(?<!\w)(?:{words})\s+\Z", re.IGNORECASE) if words else None


def foreign_date(text: str, start: int, end: int, floor: int, language: str) -> WrittenDate | None:
    """The date whose year is text[start:end]; None when those digits are no year.

    Nothing before `floor` belongs to it.
    """
    last = text[start - 1] if start else ""
    dotted = last == "." and language in DOTTED
    if last and (last.isalnum() or (last in "$€£¥#№._+=/%&@\\,-–—−" and not dotted)):
        return None
    year = int(text[start:end])
    if year > 2199:
        return None
    before = text[max(floor, start - WINDOW) : start]
    if dotted:
        return _with_dots(before, start, end, year)
    after = AFTER_YEAR.match(text, end)
    if after is not None and after["iso"]:
        day = calendar_day(year, int(after["iso_month"]), int(after["iso_day"]))
        return of_day(start, after.end(), day, DateStyle.ISO) if day else None
    named = _with_month(before, start, end, year, language)
    if named is not None:
        return named
    if COUNTED.match(text, end):
        return None
    return _range(after, start, year) or _behind_time_word(text, start, end, before, language)


def _with_dots(before: str, start: int, end: int, year: int) -> WrittenDate | None:
    """A day like 3.5.2001, whose year stands at start:end."""
    match = re.search(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.\Z", before)
    day = calendar_day(year, int(match[2]), int(match[1])) if match else None
    if match is None or day is None:
        return None
    return of_day(start - len(match[0]), end, day, DateStyle.DMY)


def _with_month(before: str, start: int, end: int, year: int, language: str) -> WrittenDate | None:
    """A month, or a day of it, whose name stands before the year."""
    ending = before.rstrip()[-1:]
    shape = _FOREIGN_BEFORE.search(before) if ending.isalpha() or ending == "." else None
    known = find_month(shape["month"], language) if shape is not None else None
    if shape is None or known is None:
        return None
    month, abbreviated = known
    begin = start - len(before)
    day = calendar_day(year, month, int(shape["day"])) if shape["day"] else None
    if day is not None:
        left = begin + shape.start()
        return of_day(left, end, day, DateStyle.DMY, abbreviated=abbreviated)
    left = begin + shape.start("month")
    return of_month(left, end, year, month, None, abbreviated=abbreviated)


def _range(after: re.Match[str] | None, start: int, year: int) -> WrittenDate | None:
    """Some years, from this one to one written in full."""
    if after is None or len(after["until"] or "") != 4 or year < 1800:
        return None
    until = range_end(year, after["until"])
    if until is None or until - year > 200 or after["range_dash"] == "/":
        return None
    first = of_year(start, after.end(), year)
    return first._replace(last_day=date(until, 12, 31), precision=Precision.RANGE)


def _behind_time_word(
    text: str, start: int, end: int, before: str, language: str
) -> WrittenDate | None:
    """A year that nothing but the word before it shows to be one."""
    following = text[end : end + 2]
    if following[:1].isalnum() or (following[:1] in ".,-–" and following[1:].isalnum()):
        return None
    words = _time_words(language)
    if words is None or not words.search(before):
        return None
    year = int(text[start:end])
    # A lower-case word after the digits may be what is counted.
    if year < 1800 and re.match(r"\s+[^\W\d_]{3,}", text[end : end + 12]):
        return None
    return of_year(start, end, year)


_CJK_TEXT = pattern(
    rf"(?<![0-9])(?:{EAST_ASIAN_FORM}|([12]\d{{3}})-(\d{{2}})-(\d{{2}})(?![0-9-]))",
    re.ASCII,
)


def east_asian_dates(text: str) -> list[WrittenDate]:
    """All dates of a Japanese or Chinese text, left to right."""
    found: list[WrittenDate] = []
    for match in _CJK_TEXT.finditer(text):
        if match[4]:
            day = calendar_day(int(match[4]), int(match[5]), int(match[6]))
            one = of_day(*match.span(), day, DateStyle.ISO) if day else None
        else:
            one = east_asian_date(match, *match.span())
        if one is not None:
            found.append(one)
    return found
