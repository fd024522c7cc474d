from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.citations import Leads, Vocabulary, normal, vocabulary
from bot.knowledge.snapshots import snapshot

LANGUAGES = "en de fr es it pt nl ru pl sv ca uk ja zh".split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wiki_has_the_words_that_archive_checks_need(language: str) -> None:
    words = vocabulary(language)
    assert words.language == language
    for names in (
        words.citations,
        words.webarchive,
        words.dead_link,
        words.in_use,
        words.quotations,
        words.own.url,
        words.own.archive_url,
        words.own.archive_date,
        words.own.access_date,
        words.own.date,
        words.own.title,
        words.own.quote,
        words.own.identifiers,
    ):
        assert names
        assert normal(names.written or "") in names
    assert words.is_citation("cite web")
    assert "cbignore" in words.bots_ignore
    assert "nobots" in words.bots


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_in_normal_form_and_nothing_is_valid_and_withdrawn(language: str) -> None:
    words = vocabulary(language)
    for parameters in (words.own, words.english):
        valid = {*parameters.url, *parameters.archive_url, *parameters.url_status}
        assert not valid & set(parameters.withdrawn)
        for withdrawn in parameters.withdrawn.values():
            assert withdrawn.replacement in parameters.url_status
            assert set(withdrawn.values.values()) <= set(parameters.statuses)
        if parameters.default_status is not None:
            assert parameters.statuses[parameters.default_status] is Leads.ARCHIVE
    assert all(name == normal(name) for name in words.citations.normal)


@pytest.mark.parametrize(
    ("language", "template", "archive_url", "archive_date"),
    [
        ("en", "cite web", "archive-url", "archive-date"),
        ("de", "internetquelle", "archiv-url", "archiv-datum"),
        ("de", "cite web", "archive-url", "archive-date"),
        ("fr", "lien web", "archive-url", "archive-date"),
        ("es", "cita web", "urlarchivo", "fechaarchivo"),
        ("it", "cita web", "urlarchivio", "dataarchivio"),
        ("pt", "citar web", "arquivourl", "arquivodata"),
        ("nl", "citeer web", "archiefurl", "archiefdatum"),
        ("pl", "cytuj stronę", "archiwum", "zarchiwizowano"),
        ("sv", "webbref", "arkivurl", "arkivdatum"),
        ("ca", "ref-web", "arxiuurl", "arxiudata"),
        ("ja", "cite news", "archive-url", "archive-date"),
    ],
)
def test_parameters_of_a_template(
    language: str, template: str, archive_url: str, archive_date: str
) -> None:
    words = vocabulary(language)
    parameters = words.parameters(template)
    assert words.is_citation(template)
    assert parameters.archive_url.written == archive_url
    assert parameters.archive_date.written == archive_date


def test_what_english_values_mean() -> None:
    parameters = vocabulary("en").own
    assert parameters.default_status == "dead"
    assert parameters.statuses["live"] is Leads.ORIGINAL
    assert parameters.statuses["deviated"] is Leads.ARCHIVE
    assert parameters.statuses["usurped"] is Leads.ARCHIVE_ONLY
    assert parameters.withdrawn["deadurl"].values["no"] == "live"
    assert parameters.withdrawn["dead-url"].values["yes"] == "dead"
    assert "archiveurl" in parameters.archive_url


def test_archives_are_deprecated_on_english_wikipedia_alone() -> None:
    hosts = vocabulary("en").deprecated_hosts
    assert "archive.today" in hosts
    for host in hosts:
        found = snapshot(f"https://{host}/20140305123015/http://example.org/")
        assert found is not None
        assert found.archive == "archive.today"
    others: list[Vocabulary] = [vocabulary(language) for language in [*LANGUAGES[1:], "simple"]]
    assert not any(other.deprecated_hosts for other in others)


def test_wayback_is_withdrawn_in_english_and_in_use_in_swedish() -> None:
    assert "wayback" in vocabulary("en").webarchive_withdrawn
    assert "wayback" not in vocabulary("en").webarchive
    assert "wayback" in vocabulary("sv").webarchive
    assert not vocabulary("sv").webarchive_withdrawn


def test_wayback_is_no_matter_on_a_wiki_that_is_not_known() -> None:
    assert not vocabulary("cs").webarchive_withdrawn
    assert "wayback" in vocabulary("cs").webarchive
    assert vocabulary("cs").webarchive.written == "webarchive"


def test_tags_are_written_only_where_the_wiki_has_them() -> None:
    assert vocabulary("en").update_inline.written == "Update inline"
    assert vocabulary("en").tag_date == "date"
    assert vocabulary("de").update_inline.written is None
    assert "update inline" in vocabulary("de").update_inline


@pytest.mark.parametrize(("variant", "language"), [("pt-br", "pt"), ("zh_hant", "zh")])
def test_variants_share_their_language(variant: str, language: str) -> None:
    assert vocabulary(variant).own == vocabulary(language).own


@given(st.text())
def test_any_other_language_reads_english(language: str) -> None:
    words = vocabulary(language)
    assert words.is_citation("cite web")
    assert words.own.archive_url


def test_normal_form() -> None:
    assert normal(" Cite_Web\n") == "cite web"
