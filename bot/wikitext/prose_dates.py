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
import re
from datetime import date

from bot.patterns import pattern
from bot.wikitext.dates import (
    EAST_ASIAN,
    DateStyle,
    Precision,
    WrittenDate,
    calendar_day,
    month_words,
    of_day,
    of_month,
    of_range,
    of_year,
    words,
)
from bot.wikitext.foreign_dates import east_asian_dates, foreign_date
from bot.wikitext.years import AFTER_YEAR, COUNTED, DASH, GAP, MONTH, WINDOW, range_end

# Every date has a year, and years begin with 1 or 2: the only place the long patterns are tried.
_YEAR = pattern(r"[12][0-9]{3}(?![0-9])")
_ENGLISH_BEFORE = pattern(
    rf"""(?:
      (?P<dmy_day>[0-9]{{1,2}})(?:st|nd|rd|th)?{GAP}(?:of{GAP})?(?P<dmy_month>{MONTH}),?{GAP}
    | (?P<mdy_month>{MONTH}){GAP}(?:(?P<mdy_from>[0-9]{{1,2}}){GAP}?{DASH}{GAP}?)?
      (?P<mdy_day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,{GAP}?|{GAP})
    | (?P<month>{MONTH}),?{GAP}(?:of{GAP})?
    | (?P<season>[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter){GAP}
      (?:(?:of|in){GAP}(?:the{GAP})?)?
    | (?P<quarter>Q[1-4]|(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ll]ast)
      {GAP}(?:quarter|half){GAP}of){GAP}
    | (?P<part>(?:[Ee]arly|[Mm]id|[Ll]ate)(?:{GAP}in)?(?:-|{GAP})
        |(?:[Tt]he{GAP})?(?:[Ee]nd|[Bb]eginning|[Ss]tart|[Mm]iddle){GAP}of{GAP})
    )\Z""",
    re.VERBOSE,
)
_DAY_RANGE = pattern(rf"(?<![0-9.,])([0-9]{{1,2}})(?:{GAP}?{DASH}{GAP}?|{GAP}to{GAP})\Z")
_MONTH_RANGE = pattern(rf"\b({MONTH})(?:{GAP}?{DASH}{GAP}?|{GAP}(?:to|and){GAP})\Z")
_DAY_MONTH_RANGE = pattern(
    rf"(?<![0-9.,])([0-9]{{1,2}}){GAP}({MONTH})(?:{GAP}?{DASH}{GAP}?|{GAP}to{GAP})\Z"
)
_MONTH_DAY_RANGE = pattern(rf"\b({MONTH}){GAP}([0-9]{{1,2}})(?:{GAP}?{DASH}{GAP}?|{GAP}to{GAP})\Z")
_MONTH_PART = pattern(
    rf"\b(?P<part>(?:[Ee]arly|[Mm]id|[Ll]ate)(?:-|{GAP})"
    rf"|(?:[Tt]he{GAP})?(?:[Ee]nd|[Bb]eginning|[Ss]tart|[Mm]iddle){GAP}of{GAP})\Z"
)
_TIME_WORD = pattern(
    rf"""(?:(?<!\w)(?:
      [Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Dd]uring|[Tt]hroughout|[Tt]hrough
    | [Ff]rom|[Bb]etween|[Cc]irca|ca?\.|[Aa]round|[Oo]f|[Ff]or|b\.|d\.|est\.
    | (?:earlier|later|sooner){GAP}than
    | (?:postponed|delayed|deferred|moved|extended|rescheduled|pushed{GAP}back|brought
      {GAP}forward){GAP}to
    )){GAP}(?:the{GAP}years?{GAP}|about{GAP}|circa{GAP}|c\.{GAP}|fiscal{GAP}(?:year{GAP})?
    )?\Z""",
    re.VERBOSE,
)
_QUANTITY_OF = pattern(
    rf"""\b(?:total|number|population|altitude|elevation|height|length|width|depth|area|distance
    |capacity|speed|average|sum|maximum|minimum|weight|mass|value|cost|price|budget|crowd|audience
    |attendance|group|force|army|crew|staff|garrison|collection|altitudes|elevations|membership
    |score|rating|record|range|majority|fine|tonnage|displacement|model|series|version|resolution
    |frequency|output|power|level|fleet|team)s?{GAP}of{GAP}\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_DETERMINER = pattern(rf"(?<!\w)(?:[Tt]he|[Aa]n?|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|\w+['’]s){GAP}\Z")
_PLURAL_NOUN = pattern(
    rf"{GAP}(?!was\b|is\b|has\b|as\b|its\b|his\b|this\b|plus\b|versus\b)[a-z]{{2,}}s\b"
)
_PAGE_SIGN = pattern(
    r"(?:\bpp?\.?|\bpages?|\bnos?\.|\bvols?\.|\blines?|§+)(?: |\u00a0|&nbsp;)?\Z", re.IGNORECASE
)
_LINK_TO = pattern(
    rf"(?:,{GAP}(?:and{GAP}|or{GAP})?|{GAP}(?:and|or|to|until|till|through|&){GAP}"
    rf"|{GAP}?[–—]{GAP}?|,{GAP}?)\Z"
)
_RANGE_LINK = pattern(rf"(?:{GAP}?{DASH}{GAP}?|{GAP}(?P<word>to|until|till|through|and){GAP})")
_OPENS = pattern(rf"(?:\b(?P<word>[Ff]rom|[Bb]etween){GAP}(?:the{GAP})?)\Z")
_SEASONS = {
    # Wide enough for both hemispheres: month the year's season may begin, year and month it ends.
    "spring": (3, 0, 11),
    "summer": (1, 1, 2),
    "autumn": (3, 0, 11),
    "fall": (3, 0, 11),
    "winter": (1, 1, 2),
}
# The last word before a year decides which patterns are worth a try.
_SHAPE_WORDS = words(
    """
    january february march april may june july august september october november december jan
    feb mar apr jun jul aug sep sept oct nov dec spring summer autumn fall winter early mid late
    q1 q2 q3 q4
    """
)
_LINKING_WORDS = frozenset({"of", "in", "the"})
_PART_WORDS = words(
    """
    january february march april may june july august september october november december spring
    summer autumn fall winter early mid late quarter half end beginning start middle of in
    """
)
_SHAPE_WIDTH = 30
_PART_ENDINGS = ("early", "mid", "late", "of")
_PLAIN_TIME_WORDS = words(
    """
    in since by until till before after during throughout through from between circa around of
    for year dated born died established founded
    """
)
_CAREFUL_TIME_WORDS = words("to than c ca b d est years about fiscal")
_COUNTING_WORDS = words("of for by around from between c ca circa about to")
_GOES_ON = frozenset("-–—‒−/s'’ \u00a0&\n")
_COUNT_BEGINS = frozenset("-%°€$£²³ \u00a0&\np")
_WORD_FOLLOWS = pattern(rf"{GAP}[A-Za-z]")
_NOUN_FOLLOWS = pattern(
    rf"{GAP}(?!(?:and|or|to|in|by|at|on|with|for|from|was|is|were|are|had|has|have|will|would|as"
    r"|when|where|which|that|who|until|through|but|after|before|between|against|into|under|during"
    r"|because|while|the|an?|his|her|its|their|saw|led|marked|it|he|she|they|there|onwards?|if"
    r"|did|made|became|brought|came|also|alone|ended|began|due|over|about|there)\b)[a-z]"
)


def dates(text: str, language: str = "en") -> list[WrittenDate]:
    """All dates and ranges in a stretch of prose, left to right, none overlapping another.

    The prose is plain: markup that hides a date (a template, a link target) is the caller's to take
    out. What counts is said at the top of this module.
    """
    if language in EAST_ASIAN:
        return east_asian_dates(text)
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
            else foreign_date(text, start, end, floor, language)
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
    before = text[max(floor, start - WINDOW) : start]
    earlier, word = _last_words(before)
    following = text[end : end + 1]
    after = AFTER_YEAR.match(text, end) if following in _GOES_ON else None
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


_MONTH_DAY_COMMA = pattern(rf"\b{MONTH}{GAP}[0-9]{{1,2}},\Z")


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
        day = calendar_day(year, month, int(shape["dmy_day"] or shape["mdy_day"]))
        if day is not None:
            one = of_day(left, end, day, style, abbreviated=_is_short(name))
            if shape["mdy_from"]:
                since = calendar_day(year, month, int(shape["mdy_from"]))
                return _from_until(one, since, left) if since and since < day else None
            return _from_day(one, before[: shape.start()])
        if style is DateStyle.MDY:
            return None
        left = left + shape.start("dmy_month") - shape.start()
        return of_month(left, end, year, month, None, abbreviated=_is_short(name))
    if shape["month"]:
        month, short = _english_month(shape["month"]), _is_short(shape["month"])
        one = of_month(left, end, year, month, None, abbreviated=short)
        return _from_month(one, before[: shape.start()])
    if year > 2199:
        return None
    if COUNTED.match(text, end):
        return None
    decade = AFTER_YEAR.match(text, end)
    one = of_year(left, end, year)
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
    return month_words("en")[name.rstrip(".").lower()][0]


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
            other = calendar_day(one.year, one.month or 1, int(match[1]))
        else:
            match = _DAY_MONTH_RANGE.search(before)
            if match is not None:
                other = calendar_day(one.year, _english_month(match[2]), int(match[1]))
    else:
        match = _MONTH_DAY_RANGE.search(before)
        if match is not None:
            other = calendar_day(one.year, _english_month(match[1]), int(match[2]))
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
        day = calendar_day(year, int(after["iso_month"]), int(after["iso_day"]))
        return of_day(start, end, day, DateStyle.ISO) if day else None
    one = of_year(start, end, year)
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
        found = calendar_day(year, month, int(after["ymd_day"]))
        short = _is_short(after["ymd_month"])
        return of_day(start, end, found, DateStyle.YMD, abbreviated=short) if found else None
    until = range_end(year, after["until"])
    if until is None or _PAGE_SIGN.search(before) or COUNTED.match(text, end):
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
        if first in _COUNT_BEGINS and COUNTED.match(text, end):
            return None
    if word in _PLAIN_TIME_WORDS:
        timed = before[-1:].isspace() or before.endswith("&nbsp;")
    else:
        timed = word in _CAREFUL_TIME_WORDS and _TIME_WORD.search(before) is not None
    if timed:
        if word in _COUNTING_WORDS and not _no_quantity(text, before, word, end, year):
            return None
        return of_year(start, end, year)
    if year < 1500:
        return None
    if found and found[-1].end >= start - 8 and _LINK_TO.fullmatch(text, found[-1].end, start):
        previous = found[-1]
        if previous.precision is not Precision.DAY and not _PLURAL_NOUN.match(text, end):
            return of_year(start, end, year)
    if year < 1800:
        return None
    if before.endswith("(") and following[:1] in {")", ",", ";", "–", "-"}:
        return of_year(start, end, year)
    if _DETERMINER.search(before[-24:]) and _WORD_FOLLOWS.match(text, end):
        # "the 2000 men" is caught above; "a 2014 report", "the 2024 index" remain.
        round_number = year % 100 == 0 and _PLURAL_NOUN.match(text, end)
        return None if round_number else of_year(start, end, year)
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
            result[-1] = of_range(previous, one)
        else:
            result.append(one)
    return result


def _opened(text: str, first: WrittenDate, word: str) -> bool:
    """Whether "from" (or, for "and", "between") stands before the first date."""
    opening = _OPENS.search(text, max(0, first.start - 16), first.start)
    if opening is None:
        return word in {"until", "till", "through"}
    return (opening["word"].lower() == "between") == (word == "and")
