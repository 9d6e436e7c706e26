"""Whether certificates and seals that are brought in lead to a root that the ring pins.

A verifier will ask the same and more; here it is asked before a key signs its first document.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from signing import certificates, key_publication, ses_parse, sm2_certificates, sm2_chain
from signing.errors import CannotSign, InvalidKey, MalformedCertificate
from signing.key_entry import Role
from signing.key_ring import KeyRing
from signing.sm2_certificates import KeyUsage, Sm2Certificate


def require_root(role: Role, chain: tuple[bytes, ...], at: datetime) -> None:
    """Silent if `chain` is one certificate (DER) that may be pinned as a root of that role.

    It may be that of an authority below another, which is then not asked for. Raises CannotSign.
    """
    if len(chain) != 1:
        raise CannotSign("a root is one certificate; bring several in one by one")
    begins, ends = certificates.period(chain[0])
    if not begins <= at <= ends:
        raise CannotSign(f"the root is valid from {begins} to {ends}, not at {at}")
    issues = _sm2_issues(chain[0]) if role is Role.SEAL_ROOT else _x509_issues(chain[0])
    if not issues:
        raise CannotSign("the certificate is not that of an authority, or not of this kind of root")


def require_chain(ring: KeyRing, role: Role, chain: tuple[bytes, ...], at: datetime) -> None:
    """Silent if the certificates (DER), the signer's first, lead to a pinned root; or CannotSign.

    Seals carry the signer's certificate alone, so for the roles of seals the pinned root must have
    issued it itself.
    """
    roots = key_publication.roots(ring.folder, role.root or role)
    if role is Role.PDF_SIGNER:
        _require_x509_chain(chain, roots, at)
    else:
        if len(chain) != 1:
            raise CannotSign(
                "a seal carries the signer's certificate alone; pin its issuer as root"
            )
        _require_sm2(chain[0], roots, at)


def require_seal(ring: KeyRing, seal: bytes, signer: bytes, at: datetime) -> None:
    """Silent if a seal (SESeal, DER) is sound, lists the signer (DER) and is valid at that moment.

    Raises CannotSign, MalformedSeal.
    """
    found = ses_parse.parse_seal(seal)
    if not found.maker_signed():
        raise CannotSign(f"the seal {found.id} does not carry its maker's signature")
    _require_sm2(found.maker_certificate, key_publication.roots(ring.folder, Role.SEAL_ROOT), at)
    if not found.lists(signer):
        raise CannotSign(f"the seal {found.id} does not list the certificate as a signer")
    if not found.valid_at(at):
        period = f"{found.property.valid_from} to {found.property.valid_to}"
        raise CannotSign(f"the seal {found.id} is valid from {period}, not at {at}")


def _require_x509_chain(chain: tuple[bytes, ...], roots: tuple[bytes, ...], at: datetime) -> None:
    if not roots:
        raise CannotSign("no root for PDF signatures is pinned: `sealpress keys import pdf-root`")
    try:
        links = [x509.load_der_x509_certificate(one) for one in chain]
        pinned = [x509.load_der_x509_certificate(one) for one in roots]
    except ValueError as error:
        raise CannotSign("the certificate cannot be read") from error
    for below, above in pairwise(links):
        if not _issued(below, above):
            raise CannotSign(
                f"{_name(below)} is not issued by {_name(above)}, which stands below it"
            )
    if not any(_issued(links[-1], root) for root in pinned):
        raise CannotSign(
            f"no pinned root issued {_name(links[-1])}: `sealpress keys import pdf-root`"
        )
    for one in links:
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise CannotSign(f"the certificate {_name(one)} is not valid at {at}")


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _x509_issues(certificate: bytes) -> bool:
    try:
        found = x509.load_der_x509_certificate(certificate)
        found.public_key()
        basic = found.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    except (ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return basic.ca and usage.key_cert_sign


def _sm2_issues(certificate: bytes) -> bool:
    try:
        found = sm2_certificates.parse(certificate)
        usage = found.key_usage or KeyUsage(0)
        return bool(found.public) and found.ca and KeyUsage.CERTIFICATE_SIGN in usage
    except (MalformedCertificate, InvalidKey):
        return False


def _require_sm2(certificate: bytes, roots: tuple[bytes, ...], at: datetime) -> None:
    if not roots:
        raise CannotSign("no root for seals is pinned: `sealpress keys import seal-root`")
    leaf = _sm2(certificate)
    for check in sm2_chain.verify(leaf, (), [_sm2(root) for root in roots], (), at):
        if check.id != sm2_chain.REVOCATION and check.state != "passed":
            raise CannotSign(f"the certificate {leaf.common_name} is not trusted: {check.reason}")


def _sm2(certificate: bytes) -> Sm2Certificate:
    try:
        return sm2_certificates.parse(certificate)
    except MalformedCertificate as error:
        raise CannotSign(f"the certificate cannot be used: {error}") from error
