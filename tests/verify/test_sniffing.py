"""What kind of file some bytes are, before anything is made of them."""

from __future__ import annotations

import io
import random
import zipfile

import genuine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import sniff


def zipped(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return target.getvalue()


def test_genuine_files_are_known():
    assert sniff.kind(genuine.genuine_pdf()) == "pdf"
    assert sniff.kind(genuine.genuine_ofd()) == "ofd"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", b"PK", b"{}", b"%PD", zipped(), zipped("word/x.xml"), zipped("a/OFD.xml"),
        zipped("readme.txt") + b"OFD.xml", random.Random(1).randbytes(5000),  # noqa: S311
    ],
    ids=["empty", "nul", "PK", "json", "cut", "empty zip", "docx", "deeper", "named", "noise"],
)  # fmt: skip
def test_others_are_others(data):
    assert sniff.kind(data) == "other"


def test_a_broken_file_is_still_of_the_kind_it_claims():
    assert sniff.kind(genuine.genuine_pdf()[:2000]) == "pdf"
    assert sniff.kind(b"junk\n" + genuine.genuine_pdf()) == "pdf"
    assert sniff.kind(genuine.genuine_ofd()[:2000]) == "ofd"
    assert sniff.kind(b"junk\n" + genuine.genuine_ofd()) == "ofd"
    assert sniff.kind(genuine.genuine_ofd() + b"junk") == "ofd"


@given(st.binary(max_size=300))
def test_anything_is_some_kind(data):
    assert sniff.kind(data) in ("pdf", "ofd", "other")
