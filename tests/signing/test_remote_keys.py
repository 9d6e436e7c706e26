"""A key in a seal service signs, or fails with a sentence; never with a signature of another."""

from __future__ import annotations

import dataclasses
import json
import ssl
import threading
import time

import misbehaving_service as misbehaving
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from remote_world import (
    PRIVATE,
    TIMEOUT_S,
    die,
    hang,
    posted,
    spki,
    verify,
    well,
)

from service.seal_service import trial as seal_service_trial
from signing import keys, remote_access
from signing.errors import KeyUnavailable
from signing.libcrypto import Sm2PrivateKey


def test_the_message_stays_here_and_its_signature_comes_back(service):
    key = keys.p256(service.uri())
    verify(key.sign(b"message"), b"message")
    (request,) = posted(service)
    assert sorted(request) == ["algorithm", "digest", "request_id"]
    assert b"message" not in service.requests[-1][2]


def test_one_connection_serves_many_signatures_each_with_its_own_identifier(service):
    key = keys.document(service.uri())
    for number in range(5):
        verify(key.sign(b"%d" % number), b"%d" % number)
    assert service.connections == 1
    assert len({request["request_id"] for request in posted(service)}) == 5


def test_a_key_is_asked_for_once(service):
    assert keys.p256(service.uri()) is keys.p256(service.uri())
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        hang,
        die,
        lambda *_: misbehaving.problem("503 Service Unavailable", "the token is gone"),
        lambda *_: [misbehaving.http(b'{"request_id"', length=500), None],
    ],
    ids=["hangs", "dies", "is out of order", "dies in its answer"],
)
def test_what_passes_is_tried_again_as_the_same_request(service, trouble):
    key = keys.p256(service.uri())
    service.answers = [trouble, trouble] if trouble is not die else [trouble, trouble, trouble]
    verify(key.sign(b"message"), b"message")
    assert len(posted(service)) >= 3
    assert len({json.dumps(request) for request in posted(service)}) == 1


def test_what_does_not_pass_fails_after_some_tries_and_may_be_tried_later(service):
    key = keys.p256(service.uri())
    service.otherwise = hang
    began = time.monotonic()
    with pytest.raises(KeyUnavailable, match=r"no answer within 0\.5 s") as failed:
        key.sign(b"message")
    assert failed.value.retryable
    assert failed.value.uri == service.uri()
    assert time.monotonic() - began < 3 * TIMEOUT_S + 3
    assert len(posted(service)) == 3


def test_an_sm2_key_signs(service):
    private = Sm2PrivateKey.generate()

    def answer(method, path, body):
        if method == "GET":
            return misbehaving.key_answer(private.public.spki, "p256", "sm2-sm3")
        return misbehaving.signature_answer(body, private.sign_digest)

    service.otherwise = answer
    key = keys.sm2(service.uri())
    assert key.public == private.public
    assert private.public.verify(b"message", key.sign(b"message"))
    assert repr(key) == f"<RemoteSm2Key {service.uri()}>"


def test_an_rsa_key_signs(service):
    from signing.document_key import rsa_from_private_key

    private = rsa.generate_private_key(65537, 2048)
    own = rsa_from_private_key("test:", private)

    def answer(method, path, body):
        if method == "GET":
            return misbehaving.key_answer(spki(private.public_key()), "p256", "rsa-sha256")
        return misbehaving.signature_answer(body, own.sign_digest)

    service.otherwise = answer
    key = keys.document(service.uri())
    assert key.algorithm == "rsa-sha256"
    assert key.sign(b"message") == own.sign(b"message")
    with pytest.raises(KeyUnavailable, match="another kind than P-256"):
        keys.p256(service.uri())


def test_a_service_that_fails_again_and_again_is_left_alone_and_then_tried_once(service, access):
    quick = dataclasses.replace(access, failures_to_open=3, open_s=1.0)
    remote_access.configure(quick)
    key = keys.p256(service.uri())
    service.otherwise = lambda *_: misbehaving.problem("503 Service Unavailable", "down")
    with pytest.raises(KeyUnavailable, match="answers 503: down"):
        key.sign(b"message")
    sent = len(service.requests)
    with pytest.raises(KeyUnavailable, match=r"left alone for \d s more, after status 503") as one:
        key.sign(b"message")
    assert one.value.retryable
    assert len(service.requests) == sent
    time.sleep(1.1)
    with pytest.raises(KeyUnavailable, match="answers 503"):
        key.sign(b"message")
    assert len(service.requests) == sent + 1
    time.sleep(1.1)
    service.otherwise = well
    verify(key.sign(b"message"), b"message")


