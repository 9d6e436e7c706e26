"""Deflate by pieces: bytes that are coded once, each on their own, and put together at will.

Deflate (RFC 1951) is slow in looking for repetitions and in counting how often each byte occurs.
Where the same pieces come again and again in other company, as glyphs do, both can be done
beforehand: one Huffman code for all of them, each piece coded once, and a block is no more than
its pieces' bits side by side. No repetitions are looked for, as they reach from piece to piece.

Everything here is whole numbers: the same bytes on every machine, whatever zlib it has.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Bits = tuple[int, int]
"""Bits in the order of the stream, the first one lowest, as a whole number; and how many."""

END_OF_BLOCK = 256
LONGEST = 15
"""Bits in the longest code word that deflate allows (3.2.7)."""
LONGEST_OF_LENGTHS = 7

LENGTHS_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which a block's head tells the code of the code lengths (3.2.7)."""

DISTANCES = (1, 1)
"""Two words for distances, both unused: some readers want a code that is complete."""


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


def _bits(stream: str) -> Bits:
    return int(stream[::-1] or "0", 2), len(stream)


def joined(pieces: Sequence[Bits]) -> Bits:
    """The pieces one after the other.

    Neighbours are joined first: every bit is moved a few times, and not once for every piece.
    """
    row = list(pieces)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [(a | b << m, m + n) for (a, m), (b, n) in zip(row[::2], row[1::2], strict=False)]
        row += odd
    return row[0] if row else (0, 0)


class ByteCode:
    """A Huffman code for bytes such as those of a sample."""

    def __init__(self, sample: bytes) -> None:
        counts = Counter(sample)
        # Bytes that the sample has not may come as well, and every block ends.
        lengths = _lengths({s: counts[s] + 1 for s in range(END_OF_BLOCK + 1)}, LONGEST)
        words = _words(lengths)
        self._words = [words[symbol] for symbol in range(END_OF_BLOCK)]
        self._head = _bits(self._block_head([lengths[s] for s in range(END_OF_BLOCK + 1)]))
        self._end = _bits(words[END_OF_BLOCK])

    @staticmethod
    def _block_head(lengths: Sequence[int]) -> str:
        """The head of a last block with dynamic codes (3.2.3 and 3.2.7)."""
        told = (*lengths, *DISTANCES)
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

    def coded(self, piece: bytes) -> Bits:
        """A piece, to be put into any block of this code."""
        return _bits("".join(map(self._words.__getitem__, piece)))

    def last_block(self, pieces: Iterable[Bits]) -> bytes:
        """The block that ends a deflate stream, filled up to a whole byte."""
        value, count = joined([self._head, *pieces, self._end])
        return value.to_bytes((count + 7) // 8, "little")
