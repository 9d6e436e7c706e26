"""The log's public routes: the newest checkpoint, and proofs that it only ever grew.

| route | answers |
|---|---|
| `GET /trust/checkpoint` | the newest signed checkpoint, text (C2SP `tlog-checkpoint`) |
| `GET /trust/log/consistency?first=&second=` | that one size goes on from another, JSON |

A proof for one certificate comes with its verdict, where `proof=1` is asked for. Nothing is signed
here: the checkpoints are kept by the approvals side.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from verify.verdict import Verdict
from verify.web_problems import InvalidRequest, Mistake

if TYPE_CHECKING:
    from verify.log_proof import Log

DIGITS: Final = 18
"""Most digits of a size; a log of a leaf each microsecond has so many in thirty thousand years."""


def add(routes: Blueprint, log: Log | None) -> None:
    """Add the routes; without a log there is nothing at them."""

    @routes.get("/trust/checkpoint")
    def checkpoint() -> Response:
        note = log.checkpoint() if log else None
        if note is None:
            raise NotFound
        response = Response(note, mimetype="text/plain")
        response.cache_control.no_cache = True
        response.add_etag()
        response.make_conditional(request)
        return response

    @routes.get("/trust/log/consistency")
    def consistency() -> Response:
        first, second = _size("first"), _size("second")
        proof = log.consistency(first, second) if log else None
        if proof is None:
            message = "应满足 0 < first ≤ second ≤ 最新检查点的大小 (of the newest checkpoint)"
            raise InvalidRequest([Mistake("second", "日志大小", message)])
        hashes = [base64.b64encode(one).decode("ascii") for one in proof]
        return jsonify({"first": first, "second": second, "proof": hashes})


def with_proof(found: Verdict, log: Log | None) -> dict[str, Any]:
    """A verdict as JSON; with `log` where `proof=1` is asked for, None where there is no proof."""
    told = found.as_json()
    if request.args.get("proof") == "1":
        license_id = (told["certificate"] or {}).get("license_id")
        proof = log.proof(license_id) if log and license_id else None
        told["log"] = proof.as_json() if proof else None
    return told


def _size(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS):
        raise InvalidRequest([Mistake(name, "日志大小", "应为数字 (a number)")])
    return int(text)
