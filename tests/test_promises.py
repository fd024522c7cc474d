"""What holds always: over generated and hostile text, with every check on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import checks, custom, fixes
from bot.checker import check_page, look_again
from bot.checks import Check, Context
from bot.errors import StaleEdit, UnreadableText
from bot.model import Edit, Finding, Fix, Page, Safety, Severity, Span, Sureness
from tests.cases import every_case

TODAY = date(2026, 11, 23)
SAMPLES = Path(checks.__file__).parent.parent / "samples"
CASES = [case for case in every_case() if case.language == "en"]


def page(text: str) -> Page:
    return Page("Example", text, "test")


def mends(text: str) -> fixes.Choice:
    report = check_page(page(text), today=TODAY)
    assert report.skipped == ()
    return fixes.choose(fixes.first_fixes(report.findings))


# Pieces of real shapes: the texts of the cases, whole and cut, and markup in between.
PIECES = st.one_of(
    st.sampled_from([case.text for case in CASES] or [""]),
    st.sampled_from(
        [
            "\n\n",
            "\n* ",
            "\n== A ==\n",
            " ",
            "{{",
            "}}",
            "[[",
            "]]",
            "<ref>",
            "</ref>",
            "<!--",
            "-->",
            "|",
            "\n{|\n|",
            "\n|}\n",
            '"',
            "''",
            "<nowiki>",
            "</nowiki>",
            "\r\n",
            "𝒳",
            "\u200f",
            "&nbsp;",
        ]
    ),
)


@given(st.lists(PIECES, max_size=6).map("".join), st.randoms(use_true_random=False))
def test_any_subset_applies_in_any_order_and_touches_nothing_else(
    text: str, dice: random.Random
) -> None:
    choice = mends(text)
    edits = [edit for edit in choice.edits if dice.random() < 0.6]
    mended = fixes.apply(text, edits)
    dice.shuffle(edits)
    assert fixes.apply(text, edits) == mended
    position = shift = 0
    for edit in sorted(edits):
        assert mended[position + shift : edit.start + shift] == text[position : edit.start]
        shift += len(edit.new) - len(edit.old)
        position = edit.end
    assert mended[position + shift :] == text[position:]


# Two references that differ only in what is mended in both: then they are one.
BECOME_ONE = "".join(
    "<ref>{{cite web|url=https://a.example.org/hills|title=Hills"
    "|archiveurl=https://web.archive.org/web/20200502000000/https://a.example.org/hills"
    f"|archivedate=2 May 2020|deadurl={dead}}}}}</ref>"
    for dead in ("yes", "Yes")
)
# Two references that are merged: the fuller one takes its own finding along.
MOVED_ALONG = (
    "<ref>{{cite web|url=https://a.example.org/hills|title=Hills|deadurl=yes}}</ref>"
    "<ref>{{cite web|url=https://a.example.org/hills|title=Hills"
    "|archiveurl=https://web.archive.org/web/20200502000000/https://a.example.org/hills"
    "|archivedate=2 May 2020|deadurl=yes}}</ref>"
)

# An entry that goes with its reference, far from the one that stays.
ENTERED_OFTEN = (
    '* [[United Nations]]<ref name="un" />\n* [[World Bank]]\n* UN<ref>Yearbook, page 3.</ref>\n'
    "* [[UNESCO]]"
) * 3


@given(st.lists(PIECES, max_size=4).map("".join))
@example(BECOME_ONE)
@example(MOVED_ALONG)
@example(ENTERED_OFTEN)
def test_mended_text_has_none_of_the_findings_and_no_new_ones(text: str) -> None:
    report = check_page(page(text), today=TODAY)
    choice = fixes.choose(fixes.first_fixes(report.findings))
    mended = fixes.apply(text, choice.edits)
    assert look_again(report, choice.edits, mended, today=TODAY) == []


def hostile() -> Iterator[tuple[str, str]]:
    yield "unclosed templates", "{{" * 200_000
    yield "unclosed citations", "<ref>{{cite web|url=http://e.org|title=" * 50_000
    yield "nested templates", "{{cite web|url=" * 10_000 + "}}" * 10_000
    yield "nested links", "[[OSCE|" * 10_000 + "]]" * 10_000
    yield "nested lists", "*" * 10_000 + " [[OSCE]]\n" + "*" * 10_000 + " [[OSCE]]"
    yield "one long line", "Since 2014, it has been bidding for 2015, and the OSCE, " * 180_000
    yield "one long word", "currently" * 1_100_000
    yield "many numbers", "will 2015 " * 200_000
    yield "open quotation", '"' + "It will be built in 2015. " * 20_000
    yield "open tables", "{|\n| [[OSCE]]\n" * 50_000
    yield "many headings", "== In 2015 ==\nIt will open in 2015.\n" * 20_000
    yield "many list items", "* [[OSCE]] (OSCE)\n" * 20_000
    yield "many parameters", "{{cite web" + "|archive-date=2015" * 100_000 + "}}"
    yield "many commas", "It is a member of " + "the OSCE, " * 100_000
    yield "commas and links", "It is a member of " + "the [[OSCE]] and " * 50_000


@pytest.mark.parametrize(("name", "text"), list(hostile()), ids=[name for name, _ in hostile()])
def test_hostile_text_is_checked_or_skipped(name: str, text: str) -> None:
    report = check_page(page(text), today=TODAY)
    for finding in report.findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(text)
    assert [note for note in report.skipped if "broke" in note.reason] == []


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_a_text_that_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableText):
        check_page(page(text), today=TODAY)


@pytest.mark.parametrize("sample", sorted(SAMPLES.rglob("*.wiki")), ids=lambda path: path.stem)
def test_the_samples_settle_when_all_their_fixes_are_made(sample: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    report = check_page(page(text), today=TODAY)
    assert report.findings
    choice = fixes.choose(fixes.first_fixes(report.findings))
    mended = fixes.apply(text, choice.edits)
    assert look_again(report, choice.edits, mended, today=TODAY) == []


def made(run: object) -> Check:
    return Check("made-up", "stale", Severity.WARNING, "WP:X", "x", 1, "Made up.", run)  # type: ignore[arg-type]


def test_a_broken_check_costs_its_own_findings_only() -> None:
    def broken(context: Context) -> Iterator[Finding]:
        yield context.finding(Span(0, 1), "Found before it broke", sure=Sureness.CERTAIN)
        raise RecursionError("too deep")

    def sound(context: Context) -> Iterator[Finding]:
        yield context.finding(Span(0, 1), "Found", sure=Sureness.CERTAIN)

    report = check_page(page("x"), today=TODAY, only=[made(broken), made(sound)])
    assert [finding.message for finding in report.findings][-1] == "Found (WP:X; certain)"
    (note,) = report.skipped
    assert note.check == "made-up"
    assert "RecursionError: too deep" in note.reason


def ends(context: Context) -> Iterator[Finding]:
    raise SystemExit(3)


def speaks_for_another(context: Context) -> Iterator[Finding]:
    yield Finding("stale-current", "stale", Severity.WARNING, Span(0, 1), "X")


def points_outside(context: Context) -> Iterator[Finding]:
    yield context.finding(Span(7, 9), "X", sure=Sureness.CERTAIN)


def points_backwards(context: Context) -> Iterator[Finding]:
    yield context.finding(Span(1, 0), "X", sure=Sureness.CERTAIN)


def edits_what_is_not_there(context: Context) -> Iterator[Finding]:
    edit = (Edit(0, "y", "z"),)
    fix = Fix("Mend", edit, Safety.REVIEW)
    yield context.finding(Span(0, 1), "X", sure=Sureness.CERTAIN, fixes=[fix])


def says_half_a_character(context: Context) -> Iterator[Finding]:
    yield context.finding(Span(0, 1), "X\udcff", sure=Sureness.CERTAIN)


@pytest.mark.parametrize(
    "run",
    [
        ends,
        speaks_for_another,
        points_outside,
        points_backwards,
        edits_what_is_not_there,
        says_half_a_character,
    ],
)
def test_what_a_check_says_that_nobody_could_use_is_no_finding(
    run: Callable[[Context], Iterator[Finding]],
) -> None:
    report = check_page(page("x"), today=TODAY, only=[custom.guarded(made(run))])
    assert report.findings == ()
    (note,) = report.skipped
    assert note.failed
    assert note.reason.startswith("the check broke: ")


def test_no_fix_edits_a_comment_or_an_unread_zone() -> None:
    text = "x <!-- x --> <nowiki>x</nowiki> x"
    places = [index for index, character in enumerate(text) if character == "x"]

    def meddling(context: Context) -> Iterator[Finding]:
        for place in places:
            fix = context.replace("Change it", place, place + 1, "y")
            yield context.finding(Span(place, place + 1), "X", sure=Sureness.CERTAIN, fixes=[fix])

    report = check_page(page(text), today=TODAY, only=[made(meddling)])
    assert [bool(finding.fixes) for finding in report.findings] == [True, False, False, True]


def test_no_fix_takes_a_comment_out() -> None:
    text = "* x <!-- please keep -->\n"

    def eager(context: Context) -> Iterator[Finding]:
        fixes = [
            context.replace("Take it out", 0, len(text), ""),
            context.replace("Leave the comment open", 0, len(text), "* y <!-- please keep"),
            context.replace("Keep what was said", 0, len(text), "* y <!-- please keep -->\n"),
        ]
        yield context.finding(Span(0, 3), "X", sure=Sureness.CERTAIN, fixes=fixes)

    (finding,) = check_page(page(text), today=TODAY, only=[made(eager)]).findings
    assert [fix.title for fix in finding.fixes] == ["Keep what was said"]


def test_a_change_that_nobody_sees_is_only_proposed_beside_one_that_is_seen() -> None:
    def cosmetic(context: Context) -> Iterator[Finding]:
        fix = context.replace("Hidden", 0, 1, "y", cosmetic=True)
        yield context.finding(Span(0, 1), "Hidden", sure=Sureness.CERTAIN, fixes=[fix])

    def visible(context: Context) -> Iterator[Finding]:
        fix = context.replace("Seen", 4, 5, "y")
        yield context.finding(Span(4, 5), "Seen", sure=Sureness.CERTAIN, fixes=[fix])

    text = "x a x"
    assert check_page(page(text), today=TODAY, only=[made(cosmetic)]).findings == ()
    both = check_page(page(text), today=TODAY, only=[made(cosmetic), made(visible)])
    assert len(both.findings) == 2
    picks = fixes.first_fixes(both.findings)
    assert len(fixes.choose(picks).chosen) == 2
    assert fixes.choose(picks[:1]).chosen == ()


@pytest.mark.parametrize(
    ("one", "two", "conflict"),
    [
        (Edit(0, "ab", "x"), Edit(4, "ef", "y"), False),
        (Edit(0, "abc", "x"), Edit(2, "cd", "y"), True),
        (Edit(0, "ab", "x"), Edit(2, "cd", "y"), True),  # touching: the order would matter
        (Edit(3, "", "x"), Edit(3, "", "y"), True),
        (Edit(3, "", "x"), Edit(4, "", "y"), False),
    ],
)
def test_fixes_that_overlap_or_touch_are_not_made_together(
    one: Edit, two: Edit, *, conflict: bool
) -> None:
    def finding(edit: Edit, name: str) -> tuple[Finding, Fix]:
        fix = Fix(name, (edit,), Safety.REVIEW)
        return Finding(name, "f", Severity.WARNING, edit.span, name, fixes=(fix,)), fix

    choice = fixes.choose([finding(two, "two"), finding(one, "one")])
    assert len(choice.chosen) == 2 - conflict
    assert len(choice.conflicts) == conflict
    if conflict:
        assert choice.conflicts[0].blocked_by.check == choice.chosen[0][0].check


@pytest.mark.parametrize(
    ("edit", "check", "conflict"),
    [
        (Edit(0, "[[OSCE]], ", ""), "entry", True),
        (Edit(0, "[[OSCE]]", "OSCE"), "entry", True),
        (Edit(0, "[[OSCE]], ", ""), "link", False),  # its own fixes go together
        (Edit(0, "[[OSCE]],", "{{x|[[OSCE]]}},"), "entry", False),  # it is still there
        (Edit(2, "OSCE", "NATO"), "entry", False),  # a part of it
        (Edit(8, ", NATO", ""), "entry", False),
    ],
)
@pytest.mark.parametrize("place", [2_000, 20])
def test_a_place_that_a_finding_is_related_to_is_not_taken_away(
    edit: Edit, check: str, place: int, *, conflict: bool
) -> None:
    def finding(name: str, edit: Edit, *related: Span) -> tuple[Finding, Fix]:
        fix = Fix(name, (edit,), Safety.REVIEW)
        return Finding(name, "f", Severity.ERROR, edit.span, name, None, related, (fix,)), fix

    other = finding(check, edit)
    unlink = finding("link", Edit(place, "[[", ""), Span(0, 8))
    for picks in ([unlink, other], [other, unlink]):
        choice = fixes.choose(picks)
        assert choice.chosen == ((other,) if conflict else (other, unlink))
        assert [each.blocked_by for each in choice.conflicts] == [other[0]] * conflict
    # What is related may as well stand behind.
    later = finding(check, edit._replace(start=edit.start + 5_000))
    unlink = finding("link", Edit(place, "[[", ""), Span(5_000, 5_008))
    choice = fixes.choose([later, unlink])
    assert choice.chosen == ((unlink,) if conflict else (unlink, later))


def test_a_link_is_left_where_its_entry_goes() -> None:
    text = (
        "It joined the [[OSCE]], the [[Council of Europe]] and the"
        " [[Organization for Security and Co-operation in Europe]]."
    )
    report = check_page(page(text), today=TODAY)
    assert {each.check for each in report.findings} == {"duplicate-entry", "duplicate-link"}
    mended = fixes.apply(text, mends(text).edits)
    assert mended == text.replace("the [[OSCE]], ", "")
    assert check_page(page(mended), today=TODAY).findings == ()


@given(st.lists(PIECES, max_size=6).map("".join))
def test_of_fixes_that_clash_one_is_made(text: str) -> None:
    choice = mends(text)
    for number, (finding, fix) in enumerate(choice.chosen):
        for other, second in choice.chosen[:number]:
            assert not fixes.clash(finding, fix.edits, other, second.edits)
    if choice.chosen:  # else no reader would see any of them
        made = dict(choice.chosen)
        for finding, fix, blocker in choice.conflicts:
            assert fixes.clash(finding, fix.edits, blocker, made[blocker].edits)


@given(st.text(max_size=60), st.data())
def test_applying_is_exactly_replacing(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    edits = [
        Edit(a, text[a:b], data.draw(st.text(max_size=3)))
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    pieces, position = [], 0
    for edit in edits:
        pieces += [text[position : edit.start], edit.new]
        position = edit.end
    assert fixes.apply(text, edits) == "".join([*pieces, text[position:]])


def test_a_stale_edit_changes_nothing() -> None:
    with pytest.raises(StaleEdit, match="no longer reads 'x'"):
        fixes.apply("abc", [Edit(0, "a", "b"), Edit(1, "x", "y")])
    with pytest.raises(StaleEdit, match="overlap"):
        fixes.apply("abc", [Edit(0, "ab", "x"), Edit(1, "b", "y")])
