"""How a private key is written down in a file: which of the known forms, in PEM or in DER.

Only the outermost bytes are looked at; whether the rest is sound, its parser tells.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import Enum

from signing.errors import InvalidKey


class Form(Enum):
    """What a key file may be."""

    PKCS8 = "PKCS#8"
    """PrivateKeyInfo (RFC 5208 section 5)."""
    ENCRYPTED_PKCS8 = "encrypted PKCS#8"
    """EncryptedPrivateKeyInfo (RFC 5208 section 6)."""
    PKCS12 = "PKCS#12"
    """PFX (RFC 7292 section 4): a key with its certificates, `.p12` or `.pfx`."""


@dataclass(frozen=True)
class EncodedKey:
    """A key as it stands in a file, without PEM's armour."""

    form: Form
    data: bytes = field(repr=False)
    """DER; a PKCS#12 may be BER."""

    def pkcs8_pem(self) -> bytes:
        """PKCS#8, encrypted or not, as PEM."""
        label = _LABELS[self.form]
        body = base64.encodebytes(self.data)
        return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, body, label)


_LABELS = {Form.PKCS8: b"PRIVATE KEY", Form.ENCRYPTED_PKCS8: b"ENCRYPTED PRIVATE KEY"}
_PEM = re.compile(
    rb"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----"
)
_SEQUENCE, _INTEGER = 0x30, 0x02


def read(content: bytes) -> EncodedKey:
    """The one key in a file's content; raises InvalidKey, which repeats nothing of it."""
    if b"-----BEGIN " in content:
        return _from_pem(content)
    form = _form(content)
    if form is None:
        raise InvalidKey("the file is neither PKCS#8 nor PKCS#12, in PEM or in DER")
    return EncodedKey(form, content)


def _from_pem(content: bytes) -> EncodedKey:
    """What else the file holds, certificates for instance, is passed over."""
    found = _PEM.findall(content)
    if len(found) != 1:
        many = "several private keys" if found else "no private key"
        raise InvalidKey(f"the file is PEM and holds {many}")
    label, body = found[0]
    expected = next((form for form, name in _LABELS.items() if name == label), None)
    if expected is None:
        raise InvalidKey("the file is PEM, but no PKCS#8 key (openssl pkcs8 -topk8 makes it one)")
    try:
        data = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise InvalidKey("the file's PEM is damaged") from None
    if _form(data) is not expected:
        raise InvalidKey("the file's PEM holds something else than its title says")
    return EncodedKey(expected, data)


def _form(data: bytes) -> Form | None:
    """By the first element inside the outer SEQUENCE: a version, or an algorithm."""
    if len(data) < 2 or data[0] != _SEQUENCE:
        return None
    length_bytes = data[1] & 0x7F if data[1] > 0x80 else 0  # 80 alone: BER's indefinite length
    inside = data[2 + length_bytes :][:3]
    if inside[:1] == bytes([_SEQUENCE]):
        return Form.ENCRYPTED_PKCS8
    if len(inside) < 3 or inside[:2] != bytes([_INTEGER, 1]):
        return None
    return {0: Form.PKCS8, 1: Form.PKCS8, 3: Form.PKCS12}.get(inside[2])
