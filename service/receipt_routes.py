"""`POST /api/v1/receipts`: an inspector's check, given back signed. Nothing of it is kept here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from flask import request as http

from renderer.errors import Problem
from service import clock, public_side, request
from service.access import RECEIPTS
from service.errors import Invalid, TooLarge
from service.http_caller import body, caller
from service.installation import Installation
from verify import decide, limits, receipts
from verify.code import is_address
from verify.receipts import Check, Inspector, Subject
from verify.verdict import Verdict

_ASKED = ("code", "number", "factory_number")
_ABOUT = {"inspector": "检查人", "place": "检查地点", "plate": "铭牌上的出厂编号", "at": "核验时间"}
_LABELS = _ABOUT | {"code": "二维码内容", "number": "证书编号", "factory_number": "出厂编号"}


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the route to the approvals side."""

    @routes.post(RECEIPTS)
    def receipt() -> Response:
        data, said = _posted()
        _must_be_texts(said, data is not None)
        now = clock.now()
        at = clock.parse_moment(said["at"], "at", _ABOUT["at"]) if said.get("at") else now
        subject, verdict = _checked(installation, data, said, at, now)
        done = Check(subject, verdict, at, said.get("plate") or None, online=True)
        who = Inspector(said["inspector"].strip(), caller().name, said.get("place") or None)
        signed = receipts.sign(done, who, installation.receipt_key, now)
        return jsonify({"receipt": signed, "result": verdict.as_json()})


def _posted() -> tuple[bytes | None, Mapping[str, Any]]:
    """The file that was sent, if one was, and what stands beside it.

    Raises:
        TooLarge, Unreadable: it is too large, or neither a form nor JSON.
        Invalid: a form without a file, or with a field twice.
    """
    if http.mimetype != "multipart/form-data":
        return None, request.read(body()).data
    http.max_content_length = limits.FILE_BYTES + limits.UPLOAD_OVERHEAD_BYTES
    http.max_form_parts = limits.UPLOAD_PARTS + len(_ABOUT)
    sent = http.files.getlist("file")
    if len(sent) != 1:
        raise Invalid("请选择一个文件 (choose one file)", [Problem("file", "文件", "缺少")])
    with closing(sent[0].stream) as stream:
        data = stream.read(limits.FILE_BYTES + 1)
    if len(data) > limits.FILE_BYTES:
        raise TooLarge(f"文件超过 {limits.FILE_BYTES} 字节 (the file is too large)")
    said = http.form.to_dict(flat=False)
    problems = [
        Problem(name, _LABELS.get(name, name), "只能给出一次 (only once)")
        for name, values in said.items()
        if len(values) > 1
    ]
    if problems:
        raise Invalid("回执请求有误 (the request has mistakes)", problems)
    return data, {name: values[0] for name, values in said.items()}


def _must_be_texts(said: Mapping[str, Any], has_file: bool) -> None:
    """Refuse what is missing, unknown or no text.

    Raises:
        Invalid: with each mistake by its name.
    """
    problems = [
        Problem(name, _LABELS.get(name, name), "未知字段，请删除 (unknown)")
        for name in sorted(set(said) - set(_ABOUT) - (set() if has_file else set(_ASKED)))
    ]
    for name, value in said.items():
        most = limits.SCANNED_CHARACTERS if name == "code" else limits.RECEIPT_CHARACTERS
        if not isinstance(value, str) or len(value) > most or not value.isprintable():
            message = f"应为至多 {most} 个可见字符的文本 (a visible text)"
            problems.append(Problem(name, _LABELS.get(name, name), message))
    if not str(said.get("inspector") or "").strip():
        problems.append(Problem("inspector", _ABOUT["inspector"], "缺少必填项 (missing)"))
    if not has_file and bool(said.get("code")) == bool(
        said.get("number") and said.get("factory_number")
    ):
        message = "请提供 code，或者 number 和 factory_number (give one or the other)"
        problems.append(Problem("code", _LABELS["code"], message))
    if problems:
        raise Invalid("回执请求有误 (the request has mistakes)", problems)


def _checked(
    installation: Installation,
    data: bytes | None,
    said: Mapping[str, str],
    at: datetime,
    now: datetime,
) -> tuple[Subject, Verdict]:
    """What was checked, and the public's verdict on it."""
    common: dict[str, Any] = {"register": installation.register, "at": at, "now": now}
    plate = said.get("plate") or None
    if data is not None:
        verdict = decide.file(
            data,
            anchors=installation.anchors(),
            plate=plate,
            examine=public_side.helpers(current_app).examine,
            **common,
        )
        return receipts.of_file(data), verdict
    if code := said.get("code"):
        base_url = installation.settings.base_url
        text = code if is_address(code) else f"{base_url}/v/{code.strip()}"
        anchors = installation.anchors()
        verdict = decide.code(
            text, anchors=anchors, status_list=None, base_url=base_url, plate=plate, **common
        )
        return receipts.of_code(text), verdict
    number, factory_number = said["number"], said["factory_number"]
    return receipts.of_number(number, factory_number), decide.number(
        number, factory_number, plate=plate, **common
    )
