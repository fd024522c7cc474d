"""What a job wants published when a run of it has ended, and where.

The secrets for that may be in the environment; what is missing there is said before the run
begins. Nothing here publishes: that is `bot.report.publish`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.runs.job import FromEnvironment, Job

if TYPE_CHECKING:
    from bot.report.publish import Publication


def publications_of(job: Job, environment: Mapping[str, str]) -> list[Publication]:
    """What is to be published when the run has ended. Raises UsageError when a variable of the
    environment is missing."""
    from bot.report.publish import (
        Dashboard,
        JsonLines,
        Prometheus,
        TextReport,
        Webhook,
        WikiReport,
    )

    reports = job.reports
    found: list[Publication] = []
    for kind, path in (
        (TextReport, reports.text),
        (JsonLines, reports.json_lines),
        (Dashboard, reports.html),
        (Prometheus, reports.prometheus),
    ):
        if path is not None:
            found.append(kind(path))
    if reports.wiki:
        found.append(WikiReport(reports.wiki))
    address = _secret(job, "webhook", environment)
    if address:
        found.append(Webhook(address, _secret(job, "token", environment)))
    return found


def _secret(job: Job, key: str, environment: Mapping[str, str]) -> str:
    """The value of a key of [notifications], '' when it is not said."""
    value: str | FromEnvironment = getattr(job.notifications, key)
    if isinstance(value, str):
        return value
    if not environment.get(value.variable):
        raise job.written.wrong(
            ("notifications", key), f"is to be in the environment, but {value.variable} is not set"
        )
    return environment[value.variable]
