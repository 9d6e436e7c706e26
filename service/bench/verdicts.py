"""Verdicts as `sealpress bench` asks for them: what is measured is the whole way to a good one."""

from __future__ import annotations

from service import clock
from service.installation import Installation
from verify import decide


def by_code(installation: Installation, code: str) -> None:
    """Judge a code with the register.

    Raises:
        AssertionError: it is not valid.
    """
    now = clock.now()
    verdict = decide.code(
        code,
        register=installation.register,
        anchors=installation.anchors(),
        status_list=None,
        base_url=installation.settings.base_url,
        at=now,
        now=now,
    )
    require(verdict.verdict == "valid", verdict.reason)


def by_number(installation: Installation, number: str, factory_number: str) -> None:
    """Judge a number with the factory number beside it.

    Raises:
        AssertionError: it is not valid.
    """
    now = clock.now()
    verdict = decide.number(number, factory_number, register=installation.register, at=now, now=now)
    require(verdict.verdict == "valid", verdict.reason)


def by_file(installation: Installation, data: bytes) -> None:
    """Judge a file.

    Raises:
        AssertionError: it is not valid.
    """
    now = clock.now()
    verdict = decide.file(
        data, register=installation.register, anchors=installation.anchors(), at=now, now=now
    )
    require(verdict.verdict == "valid", verdict.reason)


def require(holds: bool, reason: str) -> None:
    """What is measured must be the whole way to a good verdict."""
    if not holds:
        raise AssertionError(f"a certificate of ours: {reason}")
