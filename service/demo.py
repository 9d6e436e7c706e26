"""`make demo`: the main job on the development default, told step by step.

Everything goes through the command line that anybody would use; this module only says what is
being done, and stops where an answer is not the expected one.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from service.cli import main

SAMPLES = Path(__file__).parent.parent / "tests" / "samples"
OUT = Path("demo")
CANCELLED = "450100S(2024)0000289"


def demo() -> int:
    """Issue, verify and cancel; 0 if all went as it should."""
    shutil.rmtree(OUT, ignore_errors=True)
    os.environ["SEALPRESS_HOME"] = str(OUT / "home")
    say(f"1. 签发七份样本，三种证照 (issue seven samples of three types) → {OUT}/")
    requests = sorted(SAMPLES.glob("0[1-7]*.json"))
    issued = run("issue", *map(str, requests), "--out", str(OUT))
    for line in issued:
        say(f"   {line['number']}  {line['status']}  {line['pdf']}")
        for warning in line["warnings"]:
            say(f"      注意 {warning['label']}: {warning['message']}")
    first = issued[0]
    say("2. 核验 PDF、OFD、二维码 (verify both files and the code)")
    for subject in (first["pdf"], first["ofd"], first["verify_url"]):
        show(subject, expected=0)
    show(first["verify_url"], "--offline", expected=0)
    say("3. 不合格的请求 (requests with mistakes): 全部指出，什么也不写 (all named, nothing kept)")
    for path in sorted(SAMPLES.glob("bad-*.json")):
        (line,) = run("issue", str(path), "--out", str(OUT), expected=1)
        for problem in line["problem"]["errors"]:
            say(f"   {path.stem}: {problem['label']}: {problem['message']}")
    say("4. 篡改一个比特 (flip one bit)")
    forged = OUT / "forged.pdf"
    data = bytearray(Path(first["pdf"]).read_bytes())
    data[len(data) // 2] ^= 1
    forged.write_bytes(data)
    show(str(forged), expected=1)
    say(f"5. 注销 (cancel) {CANCELLED}")
    run("cancel", CANCELLED, "--reason", "设备已拆卸")
    second = next(line for line in issued if line["number"] == CANCELLED)
    for subject in (second["pdf"], second["ofd"], second["verify_url"]):
        show(subject, expected=2)
    picture = OUT / "preview.png"
    run_plain("render", str(requests[0]), "--format", "png", "--out", str(picture))
    say(f"\n看这里 (look here): {first['pdf']}")
    say(f"                    {first['ofd']}")
    say(f"预览图 (preview):   {picture}")
    return 0


def show(subject: str, *options: str, expected: int) -> None:
    """Verify something and say the verdict."""
    (verdict,) = run("verify", subject, "--json", *options, expected=expected)
    name = subject if len(subject) < 100 else subject[:60] + "…"
    how = " ".join(options)
    say(f"   {verdict['verdict']:10} {name} {how}\n              {verdict['reason']}")


def run(*arguments: str, expected: int = 0) -> list[dict[str, Any]]:
    """Run a command that prints JSON lines and give them; an unexpected exit status ends it all."""
    return [json.loads(line) for line in run_plain(*arguments, expected=expected).splitlines()]


def run_plain(*arguments: str, expected: int = 0) -> str:
    """Run a command and give what it printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = main(arguments)
    if status != expected:
        sys.exit(f"sealpress {' '.join(arguments)}: {status}, not {expected}\n{output.getvalue()}")
    return output.getvalue()


def say(text: str) -> None:
    """Print a line at once, so that whoever watches sees where it is."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(demo())
