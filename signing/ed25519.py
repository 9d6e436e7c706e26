"""Ed25519 keys (RFC 8032) as the log uses them: for its checkpoints, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, eq=False)
class Ed25519Key:
    """A private key behind its URI. Nothing secret is in its `repr`."""

    uri: str
    public_key: Ed25519PublicKey = field(repr=False)
    sign: Callable[[bytes], bytes] = field(repr=False)
    """A message to its signature, 64 bytes."""
