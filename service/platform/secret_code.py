"""Opening the code that the platform assigns: encryCertid and encryKey, with the province's key.

encryKey is Base64 of a DES key encrypted with RSA (PKCS#1 v1.5); encryCertid is hex of the code's
identifier, encrypted with that key by DES in ECB mode, PKCS#5 padding. The cipher is the
platform's choice. It hides nothing: what it opens is printed on the certificate.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
)

from service.platform.errors import PlatformGarbled, PlatformUnreachable
from signing import secret_file
from signing.errors import KeyUnavailable

MAX_KEY_FILE_BYTES = 65_536
"""Largest key file read: an RSA key of 8192 bits has 6.5 KB in PEM."""

MAX_ENCRYPTED_CHARACTERS = 8_192
"""Longest encryCertid or encryKey: an RSA key of 8192 bits gives 1,368 characters."""

MAX_CODE_CHARACTERS = 256
"""Longest code: more would make the modules of the QR code on the page too small to scan."""

DES_BITS, DES_BYTES = 64, 8
"""Block and key of DES, with the parity bits that nobody looks at."""


def province_key(path: Path) -> RSAPrivateKey:
    """The province's key in a file, PEM or DER.

    Raises:
        PlatformUnreachable: it cannot be read, or others than its owner may; nothing was sent.
    """
    try:
        content = secret_file.read(
            path, path.as_uri(), MAX_KEY_FILE_BYTES, "private_key_file of [platform]"
        )
        load = load_pem_private_key if b"-----BEGIN" in content else load_der_private_key
        key = load(content, None)
    except KeyUnavailable as error:
        raise _unusable(str(error)) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the parser says is dropped: it has seen the key.
        raise _unusable("it holds no unencrypted private key") from None
    if not isinstance(key, RSAPrivateKey):
        raise _unusable("it holds a key of another kind than RSA")
    return key


def opened(encrypted_code: object, encrypted_key: object, key: RSAPrivateKey) -> str:
    """The code's identifier.

    Raises:
        PlatformGarbled: it cannot be opened with that key, or is nothing that a QR code may hold.
    """
    try:
        des = key.decrypt(base64.b64decode(_text(encrypted_key), validate=True), PKCS1v15())
        # Java's DESKeySpec, with which it was made, takes the first eight bytes of a longer key;
        # of a shorter one TripleDES raises ValueError. DES is 3DES with one key three times.
        decryptor = Cipher(TripleDES(des[:DES_BYTES] * 3), modes.ECB()).decryptor()  # noqa: S305
        padded = decryptor.update(bytes.fromhex(_text(encrypted_code))) + decryptor.finalize()
        unpadder = PKCS7(DES_BITS).unpadder()
        code = (unpadder.update(padded) + unpadder.finalize()).decode("utf-8")
    except ValueError:
        raise PlatformGarbled(
            "赋码内容无法用省级私钥解密 (the code cannot be opened with the province's key)"
        ) from None
    if not 0 < len(code) <= MAX_CODE_CHARACTERS or not code.isprintable() or code != code.strip():
        raise PlatformGarbled("解密后的赋码内容不可用 (the opened code is no text for a QR code)")
    return code


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ENCRYPTED_CHARACTERS:
        raise ValueError("no text, or too long")
    return value


def _unusable(reason: str) -> PlatformUnreachable:
    return PlatformUnreachable(
        f"省级私钥无法使用 (the province's key cannot be used): {reason}",
        retryable=False,
        may_have_acted=False,
    )
