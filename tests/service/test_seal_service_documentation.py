"""docs/seal-service.md is followed to the letter: its commands make a service that signs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from documented_keys import ROOT, place

DOCUMENT = (ROOT / "docs" / "seal-service.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
WAIT = (
    "for _ in $(seq 200); do (: > /dev/tcp/127.0.0.1/8443) 2>/dev/null && break; sleep 0.1; done\n"
)
"""What a person does between starting the service and using it."""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def followed(tmp_path: Path, port: int) -> Iterator[tuple[Path, str]]:
    """The folder in which all was done, and what was printed; the service is ended."""
    starting = next(at for at, block in enumerate(BLOCKS) if "seal-service --config" in block)
    script = "".join([*BLOCKS[: starting + 1], WAIT, *BLOCKS[starting + 1 :]])
    with (tmp_path / "said.txt").open("wb") as output:
        process = subprocess.Popen(
            [shutil.which("bash") or "/bin/bash", "-euc", script.replace("8443", str(port))],
            cwd=tmp_path,
            env=place(tmp_path),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(120)
        said = (tmp_path / "said.txt").read_text("utf-8")
        assert code == 0, said
        yield tmp_path, said
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl: missing")
def test_the_commands_make_a_service_that_signs_codes(followed: tuple[Path, str]) -> None:
    folder, said = followed
    assert "VALID" in said
    (line,) = (folder / "service" / "state" / "audit.jsonl").read_text("utf-8").splitlines()
    found = json.loads(line)
    assert (found["caller"], found["key"], found["outcome"]) == ("press-1", "code", "signed")


def test_the_settings_and_statuses_that_are_told_exist() -> None:
    from service import seal_service_config
    from signing.remote_protocol import ALGORITHMS

    for setting in ("bind", "client_ca", "state", "allow_file_keys", "client_crl", "threads"):
        assert setting in DOCUMENT
        assert setting in (seal_service_config.__doc__ or "")
    assert all(f"`{one}`" in DOCUMENT for one in ALGORITHMS)
