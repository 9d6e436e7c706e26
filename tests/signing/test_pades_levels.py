"""From B-B to B-LTA: each level as the standard has it, and as pyHanko finds it."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pades_chain
import pytest
import tsa_server
import tsa_world
from asn1crypto import cms as asn1_cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from levels_world import (
    BEGIN,
    BLANK,
    NOW,
    fresh_stamping,
    message,
    pdf_crl,
    reader,
    root,
    signed,
    signer,
)
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

from signing import pades_levels, tsa
from signing.errors import CannotSign
from signing.pades_levels import LEVELS


@pytest.fixture(scope="module")
def server():
    with tsa_server.serving() as running:
        yield running


@pytest.fixture
def stamping(server):
    return fresh_stamping(server)


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


def test_the_authority_may_have_a_longer_key(stamping, server):
    server.how = tsa_world.Answering(by=tsa_world.rsa_authority())
    assert reader(pades_levels.raise_level(signed(), "B-LTA", stamping))


def test_signing_b_b_loads_no_pyhanko():
    code = (
        "import sys, signing.pades_levels;"
        "print([m for m in ('pyhanko', 'http.client', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
