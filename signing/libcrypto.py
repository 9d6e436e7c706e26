"""SM2 signatures and SM3 digests by the system's libcrypto 3 (GB/T 32918, GB/T 32905).

The library is opened when first used, and then must reproduce the published vector of
GB/T 32918.5 before it is trusted with anything. Keys may be used by several threads at once:
a key never changes, every operation has a context of its own, and ctypes lets other threads run
meanwhile.
"""

from __future__ import annotations

import base64
import ctypes
import threading
from ctypes import byref, c_size_t, c_void_p
from functools import lru_cache
from typing import Protocol

from signing import der, sm2_signature
from signing.errors import InvalidKey, LibcryptoBroken, MalformedSignature
from signing.libcrypto_api import (
    OCTETS_PARAM,
    UTF8_PARAM,
    OsslParam,
    Owned,
    library,
    new_key,
    params,
    reasons,
    require,
    sm3_digest,
)

DISTINGUISHING_ID = b"1234567812345678"
"""The identity that goes into Z (GM/T 0009): the same for everybody, in certificates and seals."""

EC_PUBLIC_KEY_OID = "1.2.840.10045.2.1"
SM2_CURVE_OID = "1.2.156.10197.1.301"

POINT_BYTES = 65
"""Length of a public point in use, bytes: 04, x and y."""

DIGEST_BYTES = 32
"""Length of an SM3 digest, bytes."""

MAX_PEM_BYTES = 16_384
"""Largest key file read, bytes: an encrypted SM2 key has about 350."""

_KEY_ALGORITHM = der.sequence(der.oid(EC_PUBLIC_KEY_OID), der.oid(SM2_CURVE_OID))
_SELECT_PUBLIC_KEY = 0x86  # EVP_PKEY_PUBLIC_KEY: domain parameters and public key
_MEMORY_BIO_CONTENT = 3  # BIO_CTRL_INFO

_TESTED = threading.RLock()
_test: str | None = None  # None, "running" or "passed"; written under _TESTED


