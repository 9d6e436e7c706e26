"""An installation whose keys are in a seal service issues; while that is down, nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from seal_service_client import audit

from service import clock
from service import tables as t
from service.errors import ServiceError
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.seal_service import trial as seal_service_trial
from service.seal_service.trial import Trial
from signing import keys, remote_access, remote_calls
from verify import decide

AUTHORITY = "11210100MB0000002X"
REMOTE = {
    f"authorities/{AUTHORITY}/pdf.key": ("authority-pdf", "ecdsa-sha256"),
    f"authorities/{AUTHORITY}/seal.key": ("authority-seal", "sm2-sm3"),
    "code.key": ("code", "ecdsa-sha256"),
}
"""What is moved out of the installation: the file, the key's name in the service, how it signs."""

DIE_ONCE_AFTER_SIGNING = """
import os, pathlib, signal, sys
from service import cli
from service.seal_service import web as seal_service_web
mark, real = pathlib.Path(sys.argv.pop(1)), seal_service_web._answer

def answer(body):
    if b"authority-seal" in body and b"signature" in body and mark.exists():
        mark.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return real(body)

seal_service_web._answer = answer
raise SystemExit(cli.main())
"""


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    folder = tmp_path / "service"
    folder.mkdir()
    return seal_service_trial.make(folder)


@pytest.fixture
def remote(home: Path, trial: Trial) -> Iterator[Installation]:
    """An installation that has no key of its authority, nor that of codes."""
    made = Installation.open(home)
    made.authority_seal("沈阳市城乡建设局", AUTHORITY)
    made.database.close()
    _move_keys(home / "keys", trial)
    access = trial.access
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write(f'[remote_keys]\nca = "{access.ca}"\n')
        file.write(f'certificate = "{access.certificate}"\nkey = "{access.key}"\n')
    opened = Installation.open(home)
    yield opened
    opened.database.close()
    remote_calls.hang_up()
    remote_access.configure(None)
    keys.configure(keys.KeyPolicy())


def _move_keys(folder: Path, trial: Trial) -> None:
    ring = json.loads((folder / "ring.json").read_text("utf-8"))
    text = trial.config.read_text("utf-8")
    for entry in ring["entries"]:
        if entry["uri"] in REMOTE:
            name, algorithm = REMOTE[entry["uri"]]
            (folder / entry["uri"]).rename(trial.folder / f"{name}.key")
            uri = (trial.folder / f"{name}.key").as_uri()
            text += f'[keys.{name}]\nuri = "{uri}"\nalgorithm = "{algorithm}"\n'
            entry["uri"] = trial.uri(name)
    (folder / "ring.json").write_text(json.dumps(ring), "utf-8")
    named = ", ".join(f'"{name}"' for name, _ in REMOTE.values())
    trial.config.write_text(text.replace('keys = ["p256"', f'keys = [{named}, "p256"'), "utf-8")


def _verdicts(installation: Installation, answer: dict[str, object]) -> set[str]:
    files = [installation.documents.get(str(answer[f"{kind}_sha256"])) for kind in ("pdf", "ofd")]
    asked = {
        "register": installation.register,
        "anchors": installation.anchors(),
        "at": clock.now(),
        "now": clock.now(),
    }
    return {decide.file(one, **asked).verdict for one in files}  # type: ignore[arg-type]


def test_what_a_seal_service_signed_is_valid(
    remote: Installation, trial: Trial, request_of: Callable[..., Request]
) -> None:
    with trial.running():
        answer = issue(remote, request_of("05")).as_json()
    assert _verdicts(remote, answer) == {"valid"}
    assert sorted(one["key"] for one in audit(trial)) == ["authority-pdf", "authority-seal", "code"]


def test_a_service_killed_before_the_seal_leaves_the_request_to_be_repeated(
    remote: Installation,
    trial: Trial,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from signing import ofd_seal

    real, request = ofd_seal.seal, request_of("05")
    with trial.running() as process:

        def killed_first(*arguments: object, **options: object) -> bytes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
            return real(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(ofd_seal, "seal", killed_first)
        with pytest.raises(ServiceError, match=trial.uri("authority-seal")) as failed:
            issue(remote, request)
    monkeypatch.setattr(ofd_seal, "seal", real)
    assert failed.value.http_status == 503
    assert failed.value.retry_after_s
    assert _count(remote, t.documents) == 0
    with trial.running():
        answer = issue(remote, request).as_json()
        assert issue(remote, request).as_json() == answer
    assert _verdicts(remote, answer) == {"valid"}
    assert _count(remote, t.certificates) == 1


def test_a_service_that_dies_after_signing_seals_once(
    remote: Installation,
    trial: Trial,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The process is replaced within a second; the client must still be trying by then.
    monkeypatch.setattr(remote_calls, "FIRST_PAUSE_S", 1.0)
    mark = trial.folder / "die"
    mark.touch()
    with trial.running([sys.executable, "-c", DIE_ONCE_AFTER_SIGNING, str(mark), "seal-service"]):
        answer = issue(remote, request_of("05")).as_json()
    assert not mark.exists()
    assert _verdicts(remote, answer) == {"valid"}
    sealed = [one["outcome"] for one in audit(trial) if one["key"] == "authority-seal"]
    assert sealed == ["signed", "repeated"]


def _count(installation: Installation, table: sa.Table) -> int:
    with installation.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
