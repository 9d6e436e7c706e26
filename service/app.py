"""The HTTP application: the approvals side and the public side, together or apart."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from flask import Blueprint, Flask, Response, g, jsonify
from flask import request as http
from werkzeug.exceptions import HTTPException

from service import clock, public_side, report, turns
from service.installation import Installation
from service.transparency.proofs import SqlLog
from verify import web, web_headers, web_problems

Side = Literal["all", "approvals", "public"]

API_PREFIX = "/api/"


def create_app(installation: Installation, side: Side = "all") -> Flask:
    """The application for one installation; `side` leaves out the routes of the other."""
    app = Flask(__name__, static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # Chinese stays legible
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if side != "public":
        from service.access import AccessKeys
        from service.approvals import make_blueprint

        approvals = make_blueprint(installation, AccessKeys.of(installation))
        _one_at_a_time(approvals)
        app.register_blueprint(approvals)
        _add_metrics(app, installation)
    if side != "approvals":
        _add_public_side(app, installation)
    _add_operators_routes(app, installation)
    _describe(app, installation.settings.base_url)
    _answer_errors(app, installation.settings.base_url)
    return app


def _one_at_a_time(routes: Blueprint) -> None:
    """Let a process answer one approvals request at a time, whatever threads it has.

    What draws pictures and seals is not made for several threads; processes do it side by side.
    """
    lock = turns.LOCK

    @routes.before_request
    def take() -> None:
        lock.acquire()
        g.has_approvals_lock = True

    @routes.teardown_request
    def give(_error: BaseException | None) -> None:
        if g.pop("has_approvals_lock", False):
            lock.release()


def _add_public_side(app: Flask, installation: Installation) -> None:
    helpers, register = public_side.helpers(app), public_side.register(installation)
    app.register_blueprint(
        web.make_blueprint(
            register=register,
            anchors=installation.anchors,
            base_url=installation.settings.base_url,
            clock=clock.now,
            status_lists=installation.settings.home / "trust",
            answer_key=public_side.answer_key(installation),
            defence=public_side.defence(installation, helpers),
            log=SqlLog(register.database),
        )
    )


def _add_operators_routes(app: Flask, installation: Installation) -> None:
    @app.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def ready() -> tuple[Response, int]:
        """Whether the parts that a request needs can be reached; each is named."""
        found = installation.readiness()
        good = all(found.values())
        return jsonify({"ready": good, "parts": found}), 200 if good else 503


def _add_metrics(app: Flask, installation: Installation) -> None:
    from service import metrics

    @app.get("/metrics")
    def measured() -> Response:
        """What waits, for operators."""
        with installation.database.read() as connection:
            return Response(metrics.text(connection, clock.now()), mimetype=metrics.MEDIA_TYPE)


def _describe(app: Flask, base_url: str) -> None:
    @app.get("/openapi.json")
    def interface() -> Response:
        """What this process serves, for programs that write clients."""
        from service.openapi import document

        served = {path for rule in app.url_map.iter_rules() for path in document.path_of(rule.rule)}
        return jsonify(document.of(served, base_url))


def _answer_errors(app: Flask, base_url: str) -> None:
    """Every error leaves as a problem document (RFC 9457), or as a page where a person asks."""

    @app.errorhandler(Exception)
    def _problem(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return web.error_response(error, base_url)
        known = report.as_service_error(error)
        response = jsonify(report.document(known))
        response.status_code = known.http_status
        if known.retry_after_s is not None:
            response.headers["Retry-After"] = str(known.retry_after_s)
        response.mimetype = web_problems.MEDIA_TYPE
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.after_request
    def _headers(response: Response) -> Response:
        web_headers.secured_data(response, base_url)
        if http.path.startswith(API_PREFIX):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
