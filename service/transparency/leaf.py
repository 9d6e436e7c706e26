"""A leaf of the log: what happened to one certificate, and a seal over the rows as they are since.

A leaf is canonical JSON and says in the open what happened, when, to which certificate, and where
its status changed, for which files and which data set. All rows that were added or changed with it
(the request with its persons among them) it only binds: `rows` is the digest of the *binding*, the
list of those rows' digests with a random salt. The binding stays here; so whoever sees a leaf
cannot guess at a row.

    {"at": "...", "certificate": "1.2.156...", "events": ["issued"], "rows": "5d1f...",
     "standing": {"state": "valid", ...}, "v": 1}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zlib import crc32

VERSION: Final = 1

SALT_BYTES: Final = 16
"""So much chance that nobody tries out what an identity number might be."""

CHANGING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "certificates": (
            "license_id",
            "type",
            "layout_version",
            "number",
            "number_normal",
            "version",
            "claim",
            "authority_code",
            "issued_on",
            "request",
            "request_sha256",
            "dataset",
            "code",
            "status_index",
            "development",
            "created_at",
            "platform",
            "platform_code",
            "platform_code_id",
            "platform_ecert_id",
            "replaces_id",
            "factory_number",
            "filing_number",
        ),
        "records": (
            "certificate_id",
            "kind",
            "step",
            "certificate_status",
            "process_status",
            "reason",
            "applied_at",
            "effective_from",
            "finished_at",
            "effective_asked",
            "abandoned_at",
        ),
    }
)
"""The tables whose rows may change, each time with a leaf, and what of them is bound."""

APPEND_ONLY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "steps": (
            "record_id",
            "step",
            "attempt",
            "started_at",
            "finished_at",
            "outcome",
            "request",
            "answer",
            "words",
            "advice",
        ),
        "corrections": ("record_id", "at", "request", "request_sha256"),
        "documents": ("certificate_id", "kind", "sha256", "size", "created_at"),
        "events": ("at", "kind", "certificate_id", "record_id", "detail"),
    }
)
"""The tables whose rows never change, and what of them is bound, once."""

COLUMNS: Final = MappingProxyType({**CHANGING, **APPEND_ONLY})
"""What of each table is bound. A column that is added later is put at the end, and only if it is
NULL in the rows that are there already: what is NULL has no part in a digest."""

UNBOUND: Final[Mapping[str, str]] = MappingProxyType(
    {
        "records.began": "a note that a step is under way; what becomes of it is bound",
        "records.authority_code": "a copy out of the data set, for lists",
        "records.division": "a copy out of the data set, for lists",
        "steps.id": "the row is known by what it holds, and by whom it belongs to",
        "corrections.id": "likewise",
        "documents.id": "likewise",
        "events.id": "likewise",
    }
)
"""The columns that are not bound, and why."""


class Bound(NamedTuple):
    """A row that a leaf binds: its table, its id where rows may change, and what it holds.

    `digest` (SHA-256, hex) is what counts. `marks` has eight characters for each column of
    COLUMNS, by which one that was altered can be named; they are no proof of anything.
    """

    table: str
    id: int | None
    digest: str
    marks: str

    def differing(self, other: Bound) -> tuple[str, ...]:
        """The columns in which another row of the same table differs."""
        return tuple(
            name
            for number, name in enumerate(COLUMNS[self.table])
            if _mark(self.marks, number) != _mark(other.marks, number)
        )


def bound(table: str, row: Mapping[str, Any]) -> Bound:
    """A row as a leaf binds it; what `row` lacks counts as NULL."""
    held, marks = {}, []
    for name in COLUMNS[table]:
        value = row.get(name)
        if value is None:
            marks.append(_NULL)
        else:
            text = _written(value)
            held[name] = f'"{name}":{text}'
            marks.append(f"{crc32(text.encode()):08x}")
    listed = ",".join(held[name] for name in sorted(held))
    row_id = row["id"] if table in CHANGING else None
    return Bound(table, row_id, sha256(f"{{{listed}}}".encode()), "".join(marks))


def binding(certificate_id: int, rows: Iterable[Bound], salt: bytes) -> str:
    """What a leaf binds, as it is kept."""
    listed = sorted(([*row] for row in rows), key=lambda row: (row[0], row[1] or 0, row[2]))
    return canonical({"certificate": certificate_id, "rows": listed, "salt": salt.hex()})


def bound_by(binding: str) -> tuple[int, Sequence[Bound]]:
    """The certificate's id and the rows in a binding; raises ValueError where it is none."""
    try:
        found = json.loads(binding)
        return found["certificate"], [Bound(*row) for row in found["rows"]]
    except (KeyError, TypeError) as error:
        raise ValueError("it is no binding of a leaf") from error


def leaf(
    at: datetime,
    license_id: str,
    events: Sequence[str],
    binding: str,
    standing: Mapping[str, str] | None = None,
    *,
    adopted: bool = False,
) -> str:
    """The leaf's text, whose bytes in UTF-8 are hashed.

    `standing` is given where the certificate's status changed; `adopted` says that it happened
    before there was a log, which only vouches for what it found.
    """
    content: dict[str, Any] = {
        "at": moment(at),
        "certificate": license_id,
        "events": list(events),
        "rows": sha256(binding.encode()),
        "v": VERSION,
    }
    if standing is not None:
        content["standing"] = dict(standing)
    if adopted:
        content["adopted"] = True
    return canonical(content)


def standing(record: Mapping[str, Any], dataset: bytes, files: Mapping[str, str]) -> dict[str, str]:
    """What a leaf says of a certificate's status: since when, and for which files and data.

    `record` is the row that changed it; `files` has the SHA-256 of each kind.
    """
    return {
        "state": str(record["certificate_status"]),
        "effective_from": moment(record["effective_from"]),
        "dataset_sha256": sha256(dataset),
        **{f"{kind}_sha256": digest for kind, digest in files.items()},
    }


def canonical(value: Any) -> str:
    """JSON in the one form that is hashed: members sorted, no blanks, characters as they are."""
    return _encode(value)


def moment(at: datetime) -> str:
    """An aware moment in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def sha256(data: bytes) -> str:
    """The SHA-256 of something, in hex."""
    return hashlib.sha256(data).hexdigest()


_encode: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_NULL: Final = "-" * 8


def _mark(marks: str, number: int) -> str:
    """One column's mark; of a column that came later, that of NULL."""
    return marks[8 * number : 8 * number + 8] or _NULL


def _written(value: Any) -> str:
    """A column's value as canonical JSON has it; bytes by their digest."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, datetime):
        return f'"{moment(value)}"'
    if isinstance(value, bytes | memoryview):
        return f'"{sha256(bytes(value))}"'
    return _encode(value)
