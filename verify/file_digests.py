"""A file's digests: that by which the register knows it, and that which a PDF's signature is over.

Both are over nearly the same bytes, and for a file of ours digesting them once takes a third of all
the time that its verdict may take. So they are made in one go.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from verify.limits import CMS_BYTES
from verify.pdf_bytes import Span

_MARK: Final = b"/Contents<"
_DIGITS: Final = b"0123456789abcdef"
_MOST_DIGITS: Final = 4 * CMS_BYTES  # two for each byte, and as many again for room


@dataclass(frozen=True)
class Digests:
    """SHA-256 of a file, in lower-case hexadecimal; and of it without a signature's value.

    `value` is the last place where the file may write the value of a signature, from `<` to one
    past `>`; `covered` the digest of all around it. Both are None where there is no such place.
    """

    sha256: str
    value: Span | None = None
    covered: bytes | None = None


def of(data: bytes) -> Digests:
    """The digests of a file, of whatever kind it is."""
    value = _last_value(data)
    if value is None:
        return Digests(hashlib.sha256(data).hexdigest())
    with memoryview(data) as view:
        whole = hashlib.sha256(view[: value[0]])
        covered = whole.copy()
        whole.update(view[value[0] :])
        covered.update(view[value[1] :])
    return Digests(whole.hexdigest(), value, covered.digest())


def _last_value(data: bytes) -> Span | None:
    """The last value in hexadecimal digits, all in lower case, as `verify.pdf_bytes` wants it."""
    mark = data.rfind(_MARK)
    begins = mark + len(_MARK) - 1
    ends = data.find(b">", begins, begins + _MOST_DIGITS) + 1
    if mark < 0 or not ends or data[begins + 1 : ends - 1].translate(None, _DIGITS):
        return None
    return begins, ends
