"""Receipts: what was checked, by whom and with which outcome, signed by a key for that alone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import jws
from signing.p256 import P256Key
from verify import decide, limits, receipts
from verify.presentation import OPERATOR
from verify.receipts import Check, Inspector, MalformedReceipt

INSPECTOR = Inspector("张工", "station-7", "南宁市 3 号工地")


def keys(key: P256Key) -> dict[str, Any]:
    return {jws.base64url(key.kid): key.public_key}


@pytest.fixture
def text(world: Any) -> str:
    found: str = world.code(world.crane)
    return found


@pytest.fixture
def checked(world: Any, text: str) -> Check:
    """The check of a code, against a list of three days ago, without a network."""
    verdict = decide.code(
        text,
        register=None,
        anchors=world.anchors,
        status_list=world.status_list(old=timedelta(days=3)),
        base_url=world.base_url,
        at=world.now,
        now=world.now,
        plate="19020319",
    )
    return Check(receipts.of_code(text), verdict, world.now, "19020319", online=False)


def token(world: Any, checked: Check) -> str:
    return receipts.sign(checked, INSPECTOR, world.list_key, world.now)


def test_a_receipt_says_who_checked_what_when_and_what_came_out(
    world: Any, checked: Check, text: str
) -> None:
    found = receipts.read(token(world, checked), keys(world.list_key))
    assert found.made_at == world.now
    assert found.is_of(text.encode())
    assert not found.is_of(b"another")
    claims = found.claims
    assert (claims["inspector"], claims["access"], claims["place"]) == (
        "张工",
        "station-7",
        "南宁市 3 号工地",
    )
    assert (claims["plate"], claims["online"], claims["subject"]["kind"]) == (
        "19020319",
        False,
        "code",
    )
    result = claims["result"]
    assert result["verdict"] == "valid"
    assert result["status"]["list"]["freshness"] == "ageing"
    assert result["status"]["list"]["age_seconds"] == 3 * 24 * 3600
    assert result["certificate"]["factory_number"] == "19020319"
    assert {check["id"] for check in result["checks"]} == {
        check.id for check in checked.verdict.checks
    }


def test_two_receipts_of_one_check_have_identifiers_of_their_own(
    world: Any, checked: Check
) -> None:
    read = [receipts.read(token(world, checked), keys(world.list_key)) for _ in range(2)]
    assert read[0].claims["jti"] != read[1].claims["jti"]


def test_no_persons_name_but_the_inspectors_is_in_a_receipt(world: Any) -> None:
    crane = world.crane
    manager = crane.face["project_manager"]
    found = decide.number(
        crane.number,
        None,
        register=world.register,
        at=world.now,
        now=world.now,
        view=OPERATOR,
    )
    assert manager in json.dumps(found.as_json(), ensure_ascii=False)
    done = Check(receipts.of_number(crane.number, None), found, world.now, None, online=True)
    read = receipts.read(token(world, done), keys(world.list_key))
    assert manager not in json.dumps(read.claims, ensure_ascii=False)
    assert "face" not in read.claims["result"]["certificate"]


def test_a_receipt_by_another_key_is_none(world: Any, checked: Check) -> None:
    with pytest.raises(MalformedReceipt, match="not known"):
        receipts.read(token(world, checked), keys(world.code_key))
    named = {jws.base64url(world.list_key.kid): world.code_key.public_key}
    with pytest.raises(MalformedReceipt, match="wrong"):
        receipts.read(token(world, checked), named)


def test_an_answer_is_no_receipt_and_a_list_is_neither(world: Any, checked: Check) -> None:
    answer = receipts.sign_answer(checked, world.list_key, world.now)
    assert "inspector" not in receipts.read(answer, keys(world.list_key)).claims
    with pytest.raises(MalformedReceipt):
        receipts.read(world.token(), {"list": world.list_key.public_key})


@pytest.mark.parametrize(
    "changed",
    [
        {"inspector": None},
        {"more": 1},
        {"iat": "now"},
        {"iat": -1},
        {"iat": limits.LATEST_SECONDS + 1},
        {"subject": {"kind": "paper"}},
        {"subject": {"kind": "file", "sha256": "x"}},
        {"result": {"verdict": "perfect"}},
        {"result": []},
    ],
)
def test_what_is_signed_but_holds_other_than_a_receipt_is_refused(
    world: Any, checked: Check, changed: dict[str, Any]
) -> None:
    claims = dict(receipts.read(token(world, checked), keys(world.list_key)).claims) | changed
    claims = {name: value for name, value in claims.items() if value is not None or name == "plate"}
    kid = jws.base64url(world.list_key.kid)
    signed = jws.sign(claims, receipts.RECEIPT_TYPE, world.list_key, kid)
    with pytest.raises(MalformedReceipt, match="not what a receipt holds"):
        receipts.read(signed, keys(world.list_key))


def test_what_is_too_long_is_not_read() -> None:
    with pytest.raises(MalformedReceipt, match="more than"):
        receipts.read("x" * (limits.RECEIPT_BYTES + 1), {})


@given(st.text(max_size=300))
def test_any_text_is_refused_in_order(text: str) -> None:
    with pytest.raises(MalformedReceipt):
        receipts.read(text, {})
