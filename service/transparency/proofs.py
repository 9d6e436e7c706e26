"""What everybody may ask of the log: the newest checkpoint, and proofs under it. Nothing is signed.

Made for the public side, which reads the log's tables only.
"""

from __future__ import annotations

from service.database import Database
from service.transparency import checkpoints, store
from signing import merkle, signed_note
from verify.log_proof import LogProof


class SqlLog:
    """The log in a database, for reading (`verify.log_proof.Log`)."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def checkpoint(self) -> str | None:
        """The newest signed checkpoint; None while there is none."""
        with self.database.read() as connection:
            return checkpoints.newest(connection)

    def consistency(self, first: int, second: int) -> list[bytes] | None:
        """The proof from one size to another; None unless both are published sizes or below."""
        with self.database.read() as connection:
            note = checkpoints.newest(connection)
            size = signed_note.unverified(note).size if note else 0
            if not 0 < first <= second <= size:
                return None
            return store.hashes(connection, merkle.consistency_path(first, second))

    def proof(self, license_id: str) -> LogProof | None:
        """That the newest leaf on a certificate's status is in the newest checkpoint's tree.

        None while no checkpoint has such a leaf: for the first second, and where none are signed.
        """
        with self.database.read() as connection:
            note = checkpoints.newest(connection)
            if note is None:
                return None
            checkpoint = signed_note.unverified(note)
            found = store.standing_leaf(connection, license_id, checkpoint.size)
            if found is None:
                return None
            position, leaf = found
            path = merkle.inclusion_path(position, checkpoint.size)
            hashes = tuple(store.hashes(connection, path))
        return LogProof(checkpoint.origin, leaf, position, checkpoint.size, hashes, note)
