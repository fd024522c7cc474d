"""A summary as metrics for Prometheus, in the text format 0.0.4 that node_exporter reads.

See https://prometheus.io/docs/instrumenting/exposition_formats/. Everything is a gauge: a decision
can be taken back, so no number of the queue only grows. The moments are UTC, in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.queue.learning import Made
from bot.queue.proposals import State
from bot.report.summary import Summary


class _Sample(NamedTuple):
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def render(of: Summary) -> Iterator[str]:
    """The metrics, each with its help and type."""
    checks = of.checks
    oldest = of.oldest
    yield from _metric(
        "proposals",
        "Proposals in the queue, by check and state.",
        (
            _Sample(check.states.get(state, 0), (("check", check.name), ("state", state.value)))
            for check in checks
            for state in State
        ),
    )
    yield from _metric(
        "decisions",
        "What people made of the proposals of a check.",
        (
            _Sample(check.made.get(made, 0), (("check", check.name), ("made", made.value)))
            for check in checks
            for made in Made
        ),
    )
    yield from _metric(
        "acceptance_ratio",
        "Share of accepted proposals among the last decisions of a check.",
        (
            _Sample(check.acceptance, (("check", check.name),))
            for check in checks
            if check.acceptance is not None
        ),
    )
    yield from _metric(
        "report_only",
        "Whether a check only reports, because too few of its proposals were accepted.",
        (_Sample(check.report_only, (("check", check.name),)) for check in checks),
    )
    yield from _metric("pages_waiting", "Pages with proposals that wait.", [_Sample(of.pages)])
    yield from _metric(
        "oldest_waiting_timestamp_seconds",
        "When the proposal was made that waits longest.",
        [_Sample(each.proposed.timestamp()) for each in oldest[:1]],
    )
    yield from _metric(
        "stuck_pages", "Pages whose approved proposals are not saved.", [_Sample(len(of.troubles))]
    )
    yield from _metric(
        "unsettled_saves",
        "Edits of which it is not known whether the wiki saved them.",
        [_Sample(of.unsettled)],
    )
    yield from _metric(
        "last_checked_timestamp_seconds",
        "When a check last changed something in the queue.",
        [_Sample(of.last_checked.timestamp())] if of.last_checked else [],
    )
    yield from _metric(
        "written_timestamp_seconds", "When this was written.", [_Sample(of.now.timestamp())]
    )


def _metric(name: str, told: str, samples: Iterable[_Sample]) -> Iterator[str]:
    """A metric; nothing at all without a sample."""
    started = False
    for sample in samples:
        if not started:
            yield f"# HELP redpencil_{name} {told}\n# TYPE redpencil_{name} gauge\n"
            started = True
        labels = ",".join(f'{label}="{_escaped(value)}"' for label, value in sample.labels)
        value = float(sample.value)
        number = str(int(value)) if value.is_integer() else repr(value)
        yield f"redpencil_{name}{f'{{{labels}}}' if labels else ''} {number}\n"


def _escaped(value: str) -> str:
    written = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return written.encode("utf-8", "replace").decode()
