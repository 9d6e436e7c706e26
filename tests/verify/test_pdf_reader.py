"""The objects of a PDF are those that others find in it, or it cannot be read at all."""

from __future__ import annotations

import io
import re
import time
from decimal import Decimal
from pathlib import Path

import genuine
import pypdf
import pytest
import raised_pdfs
import written_pdfs as written
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verify.fault import Fault
from verify.pdf_objects import Array, Dictionary, Reference, Stream
from verify.pdf_reader import Reader
from verify.pdf_values import Name

SPECIMENS = sorted((Path(__file__).parent.parent / "specimens").rglob("*.pdf"))


def everything(data: bytes) -> dict[int, object]:
    """All objects in use, as Python's own values."""
    reader = Reader(data)
    return {
        number: plain(reader.resolve(Reference(number, 0)), whole=True)
        for number in reader.numbers()
    }


def plain(value, *, whole=False):
    if isinstance(value, Dictionary):
        own = {key: plain(value.raw(key)) for key in value}
        return (own, value.encoded_data) if isinstance(value, Stream) else own
    if isinstance(value, Array):
        return [plain(one) for one in value.raw()]
    return float(value) if isinstance(value, Decimal) else value


def of_pyhanko(data: bytes) -> dict[int, object]:
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    references = {
        one
        for revision in range(reader.xrefs.total_revisions)
        for one in reader.xrefs.explicit_refs_in_revision(revision)
    }
    assert all(one.generation == 0 for one in references)
    return {one.idnum: plain_of_pyhanko(reader.get_object(one)) for one in references}


def plain_of_pyhanko(value):
    if isinstance(value, generic.DictionaryObject):
        own = {str(key): plain_of_pyhanko(value.raw_get(key)) for key in value}
        return (own, value.encoded_data) if isinstance(value, generic.StreamObject) else own
    if isinstance(value, generic.ArrayObject):
        return [plain_of_pyhanko(value.raw_get(index)) for index in range(len(value))]
    if isinstance(value, generic.IndirectObject):
        return Reference(value.idnum, value.generation)
    return simple_of_pyhanko(value)


def simple_of_pyhanko(value):
    if isinstance(value, generic.TextStringObject | generic.ByteStringObject):
        return bytes(value.original_bytes)
    if isinstance(value, generic.NameObject):
        return Name(value)
    if isinstance(value, generic.NullObject):
        return None
    if isinstance(value, generic.BooleanObject):
        return bool(value)
    return float(value) if isinstance(value, generic.FloatObject) else int(value)


OURS = [*(path.read_bytes() for path in SPECIMENS), genuine.genuine_pdf()]


@pytest.mark.parametrize("data", [*OURS, *map(raised_pdfs.usual, ("B-T", "B-LT", "B-LTA"))])
def test_pyhanko_finds_the_same_in_files_of_ours(data):
    assert everything(data) == of_pyhanko(data)


@pytest.mark.parametrize("data", OURS)
def test_pypdf_finds_the_same_data_in_files_of_ours(data):
    ours, theirs = Reader(data), pypdf.PdfReader(io.BytesIO(data), strict=True)
    for number in ours.numbers():
        one = ours.resolve(Reference(number, 0))
        other = theirs.get_object(pypdf.generic.IndirectObject(number, 0, theirs))
        assert set(one) - {"/Length"} == set(other), number
        if isinstance(one, Stream) and one.get("/Subtype") != "/Image":
            assert one.data == other.get_data(), number


def test_a_file_written_anew_by_another_program_reads_the_same():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(genuine.genuine_pdf()))
    target = io.BytesIO()
    writer.write(target)
    assert everything(target.getvalue()) == of_pyhanko(target.getvalue())


