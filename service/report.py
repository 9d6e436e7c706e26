"""Errors as people and programs meet them: one shape, everywhere; a stack trace nowhere.

The shape is RFC 9457's problem document with `errors: [{field, label, message}]`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from renderer.errors import Refused, RendererError
from service.errors import Invalid, Misconfigured, ServiceError, SigningFailed, passes
from signing.errors import SigningError

EXIT_FAILED = 1
EXIT_USAGE = 64
EXIT_SOFTWARE = 70
"""The exit statuses of sysexits.h, where verdicts have not taken the number."""

EXIT_BROKEN_PIPE = 141
"""What a shell reports for SIGPIPE: whoever read the verdict went away, which is no verdict."""

PROBLEM_TYPE = "https://sealpress.example/problems/"
"""Where the kinds of problems are named; `about:blank` would make them all alike."""

log = logging.getLogger("sealpress")


def problem(error: Exception) -> dict[str, Any]:
    """The problem document of an error; one that nobody foresaw tells nothing of its inside."""
    return document(as_service_error(error))


def document(known: ServiceError) -> dict[str, Any]:
    """The problem document of an error of this room."""
    return {
        "type": PROBLEM_TYPE + known.slug,
        "title": known.title,
        "status": known.http_status,
        "detail": known.detail,
        "errors": [vars(one) for one in known.problems],
    } | dict(known.members)


def report(error: Exception) -> int:
    """Tell an error on standard error; gives the exit status."""
    known = as_service_error(error)
    # Only here: who asks over HTTP need not know what lies where.
    named = getattr(error, "filename", None) if isinstance(error, OSError) else None
    print(f"{known.title}: {known.detail}{f': {named}' if named else ''}", file=sys.stderr)
    for one in known.problems:
        print(f"  {one.label} ({one.field}): {one.message}", file=sys.stderr)
    foreseen = isinstance(error, ServiceError | RendererError | SigningError | OSError)
    return EXIT_FAILED if foreseen else EXIT_SOFTWARE


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Let unforeseen errors be written down, with where they happened, for who runs this."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def as_service_error(error: Exception) -> ServiceError:
    """The error of this room that says the same; one that nobody foresaw is logged."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, Refused):
        return Invalid("有内容无法印制 (a value cannot be drawn)", error.problems)
    if isinstance(error, SigningError) and passes(error):
        return SigningFailed(error, "签名暂不可用 (signing is not available for now)")
    if isinstance(error, SigningError | RendererError):
        return Misconfigured(str(error))
    if isinstance(error, OSError):
        return ServiceError(f"文件或网络操作失败 (I/O failed): {error.strerror or error}")
    log.error("unforeseen %s", type(error).__name__, exc_info=error)
    return ServiceError("内部错误，已记入 error.log (internal error, logged)")
