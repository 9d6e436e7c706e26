"""A PDF outlives its signer's certificate by a proof of time, and no thief can make himself one."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import certified_signers as signers
import pytest
import raised_pdfs as raised
from altering_pdfs import no_accidents  # noqa: F401 - the fixture all tests here use
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from raised_pdfs import (
    DAY,
    MINUTE,
    NOW,
    SIGNED,
    STAMPED,
    bears,
    checks,
    states,
    tsa_world,
)

from signing import certificates, pades_cms
from signing.certificates import Revocation
from verify.check import CheckState

pytestmark = pytest.mark.usefixtures("no_accidents")

FAILED, UNTOLD = CheckState.FAILED, CheckState.NOT_CHECKED
END = NOW + DAY
LATER = NOW + 400 * DAY
SERIAL = 4711
EXPIRED = {"pdf_certificate": UNTOLD}
REVOKED = {"pdf_revocation": FAILED}


@cache
def short_lived() -> x509.Certificate:
    return signers.certificate(ends=END)


@cache
def file(level: str) -> bytes:
    return raised.raised(level, short_lived())


def since(moment, reason=x509.ReasonFlags.key_compromise, recorded_at=None, at=LATER) -> dict:
    """Anchors whose list has the signer revoked."""
    entry = Revocation(SERIAL, moment, reason, recorded_at)
    return {"pdf_crls": (signers.crl(entry, made=at - DAY),)}


# --- expiry --------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_before_its_end_every_level_passes(level):
    assert states(file(level), at=END) == {}


def test_after_its_end_a_signature_without_a_proof_says_nothing():
    assert states(file("B-B"), at=END + timedelta(seconds=1)) == EXPIRED
    assert states(file("B-B"), at=LATER) == EXPIRED
    assert (
        "nothing proves the signature older"
        in checks(file("B-B"), at=LATER)["pdf_certificate"].reason
    )


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_after_its_end_a_time_stamp_keeps_a_signature_good(level):
    assert states(file(level), at=LATER) == {}
    assert "proven to be no younger" in checks(file(level), at=LATER)["pdf_certificate"].reason


def test_the_registers_own_record_keeps_a_signature_good():
    assert states(file("B-B"), at=LATER, recorded_at=SIGNED + MINUTE) == {}
    assert states(file("B-B"), at=LATER, recorded_at=END) == {}
    assert states(file("B-B"), at=LATER, recorded_at=END + timedelta(seconds=1)) == EXPIRED


def test_a_backdated_file_by_an_expired_key_is_not_saved_by_todays_stamp():
    """Who has the key after its end states any time, and gets stamps, but only of today."""
    forged = stamped_by(tsa_world.authority(), END + DAY)
    assert states(forged, at=LATER) == EXPIRED
    assert states(forged, at=LATER, recorded_at=LATER - DAY) == EXPIRED


def test_a_list_that_keeps_no_expired_certificates_says_nothing():
    without = signers.crl(made=LATER - DAY)
    old = x509.load_der_x509_crl(without)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(old.issuer)
        .last_update(old.last_update_utc)
        .next_update(old.next_update_utc)
    )
    bare = builder.sign(signers.ROOT_KEY, SHA256()).public_bytes(Encoding.DER)
    assert states(file("B-T"), at=LATER, pdf_crls=(bare,)) == {"pdf_revocation": UNTOLD}


# --- revocation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_what_is_proven_older_than_the_revocation_stays_good_and_says_so(level):
    anchors = since(NOW, at=NOW)
    assert states(file(level), at=NOW, **anchors) == {}
    reason = checks(file(level), at=NOW, **anchors)["pdf_revocation"].reason
    assert "revoked since" in reason
    assert "proven to be older" in reason


@pytest.mark.parametrize(
    "moment", [STAMPED - MINUTE, STAMPED, STAMPED + timedelta(seconds=1)], ids=str
)
def test_what_is_stamped_only_after_the_revocation_fails(moment):
    """The stamp is exact to a second, so it proves nothing before the second after it."""
    assert states(file("B-T"), **since(moment, at=NOW)) == REVOKED


def test_without_a_stamp_revocation_fails_whatever_time_is_stated():
    assert states(file("B-B"), **since(NOW, at=NOW)) == REVOKED


def test_the_record_counts_if_it_is_older_than_the_revocation():
    anchors = since(NOW, at=NOW)
    assert states(file("B-B"), recorded_at=NOW - MINUTE, **anchors) == {}
    assert states(file("B-B"), recorded_at=NOW, **anchors) == REVOKED


def test_the_stated_day_of_the_compromise_counts_not_the_day_it_was_listed():
    """RFC 5280 5.3.2: the key was in wrong hands before anybody knew."""
    found = since(STAMPED - MINUTE, recorded_at=NOW, at=NOW)
    assert states(file("B-T"), **found) == REVOKED
    assert states(file("B-T"), **since(NOW - MINUTE, recorded_at=NOW, at=NOW)) == {}


def test_a_revoked_and_expired_key_needs_both():
    assert states(file("B-T"), at=LATER, **since(NOW)) == {}
    assert states(file("B-T"), at=LATER, **since(STAMPED - MINUTE)) == REVOKED


def test_of_two_lists_the_one_that_knows_worse_is_heard():
    (kinder,) = since(NOW, at=NOW)["pdf_crls"]
    (worse,) = since(SIGNED, at=NOW)["pdf_crls"]
    assert states(file("B-T"), pdf_crls=(kinder, worse)) == REVOKED
    assert states(file("B-T"), pdf_crls=(worse, kinder)) == REVOKED


def test_a_stated_time_after_the_stamp_is_a_lie():
    early = raised.raised("B-T", short_lived(), moments=(SIGNED - 10 * MINUTE,))
    assert states(early)["pdf_certificate"] is FAILED
    assert "after it is proven" in checks(early)["pdf_certificate"].reason


# --- whose stamp ---------------------------------------------------------------------------------


@cache
def stranger() -> tsa_world.Authority:
    """An authority of nobody's: its root is not pinned, whatever time it states."""
    key = tsa_world._key("stranger")
    return tsa_world.Authority(key, tsa_world.issue(key, issuer="strangers"))


