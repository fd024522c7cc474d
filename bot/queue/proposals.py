"""The nouns of the queue; standard library and model only."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.model import Edit, Finding, Fix, Safety, Severity


class State(enum.Enum):
    """What has become of a proposal.

    PENDING waits for a decision. APPROVED waits for a save, which makes it SAVED, or CONFLICT when
    the page had changed there: then it waits to be checked again. REJECTED is a "no" that is
    remembered. OBSOLETE is a finding that its page no longer has.
    """

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SAVED = "saved"
    CONFLICT = "conflict"
    OBSOLETE = "obsolete"


# What a person may decide of; the rest is settled.
OPEN = (State.PENDING, State.APPROVED, State.REJECTED, State.CONFLICT)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A finding that waits or waited for a person, and what was decided.

    Places are those of the text it was last checked in (`Queue.text`), on line `line` of it;
    `revision` is that text's, or the one it was saved as; `page_id` is the page's wherever it is
    moved. `key` names the finding, and so do `aliases` since our own edits changed the words around
    it. `fix` is the number of the approved alternative (from 0) and `edits` exactly what was
    approved; when `edited`, they are a person's and not the fix's. `who` decided last, at `decided`
    (UTC).
    """

    id: int
    version: int
    wiki: str
    page: str
    key: str
    source: str
    revision: int | None
    timestamp: datetime | None
    sha1: str
    section: str
    line: int
    finding: Finding
    state: State
    fix: int | None
    edits: tuple[Edit, ...]
    edited: bool
    reason: str
    who: str
    decided: datetime | None
    proposed: datetime
    page_id: int | None = None
    aliases: tuple[str, ...] = ()

    @property
    def gone(self) -> bool:
        """Whether the page no longer has the finding: it can be remembered, but not decided."""
        return not self.sha1

    @property
    def approved_fix(self) -> Fix:
        """What was approved, as a fix: with the person's edits where there are any."""
        if self.fix is not None and not self.edited:
            return self.finding.fixes[self.fix]
        title = self.finding.fixes[self.fix].title if self.fix is not None else "a person's words"
        return Fix(title, self.edits)


class Entry(NamedTuple):
    """A proposal in a list: enough to show a line of it and to find it."""

    id: int
    version: int
    wiki: str
    page: str
    section: str
    line: int
    start: int
    stop: int
    check: str
    family: str
    severity: Severity
    safety: Safety | None
    message: str
    state: State
    who: str
    proposed: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """Which proposals are meant; everything by default. `check` is a check's or family's name.

    `before`: first proposed before that moment (UTC).
    """

    wiki: str | None = None
    page: str | None = None
    check: str | None = None
    states: Collection[State] = ()
    safety: Safety | None = None
    before: datetime | None = None


#: What is meant when nothing is said.
EVERYTHING = Selection()


class Decision(NamedTuple):
    """What a reviewer wants done with a proposal of which this version was shown.

    To APPROVED belongs either the number of a fix, or edits of the reviewer's own (with the number
    of the fix they started from, if any); to REJECTED a reason, which may be ''; PENDING takes a
    decision back.
    """

    proposal: int
    version: int
    state: State
    fix: int | None = None
    edits: tuple[Edit, ...] = ()
    reason: str = ""


class Verdict(NamedTuple):
    """How a decision ended: whether it was made, and the proposal as it stands now.

    Not made means that the proposal had changed since it was shown; `proposal` says how.
    """

    made: bool
    proposal: Proposal


class Proposed(NamedTuple):
    """What proposing a page's report did: numbers of proposals. `outdated` says that the queue
    knows a newer revision, so that nothing was done."""

    new: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    remembered: tuple[int, ...] = ()
    """Findings that stay away: rejected before, or undone on the wiki."""
    obsolete: tuple[int, ...] = ()
    outdated: bool = False


def subject(number: int) -> str:
    """How the log names a proposal."""
    return f"proposal {number}"
