"""A person reviews at a real (pseudo-)terminal, in all its shapes, and loses no decision."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import fixes
from bot.model import Edit, Fix
from bot.queue import Queue
from bot.queue.proposals import Proposal, State
from bot.store import Store
from tests.proposals import report

TEXT = """Lead.

== History ==
It was teh first. A wierd one in teh row! And [[so on]].
* Done asap.
* Later tbd.
"""

# Sessions are run by a program that checks edited text with the checks of tests/proposals.py.
PROGRAM = """
import sys
from bot.queue import Queue
from bot.queue.proposals import Selection, State
from bot.review import Session
from bot.review.terminal import Terminal
from bot.store import Store
from tests.proposals import OPTIONS
with Store(sys.argv[1]) as store:
    session = Session(Queue(store), "Ann", lambda _: OPTIONS, Selection(states=[State.PENDING]))
    opened = lambda address: print("(opening " + address + ")") or True
    Terminal(session, show_page=opened).run()
    print("the end")
"""
ROOT = Path(__file__).parent.parent
PATIENCE = 30.0


class Person:
    """Somebody at a terminal of a certain width, in which a program runs."""

    def __init__(self, *command: str, columns: int = 80, **environment: str) -> None:
        self.terminal, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        variables = {**os.environ, "TERM": "xterm-256color", **environment}
        variables.pop("COLUMNS", None)
        variables["PYTHONPATH"] = f"{ROOT}{os.pathsep}{variables['PYTHONPATH']}"
        self.before = termios.tcgetattr(inside)
        self.program = subprocess.Popen(
            command,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=variables,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 (no threads)
        )
        os.close(inside)
        self.columns = columns
        self.output = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.read_to = 0

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait()
        if self.terminal >= 0:
            os.close(self.terminal)
            self.terminal = -1

    def types(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def sees(self, words: str) -> str:
        """Wait until these words come, line breaks and colours aside; what came up to them."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = plain(self.output)
            flat = re.sub(r"\s+", " ", shown)
            place = flat.find(words, self.read_to)
            if place >= 0:
                seen = flat[self.read_to : place + len(words)]
                self.read_to = place + len(words)
                return seen
            assert self._more(end), f"{words!r} did not come after: {flat[self.read_to :]}"

    def ends(self) -> int:
        """Wait until the program ends; its status."""
        end = time.monotonic() + PATIENCE
        while self._more(end):
            pass
        return self.program.wait(PATIENCE)

    def _more(self, end: float) -> bool:
        if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
            return False
        try:
            read = os.read(self.terminal, 65536)
        except OSError:  # the program has closed its side
            return False
        self.output += self.decoder.decode(read)
        return bool(read)


