"""The operations that need no key: verifying, what is published for it, and the operators' own."""

from __future__ import annotations

from typing import Any

from service.openapi.components import PROBLEMS
from service.openapi.shapes import (
    FILE,
    PROBLEM_TYPE,
    TEXT,
    Json,
    answer,
    content,
    parameter,
    problems,
    ref,
)
from verify import limits, list_files, web_status_lists
from verify.web import API, RAW_TYPES, SIGNED

_A_MOMENT: Json = {
    "anyOf": [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "maxLength": 0},  # a form's empty field: now
    ]
}
_AT = parameter(
    "at", "query", "查询时间: the status at that moment (ISO 8601); default: now.", _A_MOMENT
)
_PLATE = parameter("plate", "query", "The factory number on the machine's plate.")
_PROOF = parameter(
    "proof", "query", "1: with `log`, the proof that the log has it.", {"type": "string"}
)
_AUTHORITY = parameter("authority", "path", "发证机关统一社会信用代码 (USCC).")
_PAGE = content("text/html", TEXT)


def paths() -> Json:
    """The paths with their operations."""
    public = {
        path: {method: operation | _limited(operation) for method, operation in item.items()}
        for path, item in _public().items()
    }
    return public | _of_operators()


_WAIT: Json = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def _limited(operation: Json) -> Json:
    """The answers of an operation, and what who asks too often is told: as a page, or as JSON."""
    refusal: Json = {
        "description": PROBLEMS["TooManyRequests"].title,
        "content": content(PROBLEM_TYPE, ref("Problem")) | _PAGE,
        "headers": _WAIT,
    }
    return {"responses": operation["responses"] | {"429": refusal}}


def _public() -> Json:
    return {
        "/v/{code}": {"get": _scanned()},
        f"{API}/status": {"get": _status()},
        f"{API}/verifications": {"post": _verify()},
        **_status_lists(),
        "/trust/status-lists.json": {
            "get": _operators("listStatusLists", "Which status lists there are", "StatusLists")
        },
        "/trust/checkpoint": {"get": _checkpoint()},
        "/trust/log/consistency": {"get": _consistency()},
        "/trust/{name}": {"get": _trust()},
    }


def _of_operators() -> Json:
    return {
        "/healthz": {"get": _operators("isAlive", "Whether the process answers", "Alive")},
        "/readyz": {"get": _ready()},
        "/metrics": {
            "get": _operation(
                "readMetrics",
                "What waits, in the text form of Prometheus",
                {"200": answer("Gauges.", TEXT, "text/plain")},
            )
        },
        "/openapi.json": {
            "get": _operation(
                "readInterface",
                "This document",
                {"200": answer("OpenAPI 3.1.", {"type": "object"})},
            )
        },
    }


def _scanned() -> Json:
    done = answer("The verdict, as a page or as JSON by Accept.", ref("Verdict"))
    done["content"] |= _PAGE
    return _operation(
        "verifyCode",
        "What a scanned QR code leads to",
        {"200": done},
        parameters=[parameter("code", "path", "The digits of the code."), _AT, _PLATE, _PROOF],
        refused=("Invalid",),
        pages=True,
    )


def _status() -> Json:
    done = answer("The verdict; signed (a JWS) where Accept prefers that.", ref("Verdict"))
    done["content"] |= content(SIGNED, TEXT)
    unsigned = {
        "description": "Answers are not signed here.",
        "content": content(PROBLEM_TYPE, ref("Problem")),
    }
    return _operation(
        "verifyNumber",
        "Look a certificate up by code, or by number and factory number",
        {"200": done, "406": unsigned},
        parameters=[
            parameter("code", "query", "二维码内容; or number and factory_number."),
            parameter("number", "query", "证书编号"),
            parameter("factory_number", "query", "出厂编号"),
            _AT,
            _PLATE,
            _PROOF,
        ],
        refused=("Invalid",),
    )


