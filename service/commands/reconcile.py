"""`sealpress reconcile`: what was sent, what we issued, what the platform has; 1 if they differ."""

from __future__ import annotations

import argparse
import json

from service.errors import Unreadable
from service.installation import Installation
from service.reconciling import MAX_LINE_BYTES, Report, reconcile
from service.report import EXIT_FAILED


def run(options: argparse.Namespace) -> int:
    """Compare and tell the differences; errors are raised."""
    installation = Installation.open()
    if options.sent is None:
        report = reconcile(installation, None, ask_platform=options.platform)
    else:
        try:
            with options.sent.open("rb") as file:
                lines = iter(lambda: file.readline(MAX_LINE_BYTES + 1), b"")
                report = reconcile(installation, lines, ask_platform=options.platform)
        except OSError as error:
            raise Unreadable(f"{options.sent.name}: 无法读取 ({error.strerror})") from None
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _tell(report)
    return EXIT_FAILED if report.differences else 0


def _tell(report: Report) -> None:
    for one in report.differences:
        print(f"{one.kind.value:18} {one.subject}  {one.detail}")
    sent = "未给出 (not given)" if report.sent is None else str(report.sent)
    asked = "未询问 (not asked)" if report.platform_asked is None else str(report.platform_asked)
    print(
        f"已报送 (sent) {sent}，已登记 (registered) {report.registered}，"
        f"平台 (platform) {asked}，不一致 (differences) {len(report.differences)}"
    )
