"""Keys in files of every form: encrypted, PKCS#12, DER, RSA; a passphrase comes from a file."""

import base64
import contextlib
import subprocess
from functools import cache

import p256_world as world
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from signing import document_key, file_keys, key_encoding, keys, libcrypto
from signing.errors import InvalidKey, KeyUnavailable

SECRET = "correct horse 密码".encode()


@cache
def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def encoded(key, secret=None, encoding=Encoding.PEM):
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    return key.private_bytes(encoding, PrivateFormat.PKCS8, encryption)


def packed(key, certificate, secret=SECRET, others=None):
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"pdf", key, certificate, others, encryption)


@pytest.fixture
def put(tmp_path):
    """Writes a file, and one with its passphrase where there is one; gives the URI."""

    def put(content, secret=None, name="some.key", mode=0o600):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
        uri = file_keys.uri_of(tmp_path / name)
        if secret is None:
            return uri
        (tmp_path / "secret").write_bytes(secret)
        (tmp_path / "secret").chmod(mode)
        return f"{uri}?passphrase-file={tmp_path}/secret"

    return put


def refused(reason, uri, load=keys.document):
    with pytest.raises(KeyUnavailable, match=reason) as caught:
        load(uri)
    assert caught.value.__cause__ is None
    for secret in (SECRET.decode(), "correct", base64.b64encode(SECRET).decode()):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("secret", [None, SECRET])
def test_an_rsa_key_signs(put, form, secret):
    key = keys.document(put(encoded(rsa_key(), secret, form), secret))
    assert key.algorithm == "rsa-sha256"
    key.public_key.verify(key.sign(b"message"), b"message", padding.PKCS1v15(), SHA256())
    assert key.public_key == rsa_key().public_key()
    assert str(rsa_key().private_numbers().d) not in repr(key)


@pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_an_encrypted_p256_key_signs(put, form, end):
    uri = put(encoded(world.private_key(), SECRET, form), SECRET + end)
    assert keys.p256(uri).kid == world.key().kid
    key = keys.document(uri)
    assert key.algorithm == "ecdsa-sha256"
    key.public_key.verify(key.sign(b"message"), b"message", ec.ECDSA(SHA256()))


@pytest.mark.parametrize("form", ["PEM", "DER"])
@pytest.mark.parametrize("secret", [None, SECRET])
def test_an_sm2_key_signs_in_every_form_that_openssl_writes(put, tmp_path, form, secret):
    plain, key = tmp_path / "plain.pem", libcrypto.Sm2PrivateKey.generate()
    plain.write_bytes(key.to_pem())
    (tmp_path / "pass").write_bytes(SECRET)
    options = ["-passout", f"file:{tmp_path}/pass"] if secret else ["-nocrypt"]
    command = ["openssl", "pkcs8", "-topk8", "-in", plain, "-outform", form, *options]
    written = subprocess.run(command, check=True, capture_output=True).stdout
    assert keys.sm2(put(written, secret)).public == key.public


def test_a_pkcs12_gives_its_key_and_its_certificates(put):
    uri = put(packed(world.private_key(), world.certificate(), others=[world.root()]), SECRET)
    expected = [one.public_bytes(Encoding.DER) for one in (world.certificate(), world.root())]
    assert keys.p256(uri).kid == keys.document(uri).kid == world.key().kid
    assert file_keys.pkcs12_certificates(uri) == tuple(expected)


def test_a_pkcs12_without_a_passphrase_is_read_too(put):
    uri = put(packed(world.private_key(), world.certificate(), secret=None))
    assert keys.p256(uri).kid == world.key().kid


def test_a_pkcs12_that_lacks_something_is_refused(put):
    strange = packed(world.private_key("another"), None, others=[world.certificate()])
    refused("those of other keys", put(strange, SECRET))
    only_key = put(packed(world.private_key(), None), SECRET)
    assert keys.p256(only_key).kid == world.key().kid
    refused("no certificate of its key", only_key, file_keys.pkcs12_certificates)
    certificates = [pkcs12.PKCS12Certificate(world.certificate(), None)]
    only_certificates = pkcs12.serialize_java_truststore(
        certificates, BestAvailableEncryption(SECRET)
    )
    refused("holds no key", put(only_certificates, SECRET))
    refused("no PKCS#12", put(encoded(rsa_key())), file_keys.pkcs12_certificates)
    refused("not from PKCS#12", put(packed(world.private_key(), None), SECRET), keys.sm2)


