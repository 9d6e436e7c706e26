"""From checks to one of the five words: the order in which they are weighed, in one place.

1. What cannot be read is `unreadable`.
2. What does not claim to be ours, or leads to a foreign host, is `unknown`: a forger gains nothing
   by it, and an old paper certificate is no forgery.
3. What claims to be ours and fails a check is `altered`. One exception: a file that is to the byte
   the one registered is not called altered because, say, its signer's certificate was revoked
   later; it is then not `valid` either.
4. What is soundly signed but not in the register is `unknown`: the key may have been stolen.
5. What is cancelled is `cancelled`, also where something else could not be looked at.
6. `valid` is what has every check passed (advisory ones may be not made) and a valid status.
7. Everything else is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from verify.check import Check, CheckState
from verify.fault import said
from verify.status import Found
from verify.verdict import Altered, Verdict, Word, all_passed

READABLE: Final = "readable"
ADDRESS: Final = "address"
OURS: Final = "ours"
SHOWN: Final = "shown"
SIGNATURE: Final = "code_signature"
REGISTERED: Final = "registered"
DATA_SET: Final = "registered_data"
BYTES: Final = "registered_bytes"
STATUS: Final = "status"
PLATE: Final = "plate"

_NOT_OURS: Final = frozenset({ADDRESS, OURS})
_NO_ALTERATION: Final = frozenset({READABLE, ADDRESS, OURS, REGISTERED, STATUS})
_COMPARED: Final = frozenset({DATA_SET, BYTES, PLATE})
"""Checks against facts outside the file: they count also for a file that is the registered one."""

_PREFIXES: Final[Mapping[Word, tuple[str, str]]] = {
    Word.CANCELLED: ("证书真实，但不再有效", "genuine, but no longer valid"),
    Word.ALTERED: ("与签发内容不符", "not as issued"),
    Word.UNKNOWN: ("不能确认为有效", "not confirmed as valid"),
    Word.UNREADABLE: ("内容无法识别", "not understood"),
}


def halves(reason: str) -> tuple[str, str]:
    """The Chinese and the English half of a reason that `verify.fault.said` has put together."""
    chinese, opening, english = reason.partition(" (")
    return (chinese, english.removesuffix(")")) if opening else (reason, "")


def word(checks: tuple[Check, ...], found: Found) -> Word:
    """The word for these checks and this status, by the order above."""
    failed = {check.id for check in checks if check.state is CheckState.FAILED}
    if READABLE in failed:
        return Word.UNREADABLE
    if failed & _NOT_OURS:
        return Word.UNKNOWN
    if failed & _altering(checks):
        return Word.ALTERED
    if REGISTERED in failed:
        return Word.UNKNOWN
    if found.status.state == "cancelled":
        return Word.CANCELLED
    if found.status.state == "valid" and all_passed(checks):
        return Word.VALID
    return Word.UNKNOWN


def conclude(
    checks: tuple[Check, ...],
    found: Found,
    certificate: Mapping[str, Any] | None,
    altered: tuple[Altered, ...] = (),
    genuine: tuple[str, str] = ("证书真实", "genuine"),
) -> Verdict:
    """The verdict over all checks; `genuine` is what a `valid` says, in Chinese and English.

    The checks must be complete: every one that exists for that kind of input, the status among
    them as the one in `found`.
    """
    chosen = word(checks, found)
    chinese, english = halves(_decisive(chosen, checks, found).reason)
    first = genuine if chosen is Word.VALID else _PREFIXES[chosen]
    if chosen is Word.CANCELLED and found.change is not None:
        chinese += f"；原因：{found.change.reason}"
        english += f"; reason: {found.change.reason}"
    return Verdict(
        verdict=chosen,
        reason=said(f"{first[0]}：{chinese}", f"{first[1]}: {english}"),
        certificate=certificate,
        status=found.status,
        checks=checks,
        altered=altered,
    )


def _altering(checks: tuple[Check, ...]) -> frozenset[str]:
    """The checks whose failing means that something was altered."""
    unchanged = any(check.id == BYTES and check.state is CheckState.PASSED for check in checks)
    names = frozenset(check.id for check in checks) - _NO_ALTERATION
    return names & _COMPARED if unchanged else names


def _decisive(chosen: Word, checks: tuple[Check, ...], found: Found) -> Check:
    """The check whose reason stands in the verdict."""
    if chosen in {Word.VALID, Word.CANCELLED}:
        return found.check
    failed = [check for check in checks if check.state is CheckState.FAILED]
    wanted: Iterable[Check] = failed
    if chosen is Word.ALTERED:
        altering = _altering(checks)
        # What is compared, with facts outside or with the page, tells a person more than a digest.
        wanted = sorted(
            (check for check in failed if check.id in altering),
            key=lambda check: check.id not in {PLATE, DATA_SET, SHOWN},
        )
    elif chosen is Word.UNKNOWN:
        missing = [
            check
            for check in checks
            if check.state is CheckState.NOT_CHECKED and not check.advisory
        ]
        wanted = (*failed, *missing)
    return next(iter(wanted), found.check)
