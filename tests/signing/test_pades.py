"""A PDF is signed in its first revision; programs nobody here wrote agree."""

import hashlib
import io
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

import minimal_pdf
import p256_world as world
import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import tsp
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, pades
from signing.document_key import rsa_from_private_key
from signing.errors import CannotSign, MalformedCertificate

BLANK = minimal_pdf.unsigned()


@lru_cache
def rsa_signer(bits=2048):
    """A signer on RSA, by the same root."""
    key = rsa_from_private_key(f"test:rsa{bits}", rsa.generate_private_key(65537, bits))
    subject = certificates.name("RSA（开发）", "Tests")
    issued = certificates.issue_signer(
        world.root(), world.private_key("root"), key.public_key, subject, world.NOW, world.YEAR
    )
    return pades.PdfSigner(key, issued.public_bytes(Encoding.DER))


SIGNERS = {"P-256": world.pdf_signer, "RSA": rsa_signer}
each_kind = pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)


def signed(blank=BLANK, signer=None):
    return pades.sign(blank.data, blank.hole, blank.byte_range, signer or world.pdf_signer())


def message(data, hole=BLANK.hole):
    """The CMS in the hole, without the padding."""
    raw = bytes.fromhex(data[hole[0] + 1 : hole[1] - 1].decode("ascii"))
    return asn1_cms.ContentInfo.load(raw, strict=False).dump()


def covered(data, hole=BLANK.hole):
    return data[: hole[0]] + data[hole[1] :]


def attributes(data):
    (signer_info,) = asn1_cms.ContentInfo.load(message(data))["content"]["signer_infos"]
    return signer_info["signed_attrs"]


def test_only_the_hole_and_the_byte_range_change():
    data = signed()
    assert len(data) == len(BLANK.data)
    start, end = BLANK.hole
    first, last = BLANK.byte_range
    for at, (old, new) in enumerate(zip(BLANK.data, data, strict=True)):
        assert old == new or start < at < end - 1 or first <= at < last
    expected = f"0 {start} {end} {len(data) - end}".ljust(last - first)
    assert data[first:last].decode() == expected


def test_the_byte_range_may_stand_after_the_hole():
    contents, ranges = BLANK.hole, BLANK.byte_range
    one, two = BLANK.data[ranges[0] - 11 : ranges[1] + 1], BLANK.data[contents[0] - 9 : contents[1]]
    data = BLANK.data.replace(one + two, two + one)
    start = data.index(b"/Contents<") + 9
    first = data.index(b"/ByteRange[") + 11
    blank = minimal_pdf.Unsigned(data, (start, start + len(two) - 9), (first, first + 40))
    out = signed(blank)
    raw = message(out, blank.hole)
    (info,) = asn1_cms.ContentInfo.load(raw)["content"]["signer_infos"]
    found = {a["type"].native: a["values"][0].native for a in info["signed_attrs"]}
    assert found["message_digest"] == hashlib.sha256(covered(out, blank.hole)).digest()


def test_the_signed_attributes_are_three_in_der_order():
    data = signed()
    found = attributes(data)
    assert [attribute["type"].native for attribute in found] == [
        "content_type",
        "message_digest",
        "signing_certificate_v2",
    ]
    encoded = [attribute.dump() for attribute in found]
    assert encoded == sorted(encoded)
    assert found[0]["values"][0].native == "data"
    assert found[1]["values"][0].native == hashlib.sha256(covered(data)).digest()


def test_the_reference_to_the_certificate_is_as_der_wants_it():
    reference = tsp.SigningCertificateV2.load(attributes(signed())[2]["values"][0].dump())
    (found,) = reference["certs"]
    certificate = world.certificate()
    assert (
        found["cert_hash"].native == hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    )
    assert found["issuer_serial"]["serial_number"].native == certificate.serial_number
    (issuer,) = found["issuer_serial"]["issuer"]
    assert issuer.dump()[2:] == certificate.issuer.public_bytes()  # without its tag [4]
    # SHA-256 is the default of hashAlgorithm, and DER does not write defaults: so the digest comes
    # first.
    assert found.contents[:2] == b"\x04\x20"


def test_the_message_holds_the_signer_and_no_root_and_no_content():
    content = asn1_cms.ContentInfo.load(message(signed()))["content"]
    certificate = world.certificate().public_bytes(Encoding.DER)
    assert [one.chosen.dump() for one in content["certificates"]] == [certificate]
    assert content["encap_content_info"]["content"].native is None
    assert content["version"].native == "v1"
    (info,) = content["signer_infos"]
    assert info["unsigned_attrs"].native is None
    assert info["sid"].chosen["serial_number"].native == world.certificate().serial_number


def test_a_chain_goes_into_the_message():
    chain = (world.root().public_bytes(Encoding.DER),)
    content = asn1_cms.ContentInfo.load(
        message(signed(signer=replace(world.pdf_signer(), chain=chain)))
    )
    found = [one.chosen.dump() for one in content["content"]["certificates"]]
    assert sorted(found) == found
    assert set(found) == {*chain, world.pdf_signer().certificate}


@pytest.mark.parametrize(
    ("signer", "oid", "parameters"),
    [
        (world.pdf_signer, "1.2.840.10045.4.3.2", b""),
        (rsa_signer, "1.2.840.113549.1.1.11", b"\x05\x00"),
    ],
)
def test_the_algorithm_is_named_as_rfc_5754_wants_it(signer, oid, parameters):
    (info,) = asn1_cms.ContentInfo.load(message(signed(signer=signer())))["content"]["signer_infos"]
    algorithm = info["signature_algorithm"]
    assert algorithm["algorithm"].dotted == oid
    assert algorithm.contents == algorithm["algorithm"].dump() + parameters
    assert info["digest_algorithm"].contents == info["digest_algorithm"]["algorithm"].dump()


