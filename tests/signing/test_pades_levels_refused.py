"""What cannot be had at a level leaves no file: no stamp, no evidence, no one sound signature."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import minimal_pdf
import p256_world as world
import pytest
import tsa_server
import tsa_world
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from levels_world import BEGIN, BLANK, NOW, fresh_stamping, pdf_crl, signed, signer

from signing import certificates, pades, pades_levels, pdf_revision
from signing.certificates import Revocation
from signing.errors import CannotSign, TimeStampUnavailable
from signing.pades_evidence import Evidence
from signing.pades_levels import LEVELS

RAISED = LEVELS[1:]


@pytest.fixture(scope="module")
def server():
    with tsa_server.serving() as running:
        yield running


@pytest.fixture
def stamping(server):
    return fresh_stamping(server)


@pytest.mark.parametrize("level", RAISED)
@pytest.mark.parametrize("which", [0, 1])
def test_a_time_stamping_authority_that_fails_leaves_no_file(level, which, stamping, server):
    """Down for good at the first, or only at the second time stamp."""
    if which and level != "B-LTA":
        which = 0
    down = tsa_server.Reply([b""], status=503)
    good = [lambda asked: server.answered(asked)] * which
    server.replies[:] = [*good, *[lambda _asked: down] * 3]
    with pytest.raises(TimeStampUnavailable) as caught:
        pades_levels.raise_level(signed(), level, stamping)
    assert caught.value.retryable


@pytest.mark.parametrize("level", RAISED)
def test_a_rejected_time_stamp_leaves_no_file(level, stamping):
    other = replace(stamping, tsa=replace(stamping.tsa, roots=tsa_world.roots("other")))
    with pytest.raises(TimeStampUnavailable, match="not trusted"):
        pades_levels.raise_level(signed(), level, other)


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_without_a_list_of_either_chain_there_is_no_b_lt(level, missing, stamping):
    one = (stamping.crls[missing],)
    with pytest.raises(CannotSign, match=r"no revocation list of .* is current"):
        pades_levels.raise_level(signed(), level, replace(stamping, crls=one))
    assert pades_levels.raise_level(signed(), "B-T", replace(stamping, crls=()))


def test_a_list_out_of_date_is_none(stamping):
    old = (pdf_crl(now=NOW - timedelta(days=31)), stamping.crls[1])
    with pytest.raises(CannotSign, match=r"no revocation list of .*Levels.* is current"):
        pades_levels.raise_level(signed(), "B-LT", replace(stamping, crls=old))


def revoked(certificate):
    loaded = asn1_x509.Certificate.load(certificate)
    return (Revocation(loaded.serial_number, NOW - timedelta(days=1)),)


def test_a_revoked_signer_gets_no_b_lt(stamping):
    crls = (pdf_crl(revoked(signer().certificate)), stamping.crls[1])
    with pytest.raises(CannotSign, match="revoked since"):
        pades_levels.raise_level(signed(), "B-LT", replace(stamping, crls=crls))


def test_a_revoked_authority_gets_no_b_lt(stamping):
    crls = (stamping.crls[0], tsa_world.crl(revoked(tsa_world.authority().der)))
    with pytest.raises(CannotSign, match="revoked since"):
        pades_levels.raise_level(signed(), "B-LT", replace(stamping, crls=crls))


@pytest.mark.parametrize("level", RAISED)
def test_a_signer_that_is_not_valid_when_stamped_gets_none(level, stamping):
    for by in (
        signer(begin=NOW + timedelta(days=1)),
        signer(begin=NOW - timedelta(days=20), days=10),
    ):
        with pytest.raises(CannotSign, match="leads to no trusted root"):
            pades_levels.raise_level(signed(by), level, stamping)


@pytest.mark.parametrize("level", RAISED)
def test_a_signer_of_another_root_gets_none(level, stamping):
    with pytest.raises(CannotSign, match="leads to no trusted root"):
        pades_levels.raise_level(signed(world.pdf_signer()), level, stamping)


def test_without_roots_there_is_no_b_t(stamping):
    with pytest.raises(CannotSign, match="no root"):
        pades_levels.raise_level(signed(), "B-T", replace(stamping, roots=()))


def test_a_signer_that_certifies_others_does_not_thereby_become_an_authority(stamping):
    """Its certificate is used as if it were one of the chain."""
    key, above = world.key("below"), signer()
    issued = certificates.issue_signer(
        x509.load_der_x509_certificate(above.certificate),
        world.private_key("signer"),
        key.public_key,
        certificates.name("Below a signer", "Tests"),
        BEGIN,
        world.YEAR,
    )
    by = pades.PdfSigner(key, issued.public_bytes(Encoding.DER), (above.certificate,))
    with pytest.raises(CannotSign, match="leads to no trusted root"):
        pades_levels.raise_level(signed(by), "B-T", stamping)


def test_a_revocation_that_is_still_to_come_stops_nothing_yet(stamping):
    entry = replace(revoked(signer().certificate)[0], revoked_at=NOW + timedelta(days=1))
    crls = (pdf_crl((entry,)), stamping.crls[1])
    assert pades_levels.raise_level(signed(), "B-LT", replace(stamping, crls=crls))


def test_a_hole_too_small_for_the_time_stamp_is_refused(stamping):
    small = minimal_pdf.unsigned(1200)
    with pytest.raises(CannotSign, match="/Contents has room for"):
        pades_levels.raise_level(signed(blank=small), "B-T", stamping)


def two_ranges():
    """Both say that they cover all of the file; whoever takes one may take the wrong one."""
    text = b"/ByteRange [0 %04d %04d %04d] /ByteRange [0 %04d %04d %04d] <00> <00>"
    size = len(text % ((0,) * 6))
    data = text % ((0,) * 6)
    first, second = data.index(b"<"), data.rindex(b"<")
    return text % (first, first + 4, size - first - 4, second, second + 4, size - second - 4)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (b"", "covers all"),
        (b"no PDF", "covers all"),
        (BLANK.data, "covers all"),
        (signed() + b"\n", "covers all"),
        (signed()[:-1], "covers all"),
        (signed() + signed(), "covers all"),
        (two_ranges(), "not just one"),
        (signed().replace(b"595", b"596"), "was changed after"),
    ],
    ids=["nothing", "no pdf", "unsigned", "longer", "shorter", "twice", "two ranges", "changed"],
)
def test_what_is_not_one_sound_signature_over_all_is_refused(wrong, match, stamping, server):
    with pytest.raises(CannotSign, match=match):
        pades_levels.raise_level(wrong, "B-LTA", stamping)
    assert server.asked == []


@pytest.mark.parametrize(
    ("level", "match"),
    [("B-T", "time stamp already"), ("B-LT", "covers all"), ("B-LTA", "content of its own")],
)
def test_what_is_raised_is_not_raised_again(level, match, stamping):
    raised = pades_levels.raise_level(signed(), level, stamping)
    with pytest.raises(CannotSign, match=match):
        pades_levels.raise_level(raised, "B-LTA", stamping)


def test_a_store_is_added_once(stamping):
    raised = pades_levels.raise_level(signed(), "B-LT", stamping)
    with pytest.raises(CannotSign, match="already"):
        pdf_revision.with_evidence(raised, Evidence((), ()))


def test_the_certificates_period_is_judged_by_the_time_stamps_clock(stamping, server):
    """It is the one that a verifier will judge by."""
    server.how = tsa_world.Answering(clock=lambda: datetime.now(UTC) + timedelta(minutes=4))
    by = signer(begin=NOW - timedelta(days=10), days=10 + 2 / 1440)
    with pytest.raises(CannotSign, match="leads to no trusted root"):
        pades_levels.raise_level(signed(by), "B-T", stamping)


@pytest.mark.parametrize("level", ["B-X", "", "LTA", None])
def test_a_level_that_does_not_exist_is_refused(level, stamping):
    with pytest.raises(CannotSign, match="no level of PAdES"):
        pades_levels.raise_level(signed(), level, stamping)


def form_elsewhere():
    """A file whose form is an object of its own, which is not how it is written here."""
    data = BLANK.data
    old = b"/AcroForm<</Fields[4 0 R]/SigFlags 3>>"
    assert old in data
    return data.replace(old, b"/AcroForm 6 0 R".ljust(len(old)))


def test_a_file_of_another_form_is_refused(stamping):
    data = form_elsewhere()
    by_range, hole = BLANK.byte_range, BLANK.hole
    other = pades.sign(data, hole, by_range, signer())
    assert pades_levels.raise_level(other, "B-LT", stamping)
    with pytest.raises(CannotSign, match="form is not in its catalogue"):
        pades_levels.raise_level(other, "B-LTA", stamping)
