"""Whether a chain of certificates is revoked, by the revocation lists (RFC 5280) at hand.

Revocation is judged now: the time of signing is the signer's own word, which a stolen key gives as
well as its owner. Only a proof of time by somebody else takes a signature out of its reach; see
`verify.key_life`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from cryptography import x509

from signing import der, der_reader, revocation_lists
from signing.certificates import EXPIRED_CERTS_ON_CRL
from signing.errors import MalformedCertificate, MalformedDer
from verify import key_life, limits
from verify.check import CheckState
from verify.key_life import Finding

Chain = tuple[x509.Certificate, ...]
"""Certificates from the signer up to the pinned root."""

_IN_GOOD_ORDER: Final = frozenset(
    {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
    }
)
"""Reasons that, if given, leave an authority's older time stamps good (RFC 3161 section 4)."""

_WORST_FIRST: Final = (CheckState.FAILED, CheckState.NOT_CHECKED, CheckState.PASSED)


def judge(
    chain: Chain,
    crls: Sequence[bytes],
    proven_at: datetime | None,
    at: datetime,
    *,
    stamped_at: datetime | None = None,
) -> Finding:
    """What the lists (DER) say of a chain at `at`, for a signature proven to be there at a moment.

    It passes only where every issuer's list is at hand and current. `stamped_at` is for the chain
    of a time stamp authority alone: the moment that it states, on which its word is taken where it
    gave up its certificate in good order.
    """
    found: list[tuple[int, bool, Finding]] = []
    for place, (below, above) in enumerate(pairwise(chain)):
        sound = _sound(above, tuple(crls))
        since = _revoked_since(below, sound, stamped_at if place == 0 else None)
        one = key_life.judge_revocation(since, proven_at, at)
        if one.state is CheckState.PASSED:
            one = _silence(sound, below, at) or one
        found.append((_WORST_FIRST.index(one.state), since is None, one))
    if not found:  # a pinned certificate that signs itself has no issuer to revoke it
        return key_life.judge_revocation(None, proven_at, at)
    return min(found, key=lambda entry: entry[:2])[2]


@lru_cache(maxsize=limits.LISTS_KEPT)
def _sound(
    issuer: x509.Certificate, crls: tuple[bytes, ...]
) -> tuple[x509.CertificateRevocationList, ...]:
    """The lists that the issuer signed, if it may, complete (no delta, no part).

    Remembered, since who signed a list never changes; whether it is current is judged each time.
    """
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(revocation_lists.sound(issuer, crls)) if usage.crl_sign else ()


def _revoked_since(
    certificate: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    stamped_at: datetime | None,
) -> datetime | None:
    """The earliest moment from which one of the lists calls a certificate's key unsafe."""
    entries = (
        one.get_revoked_certificate_by_serial_number(certificate.serial_number) for one in lists
    )
    found = [_unsafe_from(entry, stamped_at) for entry in entries if entry is not None]
    return min((one for one in found if one is not None), default=None)


def _unsafe_from(entry: x509.RevokedCertificate, stamped_at: datetime | None) -> datetime | None:
    """The earlier of revocation and invalidity date (RFC 5280 5.3.2); None: it does not matter."""
    since = entry.revocation_date_utc
    try:
        reason = revocation_lists.reason_of(entry)
        for extension in entry.extensions:
            if isinstance(extension.value, x509.InvalidityDate):
                since = min(since, extension.value.invalidity_date_utc)
    except (MalformedCertificate, ValueError):
        return datetime.min.replace(
            tzinfo=since.tzinfo
        )  # it is revoked, and nobody knows since when
    if stamped_at is not None and stamped_at < since and reason in _IN_GOOD_ORDER:
        return None
    return since


def _silence(
    lists: Sequence[x509.CertificateRevocationList], certificate: x509.Certificate, at: datetime
) -> Finding | None:
    """Why the lists say nothing of a certificate at `at`; None where one of them does."""
    if not lists:
        return Finding(
            CheckState.NOT_CHECKED, "没有可用的吊销列表", "there is no sound revocation list"
        )
    if not any(_speaks_of(one, certificate, at) for one in lists):
        return Finding(
            CheckState.NOT_CHECKED, "吊销列表已过期", "the revocation list is out of date"
        )
    return None


def _speaks_of(
    crl: x509.CertificateRevocationList, certificate: x509.Certificate, at: datetime
) -> bool:
    """Whether a list is still current at `at`, and the certificate would be on it if revoked.

    A list made after the certificate expired may have dropped it (RFC 5280 3.3), unless it says
    that it keeps what expired (ITU-T X.509 9.5.2.7).
    """
    following, ended = crl.next_update_utc, certificate.not_valid_after_utc
    if following is None or at >= following:
        return False
    if crl.last_update_utc <= ended:
        return True
    kept = _keeps_since(crl)
    return kept is not None and kept <= ended


def _keeps_since(crl: x509.CertificateRevocationList) -> datetime | None:
    """From when on the list keeps the entries of expired certificates; None where it does not."""
    try:
        extension = crl.extensions.get_extension_for_oid(EXPIRED_CERTS_ON_CRL).value
        value = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
        return der_reader.read(value).time(der.GENERALIZED_TIME)
    except (x509.ExtensionNotFound, ValueError, MalformedDer):
        return None
