"""Keys in a seal service that is killed or hangs: certificates wait, and are issued once."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import press
from service import tables as t
from service.errors import RETRY_SOON_S, SigningFailed
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.seal_service import trial as seal_service_trial
from service.seal_service.trial import Trial
from signing import remote_access

RequestOf = Callable[..., Request]
NANNING = ("南宁市住房和城乡建设局", "11450100MB0000001Q")


@pytest.fixture
def trial(home: Path, tmp_path: Path) -> Trial:
    """A seal service that holds both keys of the authority, which are in no file of ours."""
    made = Installation.open(home)
    made.authority_seal(*NANNING)
    folder = tmp_path / "service"
    folder.mkdir()
    trial = seal_service_trial.make(folder)
    ring = home / "keys" / "ring.json"
    content = json.loads(ring.read_text("utf-8"))
    for role, ours, theirs in (("pdf-signer", "pdf", "p256"), ("seal-signer", "seal", "sm2")):
        shutil.move(home / f"keys/authorities/{NANNING[1]}/{ours}.key", folder / f"{theirs}.key")
        (entry,) = [one for one in content["entries"] if one["role"] == role]
        entry["uri"] = trial.uri(theirs)
    ring.write_text(json.dumps(content), "utf-8")
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write("\n[remote_keys]\ntimeout_s = 5\ntries = 1\n")
        for name in ("ca", "certificate", "key"):
            config.write(f'{name} = "{getattr(trial.access, name)}"\n')
    return trial


@pytest.fixture
def installation(home: Path, trial: Trial) -> Iterator[Installation]:
    """The installation whose keys are there."""
    before = remote_access.current()
    opened = Installation.open(home)
    yield opened
    opened.database.close()
    remote_access.configure(before)


def steps(installation: Installation) -> list[str]:
    """Where every record stands."""
    with installation.database.read() as connection:
        return list(
            connection.execute(sa.select(t.records.c.step).order_by(t.records.c.id)).scalars()
        )


def failures(installation: Installation) -> list[dict[str, object]]:
    """What the events of failed signings tell."""
    query = sa.select(t.events.c.detail).where(t.events.c.kind == "signing_failed")
    with installation.database.read() as connection:
        return list(connection.execute(query).scalars())


def stored(installation: Installation) -> int:
    """How many files were kept."""
    return sum(path.is_file() for path in installation.documents.folder.rglob("*"))


def test_a_service_that_is_killed_leaves_a_certificate_waiting_until_it_is_back(
    installation: Installation, trial: Trial, request_of: RequestOf
) -> None:
    with trial.running() as process:
        first = issue(installation, request_of("01"))
        seal_service_trial.stop(process, signal.SIGKILL)
        with pytest.raises(SigningFailed, match=trial.uri("p256")) as failed:
            issue(installation, request_of("02"))
        assert issue(installation, request_of("01")) == first
    assert failed.value.retry_after_s == RETRY_SOON_S
    assert steps(installation) == ["finished", "coded"]
    assert stored(installation) == 2
    (told,) = failures(installation)
    assert (told["key"], told["retryable"]) == (trial.uri("p256"), True)

    with trial.running():
        second = issue(installation, request_of("02"))
    assert issue(installation, request_of("02")) == second
    assert steps(installation) == ["finished", "finished"]
    assert stored(installation) == 4


def test_a_service_that_dies_between_pdf_and_seal_leaves_nothing_half_sealed(
    installation: Installation,
    trial: Trial,
    request_of: RequestOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with trial.running() as process:
        sign = press.pades.sign

        def deadly(*arguments: Any) -> bytes:
            signed = sign(*arguments)
            seal_service_trial.stop(process, signal.SIGKILL)
            return signed

        with monkeypatch.context() as killed:
            killed.setattr(press.pades, "sign", deadly)
            with pytest.raises(SigningFailed, match=trial.uri("sm2")):
                issue(installation, request_of("01"))
    assert steps(installation) == ["coded"]
    assert stored(installation) == 0
    with trial.running():
        issue(installation, request_of("01"))
    assert steps(installation) == ["finished"]


def test_a_service_that_hangs_is_given_up_and_may_come_round(
    installation: Installation, trial: Trial, request_of: RequestOf
) -> None:
    with trial.running() as process:
        issue(installation, request_of("01"))
        os.killpg(process.pid, signal.SIGSTOP)
        with pytest.raises(SigningFailed, match=trial.uri("p256")):
            issue(installation, request_of("02"))
        assert steps(installation) == ["finished", "coded"]
        os.killpg(process.pid, signal.SIGCONT)
        issue(installation, request_of("02"))
    assert steps(installation) == ["finished", "finished"]
    assert stored(installation) == 4
