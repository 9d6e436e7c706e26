"""Certificates through the sandbox: each step fails and goes on, and everything happens once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from platform_world import Sandbox

from service.commands import sandbox_platform
from service.errors import ServiceError
from service.installation import Installation
from service.issuing import Issued, issue
from service.request import Request

TRIES = 4
"""How often a request is sent at most: each fault here is over by then."""


@pytest.fixture
def installation(home: Path, sandbox: Sandbox, tmp_path: Path) -> Iterator[Installation]:
    """An installation that works with it, and tries each call once."""
    table = sandbox_platform.settings_table(sandbox.port, tmp_path / "state.db")
    config = home / "config.toml"
    config.write_text(f"{config.read_text('utf-8')}\n{table}\ntries = 1\n", "utf-8")
    opened = Installation.open(home)
    yield opened
    opened.database.close()


def issued(installation: Installation, request: Request) -> tuple[Issued, list[ServiceError]]:
    """The certificate, and what went wrong before."""
    wrong = []
    for _ in range(TRIES):
        try:
            return issue(installation, request), wrong
        except ServiceError as error:
            wrong.append(error)
    raise wrong[-1]


@pytest.mark.parametrize("kind", ["refuse", "drop_before", "drop_after", "garbage", "too_fast"])
@pytest.mark.parametrize("step", ["check", "coding", "persons", "collection"])
def test_a_step_that_fails_goes_on_and_is_done_once(
    installation: Installation,
    sandbox: Sandbox,
    request_of: Callable[..., Request],
    step: str,
    kind: str,
) -> None:
    sandbox.fail(step, kind)
    found, wrong = issued(installation, request_of("01"))
    assert len(wrong) == 1
    shown: dict[str, Any] = found.as_json()
    assert (shown["status"], shown["process"], shown["platform"]) == (
        "valid",
        "collected",
        "national",
    )
    told = sandbox.certificate()
    assert (told["state"], told["license_id"]) == ("collected", shown["license_id"])
    # No step that passed is made again.
    steps = [call["step"] for call in sandbox.state()["calls"]]
    assert sorted(steps) == sorted(["check", "coding", "persons", "collection", step])


def test_the_platforms_words_reach_whoever_asked(
    installation: Installation, sandbox: Sandbox, request_of: Callable[..., Request]
) -> None:
    sandbox.fail("coding", "refuse", words="备案编号与备案证不一致")
    _, (wrong,) = issued(installation, request_of("01"))
    assert "备案编号与备案证不一致" in json.dumps(
        [wrong.detail, *map(vars, wrong.problems)], ensure_ascii=False
    )
