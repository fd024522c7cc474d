"""What the checks make of what was looked up: complete fixes in the citation's own style."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot import checks, fixes
from bot.checker import check_page, look_again
from bot.facts import wanted_sources
from bot.model import Described, Facts, Fate, Kept, Page, Profile, Report, Safety, Source

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


def only(name: str) -> list[checks.Check]:
    return [each for each in checks.load() if each.name == name]


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


def test_a_status_that_is_not_sure_is_left_to_a_person() -> None:
    text = f"A.<ref>{CITE}</ref>"
    facts = facts_for(text, kept=True, fate=UNSURE)
    (finding,) = checked(text, facts).findings
    assert [fix.title for fix in finding.fixes] == [
        "Add the archived copy",
        "Add the archived copy; the page is live",
        "Add the archived copy; the page is dead",
    ]
    assert finding.evidence == f"{ADDRESS} ({KEPT.told}); the page: the server answers 403"
    assert mended(text, facts) == (
        f"A.<ref>{{{{cite web |url={URL} |archive-url={ADDRESS} |archive-date=11 June 2014"
        " |title=Story |access-date=3 June 2014}}</ref>"
    )


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
        f"<ref>[{URL}/link ''The'' bridge], Herald</ref>"
    )
    sources, addresses = wanted_sources(text)
    assert sources == [
        Source(URL, "A ''b''   c", "d e", None, date(2013, 5, 4)),
        Source(f"{URL}/bare", bare=True),
        Source(f"{URL}/link", label="''The'' bridge"),
    ]
    assert addresses == [URL, f"{URL}/bare", f"{URL}/link"]
    assert wanted_sources(text, only=[]) == ([], [])
    german = "<ref>{{Internetquelle|url=http://a.example/b|titel=Titel|abruf=2014-06-03}}</ref>"
    assert wanted_sources(german, profile=Profile("de"))[0] == [
        Source("http://a.example/b", "Titel", "", date(2014, 6, 3), None)
    ]


# Archives that are there and in doubt

OTHER = "https://web.archive.org/web/20130101000000/http://other.example/weather"
SAVE = f"https://web.archive.org/save/{URL}"
BROKEN = f"https://web.archive.org/web/20130101000000/{URL}"


def cite(archive: str, day: str, *, status: str = "", title: str = "Story") -> str:
    said = f" |url-status={status}" if status else ""
    named = f"{{{{cite web |url={URL} |title={title}"
    return f"{named} |archive-url={archive} |archive-date={day}{said}}}}}"


@pytest.mark.parametrize(
    ("text", "fate", "expected"),
    [
        # Incomplete: the address and its date; the status as far as it is sure.
        (
            f"A.<ref>{cite(f'https://web.archive.org/web/*/{URL}', '2014-01-02')}</ref>",
            LIVE,
            f"A.<ref>{cite(ADDRESS, '2014-06-11', status='live')}</ref>",
        ),
        (
            f"A.<ref>{cite(f'https://web.archive.org/web/2014/{URL}', '2 January 2014')}</ref>",
            UNSURE,
            f"A.<ref>{cite(ADDRESS, '11 June 2014')}</ref>",
        ),
        (
            f"A.<ref>{cite(SAVE, '11 June 2014', status='dead')}</ref>",
            LIVE,
            f"A.<ref>{cite(ADDRESS, '11 June 2014', status='dead')}</ref>",
        ),
        (
            (
                f"A.<ref>[{URL} Story] {{{{webarchive |url=https://web.archive.org/web/*/{URL}"
                " |date=May 3, 2014}}</ref>"
            ),
            None,
            f"A.<ref>[{URL} Story] {{{{webarchive |url={ADDRESS} |date=June 11, 2014}}}}</ref>",
        ),
        # Of another page.
        (
            f"A.<ref>{cite(OTHER, '1 January 2013', status='live')}</ref>",
            LIVE,
            f"A.<ref>{cite(ADDRESS, '11 June 2014', status='live')}</ref>",
        ),
        # A dead link with an archive that was not to be seen, or was not in doubt.
        (
            f"A.<ref>{cite(BROKEN, '1 January 2013')} {{{{dead link|date=May 2015}}}}</ref>",
            LIVE,
            f"A.<ref>{cite(BROKEN, '1 January 2013', status='live')}</ref>",
        ),
        (
            f"A.<ref>{cite(BROKEN, '1 January 2013')}</ref>{{{{dead link|date=May 2015}}}}",
            UNSURE,
            f"A.<ref>{cite(BROKEN, '1 January 2013', status='dead')}</ref>",
        ),
    ],
)
def test_an_archive_in_doubt_is_replaced(text: str, fate: Fate | None, expected: str) -> None:
    assert mended(text, facts_for(text, kept=True, fate=fate)) == expected


def test_a_copy_that_shows_something_else_is_replaced_and_not_kept() -> None:
    text = f"A.<ref>{cite(BROKEN, '1 January 2013')} {{{{dead link|date=May 2015}}}}</ref>"
    ((source,), _) = wanted_sources(text, only=only("dead-link-with-archive"))
    assert source.archived == BROKEN
    spurious = {BROKEN: "it is an error page"}
    facts = Facts(kept={source: KEPT}, spurious=spurious, fates={URL: DEAD})
    expected = f"A.<ref>{cite(ADDRESS, '11 June 2014', status='dead')}</ref>"
    assert mended(text, facts) == expected
    facts = Facts(lost=frozenset([source]), spurious=spurious, fates={URL: DEAD})
    found = [each for each in checked(text, facts).findings if "dead-link" in each.check]
    assert [each.fixes for each in found] == [()]
    assert found[0].evidence == (
        f"{BROKEN}: it is an error page; no archive has it; the page: {DEAD.told}"
    )


def test_a_copy_that_bears_the_title_is_of_the_right_page() -> None:
    text = f"A.<ref>{cite(OTHER, '1 January 2013', status='dead')}</ref>"
    ((source,), _) = wanted_sources(text, only=only("archive-url-mismatch"))
    seen = Kept("Wayback Machine", OTHER, date(2013, 1, 1), "it bears the cited title")
    expected = text.replace(f"url={URL}", "url=http://other.example/weather")
    assert mended(text, Facts(kept={source: seen}, fates={URL: DEAD})) == expected


# Pages that describe themselves

PAGE = Described("Bridge opens | {{at}} [last]", "Herald", date(2014, 6, 3), date(2026, 11, 20))
PAGE_TITLE = "Bridge opens &#124; &#123;&#123;at&#125;&#125; &#91;last&#93;"


@pytest.mark.parametrize(
    ("text", "language", "page", "kept", "fate", "expected"),
    [
        (
            f"A.<ref>{URL}</ref>",
            "en",
            PAGE,
            False,
            LIVE,
            (
                f"A.<ref>{{{{cite web |url={URL} |title={PAGE_TITLE} |website=Herald"
                " |date=2014-06-03 |access-date=2026-11-20}}</ref>"
            ),
        ),
        (
            f"{{{{Use dmy dates}}}}A.<ref name=a>[{URL}]</ref>",
            "en",
            PAGE._replace(title="Bridge", published=None),
            True,
            LIVE,
            (
                f"{{{{Use dmy dates}}}}A.<ref name=a>{{{{cite web |url={URL} |title=Bridge"
                f" |website=Herald |access-date=20 November 2026 |archive-url={ADDRESS}"
                " |archive-date=11 June 2014 |url-status=live}}</ref>"
            ),
        ),
        # The dead page is described by its snapshot.
        (
            f"A.<ref>{URL}</ref>",
            "en",
            PAGE._replace(title="Bridge", seen=None),
            True,
            DEAD,
            (
                f"A.<ref>{{{{cite web |url={URL} |title=Bridge |website=Herald |date=2014-06-03"
                f" |archive-url={ADDRESS} |archive-date=2014-06-11 |url-status=dead}}}}</ref>"
            ),
        ),
        (
            f"A.<ref>{URL}</ref>",
            "de",
            PAGE._replace(title="Brücke"),
            True,
            LIVE,
            (
                f"A.<ref>{{{{Internetquelle |url={URL} |titel=Brücke |werk=Herald |datum=2014-06-03"
                f" |abruf=2026-11-20 |archiv-url={ADDRESS} |archiv-datum=2014-06-11}}}}</ref>"
            ),
        ),
        (
            f"A.<ref>{URL}</ref>",
            "fr",
            PAGE._replace(title="Pont"),
            False,
            LIVE,
            (
                f"A.<ref>{{{{Lien web |url={URL} |titre=Pont |site=Herald |date=2014-06-03"
                " |consulté le=2026-11-20}}</ref>"
            ),
        ),
        (
            f"A.<ref>{URL}</ref>",
            "es",
            PAGE._replace(title="Puente"),
            False,
            LIVE,
            (
                f"A.<ref>{{{{Cita web |url={URL} |título=Puente |obra=Herald |fecha=2014-06-03"
                " |fechaacceso=2026-11-20}}</ref>"
            ),
        ),
    ],
)
def test_a_bare_address_becomes_a_citation(
    text: str,
    language: str,
    page: Described,
    kept: bool,
    fate: Fate,
    expected: str,
) -> None:
    chosen, profile = only("bare-url"), Profile(language)
    sources, addresses = wanted_sources(text, profile=profile, only=chosen)
    assert sources == [Source(URL, bare=True)]
    facts = Facts(
        kept=dict.fromkeys(sources, KEPT) if kept else {},
        fates=dict.fromkeys(addresses, fate),
        described={URL: page},
    )
    report = check_page(Page("Example", text, "test"), today=TODAY, facts=facts, profile=profile)
    (finding,) = [each for each in report.findings if each.check == "bare-url"]
    (fix,) = finding.fixes
    assert fix.safety is Safety.REVIEW
    result = fixes.apply(text, fix.edits)
    assert result == expected
    assert look_again(report, fix.edits, result, today=TODAY, profile=profile) == []


@pytest.mark.parametrize(
    ("page", "kept", "fate", "language"),
    [
        (None, True, LIVE, "en"),
        # Nobody can follow it: neither the page nor a snapshot of it.
        (PAGE._replace(seen=None), False, DEAD, "en"),
        # Perhaps the page is there, and says something else now.
        (PAGE._replace(seen=None), True, UNSURE, "en"),
        (PAGE._replace(seen=None), True, None, "en"),
        # How that wiki cites is not known.
        (PAGE, True, LIVE, "pl"),
        (PAGE, True, LIVE, "eo"),
    ],
)
def test_an_address_that_is_not_surely_described_stays(
    page: Described | None, kept: bool, fate: Fate | None, language: str
) -> None:
    text, chosen, profile = f"A.<ref>{URL}</ref>", only("bare-url"), Profile(language)
    sources, _ = wanted_sources(text, profile=profile, only=chosen)
    facts = Facts(
        kept=dict.fromkeys(sources, KEPT) if kept else {},
        fates={URL: fate} if fate is not None else {},
        described={URL: page} if page is not None else {},
    )
    report = check_page(
        Page("Example", text, "test"), today=TODAY, facts=facts, profile=profile, only=chosen
    )
    assert [finding.fixes for finding in report.findings] == [()]


# Other wikis

TITLED = f"A.<ref>[{URL} Die Brücke], Herald.</ref>"


@pytest.mark.parametrize(
    ("language", "archived", "dead"),
    [
        (
            "de",
            f"{{{{Webarchiv |url={URL} |wayback=20140611120000 |text=Die Brücke}}}}, Herald.",
            f"{{{{Toter Link |url={URL} |date=2026-11-23 |text=Die Brücke}}}}, Herald.",
        ),
        (
            "fr",
            (
                f"{{{{Lien archive |url={URL} |titre=Die Brücke"
                " |horodatage archive=20140611120000}}, Herald."
            ),
            f"{{{{Lien brisé |url={URL} |titre=Die Brücke}}}}, Herald.",
        ),
        (
            "uk",
            f"[{URL} Die Brücke], Herald. {{{{webarchive|url={ADDRESS}|date=2014-06-11}}}}",
            None,
        ),
        (
            "ca",
            f"[{URL} Die Brücke], Herald. {{{{webarchive|url={ADDRESS}|date=2014-06-11}}}}",
            None,
        ),
        # What is not known for sure of a wiki is not written there.
        ("es", None, None),
        ("pl", None, None),
        ("eo", None, None),
    ],
)
def test_plain_links_on_other_wikis(language: str, archived: str | None, dead: str | None) -> None:
    chosen, profile = only("archive-missing"), Profile(language)
    sources, _ = wanted_sources(TITLED, profile=profile, only=chosen)
    for facts, expected in (
        (Facts(kept=dict.fromkeys(sources, KEPT), fates={URL: DEAD}), archived),
        (Facts(lost=frozenset(sources), fates={URL: DEAD}), dead),
    ):
        report = check_page(
            Page("Example", TITLED, "test"),
            today=TODAY,
            facts=facts,
            profile=profile,
            only=chosen,
        )
        (finding,) = report.findings
        results = [fixes.apply(TITLED, fix.edits) for fix in finding.fixes]
        assert results == ([f"A.<ref>{expected}</ref>"] if expected is not None else [])


@pytest.mark.parametrize(
    "text",
    [
        f"A.<ref>{CITE}</ref>{{{{cbignore}}}}",
        f"A.<ref>{CITE} {{{{cbignore|bot=medic}}}}</ref>",
        f"A.<ref>[{URL} Story] {{{{cbignore}}}}</ref>",
        f"A.<ref>{URL}</ref>{{{{cbignore}}}}",
        f"A.<ref>{cite(OTHER, '1 January 2013')} {{{{cbignore}}}}</ref>",
        f"A.<ref>{cite(f'https://web.archive.org/web/*/{URL}', '2014')}</ref>{{{{cbignore}}}}",
        f"A.<ref>{cite(BROKEN, '3 January 2013')} {{{{dead link}}}} {{{{cbignore}}}}</ref>",
        f"[{URL} A] {{{{webarchive|url=https://web.archive.org/web/*/{URL}}}}} {{{{cbignore}}}}",
        f"[{URL} Story] {{{{wayback|url={URL}|date=20140101}}}}{{{{cbignore}}}}",
        f"A.<ref>{URL} {{{{cbignore}}}}</ref> B.<ref>{URL} {{{{cbignore}}}}</ref>",
    ],
)
def test_what_bots_are_asked_to_leave_is_left(text: str) -> None:
    assert wanted_sources(text) == ([], [])
    assert checked(text, Facts()).findings == ()


def test_a_bare_address_is_mended_once() -> None:
    """Its archive comes with the citation, not beside it as well."""
    text = f"A.<ref>{URL}</ref>"
    facts = facts_for(text, kept=True, fate=LIVE)
    assert mended(text, facts) == (
        f"A.<ref>{URL} {{{{webarchive|url={ADDRESS}|date=2014-06-11}}}}</ref>"
    )
    described = replace(facts, described={URL: PAGE})
    found = {each.check: len(each.fixes) for each in checked(text, described).findings}
    assert found == {"archive-missing": 0, "bare-url": 1}
    assert f"|archive-url={ADDRESS} |archive-date=2014-06-11 |url-status=live}}}}" in mended(
        text, described
    )


def test_a_template_that_takes_address_and_moment_apart_leads_to_what_was_seen() -> None:
    profile = Profile("de")
    sources, _ = wanted_sources(TITLED, profile=profile, only=only("archive-missing"))
    moved = KEPT._replace(address="https://web.archive.org/web/20150101000000/http://new.example/a")
    elsewhere = KEPT._replace(address=f"https://arquivo.pt/wayback/20150101000000/{URL}")
    for kept, expected in (
        (moved, "{{Webarchiv |url=http://new.example/a |wayback=20150101000000 |text=Die Brücke}}"),
        (elsewhere, None),
    ):
        report = check_page(
            Page("Example", TITLED, "test"),
            today=TODAY,
            facts=Facts(kept=dict.fromkeys(sources, kept)),
            profile=profile,
            only=only("archive-missing"),
        )
        found = [fix.edits[0].new for finding in report.findings for fix in finding.fixes]
        assert found == ([expected] if expected is not None else [])
