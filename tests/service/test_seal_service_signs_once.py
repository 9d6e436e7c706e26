"""The key itself is used once for a request, however often and however close the request comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from seal_service_client import request

from service.seal_service import serving
from service.seal_service.audit import Audit
from service.seal_service.config import Caller, SealServiceConfig, ServedKey
from service.seal_service.journal import Journal
from service.seal_service.serving import SealService
from signing import p256

CALLER = Caller("press", "press", None, frozenset({"p256"}))
KEY = p256.from_private_key("test:", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The digests that the key was given; it takes its time, like a token."""
    given: list[bytes] = []

    def sign_digest(digest: bytes) -> bytes:
        given.append(digest)
        time.sleep(0.05)
        assert KEY.sign_digest is not None
        return KEY.sign_digest(digest)

    monkeypatch.setattr(serving, "_opened", lambda _: (b"", sign_digest))
    return given


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SealService]:
    journal = Journal(tmp_path / "journal.db")
    yield SealService(_config(tmp_path), journal, Audit(tmp_path / "audit.jsonl"))
    journal.close()


def _config(folder: Path) -> SealServiceConfig:
    return SealServiceConfig(
        bind="",
        certificate=folder,
        key=folder,
        client_ca=folder,
        client_crl=None,
        state=folder,
        signatures_per_minute=1000,
        threads=8,
        allow_file_keys=False,
        pkcs11_modules={},
        keys={"p256": ServedKey("p256", "test:", "ecdsa-sha256")},
        callers=(CALLER,),
    )


def test_a_repeated_request_is_answered_from_the_journal(
    service: SealService, used: list[bytes]
) -> None:
    answers = [service.sign(CALLER, "p256", request()) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(used) == 1


def test_the_same_request_at_once_waits_for_the_first(
    service: SealService, used: list[bytes]
) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: service.sign(CALLER, "p256", request()), range(5)))
    assert len({answer.signature for answer in answers}) == 1
    assert len(used) == 1


def test_different_requests_do_not_wait_for_each_other(
    service: SealService, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(4, timeout=20)

    def sign_digest(_: bytes) -> bytes:
        together.wait()
        return b"signature"

    monkeypatch.setattr(serving, "_opened", lambda _: (b"", sign_digest))
    bodies = [request(request_id=f"request-number-{n:02d}") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda body: service.sign(CALLER, "p256", body), bodies))
    assert [answer.signature for answer in answers] == [b"signature"] * 4
