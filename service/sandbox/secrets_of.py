"""The secrets of the sandbox's one client, and how codes are encrypted for it.

They lie beside the state file, for its owner only: STATE.client-secret, and STATE.province.pem,
the key with which the client opens its codes.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from service.errors import Misconfigured
from service.platform.secret_code import DES_BITS, DES_BYTES
from signing import atomic

RSA_BITS = 2048
"""Length of the province's key."""

SECRET_BYTES = 24
"""Random bytes in the client's secret."""


def client_secret(state: Path) -> tuple[Path, str]:
    """The file of the client's secret, made where it is missing, and what is in it."""
    path = _beside(state, "client-secret")
    if not path.exists():
        atomic.write(path, secrets.token_urlsafe(SECRET_BYTES).encode("ascii") + b"\n")
    return path, path.read_text("ascii").strip()


def province_key(state: Path) -> tuple[Path, rsa.RSAPublicKey]:
    """The file of the province's key, made where it is missing, and its public half.

    Raises:
        Misconfigured: something else is in that file.
    """
    path = _beside(state, "province.pem")
    if not path.exists():
        made = rsa.generate_private_key(65537, RSA_BITS)
        atomic.write(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Misconfigured(f"{path.name} 中没有 RSA 私钥 (holds no RSA key)")
    return path, key.public_key()


def encrypted(code: str, key: rsa.RSAPublicKey) -> tuple[str, str]:
    """A code as encryCertid and encryKey, as `service.platform.secret_code` opens them."""
    des = secrets.token_bytes(DES_BYTES)
    padder = PKCS7(DES_BITS).padder()
    padded = padder.update(code.encode("utf-8")) + padder.finalize()
    # The platform's cipher: DES, which is 3DES with one key three times.
    encryptor = Cipher(TripleDES(des * 3), modes.ECB()).encryptor()  # noqa: S305
    encrypted_code = (encryptor.update(padded) + encryptor.finalize()).hex()
    return encrypted_code, base64.b64encode(key.encrypt(des, PKCS1v15())).decode("ascii")


def _beside(state: Path, suffix: str) -> Path:
    return state.with_name(f"{state.name}.{suffix}")
