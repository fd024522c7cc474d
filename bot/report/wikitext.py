"""The report as a page of a wiki, which renders as written whatever the findings hold.

Every character of a finding that could be markup anywhere is written as its number (&#91; for "["):
not only brackets and braces but what starts a line, a signature, an address or a magic word. So
nothing in a finding transcludes, links, categorises, signs or ends what the report itself opens,
and nothing depends on <nowiki>, which the text could close.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from bot import fixes
from bot.model import Finding, Fix, Report
from bot.report import Places, Tally, by_section, shortened, visible

_HARMLESS = frozenset(" ,.()/?%-“”‘’„«»–—…⟨⟩↵$€£°")

# Words that MediaWiki turns into links when a number follows.
# See https://www.mediawiki.org/wiki/Help:Magic_links.
_MAGIC_LINK = re.compile(r"(?<=RF)C|(?<=ISB)N|(?<=PMI)D")

# The guidelines in the brackets that end a message.
_GUIDELINES = re.compile(r" \(([^()]+); (certain|likely|worth a look)\)\Z")
_GUIDELINE = re.compile(
    r"(?:WP|MOS|Wikipedia|Template|Help|Module):[A-Za-z0-9][A-Za-z0-9 /.-]{0,80}"
)

# Titles that can stand in a link as they are; see https://www.mediawiki.org/wiki/Manual:Page_title.
_LINKABLE = re.compile(
    r"(?![:/. ])(?:(?!''|__|~~~)[^\x00-\x1f<>\[\]{}|#&%_\x7f-\x9f\u2000-\u206f])+"
)


def render(reports: Iterable[Report], today: date) -> Iterator[str]:
    """The wikitext in pieces; the summary stands at the end, when all has been counted."""
    tally = Tally()
    for report in reports:
        tally.add(report)
        if report.findings or report.skipped:
            yield from _page(report)
    yield f"{escaped(tally.sentence())} Measured against {today.isoformat()}.\n"


def _page(report: Report) -> Iterator[str]:
    title = report.page.title
    yield f"== {link(title)} ==\n"
    for skipped in report.skipped:
        yield f"* Not looked at: {escaped(skipped.check)}: {escaped(skipped.reason)}\n"
    places = Places(report.page.text)
    for section, findings in by_section(report):
        yield f"=== {escaped(section) or '&nbsp;'} ===\n"
        for finding in findings:
            yield from _finding(report, finding, places)
    yield "\n"


def _finding(report: Report, finding: Finding, places: Places) -> Iterator[str]:
    line, _ = places(finding.span.start)
    check, severity = escaped(finding.check), finding.severity.value
    yield f"* '''{check}''' ({severity}, line {line}): {message_of(finding.message)}\n"
    if finding.evidence:
        yield f"** Evidence: “{escaped(finding.evidence)}”\n"
    for number, fix in enumerate(finding.fixes):
        yield f"** {'Or' if number else 'Fix'} ({fix.safety.value}): {escaped(fix.title)}\n"
        if not number:
            yield from _sides(report, fix)


def _sides(report: Report, fix: Fix) -> Iterator[str]:
    for hunk in fixes.hunks(report.page.text, fix.edits):
        opening, closing = "…" * hunk.cut_before, "…" * hunk.cut_after
        for tag in ("del", "ins"):
            words = []
            for piece in hunk.pieces:
                said = escaped(piece.old if tag == "del" else piece.new)
                if said:
                    words.append(f"<{tag}>{said}</{tag}>" if piece.changed else said)
            yield f"*** <code>{opening}{''.join(words)}{closing}</code>\n"


def message_of(message: str) -> str:
    """The message, with its guidelines as links."""
    end = _GUIDELINES.search(message)
    if not end:
        return escaped(message)
    named = end[1].split(", ")
    links = [f"[[{name}]]" if _GUIDELINE.fullmatch(name) else escaped(name) for name in named]
    return f"{escaped(message[: end.start()])} ({', '.join(links)}; {end[2]})"


def link(title: str) -> str:
    """The title as a link to its page; only shown when it is none that a link can hold."""
    shown = escaped(title)
    if _LINKABLE.fullmatch(title) and "//" not in title and title == title.strip():
        return f"[[:{title}|{shown}]]"
    return shown


def escaped(text: str) -> str:
    """Wikitext, of one line, that shows the text and does nothing else."""
    shown = shortened(visible(text, one_line=True), 2000)
    shown = _MAGIC_LINK.sub(lambda match: f"\0{ord(match[0])};", shown)
    return "".join(map(_written, shown)).replace("\0", "&#")


def _written(character: str) -> str:
    if character.isascii():
        if character.isalnum() or character in _HARMLESS or character in "\0;":
            return character
    elif character in _HARMLESS or (
        # U+0338 would become one character with the ">" of a tag before it (NFC).
        unicodedata.category(character)[0] in "LMN" and character != "\u0338"
    ):
        return character
    return f"&#{ord(character)};"
