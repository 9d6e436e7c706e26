"""From B-B to B-LTA: each level as the standard has it and pyHanko finds it, or none at all."""

import asyncio
import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import minimal_pdf
import p256_world as world
import pades_chain
import pytest
import tsa_server
import tsa_world
from asn1crypto import cms as asn1_cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from signing import certificates, pades, pades_levels, pdf_revision, tsa
from signing.certificates import Revocation
from signing.document_key import rsa_from_private_key
from signing.errors import CannotSign, TimeStampUnavailable
from signing.pades_evidence import Evidence
from signing.pades_levels import LEVELS, Stamping

NOW = datetime.now(UTC).replace(microsecond=0)
BEGIN = NOW - timedelta(days=30)
BLANK = minimal_pdf.unsigned(pades_levels.CONTENTS_BYTES)
RAISED = LEVELS[1:]


@lru_cache
def root():
    name = certificates.name("Levels", "Tests")
    return certificates.issue_root(world.private_key("levels"), name, BEGIN, 10 * world.YEAR)


@lru_cache
def rsa_key():
    return rsa_from_private_key("test:rsa", rsa.generate_private_key(65537, 2048))


@lru_cache
def signer(kind="ec", begin=BEGIN, days=365):
    key = world.key("signer") if kind == "ec" else rsa_key()
    issued = certificates.issue_signer(
        root(),
        world.private_key("levels"),
        key.public_key,
        certificates.name(kind, "Tests"),
        begin,
        timedelta(days=days),
    )
    return pades.PdfSigner(key, issued.public_bytes(Encoding.DER))


def pdf_crl(revocations=(), now=NOW):
    return certificates.issue_crl(
        root(), world.private_key("levels"), revocations, now, timedelta(days=30)
    )


def signed(by=None, blank=BLANK):
    return pades.sign(blank.data, blank.hole, blank.byte_range, by or signer())


@pytest.fixture(scope="module")
def server():
    with tsa_server.serving() as running:
        yield running


@pytest.fixture
def stamping(server):
    server.how = tsa_world.Answering()
    server.asked.clear()
    server.replies.clear()
    return Stamping(
        tsa=server.tsa(),
        roots=(root().public_bytes(Encoding.DER),),
        crls=(pdf_crl(), tsa_world.crl()),
    )


def message(data):
    """The first signature's CMS, without the padding."""
    start, end = BLANK.hole
    raw = bytes.fromhex(data[start + 1 : end - 1].decode("ascii"))
    return asn1_cms.ContentInfo.load(raw)["content"]


def reader(data):
    return PdfFileReader(io.BytesIO(data), strict=True)


def test_b_b_is_what_was_signed_and_asks_nobody(stamping, server):
    data = signed()
    assert pades_levels.raise_level(data, "B-B", stamping) is data
    assert server.asked == []


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_b_t_has_a_time_stamp_on_the_signature_in_the_same_hole(kind, stamping):
    before = signed(signer(kind))
    after = pades_levels.raise_level(before, "B-T", stamping)
    start, end = BLANK.hole
    assert len(after) == len(before)
    assert after[:start] + after[end:] == before[:start] + before[end:]
    (info,) = message(after)["signer_infos"]
    (attribute,) = info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    (token,) = attribute["values"]
    value = info["signature"].native
    assert tsa.check(token.dump(), value, tsa_world.roots(), (), NOW + timedelta(minutes=1))


def test_everything_but_the_time_stamp_stays_as_it_was(stamping):
    before = signed()
    first = message(before)
    second = message(pades_levels.raise_level(before, "B-T", stamping))
    del second["signer_infos"][0]["unsigned_attrs"]
    assert second.dump(force=True) == first.dump(force=True)


def test_b_lt_adds_a_store_and_nothing_else(stamping):
    data = pades_levels.raise_level(signed(), "B-LT", stamping)
    file = reader(data)
    assert file.xrefs.total_revisions == 2
    stamped = data[: file.xrefs.get_xref_container_info(0).end_location]
    added = file.xrefs.explicit_refs_in_revision(1)
    root_ref = file.root_ref
    store = file.root.raw_get("/DSS").reference
    streams = [
        one.reference
        for key in ("/Certs", "/CRLs")
        for one in map(file.root["/DSS"][key].raw_get, range(len(file.root["/DSS"][key])))
    ]
    assert added == {root_ref, store, *streams}
    old = reader(data[: len(signed())]).root
    assert set(file.root) - set(old) == {"/DSS", "/Extensions"}
    assert all(repr(old.raw_get(key)) == repr(file.root.raw_get(key)) for key in old)
    assert data.startswith(stamped)


def test_the_store_holds_both_chains_and_their_lists(stamping):
    data = pades_levels.raise_level(signed(), "B-LT", stamping)
    store = DocumentSecurityStore.read_dss(reader(data))
    expected = {
        signer().certificate,
        root().public_bytes(Encoding.DER),
        tsa_world.authority().der,
        *tsa_world.roots(),
    }
    assert {one.dump() for one in store.load_certs()} == expected
    assert {one.get_object().data for one in store.crls} == set(stamping.crls)


