"""The modules of a QR code (ISO/IEC 18004), at level M with a fixed mask.

The library `qrcode` splits the text into modes, knows the tables, and draws what is the same in
all codes of a version, once. What is done for every code, the bits, the error correction and their
placement, is done here with whole integers: a tenth of the library's time. A test holds both equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, zip_longest
from typing import Any

from qrcode import base, util
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

MASK = 4
"""Choosing the mask costs ten times what the code costs; a fixed one reads as well."""

CHUNK = 12
"""Least characters of one kind for which it pays to change the mode within the code."""

PADDING = 0b1110110000010001
"""8.4.10: the words that fill a code, 236 and 17 in turn."""

DIGITS = bytes.maketrans(b"01", b"\0\1")
MODULES = b"\0\1"
FIGURES = bytes.maketrans(b"\0\1", b"01")
MODES = (util.MODE_NUMBER, util.MODE_ALPHA_NUM, util.MODE_8BIT_BYTE)
TRIPLES = {b"%03d" % number: f"{number:010b}" for number in range(1000)}
TRIPLE = re.compile(rb"...", re.DOTALL)


class TooLarge(Exception):
    """The text needs a higher version than is allowed."""


def modules(text: str, highest_version: int) -> bytes:
    """The modules of the code of the lowest version that holds the text, row by row: 1 is dark.

    Raises:
        TooLarge: no version up to `highest_version` holds it.
    """
    return _placed(*codewords(text, highest_version))


def codewords(text: str, highest_version: int) -> tuple[int, bytes]:
    """The lowest version that holds a text, and the codewords of data and error correction.

    Raises:
        TooLarge: no version up to `highest_version` holds it.
    """
    splitter: QRCode[Any] = QRCode()
    splitter.add_data(text, optimize=CHUNK)  # annex J.2: parts of one mode each
    parts = [(part.mode, part.data) for part in splitter.data_list]
    payloads = [_payload(mode, data) for mode, data in parts]
    size = sum(map(len, payloads))
    for version in range(1, highest_version + 1):
        widths = _count_widths(version)
        counts = [widths[mode] for mode, _ in parts]
        if 4 * len(counts) + sum(counts) + size <= 8 * _capacity(version):
            bits = "".join(
                f"{mode:04b}{len(data):0{count}b}{payload}"
                for (mode, data), count, payload in zip(parts, counts, payloads, strict=True)
            )
            return version, _codewords(version, bits)
    raise TooLarge


@cache
def _count_widths(version: int) -> Mapping[int, int]:
    """Bits in which a part of each mode tells its count of characters (8.4, table 3)."""
    return {mode: util.length_in_bits(mode, version) for mode in MODES}  # type: ignore[arg-type]


def _payload(mode: int, data: bytes) -> str:
    """The data bits of one part (8.4.2 to 8.4.4)."""
    if mode == util.MODE_NUMBER:
        whole = len(data) // 3 * 3
        rest = [f"{int(data[whole:]):0{3 * (len(data) - whole) + 1}b}"] if data[whole:] else []
        return "".join([*map(TRIPLES.__getitem__, TRIPLE.findall(data)), *rest])
    if mode == util.MODE_ALPHA_NUM:
        values = [util.ALPHA_NUM.index(byte) for byte in data]
        pairs = [f"{a * 45 + b:011b}" for a, b in zip(values[::2], values[1::2], strict=False)]
        return "".join(pairs) + (f"{values[-1]:06b}" if len(values) % 2 else "")
    return "".join([f"{byte:08b}" for byte in data])


@cache
def _blocks(version: int) -> tuple[tuple[int, int], ...]:
    """Total and data codewords of each block."""
    return tuple((b.total_count, b.data_count) for b in base.rs_blocks(version, ERROR_CORRECT_M))


@cache
def _capacity(version: int) -> int:
    return sum(data for _, data in _blocks(version))


def _codewords(version: int, bits: str) -> bytes:
    """Data and error correction codewords in the order in which they are placed (8.6)."""
    capacity = _capacity(version)
    bits += "0" * min(4, 8 * capacity - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = int(bits, 2).to_bytes(len(bits) // 8, "big")
    words += (PADDING.to_bytes(2, "big") * capacity)[: capacity - len(words)]
    data, corrections, start = [], [], 0
    for total, count in _blocks(version):
        block = words[start : start + count]
        data.append(block)
        corrections.append(_correction(block, total - count))
        start += count
    return _interleaved(data) + _interleaved(corrections)


def _interleaved(blocks: Sequence[bytes]) -> bytes:
    return bytes([word for row in zip_longest(*blocks) for word in row if word is not None])


@cache
def _multiples(count: int) -> tuple[int, ...]:
    """The generator polynomial of `count` words, without its leading 1, times each field element.

    Each as one integer of `count` bytes, so that a step of the division is one exclusive or.
    """
    generator = [1]
    for power in range(count):
        root = base.gexp(power)
        longer = [*generator, 0]
        for index, factor in enumerate(generator):
            longer[index + 1] ^= _product(factor, root)
        generator = longer
    return tuple(
        int.from_bytes(bytes(_product(factor, element) for factor in generator[1:]), "big")
        for element in range(256)
    )


def _product(a: int, b: int) -> int:
    return base.gexp(base.glog(a) + base.glog(b)) if a and b else 0


def _correction(block: bytes, count: int) -> bytes:
    """The Reed-Solomon codewords of a block (8.5)."""
    multiples, remainder = _multiples(count), 0
    top, kept = 8 * (count - 1), (1 << 8 * (count - 1)) - 1
    for word in block:
        remainder = ((remainder & kept) << 8) ^ multiples[(remainder >> top) ^ word]
    return remainder.to_bytes(count, "big")


def _drawn(version: int, data: Sequence[int]) -> list[list[bool]]:
    """The code of that version as the library draws it around given codewords."""
    code: QRCode[Any] = QRCode(version, ERROR_CORRECT_M, mask_pattern=MASK)
    code.data_cache = list(data)
    code.makeImpl(False, MASK)
    return [[bool(module) for module in row] for row in code.modules]


@dataclass(frozen=True)
class _Frame:
    """What is the same in all codes of a version, and where the data's bits go.

    The modules are taken column by column, as the bits go up and down in columns. `slices` puts
    them together out of the bits of the data and, behind those, `fixed`, which has the modules that
    hold no data; `inverted` tells where the mask turns them over: a number with a byte for each.
    """

    size: int
    fixed: bytes
    slices: tuple[slice, ...]
    inverted: int


@cache
def _frame(version: int) -> _Frame:
    words = sum(total for total, _ in _blocks(version))
    zeros, ones = _drawn(version, bytes(words)), _drawn(version, b"\xff" * words)
    size = len(zeros)
    bits: dict[tuple[int, int], int] = {}
    columns = range(size - 1, 0, -2)
    for turn, column in enumerate(c if c > 6 else c - 1 for c in columns):  # 8.7.3
        rows = range(size)
        for row in rows if turn % 2 else reversed(rows):
            for at in (column, column - 1):
                if zeros[row][at] != ones[row][at]:  # holds a bit, inverted where the mask is
                    bits[row, at] = len(bits)
    places = [(row, column) for column in range(size) for row in range(size)]
    sources = [bits.get(place, 8 * words + at) for at, place in enumerate(places)]
    drawn = [(zeros[row][column], (row, column) in bits) for row, column in places]
    return _Frame(
        size=size,
        fixed=bytes(dark and not holds_bit for dark, holds_bit in drawn),
        slices=tuple(_slices(sources)),
        inverted=int.from_bytes(bytes(dark and holds_bit for dark, holds_bit in drawn), "big"),
    )


def _slices(sources: Sequence[int]) -> Iterator[slice]:
    """The places as few slices: those that follow each other in even steps are one."""
    start = 0
    while start < len(sources):
        end, step = start + 1, 1
        if end < len(sources) and sources[end] != sources[start]:
            step = sources[end] - sources[start]
        while end < len(sources) and sources[end] - sources[end - 1] == step:
            end += 1
        stop = sources[end - 1] + step
        yield slice(sources[start], stop if stop >= 0 else None, step)
        start = end


def _placed(version: int, words: bytes) -> bytes:
    frame = _frame(version)
    bits = f"{int.from_bytes(words, 'big'):0{8 * len(words)}b}".encode().translate(DIGITS)
    source = bits + frame.fixed
    columns = b"".join([source[part] for part in frame.slices])
    turned = (int.from_bytes(columns, "big") ^ frame.inverted).to_bytes(len(columns), "big")
    return b"".join([turned[row :: frame.size] for row in range(frame.size)])


@cache
def _ends(version: int) -> tuple[int, ...]:
    """Where each slice of the frame ends among the modules, column by column."""
    frame = _frame(version)
    count = 8 * sum(total for total, _ in _blocks(version)) + len(frame.fixed)
    return tuple(accumulate(len(range(count)[part]) for part in frame.slices))


def words(dark: bytes, version: int) -> bytes | None:
    """The codewords that the modules of a code hold, those of the data first: the way back.

    `dark` has a byte for each module of that version, row by row, 1 where it is dark. None where
    one has another value, or one that holds no data is not as in every code of the version.
    """
    frame = _frame(version)
    if dark.translate(None, MODULES):
        return None
    columns = b"".join([dark[column :: frame.size] for column in range(frame.size)])
    turned = (int.from_bytes(columns, "big") ^ frame.inverted).to_bytes(len(columns), "big")
    count = 8 * sum(total for total, _ in _blocks(version))
    bits, start = bytearray(count + len(frame.fixed)), 0
    for part, end in zip(frame.slices, _ends(version), strict=True):
        bits[part] = turned[start:end]
        start = end
    if bits[count:] != frame.fixed:
        return None
    return int(bits[:count].translate(FIGURES), 2).to_bytes(count // 8, "big")
