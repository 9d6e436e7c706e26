"""What the tests of altered PDFs share: examining one, and taking its signature's value apart."""

from __future__ import annotations

import logging
import re

import genuine
import pytest

from verify import pdf, pdf_checks
from verify.check import CheckState, Examination


def examined(data: bytes, anchors=None) -> Examination:
    return pdf.examine(data, anchors or genuine.house().anchors, genuine.NOW)


def not_passed(data: bytes) -> set[str]:
    """The checks that a file does not pass; every check must be there, whatever the file."""
    examination = examined(data)
    assert [check.id for check in examination.checks] == list(pdf_checks.CHECKS)
    assert all(check.reason for check in examination.checks)
    return {check.id for check in examination.checks if check.state is not CheckState.PASSED}


def failed(data: bytes) -> set[str]:
    checks = examined(data).checks
    return {check.id for check in checks if check.state is CheckState.FAILED}


@pytest.fixture(autouse=True)
def no_accidents(caplog):
    """No specimen here may get through to the last resort, an unexpected exception."""
    caplog.set_level(logging.DEBUG, "verify")
    yield
    assert not caplog.records


def span() -> tuple[int, int]:
    """Where the digits of the signature's value stand."""
    match = re.search(rb"/Contents<([0-9a-f]+)>", genuine.genuine_pdf())
    assert match is not None
    return match.span(1)


def with_value(value: bytes) -> bytes:
    """The genuine file with another value in its gap, padded with zeros."""
    start, end = span()
    data = genuine.genuine_pdf()
    return data[:start] + value.hex().encode().ljust(end - start, b"0") + data[end:]


def value_of(data: bytes) -> bytes:
    start, end = span()
    return bytes.fromhex(data[start:end].decode())


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def byte_range(data: bytes) -> list[int]:
    match = re.search(rb"/ByteRange\[([0-9 ]+)\]", data)
    assert match is not None
    return [int(number) for number in match[1].split()]
