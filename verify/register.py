"""What verifying needs to know of the register: an interface, implemented by `service`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class StatusChange:
    """One entry of a certificate's history; both times are aware.

    `effective_from` is the moment from which the state holds, `known_since` the moment at which
    it was recorded: a cancelling can be entered today with effect from last week.
    """

    state: Literal["valid", "cancelled"]
    effective_from: datetime
    known_since: datetime
    reason: str


@dataclass(frozen=True)
class Entry:
    """A certificate as the register knows it.

    `face` holds the raw values as they were posted (dates in ISO form); `dataset` the canonical
    JSON that both files carry; digests are lower-case SHA-256 hex; `history` is oldest first and
    empty while issuing has not succeeded. `labels` maps face keys to their printed labels;
    `second_field` is the face field that is asked for beside the number.

    `recorded_at` (aware) is when the register recorded both files' digests and the code, never
    earlier than they existed: it proves how old they are. `code` is what was put into the QR code.
    Both are None where the register does not know.

    `platform` says who assigned the code that is printed first: `none` (we did) or `national`,
    whose code is then `platform_code`. `replaced_by` is the identifier of the certificate that
    took this one's place.
    """

    license_id: str
    number: str
    version: int
    type: str
    layout_version: str
    title: str
    authority_name: str
    authority_code: str
    holder_name: str
    issued_on: str
    face: Mapping[str, str]
    labels: Mapping[str, str]
    dataset: bytes
    pdf_sha256: str
    ofd_sha256: str
    status_index: int
    history: tuple[StatusChange, ...]
    development: bool
    second_field: str = "factory_number"
    recorded_at: datetime | None = None
    code: str | None = None
    platform: str = "none"
    platform_code: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True)
class Pair:
    """What a look-up by number is decided by: the number, and the value asked for beside it."""

    license_id: str
    number: str
    second: str


class Register(Protocol):
    """Look-ups of certificates whose issuing succeeded; none of them writes."""

    def by_license_id(self, license_id: str) -> Entry | None:
        """The certificate with that identifier (电子证照标识)."""

    def by_number(self, normal_number: str) -> Sequence[Entry]:
        """Every certificate that ever had that number in normal form, newest first."""

    def pairs(self, normal_number: str) -> Sequence[Pair]:
        """What each certificate with that number must be asked with, issued or not, newest first.

        It asks as much of the register whether there are any or not.
        """

    def by_document(self, sha256: str) -> Entry | None:
        """The certificate whose PDF or OFD has exactly these bytes (lower-case hex)."""

    def by_platform_code(self, content: str) -> Entry | None:
        """The certificate whose national platform's QR code says exactly that."""
