"""The system's libcrypto 3 as ctypes sees it: found, its functions declared, its answers checked.

`cryptography` carries an OpenSSL of its own that exports nothing and offers no SM2, so the system's
is called directly. Only functions of the EVP, PEM and BIO families are used, which OpenSSL 3 keeps
stable; each one used has its prototype here, and a call with a wrong count of arguments fails in
Python, not in C.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_ulong, c_void_p
from functools import lru_cache
from typing import Any

from signing.errors import LibcryptoBroken, LibcryptoMissing

_SIZE_OUT = POINTER(c_size_t)
_OWNED = c_void_p
"""A pointer that the caller must free."""

_PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version": (c_char_p, (c_int,)),
    "OPENSSL_version_major": (c_uint, ()),
    "OPENSSL_version_minor": (c_uint, ()),
    "OPENSSL_version_patch": (c_uint, ()),
    "ERR_get_error": (c_ulong, ()),
    "ERR_error_string_n": (None, (c_ulong, c_char_p, c_size_t)),
    "BIO_new": (_OWNED, (c_void_p,)),
    "BIO_new_mem_buf": (_OWNED, (c_char_p, c_int)),
    "BIO_s_mem": (c_void_p, ()),
    "BIO_ctrl": (c_long, (c_void_p, c_int, c_long, c_void_p)),
    "BIO_free": (c_int, (c_void_p,)),
    "EVP_MD_fetch": (_OWNED, (c_void_p, c_char_p, c_char_p)),
    "EVP_MD_free": (None, (c_void_p,)),
    "EVP_Digest": (c_int, (c_char_p, c_size_t, c_char_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestInit_ex2": (c_int, (c_void_p, c_void_p, c_void_p)),
    "EVP_DigestUpdate": (c_int, (c_void_p, c_char_p, c_size_t)),
    "EVP_DigestFinal_ex": (c_int, (c_void_p, c_char_p, c_void_p)),
    "EVP_MD_CTX_new": (_OWNED, ()),
    "EVP_MD_CTX_copy_ex": (c_int, (c_void_p, c_void_p)),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_DigestSignInit_ex": (c_int, (c_void_p, c_void_p, c_char_p, *[c_void_p] * 4)),
    "EVP_PKEY_CTX_set_params": (c_int, (c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, _SIZE_OUT, c_char_p, c_size_t)),
    "EVP_DigestSignUpdate": (c_int, (c_void_p, c_char_p, c_size_t)),
    "EVP_DigestSignFinal": (c_int, (c_void_p, c_char_p, _SIZE_OUT)),
    "EVP_DigestVerifyInit_ex": (c_int, (c_void_p, c_void_p, c_char_p, *[c_void_p] * 4)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_PKEY_CTX_new_from_pkey": (_OWNED, (c_void_p, c_void_p, c_char_p)),
    "EVP_PKEY_sign_init": (c_int, (c_void_p,)),
    "EVP_PKEY_sign": (c_int, (c_void_p, c_char_p, _SIZE_OUT, c_char_p, c_size_t)),
    "EVP_PKEY_verify_init": (c_int, (c_void_p,)),
    "EVP_PKEY_verify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_PKEY_CTX_new_from_name": (_OWNED, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, c_void_p)),
    "EVP_PKEY_fromdata_init": (c_int, (c_void_p,)),
    "EVP_PKEY_fromdata": (c_int, (c_void_p, c_void_p, c_int, c_void_p)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_is_a": (c_int, (c_void_p, c_char_p)),
    "EVP_PKEY_get_octet_string_param": (
        c_int,
        (c_void_p, c_char_p, c_char_p, c_size_t, _SIZE_OUT),
    ),
    "PEM_read_bio_PrivateKey": (_OWNED, (c_void_p, c_void_p, c_void_p, c_char_p)),
    "PEM_write_bio_PKCS8PrivateKey": (
        c_int,
        (c_void_p, c_void_p, c_void_p, c_char_p, c_int, c_void_p, c_char_p),
    ),
}


class OsslParam(ctypes.Structure):
    """OSSL_PARAM: one named value handed to a provider."""

    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


UTF8_PARAM = 4
"""OSSL_PARAM_UTF8_STRING."""

OCTETS_PARAM = 5
"""OSSL_PARAM_OCTET_STRING."""

_UNMODIFIED = ctypes.c_size_t(-1).value or 0


def params(*named: tuple[bytes, int, bytes]) -> Any:
    """An OSSL_PARAM array of (key, type, value), closed by the empty one; holds its values."""
    values = [ctypes.create_string_buffer(value, len(value) + 1) for _, _, value in named]
    array: Any = (OsslParam * (len(named) + 1))()
    for slot, (key, kind, value), buffer in zip(array, named, values, strict=False):
        slot.key, slot.data_type, slot.data_size = key, kind, len(value)
        slot.data, slot.return_size = ctypes.cast(buffer, c_void_p), _UNMODIFIED
    array.values = values
    return array


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The system's libcrypto 3 with every function declared; raises LibcryptoMissing."""
    loaded = _open()
    try:
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise LibcryptoMissing(
            f"the system's libcrypto is older than OpenSSL 3 ({error}); install libssl3"
        ) from error
    return loaded


def _open() -> ctypes.CDLL:
    # The plain name first: find_library starts programs, which takes longer than all the rest.
    for look in (lambda: "libcrypto.so.3", _find):
        name = look()
        if name is None:
            continue
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise LibcryptoMissing("no libcrypto was found on this system; SM2 needs OpenSSL 3 (libssl3)")


def _find() -> str | None:
    return ctypes.util.find_library("crypto")


def reasons() -> str:
    """What libcrypto says went wrong in this thread, oldest first; empties its queue."""
    lib, found = library(), []
    buffer = ctypes.create_string_buffer(256)
    while code := lib.ERR_get_error():
        lib.ERR_error_string_n(code, buffer, len(buffer))
        found.append(buffer.value.decode("ascii", "replace"))
    return "; ".join(found) or "no reason given"


def require(answer: int | None, call: str) -> int:
    """A positive answer or a pointer, else raises LibcryptoBroken naming the call."""
    if answer is None or answer <= 0:
        raise LibcryptoBroken(f"libcrypto failed in {call}: {reasons()}")
    return answer


class Owned:
    """A C object that is freed with the Python object that stands for it."""

    __slots__ = ("__weakref__", "pointer")

    def __init__(self, pointer: int | None, free: str, call: str) -> None:
        self.pointer = require(pointer, call)
        finalizer: Any = weakref.finalize(self, getattr(library(), free), self.pointer)
        finalizer.atexit = False


def new_key(make: str, context: Owned, *arguments: Any) -> Owned:
    """The EVP_PKEY that the function `make` puts where its second argument points."""
    out = c_void_p()
    require(getattr(library(), make)(context.pointer, byref(out), *arguments), make)
    return Owned(out.value, "EVP_PKEY_free", make)


@lru_cache(maxsize=1)
def sm3_digest() -> Owned:
    """The SM3 implementation, looked up once; raises LibcryptoBroken where there is none."""
    return Owned(library().EVP_MD_fetch(None, b"SM3", None), "EVP_MD_free", "EVP_MD_fetch(SM3)")
