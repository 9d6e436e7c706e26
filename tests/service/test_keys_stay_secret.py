"""Nothing secret is printed, logged, stored or answered: every command is run, and all is read.

The keys are known to the test: their numbers, their encodings and the passphrase of one of them are
looked for, as they are and in hexadecimal and base64, in everything that came out and in every file
but the keys' own.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ceremonies import Ceremony
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from test_keys_command import NAME, SAMPLES, USCC, picture

from service.cli import main
from signing import certificates, der, der_reader, key_policy, keys

ROOT = Path(__file__).parent.parent.parent
PASSPHRASE = "correct horse 电池 staple"  # noqa: S105 - what is looked for
FETCHED = ("/", "/trust/code-keys.json", "/trust/pdf.crl", "/trust/ring.json", "/readyz", "/keys/")


class Kept:
    """All that came out of commands, and where the secret files are."""

    def __init__(
        self, folder: Path, environment: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self.environment, self.output = folder, environment, output
        self.said: list[bytes] = []

    def run(self, home: Path, *arguments: object, status: int | None = 0) -> str:
        """One command, its output kept; `status` is what it must end with, None: anything."""
        self.environment.setenv("SEALPRESS_HOME", str(home))
        ended = main([str(argument) for argument in arguments])
        said = self.output.readouterr()
        self.said += [said.out.encode(), said.err.encode()]
        assert status is None or ended == status, (arguments, said)
        return said.out

    def secret_files(self) -> set[Path]:
        """Private keys, passphrases, and the access key of the approvals interface."""
        found = {*self.folder.rglob("*.key"), *self.folder.rglob("*.p12")}
        return found | {*self.folder.rglob("*.secret"), *self.folder.rglob("*.token")}

    def secrets(self) -> dict[str, bytes]:
        """What must not be found anywhere, by what it is."""
        found = {"the passphrase": PASSPHRASE.encode()}
        for path in self.secret_files():
            content = path.read_bytes()
            if path.suffix == ".token":
                found[path.name] = content.strip()
            elif path.suffix == ".key" and b"BEGIN PRIVATE KEY" in content:
                found |= {f"{path}: {name}": one for name, one in _forms(content).items()}
        return found


def _forms(pem: bytes) -> dict[str, bytes]:
    """A private key as it might stand in an output."""
    scalar = _scalar(pem)
    lines = pem.splitlines()[1:-1]
    number = int.from_bytes(scalar, "big")
    return {
        "the first line of its PEM": lines[0],
        "the end of that line": lines[0][48:],
        "the next line": lines[:2][-1][:24],  # which an Ed25519 key has not
        "bytes": scalar,
        "hexadecimal": scalar.hex().encode(),
        "HEXADECIMAL": scalar.hex().upper().encode(),
        "decimal": str(number).encode(),
        "base64": base64.b64encode(scalar)[:40],
        "base64url": base64.urlsafe_b64encode(scalar)[:40],
    }


def _scalar(pem: bytes) -> bytes:
    """The secret of a P-256, SM2 or Ed25519 key, 32 bytes, out of its PKCS#8.

    (RFC 5958, RFC 5915, RFC 8410.)
    """
    content = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    fields = der_reader.read(content, der.SEQUENCE).fields()
    fields.take(), fields.take()
    held = fields.take().octets()
    if held[0] != der.SEQUENCE:
        return der_reader.read(held, held[0]).octets()
    inner = der_reader.read(held, der.SEQUENCE).fields()
    inner.take()
    return inner.take().octets()


@pytest.fixture
def kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Kept]:
    policy = key_policy.current()
    yield Kept(tmp_path, monkeypatch, capfd)
    keys.configure(policy)


def looked_through(kept: Kept) -> None:
    """Reads every output and every file that is not secret itself."""
    secrets, secret_files = kept.secrets(), kept.secret_files()
    assert len(secrets) > 10
    places = {f"output {number}": text for number, text in enumerate(kept.said)}
    for path in kept.folder.rglob("*"):
        if path.is_file() and path not in secret_files:
            places[str(path)] = path.read_bytes()
    assert len(places) > 40
    for place, content in places.items():
        assert b"PRIVATE KEY" not in content, place
        for name, secret in secrets.items():
            assert secret not in content, f"{name} is in {place}"


def test_the_search_finds_a_key_that_is_there(kept: Kept) -> None:
    kept.run(kept.folder / "home", "keys", "list")
    for count in range(40):
        (kept.folder / f"filler-{count}").write_text("nothing")
    pem = next(kept.folder.rglob("code.key")).read_bytes()
    for form in _forms(pem).values():
        (kept.folder / "leak").write_bytes(b"before " + form + b" after")
        with pytest.raises(AssertionError, match="leak"):
            looked_through(kept)
    (kept.folder / "leak").unlink()
    loaded = load_pem_private_key(pem, None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert int.from_bytes(_scalar(pem), "big") == loaded.private_numbers().private_value


def test_development_keeps_its_secrets(kept: Kept) -> None:
    home, out = kept.folder / "home", kept.folder / "out"
    kept.run(home, "keys", "create", "--authority", USCC, "--name", NAME)
    answer = json.loads(kept.run(home, "issue", SAMPLES / "01-tower-crane.json", "--out", out))
    kept.run(home, "keys", "list", "--json")
    for role in ("code-signer", "status-list-signer", "seal-maker", "pdf-root", "seal-root"):
        kept.run(home, "keys", "rotate", role, "--overlap", "0")
    for role in ("pdf-signer", "seal-signer"):
        kept.run(home, "keys", "rotate", role, "--authority", USCC)
    kept.run(home, "keys", "retire", "seal-maker-2")
    for key in (f"pdf-signer-{USCC}-1", f"seal-signer-{USCC}-1", "code-signer-1", "pdf-root-1"):
        kept.run(home, "keys", "revoke", key, "--reason", "keyCompromise", "--from", "2026-01-01")
    kept.run(home, "keys", "list")
    kept.run(home, "issue", SAMPLES / "02-construction-hoist.json", "--out", out)
    for subject in (answer["pdf"], answer["ofd"], answer["verify_url"]):
        kept.run(home, "verify", subject, "--json", status=None)
    kept.run(home, "trust", "export", kept.folder / "trust")
    kept.run(home, "cancel", answer["number"], "--reason", "test", status=None)
    looked_through(kept)


def test_what_goes_wrong_tells_no_secret(kept: Kept) -> None:
    home, folder = kept.folder / "home", kept.folder / "brought"
    folder.mkdir()
    kept.run(home, "keys", "list")
    key = certificates.new_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "plain.key").write_bytes(pem)
    (folder / "plain.key").chmod(0o600)
    sealed = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())
    )
    for name, content in (("sealed.key", sealed), ("right.secret", PASSPHRASE.encode())):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    (folder / "wrong.secret").write_bytes(b"not this one")
    (folder / "wrong.secret").chmod(0o600)
    uri, plain = (folder / "sealed.key").as_uri(), (folder / "plain.key").as_uri()
    wrong = f"{uri}?passphrase-file={folder / 'wrong.secret'}"
    right = f"{uri}?passphrase-file={folder / 'right.secret'}"
    broken = folder / "broken.key"
    broken.write_bytes(pem[: len(pem) // 2])
    broken.chmod(0o600)
    for given in (uri, wrong, broken.as_uri(), pem.decode(), f"{plain}#x"):
        kept.run(home, "keys", "import", "code-signer", "--uri", given, status=1)
    for file in (folder / "plain.key", folder / "sealed.key", broken):
        kept.run(home, "keys", "import", "pdf-root", "--certificate", file, status=1)
        kept.run(home, "keys", "crl", file, status=1)
        offered = ("--uri", plain, "--certificate", file, "--seal", file)
        own = ("--authority", USCC)
        kept.run(home, "keys", "import", "seal-signer", *own, *offered, status=1)
    kept.run(home, "keys", "import", "code-signer", "--uri", right)
    kept.run(home, "keys", "import", "status-list-signer", "--uri", right, status=1)
    (home / "keys" / "code.key").write_bytes(pem[:60])
    kept.run(home, "issue", SAMPLES / "01-tower-crane.json", "--out", folder, status=None)
    (home / "keys" / "code.key").write_bytes(pem)
    broken.unlink()
    looked_through(kept)


def test_production_keeps_its_secrets(kept: Kept) -> None:
    home, hsm, ca = (kept.folder / name for name in ("home", "hsm", "ca"))
    for folder in (home, hsm, ca):
        folder.mkdir()
    (home / "config.toml").write_text(
        'mode = "production"\nbase_url = "https://zj.gxzf.gov.cn"\n[keys]\nallow_files = true\n'
    )
    ceremony = Ceremony(ca, NAME, USCC, picture())
    for role in ("pdf-root", "seal-root"):
        kept.run(home, "keys", "import", role, "--certificate", ca / f"{role}.pem")
    for role in ("code-signer", "status-list-signer"):
        kept.run(home, "keys", "create", role, "--uri", (hsm / f"{role}.key").as_uri())
    for role in ("pdf-signer", "seal-signer"):
        uri, csr = (hsm / f"{role}.key").as_uri(), ca / f"{role}.csr"
        own = ("--authority", USCC, "--uri", uri)
        kept.run(home, "keys", "create", role, *own, "--name", NAME, "--csr", csr)
        if role == "pdf-signer":
            more: tuple[object, ...] = ("--certificate", ceremony.certify_pdf(csr))
        else:
            certificate, seal = ceremony.certify_seal(csr)
            more = ("--certificate", certificate, "--seal", seal)
        kept.run(home, "keys", "import", role, *own, *more)
    for crl in ceremony.lists():
        kept.run(home, "keys", "crl", crl)
    kept.run(home, "issue", SAMPLES / "01-tower-crane.json", "--out", kept.folder / "out")
    kept.run(home, "keys", "list", "--json")
    with _served(kept, home) as address:
        for path in FETCHED:
            kept.said.append(_fetched(f"{address}{path}"))
    looked_through(kept)


class _served:  # noqa: N801 - reads as what it does: with _served(...)
    """The service as a process, all that it says kept when it ends."""

    def __init__(self, kept: Kept, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.kept, self.home = kept, home

    def __enter__(self) -> str:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", "serve", "--bind", self.address, "--workers=1"],
            env=os.environ | {"PYTHONPATH": str(ROOT), "SEALPRESS_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _answers(f"{self.address}/healthz"):
            time.sleep(0.2)
        return self.address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        said, _none = self.process.communicate(timeout=60)
        self.kept.said.append(said)
        assert re.search(rb"https://zj\.gxzf\.gov\.cn", said)


def _answers(address: str) -> bool:
    try:
        return bool(_fetched(address))
    except OSError:
        return False


def _fetched(address: str) -> bytes:
    host, _, path = address.partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", f"/{path}", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.read() + str(answer.headers).encode()
    finally:
        connection.close()
