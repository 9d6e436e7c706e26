"""`sealpress webhooks`: notifications and what became of them; the secret of an access key."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from renderer.errors import Problem
from service import access_file, new_file
from service.access import DEVELOPMENT
from service.errors import Invalid, NotFound
from service.installation import Installation
from service.issuing import COMMAND_LINE
from service.webhooks import record, secret


def run(options: argparse.Namespace) -> int:
    """Do what is asked and say what was done; errors are raised."""
    installation = Installation.open()
    try:
        ACTIONS[options.action](installation, options)
    finally:
        installation.database.close()
    return 0


def _list(installation: Installation, options: argparse.Namespace) -> None:
    if not 1 <= options.limit <= record.MOST_ROWS:
        problem = Problem("limit", "行数", f"应为 1 至 {record.MOST_ROWS} (from 1 to)")
        raise Invalid("行数有误 (wrong number of rows)", [problem])
    rows = record.listed(installation, options.state, options.limit)
    if options.json:
        print(json.dumps({"notifications": rows}, ensure_ascii=False))
        return
    for row in rows:
        until = f"  下次 (next) {row['due_at']}" if row["due_at"] else ""
        print(
            f"{row['delivery']}  {row['state']}  {row['kind']}  {row['number']}  "
            f"{row['receiver']} → {row['origin']}  {row['attempts']}×{until}  {row['said']}"
        )


def _retry(installation: Installation, options: argparse.Namespace) -> None:
    if not 0 < options.delivery < 2**31:
        raise NotFound(f"未找到通知 {options.delivery} (no such notification)")
    record.send_again(installation, options.delivery)
    print(f"将再次发送 (will be sent again): {options.delivery}")


def _secret(installation: Installation, options: argparse.Namespace) -> None:
    """The secret in force; it goes to a file and nowhere else."""
    known = {key.name for key in access_file.load(installation.settings.home)} | {COMMAND_LINE}
    if installation.settings.development:
        known.add(DEVELOPMENT)
    if options.name not in known:
        raise NotFound(f"没有名为 “{options.name[:80]}” 的密钥 (no such key)")
    found = secret.of_caller(installation.keys, options.name)[0]
    new_file.write(options.out, found.decode("ascii") + "\n")
    print(f"通知密文 (webhook secret) {options.name}: {options.out}")


ACTIONS: dict[str, Callable[[Installation, argparse.Namespace], None]] = {
    "list": _list,
    "retry": _retry,
    "secret": _secret,
}
