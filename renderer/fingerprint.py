"""Identifiers of documents, drawn from their content: the same document has the same one.

They name a document and protect nothing: that is the signatures' part. So data whose checksums
are known stands for itself by its checksums, which are at hand, and is not digested again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from renderer.page import Deflated, Stored

SIZE = 16
"""Bytes, as many as a UUID has."""


def fingerprint(parts: Iterable[bytes | Deflated | Stored]) -> bytes:
    """`SIZE` bytes that depend on every part, its place and its length."""
    digest = hashlib.blake2b(digest_size=SIZE)
    for part in parts:
        if isinstance(part, Deflated):
            digest.update(b"%d %d %d;" % (part.size, part.crc32, part.adler32))
        elif isinstance(part, Stored):
            digest.update(b"%d %d;" % (len(part.data), part.crc32))
        else:
            digest.update(b"%d:%b;" % (len(part), part))
    return digest.digest()
