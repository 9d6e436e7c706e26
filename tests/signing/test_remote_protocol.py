"""What seal services and clients say is read as it was written, and nothing else is read."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import remote_protocol as protocol
from signing.remote_protocol import KeyAnswer, MalformedMessage, SignatureAnswer, SigningRequest

IDS = st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True)
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", fullmatch=True)
ALGORITHMS = st.sampled_from(protocol.ALGORITHMS)


@given(IDS, ALGORITHMS, st.binary(min_size=32, max_size=32))
def test_requests_are_read_as_written(request_id, algorithm, digest):
    request = SigningRequest(request_id, algorithm, digest)
    assert SigningRequest.decode(request.encode()) == request
    assert len(request.encode()) < protocol.MAX_REQUEST_BYTES


@given(IDS, NAMES, ALGORITHMS, st.binary(max_size=1024))
def test_answers_are_read_as_written(request_id, key, algorithm, signature):
    answer = SignatureAnswer(request_id, key, algorithm, signature)
    assert SignatureAnswer.decode(answer.encode()) == answer
    shown = KeyAnswer(key, algorithm, signature)
    assert KeyAnswer.decode(shown.encode()) == shown


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
MEMBERS = st.sampled_from(
    ("request_id", "algorithm", "digest", "key", "signature", "public_key", "colour")
)


@given(st.binary() | st.dictionaries(MEMBERS, JSON).map(lambda one: json.dumps(one).encode()))
def test_anything_is_read_or_malformed(body):
    for kind in (SigningRequest, SignatureAnswer, KeyAnswer):
        with contextlib.suppress(MalformedMessage):
            assert kind.decode(kind.decode(body).encode()) == kind.decode(body)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a/b", "a b", "..", "a" * 65, "ä", "a\n"])
def test_what_is_no_name_of_a_key(name):
    assert not protocol.is_key_name(name)


@pytest.mark.parametrize("name", ["a", "a1", "nanning-pdf", "code.2026", "a" * 64])
def test_what_is_a_name_of_a_key(name):
    assert protocol.is_key_name(name)


def test_an_answer_may_say_more_and_a_request_may_not():
    answer = json.loads(KeyAnswer("a", "sm2-sm3", b"k").encode()) | {"colour": "red"}
    assert KeyAnswer.decode(json.dumps(answer).encode()).key == "a"
    request = json.loads(SigningRequest("0" * 16, "sm2-sm3", bytes(32)).encode())
    with pytest.raises(MalformedMessage, match="unknown"):
        SigningRequest.decode(json.dumps(request | {"colour": "red"}).encode())
