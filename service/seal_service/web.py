"""The routes of a seal service: `signing.remote_protocol` over HTTP, errors by RFC 9457."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify
from flask import request as http
from werkzeug.exceptions import HTTPException

from service import report
from service.errors import Forbidden, ServiceError
from service.seal_service.callers import Callers, visitor
from service.seal_service.config import Caller
from service.seal_service.serving import SealService
from signing.remote_protocol import MAX_REQUEST_BYTES, MEDIA_TYPE

PROBLEM_MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("sealpress-seal-service")


def create_app(service: SealService, callers: Callers) -> Flask:
    """The application; it must run under gunicorn with TLS, which brings the certificates."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # Chinese stays legible

    @app.get("/v1/keys/<name>")
    def _key(name: str) -> Response:
        return _answer(service.key(_caller(service, callers), name).encode())

    @app.post("/v1/keys/<name>/signatures")
    def _sign(name: str) -> Response:
        caller = _caller(service, callers)
        return _answer(service.sign(caller, name, http.get_data(cache=False)).encode())

    app.register_error_handler(Exception, _problem)
    return app


def _caller(service: SealService, callers: Callers) -> Caller:
    socket = http.environ.get("gunicorn.socket")
    certificate = socket.getpeercert(binary_form=True) if socket is not None else None
    if certificate is None:
        raise Forbidden("there is no certificate to this connection")
    who = visitor(certificate)
    try:
        return callers.find(who)
    except Forbidden:
        service.refuse(str(who))
        raise


def _answer(body: bytes) -> Response:
    return Response(body, mimetype=MEDIA_TYPE)


def _problem(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        return _document({"title": error.name, "status": status, "detail": error.description})
    if not isinstance(error, ServiceError):
        log.error("unforeseen %s", type(error).__name__, exc_info=error)
        error = ServiceError("the service failed; why stands in its log")
    response = _document(report.problem(error))
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _document(members: dict[str, Any]) -> Response:
    response = jsonify(members)
    response.status_code = int(members["status"])
    response.mimetype = PROBLEM_MEDIA_TYPE
    return response
