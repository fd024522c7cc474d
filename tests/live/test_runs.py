"""`redpencil run` on a real MediaWiki with 2,000 pages, whatever befalls the wiki and the run."""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.queue import Queue
from bot.queue.proposals import Decision, Selection, State
from bot.runs import job as jobs
from bot.sites import mediawiki
from bot.sites.mediawiki_session import Session
from bot.store import Store
from tests.live.importing import import_pages
from tests.live.wiki import BOT, Refused, Wiki
from tests.runs.conftest import Mortal
from tests.runs.jobs import TODAY, last_run, proposals, rows, text_of

pytestmark = pytest.mark.usefixtures("account")

PAGES = 2000
KILLS = 50
LIST = "Project:Towns"
FEW, SHORT_LIST = 300, "Project:Towns/Large"
SETTINGS = f"User:{BOT}/redpencil.json"


@pytest.fixture(scope="module")
def towns(wiki_server: Wiki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with 2,000 pages and a list of them."""
    wiki_server.reset()
    import_pages(wiki_server, {f"Town {n}": text_of(n) for n in range(1, PAGES + 1)})
    items = [f"* [[Town {n}]], a town\n" for n in range(1, PAGES + 1)]
    wiki_server.edit(LIST, "What is looked after:\n" + "".join(items))
    wiki_server.edit(SHORT_LIST, "".join(items[:FEW]))
    kept = tmp_path_factory.mktemp("towns") / "wiki.sqlite"
    _copied(wiki_server.folder / "wiki.sqlite", kept)
    return kept


def _copied(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source)) as before,
        closing(sqlite3.connect(target, timeout=10)) as after,
    ):
        before.backup(after)


@pytest.fixture
def towns_wiki(towns: Path, wiki: Wiki) -> Wiki:
    """The wiki with the 2,000 pages."""
    _copied(towns, wiki.folder / "wiki.sqlite")
    return wiki


@pytest.fixture
def mortal(tmp_path: Path, account: Path) -> Iterator[Mortal]:
    """A program that runs jobs in children, each killed when told."""
    program = Mortal(tmp_path)
    yield program
    program.process.communicate()
    assert program.process.returncode == 0


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the wiki is asked from here on, by what was asked for."""
    asked: list[str] = []
    real = Session.post

    def post(self: Session, fields: dict[str, str]) -> object:
        asked.append("+".join(fields.get(name, "") for name in ("action", "prop", "meta", "list")))
        return real(self, fields)

    monkeypatch.setattr(Session, "post", post)
    return asked


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


def written(folder: Path, wiki: Wiki, pages: str, more: str = "", name: str = "nightly") -> Path:
    """A job on the wiki; `more` are further tables, and what stands before the first at the top."""
    top, bracket, tables = more.partition("[")
    file = folder / f"{name}.toml"
    file.write_text(
        f'site = "{wiki.url}"\nqueue = "queue.sqlite"\nmax-wait = 2\n{top}\n'
        f"[pages]\n{pages}\n{bracket}{tables}\n",
        encoding="utf-8",
    )
    return file


@pytest.fixture
def job(tmp_path: Path, wiki: Wiki) -> Path:
    return written(tmp_path, wiki, f'lists = ["{LIST}"]')


@pytest.fixture
def short_job(tmp_path: Path, wiki: Wiki) -> Path:
    return written(tmp_path, wiki, f'lists = ["{SHORT_LIST}"]')


def run(job: Path, *more: object) -> Result:
    arguments = [str(one) for one in ("run", job, "--today", TODAY, *more)]
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def told(queue: Path) -> list[tuple[object, ...]]:
    """What stands in the queue."""
    return proposals(queue)


# Incremental


def test_only_what_changed_is_read_again(towns_wiki, job, queue, requests):
    first = run(job)
    assert (first.exit_code, first.output) == (1, "")
    assert last_run(queue)["checked"] == PAGES
    found = told(queue)
    assert len(found) > PAGES / 2

    del requests[:]
    assert run(job).exit_code == 0
    assert last_run(queue)["checked"] == 0
    assert requests.count("query+info++") == PAGES / 500
    assert len(requests) <= PAGES / 500 + 8
    assert told(queue) == found

    edited = random.Random(50).sample(range(1, PAGES + 1), 50)
    for number in edited:
        towns_wiki.edit(f"Town {number}", text_of(number) + "\nAs of 2011, it has a mayor.\n")
    del requests[:]
    assert run(job).exit_code == 1
    assert last_run(queue)["checked"] == 50
    assert len(requests) <= PAGES / 500 + 20
    changed = {
        row[0] for row in rows(queue, "SELECT page FROM proposal WHERE message LIKE '%2011%'")
    }
    assert changed >= {f"Town {number}" for number in edited}


def test_a_page_is_read_again_when_its_redirects_lead_elsewhere(wiki, tmp_path, queue, home):
    items = "".join(f"* [[{name}]]\n" for name in ("United Nations", "Peace Body", "OSCE"))
    text = f"== Membership in international organizations ==\n{items}"
    wiki.edit("Peace Body", "Another body.")
    wiki.edit("Talvoria", text)
    job = written(tmp_path, wiki, 'targets = ["Talvoria"]')
    assert run(job).exit_code == 0
    assert run(job).exit_code == 0
    assert last_run(queue)["checked"] == 0
    wiki.edit("Peace Body", "#REDIRECT [[United Nations]]")
    # What is known of titles is asked for again after a week.
    for file in (home / ".cache").rglob("facts.sqlite*"):
        file.unlink()
    assert run(job).exit_code == 1
    assert last_run(queue)["checked"] == 1
    assert [row[3] for row in told(queue)] == ["duplicate-entry"]


def test_what_waits_of_a_deleted_page_is_obsolete_until_it_is_restored(wiki, tmp_path, queue):
    for number in (1, 2):
        wiki.edit(f"Town {number}", text_of(number))
    job = written(tmp_path, wiki, 'targets = ["town_1", "Town 2"]')
    assert run(job).exit_code == 1
    waiting = "SELECT count(*) FROM proposal WHERE page = 'Town 1' AND state = 'pending'"
    ((before,),) = rows(queue, waiting)
    assert before > 0
    wiki.delete("Town 1")
    assert run(job).exit_code == 3  # the job names it
    assert rows(queue, waiting) == [(0,)]
    assert last_run(queue)["obsolete"] == before
    assert rows(queue, "SELECT DISTINCT page, why FROM event WHERE kind = 'obsolete'") == [
        ("Town 1", "the wiki no longer has the page")
    ]
    wiki.act("undelete", "Admin", title="Town 1")
    assert run(job).exit_code == 1
    assert rows(queue, waiting) == [(before,)]


def test_what_waits_of_a_moved_page_waits_under_its_new_title(wiki, tmp_path, queue):
    wiki.edit("Town 1", text_of(1))
    job = written(tmp_path, wiki, 'targets = ["Town 1"]')
    run(job)
    ((before,),) = rows(queue, "SELECT count(*) FROM proposal WHERE state = 'pending'")
    assert before > 0
    wiki.move("Town 1", "Village 1")
    run(job)
    states = "SELECT page, state, count(*) FROM proposal GROUP BY 1, 2 ORDER BY 1"
    assert rows(queue, states) == [("Village 1", "pending", before)]


def test_proposing_a_deleted_page_says_what_no_longer_waits(wiki, queue):
    wiki.edit("Town 1", text_of(1))
    propose = ["propose", wiki.page_url("Town 1"), "--queue", str(queue), "--today", TODAY]
    found = CliRunner().invoke(main, propose)
    assert found.exit_code == 0
    ((before,),) = rows(queue, "SELECT count(*) FROM proposal WHERE state = 'pending'")
    assert before > 0
    wiki.delete("Town 1")
    lost = CliRunner().invoke(main, propose)
    assert lost.exit_code == 3
    assert f"0 new proposals, {before} obsolete; 0 wait" in lost.output


def test_categories_lists_changes_generators_and_targets_name_pages_once(wiki, tmp_path, queue):
    for number in range(1, 9):
        wiki.edit(f"Town {number}", text_of(number) + "\n[[Category:Towns]]")
    wiki.edit("Other name", "#REDIRECT [[Town 3]]")
    wiki.edit(
        "Towns by size", "* [[Town 2]]\n# [[town 9]]\n* [[:Other name]]\n* [[:Category:Towns]]"
    )
    pages = (
        'targets = ["Town 1", "Town 2#Now"]\ncategories = ["Towns"]\nlists = ["Towns by size"]\n'
        'pywikibot = ["-prefixindex:Town_7"]\nexclude = ["Town 8"]\n'
    )
    job = written(tmp_path, wiki, pages)
    run(job)
    seen = [row[0] for row in rows(queue, "SELECT page FROM look")]
    assert sorted(seen) == sorted([f"Town {n}" for n in range(1, 8)] + ["Town 2#Now"])
    assert last_run(queue)["passed_over"] == 3  # left out, and twice not there


def test_changes_since_the_last_complete_run_are_looked_at(wiki, tmp_path, queue):
    job = written(tmp_path, wiki, "recent-changes = true")
    run(job)
    assert last_run(queue)["checked"] > 10  # what the last day brought
    wiki.edit("Town 1", text_of(1))
    wiki.edit("Talk:Town 1", "As of 2012, nothing.")
    wiki.move("Town 1", "Village 1")
    assert run(job).exit_code == 1
    assert last_run(queue)["checked"] == 1
    assert [row[0] for row in rows(queue, "SELECT page FROM look WHERE page LIKE '%lage%'")] == [
        "Village 1"
    ]


def test_a_named_page_that_is_gone_is_told(wiki, tmp_path, queue):
    result = run(written(tmp_path, wiki, 'targets = ["Nowhere"]'))
    assert result.exit_code == 3
    assert "Nowhere" in result.stderr


def test_a_category_that_was_never_made_is_told(wiki, tmp_path, queue):
    result = run(written(tmp_path, wiki, 'categories = ["Citys", "Talk pages"]'))
    assert result.exit_code == 3
    assert "[[Category:Citys]]: nothing is in this category, and it has no page" in result.stderr
    wiki.edit("Category:Citys", "Empty for now.")
    wiki.edit("Category:Talk pages", "So is this.")
    assert run(written(tmp_path, wiki, 'categories = ["Citys", "Talk pages"]')).exit_code == 0


def test_a_named_section_that_is_gone_is_told_and_a_listed_one_is_not(wiki, tmp_path, queue):
    wiki.edit("Town 1", text_of(1))
    wiki.edit("Sections", "* [[Town 1#Nowhere]]")
    assert run(written(tmp_path, wiki, 'lists = ["Sections"]')).exit_code == 0
    assert last_run(queue)["passed_over"] == 1
    result = run(written(tmp_path, wiki, 'targets = ["Town 1#Nowhere"]'))
    assert result.exit_code == 2
    assert "there is no section 'Nowhere'" in result.stderr


# Disturbed


def test_killed_at_any_moment_the_same_is_proposed_and_nothing_twice(
    towns_wiki, tmp_path, mortal: Mortal
):
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, towns_wiki, f'lists = ["{LIST}"]')
    whole = mortal.run("run", tmp_path / "undisturbed" / "nightly.toml", "--today", TODAY)
    assert whole.status == 1
    expected = told(tmp_path / "undisturbed" / "queue.sqlite")
    job, queue = tmp_path / "killed" / "nightly.toml", tmp_path / "killed" / "queue.sqlite"
    dice, kills = random.Random(1901), 0
    while kills < KILLS:
        # A run that is killed goes on where it was: short lives make many deaths.
        life = dice.uniform(0.1, min(2.0, whole.seconds / 4))
        ended = mortal.run("run", job, "--today", TODAY, kill=life)
        if ended.status == -signal.SIGKILL:
            kills += 1
            continue
        assert told(queue) == expected
        for file in queue.parent.glob("queue.sqlite*"):
            file.unlink()
    assert mortal.run("run", job, "--today", TODAY).status in (0, 1)
    assert told(queue) == expected
    assert mortal.run("run", job, "--today", TODAY).status == 0
    assert last_run(queue)["checked"] == 0


