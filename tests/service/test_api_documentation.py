"""docs/api.md is followed to the letter, against a real server on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from documented_keys import ROOT, place

from service import listing_query, request
from service.access_file import USUAL_PER_MINUTE

DOCUMENT = (ROOT / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
WAIT = (
    "for _ in $(seq 300); do (: > /dev/tcp/127.0.0.1/8000) 2>/dev/null && break; sleep 0.1; done\n"
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
    script = "".join([BLOCKS[0], WAIT, *BLOCKS[1:]])
    with (tmp_path / "said.txt").open("wb") as output:
        process = subprocess.Popen(
            [shutil.which("bash") or "/bin/bash", "-euc", script.replace("8000", str(port))],
            cwd=tmp_path,
            env=place(tmp_path) | {"no_proxy": "*"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(180)
        said = (tmp_path / "said.txt").read_text("utf-8")
        assert code == 0, said
        yield tmp_path, said
    finally:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl: missing")
def test_the_commands_do_what_is_said_of_them(followed: tuple[Path, str]) -> None:
    folder, said = followed
    statuses = re.findall(r"^(\d{3})$", said, re.MULTILINE)
    assert statuses == ["409", "409", "409", "403", "422", "401"]
    answers = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    kinds = [answer["type"].rsplit("/", 1)[1] for answer in answers if "errors" in answer]
    assert kinds == [
        "conflict",
        "conflict",
        "conflict",
        "forbidden",
        "invalid-request",
        "unauthorized",
    ]
    differing = next(answer for answer in answers if "errors" in answer)
    assert [error["field"] for error in differing["errors"]] == ["face.project_name"]
    standing = [answer["status"] for answer in answers if "platform" in answer]
    assert standing == ["valid", "valid", "valid", "cancelled", "cancelled"]
    (page,) = (answer for answer in answers if "next_cursor" in answer)
    assert [row["status_text"] for row in page["records"]] == ["有效"]
    (records,) = (answer for answer in answers if "records" in answer and "columns" not in answer)
    assert [row["kind"] for row in records["records"]] == ["new"]
    assert (folder / "certificate.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "certificate.ofd").read_bytes().startswith(b"PK")
    assert (folder / "preview.png").read_bytes().startswith(b"\x89PNG")
    assert re.search(r'^RateLimit: "key";r=29\d\d;t=\d+', said, re.MULTILINE)
    key = (folder / "nanning.key").read_text().strip()
    assert key not in said


def test_the_parameters_and_limits_that_are_told_are_those_that_hold() -> None:
    table = DOCUMENT.split("| parameter |")[1].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    told = {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}
    assert told == set(listing_query.PARAMETERS)
    assert f"1 to {listing_query.MOST}, {listing_query.USUAL_LIMIT} if absent" in DOCUMENT
    assert f"{USUAL_PER_MINUTE} requests a minute" in DOCUMENT
    assert f"{request.MAX_REQUEST_BYTES >> 10} KiB" in DOCUMENT
