"""What the checks make of what was looked up: complete fixes in the citation's own style."""

from __future__ import annotations

from datetime import date

import pytest

from bot import checks, fixes
from bot.checker import check_page, look_again
from bot.facts import wanted_sources
from bot.model import Facts, Fate, Kept, Page, Profile, Report, Source

TODAY = date(2026, 11, 23)
URL = "http://herald.example/story"
ADDRESS = f"https://web.archive.org/web/20140611120000/{URL}"
KEPT = Kept(
    "Wayback Machine", ADDRESS, date(2014, 6, 11), "Wayback Machine, 2014-06-11; it bears the title"
)
LIVE = Fate("live", "it bears the cited title")
DEAD = Fate("dead", "the server answers 404, as on 2026-11-21", gone=True)
SOLD = Fate("usurped", "it is a parked domain", gone=True)
UNSURE = Fate("", "the server answers 403")


def checked(text: str, facts: Facts) -> Report:
    chosen = [each for each in checks.load() if each.family == "archives"]
    return check_page(Page("Example", text, "test"), today=TODAY, only=chosen, facts=facts)


def facts_for(text: str, *, kept: bool, fate: Fate | None) -> Facts:
    sources, addresses = wanted_sources(text)
    return Facts(
        kept=dict.fromkeys(sources, KEPT) if kept else {},
        lost=frozenset() if kept else frozenset(sources),
        fates=dict.fromkeys(addresses, fate) if fate is not None else {},
    )


def mended(text: str, facts: Facts) -> str:
    """The text with the first fix of every finding; it must be free of findings then."""
    report = checked(text, facts)
    choice = fixes.choose(fixes.first_fixes(report.findings))
    result = fixes.apply(text, choice.edits)
    assert look_again(report, choice.edits, result, today=TODAY) == []
    return result


CITE = f"{{{{cite web |url={URL} |title=Story |access-date=3 June 2014}}}}"
IN_CITE = f"{{{{cite web |url={URL} |archive-url={ADDRESS} |archive-date=11 June 2014 |url-status="


@pytest.mark.parametrize(
    ("text", "fate", "expected"),
    [
        (
            f"A.<ref>{CITE}</ref>",
            LIVE,
            f"A.<ref>{IN_CITE}live |title=Story |access-date=3 June 2014}}}}</ref>",
        ),
        (
            f"A.<ref>{CITE}</ref>",
            DEAD,
            f"A.<ref>{IN_CITE}dead |title=Story |access-date=3 June 2014}}}}</ref>",
        ),
        (
            f"A.<ref>{CITE}</ref>",
            SOLD,
            f"A.<ref>{IN_CITE}usurped |title=Story |access-date=3 June 2014}}}}</ref>",
        ),
        # The mark asked for what is given now.
        (
            f"A.<ref>{CITE} {{{{dead link|date=May 2015}}}}</ref>",
            None,
            f"A.<ref>{IN_CITE}dead |title=Story |access-date=3 June 2014}}}}</ref>",
        ),
        # The page's dates, the citation's own layout.
        (
            f"{{{{Use mdy dates}}}}\n* {{{{cite news\n| url = {URL}\n| title = Story\n}}}}",
            LIVE,
            (
                f"{{{{Use mdy dates}}}}\n* {{{{cite news\n| url = {URL}\n| archive-url = {ADDRESS}"
                "\n| archive-date = June 11, 2014\n| url-status = live\n| title = Story\n}}"
            ),
        ),
        (
            f"A.<ref>[{URL} Story], Herald.</ref>",
            None,
            f"A.<ref>[{URL} Story], Herald. {{{{webarchive|url={ADDRESS}|date=2014-06-11}}}}</ref>",
        ),
        (
            f"A.<ref>{URL}</ref>",
            None,
            f"A.<ref>{URL} {{{{webarchive|url={ADDRESS}|date=2014-06-11}}}}</ref>",
        ),
    ],
)
def test_a_snapshot_is_filled_in(text: str, fate: Fate | None, expected: str) -> None:
    assert mended(text, facts_for(text, kept=True, fate=fate)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"A.<ref>{CITE}</ref>",
            f"A.<ref>{CITE} {{{{dead link|date=November 2026|fix-attempted=yes}}}}</ref>",
        ),
        (
            f"A.<ref>[{URL} Story]</ref>",
            f"A.<ref>[{URL} Story] {{{{dead link|date=November 2026|fix-attempted=yes}}}}</ref>",
        ),
    ],
)
def test_what_is_dead_and_in_no_archive_is_marked(text: str, expected: str) -> None:
    assert mended(text, facts_for(text, kept=False, fate=DEAD)) == expected


@pytest.mark.parametrize("fate", [LIVE, UNSURE, None])
def test_what_is_not_surely_dead_is_not_marked(fate: Fate | None) -> None:
    text = f"A.<ref>{CITE}</ref>"
    report = checked(text, facts_for(text, kept=False, fate=fate))
    assert [finding.fixes for finding in report.findings] == [()]


def test_silence_of_an_archive_marks_nothing() -> None:
    text = f"A.<ref>{CITE}</ref>"
    report = checked(text, Facts(fates={URL: DEAD}))
    assert [finding.fixes for finding in report.findings] == [()]


def test_both_ways_are_offered_where_the_page_is_in_doubt() -> None:
    text = f"A.<ref>{CITE}</ref>"
    (finding,) = checked(text, facts_for(text, kept=True, fate=UNSURE)).findings
    assert [fix.title for fix in finding.fixes] == [
        "Add the archived copy, if the page is live",
        "Add the archived copy, if the page is dead",
    ]
    assert finding.evidence == f"{ADDRESS} ({KEPT.told}); the page: the server answers 403"


@pytest.mark.parametrize(("fate", "status"), [(LIVE, "live"), (DEAD, "dead"), (UNSURE, None)])
def test_the_status_of_an_archived_page(fate: Fate, status: str | None) -> None:
    archive = f"archive-url={ADDRESS}|archive-date=2014-06-11"
    text = f"A.<ref>{{{{cite web|url={URL}|title=S|{archive}}}}}</ref>"
    assert wanted_sources(text) == ([], [URL])
    (finding,) = checked(text, Facts(fates={URL: fate})).findings
    assert finding.check == "archive-status-missing"
    if status is None:
        assert finding.fixes == ()
    else:
        expected = text.replace("2014-06-11}}", f"2014-06-11|url-status={status}}}}}")
        assert mended(text, Facts(fates={URL: fate})) == expected


def test_what_is_asked_for() -> None:
    text = (
        f"<ref>{{{{cite web|url={URL}|title=A ''b'' {{{{!}}}} c|quote=d e|date=4 May 2013}}}}</ref>"
        f"<ref>{{{{cite web|url={URL}|title=Doi|doi=10.1/2}}}}</ref>"
        f"<ref>{{{{cite web|url={URL}/left|title=Left}}}}{{{{cbignore}}}}</ref>"
        f"<ref>{URL}/bare</ref><!-- <ref>{URL}/comment</ref> -->"
    )
    sources, addresses = wanted_sources(text)
    assert sources == [
        Source(URL, "A ''b''   c", "d e", None, date(2013, 5, 4)),
        Source(f"{URL}/bare"),
    ]
    assert addresses == [URL, f"{URL}/bare"]
    assert wanted_sources(text, only=[]) == ([], [])
    german = "<ref>{{Internetquelle|url=http://a.example/b|titel=Titel|abruf=2014-06-03}}</ref>"
    assert wanted_sources(german, profile=Profile("de"))[0] == [
        Source("http://a.example/b", "Titel", "", date(2014, 6, 3), None)
    ]
