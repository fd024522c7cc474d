"""The report of what waits, on a real MediaWiki: people's words stay, nothing is saved twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.errors import EditRefused, StaleEdit, UsageError, WikiUnavailable
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.report import wiki_report
from bot.report.summary import Summary, summary
from bot.report.wiki_report import BEGIN, END
from bot.sites.mediawiki import MediaWiki
from bot.store import Store
from tests.live.approvals import FAST, Meddler, client_of
from tests.live.test_wikitext_report import ALLOWED_TAGS, Shown, parsed
from tests.live.wiki import Wiki
from tests.planted import HOSTILE
from tests.proposals import report

TITLE = "User:RedpencilBot/Reports"
ABOVE, BELOW = "Thanks for looking here! ~ Ann", "== Notes ==\nThe last one is '''fine'''."


@pytest.fixture(scope="module")
def connection(wiki_server: Wiki, tmp_path_factory: pytest.TempPathFactory) -> MediaWiki:
    wiki_server.reset()
    return client_of(wiki_server, tmp_path_factory.mktemp("state"))


class Office:
    """The queue, the wiki behind the report's back, and the saving of it."""

    def __init__(self, wiki: Wiki, client: MediaWiki, store: Store) -> None:
        self.wiki = wiki
        self.client = Meddler(client)
        self.queue = Queue(store)

    def propose(self, text: str = "teh", title: str = "Karvenia") -> None:
        self.queue.propose(self.client.name, title, report(text, 1, title))

    def summary(self) -> Summary:
        now = datetime.now(UTC)
        return summary(self.queue, now - timedelta(days=30), now, wiki=self.client.name)

    def save(self, page: str = "Reports") -> str:
        return wiki_report.save(self.client, self.queue, page, self.summary(), policy=FAST)

    def edited(self) -> int:
        """How many edits were asked for."""
        return self.client.asked.count("edit")


@pytest.fixture
def office(wiki: Wiki, connection: MediaWiki, tmp_path: Path) -> Iterator[Office]:
    connection.begin_anew()
    with Store(tmp_path / "store.sqlite") as store:
        yield Office(wiki, connection, store)


def test_a_first_report_makes_its_page(office: Office):
    office.propose()
    done = office.save()
    (revision,) = office.wiki.history(TITLE)
    assert done == f"saved {TITLE} as revision {revision.id}"
    assert revision.user == "RedpencilBot"
    assert revision.summary == (
        "Redpencil: renewed the report of what waits ([[User:RedpencilBot|about]])"
    )
    assert office.wiki.is_bot_edit(revision.id)
    assert revision.text.startswith(BEGIN)
    assert revision.text.endswith(END)
    assert "== [[:Karvenia|Karvenia]] ==" in revision.text


def test_an_unchanged_report_makes_no_edit(office: Office):
    office.propose()
    office.save()
    asked = len(office.client.asked)
    assert office.save() == "unchanged"
    assert len(office.client.asked) - asked == 0, "it is read, and nothing else"
    assert len(office.wiki.history(TITLE)) == 1


def test_what_changes_is_saved(office: Office):
    office.propose()
    office.save()
    office.propose("teh wierd", "Velmora")
    office.save()
    latest, first = office.wiki.history(TITLE)
    assert latest.parent == first.id
    assert "Velmora" in latest.text
    assert latest.summary.startswith("Redpencil: renewed the report of what waits")
    assert [save.state for save in office.queue.store.saves()] == ["saved"]


def test_peoples_notes_around_it_survive(office: Office):
    office.propose()
    office.save()
    text = office.wiki.text(TITLE)
    office.wiki.edit(TITLE, f"{ABOVE}\n\n{text}\n\n{BELOW}")
    assert office.save() == "unchanged"
    for number in range(3):
        office.propose("teh", f"Page {number}")
        office.save()
        now = office.wiki.text(TITLE)
        assert now.startswith(f"{ABOVE}\n\n{BEGIN}\n")
        assert now.endswith(f"\n{END}\n\n{BELOW}")
        assert f"Page {number}" in now


def test_what_somebody_wrote_inside_is_renewed(office: Office):
    office.propose()
    office.save()
    text = office.wiki.text(TITLE)
    office.wiki.edit(TITLE, text.replace("misspelt", "vandalised"))
    office.save()
    assert office.wiki.text(TITLE) == text


EDITS: dict[str, Callable[[str], str]] = {
    "above": lambda text: f"{ABOVE}\n{text}",
    "below": lambda text: f"{text}\n{BELOW}",
    "inside": lambda text: text.replace("Checks", "Cheques"),
}


