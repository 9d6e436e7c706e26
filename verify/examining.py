"""The frame of every examination: each check is answered, and nothing is ever raised."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from verify.check import CheckState, Examination
from verify.checklist import CheckList

if TYPE_CHECKING:
    from signing.trust import TrustAnchors

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """A kind of file: the table of its checks, and the two that the frame speaks of.

    `structure` is the check that fails where an examination ends unexpectedly, `certificate` the
    one that, passed, makes a file ours even without a data set.
    """

    name: Literal["pdf", "ofd"]
    checks: Mapping[str, str]
    structure: str
    certificate: str


@dataclass(frozen=True)
class Asked:
    """What an examination was asked with.

    `anchors` are what is trusted, `at` is the aware moment as of which it judges, `recorded_at`
    when the register recorded exactly this file, if it is known to have done so.
    """

    data: bytes
    anchors: TrustAnchors
    at: datetime
    recorded_at: datetime | None


@dataclass
class Found:
    """What an examination has found so far besides its checks.

    `claims` says that the file bears an attachment of the data set's name, sound or not: it wants
    to be taken for one of ours.
    """

    readable: bool = False
    claims: bool = False
    dataset: bytes | None = None
    signer: str | None = None
    signed_at: datetime | None = None
    opened: object = None


def examined(kind: Kind, look: Callable[[CheckList, Found], None]) -> Examination:
    """The examination that `look` makes by filling in checks and findings; never raises."""
    checks, found = CheckList(kind.checks), Found()
    try:
        look(checks, found)
    except (MemoryError, RecursionError) as error:
        # Not what is wrong with the file, but that it cannot be looked at within the limits.
        found = Found()
        what = "memory" if isinstance(error, MemoryError) else "depth"
        checks.failed(
            kind.structure,
            "检查此文件所需内存或层数超过限度",
            f"examining it takes more {what} than is allowed",
        )
    except Exception as error:
        _log.debug("examining a file of the kind %s", kind.name, exc_info=True)
        checks.failed(
            kind.structure,
            "检查时发生意外错误",
            f"the examination met an unexpected {type(error).__name__}",
        )
    trusted = checks.state(kind.certificate) is CheckState.PASSED
    return Examination(
        kind=kind.name,
        readable=found.readable,
        ours=found.claims or trusted,
        checks=checks.result(),
        dataset=found.dataset,
        signer=found.signer,
        signed_at=found.signed_at,
        opened=found.opened,
    )
