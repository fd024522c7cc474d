"""Mending a page with what goes together and proves good."""

from __future__ import annotations

from bot.checks import Check
from bot.mender import mend
from bot.model import Edit, Finding, Fix, Page, Report, Safety, Severity, Span
from tests.planted import PLANTED, TODAY, report

OPTIONS = {"today": TODAY, "only": [PLANTED]}


def test_everything_good_is_mended():
    mended = mend(report("A wrongg, a wronggg."), **OPTIONS)
    assert mended.text == "A right, a right."
    assert mended.left_out == ()
    assert len(mended.edits) == len(mended.chosen) == 2


def test_what_has_no_fix_is_named():
    mended = mend(report("wrongg lonelywrong"), **OPTIONS)
    assert mended.text == "right lonelywrong"
    assert [each.reason for each in mended.left_out] == ["it has no fix"]


def check_of(*findings: Finding) -> Check:
    """A check that finds these where the text is still as they found it."""

    def run(context):
        for finding in findings:
            if context.text[finding.span.start : finding.span.end] == "bad":
                yield finding

    return Check("made", "stale", Severity.WARNING, "WP:X", "", 1, "Made.", run)


def finding(start: int, *edits: Edit, safety: Safety = Safety.REVIEW, cosmetic: bool = False):
    fix = Fix("Mend it", edits, safety, cosmetic)
    return Finding("made", "stale", Severity.WARNING, Span(start, start + 3), "Bad", fixes=(fix,))


def reasons(text: str, *findings: Finding) -> tuple[str, list[str]]:
    page = Report(Page("Page", text, "Page.wiki"), findings)
    mended = mend(page, today=TODAY, only=[check_of(*findings)])
    return mended.text, [each.reason for each in mended.left_out]


def test_a_fix_that_mends_nothing_is_left_out():
    text, left_out = reasons(
        "bad bad", finding(0, Edit(3, "", "!")), finding(4, Edit(4, "bad", "ok"))
    )
    assert text == "bad ok"
    assert left_out == ["its fix does not prove good: made would still be there: Bad"]


def test_a_fix_that_breaks_markup_is_left_out():
    text, left_out = reasons(
        "bad {{x}} bad", finding(0, Edit(0, "bad {{", "ok")), finding(10, Edit(10, "bad", "ok"))
    )
    assert text == "bad {{x}} ok"
    assert left_out[0].startswith("its fix does not prove good: the template {{x}} would be lost")


def test_one_bad_fix_among_many_costs_only_itself():
    findings = [finding(4 * n, Edit(4 * n, "bad", "ok")) for n in range(20)]
    findings[7] = finding(28, Edit(31, "", "{{a"))
    findings[8] = finding(32, Edit(32, "bad", "ok}}"))
    text, left_out = reasons("bad " * 20, *findings)
    assert text.count("ok") == 19 - len(left_out) + 1
    assert 1 <= len(left_out) <= 2


def test_suggestions_wait_for_a_person():
    text, left_out = reasons("bad", finding(0, Edit(0, "bad", "ok"), safety=Safety.SUGGESTION))
    assert (text, left_out) == ("bad", ["its fix needs a person's words"])


def test_what_touches_another_fix_is_left_out():
    text, left_out = reasons(
        "badbad", finding(0, Edit(0, "bad", "ok")), finding(3, Edit(3, "bad", "ok"))
    )
    assert (text, left_out) == ("okbad", ["its fix does not go together with that of made"])


def test_what_nobody_sees_is_not_done_alone():
    unseen = finding(0, Edit(0, "bad", "ok"), cosmetic=True)
    assert reasons("bad bad", unseen) == ("bad bad", ["no reader would see the change"])
    assert reasons("bad bad", unseen, finding(4, Edit(4, "bad", "ok"))) == ("ok ok", [])


def test_a_narrowed_report_is_held_against_the_whole_page():
    whole = report("wrongg\n== A ==\nwrongg\n== B ==\nlonelywrong")
    narrowed = Report(whole.page, whole.findings[1:2], (), whole.headings)
    mended = mend(narrowed, **OPTIONS)
    assert mended.text == "wrongg\n== A ==\nright\n== B ==\nlonelywrong"
