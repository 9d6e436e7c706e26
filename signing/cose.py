"""The code in the QR: a COSE_Sign1 (RFC 9052 section 4.2, ES256) over a few CBOR claims.

The message is CBOR tag 18 over `[protected, unprotected, payload, signature]`:

* protected: `{1: -7}`, the algorithm ES256 (ECDSA P-256 with SHA-256);
* unprotected: `{4: kid}`, the key's identifier of `KID_BYTES` bytes (`signing.p256.key_id`);
* payload: the claims below, in deterministic CBOR (RFC 8949 section 4.2.1);
* signature: r and s, 32 bytes each.

| key | claim | CBOR type | meaning |
|---|---|---|---|
| 0 | generation | unsigned | version of this table; 1 |
| 1 | number | text | certificate number as printed |
| 2 | version | unsigned | version of the certificate under that number, from 1 |
| 3 | factory number | text | plate number of the machine; cut ones end with `…` |
| 4 | issued on | unsigned | days since 1970-01-01 |
| 5 | data set | bytes, 32 | SHA-256 of the signed data set |
| 6 | status index | unsigned | place in the status list |

The claims are not a CWT (RFC 8392): these keys are ours, and no CWT tag is written. A printed code
lives as long as its paper. So a row of this table never changes; other claims are a new generation
beside it, and `decode` goes on reading the old one.

There is one spelling for each message: `decode` refuses whatever `encode` would not have written.
On paper the bytes are taken as one big number in decimal digits, because a QR code packs digits
best of all that a phone still opens as an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import cbor2

from signing.errors import CannotSign, MalformedCode
from signing.p256 import KID_BYTES, SIGNATURE_BYTES, P256Key, verify_raw

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

GENERATION = 1
"""The generation of claims that is written."""

MAX_CODE_BYTES = 256
"""Longest code read or written, bytes: a QR code of version 10, level M, holds 213 in digits."""

MAX_CODE_DIGITS = len(str(256**MAX_CODE_BYTES - 1))
"""Longest code in digits; Python would convert 4300 and numbers cost the square of their length."""

MAX_NUMBER_BYTES = 64
"""Longest certificate number, bytes of UTF-8: `450100T(2024)0000001` has 20."""

MAX_FACTORY_NUMBER_BYTES = 200
"""Longest factory number: 50 characters of four bytes of UTF-8; a code cuts it far below that."""

MAX_VERSION = 2**16 - 1
"""Highest version of a certificate under one number."""

MAX_STATUS_INDEX = 2**32 - 1
"""Highest place in the status list: what four bytes hold."""

MAX_DAYS = 2**16 - 1
"""Latest day of issue (2149-06-06): what two bytes hold."""

CUT_MARK = "…"
"""Ends a factory number that was cut to fit."""

_EPOCH = date(1970, 1, 1)
_PROTECTED = bytes.fromhex("a10126")  # {1: -7}
_HEAD = bytes.fromhex("d28443a10126a10448")  # tag 18, array of 4, protected, {4: bytes of 8}
_SIGNATURE_HEAD = bytes.fromhex("5840")  # bytes of 64
_SIGNED_HEAD = cbor2.dumps(["Signature1", _PROTECTED, b"", b""])[:-1]
_KEYS = (0, 1, 2, 3, 4, 5, 6)
_DIGITS = re.compile(r"[1-9][0-9]*", re.ASCII)


@dataclass(frozen=True)
class CodeClaims:
    """What a code says of a certificate; `issued_on` is an ISO date, the digest has 32 bytes."""

    number: str
    version: int
    factory_number: str
    issued_on: str
    dataset_sha256: bytes
    status_index: int


@dataclass(frozen=True)
class SignedCode:
    """A code as read. Its claims are worth nothing before `verify` has said True."""

    claims: CodeClaims
    kid: bytes
    payload: bytes
    signature: bytes
    generation: int = GENERATION


def encode(claims: CodeClaims, key: P256Key, kid: bytes | None = None) -> bytes:
    """The signed code; `kid` names the key, by default as it names itself.

    Raises CannotSign where a claim is out of its range or the code is longer than any code read.
    """
    kid = key.kid if kid is None else kid
    if len(kid) != KID_BYTES:
        raise CannotSign(f"a key identifier of {len(kid)} bytes, not {KID_BYTES}")
    wrapped = cbor2.dumps(_payload(claims))
    code = _assemble(wrapped, key.sign_raw(_SIGNED_HEAD + wrapped), kid)
    if len(code) > MAX_CODE_BYTES:
        raise CannotSign(f"the code has {len(code)} bytes, more than {MAX_CODE_BYTES}")
    return code


def fitted(claims: CodeClaims, max_bytes: int) -> CodeClaims:
    """The claims with the factory number cut so that the signed code has at most `max_bytes`.

    Cut between characters, with `CUT_MARK` at the end; unchanged where all fits. Raises CannotSign
    where not even the mark alone fits, or a claim is out of its range.
    """
    limit = min(max_bytes, MAX_CODE_BYTES)
    cut, kept = claims, claims.factory_number
    while (size := _size(cut)) > limit:
        if not kept:
            raise CannotSign(
                f"the code cannot have fewer than {size} bytes; {max_bytes} are wanted"
            )
        kept = kept[:-1]
        cut = replace(claims, factory_number=kept + CUT_MARK)
    return cut


def same_factory_number(claimed: str, printed: str) -> bool:
    """Whether the factory number of a code can be the one printed, which is whole."""
    if claimed.endswith(CUT_MARK):
        return printed.startswith(claimed.removesuffix(CUT_MARK))
    return claimed == printed


def decode(data: bytes) -> SignedCode:
    """The code that these bytes are, before any signature is checked; raises MalformedCode."""
    if len(data) > MAX_CODE_BYTES:
        raise MalformedCode(f"{len(data)} bytes, more than the {MAX_CODE_BYTES} of a code")
    kid_end = len(_HEAD) + KID_BYTES
    tail = len(data) - SIGNATURE_BYTES - len(_SIGNATURE_HEAD)
    if not data.startswith(_HEAD) or tail <= kid_end:
        raise MalformedCode("no COSE_Sign1 with ES256 and a key identifier")
    kid, signature = data[len(_HEAD) : kid_end], data[-SIGNATURE_BYTES:]
    payload = _load(data[kid_end:tail])
    if type(payload) is not bytes:
        raise MalformedCode("the payload is no byte string")
    claims = _claims(payload)
    if _assemble(_wrapped_as_read(claims), signature, kid) != data:
        raise MalformedCode("the code is not in the one form in which codes are written")
    return SignedCode(claims, kid, payload, signature)


def verify(code: SignedCode, public_key: EllipticCurvePublicKey) -> bool:
    """Whether the signature over the code's payload is by that key."""
    # The Sig_structure of RFC 9052 section 4.4, without external data.
    signed = _SIGNED_HEAD + cbor2.dumps(code.payload)
    return verify_raw(public_key, code.signature, signed)


