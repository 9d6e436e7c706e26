"""`sealpress verify`: the verdict on a file, a code's address or a number, as exit status too."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import datetime
from pathlib import Path

from service import clock, kept_receipt
from service.files import read_at_most
from service.installation import Installation
from service.report import EXIT_USAGE
from signing import trust
from verify import decide, limits, list_files
from verify.held_lists import NOTHING, Held
from verify.presentation import OPERATOR
from verify.verdict import Verdict
from verify.word_names import NAMES

ADDRESS = re.compile(r"\s*https?://", re.IGNORECASE)
FILE_NAME = re.compile(r"[/\\]|\.(pdf|ofd)$", re.IGNORECASE)

MARKS = {"passed": "✓", "failed": "✗", "not_checked": "–"}


def run(options: argparse.Namespace) -> int:
    """Print the verdict; its word is the exit status (0 valid, 1 altered, 2 cancelled, 3, 4)."""
    path = Path(options.subject)
    is_file = not ADDRESS.match(options.subject) and path.is_file()
    if not is_file and not ADDRESS.match(options.subject) and _names_a_file(options.subject):
        print(f"sealpress verify: 没有文件 (no such file): {options.subject}", file=sys.stderr)
        return EXIT_USAGE
    if options.offline and not is_file and not ADDRESS.match(options.subject):
        print("sealpress verify: 编号须联网核验 (a number needs the register)", file=sys.stderr)
        return EXIT_USAGE
    if bool(options.receipt) != bool(options.inspector):
        print("sealpress verify: 回执须有检查人 (--receipt needs --inspector)", file=sys.stderr)
        return EXIT_USAGE
    if options.receipt and options.receipt.exists():
        message = "回执已存在，不会覆盖 (the receipt is there already)"
        print(f"sealpress verify: {message}: {options.receipt}", file=sys.stderr)
        return EXIT_USAGE
    now = clock.now()
    at = clock.parse_moment(options.at, "at", "核验时间") if options.at else now
    installation = Installation.open()
    verdict = _verdict(options, path if is_file else None, installation, (at, now))
    if options.receipt:
        kept_receipt.write(options, path if is_file else None, installation, verdict, (at, now))
    if options.json:
        print(json.dumps(verdict.as_json(), ensure_ascii=False))
    else:
        _print(verdict)
    return verdict.exit_code


def _names_a_file(subject: str) -> bool:
    """Whether this is meant as a file rather than a number; numbers have slashes nowhere."""
    return FILE_NAME.search(subject) is not None


def _verdict(
    options: argparse.Namespace,
    path: Path | None,
    installation: Installation,
    moments: tuple[datetime, datetime],
) -> Verdict:
    """The verdict as of the first moment, asked at the second."""
    at, now = moments
    register = None if options.offline else installation.register
    folder = options.trust or (installation.settings.home / "trust" if options.offline else None)
    anchors = trust.load(folder) if folder else installation.anchors()
    listed = _lists(folder, anchors) if options.offline and folder else NOTHING
    if path is not None:
        return decide.file(
            read_at_most(path, limits.FILE_BYTES),
            register=register,
            anchors=anchors,
            at=at,
            now=now,
            status_list=listed,
            view=OPERATOR,
            plate=options.plate,
        )
    if ADDRESS.match(options.subject):
        return decide.code(
            options.subject,
            register=register,
            anchors=anchors,
            status_list=listed,
            base_url=installation.settings.base_url,
            at=at,
            now=now,
            view=OPERATOR,
            plate=options.plate,
        )
    return decide.number(
        options.subject,
        options.plate,
        register=installation.register,
        at=at,
        now=now,
        view=OPERATOR,
    )


def _lists(folder: Path, anchors: trust.TrustAnchors) -> Held:
    """The status lists of a trust folder; the highest sequences are remembered there."""
    found = list_files.read(folder, anchors.list_keys)
    if not list_files.remember(folder, found):
        message = "信任目录不可写，无法记住列表序号 (cannot remember the lists seen)"
        print(f"sealpress verify: {message}: {folder}", file=sys.stderr)
    for reason in found.refused:
        print(f"sealpress verify: {reason}", file=sys.stderr)
    return found


def _print(verdict: Verdict) -> None:
    """The verdict for a person: the word, why, what is on the certificate, each check."""
    print(f"{NAMES[verdict.verdict][0]} {verdict.verdict.upper()} — {verdict.reason}")
    if verdict.certificate:
        for field in verdict.certificate.get("face", []):
            print(f"    {field['label']}: {field['value']}")
    for item in verdict.altered:
        print(f"  ! {item.label}: 签发 “{item.signed}”, 现为 “{item.found}”")
    for check in verdict.checks:
        print(f"  {MARKS[check.state]} {check.id}: {check.reason}")
