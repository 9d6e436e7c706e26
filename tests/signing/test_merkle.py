"""The log's tree against the definition of RFC 6962, and its proofs against trees that differ."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import merkle
from signing.merkle import Frontier, Subtree

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(200)]


def naive(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word, of the leaves' hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive(leaves[:k])]


def naive_proof(first: int, leaves: Sequence[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if first == len(leaves):
        return [] if known else [naive(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if first <= k:
        return [*naive_proof(first, leaves[:k], known), naive(leaves[k:])]
    return [*naive_proof(first - k, leaves[k:], False), naive(leaves[:k])]


def node(subtree: Subtree) -> bytes:
    start = subtree.number << subtree.level
    return naive(LEAVES[start : start + (1 << subtree.level)])


def grown(size: int) -> Frontier:
    tree = Frontier()
    for leaf in LEAVES[:size]:
        tree, _ = tree.append(leaf)
    return tree


sizes = st.integers(1, len(LEAVES))


@given(st.integers(0, len(LEAVES)))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert grown(size).root == naive(LEAVES[:size])
    assert Frontier.split(size, grown(size).joined()) == grown(size)


@given(sizes)
def test_each_leaf_gives_the_subtrees_that_it_completes(size: int) -> None:
    _, completed = grown(size - 1).append(LEAVES[size - 1])
    for level, found in enumerate(completed):
        subtree = Subtree(level, (size - 1) >> level)
        assert subtree.completed_by == size - 1
        assert found == node(subtree)


@given(sizes, st.data())
def test_inclusion_is_proven_as_defined_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.hashes_of(merkle.inclusion_path(index, size), node)
    assert proof == naive_path(index, LEAVES[:size])
    root = naive(LEAVES[:size])
    assert merkle.root_of_inclusion(LEAVES[index], index, size, proof) == root
    other = data.draw(st.integers(0, size + 3).filter(lambda one: one != index))
    assert merkle.root_of_inclusion(LEAVES[index], other, size, proof) != root
    assert merkle.root_of_inclusion(LEAVES[index - 1], index, size, proof) != root or size == 1
    assert merkle.root_of_inclusion(LEAVES[index], index, size, [*proof, root]) is None
    if proof:
        assert merkle.root_of_inclusion(LEAVES[index], index, size, proof[:-1]) != root


@given(sizes, st.data())
def test_consistency_is_proven_as_defined_and_nothing_else_is(
    second: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, second))
    proof = merkle.hashes_of(merkle.consistency_path(first, second), node)
    assert proof == naive_proof(first, LEAVES[:second])
    old, new = naive(LEAVES[:first]), naive(LEAVES[:second])
    assert merkle.is_consistent(first, old, second, new, proof)
    wrong = merkle.leaf_hash(b"another")
    assert not merkle.is_consistent(first, wrong, second, new, proof)
    assert not merkle.is_consistent(first, old, second, wrong, proof)
    assert not merkle.is_consistent(first, old, second, new, [*proof, wrong])
    if first < second:
        assert not merkle.is_consistent(first, old, second, new, proof[:-1])
        assert not merkle.is_consistent(second, new, first, old, proof)


def test_every_tree_goes_on_from_the_empty_one() -> None:
    assert merkle.is_consistent(0, merkle.EMPTY_ROOT, 5, grown(5).root, [])
    assert not merkle.is_consistent(0, grown(5).root, 5, grown(5).root, [])


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(-2, 300), st.integers(-2, 300))
def test_rubbish_proves_nothing(proof: list[bytes], one: int, other: int) -> None:
    root = merkle.leaf_hash(b"root")
    assert merkle.root_of_inclusion(LEAVES[0], one, other, proof) != root
    if one != other:
        assert not merkle.is_consistent(one, LEAVES[0], other, root, proof)


def test_what_is_asked_must_be_in_the_tree() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_path(index, size)
    for first, second in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="no proof"):
            merkle.consistency_path(first, second)
    with pytest.raises(ValueError, match="no tree"):
        Frontier(2, (LEAVES[0], LEAVES[1]))
