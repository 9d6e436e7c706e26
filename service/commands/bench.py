"""`sealpress bench pair`: what one signed PDF and one sealed OFD cost on this machine."""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from renderer.layout import load, sample
from service import checking, clock, coding, numbering
from service.installation import Installation
from service.press import AuthoritySeal, Sheet, press
from verify import dataset

LAYOUT = "crane-use-registration"
WARM_UP = 10
"""Pairs made before the clock counts: fonts, keys and what a layout draws alike are then known."""

MANUFACTURERS = "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新"
"""Characters that vary the data, so that no two pages need the same glyphs."""


def run(options: argparse.Namespace) -> int:
    """Measure `count` pairs, each of other data, on one core, without the disk; print the table."""
    if options.count < 1:
        raise SystemExit("sealpress bench: --count must be at least 1")
    with tempfile.TemporaryDirectory() as folder:
        figures = measure_pairs(Installation.open(Path(folder)), options.count)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, value in figures.items():
            print(f"{name:>12}  {value}")
    return 0


def measure_pairs(installation: Installation, count: int) -> dict[str, Any]:
    """Milliseconds for composing, both files and both signatures, from one process."""
    sheets = list(_sheets(installation, count + WARM_UP))
    data = sample(load(LAYOUT))["authority"]
    seal = installation.authority_seal(data["name"], data["code"])
    for sheet in sheets[:WARM_UP]:
        press(sheet, seal, clock.now())
    times = sorted(_milliseconds(sheet, seal) for sheet in sheets[WARM_UP:])
    return {
        "count": count,
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[min(count - 1, int(count * 0.95))], 2),
        "pairs_per_s": round(1000 * count / sum(times), 1),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "machine": _machine(),
        "data": f"{LAYOUT} sample with other names, numbers and codes for each pair",
    }


def _milliseconds(sheet: Sheet, seal: AuthoritySeal) -> float:
    start = time.perf_counter()
    press(sheet, seal, clock.now())
    return (time.perf_counter() - start) * 1000


def _sheets(installation: Installation, count: int) -> Iterator[Sheet]:
    """Certificates of different machines; their codes are signed here, outside the measured time.

    The code belongs to a step of its own (赋码), which a national platform does in production.
    """
    layout = load(LAYOUT)
    data = sample(layout)
    scope = numbering.scope_of(layout, data)
    for serial in range(1, count + 1):
        number = scope.number(serial)
        character = MANUFACTURERS[serial % len(MANUFACTURERS)]
        face = data["face"] | {
            "factory_number": f"{character}{serial:08d}",
            "manufacturer": f"{character}建{serial}号建筑机械制造股份有限公司",
        }
        varied = data | {"face": face}
        content = checking.content_of(varied, number)
        license_id = str(numbering.license_id(layout, "999", data["authority"]["code"], number, 1))
        signed = dataset.build(
            type=layout.id,
            layout_version=layout.version,
            license_id=license_id,
            number=number,
            version=1,
            authority=data["authority"],
            holder=data["holder"],
            issued_on=data["issued_on"],
            face=face,
            status_index=serial,
        )
        prefix = installation.settings.code_prefix
        code = coding.make_code(prefix, content, 1, signed, serial, installation.code_key)
        yield Sheet(layout, content, license_id, code, signed, development=True)


def _machine() -> str:
    """The processor and the interpreter, for figures are worth nothing without them."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text("utf-8").splitlines()
        model = next(
            (li.split(":")[1].strip() for li in lines if li.startswith("model name")), model
        )
    return f"{model}, Python {platform.python_version()}"
