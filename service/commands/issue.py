"""`sealpress issue`: request files in, certificates out, one JSON line each."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from service import report, request
from service.files import read_at_most, write_whole
from service.installation import Installation
from service.issuing import Issued, issue


def run(options: argparse.Namespace) -> int:
    """Issue each request; one that is refused does not stop the others. 0 if all were issued."""
    installation = Installation.open()
    failed, authorities = False, set()
    for path in options.requests:
        try:
            issued = _issue(installation, path)
            line = with_files(installation, issued, options.out)
            authorities.add(issued.entry.authority_code)
        except Exception as error:  # each request has its own answer
            failed = True
            line = {"request": path.name, "problem": report.problem(error)}
        print(json.dumps(line, ensure_ascii=False), flush=True)
    installation.refresh_trust(sorted(authorities))
    return report.EXIT_FAILED if failed else 0


def _issue(installation: Installation, path: Path) -> Issued:
    return issue(installation, request.read(read_at_most(path, request.MAX_REQUEST_BYTES)))


def with_files(installation: Installation, issued: Issued, out: Path | None) -> dict[str, Any]:
    """The answer, with both files written into a folder where one is given."""
    answer = issued.as_json()
    if out is None:
        return answer
    for kind in ("pdf", "ofd"):
        target = out / f"{issued.entry.license_id}.{kind}"
        write_whole(target, installation.documents.get(answer[f"{kind}_sha256"]))
        answer[kind] = str(target)
    return answer
