"""What a process of its own does in the tests of several processes at once."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

from service.installation import Installation
from service.issuing import issue
from service.request import read


def issue_many(home: str, requests: list[bytes]) -> list[str]:
    """Issue one request after another; gives the licence identifiers."""
    installation = Installation.open(Path(home))
    try:
        return [issue(installation, read(data)).entry.license_id for data in requests]
    finally:
        installation.database.close()


def race(
    home: Path, shared: dict[str, Any], own: list[list[dict[str, Any]]]
) -> tuple[set[str], list[str]]:
    """Let as many processes as `own` has rows issue at once: the shared request, then their own.

    Gives the identifiers that the shared request was answered with, and all others.
    """
    rows = [[json.dumps(data).encode() for data in (shared, *mine)] for mine in own]
    with multiprocessing.get_context("spawn").Pool(len(own)) as pool:
        answers = pool.starmap(issue_many, [(str(home), row) for row in rows])
    return {ids[0] for ids in answers}, [name for ids in answers for name in ids[1:]]