def _verify() -> Json:
    form = {"type": "object", "required": ["file"], "properties": {"file": {}, "plate": TEXT}}
    body = content(sorted(RAW_TYPES), FILE) | content("multipart/form-data", form)
    refusal = {
        "description": "Neither a form nor a file.",
        "content": content(PROBLEM_TYPE, ref("Problem")),
    }
    busy: Json = {
        "description": "Too many files at once; codes and numbers are answered.",
        "content": content(PROBLEM_TYPE, ref("Problem")),
        "headers": _WAIT,
    }
    operation = _operation(
        "verifyFile",
        f"Verify a PDF or OFD of at most {limits.FILE_BYTES // 2**20} MiB",
        {"200": answer("The verdict.", ref("Verdict")), "415": refusal, "503": busy},
        parameters=[_PLATE, _PROOF],
        refused=("TooLarge", "Invalid"),
    )
    return operation | {"requestBody": {"required": True, "content": body}}


def _trust() -> Json:
    done: Json = {"description": "A root, a revocation list or a key set.", "content": {}}
    for media_type in (
        "application/pem-certificate-chain",
        "application/pkix-crl",
        "application/jwk-set+json",
        "text/plain",
    ):
        done["content"] |= content(media_type, FILE)
    return _operation(
        "fetchTrust",
        "What others need to check our files without us",
        {"200": done},
        parameters=[parameter("name", "path", "Such as pdf-root.pem, pdf.crl, code-keys.json.")],
        refused=("NotFound",),
        pages=True,
    )


def _checkpoint() -> Json:
    return _operation(
        "fetchCheckpoint",
        "The log's newest signed checkpoint (C2SP tlog-checkpoint)",
        {"200": answer("Origin, size, root, and signatures below.", TEXT, "text/plain")},
        refused=("NotFound",),
        pages=True,
    )


def _consistency() -> Json:
    size: Json = {"type": "integer", "minimum": 1}
    return _operation(
        "proveConsistency",
        "The proof that the log of one size goes on from that of another (RFC 6962)",
        {"200": answer("The hashes, in base64.", ref("Consistency"))},
        parameters=[
            parameter("first", "query", "The smaller size.", size, required=True),
            parameter(
                "second", "query", "The larger, at most the checkpoint's.", size, required=True
            ),
        ],
        refused=("Invalid",),
        pages=True,
    )


def _status_lists() -> Json:
    """The signed status lists in both forms."""
    return {
        path.format(form=form): {"get": _status_list(f"{name}{form[1:].upper()}", whose, form)}
        for form in list_files.FORMS
        for path, name, whose in (
            ("/trust/status-list{form}", "fetchStatusList", "all"),
            ("/trust/status/{{authority}}{form}", "fetchAuthorityStatusList", "one authority"),
        )
    }


def _status_list(name: str, whose: str, form: str) -> Json:
    summary = f"The signed status list of {whose} (IETF Token Status List)"
    return _operation(
        name,
        summary,
        {"200": answer(summary, FILE, web_status_lists.MEDIA_TYPES[form])},
        parameters=[] if whose == "all" else [_AUTHORITY],
        refused=("NotFound",),
        pages=True,
    )


def _operators(name: str, summary: str, schema: str) -> Json:
    return _operation(name, summary, {"200": answer(summary, ref(schema))})


def _ready() -> Json:
    operation = _operators("isReady", "Which parts work", "Readiness")
    operation["responses"]["503"] = answer("A part does not work.", ref("Readiness"))
    return operation


def _operation(
    name: str,
    summary: str,
    done: Json,
    *,
    refused: tuple[str, ...] = (),
    pages: bool = False,
    **more: Any,
) -> Json:
    """An operation; where `pages`, refusals are pages for a person unless JSON is asked for."""
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["everyone"],
        "security": [],
        **more,
        "responses": done | (_refused_by_page(refused) if pages else problems(*refused)),
    }


def _refused_by_page(names: tuple[str, ...]) -> Json:
    return {
        str(PROBLEMS[name].http_status): {
            "description": PROBLEMS[name].title,
            "content": content(PROBLEM_TYPE, ref("Problem")) | _PAGE,
        }
        for name in names
    }
