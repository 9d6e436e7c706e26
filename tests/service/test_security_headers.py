"""Every answer bears the fields for its safety; a page loads nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.installation import Installation

_PATHS = [
    "/",
    "/v/",
    "/v/123",
    "/v/?number=1&factory_number=2",
    "/api/v1/status?code=1",
    "/api/v1/status",
    "/api/v1/certificates",
    "/api/v1/records",
    "/trust/pdf-root.pem",
    "/trust/none",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/no/such",
]


@pytest.fixture(scope="module")
def client(template: Any) -> Iterator[FlaskClient]:
    installation = Installation.open(template)
    yield create_app(installation).test_client()
    installation.database.close()


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("path", _PATHS)
def test_every_answer_is_safe_to_show(client: FlaskClient, path: str, accept: str) -> None:
    response = client.get(path, headers={"Accept": accept})
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Strict-Transport-Security"].startswith("max-age=")
    if response.mimetype == "text/html":
        assert response.headers["Permissions-Policy"].count("=()") >= 6
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        page = response.get_data(as_text=True)
        assert "<script" not in page
        assert "style=" not in page
        assert " onclick" not in page


@pytest.mark.parametrize(
    "path", ["/v/123", "/api/v1/status?code=1", "/v/?number=1&factory_number=2"]
)
def test_what_tells_a_status_is_not_kept(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_published_trust_is_kept_and_asked_for_by_its_digest(client: FlaskClient) -> None:
    first = client.get("/trust/pdf-root.pem")
    assert "max-age" in first.headers["Cache-Control"]
    again = client.get("/trust/pdf-root.pem", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
