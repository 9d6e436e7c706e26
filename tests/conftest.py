"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from signing import key_policy, keys

# A machine's other work is no fault of the example that happens to run meanwhile.
settings.register_profile("steady", parent=settings.default, deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _keys_in_files_are_allowed() -> Iterator[None]:
    """Undo what an installation in production decided for the whole process."""
    yield
    if key_policy.current() != key_policy.KeyPolicy():
        keys.configure(key_policy.KeyPolicy())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table of forgeries (tests/adversarial): one line each, with verdict and failing check."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = {
        tuple(value): report.outcome
        for report in reports
        for name, value in report.user_properties
        if name == "forgery"
    }
    if told:
        terminalreporter.section("forgeries")
    for (case, verdict, check), outcome in told.items():
        mark = "" if outcome == "passed" else "  <- NOT AS EXPECTED"
        terminalreporter.write_line(f"{case:<52} {verdict:<11} {check}{mark}")
