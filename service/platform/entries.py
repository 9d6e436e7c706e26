"""What is sent: the one entry of AcceptData for each call. Pure: a case in, named values out."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from service.platform.port import Case
from service.platform.vocabulary import OTHER_STATE, Call, Vocabulary

_NAMESPACE = uuid.UUID("c6f2b6a5-52d3-4f0c-8c0a-0f6f1f3c9a51")
"""Drawn once; every identifier below it is ours for ever."""


def ecert_id(case: Case, call: Call, detail: str = "") -> str:
    """The identifier of the data of one call (数据唯一标识): 32 hexadecimal digits.

    Each call has its own, as the platform asks, and a repeated call has the same again, also after
    this process has died: it follows from the certificate and the call.
    """
    return uuid.uuid5(_NAMESPACE, f"{case.license_id}/{call}/{detail}").hex


def check(case: Case, words: Vocabulary, province: str) -> dict[str, Any]:
    """校验: whom, what, under which number."""
    return _subject(case, words, province, Call.CHECK, _operation(case))


def code(case: Case, words: Vocabulary, province: str) -> dict[str, Any]:
    """赋码: the whole face, and that it shall be valid."""
    entry = _subject(case, words, province, Call.CODING, _operation(case))
    entry |= words.named(
        {
            "authority_name": case.authority["name"],
            "authority_code": case.authority["code"],
            "issued_on": case.issued_on,
            "state": words.state["valid"],
            "state_description": "",
        },
        words.fields,
    )
    return entry | words.named(case.face, words.face)


def persons(case: Case, words: Vocabulary, province: str, add: bool) -> dict[str, Any]:
    """证照人员信息: the persons, or that there are no more; an empty list is told as well."""
    call = Call.PERSONS if add else Call.PERSONS_CANCEL
    operation = _operation(case) if add else "cancel"
    told = [words.named(person, words.person) for person in case.persons]
    # Persons may be corrected and sent again: other persons are other data.
    entry = _subject(case, words, province, call, operation, detail=_digest(told))
    return entry | words.named({"license_id": case.license_id, "persons": told}, words.fields)


def collect(case: Case, words: Vocabulary, code_id: str, preview_url: str) -> dict[str, Any]:
    """归集: the code's identifier, the certificate's, and where it can be seen."""
    return words.named(
        {"code_id": code_id, "license_id": case.license_id, "preview_url": preview_url},
        words.fields,
    )


def status(case: Case, words: Vocabulary, province: str, reason: str) -> dict[str, Any]:
    """证书状态变更: from now on cancelled, and why."""
    state = words.state["cancelled"]
    entry = _subject(case, words, province, Call.STATUS_CHANGE, "cancel")
    return entry | words.named(
        {
            "license_id": case.license_id,
            "state": state,
            "state_description": reason if state == OTHER_STATE else "",
            "reason": reason,
        },
        words.fields,
    )


def correct(case: Case, words: Vocabulary, changed: Mapping[str, str]) -> dict[str, Any]:
    """关键信息更正: the data that coding has registered, and what is otherwise.

    Raises:
        ValueError: there is nothing to correct, or something that the platform does not know.
    """
    if unknown := sorted(set(changed) - set(words.face)):
        raise ValueError(f"平台没有这些照面信息 (the platform has no such field): {unknown}")
    if not changed:
        raise ValueError("没有需要更正的信息 (nothing is to be corrected)")
    entry = words.named(
        {"ecert_id": ecert_id(case, Call.CODING), "number": case.number}, words.fields
    )
    return entry | words.named(changed, words.face)


def _subject(
    case: Case, words: Vocabulary, province: str, call: Call, operation: str, detail: str = ""
) -> dict[str, Any]:
    """What every call but collection says: which certificate, whose, of what."""
    values = {
        "ecert_id": ecert_id(case, call, detail),
        "province": province,
        "number": case.number,
        "holder_name": case.holder["name"],
        "holder_code": case.holder["code"],
        "operation": words.operation[operation],
    }
    if operation == "replace":
        values["replaces"] = case.replaces or ""
    face = {name: case.face[name] for name in words.subject if name in case.face}
    return words.named(values, words.fields) | words.named(face, words.face)


def _operation(case: Case) -> str:
    return "replace" if case.replaces else "new"


def _digest(told: Any) -> str:
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return hashlib.sha256(canonical).hexdigest()
