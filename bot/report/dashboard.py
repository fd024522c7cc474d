"""A summary as one HTML page that needs nothing else: no network, no script, no other file.

What waits, what happened day by day, what people make of each check, and what waits longest. Every
chart is inline SVG with a title and a description and has its numbers in a table; its words stand
outside of it, so that they stay legible on a phone. It is made for the dark, aloud and on paper.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from bot.queue.proposals import State
from bot.report import shortened, visible
from bot.report.lines import acceptance, age, headline, many, needs_a_look
from bot.report.summary import CheckCount, Day, Summary, Waiting

_STYLE = """
:root { color-scheme: light dark; --ink: #202122; --paper: #fff; --faint: #54595d; --line: #dcdfe3;
  --card: #f8f9fa; --link: #3366cc; --red: #b32424; --bar: #7b8794; --blue: #4a6fa5;
  --wash: #e4ebf5; --green: #3c7a57; --amber: #7a4d00; --amber-wash: #fdf4e3 }
@media (prefers-color-scheme: dark) { :root { --ink: #eaecf0; --paper: #101418; --faint: #a2a9b1;
  --line: #33383e; --card: #181c21; --link: #88a3e8; --red: #ff9c94; --bar: #77818c;
  --blue: #86a8dd; --wash: #1f2b3d; --green: #79bd95; --amber: #f0c36d; --amber-wash: #2a2314 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1, h2 { font-family: Georgia, serif; font-weight: normal; line-height: 1.2 }
h1 { margin: 0; font-size: 1.9rem } h1 i { color: var(--red); font-style: normal }
h2 { margin: 2.75rem 0 .75rem; font-size: 1.35rem }
h3 { margin: 0; font-size: .95rem; font-weight: 600 }
p { margin: .35rem 0 } a { color: var(--link) }
.faint, dt, th, caption, .axis, figcaption { color: var(--faint) }
.faint, .axis, figcaption, summary, .small { font-size: .85rem }
.skip:not(:focus) { position: absolute; left: -999rem }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem;
  margin: 1.5rem 0 0 }
dl div { padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem }
dt { font-size: .85rem } dd { margin: 0 } dd.number { font-size: 1.75rem; line-height: 1.25 }
.look { margin-top: 1.5rem; padding: .75rem 1rem; background: var(--amber-wash);
  border-left: .25rem solid var(--amber); border-radius: .2rem }
.look h2 { margin: 0 0 .25rem; font-size: 1.1rem } .look ul { margin: 0; padding-left: 1.1rem }
figure { margin: 0 } figcaption { margin: .1rem 0 .4rem }
.chart { display: grid; grid-template-columns: 1fr auto; column-gap: .5rem }
.chart svg { display: block; width: 100%; height: 9rem; grid-row: 1 }
.few .chart svg { height: 5rem }
.axis { display: flex; justify-content: space-between; font-variant-numeric: tabular-nums }
.axis.up { flex-direction: column; text-align: right; line-height: 1 }
.axis.along { grid-column: 1; margin-top: .25rem }
.few { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
  gap: 1.5rem 2rem }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke }
.area { fill: var(--wash) } .rest { fill: var(--line) }
.curve { fill: none; stroke: var(--blue); stroke-width: 2; vector-effect: non-scaling-stroke;
  stroke-linejoin: round }
.proposed, .waiting { fill: var(--blue) } .approved, .accepted { fill: var(--green) }
.rejected { fill: var(--red) } .saved { fill: var(--bar) }
details { margin-top: .75rem } summary { cursor: pointer; color: var(--link) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
caption { text-align: left; font-size: .85rem; padding-bottom: .35rem }
th { font-weight: 600; text-align: left; vertical-align: bottom; font-size: .8rem }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
tbody th { color: var(--ink); font-size: inherit; font-weight: normal; vertical-align: top }
td { vertical-align: top } .number { font-variant-numeric: tabular-nums }
td.number, th.number { text-align: right; white-space: nowrap }
.bar { display: block; width: 100%; min-width: 3rem; height: .35rem; margin-top: .25rem }
.checks td, .checks thead th + th { text-align: right; font-variant-numeric: tabular-nums }
.checks td { white-space: nowrap } .oldest td:last-child { white-space: nowrap }
footer { margin-top: 3rem }
@media (max-width: 40rem) { body { padding: 1rem .75rem 2rem } dl { grid-template-columns: 1fr 1fr }
  .folding, .folding thead, .folding tbody, .folding caption { display: block }
  .folding tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line) }
  .folding th, .folding td { display: block; padding: 0; border: 0 }
  .oldest thead, .folding caption, .checks thead th:first-child { position: absolute;
    left: -999rem }
  .checks tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)) minmax(0, 1.4fr);
    gap: 0 .6rem }
  .checks tbody th { grid-column: 1 / -1; font-weight: 600 } .checks thead th { font-size: .68rem }
  .bar { min-width: 2rem } }
