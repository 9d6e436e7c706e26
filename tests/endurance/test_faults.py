"""A small trial of killing and misbehaving; `make faults` has the large one."""

from __future__ import annotations

from pathlib import Path

from endurance_trial import Plan, run


def test_nothing_is_lost_or_doubled_whatever_is_killed(tmp_path: Path) -> None:
    plan = Plan(issues=16, cancels=4, seed=7, seconds=240, pause_s=(0.5, 1.5), kills=4)
    found = run(tmp_path, plan)
    assert found["certificates"] == 16
    assert found["files verified"] == 32
    assert found["tries"] > 20  # some had to be sent again
    assert sum(found["killed"].values()) >= 2
