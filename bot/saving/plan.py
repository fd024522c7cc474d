"""What is to be saved, and the plan of it that is written down before the wiki hears of it.

The plan has a marker that also stands in the edit summary: by it an edit whose answer was lost, or
whose program was killed, is known again. Nothing here asks a wiki or changes a page.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from bot import fixes
from bot.model import Edit, Finding, Fix, Page
from bot.saving.policy import Policy
from bot.saving.reading import Revision, stored
from bot.store import Save, Store

Pick = tuple[Finding, Fix]


class Task(NamedTuple):
    """One thing to save. Without `picks` it is our own edit of revision `undoes` to take back, or
    an edit of a page of our own that the summary calls `about`.

    `checking` are the options to check the page with, `proposals` the numbers of the fixes in the
    queue.
    """

    page: Page
    edits: tuple[Edit, ...]
    picks: tuple[Pick, ...]
    checking: Mapping[str, Any]
    undoes: int | None = None
    proposals: tuple[int, ...] = ()
    about: str = ""

    def summary(self, policy: Policy, account: str, marker: str) -> str:
        """The edit summary, with the marker that finds the edit again."""
        about = policy.documentation or f"User:{account}"
        tail = f" ([[{about}|about]]) {marker}"
        if self.undoes is not None:
            return f"Redpencil: undid its own revision {self.undoes}{tail}"
        if self.about:
            return f"Redpencil: {self.about}{tail}"
        return policy.summary((finding.check for finding, _ in self.picks), about, marker)


class Plan(NamedTuple):
    """An edit that is sent, with what is needed to tell whether it came out as approved.

    `number` is the save's in the store, `base` the revision that has the text `before`. One that an
    earlier run wrote down has no `task`.
    """

    number: int
    marker: str
    page_id: int
    title: str
    base: int
    before: str
    edits: tuple[Edit, ...]
    task: Task | None

    @property
    def text(self) -> str:
        """The page as it shall be, as the wiki would store it."""
        return stored(fixes.apply(self.before, self.edits))

    @classmethod
    def written_down(
        cls,
        store: Store,
        wiki: str,
        account: str,
        task: Task,
        seen: Revision,
        edits: tuple[Edit, ...],
    ) -> Self:
        """The plan to edit a revision, on the disk when it is returned."""
        marker = f"rp-{secrets.token_hex(6)}"
        plan = cls(0, marker, seen.page_id, seen.title, seen.id, seen.text, edits, task)
        number = store.intend(
            wiki=wiki,
            page=seen.title,
            account=account,
            base_revision=seen.id,
            sha1=hashlib.sha1(plan.text.encode()).hexdigest(),  # noqa: S324 (MediaWiki's own choice)
            marker=marker,
            detail={
                "at": store.clock().isoformat(),
                "page_id": seen.page_id,
                "edits": [list(edit) for edit in edits],
                "checks": sorted({finding.check for finding, _ in task.picks}),
                "undoes": task.undoes,
                "proposals": task.proposals,
                "source": task.page.source,
            },
        )
        return plan._replace(number=number)

    @classmethod
    def of(cls, save: Save, before: str) -> Self:
        """The plan that an earlier run wrote down; `before` is the text it meant to edit."""
        edits = tuple(Edit._make(each) for each in save.detail["edits"])
        page_id = save.detail["page_id"]
        base = save.base_revision
        return cls(save.id, save.marker, page_id, save.page, base, before, edits, None)
