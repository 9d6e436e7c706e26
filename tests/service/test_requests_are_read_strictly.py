import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import TooLarge, Unreadable
from service.request import MAX_REQUEST_BYTES, Request, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}',
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b'{"a": ' + b"1" * 5000 + b"}",
    ],
)
def test_what_is_no_request_is_refused_plainly(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


def test_a_key_that_stands_twice_is_named() -> None:
    with pytest.raises(Unreadable) as refused:
        read(b'{"face": {"user": "a", "user": "b"}}')
    assert [problem.field for problem in refused.value.problems] == ["user"]


def test_a_request_of_fifty_megabytes_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooLarge):
        read(b" " * (MAX_REQUEST_BYTES + 1))


def test_spacing_and_order_of_keys_do_not_make_another_request() -> None:
    assert read(b'{"a": 1, "b": "\xe6\xa1\x82"}').sha256 == read(b'{"b":"\\u6842",\n"a":1}').sha256


def test_a_byte_order_mark_is_taken() -> None:
    assert read(b"\xef\xbb\xbf{}").data == {}


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_refusal(data: bytes) -> None:
    try:
        read(data)
    except Unreadable:
        return


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_what_is_read_is_what_was_written(data: dict[str, object]) -> None:
    text = json.dumps(data).encode()
    try:
        found = read(text)
    except Unreadable:
        return  # nested too deeply
    assert found.data == data
    assert json.loads(Request(data).canonical) == data
