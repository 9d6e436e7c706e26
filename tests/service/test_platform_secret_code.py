"""The platform's code opens with the province's key, and with nothing else."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from service.platform.errors import PlatformGarbled, PlatformUnreachable
from service.platform.secret_code import MAX_CODE_CHARACTERS, opened, province_key
from service.sandbox.secrets_of import encrypted

KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)


def sealed(plain: bytes, des: bytes = b"12345678") -> tuple[str, str]:
    """The bytes, padded already, as the platform encrypts a code, with that DES key."""
    encryptor = Cipher(TripleDES(des[:8] * 3), modes.ECB()).encryptor()  # noqa: S305
    code = (encryptor.update(plain) + encryptor.finalize()).hex()
    return code, base64.b64encode(KEY.public_key().encrypt(des, PKCS1v15())).decode()


def test_it_opens_what_single_des_has_encrypted() -> None:
    # The worked example of FIPS 46 that every DES is tried with: block 4E6F772069732074 under
    # 0123456789ABCDEF is 3FA40E8A984D4815. The padding behind it is a block of its own.
    key = bytes.fromhex("0123456789abcdef")
    code, encrypted_key = sealed(b"Now is t" + b"\x08" * 8, key)
    assert code.startswith("3fa40e8a984d4815")
    assert opened(code, encrypted_key, KEY) == "Now is t"
    assert opened(code.upper(), encrypted_key, KEY) == "Now is t"


def test_of_a_longer_key_the_first_eight_bytes_count() -> None:
    code, encrypted_key = sealed(b"Now is t" + b"\x08" * 8, b"12345678abcdefgh")
    assert opened(code, encrypted_key, KEY) == "Now is t"


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=200))
def test_what_the_sandbox_encrypts_is_opened(code: str) -> None:
    assert opened(*encrypted(code, KEY.public_key()), KEY) == code


def test_another_key_opens_nothing() -> None:
    for _ in range(20):
        with pytest.raises(PlatformGarbled):
            opened(*encrypted("A" * 32, OTHER.public_key()), KEY)


@pytest.mark.parametrize(
    "plain",
    [
        b"\x08" * 8,  # an empty code
        b"abc\n\x04\x04\x04\x04",
        b" abcdef\x01",
        b"\xff\xfe\xff\xfeabc\x01",
        b"a" * 8,  # no padding
        b"a" * (MAX_CODE_CHARACTERS + 7) + b"\x01",
    ],
)
def test_what_no_qr_code_may_hold_is_refused(plain: bytes) -> None:
    with pytest.raises(PlatformGarbled):
        opened(*sealed(plain), KEY)


@given(
    st.none() | st.integers() | st.text(max_size=40) | st.binary(max_size=40).map(bytes.hex),
    st.none() | st.text(max_size=40) | st.binary(max_size=40).map(lambda b: b.hex()),
)
def test_rubbish_is_garbled(code: object, key: object) -> None:
    with pytest.raises(PlatformGarbled):
        opened(code, key, KEY)


def test_a_key_that_is_too_short_for_des_is_garbled() -> None:
    short = base64.b64encode(KEY.public_key().encrypt(b"1234567", PKCS1v15())).decode()
    with pytest.raises(PlatformGarbled):
        opened("00" * 8, short, KEY)


def write(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_the_provinces_key_is_read(tmp_path: Path, encoding: Encoding, form: PrivateFormat) -> None:
    data = KEY.private_bytes(encoding, form, NoEncryption())
    found = province_key(write(tmp_path / "key", data))
    assert found.private_numbers() == KEY.private_numbers()


def test_a_key_that_cannot_be_used_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    curve = ec.generate_private_key(ec.SECP256R1())
    wrong = {
        "open": write(tmp_path / "open", pem, 0o644),
        "empty": write(tmp_path / "empty", b""),
        "curve": write(
            tmp_path / "curve",
            curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ),
        "encrypted": write(
            tmp_path / "encrypted",
            KEY.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
            ),
        ),
        "nothing": tmp_path / "nothing",
    }
    for path in wrong.values():
        with pytest.raises(PlatformUnreachable) as raised:
            province_key(path)
        assert not raised.value.may_have_acted
        assert not raised.value.retryable
        assert "BEGIN" not in str(raised.value)
