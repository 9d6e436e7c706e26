"""`sealpress bench pair`: what one signed PDF and one sealed OFD cost on this machine."""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from renderer.layout import Layout, load, sample
from service import checking, clock, coding, numbering
from service.installation import Installation
from service.press import Sheet, press
from verify import dataset

LAYOUT = "crane-use-registration"
WARM_UP = 10
"""Pairs made before the clock counts: fonts, keys and what a layout draws alike are then known."""

CHARACTERS = "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新"
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
    """Milliseconds for data set, code, composing, both files and all signatures, in one process."""
    layout = load(LAYOUT)
    authority = sample(layout)["authority"]
    seal = installation.authority_seal(authority["name"], authority["code"])
    times = []
    for serial in range(1, WARM_UP + count + 1):
        data = _varied(layout, serial)
        start = time.perf_counter()
        press(_sheet(installation, layout, data, serial), seal, clock.now())
        times.append((time.perf_counter() - start) * 1000)
    times = sorted(times[WARM_UP:])
    return {
        "count": count,
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[min(count - 1, int(count * 0.95))], 2),
        "pairs_per_s": round(1000 * count / sum(times), 1),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "machine": _machine(),
        "data": f"{LAYOUT} sample, with another machine and maker for each pair",
    }


def _varied(layout: Layout, serial: int) -> dict[str, Any]:
    """The layout's sample for another machine."""
    data = sample(layout)
    character = CHARACTERS[serial % len(CHARACTERS)]
    face = data["face"] | {
        "factory_number": f"{character}{serial:08d}",
        "manufacturer": f"{character}建{serial}号建筑机械制造股份有限公司",
    }
    return data | {"face": face}


def _sheet(installation: Installation, layout: Layout, data: dict[str, Any], serial: int) -> Sheet:
    number = numbering.scope_of(layout, data).number(serial)
    content = checking.content_of(data, number)
    suffix = layout.codes["license_id"]["type_suffix"]
    license_id = str(numbering.license_id(layout, suffix, data["authority"]["code"], number, 1))
    signed = dataset.build(
        type=layout.id,
        layout_version=layout.version,
        license_id=license_id,
        number=number,
        version=1,
        authority=data["authority"],
        holder=data["holder"],
        issued_on=data["issued_on"],
        face=data["face"],
        status_index=serial,
    )
    prefix = installation.settings.code_prefix
    code = coding.make_code(prefix, content, 1, signed, serial, installation.code_key)
    return Sheet(layout, content, license_id, code, signed, development=True)


def _machine() -> str:
    """The processor and the interpreter, for figures are worth nothing without them."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text("utf-8").splitlines()
        names = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        model = next(names, model)
    return f"{model}, Python {platform.python_version()}"
