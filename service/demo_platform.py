"""The demonstration's second half: a national platform that refuses each step once.

The platform is the sandbox, on this machine, in this process. Each refusal is shown in the
platform's own words with our advice, then 继续流程 takes the record to its end.
"""

from __future__ import annotations

import json
import os
import threading
import urllib.request
from pathlib import Path
from typing import Any

from service.commands import sandbox_platform
from service.demo_steps import complaint, run, run_plain, say
from service.installation import Installation

ISSUING = {
    "check": "证书编号与备案编号不一致",
    "coding": "赋码服务维护中",
    "persons": "使用单位项目负责人证件号有误",
    "collection": "证照文件尚未送达",
}
"""The four steps at which issuing can stop, and what the platform says there."""

CANCELLING = {
    "persons_cancel": "人员仍关联其他证照",
    "status_change": "证书状态不允许变更",
}
"""The two steps at which cancelling can stop."""


def show_platform(requests: list[Path], home: Path) -> None:
    """Issue and cancel against a sandbox that refuses every step once."""
    home.mkdir(parents=True)
    serving = sandbox_platform.server(0, home / "sandbox.db")
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    os.environ["SEALPRESS_HOME"] = str(home)
    Installation.open()  # makes the home
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        table = sandbox_platform.settings_table(serving.port, home / "sandbox.db")
        config.write(f"\n{table}\n")
    try:
        _refused_while_issuing(serving.port, requests, home)
        _refused_while_cancelling(serving.port)
        say("   办理记录 (the records):")
        for line in run_plain("list").splitlines():
            say(f"      {line}")
    finally:
        serving.shutdown()
        serving.server_close()


def _refused_while_issuing(port: int, requests: list[Path], home: Path) -> None:
    for (step, words), request in zip(ISSUING.items(), requests, strict=False):
        _order(port, step, words)
        (stopped,) = run("issue", str(request), "--out", str(home / "out"), expected=1)
        _tell(step, stopped["problem"])
        (done,) = run("continue", str(stopped["problem"]["record"]), "--out", str(home / "out"))
        say(f"      继续流程 (continue): {done['number']} {done['status']} {done['process']}")


def _refused_while_cancelling(port: int) -> None:
    numbers = [row["number"] for row in _valid()]
    for (step, words), number in zip(CANCELLING.items(), numbers, strict=False):
        _order(port, step, words)
        say(f"   {step:14} {complaint('cancel', number, '--reason', '设备已拆卸')}")
        (done,) = run("continue", number)
        say(f"      继续流程 (continue): {done['number']} {done['status']} {done['process']}")


def _valid() -> list[dict[str, Any]]:
    (page,) = run("list", "--status", "valid", "--json")
    rows: list[dict[str, Any]] = page["records"]
    return rows


def _order(port: int, step: str, words: str) -> None:
    """Tell the sandbox to refuse that step once."""
    fault = {"step": step, "kind": "refuse", "times": 1, "words": words}
    asked = urllib.request.Request(
        f"http://{sandbox_platform.HOST}:{port}/sandbox/faults",
        json.dumps(fault).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        answer.read()


def _tell(step: str, problem: dict[str, Any]) -> None:
    said = "；".join(problem["words"])
    say(f"   {step:14} 平台 (the platform): {said}")
    say(f"      {problem['process']}: {problem['advice']}")
