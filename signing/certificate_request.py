"""Requests for a certificate (PKCS#10, RFC 2986), signed by a key wherever it is kept.

The libraries that write such requests want the private key in this process's memory. A key in a
token or behind a service only signs, so the few fields are written here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from signing import certificates, der, key_import, keys, sm2_x509
from signing.errors import CannotSign, MalformedDer
from signing.key_entry import Role

_ECDSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_RSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null())
_ALGORITHMS = {"ecdsa-sha256": _ECDSA_WITH_SHA256, "rsa-sha256": _RSA_WITH_SHA256}


def make(role: Role, uri: str, name: str, authority: str | None) -> bytes:
    """A request in PEM for the key of that URI: C=CN, O and CN the name, and the USCC.

    Raises CannotSign for a role without certificates or a name that cannot be one; KeyUnavailable.
    """
    if not role.certified:
        raise CannotSign(f"a key of the role {role} needs no certificate; import it as it is")
    organisation = name[: certificates.MAX_ORGANISATION_CHARACTERS]
    if not name.strip():
        raise CannotSign("a request needs the name of who asks")
    try:
        subject = sm2_x509.name(certificates.shortened(name, ""), organisation, authority)
    except MalformedDer as error:
        raise CannotSign(f"the name cannot be written: {error}") from error
    info = der.sequence(
        der.integer(0),
        subject,
        key_import.public_half(role, uri),
        der.tlv(der.context(0)),  # no attributes: what the certificate says is the issuer's affair
    )
    algorithm, sign = _signing(role, uri)
    return _pem(der.sequence(info, algorithm, der.bit_string(sign(info))))


def _signing(role: Role, uri: str) -> tuple[bytes, Callable[[bytes], bytes]]:
    if role.root is Role.SEAL_ROOT:
        return sm2_x509.SIGNATURE_ALGORITHM, keys.sm2(uri).sign
    key = keys.document(uri)
    return _ALGORITHMS[key.algorithm], key.sign


def _pem(content: bytes) -> bytes:
    body = base64.encodebytes(content).replace(b"\n", b"")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    begin, end = b"-----BEGIN CERTIFICATE REQUEST-----", b"-----END CERTIFICATE REQUEST-----"
    return b"\n".join((begin, *lines, end, b""))
