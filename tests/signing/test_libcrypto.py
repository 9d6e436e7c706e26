"""SM2 and SM3 by the system's library: right, checked before use, and without leaks."""

import ctypes
import ctypes.util
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import der, libcrypto, libcrypto_api, sm2_signature
from signing.errors import (
    InvalidKey,
    LibcryptoBroken,
    LibcryptoMissing,
    MalformedSignature,
    SigningError,
)
from signing.libcrypto import Sm2PrivateKey, Sm2PublicKey, sm3
from signing.sm2_signature import ORDER

VECTOR_POINT = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
P256_PEM = b"""-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----
"""


@pytest.fixture(scope="module")
def key():
    return Sm2PrivateKey.generate()


@pytest.fixture
def untested(monkeypatch):
    """The library as it is before its first use."""
    monkeypatch.setattr(libcrypto, "_test", None)


def test_the_published_vector_holds():
    libcrypto.self_test()
    key = Sm2PrivateKey.from_scalar(libcrypto.VECTOR_KEY)
    assert key.public.point == VECTOR_POINT
    assert key.public.verify(libcrypto.VECTOR_MESSAGE, libcrypto.VECTOR_SIGNATURE)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_digests_of_the_standard(message, digest):
    assert sm3(message).hex() == digest


@given(st.binary(max_size=500))
def test_what_is_signed_verifies_and_nothing_else(message):
    key = Sm2PrivateKey.from_scalar(libcrypto.VECTOR_KEY)
    signature = key.sign(message)
    assert key.public.verify(message, signature)
    assert not key.public.verify(message + b"\x00", signature)


def test_another_key_does_not_verify(key):
    assert not Sm2PrivateKey.generate().public.verify(b"m", key.sign(b"m"))


def test_another_identity_does_not_verify(key):
    for identity in (b"", b"1234567812345679"):
        assert not key.public.verify(b"m", key.sign_as(b"m", identity))
        assert not key.public.verify_as(b"m", key.sign(b"m"), identity)
        assert key.public.verify_as(b"m", key.sign_as(b"m", identity), identity)


def test_no_bit_of_a_signature_can_be_changed(key):
    signature = key.sign(b"m")
    for bit in range(8 * len(signature)):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        assert not key.public.verify(b"m", bytes(changed))


def test_a_key_outlives_its_pem(key):
    again = Sm2PrivateKey.from_pem(key.to_pem())
    assert again.public == key.public
    assert hash(again.public) == hash(key.public)
    assert key.public.verify(b"m", again.sign(b"m"))


def test_a_public_key_is_made_from_its_point_alone(key):
    assert Sm2PublicKey(key.public.point).verify(b"m", key.sign(b"m"))
    assert key.public.spki.endswith(key.public.point)


@pytest.mark.parametrize(
    "pem",
    [b"", b"noise", P256_PEM[:80], b"x" * 20_000, b"-----BEGIN PRIVATE KEY-----\nAAAA\n"],
)
def test_what_is_no_key_is_refused(pem):
    with pytest.raises(InvalidKey):
        Sm2PrivateKey.from_pem(pem)


def test_a_key_on_another_curve_is_refused():
    with pytest.raises(InvalidKey, match="but not one on the SM2 curve"):
        Sm2PrivateKey.from_pem(P256_PEM)


def test_a_secret_is_not_in_the_text_of_a_key(key):
    assert key.to_pem().splitlines()[1].decode() not in repr(key)
    assert "Sm2PrivateKey" in repr(key)


@pytest.mark.parametrize(
    "point",
    [
        b"",
        VECTOR_POINT[:-1],
        b"\x02" + VECTOR_POINT[1:33],
        VECTOR_POINT[:-1] + b"\x14",
        b"\x04" + bytes(64),
        b"\x06" + VECTOR_POINT[1:],
    ],
)
def test_what_is_no_point_is_refused(point):
    with pytest.raises(InvalidKey):
        Sm2PublicKey(point)


@pytest.mark.parametrize("scalar", [0, ORDER - 1, ORDER])
def test_secret_numbers_out_of_range_are_refused(scalar):
    with pytest.raises(InvalidKey):
        Sm2PrivateKey.from_scalar(scalar.to_bytes(32, "big"))


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (-1, 1), (1, 2**256)])
def test_numbers_out_of_range_are_no_signature(key, r, s):
    written = der.sequence(der.integer(r), der.integer(s))
    assert not key.public.verify(b"m", written)
    with pytest.raises(MalformedSignature, match="between 1 and n-1"):
        sm2_signature.from_der(written)
    with pytest.raises(MalformedSignature):
        sm2_signature.to_der(r, s)


def test_both_forms_of_a_signature_are_read(key):
    written = key.sign(b"m")
    r, s = sm2_signature.from_der(written)
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert sm2_signature.either_to_der(raw) == sm2_signature.either_to_der(written) == written
    assert not key.public.verify(b"m", raw)


