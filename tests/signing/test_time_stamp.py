"""A time stamp token says what it says, and is believed by whom it should be."""

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import p256_world
import pytest
import tsa_world as world
from asn1crypto import cms as asn1_cms
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from signing import certificates, der, pades, tsa
from signing.certificates import Revocation
from signing.errors import InvalidTimeStamp, MalformedTimeStamp

MESSAGE = b"message"
AT = datetime(2026, 11, 21, 8, 0, 0, 250_000, tzinfo=UTC)
LATER = AT + timedelta(days=200)
REASON = x509.ReasonFlags


def token(**how):
    return world.token(MESSAGE, AT, **how)


def check(made, message=MESSAGE, roots=None, crls=(), at=LATER):
    return tsa.check(made, message, world.roots() if roots is None else roots, crls, at)


TOKEN = token()


def revoked(reason, since, at=LATER):
    entry = Revocation(world.authority().certificate.serial_number, since, reason)
    return (world.crl((entry,), at - timedelta(days=1)),)


def test_it_says_when_over_what_and_by_whom():
    found = tsa.parse(token())
    assert found.moment == AT
    assert found.accuracy == timedelta(seconds=1)
    assert (found.hash, len(found.imprint)) == ("sha256", 32)
    assert found.policy == world.POLICY
    assert found.nonce is None
    assert found.certificates == (world.authority().der,)
    assert found.signer.certificate == world.authority().der


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_every_digest_of_the_second_family_is_read(hash_name):
    assert check(token(hash_name=hash_name)) == AT


@pytest.mark.parametrize("authority", [world.authority, world.rsa_authority])
def test_it_proves_the_message(authority):
    assert check(token(by=authority())) == AT


def test_it_proves_no_other_message():
    with pytest.raises(InvalidTimeStamp, match="something else"):
        check(token(), MESSAGE + b"\0")


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        ({"seconds": 2, "millis": 3, "micros": 4}, timedelta(0, 2, 3004)),
        ({"micros": 999}, timedelta(microseconds=999)),
        (None, None),
    ],
)
def test_the_accuracy_may_have_any_of_its_parts(accuracy, expected):
    made = token(change_info=lambda info: info | {"accuracy": accuracy})
    assert tsa.parse(made).accuracy == expected


@given(cut=st.integers(0, 5000), noise=st.binary(max_size=8))
def test_whatever_is_cut_or_put_in_is_refused_or_reads_the_same(cut, noise):
    made = TOKEN[: cut % len(TOKEN)] + noise + TOKEN[cut % len(TOKEN) + len(noise) :]
    try:
        assert check(made) == AT
    except (MalformedTimeStamp, InvalidTimeStamp):
        assert made != TOKEN


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_bit_is_flipped_and_the_moment_moved(at, bit):
    made = bytearray(TOKEN)
    made[at % len(made)] ^= 1 << bit
    with suppress(MalformedTimeStamp, InvalidTimeStamp):
        assert check(bytes(made)) == AT


@given(st.binary(max_size=200))
def test_noise_is_no_token(noise):
    with pytest.raises(MalformedTimeStamp):
        tsa.parse(noise)


def test_bytes_behind_it_are_refused():
    with pytest.raises(MalformedTimeStamp):
        tsa.parse(TOKEN + b"\0")


def test_a_token_that_is_too_large_is_refused():
    with pytest.raises(MalformedTimeStamp, match="more than"):
        tsa.parse(der.sequence(bytes(70_000)))


def test_content_of_another_type_is_no_time_stamp():
    with pytest.raises(MalformedTimeStamp, match="TSTInfo"):
        tsa.parse(pades.cms(bytes(32), p256_world.pdf_signer()))


def test_a_token_without_the_certificate_it_names_is_refused():
    with pytest.raises(MalformedTimeStamp, match="does not carry"):
        tsa.parse(token(certificates=(world.rsa_authority().der,)))


def test_further_certificates_do_no_harm():
    both = (world.rsa_authority().der, world.authority().der)
    assert check(token(certificates=both)) == AT