class Meanwhile:
    """Lets something happen when the log of a run in this process has so many lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: dict[int, Callable[[], object]] = {}
        self._lines = 0
        from bot.runs import run as running

        real = running.said

        def said(what: str, **fields: object) -> None:
            real(what, **fields)
            if what == "checked":
                self._lines += 1
                self.events.pop(self._lines, lambda: None)()

        monkeypatch.setattr(running, "said", said)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    return Meanwhile(monkeypatch)


def test_a_wiki_that_is_down_in_the_middle_third_costs_a_run_and_no_proposal(
    towns_wiki, tmp_path, meanwhile
):
    (tmp_path / "undisturbed").mkdir()
    run(written(tmp_path / "undisturbed", towns_wiki, f'lists = ["{LIST}"]'))
    expected = told(tmp_path / "undisturbed" / "queue.sqlite")
    (tmp_path / "disturbed").mkdir()
    job = written(tmp_path / "disturbed", towns_wiki, f'lists = ["{LIST}"]')
    queue = tmp_path / "disturbed" / "queue.sqlite"
    meanwhile.events[PAGES + PAGES // 3] = lambda: towns_wiki.fault("http", 503)
    result = run(job, "--max-wait", 1)
    assert result.exit_code == 3
    assert "the wiki's server failed" in result.stderr
    assert result.stdout.splitlines()[-1].endswith("the next run goes on there")
    seen = last_run(queue)["checked"]
    assert PAGES / 3 <= seen < PAGES
    again = run(job, "--max-wait", 1)  # it is still down
    assert (again.exit_code, last_run(queue)["checked"]) == (3, 0)
    towns_wiki.clear_faults()
    assert run(job).exit_code == 1
    assert last_run(queue)["checked"] == PAGES - seen
    assert told(queue) == expected


def test_what_others_edit_during_a_run_is_proposed_as_it_is_in_the_end(
    towns_wiki, short_job, queue, meanwhile, tmp_path
):
    def edits() -> None:
        for number in (*range(1, 26), *range(FEW - 24, FEW + 1)):
            towns_wiki.edit(f"Town {number}", text_of(number) + "\nAs of 2011, it has a mayor.\n")

    meanwhile.events[FEW // 2] = edits
    assert run(short_job).exit_code == 1
    assert last_run(queue)["checked"] == FEW
    run(short_job)
    assert last_run(queue)["checked"] <= 50
    (tmp_path / "afterwards").mkdir()
    run(written(tmp_path / "afterwards", towns_wiki, f'lists = ["{SHORT_LIST}"]'))
    assert told(queue) == told(tmp_path / "afterwards" / "queue.sqlite")


def test_a_network_that_is_lost_for_a_while_is_waited_for(
    towns_wiki, short_job, queue, meanwhile, monkeypatch
):
    pauses: list[float] = []
    hurried = functools.partial(mediawiki.Pace, sleep=pauses.append)
    monkeypatch.setattr(mediawiki, "Pace", hurried)
    meanwhile.events[100] = lambda: towns_wiki.fault("lost-request", times=3, action="query")
    result = run(short_job, "--max-wait", 60)
    assert (result.exit_code, result.output) == (1, "")
    assert last_run(queue)["checked"] == FEW
    assert pauses == [1.0, 2.0, 4.0]


def test_told_to_end_while_the_wiki_is_silent_it_ends_within_ten_seconds(
    towns_wiki, short_job, queue, tmp_path, mortal: Mortal
):
    log = tmp_path / "r.log"
    mortal.run("run", short_job, "--today", TODAY, "--log-file", log, kill=100, watched=str(log))
    towns_wiki.fault("slow", 40)
    ended = mortal.run("run", short_job, "--today", TODAY, kill=1.5, signal=signal.SIGTERM)
    assert ended.status == 130
    assert ended.after is not None
    assert ended.after < 10
    towns_wiki.clear_faults()
    assert mortal.run("run", short_job, "--today", TODAY).status in (0, 1)
    assert len(rows(queue, "SELECT page FROM look")) == FEW


# Before any harm


def test_a_read_only_wiki_is_left_alone(wiki, tmp_path, queue):
    wiki.fault("readonly", "The disks are being changed")
    result = run(written(tmp_path, wiki, 'targets = ["Karvenia"]'), "--max-wait", 0.1)
    assert result.exit_code == 3
    assert "read-only" in result.stderr
    assert "The disks are being changed" in result.stderr
    assert last_run(queue)["pages"] == 0


def test_a_lagging_wiki_is_left_alone(wiki, tmp_path, queue):
    wiki.fault("maxlag", 60)
    result = run(written(tmp_path, wiki, 'targets = ["Karvenia"]'), "--max-wait", 0.1)
    assert result.exit_code == 3
    assert "lags" in result.stderr
    assert last_run(queue)["pages"] == 0


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_not_the_wikis_ends_a_run(wiki, tmp_path, queue, monkeypatch, hours):
    wrong = timedelta(hours=hours)
    monkeypatch.setattr(Store.__init__, "__defaults__", (lambda: datetime.now(UTC) + wrong,))
    result = run(written(tmp_path, wiki, 'targets = ["Karvenia"]'))
    assert result.exit_code == 4
    assert "set the clock, then start again; nothing was done" in result.stderr
    monkeypatch.undo()
    assert rows(queue, "SELECT * FROM run") == []


# What the wiki's people say


def says(wiki: Wiki, content: object, as_user: str = "Admin") -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    wiki.edit(SETTINGS, text, as_user=as_user, contentmodel="json")


@pytest.fixture
def small(wiki: Wiki, tmp_path: Path) -> Path:
    for number in range(1, 7):
        wiki.edit(f"Town {number}", text_of(number))
    pages = ", ".join(f'"Town {number}"' for number in range(1, 7))
    return written(tmp_path, wiki, f"targets = [{pages}]", 'do = "save"\n')


def test_the_wiki_can_stop_a_run(wiki, small, queue):
    says(wiki, {"stop": "the talk page waits"})
    result = run(small)
    assert result.exit_code == 3
    assert "has stopped the bot: the talk page waits" in result.stderr
    assert last_run(queue)["pages"] == 0
    says(wiki, {"stop": False})
    assert run(small).exit_code == 1


def test_the_wiki_can_stop_a_run_that_is_under_way(towns_wiki, short_job, queue, meanwhile):
    meanwhile.events[100] = lambda: says(towns_wiki, {"stop": True})
    assert run(short_job).exit_code == 3
    assert 100 <= last_run(queue)["checked"] < FEW


def test_the_wiki_narrows_checks_pages_and_options(wiki, small, queue):
    says(
        wiki,
        {
            "checks": {"only": ["stale"], "skip": ["stale-future"]},
            "exclude": ["Town 1", "Town 2"],
            "options": {"as-of-years": 100},
            "limits": {"pages": 3, "edits": 0},
        },
    )
    run(small)
    assert told(queue) == []
    assert (last_run(queue)["pages"], last_run(queue)["left"]) == (4, 1)
    says(wiki, {"checks": {"only": ["stale"], "skip": ["stale-future"]}})
    run(small)
    assert {row[3] for row in told(queue)} == {"stale-as-of"}


@pytest.mark.parametrize(
    "broken",
    ['{"stopp": true}', '{"checks": ["stale"]}', '{"checks": {"skip": ["nope"]}}', '{"stop": 3}'],
)
def test_a_page_that_makes_no_sense_is_told_and_the_last_good_one_holds_on(
    wiki, small, queue, broken
):
    says(wiki, {"checks": {"only": ["duplicates"]}})
    run(small)
    ((number, *_),) = rows(queue, "SELECT id FROM proposal")
    with Store(queue) as store:
        Queue(store).decide([Decision(number, 1, State.APPROVED, fix=0)], "Ann")
    says(wiki, broken)
    before = wiki.text("Town 5")
    result = run(small)
    assert result.exit_code == 2
    assert f"[[{SETTINGS}]]: " in result.stderr
    assert "what it last said well holds on, and nothing is saved" in result.stderr
    assert {row[3] for row in told(queue)} == {"duplicate-entry"}
    assert wiki.text("Town 5") == before
    says(wiki, {})
    assert run(small).exit_code == 1
    assert last_run(queue)["saved"] == 1
    assert wiki.text("Town 5") != before


def test_what_anybody_may_write_counts_for_nothing(wiki, small, queue):
    with pytest.raises(Refused):
        says(wiki, {"stop": True}, as_user="PlainUser")
    wiki.edit(SETTINGS, '{"stop": true}', as_user="Admin", contentmodel="wikitext")
    result = run(small)
    assert result.exit_code == 2
    assert "anybody may edit the page" in result.stderr
    assert last_run(queue)["checked"] == 6


def test_a_page_turns_off_a_check_and_its_proposals_go(wiki, small, queue):
    run(small)
    assert "Town 5" in {row[1] for row in told(queue) if row[3] == "duplicate-entry"}
    wiki.edit("Town 5", "{{bots|optout=redpencil-duplicates}}\n" + text_of(5))
    run(small)
    states = {row[3]: row[8] for row in told(queue) if row[1] == "Town 5"}
    assert states["duplicate-entry"] == "obsolete"
    assert states["stale-as-of"] == "pending"


# Saving and reporting


def approved_on_three_pages(wiki: Wiki, tmp_path: Path, queue: Path) -> str:
    """The pages of a job on which a person has approved one proposal each."""
    for number in (5, 10, 15):
        wiki.edit(f"Town {number}", text_of(number))
    pages = 'targets = ["Town 5", "Town 10", "Town 15"]'
    run(written(tmp_path, wiki, pages))
    with Store(queue) as store:
        waiting = Queue(store)
        entries = waiting.entries(Selection(check="duplicate-entry"))
        assert len(entries) == 3
        waiting.decide([Decision(e.id, e.version, State.APPROVED, fix=0) for e in entries], "Ann")
    return pages


@pytest.mark.parametrize("how", ["block", "stop page"])
def test_a_stopped_account_asks_for_no_other_page(how, wiki, tmp_path, queue):
    pages = approved_on_three_pages(wiki, tmp_path, queue)
    if how == "block":
        wiki.block("RedpencilBot", "Too many mistakes")
    else:
        wiki.edit("User:RedpencilBot/stop", "Too many mistakes")
    job = written(tmp_path, wiki, pages, 'do = "save"\n')
    result = run(job)
    assert result.exit_code == 3
    assert result.stderr.count("Too many mistakes") == 1
    assert (last_run(queue)["not_saved"], last_run(queue)["troubles"]) == (1, 1)
    by_hand = CliRunner().invoke(main, ["save", "--queue", str(queue)])
    assert by_hand.exit_code == 1
    assert by_hand.output.count("Too many mistakes") == 1
    assert "nothing more is tried there" in by_hand.stderr
    if how == "block":
        wiki.unblock("RedpencilBot")
    else:
        wiki.edit("User:RedpencilBot/stop", "", as_user="Admin")
    assert run(job).exit_code == 0
    assert last_run(queue)["saved"] == 3


def test_approved_edits_are_saved_up_to_the_limit(wiki, tmp_path, queue):
    pages = approved_on_three_pages(wiki, tmp_path, queue)
    job = written(tmp_path, wiki, pages, 'do = "save"\n[limits]\nedits = 2\n')
    saved = []
    for _ in range(3):
        result = run(job)
        assert result.exit_code == 0, result.output
        saved.append(last_run(queue)["saved"])
    assert saved == [2, 1, 0]
    for number in (5, 10, 15):
        assert len(wiki.history(f"Town {number}")) == 2


def test_the_report_is_saved_on_the_wiki_once(wiki, small, tmp_path, queue):
    with small.open("a") as file:
        file.write('[reports]\nwiki = "Reports/Nightly"\n')
    assert run(small).exit_code == 1
    title = f"User:{BOT}/Reports/Nightly"
    assert "Town 5" in wiki.text(title)
    assert run(small).exit_code == 0
    assert len(wiki.history(title)) == 1


def test_the_example_is_run_as_it_is_printed(wiki, tmp_path, home):
    printed = CliRunner().invoke(main, ["run", "--example"]).stdout
    assert printed == jobs.example()
    file = tmp_path / "example.toml"
    file.write_text(printed, encoding="utf-8")
    for number in range(1, 4):
        wiki.edit(f"Land {number}", text_of(number) + "\n[[Category:Countries]]")
    result = run(file, "--site", wiki.url)
    assert (result.exit_code, result.output) == (1, "")
    assert "checked" in (tmp_path / "log" / "redpencil.log").read_text()
    assert "Land 1" in (tmp_path / "reports" / "redpencil.html").read_text()
    ((state,),) = {rows(file, "SELECT status FROM run")[0] for file in home.rglob("queue.sqlite")}
    assert state == 1


def test_it_runs_from_an_empty_environment_in_another_folder(wiki, small, queue, home):
    """No HOME, no TERM: where its own files lie is all that it is told."""
    command = Path(sys.executable).with_name("redpencil")
    places = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    done = subprocess.run(
        [command, "run", small, "--config", home / "settings" / "user-config.py"],
        env={name: os.environ[name] for name in places},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert last_run(queue)["checked"] == 6


# The log


def test_no_secret_comes_into_the_log(wiki, small, tmp_path, monkeypatch):
    address = "http://127.0.0.1:1/T0PS3CRET/hook"  # where nobody listens
    monkeypatch.setenv("HOOK", address)
    with small.open("a") as file:
        file.write('[notifications]\nwebhook = { env = "HOOK" }\ntoken = "b3arer-token"\n')
        file.write('[log]\nfile = "r.log"\n')
    import logging

    from bot.runs import run as running

    real = running.said

    def talkative(what: str, **fields: object) -> None:
        real(what, **fields)
        if what == "begun":
            return  # nobody has read the password yet
        password = wiki.credentials.password
        logging.getLogger("pywiki").warning("sent lgpassword=%s to the wiki", password)
        logging.getLogger("other").warning("Authorization: Bearer abc.def and %s", password)
        logging.getLogger("other").info("token=abc&cookie=x1y2z3 %s b3arer-token", address)

    monkeypatch.setattr(running, "said", talkative)
    assert "T0PS3CRET" not in run(small).output
    log = (tmp_path / "r.log").read_text()
    assert log.count("[hidden]") > 20
    for word in (wiki.credentials.password, "T0PS3CRET", "b3arer", "abc", "x1y2z3"):
        assert word not in log
