"""The case files, and what must hold of every check whatever it looks for."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter

import pytest

from bot import checks, fixes
from bot.checker import check_page, look_again
from bot.model import Facts, Finding, Page, Profile, Report
from tests.cases import FOLDER, Case, every_case

CASES = every_case()


def report(case: Case, text: str | None = None) -> Report:
    """What the case's check says of its text."""
    return check_page(
        Page(case.title, case.text if text is None else text, "case"), **options(case)
    )


def options(case: Case) -> dict[str, object]:
    return {
        "today": case.today,
        "only": [check for check in checks.load() if check.name == case.check],
        "profile": Profile(case.language),
        "facts": Facts(redirects=case.redirects, items=case.items),
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    found = report(case)
    assert found.skipped == ()
    if case.kind == "clean":
        assert [finding.message for finding in found.findings] == []
    elif case.kind in ("finds", "reports"):
        lines = [line for line in case.expected.split("\n") if line.strip()]
        assert len(found.findings) == len(lines), [f.message for f in found.findings]
        for finding, line in zip(found.findings, lines, strict=True):
            written, arrow, message = line.partition(" => ")
            assert arrow, f"a line of finds reads `text => message`: {line!r}"
            assert finding.span.of(case.text) == written.strip().replace("⏎", "\n")
            assert message.strip() in finding.message
            assert case.kind == "finds" or finding.fixes == ()
    else:
        assert found.findings, "nothing was found"
        choice = fixes.choose((finding, finding.fixes[0]) for finding in found.findings)
        assert choice.conflicts == ()
        assert fixes.apply(case.text, choice.edits) == case.expected


@pytest.mark.parametrize("case", [c for c in CASES if c.kind != "clean"], ids=str)
def test_every_fix_settles_its_finding(case: Case) -> None:
    """Each alternative, alone: the finding is gone, none is new, nothing else has changed."""
    found = report(case)
    for finding in found.findings:
        for fix in finding.fixes:
            if fix.safety.value == "suggestion":
                continue
            mended = fixes.apply(case.text, fix.edits)
            assert outside(case.text, finding, fix) == outside_after(mended, fix)
            assert look_again(found, fix.edits, mended, **options(case)) == []
            again = report(case, mended)
            assert len(again.findings) < len(found.findings), (fix.title, mended)


def outside(text: str, finding: Finding, fix: fixes.Fix) -> list[str]:
    pieces, position = [], 0
    for edit in fix.edits:
        pieces.append(text[position : edit.start])
        position = edit.end
    return [*pieces, text[position:]]


def outside_after(text: str, fix: fixes.Fix) -> list[str]:
    pieces, position, shift = [], 0, 0
    for edit in fix.edits:
        pieces.append(text[position : edit.start + shift])
        shift += len(edit.new) - len(edit.old)
        position = edit.end + shift
    return [*pieces, text[position:]]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_findings_are_well_made(case: Case) -> None:
    for finding in report(case).findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(case.text)
        assert finding.message[0].isupper() or not finding.message[0].isalpha()
        assert not finding.message.endswith(".")
        assert re.search(r"\((?:[A-Z]+:|Help:|Template:|Module:)", finding.message), finding.message
        for fix in finding.fixes:
            assert fix.edits
            assert fix.title
            assert list(fix.edits) == sorted(fix.edits)
            for edit in fix.edits:
                assert edit.old != edit.new
                assert case.text[edit.start : edit.end] == edit.old
            for one, two in itertools.pairwise(fix.edits):
                assert one.end <= two.start


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_trigger_loses_no_finding(case: Case) -> None:
    """With its trigger and without: the same findings."""
    untriggered = dict(options(case))
    untriggered["only"] = [
        checks.Check(
            c.name, c.family, c.severity, c.guideline, "", c.version, c.documentation, c.run
        )
        for c in checks.load()
        if c.name == case.check
    ]
    page = Page(case.title, case.text, "case")
    assert check_page(page, **options(case)) == check_page(page, **untriggered)


@pytest.mark.parametrize("family", checks.FAMILIES)
def test_all_fixes_of_a_family_go_together_in_any_subset_and_order(family: str) -> None:
    """The texts of all its cases as one page: any approved subset applies, in any order."""
    texts = [
        c.text for c in CASES if (FOLDER / family / f"{c.check}.md").exists() and c.language == "en"
    ]
    text = "\n\n".join(f"== Case {n} ==\n{t}" for n, t in enumerate(texts) if "==" not in t)
    found = check_page(Page(family, text, "cases"), today=CASES[0].today)
    choice = fixes.choose(fixes.first_fixes(found.findings))
    dice = random.Random(family)
    for _ in range(20):
        subset = [pick for pick in choice.chosen if dice.random() < 0.5]
        edits = [edit for _, fix in subset for edit in fix.edits]
        expected = fixes.apply(text, edits)
        dice.shuffle(edits)
        assert fixes.apply(text, edits) == expected


def test_every_check_is_documented_and_has_its_cases() -> None:
    counted = Counter((case.check, case.kind == "clean") for case in CASES)
    for check in checks.load():
        assert (FOLDER / check.family / f"{check.name}.md").exists()
        assert counted[check.name, False] >= 8, f"{check.name}: at least 8 cases to find"
        assert counted[check.name, True] >= 8, f"{check.name}: at least 8 look-alikes"
        assert check.summary
        for heading in ("Why", "Example", "Left alone", "Fix"):
            assert re.search(rf"^{heading}$", check.documentation, re.MULTILINE), (
                f"{check.name} has no {heading!r}"
            )
        assert not re.match(r"(?:no|fix|remove|use|avoid|prefer|do)-", check.name)
    assert {case.check for case in CASES} == {check.name for check in checks.load()}