def test_the_longest_rsa_key_fits_into_the_hole_that_is_left_for_it():
    from renderer.pdf_signature import CONTENTS_BYTES

    root = world.root().public_bytes(Encoding.DER)
    signer = replace(rsa_signer(4096), chain=(root, bytes(1500)))
    assert len(pades.cms(bytes(32), signer)) < CONTENTS_BYTES


def test_signers_are_not_confused():
    key = world.key("another")
    subject = certificates.name("另一机关（开发）", "另一机关")
    issued = certificates.issue_signer(
        world.root(), world.private_key("root"), key.public_key, subject, world.NOW, world.YEAR
    )
    other = pades.PdfSigner(key, issued.public_bytes(Encoding.DER))
    for signer in (world.pdf_signer(), other, world.pdf_signer()):
        content = asn1_cms.ContentInfo.load(message(signed(signer=signer)))["content"]
        assert content["certificates"][0].chosen.dump() == signer.certificate


def test_a_hole_just_large_enough_is_filled_and_a_smaller_one_is_refused():
    sizes = {len(pades.cms(bytes(32), world.pdf_signer())) for _ in range(40)}
    blank = minimal_pdf.unsigned(max(sizes))
    assert message(signed(blank), blank.hole)
    with pytest.raises(CannotSign, match="/Contents has room for"):
        signed(minimal_pdf.unsigned(min(sizes) - 8))  # a signature is now and then shorter


def test_a_byte_range_too_narrow_is_refused():
    with pytest.raises(CannotSign, match="/ByteRange has room for 12"):
        signed(minimal_pdf.unsigned(range_width=12))


START, END = BLANK.hole
FIRST, LAST = BLANK.byte_range


@pytest.mark.parametrize(
    ("hole", "byte_range"),
    [
        ((START + 1, END), BLANK.byte_range),
        ((START, END - 1), BLANK.byte_range),
        ((-1, END), BLANK.byte_range),
        ((END, START), BLANK.byte_range),
        ((START, len(BLANK.data) + 5), BLANK.byte_range),
        (BLANK.hole, (FIRST - 1, LAST)),
        (BLANK.hole, (FIRST, LAST + 1)),
        (BLANK.hole, (START + 5, START + 45)),
        (BLANK.hole, (LAST, FIRST)),
        (BLANK.hole, (0, 40)),
        (BLANK.hole, (len(BLANK.data), len(BLANK.data) + 40)),
    ],
)
def test_places_that_are_not_what_they_should_be_are_refused(hole, byte_range):
    with pytest.raises(CannotSign):
        pades.sign(BLANK.data, hole, byte_range, world.pdf_signer())


def test_a_byte_range_inside_the_hole_is_refused():
    data = bytearray(BLANK.data)
    data[START + 4 : START + 5], data[START + 45 : START + 46] = b"[", b"]"
    with pytest.raises(CannotSign, match="no room of its own"):
        pades.sign(bytes(data), BLANK.hole, (START + 5, START + 45), world.pdf_signer())


@pytest.mark.parametrize("wrong", [b"", b"noise", b"0\x03\x02\x01\x01"])
def test_a_certificate_that_is_none_is_refused(wrong):
    with pytest.raises(MalformedCertificate):
        signed(signer=pades.PdfSigner(world.key(), wrong))


@each_kind
def test_pyhanko_validates_the_signature(signer):
    from asn1crypto import crl as asn1_crl
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    crl = certificates.issue_crl(
        world.root(), world.private_key("root"), (), world.NOW, timedelta(days=30)
    )
    root = asn1_x509.Certificate.load(world.root().public_bytes(Encoding.DER))
    (found,) = PdfFileReader(io.BytesIO(signed(signer=signer()))).embedded_signatures
    status = validate_pdf_signature(
        found,
        ValidationContext(
            trust_roots=[root],
            crls=[asn1_crl.CertificateList.load(crl)],
            moment=world.NOW,
            revocation_mode="require",
        ),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"digital_signature", "non_repudiation"},
            extd_key_usage={certificates.DOCUMENT_SIGNING.dotted_string},
            explicit_extd_key_usage_required=True,
        ),
    )
    assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.modification_level is ModificationLevel.NONE


def run(program, *arguments):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


@pytest.mark.interop
@each_kind
def test_openssl_verifies_the_message_as_cades(signer, tmp_path):
    """Without -purpose any: the certificate serves what `openssl cms` asks for by itself."""
    data = signed(signer=signer())
    (tmp_path / "cms").write_bytes(message(data))
    (tmp_path / "content").write_bytes(covered(data))
    (tmp_path / "root.pem").write_bytes(world.root().public_bytes(Encoding.PEM))
    when = ("-attime", int(world.NOW.timestamp()))
    verify = ("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", tmp_path / "cms")
    trust = ("-CAfile", tmp_path / "root.pem", "-content", tmp_path / "content")
    done = run("openssl", *verify, *trust, *when, "-out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "CAdES Verification successful" in done.stderr
    (tmp_path / "content").write_bytes(covered(data) + b" ")
    done = run("openssl", *verify, *trust, *when, "-out", tmp_path / "out")
    assert done.returncode != 0


@pytest.mark.interop
@each_kind
def test_pdfsig_and_qpdf_accept_the_file(signer, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed(signer=signer()))
    said = run("pdfsig", path).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert run("qpdf", "--check", path).returncode == 0
    path.write_bytes(signed(signer=signer()).replace(b"595", b"596"))
    assert "Signature is Valid" not in run("pdfsig", path).stdout
