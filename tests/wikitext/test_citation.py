"""Citations: what is read of them, and edits that keep to their style."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import re2

from bot import fixes
from bot.checks.archives._citations import ARCHIVE_WORDS
from bot.knowledge import citations as words
from bot.knowledge.citations import vocabulary
from bot.wikitext import Wikitext
from bot.wikitext.citation import LONGEST, Citation, Citations, read


def reading(text: str, language: str = "en") -> Citations:
    return read(Wikitext(text, language), vocabulary(language))


def citation(text: str, language: str = "en") -> Citation:
    (one,) = reading(text, language).templates
    return one


def given(text: str, language: str = "en", **values: str) -> str:
    edits = citation(text, language).giving(values)
    assert edits is not None
    return fixes.apply(text, edits)


def test_roles_are_found_under_any_name_that_works() -> None:
    one = citation("{{Cite web|URL=u|archiveurl=a|Archive-date = d |accessdate=x|df=dmy}}")
    assert [one.value(role) for role in ("url", "archive_url", "archive_date")] == ["u", "a", "d"]
    assert one.value("access_date") == "x"
    assert one.value("date_format") == "dmy"
    assert one.value("url_status") == ""


def test_roles_of_other_languages() -> None:
    one = citation("{{Cita web|url=u|urlarchivo=a|fechaarchivo=d|deadurl=yes}}", "es")
    assert one.value("archive_url") == "a"
    assert one.value("dead_flag") == "yes"
    assert one.withdrawn() == []


def test_a_withdrawn_parameter_counts_only_with_a_value() -> None:
    assert [p.name for p in citation("{{cite web|deadurl=|dead-url=no}}").withdrawn()] == [
        "dead-url"
    ]


def test_the_last_value_counts_and_a_contradiction_is_known() -> None:
    one = citation("{{cite web|archive-date=1|archivedate=2|archivedate=|url=a|url=a}}")
    assert one.value("archive_date") == "2"
    assert one.repeated == {"archive_date"}


@pytest.mark.parametrize(
    "text",
    [
        "<!-- {{cite web|url=u}} -->",
        "<nowiki>{{cite web|url=u}}</nowiki>",
        "{{cite}}",
        "{{infobox|url=u}}",
        "{{cite web|url=u",
        "{{cite web|url=u|title=<ref>x</ref>}}",
        "{{cite web|title=" + "x" * LONGEST + "}}",
    ],
)
def test_what_is_no_citation(text: str) -> None:
    assert reading(text).templates == []


def test_citations_inside_other_templates_and_lists_of_references_count() -> None:
    found = reading(
        "{{Infobox|a=<ref>{{cite web|url=u}}</ref>}}\n"
        "{{reflist|refs=\n<ref name=b>{{cite news|url=v}}</ref>\n}}"
    )
    assert [one.value("url") for one in found.templates] == ["u", "v"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<ref>{{cite web|url=u}}{{dead link}}</ref>", ["dead link"]),
        ("<ref>{{cite web|url=u}} Retrieved 2009. {{cbignore}}</ref>", ["cbignore"]),
        ("<ref>{{cite web|url=u}}</ref>{{dead link}}", ["dead link"]),
        ("<ref>{{cite web|url=u}} {{a}}</ref>{{b}}{{c}}", ["a", "b", "c"]),
        ("* {{cite web|url=u}}, {{dead link}} {{cbignore}}", ["dead link", "cbignore"]),
        ("<ref>{{cite web|url=u}}; {{cite web|title=t}}{{dead link}}</ref>", []),
        ("* {{cite web|url=u}}\n* Another {{dead link}}", []),
        ("<ref>{{cite web|url=u}} [http://e.org e] {{dead link}}</ref>", []),
        ("<ref>{{cite web|url=u}}</ref> {{dead link}}", []),
    ],
)
def test_tags_behind_a_citation(text: str, names: list[str]) -> None:
    assert [tag.name for tag in reading(text).templates[0].tags] == names


@pytest.mark.parametrize(
    ("reference", "url", "bare"),
    [
        ("https://e.org/a", "https://e.org/a", True),
        ("https://e.org/a.", "https://e.org/a", True),
        ("[https://e.org/a]", "https://e.org/a", True),
        ("[https://e.org/a The title], Publisher", "https://e.org/a", False),
        ('Doe: [https://e.org/a "T"] {{dead link}}', "https://e.org/a", False),
        ("[https://e.org/a T] <!-- was https://f.org -->", "https://e.org/a", False),
    ],
)
def test_plain_links(reference: str, url: str, bare: bool) -> None:
    (link,) = reading(f"A<ref>{reference}</ref>").links
    assert (link.url, link.bare) == (url, bare)


@pytest.mark.parametrize(
    "text",
    [
        "<ref>[https://e.org/a T] and [https://e.org/b S]</ref>",
        "<ref>[https://e.org/a T] {{webarchive|url=https://e.org/b}}</ref>",
        "<ref>{{cite web|url=https://e.org/a}} https://e.org/b</ref>",
        "<ref>{{other|url=https://e.org/a}}</ref>",
        "<ref>A book.</ref>",
        "<ref name=a />",
        "[https://e.org/a T]",
    ],
)
def test_what_is_no_plain_link(text: str) -> None:
    assert reading(text).links == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{cite web|url=u|title=t}}", "{{cite web|url=u|archive-url=A|title=t}}"),
        ("{{cite web |url=u |title=t}}", "{{cite web |url=u |archive-url=A |title=t}}"),
        (
            "{{cite web | url = u | title = t }}",
            "{{cite web | url = u | archive-url = A | title = t }}",
        ),
        ("{{cite web|title=t| url= u}}", "{{cite web|title=t| url= u| archive-url= A}}"),
        (
            "{{cite web\n| title = t\n| url = u\n}}",
            "{{cite web\n| title = t\n| url = u\n| archive-url = A\n}}",
        ),
        (
            "{{cite web |\n title=t |\n url=u |\n date=d\n}}",
            "{{cite web |\n title=t |\n url=u |\n archive-url=A |\n date=d\n}}",
        ),
        (
            "{{cite web\n |url         = u\n |title       = t\n |date        = d\n}}",
            (
                "{{cite web\n |url         = u\n |archive-url = A\n |title       = t\n"
                " |date        = d\n}}"
            ),
        ),
        ("{{cite web|url=u|archive-url=|title=t}}", "{{cite web|url=u|archive-url=A|title=t}}"),
        (
            "{{cite web | url = u | archive-url = | title = t}}",
            "{{cite web | url = u | archive-url = A | title = t}}",
        ),
        (
            "{{cite web\n| url = u\n| archive-url = \n| title = t\n}}",
            "{{cite web\n| url = u\n| archive-url = A\n| title = t\n}}",
        ),
        (
            "{{cite web|url=u|archivedate=d|title=t}}",
            "{{cite web|url=u|archiveurl=A|archivedate=d|title=t}}",
        ),
        ("{{cite web|url=u|archive-url=B}}", "{{cite web|url=u|archive-url=A}}"),
    ],
)
def test_a_parameter_in_the_style_of_the_citation(text: str, expected: str) -> None:
    assert given(text, archive_url="A") == expected


def test_several_parameters_at_once_each_behind_what_it_belongs_to() -> None:
    text = "{{cite web|url=u|title=t|archive-date=|date=d}}"
    assert given(text, url="v", archive_url="A", archive_date="D", url_status="dead") == (
        "{{cite web|url=v|archive-url=A|title=t|archive-date=D|url-status=dead|date=d}}"
    )


def test_parameters_are_called_as_the_wiki_calls_them() -> None:
    assert given("{{Internetquelle |url=u |titel=t}}", "de", archive_url="A") == (
        "{{Internetquelle |url=u |archiv-url=A |titel=t}}"
    )


def test_no_edit_where_there_is_no_name_no_place_or_a_comment() -> None:
    assert citation("{{Internetquelle|url=u}}", "de").giving({"url_status": "dead"}) is None
    assert citation("{{cite web|title=t}}").giving({"archive_url": "A"}) is None
    assert citation("{{cite web|url=u<!-- c -->}}").giving({"url": "v"}) is None
    one = citation("{{cite web|deadurl<!-- c -->=no}}")
    assert one.renamed(one.roles["withdrawn"], "url-status", "live") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{cite web |url=u |archive-date=d |title=t}}", "{{cite web |url=u |title=t}}"),
        ("{{cite web |url=u |archive-date=d}}", "{{cite web |url=u}}"),
        ("{{cite web |url=u |archive-date=d }}", "{{cite web |url=u }}"),
        ("{{cite web\n| url=u\n| archive-date=d\n}}", "{{cite web\n| url=u\n}}"),
        ("{{cite web\n| archive-date=d\n| url=u\n}}", "{{cite web\n| url=u\n}}"),
        ("{{cite web|archive-date=d}}", "{{cite web}}"),
    ],
)
def test_a_parameter_goes_with_its_white_space(text: str, expected: str) -> None:
    one = citation(text)
    assert fixes.apply(text, one.without([one.roles["archive_date"]])) == expected


def test_a_parameter_is_renamed_in_place() -> None:
    text = "{{cite web\n| url     = u\n| title   = t\n| deadurl = no\n}}"
    one = citation(text)
    edit = one.renamed(one.roles["withdrawn"], "access", "live")
    assert edit is not None
    assert fixes.apply(text, [edit]) == text.replace("deadurl = no", "access  = live")


def test_every_archive_parameter_of_every_wiki_awakes_the_checks() -> None:
    for file in (Path(words.__file__).parent / "wikis").glob("*.toml"):
        named = tomllib.loads(file.read_text(encoding="utf-8"))
        for role in ("archive_url", "archive_date"):
            for name in named["parameters"].get(role, []):
                assert re2.search(ARCHIVE_WORDS, name), (file.name, name)
        for name in named["templates"].get("webarchive", []):
            assert re2.search(ARCHIVE_WORDS, name), (file.name, name)
