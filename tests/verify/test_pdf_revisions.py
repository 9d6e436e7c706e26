"""Nothing can be made of a raised file, by chance or by hand, that still bears a `valid`."""

from __future__ import annotations

import pytest
import raised_pdfs as raised
from altering_pdfs import no_accidents  # noqa: F401 - the fixture all tests here use
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raised_pdfs import bears, usual

from verify import pdf_revisions

pytestmark = pytest.mark.usefixtures("no_accidents")

PIECES = (
    b" ", b"\n", b"0", b"1", b"9", b"/", b"<<", b">>", b"[", b"]", b"%", b"\0", b"endobj\n",
    b"xref\n",
    b"3 0 obj\n<<>>\nendobj\n", b"trailer\n", b"/Prev 0", b"/XRefStm 9", b"startxref\n0\n%%EOF\n",
)  # fmt: skip


@given(data=st.binary(max_size=300))
def test_noise_is_one_revision(data):
    layers = pdf_revisions.split(data)
    assert layers.first == data
    assert layers.later == ()


@given(tail=st.binary(max_size=120))
def test_noise_behind_a_raised_file_is_no_revision_of_ours(tail):
    layers = pdf_revisions.split(usual("B-LTA") + tail)
    assert not layers.later or tail == b""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_a_piece_put_in_or_taken_out_of_what_was_added_is_noticed(data):
    whole = usual(data.draw(st.sampled_from(["B-LT", "B-LTA"])))
    start = len(pdf_revisions.split(whole).first)
    at = data.draw(st.integers(start, len(whole) - 1))
    piece = data.draw(st.sampled_from(PIECES))
    cut = data.draw(st.integers(0, 12))
    changed = whole[:at] + piece + whole[at + cut :]
    same = cut == len(piece) == 1 and raised.only_space(whole, at, piece[0])
    assert changed == whole or same or changed in raised.lower(whole) or not bears(changed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_a_byte_changed_anywhere_is_noticed(data):
    whole = usual(data.draw(st.sampled_from(["B-T", "B-LT", "B-LTA"])))
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = whole[:at] + bytes((byte,)) + whole[at + 1 :]
    assert changed == whole or not bears(changed) or raised.only_space(whole, at, byte)


def test_a_million_revisions_end_soon():
    """Each says that one more is before it; there are two at most."""
    data = usual("B-LT")
    for _ in range(9):
        data = raised.revision(data, {1: raised.bodies(usual("B-LT"))[1][1]})
    layers = pdf_revisions.split(data)
    assert layers.fault is not None
    assert "more than 2" in layers.fault.reason


def test_a_table_that_leads_to_itself_ends():
    data = usual("B-LT")
    place = data.rindex(b"startxref\n") + len(b"startxref\n")
    own = data[place:].split(b"\n")[0]
    before = data.rindex(b"/Prev ") + len(b"/Prev ")
    previous = data[before:].split(b"/")[0].split(b">")[0]
    looped = data[:before] + own.ljust(len(previous)) + data[before + len(previous) :]
    assert pdf_revisions.split(looped).fault is not None