@pytest.mark.parametrize("where", EDITS)
@pytest.mark.parametrize("moment", ["look", "edit"])
def test_a_person_who_edits_at_the_same_time_is_not_overwritten(
    office: Office, where: str, moment: str
):
    """Between reading and looking again, and between looking and saving."""
    office.propose()
    office.save()
    office.propose("teh", "Velmora")

    def edit() -> None:
        office.wiki.edit(TITLE, EDITS[where](office.wiki.text(TITLE)))

    office.client.before[moment] = edit
    office.save()
    now = office.wiki.text(TITLE)
    assert "Velmora" in now
    assert now.count(BEGIN) == now.count(END) == 1
    if where != "inside":
        assert EDITS[where]("").strip() in now
    assert any(revision.user == "PlainUser" for revision in office.wiki.history(TITLE))
    assert office.save() == "unchanged"


def test_a_person_who_edits_all_the_time_wins(office: Office):
    office.propose()
    office.save()
    office.propose("teh", "Velmora")
    count = 0

    def edit() -> None:
        nonlocal count
        count += 1
        office.wiki.edit(TITLE, office.wiki.text(TITLE).replace(BEGIN, f"{count}\n{BEGIN}"))
        office.client.before["edit"] = edit
        office.client.before["look"] = edit

    edit()
    with pytest.raises(StaleEdit):
        office.save()
    assert office.wiki.history(TITLE)[0].user == "PlainUser"


@pytest.mark.parametrize(
    "text",
    [
        "My own page.",
        f"{BEGIN} only the begin",
        f"{END}\nthe wrong way round\n{BEGIN}",
        f"{BEGIN}{END}{BEGIN}{END}",
        "#REDIRECT [[Karvenia]]",
    ],
)
def test_a_page_without_one_place_for_it_is_left_alone(office: Office, text: str):
    office.wiki.edit(TITLE, text)
    office.propose()
    with pytest.raises(UsageError, match="left alone"):
        office.save()
    assert len(office.wiki.history(TITLE)) == 1


def test_an_empty_page_is_filled(office: Office):
    office.wiki.edit(TITLE, "Old words")
    office.wiki.edit(TITLE, "")
    office.propose()
    office.save()
    assert office.wiki.text(TITLE).startswith(BEGIN)


@pytest.mark.parametrize(
    "page",
    ["User:PlainUser/Reports", "Karvenia", "Talk:X/RedpencilBot/y", "Project:Reports", "a|b"],
)
def test_only_pages_of_the_bots_own_are_edited(office: Office, page: str):
    office.propose()
    if page == "Karvenia":
        done = office.save(page)
        assert "User:RedpencilBot/Karvenia" in done
        return
    with pytest.raises(UsageError):
        office.save(page)
    assert office.edited() == 0


@pytest.mark.parametrize(
    "page", ["stop", "Stop", "User:RedpencilBot/stop", "redpencil.json", "x.js"]
)
def test_pages_with_a_meaning_of_their_own_are_no_place_for_it(office: Office, page: str):
    office.propose()
    with pytest.raises(UsageError):
        office.save(page)
    assert office.edited() == 0


def test_the_stop_page_stops_it(office: Office):
    office.propose()
    office.wiki.edit("User:RedpencilBot/stop", "Stop please")
    with pytest.raises(EditRefused, match="Stop please"):
        office.save()
    assert not office.wiki.exists(TITLE)
    office.wiki.edit("User:RedpencilBot/stop", "")
    office.save()
    office.wiki.edit("User:RedpencilBot/stop", "Stop again")
    office.propose("teh", "Velmora")
    with pytest.raises(EditRefused, match="Stop again"):
        office.save()
    assert len(office.wiki.history(TITLE)) == 1


def test_a_page_that_asks_bots_to_stay_away_is_left_alone(office: Office):
    office.propose()
    office.save()
    office.wiki.edit(TITLE, "{{nobots}}\n" + office.wiki.text(TITLE))
    office.propose("teh", "Velmora")
    with pytest.raises(EditRefused, match="stay away"):
        office.save()
    assert office.wiki.history(TITLE)[0].user == "PlainUser"


def test_a_protected_page_is_left_alone(office: Office):
    office.propose()
    office.wiki.edit(TITLE, f"{BEGIN}\n{END}")
    office.wiki.protect(TITLE)
    with pytest.raises(EditRefused):
        office.save()
    assert len([r for r in office.wiki.history(TITLE) if r.user == "RedpencilBot"]) == 0