def plain(output: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output).replace("\r\n", "\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "queue.sqlite"
    with Store(path) as store:
        Queue(store).propose("w", "Page one", report(TEXT))
    return path


Start = Callable[..., Person]


@pytest.fixture
def sit_down(path: Path) -> Iterator[Start]:
    people: list[Person] = []

    def start(**options: object) -> Person:
        person = Person(sys.executable, "-c", PROGRAM, str(path), **options)  # type: ignore[arg-type]
        people.append(person)
        return person

    yield start
    for person in people:
        person.close()


def states(path: Path) -> str:
    with Store(path) as store:
        return "".join(entry.state.value[0] for entry in Queue(store).entries())


def stored(path: Path, number: int) -> Proposal:
    with Store(path) as store:
        return Queue(store).proposal(number)


def test_a_finding_is_shown_with_all_that_a_decision_needs(sit_down: Start) -> None:
    person = sit_down(NO_COLOR="1")
    seen = person.sees("Approve? [y n 1-2 e r j k u q ?]")
    for part in (
        "1/6 Page one History, line 4",
        "warning misspelt",
        '"teh" is no word (MOS:TYPO; certain)',
        '*1 write "the" (review)',
        "2 leave it out (review)",
        "- It was [-teh-] first.",
        "+ It was {+the+} first.",
        "in: It was >teh< first. A wierd one",
    ):
        assert part in seen
    person.types("j")
    seen = person.sees("Approve?")
    assert "2/6" in seen
    assert 'also here: misspelt: "teh" is no word' in seen
    assert "also here: shouting" in seen
    person.types("jj")
    person.sees("evidence: An encyclopedia is calm.")


def test_every_key_does_what_the_help_says(sit_down: Start, path: Path) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("?")
    person.sees("y approve the mend shown")
    person.sees("Approve?")
    person.types("2")
    person.sees("*2 leave it out")
    person.types("y")
    person.sees("approved: leave it out")
    person.sees("2/6")
    person.types("r")
    person.sees("reason: ")
    person.types("it is a name\n")
    person.sees("rejected")
    person.sees("3/6")
    person.types("n")
    person.sees("4/6")
    person.types("K")
    person.sees("3/6")
    person.sees("rejected by Ann")
    person.types("j")
    person.sees("4/6")
    person.types("g")
    person.sees("number (1-6): ")
    person.types("6\n")
    person.sees("6/6")
    person.sees("No mend is offered: reject (n)")
    person.types("y")
    person.sees("there is no mend to approve")
    person.types("k")
    person.sees("5/6")
    person.types("y")
    person.sees("this is a suggestion")
    person.types("/")
    person.sees("search: ")
    person.types("shout\n")
    person.sees("4/6")
    person.types("u")
    person.sees("undone: the decision on misspelt")
    person.sees("3/6")
    person.types("o")
    person.sees("(opening https://wiki/Page)")
    person.types("p")
    person.sees("before: It was teh first. A wierd one in teh row! And so on.")
    person.sees("after: It was teh first. A wierd one in the row! And so on.")
    person.types("x")
    person.sees("there is no key 'x'")
    person.types("q")
    person.sees("the end")
    assert person.ends() == 0
    assert states(path) == "arpppp"
    assert stored(path, 1).fix == 1
    assert stored(path, 2).reason == "it is a name"


def test_the_rest_of_the_page_and_of_a_check(sit_down: Start, path: Path) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("*")
    person.sees("y or n for every misspelt that waits on Page one?")
    person.types("n")
    person.sees("rejected 5")
    person.sees("4/6")
    person.types("u")
    person.sees("undone: 5 decisions")
    person.types("a")
    person.sees("approved 4; 2 left")
    person.types("d")
    person.sees("Everything is decided.")
    assert states(path) == "aaaarr"
    person.types("u")
    person.sees("undone")
    person.types("q")
    assert person.ends() == 0
    assert states(path) == "aaaapp"


def test_arrows_and_other_keys_of_a_keyboard(sit_down: Start, path: Path) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("\x1b[B")
    person.sees("2/6")
    person.types("\x1bOA")
    person.sees("1/6")
    person.types("\x1b[15~é")
    person.sees("there is no key 'é'")
    person.types("\x04")
    person.sees("the end")
    assert person.ends() == 0
    assert states(path) == "pppppp"


def test_a_text_is_edited_in_place_and_checked_again(sit_down: Start, path: Path) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("g5\n")
    person.sees("5/6")
    person.types("e")
    person.sees("edit: * Done soon.")
    person.types("\x15* Done now!\n")  # Ctrl-U clears the line
    person.sees("checked again: shouting would be new")
    person.sees("but: shouting would be new")
    person.types("e")
    person.sees("edit: * Done now!")
    person.types("\x7f.\n")
    person.sees("checked again: nothing is wrong with it")
    person.types("y")
    person.sees("approved: say when")
    person.types("q")
    assert person.ends() == 0
    edited = stored(path, 5)
    assert (edited.state, edited.edited) == (State.APPROVED, True)
    assert [(edit.old, edit.new) for edit in edited.edits] == [("asap", "now")]


def test_lines_are_edited_in_one_with_a_sign_between(sit_down: Start, path: Path) -> None:
    both = Fix("calm both", (Edit(2, "!", "."), Edit(6, "!", ".")))
    found = report("Oh!\nMy!")
    findings = (found.findings[0]._replace(fixes=(both,)),)
    with Store(path) as store:
        Queue(store).propose("a", "A", replace(found, findings=findings))
    person = sit_down()
    person.sees("1/7")
    person.types("e")
    person.sees("edit: Oh.↵My.")
    time.sleep(0.3)  # what comes before the line editor waits, it sees with the next key only
    person.types("\x03")
    person.sees("cancelled")
    person.types("e")
    person.sees("edit: Oh.↵My.")
    person.types("\x15Oh.↵Our.\n")
    person.sees("checked again: nothing is wrong")
    person.types("y")
    person.sees("approved")
    person.types("q")
    assert person.ends() == 0
    assert fixes.apply("Oh!\nMy!", stored(path, 7).edits) == "Oh.\nOur."


def test_an_editor_is_asked_when_there_is_one(sit_down: Start, path: Path, tmp_path: Path) -> None:
    editor = tmp_path / "an editor"
    editor.write_text('#!/bin/sh\nsed -i "s/soon/in 2027/" "$1"\necho >> "$1"\n')
    editor.chmod(0o755)
    person = sit_down(EDITOR=f"'{editor}'")
    person.sees("Approve?")
    person.types("g5\ne")
    person.sees("checked again: nothing is wrong")
    person.types("y")
    person.sees("approved")
    person.types("q")
    person.ends()
    assert [edit.new for edit in stored(path, 5).edits] == ["in 2027"]


@pytest.mark.parametrize("editor", ["false", "no-such-editor", "'"])
def test_an_editor_that_fails_changes_nothing(sit_down: Start, path: Path, editor: str) -> None:
    person = sit_down(VISUAL=editor)
    person.sees("Approve?")
    person.types("e")
    person.sees("the editor")
    person.sees("nothing was decided")
    person.types("q")
    assert person.ends() == 0
    assert states(path) == "pppppp"


def test_some_edits_of_a_fix(sit_down: Start, path: Path) -> None:
    with Store(path) as store:
        Queue(store).propose("a", "A", report("Oh!!! My."))
    person = sit_down()
    person.sees("[y n s e")
    person.types("s")
    for number in (1, 2, 3):
        person.sees(f"this edit ({number} of 3)?")
        person.types("n" if number == 1 else "y")
    person.sees("checked again: shouting would still be there")
    person.types("y")
    person.sees("approved")
    person.types("q")
    person.ends()
    assert [edit.start for edit in stored(path, 7).edits] == [3, 4]


def test_without_colours_nothing_commands_the_terminal(sit_down: Start) -> None:
    for options in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        person = sit_down(**options)
        person.sees("Approve?")
        assert "\x1b" not in person.output
        assert "[-teh-]" in person.output
        person.types("q\n")
        assert person.ends() == 0


def test_with_colours_words_are_marked_by_more_than_colour(sit_down: Start) -> None:
    person = sit_down()
    person.sees("Approve?")
    assert re.search(r"\x1b\[1;9;31mteh", person.output)  # bold, struck
    assert re.search(r"\x1b\[1;4;32mthe", person.output)  # bold, underlined


def test_a_dumb_terminal_is_asked_line_by_line(sit_down: Start, path: Path) -> None:
    person = sit_down(TERM="dumb")
    person.sees("Approve?")
    person.types("r a quotation\n")
    person.sees("rejected")
    person.sees("Approve?")
    person.types("\n")
    person.sees("Approve?")
    person.types("y\n")
    person.sees("approved")
    person.types("g 6\n")
    person.sees("6/6")
    person.types("e * Later, in 2030.\n")
    person.sees("checked again: nothing is wrong")
    person.types("y\n")
    person.sees("approved")
    person.types("\x04")
    assert person.ends() == 0
    assert states(path) == "rapppa"
    assert stored(path, 1).reason == "a quotation"


WIDE = (
    "国際連合は、teh 国際機関である。第二次世界大戦後の世界平和を維持するために設立された機関です。"
    "加盟国は百九十三か国。\n\nاللغة teh العربية لغة سامية، وهي من أكثر اللغات تحدثا في العالم.\n\n"
    "👩‍👩‍👧‍👦 teh e\u0301 family, with https://example.org/" + "long" * 40 + "\n"
)


@pytest.mark.parametrize("columns", [40, 80])
def test_wide_and_right_to_left_text_stays_in_the_width(
    sit_down: Start, path: Path, columns: int
) -> None:
    from rich.cells import cell_len

    with Store(path) as store:
        Queue(store).propose("a", "عربى 国際連合 " * 5, report(WIDE))
    person = sit_down(columns=columns)
    for number in range(1, 10):
        person.sees(f"{number}/9")
        person.sees("? [")
        person.types("J")
    person.types("q")
    person.ends()
    for line in plain(person.output).split("\n"):
        assert cell_len(line) <= columns, line


def test_the_page_cannot_command_the_terminal(sit_down: Start, path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\u202e teh \x08\x7f"
    with Store(path) as store:
        Queue(store).propose("a", evil, report(f"== {evil} ==\n{evil}\n"))
    person = sit_down(NO_COLOR="1")
    person.sees("Approve?")
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", person.output)) <= {"\r", "\n"}
    person.types("p")
    person.sees("before:")
    person.sees("Approve?")
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", person.output)) <= {"\r", "\n"}


def test_what_is_no_terminal_is_told_so(path: Path) -> None:
    command = [sys.executable, "-m", "bot", "review", "--queue", str(path)]
    run = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, cwd=ROOT
    )
    assert run.returncode == 2
    assert "needs a terminal" in run.stderr
    assert states(path) == "pppppp"


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (signal.SIGINT, -signal.SIGINT),
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGHUP, 128 + signal.SIGHUP),
    ],
)
def test_a_signal_ends_it_in_order(
    sit_down: Start, path: Path, how: signal.Signals, status: int
) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("y")
    person.sees("2/6")
    person.sees("Approve?")
    person.program.send_signal(how)
    assert person.ends() in {status, 1}
    assert states(path) == "appppp"
    assert termios.tcgetattr(person.terminal)[3] == person.before[3]  # echo is on again


