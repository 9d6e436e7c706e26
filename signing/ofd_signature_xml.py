"""The two XML parts of a seal on an OFD file: Signatures.xml and Signature.xml (GB/T 33190 ch. 18).

Written by hand: their bytes are hashed, and readers expect the prefix `ofd:` and absolute paths.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from signing.sm2_x509 import SM2_WITH_SM3_OID

NAMESPACE = "http://www.ofdspec.org/2016"

SM3_OID = "1.2.156.10197.1.401"

PROVIDER = "Sealpress"

IDS_OF_A_SEAL = 2
"""Each seal takes two ids, its own and its picture's. They are digits, as in production files,
although the standard recommends sNNN: readers know no others."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Box = tuple[float, float, float, float]
"""X and y of the top left corner, width and height, mm."""


@dataclass(frozen=True)
class Stamp:
    """Where the seal is seen: the id of the page (Page/@ID of Document.xml), and the box on it."""

    id: int
    page_id: str
    box: Box


def signatures_xml(signatures: Iterable[tuple[str, str, str]], highest_id: int) -> bytes:
    """Signatures.xml: of each signature its id, its type and its path from the package's root."""
    listed = "".join(
        f"<ofd:Signature ID={quoteattr(identifier)} Type={quoteattr(kind)}"
        f" BaseLoc={_absolute(path)}/>"
        for identifier, kind, path in signatures
    )
    return (
        f'{_HEAD}<ofd:Signatures xmlns:ofd="{NAMESPACE}">'
        f"<ofd:MaxSignId>{highest_id}</ofd:MaxSignId>{listed}</ofd:Signatures>"
    ).encode()


def signature_xml(
    digests: Iterable[tuple[str, bytes]],
    stamp: Stamp,
    at: datetime,
    seal_path: str,
    value_path: str,
) -> bytes:
    """Signature.xml over the SM3 digests of parts (path, 32 bytes); `at` is an aware time."""
    references = "".join(
        f"<ofd:Reference FileRef={_absolute(path)}><ofd:CheckValue>"
        f"{b2a_base64(digest, newline=False).decode()}</ofd:CheckValue></ofd:Reference>"
        for path, digest in digests
    )
    boundary = " ".join(map(_millimetres, stamp.box))
    return (
        f'{_HEAD}<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo>'
        f'<ofd:Provider ProviderName="{PROVIDER}" Company="{PROVIDER}"/>'
        f"<ofd:SignatureMethod>{SM2_WITH_SM3_OID}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{at.astimezone(UTC):%Y%m%d%H%M%SZ}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{SM3_OID}">{references}</ofd:References>'
        f'<ofd:StampAnnot ID="{stamp.id}" PageRef={quoteattr(stamp.page_id)}'
        f' Boundary="{boundary}"/>'
        f"<ofd:Seal><ofd:BaseLoc>{escape('/' + seal_path)}</ofd:BaseLoc></ofd:Seal>"
        f"</ofd:SignedInfo><ofd:SignedValue>{escape('/' + value_path)}</ofd:SignedValue>"
        "</ofd:Signature>"
    ).encode()


@lru_cache(maxsize=256)
def _absolute(path: str) -> str:
    """The attribute of a part's name; the parts of certificates have the same names."""
    return quoteattr(f"/{path}")


def _millimetres(length: float) -> str:
    """Micrometres are the finest that count; no exponent, no trailing zeros."""
    return f"{length:.3f}".rstrip("0").rstrip(".")