def test_lists_that_prove_nothing_stay_outside(stamping):
    other = tsa_world.crl(name="other")
    older = pdf_crl(now=NOW - timedelta(days=3))
    more = replace(stamping, crls=(older, other, b"noise", *stamping.crls))
    data = pades_levels.raise_level(signed(), "B-LT", more)
    store = DocumentSecurityStore.read_dss(reader(data))
    assert {one.get_object().data for one in store.crls} == set(stamping.crls)


def test_b_lta_has_a_time_stamp_over_the_whole_file(stamping):
    data = pades_levels.raise_level(signed(), "B-LTA", stamping)
    file = reader(data)
    assert file.xrefs.total_revisions == 3
    (found,) = file.embedded_timestamp_signatures
    assert found.field_name == pades_levels.FIELD_NAME
    assert found.sig_object["/SubFilter"] == "/ETSI.RFC3161"
    assert found.evaluate_signature_coverage().name == "ENTIRE_FILE"
    _, size, after, rest = found.byte_range
    covered = data[:size] + data[after : after + rest]
    token = asn1_cms.ContentInfo.load(bytes.fromhex(data[size + 1 : after - 1].decode()))
    later = datetime.now(UTC) + timedelta(minutes=5)
    assert NOW <= tsa.check(token.dump(), covered, tsa_world.roots(), (), later) <= later


def test_the_archive_time_stamp_shows_nothing_and_hangs_on_field_and_page(stamping):
    file = reader(pades_levels.raise_level(signed(), "B-LTA", stamping))
    field, page = file.root["/AcroForm"]["/Fields"][1], file.root["/Pages"]["/Kids"][0]
    assert list(field["/Rect"]) == [0, 0, 0, 0]
    assert page["/Annots"][1] is field
    assert field["/P"] is page
    assert len(page["/Annots"]) == 2
    assert file.root["/AcroForm"]["/SigFlags"] == 3


def test_each_level_asks_as_often_as_it_stamps(stamping, server):
    for level, times in zip(LEVELS, (0, 1, 1, 2), strict=True):
        server.asked.clear()
        pades_levels.raise_level(signed(), level, stamping)
        assert len(server.asked) == times


def ades_policy():
    """ETSI EN 319 102-1 with both roots, revocation demanded, and nothing fetched."""
    roots = (root().public_bytes(Encoding.DER), *tsa_world.roots())
    strict = RevocationCheckingPolicy.from_legacy("require")
    policy = CertValidationPolicySpec(
        SimpleTrustManager.build([asn1_x509.Certificate.load(one) for one in roots]),
        CertRevTrustPolicy(strict),
    )
    spec = SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
    )
    return PdfSignatureValidationSpec(spec)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_pyhanko_validates_b_lta_as_ades(kind, stamping):
    data = pades_levels.raise_level(signed(signer(kind)), "B-LTA", stamping)
    (found,) = reader(data).embedded_regular_signatures
    result = asyncio.run(ades.ades_lta_validation(found, ades_policy()))
    assert result.ades_subindic is AdESPassed.OK, result.failure_msg
    assert result.signature_timestamp_status.ades_subindic is AdESPassed.OK
    assert abs(result.best_signature_time - datetime.now(UTC)) < timedelta(minutes=5)
    status = result.api_status
    assert status.modification_level is ModificationLevel.LTA_UPDATES


@pytest.mark.parametrize(("level", "passes"), [("B-T", False), ("B-LT", True), ("B-LTA", True)])
def test_what_carries_its_evidence_still_validates_when_the_signer_has_expired(
    level, passes, stamping
):
    data = pades_levels.raise_level(signed(), level, stamping)
    (found,) = reader(data).embedded_regular_signatures
    later = BEGIN + timedelta(days=3 * 365)
    result = asyncio.run(ades.simulate_future_ades_lta_validation(found, ades_policy(), later))
    assert (result.ades_subindic is AdESPassed.OK) is passes, result.failure_msg


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


def test_an_intermediate_may_come_from_the_configuration(stamping):
    """Where the signature carries its signer's certificate only."""
    below = pades_chain.intermediate(NOW)
    crls = (below.root_crl, below.crl, stamping.crls[1])
    bare = replace(stamping, roots=(below.root,), crls=crls)
    data = pades_levels.raise_level(
        signed(below.signer), "B-LT", replace(bare, certificates=(below.certificate,))
    )
    store = DocumentSecurityStore.read_dss(reader(data))
    assert below.certificate in {one.dump() for one in store.load_certs()}
    assert {one.get_object().data for one in store.crls} == set(crls)
    with pytest.raises(CannotSign, match="leads to no trusted root"):
        pades_levels.raise_level(signed(below.signer), "B-LT", bare)


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


def test_the_authority_may_have_a_longer_key(stamping, server):
    server.how = tsa_world.Answering(by=tsa_world.rsa_authority())
    assert reader(pades_levels.raise_level(signed(), "B-LTA", stamping))


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


def test_signing_b_b_loads_no_pyhanko():
    code = (
        "import sys, signing.pades_levels;"
        "print([m for m in ('pyhanko', 'http.client', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
