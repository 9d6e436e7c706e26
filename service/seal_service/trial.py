"""A seal service of this machine to try things on: made-up keys and certificates, on loopback.

For measuring and for tests. Everything lies in one folder, and is worth nothing outside.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.clock import now
from signing import atomic
from signing.document_key import NEW_RSA_BITS
from signing.libcrypto import Sm2PrivateKey
from signing.remote_access import RemoteAccess

HOST = "127.0.0.1"
CALLER = "trial"
KEYS = {"p256": "ecdsa-sha256", "rsa": "rsa-sha256", "sm2": "sm2-sm3"}
"""The keys of the service by name, and how they sign."""

CONFIG = "seal-service.toml"

LIFETIME = timedelta(days=1)

PATIENCE_SECONDS = 20.0
"""How long the process may take to start: a second, on a machine that is not busy."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Trial:
    """A seal service in a folder, which need not run."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    @property
    def config(self) -> Path:
        """The settings of the service."""
        return self.folder / CONFIG

    @property
    def access(self) -> RemoteAccess:
        """How its caller reaches it."""
        return self.access_as(CALLER)

    def access_as(self, name: str) -> RemoteAccess:
        """How whoever has the certificate in `name`.pem reaches it."""
        return RemoteAccess(
            ca=self.folder / "ca.pem",
            certificate=self.folder / f"{name}.pem",
            key=self.folder / f"{name}.key",
        )

    def uri(self, key: str) -> str:
        """The URI of one of KEYS."""
        return f"https://{HOST}:{self.port}/v1/keys/{key}"

    def certify(
        self, name: str, *, at: datetime | None = None, lifetime: timedelta = LIFETIME
    ) -> None:
        """Make the key and the certificate of a caller of that name, valid from `at` (now)."""
        key = ec.generate_private_key(ec.SECP256R1())
        begin = at or now() - timedelta(minutes=5)
        certificate = _certificate(
            _load_ca(self.folder), name, key, begin, begin + lifetime, server=False
        )
        _write(self.folder, name, key, certificate)

    @contextmanager
    def running(self, command: list[str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """The service as a process; `command` starts it in another way than usual."""
        self._wait_until_free()
        start = command or [sys.executable, "-m", "service.cli", "seal-service"]
        with (self.folder / "output.txt").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*start, "--config", str(self.config)],
                stdout=output,
                stderr=output,
                env=os.environ | {"SEALPRESS_HOME": str(self.folder)},
                start_new_session=True,
            )
        try:
            self._wait_for(process)
            yield process
        finally:
            stop(process)

    def _wait_until_free(self) -> None:
        """A killed service's workers may still listen for a moment after it is gone."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                return
            time.sleep(0.05)

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        said = (self.folder / "output.txt").read_text("utf-8", "replace")
        raise RuntimeError(f"the seal service did not start: {said}")


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End the process and those it has started."""
    if process.poll() is None:
        os.killpg(process.pid, how)
    process.wait(PATIENCE_SECONDS)


def make(folder: Path) -> Trial:
    """Make a service in a folder that exists and is empty."""
    begin, end = now() - timedelta(minutes=5), now() + LIFETIME
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _ca(ca_key, begin, end)
    _write(folder, "ca", ca_key, ca)
    trial = Trial(folder, _free_port())
    server_key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate((ca, ca_key), "server", server_key, begin, end, server=True)
    _write(folder, "server", server_key, certificate)
    trial.certify(CALLER)
    atomic.write(folder / "p256.key", _pem(ec.generate_private_key(ec.SECP256R1())))
    atomic.write(folder / "rsa.key", _pem(rsa.generate_private_key(65537, NEW_RSA_BITS)))
    atomic.write(folder / "sm2.key", Sm2PrivateKey.generate().to_pem())
    trial.config.write_text(_settings(trial), "utf-8")
    return trial


def _settings(trial: Trial) -> str:
    lines = [
        f'bind = "{HOST}:{trial.port}"',
        'certificate = "server.pem"',
        'key = "server.key"',
        'client_ca = "ca.pem"',
        'state = "state"',
        "signatures_per_minute = 600000",
        "allow_file_keys = true",
    ]
    for name, algorithm in KEYS.items():
        uri = (trial.folder / f"{name}.key").absolute().as_uri()
        lines += [f"[keys.{name}]", f'uri = "{uri}"', f'algorithm = "{algorithm}"']
    names = ", ".join(f'"{name}"' for name in KEYS)
    lines += [f"[callers.{CALLER}]", f'common_name = "{CALLER}"', f"keys = [{names}]", ""]
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _ca(key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime) -> x509.Certificate:
    name = _name("trial CA")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(name, name, key.public_key(), begin, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )


def _certificate(
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    name: str,
    key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
    *,
    server: bool,
) -> x509.Certificate:
    ca, ca_key = issuer
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    builder = (
        _builder(_name(name), ca.subject, key.public_key(), begin, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(authority, critical=False)
    )
    if server:
        address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))])
        builder = builder.add_extension(address, critical=False)
    return builder.sign(ca_key, SHA256())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _load_ca(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    from signing import file_keys

    certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    return certificate, file_keys.p256_private(file_keys.uri_of(folder / "ca.key"))


def _write(folder: Path, name: str, key: PrivateKey, certificate: x509.Certificate) -> None:
    atomic.write(folder / f"{name}.key", _pem(key))
    atomic.write(folder / f"{name}.pem", certificate.public_bytes(Encoding.PEM))


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
