"""The receipt of a check from the command line, written into a new file."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from renderer.errors import Problem
from service import new_file
from service.errors import Invalid
from service.files import read_at_most
from verify import limits
from verify.code import is_address
from verify.verdict import Verdict

if TYPE_CHECKING:
    from service.installation import Installation
    from signing.p256 import P256Key
    from verify.receipts import Subject


def write(
    options: argparse.Namespace,
    path: Path | None,
    installation: Installation,
    verdict: Verdict,
    moments: tuple[datetime, datetime],
) -> None:
    """Write what was checked (a file's `path`, else an address or a number) and what came out.

    `moments` are the one whose status was asked for, and that of the check.

    Raises:
        Invalid: a name or a place that is too long or cannot be seen.
        signing.errors.SigningError: the key cannot be used.
    """
    from verify import receipts

    at, now = moments
    inspector = receipts.Inspector(
        _visible(options.inspector, "inspector", "检查人"),
        place=_visible(options.place, "place", "检查地点") if options.place else None,
    )
    done = receipts.Check(
        _subject(options, path), verdict, at, options.plate, online=not options.offline
    )
    key = _key(options.receipt_key, installation)
    new_file.write(options.receipt, f"{receipts.sign(done, inspector, key, now)}\n")


def _subject(options: argparse.Namespace, path: Path | None) -> Subject:
    from verify import receipts

    if path is not None:
        return receipts.of_file(read_at_most(path, limits.FILE_BYTES))
    if is_address(options.subject):
        return receipts.of_code(options.subject)
    return receipts.of_number(options.subject, options.plate)


def _key(uri: str | None, installation: Installation) -> P256Key:
    if uri is None:
        return installation.receipt_key
    from signing import keys

    return keys.p256(uri)


def _visible(text: str, name: str, label: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > limits.RECEIPT_CHARACTERS:
        message = f"应为至多 {limits.RECEIPT_CHARACTERS} 个可见字符 (a visible text)"
        raise Invalid("回执有误 (the receipt has mistakes)", [Problem(name, label, message)])
    return text.strip()
