"""How an attempt to save ends: values to show, to store and to count; standard library only.

Every outcome has the page's `title` and a `message`, a sentence for a person that says what
happened and what to do. None of them is an exception: that somebody else edits the page is no
surprise.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.model import Edit


class Reason(enum.Enum):
    """Why something approved was not saved."""

    STOPPED = "somebody stopped the bot"
    STAY_AWAY = "the page asks bots to stay away"
    NOT_ALLOWED = "the account may not"
    UNWANTED = "the wiki refused the edit"
    NOT_GOOD = "the result would not be good"
    LIMIT = "a limit is reached"
    INTERRUPTED = "an earlier run was interrupted"
    ERROR = "the wiki answered with an error"


@dataclass(frozen=True, slots=True)
class Saved:
    """The edit is in the page's history as `revision`; `number` is what `undo` takes.

    `merged` says that the wiki joined it with an edit somebody made at the same moment, which was
    checked. `read_back` is False when the wiki could not be asked any more what it had saved.
    """

    title: str
    number: int
    revision: int
    merged: bool = False
    read_back: bool = True

    @property
    def message(self) -> str:
        """The outcome in a sentence."""
        more = ", together with an edit that somebody made at the same moment" * self.merged
        unread = "; it could not be read back" * (not self.read_back)
        return f"{self.title}: saved as revision {self.revision}{more}{unread}"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing to save: the page reads as approved already; `revision` is 0 for a file."""

    title: str
    revision: int

    @property
    def message(self) -> str:
        """The outcome in a sentence."""
        where = f" (revision {self.revision})" if self.revision else ""
        return f"{self.title}: reads as approved already{where}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody changed what was approved; the page is theirs, and has to be checked again.

    `ours` is the page as approved, `theirs` as it is now, in `revision` (None when it is gone).
    When the wiki had joined the two before it could be seen, `taken_back` is the revision that put
    theirs back, or None when that failed; `number` is then what `undo` takes.
    """

    title: str
    ours: str
    theirs: str | None
    revision: int | None
    why: str
    number: int | None = None
    taken_back: int | None = None

    @property
    def message(self) -> str:
        """The outcome in a sentence."""
        if self.number is None:
            end = "nothing was saved; check the page again"
        elif self.taken_back is not None:
            end = f"the edit was taken back (revision {self.taken_back}); check the page again"
        else:
            end = f"look at the page, and take the edit back with `redpencil undo {self.number}`"
        return f"{self.title}: {self.why}; {end}"


@dataclass(frozen=True, slots=True)
class Refused:
    """Not saved, and trying again does not help; `message` says why and what does."""

    title: str
    reason: Reason
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The wiki could not be reached for as long as was allowed.

    `open` says that one request may have been saved nevertheless: the next run finds out.
    """

    title: str
    message: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would be saved, with the summary it would have; the wiki was not asked to."""

    title: str
    revision: int
    before: str
    text: str
    summary: str
    edits: tuple[Edit, ...]

    @property
    def message(self) -> str:
        """The outcome in a sentence."""
        return f"{self.title}: would be saved over revision {self.revision}"


Outcome = Saved | Unchanged | Conflict | Refused | GivenUp | Simulated
