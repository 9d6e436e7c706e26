"""The digest that SM2 signs is the published one, and signing it is signing the message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import sm2_digest
from signing.errors import InvalidKey
from signing.libcrypto import VECTOR_KEY, VECTOR_MESSAGE, Sm2PrivateKey

PUBLISHED_E = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
"""e of the example of GB/T 32918.5 annex A."""


def test_the_digest_of_the_published_example():
    key = Sm2PrivateKey.from_scalar(VECTOR_KEY)
    assert sm2_digest.of_message(key.public, VECTOR_MESSAGE).hex() == PUBLISHED_E


@given(st.binary(max_size=300))
def test_a_signed_digest_verifies_as_the_message(message):
    key = Sm2PrivateKey.from_scalar(VECTOR_KEY)
    signature = key.sign_digest(sm2_digest.of_message(key.public, message))
    assert key.public.verify(message, signature)
    assert not key.public.verify(message + b"!", signature)


@given(st.binary(max_size=300), st.lists(st.binary(max_size=200), max_size=3))
def test_a_beginning_digested_once_gives_the_digest_of_every_whole(beginning, endings):
    public = Sm2PrivateKey.from_scalar(VECTOR_KEY).public
    begun = sm2_digest.begun(public, beginning)
    for ending in (*endings, *endings):
        assert begun.with_ending(ending) == sm2_digest.of_message(public, beginning + ending)


@given(st.binary(max_size=300))
def test_a_signature_of_the_message_verifies_by_its_digest(message):
    key = Sm2PrivateKey.from_scalar(VECTOR_KEY)
    signature = key.sign(message)
    assert key.public.verify_digest(sm2_digest.of_message(key.public, message), signature)
    assert not key.public.verify_digest(bytes(32), signature)


@pytest.mark.parametrize("signature", [b"", b"0", bytes(72)])
def test_what_is_no_signature_does_not_verify_by_digest(signature):
    assert not Sm2PrivateKey.from_scalar(VECTOR_KEY).public.verify_digest(bytes(32), signature)


def test_another_identity_gives_another_digest():
    key = Sm2PrivateKey.from_scalar(VECTOR_KEY)
    digest = sm2_digest.of_message(key.public, b"m", b"ALICE123@YAHOO.COM")
    signature = key.sign_digest(digest)
    assert key.public.verify_as(b"m", signature, b"ALICE123@YAHOO.COM")
    assert not key.public.verify(b"m", signature)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_digest_of_another_length_is_refused(length):
    with pytest.raises(InvalidKey, match="32 bytes"):
        Sm2PrivateKey.from_scalar(VECTOR_KEY).sign_digest(bytes(length))


def test_an_identity_too_long_for_its_length_is_refused():
    key = Sm2PrivateKey.from_scalar(VECTOR_KEY)
    with pytest.raises(ValueError, match="at most 8191"):
        sm2_digest.of_message(key.public, b"", bytes(8192))
