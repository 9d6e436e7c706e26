"""What the life of a key means for what it signed: expiry, revocation, and proof of time.

Whoever steals a key signs with it and writes any time into the document. So the time that a
signature states of itself counts only while nothing hangs on it: while the certificate neither has
expired nor is revoked. From then on a signature must be *proven* to be older, by somebody else: by
a time stamp (RFC 3161) of a pinned authority, or by the register's own moment for exactly these
bytes. This is what ETSI EN 319 102-1 clause 5.6.2 calls past signature validation.

| the key, now | no proof | proven before the end | proven only after it |
|---|---|---|---|
| within its period, not revoked | passed | passed | passed |
| expired | not checked | passed | not checked |
| revoked since R | failed | passed if proven before R | failed |

Everything here is a pure function of moments (all aware): no files, no clock, no cryptography. The
same rules hold for both chains, PDF and OFD, and for the certificates of time stamp authorities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from verify.check import CheckState
from verify.fault import said
from verify.limits import CLOCK_SKEW_SECONDS
from verify.times import chinese, shown

SKEW: Final = timedelta(seconds=CLOCK_SKEW_SECONDS)


@dataclass(frozen=True)
class Finding:
    """What a rule says: the state of a check and its reason in two languages."""

    state: CheckState
    chinese: str
    english: str

    @property
    def reason(self) -> str:
        """The reason as a check carries it."""
        return said(self.chinese, self.english)


_passed = partial(Finding, CheckState.PASSED)
_failed = partial(Finding, CheckState.FAILED)
_untold = partial(Finding, CheckState.NOT_CHECKED)


@dataclass(frozen=True)
class Period:
    """From when to when a certificate, or a whole chain of them, may be used; both included."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in the period."""
        return self.begins <= moment <= self.ends


def common(periods: Iterable[Period]) -> Period:
    """The period in which all of several hold: a chain is good while each link is.

    Where they have no moment in common it ends before it begins, and then holds none.
    """
    found = tuple(periods)
    return Period(max(one.begins for one in found), min(one.ends for one in found))


def earliest(proofs: Iterable[datetime | None], at: datetime) -> datetime | None:
    """The earliest of several proofs of time; None without one.

    A proof from the future, beyond what clocks differ, proves nothing and is passed over.
    """
    return min((one for one in proofs if one is not None and one <= at + SKEW), default=None)


def judge_time(signed_at: datetime, proven_at: datetime | None, at: datetime) -> Finding:
    """Whether the stated time of signing can be true, judged at `at`.

    It cannot where it lies in the future, or after a moment at which the signature is proven to
    have been there already.
    """
    if signed_at > at + SKEW:
        return _failed("签名时间晚于现在", "the signing time is in the future")
    if proven_at is not None and signed_at > proven_at + SKEW:
        return _failed(
            f"所称签名时间晚于已证明的时间{chinese(proven_at)}",
            f"it claims to be signed after it is proven to have been there, {shown(proven_at)}",
        )
    return _passed("签名时间可能属实", "the signing time may be true")


def judge_period(
    period: Period, signed_at: datetime, proven_at: datetime | None, at: datetime
) -> Finding:
    """Whether a certificate (or chain) was within its period when it signed, judged at `at`.

    `signed_at` is what the signature says of itself; `proven_at` the earliest moment at which it
    is proven to have existed.
    """
    impossible = judge_time(signed_at, proven_at, at)
    if impossible.state is not CheckState.PASSED:
        return impossible
    if not period.holds(signed_at):
        return _failed("签名时证书不在有效期内", "signed outside the certificate's period")
    if at <= period.ends:
        return _passed("证书在有效期内", "the certificate is within its period")
    ended = (
        f"证书已于{chinese(period.ends)}到期",
        f"the certificate expired on {shown(period.ends)}",
    )
    proof = earliest((proven_at,), at)
    if proof is None or not period.holds(proof):
        return _untold(
            f"{ended[0]}，没有可信的时间证明签名早于此",
            f"{ended[1]}, and nothing proves the signature older",
        )
    return _passed(
        f"{ended[0]}，但签名已证明不晚于{chinese(proof)}",
        f"{ended[1]}, but the signature is proven to be no younger than {shown(proof)}",
    )


def judge_revocation(
    revoked_since: datetime | None, proven_at: datetime | None, at: datetime
) -> Finding:
    """Whether a certificate's revocation, known at `at`, touches a signature.

    `revoked_since` is the moment from which the key must be held to be in wrong hands: the earlier
    of revocation date and invalidity date. A revocation dated after `at` is not in force yet.
    """
    if revoked_since is None or revoked_since > at:
        return _passed("证书未被吊销", "not revoked")
    revoked = (
        f"证书已于{chinese(revoked_since)}被吊销",
        f"revoked since {shown(revoked_since)}",
    )
    proof = earliest((proven_at,), at)
    if proof is None:
        return _failed(*revoked)
    if proof >= revoked_since:
        return _failed(
            f"{revoked[0]}，而签名只证明到{chinese(proof)}",
            f"{revoked[1]}, and the signature is proven only from {shown(proof)} on",
        )
    return _passed(
        f"{revoked[0]}，但签名已证明不晚于{chinese(proof)}，早于吊销",
        f"{revoked[1]}, but the signature is proven to be older: {shown(proof)}",
    )


def judge_code_key(
    revoked_since: datetime | None, recorded_at: datetime | None, *, asked: bool, at: datetime
) -> Finding:
    """Whether a rightly signed code counts, whose key may be revoked.

    `recorded_at` is when the register recorded this very code, None if it has no such code;
    `asked` whether the register could be asked at all. A code carries no time stamp, so nothing
    but the register can prove its age.
    """
    if revoked_since is None or revoked_since > at:
        return _passed("二维码签名有效", "the code's signature is valid")
    revoked = (
        f"二维码的签名密钥已于{chinese(revoked_since)}作废",
        f"the key that signed the code is revoked since {shown(revoked_since)}",
    )
    if not asked:
        return _untold(f"{revoked[0]}，请联网核验", f"{revoked[1]}: ask online")
    if recorded_at is None or recorded_at >= revoked_since:
        return _failed(
            f"{revoked[0]}，登记库中没有此前的这一二维码",
            f"{revoked[1]}, and the register has no such code from before",
        )
    return _passed(
        f"{revoked[0]}，但登记库此前（{chinese(recorded_at)}）已有这一二维码",
        f"{revoked[1]}, but the register has had this code since {shown(recorded_at)}",
    )
