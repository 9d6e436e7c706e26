"""What a seal service answers is checked: rubbish is an error, and never a signature."""

from __future__ import annotations

import time

import misbehaving_service as misbehaving
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from remote_world import (
    SPKI,
    TIMEOUT_S,
    sign_digest,
    spki,
    verify,
    well,
)

from signing import keys, p256
from signing.errors import KeyUnavailable
from signing.libcrypto import Sm2PrivateKey

SHORT_RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is too short is the test


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(service):
    key = keys.p256(service.uri())
    service.otherwise = lambda *request: misbehaving.slowly(well(*request), TIMEOUT_S / 5)
    began = time.monotonic()
    with pytest.raises(KeyUnavailable, match="no answer within"):
        key.sign(b"message")
    assert time.monotonic() - began < 3 * TIMEOUT_S + 3


RUBBISH = {
    "no HTTP": (lambda *_: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "is not HTTP"),
    "no JSON": (lambda *_: misbehaving.http(b"<html>"), "rubbish: no JSON"),
    "no object": (lambda *_: misbehaving.http(b"[1]"), "rubbish: no JSON object"),
    "nothing": (lambda *_: misbehaving.http(b"{}"), "request_id is missing"),
    "deep": (lambda *_: misbehaving.http(b"[" * 8000), "rubbish: no JSON"),
    "another type": (lambda *_: misbehaving.http(b"{}", media_type="text/html"), "than JSON"),
    "too much": (lambda *_: misbehaving.http(bytes(9000)), "more than 8192 bytes"),
    "elsewhere": (lambda *_: misbehaving.http(b"", "302 Found"), "answers 302"),
    "refused": (
        lambda *_: misbehaving.problem("403 Forbidden", "not\n\x1b[31myours" + "!" * 500),
        r"answers 403: not  \[31myours!{100,190}$",
    ),
    "conflict": (lambda *_: misbehaving.problem("409 Conflict", "used"), "answers 409: used"),
    "another request": (
        lambda _, __, body: misbehaving.signature_answer(body, sign_digest, request_id="0" * 32),
        "answers another request",
    ),
    "another key": (
        lambda _, __, body: misbehaving.signature_answer(body, sign_digest, key="other"),
        "answers another request",
    ),
    "another algorithm": (
        lambda _, __, body: misbehaving.signature_answer(body, sign_digest, algorithm="sm2-sm3"),
        "answers another request",
    ),
    "signature of another digest": (
        lambda _, __, body: misbehaving.signature_answer(body, lambda _: sign_digest(bytes(32))),
        "does not verify",
    ),
    "no base64": (
        lambda _, __, body: misbehaving.signature_answer(body, sign_digest, signature="…"),
        "signature is no base64",
    ),
    "no signature": (
        lambda _, __, body: misbehaving.signature_answer(body, lambda _: b"0"),
        "does not verify",
    ),
}


@pytest.mark.parametrize("case", RUBBISH)
def test_a_wrong_answer_is_an_error_and_never_a_signature(service, case):
    answer, said = RUBBISH[case]
    key = keys.p256(service.uri())
    service.answers = [answer]
    with pytest.raises(KeyUnavailable, match=said) as failed:
        key.sign(b"message")
    assert not failed.value.retryable
    assert service.uri() in str(failed.value)
    assert str(failed.value).isprintable()
    verify(key.sign(b"next"), b"next")


def test_a_key_that_was_replaced_is_loaded_anew(service):
    key = keys.p256(service.uri())
    service.answers = [
        lambda _, __, body: misbehaving.signature_answer(
            body, lambda digest: p256.from_private_key("", other).sign_digest(digest)
        )
    ]
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyUnavailable, match="by another key"):
        key.sign(b"message")
    assert keys.p256(service.uri()) is not key


WRONG_KEYS = {
    "another name": ({"key": SPKI, "name": "other"}, "answers with another key"),
    "no key": ({"key": b"0"}, "no P-256 or RSA key"),
    "another curve": (
        {"key": spki(ec.generate_private_key(ec.SECP384R1()).public_key())},
        "another kind",
    ),
    "SM2": ({"key": Sm2PrivateKey.generate().public.spki}, "P-256 or RSA"),
    "another algorithm": ({"key": SPKI, "algorithm": "rsa-sha256"}, "not for such a key"),
    "short RSA": (
        {
            "key": spki(SHORT_RSA.public_key()),
            "algorithm": "rsa-sha256",
        },
        "RSA key of 1024 bits",
    ),
}


@pytest.mark.parametrize("case", WRONG_KEYS)
def test_a_key_of_another_kind_is_refused(service, case):
    members, said = WRONG_KEYS[case]
    service.answers = [lambda *_: misbehaving.key_answer(**members)]
    with pytest.raises(KeyUnavailable, match=said):
        keys.document(service.uri())


def test_a_p256_key_is_no_sm2_key(service):
    with pytest.raises(KeyUnavailable, match="no SM2 key"):
        keys.sm2(service.uri())
