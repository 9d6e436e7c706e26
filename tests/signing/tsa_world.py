"""A time stamping authority: its certificates and its tokens; `tsa_server` has it answer.

Tokens are put together with asn1crypto, not with the code under test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing import certificates, der

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2099, 1, 1, tzinfo=UTC)
"""The certificates' period: tests run at the time of day, whichever it is."""

POLICY = "1.3.6.1.4.1.99999.1"

CONTENT_TYPE = "application/timestamp-reply"


@dataclass(frozen=True)
class Authority:
    """A key that stamps and its certificate."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


_key = lru_cache(lambda _: certificates.new_key())
_rsa_key = lru_cache(lambda _: rsa.generate_private_key(65537, 2048))


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@lru_cache
def root(name="root"):
    """The root certificate; its key may also sign lists."""
    return certificates.issue_root(_key(name), _name(f"TSA {name}"), BEGIN, END - BEGIN)


def roots(name="root"):
    """The root in DER, as `Tsa` and `check` take it."""
    return (root(name).public_bytes(Encoding.DER),)


def root_pem(name="root"):
    """The root in PEM, as a configuration file names it."""
    return root(name).public_bytes(Encoding.PEM)


def crl(revocations=(), now=None, name="root"):
    """The root's revocation list in DER, made now and good for thirty days."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    return certificates.issue_crl(root(name), _key(name), revocations, now, timedelta(days=30))


def issue(
    key,
    usages=(ExtendedKeyUsageOID.TIME_STAMPING,),
    *,
    critical=True,
    begin=BEGIN,
    end=END,
    issuer="root",
    common_name="TSA",
    ca=False,
    key_usage=None,
    issuer_key=None,
    issuer_name=None,
):
    """A certificate for stamping, or one that differs from it in a point."""
    issuer_key = issuer_key or _key(issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer_name or root(issuer).subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=critical)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if key_usage is not None:
        builder = builder.add_extension(key_usage, critical=True)
    return builder.sign(issuer_key, SHA256())


def below_intermediate(usages):
    """Root and intermediate in DER, limited to usages or to none, and an authority below."""

    def certificate(name, issuer, path_length, extended):
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(issuer))
            .public_key(_key(name).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGIN)
            .not_valid_after(END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(certificates._key_usage(key_cert_sign=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(_key(name).public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(_key(issuer).public_key()),
                critical=False,
            )
        )
        if extended is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        return builder.sign(_key(issuer), SHA256()).public_bytes(Encoding.DER)

    top, middle = certificate("Top", "Top", 1, None), certificate("Middle", "Top", 0, usages)
    own = certificates.new_key()
    issued = issue(own, issuer_key=_key("Middle"), issuer_name=_name("Middle"))
    return top, middle, Authority(own, issued)


@lru_cache
def authority():
    """The usual authority, on P-256."""
    return Authority(_key("tsa"), issue(_key("tsa")))


@lru_cache
def rsa_authority():
    """One on RSA 2048."""
    return Authority(_rsa_key("tsa"), issue(_rsa_key("tsa"), common_name="RSA TSA"))


@dataclass(frozen=True)
class Answering:
    """How requests are answered; each field is a way to do it wrong."""

    by: Authority = field(default_factory=authority)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    policy: str = POLICY
    status: str = "granted"
    failure: str | None = None
    text: str | None = None
    change_info: Callable[[dict], dict] = lambda info: info
    """TSTInfo before it is signed, as asn1crypto takes it."""
    change_token: Callable[[bytes], bytes] = lambda token: token
    """The finished token."""
    change_attributes: Callable[[list], list] = lambda attributes: attributes
    """The signed attributes before they are signed."""
    signature_algorithm: str | None = None
    """What the token says its signature is; what it is by default."""
    certificates: tuple[bytes, ...] | None = None
    """What the token carries; the authority's own by default."""


def question(message, hash_name="sha256", nonce=None):
    """A request as asn1crypto has it."""
    return tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": hash_name},
                "hashed_message": hashlib.new(hash_name, message).digest(),
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )


def token(message, moment=None, **how):
    """A token over a message, without network; `how` are fields of Answering."""
    hash_name = how.pop("hash_name", "sha256")
    if moment is not None:
        how["clock"] = lambda: moment
    return _token(question(message, hash_name), Answering(**how))


def answer(asked: bytes, how: Answering) -> bytes:
    """The TimeStampResp to an encoded request."""
    status = {"status": how.status}
    if how.text is not None:
        status["status_string"] = [how.text]
    if how.failure is not None:
        status["fail_info"] = {how.failure}
    parts = [tsp.PKIStatusInfo(status).dump()]
    if how.status in ("granted", "granted_with_mods"):
        parts.append(_token(tsp.TimeStampReq.load(asked, strict=True), how))
    return der.sequence(*parts)


def _token(asked: tsp.TimeStampReq, how: Answering) -> bytes:
    info = {
        "version": "v1",
        "policy": how.policy,
        "message_imprint": asked["message_imprint"],
        "serial_number": x509.random_serial_number(),
        "gen_time": how.clock(),
        "accuracy": {"seconds": 1},
    }
    if asked["nonce"].native is not None:
        info["nonce"] = asked["nonce"].native
    encoded = tsp.TSTInfo(how.change_info(info)).dump()
    certificate = asn1_x509.Certificate.load(how.by.der)
    reference = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(how.by.der).digest()})
    digest = hashlib.sha256(encoded).digest()
    reference = tsp.SigningCertificateV2({"certs": [reference]})
    signed = [
        attribute("content_type", "tst_info"),
        attribute("message_digest", digest),
        attribute("signing_certificate_v2", reference),
    ]
    attributes = cms.CMSAttributes(how.change_attributes(signed))
    signer_info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": how.signature_algorithm or _algorithm(how.by.key)},
            "signature": _sign(how.by.key, attributes.untag().dump()),
        }
    )
    carried = (how.by.der,) if how.certificates is None else how.certificates
    content = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": core.ParsableOctetString(encoded),
            },
            "certificates": [asn1_x509.Certificate.load(one) for one in carried],
            "signer_infos": [signer_info],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": content})
    return how.change_token(whole.dump())


def attribute(kind, *values):
    """A CMS attribute as asn1crypto has it."""
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def _algorithm(key):
    return "sha256_ecdsa" if isinstance(key, ec.EllipticCurvePrivateKey) else "sha256_rsa"


def _sign(key, message):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(SHA256()))
    return key.sign(message, padding.PKCS1v15(), SHA256())
