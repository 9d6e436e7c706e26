"""Examinations of files that were issued, kept for a moment: the same file is often asked again.

An examination is a pure function of the file's bytes, the anchors, the moment, and when the
register recorded the file. So one is given again for the same digest, with the same anchors and
record, up to `EXAMINATION_KEPT_SECONDS` later. Only files that the register has to the byte are
kept: nobody else can fill the memory, or learn from the time of an answer what others asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from verify import limits, proof
from verify.check import Examination

if TYPE_CHECKING:
    from signing.trust import TrustAnchors

_KEPT_FOR: Final = timedelta(seconds=limits.EXAMINATION_KEPT_SECONDS)


@dataclass(frozen=True)
class _Kept:
    """An examination with what it was made with."""

    examination: Examination
    anchors: TrustAnchors
    now: datetime

    def holds(self, anchors: TrustAnchors, now: datetime) -> bool:
        """Whether it would be the same now; anchors are one object until they change."""
        return self.anchors is anchors and timedelta() <= now - self.now <= _KEPT_FOR


_lock: Final = threading.Lock()
_kept: Final[OrderedDict[tuple[str, datetime | None], _Kept]] = OrderedDict()


def examined(
    data: bytes, sha256: str, anchors: TrustAnchors, now: datetime, recorded_at: datetime | None
) -> Examination:
    """What `verify.proof.examined` says of a file with that digest, which was issued."""
    key = sha256, recorded_at
    with _lock:
        kept = _kept.get(key)
    if kept is not None and kept.holds(anchors, now):
        return kept.examination
    examination = proof.examined(data, anchors, now, recorded_at, True)
    with _lock:
        _kept[key] = _Kept(examination, anchors, now)
        _kept.move_to_end(key)
        while len(_kept) > limits.EXAMINATIONS_KEPT:
            _kept.popitem(last=False)
    return examination


def forget() -> None:
    """Forget what was kept."""
    with _lock:
        _kept.clear()
