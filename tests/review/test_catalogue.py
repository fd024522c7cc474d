"""The review says nothing but what is in its catalogue, and everything that is in it."""

from __future__ import annotations

import ast
import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.model import Safety, Severity
from bot.queue import Queue
from bot.queue.learning import Made
from bot.queue.proposals import OPEN, Proposed, Selection, State
from bot.review import BY_CONFIGURATION, KEYS, Session, state
from bot.review import catalogue as catalogues
from bot.review.catalogue import Catalogue, best, catalogue, languages, of_locale, say
from bot.review.web import Delivery, Desk
from bot.saving.approved import Written
from bot.saving.delivery import Delivered
from bot.saving.outcomes import Conflict, Saved, Unchanged
from bot.store import Store
from tests.review import greek
from tests.review.greek import REASON, TEXT, TITLE, WHO, WIKI, translated, untranslated
from tests.review.test_web import Reviewer, rendered
from tests.test_terminal import Person, plain
from tests.test_top_level import ROOT

REVIEW = ROOT / "bot" / "review"
PYTHON = [*sorted(REVIEW.rglob("*.py")), ROOT / "bot" / "commands" / "review.py"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogues: the English one and a translation, Greek by its name."""
    folder = tmp_path / "texts"
    folder.mkdir()
    return translated(folder)


@pytest.fixture
def texts(folder: Path) -> Catalogue:
    return catalogue("el", folder)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Store(tmp_path / "queue.sqlite") as kept:
        queue = Queue(kept)
        queue.propose(WIKI, TITLE, greek.report())
        yield queue


# The keys

#: Keys that are put together while the program runs.
MADE_UP = {
    *(f"state.{state.value}" for state in State),
    *(f"severity.{severity.value}" for severity in Severity),
    *(f"safety.{safety.value}" for safety in Safety),
    *(f"keys.{key}" for key in (*KEYS, "v", "f")),
    *(f"stats.{made.value}" for made in Made),
    *(f"terminal.{asked}" for asked in ("number", "words", "reason")),
    *(f"reply.{state}-many" for state in ("approved", "rejected")),
    *(f"error.{code}" for code in (400, 401, 403, 404, 405, 410, 413, 421, 500)),
    *(f"script.{key}" for key in ("y", "n", "r", "a", "d", "sent", "kept", "failed")),
    *(f"outcome.{kind}" for kind in ("saved", "written", "unchanged", "conflict", "refused")),
    *(f"outcome.{kind}" for kind in ("givenup", "simulated", "told", "trouble")),
    *(f"review.{fold}" for fold in ("above", "between", "below", "elsewhere")),
}


def said_in_python(file: Path, tables: set[str]) -> Iterator[str]:
    """The keys in a source: what looks like one, and what is asked of a catalogue."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Constant(str(key)) if re.fullmatch(
                rf"({'|'.join(tables)})\.(?!html)[^\s.]+", key
            ):
                yield key
            case ast.Call(asked, [ast.Constant(key), *_]) | ast.Subscript(asked, ast.Constant(key)):
                if ast.unparse(asked).endswith("texts"):
                    yield str(key)


def test_what_is_said_is_in_the_catalogue_and_all_of_that_is_said() -> None:
    known = {key.removesuffix(".one") for key in catalogue().texts}
    tables = {key.partition(".")[0] for key in known if "." in key}
    python = {key for file in PYTHON for key in said_in_python(file, tables)}
    templates = {
        key
        for file in (REVIEW / "web" / "templates").iterdir()
        for key in re.findall(r"""\bt\('([^']+)'[,)]""", file.read_text())
    }
    script = (REVIEW / "web" / "static" / "review.js").read_text()
    scripted = {f"script.{key}" for key in re.findall(r"""\bwords\("([^"]+)\"""", script)}
    assert (python | templates | scripted | MADE_UP) - known == set()
    assert known - (python | templates | scripted | MADE_UP) == set()


def test_templates_and_script_have_no_words_of_their_own() -> None:
    for template in (REVIEW / "web" / "templates").iterdir():
        own = re.sub(r"(block kind %})\w+", r"\1", template.read_text())
        said = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "", own, flags=re.DOTALL)
        assert untranslated(re.sub(r"body\{.*\}", "", said)) == [], template
    script = (REVIEW / "web" / "static" / "review.js").read_text()
    strings = re.findall(r"""(["'`])((?:(?!\1).)*)\1""", re.sub(r"//.*|/\*[\s\S]*?\*/", "", script))
    # No string of it is a sentence: a capital, or words with nothing but spaces between them.
    assert [
        said for _, said in strings if re.match(r"[A-Z][a-z]+ [a-z]|[a-z]+ [a-z]+ [a-z]", said)
    ] == []


