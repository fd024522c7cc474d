"""One person's way through the queue: what is shown, what each key does, what a decision means.

The terminal and the browser both drive a `Session`, so that a key does the same in either:

    session = Session(queue, "Ann", checking, selection)
    session.shown              a `View`: everything to show now; None when all is decided
    session.asks("r")          what a key needs to be told first ("reason"), or None
    session.press("y")         a `Reply`: what happened, what is to be said of it (in the words of
                               `bot.review.catalogue`), and the verdicts of the queue
    session.press("r", "a quotation")
    session.go(17)             to show that proposal (a browser's link)

A browser, which shows one version of a proposal and hears of a key much later, passes the version
it showed: `press("y", seen=3)`. A decision is in the file when `press` returns; the session itself
holds nothing that a crash could lose but the place and an edit not yet approved. Nothing here
prints, reads a key, or writes to a wiki.

Keys, as in `git add -p` and pywikibot where these have them:

    y n        approve what is shown, reject
    r *        reject with a reason, decide the same for all findings of this check on this page
    a d        approve this and the later ones of the page, reject them
    1-9 e s    choose an alternative, edit the result, take only some of a fix's edits
    j J k K    next undecided, next, previous undecided, previous
    g /        go to a number, search
    u q        undo the last decision, leave
    p o ?      preview, open the page, help: for the one who shows it
"""

from __future__ import annotations

import dataclasses
import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot import fixes
from bot.checker import check_page
from bot.errors import RedpencilError, StaleEdit
from bot.model import Edit, Fix, Page, Safety, Span
from bot.queue import Queue, anchors
from bot.queue.proposals import OPEN, Decision, Entry, Proposal, Selection, State, Verdict
from bot.review.catalogue import Phrase, Sayable, say
from bot.wikitext import Wikitext, prose, verify

# The options that the page of a proposal is checked with (`bot.checker.check_page`).
Checking = Callable[[Proposal], Mapping[str, object]]

#: The keys as a person is shown them, each with a text of its own: `keys.KEY` in the catalogue.
KEYS = ("y", "n", "1-9", "r", "e", "s", "a", "d", "*", "j", "k", "g", "/", "p", "o", "u", "q", "?")

#: Why `approve_safe` approved, as the log has it; it is shown in the words of the catalogue.
BY_CONFIGURATION = "safe, by the configuration"

# What a key must be told before it does anything.
_QUESTIONS = {"g": "number", "/": "words", "r": "reason", "*": "y or n", "e": "text", "s": "parts"}


class Happened(enum.Enum):
    """What a key did."""

    DECIDED = "decided"
    MOVED = "moved"
    CHANGED = "changed"
    """Another alternative or a person's own edit is shown, not yet approved."""
    OVERTAKEN = "overtaken"
    """Nothing: the proposal had changed since it was shown; it is shown anew."""
    NOTHING = "nothing"
    LEFT = "left"


class Reply(NamedTuple):
    """What a key did, what is to be said of it, and the verdicts on the decisions it made."""

    happened: Happened
    said: Sayable = ""
    verdicts: tuple[Verdict, ...] = ()


