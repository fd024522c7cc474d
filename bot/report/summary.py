"""What stands in the queue and what has become of it lately, as values: what every report renders.

A summary is counted from the queue and its log, for one wiki or for all of them. Nothing of it is
kept, so it can be made at any time, and two made of the same queue at the same moment are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from bot.queue import Queue
from bot.queue.learning import Made, Record, records
from bot.queue.proposals import State
from bot.queue.rows import moment


class Day(NamedTuple):
    """What happened on a day (UTC), in proposals; `waiting` is how many were left at its end."""

    day: date
    proposed: int = 0
    approved: int = 0
    rejected: int = 0
    saved: int = 0
    reverted: int = 0
    waiting: int = 0


class CheckCount(NamedTuple):
    """One check: how many of its proposals are in which state, and what people made of them.

    `acceptance` is the share of "yes" among its last `judged` decisions, None without any;
    `report_only` says that it was too small. Both are of all wikis together.
    """

    name: str
    states: Mapping[State, int]
    made: Mapping[Made, int]
    acceptance: float | None
    judged: int
    report_only: bool


class Waiting(NamedTuple):
    """A proposal that waits for a person; `source` is the address of its page or file's path,
    `mend` the title of its first fix, '' for none."""

    number: int
    wiki: str
    page: str
    source: str
    section: str
    line: int
    check: str
    severity: str
    safety: str
    message: str
    mend: str
    proposed: datetime


class Trouble(NamedTuple):
    """Why something approved is not saved yet; `kind` is "conflict", "refused" or "given up"."""

    at: datetime
    wiki: str
    page: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of the queue at `now`, and what happened from `since` on, day by day.

    `wiki` is '' for all wikis. `states` has every state, `checks` go by name, `waiting` by wiki,
    page and place, `oldest` by age, `troubles` with the latest first. `unsettled` are edits of
    which it is not known whether the wiki saved them. Moments are UTC; `last_checked` is when a
    check last changed something in the queue.
    """

    now: datetime
    since: datetime
    wiki: str
    states: Mapping[State, int]
    days: tuple[Day, ...]
    checks: tuple[CheckCount, ...]
    waiting: tuple[Waiting, ...]
    troubles: tuple[Trouble, ...]
    unsettled: int
    last_checked: datetime | None

    @property
    def oldest(self) -> tuple[Waiting, ...]:
        """What waits, the longest waiting first."""
        return tuple(sorted(self.waiting, key=lambda each: (each.proposed, each.number)))

    @property
    def pages(self) -> int:
        """How many pages have something that waits."""
        return len({(each.wiki, each.page) for each in self.waiting})

    @property
    def report_only(self) -> tuple[str, ...]:
        """The checks that only report, because too few of their proposals were accepted."""
        return tuple(check.name for check in self.checks if check.report_only)

    def total(self, what: str) -> int:
        """How many proposals were "proposed", "approved", "rejected", "saved" or "reverted" on
        all the days together."""
        return sum(getattr(day, what) for day in self.days)


def summary(
    queue: Queue,
    since: datetime,
    now: datetime,
    *,
    wiki: str = "",
    decisions: int = 50,
    acceptance: float = 0.5,
) -> Summary:
    """What stands in the queue now, and what happened since; of one wiki if it is named.

    A check is judged by its last `decisions`, and only reports below that share of `acceptance`.
    Raises StoreError.
    """
    since, now = since.astimezone(UTC), now.astimezone(UTC)
    counted: dict[str, dict[State, int]] = {}
    for (of, _, check, state), number in queue.counts().items():
        if not wiki or of == wiki:
            known = counted.setdefault(check, {})
            known[state] = known.get(state, 0) + number
    states = {state: sum(each.get(state, 0) for each in counted.values()) for state in State}
    judged = {
        record.check: record
        for record in records(queue.store, decisions=decisions, acceptance=acceptance)
    }
    return Summary(
        now,
        since,
        wiki,
        states,
        _days(queue, since, now, wiki, states[State.PENDING]),
        tuple(_check(name, counted[name], judged.get(name)) for name in sorted(counted)),
        _waiting(queue, wiki),
        _troubles(queue, wiki),
        len(queue.store.saves(state="intended", wiki=wiki or None)),
        moment(_value(queue, "SELECT max(at) FROM event WHERE kind = 'checked'", wiki)),
    )


