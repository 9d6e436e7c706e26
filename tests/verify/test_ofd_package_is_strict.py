"""A package is read by its own rules: each record in its place, nothing beside it."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify import limits, ofd_names, ofd_package
from verify.fault import Fault

MOMENT = (2026, 11, 21, 8, 0, 0)
PARTS = {
    "OFD.xml": b"<ofd/>" * 40,
    "Doc_0/Document.xml": b"<doc/>" * 40,
    "Doc_0/Res/font.ttf": bytes(range(256)) * 8,
}


def zipped(parts=None, *, method=zipfile.ZIP_DEFLATED, **changes) -> bytes:
    """A plain ZIP of the parts, a mapping or pairs; `changes` are set on every entry."""
    target = io.BytesIO()
    pairs = PARTS.items() if parts is None else parts.items() if isinstance(parts, dict) else parts
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in pairs:
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = method
            for attribute, value in changes.items():
                setattr(entry, attribute, value)
            archive.writestr(entry, data)
    return target.getvalue()


def refused(data: bytes) -> str:
    """The reason for which a package is refused."""
    with pytest.raises(Fault) as caught:
        ofd_package.read(data)
    return caught.value.reason


def directory_of(data: bytes) -> tuple[int, int]:
    """Offset and size of the central directory."""
    size, offset = struct.unpack_from("<2L", data, len(data) - 10)
    return offset, size


def with_end(body: bytes, entries: int, directory_size: int, directory_offset: int) -> bytes:
    """A body with an end record that says what it is told to."""
    return body + struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, entries, entries, directory_size, directory_offset, 0
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_plain_package_is_read_whole(method):
    package = ofd_package.read(zipped(method=method))
    assert dict(package.parts) == PARTS
    assert package.oddities == ()


def test_a_missing_part_is_named():
    with pytest.raises(Fault, match=r"Doc_0/Pages\.xml"):
        ofd_package.read(zipped()).part("Doc_0/Pages.xml")


def test_bytes_after_the_end_are_refused():
    assert "very end" in refused(zipped() + b"\0")


def test_bytes_in_front_are_refused():
    assert refused(b"\0" + zipped())


def test_bytes_in_front_are_refused_even_if_all_offsets_are_moved():
    data = zipped()
    offset, size = directory_of(data)
    directory = bytearray(data[offset : offset + size])
    at = 0
    while at < len(directory):
        name, extra, comment = struct.unpack_from("<3H", directory, at + 28)
        (start,) = struct.unpack_from("<L", directory, at + 42)
        struct.pack_into("<L", directory, at + 42, start + 7)
        at += 46 + name + extra + comment
    moved = b"%PDF-1." + data[:offset] + bytes(directory)
    assert "between entries" in refused(with_end(moved, 3, size, offset + 7))


def test_bytes_before_the_directory_are_refused():
    data = zipped()
    offset, size = directory_of(data)
    body = data[:offset] + b"hidden" + data[offset : offset + size]
    assert "before the ZIP directory" in refused(with_end(body, 3, size, offset + 6))


def test_bytes_after_the_directory_are_refused():
    data = zipped()
    offset, size = directory_of(data)
    body = data[: offset + size] + b"hidden"
    assert "does not reach" in refused(with_end(body, 3, size, offset))


def test_an_entry_that_the_directory_does_not_name_is_refused():
    data = zipped()
    offset, size = directory_of(data)
    name, extra, comment = struct.unpack_from("<3H", data, offset + 28)
    first = 46 + name + extra + comment
    body = data[:offset] + data[offset + first : offset + size]
    assert refused(with_end(body, 2, size - first, offset))


def test_a_second_directory_is_refused():
    data = zipped()
    offset, size = directory_of(data)
    directory = data[offset : offset + size]
    assert refused(with_end(data[:offset] + directory * 2, 3, size, offset + size))


def test_a_comment_is_refused():
    target = io.BytesIO(zipped())
    with zipfile.ZipFile(target, "a") as archive:
        archive.comment = b"see also"
    assert refused(target.getvalue())


def test_a_wrong_number_of_entries_is_refused():
    data = bytearray(zipped())
    struct.pack_into("<2H", data, len(data) - 14, 2, 2)
    assert "surplus" in refused(bytes(data))
    struct.pack_into("<2H", data, len(data) - 14, 4, 4)
    assert "cut short" in refused(bytes(data))


def test_a_zip_on_several_disks_is_refused():
    data = bytearray(zipped())
    struct.pack_into("<H", data, len(data) - 18, 1)
    assert "disks" in refused(bytes(data))


@pytest.mark.parametrize(
    ("field", "size"), [(4, 2), (6, 2), (8, 2), (10, 2), (12, 2), (14, 4), (18, 4), (22, 4)]
)
def test_a_local_header_that_differs_from_the_directory_is_refused(field, size):
    data = bytearray(zipped())
    data[field] ^= 1
    assert refused(bytes(data)), (field, size)


def test_two_names_for_one_entry_are_refused():
    data = bytearray(zipped())
    data[30:37] = b"ofd.xml"
    assert "two names" in refused(bytes(data))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "second", ["OFD.xml", "ofd.xml", "OFD.XML", "\uff2f\uff26\uff24.xml"], ids=ascii
)
def test_names_that_could_be_taken_for_one_another_are_refused(second):
    assert "duplicate" in refused(zipped([("OFD.xml", b"one"), (second, b"two")]))


def test_a_name_that_is_file_and_folder_is_refused():
    assert "folder" in refused(zipped([("Doc_0", b"one"), ("Doc_0/a.xml", b"two")]))


@pytest.mark.parametrize(
    "name",
    [
        "/OFD.xml", "../OFD.xml", "a/../OFD.xml", "a//OFD.xml", "./OFD.xml", "a\\OFD.xml",
        "C:/OFD.xml", "a\nb.xml", "a\u202eb.xml", "a/.", "con*", "a\x7fb",
    ],
    ids=ascii,
)  # fmt: skip
def test_unsafe_names_are_refused(name):
    assert refused(zipped([(name, b"x")]))


def test_a_name_with_a_nul_is_refused():
    assert refused(zipped().replace(b"OFD.xml", b"OFD\0xml"))


def test_names_that_are_not_utf8_are_refused():
    assert "UTF-8" in refused(zipped().replace(b"OFD.xml", b"OFD\xffxml"))


def test_an_overlong_name_is_refused():
    assert "overlong" in refused(zipped([("a" * 201, b"x")]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_refused(method):
    assert "stored or deflate" in refused(zipped(method=method))


def test_encrypted_entries_are_refused():
    data = bytearray(zipped())
    offset, _ = directory_of(bytes(data))
    data[6] |= 1
    data[offset + 8] |= 1
    assert "encrypted" in refused(bytes(data))


def test_a_bomb_is_refused_before_it_is_inflated():
    bomb = zipped([("OFD.xml", bytes(8 << 20))])
    assert len(bomb) < 10_000
    assert "bomb" in refused(bomb)


def test_a_part_above_its_limit_is_refused():
    assert str(limits.OFD_PART_BYTES) in refused(
        zipped([("OFD.xml", bytes(limits.OFD_PART_BYTES + 1))])
    )


def test_many_parts_that_are_too_much_together_are_refused():
    parts = [(f"{number}.bin", bytes(15 << 20)) for number in range(3)]
    assert str(limits.OFD_TOTAL_BYTES) in refused(zipped(parts))


def test_a_bomb_that_announces_less_than_it_holds_is_refused_without_inflating_it():
    data = bytearray(zipped([("OFD.xml", bytes(8 << 20))]))
    offset, _ = directory_of(bytes(data))
    struct.pack_into("<L", data, 22, 100)
    struct.pack_into("<L", data, offset + 24, 100)
    assert "does not end" in refused(bytes(data))


def test_too_many_entries_are_refused():
    parts = [(f"{number}.xml", b"") for number in range(limits.OFD_ENTRIES + 1)]
    assert str(limits.OFD_ENTRIES) in refused(zipped(parts))


def test_a_file_above_the_limit_is_refused():
    assert "larger" in refused(bytes(limits.FILE_BYTES + 1))


def test_a_wrong_checksum_is_refused():
    data = zipped([("OFD.xml", b"content")], method=zipfile.ZIP_STORED)
    assert "checksum" in refused(data.replace(b"content", b"contens"))


def test_bytes_after_a_deflate_stream_are_refused():
    data = bytearray(zipped([("OFD.xml", b"content" * 9)]))
    offset, size = directory_of(bytes(data))
    (packed,) = struct.unpack_from("<L", data, 18)
    struct.pack_into("<L", data, 18, packed + 3)
    struct.pack_into("<L", data, offset + 20, packed + 3)
    body = bytes(data[:offset]) + b"abc" + bytes(data[offset : offset + size])
    assert "does not end" in refused(with_end(body, 1, size, offset + 3))


def test_a_streamed_package_can_be_read_but_is_odd():
    class Pipe(io.BytesIO):
        def tell(self):
            raise OSError("a pipe has no place")

    target = Pipe()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in PARTS.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), data, zipfile.ZIP_DEFLATED)
    package = ofd_package.read(target.getvalue())
    assert dict(package.parts) == PARTS
    assert "descriptor" in package.oddities[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"comment": b"x"}, "comment"), ({"extra": b"\x99\x99\x00\x00"}, "extra field")],
)
def test_what_an_entry_carries_besides_its_content_is_odd(change, reason):
    assert reason in ofd_package.read(zipped(**change)).oddities[0]


def test_a_folder_entry_is_odd():
    package = ofd_package.read(zipped([("Doc_0/", b""), *PARTS.items()]))
    assert "folder entry" in package.oddities[0]
    assert "Doc_0/" not in package.parts


@pytest.mark.parametrize("field", [4, 36, 38])
def test_one_entry_with_other_attributes_is_odd(field):
    data = bytearray(zipped())
    offset, _ = directory_of(bytes(data))
    data[offset + field] ^= 1
    assert "attributes" in ofd_package.read(bytes(data)).oddities[0]


def test_entries_in_another_order_than_the_directory_are_odd():
    data = zipped([("a", b"1"), ("b", b"2")])
    offset, size = directory_of(data)
    records = data[offset : offset + size]
    half = size // 2
    body = data[:offset] + records[half:] + records[:half]
    package = ofd_package.read(with_end(body, 2, size, offset))
    assert "order" in package.oddities[0]


@given(st.binary(max_size=400))
def test_random_bytes_are_never_a_package(data):
    refused(data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_altered_packages_are_refused_or_odd_or_hold_the_same_parts(data):
    genuine = bytearray(zipped())
    for _ in range(data.draw(st.integers(1, 3))):
        genuine[data.draw(st.integers(0, len(genuine) - 1))] = data.draw(st.integers(0, 255))
    try:
        package = ofd_package.read(bytes(genuine))
    except Fault:
        return
    assert package.oddities or dict(package.parts) == PARTS


@given(st.text(st.sampled_from('a/.\\:*?"<>|\n 甲'), max_size=9))
@settings(max_examples=400)
def test_a_name_is_sound_if_no_step_and_no_sign_in_it_is_unsafe(name):
    steps = name.removesuffix("/").split("/")
    sound = not {"", ".", ".."} & set(steps) and name.isprintable()
    sound = sound and not set('\\:*?"<>|') & set(name)
    try:
        ofd_names.check_name(name)
    except Fault:
        assert not sound
    else:
        assert sound
