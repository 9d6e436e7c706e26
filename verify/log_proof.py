"""That the log has a certificate: a leaf, its place, and the way up to a signed checkpoint. No I/O.

What a proof shows: whoever runs the log has committed himself, under his signature, to having
recorded exactly this of the certificate; and cannot take it back without a monitor noticing. It
does not show that nothing was recorded later: the status is told by the register or by a list.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from signing import merkle, signed_note
from signing.signed_note import MalformedNote, NoteKey

MAX_LEAF_CHARACTERS: Final = 4_096
"""Longest leaf read: ours have below 700."""


class BrokenProof(Exception):
    """A proof of the log is none, or does not prove what it says."""


class Log(Protocol):
    """What the public routes ask of the log; nothing of it writes or signs."""

    def checkpoint(self) -> str | None:
        """The newest signed checkpoint (C2SP `tlog-checkpoint`); None while there is none."""

    def consistency(self, first: int, second: int) -> list[bytes] | None:
        """The proof that one size goes on from another; None where there is no such proof."""

    def proof(self, license_id: str) -> LogProof | None:
        """The proof for a certificate's newest status; None while no checkpoint has it."""


@dataclass(frozen=True)
class LogProof:
    """A leaf (canonical JSON) with its index, and the hashes up to the root of a checkpoint."""

    origin: str
    leaf: str
    index: int
    tree_size: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def as_json(self) -> dict[str, Any]:
        """The proof as verdicts carry it; hashes in base64."""
        return {
            "origin": self.origin,
            "leaf": self.leaf,
            "index": self.index,
            "tree_size": self.tree_size,
            "proof": [base64.b64encode(one).decode("ascii") for one in self.proof],
            "checkpoint": self.checkpoint,
        }


def read(value: object) -> LogProof:
    """A proof out of JSON: itself, or a verdict that has it as `log`; raises BrokenProof."""
    if isinstance(value, Mapping) and "log" in value:
        value = value["log"]
    if not isinstance(value, Mapping):
        raise BrokenProof("there is no proof in it")
    try:
        found = LogProof(
            origin=_text(value["origin"]),
            leaf=_text(value["leaf"]),
            index=_number(value["index"]),
            tree_size=_number(value["tree_size"]),
            proof=_hashes(value["proof"]),
            checkpoint=_text(value["checkpoint"]),
        )
    except KeyError as error:
        raise BrokenProof(f"{error.args[0]} is missing") from None
    if len(found.leaf) > MAX_LEAF_CHARACTERS:
        raise BrokenProof("the leaf is too long")
    return found


def verified(proof: LogProof, keys: Iterable[NoteKey]) -> Mapping[str, Any]:
    """What the proven leaf says; `keys` are those whose checkpoints are believed.

    Raises:
        BrokenProof: the checkpoint is not signed by one of them, or the way does not lead there.
    """
    try:
        opened = signed_note.opened(proof.checkpoint, keys)
        if opened is None:
            raise BrokenProof("the checkpoint is signed by no key that is believed")
        checkpoint = signed_note.checkpoint(opened[0])
    except MalformedNote as error:
        raise BrokenProof(str(error)) from error
    if (checkpoint.origin, checkpoint.size) != (proof.origin, proof.tree_size):
        raise BrokenProof("the checkpoint is of another log or another size")
    leaf = merkle.leaf_hash(proof.leaf.encode("utf-8", "replace"))
    root = merkle.root_of_inclusion(leaf, proof.index, proof.tree_size, proof.proof)
    if root != checkpoint.root:
        raise BrokenProof("the leaf is not in the tree of the checkpoint")
    try:
        said = json.loads(proof.leaf)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise BrokenProof("the leaf says nothing that is understood")
    return said


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BrokenProof("a member is no text")
    return value


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise BrokenProof("an index or a size is no number")
    return value


def _hashes(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > merkle.MAX_PROOF_HASHES:
        raise BrokenProof("the proof is no list of hashes")
    try:
        return tuple(base64.b64decode(_text(one), validate=True) for one in value)
    except ValueError:
        raise BrokenProof("a hash of the proof is no base64") from None