def _check(name: str, states: Mapping[State, int], record: Record | None) -> CheckCount:
    if record is None:
        return CheckCount(name, states, {}, None, 0, report_only=False)
    return CheckCount(
        name,
        states,
        {made: record.made[made] for made in Made if record.made[made]},
        record.acceptance,
        len(record.last),
        record.report_only,
    )


_WAITING = """
    SELECT id, wiki, page, source, section, line, check_name, severity, safety, message,
        coalesce(json_extract(detail, '$.fixes[0].title'), ''), proposed
    FROM proposal WHERE state = 'pending' AND (?1 = '' OR wiki = ?1)
    ORDER BY wiki, page, start, id
"""


def _waiting(queue: Queue, wiki: str) -> tuple[Waiting, ...]:
    found = queue.store.read(_WAITING, (wiki,))
    return tuple(Waiting._make([*row[:-1], datetime.fromisoformat(row[-1])]) for row in found)


# What a proposal's state was before an event of it, and what it was after.
_STEPS = """
    WITH step AS (
        SELECT substr(at, 1, 10) AS day, kind, json_extract(detail, '$.state') AS state,
            lag(json_extract(detail, '$.state')) OVER (PARTITION BY subject ORDER BY id) AS before
        FROM event WHERE subject GLOB 'proposal *' AND (?1 = '' OR wiki = ?1)
    )
    SELECT day, kind, coalesce(state, ''), coalesce(before, ''), count(*)
    FROM step WHERE day >= ?2 GROUP BY 1, 2, 3, 4
"""


def _days(queue: Queue, since: datetime, now: datetime, wiki: str, waiting: int) -> tuple[Day, ...]:
    """The days from the first to today; how many waited is counted back from what waits now."""
    first = min(since, now).date()
    happened: dict[tuple[str, str], int] = {}
    more: dict[str, int] = {}
    for day, kind, after, before, number in queue.store.read(_STEPS, (wiki, first.isoformat())):
        happened[day, kind] = happened.get((day, kind), 0) + number
        if kind == "undone":  # a decision that its maker took back never was
            happened[day, before] = happened.get((day, before), 0) - number
        change = (after == "pending") - (before == "pending")
        more[day] = more.get(day, 0) + number * change
    found = []
    # What is dated after today, by a clock that was put back, has happened all the same.
    later = [day for day in more if day > now.date().isoformat()]
    waiting -= sum(more[day] for day in later)
    for back in range((now.date() - first).days + 1):
        day = now.date() - timedelta(days=back)
        name = day.isoformat()
        numbers = {kind: max(0, happened.get((name, kind), 0)) for kind in Day._fields[1:-1]}
        found.append(Day(day, **numbers, waiting=max(0, waiting)))
        waiting -= more.get(name, 0)
    return tuple(reversed(found))


# The last word on each page where something approved waits, unless it was a save.
_STUCK = """
    SELECT at, wiki, page, kind, why FROM event
    WHERE id IN (SELECT max(id) FROM event
        WHERE kind IN ('conflict', 'refused', 'given up', 'saved') AND (?1 = '' OR wiki = ?1)
        GROUP BY wiki, page)
    AND kind <> 'saved' AND EXISTS (SELECT 1 FROM proposal
        WHERE proposal.wiki = event.wiki AND proposal.page = event.page
        AND proposal.state = CASE kind WHEN 'conflict' THEN 'conflict' ELSE 'approved' END)
    ORDER BY id DESC
"""


def _troubles(queue: Queue, wiki: str) -> tuple[Trouble, ...]:
    found = queue.store.read(_STUCK, (wiki,))
    return tuple(Trouble(datetime.fromisoformat(row[0]), *row[1:]) for row in found)


def _value(queue: Queue, query: str, wiki: str) -> str | None:
    (row,) = queue.store.read(f"{query} AND (?1 = '' OR wiki = ?1)", (wiki,))
    found: str | None = row[0]
    return found
