"""Mend a page with the first fix of every finding: those that go together and prove good.

What would overlap, break a template, leave a finding standing or bring a new one is left out, with
its reason; the rest is applied. Nothing is saved here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot import fixes
from bot.checker import check_page, look_again
from bot.model import Edit, Finding, Fix, Report, Safety


class LeftOut(NamedTuple):
    """A finding that was not mended, and why; `fix` is the one that was not used, if any."""

    finding: Finding
    fix: Fix | None
    reason: str


class Mended(NamedTuple):
    """A page's text with the chosen fixes applied, and what was left out, in the page's order."""

    report: Report
    chosen: tuple[tuple[Finding, Fix], ...]
    left_out: tuple[LeftOut, ...]
    text: str

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits made, sorted and disjoint."""
        return _edits(self.chosen)


def mend(report: Report, *, safety: Safety = Safety.REVIEW, **options: object) -> Mended:
    """The page of a report, mended with every finding's first fix that is at least this safe.

    `options` are those the report was made with (`bot.checker.check_page`), except its scope: the
    whole page is looked at before and after. The wiki's profile and facts are the report's own.
    """
    options |= {"profile": report.profile, "facts": report.facts}
    picks = fixes.first_fixes(report.findings, safety)
    choice = fixes.choose(picks)
    kept = set(choice.chosen)
    blocked = {conflict.finding: conflict.blocked_by for conflict in choice.conflicts}
    proven, broken = _prove(report, choice.chosen, options)
    used = dict(picks)
    left_out = []
    for finding in report.findings:
        fix = used.get(finding)
        if fix is None:
            reason = "its fix needs a person's words" if finding.fixes else "it has no fix"
        elif finding in broken:
            reason = broken[finding]
        elif finding in blocked:
            reason = f"its fix does not go together with that of {blocked[finding].check}"
        elif (finding, fix) not in kept:
            reason = "no reader would see the change"
        else:
            continue
        left_out.append(LeftOut(finding, fix, reason))
    text = fixes.apply(report.page.text, _edits(proven))
    return Mended(report, tuple(proven), tuple(left_out), text)


_Pick = tuple[Finding, Fix]


def _prove(
    report: Report, picks: Sequence[_Pick], options: dict[str, object]
) -> tuple[list[_Pick], dict[Finding, str]]:
    """The picks that stand a second look together, and why each of the others does not.

    All are tried at once; where that fails, the halves, so that one bad fix among many is found
    with few looks.
    """
    if not picks:
        return [], {}
    page = report.page
    before = check_page(page, **options)  # type: ignore[arg-type]
    kept: list[_Pick] = []
    broken: dict[Finding, str] = {}

    def add(batch: Sequence[_Pick]) -> None:
        edits = _edits([*kept, *batch])
        wrong = look_again(before, edits, fixes.apply(page.text, edits), **options)
        if not wrong:
            kept.extend(batch)
        elif len(batch) == 1:
            broken[batch[0][0]] = f"its fix does not prove good: {wrong[0]}"
        else:
            half = len(batch) // 2
            add(batch[:half])
            add(batch[half:])

    add(picks)
    if all(fix.cosmetic for _, fix in kept):
        broken |= {finding: "no reader would see the change" for finding, _ in kept}
        kept = []
    return sorted(kept, key=lambda pick: pick[1].edits), broken


def _edits(picks: Sequence[_Pick]) -> tuple[Edit, ...]:
    return tuple(sorted(edit for _, fix in picks for edit in fix.edits))
