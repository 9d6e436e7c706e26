"""The national platform's code: looked up, never read; nothing is told but for the very code."""

from __future__ import annotations

from typing import Any

import pytest

from verify import decide
from verify.check import CheckState
from verify.presentation import PUBLIC
from verify.verdict import Verdict, Word

CODE = "3F9A77C1B02D4E6CA1B2C3D4E5F60718"


def ask(world: Any, text: str, register: Any = "own", **more: Any) -> Verdict:
    """The verdict on a scanned text, for the public."""
    return decide.code(
        text,
        register=world.register if register == "own" else register,
        anchors=world.anchors,
        status_list=None,
        base_url=world.base_url,
        at=world.now,
        now=world.now,
        view=PUBLIC,
        **more,
    )


@pytest.fixture
def world(world: Any) -> Any:
    """With the platform's code on the crane's certificate."""
    world.crane = world.change(world.crane, platform="national", platform_code=CODE)
    return world


@pytest.mark.parametrize("form", ["{code}", " {code}\n", "{base}/v/{code}"])
def test_the_platforms_code_is_answered_for(world: Any, form: str) -> None:
    verdict = ask(world, form.format(code=CODE, base=world.base_url))
    assert verdict.verdict is Word.VALID
    assert "全国平台" in verdict.reason
    assert verdict.certificate is not None
    assert verdict.certificate["number"] == world.crane.number
    states = {check.id: check.state for check in verdict.checks}
    assert states["code_signature"] is CheckState.NOT_CHECKED
    assert states["registered"] is CheckState.PASSED
    assert set(states) >= {"readable", "address", "registered_data", "status"}


def test_an_address_of_the_platforms_is_known_where_it_was_recorded(world: Any) -> None:
    address = "https://platform.example/c?id=1"
    assert ask(world, address).verdict is Word.UNKNOWN
    world.change(world.crane, platform_code=address)
    assert ask(world, address).verdict is Word.VALID


@pytest.mark.parametrize("text", [CODE[:-1], CODE.lower(), CODE + "0", CODE + "\0", "", "x" * 5000])
def test_nothing_is_told_for_another_code(world: Any, text: str) -> None:
    verdict = ask(world, text)
    assert verdict.verdict in {Word.UNKNOWN, Word.UNREADABLE}
    assert verdict.certificate is None


def test_a_cancelled_one_is_cancelled_and_our_own_code_is_answered_as_before(world: Any) -> None:
    assert ask(world, world.code(world.crane)).verdict is Word.VALID
    world.cancel(world.crane)
    assert ask(world, CODE).verdict is Word.CANCELLED


def test_on_another_machine_it_is_told_by_the_plate(world: Any) -> None:
    assert ask(world, CODE, plate="20990001").verdict is Word.ALTERED
    assert ask(world, CODE, plate="19020319").verdict is Word.VALID


def test_offline_it_says_nothing(world: Any) -> None:
    assert ask(world, CODE, register=None).certificate is None
