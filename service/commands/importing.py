"""`sealpress import`: a file of JSON lines, row by row, with a bar and a report.

Interrupted, the same command goes on where it was: the batch stands in the register.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from service import clock
from service.batches import progress, working_off
from service.batches.intake import MAX_BYTES
from service.batches.progress import Progress
from service.batches.store import Batch, State
from service.files import read_at_most, write_whole
from service.installation import Installation
from service.report import EXIT_FAILED
from verify import times

BAR_CHARACTERS = 30
LINE_SECONDS = 5.0
"""Where nobody sees a bar, a line is written so often."""


class Teller:
    """Tells how far it has come: a bar on a terminal, else a line now and then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar = stream.isatty()
        self._next = time.monotonic() + LINE_SECONDS
        self._waits_until: datetime | None = None

    def __call__(self, standing: Progress) -> None:
        """Tell it."""
        if self._bar:
            print(f"\r{bar(standing)}\x1b[K", end="", file=self._stream, flush=True)
        elif time.monotonic() >= self._next:
            print(words(standing), file=self._stream, flush=True)
            self._next = time.monotonic() + LINE_SECONDS

    def waits(self, until: datetime) -> None:
        """Tell what is waited for, and until when: once, and again when that has passed."""
        if self._waits_until is not None and clock.now() < self._waits_until:
            return
        self._waits_until = until
        moment = times.iso(until)
        told = f"其余的行由另一进程占用，若它已中断，则 {moment} 起在此继续 (another process has "
        told += f"taken the remaining rows; if it was killed, they go on here at {moment})"
        print("\r\x1b[K" * self._bar + told, file=self._stream, flush=True)

    def end(self, standing: Progress) -> None:
        """Tell how it ended."""
        print("\r\x1b[K" * self._bar + words(standing), file=self._stream, flush=True)


def bar(standing: Progress) -> str:
    """How far it has come, as a bar."""
    full = BAR_CHARACTERS * standing.done // standing.batch.rows
    return f"[{'█' * full}{'·' * (BAR_CHARACTERS - full)}] {words(standing)}"


def words(standing: Progress) -> str:
    """How far it has come, in words."""
    counts = standing.counts
    parts = [
        f"{standing.done}/{standing.batch.rows}",
        f"办成 {counts[State.ISSUED] + counts[State.CANCELLED]}",
        f"未办成 {counts[State.FAILED]}",
        f"{standing.rate:.1f}/s",
    ]
    if standing.eta_s:
        minutes, seconds = divmod(standing.eta_s, 60)
        parts.append(f"剩余约 {minutes}:{seconds:02}")
    return "  ".join(parts)


def run(options: argparse.Namespace) -> int:
    """Do every row and write the report. 0 if none failed."""
    installation = Installation.open()
    try:
        batch = working_off.of_file(installation, read_at_most(options.file, MAX_BYTES))
        teller = Teller(sys.stderr)
        done = working_off.work_off(installation, batch, teller)
        teller.end(done)
        report = _report(installation, batch, options.file, options.out)
        installation.refresh_trust(installation.register.issuing_authorities())
    finally:
        installation.database.close()
    print(json.dumps(done.as_json() | {"report": str(report)}, ensure_ascii=False))
    return EXIT_FAILED if done.counts[State.FAILED] else 0


def _report(installation: Installation, batch: Batch, file: Path, out: Path | None) -> Path:
    """Write every row's outcome, and the files of what was issued where a folder is given."""
    target = (out or file.parent) / f"{file.stem}.report.jsonl"
    lines = []
    for block in progress.report(installation.database, batch.id):
        for line in block.splitlines():
            row = json.loads(line)
            if out is not None and row["state"] == State.ISSUED:
                row |= _files(installation, row, out)
            lines.append(json.dumps(row, ensure_ascii=False))
    write_whole(target, "".join(f"{line}\n" for line in lines).encode())
    return target


def _files(installation: Installation, row: Mapping[str, Any], out: Path) -> dict[str, str]:
    places = {}
    for kind in ("pdf", "ofd"):
        target = out / f"{row['license_id']}.{kind}"
        if not target.exists():
            write_whole(target, installation.documents.get(row[f"{kind}_sha256"]))
        places[kind] = str(target)
    return places
