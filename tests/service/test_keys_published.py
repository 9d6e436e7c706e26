"""What is under /trust/ is what others need to check our files, as of now, and nothing secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from flask.testing import FlaskClient

from service.app import create_app
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from signing import key_changes, key_ring, sm2_certificates, status_list, trust
from signing.key_entry import Role

FILES = ("pdf-root.pem", "seal-root.pem", "pdf.crl", "seal.crl", "code-keys.json")


@pytest.fixture
def client(installation: Installation) -> FlaskClient:
    installation.refresh_trust()
    return create_app(installation, "public").test_client()


def fetched(client: FlaskClient, folder: Path) -> trust.TrustAnchors:
    """The anchors of somebody who fetched every file into a folder of his."""
    folder.mkdir(exist_ok=True)
    for name in (*FILES, "status-list.jwt"):
        answer = client.get(f"/trust/{name}")
        assert answer.status_code == 200, name
        (folder / name).write_bytes(answer.data)
    return trust.load(folder)


def test_what_is_fetched_is_a_trust_folder(
    client: FlaskClient, installation: Installation, tmp_path: Path
) -> None:
    found, own = fetched(client, tmp_path / "fetched"), installation.anchors()
    assert found.pdf_roots == own.pdf_roots
    assert found.seal_roots == own.seal_roots
    assert found.crls == own.crls
    assert found.code_keys == own.code_keys
    assert found.status_list is not None
    status_list.decode(found.status_list, found.list_keys)


def test_every_file_says_what_it_is(client: FlaskClient) -> None:
    x509.load_pem_x509_certificates(client.get("/trust/pdf-root.pem").data)
    assert x509.load_der_x509_crl(client.get("/trust/pdf.crl").data).next_update_utc
    assert sm2_certificates.parse_crl(client.get("/trust/seal.crl").data)
    keys = client.get("/trust/code-keys.json")
    assert keys.mimetype == "application/jwk-set+json"
    assert all(key["kid"] and "d" not in key for key in keys.get_json(force=True)["keys"])
    assert client.get("/trust/pdf.crl").mimetype == "application/pkix-crl"
    for name in FILES:
        assert b"PRIVATE" not in client.get(f"/trust/{name}").data


def test_it_may_be_kept_for_a_while_and_asked_again_cheaply(client: FlaskClient) -> None:
    answer = client.get("/trust/pdf-root.pem")
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    again = client.get("/trust/pdf-root.pem", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name",
    ["ring.json", "code.key", "tsa-root.pem", "pdf.pem", "..%2Fring.json", "crls/pdf.crl", "", "x"],
)
def test_nothing_else_is_there(client: FlaskClient, name: str) -> None:
    assert client.get(f"/trust/{name}").status_code == 404


def test_it_is_not_on_the_approvals_side(installation: Installation) -> None:
    approvals = create_app(installation, "approvals").test_client()
    assert approvals.get("/trust/pdf-root.pem").status_code == 404


def test_a_revocation_is_published_at_once(
    client: FlaskClient,
    installation: Installation,
    request_of: Callable[..., Request],
    tmp_path: Path,
) -> None:
    issue(installation, request_of("01"))
    fetched(client, tmp_path / "before")
    ring = key_ring.load(installation.keys)
    code, signer = (
        ring.of(Role.CODE_SIGNER)[0],
        next(one for one in ring.entries if one.role is Role.PDF_SIGNER),
    )
    from service import clock

    for entry in (code, signer):
        key_changes.revoke(installation.keys, entry.id, "keyCompromise", None, clock.now())
    after = fetched(client, tmp_path / "after")
    assert list(after.revoked_keys) == [code.kid]
    assert len(x509.load_der_x509_crl(after.pdf_crls[0])) == 1


def test_the_public_side_needs_no_private_key(
    installation: Installation, request_of: Callable[..., Request], tmp_path: Path
) -> None:
    issued = issue(installation, request_of("01"))
    pdf = installation.documents.get(issued.as_json()["pdf_sha256"])
    installation.refresh_trust()
    for path in installation.keys.rglob("*.key"):
        path.unlink()
    apart = Installation.open(installation.settings.home)
    client = create_app(apart, "public").test_client()
    try:
        fetched(client, tmp_path / "fetched")
        answer = client.post("/api/v1/verifications", data=pdf, content_type="application/pdf")
        assert answer.get_json()["verdict"] == "valid"
    finally:
        apart.database.close()
