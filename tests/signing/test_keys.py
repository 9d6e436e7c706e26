"""Keys are reached by URI, kept to their owner, and never shown."""

import os
import pickle

import p256_world as world
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from signing import file_keys, keys, p256
from signing.errors import KeyUnavailable
from signing.libcrypto import Sm2PrivateKey


def pem(key, form=PrivateFormat.PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


@pytest.fixture
def write(tmp_path):
    def write(content, mode=0o600, name="some.key"):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(mode)
        return file_keys.uri_of(path)

    return write


P256 = pem(world.private_key())


def test_a_p256_key_signs_and_is_loaded_once(write):
    uri = write(P256)
    key = keys.p256(uri)
    assert key.uri == uri
    assert p256.verify_raw(world.key().public_key, key.sign_raw(b"message"), b"message")
    assert keys.p256(uri) is key


def test_an_sm2_key_signs_and_is_loaded_once(write):
    uri = write(Sm2PrivateKey.generate().to_pem())
    key = keys.sm2(uri)
    assert key.public.verify(b"message", key.sign(b"message"))
    assert keys.sm2(uri) is key


def test_a_key_file_that_was_replaced_is_loaded_anew(write, tmp_path):
    uri = write(P256)
    first = keys.p256(uri)
    write(pem(world.private_key("another")), name="next")
    (tmp_path / "next").replace(tmp_path / "some.key")
    assert keys.p256(uri).kid == world.key("another").kid != first.kid


def test_a_path_with_spaces_and_chinese_characters_is_found(write):
    assert keys.p256(write(P256, name="密钥 100%.key")).kid == world.key().kid


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o610, 0o601])
def test_a_key_that_others_may_use_is_refused(write, mode):
    with pytest.raises(KeyUnavailable, match=f"mode {mode:04o}.*chmod 600"):
        keys.p256(write(P256, mode))
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        keys.sm2(write(P256, mode))


def test_a_key_that_others_may_use_meanwhile_is_refused(write, tmp_path):
    uri = write(P256)
    keys.p256(uri)
    (tmp_path / "some.key").chmod(0o644)
    with pytest.raises(KeyUnavailable):
        keys.p256(uri)


@pytest.mark.parametrize(
    "uri", ["pkcs12:token=a;object=b", "http://seal.example/keys/1", "FILE:/a"]
)
def test_a_scheme_that_is_not_known_is_refused_by_name(uri):
    for load in (keys.p256, keys.sm2):
        with pytest.raises(KeyUnavailable, match="none of those known here") as caught:
            load(uri)
        assert caught.value.uri == uri


def test_what_only_keys_of_a_scheme_need_may_be_missing(monkeypatch):
    monkeypatch.setattr(keys, "LOADERS", {"pkcs11": "no_such_library"})
    with pytest.raises(KeyUnavailable, match="no_such_library is not installed"):
        keys.p256("pkcs11:object=a")


@pytest.mark.parametrize(
    "uri",
    ["", "/etc/key", "file:relative.key", "file://host/key", "file:///a?b", "file:///a#b",
     "file:///a%00b", "file://[/a"],
)  # fmt: skip
def test_what_names_no_file_is_refused(uri):
    with pytest.raises(KeyUnavailable):
        keys.p256(uri)


@pytest.mark.parametrize("given", [P256.decode(), "x" * 2000])
def test_a_key_given_instead_of_its_name_is_not_repeated(given):
    with pytest.raises(KeyUnavailable) as caught:
        keys.p256(given)
    assert given not in str(caught.value)
    assert given not in caught.value.uri


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither PKCS#8 nor PKCS#12"),
        (b"\xff" * 100, "neither PKCS#8 nor PKCS#12"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "something else"),
        (b"-----BEGIN PRIVATE KEY-----\nA===\n-----END PRIVATE KEY-----\n", "damaged"),
        (b"-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n", "holds no key"),
        (P256[:100], "holds no private key"),
        (P256 + P256, "several private keys"),
        (pem(world.private_key(), PrivateFormat.TraditionalOpenSSL), "no PKCS#8"),
        (pem(world.private_key(), encryption=BestAvailableEncryption(b"x")), "encrypted"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "another kind than P-256"),
        (pem(rsa.generate_private_key(65537, 2048)), "another kind than P-256"),
        (Sm2PrivateKey.generate().to_pem(), "holds no key"),
        (P256 + b"\n" * 70_000, "larger than"),
    ],
    ids=range(13),
)
def test_a_file_without_a_p256_key_is_refused(write, content, reason):
    with pytest.raises(KeyUnavailable, match=reason) as caught:
        keys.p256(write(content))
    assert caught.value.__cause__ is None
    for line in content.decode("latin-1").splitlines():
        assert line not in str(caught.value) or len(line) < 2


def test_the_certificates_beside_a_key_in_one_file_are_passed_over(write):
    certificate = world.certificate().public_bytes(Encoding.PEM)
    assert keys.p256(write(certificate + P256 + certificate)).kid == world.key().kid


def test_a_file_without_an_sm2_key_is_refused(write):
    with pytest.raises(KeyUnavailable, match="no SM2 key"):
        keys.sm2(write(P256))


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing"):
        with pytest.raises(KeyUnavailable):
            keys.p256(file_keys.uri_of(path))
        with pytest.raises(KeyUnavailable):
            file_keys.p256_private(file_keys.uri_of(path))


def test_nothing_secret_is_in_a_keys_repr(write):
    secret = world.private_key().private_numbers().private_value
    key = keys.p256(write(P256))
    for shown in (repr(key), str(key), repr(world.pdf_signer())):
        assert f"{secret:x}" not in shown
        assert str(secret) not in shown
        assert "PRIVATE" not in shown
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(key)


def test_a_signature_of_another_length_or_message_does_not_verify():
    key = world.key()
    signature = key.sign_raw(b"message")
    assert p256.verify_raw(key.public_key, signature, b"message")
    padded = signature[:32] + b"\0" + signature[32:]
    for wrong in (signature[:-1], signature + b"\0", padded, b"", bytes(64), b"\xff" * 64):
        assert not p256.verify_raw(key.public_key, wrong, b"message")
    assert not p256.verify_raw(key.public_key, signature, b"messagf")
