"""The sandbox over HTTP: the platform's side, and the side of whoever practises.

POST /oauth/token                     client_id, client_secret, grant_type
POST /{method}?access_token=…         {"AcceptData": [{…}]}
GET  /sandbox/state                   what it has been told, and what is still to go wrong
POST /sandbox/faults                  {step, kind, times, words, seconds}
DELETE /sandbox/faults
"""

from __future__ import annotations

import hmac
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from service.platform.vocabulary import Call, Vocabulary
from service.sandbox import faults
from service.sandbox.answering import Answered, answer, refusal, unreadable
from service.sandbox.rules import Rules
from service.sandbox.store import Fault, Store

MAX_BODY_BYTES = 4_194_304
"""Largest request: a batch of MAX_ENTRIES certificates has about 200 KiB."""

TOKEN_LIFE_S = 7_200
"""How long a token is good, in seconds."""

MAX_TOKENS = 1_000
"""How many tokens are known at once; the oldest are forgotten first."""

GARBAGE = b"<html><body><h1>502 Bad Gateway</h1>\xff\xfe</body></html>"


class Sandbox:
    """The platform: who may call, what goes wrong, what is done."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        types: Mapping[str, Vocabulary],
        client_id: str,
        client_secret: str,
    ) -> None:
        self.store, self._rules = store, rules
        self._client = (client_id.encode(), client_secret.encode())
        self._methods = {
            method: (kind, words, Call(call))
            for kind, words in types.items()
            for call, method in words.methods.items()
        }
        self._tokens: dict[str, float] = {}
        self._lock = threading.Lock()

    def token(self, form: Mapping[str, str]) -> str | None:
        """A new token, None where the client's secret is wrong."""
        given = (form.get("client_id", "").encode(), form.get("client_secret", "").encode())
        if form.get("grant_type") != "client_credentials" or not all(
            map(hmac.compare_digest, given, self._client)
        ):
            return None
        token = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._tokens) >= MAX_TOKENS:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[token] = time.monotonic() + TOKEN_LIFE_S
        return token

    def is_token(self, token: str) -> bool:
        """Whether that token is good."""
        with self._lock:
            return self._tokens.get(token, 0.0) > time.monotonic()

    def method(self, name: str) -> tuple[str, Vocabulary, Call] | None:
        """The certificate type and the call that a method's name stands for."""
        return self._methods.get(name)

    def call(
        self, name: str, found: tuple[str, Vocabulary, Call], body: Any, fault: Fault | None
    ) -> Answered:
        """What is answered to a call, which is done unless the fault forbids it."""
        kind, words, call = found
        if fault is not None and fault.kind in ("refuse", "too_fast"):
            given = refusal(faults.words_of(fault), body, words)
        elif fault is not None and fault.kind == "drop_before":
            given = Answered("dropped", {}, [])
        else:
            with self.store.transaction():
                given = answer(self._rules, kind, words, call, body)
            if fault is not None and fault.kind == "warn":
                given = given.warned(faults.words_of(fault))
        self.store.record(call, name, fault.kind if fault else None, given.outcome, given.said)
        return given


def create_app(sandbox: Sandbox) -> Flask:
    """The application."""
    app = Flask("sealpress-sandbox")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_error_handler(HTTPException, _refused)

    @app.post("/oauth/token")
    def token() -> Response:
        fault = sandbox.store.next_fault(faults.TOKEN)
        if fault is not None and fault.kind == "drop_before":
            return _dropped()
        given = None if _forbids(fault) else sandbox.token(request.form)
        if given is None:
            return _json({"error": "invalid_client"}, 401)
        return _faulty(_json({"access_token": given, "expires_in": TOKEN_LIFE_S}), fault)

    @app.post("/<method>")
    def call(method: str) -> Response:
        found = sandbox.method(method)
        if found is None:
            return _json({"error": "unknown_method"}, 404)
        if not sandbox.is_token(request.args.get("access_token", "")):
            return _json({"error": "invalid_token"}, 401)
        fault = sandbox.store.next_fault(found[2])
        if fault is not None and fault.kind == "stale_token":
            return _json({"error": "invalid_token"}, 401)
        body = _body()
        given = sandbox.call(method, found, body, fault)
        return _faulty(_json(given.body), fault)

    _practice(app, sandbox.store)
    return app


def _practice(app: Flask, store: Store) -> None:
    """The routes of whoever practises; the platform itself has nothing like them."""

    @app.get("/sandbox/state")
    def state() -> Response:
        return jsonify(
            certificates=[_shown(row) for row in store.find()],
            calls=store.recent_calls(),
            faults=[vars(fault) for fault in store.faults()],
        )

    @app.post("/sandbox/faults")
    def order() -> Response:
        try:
            fault = faults.read(_body())
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        store.order(fault)
        return _json(vars(fault), 201)

    @app.delete("/sandbox/faults")
    def forget() -> Response:
        store.forget_faults()
        return Response(status=204)


def _body() -> Any:
    """The JSON of a request; None where it is none, or nested as nothing here is."""
    try:
        return request.get_json(force=True, silent=True)
    except RecursionError:
        return None


def _forbids(fault: Fault | None) -> bool:
    return fault is not None and fault.kind in ("refuse", "too_fast", "stale_token")


def _faulty(response: Response, fault: Fault | None) -> Response:
    """The answer after what is to go wrong with it."""
    kind = None if fault is None else fault.kind
    if kind in ("drop_after", "drop_before"):
        return _dropped()
    if kind == "garbage":
        return Response(GARBAGE, content_type="text/html")
    if fault is not None and kind == "slow":
        time.sleep(fault.seconds)
    return response


def _dropped() -> Response:
    """Close the connection under the answer; what is given back reaches nobody."""
    held = request.environ.get("werkzeug.socket")
    if held is not None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("encrypted_")}


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    response = jsonify(dict(body))
    response.status_code = status
    return response


def _refused(error: HTTPException) -> Response:
    if error.code == 413:
        return _json(unreadable("请求过大").body)
    return _json({"error": error.name}, error.code or 500)
