"""Requests for certificates are what a CA expects, whoever holds the key."""

import keys_world as world
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from signing import certificate_request, certificates, der, der_reader, libcrypto
from signing.errors import CannotSign, KeyUnavailable
from signing.key_entry import Role
from signing.libcrypto import Sm2PrivateKey

NAME = world.AUTHORITY.name


@pytest.mark.parametrize(
    "make",
    [certificates.new_key, lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072)],
)
def test_a_request_carries_name_key_and_a_right_signature(tmp_path, make):
    key = make()
    uri = world.key_file(tmp_path, "pdf.key", key)
    pem = certificate_request.make(Role.PDF_SIGNER, uri, NAME, world.USCC)
    request = x509.load_pem_x509_csr(pem)
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    values = {one.oid: one.value for one in request.subject}
    assert values[NameOID.COMMON_NAME] == values[NameOID.ORGANIZATION_NAME] == NAME
    assert values[NameOID.ORGANIZATION_IDENTIFIER] == world.USCC
    assert values[NameOID.COUNTRY_NAME] == "CN"


@pytest.mark.parametrize("role", [Role.SEAL_SIGNER, Role.SEAL_MAKER])
def test_a_request_for_seals_is_signed_with_sm2(tmp_path, role):
    key = Sm2PrivateKey.generate()
    uri = world.key_file(tmp_path, "seal.key", key)
    pem = certificate_request.make(role, uri, NAME, None)
    request = x509.load_pem_x509_csr(pem)
    info, algorithm, signature = der_reader.read(
        request.public_bytes(Encoding.DER), der.SEQUENCE
    ).each(lambda element: element)
    assert libcrypto.Sm2PublicKey(key.public.point).verify(info.raw, signature.whole_bits())
    assert algorithm.fields().take().oid() == "1.2.156.10197.1.501"
    assert key.public.spki in info.raw


def test_a_long_name_is_cut_to_what_a_certificate_holds(tmp_path):
    uri = world.key_file(tmp_path, "pdf.key", certificates.new_key())
    pem = certificate_request.make(Role.PDF_SIGNER, uri, "长" * 300, world.USCC)
    values = {one.oid: one.value for one in x509.load_pem_x509_csr(pem).subject}
    assert values[NameOID.COMMON_NAME] == "长" * 21
    assert values[NameOID.ORGANIZATION_NAME] == "长" * 64


@given(st.text(min_size=1, max_size=70))
def test_any_name_makes_a_request_or_is_refused(tmp_path_factory, name):
    uri = world.key_file(tmp_path_factory.mktemp("k"), "pdf.key", certificates.new_key())
    try:
        pem = certificate_request.make(Role.PDF_SIGNER, uri, name, world.USCC)
    except CannotSign:
        return
    assert x509.load_pem_x509_csr(pem).is_signature_valid


def test_what_cannot_be_asked_for(tmp_path):
    uri = world.key_file(tmp_path, "code.key", certificates.new_key())
    with pytest.raises(CannotSign, match="no certificate"):
        certificate_request.make(Role.CODE_SIGNER, uri, NAME, None)
    with pytest.raises(CannotSign, match="name"):
        certificate_request.make(Role.PDF_SIGNER, uri, "  ", world.USCC)
    with pytest.raises(KeyUnavailable, match="gone"):
        certificate_request.make(Role.PDF_SIGNER, uri.replace("code", "gone"), NAME, world.USCC)


def test_nothing_of_the_private_key_is_in_a_request(tmp_path):
    key = certificates.new_key()
    uri = world.key_file(tmp_path, "pdf.key", key)
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    pem = certificate_request.make(Role.PDF_SIGNER, uri, NAME, world.USCC)
    content = x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)
    assert secret not in content
