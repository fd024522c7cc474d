"""The metrics are what Prometheus's own client reads, whatever the names hold."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.report import prometheus
from bot.report.summary import CheckCount
from tests.report.standing import NOW, Hands, three_days


def read(of) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The samples by name and labels, as the client reads them."""
    found = {}
    for family in text_string_to_metric_families("".join(prometheus.render(of))):
        assert family.type == "gauge"
        assert family.documentation
        found[family.name] = {
            tuple(sorted(sample.labels.items())): sample.value for sample in family.samples
        }
    return found


@pytest.fixture
def hands(tmp_path: Path):
    hands = three_days(tmp_path)
    yield hands
    hands.store.close()


def test_the_client_reads_what_the_queue_holds(hands: Hands):
    found = read(hands.summary())
    proposals = found["redpencil_proposals"]
    assert proposals[("check", "misspelt"), ("state", "pending")] == 5
    assert sum(proposals.values()) == 9
    assert found["redpencil_decisions"][("check", "misspelt"), ("made", "reverted")] == 1
    assert found["redpencil_acceptance_ratio"] == {(("check", "misspelt"),): 0.5}
    assert found["redpencil_report_only"][(("check", "misspelt"),)] == 1
    assert found["redpencil_written_timestamp_seconds"][()] == NOW.timestamp()
    assert found["redpencil_oldest_waiting_timestamp_seconds"][()] == (
        hands.summary().oldest[0].proposed.timestamp()
    )
    assert found["redpencil_stuck_pages"][()] == 1


def test_an_empty_queue_has_no_metric_without_a_value(tmp_path: Path):
    found = read(Hands(tmp_path).summary())
    assert set(found) == {
        "redpencil_pages_waiting",
        "redpencil_stuck_pages",
        "redpencil_unsettled_saves",
        "redpencil_written_timestamp_seconds",
    }


@given(st.text(max_size=20))
def test_any_name_is_read_back(name):
    check = CheckCount(name, MappingProxyType({}), MappingProxyType({}), 0.25, 4, report_only=False)
    lines = "".join(
        prometheus._metric(
            "acceptance_ratio",
            "Told.",
            [prometheus._Sample(check.acceptance, (("check", check.name),))],
        )
    )
    (family,) = text_string_to_metric_families(lines)
    (sample,) = family.samples
    assert sample.labels == {"check": name.encode("utf-8", "replace").decode()}
    assert sample.value == 0.25
