"""Review in a terminal: one finding at a time, one key a decision.

Plain lines that scroll, no full screen: it works over ssh, in forty columns, without colours, and
what was decided stays readable above. A decision is on the disk before the next finding is shown,
so that nothing is lost however the terminal ends. Without colours, changed words stand in brackets
as wdiff marks them, [-old-] and {+new+}; text of the page can not command the terminal.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Self, TextIO

from bot import fixes
from bot.errors import RedpencilError, UsageError
from bot.model import Fix, Span
from bot.queue.proposals import Proposal, State
from bot.report import shortened, visible
from bot.review import KEYS, Happened, Reply, Session, View, readable, state
from bot.review.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# How much of a paragraph is shown on either side of its finding, in characters.
_AROUND = 400
_MOST_HUNKS = 6
_MOST_NEIGHBOURS = 4

# What separates lines where a text of several lines is edited in one.
_LINE_BREAK = "↵"

_LOOKS = {
    "page": "bold",
    "check": "bold",
    "error": "bold red",
    "warning": "bold yellow",
    "advice": "bold cyan",
    "faint": "dim",
    "old": "bold red strike",
    "new": "bold green underline",
    "place": "underline",
    "note": "yellow",
}
_MARKS = {"old": ("[-", "-]"), "new": ("{+", "+}"), "place": (">", "<")}


class Keyboard:
    """The keys and lines that a person types; a key at a time where the terminal can.

    Use it as a context: while it is open, keys come one by one and are not echoed, but for `line`;
    afterwards the terminal is as it was.
    """

    def __init__(self, given: TextIO, *, single: bool) -> None:
        self.given = given
        self.single = single
        self.rest = ""
        """What was typed behind the key where whole lines are read: "r a quotation"."""
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        if self.single:
            import termios

            self._before = termios.tcgetattr(self.given.fileno())
            self._one_by_one()
        return self

    def __exit__(self, *_: object) -> None:
        self._as_before()

    def key(self, prompt: Callable[[], object]) -> str:
        """The next key; "q" at the end of the input."""
        prompt()
        if self.single:
            return self._single()
        line = self.given.readline()
        if not line:
            return "q"
        self.rest = line.strip()[1:].strip()
        return line.strip()[:1]

    def line(self, prompt: str, text: str = "") -> str | None:
        """A line, with `text` to start from; None when it was cancelled."""
        try:
            with self.lent(), _prefilled(text):
                return input(prompt)
        except (EOFError, KeyboardInterrupt):
            return None

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """The terminal as it was, for something else that reads from it."""
        self._as_before()
        try:
            yield
        finally:
            if self._before is not None:
                self._one_by_one()

    def _one_by_one(self) -> None:
        import termios
        import tty

        tty.setcbreak(self.given.fileno(), termios.TCSADRAIN)

    def _as_before(self) -> None:
        if self._before is not None:
            import termios

            # Of a terminal that has gone away nothing can be put right.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.given.fileno(), termios.TCSADRAIN, self._before)

    def _single(self) -> str:
        stream = self.given.fileno()
        typed = os.read(stream, 1)
        while typed and not _is_character(typed) and len(typed) < 4:
            typed += os.read(stream, 1)
        if typed == b"\x1b":
            typed += _sequence(stream)
        if typed in (b"", b"\x04"):  # the terminal has gone; Ctrl-D
            return "q"
        arrows = {b"A": "K", b"B": "J", b"C": "J", b"D": "K"}
        if typed[:1] == b"\x1b":
            return arrows.get(typed[-1:], "") if len(typed) > 1 else ""
        return typed.decode(errors="replace")


def _is_character(typed: bytes) -> bool:
    try:
        typed.decode()
    except UnicodeDecodeError:
        return False
    return True


def _sequence(stream: int) -> bytes:
    """What else a key sends that is more than one character."""
    found = b""
    while select.select([stream], [], [], 0.05)[0]:
        more = os.read(stream, 1)
        found += more
        if not more or re.fullmatch(rb"\[[0-9;]*[A-Za-z~]|O[A-Za-z]|[^\[O]", found):
            break
    return found


@contextlib.contextmanager
def _prefilled(text: str) -> Iterator[None]:
    """Lines are edited from this text, where the terminal has a line editor."""
    try:
        import readline
    except ImportError:
        yield
        return
    readline.set_startup_hook(lambda: readline.insert_text(text) if text else None)
    try:
        yield
    finally:
        readline.set_startup_hook(None)


class Terminal:
    """A person at a terminal, with a session to go through, asked in the words of `texts`.

    `preview` gives what a reader would see of a mend, in lines; by default the text without its
    markup. `show_page` opens an address for the person and says whether it could.
    """

    def __init__(
        self,
        session: Session,
        *,
        given: TextIO | None = None,
        written: TextIO | None = None,
        texts: Catalogue | None = None,
        preview: Callable[[View], str] | None = None,
        show_page: Callable[[str], bool] = lambda address: False,
    ) -> None:
        """Raises UsageError when it is no terminal."""
        from rich.console import Console

        self.session = session
        self.texts = texts or catalogue()
        self.preview = preview or (lambda view: plain_preview(view, self.texts))
        self.show_page = show_page
        given, written = given or sys.stdin, written or sys.stdout
        if not (given and written and given.isatty() and written.isatty()):
            raise UsageError(
                "review needs a terminal to ask in; `redpencil queue` lists what waits"
            )
        if hasattr(written, "reconfigure"):
            written.reconfigure(errors="backslashreplace")
        dumb = os.environ.get("TERM", "dumb") in ("dumb", "unknown")
        self.keyboard = Keyboard(given, single=not dumb)
        self.console: Console = Console(
            file=written, highlight=False, markup=False, emoji=False, soft_wrap=False
        )
        self.colours = not dumb and not self.console.no_color and bool(self.console.color_system)

    def run(self) -> None:
        """Go on until the person leaves or all is decided; what is decided is in the queue.

        Ctrl-C, SIGTERM and a terminal that goes away leave as well; KeyboardInterrupt and
        SystemExit are raised then, with the terminal as it was.
        """
        with ended_by(signal.SIGTERM, signal.SIGHUP), self.keyboard:
            while True:
                view = self.session.shown
                if view is not None:
                    self._show(view)
                if not (self._ask_when_done() if view is None else self._ask()):
                    return

    # Asking

    def _ask(self) -> bool:
        """Ask about what is shown until something else is to be shown; False to leave."""
        while True:
            view = self.session.shown
            if view is None:
                return True
            key = self.keyboard.key(lambda view=view: self._prompt(view))  # type: ignore[misc]
            if not key:
                self._print("")
                continue
            self._print(visible(key, one_line=True))
            reply = self._pressed(key, view)
            if reply is None:
                continue
            self._tell(reply)
            if reply.happened is Happened.LEFT:
                return False
            if reply.happened is not Happened.NOTHING:
                return True

    def _ask_when_done(self) -> bool:
        """Nothing is left to decide: False to leave, True to take or look at something again."""
        self._print("")
        self._print(self.texts("terminal.decided"))
        while True:
            key = self.keyboard.key(lambda: self._question("terminal.decided-keys"))
            self._print(key)
            if key in ("q", "y", "n", "\n", "\r"):
                return False
            if key in ("u", "k", "K"):
                reply = self.session.press("K" if key == "k" else key)
                self._tell(reply)
                if self.session.shown is not None:
                    return True

    def _pressed(self, key: str, view: View) -> Reply | None:
        """What a key did; None when it only showed or asked something."""
        if key == "?":
            for each in KEYS:
                self._print(f"{each:<4} {self.texts(f'keys.{each}')}")
            return None
        if key == "p":
            self._print(self.preview(view))
            return None
        if key == "o":
            self._open(view.proposal)
            return None
        if not self.session.asks(key):
            return self.session.press(key, seen=view.proposal.version)
        argument = self.keyboard.rest or self._argument(key, view)
        self.keyboard.rest = ""
        if argument is None:
            self._print(self.texts("terminal.cancelled"))
            return None
        return self.session.press(key, argument, seen=view.proposal.version)

    def _argument(self, key: str, view: View) -> str | None:
        """What a key wants to be told, asked for; None when it was cancelled."""
        asks = self.session.asks(key)
        if asks == "text":
            return self._edited(self.session.editable())
        if asks == "parts":
            return self._parts(view)
        if asks == "y or n":
            check, page = view.proposal.finding.check, view.proposal.page
            return self.keyboard.key(
                lambda: self._question("terminal.every", check=check, page=page)
            )
        return self.keyboard.line(self._asked(f"terminal.{asks}", total=view.total))

    def _parts(self, view: View) -> str | None:
        answers = ""
        if len(view.edits) < 2:
            return answers
        for number, edit in enumerate(view.edits, 1):
            self._diff(view.text, Fix("", (edit,)))
            ask = functools.partial(
                self._question, "terminal.part", number=number, total=len(view.edits)
            )
            key = ""
            while key not in ("y", "n", "q"):
                key = self.keyboard.key(ask)
                self._print(key)
            if key == "q":
                return None
            answers += key
        return answers

    def _edited(self, text: str) -> str | None:
        """The text as the person edited it: in $VISUAL or $EDITOR, else in place."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if editor:
            try:
                with self.keyboard.lent():
                    return edited_with(editor, text)
            except RedpencilError as wrong:
                self._print(str(wrong))
                return None
        if not self.keyboard.single or _LINE_BREAK in text or "\r" in text:
            self._print(self.texts("terminal.no-editor"))
            return None
        line = self.keyboard.line(self._asked("terminal.edit"), text.replace("\n", _LINE_BREAK))
        return None if line is None else line.replace(_LINE_BREAK, "\n")

    def _open(self, proposal: Proposal) -> None:
        source = visible(proposal.source, one_line=True)
        if proposal.source.startswith(("http://", "https://")) and self.show_page(proposal.source):
            self._print(self.texts("terminal.opened", address=source))
        else:
            self._print(source)

    # Showing

    def _show(self, view: View) -> None:
        proposal, finding = view.proposal, view.proposal.finding
        self._print("")
        title = visible(proposal.page, one_line=True)
        texts = self.texts
        section = visible(proposal.section, one_line=True) or texts("lead")
        self._words(
            ("faint", f"{view.number}/{view.total}  "),
            ("page", title),
            ("faint", f"  {section}, {texts('review.line', line=proposal.line)}"),
        )
        severity = finding.severity.value
        decided = "" if proposal.state is State.PENDING else f"  {texts.said(state(proposal))}"
        self._words(
            (severity, texts(f"severity.{severity}")),
            "  ",
            ("check", finding.check),
            ("note", visible(decided, one_line=True)),
        )
        self._words(visible(finding.message, one_line=True))
        if finding.evidence:
            evidence = shortened(visible(finding.evidence, one_line=True))
            self._labelled("terminal.evidence", evidence)
        for number, fix in enumerate(finding.fixes):
            mark = "*" if number == view.chosen else " "
            safety = texts(f"safety.{fix.safety.value}")
            cosmetic = f", {texts('safety.cosmetic')}" if fix.cosmetic else ""
            self._words(
                ("check" if number == view.chosen else "", f"{mark}{number + 1} "),
                visible(fix.title, one_line=True),
                ("faint", f" ({safety}{cosmetic})"),
            )
        if view.fix is not None:
            if view.chosen is None:
                self._words(("check", "* "), visible(texts.said(view.title), one_line=True))
            self._diff(view.text, view.fix)
        self._paragraph(view)
        for objection in view.objections:
            self._labelled(
                "terminal.but", visible(texts.said(objection), one_line=True), look="note"
            )
        for rival in view.rivals:
            said = texts("review.rival", check=rival.finding.check)
            self._labelled("terminal.but", said, look="note")
        self._neighbours(view)

    def _diff(self, text: str, fix: Fix) -> None:
        hunks = fixes.hunks(text, fix.edits)
        for hunk in hunks[:_MOST_HUNKS]:
            for sign, look in (("- ", "old"), ("+ ", "new")):
                words: list[str | tuple[str, str]] = [("faint", sign), "…" * hunk.cut_before]
                for piece in hunk.pieces:
                    said = visible(piece.old if look == "old" else piece.new, one_line=True)
                    if said:
                        words.append((look, said) if piece.changed else shortened(said))
                words.append("…" * hunk.cut_after)
                if len(words) > 3 or hunk.cut_before or hunk.cut_after:  # whole lines come or go
                    self._words(*words)
        if len(hunks) > _MOST_HUNKS:
            more = self.texts("terminal.changes-more", count=len(hunks) - _MOST_HUNKS)
            self._words(("faint", f"  {more}"))

    def _paragraph(self, view: View) -> None:
        """The lines around the finding, which is marked; little of long ones."""
        span = view.proposal.finding.span
        start = max(view.block.start, span.start - _AROUND)
        end = min(view.block.end, max(span.end, span.start) + _AROUND)
        cut = Span(span.start, min(span.end, end))

        def shown(place: int, to: int) -> str:
            return shortened(visible(view.text[place:to]), 2 * _AROUND)

        self._labelled(
            "terminal.around",
            "…" * (start > view.block.start),
            shown(start, cut.start),
            ("place", shown(cut.start, cut.end)),
            shown(cut.end, end),
            "…" * (end < view.block.end),
        )

    def _neighbours(self, view: View) -> None:
        for other in view.neighbours[:_MOST_NEIGHBOURS]:
            said = shortened(visible(other.finding.message, one_line=True), 100)
            decided = self.texts(f"state.{other.state.value}")
            decided = "" if other.state is State.PENDING else f" ({decided})"
            self._labelled("terminal.also", f"{other.finding.check}{decided}: {said}")
        more = len(view.neighbours) - _MOST_NEIGHBOURS
        if more > 0:
            self._labelled("terminal.also", self.texts("terminal.also-more", count=more))

    def _prompt(self, view: View) -> None:
        count = len(view.proposal.finding.fixes)
        keys = [
            *(["y"] if view.fix else []),
            "n",
            *([f"1-{count}"] if count > 1 else []),
            *(["s"] if len(view.edits) > 1 else []),
            *"erjkuq?",
        ]
        what = self._asked("terminal.approve" if view.fix else "terminal.dismiss")
        self._words(("check", what), ("faint", f"[{' '.join(keys)}] "), end="")

    def _asked(self, key: str, **values: object) -> str:
        """A question, with the space after it."""
        return visible(self.texts(key, **values), one_line=True) + " "

    def _question(self, key: str, **values: object) -> None:
        self._words(self._asked(key, **values), end="")

    def _tell(self, reply: Reply) -> None:
        if reply.said:
            self._words(("note", f"  {visible(self.texts.said(reply.said), one_line=True)}"))

    def _labelled(self, key: str, *words: str | tuple[str, str], look: str = "faint") -> None:
        self._words((look, self._asked(key)), *words)

    def _print(self, text: str) -> None:
        self.console.print(text, overflow="fold")

    def _words(self, *words: str | tuple[str, str], end: str = "\n") -> None:
        """Write a line of words, each with what it is; folded at the terminal's width."""
        from rich.text import Text

        text: Text = Text(overflow="fold")
        for word in words:
            look, said = word if isinstance(word, tuple) else ("", word)
            if self.colours:
                text.append(said, _LOOKS.get(look))
            elif said:
                opening, closing = _MARKS.get(look, ("", ""))
                text.append(f"{opening}{said}{closing}")
        self.console.print(text, end=end)
        self.console.file.flush()