def test_a_text_is_filled_in() -> None:
    texts = Catalogue(
        {"join": "; ", "thousands": "'", "a": "{count} of {b}", "a.one": "one of {b}"}
    )
    assert texts("a", count=2000, b="2000") == "2'000 of 2000"
    assert texts("a", count=1, b=say("a", count=2, b=("x", say("a", count=0, b="")))) == (
        "one of 2 of x; 0 of "
    )
    with pytest.raises(KeyError):
        texts("c")


def test_a_translation_may_leave_things_out(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(
        'thousands = ","\n[list]\ntitle = "Pages"\ncount = "{count} pages"\n"count.one" = "a page"'
    )
    (tmp_path / "de.toml").write_text('[list]\ntitle = "Seiten"\n')
    (tmp_path / "ja.toml").write_text('[list]\ncount = "{count}ページ"\n')
    german, japanese = catalogue("de", tmp_path), catalogue("ja", tmp_path)
    assert (german("list.title"), german("list.count", count=2000)) == ("Seiten", "2,000 pages")
    assert (german("list.count", count=1), japanese("list.count", count=1)) == ("a page", "1ページ")
    assert german.part("list")["title"] == "Seiten"
    assert languages(tmp_path) == ["de", "en", "ja"]


def test_there_is_the_language_that_is_liked_best(tmp_path: Path) -> None:
    for language in ("en", "de", "pt-BR"):
        (tmp_path / f"{language}.toml").write_text(f'language = "{language}"\n')

    def of(*wanted: str) -> str:
        return best(wanted, tmp_path)("language")

    def here(**variables: str) -> str:
        return of_locale(variables, tmp_path)("language")

    assert [of("fr", "de-AT", "en"), of("pt-br"), of("pt"), of("en-GB", "de"), of()] == [
        "de", "pt-BR", "en", "en", "en",
    ]  # fmt: skip
    assert here(LANG="de_AT.UTF-8") == here(LANG="fr_FR", LC_MESSAGES="de@euro") == "de"
    assert here(LANG="de_DE", LC_ALL="C.UTF-8") == here(LANGUAGE="de") == here() == "en"
    assert here(LANG="en_GB.UTF-8", LANGUAGE="fr:pt_BR:de") == "pt-BR"


# A translation with each text in «…»: what stands outside is Greek, or was forgotten


def test_a_session_says_nothing_untranslated(queue: Queue, texts: Catalogue) -> None:
    said: set[str] = set()

    class Listening(Catalogue):
        def __call__(self, key: str, /, **values: object) -> str:
            said.update({key, f"{key}.one"})
            return super().__call__(key, **values)

    texts = Listening(texts.texts)

    def session(who: str = WHO, **narrowed: object) -> Session:
        return Session(queue, who, lambda _: greek.OPTIONS, Selection(states=OPEN, **narrowed))

    def hears(one: Session, key: str, argument: str = "", seen: int | None = None) -> None:
        reply = one.press(key, argument, seen=seen)
        assert untranslated(texts.said(reply.said)) == [], (key, argument)

    one, other = session(), session("Βάσω")
    hears(one, "u")
    hears(one, "a")
    hears(one, "u")
    for number in ("0", "7"):
        hears(one, "g", number)
    nowhere = {"/": "ψ", "x": "", "9": "", "k": "", "K": "", "*": "x", "s": "", "e": one.editable()}
    for key, argument in nowhere.items():
        hears(one, key, argument)
    lines = "Ήταν λαθς πρώτα. Και παλι λαθς μετά!!! Και [[άλλα]]."
    for text in (lines, f"{lines}!", lines.replace("λαθς πρώτα", "λάθος")):
        hears(one, "e", text)
    hears(one, "y")
    hears(one, "g", "4")
    for answers in ("y", "nnn", "yyy", "yny"):
        hears(one, "s", answers)
    hears(one, "g", "6")
    for key in ("1", "y", "j", "J"):
        hears(one, key)
    hears(one, "e", "* Μετά.")
    hears(one, "y")
    hears(one, "g", "5")
    hears(one, "y")
    hears(one, "r", REASON)
    hears(other, "g", "3")
    hears(one, "g", "3")
    hears(one, "r", REASON)
    hears(other, "n", seen=1)
    hears(one, "u")
    hears(other, "g", "2")
    queue.propose(WIKI, TITLE, greek.report("Ω.\n" + TEXT, revision=2))
    hears(other, "n", seen=1)
    one = session(check="λέξεις")
    hears(one, "d")
    hears(other, "g", "3")
    hears(other, "y")
    hears(one, "u")
    one = session()
    stale = queue.proposals(Selection(states=OPEN))
    hears(one, "a")
    for proposals in (stale, stale[:1], []):
        assert untranslated(texts.said(one.decide(proposals, approve=False).said)) == []
    hears(Session(queue, WHO, lambda _: greek.OPTIONS, Selection(page="")), "y")
    hears(one, "g", "1")
    queue.propose(WIKI, TITLE, greek.report("Ω.", revision=3))
    hears(one, "n")
    hears(one, "g", "1")
    for key in catalogue().texts:
        assert key in said or not key.startswith(("reply.", "checked.", "mend.")), key


PROGRAM = """
import sys
from pathlib import Path
from bot.queue import Queue
from bot.queue.proposals import Selection, State
from bot.review import Session
from bot.review.catalogue import catalogue
from bot.review.terminal import Terminal
from bot.store import Store
from tests.review.greek import OPTIONS, WHO
with Store(sys.argv[1]) as store:
    session = Session(Queue(store), WHO, lambda _: OPTIONS, Selection(states=[State.PENDING]))
    texts = catalogue("el", Path(sys.argv[2]))
    Terminal(session, texts=texts, show_page=lambda address: True).run()
"""


@pytest.fixture
def sits(queue: Queue, folder: Path) -> Iterator[Person]:
    program = [sys.executable, "-c", PROGRAM, str(queue.store.path), str(folder)]
    person = Person(*program, NO_COLOR="1")
    yield person
    person.close()


def test_a_terminal_says_nothing_untranslated(sits: Person, texts: Catalogue) -> None:
    """What it asks and answers, key by key, with all that a proposal may have."""

    def sees(key: str, **values: object) -> None:
        sits.sees(" ".join(texts(f"terminal.{key}", **values).split()))

    sees("approve")
    for keys, key, values in (
        ("?", "approve", {}),
        ("p", "approve", {}),
        ("o", "approve", {}),
        ("e", "edit", {}),
        ("!\n", "but", {}),
        ("g", "number", {"total": 6}),
        ("6\n", "dismiss", {}),
        ("p", "dismiss", {}),
        ("/", "words", {}),
        ("κραυγή\n", "evidence", {}),
        ("p", "approve", {}),
        ("s", "part", {"number": 1, "total": 3}),
        ("y", "part", {"number": 2, "total": 3}),
        ("q", "cancelled", {}),
        ("*", "every", {"check": "κραυγές", "page": TITLE}),
        ("x", "approve", {}),
        ("r", "reason", {}),
        (f"{REASON}\n", "approve", {}),
        ("K", "also", {}),
        ("d", "approve", {}),
        ("d", "decided", {}),
        ("q", "decided-keys", {}),
    ):
        sits.types(keys)
        sees(key, **values)
    assert sits.ends() == 0
    keys = r"\[[^\]«»]*\]"
    addresses = r"https://[^\s»]+"
    assert untranslated(re.sub(f"{keys}|{addresses}", "", plain(sits.output))) == []


@pytest.fixture
def ann(queue: Queue, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Reviewer:
    """A reviewer whose browser likes the translation best."""
    monkeypatch.setattr(catalogues, "FOLDER", folder)
    desk = Desk(
        queue, WHO, lambda _: greek.OPTIONS, preview=rendered, delivery=Delivery(save, again)
    )
    reviewer = Reviewer(desk)
    reviewer.browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr, el-GR;q=0.8, en;q=0.5"
    reviewer.comes_in()
    return reviewer


def save(queue: Queue, parcels: Any, tell: Any, trouble: Any) -> Iterator[Any]:
    """Every way in which saving a page may end."""
    for parcel in parcels:
        title = parcel.page.title
        for outcome in (
            Saved(title, 1, 7, merged=True, read_back=False),
            Unchanged(title, 7),
            Written(title),
            Conflict(title, "", "", 8, "μια αλλαγή"),
        ):
            yield Delivered(outcome, parcel)


def again(queue: Queue, sources: Any, trouble: Any) -> Iterator[tuple[str, Proposed]]:
    yield TITLE, Proposed()


def readable(page: str) -> str:
    """What a person reads or hears of an HTML page: no code, but labels and the script's words."""
    heard = re.findall(r'(?:aria-label|alt|title)="([^"]*)"', page)
    (said,) = re.findall(r'data-texts="([^"]*)"', page) or ["{}"]
    heard += json.loads(html.unescape(said)).values()
    keys_and_code = r"<(style|code|kbd)\b.*?</\1>"
    read = re.sub(r"<[^>]*>", " ", re.sub(keys_and_code, " ", page, flags=re.DOTALL))
    return html.unescape(" ".join([read, *heard]))


def test_pages_say_nothing_untranslated(ann: Reviewer, queue: Queue) -> None:
    def reads(address: str, status: int = 200) -> None:
        answer = ann.reads(address)
        assert answer.status_code == status, address
        assert 'lang="el"' in answer.text or "<html" not in answer.text
        assert "«" in answer.text
        assert untranslated(readable(answer.text)) == [], address

    def hears(answer: Any, *unheard: str) -> None:
        told = "\n".join(str(answer.json.get(name, "")) for name in ("message", "told"))
        shown = [
            answer.json.get(name) or "" for name in ("article", "findings", "progress", "html")
        ]
        assert untranslated(told) == []
        assert untranslated(readable("".join(shown))) == []

    check, number = "λέξεις", 0
    for narrowed in ("", "approved"):
        reads(f"/?state={narrowed}")
    reads("/?words=ω")
    reads(f"/?check={check}&safety=safe")
    for number in range(1, 7):
        reads(f"/proposals/{number}?check={check}&safety=safe")
    reads(f"/together?check={check}")
    reads("/together?check=ψ")
    for key, argument in [("j", ""), ("k", ""), ("J", ""), ("K", ""), ("g", "9"), ("/", "ψ")]:
        number = 1 if key in "kK" else 6
        query = {"key": key, "argument": argument}
        address = f"/proposals/{number}/beside"
        headers = {"Accept": "application/json"}
        hears(ann.browser.get(address, query_string=query, headers=headers))
    hears(ann.sends("/undo", {}))
    own = {"version": 1, "fix": 1, "text": "Ήταν λαθς πρώτα! Και παλι λαθς μετά!!! Και [[άλλα]]."}
    hears(ann.sends("/proposals/1/check", own))
    hears(ann.sends("/proposals/6/preview", {"version": 1, "fix": 0}))
    hears(ann.decides(6, "y"))
    hears(ann.decides(1, "y", **own | {"told": ["ψ"]}))
    own["text"] = own["text"].replace("!", ".").replace("λαθς πρώτα", "πρώτα")
    hears(ann.decides(1, "y", **own))
    hears(ann.decides(2, "y", fix=1))
    hears(ann.decides(3, "r", reason=REASON))
    hears(ann.sends("/proposals/2/decision", {"version": 1, "key": "n"}))
    for number in (1, 2, 3):
        reads(f"/proposals/{number}")
    reads("/")
    reads("/stats")
    queue.store.record("trusted", who=WHO, detail={"check": check})
    hears(ann.sends(f"/together?check={check}", {"answer": "y", "seen": {}}))
    reads(f"/together?check={check}")
    versions = {str(each.id): each.version for each in queue.proposals()}
    hears(ann.sends(f"/together?check={check}", {"answer": "y", "seen": versions}))
    hears(ann.decides(4, "d"))
    hears(ann.sends("/undo", {}))
    hears(ann.sends("/save/stop", {}))
    reads("/save")
    approved = {
        each.id: each.version for each in queue.proposals(Selection(states=[State.APPROVED]))
    }
    hears(ann.sends("/save", {"proposals": approved}))
    ann.app.extensions["redpencil"].delivering.wait()
    progress = ann.browser.get("/save/progress?from=0")
    # Why there was a conflict is said by who found it out.
    lines = re.sub(r'(class="conflict"><strong>.*?</strong>)[^<]*', r"\1", progress.json["html"])
    assert untranslated(readable(lines) + progress.json["said"]) == []
    assert {event["kind"] for event in progress.json["events"]} > {"saved", "unchanged", "written"}
    for event in progress.json["events"]:
        if event["kind"] != "conflict":
            assert untranslated(event["message"]) == []
    for address, status in (("/nowhere", 404), ("/proposals/1/check", 405), ("/proposals/99", 404)):
        reads(address, status)
    for body, headers in ((5, {}), ({}, {"Origin": "http://evil.example"})):
        hears(ann.sends("/proposals/1/check", body, **headers))
    hears(ann.sends("/undo", {}, Host="evil.example"))


def test_the_command_speaks_the_language_of_the_terminal(
    queue: Queue, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "FOLDER", folder)
    for variable in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "el_GR.UTF-8")
    settings = folder / "settings.toml"
    settings.write_text('[review]\nyes-safe = ["λέξεις"]\n')
    command = ["review", "--yes-safe", "--settings", str(settings)]
    done = CliRunner().invoke(main, [*command, "--queue", str(queue.store.path)])
    assert done.output == "redpencil: «approved 1 that are safe, of λέξεις»\n"
    (approved,) = queue.proposals(Selection(states=[State.APPROVED]))
    assert untranslated(catalogue("el", folder).said(state(approved))) == []
    assert approved.reason == BY_CONFIGURATION  # the log is the same in every language
