"""The tree of an append-only log (RFC 6962 section 2.1), its proofs, and what checks them. No I/O.

A tree of n leaves is made of perfect subtrees, one for each bit of n. A subtree is named by its
level (0: a leaf) and its number on that level, counted from the left; once it is whole it never
changes. Whoever keeps the subtrees that each leaf completes (`Frontier.append` gives them) can
make every proof with as many look-ups as the tree is high.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
"""SHA-256."""

EMPTY_ROOT: Final = hashlib.sha256().digest()
"""The root of a tree without leaves."""

MAX_PROOF_HASHES: Final = 128
"""Most hashes of a proof that are looked at: two for each level of a tree of 2^63 leaves."""


class Subtree(NamedTuple):
    """A perfect subtree: its level, and its number on that level from the left."""

    level: int
    number: int

    @property
    def completed_by(self) -> int:
        """The index of its last leaf: with that one it is whole."""
        return ((self.number + 1) << self.level) - 1


class Range(NamedTuple):
    """The leaves from `start` up to, not with, `end`."""

    start: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of what stands above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """A tree as far as it must be known to add a leaf: its perfect subtrees, the largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError where the hashes are not those of a tree of that size."""
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"{len(self.hashes)} subtrees are no tree of {self.size} leaves")
        if any(len(one) != HASH_BYTES for one in self.hashes):
            raise ValueError(f"a hash is not {HASH_BYTES} bytes long")

    @property
    def root(self) -> bytes:
        """The tree's root."""
        return _folded(self.hashes)

    def append(self, leaf: bytes) -> tuple[Frontier, tuple[bytes, ...]]:
        """The tree with one more leaf, given by its hash, and the subtrees that are whole with it.

        The first of these is the leaf itself; each is the right half of the next.
        """
        completed, hashes = [leaf], list(self.hashes)
        while self.size >> (len(completed) - 1) & 1:
            completed.append(node_hash(hashes.pop(), completed[-1]))
        return Frontier(self.size + 1, (*hashes, completed[-1])), tuple(completed)

    def joined(self) -> bytes:
        """The hashes one behind the other, as they are kept."""
        return b"".join(self.hashes)

    @classmethod
    def split(cls, size: int, joined: bytes) -> Frontier:
        """What `joined` gave; raises ValueError where it is no tree of that size."""
        steps = range(0, len(joined), HASH_BYTES)
        return cls(size, tuple(joined[at : at + HASH_BYTES] for at in steps))


def inclusion_path(index: int, size: int) -> list[Range]:
    """What the proof of a leaf in a tree of that size consists of, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency_path(first: int, second: int) -> list[Range]:
    """What the proof consists of that the tree of `second` leaves goes on from that of `first`."""
    if not 0 < first <= second:
        raise ValueError(f"no proof leads from {first} leaves to {second}")
    path, start, end, known = [], 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start, known = middle, False
    if not known:
        path.append(Range(start, end))
    return path[::-1]


def subtrees(leaves: Range) -> Iterator[Subtree]:
    """The perfect subtrees of which a part of a proof is made, from the left."""
    start, length = leaves.start, leaves.end - leaves.start
    while length:
        level = length.bit_length() - 1
        yield Subtree(level, start >> level)
        start, length = start + (1 << level), length - (1 << level)


def hashes_of(path: Sequence[Range], of: Callable[[Subtree], bytes]) -> list[bytes]:
    """The hashes of a proof; `of` gives those of perfect subtrees."""
    return [_folded([of(subtree) for subtree in subtrees(part)]) for part in path]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to from a leaf's hash (RFC 9162, 2.1.3.2); None: no such proof.

    Whoever knows the tree's root compares it with this.
    """
    if not 0 <= index < size or not _sound(proof):
        return None
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a proof shows that one tree goes on from another (RFC 9162, 2.1.4.2).

    Every tree goes on from the empty one, which needs no proof.
    """
    if not 0 <= first <= second or not _sound(proof):
        return False
    if first in (0, second):
        expected = EMPTY_ROOT if first == 0 else second_root
        return not proof and first_root == expected
    path = [first_root, *proof] if first.bit_count() == 1 else list(proof)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(length: int) -> int:
    """The largest power of two below a length of at least two."""
    return 1 << ((length - 1).bit_length() - 1)


def _folded(hashes: Sequence[bytes]) -> bytes:
    """The root above perfect subtrees, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    *rest, found = hashes
    for left in reversed(rest):
        found = node_hash(left, found)
    return found


def _sound(proof: Sequence[bytes]) -> bool:
    return len(proof) <= MAX_PROOF_HASHES and all(len(one) == HASH_BYTES for one in proof)
