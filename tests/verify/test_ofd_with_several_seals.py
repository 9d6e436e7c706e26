"""Several seals pass in one shape only: each over what was there, the last one over everything."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache

import genuine
import pytest
from altering_ofds import (
    DATASET,
    PAGE,
    examined,
    failed,
    flipped,
    no_accidents,  # noqa: F401 - the fixture all tests here use
    not_passed,
    reason,
    replaced,
    zipped,
)

from signing import ofd_seal
from signing.ofd_seal import Sealing
from verify import ofd_package
from verify.check import CheckState
from verify.verdict import all_passed

pytestmark = pytest.mark.usefixtures("no_accidents")

LISTING = "Doc_0/Signs/Signatures.xml"
BESIDE = (20.0, 214.0, 42.0, 42.0)


def sign(number: int, name: str) -> str:
    return f"Doc_0/Signs/Sign_{number}/{name}"


def own(box=genuine.BOX) -> Sealing:
    return Sealing(genuine.house().seal_signer, box)


def other(box=BESIDE) -> Sealing:
    """The seal of another authority below the same root."""
    return Sealing(genuine.house().other_seal_signer, box)


def sealed(*sealings: Sealing, keep_open: bool = False, package: bytes | None = None) -> bytes:
    return ofd_seal.seal_all(
        package or genuine.plain_ofd(), sealings, genuine.SIGNED, keep_open=keep_open
    )


@cache
def twice() -> bytes:
    return sealed(own(), other())


def rewritten(data: bytes, part: str, pattern: str, replacement: str) -> bytes:
    text = ofd_package.read(data).part(part).decode()
    changed, count = re.subn(pattern, replacement, text)
    assert count, pattern
    return replaced(data, {part: changed.encode()})


@pytest.mark.parametrize("order", [1, -1])
def test_two_seals_pass_and_the_authority_is_the_signer_told(order):
    data = sealed(*(own(), other())[::order])
    assert not_passed(data) == set()
    examination = examined(data)
    assert examination.signed_at == genuine.SIGNED
    assert genuine.NAME in (examination.signer or "")


def test_a_seal_set_later_by_somebody_else_passes():
    opened = sealed(own(), keep_open=True)
    later = genuine.SIGNED + timedelta(minutes=30)
    data = ofd_seal.seal_all(opened, [other()], later)
    assert not_passed(data) == set()
    assert examined(data).signed_at == genuine.SIGNED


def test_packing_a_file_anew_before_its_last_seal_breaks_none():
    """As by a program that unpacks a file to put its seal on it."""
    opened = sealed(own(), keep_open=True)
    anew = zipped(dict(ofd_package.read(opened).parts))
    data = ofd_seal.seal_all(anew, [other()], genuine.SIGNED)
    assert failed(data) <= {"ofd_package", "ofd_packed_bytes"}  # what that program wrote, not us
    assert "ofd_digests" not in not_passed(data)


def test_a_file_left_open_is_not_finished():
    for data in (sealed(own(), keep_open=True), sealed(own(), other(), keep_open=True)):
        assert failed(data) == {"ofd_coverage"}
        assert LISTING in reason(data, "ofd_coverage")


def test_seals_of_others_alone_are_not_the_authoritys():
    assert failed(sealed(other(), other(genuine.BOX))) == {"ofd_authority"}


def test_the_last_seal_cannot_be_taken_out():
    gone = {sign(1, name): None for name in ("Seal.esl", "Signature.xml", "SignedValue.dat")}
    data = rewritten(replaced(twice(), gone), LISTING, r'<ofd:Signature ID="3"[^>]*/>', "")
    assert failed(data) == {"ofd_coverage"}
    assert LISTING in reason(data, "ofd_coverage")


def test_the_first_seal_cannot_be_taken_out():
    gone = {sign(0, name): None for name in ("Seal.esl", "Signature.xml", "SignedValue.dat")}
    data = rewritten(replaced(twice(), gone), LISTING, r'<ofd:Signature ID="1"[^>]*/>', "")
    assert failed(data) >= {"ofd_coverage", "ofd_digests", "ofd_packed_bytes"}


def test_seals_cannot_change_places():
    data = rewritten(
        twice(), LISTING, r"(<ofd:Signature ID=\"1\".*?/>)(<ofd:Signature ID=\"3\".*?/>)", r"\2\1"
    )
    assert failed(data) >= {"ofd_coverage", "ofd_digests"}


def test_a_seal_cannot_be_put_beside_a_final_one():
    """As an attacker would: a properly made seal, but the last one covers the list of them."""
    forged = ofd_package.read(twice()).parts
    added = {name: part for name, part in forged.items() if "/Sign_1/" in name}
    data = replaced(genuine.genuine_ofd(), {**added, LISTING: forged[LISTING]})
    assert failed(data) == {"ofd_digests", "ofd_packed_bytes"}


@pytest.mark.parametrize("name", [
    PAGE, DATASET, LISTING, sign(0, "Seal.esl"), sign(0, "Signature.xml"),
    sign(0, "SignedValue.dat"), sign(1, "Seal.esl"), sign(1, "Signature.xml"),
    sign(1, "SignedValue.dat"),
])  # fmt: skip
def test_a_changed_part_of_any_seal_is_noticed(name):
    part = ofd_package.read(twice()).part(name)
    for bit in range(0, len(part) * 8, max(1, len(part) * 8 // 12)):
        assert not_passed(replaced(twice(), {name: flipped(part, bit)})), bit


def test_no_flipped_bit_goes_unnoticed():
    data = twice()
    unnoticed = [bit for bit in range(0, len(data) * 8, 9973) if not not_passed(flipped(data, bit))]
    assert unnoticed == []


def test_two_seals_do_not_share_a_file():
    for pattern, same in (
        ("(<ofd:BaseLoc>.*)Sign_1/Seal.esl", r"\1Sign_0/Seal.esl"),
        ("(<ofd:SignedValue>.*)Sign_1/", r"\1Sign_0/"),
    ):
        data = rewritten(twice(), sign(1, "Signature.xml"), pattern, same)
        assert "share a file" in reason(data, "ofd_signatures")


def test_each_seal_is_judged_by_itself():
    """One of them outside the page fails the check, whatever the other one does."""
    data = sealed(own(), other((300.0, 0.0, 42.0, 42.0)))
    assert failed(data) == {"ofd_stamp"}
    data = sealed(own((300.0, 0.0, 42.0, 42.0)), other())
    assert failed(data) == {"ofd_stamp"}


def test_the_checks_of_two_seals_are_the_same_list():
    checks = examined(twice()).checks
    assert all_passed(checks)
    assert all(check.state is CheckState.PASSED for check in checks)
