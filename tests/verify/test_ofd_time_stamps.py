"""A time stamp beside a seal's signature proves its age, or is told why it does not."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import genuine
import pytest
from altering_ofds import flipped, replaced
from sealing_parties import (
    DAY,
    FAILED,
    SIGNER_SERIAL,
    UNTOLD,
    certificate,
    crl,
    examined,
    key,
    parts,
    seal_of,
    sealed,
    signs_anything,  # noqa: F401 - the fixture all tests here use
    states,
)

from signing import der, der_reader, ofd_seal, sm2_crl
from signing.errors import TimeStampUnavailable
from verify import ofd_package

sys.path.append(str(Path(__file__).parent.parent / "signing"))

import tsa_world

pytestmark = pytest.mark.usefixtures("signs_anything")

STAMPED = genuine.SIGNED + timedelta(minutes=1)
LATER = genuine.NOW + 300 * DAY
VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
EXPIRED = {"ofd_signer_certificate": UNTOLD}


class Stamping:
    """In the place of `signing.tsa.Tsa`: one that stamps at the moment it is given."""

    def __init__(self, moment: datetime = STAMPED) -> None:
        self._moment = moment

    def stamp(self, message: bytes) -> bytes:
        return tsa_world.token(message, self._moment)


def stamped(moment: datetime = STAMPED, **changes) -> bytes:
    return sealed(parts(**changes), stamping=Stamping(moment))


def told(data: bytes, at=genuine.NOW, **options) -> dict:
    """The states by an outsider who knows the time stamp authority and its current list."""
    options.setdefault("tsa_roots", tsa_world.roots())
    options.setdefault("tsa_crls", (tsa_world.crl(now=at - DAY),))
    return states(data, at=at, **options)


def current_lists(at: datetime, *revoked: sm2_crl.Revoked) -> tuple[bytes]:
    """The seal root's list as it is published at a later time, expired certificates kept."""
    return (crl(*revoked, made=at - DAY, keeps_since=genuine.FOUNDED),)


def short_lived() -> bytes:
    """A signer whose certificate ends the day after signing."""
    return certificate("signer", not_after=genuine.NOW + DAY)


def test_a_stamped_seal_passes_and_says_what_is_proven():
    data = stamped()
    assert told(data) == {}
    checks = examined(
        data, tsa_roots=tsa_world.roots(), tsa_crls=(tsa_world.crl(now=genuine.NOW),)
    ).checks
    (check,) = [check for check in checks if check.id == "ofd_time_stamp"]
    assert "no younger than" in check.reason


def test_an_expired_signer_needs_a_proof_of_time():
    plain, at = sealed(parts(signer=short_lived())), LATER
    lists = current_lists(at)
    assert told(plain, at, crls=lists) == EXPIRED
    assert told(stamped(signer=short_lived()), at, crls=lists) == {}
    assert told(plain, at, crls=lists, recorded_at=STAMPED) == {}
    assert told(plain, at, crls=lists, recorded_at=at - DAY) == EXPIRED


def test_a_stamp_from_after_the_expiry_proves_nothing_of_use():
    late = stamped(genuine.NOW + 2 * DAY, signer=short_lived())
    assert told(late, LATER, crls=current_lists(LATER)) == EXPIRED


def test_a_list_that_may_have_dropped_the_expired_says_nothing_of_them():
    silent = (crl(made=LATER - DAY),)
    data = stamped(signer=short_lived())
    assert told(data, LATER, crls=silent) == {"ofd_revocation": UNTOLD}


def test_a_revoked_signer_needs_a_proof_from_before():
    revoked = current_lists(genuine.NOW, sm2_crl.Revoked(SIGNER_SERIAL, genuine.NOW))
    assert told(stamped(), genuine.NOW, crls=revoked) == {}
    assert told(sealed(parts()), crls=revoked) == {"ofd_revocation": FAILED}
    assert told(sealed(parts()), crls=revoked, recorded_at=STAMPED) == {}
    early = current_lists(genuine.NOW, sm2_crl.Revoked(SIGNER_SERIAL, genuine.SIGNED))
    assert told(stamped(), crls=early) == {"ofd_revocation": FAILED}


def test_a_stamp_proves_the_age_of_the_seals_before_it():
    """The second seal covers the first one's signature, so its stamp speaks of both."""
    first, second = parts(signer=short_lived()), parts(signer=certificate("signer"))
    signers = [
        ofd_seal.SealSigner(key("signer"), used.signer, seal_of(used), stamping)
        for used, stamping in ((first, None), (second, Stamping()))
    ]
    places = (genuine.BOX, (20.0, 214.0, 42.0, 42.0))
    data = ofd_seal.seal_all(
        genuine.plain_ofd(),
        [ofd_seal.Sealing(*pair) for pair in zip(signers, places, strict=True)],
        genuine.SIGNED,
    )
    assert told(data, LATER, crls=current_lists(LATER)) == {}
    without = [ofd_seal.Sealing(one, box) for one, box in zip(signers[::-1], places, strict=True)]
    data = ofd_seal.seal_all(genuine.plain_ofd(), without, genuine.SIGNED)
    assert told(data, LATER, crls=current_lists(LATER)) == EXPIRED


def test_a_seal_that_says_it_is_younger_than_its_stamp_fails():
    data = stamped(genuine.SIGNED - timedelta(hours=1))
    assert told(data) == {"ofd_signer_certificate": FAILED, "ofd_maker_certificate": FAILED}


def test_a_stamp_of_an_unknown_authority_cannot_be_judged():
    assert told(stamped(), tsa_roots=()) == {"ofd_time_stamp": UNTOLD}
    others = tsa_world.roots("another")
    assert told(stamped(), tsa_roots=others) == {"ofd_time_stamp": UNTOLD}


def test_without_its_authoritys_list_a_stamp_is_as_if_it_were_not_there():
    data = stamped()
    assert told(data, tsa_crls=()) == {"ofd_time_stamp": UNTOLD}
    checks = examined(data, tsa_roots=tsa_world.roots()).checks
    assert [check.advisory for check in checks if check.id == "ofd_time_stamp"] == [True]


def test_no_bit_of_a_stamp_can_be_changed():
    data = stamped()
    value = ofd_package.read(data).part(VALUE)
    stamp = der_reader.read(value).each(lambda one: one.raw)[-1]
    for at in range(0, len(stamp) * 8, 41):
        bit = (len(value) - len(stamp)) * 8 + at
        assert told(replaced(data, {VALUE: flipped(value, bit)})), f"bit {at} of the stamp"


def test_the_stamp_of_another_signature_fails():
    data, other = stamped(), stamped()
    value, others = (ofd_package.read(one).part(VALUE) for one in (data, other))
    fields = der_reader.read(value).each(lambda one: one.raw)[:-1]
    foreign = der_reader.read(others).each(lambda one: one.raw)[-1]
    changed = replaced(data, {VALUE: der.sequence(*fields, foreign)})
    assert told(changed) == {"ofd_time_stamp": FAILED}


def test_without_the_stamp_asked_for_nothing_is_sealed():
    class Down:
        def stamp(self, message: bytes) -> bytes:
            raise TimeStampUnavailable("http://tsa.example", "it hangs", retryable=True)

    with pytest.raises(TimeStampUnavailable, match=r"tsa\.example"):
        sealed(parts(), stamping=Down())
