"""A summary line by line: as text for a person, as JSON lines for programs.

The text is short, so that it can be mailed every morning: what waits, what happened, what needs a
look. Each JSON line is an object whose "kind" says what it is: one "summary", then "day", "check",
"trouble" and "proposal" (one that waits). "version" 1 only grows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.queue.learning import Made
from bot.queue.proposals import State
from bot.report import shortened, visible
from bot.report.summary import CheckCount, Summary, Trouble, Waiting

VERSION = 1

_OLDEST = 5


def text(of: Summary) -> Iterator[str]:
    """The summary for a person, a line each."""
    yield from (f"{line}\n" for line in _lines(of))


def _lines(of: Summary) -> Iterator[str]:
    where = f" of {of.wiki}" if of.wiki else ""
    yield f"Redpencil{where}, {of.now:%Y-%m-%d %H:%M} UTC"
    yield ""
    yield headline(of)
    yield (
        f"Since {of.since:%Y-%m-%d}: {of.total('proposed'):,} proposed,"
        f" {of.total('approved'):,} approved, {of.total('rejected'):,} rejected,"
        f" {of.total('saved'):,} saved, {of.total('reverted'):,} undone on the wiki."
    )
    sentences = list(needs_a_look(of))
    if sentences:
        yield ""
        yield "Needs a look"
        for sentence in sentences:
            yield f"  {sentence}"
    if of.checks:
        yield ""
        width = max(len(check.name) for check in of.checks)
        yield f"{'':{width}}  waiting  approved  saved  rejected  accepted"
        for check in of.checks:
            numbers = "  ".join(
                f"{check.states.get(state, 0):>{len(title)},}"
                for state, title in (
                    (State.PENDING, "waiting"),
                    (State.APPROVED, "approved"),
                    (State.SAVED, "saved"),
                    (State.REJECTED, "rejected"),
                )
            )
            yield f"{check.name:{width}}  {numbers}  {acceptance(check):>8}".rstrip()
    if of.waiting:
        yield ""
        yield "Waiting longest"
        for each in of.oldest[:_OLDEST]:
            page = visible(each.page, one_line=True)
            said = shortened(visible(each.message, one_line=True), 100)
            yield f"  {age(of.now - each.proposed)}: {page}, {each.check}: {said}"


def headline(of: Summary) -> str:
    """What the queue holds, in a sentence."""
    waiting = of.states[State.PENDING]
    if not waiting:
        first = "Nothing waits for a decision"
    else:
        verb = "waits" if waiting == 1 else "wait"
        first = f"{many(waiting, 'proposal')} on {many(of.pages, 'page')} {verb} for a decision"
    approved = of.states[State.APPROVED]
    return f"{first}; {approved:,} approved and not saved yet." if approved else f"{first}."


def needs_a_look(of: Summary) -> Iterator[str]:
    """What will not go on by itself, a sentence each."""
    for trouble in of.troubles:
        yield stuck(trouble)
    if of.unsettled:
        verb = "is" if of.unsettled == 1 else "are"
        yield (
            f"Of {many(of.unsettled, 'edit')} it {verb} not known whether the wiki saved"
            f" {'it' if of.unsettled == 1 else 'them'}; the next `redpencil save` finds out."
        )
    for name in of.report_only:
        yield f"{name} only reports: too few of its proposals were accepted."


def stuck(trouble: Trouble) -> str:
    """Why something approved is not saved."""
    page = visible(trouble.page, one_line=True)
    why = shortened(visible(trouble.why, one_line=True), 200).removeprefix(f"{page}: ")
    return f"{page} ({trouble.kind} on {trouble.at:%Y-%m-%d}): {why}"


def acceptance(check: CheckCount) -> str:
    """The share of accepted proposals, such as "87%", or "–"."""
    return "–" if check.acceptance is None else f"{check.acceptance:.0%}"


def age(span: timedelta) -> str:
    """How long something has waited, in the largest unit that fits."""
    hours = int(span.total_seconds()) // 3600
    return many(hours // 24, "day") if hours >= 24 else many(max(hours, 0), "hour")


def many(number: int, what: str) -> str:
    """A number of things: "1 page", "2,000 pages"."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


# JSON


def json_lines(of: Summary) -> Iterator[str]:
    """The summary for programs, an object a line."""
    for value in (
        {"kind": "summary", **overview(of)},
        *({"kind": "day", **day._asdict(), "day": day.day.isoformat()} for day in of.days),
        *({"kind": "check", **check_json(check)} for check in of.checks),
        *({"kind": "trouble", **trouble_json(trouble)} for trouble in of.troubles),
    ):
        yield _line(value)
    for each in of.waiting:
        yield _line({"kind": "proposal", **_waiting_json(each)})


def overview(of: Summary) -> dict[str, Any]:
    """The summary without its lists."""
    oldest = of.oldest
    return {
        "version": VERSION,
        "now": _instant(of.now),
        "since": _instant(of.since),
        "wiki": of.wiki or None,
        "states": {state.value: of.states[state] for state in State},
        "pages_waiting": of.pages,
        "happened": {what: of.total(what) for what in _HAPPENED},
        "oldest_waiting": _instant(oldest[0].proposed) if oldest else None,
        "unsettled": of.unsettled,
        "report_only": list(of.report_only),
        "last_checked": _instant(of.last_checked) if of.last_checked else None,
    }


_HAPPENED = ("proposed", "approved", "rejected", "saved", "reverted")


def check_json(check: CheckCount) -> dict[str, Any]:
    """What is told of a check."""
    return {
        "check": check.name,
        "states": {state.value: check.states.get(state, 0) for state in State},
        "made": {made.value: check.made.get(made, 0) for made in Made},
        "acceptance": check.acceptance,
        "judged": check.judged,
        "report_only": check.report_only,
    }


def trouble_json(trouble: Trouble) -> dict[str, Any]:
    """What is told of a trouble; its own kind is its "what"."""
    told = trouble._asdict()
    return {"what": told.pop("kind"), **told, "at": _instant(trouble.at)}


def _waiting_json(each: Waiting) -> dict[str, Any]:
    return {
        **each._asdict(),
        "safety": each.safety or None,
        "proposed": _instant(each.proposed),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _line(value: dict[str, Any]) -> str:
    # Half a surrogate pair could stand in a message; no UTF-8 can hold it.
    written = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return written.encode("utf-8", "replace").decode() + "\n"
