"""The HTTP application: the approvals side and the public side, together or apart."""

from __future__ import annotations

from typing import Literal

from flask import Flask, Response, jsonify
from flask import request as http
from werkzeug.exceptions import HTTPException

from service import clock, report
from service.installation import Installation

Side = Literal["all", "approvals", "public"]

STATUS_LIST_PATH = "/trust/status-list.jwt"
"""Where the signed status list is published; it is also its name (`sub`), so it never changes."""

API_PREFIX = "/api/"


def create_app(installation: Installation, side: Side = "all") -> Flask:
    """The application for one installation; `side` leaves out the routes of the other."""
    app = Flask("sealpress", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # Chinese stays legible
    if side != "public":
        from service.access import AccessKeys
        from service.approvals import make_blueprint

        app.register_blueprint(make_blueprint(installation, AccessKeys.of(installation)))
    if side != "approvals":
        _add_public_side(app, installation)
    _add_operators_routes(app, installation)
    _answer_errors(app)
    return app


def _add_public_side(app: Flask, installation: Installation) -> None:
    from verify import web

    app.register_blueprint(
        web.make_blueprint(
            register=installation.register,
            anchors=lambda: installation.anchors,
            base_url=installation.settings.base_url,
            clock=clock.now,
        )
    )

    @app.get(STATUS_LIST_PATH)
    def status_list() -> Response:
        return Response(installation.status_list(clock.now()), mimetype="application/statuslist+jwt")


def _add_operators_routes(app: Flask, installation: Installation) -> None:
    @app.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def ready() -> tuple[Response, int]:
        """Whether the parts that a request needs can be reached; each is named."""
        parts = {"register": _register_answers, "documents": _documents_writable, "keys": _has_keys}
        found = {name: _state(part, installation) for name, part in parts.items()}
        good = all(state == "ok" for state in found.values())
        return jsonify({"status": "ok" if good else "failing", "parts": found}), 200 if good else 503


def _answer_errors(app: Flask) -> None:
    """Every error leaves as a problem document (RFC 9457), whichever route it came from."""

    @app.errorhandler(Exception)
    def _problem(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            document = {
                "type": "about:blank",
                "title": error.name,
                "status": error.code or 500,
                "detail": error.description or error.name,
                "errors": [],
            }
        else:
            document = report.problem(error)
        response = jsonify(document)
        response.status_code = int(document["status"])
        response.mimetype = "application/problem+json"
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if http.path.startswith(API_PREFIX):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
