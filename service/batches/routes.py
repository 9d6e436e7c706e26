"""The routes of batches: post one, look how it goes, read what became of its rows."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify
from flask import request as http

from renderer.errors import Problem
from service import clock, idempotency
from service.batches import posting, progress, store
from service.batches.intake import MAX_BYTES
from service.batches.store import Batch, State
from service.errors import Conflict, Invalid, NotFound, TooLarge
from service.http_caller import caller
from service.installation import Installation

BATCHES = "/api/v1/batches"
LARGEST_ID = 2**31 - 1
"""What the register's integers hold; a larger number names no batch."""

PAGE_ROWS = 200
"""Rows of a page; the report has all."""

JSON_LINES = "application/jsonl"


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the routes to the approvals side."""

    @routes.post(BATCHES)
    def post_batch() -> tuple[Response, int, dict[str, str]]:
        key = http.headers.get(idempotency.HEADER)
        batch = posting.post(installation, caller(), _body(), key)
        return _standing(installation, batch), 202, {"Location": _path(batch)}

    @routes.get(f"{BATCHES}/<int:batch_id>")
    def read_batch(batch_id: int) -> Response:
        return _standing(installation, _batch(installation, batch_id))

    @routes.get(f"{BATCHES}/<int:batch_id>/rows")
    def rows_of_batch(batch_id: int) -> Response:
        batch = _batch(installation, batch_id)
        state, after = _asked()
        with installation.database.read() as connection:
            found = progress.rows(connection, batch.id, state, after, PAGE_ROWS)
        more = str(found[-1]["line"]) if len(found) == PAGE_ROWS else None
        response = jsonify({"rows": found, "cursor": more})
        if more is not None:
            asked = http.args.to_dict() | {"cursor": more}
            response.headers["Link"] = f'<{http.path}?{urlencode(asked)}>; rel="next"'
        return response

    @routes.get(f"{BATCHES}/<int:batch_id>/report")
    def report_of_batch(batch_id: int) -> Response:
        batch = _batch(installation, batch_id)
        if batch.ended_at is None:
            raise Conflict("该批次尚未办完，报告在办完后提供 (the batch has not ended yet)")
        report = progress.report(installation.database, batch.id)
        response = Response(report, mimetype=JSON_LINES)
        name = f"batch-{batch.id}.jsonl"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _standing(installation: Installation, batch: Batch) -> Response:
    with installation.database.read() as connection:
        told = progress.of(connection, batch, clock.now()).as_json()
    path = _path(batch)
    return jsonify(told | {"rows_url": f"{path}/rows", "report_url": f"{path}/report"})


def _path(batch: Batch) -> str:
    return f"{BATCHES}/{batch.id}"


def _batch(installation: Installation, batch_id: int) -> Batch:
    """The batch that the address names; another key's is as good as absent.

    Raises:
        NotFound: there is none, or it is none of the caller's business.
    """
    if batch_id <= LARGEST_ID:
        with installation.database.read() as connection:
            found = store.find(connection, batch_id)
        if found is not None and found.caller.name == caller().name:
            return found
    raise NotFound(f"未找到批次 {batch_id} (no such batch)")


def _asked() -> tuple[State | None, int]:
    """State and cursor of the address's query.

    Raises:
        Invalid: one of them is none.
    """
    state, cursor = http.args.get("state"), http.args.get("cursor", "0")
    problems = []
    if state is not None and state not in list(State):
        known = "、".join(State)
        problems.append(Problem("state", "状态", f"只能是 {known}"))
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        problems.append(Problem("cursor", "游标", "应为上一页给出的值"))
    if problems:
        raise Invalid("查询条件有误 (the query has mistakes)", problems)
    return None if state is None else State(state), int(cursor)


def _body() -> bytes:
    """The body, refused before it is read where it says that it is too large.

    Raises:
        TooLarge: it has more bytes than a batch may have.
    """
    if (http.content_length or 0) > MAX_BYTES:
        raise TooLarge(f"批量请求超过 {MAX_BYTES} 字节 (more bytes than allowed)")
    return http.stream.read(MAX_BYTES + 1)
