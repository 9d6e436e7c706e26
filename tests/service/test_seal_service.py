"""A real seal service on loopback signs for its callers, and writes down what it did."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from seal_service_client import audit, request, send, sign

from service import clock
from service.seal_service import trial as seal_service_trial
from service.seal_service.trial import Trial
from signing import keys, remote_access, remote_calls
from signing.errors import KeyUnavailable


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """One service for the tests that do not end or change it."""
    trial = seal_service_trial.make(tmp_path_factory.mktemp("trial"))
    with trial.running():
        yield trial


@pytest.fixture
def reached(running: Trial) -> Iterator[Trial]:
    """The same, as this process reaches it."""
    remote_access.configure(running.access)
    yield running
    remote_calls.hang_up()
    remote_access.configure(None)
    keys.configure(keys.KeyPolicy())


def test_p256_signs(reached: Trial) -> None:
    key = keys.p256(reached.uri("p256"))
    key.public_key.verify(key.sign(b"message"), b"message", ec.ECDSA(SHA256()))


def test_rsa_signs(reached: Trial) -> None:
    key = keys.document(reached.uri("rsa"))
    assert isinstance(key.public_key, rsa.RSAPublicKey)
    key.public_key.verify(key.sign(b"message"), b"message", padding.PKCS1v15(), SHA256())


def test_sm2_signs(reached: Trial) -> None:
    key = keys.sm2(reached.uri("sm2"))
    assert key.public.verify(b"message", key.sign(b"message"))


def test_every_signature_has_its_audit_line_with_the_digest(reached: Trial) -> None:
    import hashlib

    before = len(audit(reached))
    keys.p256(reached.uri("p256")).sign(b"message")
    (line,) = audit(reached)[before:]
    assert line["digest"] == hashlib.sha256(b"message").hexdigest()
    told = {name: line[name] for name in ("caller", "key", "algorithm", "outcome")}
    expected = {"caller": "trial", "key": "p256", "algorithm": "ecdsa-sha256", "outcome": "signed"}
    assert told == expected
    assert line["request_id"]
    assert line["time"].endswith("+00:00")


def test_the_same_request_has_the_same_signature(running: Trial) -> None:
    body = request(request_id="the-same-request")
    first, second = sign(running, body), sign(running, body)
    assert first.status == second.status == 200
    assert first.content == second.content
    assert [line["outcome"] for line in audit(running)[-2:]] == ["signed", "repeated"]


def test_another_request_under_the_same_identifier_is_a_conflict(running: Trial) -> None:
    assert sign(running, request(request_id="one-for-two-things")).status == 200
    other = sign(running, request(b"\1" * 32, request_id="one-for-two-things"))
    assert other.status == 409
    assert "signature" not in other.content
    assert audit(running)[-1]["outcome"] == "refused: conflict"


def test_the_same_request_many_times_at_once_has_one_signature(running: Trial) -> None:
    body = request(request_id="many-times-at-once")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sign(running, body), range(12)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.content["signature"] for answer in answers}) == 1
    outcomes = [
        one["outcome"] for one in audit(running) if one["request_id"] == "many-times-at-once"
    ]
    assert sorted(outcomes) == ["repeated"] * 11 + ["signed"]


def test_a_key_is_shown_to_its_caller(running: Trial) -> None:
    answer = send(running, "GET", "/v1/keys/p256")
    assert answer.status == 200
    assert sorted(answer.content) == ["algorithm", "key", "public_key"]


WRONG = {
    "no JSON": (b"{", 400, "unreadable-request"),
    "no digest": (b'{"request_id": "0123456789abcdef", "algorithm": "ecdsa-sha256"}', 400, ""),
    "a message": (request(message="aGVsbG8="), 400, "unreadable-request"),
    "a short digest": (request(bytes(31)), 400, "unreadable-request"),
    "a long digest": (request(bytes(33)), 400, "unreadable-request"),
    "a short identifier": (request(request_id="short"), 400, "unreadable-request"),
    "an identifier with a line's end": (request(request_id="0123456789abcdef\n"), 400, ""),
    "another algorithm": (request(algorithm="rsa-sha256"), 422, "invalid-request"),
    "no algorithm": (request(algorithm="none"), 400, "unreadable-request"),
    "twice": (request()[:-1] + b', "digest": "AA=="}', 400, "unreadable-request"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_is_refused_and_written_down(running: Trial, case: str) -> None:
    body, status, slug = WRONG[case]
    before = len(audit(running))
    answer = sign(running, body)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    (line,) = audit(running)[before:]
    assert line["outcome"].startswith(f"refused: {slug}")


def test_a_large_request_is_not_read(running: Trial) -> None:
    assert sign(running, request() + b" " * 1024).status == 413


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("PUT", "/v1/keys/p256")])
def test_there_is_nothing_else(running: Trial, method: str, path: str) -> None:
    answer = send(running, method, path)
    assert answer.status in (404, 405)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_service_survives_being_killed_and_repeats_its_answer(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    body = request(request_id="before-it-was-killed")
    with trial.running() as process:
        first = sign(trial, body)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
    with trial.running():
        second = sign(trial, body)
    assert first.status == second.status == 200
    assert first.content == second.content
    assert [line["outcome"] for line in audit(trial)] == ["signed", "repeated"]


def test_a_client_goes_on_when_the_service_is_back(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    remote_access.configure(trial.access)
    try:
        with trial.running():
            key = keys.p256(trial.uri("p256"))
            key.sign(b"one")
        with pytest.raises(KeyUnavailable) as failed:
            key.sign(b"two")
        assert failed.value.retryable
        with trial.running():
            signature = key.sign(b"three")
        key.public_key.verify(signature, b"three", ec.ECDSA(SHA256()))
    finally:
        remote_calls.hang_up()
        remote_access.configure(None)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_settings_are_read_anew_on_a_signal_and_wrong_ones_are_not(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    text = trial.config.read_text("utf-8")
    with trial.running() as process:
        assert send(trial, "GET", "/v1/keys/p256").status == 200
        trial.config.write_text(text.replace('common_name = "trial"', 'common_name = "other"'))
        process.send_signal(signal.SIGHUP)
        _until(lambda: send(trial, "GET", "/v1/keys/p256").status == 403)
        trial.config.write_text("broken")
        process.send_signal(signal.SIGHUP)
        _until(lambda: "as they were" in (tmp_path / "output.txt").read_text("utf-8"))
        trial.config.write_text(text)
        process.send_signal(signal.SIGHUP)
        _until(lambda: send(trial, "GET", "/v1/keys/p256").status == 200)


def test_a_key_that_is_gone_is_told_to_the_log_and_used_again_when_back(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    file, away = tmp_path / "p256.key", tmp_path / "away.key"
    with trial.running():
        file.rename(away)
        answer = sign(trial, request(request_id="while-it-was-gone"))
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert str(tmp_path) not in json.dumps(answer.content)
        assert audit(trial)[-1]["outcome"] == "refused: key-out-of-order"
        assert file.as_uri() in (tmp_path / "output.txt").read_text("utf-8")
        away.rename(file)
        assert sign(trial, request(request_id="while-it-was-gone")).status == 200


def test_without_an_audit_file_nothing_is_signed(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    (tmp_path / "state" / "audit.jsonl").mkdir(parents=True)
    with trial.running():
        answer = sign(trial, request(request_id="nobody-wrote-it-down"))
        assert answer.status == 500
        assert "signature" not in answer.content
        (tmp_path / "state" / "audit.jsonl").rmdir()
        assert sign(trial, request(request_id="nobody-wrote-it-down")).status == 200
    assert [line["outcome"] for line in audit(trial)] == ["signed"]


def test_a_caller_who_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    text = trial.config.read_text("utf-8").replace("= 600000", "= 3")
    trial.config.write_text(text)
    with trial.running():
        answers = [sign(trial, request(request_id=f"quick-request-{n:04d}")) for n in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert audit(trial)[-1]["outcome"] == "refused: too-many-requests"


def test_nothing_secret_is_written_anywhere(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    with trial.running():
        sign(trial, request())
        sign(trial, b"{")
        send(trial, "GET", "/v1/keys/sm2")
    written = (tmp_path / "output.txt").read_bytes()
    written += b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert b"0123456789abcdef" in written
    for secret in tmp_path.glob("*.key"):
        body = b"".join(secret.read_bytes().splitlines()[1:-1])
        assert body[40:80] not in written
        assert base64.b64decode(body)[36:60] not in written
    for path in (tmp_path / "state").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_wrong_settings_are_named_before_anything_is_served(tmp_path: Path) -> None:
    trial = seal_service_trial.make(tmp_path)
    (tmp_path / "server.key").chmod(0o644)
    with pytest.raises(RuntimeError, match=r"server\.key.*chmod 600"), trial.running():
        pass


def test_old_answers_are_forgotten_in_the_end(tmp_path: Path) -> None:
    from service.seal_service.journal import KEPT

    trial = seal_service_trial.make(tmp_path)
    with trial.running():
        sign(trial, request(request_id="an-old-request-1"))
    journal = tmp_path / "state" / "journal.db"
    with sqlite3.connect(journal) as connection:
        old = int((clock.now() - KEPT - timedelta(days=1)).timestamp())
        connection.execute("UPDATE signatures SET at = ?", (old,))
    connection.close()
    with trial.running():
        sign(trial, request(request_id="a-newer-request-1"))
    with sqlite3.connect(journal) as connection:
        left = connection.execute("SELECT request_id FROM signatures").fetchall()
    connection.close()
    assert left == [("a-newer-request-1",)]


FORKED = """
import os, sys
from pathlib import Path
from service.seal_service.trial import Trial
from signing import keys, remote_access

trial = Trial(Path(sys.argv[1]), int(sys.argv[2]))
remote_access.configure(trial.access)
key = keys.p256(trial.uri("p256"))
key.sign(b"before")
child = os.fork()
for number in range(20):
    key.sign(b"%d %d" % (child, number))
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_child_process_does_not_speak_over_its_parents_connection(running: Trial) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKED, str(running.folder), str(running.port)],
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