def test_a_stamp_by_a_stranger_proves_nothing_and_stands_in_the_way():
    data = stamped_by(stranger())
    assert states(data) == {"pdf_time_stamp": UNTOLD}
    assert states(data, at=LATER) == {"pdf_time_stamp": UNTOLD, **EXPIRED}
    assert states(data, **since(NOW, at=NOW)) == {"pdf_time_stamp": UNTOLD, **REVOKED}


def stamped_by(authority: tsa_world.Authority, moment=STAMPED) -> bytes:
    """A file of B-T with a stamp by any authority, sound or not."""
    data = raised.signed(short_lived())
    token = tsa_world.token(pades_cms.read(data).value, moment, by=authority)
    return raised.with_token(data, token)


def test_without_pinned_roots_of_stamps_nothing_is_said():
    assert states(file("B-T"), tsa_roots=(), tsa_crls=()) == {"pdf_time_stamp": UNTOLD}
    assert not bears(file("B-T"), at=LATER, tsa_roots=(), tsa_crls=())
    reason = checks(file("B-T"), tsa_roots=(), tsa_crls=())["pdf_time_stamp"].reason
    assert "no trusted root for time stamps" in reason


@pytest.mark.parametrize(
    "how",
    [
        {"usages": (ExtendedKeyUsageOID.CODE_SIGNING,)},
        {"usages": (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)},
        {"critical": False},
        {"ca": True},
        {"begin": STAMPED + MINUTE},
        {"end": STAMPED - MINUTE},
    ],
    ids=str,
)
def test_a_certificate_that_is_not_for_stamping_does_not_stamp(how):
    key = tsa_world._key("odd")
    odd = tsa_world.Authority(key, tsa_world.issue(key, **how))
    assert states(stamped_by(odd))["pdf_time_stamp"] is UNTOLD
    assert not bears(stamped_by(odd), at=LATER)


def test_a_signer_does_not_stamp_his_own_files_where_both_have_one_root():
    own = tsa_world.Authority(signers.SIGNER_KEY, short_lived())
    pinned = {"tsa_roots": (signers.root().public_bytes(Encoding.DER),)}
    assert states(stamped_by(own), **pinned)["pdf_time_stamp"] is UNTOLD
    assert not bears(stamped_by(own), at=LATER, **pinned)


def test_a_stamp_from_the_future_fails():
    assert states(stamped_by(tsa_world.authority(), NOW + 10 * MINUTE)) == {
        "pdf_time_stamp": FAILED
    }


# --- the life of the authority -------------------------------------------------------------------


@cache
def passing() -> tsa_world.Authority:
    """An authority whose certificate ends between the signer's end and LATER."""
    key = tsa_world._key("passing")
    return tsa_world.Authority(key, tsa_world.issue(key, end=END + 30 * DAY))


@cache
def by_passing(level: str) -> bytes:
    return raised.raised(level, short_lived(), by=passing())


def test_a_stamp_outlives_the_signer_but_not_its_own_authority():
    assert states(by_passing("B-T"), at=END + 30 * DAY) == {}
    assert states(by_passing("B-T"), at=LATER) == EXPIRED
    assert "proves nothing" in checks(by_passing("B-T"), at=LATER)["pdf_time_stamp"].reason


