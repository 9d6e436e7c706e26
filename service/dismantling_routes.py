"""The route by which a completed dismantling notice (拆卸告知办结) ends a certificate."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask import request as http

from service import dismantling, idempotency, idempotency_changes, request
from service.http_caller import body, caller
from service.installation import Installation


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the route to the approvals side."""

    @routes.post("/api/v1/dismantlings")
    def dismantle() -> Response:
        posted = request.read(body())
        notice = dismantling.read(posted.data)
        key = caller()
        bound = idempotency_changes.bound(key.name, http.headers.get(idempotency.HEADER), posted)
        done = dismantling.dismantle(
            installation, notice, lambda entry: key.sees(entry.dataset), bound
        )
        return jsonify(done.as_json())
