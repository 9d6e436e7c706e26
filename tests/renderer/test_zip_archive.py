"""The ZIP files that OFD packages are made of."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer import zip_archive
from renderer.deflate import deflate

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\\/\0", exclude_categories=("Cs", "Cc")),
    min_size=1,
    max_size=20,
)


@given(st.dictionaries(NAMES, st.tuples(st.binary(max_size=400), st.booleans()), max_size=6))
def test_zipfile_reads_back_what_was_stored_and_what_was_deflated(entries):
    packed = zip_archive.archive(
        (name, deflate(data) if squeeze else data) for name, (data, squeeze) in entries.items()
    )
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        assert found.testzip() is None
        assert found.namelist() == list(entries)
        for name, (data, squeeze) in entries.items():
            assert found.read(name) == data
            method = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
            assert found.getinfo(name).compress_type == method


def test_local_headers_carry_sizes_and_checksum_and_nothing_optional():
    packed = zip_archive.archive([("OFD.xml", deflate(b"x" * 1000))])
    signature, version, flags, method, time, date, crc, small, large, name, extra = struct.unpack(
        "<4s5H3I2H", packed[:30]
    )
    assert (signature, version, flags, method) == (b"PK\3\4", 20, 0, 8)
    assert (time, date) == (0, 0x21)
    assert (large, name, extra) == (1000, 7, 0)
    assert crc == zipfile.crc32(b"x" * 1000)
    assert packed[37 + small :].startswith(b"PK\1\2")


def test_only_names_beyond_ascii_set_the_utf8_flag():
    packed = zip_archive.archive([("a", b""), ("证", b"")])
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        assert [entry.flag_bits for entry in found.infolist()] == [0, 0x800]


@pytest.mark.parametrize("name", ["", "/OFD.xml", "a\\b", "folder/"])
def test_a_name_that_readers_disagree_about_is_refused(name):
    with pytest.raises(ValueError, match="not a name"):
        zip_archive.archive([(name, b"")])


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(ValueError, match="twice"):
        zip_archive.archive([("a", b"1"), ("a", b"2")])


def test_more_entries_than_the_format_counts_are_refused():
    with pytest.raises(zip_archive.ArchiveTooLarge):
        zip_archive.archive((str(number), b"") for number in range(65536))