def test_an_exchanged_statement_is_noticed():
    stamped = TOKEN.replace(b"20261121080000.25Z", b"20261121070000.25Z")
    assert stamped != TOKEN
    with pytest.raises(MalformedTimeStamp, match="other content"):
        check(stamped)


def test_the_digest_of_itself_does_not_help_who_exchanges_both():
    """Statement and digest exchanged: then the signature is wrong."""
    info = _tst_info(TOKEN)
    other = info.replace(b"20261121080000.25Z", b"20261121070000.25Z")
    made = TOKEN.replace(info, other).replace(
        hashlib.sha256(info).digest(), hashlib.sha256(other).digest()
    )
    with pytest.raises(InvalidTimeStamp, match="signature"):
        check(made)


def _tst_info(made):
    content = asn1_cms.ContentInfo.load(made)["content"]["encap_content_info"]["content"]
    return content.parsed.dump()


def critical_extension(critical):
    extension = {"extn_id": "1.2.3", "critical": critical, "extn_value": b"\x05\x00"}
    return lambda info: info | {"extensions": [extension]}


def test_a_critical_extension_is_refused_and_another_passed_over():
    assert check(token(change_info=critical_extension(False))) == AT
    with pytest.raises(MalformedTimeStamp, match=r"critical extension 1\.2\.3"):
        check(token(change_info=critical_extension(True)))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda found: [world.attribute("content_type", "data"), *found[1:]], "another type"),
        (lambda found: found[1:], "another type"),
        (lambda found: [found[0], found[2]], "other content"),
        (lambda found: found[:2], "names no certificate"),
        (lambda found: [*found, found[0]], "twice"),
        (
            lambda found: [
                found[0],
                world.attribute("message_digest", bytes(32), bytes(32)),
                found[2],
            ],
            "2 times a value",
        ),
    ],
)
def test_signed_attributes_of_another_form_are_refused(change, match):
    """Though they are signed by the authority itself."""
    with pytest.raises(MalformedTimeStamp, match=match):
        check(token(change_attributes=change))


def test_an_imprint_of_another_length_is_refused():
    short = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(31)}
    with pytest.raises(MalformedTimeStamp, match="31 bytes"):
        check(token(change_info=lambda info: info | {"message_imprint": short}))


@pytest.mark.parametrize("name", ["sha512_ecdsa", "sha1_ecdsa", "sha512_rsa", "rsassa_pss"])
def test_a_signature_algorithm_with_another_digest_is_refused(name):
    with pytest.raises(MalformedTimeStamp, match="signature algorithm"):
        check(token(signature_algorithm=name))


def test_a_signature_of_another_kind_than_the_key_is_refused():
    with pytest.raises(InvalidTimeStamp, match="another kind"):
        check(token(signature_algorithm="sha256_rsa"))


def test_rsa_may_be_named_without_its_digest():
    """As RFC 3370 has it, and many authorities still."""
    assert check(token(by=world.rsa_authority(), signature_algorithm="rsassa_pkcs1v15")) == AT


def test_the_older_way_to_name_the_certificate_is_read():
    digest = hashlib.sha1(world.authority().der, usedforsecurity=False).digest()
    older = tsp.SigningCertificate({"certs": [{"cert_hash": digest}]})
    named = world.attribute("signing_certificate", older)
    assert check(token(change_attributes=lambda found: [*found[:2], named])) == AT


def test_another_root_is_not_trusted():
    with pytest.raises(InvalidTimeStamp, match="not trusted"):
        check(token(), roots=world.roots("other"))


def test_without_roots_nobody_is_trusted():
    with pytest.raises(InvalidTimeStamp, match="no root"):
        check(token(), roots=())


def issued(**options):
    key = certificates.new_key()
    return world.Authority(key, world.issue(key, **options))


@pytest.mark.parametrize(
    "options",
    [
        {"usages": (ExtendedKeyUsageOID.CODE_SIGNING,)},
        {"usages": (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)},
        {"critical": False},
        {"ca": True},
        {"end": AT - timedelta(seconds=1)},
        {"begin": AT + timedelta(seconds=1)},
        {"issuer": "other"},
        {"key_usage": certificates._key_usage(key_cert_sign=True)},
    ],
    ids=str,
)
def test_a_certificate_that_is_not_for_stamping_then_is_not_trusted(options):
    with pytest.raises(InvalidTimeStamp, match="not trusted"):
        check(token(by=issued(**options)))


