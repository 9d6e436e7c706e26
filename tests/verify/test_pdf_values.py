"""The values of PDF have one spelling here; pyHanko and the reader of whole files read the same."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from verify import pdf_objects, pdf_syntax, pdf_values
from verify.fault import Fault
from verify.pdf_values import Name, Reference, Word

names = st.from_regex(r"/[A-Za-z][A-Za-z0-9._-]{0,8}", fullmatch=True).map(Name)
simple = st.one_of(
    names,
    st.integers(-(10**9), 10**9).map(Decimal),
    st.decimals(-1000, 1000, places=3),
    st.binary(max_size=12),
    st.sampled_from([Word("true"), Word("false"), Word("null")]),
    st.integers(1, 9999).map(Reference),
)
values = st.recursive(
    simple,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names.map(str), inner, max_size=4),
    max_leaves=12,
)


def written(value, space=b" ") -> bytes:
    """A value in the spelling that is read."""
    if isinstance(value, dict):
        pairs = (key.encode() + space + written(one, space) for key, one in value.items())
        return b"<<" + space.join(pairs) + b">>"
    if isinstance(value, list):
        return b"[" + space.join(written(one, space) for one in value) + b"]"
    if isinstance(value, bytes):
        return b"<" + value.hex().encode() + b">"
    if isinstance(value, Reference):
        return b"%d 0 R" % value.number
    return str(value).encode()


@given(values, st.sampled_from([b" ", b"\n", b"  \n"]))
def test_what_is_written_so_reads_back(value, space):
    data = written(value, space)
    assert pdf_values.read(b"ab" + data + b"\n", 2) == (value, 2 + len(data))


@given(values)
def test_what_pyhanko_writes_of_it_reads_back(value):
    out = io.BytesIO()
    as_pyhanko(value).write_to_stream(out)
    assert pdf_values.read(out.getvalue(), 0)[0] == value
    read = pdf_syntax.read(out.getvalue(), 0, nothing, 1000)
    assert pdf_objects.as_appended(read.value) == value


def nothing(_reference):
    """No object: references are not followed here."""


def as_pyhanko(value):
    """The same value as pyHanko has it."""
    if isinstance(value, dict):
        return generic.DictionaryObject(
            {generic.NameObject(key): as_pyhanko(one) for key, one in value.items()}
        )
    if isinstance(value, list):
        return generic.ArrayObject([as_pyhanko(one) for one in value])
    if isinstance(value, Reference):
        return generic.IndirectObject(value.number, 0, None)
    kinds = {
        Name: generic.NameObject,
        bytes: generic.ByteStringObject,
        Decimal: generic.FloatObject,
    }
    if isinstance(value, Word):
        known = {"true": generic.BooleanObject(True), "false": generic.BooleanObject(False)}
        return known.get(value, generic.NullObject())
    return kinds[type(value)](value)


@given(st.binary(max_size=60))
def test_noise_is_read_or_refused_and_nothing_else(data):
    try:
        value, end = pdf_values.read(data, 0)
    except Fault:
        return
    assert end <= len(data)
    assert isinstance(value, Decimal | bytes | str | tuple | list | dict)


@pytest.mark.parametrize(
    "data",
    [
        b"", b" 1", b"+1", b"01", b"1.", b".5", b"1e3", b"--1", b"0x1", b"/", b"/a#62", b"/a/b#",
        b"<AB>", b"<abc>", b"<a b>", b"(a", b"(a(b))", b"(\\8)", b"(\\1)", b"(a\rb)",
        b"<</a 1/a 2>>",
        b"<<1 2>>", b"<</a>>", b"<</a 1", b"[1", b"[1 2 % remark\n]", b"[1\t2]", b"[1\r2]",
        b"[1\0 2]",
        b"1 1 R", b"0 0 R", b"True", b"nul", b"trueish", b"<<" * 40 + b">>" * 40, b"[" * 9999,
    ],
)  # fmt: skip
def test_other_spellings_are_refused(data):
    try:
        value, end = pdf_values.read(data, 0)
    except Fault:
        return
    # A number in front of something that is no reference is a number: what follows is left over.
    assert end < len(data)
    assert isinstance(value, Decimal | Name)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"(zh\\055CN)", b"zh-CN"),
        (b"(zh-CN)", b"zh-CN"),
        (b"(\\376\\377\\n\\)\\\\)", b"\xfe\xff\n)\\"),
        (b"<>", b""),
        (b"-0.5", Decimal("-0.5")),
        (b"[ 23 0 R 34 0 R ]", [Reference(23), Reference(34)]),
        (b"[0 0 0 0    ]", [Decimal(0)] * 4),
        (b"/1.7", Name("/1.7")),
    ],
)
def test_both_spellings_of_strings_mean_the_same(data, value):
    assert pdf_values.read(data, 0) == (value, len(data))


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"true", b"1"), (b"false", b"0"), (b"null", b"false"), (b"/a", b"(/a)"), (b"(a)", b"/a")],
)
def test_values_of_different_kinds_are_never_equal(one, other):
    """In Python `True == 1`; whoever exchanged the one for the other would not be noticed."""
    assert pdf_values.read(one, 0)[0] != pdf_values.read(other, 0)[0]


def test_a_kind_of_value_that_does_not_occur_is_refused():
    stream = pdf_objects.Stream(pdf_objects.Dictionary({}, nothing), b"x", lambda *_: b"")
    for strange in (pdf_objects.Reference(3, 1), stream, object()):
        with pytest.raises(Fault):
            pdf_objects.as_appended(strange)
