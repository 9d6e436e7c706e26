"""SM3 digests of data that begin alike: their beginning is digested once."""

from __future__ import annotations

import ctypes

from signing.libcrypto import DIGEST_BYTES, sm3
from signing.libcrypto_api import Owned, library, require, sm3_digest


class BegunDigest:
    """The digest of a beginning, to be gone on with by any ending.

    It never changes, so several threads may use it at once.
    """

    __slots__ = ("_context",)

    def __init__(self, beginning: bytes) -> None:
        sm3(b"")  # opens the library, and tests it if nobody has yet
        self._context = _context()
        lib, begun = library(), self._context.pointer
        require(lib.EVP_DigestInit_ex2(begun, sm3_digest().pointer, None), "EVP_DigestInit_ex2")
        require(lib.EVP_DigestUpdate(begun, beginning, len(beginning)), "EVP_DigestUpdate")

    def with_ending(self, ending: bytes) -> bytes:
        """The SM3, 32 bytes, of the beginning and this ending behind it."""
        lib, context = library(), _context()
        copied = lib.EVP_MD_CTX_copy_ex(context.pointer, self._context.pointer)
        require(copied, "EVP_MD_CTX_copy_ex")
        require(lib.EVP_DigestUpdate(context.pointer, ending, len(ending)), "EVP_DigestUpdate")
        out = ctypes.create_string_buffer(DIGEST_BYTES)
        require(lib.EVP_DigestFinal_ex(context.pointer, out, None), "EVP_DigestFinal_ex")
        return out.raw


def _context() -> Owned:
    return Owned(library().EVP_MD_CTX_new(), "EVP_MD_CTX_free", "EVP_MD_CTX_new")
