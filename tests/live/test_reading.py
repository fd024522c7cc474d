"""Live pages are read in every form in which they are named, whole, in order, and in batches."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click.testing
import pytest

from bot import cli, workflow
from bot.errors import NotAllowed, UsageError, WikiError, WikiUnavailable
from bot.model import Page
from bot.sites.mediawiki_several import Wikis
from bot.target import parse
from tests.live.connection import connection, requests_sent
from tests.live.wiki import Wiki

__all__ = ["requests_sent"]


@pytest.fixture
def reader(wiki: Wiki):
    return connection(wiki)


def redpencil(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli.main, list(arguments), prog_name="redpencil")


# One page


def test_a_page_comes_with_the_revision_it_is(wiki, reader):
    page = reader.fetch("Karvenia")
    assert page.text == wiki.text("Karvenia")
    assert page.revision == wiki.latest("Karvenia")
    assert (
        page.timestamp.isoformat().replace("+00:00", "Z") == wiki.history("Karvenia")[0].timestamp
    )
    assert page.source == wiki.page_url("Karvenia")


def test_an_old_revision_stays_what_it_was(wiki, reader):
    before = reader.fetch("Stellmark")
    wiki.edit("Stellmark", "Changed.")
    assert reader.fetch("Stellmark").text == "Changed."
    assert reader.fetch(before.revision) == before


@pytest.mark.parametrize(
    "title",
    [
        "العلاقات الخارجية",
        "🚀 Rockets",
        'C++ & R&D: 100% "true"?',
        "Café São Tomé",
        "Stellmark/History",
    ],
)
def test_titles_of_every_script_come_back_by_their_address(wiki, reader, title):
    page = reader.fetch(title)
    assert page.text == wiki.text(title)
    again = next(iter(reader.pages([parse(page.source)])))[1]
    assert again == page


# Every form of a target

FORMS = {
    "Karvenia": "Karvenia",
    "karvenia": "Karvenia",
    "Karvenia#Foreign_relations": "Karvenia",
    "[[Karvenia|the country]]": "Karvenia",
    "{url}/wiki/Karvenia#History": "Karvenia",
    "{url}/index.php?title=Karvenia": "Karvenia",
    "{url}/index.php/Karvenia": "Karvenia",
    "{url}/index.php?title=Karvenia&action=edit&section=2": "Karvenia",
    "{url}/index.php?curid={page_id}": "Stellmark",
    "{url}/index.php?title=Stellmark&oldid={old}": "the first text",
    "{url}/wiki/Special:PermanentLink/{old}": "the first text",
    "{url}/index.php?diff={new}&oldid={old}": "the second text",
    "{url}/index.php?diff=prev&oldid={new}": "the second text",
    "{url}/index.php?diff=next&oldid={old}": "the second text",
    "{url}/index.php?oldid={old}&direction=next": "the second text",
    "{url}/index.php?oldid={new}&direction=prev": "the first text",
    "{url}/index.php?title=Stellmark&diff=cur&oldid={old}": "the third text",
    "{url}/wiki/Special:Diff/{old}/{new}": "the second text",
    "{url}/index.php?title=Special:Redirect/page/{page_id}": "Stellmark",
}


@pytest.mark.parametrize(("form", "expected"), FORMS.items())
def test_every_form_of_a_target(wiki, reader, form, expected):
    old = wiki.edit("Stellmark", "the first text")
    new = wiki.edit("Stellmark", "the second text")
    wiki.edit("Stellmark", "the third text")
    page_id = wiki.api("query", titles="Stellmark")["query"]["pages"][0]["pageid"]
    written = form.format(url=wiki.url, old=old, new=new, page_id=page_id)
    ((target, page),) = reader.pages([parse(written)])
    assert target.written == written
    assert isinstance(page, Page)
    if expected.endswith("text"):
        assert (page.title, page.text) == ("Stellmark", expected)
    else:
        assert (page.title, page.text) == (expected, wiki.text(expected))


@pytest.mark.parametrize(
    ("written", "error", "part"),
    [
        ("No such page", WikiError, "there is no such page"),
        ("{url}/index.php?oldid=99999", WikiError, "there is no such revision"),
        ("{url}/index.php?curid=99999", WikiError, "there is no such page"),
        ("{url}/index.php?oldid={latest}&direction=next", UsageError, "is the page's latest"),
        ("Redirect to nowhere", WikiError, "redirects to 'A page that was never written'"),
        ("Loop one", WikiError, "the page redirects to itself"),
        ("Module:Citation", UsageError, "is no wikitext but Scribunto"),
        ("Talk:", WikiError, "no page can have this title"),
    ],
)
def test_what_cannot_be_read_says_so_and_the_next_page_follows(wiki, reader, written, error, part):
    written = written.format(url=wiki.url, latest=wiki.latest("Stellmark"))
    wrong, right = reader.pages([parse(written), parse("Karvenia")])
    assert isinstance(wrong[1], error)
    assert part in str(wrong[1])
    assert right[1].title == "Karvenia"


def test_redirects_are_followed_and_that_is_said(wiki):
    said: list[str] = []
    reader = connection(wiki, say=said.append)
    titles = [page.title for _, page in reader.pages([parse("UNO"), parse("OSCE")])]
    full = "Organization for Security and Co-operation in Europe"
    assert titles == ["United Nations", full]
    assert said == [
        "'UNO' redirects to 'United Nations', which is read instead",
        f"'OSCE' redirects to {full!r}, which is read instead",
    ]


def test_a_page_to_which_many_names_lead_is_read_once(reader):
    names = ["OSCE", "The O.S.C.E. in Karvenia", "Stellmark", "stellmark", "Stellmark#One"]
    found = [(target.written, page.title) for target, page in reader.pages(map(parse, names))]
    full = "Organization for Security and Co-operation in Europe"
    assert found == [("OSCE", full), ("Stellmark", "Stellmark"), ("Stellmark#One", "Stellmark")]


def test_a_hidden_revision_is_no_empty_page(wiki, reader):
    old = wiki.edit("Stellmark", "secret")
    wiki.edit("Stellmark", "open")
    with wiki._database("wiki.sqlite") as database:
        database.execute("update revision set rev_deleted = 1 where rev_id = ?", (old,))
    with pytest.raises(NotAllowed, match="the text of this revision is hidden"):
        reader.fetch(old)


# Sections


@pytest.mark.parametrize(
    "title",
    [
        "Karvenia",
        "Equal headings",
        "Tricky wikitext",
        "Sections from a template",
        "🚀 Rockets",
        "العلاقات الخارجية",
        "Café São Tomé",
    ],
)
def test_sections_are_those_of_mediawiki(wiki, reader, title):
    page = reader.fetch(title)
    own = [one for one in wiki.sections(title) if one["index"].isdecimal()]
    for section in own:
        found = workflow.named_section(page, int(section["index"]))
        assert found.start == section["byteoffset"]
        assert found.level == int(section["level"])
        assert workflow.named_section(page, section["anchor"]).start == found.start
    starts = [workflow.named_section(page, number).start for number in range(1, len(own) + 1)]
    assert len(set(starts)) == len(own)


def test_a_section_holds_what_mediawiki_gives_for_its_number(wiki, reader):
    page = reader.fetch("Karvenia")
    for number in range(len(wiki.sections("Karvenia")) + 1):
        found = workflow.named_section(page, number)
        answer = wiki.api(
            "query",
            revids=page.revision,
            prop="revisions",
            rvprop="content",
            rvslots="main",
            rvsection=number,
        )
        slot = answer["query"]["pages"][0]["revisions"][0]["slots"]["main"]
        assert found.span.of(page.text).rstrip() == slot["content"]


def test_a_section_that_comes_from_a_template_is_said_to(wiki, reader):
    troubles: list[str] = []
    targets = [
        parse(f"Sections from a template#{name}")
        for name in ("Shared section", "Shared_subsection", "Own section", "No section")
    ]
    wikis = Wikis(lambda apis: reader)
    reports = workflow.check(
        targets,
        files=wikis,
        wiki=wikis,
        trouble=lambda wrong: troubles.append(str(wrong)),
        today=date(2026, 11, 23),
    )
    assert len(list(reports)) == 1
    shared, sub, missing = troubles
    assert "comes from 'Template:Relations of invented countries'" in shared
    assert "comes from 'Template:Relations of invented countries'" in sub
    assert "there is no section 'No section'; it has: Own section" in missing


# Many pages


def test_many_targets_take_few_requests_and_keep_their_order(wiki, reader, requests_sent):
    titles = [
        one["title"] for one in wiki.api("query", list="allpages", aplimit=60)["query"]["allpages"]
    ]
    assert len(titles) == 60
    read = list(reader.pages(map(parse, (f"[[{title}]]" for title in titles))))
    assert len(requests_sent) == 2
    order = [titles.index(target.title) for target, _ in read]
    assert order == sorted(order)
    pages = {page.title: page.text for _, page in read if isinstance(page, Page)}
    articles = [title for title in titles if "#REDIRECT" not in wiki.text(title)]
    assert {title: wiki.text(title) for title in articles}.items() <= pages.items()


def test_the_bot_asks_for_500_at_once(wiki, requests_sent):
    bot = connection(wiki, config=wiki.folder)
    bot.login()
    requests_sent.clear()
    targets = [parse(f"[[No page {number}]]") for number in range(400)]
    assert len(list(bot.pages(targets))) == 400
    asked = [one for one in requests_sent if one.get("prop") == "revisions"]
    assert len(asked) == 1


def test_an_account_is_used_once_there_are_more_than_50(wiki, requests_sent):
    bot = connection(wiki, config=wiki.folder)
    list(bot.pages([parse("Karvenia")]))
    assert not bot.is_logged_in
    assert len(list(bot.pages([parse(f"[[No page {number}]]") for number in range(300)]))) == 300
    assert bot.is_logged_in
    sizes = [one["titles"].count("|") + 1 for one in requests_sent if "titles" in one]
    assert sizes == [1, 50, 250]


def test_a_wrong_password_does_not_keep_anybody_from_reading(wiki, tmp_path):
    said: list[str] = []
    reader = connection(wiki, config=wrong_password(wiki, tmp_path), say=said.append)
    assert len(list(reader.pages([parse(f"[[No page {n}]]") for n in range(120)]))) == 120
    assert "the log-in failed" in said[0]
    assert "reading on without an account" in said[0]


def wrong_password(wiki: Wiki, folder: Path) -> Path:
    """A folder of settings in which the bot's password is wrong."""
    (folder / "user-config.py").write_text((wiki.folder / "user-config.py").read_text())
    secret = folder / "user-password.py"
    secret.touch(mode=0o600)
    secret.write_text(f'("{wiki.credentials.username}", BotPassword("redpencil", "{"0" * 32}"))\n')
    return folder


