"""A ZIP that could be read in two ways is refused; parts are added behind untouched bytes."""

import io
import zipfile

import ofd_package
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import zip_package
from signing.errors import MalformedPackage
from signing.zip_package import ZipPackage

PLAIN = ofd_package.package()
DIRECTORY = PLAIN.index(b"PK\x01\x02")


def changed(at: int, octets: bytes) -> bytes:
    return PLAIN[:at] + octets + PLAIN[at + len(octets) :]


def grown_by(*parts: tuple[str, bytes], without: str | None = None) -> bytes:
    added = [zip_package.to_store(name, part) for name, part in parts]
    return ZipPackage(PLAIN).with_parts(added, without=without)


def test_every_part_is_read():
    package = ZipPackage(PLAIN)
    assert package.names == tuple(ofd_package.PARTS)
    assert {name: package.read(name) for name in package.names} == ofd_package.PARTS


def test_stored_parts_are_read():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", b"as it is")
    assert ZipPackage(out.getvalue()).read("a") == b"as it is"


def test_parts_are_added_behind_what_is_there():
    grown = grown_by(("Doc_0/新.xml", b"<new/>"), ("b", b""))
    assert grown.startswith(PLAIN[:DIRECTORY])
    with zipfile.ZipFile(io.BytesIO(grown)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*ofd_package.PARTS, "Doc_0/新.xml", "b"]
        assert archive.read("Doc_0/新.xml") == b"<new/>"
        for info in archive.infolist():
            assert not info.flag_bits & 0x08, "a data descriptor"
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
    assert ZipPackage(grown).with_parts([]) == grown


def test_the_same_parts_give_the_same_bytes():
    parts = [("a", b"1"), ("b", b"2")]
    assert grown_by(*parts) == grown_by(*parts)


def test_a_name_is_given_once():
    with pytest.raises(MalformedPackage, match="already"):
        grown_by(("OFD.xml", b""))
    with pytest.raises(MalformedPackage, match="already"):
        grown_by(("a", b""), ("a", b""))


@pytest.mark.parametrize("gone", ofd_package.PARTS)
def test_a_part_is_taken_out_and_the_others_move_up(gone):
    grown = grown_by((gone, b"anew"), ("b", b"1"), without=gone)
    with zipfile.ZipFile(io.BytesIO(grown)) as archive:
        assert archive.testzip() is None
        rest = [name for name in ofd_package.PARTS if name != gone]
        assert archive.namelist() == [*rest, gone, "b"]
        assert {name: archive.read(name) for name in rest} == {
            name: part for name, part in ofd_package.PARTS.items() if name != gone
        }
        assert archive.read(gone) == b"anew"
    assert ZipPackage(grown).names == (*rest, gone, "b")


def test_a_part_says_how_it_stands_in_the_package():
    package = ZipPackage(PLAIN)
    assert (
        b"".join(
            piece for one in map(package.packed, package.names) for piece in (one.head, one.octets)
        )
        == PLAIN[:DIRECTORY]
    )


def test_a_part_that_is_missing_is_named():
    with pytest.raises(MalformedPackage, match="no part a/b"):
        ZipPackage(PLAIN).read("a/b")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"noise",
        b"%PDF-1.7" * 20,
        PLAIN[:-1],
        PLAIN + b"\n",
        b"MZ" + PLAIN,
        PLAIN[:DIRECTORY],
        changed(DIRECTORY, b"PK\x01\x03"),
        changed(DIRECTORY + 8, b"\x01"),  # encrypted
        changed(DIRECTORY + 8, b"\x08"),  # data descriptor
        changed(DIRECTORY + 10, b"\x0c"),  # bzip2
        changed(DIRECTORY + 24, b"\xff\xff\xff\x7f"),  # unpacked size
        changed(DIRECTORY + 46, b"/"),  # an absolute name
        changed(0, b"PK\x03\x05"),
        changed(14, b"\x00\x00\x00\x00"),  # checksum in the local header alone
        changed(30, b"o"),  # name in the local header alone
        changed(len(PLAIN) - 12, b"\x01"),  # size of the directory
        changed(len(PLAIN) - 14, b"\x01"),  # one entry less
    ],
)
def test_a_zip_of_another_kind_is_refused(data):
    with pytest.raises(MalformedPackage):
        ZipPackage(data)


@pytest.mark.parametrize("flag", [0x01, 0x08, 0x20, 0x2000])
def test_entries_packed_in_special_ways_are_refused(flag):
    marked = bytearray(PLAIN)
    marked[6:8] = marked[DIRECTORY + 8 : DIRECTORY + 10] = flag.to_bytes(2, "little")
    with pytest.raises(MalformedPackage, match="not read here"):
        ZipPackage(bytes(marked))


@pytest.mark.parametrize("name", ["/OFD.xml", "a/../b", "a//b", "./a", "folder/", "a\\b"])
def test_names_that_leave_the_package_are_refused(name):
    info = zipfile.ZipInfo("x" * len(name))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"")
    data = out.getvalue().replace(b"x" * len(name), name.encode())
    with pytest.raises(MalformedPackage, match="no name of a part"):
        ZipPackage(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("a", b"2")
    with pytest.raises(MalformedPackage, match="same name"):
        ZipPackage(out.getvalue())


def test_a_hidden_part_between_two_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.start_dir += 10
        archive.fp.seek(archive.start_dir)
        archive.writestr("b", b"2")
    with pytest.raises(MalformedPackage, match="side by side"):
        ZipPackage(out.getvalue())


def test_a_part_larger_than_allowed_is_refused(monkeypatch):
    monkeypatch.setattr(zip_package, "MAX_PART_BYTES", 100)
    with pytest.raises(MalformedPackage, match="bytes unpacked"):
        ZipPackage(PLAIN)


def test_a_package_larger_than_allowed_is_refused(monkeypatch):
    monkeypatch.setattr(zip_package, "MAX_PACKAGE_BYTES", 1000)
    with pytest.raises(MalformedPackage, match="unpacks to more"):
        ZipPackage(PLAIN)
    monkeypatch.setattr(zip_package, "MAX_ENTRIES", 3)
    with pytest.raises(MalformedPackage, match="parts"):
        ZipPackage(PLAIN)


def test_a_part_that_unpacks_to_more_than_it_says_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1_000_000))
    said, real = (1_000).to_bytes(4, "little"), (1_000_000).to_bytes(4, "little")
    with pytest.raises(MalformedPackage, match="size it names"):
        ZipPackage(out.getvalue().replace(real, said)).read("a")


def test_no_bit_of_a_part_can_be_changed():
    start = PLAIN.index(b"OFD.xml") + len("OFD.xml")
    for at in range(start, start + 60):
        broken = changed(at, bytes([PLAIN[at] ^ 1 << at % 8]))
        with pytest.raises(MalformedPackage):
            ZipPackage(broken).read("OFD.xml")


@given(st.data())
def test_changed_bytes_raise_nothing_but_errors_of_this_room(data):
    broken = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(
            st.one_of(st.integers(0, len(PLAIN) - 1), st.integers(DIRECTORY, len(PLAIN) - 1))
        )
        broken[at] = data.draw(st.integers(0, 255))
    try:
        package = ZipPackage(bytes(broken))
        for name in package.names:
            package.read(name)
    except MalformedPackage:
        return