def test_ctrl_c_at_the_keyboard_leaves(sit_down: Start, path: Path) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("n")
    person.sees("2/6")
    person.sees("Approve?")
    person.types("\x03")
    assert person.ends() != 0
    assert states(path) == "rppppp"


def test_a_terminal_that_goes_away_loses_nothing(sit_down: Start, path: Path) -> None:
    person = sit_down()
    person.sees("Approve?")
    person.types("y")
    person.sees("2/6")
    person.sees("Approve?")
    os.close(person.terminal)
    person.terminal = -1
    assert person.program.wait(PATIENCE) != 0
    assert states(path) == "appppp"


def test_two_people_at_two_terminals(sit_down: Start, path: Path) -> None:
    ann, bob = sit_down(), sit_down()
    ann.sees("Approve?")
    bob.sees("Approve?")
    ann.types("r")
    ann.sees("reason: ")
    ann.types("a name\n")
    ann.sees("2/6")
    bob.types("y")
    bob.sees("it was not decided: meanwhile it is rejected by Ann: a name")
    bob.sees("rejected by Ann: a name")
    bob.types("j")
    bob.sees("2/6")
    assert states(path) == "rppppp"


def test_kill_9_during_500_decisions_loses_none_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    with Store(path) as store:
        Queue(store).propose("w", "P", report("".join(f"{n} teh.\n" for n in range(500))))
    acknowledged = decided = kills = 0
    while decided < 500:
        person = Person(sys.executable, "-c", PROGRAM, str(path), NO_COLOR="1")
        try:
            person.sees("Approve?")
            person.types("y" * 60)
            for _ in range(min(30 + kills, 500 - decided)):
                person.sees("approved: ")
            person.program.send_signal(signal.SIGKILL)
            person.ends()
            kills += 1
            acknowledged += plain(person.output).count("approved: ")
        finally:
            person.close()
        with Store(path) as store:
            queue = Queue(store)
            approved = [p for p in queue.proposals() if p.state is State.APPROVED]
            told = [e for e in store.events() if e.kind == "approved"]
        decided = len(approved)
        # Of each kill at most one decision was in the file and not yet on the screen.
        assert acknowledged <= decided <= acknowledged + kills
        assert len(told) == decided
    assert kills >= 5
    assert all(p.edits and p.who == "Ann" for p in approved)