def test_answers_larger_than_the_wiki_gives_at_once_are_put_together(wiki, reader, requests_sent):
    # MediaWiki stops at 8 MB: https://www.mediawiki.org/wiki/Manual:$wgAPIMaxResultSize
    text = "words " * 250_000
    titles = [f"Long {number}" for number in range(6)]
    for title in titles:
        wiki.edit(title, f"{title}\n{text}")
    pages = [page for _, page in reader.pages(map(parse, titles))]
    assert [page.text.partition("\n")[0] for page in pages] == titles
    assert len(requests_sent) > 1


def test_a_wiki_that_is_down_ends_the_reading(wiki, reader):
    wiki.fault("http", 503)
    with pytest.raises(WikiUnavailable, match="HTTP 503"):
        list(reader.pages([parse("Karvenia"), parse("Stellmark")]))


# Pages chosen by pywikibot


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("-cat:Countries", {"Karvenia", "Valdoria"}),
        ("-cat:Foreign_relations -cat:Countries -intersect -ns:0", {"Karvenia", "Valdoria"}),
        ("-page:Karvenia -page:Stellmark", {"Karvenia", "Stellmark"}),
        ('-titleregex:"^Stell" -start:S -ns:0', {"Stellmark", "Stellmark/History"}),
        ("-prefixindex:Stellmark", {"Stellmark", "Stellmark/History"}),
    ],
)
def test_page_generators_choose_pages(reader, arguments, expected):
    assert {target.title for target in reader.choose(arguments)} == expected