@pytest.mark.parametrize("first", [True, False])
def test_an_answer_that_is_lost_makes_no_second_edit(office: Office, *, first: bool):
    office.propose()
    if not first:
        office.save()
        office.propose("teh", "Velmora")
    office.wiki.fault("lost-answer", times=1)
    assert "as revision" in office.save()
    assert len(office.wiki.history(TITLE)) == (1 if first else 2)
    assert office.save() == "unchanged"


@pytest.mark.parametrize("fault", ["maxlag", "readonly", "session-loss", "bad-token"])
def test_trouble_that_passes_is_waited_for(office: Office, fault: str):
    office.propose()
    office.wiki.fault(fault, 1 if fault == "maxlag" else "soon", times=1, action="edit")
    office.save()
    assert len(office.wiki.history(TITLE)) == 1


def test_a_wiki_that_stays_read_only_is_given_up(office: Office):
    office.propose()
    office.wiki.fault("readonly", "Moving house")
    with pytest.raises(WikiUnavailable):
        office.save()
    office.wiki.clear_faults()
    assert not office.wiki.exists(TITLE)


def test_a_long_report_goes_on_on_further_pages_and_shrinks_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wiki_report, "LONGEST", 6_000)
    for number in range(60):
        office.propose("teh wierd tbd", f"Page {number:02}")
    office.save()
    parts = [TITLE]
    while office.wiki.exists(f"{TITLE}/{len(parts) + 1}"):
        parts.append(f"{TITLE}/{len(parts) + 1}")
    assert len(parts) > 2
    texts = [office.wiki.text(part) for part in parts]
    assert all(len(text.encode()) <= 6_000 for text in texts)
    for number in range(60):
        assert "".join(texts).count(f"== [[:Page {number:02}|") == 1
    assert f"[[{TITLE}/2|2]]" in texts[0]
    assert f"[[{TITLE}|1]]" in texts[1]
    office.wiki.edit(parts[1], f"{texts[1]}\n{BELOW}")
    assert office.save() == "unchanged"
    for entry in office.queue.entries():
        if entry.page != "Page 00":
            decision = Decision(entry.id, entry.version, State.REJECTED, None, (), "no")
            office.queue.decide([decision], "Ann")
    office.save()
    assert "Page 00" in office.wiki.text(TITLE)
    for part in parts[1:]:
        assert "Nothing stands here at the moment" in office.wiki.text(part)
    assert office.wiki.text(parts[1]).endswith(BELOW)
    assert office.save() == "unchanged"


def test_it_renders_without_errors_whatever_the_findings_hold(office: Office):
    for number, hostile in enumerate(HOSTILE):
        office.propose(f"teh {hostile}", f"Page {number}")
    with office.queue.store.transaction() as connection:
        for number, hostile in enumerate(HOSTILE):
            connection.execute(
                "UPDATE proposal SET message = ?, page = ? WHERE page = ?",
                (hostile, hostile, f"Page {number}"),
            )
    office.save()
    text = office.wiki.text(TITLE)
    page = parsed(office.wiki, text)
    assert page["wikitext"].strip() == text
    assert page["parsewarnings"] == []
    for kind in ("templates", "categories", "images", "externallinks", "langlinks", "iwlinks"):
        assert page[kind] == [], kind
    shown = Shown(page["text"])
    assert shown.tags <= ALLOWED_TAGS | set("table tbody tr th td b".split())
    assert 'class="error"' not in page["text"]
    assert office.save() == "unchanged"


@pytest.mark.usefixtures("account")
def test_the_command_saves_it_and_says_so(office: Office, wiki: Wiki):
    office.propose()
    queue = office.queue.store.path
    arguments = ["report", "--on-wiki", "Reports/Nightly", "--site", wiki.url, "--queue"]
    done = CliRunner().invoke(main, [*arguments, str(queue)])
    assert done.exit_code == 0, done.output
    title = "User:RedpencilBot/Reports/Nightly"
    assert f"Reports/Nightly: saved {title} as revision {wiki.latest(title)}\n" in done.output
    assert (
        "Reports/Nightly: unchanged\n" in CliRunner().invoke(main, [*arguments, str(queue)]).output
    )
    wiki.edit(title, "Mine now")
    done = CliRunner().invoke(main, [*arguments, str(queue)])
    assert done.exit_code == 2
    assert "is left alone" in done.output
