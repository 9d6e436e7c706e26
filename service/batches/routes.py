"""The routes of batches: post one, look how it goes, read what became of its rows."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify
from flask import request as http

from service import clock, idempotency
from service.batches import posting, progress, rows_query, store
from service.batches.intake import MAX_BYTES
from service.batches.store import Batch
from service.errors import Conflict, NotFound, TooLarge
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
        asked = rows_query.read(http.args.to_dict(flat=False))
        with installation.database.read() as connection:
            found = progress.rows(connection, batch.id, asked.state, asked.cursor, PAGE_ROWS)
        more = str(found[-1]["line"]) if len(found) == PAGE_ROWS else None
        response = jsonify({"rows": found, "cursor": more})
        if more is not None:
            following = http.args.to_dict() | {"cursor": more}
            response.headers["Link"] = f'<{http.path}?{urlencode(following)}>; rel="next"'
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


def _body() -> bytes:
    """The body, refused before it is read where it says that it is too large.

    Raises:
        TooLarge: it has more bytes than a batch may have.
    """
    if (http.content_length or 0) > MAX_BYTES:
        raise TooLarge(f"批量请求超过 {MAX_BYTES} 字节 (more bytes than allowed)")
    return http.stream.read(MAX_BYTES + 1)
