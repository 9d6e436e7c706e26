"""Good SM2 signatures are remembered: exactly those, and only so many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signing import sm2_known
from signing.libcrypto import Sm2PrivateKey, Sm2PublicKey


class Counting:
    """A public key that tells how often it was really asked."""

    def __init__(self, key: Sm2PublicKey) -> None:
        self._key, self.point, self.asked = key, key.point, 0

    def verify(self, message: bytes, signature: bytes) -> bool:
        self.asked += 1
        return self._key.verify(message, signature)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    sm2_known.forget()
    yield
    sm2_known.forget()


@pytest.fixture(scope="module")
def signer() -> Sm2PrivateKey:
    return Sm2PrivateKey.generate()


def ask(key: Counting, message: bytes, signature: bytes) -> bool:
    return sm2_known.verify(key, message, signature)  # type: ignore[arg-type]


def test_a_good_signature_is_verified_once(signer: Sm2PrivateKey) -> None:
    key, signature = Counting(signer.public), signer.sign(b"list")
    assert ask(key, b"list", signature)
    assert ask(key, b"list", signature)
    assert key.asked == 1


def test_a_bad_signature_is_verified_each_time(signer: Sm2PrivateKey) -> None:
    key, signature = Counting(signer.public), signer.sign(b"another list")
    assert not ask(key, b"list", signature)
    assert not ask(key, b"list", signature)
    assert key.asked == 2


def test_nothing_else_is_good_for_it(signer: Sm2PrivateKey) -> None:
    signature = signer.sign(b"list")
    assert ask(Counting(signer.public), b"list", signature)
    assert not ask(Counting(signer.public), b"lis", b"t" + signature)
    assert not ask(Counting(signer.public), b"lisT", signature)
    assert not ask(Counting(signer.public), b"list", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not ask(Counting(Sm2PrivateKey.generate().public), b"list", signature)


def test_the_memory_has_an_end(signer: Sm2PrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2_known, "MOST", 2)
    key = Counting(signer.public)
    signed = [(text, signer.sign(text)) for text in (b"a", b"b", b"c")]
    for text, signature in (*signed, signed[2], signed[1]):
        assert ask(key, text, signature)
    assert key.asked == 3
    assert ask(key, *signed[0])
    assert key.asked == 4
