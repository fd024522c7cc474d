"""`--archives` from the command line to the fix, against servers on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.store import Store
from tests.archive.captures import page
from tests.archive.own_archive import hurried, write_settings
from tests.archive.server import Reply, Request, Server, serving

HTML = {"Content-Type": "text/html; charset=utf-8"}
TITLE = "Bridge over the Anra opens"


@pytest.fixture
def web() -> Iterator[Server]:
    """A site with a page, and an archive that has one snapshot of it."""

    def answer(request: Request) -> Reply:
        asked = unquote(request.path)
        if asked == "/story" or asked.startswith("/web/20140611120000id_/"):
            return Reply(200, page(TITLE), HTML)
        if request.path.startswith("/index?"):
            rows = [["timestamp", "original", "statuscode"]]
            if f"url={server.url}/story&" in asked:
                rows.append(["20140611120000", f"{server.url}/story", "200"])
            return Reply(body=json.dumps(rows).encode())
        return Reply(404)

    with serving(answer) as server:
        yield server


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return hurried(monkeypatch)


@pytest.fixture
def settings(home: Path, web: Server, pauses: list[float]) -> Path:
    return write_settings(home, web)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def written(home: Path, *addresses: str) -> str:
    text = "".join(
        f"A.<ref>{{{{cite web|url={url}|title={TITLE}|access-date=3 June 2014}}}}</ref>\n"
        for url in addresses
    )
    (home / "Page.wiki").write_text(text, encoding="utf-8")
    return text


def test_an_archive_gap_is_closed(
    home: Path, web: Server, settings: Path, pauses: list[float]
) -> None:
    text = written(home, f"{web.url}/story")
    arguments = ("check", "Page.wiki", "--archives", "--check", "archives", "--format", "diff")
    result = run(*arguments)
    assert (
        "+"
        + text.replace(
            f"url={web.url}/story|",
            f"url={web.url}/story|archive-url=https://web.archive.org/web/20140611120000/{web.url}"
            "/story|archive-date=11 June 2014|url-status=live|",
        )
        in result.stdout
    )
    asked = len(web.requests)
    assert {request.headers["user-agent"] for request in web.requests} == {
        web.requests[0].headers["user-agent"]
    }
    assert "mailto:tests@example.org" in web.requests[0].headers["user-agent"]
    # One second between robots.txt, HEAD and GET: the site did not ask to be looked at.
    assert pauses == [1.0, 1.0]
    # Everything is known now.
    assert run(*arguments).output == result.output
    assert len(web.requests) == asked


def test_what_was_seen_is_the_evidence(home: Path, web: Server, settings: Path) -> None:
    written(home, f"{web.url}/story", f"{web.url}/gone")
    result = run("check", "Page.wiki", "--archives", "--check", "archives", "--format", "json")
    findings = json.loads(result.stdout)["pages"][0]["findings"]
    assert [len(finding["fixes"]) for finding in findings] == [1, 0]
    assert findings[0]["evidence"].endswith(
        "(Ours, 2014-06-11, 8 days after the access date; it bears the cited title);"
        " the page: it bears the cited title"
    )
    assert "no archive has it; the page: the server answers 404" in findings[1]["evidence"]


def test_an_archive_that_is_down_is_told_and_costs_no_more(
    home: Path, web: Server, settings: Path
) -> None:
    written(home, f"{web.url}/story")
    down = Reply(500, headers={"Retry-After": "3600"})
    answer = web.answer
    web.answer = lambda request: down if "/index" in request.path else answer(request)
    result = run("check", "Page.wiki", "--archives", "--check", "archives")
    assert result.exit_code == 1
    assert "redpencil: Ours answers that it cannot answer (500)" in result.stderr
    assert "No archive is given" in result.stdout


def test_without_it_nothing_is_asked(home: Path, web: Server, settings: Path) -> None:
    written(home, f"{web.url}/story")
    run("check", "Page.wiki", "--check", "archives")
    assert web.requests == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--save-missing",), "--save-missing needs --archives"),
        (("--archives", "--offline"), "this run is --offline"),
        (("--archives", "--save-missing"), "set REDPENCIL_ARCHIVE_ACCESS_KEY"),
    ],
)
def test_what_does_not_fit_together(
    arguments: tuple[str, ...], message: str, home: Path, web: Server, settings: Path
) -> None:
    written(home, f"{web.url}/story")
    result = run("check", "Page.wiki", *arguments)
    assert (result.exit_code, message in result.stderr) == (2, True)
    assert web.requests == []


def test_a_contact_is_asked_for(home: Path, web: Server) -> None:
    written(home, f"{web.url}/story")
    result = run("check", "Page.wiki", "--archives")
    assert result.exit_code == 2
    assert "needs a contact" in result.stderr


def test_proposals_are_looked_up_too(home: Path, web: Server, settings: Path) -> None:
    written(home, f"{web.url}/story")
    arguments = ("propose", "Page.wiki", "--archives", "--check", "archives")
    assert "1 new proposal" in run(*arguments).stdout
    kept = b"".join(file.read_bytes() for file in home.rglob("queue.sqlite*"))
    assert f"archive-url=https://web.archive.org/web/20140611120000/{web.url}".encode() in kept


def test_a_plain_run_leaves_what_was_looked_up(home: Path, web: Server, settings: Path) -> None:
    written(home, f"{web.url}/story")
    arguments = ("propose", "Page.wiki", "--check", "archives")
    run(*arguments, "--archives")
    before = run("queue", "export").stdout
    assert "web/20140611120000/" in before
    asked = len(web.requests)
    assert "0 new proposals, 0 obsolete" in run(*arguments).stdout
    assert run("queue", "export").stdout == before
    assert len(web.requests) == asked


def test_a_bare_address_becomes_a_citation(home: Path, web: Server, settings: Path) -> None:
    (home / "Page.wiki").write_text(f"A.<ref>{web.url}/story</ref> B.<ref>{web.url}/gone</ref>\n")
    result = run("check", "Page.wiki", "--archives", "--check", "bare-url", "--format", "json")
    found, other = json.loads(result.stdout)["pages"][0]["findings"]
    assert (len(found["fixes"]), other["fixes"]) == (1, [])
    new = found["fixes"][0]["edits"][0]["new"]
    title = f"{TITLE} &#124; Velmora Herald"
    assert new.startswith(f"{{{{cite web |url={web.url}/story |title={title} |website=127.0.0.1 ")
    assert "|access-date=20" in new
    assert found["fixes"][0]["safety"] == "review"
    asked = len(web.requests)
    again = run("check", "Page.wiki", "--archives", "--check", "bare-url", "--format", "json")
    assert (again.stdout, len(web.requests)) == (result.stdout, asked)


def test_a_dead_link_mark_goes_when_the_copy_and_the_page_were_seen(
    home: Path, web: Server, settings: Path
) -> None:
    cite = f"A.<ref>{{{{cite web|url={web.url}/story|title={TITLE}|archive-url="
    copy = f"https://web.archive.org/web/20140611120000/{web.url}/story|archive-date=11 June 2014"
    lost = f"https://web.archive.org/web/20130101000000/{web.url}/story|archive-date=1 January 2013"
    for given in (copy, lost):
        (home / "Page.wiki").write_text(cite + given + "}} {{dead link|date=May 2015}}</ref>\n")
        arguments = ("check", "Page.wiki", "--archives", "--check", "dead-link-with-archive")
        result = run(*arguments, "--format", "diff")
        # The copy that is an error gives way to the one that was seen.
        assert f"+{cite}{copy}|url-status=live}}}}</ref>" in result.stdout


def test_what_was_looked_up_is_saved(home: Path, web: Server, settings: Path) -> None:
    """Also when the page is looked at again before it is written, without looking anything up."""
    text = written(home, f"{web.url}/story") + f"B.<ref>{web.url}/bare</ref>\n"
    (home / "Page.wiki").write_text(text)
    web.answer = ours(web)
    queue = ("--queue", "queue.sqlite")
    run("propose", "Page.wiki", "--archives", "--check", "archives", *queue)
    with Store(home / "queue.sqlite") as store:
        proposals = [each for each in Queue(store).proposals() if each.finding.fixes]
        assert [each.finding.check for each in proposals] == ["archive-missing", "bare-url"]
        Queue(store).decide(
            [Decision(each.id, each.version, State.APPROVED, fix=0) for each in proposals], "Ann"
        )
    asked = len(web.requests)
    result = run("save", *queue)
    saved = (home / "Page.wiki").read_text()
    assert "|archive-date=11 June 2014|url-status=live|" in saved, result.output
    assert f"B.<ref>{{{{cite web |url={web.url}/bare |title=" in saved
    assert len(web.requests) == asked


def ours(web: Server) -> Callable[[Request], Reply | None]:
    """The site of the tests with another page on it, which no archive has."""
    before = web.answer
    return lambda request: (
        Reply(200, page("Bare"), HTML) if request.path == "/bare" else before(request)
    )