@pytest.mark.parametrize(
    ("arguments", "some"),
    [
        ("-links:Karvenia", "Council of Europe"),
        ("-ref:OSCE", "Karvenia"),
        ("-transcludes:Reflist", "Karvenia"),
        ("-search:embassies", "Karvenia"),
        ("-recentchanges:500", "Stellmark"),
        ("-file:titles.txt", "Karvenia"),
    ],
)
def test_page_generators_of_many_kinds(wiki, reader, arguments, some):
    Path("titles.txt").write_text("[[Karvenia]]\n[[Stellmark]]\n")
    wiki.edit("Stellmark", "Changed.")
    wiki.edit("Karvenia", wiki.text("Karvenia") + "\nThere are embassies.")
    titles = {target.title for target in reader.choose(arguments)}
    if arguments.startswith("-search"):
        assert titles == found_by_search(wiki, "embassies")
    else:
        assert some in titles


def found_by_search(wiki: Wiki, words: str) -> set[str]:
    found = wiki.api("query", list="search", srsearch=words, srlimit="max")["query"]["search"]
    return {one["title"] for one in found}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("-nope", "pywikibot has no page generator '-nope'"),
        ("-ns:0", "chooses no pages"),
        ("-cat", "lacks a value"),
        ("-ns:Nope -cat:Countries", "Nope"),
        ("-file:gone.txt", "No such file"),
        ('-cat:"Countries', "No closing quotation"),
    ],
)
def test_wrong_arguments_of_page_generators_are_usage_errors(reader, arguments, part):
    with pytest.raises(UsageError, match="--pages") as wrong:
        list(reader.choose(arguments))
    assert part in str(wrong.value)


