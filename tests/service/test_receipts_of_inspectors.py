"""Receipts and signed answers, over HTTP and from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from access_keys_world import client_with, development_client, give_key
from flask.testing import FlaskClient

from service import clock
from service.app import create_app
from service.cancelling import cancel
from service.cli import main
from service.installation import Installation
from service.issuing import Issued
from service.public_side import PublicInstallation
from signing import development_files, key_ring, trust
from signing.key_entry import Role
from verify import receipts

RECEIPTS = "/api/v1/receipts"

pytestmark = pytest.mark.usefixtures("at_home")


@pytest.fixture
def inspector(installation: Installation) -> FlaskClient:
    return client_with(give_key(installation, "station-7", inspector=True), installation)


def read(installation: Installation, token: str) -> receipts.Receipt:
    return receipts.read(token, installation.anchors().receipt_keys)


def test_an_inspector_gets_a_receipt_for_a_file(
    installation: Installation, issued: Issued, inspector: FlaskClient
) -> None:
    pdf = installation.documents.get(issued.as_json()["pdf_sha256"])
    form = {"file": (io.BytesIO(pdf), "a.pdf"), "inspector": "张工", "place": "南宁", "plate": "X"}
    answer = inspector.post(RECEIPTS, data=form)
    assert answer.status_code == 200
    found = read(installation, answer.get_json()["receipt"])
    assert found.is_of(pdf)
    assert (found.claims["inspector"], found.claims["access"]) == ("张工", "station-7")
    assert found.claims["result"]["verdict"] == answer.get_json()["result"]["verdict"] == "altered"
    assert found.claims["result"]["certificate"]["number"] == issued.entry.number


def test_an_inspector_gets_receipts_for_codes_and_numbers(
    installation: Installation, issued: Issued, inspector: FlaskClient
) -> None:
    code = {"code": issued.verify_url, "inspector": "张工"}
    number = {
        "number": issued.entry.number,
        "factory_number": issued.entry.face["factory_number"],
        "inspector": "张工",
    }
    for asked in (code, number):
        answer = inspector.post(RECEIPTS, json=asked)
        found = read(installation, answer.get_json()["receipt"])
        assert found.claims["result"]["verdict"] == "valid"
        assert found.claims["online"] is True
    elsewhere = inspector.post(RECEIPTS, json=number | {"plate": "0"})
    claims = read(installation, elsewhere.get_json()["receipt"]).claims
    assert (claims["plate"], claims["result"]["verdict"]) == ("0", "altered")
    wrong = inspector.post(RECEIPTS, json=number | {"factory_number": "0"})
    assert read(installation, wrong.get_json()["receipt"]).claims["result"]["certificate"] is None


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"code": "1"}, "inspector"),
        ({"code": "1", "inspector": " "}, "inspector"),
        ({"code": "1", "inspector": "a\nb"}, "inspector"),
        ({"code": "1", "inspector": 1}, "inspector"),
        ({"code": "1", "inspector": "x" * 201}, "inspector"),
        ({"inspector": "x"}, "code"),
        ({"inspector": "x", "number": "1"}, "code"),
        ({"inspector": "x", "code": "1", "number": "1", "factory_number": "2"}, "code"),
        ({"inspector": "x", "code": "1", "more": "1"}, "more"),
        ({"inspector": "x", "code": "1", "at": "soon"}, "at"),
    ],
)
def test_what_a_receipt_cannot_be_made_of_is_named(
    inspector: FlaskClient, asked: dict[str, object], field: str
) -> None:
    answer = inspector.post(RECEIPTS, json=asked)
    assert answer.status_code == 422
    assert field in {problem["field"] for problem in answer.get_json()["errors"]}


def test_a_form_names_one_inspector_only(inspector: FlaskClient) -> None:
    form = {"file": (io.BytesIO(b"%PDF-1.7"), "a.pdf"), "inspector": ["张工", "李工"]}
    answer = inspector.post(RECEIPTS, data=form)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.get_json()["errors"]] == ["inspector"]


def test_a_file_that_is_missing_or_too_large_is_refused(inspector: FlaskClient) -> None:
    nothing = {"inspector": "x", "a": (io.BytesIO(), "a")}
    assert inspector.post(RECEIPTS, data=nothing).status_code == 422
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    large = head + bytes(5 * 2**20 + 1) + b"\r\n--x--\r\n"
    form = "multipart/form-data; boundary=x"
    assert inspector.post(RECEIPTS, data=large, content_type=form).status_code == 413


def test_an_inspectors_key_opens_nothing_else(
    installation: Installation, issued: Issued, inspector: FlaskClient
) -> None:
    one = f"/api/v1/certificates/{issued.entry.license_id}"
    for method, path in (("GET", one), ("POST", f"{one}/cancel"), ("POST", "/api/v1/certificates")):
        assert inspector.open(path, method=method, json={"reason": "x"}).status_code == 403
    nobody = create_app(installation).test_client()
    assert nobody.post(RECEIPTS, json={}).status_code == 401


def test_an_inspectors_key_is_made_and_listed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "key"
    assert main(["access", "create", "station-7", "--inspector", "--out", str(out)]) == 0
    assert "receipts only" in capsys.readouterr().out
    assert main(["access", "list", "--json"]) == 0
    (key,) = json.loads(capsys.readouterr().out)["keys"]
    assert key["inspector"] is True
    both = ["access", "create", "b", "--inspector", "--unbound", "--out", str(tmp_path / "b")]
    assert main(both) != 0


# --- signed answers -----------------------------------------------------------------------------


def test_a_status_is_told_signed_now_and_at_a_moment(
    installation: Installation, issued: Issued
) -> None:
    client = create_app(installation).test_client()
    before = clock.now()
    cancel(installation, issued.entry, "设备已拆卸")
    code = {"code": issued.verify_url}
    then = code | {"at": before.isoformat()}
    for asked, state in ((code, "cancelled"), (then, "valid")):
        headers = {"Accept": "application/jwt"}
        answer = client.get("/api/v1/status", query_string=asked, headers=headers)
        assert answer.mimetype == "application/jwt"
        claims = read(installation, answer.text).claims
        assert claims["result"]["status"]["state"] == state
        assert claims["result"]["status"]["known_since"] is not None
        assert "inspector" not in claims


def test_where_there_are_no_keys_answers_are_not_signed(
    installation: Installation, issued: Issued
) -> None:
    installation.refresh_trust()
    apart = PublicInstallation.open(installation.settings.home)
    client = create_app(apart, "public").test_client()
    query = {"code": issued.verify_url}
    try:
        headers = {"Accept": "application/jwt"}
        answer = client.get("/api/v1/status", query_string=query, headers=headers)
        assert answer.status_code == 406
        assert client.get("/api/v1/status", query_string=query).get_json()["verdict"] == "valid"
    finally:
        apart.database.close()


def test_a_folder_of_keys_from_before_receipts_gets_a_key(
    installation: Installation, issued: Issued
) -> None:
    folder = installation.keys
    ring = key_ring.load(folder)
    older = tuple(one for one in ring.entries if one.role is not Role.RECEIPT_SIGNER)
    key_ring.write(folder, key_ring.KeyRing(folder, older))
    (folder / "receipt.key").unlink()
    answer = development_client(installation).post(
        RECEIPTS, json={"code": issued.verify_url, "inspector": "张工"}
    )
    assert read(installation, answer.get_json()["receipt"]).claims["inspector"] == "张工"


# --- the command line ---------------------------------------------------------------------------


def run(*arguments: object) -> int:
    try:
        return main([str(one) for one in arguments])
    except SystemExit as left:
        return int(left.code or 0)


@pytest.fixture
def pdf(installation: Installation, issued: Issued, tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(installation.documents.get(issued.as_json()["pdf_sha256"]))
    installation.refresh_trust([issued.entry.authority_code])
    return path


def test_a_check_offline_gives_a_receipt_that_others_can_verify(
    pdf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt, anchors = tmp_path / "r.jwt", tmp_path / "trust"
    check = ("verify", pdf, "--offline", "--receipt", receipt, "--inspector", "张工")
    assert run(*check, "--place", "南宁") == 0
    assert run("trust", "export", anchors) == 0
    capsys.readouterr()
    assert run("receipt", "verify", receipt, "--trust", anchors, "--of", pdf, "--json") == 0
    claims = json.loads(capsys.readouterr().out)
    assert claims["online"] is False
    assert claims["result"]["status"]["list"]["freshness"] == "fresh"
    assert run("receipt", "verify", receipt, "--of", receipt) == 1
    assert "another file" in capsys.readouterr().err
    assert run("receipt", "verify", receipt) == 0
    assert "张工" in capsys.readouterr().out
    assert run(*check) == 64  # neither written over, nor taken for `altered`
    assert str(receipt) in capsys.readouterr().err
    nowhere = tmp_path / "no" / "r.jwt"
    assert run("verify", pdf, "--receipt", nowhere, "--inspector", "张工") != 0
    assert str(nowhere) in capsys.readouterr().err


def test_a_device_signs_with_its_own_key(
    pdf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cryptography.hazmat.primitives import serialization

    device, receipt = tmp_path / "device.key", tmp_path / "r.jwt"
    device.write_bytes(development_files.new_p256())
    device.chmod(0o600)
    private = serialization.load_pem_private_key(device.read_bytes(), None)
    public = tmp_path / "device.pem"
    public.write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    signed = ("--receipt", receipt, "--inspector", "张工", "--receipt-key", device.as_uri())
    assert run("verify", pdf, *signed) == 0
    assert run("receipt", "verify", receipt, "--key", public) == 0
    assert run("receipt", "verify", receipt) == 1
    assert "not known here" in capsys.readouterr().err
    assert run("receipt", "verify", receipt, "--key", device) != 0


def test_a_receipt_names_who_checked(pdf: Path, tmp_path: Path) -> None:
    assert run("verify", pdf, "--receipt", tmp_path / "r.jwt") == 64
    assert run("verify", pdf, "--receipt", tmp_path / "r.jwt", "--inspector", " \n") != 0
    assert not (tmp_path / "r.jwt").exists()


def test_receipt_keys_are_published_without_the_revoked(
    installation: Installation, tmp_path: Path
) -> None:
    installation.refresh_trust()
    own = trust.load(installation.settings.home / "trust")
    assert len(own.receipt_keys) == 1
    assert run("keys", "revoke", "receipt-signer-1", "--reason", "keyCompromise") == 0
    assert not trust.load(installation.settings.home / "trust").receipt_keys
