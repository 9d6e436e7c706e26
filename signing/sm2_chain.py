"""Whether an SM2 certificate may be believed at a given time: its chain, and what revokes it.

The rules are those of RFC 5280 clause 6 that exist in this kind of chain: pinned roots, signatures
up to one of them, periods, basic constraints, key usage, revocation lists. Every rule gives one
`ChainCheck`, always, in the order of `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from signing.errors import SigningError
from signing.sm2_certificates import KeyUsage, Sm2Certificate
from signing.sm2_crl import Sm2Crl

ANCHOR = "anchor"
SIGNATURES = "signatures"
VALIDITY = "validity"
CONSTRAINTS = "basic_constraints"
KEY_USAGE = "key_usage"
REVOCATION = "revocation"

CHECKS = (ANCHOR, SIGNATURES, VALIDITY, CONSTRAINTS, KEY_USAGE, REVOCATION)
"""The ids of all checks that `verify` makes, in its order."""

MAX_PATH = 4
"""Longest chain, certificates: a signer, two authorities and a root are the most in use."""

MAX_CANDIDATES = 16
"""Most signatures tried while a chain is looked for, so that a heap of look-alikes ends soon."""

PATHS_KEPT = 256
"""Chains known without trying signatures anew, those asked for last: a province's signers."""

State = Literal["passed", "failed", "not_checked"]


@dataclass(frozen=True)
class ChainCheck:
    """What one rule said; `state` has the same three words as every check of this project."""

    id: str
    state: State
    reason: str


@dataclass(frozen=True)
class _Path:
    """Certificates from the leaf upwards; `anchored` says that the last one is a pinned root."""

    certificates: tuple[Sm2Certificate, ...]
    anchored: bool
    bad_signature: bool


def verify(
    leaf: Sm2Certificate,
    intermediates: Sequence[Sm2Certificate],
    roots: Sequence[Sm2Certificate],
    crls: Sequence[Sm2Crl],
    at: datetime,
) -> tuple[ChainCheck, ...]:
    """All checks of `leaf` at the aware time `at`; `roots` alone are believed without a proof."""
    path = _find_path(leaf, tuple(intermediates), tuple(roots))
    return (
        _anchor(path),
        _signatures(path),
        _validity(path, at),
        _constraints(path),
        _key_usage(path),
        _revocation(path, crls, at),
    )


def path(
    leaf: Sm2Certificate,
    intermediates: Sequence[Sm2Certificate],
    roots: Sequence[Sm2Certificate],
) -> tuple[Sm2Certificate, ...]:
    """The certificates from `leaf` up to a pinned root; none where there is no such chain."""
    found = _find_path(leaf, tuple(intermediates), tuple(roots))
    return found.certificates if found.anchored else ()


# --- looking for the chain -------------------------------------------------------------------


@lru_cache(maxsize=PATHS_KEPT)
def _find_path(
    leaf: Sm2Certificate,
    intermediates: tuple[Sm2Certificate, ...],
    roots: tuple[Sm2Certificate, ...],
) -> _Path:
    """The first chain to a root; where there is none, the longest that was seen.

    Who signed whom, no more: so it is the same at all times, and the last ones are kept. What the
    chain is worth at a given time, and whether it is revoked, `verify` asks anew.
    """
    best = _Path((leaf,), anchored=any(leaf.der == root.der for root in roots), bad_signature=False)
    waiting, tried, bad = [best.certificates], 0, False
    while waiting and not best.anchored:
        chain = waiting.pop()
        for above, anchored in _above(chain, intermediates, roots):
            tried += 1
            if tried > MAX_CANDIDATES:
                return _Path(best.certificates, anchored=False, bad_signature=bad)
            if not _signed_by(chain[-1], above):
                bad = True
                continue
            longer = (*chain, above)
            if anchored or len(longer) > len(best.certificates):
                best = _Path(longer, anchored, bad_signature=False)
            if anchored:
                break
            if len(longer) < MAX_PATH:
                waiting.append(longer)
    return _Path(best.certificates, best.anchored, bad and not best.anchored)


def _above(
    chain: tuple[Sm2Certificate, ...],
    intermediates: Iterable[Sm2Certificate],
    roots: Iterable[Sm2Certificate],
) -> Iterable[tuple[Sm2Certificate, bool]]:
    """Certificates that name themselves issuer of the chain's last one; roots come first."""
    below = chain[-1]
    for candidates, anchored in ((roots, True), (intermediates, False)):
        for one in candidates:
            if _names_issuer(below, one) and all(one.der != seen.der for seen in chain):
                yield one, anchored


def _names_issuer(below: Sm2Certificate, above: Sm2Certificate) -> bool:
    named, held = below.authority_key_identifier, above.subject_key_identifier
    return below.issuer == above.subject and (named is None or held is None or named == held)


def _signed_by(below: Sm2Certificate, above: Sm2Certificate) -> bool:
    try:
        return below.signed_by(above.public)
    except SigningError:  # the bytes of the key are no point of the curve
        return False


# --- the checks ------------------------------------------------------------------------------


def _anchor(path: _Path) -> ChainCheck:
    top = path.certificates[-1]
    if path.anchored:
        return ChainCheck(ANCHOR, "passed", f"the chain ends at the pinned root {top.common_name}")
    return ChainCheck(
        ANCHOR, "failed", f"no pinned root issued {top.common_name} ({top.issuer_common_name})"
    )


