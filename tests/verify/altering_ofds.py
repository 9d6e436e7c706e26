"""What the tests of altered OFDs share: examining one, and putting its parts together anew."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from functools import cache

import genuine
import pytest

from signing.zip_package import ZipPackage, to_store
from verify import ofd, ofd_checks, ofd_package
from verify.check import CheckState, Examination

SIGNS = "Doc_0/Signs/Sign_0/"
SIGNATURE, VALUE, SEAL = SIGNS + "Signature.xml", SIGNS + "SignedValue.dat", SIGNS + "Seal.esl"
SIGNATURES = "Doc_0/Signs/Signatures.xml"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
DATASET = "Doc_0/Attachs/certificate.json"
NAMED = {"ofd_package", "ofd_structure"}


def examined(data: bytes) -> Examination:
    return ofd.examine(data, genuine.house().anchors, genuine.NOW)


def not_passed(data: bytes) -> set[str]:
    """The checks that a file does not pass; every check must be there, whatever the file."""
    examination = examined(data)
    assert [check.id for check in examination.checks] == list(ofd_checks.CHECKS)
    assert all(check.reason for check in examination.checks)
    return {check.id for check in examination.checks if check.state is not CheckState.PASSED}


def failed(data: bytes) -> set[str]:
    checks = examined(data).checks
    return {check.id for check in checks if check.state is CheckState.FAILED}


def reason(data: bytes, identifier: str) -> str:
    (check,) = [check for check in examined(data).checks if check.id == identifier]
    return check.reason


@pytest.fixture(autouse=True)
def no_accidents(caplog):
    """No specimen here may get through to the last resort, an unexpected exception."""
    caplog.set_level(logging.DEBUG, "verify")
    yield
    assert not caplog.records


@cache
def parts() -> dict[str, bytes]:
    return dict(ofd_package.read(genuine.genuine_ofd()).parts)


def zipped(content: dict[str, bytes]) -> bytes:
    """A package as plain as ours, of other parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, data)
    return target.getvalue()


def replaced(data: bytes, changed: dict[str, bytes | None]) -> bytes:
    """A package with some parts replaced, added, or (None) left out; the rest stays packed."""
    for name, part in changed.items():
        added = [] if part is None else [to_store(name, part)]
        data = ZipPackage(data).with_parts(added, without=name)
    return data


def rebuilt(changed: dict[str, bytes | None]) -> bytes:
    """The genuine file likewise."""
    return replaced(genuine.genuine_ofd(), changed)


def edited(name: str, pattern: str, replacement: str) -> bytes:
    """One text part with an expression replaced, which must occur."""
    text = parts()[name].decode()
    changed, count = re.subn(pattern, replacement, text)
    assert count, pattern
    return changed.encode()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)
