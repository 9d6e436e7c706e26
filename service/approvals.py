"""The approvals side of the HTTP interface: create, read, download, cancel."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify
from flask import request as http

from renderer.errors import Problem
from service import (
    clock,
    continuing_routes,
    dismantling_routes,
    finding,
    idempotency,
    listing_routes,
    previews,
    receipt_routes,
    replacing_routes,
    request,
)
from service.access import AccessKeys
from service.batches import routes as batch_routes
from service.cancelling import cancel
from service.errors import Invalid
from service.http_caller import body, caller, may_act_for
from service.installation import Installation
from service.issuing import answer, issue
from service.request_rate import Buckets
from verify import times
from verify.register import Entry

API = "/api/v1/certificates"
MEDIA_TYPES = {"pdf": "application/pdf", "ofd": "application/ofd"}


def make_blueprint(installation: Installation, keys: AccessKeys) -> Blueprint:
    """The approvals routes of one installation, each behind a bearer key."""
    routes = Blueprint("approvals", __name__)
    buckets = Buckets()

    @routes.before_request
    def _authenticate() -> None:
        g.caller = keys.caller(http.headers.get("Authorization"))
        g.allowance = buckets.take(g.caller.name, g.caller.per_minute)
        g.allowance.require()
        g.caller.may_call(http.path)

    @routes.after_request
    def _tell_allowance(response: Response) -> Response:
        if "allowance" in g:
            response.headers.update(g.allowance.headers())
        return response

    @routes.post(API)
    def create() -> tuple[Response, int, dict[str, str]]:
        posted = request.read(body())
        may_act_for(posted.data.get("authority"))
        key = http.headers.get(idempotency.HEADER)
        name = caller().name
        issued = issue(installation, posted, idempotency.binding(name, key, posted), name)
        path = f"{API}/{issued.entry.license_id}"
        return jsonify(issued.as_json() | _links(path)), 201, {"Location": path}

    @routes.get(f"{API}/<license_id>")
    def read(license_id: str) -> Response:
        entry = _entry(installation, license_id)
        history = [
            {
                "status": change.state,
                "effective_from": times.iso(change.effective_from),
                "known_since": times.iso(change.known_since),
                "reason": change.reason,
            }
            for change in entry.history
        ]
        found = answer(installation, license_id).as_json()
        return jsonify(found | _links(f"{API}/{license_id}") | {"history": history})

    @routes.get(f"{API}/<license_id>/<any(pdf, ofd):kind>")
    def download(license_id: str, kind: str) -> Response:
        entry = _entry(installation, license_id)
        sha256 = entry.pdf_sha256 if kind == "pdf" else entry.ofd_sha256
        response = Response(installation.documents.get(sha256), mimetype=MEDIA_TYPES[kind])
        response.headers["Content-Disposition"] = f'attachment; filename="{license_id}.{kind}"'
        response.set_etag(sha256)
        return response

    @routes.get(f"{API}/<license_id>/preview.png")
    def preview(license_id: str) -> Response:
        entry = _entry(installation, license_id)
        return Response(previews.png(installation, entry), mimetype="image/png")

    @routes.post(f"{API}/<license_id>/cancel")
    def cancel_one(license_id: str) -> Response:
        entry = _entry(installation, license_id)
        posted = request.read(body())
        reason, effective = _cancelling(posted.data)
        moment = (
            clock.parse_moment(effective, "effective_from", "注销生效时间") if effective else None
        )
        repeated = idempotency.binding_of_cancelling(
            caller().name, http.headers.get(idempotency.HEADER), license_id, posted
        )
        return jsonify(cancel(installation, entry, reason, moment, repeated).as_json())

    listing_routes.add(routes, installation)
    receipt_routes.add(routes, installation)
    continuing_routes.add(routes, installation)
    replacing_routes.add(routes, installation)
    dismantling_routes.add(routes, installation)
    batch_routes.add(routes, installation)
    return routes


def _entry(installation: Installation, license_id: str) -> Entry:
    return finding.certificate(installation, caller(), license_id)


def _links(path: str) -> dict[str, str]:
    return {kind: f"{path}/{kind}" for kind in ("pdf", "ofd")}


def _cancelling(data: Any) -> tuple[str, str | None]:
    """Reason and moment from a cancel request's JSON."""
    reason, effective = data.get("reason"), data.get("effective_from")
    problems = [
        Problem(name, "未知字段", "请删除")
        for name in sorted(set(data) - {"reason", "effective_from"})
    ]
    if not isinstance(reason, str):
        problems.append(Problem("reason", "注销原因", "缺少必填项，或不是文本"))
    if effective is not None and not isinstance(effective, str):
        problems.append(Problem("effective_from", "注销生效时间", "应为文本"))
    if problems:
        raise Invalid("注销请求有误 (the cancelling has mistakes)", problems)
    return str(reason), effective
