"""Both digests of a file, made in one go: the same as each made by itself."""

from __future__ import annotations

import hashlib

import genuine
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verify import file_digests, limits, pdf_bytes


@given(st.binary(), st.integers(0, 40), st.binary())
@example(b"", 0, b"")
def test_they_are_those_of_the_whole_and_of_all_but_the_value(
    before: bytes, digits: int, after: bytes
) -> None:
    data = before + b"/Contents<" + b"0a" * digits + b">" + after
    found = file_digests.of(data)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    if b"/Contents<" in after:
        return
    start, end = len(before) + len(b"/Contents"), len(data) - len(after)
    assert found.value == (start, end)
    assert found.covered == hashlib.sha256(data[:start] + data[end:]).digest()


def test_the_value_of_a_genuine_file_is_where_the_strict_reader_finds_it() -> None:
    data = genuine.genuine_pdf()
    assert file_digests.of(data).value == pdf_bytes.find_value(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"/Contents<",
        b"/Contents<0a",
        b"/Contents<0A>",
        b"/Contents<0a 0a>",
        b"<0a>",
        b"/Contents<" + b"0" * (8 * limits.CMS_BYTES) + b">",
        genuine.genuine_ofd(),
    ],
    ids=range(8),
)
def test_without_a_value_there_is_one_digest(data: bytes) -> None:
    assert file_digests.of(data) == file_digests.Digests(hashlib.sha256(data).hexdigest())
