"""What people made of each check's proposals, and which checks lost their trust by it.

Everything is counted from the log, which nothing can change. Of a proposal the last decision
counts. A mend that somebody undid on the wiki counts as not accepted, whoever approved it. A check
whose share of accepted mends among its last decisions is too small only reports from then on: it
still finds, but nothing of it is proposed, until a person trusts it again.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.queue import Queue
from bot.store import Event, Store

#: Which revisions of a wiki somebody undid, and how: ("en.wikipedia.org", [5, 6]) -> {6: "undo"}.
Reverted = Callable[[str, Collection[int]], Mapping[int, str]]


class Made(enum.Enum):
    """What became of a proposal that a person decided."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    REVERTED = "reverted"


@dataclass(slots=True)
class Record:
    """What people made of one check.

    `last` are its latest decisions that count for trust, oldest first, at most as many as it is
    judged by; `report_only` says that their acceptance is too small.
    """

    check: str
    made: Counter[Made] = field(default_factory=Counter)
    saved: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    last: tuple[Made, ...] = ()
    report_only: bool = False

    @property
    def acceptance(self) -> float | None:
        """The share of its last decisions that a person accepted, as proposed or edited."""
        if not self.last:
            return None
        good = sum(made in (Made.ACCEPTED, Made.EDITED) for made in self.last)
        return good / len(self.last)


def records(store: Store, *, decisions: int, acceptance: float) -> list[Record]:
    """What people made of each check, by its name.

    A check with fewer than `decisions` since it was last trusted is not judged.
    """
    found: dict[str, Record] = {}
    latest: dict[str, tuple[str, Made]] = {}  # of each proposal, in the order of deciding
    forgiven: dict[str, set[str]] = {}  # proposals decided before the check was trusted again
    for event in store.events():
        check = str(event.detail.get("check", ""))
        if not check:
            continue
        record = found.setdefault(check, Record(check))
        if event.kind in ("approved", "rejected"):
            latest.pop(event.subject, None)
            latest[event.subject] = (check, _made(event))
            forgiven.get(check, set()).discard(event.subject)
            if event.kind == "rejected" and event.why:
                record.reasons[event.why] += 1
        elif event.kind in ("undone", "reopened"):
            _take_back(event, latest, record)
        elif event.kind == "reverted" and event.subject in latest:
            latest[event.subject] = (check, Made.REVERTED)
        elif event.kind == "saved":
            record.saved += 1
        elif event.kind == "trusted":
            forgiven[check] = {subject for subject, (of, _) in latest.items() if of == check}
    counted: dict[str, list[Made]] = {}
    for subject, (check, made) in latest.items():
        found[check].made[made] += 1
        if subject not in forgiven.get(check, ()):
            counted.setdefault(check, []).append(made)
    for check, record in found.items():
        record.last = tuple(counted.get(check, [])[-decisions:])
        share = record.acceptance
        record.report_only = (
            len(record.last) >= decisions and share is not None and share < acceptance
        )
    return [found[check] for check in sorted(found)]


def _made(event: Event) -> Made:
    if event.kind == "rejected":
        return Made.REJECTED
    return Made.EDITED if event.detail.get("edited") else Made.ACCEPTED


def _take_back(event: Event, latest: dict[str, tuple[str, Made]], record: Record) -> None:
    """A decision that its maker undid never was; one that a newer revision reopened stays made."""
    if event.kind == "reopened" and not event.who:
        return
    state = event.detail.get("state")
    latest.pop(event.subject, None)
    if state == "approved":
        latest[event.subject] = (record.check, _made(event))
    elif state == "rejected":
        latest[event.subject] = (record.check, Made.REJECTED)


def judge(store: Store, *, decisions: int, acceptance: float) -> list[Record]:
    """The checks that only report; the log is told of each that has just become one."""
    judged = [
        each
        for each in records(store, decisions=decisions, acceptance=acceptance)
        if each.report_only
    ]
    told = _told(store)
    for record in judged:
        if told.get(record.check) != "report-only":
            store.record("report-only", detail={"check": record.check}, why=sentence(record))
    return judged


