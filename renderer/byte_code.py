"""Deflate by pieces: bytes that are coded once, each on their own, and put together at will.

Deflate (RFC 1951) is slow in looking for repetitions and in counting how often each byte occurs.
Where the same pieces come again and again in other company, as glyphs do, both can be done
beforehand: one Huffman code for all of them, and each piece coded once. No repetitions are looked
for, as they reach from piece to piece.

A coded piece ends with a whole byte, so that a block is its pieces' bytes side by side. To get
there, a few bytes that mean nothing where the piece stands (zeros behind a glyph) are put behind
it, some of them as repetitions, in such a number and such words that the bits come out even.

Everything here is whole numbers: the same bytes on every machine, whatever zlib it has.
"""

from __future__ import annotations

import heapq
import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

END_OF_BLOCK = 256
LONGEST = 15
"""Bits in the longest code word that deflate allows (3.2.7)."""
LONGEST_OF_LENGTHS = 7

LENGTHS_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which a block's head tells the code of the code lengths (3.2.7)."""

REPEATED = {257: 3, 258: 4, 259: 5, 260: 6}
"""The words for repetitions that fill up pieces, and how many bytes each repeats (3.2.5)."""

DISTANCES = {0: 1, 1: 2, 2: 3, 3: 3}
"""The words for how far back a repetition lies, 1 to 4 bytes, and the bits of each: any of them
repeats the filler, so that one repetition can be told in three lengths."""

MOST_FILLED = 32
"""Fillers that are tried behind a piece; a dozen are enough with every code met so far."""

MOST_STORED = 0xFFFF
"""Bytes that one stored block can hold."""


class Piece(NamedTuple):
    """Bytes, filled up, and what they are in a block of their code: whole bytes too."""

    data: bytes
    coded: bytes


def _lengths(counts: Mapping[int, int], longest: int) -> dict[int, int]:
    """Huffman's lengths of code words; the counts are flattened until none is too long."""
    while True:
        # The symbols themselves decide between equal counts, so that there is one result.
        trees: list[tuple[int, tuple[int, ...]]] = [
            (count, (symbol,)) for symbol, count in sorted(counts.items())
        ]
        heapq.heapify(trees)
        lengths = dict.fromkeys(counts, 0)
        while len(trees) > 1:
            (first, left), (second, right) = heapq.heappop(trees), heapq.heappop(trees)
            for symbol in left + right:
                lengths[symbol] += 1
            heapq.heappush(trees, (first + second, left + right))
        if max(lengths.values()) <= longest:
            return lengths
        counts = {symbol: count // 2 + 1 for symbol, count in counts.items()}


def _words(lengths: Mapping[int, int]) -> dict[int, str]:
    """The canonical code of those lengths (3.2.2), words as 0 and 1 in the order of the stream."""
    words: dict[int, str] = {}
    word = last = 0
    for length, symbol in sorted((length, symbol) for symbol, length in lengths.items()):
        word <<= length - last
        words[symbol] = f"{word:0{length}b}"
        word, last = word + 1, length
    return words


def _number(value: int, count: int) -> str:
    """A number as deflate writes it, its lowest bit first (3.1.1)."""
    return f"{value:0{count}b}"[::-1]


def _bytes(bits: str) -> bytes:
    """Whole bytes of bits in the order of the stream, zeros behind the last ones."""
    return int(bits[::-1] or "0", 2).to_bytes((len(bits) + 7) // 8, "little")


def stored(data: bytes) -> Iterator[bytes]:
    """The data as blocks that are not compressed (3.2.4), with more to follow."""
    for start in range(0, len(data), MOST_STORED):
        part = data[start : start + MOST_STORED]
        yield struct.pack("<BHH", 0, len(part), len(part) ^ 0xFFFF)
        yield part


class ByteCode:
    """A Huffman code for pieces such as those of a sample.

    `filler` is the byte that may stand behind a piece, `step` the multiple of bytes to which it
    is to be filled up. The last block of a stream is `opening`, pieces, and the bytes `ending`.
    """

    def __init__(self, sample: Sequence[bytes], filler: bytes = b"\0", step: int = 1) -> None:
        self._filler, self._step = filler, step
        counts = Counter(b"".join(sample))
        # Bytes that the sample has not may come as well, every block ends, most pieces are filled.
        of_literals = {symbol: counts[symbol] + 1 for symbol in range(END_OF_BLOCK + 1)}
        lengths = _lengths(of_literals | dict.fromkeys(REPEATED, len(sample) // 8 + 1), LONGEST)
        words = _words(lengths)
        self._words = [words[symbol] for symbol in range(END_OF_BLOCK)]
        self.ending = _bytes(words[END_OF_BLOCK])
        self._head = self._block_head([lengths[symbol] for symbol in sorted(lengths)])
        self._fillings = self._every_filling(words)

    @staticmethod
    def _block_head(lengths: Sequence[int]) -> str:
        """The head of a last block with dynamic codes (3.2.3 and 3.2.7)."""
        told = (*lengths, *DISTANCES.values())
        of_lengths = _lengths(Counter(told), LONGEST_OF_LENGTHS)
        words = _words(of_lengths)
        return "".join(
            (
                "1" + _number(2, 2),
                _number(len(lengths) - 257, 5),
                _number(len(DISTANCES) - 1, 5),
                _number(len(LENGTHS_ORDER) - 4, 4),
                *(_number(of_lengths.get(length, 0), 3) for length in LENGTHS_ORDER),
                *(words[length] for length in told),
            )
        )

    def _every_filling(self, words: Mapping[int, str]) -> Mapping[tuple[int, int], str]:
        """For so many fillers and so many bits beyond a whole byte the shortest bits, if any."""
        literal, back = words[self._filler[0]], _words(DISTANCES)
        found: dict[tuple[int, int], str] = {(0, 0): ""}
        for count in range(1, MOST_FILLED + 1):
            ways = [(1, literal)]
            ways += [
                (size, words[symbol] + back[distance])
                for symbol, size in REPEATED.items()
                for distance in DISTANCES
                if distance + 1 <= count - size  # only fillers are repeated
            ]
            for size, bits in ways:
                for rest in range(8):
                    before = found.get((count - size, rest))
                    if before is None:
                        continue
                    key = (count, (rest + len(bits)) % 8)
                    if len(before) + len(bits) < len(found.get(key, before + bits + "0")):
                        found[key] = before + bits
        return found

    def _filled(self, before: str, data: bytes) -> Piece:
        """A piece with fillers behind it, coded after `before`, which ends in the open."""
        bits = before + "".join(map(self._words.__getitem__, data))
        wanted = -len(bits) % 8
        least = -len(data) % self._step
        for count in range(least, MOST_FILLED + 1, self._step):
            filling = self._fillings.get((count, wanted))
            if filling is not None:
                return Piece(data + self._filler * count, _bytes(bits + filling))
        raise ValueError(f"{MOST_FILLED} fillers do not fill a byte up")  # no such code is known

    def piece(self, data: bytes) -> Piece:
        """A piece, to be put into any block of this code."""
        return self._filled("", data)

    @cached_property
    def opening(self) -> Piece:
        """What the last block of a stream begins with."""
        return self._filled(self._head, b"")