class Sm2PublicKey:
    """A public key on the SM2 curve: its `point`, 65 bytes 04, x, y.

    Raises InvalidKey where the bytes are no point of the curve.
    """

    __slots__ = ("_key", "point")

    def __init__(self, point: bytes) -> None:
        if len(point) != POINT_BYTES or point[0] != 0x04:
            raise InvalidKey("an SM2 public key is 65 bytes that begin with 04")
        self.point = bytes(point)
        self._key = _public_key(self.point)

    @property
    def spki(self) -> bytes:
        """The key as DER SubjectPublicKeyInfo."""
        return der.sequence(_KEY_ALGORITHM, der.bit_string(self.point))

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature`, DER, is this key's over `message`; a malformed one is not."""
        return self.verify_as(message, signature, DISTINGUISHING_ID)

    def verify_as(self, message: bytes, signature: bytes, identity: bytes) -> bool:
        """Like `verify`, for a signer who uses another identity than everybody."""
        try:
            sm2_signature.from_der(signature)
        except MalformedSignature:
            return False
        lib = _trusted()
        context = Owned(lib.EVP_MD_CTX_new(), "EVP_MD_CTX_free", "EVP_MD_CTX_new")
        _begin("EVP_DigestVerifyInit_ex", context, self._key, identity)
        answer = lib.EVP_DigestVerify(
            context.pointer, signature, len(signature), message, len(message)
        )
        if answer != 1:
            reasons()  # a signature that does not fit leaves its reason in the queue
        return bool(answer == 1)

    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        """Like `verify`, given `signing.sm2_digest.of_message` of the message."""
        try:
            sm2_signature.from_der(signature)
        except MalformedSignature:
            return False
        lib = _trusted()
        made = lib.EVP_PKEY_CTX_new_from_pkey(None, self._key.pointer, None)
        context = Owned(made, "EVP_PKEY_CTX_free", "EVP_PKEY_CTX_new_from_pkey")
        require(lib.EVP_PKEY_verify_init(context.pointer), "EVP_PKEY_verify_init")
        answer = lib.EVP_PKEY_verify(
            context.pointer, signature, len(signature), digest, len(digest)
        )
        if answer != 1:
            reasons()  # a signature that does not fit leaves its reason in the queue
        return bool(answer == 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sm2PublicKey) and self.point == other.point

    def __hash__(self) -> int:
        return hash(self.point)


class Sm2Key(Protocol):
    """What signs with SM2, wherever its private key is kept."""

    @property
    def public(self) -> Sm2PublicKey:
        """The public key that verifies what `sign` gives."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, DER."""
        ...

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over the message whose `signing.sm2_digest.of_message` is `digest`."""
        ...


class BegunMessage:
    """A message of which the first part is digested already, to be signed with any ending.

    Made by `Sm2PrivateKey.begin`. It never changes, so several threads may use it at once.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Owned) -> None:
        self._context = context

    def sign(self, ending: bytes) -> bytes:
        """What `Sm2PrivateKey.sign` gives for the whole message, with `ending` after its start."""
        lib = library()
        context = Owned(lib.EVP_MD_CTX_new(), "EVP_MD_CTX_free", "EVP_MD_CTX_new")
        copied = lib.EVP_MD_CTX_copy_ex(context.pointer, self._context.pointer)
        require(copied, "EVP_MD_CTX_copy_ex")
        digested = lib.EVP_DigestSignUpdate(context.pointer, ending, len(ending))
        require(digested, "EVP_DigestSignUpdate")
        size = c_size_t(sm2_signature.MAX_BYTES)
        out = ctypes.create_string_buffer(size.value)
        answer = lib.EVP_DigestSignFinal(context.pointer, out, byref(size))
        require(answer, "EVP_DigestSignFinal")
        return out.raw[: size.value]


class Sm2PrivateKey:
    """A private key on the SM2 curve; made by `generate` or `from_pem`."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Owned) -> None:
        self._key = key
        self.public = Sm2PublicKey(_point(key))

    def __repr__(self) -> str:
        return f"<Sm2PrivateKey of {self.public.point.hex()[:16]}…>"

    @classmethod
    def generate(cls) -> Sm2PrivateKey:
        """A new key from the library's random numbers."""
        context = _context()
        require(_trusted().EVP_PKEY_keygen_init(context.pointer), "EVP_PKEY_keygen_init")
        return cls(new_key("EVP_PKEY_generate", context))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None = None) -> Sm2PrivateKey:
        """The key of a PKCS#8 PEM; raises InvalidKey where it is none, or not an SM2 key."""
        if len(pem) > MAX_PEM_BYTES:
            raise InvalidKey(f"a key file of {len(pem)} bytes; {MAX_PEM_BYTES} are allowed")
        lib = _trusted()
        source = Owned(lib.BIO_new_mem_buf(pem, len(pem)), "BIO_free", "BIO_new_mem_buf")
        # An empty passphrase rather than none: with none libcrypto would ask at the terminal.
        pointer = lib.PEM_read_bio_PrivateKey(source.pointer, None, None, passphrase or b"")
        if pointer is None:
            secret = "passphrase" if b"ENCRYPTED" in pem else "content"
            raise InvalidKey(f"the PEM holds no key that can be read; its {secret}: {reasons()}")
        reasons()  # formats that were tried in vain are in the queue
        key = Owned(pointer, "EVP_PKEY_free", "PEM_read_bio_PrivateKey")
        if lib.EVP_PKEY_is_a(key.pointer, b"SM2") != 1:
            raise InvalidKey("the PEM holds a key, but not one on the SM2 curve")
        return cls(key)

    @classmethod
    def from_scalar(cls, scalar: bytes) -> Sm2PrivateKey:
        """The key whose secret number is `scalar`, 32 bytes; raises InvalidKey out of range."""
        if len(scalar) != 32 or not 1 <= int.from_bytes(scalar, "big") <= sm2_signature.ORDER - 2:
            raise InvalidKey("the secret number of an SM2 key is 32 bytes, 1 to n-2")
        inner = der.sequence(der.integer(1), der.octet_string(scalar))
        pkcs8 = der.sequence(der.integer(0), _KEY_ALGORITHM, der.octet_string(inner))
        body = base64.encodebytes(pkcs8)
        return cls.from_pem(
            b"-----BEGIN PRIVATE KEY-----\n" + body + b"-----END PRIVATE KEY-----\n"
        )

    def to_pem(self) -> bytes:
        """The key as unencrypted PKCS#8 PEM: a secret, to be written to a file of mode 0600."""
        lib = _trusted()
        sink = Owned(lib.BIO_new(lib.BIO_s_mem()), "BIO_free", "BIO_new")
        written = lib.PEM_write_bio_PKCS8PrivateKey(
            sink.pointer, self._key.pointer, None, None, 0, None, None
        )
        require(written, "PEM_write_bio_PKCS8PrivateKey")
        start = c_void_p()
        size = lib.BIO_ctrl(sink.pointer, _MEMORY_BIO_CONTENT, 0, byref(start))
        return ctypes.string_at(require(start.value, "BIO_ctrl"), require(size, "BIO_ctrl"))

    def sign(self, message: bytes) -> bytes:
        """The signature over `message` (its SM3 with Z), DER, at most 72 bytes."""
        return self.sign_as(message, DISTINGUISHING_ID)

    def begin(self, start: bytes) -> BegunMessage:
        """The start of messages that differ in their ends only, digested once for all of them."""
        lib = _trusted()
        context = Owned(lib.EVP_MD_CTX_new(), "EVP_MD_CTX_free", "EVP_MD_CTX_new")
        _begin("EVP_DigestSignInit_ex", context, self._key, DISTINGUISHING_ID)
        answer = lib.EVP_DigestSignUpdate(context.pointer, start, len(start))
        require(answer, "EVP_DigestSignUpdate")
        return BegunMessage(context)

    def sign_as(self, message: bytes, identity: bytes) -> bytes:
        """Like `sign`, for a signer who uses another identity than everybody."""
        lib = _trusted()
        context = Owned(lib.EVP_MD_CTX_new(), "EVP_MD_CTX_free", "EVP_MD_CTX_new")
        _begin("EVP_DigestSignInit_ex", context, self._key, identity)
        size = c_size_t(sm2_signature.MAX_BYTES)
        out = ctypes.create_string_buffer(size.value)
        answer = lib.EVP_DigestSign(context.pointer, out, byref(size), message, len(message))
        require(answer, "EVP_DigestSign")
        return out.raw[: size.value]

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature, DER, over the message whose `signing.sm2_digest.of_message` is `digest`.

        Raises InvalidKey where the digest has not 32 bytes.
        """
        if len(digest) != DIGEST_BYTES:
            raise InvalidKey(f"SM2 signs digests of {DIGEST_BYTES} bytes")
        lib = _trusted()
        made = lib.EVP_PKEY_CTX_new_from_pkey(None, self._key.pointer, None)
        context = Owned(made, "EVP_PKEY_CTX_free", "EVP_PKEY_CTX_new_from_pkey")
        require(lib.EVP_PKEY_sign_init(context.pointer), "EVP_PKEY_sign_init")
        size = c_size_t(sm2_signature.MAX_BYTES)
        out = ctypes.create_string_buffer(size.value)
        answer = lib.EVP_PKEY_sign(context.pointer, out, byref(size), digest, len(digest))
        require(answer, "EVP_PKEY_sign")
        return out.raw[: size.value]


def sm3(data: bytes) -> bytes:
    """The SM3 digest, 32 bytes."""
    # Measured: this, hashlib and `cryptography` differ by a microsecond a call and not at all per
    # byte (about 210 MB/s), but only this one does not depend on how Python was built.
    out = ctypes.create_string_buffer(32)
    digest = sm3_digest().pointer
    require(_trusted().EVP_Digest(data, len(data), out, None, digest, None), "EVP_Digest(SM3)")
    return out.raw


def version() -> str:
    """The library's own words about its version, such as `OpenSSL 3.0.19 27 Jan 2026`."""
    return str(library().OpenSSL_version(0).decode("ascii", "replace"))


def known_flaws() -> str | None:
    """A warning where this library has, or may have, the known timing flaws of SM2, else None."""
    lib = library()
    numbers = (
        lib.OPENSSL_version_major(),
        lib.OPENSSL_version_minor(),
        lib.OPENSSL_version_patch(),
    )
    return _flaws_of(numbers)


def _flaws_of(numbers: tuple[int, int, int]) -> str | None:
    name = ".".join(map(str, numbers))
    flaws = "the two timing flaws of SM2 (CVE-2026-54872, CVE-2026-77696)"
    if numbers[:2] != (3, 0):
        return (
            f"libcrypto {name}: whether it is free of {flaws} is not known here; "
            "ask whoever supplies the library"
        )
    if numbers < (3, 0, 22):
        return (
            f"libcrypto {name} has {flaws}; Debian's libssl3 3.0.22-1~deb12u2 mends them: "
            "update the system"
        )
    if numbers == (3, 0, 22):
        return (
            f"libcrypto {name} does not tell its package revision: {flaws} are mended "
            "from Debian's libssl3 3.0.22-1~deb12u2 on; see `dpkg -s libssl3`"
        )
    return None


VECTOR_KEY = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
VECTOR_MESSAGE = b"message digest"
VECTOR_SIGNATURE = sm2_signature.to_der(
    0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
    0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
)


def self_test() -> None:
    """Checks the library on the vector of GB/T 32918.5; raises LibcryptoBroken if it fails.

    The published signature must verify under the public key that belongs to the published secret
    number, must not verify over another message, and a fresh signature must verify.
    """
    key = Sm2PrivateKey.from_scalar(VECTOR_KEY)
    if not key.public.verify(VECTOR_MESSAGE, VECTOR_SIGNATURE):
        raise LibcryptoBroken("libcrypto refuses the signature published in GB/T 32918.5")
    if key.public.verify(VECTOR_MESSAGE + b"!", VECTOR_SIGNATURE):
        raise LibcryptoBroken("libcrypto accepts the signature of GB/T 32918.5 for another message")
    if not key.public.verify(VECTOR_MESSAGE, key.sign(VECTOR_MESSAGE)):
        raise LibcryptoBroken("libcrypto refuses an SM2 signature that it has just made")


def _trusted() -> ctypes.CDLL:
    """The library, once it has passed the self-test."""
    global _test
    if _test != "passed":
        with _TESTED:
            if _test is None:  # "running": the test itself asks, in this same thread
                _test = "running"
                try:
                    self_test()
                except BaseException:
                    _test = None
                    raise
                _test = "passed"
    return library()


def _context() -> Owned:
    made = library().EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    return Owned(made, "EVP_PKEY_CTX_free", "EVP_PKEY_CTX_new_from_name(SM2)")


def _public_key(point: bytes) -> Owned:
    lib, context = _trusted(), _context()
    values = params((b"group", UTF8_PARAM, b"SM2"), (b"pub", OCTETS_PARAM, point))
    require(lib.EVP_PKEY_fromdata_init(context.pointer), "EVP_PKEY_fromdata_init")
    try:
        return new_key("EVP_PKEY_fromdata", context, _SELECT_PUBLIC_KEY, values)
    except LibcryptoBroken as error:
        raise InvalidKey("the bytes are no point of the SM2 curve") from error


def _point(key: Owned) -> bytes:
    out, size = ctypes.create_string_buffer(POINT_BYTES), c_size_t()
    answer = library().EVP_PKEY_get_octet_string_param(
        key.pointer, b"encoded-pub-key", out, POINT_BYTES, byref(size)
    )
    require(answer, "EVP_PKEY_get_octet_string_param")
    return out.raw[: size.value]


@lru_cache(maxsize=8)
def _identity(identity: bytes) -> ctypes.Array[OsslParam]:
    values: ctypes.Array[OsslParam] = params((b"distid", OCTETS_PARAM, identity))
    return values


def _begin(call: str, context: Owned, key: Owned, identity: bytes) -> None:
    """Starts signing or verifying with SM3 under that identity."""
    lib, inner = library(), c_void_p()
    answer = getattr(lib, call)(
        context.pointer, byref(inner), b"SM3", None, None, key.pointer, None
    )
    require(answer, call)
    # Not as parameters of the call above: OpenSSL 3.0 takes the identity only once it has begun.
    answer = lib.EVP_PKEY_CTX_set_params(inner, _identity(identity))
    require(answer, "EVP_PKEY_CTX_set_params(distid)")
