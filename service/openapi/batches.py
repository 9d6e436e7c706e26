"""The operations of batches, and what they answer."""

from __future__ import annotations

from service.batches.intake import MAX_BYTES, MAX_ROWS
from service.batches.routes import BATCHES, JSON_LINES
from service.batches.rows_query import PARAMETERS
from service.batches.store import State
from service.openapi import approvals
from service.openapi.shapes import (
    MOMENT,
    MOMENT_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    Json,
    answer,
    array,
    asked_by,
    content,
    parameter,
    record,
    ref,
    words,
)

ONE = BATCHES + "/{batch_id}"

_NUMBER: Json = {"type": "integer", "minimum": 0}
_ID = parameter("batch_id", "path", "The batch's number.", {"type": "integer"})
_LINES: Json = {"type": "string", "description": "JSON lines (one object a line)."}


def paths() -> Json:
    """The paths with their operations."""
    return {
        BATCHES: {"post": _post()},
        ONE: {"get": _read()},
        ONE + "/rows": {"get": _rows()},
        ONE + "/report": {"get": _report()},
    }


def schemas(issued: Json) -> Json:
    """What is answered; `issued` are the members of a certificate that was issued or cancelled."""
    counts = record({state.value: _NUMBER for state in State})
    row = {
        "line": _NUMBER,
        "state": words([*State]),
        "tries": _NUMBER,
        "problem": ref("Problem"),
    }
    standing = {
        "batch": _NUMBER,
        "state": words(["running", "ended"]),
        "rows": _NUMBER,
        "counts": counts,
        "created_at": MOMENT,
        "ended_at": MOMENT_OR_NULL,
        "rows_per_second": {"type": "number"},
        "eta_seconds": {"type": ["integer", "null"]},
        "rows_url": TEXT,
        "report_url": TEXT,
    }
    return {
        "Batch": record(standing),
        "BatchRow": record(row | issued, optional=["problem", *issued]),
        "BatchRows": record({"rows": array(ref("BatchRow")), "cursor": TEXT_OR_NULL}),
    }


def _post() -> Json:
    done = answer("Taken in; its rows are done one after another.", ref("Batch"))
    done["headers"] = {"Location": {"description": "The batch.", "schema": TEXT}}
    description = (
        f"At most {MAX_ROWS} lines and {MAX_BYTES} bytes. Each line is a request as `Request` "
        'describes it, or `{"action": "cancel", "number" or "license_id", "reason", '
        '"effective_from"}`. A row that is refused stops no other. Rows about one `number` are '
        "done in their order. Nothing is issued twice, however often a row is posted."
    )
    return approvals.operation(
        "postBatch",
        "Post up to ten thousand requests at once (批量办理)",
        {"202": done},
        ("Unreadable", "Conflict", "TooLarge", "Invalid"),
        description=description,
        parameters=[approvals.IDEMPOTENCY_KEY],
        requestBody={"required": True, "content": content(JSON_LINES, _LINES)},
    )


def _read() -> Json:
    return approvals.operation(
        "readBatch",
        "How a batch stands",
        {"200": answer("Counts by state, rate, and when it may end.", ref("Batch"))},
        ("NotFound",),
        parameters=[_ID],
    )


def _rows() -> Json:
    page = answer("A page of rows in their order.", ref("BatchRows"))
    page["headers"] = {"Link": {"description": "The next page (rel=next).", "schema": TEXT}}
    return approvals.operation(
        "rowsOfBatch",
        "Rows of a batch with their outcomes",
        {"200": page},
        ("NotFound", "Invalid"),
        parameters=[_ID, *asked_by(PARAMETERS)],
    )


def _report() -> Json:
    return approvals.operation(
        "reportOfBatch",
        "Every row with its outcome, once the batch has ended",
        {"200": answer("A line for each row, as `BatchRow`.", _LINES, JSON_LINES)},
        ("NotFound", "Conflict"),
        parameters=[_ID],
    )
