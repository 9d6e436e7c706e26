"""Only a caller that is known, by a sound certificate, gets anything from a seal service."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from seal_service_client import audit, context, request, send, sign

from service import clock
from service.seal_service import trial as seal_service_trial
from service.seal_service.trial import HOST, Trial
from signing import keys, remote_access, remote_calls
from signing.errors import KeyUnavailable

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A service that knows `trial`, `narrow` (one key), `pinned` and `pinned-to-another`."""
    trial = seal_service_trial.make(tmp_path_factory.mktemp("trial"))
    for name in ("narrow", "pinned", "pinned-to-another", "stranger", "revoked"):
        trial.certify(name)
    trial.certify("expired", at=clock.now() - 2 * DAY, lifetime=DAY)
    trial.certify("early", at=clock.now() + DAY)
    with trial.config.open("a", encoding="utf-8") as file:
        for name in ("narrow", "revoked", "expired", "early"):
            file.write(f'[callers.{name}]\ncommon_name = "{name}"\nkeys = ["rsa"]\n')
        for name, pin in (
            ("pinned", fingerprint(trial, "pinned")),
            ("pinned-to-another", "0" * 64),
        ):
            file.write(f"[callers.{name}]\n")
            file.write(f'common_name = "{name}"\nfingerprint = "{pin}"\nkeys = ["p256"]\n')
    (trial.folder / "clients.crl.pem").write_bytes(crl(trial, "revoked"))
    text = trial.config.read_text("utf-8")
    trial.config.write_text('client_crl = "clients.crl.pem"\n' + text)
    with trial.running():
        yield trial


def certificate(trial: Trial, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((trial.folder / f"{name}.pem").read_bytes())


def fingerprint(trial: Trial, name: str) -> str:
    return certificate(trial, name).fingerprint(SHA256()).hex()


def crl(trial: Trial, name: str) -> bytes:
    """A list of the trial's CA that revokes one certificate."""
    ca, now = certificate(trial, "ca"), clock.now()
    key = load_pem_private_key((trial.folder / "ca.key").read_bytes(), None)
    entry = x509.RevokedCertificateBuilder(certificate(trial, name).serial_number, now)
    made = x509.CertificateRevocationListBuilder(
        ca.subject, now - DAY, now + DAY, revoked_certificates=[entry.build()]
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)  # type: ignore[arg-type]


def test_a_pinned_caller_is_known(trial: Trial) -> None:
    assert send(trial, "GET", "/v1/keys/p256", caller="pinned").status == 200


@pytest.mark.parametrize("name", ["stranger", "pinned-to-another"])
def test_a_stranger_with_a_sound_certificate_is_refused_and_written_down(
    trial: Trial, name: str
) -> None:
    answer = sign(trial, request(), caller=name)
    assert answer.status == 403
    line = audit(trial)[-1]
    assert line["outcome"] == "refused: forbidden"
    assert line["caller"] == f"unknown: {name} ({fingerprint(trial, name)})"


def test_a_caller_has_its_own_keys_only(trial: Trial) -> None:
    assert send(trial, "GET", "/v1/keys/rsa", caller="narrow").status == 200
    refused = sign(trial, request(), "p256", caller="narrow")
    missing = sign(trial, request(), "none", caller="narrow")
    assert refused.status == missing.status == 403
    assert refused.content == missing.content
    assert audit(trial)[-2]["key"] == "p256"


def test_one_caller_does_not_see_the_answers_of_another(trial: Trial) -> None:
    body = request(request_id="of-the-first-one")
    first = sign(trial, body)
    second = sign(trial, body, caller="pinned")
    assert first.status == second.status == 200
    assert first.content["signature"] != second.content["signature"]


@pytest.mark.parametrize("name", ["expired", "early", "revoked"])
def test_a_certificate_that_is_not_sound_does_not_come_in(trial: Trial, name: str) -> None:
    before = len(audit(trial))
    remote_access.configure(trial.access_as(name))
    try:
        with pytest.raises(KeyUnavailable, match="refuses our certificate") as failed:
            keys.document(trial.uri("rsa"))
    finally:
        remote_calls.hang_up()
        remote_access.configure(None)
    assert not failed.value.retryable
    assert len(audit(trial)) == before


def test_a_certificate_of_another_ca_does_not_come_in(trial: Trial, tmp_path: Path) -> None:
    other = seal_service_trial.make(tmp_path)
    tls = context(trial.access)
    tls.load_cert_chain(other.access.certificate, other.access.key)
    assert _refused(trial, tls)


def test_nobody_comes_in_without_a_certificate(trial: Trial) -> None:
    tls = ssl.create_default_context(cafile=trial.folder / "ca.pem")
    assert _refused(trial, tls)


def _refused(trial: Trial, tls: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(HOST, trial.port, timeout=10, context=tls)
    try:
        connection.request("GET", "/v1/keys/p256")
        connection.getresponse()
    except (ssl.SSLError, ConnectionError):
        return True
    finally:
        connection.close()
    return False


QUICK = """
from service import cli
from service.seal_service import tls
tls.EXCHANGE_SECONDS = 0.5
raise SystemExit(cli.main())
"""


def test_callers_who_dawdle_hold_up_nobody(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    trial.config.write_text("threads = 1\n" + trial.config.read_text("utf-8"))
    with trial.running([sys.executable, "-c", QUICK, "seal-service"]):
        for send_little in (_part_of_a_handshake, _part_of_a_request, _a_byte_now_and_then):
            with socket.create_connection((HOST, trial.port)) as plain:
                began = time.monotonic()
                with send_little(trial, plain):
                    assert send(trial, "GET", "/v1/keys/p256").status == 200
                assert time.monotonic() - began < 5, send_little.__name__
    assert "Traceback" not in (tmp_path / "output.txt").read_text("utf-8")


def test_a_connection_may_be_idle_for_longer_than_an_exchange(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    with trial.running([sys.executable, "-c", QUICK, "seal-service"]):
        connection = http.client.HTTPSConnection(
            HOST, trial.port, timeout=20, context=context(trial.access)
        )
        for _ in range(2):
            connection.request("GET", "/v1/keys/p256")
            assert connection.getresponse().read()
            socket_of_both = connection.sock
            time.sleep(0.8)
        assert connection.sock is socket_of_both
        connection.close()


def _part_of_a_handshake(trial: Trial, plain: socket.socket) -> socket.socket:
    plain.sendall(b"\x16\x03\x01\x02\x00\x01")
    return plain


def _part_of_a_request(trial: Trial, plain: socket.socket) -> socket.socket:
    tls = context(trial.access).wrap_socket(plain, server_hostname=HOST)
    tls.sendall(b"POST /v1/keys/p256/signatures HTTP/1.1\r\n")
    return tls


def _a_byte_now_and_then(trial: Trial, plain: socket.socket) -> socket.socket:
    tls = context(trial.access).wrap_socket(plain, server_hostname=HOST)
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        for one in b"POST /v1/keys/p256":
            tls.sendall(bytes([one]))
            time.sleep(0.1)
    return tls
