"""A rule of a wiki's own, from the page to the saved mend: on a real MediaWiki."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import custom
from bot.cli import main
from bot.configuration import queue_path
from bot.queue import Queue
from bot.queue.proposals import Decision, State
from bot.store import Store
from tests.live.wiki import Wiki

TITLE = "Relations of Sandovia"
TEXT = "Sandovia is teh host, “teh host” and {{nowrap|teh host}}.<ref>teh host</ref>"


@pytest.fixture(autouse=True)
def forgetting(account: Path) -> Iterator[None]:
    yield
    custom.forget()


def rule(home: Path, wiki: str) -> None:
    folder = home / ".config" / "redpencil" / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "house.toml").write_text(
        f'wikis = ["{wiki}"]\n\n[[rule]]\nname = "typo"\nmessage = "It is misspelt"\n'
        'words = { "teh" = "the" }\n\n[[rule.example]]\nfinds = "teh"\nfixed = "the"\n'
    )
    custom.forget()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_it_is_found_decided_and_saved_and_nothing_else_is_touched(wiki: Wiki, home: Path):
    wiki.edit(TITLE, TEXT)
    rule(home, wiki.url.removeprefix("http://"))
    assert "1 new proposal" in run("propose", wiki.page_url(TITLE)).output
    with Store(queue_path()) as store:
        queue = Queue(store)
        (entry,) = queue.entries()
        assert (entry.check, entry.family) == ("typo", "custom")
        queue.decide([Decision(entry.id, entry.version, State.APPROVED, 0)], "Ann")
    assert "saved as revision" in run("save").output
    latest = wiki.history(TITLE)[0]
    assert latest.text == TEXT.replace("is teh", "is the")
    assert latest.summary.startswith("Redpencil: typo (")


@pytest.mark.parametrize("edited", [False, True])
def test_when_its_rule_has_gone_only_what_was_seen_is_saved(
    wiki: Wiki, home: Path, *, edited: bool
):
    """A person approved this edit of this text; of another text nobody can tell any more."""
    wiki.edit(TITLE, TEXT)
    rule(home, wiki.url.removeprefix("http://"))
    run("propose", wiki.page_url(TITLE))
    with Store(queue_path()) as store:
        queue = Queue(store)
        (entry,) = queue.entries()
        queue.decide([Decision(entry.id, entry.version, State.APPROVED, 0)], "Ann")
    rule(home, "elsewhere.example")
    if edited:
        wiki.edit(TITLE, f"{TEXT} More.")
        assert "check the page again" in run("save").output
        assert wiki.text(TITLE) == f"{TEXT} More."
    else:
        assert "saved as revision" in run("save").output
        assert wiki.text(TITLE) == TEXT.replace("is teh", "is the")


def test_a_rule_of_another_wiki_is_silent(wiki: Wiki, home: Path):
    wiki.edit(TITLE, TEXT)
    rule(home, "elsewhere.example")
    assert "Nothing found" in run("check", wiki.page_url(TITLE), "--check", "typo").output