def _told(store: Store) -> dict[str, str]:
    """What the log said last of each check: "report-only" or "trusted"."""
    return {
        str(event.detail["check"]): event.kind
        for event in store.events(wiki="", page="")
        if event.kind in ("report-only", "trusted")
    }


def sentence(record: Record) -> str:
    """Why a check only reports."""
    good = sum(made in (Made.ACCEPTED, Made.EDITED) for made in record.last)
    return (
        f"{record.check} only reports: people accepted {good} of its last {len(record.last)}"
        f" proposals; `redpencil stats --trust {record.check}` has it propose again"
    )


def trust(store: Store, check: str, who: str) -> None:
    """Have a check propose again; what was decided before no longer counts against it."""
    store.record("trusted", who=who, detail={"check": check})


def look_up_reverts(queue: Queue, reverted: Reverted) -> int:
    """Find out which saved proposals somebody undid on the wiki; how many that is news of."""
    told: set[str] = set()
    revisions: dict[str, dict[int, list[int]]] = {}
    for event in queue.store.events():
        revision = event.detail.get("revision")
        if event.kind == "reverted":
            told.add(event.subject)
        elif event.kind == "saved" and event.subject.startswith("proposal ") and revision:
            number = int(event.subject.removeprefix("proposal "))
            revisions.setdefault(event.wiki, {}).setdefault(revision, []).append(number)
    news = 0
    for wiki, saved in revisions.items():
        for revision, how in reverted(wiki, list(saved)).items():
            numbers = [n for n in saved.get(revision, ()) if f"proposal {n}" not in told]
            queue.reverted(numbers, how)
            news += len(numbers)
    return news


# How far the history after an edit is searched for one that undid it.
_LATER = 50


def reverted_revisions(
    request: Callable[..., dict[str, Any]], revisions: Collection[int]
) -> dict[int, str]:
    """Which of a wiki's revisions were undone, and how, in words; two requests for each.

    An edit counts as undone when the wiki says so (the tag mw-reverted, which undo, rollback and
    manual reverts set: https://www.mediawiki.org/wiki/Manual:Reverts) or when a later revision has
    the very text from before it. `request` asks the wiki's API.
    """
    found: dict[int, str] = {}
    for revision in revisions:
        answer = request(
            action="query",
            prop="revisions",
            revids=[revision],
            rvprop="ids|tags",
        )["query"]
        page: dict[str, Any] = next(iter(answer.get("pages", ())), {})
        own = next(iter(page.get("revisions", ())), None)
        if own is None:
            continue  # deleted with its page, which says nothing of the edit
        history = request(
            action="query",
            prop="revisions",
            pageids=[page["pageid"]],
            rvstartid=own["parentid"] or revision,
            rvdir="newer",
            rvlimit=_LATER,
            rvprop="ids|sha1|user|comment",
        )["query"]["pages"][0].get("revisions", ())
        before = next((r.get("sha1") for r in history if r["revid"] == own["parentid"]), None)
        undoing = next(
            (r for r in history if r["revid"] > revision and before and r.get("sha1") == before),
            None,
        )
        if undoing is not None:
            words = " ".join(str(undoing.get("comment", "")).split())
            found[revision] = f"undone by {undoing.get('user', 'somebody')}: {words}".strip(": ")
        elif "mw-reverted" in own.get("tags", ()):
            found[revision] = "undone on the wiki"
    return found


def as_json(found: list[Record], *, decisions: int, acceptance: float) -> dict[str, Any]:
    """The records as JSON: `{"version": 1, "decisions": 50, "acceptance": 0.5, "checks": […]}`."""
    return {
        "version": 1,
        "decisions": decisions,
        "acceptance": acceptance,
        "checks": [
            {
                "check": record.check,
                **{made.value: record.made[made] for made in Made},
                "saved": record.saved,
                "reasons": [
                    {"reason": reason, "count": count}
                    for reason, count in record.reasons.most_common()
                ],
                "last": [made.value for made in record.last],
                "share": record.acceptance,
                "report_only": record.report_only,
            }
            for record in found
        ],
    }