def test_a_connection_that_the_service_has_closed_is_replaced(service):
    key = keys.p256(service.uri())
    service.answers = [lambda *request: _then_close(well(*request))]
    verify(key.sign(b"one"), b"one")
    verify(key.sign(b"two"), b"two")
    assert service.connections == 2
    assert len(posted(service)) == 2


def _then_close(answer):
    return answer.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def test_threads_sign_at_once(service):
    key = keys.p256(service.uri())
    failures = []

    def work(name):
        try:
            for number in range(10):
                message = b"%d %d" % (name, number)
                verify(key.sign(message), message)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len({request["request_id"] for request in posted(service)}) == 40


@pytest.mark.parametrize(
    "uri",
    [
        "https:///v1/keys/a",
        "https://host/v1/keys/",
        "https://host/v1/keys/A",
        "https://host/v1/keys/a/b",
        "https://host/v1/keys/a?x=1",
        "https://host/v1/keys/a#x",
        "https://host/keys/a",
        "https://höst/v1/keys/a",
        "https:v1/keys/a",
    ],
)
def test_what_is_no_uri_of_a_key_is_refused(service, uri):
    with pytest.raises(KeyUnavailable, match="a key in a seal service is https://"):
        keys.p256(uri)


@pytest.mark.parametrize("uri", ["https://user:secret@host/v1/keys/a", "https://host:secret/v1"])
def test_what_may_be_a_secret_in_a_uri_is_not_repeated(service, uri):
    with pytest.raises(KeyUnavailable) as failed:
        keys.p256(uri)
    assert "secret" not in str(failed.value)


def test_without_access_there_are_no_keys(service):
    remote_access.configure(None)
    with pytest.raises(KeyUnavailable, match="remote_keys"):
        keys.p256(service.uri())


def test_nobody_there_may_be_there_later(service, access):
    uri = service.uri()
    service.close()
    with pytest.raises(KeyUnavailable, match="Connection refused") as failed:
        keys.p256(uri)
    assert failed.value.retryable


def test_a_service_of_another_ca_is_not_trusted(service, access, tmp_path):
    other = seal_service_trial.make(tmp_path)
    remote_access.configure(dataclasses.replace(access, ca=other.folder / "ca.pem"))
    with pytest.raises(KeyUnavailable, match="certificate is not trusted") as failed:
        keys.p256(service.uri())
    assert not failed.value.retryable


def test_a_service_by_another_name_is_not_trusted(service):
    uri = service.uri().replace(seal_service_trial.HOST, "localhost")
    with pytest.raises(KeyUnavailable, match="certificate is not trusted"):
        keys.p256(uri)


def test_files_of_ours_that_cannot_be_used_are_named(service, access, tmp_path):
    open_to_all = tmp_path / "open.key"
    open_to_all.write_bytes(access.key.read_bytes())
    open_to_all.chmod(0o644)
    for change, said in (
        ({"key": open_to_all}, "chmod 600"),
        ({"key": tmp_path / "none.key"}, r"none\.key cannot be used: No such file"),
        ({"ca": access.key}, "no certificates in PEM"),
        ({"certificate": access.ca}, "belongs to"),
    ):
        remote_access.configure(dataclasses.replace(access, **change))
        with pytest.raises(KeyUnavailable, match=said) as failed:
            keys.p256(service.uri())
        assert not failed.value.retryable


@pytest.mark.parametrize(
    "wrong", [{"timeout_s": 0}, {"timeout_s": 31}, {"tries": 0}, {"tries": 11}]
)
def test_numbers_that_cannot_work_are_refused(access, wrong):
    with pytest.raises(ValueError, match="tries"):
        dataclasses.replace(access, **wrong)


def test_tls_below_1_3_is_not_spoken(service):
    service.tls.minimum_version = ssl.TLSVersion.TLSv1_2
    service.tls.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(KeyUnavailable, match="TLS"):
        keys.p256(service.uri())


def test_digests_are_what_is_signed(service):
    key = keys.p256(service.uri())
    digest = bytes(range(32))
    signature = key.sign_digest(digest)
    prehashed = ec.ECDSA(utils.Prehashed(SHA256()))
    PRIVATE.public_key().verify(signature, digest, prehashed)
