"""The SM2 certificates behind a seal: whether they may be believed, for this signature, now.

What their expiry or revocation means for a signature is for `verify.key_life` to say; here are the
chain to a pinned root and the revocation lists that it judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from signing import sm2_certificates, sm2_chain, sm2_crl
from signing.errors import SigningError
from signing.sm2_certificates import Sm2Certificate
from signing.sm2_crl import Sm2Crl
from verify import key_life
from verify.check import CheckState
from verify.fault import Fault, Untold
from verify.key_life import Finding, Period

Chain = tuple[Sm2Certificate, ...]
"""Certificates from the signer up to the pinned root."""


_WORST_FIRST: Final = (CheckState.FAILED, CheckState.NOT_CHECKED, CheckState.PASSED)


@dataclass(frozen=True)
class Moments:
    """When a signature says it was made, when it is proven to have been there, and now (aware)."""

    signed_at: datetime
    proven_at: datetime | None
    at: datetime


def judge_certificate(certificate: bytes, roots: Sequence[bytes], moments: Moments) -> Finding:
    """Whether a certificate that leads to a pinned root was good at signing, and is believed now.

    Raises:
        Fault: a rule of the chain is broken.
        Untold: no root is pinned.
    """
    if not roots:
        raise Untold("未配置受信任的印章根证书", "no trusted root for seals is configured")
    parsed, pinned = _parsed(certificate), [_parsed(root) for root in roots]
    for check in sm2_chain.verify(parsed, (), pinned, (), moments.signed_at):
        if check.id != sm2_chain.REVOCATION and check.state != "passed":
            raise Fault("证书不受信任", f"the certificate is not trusted: {check.reason}")
    chain = sm2_chain.path(parsed, (), pinned)
    period = key_life.common(Period(one.not_before, one.not_after) for one in chain)
    return key_life.judge_period(period, moments.signed_at, moments.proven_at, moments.at)


def judge_revocation(
    certificate: bytes, roots: Sequence[bytes], crls: Sequence[bytes], moments: Moments
) -> Finding:
    """What the current lists say of all certificates on the way to a pinned root, and since when.

    Judged now: the time of signing is the signer's own word, which a stolen key gives as well.

    Raises:
        Untold: there is no such way.
    """
    lists = [one for one in map(_list, crls) if one is not None]
    chain = sm2_chain.path(_parsed(certificate), (), [_parsed(root) for root in roots])
    if not chain:
        raise Untold("无法得知证书是否被吊销", "the chain to a pinned root is not whole")
    findings = [
        _judge_one(below, above, [one for one in lists if sm2_chain.may_speak(one, above)], moments)
        for below, above in pairwise(chain)
    ]
    if not findings:  # a pinned certificate that signs itself has no issuer to revoke it
        return key_life.judge_revocation(None, moments.proven_at, moments.at)
    return min(findings, key=_rank)


def _rank(finding: Finding) -> int:
    return _WORST_FIRST.index(finding.state)


def _judge_one(
    below: Sm2Certificate, above: Sm2Certificate, lists: Sequence[Sm2Crl], moments: Moments
) -> Finding:
    """What the sound lists of its issuer say of one certificate."""
    since = _revoked_since(below, lists)
    finding = key_life.judge_revocation(since, moments.proven_at, moments.at)
    spoken = any(sm2_chain.speaks_of(one, below, moments.at) for one in lists)
    return finding if spoken or finding.state is CheckState.FAILED else _silence(above, lists)


def _revoked_since(certificate: Sm2Certificate, lists: Iterable[Sm2Crl]) -> datetime | None:
    """The earliest moment from which one of the lists calls a certificate's key unsafe."""
    entries = (one.revoked.get(certificate.serial) for one in lists)
    return min((entry.at for entry in entries if entry is not None), default=None)


def _silence(issuer: Sm2Certificate, lists: Sequence[Sm2Crl]) -> Finding:
    """Why an issuer's lists do not speak of a certificate."""
    if not lists:
        reason = f"there is no sound revocation list of {issuer.common_name}"
    else:
        last = max(one.next_update for one in lists)
        reason = f"the revocation list of {issuer.common_name} ends {last:%Y-%m-%d %H:%M:%S%z}"
    return Finding(CheckState.NOT_CHECKED, "无法得知证书是否被吊销", reason)


def _parsed(certificate: bytes) -> Sm2Certificate:
    try:
        return sm2_certificates.parse(certificate)
    except SigningError as error:
        raise Fault("证书无法解析", f"the certificate cannot be read: {error}") from error


@lru_cache(maxsize=32)
def _list(der: bytes) -> Sm2Crl | None:
    """A revocation list; None for one of another kind, such as the PDF chain's."""
    try:
        return sm2_crl.parse_crl(der)
    except SigningError:
        return None
