"""Precision and recall of the checks over files of labelled cases (JSON lines)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from bot.checker import check_page, choose_checks
from bot.model import Finding, Page, Profile, Severity, Span

FAMILIES = {"arch": "archives", "dup": "duplicates", "stale": "stale"}
PRECISION, RECALL = 0.97, 0.85


class Outcome(NamedTuple):
    """What the checks of a case's family said of its place."""

    case: dict[str, Any]
    family: str
    hits: list[Finding]

    @property
    def problem(self) -> bool:
        """Whether the case is labelled as one to find."""
        return bool(self.case["label"] == "problem")


def place(case: dict[str, Any]) -> list[Span]:
    """Where in its text the case's point is: the text to replace, else what it is about."""
    text = case["text"]
    for key in ("fix_old", "target", "phrase"):
        part = (case.get(key) or "").strip()
        if part and part in text:
            start = text.index(part)
            return [Span(start, start + len(part))]
    return [Span(0, len(text))]


def outcome(case: dict[str, Any], today: date) -> Outcome:
    """The findings of the case's family that touch its place, or name it as a related one."""
    family = case.get("family") or FAMILIES[case["id"].partition("-")[0]]
    report = check_page(
        Page(case.get("title", ""), case["text"], "case"),
        today=today,
        only=choose_checks([family]),
        profile=Profile(case.get("lang") or "en"),
    )
    if report.skipped:
        raise SystemExit(f"{case['id']}: {report.skipped}")
    spans = place(case)
    hits = [
        finding
        for finding in report.findings
        if any(p.overlaps(s) for p in spans for s in (finding.span, *finding.related))
    ]
    return Outcome(case, family, hits)


def read(files: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The cases of the files, one a line."""
    for file in files:
        with Path(file).open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def shares(outcomes: list[Outcome]) -> tuple[int, int, int, int, float, float]:
    """Cases found, missed, wrongly touched, rightly left alone; precision and recall."""
    found = sum(1 for o in outcomes if o.problem and o.hits)
    missed = sum(1 for o in outcomes if o.problem and not o.hits)
    wrong = sum(1 for o in outcomes if not o.problem and o.hits)
    left = sum(1 for o in outcomes if not o.problem and not o.hits)
    precision = found / (found + wrong) if found + wrong else 1.0
    recall = found / (found + missed) if found + missed else 1.0
    return found, missed, wrong, left, precision, recall


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--today", default="2026-11-23", show_default=True, help="The day to reckon from.")
@click.option(
    "--judged-otherwise",
    multiple=True,
    metavar="CASE",
    help="A case whose label is not followed; it is left out and named.",
)
def cases(files: tuple[str, ...], today: str, judged_otherwise: tuple[str, ...]) -> None:
    """Precision and recall over labelled cases, by family and by check.

    A case holds "id" ("stale-…", "dup-…", "arch-…"), "text", "label" ("problem" or "ok"), and the
    place it is about ("fix_old", "target" or "phrase"). A problem is found when a finding of its
    family touches that place; an ok case is wrongly touched when one of severity warning or error
    does (advice is a service and says nothing is wrong). Status 1 when a family is below a limit.
    """
    day = datetime.strptime(today, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    outcomes = []
    for case in read(files):
        if case["id"] in judged_otherwise:
            continue
        one = outcome(case, day)
        if not one.problem:
            one = one._replace(hits=[f for f in one.hits if f.severity > Severity.ADVICE])
        outcomes.append(one)
    worst = 0
    click.echo(f"{'family':<12}{'found':>7}{'missed':>8}{'wrong':>7}{'left':>6}  precision  recall")
    for family in sorted({o.family for o in outcomes}):
        found, missed, wrong, left, precision, recall = shares(
            [o for o in outcomes if o.family == family]
        )
        click.echo(
            f"{family:<12}{found:>7}{missed:>8}{wrong:>7}{left:>6}{precision:>11.3f}{recall:>8.3f}"
        )
        if precision < PRECISION or recall < RECALL:
            worst = 1
    by_check: Counter[tuple[str, bool]] = Counter()
    for one in outcomes:
        for name in {finding.check for finding in one.hits}:
            by_check[name, one.problem] += 1
    click.echo(f"\n{'check':<30}{'right':>6}{'wrong':>7}  precision")
    for name in sorted({name for name, _ in by_check}):
        right, wrong = by_check[name, True], by_check[name, False]
        click.echo(f"{name:<30}{right:>6}{wrong:>7}{right / (right + wrong):>11.3f}")
    for title, wanted in (("Missed", True), ("Wrongly touched", False)):
        listed = [o for o in outcomes if o.problem is wanted and bool(o.hits) is not wanted]
        if listed:
            click.echo(f"\n{title}:")
        for one in listed:
            click.echo(f"  {one.case['id']}: {one.case.get('why', '')}")
            for finding in one.hits:
                click.echo(f"      {finding.check}: {finding.message}")
    if judged_otherwise:
        click.echo(f"\nLeft out, judged otherwise: {', '.join(judged_otherwise)}")
    raise SystemExit(worst)


if __name__ == "__main__":
    cases()