def _signatures(path: _Path) -> ChainCheck:
    if path.anchored:
        return ChainCheck(SIGNATURES, "passed", "each certificate is signed by the one above it")
    if path.bad_signature:
        reason = f"the signature of {path.certificates[-1].common_name} is not its issuer's"
        return ChainCheck(SIGNATURES, "failed", reason)
    return ChainCheck(SIGNATURES, "not_checked", "the issuer's certificate is not known")


def _validity(path: _Path, at: datetime) -> ChainCheck:
    for one in path.certificates:
        if not one.not_before <= at <= one.not_after:
            period = f"{one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}"
            reason = f"{one.common_name} is valid from {period}, not at {at:%Y-%m-%d %H:%M:%S%z}"
            return ChainCheck(VALIDITY, "failed", reason)
    return _whole(path, VALIDITY, "every certificate is within its period")


def _constraints(path: _Path) -> ChainCheck:
    for one in path.certificates:
        if one.unknown_critical:
            strange = ", ".join(one.unknown_critical)
            reason = f"{one.common_name} has critical extensions that are not known here: {strange}"
            return ChainCheck(CONSTRAINTS, "failed", reason)
    if path.certificates[0].ca:
        reason = f"{path.certificates[0].common_name} is an authority's certificate, not a signer's"
        return ChainCheck(CONSTRAINTS, "failed", reason)
    for between, one in enumerate(path.certificates[1:]):
        if not one.ca:
            reason = f"{one.common_name} is no authority, yet it issued a certificate"
            return ChainCheck(CONSTRAINTS, "failed", reason)
        if one.path_length is not None and one.path_length < between:
            reason = f"{one.common_name} may not have {between} authorities below it"
            return ChainCheck(CONSTRAINTS, "failed", reason)
    return _whole(path, CONSTRAINTS, "only authorities issued certificates")


def _key_usage(path: _Path) -> ChainCheck:
    wanted = KeyUsage.DIGITAL_SIGNATURE
    for one in path.certificates:
        usage = one.key_usage
        # GM/T 0015 has the extension in every certificate; without it nothing is allowed here.
        if usage is None or wanted not in usage:
            reason = f"the key of {one.common_name} may not be used for {_words(wanted)}"
            return ChainCheck(KEY_USAGE, "failed", reason)
        wanted = KeyUsage.CERTIFICATE_SIGN
    return _whole(path, KEY_USAGE, "every key is used for what its certificate allows")


def _words(usage: KeyUsage) -> str:
    return (usage.name or "").lower().replace("_", " ")


def _whole(path: _Path, check: str, reason: str) -> ChainCheck:
    """Passed for a whole chain; a piece of one proves nothing."""
    if path.anchored:
        return ChainCheck(check, "passed", reason)
    return ChainCheck(check, "not_checked", "the chain to a pinned root is not whole")


# --- revocation ------------------------------------------------------------------------------


def _revocation(path: _Path, crls: Sequence[Sm2Crl], at: datetime) -> ChainCheck:
    if not path.anchored:
        return _whole(path, REVOCATION, "")
    answers = [
        _revocation_of(below, above, crls, at)
        for below, above in zip(path.certificates, path.certificates[1:], strict=False)
    ]
    for state in ("failed", "not_checked"):
        for one in answers:
            if one.state == state:
                return one
    return ChainCheck(REVOCATION, "passed", "no revocation list names a certificate of the chain")


def _revocation_of(
    below: Sm2Certificate, above: Sm2Certificate, crls: Sequence[Sm2Crl], at: datetime
) -> ChainCheck:
    """Revoked by any sound list of the issuer: failed, however old the list is."""
    usable = [crl for crl in crls if may_speak(crl, above)]
    for crl in usable:
        entry = crl.revoked.get(below.serial)
        if entry is not None and entry.at <= at:
            reason = f"{below.common_name} is revoked since {entry.at:%Y-%m-%d %H:%M:%S%z}"
            return ChainCheck(REVOCATION, "failed", reason)
    if not usable:
        reason = f"there is no sound revocation list of {above.common_name}"
        return ChainCheck(REVOCATION, "not_checked", reason)
    if not any(speaks_of(crl, below, at) for crl in usable):
        last = max(crl.next_update for crl in usable)
        reason = f"the revocation list of {above.common_name} ends {last:%Y-%m-%d %H:%M:%S%z}"
        return ChainCheck(REVOCATION, "not_checked", reason)
    return ChainCheck(REVOCATION, "passed", f"{below.common_name} is not revoked")


def may_speak(crl: Sm2Crl, issuer: Sm2Certificate) -> bool:
    """Whether a list is the issuer's, and signed by it."""
    may = issuer.key_usage is not None and KeyUsage.CRL_SIGN in issuer.key_usage
    return may and crl.issuer == issuer.subject and crl.signed_by(issuer.public)


def speaks_of(crl: Sm2Crl, certificate: Sm2Certificate, at: datetime) -> bool:
    """Whether the list tells what was known at `at`, or later.

    A list made after the certificate expired may have dropped it (RFC 5280 3.3), unless it says
    that it keeps what expired (ITU-T X.509 9.5.2.7).
    """
    ended, kept = certificate.not_after, crl.keeps_since
    listed = crl.this_update <= ended or (kept is not None and kept <= ended)
    return at < crl.next_update and listed