@given(st.binary(max_size=80))
def test_noise_is_no_signature(noise):
    try:
        assert sm2_signature.from_der(sm2_signature.either_to_der(noise))
    except MalformedSignature:
        return


def test_threads_share_a_key(key):
    failures = []

    def work():
        for turn in range(30):
            message = f"{threading.get_ident()} {turn}".encode()
            if not key.public.verify(message, key.sign(message)):
                failures.append(message)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_nothing_is_left_behind():
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        pytest.skip("this C library does not count what is allocated (glibc 2.33 does)")

    class Info(ctypes.Structure):
        _fields_ = tuple((f"field{n}", ctypes.c_size_t) for n in range(10))

    libc.mallinfo2.restype = Info

    def turn():
        key = Sm2PrivateKey.from_pem(Sm2PrivateKey.generate().to_pem())
        assert key.public.verify(b"m", key.sign(b"m"))
        assert not key.public.verify(b"n", libcrypto.VECTOR_SIGNATURE)
        sm3(b"m")
        for broken in (
            lambda: Sm2PublicKey(b"\x04" + bytes(64)),
            lambda: Sm2PrivateKey.from_pem(b""),
        ):
            with pytest.raises(InvalidKey):
                broken()

    def allocated():
        return libc.mallinfo2().field7  # uordblks: bytes in use

    for _ in range(50):
        turn()
    before = allocated()
    for _ in range(200):
        turn()
    assert allocated() - before < 200 * 100, "more than 100 bytes stay behind with every key"


def test_the_library_is_tested_once_before_its_first_use(untested, monkeypatch):
    runs = []
    monkeypatch.setattr(libcrypto, "self_test", lambda: runs.append(1))
    sm3(b"a")
    sm3(b"b")
    assert len(runs) == 1


def test_a_library_that_fails_its_test_is_not_used(untested, monkeypatch):
    monkeypatch.setattr(libcrypto, "VECTOR_MESSAGE", b"another message")
    for _ in range(2):
        with pytest.raises(LibcryptoBroken, match="GB/T 32918"):
            sm3(b"a")


def test_threads_wait_for_the_test_to_pass(untested, monkeypatch):
    release, seen = threading.Event(), []
    monkeypatch.setattr(libcrypto, "self_test", lambda: release.wait(10))
    threads = [threading.Thread(target=lambda: seen.append(sm3(b"a"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    threads[0].join(0.05)
    assert not seen
    release.set()
    for thread in threads:
        thread.join()
    assert len(seen) == 2


@pytest.fixture
def no_library_yet():
    libcrypto_api.library.cache_clear()
    yield
    libcrypto_api.library.cache_clear()


def test_a_system_without_libcrypto_is_told_so(no_library_yet, monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(LibcryptoMissing, match="libssl3"):
        libcrypto_api.library()


def test_an_older_libcrypto_is_told_apart(no_library_yet, monkeypatch):
    class Older:
        def __getattr__(self, name):
            raise AttributeError(f"undefined symbol: {name}")

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Older())
    with pytest.raises(LibcryptoMissing, match="older than OpenSSL 3"):
        libcrypto_api.library()


def test_a_refused_call_is_named():
    with pytest.raises(LibcryptoBroken, match="EVP_something"):
        libcrypto_api.require(0, "EVP_something")
    assert issubclass(LibcryptoBroken, SigningError)


def test_the_version_is_told():
    assert libcrypto.version().startswith("OpenSSL 3.")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((3, 0, 19), "has the two timing flaws"),
        ((3, 0, 22), "package revision"),
        ((3, 5, 1), "not known here"),
    ],
)
def test_versions_with_timing_flaws_are_warned_about(numbers, words):
    assert words in libcrypto._flaws_of(numbers)


def test_a_mended_version_is_not_warned_about():
    assert libcrypto._flaws_of((3, 0, 23)) is None
    assert libcrypto.known_flaws() is None or "CVE-2026-54872" in libcrypto.known_flaws()


@pytest.mark.parametrize("start", [b"", b"start ", bytes(40_000)])
@pytest.mark.parametrize("ending", [b"", b"and end", bytes(1_000)])
def test_a_message_begun_is_signed_with_any_ending(start, ending):
    key = Sm2PrivateKey.generate()
    begun = key.begin(start)
    for rest in (ending, ending + b"!", ending):
        assert key.public.verify(start + rest, begun.sign(rest))
        assert not key.public.verify(start + rest + b"?", begun.sign(rest))


def test_a_message_begun_is_signed_by_several_threads_at_once():
    key = Sm2PrivateKey.generate()
    begun, wrong = key.begin(b"start "), []

    def sign(number: int) -> None:
        for turn in range(20):
            ending = f"{number} {turn}".encode()
            if not key.public.verify(b"start " + ending, begun.sign(ending)):
                wrong.append(ending)

    threads = [threading.Thread(target=sign, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
