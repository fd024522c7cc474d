"""How proposals are written into the rows of the store's file, and read from them."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.model import Edit, Finding, Fix, Safety, Severity, Span
from bot.queue.proposals import Entry, Proposal, Selection, State

STATE = {state.value: state for state in State}
SEVERITY = {severity.value: severity for severity in Severity}
SAFETY: dict[str, Safety | None] = {"": None} | {safety.value: safety for safety in Safety}


def where(selection: Selection) -> tuple[str, tuple[Any, ...]]:
    """The conditions of an SQL query for the proposals selected, and their values."""
    parts = ["1"]
    values: list[Any] = []
    for column, value in (("wiki", selection.wiki), ("page", selection.page)):
        if value is not None:
            parts.append(f"{column} = ?")
            values.append(value)
    if selection.check is not None:
        parts.append("(check_name = ? OR family = ?)")
        values += [selection.check] * 2
    if selection.states:
        parts.append(f"state IN ({', '.join('?' * len(selection.states))})")
        values += [state.value for state in selection.states]
    if selection.safety is not None:
        parts.append("safety = ?")
        values.append(selection.safety.value)
    if selection.before is not None:
        parts.append("proposed < ?")
        values.append(instant(selection.before))
    return " AND ".join(parts), tuple(values)


def entry(
    number: int,
    version: int,
    wiki: str,
    page: str,
    section: str,
    line: int,
    start: int,
    stop: int,
    check: str,
    family: str,
    severity: str,
    safety: str,
    message: str,
    state: str,
    who: str,
    proposed: str,
) -> Entry:
    """A line of a list, from its columns in this order."""
    return Entry(
        number,
        version,
        wiki,
        page,
        section,
        line,
        start,
        stop,
        check,
        family,
        SEVERITY[severity],
        SAFETY[safety],
        message,
        STATE[state],
        who,
        datetime.fromisoformat(proposed),
    )


def proposal(row: sqlite3.Row) -> Proposal:
    """A stored proposal."""
    detail = json.loads(row["detail"])
    finding = Finding(
        row["check_name"],
        row["family"],
        SEVERITY[row["severity"]],
        Span(row["start"], row["stop"]),
        row["message"],
        detail["evidence"],
        tuple(Span(*span) for span in detail["related"]),
        tuple(
            Fix(fix["title"], edits(fix["edits"]), Safety(fix["safety"]), fix["cosmetic"])
            for fix in detail["fixes"]
        ),
    )
    return Proposal(
        row["id"],
        row["version"],
        row["wiki"],
        row["page"],
        row["key"],
        row["source"],
        row["revision"],
        moment(row["timestamp"]),
        row["sha1"],
        row["section"],
        row["line"],
        finding,
        STATE[row["state"]],
        row["fix"],
        edits(json.loads(row["edits"])),
        bool(row["edited"]),
        row["reason"],
        row["who"],
        moment(row["decided"]),
        datetime.fromisoformat(row["proposed"]),
        row["page_id"],
        tuple(json.loads(row["aliases"])),
    )


def columns(proposal: Proposal) -> dict[str, Any]:
    """The columns of a proposal, by name."""
    finding = proposal.finding
    detail = {
        "evidence": finding.evidence,
        "related": [list(span) for span in finding.related],
        "fixes": [
            {
                "title": fix.title,
                "safety": fix.safety.value,
                "cosmetic": fix.cosmetic,
                "edits": [list(edit) for edit in fix.edits],
            }
            for fix in finding.fixes
        ],
    }
    return {
        "id": proposal.id,
        "version": proposal.version,
        "wiki": proposal.wiki,
        "page": proposal.page,
        "key": proposal.key,
        "source": proposal.source,
        "revision": proposal.revision,
        "timestamp": instant(proposal.timestamp),
        "sha1": proposal.sha1,
        "section": proposal.section,
        "line": proposal.line,
        "start": finding.span.start,
        "stop": finding.span.end,
        "check_name": finding.check,
        "family": finding.family,
        "severity": finding.severity.value,
        "safety": finding.fixes[0].safety.value if finding.fixes else "",
        "message": finding.message,
        "detail": as_json(detail),
        "proposed": instant(proposal.proposed),
        **decision(proposal),
        "edits": as_json([list(edit) for edit in proposal.edits]),
        "page_id": proposal.page_id,
        "aliases": as_json(proposal.aliases),
    }


def decision(proposal: Proposal) -> dict[str, Any]:
    """The columns that a decision changes."""
    return {
        "state": proposal.state.value,
        "fix": proposal.fix,
        "edits": [list(edit) for edit in proposal.edits],
        "edited": int(proposal.edited),
        "reason": proposal.reason,
        "who": proposal.who,
        "decided": instant(proposal.decided),
    }


def as_decided(proposal: Proposal, columns: Mapping[str, Any]) -> Proposal:
    """A new version of a proposal with another decision, given by the columns of `decision`."""
    return dataclasses.replace(
        proposal,
        version=proposal.version + 1,
        state=State(columns["state"]),
        fix=columns["fix"],
        edits=edits(columns["edits"]),
        edited=columns["edited"],
        reason=columns["reason"],
        who=columns["who"],
        decided=moment(columns["decided"]),
    )


def edits(written: Iterable[Sequence[Any]]) -> tuple[Edit, ...]:
    """Edits as they stand in JSON."""
    return tuple(Edit(*edit) for edit in written)


def packed(text: str) -> bytes:
    """The text of a page as it is stored."""
    return zlib.compress(text.encode())


def unpacked(content: bytes) -> str:
    """A stored text of a page."""
    return zlib.decompress(content).decode()


def as_json(value: object) -> str:
    """The one way in which values are written as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def instant(moment: datetime | None) -> str | None:
    """A moment as it is stored: in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None


def moment(written: str | None) -> datetime | None:
    """A stored moment (UTC)."""
    return datetime.fromisoformat(written) if written else None
