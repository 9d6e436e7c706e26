"""Keys and certificates on P-256 that the tests share; made once for each run."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from signing import certificates, p256, pades
from signing.cose import CodeClaims

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
USCC = "11450100MB0000001Q"
AUTHORITY = "南宁市住房和城乡建设局"
CLAIMS = CodeClaims(
    number="450100T(2024)0000001",
    version=1,
    factory_number="19020319",
    issued_on="2024-09-20",
    dataset_sha256=bytes(range(32)),
    status_index=1234,
)


_private_key = lru_cache(lambda _: certificates.new_key())
_key = lru_cache(lambda name: p256.from_private_key(f"test:{name}", private_key(name)))


def private_key(name="one"):
    return _private_key(name)


def key(name="one"):
    return _key(name)


@lru_cache
def root():
    name = certificates.name("Test Root 开发", "Tests")
    return certificates.issue_root(private_key("root"), name, NOW, 10 * YEAR)


@lru_cache
def certificate():
    subject = certificates.name(f"{AUTHORITY}（开发）", AUTHORITY, USCC)
    public_key = private_key().public_key()
    return certificates.issue_signer(root(), private_key("root"), public_key, subject, NOW, YEAR)


def pdf_signer():
    return pades.PdfSigner(key(), certificate().public_bytes(Encoding.DER))


@lru_cache
def picture():
    """A small PNG with transparency."""
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 0, 0, 100)).save(out, "PNG")
    return out.getvalue()
