"""Asks a seal service as no sound client does: one request, as given, to a connection."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any

from service.seal_service.trial import HOST, Trial
from signing.remote_access import RemoteAccess


@dataclass(frozen=True)
class Answered:
    """An answer: status, JSON, headers."""

    status: int
    content: dict[str, Any]
    headers: http.client.HTTPMessage


def context(access: RemoteAccess) -> ssl.SSLContext:
    """TLS with the caller's certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(access.ca)
    made.load_cert_chain(access.certificate, access.key)
    return made


def send(
    trial: Trial, method: str, path: str, body: bytes | None = None, caller: str = "trial"
) -> Answered:
    """Send one request as a caller."""
    connection = http.client.HTTPSConnection(
        HOST, trial.port, timeout=20, context=context(trial.access_as(caller))
    )
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return Answered(response.status, json.loads(response.read()), response.headers)
    finally:
        connection.close()


def request(digest: bytes = bytes(32), **changes: str) -> bytes:
    """A request to sign with `p256`, but for the changes."""
    members = {
        "request_id": "0123456789abcdef",
        "algorithm": "ecdsa-sha256",
        "digest": base64.b64encode(digest).decode(),
    }
    return json.dumps(members | changes).encode()


def sign(trial: Trial, body: bytes, key: str = "p256", caller: str = "trial") -> Answered:
    """Send a request to sign."""
    return send(trial, "POST", f"/v1/keys/{key}/signatures", body, caller)


def audit(trial: Trial) -> list[dict[str, Any]]:
    """The lines of the audit file."""
    path = trial.folder / "state" / "audit.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
