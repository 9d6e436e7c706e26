"""What this room refuses, and how it says so.

Every refusal is a `ServiceError` with a list of `Problem`s (field, label, message), so that the
command line and the HTTP interface tell the same thing in their own forms.
"""

from __future__ import annotations

from collections.abc import Sequence

from renderer.errors import Problem


class ServiceError(Exception):
    """The root of this room's errors.

    `slug` names the kind of error in URLs of problem documents, `title` says it in Chinese and
    English, `http_status` is what the HTTP interface answers with.
    """

    slug = "error"
    title = "处理失败 (error)"
    http_status = 500

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
