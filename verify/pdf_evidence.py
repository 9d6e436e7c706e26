"""The certificates and revocation lists that a file carries for its own proof (DSS).

They stand where no signature covers them, and nothing is concluded from them. But what stands there
must be what it claims: every certificate leads to a pinned root, every list is by one of them. So
no bit of them can be turned, and nothing else be carried along.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from signing import revocation_lists
from verify.fault import Fault, Untold
from verify.limits import PDF_EVIDENCE

if TYPE_CHECKING:
    from signing.trust import TrustAnchors
    from verify.pdf_update import Update


def check(update: Update, anchors: TrustAnchors) -> None:
    """Certificates and lists are by the pinned roots, or by those whom these vouch for.

    Raises:
        Fault: one is broken, or not by the issuer that it names.
        Untold: one leads to no pinned root.
    """
    if len(update.certificates) + len(update.crls) > PDF_EVIDENCE:
        raise Fault("验证资料过多", f"more than {PDF_EVIDENCE} certificates and lists")
    try:
        left = [x509.load_der_x509_certificate(one) for one in update.certificates]
        lists = [x509.load_der_x509_crl(one) for one in update.crls]
        known = [
            x509.load_der_x509_certificate(one) for one in (*anchors.pdf_roots, *anchors.tsa_roots)
        ]
    except ValueError as error:
        raise Fault("验证资料无法解析", "broken evidence: no certificate or list") from error
    pinned = {one.public_bytes(Encoding.DER) for one in known}
    left = [one for one in left if one.public_bytes(Encoding.DER) not in pinned]
    while left:
        vouched = [one for one in left if any(_issued(above, one) for above in known)]
        if not vouched:
            raise _unvouched((one.issuer for one in left), known)
        known += vouched
        left = [one for one in left if one not in vouched]
    for crl, encoded in zip(lists, update.crls, strict=True):
        if not any(revocation_lists.sound(issuer, (encoded,)) for issuer in known):
            raise _unvouched((crl.issuer,), known)


def _unvouched(issuers: Iterable[x509.Name], known: list[x509.Certificate]) -> Fault | Untold:
    """What it means that nobody known has issued something: forged, or by a stranger."""
    subjects = {one.subject for one in known}
    if any(issuer in subjects for issuer in issuers):
        return Fault("验证资料的签名无效", "evidence that its issuer has not signed")
    return Untold("验证资料出自未知机构", "evidence by an issuer that no pinned root vouches for")


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
