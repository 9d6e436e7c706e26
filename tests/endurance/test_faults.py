"""A small trial of killing and misbehaving; `make faults` has the large one."""

from __future__ import annotations

from pathlib import Path

from endurance_trial import Plan, run


def test_nothing_is_lost_or_doubled_whatever_is_killed(tmp_path: Path) -> None:
    plan = Plan(issues=24, cancels=6, seed=7, seconds=240, pause_s=(0.5, 2.0), kills=5)
    found = run(tmp_path, plan)
    assert found["certificates"] == 24
    assert found["files verified"] == 48
    assert found["tries"] > 30  # some had to be sent again
    assert sum(found["killed"].values()) >= 2
