"""Errors of the public routes as programs meet them: RFC 9457, one shape on every route."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response
from werkzeug.exceptions import HTTPException

from verify import limits
from verify.errors import VerifyError
from verify.upload_places import Busy

TYPE: Final = "https://sealpress.example/problems/"
"""Where the kinds of problems are named; `about:blank` would make them all alike."""

MEDIA_TYPE: Final = "application/problem+json"

_TITLES: Final = {
    400: ("unreadable-request", "请求无法读取 (unreadable request)"),
    404: ("not-found", "未找到 (not found)"),
    405: ("method-not-allowed", "不支持此方法 (method not allowed)"),
    406: ("not-acceptable", "不能以此形式答复 (not acceptable)"),
    413: ("too-large", "请求过大 (request too large)"),
    415: ("unsupported-media-type", "不支持此类型 (unsupported media type)"),
    422: ("invalid-request", "请求数据有误 (invalid request)"),
    429: ("too-many-requests", "请求过于频繁 (too many requests)"),
    500: ("error", "处理失败 (error)"),
    503: ("busy", "暂时繁忙 (busy)"),
}
_DETAILS: Final = {
    413: f"文件超过{limits.FILE_BYTES // 2**20} MiB (the file is larger than that)",
    406: "此处的答复没有签名，请不要求 application/jwt (answers are not signed here)",
    415: "请以表单的 file 字段上传，或以 application/pdf、application/ofd、"
    "application/octet-stream 直接提交 (send a form with a file, or the file as the body)",
    429: "此地址的查询次数过多，请稍后再试 (too many requests from this address: try again later)",
    500: "内部错误，已记录 (internal error, logged)",
    503: "正在核验的文件过多，请稍后再试；扫码和编号查询不受影响 "
    "(too many files at once: try again in a moment; codes and numbers are answered)",
}


@dataclass(frozen=True)
class Mistake:
    """One mistake in what was sent: the parameter, its name for a person, what to do."""

    field: str
    label: str
    message: str


class InvalidRequest(VerifyError):
    """What was asked cannot be decided on; `mistakes` names all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("；".join(mistake.message for mistake in self.mistakes))


@dataclass(frozen=True)
class Problem:
    """An error as it is told outside; nothing of the inside is in it."""

    status: int
    slug: str
    title: str
    detail: str
    mistakes: tuple[Mistake, ...] = ()

    def response(self) -> Response:
        """The problem document."""
        document = {
            "type": TYPE + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [vars(mistake) for mistake in self.mistakes],
        }
        return Response(json.dumps(document, ensure_ascii=False), self.status, mimetype=MEDIA_TYPE)


def of(error: Exception) -> Problem:
    """The problem that an error is; one that nobody foresaw is a 500 and says no more."""
    if isinstance(error, InvalidRequest):
        slug, title = _TITLES[422]
        return Problem(422, slug, title, str(error), error.mistakes)
    status = error.code if isinstance(error, HTTPException) and error.code else 500
    if isinstance(error, Busy):
        status = 503
    slug, title = _TITLES.get(status, ("error", "处理失败 (error)"))
    return Problem(status, slug, title, _DETAILS.get(status, title))