@media print { body { max-width: none; padding: 0; font-size: 10pt } .skip { display: none }
  figure, tr, dl div { break-inside: avoid } h2 { break-after: avoid }
  svg, .look, dl div { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_OLDEST = 20
_KINDS = ("proposed", "approved", "rejected", "saved")


def render(of: Summary) -> Iterator[str]:
    """The page in pieces."""
    where = f" of {of.wiki}" if of.wiki else ""
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Redpencil: {_escaped(headline(of))}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the numbers</a>\n'
        f'<header>\n<h1><i aria-hidden="true">✎</i> Redpencil{_escaped(where)}</h1>\n'
        f"<p>{_escaped(headline(of))}</p>\n"
        f'<p class="faint">{_time(of.now)}; what happened is counted from {_day(of.since.date())}'
        " on.</p>\n</header>\n"
        '<main id="main">\n'
    )
    yield from _tiles(of)
    yield from _look(of)
    yield from _waiting(of.days)
    yield from _happened(of.days)
    yield from _checks(of.checks)
    yield from _oldest(of)
    yield '</main>\n<footer class="faint">Made by <code>redpencil report</code>.</footer>\n'
    yield "</body>\n</html>\n"


def _tiles(of: Summary) -> Iterator[str]:
    approved, rejected = of.total("approved"), of.total("rejected")
    decided, first = approved + rejected, _short(of.since.date())
    share = f"{approved / decided:.0%}" if decided else "–"
    tiles = (
        ("Waiting", of.states[State.PENDING], f"on {many(of.pages, 'page')}"),
        ("Approved, not saved yet", of.states[State.APPROVED], "saved by the next run"),
        (f"Saved since {first}", of.total("saved"), f"{of.total('reverted'):,} undone on the wiki"),
        (f"Accepted since {first}", share, f"of {many(decided, 'decision')}"),
    )
    yield '<dl aria-label="At a glance">\n'
    for name, number, more in tiles:
        shown = number if isinstance(number, str) else f"{number:,}"
        yield f'<div><dt>{name}</dt><dd class="number">{shown}</dd>'
        yield f'<dd class="small faint">{more}</dd></div>\n'
    yield "</dl>\n"


def _look(of: Summary) -> Iterator[str]:
    sentences = list(needs_a_look(of))
    if sentences:
        yield '<section class="look" aria-labelledby="look">\n<h2 id="look">Needs a look</h2>\n'
        yield "<ul>\n"
        yield from (f"<li>{_escaped(sentence)}</li>\n" for sentence in sentences)
        yield "</ul>\n</section>\n"


# Charts. They are as wide as there are days and 100 high, stretched to the room there is.


def _waiting(days: Sequence[Day]) -> Iterator[str]:
    first, last = days[0], days[-1]
    most = max(days, key=lambda day: day.waiting)
    told = (
        f"{first.waiting:,} on {_short(first.day)}, {last.waiting:,} on {_short(last.day)};"
        f" the most were {most.waiting:,} on {_short(most.day)}."
    )
    top = _round(most.waiting)
    # A day's number is that of its end; a single day is a level line.
    numbers = [day.waiting for day in days] * (2 if len(days) == 1 else 1)
    points = [f"{x},{100 - 100 * n / top:.2f}" for x, n in enumerate(numbers)]
    wide = len(points) - 1
    drawing = (
        f'<polygon class="area" points="0,100 {" ".join(points)} {wide},100"/>'
        f'<polyline class="curve" points="{" ".join(points)}"/>'
    )
    yield '<section aria-labelledby="waiting">\n<h2 id="waiting">Waiting, day by day</h2>\n'
    yield from _figure("waiting-chart", "Proposals that wait", told, drawing, wide, top, days)
    yield from _table(days, ("waiting",), "Proposals that waited at the end of each day (UTC)")
    yield "</section>\n"


def _happened(days: Sequence[Day]) -> Iterator[str]:
    top = _round(max(getattr(day, kind) for day in days for kind in _KINDS))
    yield '<section aria-labelledby="happened">\n<h2 id="happened">What happened</h2>\n'
    yield '<div class="few">\n'
    for kind in _KINDS:
        numbers = [(day.day, int(getattr(day, kind))) for day in days]
        total = sum(number for _, number in numbers)
        busiest, most = max(numbers, key=lambda pair: pair[1])
        told = f"{total:,} in all"
        if most:
            told += f", {most:,} on the busiest day, {_short(busiest)}"
        bars = "".join(
            f'<rect class="{kind}" x="{x + 0.15}" y="{100 - 100 * number / top:.2f}" width="0.7"'
            f' height="{100 * number / top:.2f}"><title>{_short(day)}: {number:,}</title></rect>'
            for x, (day, number) in enumerate(numbers)
            if number
        )
        yield "<div>\n"
        yield from _figure(
            f"{kind}-chart", kind.capitalize(), f"{told}.", bars, len(days), top, days, level=3
        )
        yield "</div>\n"
    yield "</div>\n"
    yield from _table(days, (*_KINDS, "reverted"), "What happened on each day (UTC), in proposals")
    yield "</section>\n"


def _figure(
    name: str,
    title: str,
    told: str,
    drawing: str,
    wide: int,
    top: int,
    days: Sequence[Day],
    *,
    level: int = 0,
) -> Iterator[str]:
    """A chart with its words around it; the scale goes from 0 to `top`."""
    heading = f"<h{level}>{title}</h{level}>\n" if level else ""
    lines = "".join(f'<line class="grid" x1="0" x2="{wide}" y1="{y}" y2="{y}"/>' for y in (0, 50))
    base = f'<line class="grid" x1="0" x2="{wide}" y1="100" y2="100"/>'
    yield (
        f"{heading}<figure>\n<figcaption>{told}</figcaption>\n"
        f'<div class="chart"><svg role="img" aria-labelledby="{name}-title {name}-told"'
        f' viewBox="0 0 {wide} 100" preserveAspectRatio="none">'
        f'<title id="{name}-title">{title}</title><desc id="{name}-told">{told}</desc>'
        f"{lines}{drawing}{base}</svg>\n"
        f'<div class="axis up" aria-hidden="true"><span>{top:,}</span><span>0</span></div>\n'
        f'<div class="axis along" aria-hidden="true"><span>{_short(days[0].day)}</span>'
        f"<span>{_short(days[-1].day)}</span></div></div>\n</figure>\n"
    )


def _table(days: Sequence[Day], kinds: Sequence[str], caption: str) -> Iterator[str]:
    """The numbers of a chart, the latest day first."""
    yield "<details>\n<summary>The same as a table</summary>\n"
    yield f'<div class="wide" role="group" aria-label="{caption}" tabindex="0"><table>\n'
    yield f"<caption>{caption}</caption>\n<thead><tr>"
    yield '<th scope="col">Day</th>'
    yield from (f'<th scope="col" class="number">{_heading(kind)}</th>' for kind in kinds)
    yield "</tr></thead>\n<tbody>\n"
    for day in reversed(days):
        yield f'<tr><th scope="row"><time datetime="{day.day}">{_day(day.day)}</time></th>'
        yield from (f'<td class="number">{getattr(day, kind):,}</td>' for kind in kinds)
        yield "</tr>\n"
    yield "</tbody>\n</table></div>\n</details>\n"


def _heading(kind: str) -> str:
    return "Undone on the wiki" if kind == "reverted" else kind.capitalize()


# Checks, and what waits longest


def _checks(checks: Sequence[CheckCount]) -> Iterator[str]:
    yield '<section aria-labelledby="checks">\n<h2 id="checks">Checks</h2>\n'
    if checks:
        most = max(check.states.get(State.PENDING, 0) for check in checks) or 1
        yield from _folding(
            "checks",
            "What stands in the queue, and how much of the last decisions was a yes",
            ("Check", "Waiting", "Approved", "Saved", "Rejected", "Accepted"),
            (_check(check, most) for check in checks),
        )
    else:
        yield "<p>Nothing has been proposed yet.</p>\n"
    yield "</section>\n"


def _check(check: CheckCount, most: int) -> list[str]:
    only = ' <span class="faint">only reports</span>' * check.report_only
    waiting, *others = (
        check.states.get(state, 0)
        for state in (State.PENDING, State.APPROVED, State.SAVED, State.REJECTED)
    )
    share = acceptance(check)
    if check.acceptance is not None:
        told = f"{share} of the last {many(check.judged, 'decision')} accepted"
        share += f' <span class="faint">of {check.judged}</span>'
        share += _bar("accepted", check.acceptance, told)
    return [
        _escaped(check.name) + only,
        f"{waiting:,}" + _bar("waiting", waiting / most, f"{waiting:,} waiting"),
        *(f"{number:,}" for number in others),
        share,
    ]


def _bar(kind: str, share: float, told: str) -> str:
    return (
        '<svg class="bar" role="img" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<title>{told}</title><rect class="rest" width="100" height="10"/>'
        f'<rect class="{kind}" width="{100 * share:.1f}" height="10"/></svg>'
    )


def _oldest(of: Summary) -> Iterator[str]:
    yield '<section aria-labelledby="oldest">\n<h2 id="oldest">Waiting longest</h2>\n'
    oldest = of.oldest[:_OLDEST]
    if oldest:
        yield from _folding(
            "oldest",
            "The proposals that have waited longest",
            ("Page", "What", "For"),
            (_old(each, of.now) for each in oldest),
        )
    else:
        yield "<p>Nothing waits.</p>\n"
    left = len(of.waiting) - len(oldest)
    if left:
        yield f'<p class="faint">And {left:,} more; <code>redpencil queue</code> lists them.</p>\n'
    yield "</section>\n"


def _old(each: Waiting, now: datetime) -> list[str]:
    title = f"<bdi>{_escaped(each.page)}</bdi>"
    if each.source.startswith(("https://", "http://")):
        title = f'<a href="{_escaped(each.source)}">{title}</a>'
    where = f'<span class="faint">{_escaped(each.check)}, line {each.line:,}</span>'
    since = f'<time datetime="{each.proposed:%Y-%m-%dT%H:%MZ}">'
    return [
        title,
        f"{_escaped(shortened(each.message, 240))} {where}",
        f"{since}{age(now - each.proposed)}</time>",
    ]


def _folding(
    name: str, caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """A table whose rows fold up on a phone; the first cell of a row is its heading.

    Its parts say what they are: some readers forget that when a style lays them out anew.
    """
    yield f'<table class="{name} folding" role="table">\n'
    yield f'<caption>{caption}</caption>\n<thead role="rowgroup"><tr role="row">'
    yield from (f'<th scope="col" role="columnheader">{heading}</th>' for heading in headings)
    yield '</tr></thead>\n<tbody role="rowgroup">\n'
    for first, *others in rows:
        yield f'<tr role="row"><th scope="row" role="rowheader">{first}</th>'
        yield from (f'<td role="cell">{cell}</td>' for cell in others)
        yield "</tr>\n"
    yield "</tbody>\n</table>\n"


# Words and numbers


def _round(most: int) -> int:
    """The top of a scale: the next 1, 2, 4, 5 or 8 with zeros."""
    size = 1
    while True:
        for step in (1, 2, 4, 5, 8):
            if most <= step * size:
                return step * size
        size *= 10


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _time(moment: datetime) -> str:
    shown = f"{_day(moment.date())}, {moment:%H:%M} UTC"
    return f'<time datetime="{moment:%Y-%m-%dT%H:%MZ}">{shown}</time>'


def _escaped(text: str) -> str:
    return html.escape(visible(text, one_line=True))
