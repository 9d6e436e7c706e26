"""A proof of the log is believed only if all of it fits together under a signed checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from signing import merkle, signed_note
from signing.merkle import Frontier
from signing.signed_note import Checkpoint, NoteKey
from verify import log_proof
from verify.log_proof import BrokenProof, LogProof

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
KEY = NoteKey("sealpress.example/log", PRIVATE.public_key().public_bytes_raw())
LEAVES = [json.dumps({"certificate": str(n)}) for n in range(5)]


def proven(index: int = 2) -> LogProof:
    tree, kept = Frontier(), {}
    for number, leaf in enumerate(LEAVES):
        tree, completed = tree.append(merkle.leaf_hash(leaf.encode()))
        for level, found in enumerate(completed):
            kept[merkle.Subtree(level, number >> level)] = found
    checkpoint = Checkpoint(KEY.name, tree.size, tree.root)
    note = signed_note.sign(checkpoint.text(), KEY, PRIVATE.sign)
    hashes = merkle.hashes_of(merkle.inclusion_path(index, tree.size), kept.__getitem__)
    return LogProof(KEY.name, LEAVES[index], index, tree.size, tuple(hashes), note)


@pytest.mark.parametrize("index", range(5))
def test_what_was_proven_is_told(index: int) -> None:
    proof = proven(index)
    assert log_proof.verified(proof, [KEY]) == {"certificate": str(index)}
    assert log_proof.read(proof.as_json()) == proof
    assert log_proof.read({"verdict": "valid", "log": proof.as_json()}) == proof


@pytest.mark.parametrize(
    "changes",
    [
        {"leaf": LEAVES[3]},
        {"leaf": '{"certificate":"2"}'},
        {"leaf": "\ud800"},
        {"index": 3},
        {"tree_size": 6},
        {"origin": "other.example/log"},
        {"proof": ()},
        {"proof": (b"", b"", b"")},
        {"checkpoint": proven().checkpoint.replace("\n5\n", "\n4\n")},
        {"checkpoint": ""},
    ],
)
def test_what_does_not_fit_proves_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(BrokenProof):
        log_proof.verified(replace(proven(), **changes), [KEY])


def test_another_signer_is_not_believed() -> None:
    for keys in ([], [NoteKey(KEY.name, b"\1" * 32)], [NoteKey("x", KEY.public)]):
        with pytest.raises(BrokenProof, match="no key that is believed"):
            log_proof.verified(proven(), keys)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one), max_leaves=4))
def test_rubbish_is_no_proof(value: object) -> None:
    with pytest.raises(BrokenProof):
        log_proof.read(value)
    for name in proven().as_json():
        with pytest.raises(BrokenProof):
            log_proof.verified(log_proof.read({**proven().as_json(), name: value}), [KEY])


@pytest.mark.parametrize("name", ["origin", "leaf", "index", "tree_size", "proof", "checkpoint"])
def test_a_member_that_is_missing_is_named(name: str) -> None:
    told = proven().as_json()
    del told[name]
    with pytest.raises(BrokenProof, match=name):
        log_proof.read({"log": told})
    with pytest.raises(BrokenProof, match="too long"):
        log_proof.read(proven().as_json() | {"leaf": "x" * 5000})
