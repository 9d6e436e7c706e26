"""The operations of approval systems, behind an access key."""

from __future__ import annotations

from typing import Any

from service import idempotency
from service.listing_query import PARAMETERS
from service.openapi.shapes import (
    FILE,
    TEXT,
    Json,
    answer,
    asked_by,
    content,
    parameter,
    problems,
    ref,
)

CERTIFICATES = "/api/v1/certificates"
ONE = CERTIFICATES + "/{license_id}"

_LICENSE_ID = parameter("license_id", "path", "电子证照标识 (GB/T 36904).")
_RECORD_ID = parameter("record_id", "path", "The record's number.", {"type": "integer"})
_TOLD = {
    name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")
}
IDEMPOTENCY_KEY = parameter(
    idempotency.HEADER,
    "header",
    "The same key and request give the same answer; another request is refused.",
    TEXT | {"pattern": f"^{idempotency.PATTERN.pattern}$"},
)
_LOCATION = {"Location": {"description": "The certificate.", "schema": TEXT}}
_EVERY = ("Unauthorized", "TooManyRequests")
_STOPPED = ("SigningFailed", "Garbled")
"""What a step that did not pass answers with, beside 422 in the platform's own words."""


def paths() -> Json:
    """The paths with their operations."""
    return {
        CERTIFICATES: {"post": _create(), "get": _list()},
        ONE: {"get": _read()},
        ONE + "/pdf": {"get": _download("PDF", "application/pdf")},
        ONE + "/ofd": {"get": _download("OFD", "application/ofd")},
        ONE + "/preview.png": {"get": _preview()},
        ONE + "/records": {"get": _records()},
        ONE + "/cancel": {"post": _cancel()},
        ONE + "/replace": {"post": _replace()},
        "/api/v1/records/{record_id}/continue": {"post": _continue()},
        "/api/v1/records/{record_id}/abandon": {"post": _abandon()},
        "/api/v1/dismantlings": {"post": _dismantle()},
        "/api/v1/receipts": {"post": _receipt()},
    }


def _receipt() -> Json:
    form = {
        "type": "object",
        "required": ["file", "inspector"],
        "properties": {"file": {}}
        | dict.fromkeys(("inspector", "place", "plate", "at"), TEXT | {"maxLength": 200}),
    }
    body = _body("ReceiptRequest")
    body["content"] |= content("multipart/form-data", form)
    return operation(
        "signReceipt",
        "Check a file, a code or a number, and have that confirmed (核验回执)",
        {"200": answer("The receipt (a JWS) and the verdict in it.", ref("Receipt"))},
        ("Unreadable", "Forbidden", "TooLarge", "Invalid"),
        requestBody=body,
    )


def _create() -> Json:
    done = answer("Issued, or issued before by the same request.", ref("Issued"))
    done["headers"] = dict(_LOCATION)
    return operation(
        "issueCertificate",
        "Issue a certificate (新办)",
        {"201": done},
        ("Unreadable", "Forbidden", "Conflict", "TooLarge", "Invalid", *_STOPPED),
        parameters=[IDEMPOTENCY_KEY],
        requestBody=_body("Request"),
    )


def _list() -> Json:
    page = answer("A page of records, newest first.", ref("Page"))
    page["headers"] = {"Link": {"description": "The next page (rel=next).", "schema": TEXT}}
    return operation(
        "listRecords",
        "List records (办理记录)",
        {"200": page},
        ("Forbidden", "Invalid"),
        parameters=asked_by(PARAMETERS),
    )


def _read() -> Json:
    done = answer("The certificate with its history.", ref("Certificate"))
    return _of_one("readCertificate", "Read a certificate", {"200": done})


def _download(kind: str, media_type: str) -> Json:
    done = answer(f"The signed {kind}.", FILE, media_type)
    return _of_one(f"download{kind.title()}", f"Download the {kind}", {"200": done})


def _preview() -> Json:
    done = answer("A picture marked 样本.", FILE, "image/png")
    return _of_one("previewCertificate", "A picture of the page", {"200": done})


def _records() -> Json:
    done = answer("Every record, with every attempt at its steps.", ref("Records"))
    return _of_one("recordsOfCertificate", "Records of a certificate", {"200": done})


def _cancel() -> Json:
    return _of_one(
        "cancelCertificate",
        "Cancel a certificate (注销)",
        {"200": answer("Cancelled.", ref("Standing"))},
        ("Unreadable", "Conflict", "TooLarge", "Invalid", *_STOPPED),
        parameters=[IDEMPOTENCY_KEY],
        requestBody=_body("Cancelling"),
    )


def _replace() -> Json:
    done = answer("The version that took its place.", ref("Replaced"))
    done["headers"] = dict(_LOCATION)
    return _of_one(
        "replaceCertificate",
        "Replace a certificate by its next version (照面信息变更)",
        {"201": done},
        ("Unreadable", "Conflict", "TooLarge", "Invalid", *_STOPPED),
        parameters=[IDEMPOTENCY_KEY],
        requestBody=_body("Replacement"),
    )


def _continue() -> Json:
    return operation(
        "continueRecord",
        "Continue a record that stopped (继续流程)",
        {"200": answer("The certificate, now that the record is finished.", ref("Continued"))},
        ("Unreadable", "NotFound", "Conflict", "TooLarge", "Invalid", *_STOPPED),
        parameters=[_RECORD_ID, IDEMPOTENCY_KEY],
        requestBody=_body("Correction") | {"required": False},
    )


def _abandon() -> Json:
    return operation(
        "abandonRecord",
        "Give up a record that cannot be issued (放弃办理)",
        {"200": answer("Given up; its number is free.", ref("Abandoned"))},
        ("Unreadable", "NotFound", "Conflict", "TooLarge", "Invalid", *_STOPPED),
        parameters=[_RECORD_ID],
        requestBody=_body("Abandoning"),
    )


def _dismantle() -> Json:
    return operation(
        "dismantle",
        "End a certificate by the machine's dismantling notice (拆卸告知办结)",
        {"200": answer("Cancelled.", ref("Standing"))},
        ("Unreadable", "NotFound", "Conflict", "TooLarge", "Invalid", *_STOPPED),
        parameters=[IDEMPOTENCY_KEY],
        requestBody=_body("Dismantling"),
    )


def _of_one(
    name: str, summary: str, done: Json, refused: tuple[str, ...] = (), **more: Any
) -> Json:
    parameters = [_LICENSE_ID, *more.pop("parameters", ())]
    # A certificate whose issuing has not ended is told of by 409.
    told = dict.fromkeys(("NotFound", "Conflict", *refused))
    return operation(name, summary, done, tuple(told), parameters=parameters, **more)


def operation(name: str, summary: str, done: Json, refused: tuple[str, ...], **more: Any) -> Json:
    """An operation behind an access key, with what each of them may be refused with."""
    for success in done.values():
        success["headers"] = success.get("headers", {}) | _TOLD
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["approvals"],
        "security": [{"key": []}],
        **more,
        "responses": done | problems(*_EVERY, *refused),
    }


def _body(schema: str) -> Json:
    return {"required": True, "content": content("application/json", ref(schema))}
