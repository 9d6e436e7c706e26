"""Who asks a served bench: wrk or our own clients, each looking at every answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.bench import driver as bench_driver
from service.bench import load_server, verify_clients, wrk
from service.bench.verify_clients import get
from service.bench.verify_served import BARE, VALID

Driver = Callable[..., dict[str, Any]]

REQUIRED = os.environ.get("SEALPRESS_REQUIRE_INTEROP") == "1"
wrk_needed = pytest.mark.skipif(
    not wrk.installed() and not REQUIRED, reason="needs wrk (Debian's package of that name)"
)
DRIVERS = [
    pytest.param(wrk.ask_often, marks=[pytest.mark.interop, wrk_needed], id="wrk"),
    pytest.param(verify_clients.ask_often, id="ours"),
]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """That of a server whose application does nothing."""
    with load_server.serving(tmp_path, 1, BARE) as (port, _):
        yield port


@pytest.mark.parametrize("ask_often", DRIVERS)
def test_answers_are_counted_and_timed(ask_often: Driver, port: int) -> None:
    asked = [get(f"/{number}", {"Accept": "application/json"}) for number in range(5)]
    found = ask_often(port, asked, VALID, 2, 1.0)
    assert found["answered"] > 20
    assert found["per_s"] == pytest.approx(found["answered"], rel=0.5)
    assert 0 < found["median_ms"] <= found["p95_ms"] < 1000
    assert "faults" not in found


@pytest.mark.parametrize("ask_often", DRIVERS)
def test_answers_that_are_not_as_wanted_are_not_counted_but_told(
    ask_often: Driver, port: int
) -> None:
    found = ask_often(port, [get("/", {})], b"%%EOF", 2, 1.0)
    assert found["answered"] == 0
    ((example, count),) = found["faults"].items()
    assert example.startswith("200 ")
    assert '"verdict": "valid"' in example
    assert count > 20


@pytest.mark.parametrize("ask_often", DRIVERS)
def test_clients_that_pause_ask_less_often(ask_often: Driver, port: int) -> None:
    found = ask_often(port, [get("/", {})], VALID, 2, 1.0, 0.05)
    assert 2 < found["answered"] <= 42
    assert found["median_ms"] < 50


def test_where_wrk_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not wrk.installed()
    assert "wrk is not installed" in bench_driver.name()
