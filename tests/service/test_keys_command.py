"""`sealpress keys` does what it says, in development and in production, and names what is wrong."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ceremonies import Ceremony
from PIL import Image

from service.cli import main
from service.installation import Installation
from service.key_arguments import AUTHORITY_ROLES, REASONS, ROLES
from signing import key_changes, key_policy, keys
from signing.key_entry import Role

SAMPLES = Path(__file__).parent.parent / "samples"
REQUEST = json.loads((SAMPLES / "01-tower-crane.json").read_text("utf-8"))
NAME, USCC = REQUEST["authority"]["name"], REQUEST["authority"]["code"]
Answer = tuple[int, str, str]
Run = Callable[..., Answer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """The command line in this process, at a home: exit status, output, errors."""
    policy = key_policy.current()

    def call(home: Path, *arguments: object) -> Answer:
        monkeypatch.setenv("SEALPRESS_HOME", str(home))
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        return status, *capsys.readouterr()

    yield call
    keys.configure(policy)


@pytest.fixture
def do(run: Run, home: Path) -> Callable[..., str]:
    """The command line at a development home; gives the output of what must work."""

    def call(*arguments: object) -> str:
        status, out, err = run(home, *arguments)
        assert (status, err) == (0, ""), out + err
        return out

    return call


def listed(answer: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(answer)["keys"]}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (16, 16), (200, 0, 0, 100)).save(out, "PNG")
    return out.getvalue()


# --- development ------------------------------------------------------------------------------


def test_the_arguments_are_those_that_the_roles_know() -> None:
    assert set(ROLES) == {role.value for role in Role}
    assert set(AUTHORITY_ROLES) == {role.value for role in Role if role.of_an_authority}
    assert set(REASONS) == set(key_changes.REASONS)


def test_keys_are_listed_with_what_became_of_them(do: Callable[..., str]) -> None:
    do("keys", "rotate", "code-signer", "--overlap", "0")
    do("keys", "rotate", "status-list-signer")
    do("keys", "revoke", "code-signer-1", "--reason", "superseded", "--from", "2026-11-01")
    found = listed(do("keys", "list", "--json"))
    states = {name: (one["state"], one["signs"]) for name, one in found.items()}
    assert states == {
        "pdf-root-1": ("active", True),
        "seal-root-1": ("active", True),
        "seal-maker-1": ("active", True),
        "code-signer-1": ("revoked", False),
        "code-signer-2": ("active", True),
        "status-list-signer-1": ("active", True),
        "status-list-signer-2": ("upcoming", False),
        "receipt-signer-1": ("active", True),
        "log-signer-1": ("active", True),
    }
    assert found["code-signer-1"]["distrusted_from"] == "2026-10-31T16:00:00Z"
    assert found["code-signer-1"]["reason"] == "superseded"
    table = do("keys", "list", "--role", "code-signer").splitlines()
    assert len(table) == 3
    assert "吊销 revoked" in table[1]
    assert "在用 active*" in table[2]
    assert found["code-signer-2"]["kid"] in table[2]


def test_an_authority_gets_its_keys_and_seal(do: Callable[..., str], tmp_path: Path) -> None:
    drawn = tmp_path / "seal.png"
    drawn.write_bytes(picture())
    out = do("keys", "create", "--authority", USCC, "--name", NAME, "--picture", drawn)
    assert f"pdf-signer-{USCC}-1" in out
    assert f"seal-signer-{USCC}-1" in out
    assert do("issue", SAMPLES / "01-tower-crane.json", "--out", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "code-signer"), "rotate"),
        (("create",), "rotate"),
        (("create", "--authority", USCC), "--name"),
        (("create", "pdf-signer"), "--authority"),
        (("create", "code-signer", "--uri", "file:///x"), "production only"),
        (("create", "--authority", "nobody", "--name", "x"), "USCC"),
        (("rotate", "pdf-signer", "--authority", USCC), "keys create"),
        (("rotate", "code-signer", "--overlap", "-1"), "--overlap"),
        (("retire", "code-signer-9"), "code-signer-9"),
        (("retire", "code-signer-1", "--at", "soon"), "at"),
        (("revoke", "code-signer-1", "--reason", "keyCompromise", "--from", "2099-01-01"), "fut"),
        (("import", "code-signer", "--uri", "gopher://x"), "scheme"),
        (("import", "pdf-root", "--certificate", "/nowhere.pem"), "nowhere.pem"),
        (("crl", SAMPLES / "01-tower-crane.json"), "revocation list"),
        (("revoke", "code-signer-1", "--reason", "lost"), "invalid choice"),
        (("create", "signer"), "invalid choice"),
    ],
)
def test_what_is_wrong_is_named(run: Run, home: Path, arguments: Any, said: str) -> None:
    before = (home / "keys" / "ring.json").read_bytes()
    status, out, err = run(home, "keys", *arguments)
    assert status in (1, 64)
    assert said in err
    assert "Traceback" not in err
    assert out == ""
    assert (home / "keys" / "ring.json").read_bytes() == before


def test_an_authority_whose_keys_are_gone_cannot_issue(
    run: Run, do: Callable[..., str], home: Path, tmp_path: Path
) -> None:
    do("issue", SAMPLES / "01-tower-crane.json", "--out", tmp_path)
    out = do("keys", "revoke", f"seal-signer-{USCC}-1", "--reason", "keyCompromise")
    assert f"sealpress keys rotate seal-signer --authority {USCC}" in out
    status, out, _ = run(home, "issue", SAMPLES / "02-construction-hoist.json", "--out", tmp_path)
    problem = json.loads(out)["problem"]
    assert status == 1
    assert problem["status"] == 503
    assert USCC in problem["detail"]
    do("keys", "rotate", "seal-signer", "--authority", USCC)
    do("issue", SAMPLES / "02-construction-hoist.json", "--out", tmp_path)


def test_a_running_installation_notices_new_keys_at_once(
    installation: Installation, do: Callable[..., str]
) -> None:
    before, anchors = installation.authority_seal(NAME, USCC), installation.anchors()
    code = installation.code_key.kid
    for role in AUTHORITY_ROLES:
        do("keys", "rotate", role, "--authority", USCC)
    do("keys", "rotate", "code-signer", "--overlap", "0")
    after = installation.authority_seal(NAME, USCC)
    assert after.pdf.certificate != before.pdf.certificate
    assert after.seal.certificate != before.seal.certificate
    assert after.art == before.art
    assert installation.code_key.kid != code
    assert set(installation.anchors().code_keys) > set(anchors.code_keys)
    do("keys", "revoke", "code-signer-1", "--reason", "keyCompromise")
    assert installation.anchors().revoked_keys


# --- production -------------------------------------------------------------------------------


@pytest.fixture
def production(tmp_path: Path) -> Path:
    """A production home with nothing but its settings; files are allowed for keys."""
    home = tmp_path / "production"
    home.mkdir()
    (home / "config.toml").write_text(
        'mode = "production"\nbase_url = "https://zj.gxzf.gov.cn"\n[keys]\nallow_files = true\n'
    )
    return home


@pytest.fixture
def ceremony(tmp_path: Path) -> Ceremony:
    folder = tmp_path / "ca"
    folder.mkdir()
    return Ceremony(folder, NAME, USCC, picture())


def prepare(run: Run, home: Path, ceremony: Ceremony, tmp_path: Path) -> None:
    """Everything that a production home needs, in the order of docs/keys.md."""
    hsm = tmp_path / "hsm"
    done = []

    def keys_(*arguments: object) -> None:
        done.append(run(home, "keys", *arguments))
        assert done[-1][0] == 0, done[-1]

    for role in ("pdf-root", "seal-root"):
        keys_("import", role, "--certificate", ceremony.folder / f"{role}.pem")
    for role in ("code-signer", "status-list-signer"):
        keys_("create", role, "--uri", (hsm / f"{role}.key").as_uri())
    for role in AUTHORITY_ROLES:
        uri, csr = (hsm / f"{role}.key").as_uri(), tmp_path / f"{role}.csr"
        own = ("--authority", USCC, "--uri", uri)
        keys_("create", role, *own, "--name", NAME, "--csr", csr)
        if role == "pdf-signer":
            keys_("import", role, *own, "--certificate", ceremony.certify_pdf(csr))
        else:
            certificate, seal = ceremony.certify_seal(csr)
            keys_("import", role, *own, "--certificate", certificate, "--seal", seal)
    for crl in ceremony.lists():
        keys_("crl", crl)


def test_a_production_home_is_made_by_commands_alone(
    run: Run, production: Path, ceremony: Ceremony, tmp_path: Path
) -> None:
    prepare(run, production, ceremony, tmp_path)
    out = tmp_path / "out"
    status, answer, err = run(production, "issue", SAMPLES / "01-tower-crane.json", "--out", out)
    assert (status, err) == (0, "")
    line = json.loads(answer)
    for kind in ("pdf", "ofd"):
        status, told, _ = run(production, "verify", line[kind])
        assert status == 0, told
        status, told, _ = run(production, "verify", line[kind], "--offline")
        assert status == 0, told
    assert not list((production / "keys").rglob("*.key"))


def test_a_key_that_the_ca_revoked_is_not_believed(
    run: Run, production: Path, ceremony: Ceremony, tmp_path: Path
) -> None:
    prepare(run, production, ceremony, tmp_path)
    _, answer, _ = run(production, "issue", SAMPLES / "01-tower-crane.json", "--out", tmp_path)
    _, out, _ = run(production, "keys", "revoke", f"pdf-signer-{USCC}-1", "--reason", "unspecified")
    assert "another CA" in out
    from cryptography import x509

    pem = (production / "keys/authorities" / USCC / "pdf.pem").read_bytes()
    serial = x509.load_pem_x509_certificate(pem).serial_number
    assert run(production, "keys", "crl", ceremony.lists(serial)[0])[0] == 0
    status, told, _ = run(production, "verify", json.loads(answer)["pdf"])
    assert status != 0
    assert "revoked since" in told


def test_without_revocation_lists_nothing_is_valid_and_the_missing_one_is_named(
    run: Run, production: Path, ceremony: Ceremony, tmp_path: Path
) -> None:
    prepare(run, production, ceremony, tmp_path)
    _, answer, _ = run(production, "issue", SAMPLES / "01-tower-crane.json", "--out", tmp_path)
    (production / "keys" / "crls" / "pdf.crl").unlink()
    out = tmp_path / "trust"
    assert run(production, "trust", "export", out)[0] == 0
    pdf = json.loads(answer)["pdf"]
    assert run(production, "verify", pdf)[0] == 3
    status, _, err = run(production, "verify", pdf, "--offline", "--trust", out)
    assert status not in (0, 2)
    assert "pdf.crl" in err


def test_in_production_nothing_is_made_up(
    run: Run, production: Path, ceremony: Ceremony, tmp_path: Path
) -> None:
    for arguments, said in (
        (("keys", "create", "code-signer"), "--uri"),
        (("keys", "rotate", "code-signer"), "--uri"),
        (("issue", SAMPLES / "01-tower-crane.json", "--out", tmp_path), "keys"),
    ):
        status, out, err = run(production, *arguments)
        assert status == 1
        assert said in out + err
    uri = (tmp_path / "x.key").as_uri()
    status, _, err = run(production, "keys", "create", "pdf-signer", "--uri", uri)
    assert status == 1
    assert "--csr" in err


def test_files_are_refused_where_production_does_not_allow_them(
    run: Run, production: Path, tmp_path: Path
) -> None:
    config = production / "config.toml"
    config.write_text(config.read_text("utf-8").replace("true", "false"))
    uri = (tmp_path / "code.key").as_uri()
    status, _, err = run(production, "keys", "create", "code-signer", "--uri", uri)
    assert status == 1
    assert "allow_files" in err
    assert not (tmp_path / "code.key").exists()


def test_a_production_folder_from_before_the_ring_goes_on_issuing(
    run: Run, home: Path, production: Path, tmp_path: Path
) -> None:
    run(home, "keys", "create", "--authority", USCC, "--name", NAME)
    shutil.copytree(home / "keys", production / "keys")
    (production / "keys" / "ring.json").unlink()
    status, answer, _ = run(production, "issue", SAMPLES / "01-tower-crane.json", "--out", tmp_path)
    assert status == 0
    assert run(production, "verify", json.loads(answer)["pdf"])[0] == 0
    assert (production / "keys" / "ring.json").is_file()
