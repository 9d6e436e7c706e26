"""A key signs only with its own certificate, within its time, for what the certificate allows."""

import dataclasses
from datetime import timedelta

import p256_world as world
import pytest
import sm2_world
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import certificates, key_fit, sm2_certificates
from signing.errors import CannotSign
from signing.key_fit import Usage
from signing.sm2_certificates import KeyUsage

URI = "pkcs11:token=seals;object=pdf"
SECOND = timedelta(seconds=1)
RSA = rsa.generate_private_key(65537, 2048)
MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
TLS = ExtendedKeyUsageOID.SERVER_AUTH
ORDINARY = {"digital_signature": True, "content_commitment": True}


def x509_certificate(
    key=None,
    usage=ORDINARY,
    purposes=(certificates.DOCUMENT_SIGNING,),
    ca=None,
    more=None,
    critical=True,
):
    """A certificate in DER; what is None is left out of it."""
    name = certificates.name("Test", "Tests")
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key((key or world.private_key()).public_key())
        .serial_number(1)
        .not_valid_before(world.NOW - SECOND)
        .not_valid_after(world.NOW + SECOND)
    )
    if usage is not None:
        builder = builder.add_extension(certificates._key_usage(**usage), critical=True)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if more is not None:
        builder = builder.add_extension(more, critical)
    return builder.sign(world.private_key(), SHA256()).public_bytes(Encoding.DER)


def require(certificate, public_key=None, at=world.NOW, usage=Usage.SIGN_DOCUMENTS):
    key = public_key or world.key().public_key
    key_fit.require(certificate, key, at, usage, uri=URI)


def refused(reason, *arguments, **named):
    with pytest.raises(CannotSign, match=reason) as caught:
        require(*arguments, **named)
    assert URI in str(caught.value)


def test_a_certificate_that_fits_is_accepted():
    require(world.certificate().public_bytes(Encoding.DER))
    require(x509_certificate(), at=world.NOW - SECOND)
    require(x509_certificate(), at=world.NOW + SECOND)
    require(x509_certificate(RSA), RSA.public_key())
    require(x509_certificate(usage={"digital_signature": True}))
    require(x509_certificate(usage={"content_commitment": True}, ca=False))
    require(x509_certificate(purposes=(certificates.DOCUMENT_SIGNING, MAIL)))
    require(world.root().public_bytes(Encoding.DER), world.key("root").public_key,
            usage=Usage.ISSUE)  # fmt: skip


def test_the_certificate_of_another_key_is_refused():
    refused("that of another key", x509_certificate(), world.key("another").public_key)
    refused("that of another key", x509_certificate(RSA))
    refused("that of another key", x509_certificate(), RSA.public_key())


def test_a_certificate_outside_its_time_is_refused():
    refused("not valid yet", x509_certificate(), at=world.NOW - 2 * SECOND)
    refused("has expired", x509_certificate(), at=world.NOW + 2 * SECOND)


@pytest.mark.parametrize(
    "unfit",
    [
        {"usage": None},
        {"usage": {}},
        {"usage": ORDINARY | {"key_cert_sign": True}},
        {"usage": ORDINARY | {"crl_sign": True}},
        {"ca": True},
        {"purposes": None},
        {"purposes": (MAIL,)},
        {"purposes": (certificates.DOCUMENT_SIGNING, TLS)},
    ],
    ids=str,
)
def test_a_certificate_that_does_not_allow_signing_documents_is_refused(unfit):
    refused("does not allow it to sign documents", x509_certificate(**unfit))


def test_only_an_authority_issues():
    both = {"key_cert_sign": True, "crl_sign": True}
    require(x509_certificate(usage=both, ca=True), usage=Usage.ISSUE)
    for unfit in (
        x509_certificate(),
        x509_certificate(usage=both),
        x509_certificate(usage=both, ca=False),
        x509_certificate(usage={"key_cert_sign": True}, ca=True),
        x509_certificate(usage={"crl_sign": True}, ca=True),
    ):
        refused("does not allow it to issue", unfit, usage=Usage.ISSUE)
    refused("does not allow it to seal", x509_certificate(), usage=Usage.SEAL)


@pytest.mark.parametrize("rubbish", [b"", b"\x30\x00", b"not DER", sm2_world.certificate()])
def test_what_is_no_certificate_is_refused(rubbish):
    refused("is of no use", rubbish)
    refused("is of no use", rubbish[1:], sm2_world.key("signer").public)


def sealing(certificate, at=sm2_world.NOW, role="signer", usage=Usage.SEAL):
    return {
        "certificate": certificate,
        "public_key": sm2_world.key(role).public,
        "at": at,
        "usage": usage,
    }


def test_sm2_certificates_are_held_to_the_same():
    certificate = sm2_world.certificate
    require(**sealing(certificate()))
    require(**sealing(sm2_world.root(), role="root", usage=Usage.ISSUE))
    refused("another key", **sealing(certificate(), role="maker"))
    refused("not valid yet", **sealing(certificate(), sm2_world.NOW - 2 * sm2_world.DAY))
    refused("has expired", **sealing(certificate(), sm2_world.NOW + 366 * sm2_world.DAY))
    refused("does not allow it to seal", **sealing(certificate(key_usage=KeyUsage.KEY_AGREEMENT)))
    refused("does not allow it to seal", **sealing(sm2_world.root(), role="root"))
    refused("does not allow it to seal", **sealing(certificate(ca=True)))
    refused("does not allow it to sign", **sealing(certificate(), usage=Usage.SIGN_DOCUMENTS))
    for unfit in (certificate(), certificate(ca=True), certificate(key_usage=sm2_world.ISSUING)):
        refused("does not allow it to issue", **sealing(unfit, usage=Usage.ISSUE))


def test_a_certificate_is_read_once(monkeypatch):
    certificate = x509_certificate(usage={"content_commitment": True})
    require(certificate)
    monkeypatch.delattr(x509, "load_der_x509_certificate")
    require(certificate)


def test_a_critical_extension_that_nobody_knows_is_refused(monkeypatch):
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
    refused("does not allow it to sign", x509_certificate(more=unknown))
    require(x509_certificate(more=unknown, critical=False))
    parse = sm2_certificates.parse
    monkeypatch.setattr(
        sm2_certificates,
        "parse",
        lambda data: dataclasses.replace(parse(data), unknown_critical=("1.2.3.4",)),
    )
    refused("does not allow it to seal", **sealing(sm2_world.certificate(serial=77)))