STRUCTURE = re.compile(rb"endobj|obj\n|<<|>>|/|\(|xref|trailer|[0-9]{10} |endstream|startxref")
PIECES = (
    b" ", b"\n", b"\r", b"\0", b"0", b"1", b"/", b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">",
    b"%", b"\\", b"#41", b"R", b"null", b"5 0 R", b"endobj\n", b"obj\n", b"stream\n", b"/Type",
    b"xref\n", b"trailer\n",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_file_is_never_another_one_here_than_for_pyhanko(data):
    """What both of them read is the same file."""
    whole = OURS[0] if data.draw(st.booleans()) else raised_pdfs.usual("B-LTA")
    marks = [match.start() for match in STRUCTURE.finditer(whole)]
    at = max(0, data.draw(st.sampled_from(marks)) + data.draw(st.integers(-2, 6)))
    piece, cut = data.draw(st.sampled_from((b"", *PIECES))), data.draw(st.integers(0, 6))
    changed = whole[:at] + piece + whole[at + cut :]
    try:
        ours = everything(changed)
    except Fault:
        return
    try:
        theirs = of_pyhanko(changed)
    except Exception:  # it refuses some that are sound too, such as objects that were freed
        return
    assert ours == theirs


@given(st.binary(max_size=400))
def test_noise_is_refused(data):
    for noise in (data, written.HEAD + data, written.HEAD + data + written.end(9)):
        with pytest.raises(Fault):
            everything(noise)


# --- tables --------------------------------------------------------------------------------------


def test_objects_are_found_by_table_and_by_stream():
    one = written.file({2: b"[1 3 0 R]", 3: b"(x)"})
    assert everything(one) == {1: {"/Type": "/Catalog"}, 2: [1, Reference(3, 0)], 3: b"x"}
    other = everything(written.packed({4: b"[1 5 0 R]", 5: b"(x)"}))
    assert {4: other[4], 5: other[5]} == {4: [1, Reference(5, 0)], 5: b"x"}
    assert everything(one) == of_pyhanko(one)
    assert other == of_pyhanko(written.packed({4: b"[1 5 0 R]", 5: b"(x)"}))


def test_the_last_revision_counts_and_what_it_frees_is_nothing():
    data = written.update(written.file({2: b"1", 3: b"2", 4: b"[2 0 R 3 0 R]"}), {2: b"5"}, [3])
    reader = Reader(data)
    assert reader.numbers() == [1, 2, 4]
    assert list(reader.resolve(Reference(4, 0))) == [5, None]
    assert len(reader.trailers) == 2


def test_an_object_that_is_nowhere_is_null():
    assert Reader(written.file({})).resolve(Reference(9, 0)) is None


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1
    return data.replace(old, new)


def hybrid() -> bytes:
    """A table beside which stands a stream for newer readers, with an object more."""
    data = written.packed({4: b"(new)"})
    at = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    places = {1: data.index(b"1 0 obj"), 2: data.index(b"2 0 obj"), 3: at}
    more = b"/XRefStm %d" % at
    return data + written.table(places, more, size=5) + written.end(len(data))


PLAIN = written.file({2: b"(two)", 3: written.stream(b"three")})
PACKED = {4: b"[1 5 0 R]", 5: b"(x)"}
REFUSED = {
    "hybrid": hybrid(),
    "two places in a table": replaced(PLAIN, b"3 1\n", b"2 1\n"),
    "two places in a stream": written.packed(PACKED, index=b"0 1 1 1 2 1 3 1 4 1 4 1"),
    "a place short of its object": replaced(PLAIN, b"%010d" % 42, b"%010d" % 40),
    "a place behind its object": replaced(PLAIN, b"%010d" % 42, b"%010d" % 43),
    "the number of another object": replaced(PLAIN, b"2 0 obj", b"7 0 obj"),
    "another generation": replaced(PLAIN, b"2 0 obj", b"2 1 obj"),
    "a table longer than its size": replaced(PLAIN, b"/Size 4", b"/Size 3"),
    "no size": replaced(PLAIN, b"/Size 4", b"/Sise 4"),
    "no end of an object": replaced(PLAIN, b"(two)\nendobj", b"(two)\nendobx"),
    "something before the end of an object": replaced(PLAIN, b"(two)\n", b"(two)1"),
    "a stream that ends early": replaced(PLAIN, b"/Length 5", b"/Length 8"),
    "a stream that ends late": replaced(PLAIN, b"/Length 5", b"/Length 4"),
    "a stream without length": replaced(PLAIN, b"/Length 5", b"/Lensth 5"),
    "a stream that begins anyhow": replaced(PLAIN, b">>\nstream\n", b">>\nstream\r"),
    "a length that is its own": replaced(written.file({3: written.stream(b"three")}),
        b"/Length 5", b"/Length 3 0 R"),
    "an object that is itself": written.file({2: b"2 0 R"}),
    "objects that lead to one another": written.file({2: b"3 0 R", 3: b"2 0 R"}),
    "a table that leads to itself": written.file({}, b"/Prev 50"),
    "a table before the beginning": written.file({}, b"/Prev -1"),
    "a table behind the end": written.file({}, b"/Prev 999999"),
    "a table by reference": written.file({2: b"9"}, b"/Prev 2 0 R"),
    "no mark of the end": PLAIN.replace(b"%%EOF", b"%%EOG"),
    "two marks of the end": PLAIN + b"%%EOF\n",
    "no header": PLAIN.replace(b"%PDF", b"%PDG"),
    "a place in a stream that is not there": written.packed(PACKED, row4=(2, 9, 0)),
    "a place in a stream that is none": written.packed(PACKED, row4=(2, 1, 0)),
    "another object's place in a stream": written.packed(PACKED, row4=(2, 2, 1)),
    "a place beyond a stream": written.packed(PACKED, row4=(2, 2, 7)),
    "a kind of place that nobody knows": written.packed(PACKED, row4=(3, 2, 0)),
    "a reference in a stream of objects": written.packed({4: b"5 0 R", 5: b"1"}),
    "a stream of objects in itself": written.packed(PACKED, row2=(2, 2, 0)),
    "more places than rows": written.packed(PACKED, index=b"0 9"),
}  # fmt: skip


def test_the_file_that_is_changed_is_sound():
    assert len(everything(PLAIN)) == 3
    assert len(everything(written.packed(PACKED))) == 5


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_two_readers_might_read_differently_is_refused(data):
    with pytest.raises(Fault):
        everything(data)


def test_lengths_that_wait_for_one_another_end():
    bodies = {
        number: b"<</Length %d 0 R>>\nstream\n\nendstream" % (number + 1)
        for number in range(2, 900)
    }
    with pytest.raises(Fault):
        everything(written.file(bodies))


def test_many_tables_end_soon():
    data = written.file({})
    table = data.index(b"xref\n")
    links = []
    while len(data) < 400_000:
        links.append(len(data))
        data += written.table({}, b"/Prev %d" % (links[-2] if len(links) > 1 else table), 2)
    began = time.monotonic()
    assert len(Reader(data + written.end(links[-1])).trailers) == len(links) + 1
    assert time.monotonic() - began < 3
