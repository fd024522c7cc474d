"""From approved proposals to one save a page, and from its outcome back to the proposals.

    for batch in batches(queue):            # one page each
        outcome = saver.save(batch.page, batch.picks, **checking)     # a page of a wiki
        outcome = written(batch, **checking)                          # a file of a folder
        settle(queue, batch, outcome, who)

A folder of .wiki files stands for a wiki in trials and on a desk: its files are replaced whole or
stay as they are. What was approved is never changed here, and nothing else is saved.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot import fixes
from bot.checker import check_page, look_again
from bot.errors import StaleEdit, UnreadableText
from bot.model import Finding, Fix, Page
from bot.queue import Queue
from bot.queue.proposals import Proposal, Selection, State
from bot.queue.proposing import folder_of
from bot.saving import outcomes, standing
from bot.saving.outcomes import Conflict, Reason, Refused, Simulated, Unchanged
from bot.sites.folder import decoded


class Batch(NamedTuple):
    """What is approved for one page, as far as it goes together.

    `page` is the page as people saw it. `left` are the approved proposals that clash with another
    one, or that no reader would see on their own: they wait for the next time.
    """

    wiki: str
    page: Page
    proposals: tuple[Proposal, ...]
    left: tuple[Proposal, ...]

    @property
    def picks(self) -> tuple[tuple[Finding, Fix], ...]:
        """The findings with what was approved for each."""
        return tuple((each.finding, each.approved_fix) for each in self.proposals)

    @property
    def file(self) -> Path | None:
        """The file that holds the page; None for a page of a wiki."""
        folder = folder_of(self.wiki)
        return None if folder is None else folder / self.page.title


@dataclass(frozen=True, slots=True)
class Written:
    """The file `title` was replaced by one with the approved edits."""

    title: str

    @property
    def message(self) -> str:
        """The outcome in a sentence."""
        return f"{self.title}: written"


def batches(queue: Queue, selection: Selection = Selection()) -> Iterator[Batch]:  # noqa: B008
    """What is approved, page by page."""
    approved = Selection(
        wiki=selection.wiki,
        page=selection.page,
        check=selection.check,
        states=[State.APPROVED],
        safety=selection.safety,
        before=selection.before,
    )
    together: dict[tuple[str, str, str], list[Proposal]] = {}
    for proposal in queue.proposals(approved):
        key = (proposal.wiki, proposal.page, proposal.sha1)
        together.setdefault(key, []).append(proposal)
    for (wiki, title, _), proposals in together.items():
        choice = fixes.choose((each.finding, each.approved_fix) for each in proposals)
        chosen = [each for each in proposals if (each.finding, each.approved_fix) in choice.chosen]
        first = proposals[0]
        page = Page(title, queue.text(first), first.source, first.revision, first.timestamp)
        left = tuple(each for each in proposals if each not in chosen)
        yield Batch(wiki, page, tuple(chosen), left)


def settle(queue: Queue, batch: Batch, outcome: outcomes.Outcome | Written, who: str) -> None:
    """Tell the queue how the save of a batch ended; simulated and given up, nothing changes."""
    numbers = [proposal.id for proposal in batch.proposals]
    if isinstance(outcome, Written):
        queue.saved(numbers, None, who=who)
    elif isinstance(outcome, outcomes.Saved):
        queue.saved(numbers, outcome.revision, who=who)
    elif isinstance(outcome, Unchanged):
        queue.saved(numbers, outcome.revision or None, who=who, why="the page reads so already")
    elif isinstance(outcome, Conflict):
        queue.conflict(numbers, outcome.why, who=who)
    elif isinstance(outcome, Refused):
        queue.refused(numbers, outcome.message, who=who)


def written(
    batch: Batch, *, simulate: bool = False, **checking: Any
) -> Written | Unchanged | Conflict | Refused | Simulated:
    """Replace the file of a batch by one with the approved edits in it, whole or not at all.

    Edits by others in between are kept when they stand in other sections and what was approved is
    still found; otherwise it is a conflict, and the file is left alone. `checking` are the options
    of `bot.checker.check_page`.
    """
    file, page = batch.file, batch.page
    if file is None:
        return Refused(page.title, Reason.ERROR, f"{page.title}: is no file")
    file = file.resolve()
    edits = tuple(sorted(edit for _, fix in batch.picks for edit in fix.edits))
    try:
        now = decoded(file.read_bytes(), str(file))
    except FileNotFoundError:
        return Conflict(page.title, fixes.apply(page.text, edits), None, None, "the file is gone")
    except (OSError, UnreadableText) as wrong:
        return Refused(page.title, Reason.ERROR, f"{file}: cannot be read: {wrong}")
    if now == fixes.apply(page.text, edits):
        return Unchanged(page.title, 0)
    report = check_page(Page(page.title, now, page.source), **checking)
    try:
        edits, report = standing.carried(batch.picks, edits, page.text, report)
    except StaleEdit as stale:
        return Conflict(page.title, fixes.apply(page.text, edits), now, None, str(stale))
    text = fixes.apply(now, edits)
    wrong_with = look_again(report, edits, text, **checking)
    if wrong_with:
        return Refused(page.title, Reason.NOT_GOOD, f"{page.title}: {'; '.join(wrong_with)}")
    if simulate:
        return Simulated(page.title, 0, now, text, "", edits)
    try:
        _replace(file, text)
    except OSError as wrong:
        why = f"{file}: cannot be written: {wrong.strerror or wrong}; it is as it was"
        return Refused(page.title, Reason.ERROR, why)
    return Written(page.title)


def _replace(file: Path, text: str) -> None:
    """Put a text in the place of a file's, with the file's rights, on the disk on return."""
    part = file.with_name(f".{file.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        part.chmod(file.stat().st_mode & 0o7777)
        part.replace(file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
