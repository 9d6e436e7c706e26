"""The schemas and refusals that operations refer to.

What is posted is described by the very schemas that requests are checked with
(`service.schema_check`): they stand here whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from renderer import layout
from service import errors, request_rate
from service.cancelling import MAX_REASON_CHARACTERS
from service.dismantling import MAX_NUMBER_CHARACTERS
from service.listing import COLUMNS
from service.openapi import batches
from service.openapi.shapes import (
    MOMENT,
    MOMENT_OR_NULL,
    PROBLEM_TYPE,
    SHA256,
    TEXT,
    TEXT_OR_NULL,
    Json,
    array,
    content,
    record,
    ref,
    words,
)
from service.pipeline.steps import Kind, Outcome, Step
from service.schema_check import request_schema
from service.status_words import CertificateStatus, ProcessStatus
from signing.status_list import Freshness
from verify import limits
from verify.check import CheckState
from verify.verdict import Word

PROBLEMS: dict[str, type[errors.ServiceError]] = {
    "Unreadable": errors.Unreadable,
    "Unauthorized": errors.Unauthorized,
    "Forbidden": errors.Forbidden,
    "NotFound": errors.NotFound,
    "Conflict": errors.Conflict,
    "TooLarge": errors.TooLarge,
    "Invalid": errors.Invalid,
    "TooManyRequests": request_rate.TooManyRequests,
    "SigningFailed": errors.SigningFailed,
}
"""The refusals that operations name, by the names under which they stand in the components."""

_WAITING = {"TooManyRequests", "SigningFailed"}
_NUMBER: Json = {"type": "integer", "minimum": 1}
_RECEIPT_REQUEST: Json = dict.fromkeys(
    ("inspector", "place", "plate", "at", "number", "factory_number"), TEXT | {"maxLength": 200}
) | {"code": TEXT | {"maxLength": limits.SCANNED_CHARACTERS}}
_LISTED: Json = {
    "uri": TEXT,
    "authority": TEXT_OR_NULL | {"description": "USCC of whose certificates it speaks; all: null."},
    "sequence": {"type": "integer"},
    **dict.fromkeys(("issued_at", "next_update", "expires_at"), MOMENT),
    "age_seconds": {"type": "integer"},
    "freshness": words([*Freshness]),
}


def components() -> Json:
    """The `components` of the document."""
    return {
        "securitySchemes": {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access key (`sealpress access create`).",
            }
        },
        "schemas": {**_requests(), **_answers(), **_public()},
        "responses": dict(_refusals()),
        "headers": {
            "RateLimit": {
                "description": "Requests left now (r), seconds until all are there again (t).",
                "schema": TEXT,
            },
            "RateLimit-Policy": {
                "description": "So many requests (q) in so many seconds (w) for the key.",
                "schema": TEXT,
            },
        },
    }


def _requests() -> Json:
    """What is posted. Each type's face is described by its layout's newest schema."""
    faces = {name: f"Face.{name}" for name in layout.available()}
    posted = dict(_embedded(request_schema()))
    posted["oneOf"] = [
        {"properties": {"type": {"const": name}, "face": ref(face)}} for name, face in faces.items()
    ]
    reason = {
        "title": "注销原因",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_REASON_CHARACTERS,
    }
    effective = {
        "title": "注销生效时间",
        "type": "string",
        "description": "ISO 8601; a day means its beginning; default: now.",
    }
    cancelling = record(
        {"reason": reason, "effective_from": effective}, optional=["effective_from"]
    )
    return {
        "Request": posted,
        **{face: _embedded(layout.load(name).schema) for name, face in faces.items()},
        "Cancelling": cancelling | {"additionalProperties": False},
        "Correction": _correction({}),
        "Replacement": _correction(
            {
                "issued_on": {"title": "发证日期", "type": "string", "format": "date"},
                "reason": reason | {"title": "变更原因"},
            }
        ),
        "Dismantling": _dismantling(),
        "Abandoning": _abandoning(reason),
    }


def _correction(more: Json) -> Json:
    """What may be changed of a request; which of it still can be depends on where it stands."""
    persons = request_schema()["properties"]["persons"]
    parts = {
        "face": {"type": "object", "description": "The fields that change."},
        "holder": {"type": "object", "description": "The fields that change."},
        "persons": persons | {"description": "All of them anew."},
    }
    members = parts | more
    return record(members, optional=[*members]) | {"additionalProperties": False}


def _abandoning(reason: Json) -> Json:
    """Why a record is given up, and whether the platform holds nothing for it any more."""
    settled = {
        "title": "平台已办妥",
        "type": "boolean",
        "description": "Its code was taken back at the platform by other means.",
    }
    members = {"reason": reason | {"title": "放弃原因"}, "platform_settled": settled}
    return record(members, optional=["platform_settled"]) | {"additionalProperties": False}


def _dismantling() -> Json:
    """A machine by one of its numbers, or both where one of them is not enough."""
    number = {"type": "string", "pattern": "\\S", "maxLength": MAX_NUMBER_CHARACTERS}
    members = {
        "factory_number": number | {"title": "出厂编号"},
        "filing_number": number | {"title": "备案编号"},
        "completed_at": number | {"title": "办结时间", "description": "ISO 8601; default: now."},
    }
    return record(members, optional=[*members]) | {
        "additionalProperties": False,
        "anyOf": [{"required": ["factory_number"]}, {"required": ["filing_number"]}],
    }


def _embedded(schema: Any) -> Json:
    """A schema without what only a file of its own has."""
    return {key: value for key, value in schema.items() if key != "$schema"}


def _answers() -> Json:
    """What the approvals side answers."""
    mistake = record({"field": TEXT, "label": TEXT, "message": TEXT})
    status, process = words([*CertificateStatus]), words([*ProcessStatus])
    issued = {
        "number": TEXT,
        "license_id": TEXT,
        "status": words([*CertificateStatus], null=True),
        "process": process,
        "platform": TEXT | {"description": "Who gave identifier and code; `none`: we did."},
        "pdf_sha256": SHA256,
        "ofd_sha256": SHA256,
        "verify_url": TEXT | {"description": "What the QR code says."},
        "warnings": array(ref("Mistake")),
        "replaced_by": TEXT | {"description": "The version that took its place, if one did."},
    }
    maybe = ["replaced_by"]
    links = {"pdf": TEXT, "ofd": TEXT}
    change = {
        "status": status,
        "effective_from": MOMENT,
        "known_since": MOMENT,
        "reason": TEXT,
    }
    return {
        "Problem": record(_problem(), optional=[*_stopped()]),
        "Mistake": mistake,
        "Issued": record(issued | links, optional=maybe),
        "Certificate": record(issued | links | {"history": array(record(change))}, optional=maybe),
        "Standing": record(issued, optional=maybe),
        "Continued": record(issued | {"record": _NUMBER}, optional=maybe),
        "Abandoned": record(
            {
                "record": _NUMBER,
                "number": TEXT,
                "license_id": TEXT,
                "status": status,
                "process": words([*ProcessStatus], null=True),
                "abandoned_at": MOMENT,
                "reason": TEXT,
            }
        ),
        "Replaced": record(issued | links | {"replaces": TEXT}, optional=maybe),
        "Record": record(_record()),
        "RecordWithSteps": record(_record() | {"steps": array(record(_step()))}),
        "Page": record(
            {
                "columns": record(dict.fromkeys(COLUMNS, TEXT)),
                "records": array(ref("Record")),
                "next_cursor": TEXT_OR_NULL,
            }
        ),
        **batches.schemas(issued),
        "Records": record(
            {"license_id": TEXT, "number": TEXT, "records": array(ref("RecordWithSteps"))}
        ),
    }


def _problem() -> Json:
    """RFC 9457; where a record stopped, also which one, whose words, and what to do."""
    return {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": array(ref("Mistake")),
    } | _stopped()


def _stopped() -> Json:
    return {
        "record": _NUMBER,
        "number": TEXT,
        "license_id": TEXT,
        "continue": TEXT | {"description": "Where to post to go on (继续流程)."},
        "process": words([*ProcessStatus], null=True),
        "certificate_status": words([*CertificateStatus], null=True),
        "step": words([*Step]),
        "outcome": words([*Outcome]),
        "words": array(TEXT),
        "advice": TEXT,
    }


def _record() -> Json:
    return {
        "record": _NUMBER | {"description": "The record's number."},
        "license_id": TEXT,
        "number": TEXT,
        "version": _NUMBER,
        "type": TEXT,
        "authority": record({"name": TEXT, "code": TEXT, "division": TEXT}),
        "kind": words([*Kind]),
        "status": words([*CertificateStatus], null=True)
        | {"description": "证照状态; null while under way."},
        "status_text": TEXT_OR_NULL,
        "process": words([*ProcessStatus], null=True)
        | {"description": "流程状态; null while under way."},
        "process_text": TEXT_OR_NULL,
        "applied_at": MOMENT,
        "applied_for": TEXT_OR_NULL | {"description": "申请理由, of the certificate."},
        "reason": TEXT | {"description": "The reason of this record, such as 注销原因."},
        "effective_from": MOMENT_OR_NULL,
        "known_since": MOMENT_OR_NULL,
        "abandoned_at": MOMENT_OR_NULL | {"description": "When it was given up (放弃办理)."},
    }


def _step() -> Json:
    return {
        "step": words([*Step]),
        "attempt": _NUMBER,
        "outcome": words([*Outcome]),
        "started_at": MOMENT,
        "finished_at": MOMENT,
        "request": TEXT | {"description": "What was sent, JSON; empty where nothing was."},
        "answer": TEXT | {"description": "What came back, as it came."},
        "words": array(TEXT) | {"description": "The platform's own words."},
        "advice": TEXT | {"description": "What to do now."},
    }


def _public() -> Json:
    """What the public side answers."""
    check = {"id": TEXT, "state": words([*CheckState]), "reason": TEXT}
    altered = dict.fromkeys(("field", "label", "signed", "found"), TEXT)
    state = {
        "state": words(["valid", "cancelled"], null=True),
        **dict.fromkeys(("effective_from", "known_since", "as_of"), MOMENT_OR_NULL),
        "list": {"anyOf": [ref("StatusList"), {"type": "null"}]},
    }
    return {
        "Receipt": record({"receipt": TEXT, "result": ref("Verdict")}),
        "ReceiptRequest": record(
            _RECEIPT_REQUEST, optional=[name for name in _RECEIPT_REQUEST if name != "inspector"]
        ),
        "StatusList": record(_LISTED),
        "StatusLists": record({"lists": array(record(_LISTED | {"cwt": TEXT}))}),
        "Verdict": record(
            {
                "verdict": words([*Word]),
                "reason": TEXT,
                "certificate": {"type": ["object", "null"]},
                "status": record(state),
                "checks": array(record(check)),
                "altered": array(record(altered)),
                "log": {"anyOf": [ref("LogProof"), {"type": "null"}]},
            },
            optional=["log"],
        ),
        "LogProof": record(
            {
                "origin": TEXT,
                "leaf": TEXT | {"description": "Canonical JSON; its UTF-8 is hashed."},
                "index": _NUMBER,
                "tree_size": _NUMBER,
                "proof": array(TEXT) | {"description": "Hashes up to the root, in base64."},
                "checkpoint": TEXT | {"description": "The signed note of that size."},
            }
        ),
        "Consistency": record({"first": _NUMBER, "second": _NUMBER, "proof": array(TEXT)}),
        "Readiness": record(
            {
                "ready": {"type": "boolean"},
                "parts": {"type": "object", "additionalProperties": {"type": "boolean"}},
            }
        ),
        "Alive": record({"status": words(["ok"])}),
    }


def _refusals() -> Iterator[tuple[str, Json]]:
    for name, error in PROBLEMS.items():
        refusal: Json = {
            "description": error.title,
            "content": content(PROBLEM_TYPE, ref("Problem")),
        }
        if name in _WAITING:
            seconds = {"type": "integer", "minimum": 0}
            refusal["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": seconds}
            }
        yield name, refusal
    yield (
        "Garbled",
        {
            "description": "全国平台的答复无法识别 (the platform's answer cannot be understood)",
            "content": content(PROBLEM_TYPE, ref("Problem")),
        },
    )
