"""Revocation lists of other authorities: only the right ones, and nothing of them is forgotten."""

from datetime import timedelta

import keys_world as world
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keys_world import DAY, NOW

from signing import brought_lists, key_ring, sm2_certificates, trust
from signing.errors import CannotSign
from signing.key_entry import Role


@pytest.fixture(scope="module")
def ceremony():
    return world.Ceremony()


@pytest.fixture
def folder(tmp_path, ceremony):
    ceremony.bring_roots(tmp_path / "keys")
    return tmp_path / "keys"


def lists(folder):
    return {path.name: path.read_bytes() for path in (folder / "crls").iterdir()}


def refused(folder, data, match, now=NOW):
    before = lists(folder)
    with pytest.raises(CannotSign, match=match):
        brought_lists.bring_in(folder, data, now)
    assert lists(folder) == before


def test_lists_of_both_chains_are_published(folder, ceremony):
    pdf, seal = ceremony.pdf_list(1), ceremony.seal_list(2)
    brought_lists.bring_in(folder, pdf, NOW)
    brought_lists.bring_in(folder, seal, NOW)
    anchors = trust.of_keys(folder)
    assert (anchors.pdf_crls, anchors.seal_crls) == ((pdf,), (seal,))


def test_pem_is_taken_as_well(folder, ceremony):
    pem = x509.load_der_x509_crl(ceremony.pdf_list(1)).public_bytes(Encoding.PEM)
    assert brought_lists.bring_in(folder, pem, NOW) == folder / "crls/pdf.crl"
    assert trust.of_keys(folder).pdf_crls[0][:1] == b"0"


def test_a_list_of_nobody_pinned_is_refused(folder):
    stranger = world.Ceremony()
    for data in (stranger.pdf_list(1), stranger.seal_list(1)):
        refused(folder, data, "no issuer of a pinned chain")


def test_a_list_whose_signature_is_wrong_is_refused(folder, ceremony):
    for data in (ceremony.pdf_list(1), ceremony.seal_list(1)):
        broken = data[:-1] + bytes((data[-1] ^ 1,))
        refused(folder, broken, "no issuer of a pinned chain")


def test_an_older_list_takes_no_newer_ones_place(folder, ceremony):
    new = ceremony.pdf.crl(None, (), NOW + DAY)
    brought_lists.bring_in(folder, new, NOW + DAY)
    refused(folder, ceremony.pdf_list(1), "older", now=NOW + DAY)


def test_a_list_out_of_date_is_refused(folder, ceremony):
    refused(folder, ceremony.pdf_list(1), "out of date", now=NOW + timedelta(days=31))


def test_what_a_new_list_drops_stays_revoked(folder, ceremony):
    first, second = ceremony.seal_list(5, 6), ceremony.seal.crl(None, (), NOW + DAY)
    brought_lists.bring_in(folder, first, NOW)
    brought_lists.bring_in(folder, second, NOW + DAY)
    assert set(trust.of_keys(folder).seal_crls) == {first, second}
    third = ceremony.seal.crl(second, (), NOW + 2 * DAY)
    brought_lists.bring_in(folder, third, NOW + 2 * DAY)
    assert set(trust.of_keys(folder).seal_crls) == {first, third}


def test_a_list_of_some_certificates_only_is_refused(folder, ceremony):
    scope = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    limited = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ceremony.pdf.root.subject)
        .last_update(NOW)
        .next_update(NOW + DAY)
        .add_extension(scope, critical=True)
        .sign(ceremony.pdf.key, SHA256())
        .public_bytes(Encoding.DER)
    )
    refused(folder, limited, "limited")


def test_the_list_of_a_root_of_ours_is_not_replaced(tmp_path):
    folder = world.developed(tmp_path / "keys")
    data = (folder / "crls/pdf.crl").read_bytes()
    refused(folder, data, "signed here")


def test_an_authority_between_root_and_signer_has_its_own_list(folder, ceremony, tmp_path):
    from signing import certificates, development_chains

    above = ceremony.pdf
    root = certificates.new_key()
    top = certificates.name("Top Root", "Tests")
    pinned = (
        x509.CertificateBuilder()
        .subject_name(top)
        .issuer_name(top)
        .public_key(root.public_key())
        .serial_number(7)
        .not_valid_before(NOW - 9 * DAY)
        .not_valid_after(NOW + 900 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(certificates._key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    between = (
        x509.CertificateBuilder()
        .subject_name(above.root.subject)
        .issuer_name(top)
        .public_key(above.key.public_key())
        .serial_number(8)
        .not_valid_before(NOW - 8 * DAY)
        .not_valid_after(NOW + 900 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(certificates._key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(root, SHA256())
    )
    other = tmp_path / "other"
    pem = development_chains.pem
    world.bring(other, "pdf-root", certificate=pem(pinned.sign(root, SHA256())))
    key = certificates.new_key()
    chain = ceremony.pdf_certificate(key.public_key()) + pem(between)
    uri = world.key_file(tmp_path, "signer.key", key)
    world.bring(other, "pdf-signer", world.USCC, uri=uri, certificate=chain)
    data = ceremony.pdf_list(1)
    path = brought_lists.bring_in(other, data, NOW)
    assert path.name.startswith("pdf-")
    assert trust.of_keys(other).pdf_crls == (data,)
    assert len(key_ring.load(other).of(Role.PDF_ROOT)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=80) | st.just(b"-----BEGIN X509 CRL-----\nAAAA\n"))
def test_noise_is_no_list(folder, noise):
    refused(folder, noise, "no certificate revocation list")


def test_a_list_of_seals_stays_readable_as_it_was_signed(folder, ceremony):
    data = ceremony.seal_list(5, at=NOW - DAY)
    path = brought_lists.bring_in(folder, data, NOW)
    assert sm2_certificates.parse_crl(path.read_bytes()).revoked[5].at == NOW - DAY
