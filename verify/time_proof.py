"""What a time stamp (RFC 3161) proves: a moment, or nothing.

A stamp is of these very bytes and rightly signed, or the file is altered. Whether it *proves*
anything is another question: its authority may have expired, be revoked, or not be looked up for
want of a revocation list. Then the stamp is merely not made use of, as if it were not there.

The life of an authority's certificate is judged by the same rules as a signer's (`key_life`): an
expired one needs a proof, by a later stamp or by the register, that the stamp is older.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from signing import time_stamp
from signing.errors import InvalidTimeStamp, MalformedTimeStamp
from verify import key_life
from verify.check import CheckState
from verify.fault import Fault, Untold
from verify.key_life import SKEW, Finding, Period
from verify.times import chinese, shown

if TYPE_CHECKING:
    from signing.time_stamp import TimeStamp
    from signing.trust import TrustAnchors
    from verify.revocation import Chain


@dataclass(frozen=True)
class Proof:
    """What became of a sound stamp.

    `proven_at` is the latest moment at which what it covers can have come into being, None where
    the stamp proves nothing; `finding` says either in words.
    """

    proven_at: datetime | None
    finding: Finding


def judge(
    token: bytes,
    covered: Iterable[bytes | memoryview],
    anchors: TrustAnchors,
    proven_at: datetime | None,
    at: datetime,
) -> Proof:
    """What a token (DER) over the covered bytes proves at `at`.

    `proven_at` is when the token itself is proven to have been there, by something later.

    Raises:
        Fault: it is no token, of other bytes, not rightly signed, or from the future.
        Untold: it is by nobody that a pinned root vouches for.
    """
    from signing import time_stamp_trust  # certificates: only where there is a stamp
    from verify import token_frame

    try:
        stamp = time_stamp.parse(token)
        _check_imprint(stamp, covered)
        time_stamp_trust.check_signature(stamp)
    except (InvalidTimeStamp, MalformedTimeStamp) as error:
        raise Fault("时间戳无效", str(error)) from error
    token_frame.check(token, stamp)
    if stamp.moment > at + SKEW:
        raise Fault("时间戳的时间晚于现在", "the time stamp is from the future")
    if not anchors.tsa_roots:
        raise Untold("未配置受信任的时间戳根证书", "no trusted root for time stamps is configured")
    try:
        chain = time_stamp_trust.build(stamp, anchors.tsa_roots, stamp.moment)
    except InvalidTimeStamp as error:
        raise Untold("时间戳机构不受信任", str(error)) from error
    return _weighed(stamp, chain, anchors, proven_at, at)


def _check_imprint(stamp: TimeStamp, covered: Iterable[bytes | memoryview]) -> None:
    digest = hashlib.new(stamp.hash)
    for part in covered:
        digest.update(part)
    if digest.digest() != stamp.imprint:
        raise InvalidTimeStamp("the time stamp is one of something else")


def _weighed(
    stamp: TimeStamp,
    chain: Chain,
    anchors: TrustAnchors,
    proven_at: datetime | None,
    at: datetime,
) -> Proof:
    """The life of the authority's chain, and with it the worth of its word."""
    from verify import revocation

    period = key_life.common(
        Period(one.not_valid_before_utc, one.not_valid_after_utc) for one in chain
    )
    for finding in (
        key_life.judge_period(period, stamp.moment, proven_at, at),
        revocation.judge(chain, anchors.tsa_crls, proven_at, at, stamped_at=stamp.moment),
    ):
        if finding.state is not CheckState.PASSED:
            return Proof(
                None,
                Finding(
                    CheckState.NOT_CHECKED,
                    f"时间戳（{chinese(stamp.moment)}）不能用作证明：{finding.chinese}",
                    f"the time stamp of {shown(stamp.moment)} proves nothing: {finding.english}",
                ),
            )
    # Its clock may be slow by its accuracy: only then it is certain that the bytes were there.
    latest = stamp.moment + stamp.accuracy if stamp.accuracy is not None else stamp.moment
    return Proof(
        latest,
        Finding(
            CheckState.PASSED,
            f"时间戳证明不晚于{chinese(latest)}",
            f"a time stamp proves it to be no younger than {shown(latest)}",
        ),
    )