def test_a_stamp_that_proves_nothing_does_no_harm_where_nothing_needs_proof():
    long_lived = raised.raised("B-T", by=passing())
    found = checks(long_lived, at=LATER)
    assert found["pdf_time_stamp"].state is UNTOLD
    assert found["pdf_time_stamp"].advisory
    assert bears(long_lived, at=LATER)


def test_the_record_keeps_an_expired_stamp_good():
    """The register had the stamp while its authority was good, so its moment counts again."""
    recorded = END + 10 * DAY
    assert states(by_passing("B-B"), at=LATER, recorded_at=recorded) == EXPIRED
    assert states(by_passing("B-T"), at=LATER, recorded_at=recorded) == {}


def test_a_later_stamp_keeps_an_earlier_one_good():
    """B-LTA: the archive stamp by an authority that is good still proves the age of the first."""
    lta = raised.raise_by(
        "B-LTA", short_lived(), (passing(), tsa_world.authority()), (STAMPED, END + DAY)
    )
    assert states(lta, at=LATER) == {}
    both = (passing(), passing())
    assert (
        states(raised.raise_by("B-LTA", short_lived(), both, (STAMPED, END + DAY)), at=LATER)
        == EXPIRED
    )


def test_a_later_stamp_that_comes_too_late_keeps_nothing_good():
    both = (passing(), tsa_world.authority())
    late = raised.raise_by("B-LTA", short_lived(), both, (STAMPED, END + 40 * DAY))
    assert states(late, at=LATER) == EXPIRED


def test_without_the_authoritys_list_a_stamp_proves_nothing():
    assert states(file("B-T"), at=LATER, tsa_crls=()) == EXPIRED
    old = tsa_world.crl(now=LATER - 60 * DAY)
    assert states(file("B-T"), at=LATER, tsa_crls=(old,)) == EXPIRED
    assert bears(file("B-T"), tsa_crls=())


def revoked_authority(reason, moment, at=LATER) -> dict:
    serial = tsa_world.authority().certificate.serial_number
    return {"tsa_crls": (tsa_world.crl([Revocation(serial, moment, reason)], now=at - DAY),)}


@pytest.mark.parametrize("reason", [x509.ReasonFlags.key_compromise, x509.ReasonFlags.unspecified])
@pytest.mark.parametrize("moment", [STAMPED - MINUTE, NOW])
def test_an_authority_whose_key_was_stolen_proves_nothing_any_more(reason, moment):
    """RFC 3161 section 4: also not what it is said to have stamped before (no reason is as bad)."""
    assert states(file("B-T"), at=LATER, **revoked_authority(reason, moment)) == EXPIRED
    assert bears(file("B-T"), at=NOW, **revoked_authority(reason, moment, at=NOW))


def test_an_authority_that_went_in_good_order_keeps_its_stamps():
    gone = x509.ReasonFlags.cessation_of_operation
    assert states(file("B-T"), at=LATER, **revoked_authority(gone, NOW)) == {}
    assert states(file("B-T"), at=LATER, **revoked_authority(gone, STAMPED)) == EXPIRED


def test_the_record_is_older_than_the_theft_of_the_authoritys_key():
    stolen = revoked_authority(x509.ReasonFlags.key_compromise, END + 20 * DAY)
    assert states(file("B-T"), at=LATER, recorded_at=END + 10 * DAY, **stolen) == {}
    assert states(file("B-T"), at=LATER, recorded_at=END + 20 * DAY, **stolen) == EXPIRED


def test_an_inaccurate_clock_proves_less():
    def rough(info: dict) -> dict:
        return info | {"accuracy": {"seconds": 7200}}

    data = raised.signed(short_lived())
    token = tsa_world.token(pades_cms.read(data).value, STAMPED, change_info=rough)
    assert states(raised.with_token(data, token), **since(NOW, at=NOW)) == REVOKED
    assert bears(raised.with_token(data, token))


# --- anchors -------------------------------------------------------------------------------------


def test_after_the_root_was_exchanged_older_files_verify():
    new_key = certificates.new_key()
    name = certificates.name("新根", "测试")
    new_root = certificates.issue_root(new_key, name, NOW, signers.YEARS)
    both = (new_root.public_bytes(Encoding.DER), signers.root().public_bytes(Encoding.DER))
    new_list = certificates.issue_crl(new_root, new_key, (), NOW, 30 * DAY)
    lists = (new_list, *raised.anchors().pdf_crls)
    assert states(file("B-B"), pdf_roots=both, pdf_crls=lists) == {}
