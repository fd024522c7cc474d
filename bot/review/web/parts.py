"""What a page shows of a proposal, cut to pieces that a template only has to lay out.

Everything here is text as it stands on the wiki's page: it is escaped where it is laid out, and
never earlier. Places are indices into that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from bot import fixes
from bot.fixes import Hunk
from bot.knowledge import snapshots
from bot.model import Edit, Finding, Fix, Safety, Span
from bot.queue.proposals import Proposal
from bot.report import visible
from bot.review import Session, View, approved_title, block
from bot.review.catalogue import Phrase
from bot.wikitext import Section, Wikitext

# A longer line is shown around its changes only; the rest of it is unfolded.
_LONGEST_LINE = 700
_REACH = 220

_ADDRESS = re.compile(r"https?://[^\s|\[\]{}<>\"]+")


class Bit(NamedTuple):
    """A stretch of text, and as what it is marked: "" for nothing, "finding", or "place" with the
    number it is linked by."""

    text: str
    kind: str = ""
    start: int = 0


class Word(NamedTuple):
    """A stretch of a hunk: `same` in both texts, or `old` in one and `new` in the other."""

    same: tuple[Bit, ...] = ()
    old: str = ""
    new: str = ""


class Fold(NamedTuple):
    """A stretch of the page that is folded; `lines` it has, `section` is where, if elsewhere."""

    start: int
    end: int
    lines: int
    section: str | None = None


class Change(NamedTuple):
    """A hunk, with the words of it, and what is folded before it."""

    before: Fold | None
    words: tuple[Word, ...]
    cut_before: bool
    cut_after: bool
    span: Span
    line: int
    alters: bool


class Mend(NamedTuple):
    """An alternative as it is shown: `number` counts from 1, 0 is a person's own edit.

    `after` is what is folded behind the last change, `span` all that is shown of the page, folded
    or not, `edits` each edit on its own, to take some.
    """

    number: int
    fix: Fix
    title: Phrase | str
    changes: tuple[Change, ...]
    after: Fold | None
    span: Span
    rivals: tuple[Proposal, ...]
    result: str
    edits: tuple[tuple[str, str], ...]

    @property
    def approvable(self) -> bool:
        """Whether it may be approved as it is."""
        return self.number == 0 or self.fix.safety is not Safety.SUGGESTION


class Kept(NamedTuple):
    """A snapshot in a web archive that a proposal speaks of; `day` is None when it tells none."""

    archive: str
    address: str
    day: date | None
    new: bool


class Place(NamedTuple):
    """A place that the finding speaks of, with the line and section it stands in."""

    start: int
    end: int
    line: int
    section: str
    words: str


class Shown(NamedTuple):
    """A proposal as the page shows it; `plain` is shown when there are no `mends`."""

    view: View
    section: str
    mends: tuple[Mend, ...]
    plain: Mend
    places: tuple[Place, ...]
    evidence: Place | None
    elsewhere: tuple[Fold, ...]
    kept: tuple[Kept, ...]


def shown(session: Session, view: View) -> Shown:
    """What the session shows, `view`, with all alternatives, a person's own edit before them.

    The session does not keep such an edit. Raises StoreError, as the session does.
    """
    proposal, text = view.proposal, view.text
    finding = proposal.finding
    views = [view] if view.chosen is None else []
    for number in range(len(finding.fixes)):
        session.press(str(number + 1))
        # Of what is approved in a person's own words, these are all there is.
        if session.shown is not None and session.shown.chosen is not None:
            views.append(session.shown)
    if view.chosen is not None:
        session.press(str(view.chosen + 1))
    sections = Sections(text)
    proofs = evidence_at(text, finding)
    related = [span for span in finding.related if span not in proofs and span.of(text).strip()]
    places = [_place(text, span, sections) for span in related]
    proof = _place(text, proofs[0], sections) if proofs else None
    marks = sorted({*finding.related, *proofs})
    mends = tuple(_of(each, sections, marks) for each in views if each.fix is not None)
    plain = _mend(text, finding, None, sections, marks)._replace(number=0, result=view.result)
    seen = [mend.span for mend in (*mends, plain)]
    elsewhere: list[Fold] = []
    for place in marks:
        home = sections.at(place.start)
        fold = _fold(text, home, sections.name(place.start))
        if fold is not None and not any(extent.contains(place) for extent in seen):
            seen.append(home)
            elsewhere.append(fold)
    return Shown(
        view,
        proposal.section,
        mends,
        plain,
        tuple(places),
        proof,
        tuple(elsewhere),
        tuple(_kept(view, views)),
    )


class Sections:
    """The sections of a text, each without its subsections."""

    def __init__(self, text: str) -> None:
        self._sections = Wikitext(text).sections

    def at(self, place: int) -> Span:
        """The section that a place stands in."""
        home = self._home(place)
        return Span(home.start, home.body_end) if home else Span(0, 0)

    def name(self, place: int) -> str:
        """The heading of that section; '' for what comes before the first."""
        home = self._home(place)
        return home.heading if home else ""

    def _home(self, place: int) -> Section | None:
        return next((each for each in reversed(self._sections) if each.start <= place), None)


def marked(text: str, span: Span, finding: Span, places: Iterable[Span]) -> tuple[Bit, ...]:
    """The stretch cut at what is marked in it; of marks that overlap the first and longest."""
    bits: list[Bit] = []
    position = span.start
    marks = [(finding, "finding"), *((place, "place") for place in places)]
    for mark, kind in sorted(marks, key=lambda each: (each[0].start, -each[0].end)):
        start, end = max(mark.start, position), min(mark.end, span.end)
        if start >= end:
            continue
        if position < start:
            bits.append(Bit(text[position:start]))
        bits.append(Bit(text[start:end], kind, mark.start))
        position = end
    if position < span.end:
        bits.append(Bit(text[position : span.end]))
    return tuple(bits)


def approved(proposal: Proposal, text: str, sections: Sections) -> Mend:
    """What was approved of a proposal, as it is shown in a summary."""
    mend = _mend(text, proposal.finding, proposal.approved_fix, sections)
    return mend._replace(title=approved_title(proposal))


def _of(view: View, sections: Sections, places: Sequence[Span]) -> Mend:
    """What a view shows, with what else is known of it."""
    mend = _mend(view.text, view.proposal.finding, view.fix, sections, places)
    number = 0 if view.chosen is None else view.chosen + 1
    return mend._replace(number=number, title=view.title, rivals=view.rivals, result=view.result)


def _mend(
    text: str, finding: Finding, fix: Fix | None, sections: Sections, places: Sequence[Span] = ()
) -> Mend:
    edits = fix.edits if fix else ()
    if edits:
        widest = max(_line_length(text, edit) for edit in edits)
        hunks = fixes.hunks(text, edits, None if widest <= _LONGEST_LINE else _REACH)
        if not any(Span(hunk.start, hunk.end).overlaps(finding.span) for hunk in hunks):
            hunks = tuple(sorted((*hunks, _around(text, finding.span))))
    else:
        hunks = (_around(text, finding.span),)
    first = sections.at(min(hunks[0].start, finding.span.start))
    last = sections.at(max(hunks[-1].start, hunks[-1].end - 1))
    home = Span(min(first.start, hunks[0].start), max(last.end, hunks[-1].end))
    changes = []
    position = home.start
    for hunk in hunks:
        changes.append(
            Change(
                _fold(text, Span(position, hunk.start)),
                tuple(_words(text, hunk, finding.span, places)),
                hunk.cut_before,
                hunk.cut_after,
                Span(hunk.start, hunk.end),
                text.count("\n", 0, hunk.start) + 1,
                any(piece.changed for piece in hunk.pieces),
            )
        )
        position = hunk.end
    return Mend(
        1,
        fix or Fix("", ()),
        "",
        tuple(changes),
        _fold(text, Span(position, home.end)),
        home,
        (),
        "",
        tuple((edit.old, edit.new) for edit in edits),
    )


def _around(text: str, span: Span) -> Hunk:
    """The lines of a finding without a mend, as a hunk that changes nothing."""
    lines = block(text, [span])
    start, end = lines
    if end - start > _LONGEST_LINE:
        start, end = max(start, span.start - _REACH), min(end, span.end + _REACH)
    words = text[start:end]
    piece = fixes.Piece(words, words)
    return Hunk(start, end, (piece,), start > lines.start, end < lines.end)


def _words(text: str, hunk: Hunk, finding: Span, places: Sequence[Span]) -> Iterator[Word]:
    position = hunk.start
    for piece in hunk.pieces:
        end = position + len(piece.old)
        if piece.changed:
            yield Word(old=piece.old, new=piece.new)
        else:
            yield Word(same=marked(text, Span(position, end), finding, places))
        position = end


def _line_length(text: str, edit: Edit) -> int:
    start = text.rfind("\n", 0, edit.start) + 1
    end = text.find("\n", edit.end)
    return (len(text) if end < 0 else end) - start


def _fold(text: str, span: Span, section: str | None = None) -> Fold | None:
    words = span.of(text)
    if not words.strip():
        return None
    return Fold(span.start, span.end, words.strip("\n").count("\n") + 1, section)


def evidence_at(text: str, finding: Finding) -> tuple[Span, ...]:
    """Where the evidence stands on the page, the nearest when several times; () when nowhere."""
    evidence, start = finding.evidence, finding.span.start
    if not evidence or len(evidence) < 2:
        return ()
    found = [text.find(evidence, start), text.rfind(evidence, 0, start)]
    places = sorted((place for place in found if place >= 0), key=lambda p: abs(p - start))
    return tuple(Span(place, place + len(evidence)) for place in places[:1])


def _place(text: str, span: Span, sections: Sections) -> Place:
    return Place(
        span.start,
        span.end,
        text.count("\n", 0, span.start) + 1,
        sections.name(span.start),
        visible(span.of(text), one_line=True),
    )


def _kept(view: View, views: Sequence[View]) -> Iterator[Kept]:
    """The snapshots that the finding and its mends speak of, each once; new ones first."""
    finding = view.proposal.finding
    new = " ".join(edit.new for each in views for edit in each.edits)
    old = f"{finding.span.of(view.text)} {finding.evidence or ''}"
    seen = set()
    for words, is_new in ((new, True), (old, False)):
        for match in _ADDRESS.finditer(words):
            address = match[0].rstrip(".,;")
            found = snapshots.snapshot(address)
            if found is None or address in seen:
                continue
            seen.add(address)
            moment = found.moment
            day = date(moment.year, moment.month, moment.day) if moment else None
            yield Kept(found.archive, address, day, is_new)
