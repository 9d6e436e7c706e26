"""docs/api.md is followed to the letter, against a real server on loopback."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import documented_service
import pytest
from documented_keys import ROOT, place
from documented_service import shell_blocks

from service import listing_query, request
from service.access_file import USUAL_PER_MINUTE
from service.batches import intake, routes, row

DOCUMENT = (ROOT / "docs" / "api.md").read_text("utf-8")
BLOCKS = shell_blocks(DOCUMENT)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder in which all was done, and what was printed."""
    environment = place(tmp_path) | {"no_proxy": "*"}
    with documented_service.followed(BLOCKS, 0, 8000, tmp_path, environment) as said:
        yield tmp_path, said


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl: missing")
def test_the_commands_do_what_is_said_of_them(followed: tuple[Path, str]) -> None:
    folder, said = followed
    statuses = re.findall(r"^(\d{3})$", said, re.MULTILINE)
    assert statuses == ["409", "409", "409", "409", "403", "422", "401"]
    answers = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    kinds = [answer["type"].rsplit("/", 1)[1] for answer in answers if "errors" in answer]
    assert kinds == [
        "conflict",
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
    rows = [json.loads(line) for line in (folder / "report.jsonl").read_text().splitlines()]
    assert [row["state"] for row in rows] == ["issued", "failed", "cancelled"]
    assert json.loads((folder / "batch.json").read_text())["state"] == "ended"
    assert len(json.loads((folder / "failed.json").read_text())["rows"]) == 1
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
    assert f"{intake.MAX_ROWS:,} rows and {intake.MAX_BYTES >> 20} MiB" in DOCUMENT
    assert f"{routes.PAGE_ROWS} a page" in DOCUMENT
    assert f"up to {row.MAX_TRIES} times" in DOCUMENT
