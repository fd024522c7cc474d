"""What stands around four digits that are a year: months before them, ranges and units behind.

Shared by the dates of running text in English and in other languages; whether the digits are a year
is for those to say.
"""

from __future__ import annotations

import re

from bot.patterns import pattern

MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
DASH = "[-–—‒−]"
GAP = "(?:[ \u00a0\n]|&nbsp;)"
# So many characters before the digits can belong to their date.
WINDOW = 48
AFTER_YEAR = pattern(
    rf"""(?P<iso>-(?P<iso_month>[01][0-9])-(?P<iso_day>[0-3][0-9])(?![0-9-]))
    | (?P<decade>(?:'|’)?s)\b
    | {GAP}?{DASH}{GAP}?(?P<present>present|now|today|ongoing)\b
    | {GAP}?(?P<range_dash>{DASH}|/){GAP}?
      (?P<until>[12][0-9]{{3}}|[0-9]{{2}})(?![0-9]|[-.,/][0-9]|s\b)
    | {GAP}(?P<quarter>Q[1-4])\b
    | {GAP}(?P<ymd_month>{MONTH}){GAP}(?P<ymd_day>[0-9]{{1,2}})\b(?!,?{GAP}[12][0-9]{{3}})
    """,
    re.VERBOSE,
)
COUNTED = pattern(
    rf"""(?:{GAP}|-)?(?:[%°€$£²³]|per{GAP}?cent|percent)
    | (?:{GAP}|-)(?:or{GAP}(?:more|fewer|less|so)\b|per\b
      |(?:square|cubic|nautical|metric|long|short|million|billion|thousand|hundred|dozen|odd)\b
      |(?:or{GAP}|and{GAP}[0-9][0-9,.]*{GAP})?
      (?:(?:more|new|other|additional|local|young|armed|active){GAP})?
      (?:k?m|cm|mm|nm|ft|feet|foot|in|inch(?:es)?|yd|yards?|mi|miles?|mph|kph|kn|knots?|ha|acres?
      |hectares?|m²|km²|m³|sq|kg|g|mg|lbs?|pounds?|t|tons?|tonn?es?|MW|GW|kW|kWh|MWh|TWh|W|watts?|V|volts?
      |hp|bhp|rpm|Hz|kHz|MHz|GHz|K|MB|GB|TB|bits?|bytes?|kcal|calories|metres?|meters?
      |kilomet(?:re|er)s?|centimet(?:re|er)s?|millimet(?:re|er)s?|litres?|liters?|gallons?|barrels?
      |kilograms?|grams?|BCE?|BP|B\.C|degrees?|hours?|minutes?|seconds?|days?|weeks?|months?|years?
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


def range_end(year: int, written: str) -> int | None:
    """The second year of a range as it is written in full or short; None when it does not rise."""
    until = int(written)
    if len(written) == 2:
        until += year - year % 100
        if until < year and until % 100 == 0:
            until += 100
    return until if year < until <= 2199 else None