def to_digits(data: bytes) -> str:
    """The code as one decimal number; raises CannotSign for bytes that it would not give back."""
    if not data or len(data) > MAX_CODE_BYTES or data[0] == 0:
        raise CannotSign("only 1 to 256 bytes that do not begin with a zero can be a number")
    return str(int.from_bytes(data, "big"))


def from_digits(text: str) -> bytes:
    """The bytes of a code from its digits: ASCII, no leading zero; raises MalformedCode."""
    if len(text) > MAX_CODE_DIGITS:
        raise MalformedCode(f"{len(text)} digits, more than the {MAX_CODE_DIGITS} of a code")
    if not _DIGITS.fullmatch(text):
        raise MalformedCode("a code is decimal digits that do not begin with 0")
    value = int(text)
    size = (value.bit_length() + 7) // 8
    if size > MAX_CODE_BYTES:
        raise MalformedCode(f"a number of more than {MAX_CODE_BYTES} bytes")
    return value.to_bytes(size, "big")


def _assemble(wrapped: bytes, signature: bytes, kid: bytes) -> bytes:
    return b"".join((_HEAD, kid, wrapped, _SIGNATURE_HEAD, signature))


def _size(claims: CodeClaims) -> int:
    wrapped = cbor2.dumps(_payload(claims))
    return len(_HEAD) + KID_BYTES + len(wrapped) + len(_SIGNATURE_HEAD) + SIGNATURE_BYTES


