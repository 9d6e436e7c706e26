from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from renderer.compose import Content
from service.code_size import SMALLEST_BUDGET, code_budget
from service.coding import make_code
from signing import cose, p256

KEY = p256.from_private_key("file:test", ec.generate_private_key(ec.SECP256R1()))
DATASET = b"{}"


def code(prefix: str, factory_number: str) -> str:
    """The code of a certificate with the longest number and highest place there can be."""
    face = {"factory_number": factory_number}
    content = Content("450100T(2024)0000001", "局", "2024-09-20", face)
    return make_code(prefix, content, 999, DATASET, 2**31 - 1, KEY)


def qr_version(text: str) -> int:
    """The version that the library chooses at level M, mixing modes."""
    qr: QRCode = QRCode(error_correction=ERROR_CORRECT_M)
    qr.add_data(text, optimize=12)
    return int(qr.best_fit())


def hosts_that_fit() -> list[int]:
    """Lengths of addresses that settings accept."""
    return [n for n in range(12, 80) if code_budget("A" * n) >= SMALLEST_BUDGET]


@pytest.mark.parametrize("length", hosts_that_fit())
def test_the_longest_code_still_fits_version_ten(length: int) -> None:
    assert qr_version(code("A" * length, "出厂编号" * 12)) <= 10


def test_an_address_as_long_as_those_in_use_is_accepted() -> None:
    assert len("HTTPS://ZFCXJST.ZJ.GXZF.GOV.CN/V/") in hosts_that_fit()


@settings(deadline=None, max_examples=30)
@given(st.text("0123456789ABCDEFGHIJ-/厂", min_size=1, max_size=50))
def test_a_code_carries_the_certificate_and_what_fits_of_its_factory_number(number: str) -> None:
    prefix = "HTTPS://SEALPRESS.EXAMPLE/V/"
    text = code(prefix, number)
    found = cose.decode(cose.from_digits(text.removeprefix(prefix)))
    assert cose.verify(found, KEY.public_key)
    assert found.claims.dataset_sha256 == hashlib.sha256(DATASET).digest()
    assert found.claims.issued_on == "2024-09-20"
    assert cose.same_factory_number(found.claims.factory_number, number)
    if len(number.encode()) <= 12:
        assert found.claims.factory_number == number
