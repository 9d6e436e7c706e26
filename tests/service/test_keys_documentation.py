"""docs/keys.md says what is so, and its part on development is followed to the letter."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from documented_keys import DOCUMENT, blocks, first_cells, follow, place, section

from service import cli, key_listing
from service.key_arguments import REASONS, ROLES
from signing import key_changes, trust
from signing.key_entry import State


def test_every_role_state_and_reason_is_documented() -> None:
    tables = section("Roles")
    assert set(ROLES) <= set(first_cells(tables))
    for state in State:
        assert f"| {key_listing.STATES[state]} {state.value} |" in tables
    for reason in REASONS:
        assert f"`{reason}` {key_changes.REASONS[reason]}" in DOCUMENT


def test_every_published_file_is_documented() -> None:
    cells = set(first_cells(section("What is published")))
    names = set(trust.files(_no_anchors()))
    assert {f"/trust/{name}" for name in names} == cells


def _no_anchors() -> trust.TrustAnchors:
    return trust.of_published((), pdf_roots=(), seal_roots=(), pdf_crls=(), seal_crls=())


def test_every_command_in_it_is_one() -> None:
    joined = DOCUMENT.replace("\\\n", " ")
    commands = re.findall(r"^sealpress (.*)$", joined, re.MULTILINE)
    assert len(commands) > 30
    for command in commands:
        cli._parser().parse_args(shlex.split(command))


def test_the_part_on_development_works_as_written(tmp_path: Path) -> None:
    environment = place(tmp_path)
    first, rotation, compromise = blocks(section("Development"))
    follow(first, tmp_path, environment)
    told = follow(rotation, tmp_path, environment)
    assert told.count("VALID") == 2
    assert "UNKNOWN" not in told
    told = follow(compromise, tmp_path, environment)
    (listed,) = (json.loads(line) for line in told.splitlines() if line.startswith("{"))
    states = {one["id"]: one["state"] for one in listed["keys"]}
    assert states["code-signer-1"] == "revoked"
    assert states["code-signer-3"] == "active"
    anchors = trust.load(tmp_path / "out" / "trust")
    assert len(anchors.revoked_keys) == 1
    assert len(anchors.code_keys) == 3
