"""A PDF stream is decoded as it was encoded, within bounds, or not at all."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import limits
from verify.fault import Fault
from verify.pdf_filters import Budget
from verify.pdf_objects import Array, Dictionary
from verify.pdf_values import Name


def nothing(_reference):
    """No object: references are not followed here."""


def dictionary(entries) -> Dictionary:
    return Dictionary({key: value_of(one) for key, one in entries.items()}, nothing)


def value_of(value):
    if isinstance(value, dict):
        return dictionary(value)
    if isinstance(value, list):
        return Array([value_of(one) for one in value], nothing)
    return value


def decoded(data: bytes, names, parameters=None) -> bytes:
    entries = {"/Filter": names, "/DecodeParms": parameters}
    return Budget().decode(dictionary(entries), data)


FLATE, HEX, BASE85 = (Name(f"/{one}Decode") for one in ("Flate", "ASCIIHex", "ASCII85"))


@given(st.binary(max_size=200))
def test_what_was_encoded_is_decoded(data):
    assert Budget().decode(dictionary({}), data) == data
    assert decoded(zlib.compress(data), FLATE) == data
    assert decoded(data.hex(" ").encode() + b">", HEX) == data
    assert decoded(base64.a85encode(data, wrapcol=20) + b"~>", [BASE85]) == data
    assert decoded(base64.a85encode(zlib.compress(data)) + b"~>", [BASE85, FLATE]) == data


def predicted(kind: int, lines: list[bytes], before: int) -> bytes:
    """Lines of a PNG, all of one kind, as a writer would make them."""
    out, above = b"", bytes(len(lines[0]))
    for line in lines:
        lefts, corners = bytes(before) + line, bytes(before) + above
        guesses = [
            (0, left, up, (left + up) // 2, nearest(left, up, corner))[kind]
            for left, up, corner in zip(lefts, above, corners, strict=False)
        ]
        out += bytes(
            [kind, *((one - guess) % 256 for one, guess in zip(line, guesses, strict=True))]
        )
        above = line
    return out


def nearest(left: int, up: int, corner: int) -> int:
    distances = [abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)]
    return (left, up, corner)[distances.index(min(distances))]


@given(
    st.integers(0, 4),
    st.lists(st.binary(min_size=6, max_size=6), min_size=1, max_size=5),
    st.sampled_from([(1, 8, 6), (3, 8, 2), (3, 16, 1), (1, 1, 48)]),
)
def test_predictors_of_png_are_undone(kind, lines, form):
    colours, bits, columns = form
    data = predicted(kind, lines, max(1, colours * bits // 8))
    parameters = {"/Predictor": 15, "/Colors": colours, "/BitsPerComponent": bits}
    parameters["/Columns"] = columns
    assert decoded(zlib.compress(data), FLATE, parameters) == b"".join(lines)


@pytest.mark.parametrize(
    ("data", "names", "parameters"),
    [
        (b"x", FLATE, None),
        (zlib.compress(b"x" * 99)[:-5], FLATE, None),
        (zlib.compress(b"\0x"), FLATE, {"/Predictor": 2}),
        (zlib.compress(b"\0x"), FLATE, {"/Predictor": 12, "/Columns": 2}),
        (zlib.compress(b"\7x"), FLATE, {"/Predictor": 12}),
        (zlib.compress(b"\0x"), FLATE, {"/Predictor": 12, "/Columns": 10**9}),
        (zlib.compress(b"\0x"), FLATE, {"/Predictor": 12, "/Columns": b"1"}),
        (b"6g>", HEX, None),
        (b"\xff~>", BASE85, None),
        (b"x", Name("/LZWDecode"), None),
        (b"x", Name("/DCTDecode"), None),
        (b"x", b"FlateDecode", None),
        (b"x", [b"x"], None),
        (b"x", FLATE, 5),
        (b"61>", [HEX] * 9, None),
    ],
)
def test_what_cannot_be_decoded_is_refused(data, names, parameters):
    with pytest.raises(Fault):
        decoded(data, names, parameters)


def test_bombs_are_not_inflated():
    bomb = zlib.compress(bytes(limits.PDF_STREAM_BYTES + 1))
    with pytest.raises(Fault):
        decoded(bomb, FLATE)
    with pytest.raises(Fault):
        decoded(zlib.compress(bomb), [FLATE, FLATE])
    one, budget = zlib.compress(bytes(limits.PDF_STREAM_BYTES)), Budget()
    for _ in range(limits.PDF_TOTAL_STREAM_BYTES // limits.PDF_STREAM_BYTES):
        budget.decode(dictionary({"/Filter": FLATE}), one)
    with pytest.raises(Fault):
        budget.decode(dictionary({"/Filter": FLATE}), zlib.compress(b"x"))


def test_a_predictor_is_not_undone_for_ever():
    lines = zlib.compress(bytes(limits.PDF_PREDICTED_BYTES + 2))
    with pytest.raises(Fault):
        decoded(lines, FLATE, {"/Predictor": 12})
