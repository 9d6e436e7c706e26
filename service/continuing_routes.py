"""The routes for a record that stopped: it is continued (继续流程), or given up."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask import request as http

from service import abandoning, correcting, idempotency, idempotency_changes, request
from service.continuing import continue_record
from service.errors import NotFound
from service.http_caller import body, caller
from service.installation import Installation
from service.pipeline import way
from service.request import Request

RECORDS = "/api/v1/records"
LARGEST_ID = 2**31 - 1
"""What the register's integers hold; a larger number names no record."""


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the routes to the approvals side."""

    @routes.post(f"{RECORDS}/<int:record_id>/continue")
    def continue_one(record_id: int) -> Response:
        _must_be_seen(installation, record_id)
        said = body()
        posted = request.read(said) if said.strip() else Request({})
        correction = correcting.read(posted.data) if posted.data else None
        key = http.headers.get(idempotency.HEADER)
        bound = idempotency_changes.bound(caller().name, key, posted)
        done = continue_record(installation, record_id, correction, bound)
        return jsonify(done.as_json() | {"record": record_id})

    @routes.post(f"{RECORDS}/<int:record_id>/abandon")
    def abandon_one(record_id: int) -> Response:
        _must_be_seen(installation, record_id)
        wanted = abandoning.read(request.read(body()).data)
        return jsonify(abandoning.abandon(installation, record_id, wanted).as_json())


def _must_be_seen(installation: Installation, record_id: int) -> None:
    """Another authority's record is as good as absent.

    Raises:
        NotFound: there is no such record, or it is none of the caller's business.
    """
    if record_id <= LARGEST_ID and caller().sees(way.read(installation, record_id).dataset):
        return
    raise NotFound(f"未找到办理记录 {record_id} (no such record)")
