"""Values of PDF are read as the standard writes them, and what is written otherwise is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import pdf_syntax
from verify.fault import Fault
from verify.limits import PDF_DEPTH
from verify.pdf_objects import Array, Dictionary, Reference, text
from verify.pdf_values import Name


def nothing(_reference):
    """No object: references are not followed here."""


def read(data: bytes, most: int = 1000):
    return pdf_syntax.read(data, 0, nothing, most)


def plain(value):
    """A value with its containers as Python's own."""
    if isinstance(value, Dictionary):
        return {key: plain(value.raw(key)) for key in value}
    if isinstance(value, Array):
        return [plain(one) for one in value.raw()]
    return value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"0", 0), (b"+17", 17), (b"-0", 0), (b"007", 7), (b"4.", Decimal(4)),
        (b"-.5", Decimal("-0.5")), (b"12.50", Decimal("12.50")),
        (b"true", True), (b"false", False), (b"null", None),
        (b"/", Name("/")), (b"/A#20b", Name("/A b")), (b"/application#2Fjson",
        Name("/application/json")), (b"/#e7#ab#a0", Name("/章")), (b"/#ff", Name("/ÿ")),
        (b"7 0 R", Reference(7, 0)), (b"7\n65535\rR", Reference(7, 65535)), (b"[7 0]", [7, 0]),
        (b"[7 0 R 7]", [Reference(7, 0), 7]), (b"[/a/b(c)<64>]", [Name("/a"), Name("/b"), b"c",
        b"d"]),
        (b"<</a 1/b<</c[]>>>>", {"/a": 1, "/b": {"/c": []}}), (b"<<>>", {}),
        (b"% remark\n%\r 1", 1), (b"\0\t\f\r\n 1", 1), (b"[1%]\n2]", [1, 2]),
        (b"<>", b""), (b"<6 1\n62c>", b"ab\xc0"), (b"()", b""), (b"(a\\)b)", b"a)b"),
        (b"(a(b(c))d)", b"a(b(c))d"), (b"(\\101\\7\\0534)", b"A\x07+4"), (b"(\\777)", b"\xff"),
        (b"(a\\\r\nb\\\nc)", b"abc"), (b"(a\r\nb\rc\nd)", b"a\nb\nc\nd"), (b"(\\n\\r\\q\\\\)",
        b"\n\rq\\"),
    ],
)  # fmt: skip
def test_a_value_is_what_the_standard_says(data, value):
    for behind in (b"", b" x", b"/x", b">>"):
        found = read(data + behind)
        assert plain(found.value) == value
        assert type(plain(found.value)) is type(value)
        assert found.end == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b" ", b"% 1", b"R", b"obj", b"nul", b"nullx", b"True", b"1x", b"--1", b"1e3", b"1..2",
        b".", b"+", b"0x1", b"9" * 40, b"/a#", b"/a#4", b"/a#g1", b"/\xc3\xa9", b"(a", b"(a\\)",
        b"((a)", b"<6", b"<6g>", b"[1", b"[1>>", b"<</a 1]", b"<</a>>", b"<<1 2>>", b"<</a 1/b>>",
        b"<</a 1/a 2>>", b"<</a 1/#61 2>>", b"<</a 1", b">>", b"]", b"{1}", b"[7 0\0R]", b"[7 0 r]",
        b"[" * (PDF_DEPTH + 1) + b"]" * (PDF_DEPTH + 1),
    ],
)  # fmt: skip
def test_what_readers_read_in_different_ways_is_no_value(data):
    with pytest.raises(Fault):
        read(data)


def test_values_are_counted():
    assert read(b"[1[2]<</a 3>>]").values == 7
    assert read(b"[1 2 3]", 4).values == 4
    with pytest.raises(Fault, match="more than"):
        read(b"[1 2 3]", 3)


@pytest.mark.parametrize(
    "data", [b"(" + b"\\n" * 50 + b")", b"(" + b"()" * 50 + b")", b"(()" + b"\r" * 50 + b")",
             b"(" + b"\r" * 50 + b")", b"/" + b"#41" * 50]
)  # fmt: skip
def test_escapes_are_counted_like_values(data):
    assert 50 <= read(data, 200).values <= 110
    with pytest.raises(Fault, match="more than"):
        read(data, 40)


def test_inner_dictionaries_come_before_outer_ones():
    assert [set(one) for one in read(b"<</a[<</b 1>>]/c<<>>>>").dictionaries] == [
        {"/b"},
        set(),
        {"/a", "/c"},
    ]


def test_references_are_followed_where_a_value_is_asked_for():
    found = pdf_syntax.read(b"<</a 5 0 R/b[6 0 R]>>", 0, lambda one: one.number * 10, 99).value
    assert found["/a"] == 50
    assert list(found["/b"]) == [60]
    assert found.raw("/a") == Reference(5, 0)
    assert "/c" not in found
    assert found.get("/c") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"abc", "abc"), (b"\xe9\x80\xa0\x18", "é•€˘"), (b"\xfe\xff\x5e\x8f", "序"),
        (b"\xff\xfe\x8f\x5e", "序"), (b"\xef\xbb\xbf\xe5\xba\x8f", "序"),
        (b"\xfe\xff\xd8", "\ufffd"), (b"a\0b", "a\ufffdb"), (None, ""), (Name("/a"), "/a"),
        (5, "5"),
    ],
)  # fmt: skip
def test_a_string_writes_a_text_in_one_of_four_ways(written, meant):
    assert text(written) == meant


@given(st.binary(max_size=80), st.integers(0, 90))
def test_noise_is_a_value_or_a_fault(data, at):
    try:
        found = pdf_syntax.read(data, at, nothing, 50)
    except Fault:
        return
    assert at < found.end <= len(data)
    assert found.values <= 50


PIECES = st.sampled_from(
    [b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">", b"/a", b"/b", b" ", b"\n", b"%", b"1",
     b"-2.5", b"3 0 R", b"\\", b"null", b"\0", b"#41"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_shreds_of_values_are_a_value_or_a_fault(data):
    try:
        found = read(data)
    except Fault:
        return
    again = pdf_syntax.read(data[: found.end], 0, nothing, 1000)
    assert plain(again.value) == plain(found.value)
