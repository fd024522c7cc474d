"""Which titles a page asks for; what is remembered of them, and for how long."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from bot import checks, workflow
from bot.facts import wanted_titles
from bot.model import Facts, Page, Profile
from bot.sites.mediawiki_facts import DAY, Fact, FactCache, Remembered, gathered
from bot.target import Kind, Target
from bot.wikitext import Wikitext

PAGE = """\
Lead with [[Alpha]], [[Beta|b]] and [[Alpha#History]].
== One ==
[[gamma ray|g]] [[:Category:Not here]] [[File:X.png|thumb|a [[Delta]]]] [[Category:Y]] [[de:Z]]
=== Sub ===
* [[Epsilon]] [[Dune: Part Two]] <!-- [[Hidden]] --> <nowiki>[[Plain]]</nowiki>
== Two ==
[[#Here]] [[{{{1}}}]] [[Zeta_Eta]] {{cite web|title=[[Theta]]}}
"""


def titles(**more) -> set[str]:
    return set(wanted_titles(PAGE, **more))


def test_the_targets_of_links_to_articles_in_the_wikis_own_form():
    assert titles() == {
        "Alpha",
        "Beta",
        "Gamma ray",
        "Category:Not here",
        "Delta",
        "Epsilon",
        "Dune: Part Two",
        "Zeta Eta",
        "Theta",
    }


def test_only_the_major_sections_that_hold_a_part_of_what_is_looked_at():
    sub = Wikitext(PAGE).find_sections("Sub")
    assert titles(scope=sub) == {
        "Gamma ray",
        "Category:Not here",
        "Delta",
        "Epsilon",
        "Dune: Part Two",
    }


def test_nothing_is_asked_when_no_check_compares_links():
    others = [check for check in checks.load() if check.family != "duplicates"]
    assert titles(only=others) == set()
    assert wanted_titles("No links.") == frozenset()


def test_the_wikis_own_names_of_files_and_categories_are_known():
    profile = Profile("xx", "x", {"mynd": "File", "flokkur": "Category"})
    assert wanted_titles("[[Mynd:A.png]] [[Flokkur:B]] [[C]]", profile=profile) == {"C"}


# From what a wiki says to what checks want to know

SAID = [
    Fact("OSCE", "Organization for Security", "Q1"),
    Fact("Organization for Security", "Organization for Security", "Q1"),
    Fact("Security Council", "United Nations#Security Council", "Q2"),
    Fact("Gone", "Gone", is_missing=True),
    Fact("Old name", "Gone too", is_missing=True),
    Fact("Mercury", "Mercury (disambiguation)", is_disambiguation=True),
    Fact("Circle", ""),
]


def test_facts_by_title():
    facts = gathered(SAID, unknown=["Other"])
    assert facts.redirects == {
        "OSCE": "Organization for Security",
        "Security Council": "United Nations#Security Council",
        "Old name": "Gone too",
        "Mercury": "Mercury (disambiguation)",
    }
    assert facts.items == {
        "OSCE": "Q1",
        "Organization for Security": "Q1",
        "United Nations": "Q2",
    }
    assert facts.missing == {"Gone", "Old name", "Gone too"}
    assert facts.disambiguations == {"Mercury", "Mercury (disambiguation)"}
    assert facts.unknown == {"Other"}


# The cache

NOW = 1_700_000_000.0


@pytest.fixture
def cache(tmp_path) -> FactCache:
    return FactCache(tmp_path / "deep" / "facts.sqlite")


def test_what_is_kept_comes_back_by_wiki(cache):
    cache.keep("a.example", SAID, NOW)
    asked = {fact.title for fact in SAID} | {"Never asked"}
    assert cache.known("a.example", asked, NOW) == {fact.title: fact for fact in SAID}
    assert cache.known("b.example", asked, NOW) == {}


def test_red_links_are_forgotten_sooner(cache):
    cache.keep("w", SAID, NOW)
    asked = [fact.title for fact in SAID]
    assert len(cache.known("w", asked, NOW + 0.9 * DAY)) == len(SAID)
    later = cache.known("w", asked, NOW + 2 * DAY)
    assert set(later) == set(asked) - {"Gone", "Old name"}
    assert cache.known("w", asked, NOW + 8 * DAY) == {}


def test_a_newer_answer_replaces_the_older(cache):
    cache.keep("w", [Fact("A", "B")], NOW)
    cache.keep("w", [Fact("A", "C")], NOW + DAY)
    assert cache.known("w", ["A"], NOW + DAY)["A"].leads_to == "C"


def test_any_number_of_titles(cache):
    facts = [Fact(f"T{number}", "X") for number in range(2500)]
    cache.keep("w", facts, NOW)
    assert len(cache.known("w", [fact.title for fact in facts], NOW)) == 2500


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough " * 40, b"SQLite format 3\0"]
)
def test_a_damaged_cache_costs_the_memory_only(cache, tmp_path, caplog, content):
    file = tmp_path / "deep" / "facts.sqlite"
    file.parent.mkdir()
    file.write_bytes(content)
    cache.keep("w", SAID, NOW)
    assert cache.known("w", ["OSCE"], NOW) == {}
    assert f"{file} cannot be used" in caplog.text
    assert caplog.text.count("remove it") == 1


def test_a_cache_that_cannot_be_made_costs_the_memory_only(tmp_path, caplog):
    (tmp_path / "file").touch()
    cache = FactCache(tmp_path / "file" / "facts.sqlite")
    cache.keep("w", SAID, NOW)
    assert cache.known("w", ["OSCE"], NOW) == {}
    assert caplog.text.count("cannot be used") == 1
    assert "asked anew each time" in caplog.text
    assert "remove it" not in caplog.text


def test_a_locked_cache_is_read_by_others(cache, tmp_path):
    cache.keep("w", SAID, NOW)
    writer = sqlite3.connect(tmp_path / "deep" / "facts.sqlite", isolation_level=None)
    writer.execute("begin immediate")
    try:
        other = sqlite3.connect(tmp_path / "deep" / "facts.sqlite")
        assert other.execute("select count(*) from facts").fetchone() == (len(SAID),)
        other.close()
    finally:
        writer.close()


# Without a network


class OneFile:
    """A place that holds one page."""

    def __init__(self, text: str) -> None:
        self._text = text

    def pages(self, targets):
        for target in targets:
            yield target, Page("Page", self._text, "page.wiki")


FULL = "Organization for Security and Co-operation in Europe"
LIST = f"== Members ==\n* [[Wiener Organisation|OSCE]]\n* [[{FULL}]]\n"


def reports(known) -> list:
    return list(
        workflow.check(
            [Target("page.wiki", Kind.FILE)],
            files=OneFile(LIST),
            known=known,
            trouble=lambda wrong: pytest.fail(str(wrong)),
            today=date(2026, 11, 23),
        )
    )


def test_offline_says_what_could_not_be_known(cache):
    (report,) = reports(Remembered(cache, "w", lambda: NOW))
    (note,) = report.skipped
    assert "where 2 links lead could not be looked up" in note.reason
    assert not note.failed
    assert report.facts == Facts(unknown=frozenset({"Wiener Organisation", FULL}))


def test_offline_knows_what_is_remembered(cache):
    cache.keep("w", [Fact("Wiener Organisation", FULL, "Q81299"), Fact(FULL, FULL, "Q81299")], NOW)
    (report,) = reports(Remembered(cache, "w", lambda: NOW + DAY))
    assert report.skipped == ()
    assert [finding.check for finding in report.findings] == ["duplicate-entry"]


def test_files_ask_nobody_and_say_nothing_of_it():
    (report,) = reports(None)
    assert report.skipped == ()
    assert report.facts == Facts()
