"""The report as one HTML page that needs nothing else: no network, no script, no other file.

It is grouped by page, section and check, shows the text before and after each fix side by side with
the changed words marked (where there is no fix, the words it is about), and is made to be read on a
phone, in the dark, aloud and on paper.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import date

from bot import fixes
from bot.model import Finding, Fix, Report
from bot.report import Places, Tally, by_section, shortened, text_at, visible

_STYLE = """
:root { color-scheme: light dark; --ink: #202122; --paper: #fff; --faint: #54595d; --line: #c8ccd1;
  --card: #f8f9fa; --link: #3056a9; --old: #ffe1dc; --old-ink: #8c1c13; --new: #d5f2dc;
  --new-ink: #0b5a2b; --mark: #fef0b8; --error: #b32424; --warning: #7a4d00; --advice: #2a4b8d }
@media (prefers-color-scheme: dark) { :root { --ink: #eaecf0; --paper: #101418; --faint: #a2a9b1;
  --line: #404244; --card: #1b1f24; --link: #88a3e8; --old: #5a1f1a; --old-ink: #ffd3cc;
  --new: #12482a; --new-ink: #c9f5d6; --mark: #574500;
  --error: #ff9c94; --warning: #f0c36d; --advice: #a6c1ff } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1, h2, h3 { font-family: Georgia, serif; font-weight: normal; line-height: 1.2 }
h1, h2 { border-bottom: 1px solid var(--line) }
h2 { margin-top: 2.5rem }
h4 { margin: 1.5rem 0 .5rem; font-size: 1rem }
a { color: var(--link) }
.skip:not(:focus) { position: absolute; left: -999rem }
.faint, figcaption, .side b, nav li span { color: var(--faint) }
article { margin: .75rem 0; padding: .25rem 1rem .75rem; background: var(--card);
  border: 1px solid var(--line); border-left-width: .3rem; border-radius: .2rem }
.error { border-left-color: var(--error) } .warning { border-left-color: var(--warning) }
.advice { border-left-color: var(--advice) }
.severity { font-weight: bold; border: 0 }
.severity.error { color: var(--error) } .severity.warning { color: var(--warning) }
.severity.advice { color: var(--advice) }
p, figure, blockquote { margin: .5rem 0 }
figcaption { margin-bottom: .25rem }
blockquote { padding-left: .75rem; border-left: .2rem solid var(--line); font-style: italic }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem }
.sides + .sides { margin-top: .5rem }
.side { padding: .4rem .6rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .2rem; font-size: .9rem; min-width: 0 }
.side b { display: block; font-size: .75rem; font-weight: normal }
.side div { font-family: ui-monospace, monospace; white-space: pre-wrap }
del, ins, mark { padding: .1em 0; border-radius: .15em; font-weight: bold; text-decoration: none }
del { background: var(--old); color: var(--old-ink) }
ins { background: var(--new); color: var(--new-ink) }
mark { background: var(--mark); color: inherit }
summary { cursor: pointer; color: var(--link) }
@media (max-width: 40rem) { .sides { grid-template-columns: 1fr } body { padding: .6rem }
  article { padding: .25rem .6rem .6rem } }
@media print { body { max-width: none; padding: 0; font-size: 10pt } nav, .skip { display: none }
  article { break-inside: avoid } h2, h3, h4 { break-after: avoid }
  details::details-content { content-visibility: visible; display: block }
  del, ins, mark { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
@media print, (forced-colors: active) { del { text-decoration: line-through }
  ins, mark { text-decoration: underline } }
"""

# How much of a line is shown around what changes, in characters.
_REACH = 120

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(reports: Iterable[Report], today: date) -> Iterator[str]:
    """The page in pieces; the first one comes when all reports are in, as it holds the contents."""
    tally = Tally()
    contents: list[str] = []
    bodies: list[str] = []
    for report in reports:
        tally.add(report)
        if report.findings or report.skipped:
            number = len(bodies) + 1
            count = len(report.findings)
            title = _line(report.page.title)
            contents.append(f'<li><a href="#page-{number}">{title}</a> <span>{count}</span></li>\n')
            bodies.append("".join(_page(report, number)))
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Redpencil: {_escaped(tally.sentence())}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#findings">Skip to the findings</a>\n'
        f"<header>\n<h1>Redpencil report</h1>\n<p>{_escaped(tally.sentence())}</p>\n"
        f'<p class="faint">Measured against <time datetime="{today}">{today}</time>.</p>\n'
        "</header>\n"
    )
    if len(contents) > 1:
        yield f'<nav aria-label="Pages">\n<ul>\n{"".join(contents)}</ul>\n</nav>\n'
    yield '<main id="findings">\n'
    yield from bodies or ["<p>There is nothing to mend.</p>\n"]
    yield "</main>\n</body>\n</html>\n"


def _page(report: Report, number: int) -> Iterator[str]:
    page = report.page
    places = Places(page.text)
    name = f"page-{number}"
    yield f'<section id="{name}" aria-labelledby="{name}-title">\n'
    yield f'<h2 id="{name}-title">{_line(page.title)}</h2>\n'
    if page.source not in ("", "-", page.title):
        source = _line(page.source)
        if page.source.startswith(("https://", "http://")):
            source = f'<a href="{source}">{source}</a>'
        revision = f", revision {page.revision}" if page.revision is not None else ""
        yield f'<p class="faint">{source}{revision}</p>\n'
    for skipped in report.skipped:
        yield (
            f'<p><span class="severity warning">Not looked at:</span> {_line(skipped.check)}:'
            f" {_line(skipped.reason)}</p>\n"
        )
    for section, findings in by_section(report):
        yield f"<section>\n<h3>{_line(section)}</h3>\n"
        for check in dict.fromkeys(finding.check for finding in findings):
            yield f"<section>\n<h4>{_line(check)}</h4>\n"
            for finding in findings:
                if finding.check == check:
                    yield from _finding(report, finding, places)
            yield "</section>\n"
        yield "</section>\n"
    yield "</section>\n"


def _finding(report: Report, finding: Finding, places: Places) -> Iterator[str]:
    line, column = places(finding.span.start)
    severity = finding.severity.value
    yield f'<article class="{severity}" aria-label="Line {line}, {_line(finding.check)}">\n'
    yield (
        f'<p><span class="severity {severity}">{severity.capitalize()}</span>'
        f' <span class="faint">line {line}, column {column}</span></p>\n'
    )
    yield f"<p>{_line(finding.message)}</p>\n"
    if finding.evidence:
        evidence = _escaped(finding.evidence)
        if re.fullmatch(r"https?://\S+", finding.evidence):
            evidence = f'<a href="{evidence}">{evidence}</a>'
        yield f'<blockquote dir="auto">{evidence}</blockquote>\n'
    if finding.fixes:
        first, *others = finding.fixes
        yield from _fix(report, first, "Fix")
        if others:
            number = f"{len(others)} other fix" + ("es" if len(others) > 1 else "")
            yield f"<details>\n<summary>{number}</summary>\n"
            for other in others:
                yield from _fix(report, other, "Or")
            yield "</details>\n"
    elif finding.span.start < finding.span.end:
        yield from _here(report, finding)
    yield "</article>\n"


def _here(report: Report, finding: Finding) -> Iterator[str]:
    """The words a finding is about, on their line."""
    text, (start, end) = report.page.text, (finding.span.start, finding.span.end)
    before = text[max(0, start - _REACH) : start].rpartition("\n")[2]
    after = text[end : end + _REACH].partition("\n")[0]
    opening = "…" if len(before) == _REACH else ""
    closing = "…" if len(after) == _REACH else ""
    yield '<div class="side"><b>Here</b><div dir="auto">'
    yield f"{opening}{_escaped(before)}<mark>{_escaped(shortened(text_at(report, finding.span)))}"
    yield f"</mark>{_escaped(after)}{closing}</div></div>\n"


def _fix(report: Report, fix: Fix, label: str) -> Iterator[str]:
    cosmetic = ", cosmetic" if fix.cosmetic else ""
    yield "<figure>\n<figcaption>"
    yield f"{label}: {_line(fix.title)} ({fix.safety.value}{cosmetic})</figcaption>\n"
    for hunk in fixes.hunks(report.page.text, fix.edits, reach=_REACH):
        opening, closing = "…" * hunk.cut_before, "…" * hunk.cut_after
        yield '<div class="sides">\n'
        for side, tag in (("Before", "del"), ("After", "ins")):
            words = [opening]
            for piece in hunk.pieces:
                said = _escaped(piece.old if tag == "del" else piece.new)
                if said:
                    words.append(f"<{tag}>{said}</{tag}>" if piece.changed else said)
            yield f'<div class="side"><b>{side}</b>'
            said = "".join(words) + closing or '<span class="faint">(nothing)</span>'
            yield f'<div dir="auto">{said}</div></div>\n'
        yield "</div>\n"
    yield "</figure>\n"


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _line(text: str) -> str:
    return html.escape(visible(text, one_line=True))
