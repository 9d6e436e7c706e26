"""docs/seal-service.md is followed to the letter: its commands make a service that signs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import documented_service
import pytest
from documented_keys import ROOT, place
from documented_service import shell_blocks

DOCUMENT = (ROOT / "docs" / "seal-service.md").read_text("utf-8")
BLOCKS = shell_blocks(DOCUMENT)
STARTING = next(at for at, block in enumerate(BLOCKS) if "seal-service --config" in block)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder in which all was done, and what was printed."""
    environment = place(tmp_path)
    with documented_service.followed(BLOCKS, STARTING, 8443, tmp_path, environment) as said:
        yield tmp_path, said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl: missing")
def test_the_commands_make_a_service_that_signs_codes(followed: tuple[Path, str]) -> None:
    folder, said = followed
    assert "VALID" in said
    (line,) = (folder / "service" / "state" / "audit.jsonl").read_text("utf-8").splitlines()
    found = json.loads(line)
    assert (found["caller"], found["key"], found["outcome"]) == ("press-1", "code", "signed")


def test_the_settings_and_statuses_that_are_told_exist() -> None:
    from service.seal_service import config as seal_service_config
    from signing.remote_protocol import ALGORITHMS

    for setting in ("bind", "client_ca", "state", "allow_file_keys", "client_crl", "threads"):
        assert setting in DOCUMENT
        assert setting in (seal_service_config.__doc__ or "")
    assert all(f"`{one}`" in DOCUMENT for one in ALGORITHMS)
