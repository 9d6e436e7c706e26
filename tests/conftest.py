"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A machine's other work is no fault of the example that happens to run meanwhile.
settings.register_profile("steady", parent=settings.default, deadline=None)
settings.load_profile("steady")