def plain_preview(view: View, texts: Catalogue) -> str:
    """What a reader reads of the lines before and after, without markup and references."""
    before, after = (visible(readable(each)) for each in (view.block.of(view.text), view.result))
    if not view.edits:
        return f"{texts('terminal.reads')} {before}"
    return compared(before, after, texts)


def compared(before: str, after: str, texts: Catalogue) -> str:
    """What a reader reads before and after."""
    gap = "\n" if "\n" in before + after else " "
    if before == after:
        return f"{texts('terminal.same')}{gap}{before}"
    return f"{texts('terminal.before')}{gap}{before}\n{texts('terminal.after')}{gap}{after}"


def edited_with(editor: str, text: str) -> str:
    """The text after a person edited it in an editor (a command line, as in $EDITOR).

    Raises UsageError when the editor cannot be started or ends with an error, and for a file that
    is no UTF-8 any more.
    """
    with tempfile.TemporaryDirectory(prefix="redpencil-") as folder:
        file = Path(folder) / "result.wiki"
        file.write_bytes(text.encode())
        try:
            status = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode
        except (OSError, ValueError) as wrong:
            raise UsageError(f"the editor {editor!r} cannot be started: {wrong}") from wrong
        if status:
            raise UsageError(f"the editor {editor!r} ended with status {status}; nothing is taken")
        try:
            after = file.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as wrong:
            raise UsageError(f"what the editor left cannot be read: {wrong}") from wrong
    if after.endswith("\n") and not text.endswith("\n"):
        after = after[:-2] if after.endswith("\r\n") else after[:-1]  # editors end every line
    return after


@contextlib.contextmanager
def ended_by(*signals: signal.Signals) -> Iterator[None]:
    """These signals end the program in order, with the terminal put right."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
