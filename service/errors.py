"""What this room refuses, and how it says so.

Every refusal is a `ServiceError` with a list of `Problem`s (field, label, message), so that the
command line and the HTTP interface tell the same thing in their own forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renderer.errors import Problem
from signing.errors import KeyUnavailable, SigningError, TimeStampUnavailable

RETRY_SOON_S = 15
"""When to ask again where a service did not answer, seconds: it may be back by then."""

RETRY_LATER_S = 600
"""When to ask again where somebody has to mend something first, seconds."""


class ServiceError(Exception):
    """The root of this room's errors.

    `slug` names the kind of error in URLs of problem documents, `title` says it in Chinese and
    English, `http_status` is what the HTTP interface answers with, `retry_after_s` the seconds
    after which it is worth trying again (None: nobody knows).
    """

    slug = "error"
    title = "处理失败 (error)"
    http_status = 500
    retry_after_s: int | None = None
    members: Mapping[str, Any] = {}
    """More members of the problem document (RFC 9457, 3.2)."""

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        self.detail = detail
        self.problems = tuple(problems)
        super().__init__(detail)


class Invalid(ServiceError):
    """The request's data are wrong; every mistake is named."""

    slug = "invalid-request"
    title = "请求数据有误 (invalid request)"
    http_status = 422


class Unreadable(ServiceError):
    """The request is no JSON object at all, or too large."""

    slug = "unreadable-request"
    title = "请求无法读取 (unreadable request)"
    http_status = 400


class TooLarge(Unreadable):
    """The request has more bytes than any certificate needs."""

    slug = "too-large"
    title = "请求过大 (request too large)"
    http_status = 413


class Conflict(ServiceError):
    """The register already holds something that stands against the request."""

    slug = "conflict"
    title = "与登记信息冲突 (conflict with the register)"
    http_status = 409


class NotFound(ServiceError):
    """There is no such certificate."""

    slug = "not-found"
    title = "未找到 (not found)"
    http_status = 404


class Unauthorized(ServiceError):
    """No key, an unknown key, or a key that may not act for that authority."""

    slug = "unauthorized"
    title = "未授权 (unauthorized)"
    http_status = 401


class Forbidden(Unauthorized):
    """A known key that may not act for that authority."""

    slug = "forbidden"
    title = "无权办理 (forbidden)"
    http_status = 403


class Misconfigured(ServiceError):
    """The installation's own settings are wrong; nothing can be issued until they are mended."""

    slug = "misconfigured"
    title = "系统配置有误 (misconfigured)"
    http_status = 503


class SigningFailed(ServiceError):
    """A key, a seal service or a time stamping authority failed; the same request goes on later."""

    slug = "signing-failed"
    title = "签名未完成 (signing failed)"
    http_status = 503

    def __init__(
        self, error: SigningError, standing: str, members: Mapping[str, Any] | None = None
    ) -> None:
        """`standing` says how the request stands; `error` names what failed by its URI."""
        self.members = members or {}
        super().__init__(
            f"{standing}；原因消除后重发同一请求即可继续 (repeat the same request later): {error}"
        )
        self.retry_after_s = RETRY_SOON_S if passes(error) else RETRY_LATER_S


class StepFailed(ServiceError):
    """A step of a record did not pass; the record can be continued.

    `members` tell which record it is, where it stands, the platform's words, and what to do.
    """

    slug = "step-failed"
    title = "流程未完成 (a step did not pass)"

    def __init__(
        self, detail: str, members: Mapping[str, Any], http_status: int, retry_after_s: int | None
    ) -> None:
        super().__init__(detail)
        self.members = members
        self.http_status = http_status
        self.retry_after_s = retry_after_s


def passes(error: SigningError) -> bool:
    """Whether the same may succeed later without anybody changing anything."""
    return isinstance(error, KeyUnavailable | TimeStampUnavailable) and error.retryable