def _payload(claims: CodeClaims) -> bytes:
    """The claims in CBOR; raises CannotSign where one is out of its range."""
    try:
        days = (date.fromisoformat(claims.issued_on) - _EPOCH).days
    except ValueError as error:
        raise CannotSign(f"the date of issue {claims.issued_on!r} is no date") from error
    if (_EPOCH + timedelta(days)).isoformat() != claims.issued_on:
        raise CannotSign(f"the date of issue {claims.issued_on!r} is not written as YYYY-MM-DD")
    values = (
        GENERATION,
        claims.number,
        claims.version,
        claims.factory_number,
        days,
        claims.dataset_sha256,
        claims.status_index,
    )
    if mistake := _mistake(values):
        raise CannotSign(f"the code cannot carry these claims: {mistake}")
    return cbor2.dumps(dict(zip(_KEYS, values, strict=True)), canonical=True)


def _wrapped_as_read(claims: CodeClaims) -> bytes:
    try:
        return cbor2.dumps(_payload(claims))
    except CannotSign as error:
        raise MalformedCode(str(error)) from error


def _claims(payload: bytes) -> CodeClaims:
    found = _load(payload)
    if not isinstance(found, dict) or not found or type(found.get(0)) is not int:
        raise MalformedCode("the payload is no map of claims with a generation")
    if found[0] != GENERATION:
        raise MalformedCode(f"claims of generation {found[0]}, which is not known here")
    if tuple(found) != _KEYS:
        raise MalformedCode("other claims than those of generation 1, or in another order")
    values = tuple(found.values())
    if mistake := _mistake(values):
        raise MalformedCode(mistake)
    _, number, version, factory_number, days, digest, index = values
    issued_on = (_EPOCH + timedelta(days)).isoformat()
    return CodeClaims(number, version, factory_number, issued_on, digest, index)


def _mistake(values: tuple[object, ...]) -> str | None:
    """What is wrong with the claims of generation 1, in the order of their keys, if anything."""
    _, number, version, factory_number, days, digest, index = values
    found = (
        _text_mistake("number", number, 1, MAX_NUMBER_BYTES),
        _count_mistake("version", version, 1, MAX_VERSION),
        _text_mistake("factory number", factory_number, 0, MAX_FACTORY_NUMBER_BYTES),
        _count_mistake("day of issue", days, 0, MAX_DAYS),
        None if type(digest) is bytes and len(digest) == 32 else "the digest has not 32 bytes",
        _count_mistake("status index", index, 0, MAX_STATUS_INDEX),
    )
    return next((mistake for mistake in found if mistake), None)


def _text_mistake(name: str, value: object, least: int, most: int) -> str | None:
    if type(value) is not str:
        return f"the {name} is no text"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return f"the {name} has half a surrogate pair"
    return None if least <= size <= most else f"the {name} has {size} bytes, not {least} to {most}"


def _count_mistake(name: str, value: object, least: int, most: int) -> str | None:
    if type(value) is not int or not least <= value <= most:
        return f"the {name} is no number from {least} to {most}"
    return None


def _load(data: bytes) -> object:
    """One CBOR item; the caller compares its re-encoding, which settles trailing bytes."""
    try:
        loaded: object = cbor2.loads(
            data, max_depth=2, allow_indefinite=False, allow_duplicate_keys=False
        )
    except Exception as error:  # the decoder has its own errors and lets those of types through
        raise MalformedCode("the code holds no sound CBOR") from error
    return loaded
