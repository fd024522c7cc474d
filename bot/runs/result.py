"""What a run came to."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from bot.report.lines import many

FINDINGS, FAULT, INTERRUPTED = 1, 4, 130


@dataclass(slots=True)
class Result:
    """What a run came to. Numbers are pages but `new`, `obsolete` and `waiting`, proposals.

    `stopped` says why it ended early, '' when it did not; `left` is how many pages were due and
    wait for the next run. `troubles` need a human. `status` is the exit status. A `complete` run
    has seen every page, and everything it wanted to know of them.
    """

    pages: int = 0
    checked: int = 0
    passed_over: int = 0
    findings: int = 0
    new: int = 0
    obsolete: int = 0
    saved: int = 0
    not_saved: int = 0
    left: int = 0
    waiting: int = 0
    stopped: str = ""
    troubles: list[str] = field(default_factory=list)
    status: int = 0
    complete: bool = False

    @property
    def needs_a_look(self) -> bool:
        """Whether a human has something to look at. A limit that was reached is nothing of that: it
        was set, and the next run goes on there."""
        return bool(self.troubles) or self.status == INTERRUPTED

    def count(self, status: int) -> None:
        """Let a status count: of several the highest does."""
        self.status = max(self.status, status)

    def line(self, job: str) -> str:
        """The run in one line, such as the last one of a mail."""
        parts = [many(self.pages, "page"), f"{self.checked:,} checked"]
        if self.findings:
            parts.append(many(self.findings, "finding"))
        if self.new:
            parts.append(many(self.new, "new proposal"))
        if self.saved or self.not_saved:
            parts.append(f"{self.saved:,} saved, {self.not_saved:,} not")
        if self.waiting:
            parts.append(f"{self.waiting:,} waiting for a decision")
        if self.left:
            parts.append(f"{self.left:,} left for the next run")
        if self.troubles:
            parts.append(many(len(self.troubles), "trouble"))
        end = f"; {self.stopped}" if self.stopped else ""
        return f"{job}: {', '.join(parts)}{end}"

    def told(self) -> dict[str, object]:
        """The result as JSON can hold it; the troubles are counted."""
        return {**dataclasses.asdict(self), "troubles": len(self.troubles)}
