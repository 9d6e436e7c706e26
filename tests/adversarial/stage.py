"""Where a forgery is tried: a register that knows one genuine pair, pinned roots, a status list.

Every case says what a forger does, which verdict he must get, and which check has to notice. The
file is judged as the public side would, with the register, and again as a device without a network
would; offline it must not be `valid` either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import genuine
from genuine_entry import entry

from signing import key_folder, status_list
from signing.trust import TrustAnchors
from verify import decide
from verify.check import CheckState
from verify.register import Entry, Pair
from verify.verdict import Verdict, Word

BASE_URL = "https://sealpress.example"


@dataclass(frozen=True)
class Forgery:
    """One case: `make` gives the file or the code, `check` is the one that has to fail.

    `state` is what it has to be where nobody can say that it fails. `anchors` are what it is
    judged by where the forger's tale needs a root of its own. `seen_offline` is False where only
    the register can know.
    """

    kind: str
    name: str
    make: Callable[[], bytes | str]
    check: str
    word: Word = Word.ALTERED
    anchors: Callable[[], TrustAnchors] = lambda: genuine.house().anchors
    state: CheckState = CheckState.FAILED
    seen_offline: bool = True

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class OnePair:
    """A register that knows the genuine pair only."""

    def by_license_id(self, license_id: str) -> Entry | None:
        return entry() if license_id == entry().license_id else None

    def by_number(self, normal_number: str) -> list[Entry]:
        return [entry()]

    def pairs(self, normal_number: str) -> list[Pair]:
        one = entry()
        return [Pair(one.license_id, one.number, one.face[one.second_field])]

    def by_document(self, sha256: str) -> Entry | None:
        return entry() if sha256 in {entry().pdf_sha256, entry().ofd_sha256} else None

    def by_platform_code(self, content: str) -> Entry | None:
        return None


def online(made: bytes | str, anchors: TrustAnchors) -> Verdict:
    """What the public side answers to a file or a code."""
    return _judged(made, anchors, register=OnePair(), status_list=None)


def offline(made: bytes | str, anchors: TrustAnchors) -> Verdict:
    """What a device without a network answers, with an hour-old list on which all is valid."""
    return _judged(made, anchors, register=None, status_list=nothing_cancelled())


def _judged(made: bytes | str, anchors: TrustAnchors, **facts) -> Verdict:
    facts |= {"anchors": anchors, "at": genuine.NOW, "now": genuine.NOW}
    if isinstance(made, str):
        return decide.code(made, base_url=BASE_URL, **facts)
    return decide.file(made, **facts)


@cache
def nothing_cancelled() -> status_list.StatusList:
    key = key_folder.list_key(genuine.house().folder)
    token = status_list.encode(
        (),
        1024,
        uri=f"{BASE_URL}/trust/status-list.jwt",
        sequence=1,
        issued_at=genuine.NOW - timedelta(hours=1),
        key=key,
        kid="list",
    )
    return status_list.decode(token, {"list": key.public_key})


def failed(verdict: Verdict) -> list[str]:
    """The checks that failed, in their order."""
    return [check.id for check in verdict.checks if check.state is CheckState.FAILED]