# The command


def test_the_command_checks_a_live_section(wiki):
    result = redpencil("check", f"{wiki.url}/wiki/Karvenia#Memberships", "--format", "json")
    assert result.exit_code == 1, result.output
    (page,) = json.loads(result.stdout)["pages"]
    assert (page["page"], page["revision"]) == ("Karvenia", wiki.latest("Karvenia"))
    (finding,) = (one for one in page["findings"] if one["check"] == "duplicate-entry")
    text = wiki.text("Karvenia")
    assert text[finding["start"] : finding["end"]].endswith("|OSCE]]")


def test_the_command_names_its_wiki_by_site_by_settings_or_not_at_all(wiki, monkeypatch):
    assert "no wiki is named" in redpencil("check", "Stellmark").output
    for site in (wiki.url, f"{wiki.url}/", wiki.api_url):
        assert redpencil("check", "Stellmark", "--site", site).exit_code == 0
    assert redpencil("check", "Stellmark", "--config", str(wiki.folder)).exit_code == 0
    monkeypatch.setenv("PYWIKIBOT_DIR", str(wiki.folder))
    assert redpencil("check", "Stellmark").exit_code == 0
    assert redpencil("check", "Stellmark", "--site", "localwiki").exit_code == 0


def test_the_command_takes_page_generators(wiki):
    site = ("--site", wiki.url)
    result = redpencil("check", "--pages", "-cat:Countries", *site, "--format", "json")
    pages = json.loads(result.stdout)["pages"]
    assert [page["page"] for page in pages] == ["Karvenia", "Valdoria"]
    for command in ("check", "propose"):
        none = redpencil(command, "--pages", "-cat:Nothing", *site)
        assert none.exit_code == 0
        assert "--pages '-cat:Nothing' chooses no page" in none.output
    wrong = redpencil("check", "--pages", "-nope", *site)
    assert (wrong.exit_code, "no page generator" in wrong.output) == (2, True)


def test_a_page_that_refuses_bots_is_left_alone_section_or_not(wiki):
    wiki.edit("Stellmark", "{{nobots}}\n== A ==\n* [[OSCE]]\n* [[OSCE]]\n")
    result = redpencil("check", f"{wiki.url}/wiki/Stellmark#A", "--format", "json")
    (page,) = json.loads(result.stdout)["pages"]
    assert page["findings"] == []
    assert "nobots" in page["skipped"][0]["reason"]


def test_nothing_listens_is_exit_3_and_one_sentence(wiki):
    port = closed_port()
    result = redpencil("check", f"http://127.0.0.1:{port}/wiki/Karvenia", "--max-wait", "0")
    assert result.exit_code == 3
    assert "cannot be reached" in result.output
    assert "Traceback" not in result.output


def closed_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_reading_leaves_files_in_the_folders_of_state_and_cache_only(wiki, home):
    assert redpencil("check", f"{wiki.url}/wiki/Karvenia", "--check", "duplicates").exit_code == 1
    redpencil("check", "--pages", "-cat:Countries", "--site", wiki.url)
    left = {file.relative_to(home).parts[:2] for file in home.rglob("*") if file.is_file()}
    assert left == {(".cache", "redpencil"), (".local", "state")}
