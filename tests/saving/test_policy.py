"""The edit summary."""

from __future__ import annotations

from bot.saving.policy import Policy


def test_a_summary_counts_the_checks_and_ends_with_its_marker() -> None:
    summary = Policy().summary(["stale", "twice", "stale"], "User:Bot", "rp-0123456789ab")
    assert summary == "Redpencil: stale ×2, twice ([[User:Bot|about]]) rp-0123456789ab"


def test_a_summary_has_room_for_its_marker_whatever_it_names() -> None:
    checks = [f"check-with-a-long-name-{number}" for number in range(60)]
    summary = Policy().summary(checks, "User:RedpencilBot", "rp-0123456789ab")
    assert len(summary) < 500
    assert summary.endswith("rp-0123456789ab")
    assert "check-with-a-long-name-0, " in summary
    assert " more " in summary