def test_the_usages_of_a_signing_key_are_well_for_stamping():
    for usage in ({"digital_signature": True}, {"content_commitment": True}):
        by = issued(key_usage=certificates._key_usage(**usage))
        assert check(token(by=by)) == AT


@pytest.mark.parametrize(
    ("usages", "trusted"),
    [
        (None, True),
        ((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING), True),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), False),
    ],
)
def test_an_issuer_between_is_for_stamping_if_it_is_limited_at_all(usages, trusted):
    top, middle, by = world.below_intermediate(usages)
    made = token(by=by, certificates=(by.der, middle))
    if trusted:
        assert check(made, roots=(top,)) == AT
        return
    with pytest.raises(InvalidTimeStamp, match="not for time stamping"):
        check(made, roots=(top,))


def test_an_authority_that_expired_since_proves_nothing_any_more():
    expired = token(by=issued(end=AT + timedelta(days=1)))
    assert check(expired, at=AT) == AT
    with pytest.raises(InvalidTimeStamp, match="not trusted"):
        check(expired, at=LATER)


def test_a_short_rsa_key_is_refused():
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is the point
    weak = world.Authority(key, world.issue(key))
    with pytest.raises(InvalidTimeStamp):
        check(token(by=weak))


def test_a_list_that_does_not_name_the_authority_lets_it_be():
    assert check(token(), crls=(world.crl(now=LATER - timedelta(days=1)),)) == AT


@pytest.mark.parametrize("reason", [REASON.superseded, REASON.cessation_of_operation])
def test_stamps_from_before_an_orderly_end_stay_good(reason):
    assert check(token(), crls=revoked(reason, AT + timedelta(days=1))) == AT
    with pytest.raises(InvalidTimeStamp, match="revoked"):
        check(token(), crls=revoked(reason, AT - timedelta(days=1)))


@pytest.mark.parametrize("reason", [REASON.key_compromise, REASON.ca_compromise])
def test_a_stolen_key_takes_all_stamps_with_it(reason):
    with pytest.raises(InvalidTimeStamp, match="revoked"):
        check(token(), crls=revoked(reason, AT + timedelta(days=1)))


def test_a_revocation_without_a_reason_takes_all_stamps_with_it():
    """RFC 3161 section 4: our lists leave `unspecified` out, as RFC 5280 wants it."""
    with pytest.raises(InvalidTimeStamp, match="revoked"):
        check(token(), crls=revoked(REASON.unspecified, AT + timedelta(days=1)))


def test_a_revocation_after_the_moment_of_judging_is_not_known_then():
    crls = revoked(REASON.key_compromise, AT + timedelta(days=50), at=LATER)
    assert check(token(), crls=crls, at=AT + timedelta(days=1)) == AT


def test_an_old_list_still_tells_what_was_revoked():
    crls = revoked(REASON.key_compromise, AT + timedelta(days=1), at=AT + timedelta(days=3))
    with pytest.raises(InvalidTimeStamp, match="revoked"):
        check(token(), crls=crls)


def test_a_list_by_somebody_else_says_nothing():
    entry = Revocation(world.authority().certificate.serial_number, AT, REASON.key_compromise)
    assert check(token(), crls=(world.crl((entry,), LATER, "other"), b"noise")) == AT


def test_whether_revocation_is_known_depends_on_a_current_list():
    chain = tsa.check_authority(tsa.parse(token()), world.roots(), (), AT)
    assert len(chain) == 2
    assert tsa.revocation_known(chain, (world.crl(now=AT),), AT + timedelta(days=1))
    assert not tsa.revocation_known(chain, (world.crl(now=AT),), AT + timedelta(days=31))
    assert not tsa.revocation_known(chain, (world.crl(now=AT, name="other"),), AT)
    assert not tsa.revocation_known(chain, (), AT)