@pytest.mark.parametrize("secret", [b"wrong", SECRET + b" ", SECRET.decode().encode("gb18030")])
def test_a_wrong_passphrase_is_said_to_be_wrong(put, secret):
    reason = "passphrase does not open"
    refused(reason, put(encoded(rsa_key(), SECRET), secret))
    refused(reason, put(packed(world.private_key(), world.certificate()), secret))
    refused(reason, put(encoded(world.private_key(), SECRET), secret), keys.p256)
    refused(reason, put(encoded(world.private_key(), SECRET), secret), keys.sm2)


def test_a_missing_passphrase_is_said_to_be_missing(put):
    refused("names no passphrase-file", put(encoded(rsa_key(), SECRET)))
    refused("no passphrase-file is named", put(packed(rsa_key(), None)))
    refused("names no passphrase-file", put(encoded(rsa_key(), SECRET)), keys.sm2)


def test_a_passphrase_for_a_key_that_is_not_encrypted_is_refused(put):
    refused("but the key is not encrypted", put(encoded(rsa_key()), SECRET))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "no secret"), (b"\n", "no secret"), (b"a\0b", "no secret"), (b"x" * 1025, "larger")],
)
def test_a_file_without_a_passphrase_is_refused(put, content, reason):
    refused(f"passphrase file .*{reason}", put(encoded(rsa_key(), SECRET), content))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_passphrase_that_others_may_use_is_refused(put, mode):
    refused("others .* the passphrase file .*chmod 600",
            put(encoded(rsa_key(), SECRET), SECRET, mode=mode))  # fmt: skip


def test_a_passphrase_that_others_may_use_meanwhile_is_refused(put, tmp_path):
    uri = put(encoded(world.private_key(), SECRET), SECRET)
    keys.document(uri)
    (tmp_path / "secret").chmod(0o644)
    refused("others .* the passphrase file", uri)


def test_a_missing_passphrase_file_is_named(put, tmp_path):
    uri = put(encoded(rsa_key(), SECRET))
    refused("passphrase file: No such", f"{uri}?passphrase-file={tmp_path}/none")
    refused("must be absolute", f"{uri}?passphrase-file=secret")


@pytest.mark.parametrize(
    "query", ["passphrase=correct", "passphrase-file=/a&passphrase=correct", "correct", "=correct"]
)
def test_a_passphrase_in_a_uri_is_refused_and_not_repeated(put, query):
    refused("no more", f"{put(encoded(rsa_key(), SECRET))}?{query}")


def test_a_passphrase_set_right_is_taken_up(put):
    content = encoded(rsa_key(), SECRET)
    refused("does not open", put(content, b"wrong"))
    assert keys.document(put(content, SECRET)).algorithm == "rsa-sha256"


def test_an_rsa_key_that_is_too_short_is_refused(put):
    refused("1024 bits; 2048 to", put(encoded(rsa_key(1024))))
    assert document_key.MIN_RSA_BITS < document_key.NEW_RSA_BITS


def test_a_key_of_another_kind_signs_no_documents(put):
    refused("another kind", put(encoded(ec.generate_private_key(ec.SECP384R1()))))
    refused("another kind", put(encoded(ec.generate_private_key(ec.SECP256K1()))))


def test_a_policy_without_files_refuses_them_and_says_how_to_allow_them(put):
    uri = put(encoded(world.private_key()))
    assert keys.p256(uri)
    keys.configure(keys.KeyPolicy(allow_files=False))
    for load in (keys.p256, keys.document, keys.sm2):
        refused("allow_files = true", uri, load)


HEADS = st.sampled_from(
    [b"", b"\x30", b"\x30\x80\x02\x01\x03", b"\x30\x05\x30", b"\x30\x82\0\0\x02"]
)


@given(st.builds(bytes.__add__, HEADS, st.binary(max_size=64)))
def test_any_content_is_a_form_or_refused(content):
    with contextlib.suppress(InvalidKey):
        found = key_encoding.read(content)
        assert found.data == content
        assert repr(content) not in repr(found)


@given(
    st.builds(bytes.__add__, HEADS, st.binary(max_size=99)),
    st.sampled_from(["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "X"]),
)
def test_any_pem_is_a_form_or_refused(content, label):
    body = base64.encodebytes(content).decode()
    pem = f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()
    with contextlib.suppress(InvalidKey):
        found = key_encoding.read(pem)
        assert found.data == content
        assert key_encoding.read(found.pkcs8_pem()) == found
