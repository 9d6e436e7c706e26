"""The route that replaces a certificate by its next version (照面信息变更)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask import request as http

from service import finding, idempotency, idempotency_changes, replacing, request
from service.http_caller import body, caller
from service.installation import Installation

API = "/api/v1/certificates"


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the route to the approvals side."""

    @routes.post(f"{API}/<license_id>/replace")
    def replace_one(license_id: str) -> tuple[Response, int, dict[str, str]]:
        entry = finding.certificate(installation, caller(), license_id)
        wanted = replacing.read(request.read(body()).data)
        key = http.headers.get(idempotency.HEADER)
        remember = idempotency_changes.of_replacement(caller().name, key, wanted.reason)
        done = replacing.replace(installation, entry, wanted, remember)
        path = f"{API}/{done.entry.license_id}"
        links = {kind: f"{path}/{kind}" for kind in ("pdf", "ofd")}
        told = done.as_json() | links | {"replaces": license_id}
        return jsonify(told), 201, {"Location": path}