class View(NamedTuple):
    """A proposal as it is to be shown.

    It is `number` of `total` in the session, of which `undecided` wait. `fix` is what "y" would
    approve (None: nothing), `title` what it does, `chosen` its number among the alternatives (None:
    a person's own edit).
    `text` is the page's, `block` its lines around the finding and the edits, `sentence` the
    sentence of the finding. `neighbours` are the other proposals of that sentence, `rivals` the
    approved ones that its fix clashes with. `objections` say what checking a person's own edit
    brought up.
    """

    proposal: Proposal
    number: int
    total: int
    undecided: int
    fix: Fix | None
    title: Phrase | str
    chosen: int | None
    text: str
    block: Span
    sentence: Span
    neighbours: tuple[Proposal, ...]
    rivals: tuple[Proposal, ...]
    objections: tuple[Phrase | str, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What "y" would approve."""
        return self.fix.edits if self.fix else ()

    @property
    def result(self) -> str:
        """The block with those edits made."""
        return in_block(self.text, self.block, self.edits)


class Session:
    """A reviewer going through the proposals selected, in the order of the queue."""

    def __init__(
        self,
        queue: Queue,
        who: str,
        checking: Checking,
        selection: Selection = Selection(states=[State.PENDING]),  # noqa: B008 (frozen)
    ) -> None:
        self.queue = queue
        self.who = who
        self.checking = checking
        outline = queue.outline(selection)
        self.selection = selection
        self.numbers = [number for number, _, _ in outline]
        self._places = {number: place for place, number in enumerate(self.numbers)}
        self._pages = {number: page for number, page, _ in outline}
        self._open = {number for number, _, state in outline if state is State.PENDING}
        self._place: int | None = None
        self._chosen = 0
        self._own: tuple[Edit, ...] = ()
        self._objections: tuple[Phrase | str, ...] = ()
        self._view: View | None = None
        # When only decided ones were selected, they are shown.
        self._move(range(len(self.numbers)), undecided=bool(self._open))

    # What is shown

    @property
    def shown(self) -> View | None:
        """What there is to show now; None when nothing is left."""
        if self._view is None and self._place is not None:
            self._view = self._seen(self.numbers[self._place])
        return self._view

    @property
    def undecided(self) -> int:
        """How many of the session's proposals wait, as far as is known."""
        return len(self._open)

    def asks(self, key: str) -> str | None:
        """What a key needs as its argument: "number", "words", "reason", "y or n", "text" or
        "parts" (a "y" or "n" for each edit of the fix); None for nothing."""
        return _QUESTIONS.get(key)

    def editable(self) -> str:
        """The text that a person edits on "e": the lines around, with the shown mend made."""
        view = self.shown
        return view.result if view else ""

    def _seen(self, number: int) -> View:
        proposal, text = self.queue.with_text(number)
        finding = proposal.finding
        fix: Fix | None = None
        title: Phrase | str = ""
        chosen: int | None = None
        if proposal.state is State.APPROVED and proposal.edited:
            fix, title = proposal.approved_fix, approved_title(proposal)
        elif finding.fixes:
            chosen = min(self._chosen, len(finding.fixes) - 1)
            fix = finding.fixes[chosen]
            title = fix.title
        spans = [finding.span, *(edit.span for edit in (fix.edits if fix else ()))]
        if self._own:  # edits of the lines around what they began with, which stay the same lines
            fix, chosen = Fix("", self._own), None
            title = _own_title(proposal, self._chosen if finding.fixes else None)
            spans += [edit.span for edit in self._own]
        sentence = anchors.sentence(text, finding.span)
        edits = fix.edits if fix else ()
        return View(
            proposal,
            (self._place or 0) + 1,
            len(self.numbers),
            len(self._open),
            fix,
            title,
            chosen,
            text,
            block(text, spans),
            sentence,
            tuple(self.queue.neighbours(proposal, sentence)),
            tuple(self.queue.rivals(proposal, edits)),
            self._objections,
        )

    # Keys

    def press(self, key: str, argument: str = "", *, seen: int | None = None) -> Reply:
        """Do what a key means. `seen` is the version that was shown, by default the one shown last.

        What a key cannot do is said in the reply; nothing is raised but a StoreError.
        """
        if key == "q":
            return Reply(Happened.LEFT)
        if key == "u":
            return self._undo()
        view = self.shown
        if key == "g":
            return self._go_to_place(argument)
        if key == "/":
            return self._search(argument)
        if key in "jJkK":
            return self._step(key)
        if view is None:
            return Reply(Happened.NOTHING, say("reply.all-decided"))
        if seen is not None and seen != view.proposal.version:
            self._view = None
            return Reply(Happened.OVERTAKEN, _changed(view.proposal))
        if key in "123456789":
            return self._choose(int(key), view)
        if key == "e":
            return self._edit(argument, view)
        if key == "s":
            return self._split(argument, view)
        if key == "y":
            return self._approve(view)
        if key in "nr":
            return self._decide([self._no(view.proposal, argument if key == "r" else "")])
        if key in "ad":
            return self._decide_rest(view, approve=key == "a")
        if key == "*":
            return self._decide_check(view, argument)
        return Reply(Happened.NOTHING, say("reply.no-key", key=repr(key)))

    def go(self, number: int) -> bool:
        """Show the proposal of this number; False when it is none of the session, or settled."""
        return number in self._pages and self._move([self._places[number]], undecided=False)

    def _step(self, key: str) -> Reply:
        place = -1 if self._place is None else self._place
        if key in "jJ":
            places = range(place + 1, len(self.numbers))
        else:
            places = range((place if self._place is not None else len(self.numbers)) - 1, -1, -1)
        if self._move(places, undecided=key in "jk"):
            return Reply(Happened.MOVED)
        return Reply(Happened.NOTHING, none_beside(key))

    def _go_to_place(self, argument: str) -> Reply:
        if argument.isdecimal() and 1 <= int(argument) <= len(self.numbers):
            if self._move([int(argument) - 1], undecided=False):
                return Reply(Happened.MOVED)
            return Reply(Happened.NOTHING, say("reply.settled", number=argument))
        return Reply(Happened.NOTHING, say("reply.numbers", last=len(self.numbers)))

    def _search(self, words: str) -> Reply:
        wanted = words.casefold().split()
        start = -1 if self._place is None else self._place
        size = len(self.numbers)
        # Those decided in this session are no longer among what was selected, so all are read.
        fitting = {
            entry.id
            for entry in self.queue.entries(dataclasses.replace(self.selection, states=()))
            if wanted and all(word in _searched(entry) for word in wanted)
        }
        places = [
            place
            for place in ((start + step) % size for step in range(1, size + 1))
            if self.numbers[place] in fitting
        ]
        if self._move(places, undecided=False):
            return Reply(Happened.MOVED)
        return Reply(Happened.NOTHING, say("reply.no-words", words=words))

    def _choose(self, number: int, view: View) -> Reply:
        count = len(view.proposal.finding.fixes)
        if number > count:
            there = "reply.alternatives" if count else "reply.no-alternative"
            return Reply(Happened.NOTHING, say(there, last=count))
        self._chosen, self._own, self._objections, self._view = number - 1, (), (), None
        return Reply(Happened.CHANGED)

    def _edit(self, text: str, view: View) -> Reply:
        old = view.block.of(view.text)
        if text == old:
            return Reply(Happened.NOTHING, say("reply.same-text"))
        return self._take(fixes.edits_between(old, text, view.block.start), view)

    def _split(self, answers: str, view: View) -> Reply:
        if len(view.edits) < 2:
            return Reply(Happened.NOTHING, say("reply.one-edit"))
        if len(answers) != len(view.edits) or set(answers) - {"y", "n"}:
            return Reply(Happened.NOTHING, say("reply.edits", count=len(view.edits)))
        edits = tuple(
            edit for edit, answer in zip(view.edits, answers, strict=True) if answer == "y"
        )
        if not edits:
            return Reply(Happened.NOTHING, say("reply.no-edit"))
        if edits == view.edits:
            return Reply(Happened.NOTHING, say("reply.all-edits"))
        return self._take(edits, view)

    def _take(self, edits: tuple[Edit, ...], view: View) -> Reply:
        """Show a person's own edits, checked again."""
        self._own = edits
        self._objections = tuple(
            objections(view.proposal, view.text, edits, self.checking(view.proposal))
        )
        self._view = None
        if self._objections:
            return Reply(Happened.CHANGED, say("reply.checked", objections=self._objections))
        return Reply(Happened.CHANGED, say("reply.checked-well"))

    def _approve(self, view: View) -> Reply:
        decision = self._yes(view.proposal, view.chosen, self._own)
        if decision is not None:
            return self._decide([decision])
        if not view.proposal.finding.fixes:
            return Reply(Happened.NOTHING, say("reply.no-mend"))
        return Reply(Happened.NOTHING, say("reply.suggestion"))

    def _yes(
        self, proposal: Proposal, chosen: int | None, own: tuple[Edit, ...] = ()
    ) -> Decision | None:
        """The approval of an alternative or of a person's edits; None when that is not possible."""
        alternatives = proposal.finding.fixes
        if own:
            fix = min(self._chosen, len(alternatives) - 1) if alternatives else None
            return Decision(proposal.id, proposal.version, State.APPROVED, fix, own)
        if chosen is None or alternatives[chosen].safety is Safety.SUGGESTION:
            return None
        return Decision(proposal.id, proposal.version, State.APPROVED, chosen)

    def _no(self, proposal: Proposal, reason: str = "") -> Decision:
        return Decision(proposal.id, proposal.version, State.REJECTED, reason=reason.strip())

    def _decide_rest(self, view: View, *, approve: bool) -> Reply:
        here = (view.proposal.wiki, view.proposal.page)
        later = [
            number
            for number in self.numbers[view.number :]
            if number in self._open and self._pages[number] == here
        ]
        return self._decide_many([view.proposal, *map(self.queue.proposal, later)], approve, view)

    def decide(self, proposals: Sequence[Proposal], *, approve: bool, reason: str = "") -> Reply:
        """The same decision for all of these, as they were read: of each the first mend, or no.

        Left undecided are those without a mend of their own, and those whose mend clashes with
        another.
        """
        return self._decide_many(proposals, approve, None, reason)

    def _decide_check(self, view: View, answer: str) -> Reply:
        if answer not in ("y", "n"):
            return Reply(Happened.NOTHING, say("reply.neither"))
        check = view.proposal.finding.check
        same = self.queue.proposals(
            Selection(
                wiki=view.proposal.wiki,
                page=view.proposal.page,
                check=check,
                states=[State.PENDING],
            )
        )
        others = [each for each in same if each.id != view.proposal.id]
        return self._decide_many([view.proposal, *others], answer == "y", view)

    def _decide_many(
        self,
        proposals: Sequence[Proposal],
        approve: bool,  # noqa: FBT001
        view: View | None,
        reason: str = "",
    ) -> Reply:
        """Decide the same of many: of the shown one as it is shown, of the others the first mend.

        Left undecided are those without a mend of their own, and those whose mend clashes with
        another.
        """
        if not approve:
            return self._decide([self._no(each, reason) for each in proposals])
        decisions: list[Decision] = []
        together: defaultdict[tuple[str, str], fixes.Together] = defaultdict(fixes.Together)
        left = 0
        for proposal in proposals:
            shown = view is not None and proposal.id == view.proposal.id
            chosen = 0 if proposal.finding.fixes else None
            if shown and view is not None:
                chosen = view.chosen
            decision = self._yes(proposal, chosen, self._own if shown else ())
            if decision is None:
                left += 1
                continue
            edits = decision.edits or proposal.finding.fixes[decision.fix or 0].edits
            others = together[proposal.wiki, proposal.page]
            if self.queue.rivals(proposal, edits) or others.add(proposal.finding, edits):
                left += 1
            else:
                decisions.append(decision)
        reply = self._decide(decisions)
        if left:
            why = say("reply.left", count=left)
            reply = reply._replace(said=(reply.said, why) if decisions else why)
        return reply

    def _decide(self, decisions: Sequence[Decision]) -> Reply:
        if not decisions:
            return Reply(Happened.NOTHING, say("reply.nothing"))
        verdicts = tuple(self.queue.decide(decisions, self.who))
        self._note(verdicts)
        overtaken = [verdict.proposal for verdict in verdicts if not verdict.made]
        if overtaken and len(verdicts) == 1:
            self._view = None
            if overtaken[0].gone:  # nothing is left to be shown anew
                self._on()
            return Reply(Happened.OVERTAKEN, _changed(overtaken[0]), verdicts)
        said: Sayable = _made(decisions[0].state, verdicts)
        if overtaken:
            said = (said, say("reply.overtaken-many", count=len(overtaken)))
        self._on()
        return Reply(Happened.DECIDED, said, verdicts)

    def _undo(self) -> Reply:
        verdicts = tuple(self.queue.undo(self.who))
        if not verdicts:
            return Reply(Happened.NOTHING, say("reply.no-undo"))
        self._note(verdicts)
        first = verdicts[0].proposal
        self.go(first.id)
        made = sum(verdict.made for verdict in verdicts)
        if not made:
            return Reply(Happened.OVERTAKEN, _changed(first), verdicts)
        said: Sayable = say("reply.undone", count=made, check=first.finding.check, page=first.page)
        if made < len(verdicts):
            said = (said, say("reply.not-undone", count=len(verdicts) - made))
        return Reply(Happened.DECIDED, said, verdicts)

    # Places

    def _note(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            if verdict.proposal.id in self._pages:
                if verdict.proposal.state is State.PENDING:
                    self._open.add(verdict.proposal.id)
                else:
                    self._open.discard(verdict.proposal.id)

    def _on(self) -> None:
        """To the next undecided one, behind the present one or else from the start."""
        start = 0 if self._place is None else self._place
        size = len(self.numbers)
        if not self._move([(start + step) % size for step in range(1, size + 1)]):
            self._place = self._view = None

    def _move(self, places: Iterable[int], *, undecided: bool = True) -> bool:
        """To the first of the places that may be shown; those decided by others are passed over."""
        for place in places:
            number = self.numbers[place]
            if undecided and number not in self._open:
                continue
            proposal = self.queue.proposal(number)
            if proposal.state is not State.PENDING:
                self._open.discard(number)
                if undecided:
                    continue
            if proposal.gone or proposal.state not in OPEN:
                continue
            self._place = place
            self._chosen, self._own, self._objections = 0, (), ()
            self._view = self._seen(number)
            return True
        return False


def approve_safe(queue: Queue, who: str, checks: Iterable[str], selection: Selection) -> int:
    """Approve what waits and has a SAFE first fix, of these checks alone; how many were approved.

    Those that clash with another approved mend are left for a person.
    """
    approved = 0
    for proposal in queue.proposals(selection):
        if proposal.finding.check not in checks or proposal.state is not State.PENDING:
            continue
        mends = proposal.finding.fixes
        if not mends or mends[0].safety is not Safety.SAFE or proposal.gone:
            continue
        if queue.rivals(proposal, mends[0].edits):
            continue
        decision = Decision(
            proposal.id, proposal.version, State.APPROVED, 0, reason=BY_CONFIGURATION
        )
        approved += queue.decide([decision], who)[0].made
    return approved


# Texts


def block(text: str, spans: Sequence[Span]) -> Span:
    """The whole lines that some stretches stand in, without the last line break."""
    start = text.rfind("\n", 0, min(span.start for span in spans)) + 1
    last = max(span.end for span in spans)
    if last > start and text[last - 1 : last] == "\n":
        return Span(start, last - 1 if last - 1 > start else last)
    end = text.find("\n", last)
    return Span(start, len(text) if end < 0 else end)


def in_block(text: str, lines: Span, edits: Iterable[Edit]) -> str:
    """A block of the text with the edits made that stand in it."""
    inside = [
        edit._replace(start=edit.start - lines.start) for edit in edits if lines.contains(edit.span)
    ]
    return fixes.apply(lines.of(text), inside)


def readable(text: str, language: str = "en") -> str:
    """What a reader reads of a piece of wikitext: no markup, no references."""
    read = prose.read(Wikitext(text, language), Span(0, len(text)))
    return read.text.replace(prose.OBJECT, "…").strip()


def objections(
    proposal: Proposal, text: str, edits: Sequence[Edit], options: Mapping[str, object]
) -> list[Phrase | str]:
    """What is wrong with a person's own edits, a sentence each; empty when nothing is.

    They must fit the text, leave the structure around them whole, mend the finding, and bring no
    new one.
    """
    ordered = sorted(edits)
    try:
        mended = fixes.apply(text, ordered)
    except StaleEdit as wrong:
        return [str(wrong)]
    wrong_with: list[Phrase | str] = list(verify.differences(text, mended, ordered))
    try:
        before = check_page(Page(proposal.page, text, proposal.source), **options)  # type: ignore[arg-type]
        after = check_page(Page(proposal.page, mended, proposal.source), **options)  # type: ignore[arg-type]
    except RedpencilError as wrong:
        return [*wrong_with, str(wrong)]
    known = {(f.check, fixes.moved(f.span.start, ordered)) for f in before.findings}
    place = (proposal.finding.check, fixes.moved(proposal.finding.span.start, ordered))
    for finding in after.findings:
        if (finding.check, finding.span.start) == place:
            wrong_with.append(say("checked.still", check=finding.check))
        elif (finding.check, finding.span.start) not in known:
            wrong_with.append(say("checked.new", check=finding.check, message=finding.message))
    return wrong_with


# What is said


def state(proposal: Proposal) -> Phrase:
    """What became of a proposal, by whom, and why."""
    said = say(f"state.{proposal.state.value}")
    if proposal.who and proposal.state is not State.PENDING:
        said = say("state.by", state=said, who=proposal.who)
    if not proposal.reason:
        return said
    configured = proposal.reason == BY_CONFIGURATION
    reason = say("state.by-configuration") if configured else proposal.reason
    return say("state.why", state=said, reason=reason)


def approved_title(proposal: Proposal) -> Phrase | str:
    """What an approved proposal does to the page: the title of its fix, or a person's words."""
    if proposal.edited or proposal.fix is None:
        return _own_title(proposal, proposal.fix)
    return proposal.finding.fixes[proposal.fix].title


def none_beside(key: str) -> Phrase:
    """That there is nothing where a key of j J k K leads."""
    return say("reply.last" if key in "jJ" else "reply.first")


def _own_title(proposal: Proposal, fix: int | None) -> Phrase:
    """What a person's own edit is called, which began with an alternative or with nothing."""
    if fix is None:
        return say("mend.own")
    return say("mend.edited", title=proposal.finding.fixes[fix].title)


def _made(wanted: State, verdicts: Sequence[Verdict]) -> Phrase:
    """The decision that was made, or how many were."""
    if len(verdicts) > 1:
        return say(f"reply.{wanted.value}-many", count=sum(verdict.made for verdict in verdicts))
    proposal = verdicts[0].proposal
    if wanted is State.APPROVED:
        return say("reply.approved", title=approved_title(proposal))
    return say("reply.rejected", check=proposal.finding.check)


def _changed(proposal: Proposal) -> Phrase:
    """What became of a proposal since it was shown."""
    if proposal.gone:
        return say("reply.gone")
    if proposal.state is State.PENDING:
        return say("reply.changed")
    return say("reply.overtaken", state=state(proposal))


def _searched(entry: Entry) -> str:
    """What a search looks at."""
    return f"{entry.page} {entry.check} {entry.message} {entry.section}".casefold()
