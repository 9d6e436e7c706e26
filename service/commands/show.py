"""`sealpress show`: a certificate with its files, its records and every attempt, its history."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from service.installation import Installation
from service.showing import show
from service.status_words import CHINESE

INDENT = "  "


def run(options: argparse.Namespace) -> int:
    """Print it; errors are raised."""
    found = show(Installation.open(), options.subject)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for certificate in found["certificates"]:
        for line in _lines(certificate):
            print(line)
    return 0


def _lines(one: dict[str, Any]) -> Iterator[str]:
    status = CHINESE.get(one["status"] or "", "未办成")
    yield f"{one['number']}  {status} ({one['status'] or 'not issued'})"
    authority, holder = one["authority"], one["holder"]
    for label, value in (
        ("证照标识", one["license_id"]),
        ("证照类型", f"{one['type']} {one['layout']}，版本 (version) {one['version']}"),
        ("发证机关", f"{authority['name']} {authority['code']} {authority['division']}"),
        ("持证主体", f"{holder['name']} {holder['code']}"),
        ("发证日期", one["issued_on"]),
        ("取代", one["replaces"]),
        ("被取代", one["replaced_by"]),
        ("二维码", one["verify_url"]),
        ("全国平台", one["platform_code"]),
        ("日志位置", "、".join(map(str, one["log"]))),
    ):
        if value:
            yield f"{INDENT}{label}: {value}"
    for file in one["files"]:
        missing = "" if file["stored"] else "  缺失 (missing)"
        yield f"{INDENT}{file['kind'].upper()}: {file['sha256']} {file['size']} B{missing}"
    for change in one["history"]:
        yield (
            f"{INDENT}{CHINESE[change['status']]}: 生效 {change['effective_from']}，"
            f"登记 {change['known_since']}，{change['reason']}"
        )
    for record in one["records"]:
        yield from _record_lines(record)


def _record_lines(record: dict[str, Any]) -> Iterator[str]:
    shown = record["process_text"] or record["process"] or "办理中"
    number, applied = record["record"], record["applied_at"]
    yield f"{INDENT}办理记录 {number} ({record['kind']}): {shown}，申请 {applied}"
    if record["abandoned_at"]:
        yield f"{INDENT * 2}已放弃 {record['abandoned_at']}: {record['abandoned_because']}"
    for step in record["steps"]:
        ended = f"{step['outcome']} {step['finished_at']}"
        yield f"{INDENT * 2}{step['step']} #{step['attempt']} {ended}"
        said = [*step["words"], *([step["advice"]] if step["advice"] else [])]
        yield from (f"{INDENT * 3}{sentence}" for sentence in said)
