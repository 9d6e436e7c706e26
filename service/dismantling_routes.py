"""The route by which a completed dismantling notice (拆卸告知办结) ends a certificate."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from service import dismantling, request
from service.http_caller import body, caller
from service.installation import Installation


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the route to the approvals side."""

    @routes.post("/api/v1/dismantlings")
    def dismantle() -> Response:
        notice = dismantling.read(request.read(body()).data)
        key = caller()
        done = dismantling.dismantle(installation, notice, lambda entry: key.sees(entry.dataset))
        return jsonify(done.as_json())
