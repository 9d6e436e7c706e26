"""`make demo`: the main job on the development default, told step by step.

Everything goes through the command line that anybody would use; this module only says what is
being done, and stops where an answer is not the expected one.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from service.demo_platform import show_platform
from service.demo_reports import show_reports
from service.demo_steps import run, run_plain, say, show

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
    say("6. 五种文件的核验报告 (the reports on five kinds of file)")
    show_reports(first, second, OUT / "reports")
    say("7. 国家平台每一步各拒绝一次，继续流程 (the platform refuses each step once)")
    show_platform(requests[:4], OUT / "platform")
    say(f"\n看这里 (look here): {first['pdf']}")
    say(f"                    {first['ofd']}")
    say(f"预览图 (preview):   {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(demo())
