"""What the filters of a PDF stream make of its data (ISO 32000-2 7.4), within bounds.

Flate with or without the predictors of PNG, and the two ways to write bytes as characters. Pictures
need others; those are not looked into, so their filters are not known here.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from verify.fault import Fault
from verify.limits import (
    PDF_FILTERS,
    PDF_PREDICTED_BYTES,
    PDF_STREAM_BYTES,
    PDF_TOTAL_STREAM_BYTES,
)
from verify.pdf_objects import Array, Dictionary, entry
from verify.pdf_values import Name

_BLANKS: Final = b"\0\t\n\f\r "
_PNG: Final = range(10, 16)


@dataclass
class Budget:
    """How many more bytes the streams of one file may be decoded to."""

    left: int = PDF_TOTAL_STREAM_BYTES
    predicted: int = PDF_PREDICTED_BYTES

    def spend(self, count: int) -> None:
        """Count what was decoded; raises Fault where it is more than is looked at."""
        self.left -= count
        if self.left < 0:
            raise Fault("PDF数据流过大", "PDF streams that are too large to be looked into")

    def predict(self, count: int) -> None:
        """Count what a predictor is undone for, which takes longer; raises Fault."""
        self.predicted -= count
        if self.predicted < 0:
            raise Fault("PDF数据流过大", "PDF streams that take too long to be looked into")

    def decode(self, dictionary: Dictionary, data: bytes) -> bytes:
        """The data of a stream without its filters.

        Raises:
            Fault: a filter is not known here, cannot be undone, or makes too much.
        """
        for name, parameters in _filters(dictionary):
            try:
                data = self._without(name, parameters, data)
            except (zlib.error, ValueError, TypeError, KeyError) as error:
                raise Fault("PDF数据流已损坏", f"a PDF stream that is no {name[1:]}") from error
        return data

    def _without(self, name: str, parameters: Any, data: bytes) -> bytes:
        if name == "/FlateDecode":
            data = self._inflated(data)
            return self._unpredicted(data, parameters) if parameters else data
        if name == "/ASCIIHexDecode":
            digits, _, _ = data.translate(None, _BLANKS).partition(b">")
            data = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
        elif name == "/ASCII85Decode":
            written, _, _ = data.translate(None, _BLANKS).partition(b"~")
            data = base64.a85decode(written)
        else:
            raise Fault("PDF数据流的编码不支持", "a PDF stream with a filter that is not known")
        self.spend(len(data))
        return data

    def _inflated(self, data: bytes) -> bytes:
        inflating = zlib.decompressobj()
        found = inflating.decompress(data, min(PDF_STREAM_BYTES, self.left) + 1)
        if len(found) > PDF_STREAM_BYTES:
            raise Fault("PDF数据流过大", f"a PDF stream above {PDF_STREAM_BYTES} bytes")
        self.spend(len(found))
        if not inflating.eof:
            raise ValueError("cut short")
        return found

    def _unpredicted(self, data: bytes, parameters: Mapping[str, Any]) -> bytes:
        predictor = parameters.get("/Predictor", 1)
        if predictor == 1:
            return data
        if predictor not in _PNG:
            raise ValueError("another predictor than PNG's")
        self.predict(len(data))
        colours, bits = parameters.get("/Colors", 1), parameters.get("/BitsPerComponent", 8)
        columns = parameters.get("/Columns", 1)
        if not all(type(one) is int and 0 < one < 2**16 for one in (colours, bits, columns)):
            raise ValueError("sides that are none")
        line, before = -(-colours * bits * columns // 8), max(1, colours * bits // 8)
        if len(data) % (line + 1):
            raise ValueError("lines that are cut short")
        return b"".join(_lines(data, line, before))


def _filters(dictionary: Dictionary) -> Iterator[tuple[str, Any]]:
    """The filters in the order in which they are undone, with their parameters."""
    found, given = entry(dictionary, "/Filter"), entry(dictionary, "/DecodeParms")
    names = [found] if isinstance(found, Name) else found
    if names is None:
        return
    parameters = list(given) if isinstance(given, Array) else [given]
    if not isinstance(names, list | Array) or len(names) > PDF_FILTERS:
        raise Fault("PDF数据流的编码不支持", "a PDF stream with filters that are none")
    for at, name in enumerate(names):
        given = parameters[at] if at < len(parameters) else None
        if not isinstance(name, Name) or not isinstance(given, Dictionary | None):
            raise Fault("PDF数据流的编码不支持", "a PDF stream with filters that are none")
        yield name, given


def _lines(data: bytes, size: int, before: int) -> Iterator[bytes]:
    """The lines of a PNG without what they are predicted by (ISO/IEC 15948 clause 9).

    `size` are the bytes of a line, `before` is how far back stands the byte of the pixel before.
    """
    above = bytes(size)
    for at in range(0, len(data), size + 1):
        above = _line(data[at], data[at + 1 : at + 1 + size], above, before)
        yield above


def _line(kind: int, line: bytes, above: bytes, before: int) -> bytes:
    if kind == 0:
        return line
    if kind == 2:
        return bytes([(one + up) & 0xFF for one, up in zip(line, above, strict=True)])
    if kind not in (1, 3, 4):
        raise ValueError("an unknown predictor of a line")
    made = bytearray(before) + line
    corners = bytes(before) + above
    for at, up in enumerate(above):
        left, corner = made[at], corners[at]
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = _paeth(left, up, corner)
        made[at + before] = (made[at + before] + guess) & 0xFF
    return bytes(made[before:])


def _paeth(left: int, up: int, corner: int) -> int:
    """Which of the three is nearest to their sum without the corner."""
    whole = left + up - corner
    return min((left, up, corner), key=lambda one: abs(whole - one))
