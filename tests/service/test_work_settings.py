"""The table `[work]` is read strictly, and its broker's password is shown nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.errors import Misconfigured
from service.work.settings import read


def test_without_a_table_the_service_works_itself() -> None:
    found = read({})
    assert (found.broker, found.in_serve, found.threads) == ("", True, 2)
    assert found.lease == timedelta(seconds=120)


def test_a_broker_is_an_address_and_is_not_shown() -> None:
    found = read({"broker": "redis://:secret@127.0.0.1/0", "lease_s": 5})
    assert found.broker.startswith("redis://")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "table",
    [
        {"brokr": ""},
        {"broker": "127.0.0.1:6379"},
        {"broker": 5},
        {"in_serve": "yes"},
        {"threads": 0},
        {"threads": True},
        {"lease_s": 0},
        {"lease_s": 1.5},
    ],
)
def test_what_is_of_no_use_is_named(table: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match=next(iter(table))):
        read(table)
