"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

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
