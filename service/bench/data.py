"""What `sealpress bench` makes certificates of, and what it says of the machine it ran on."""

from __future__ import annotations

import itertools
import json
import os
import platform
import resource
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from renderer.layout import Layout, load, sample
from service import checking, coding, numbering
from service.installation import Installation
from service.press import Sheet
from verify import dataset

LAYOUT = "crane-use-registration"
WARM_UP = 100
"""Certificates made before the clock counts: keys, glyphs and what layouts draw alike are known."""

CHARACTERS = (
    "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新中华恒大宏远盛达鑫源泰和"
    "安顺兴隆金城天成永固长江海天一东方南北西山河星光明正信德诚嘉利丰汇通力友联合众创科汉武"
)
"""Characters that vary the data, so that no two pages need the same glyphs."""

SAID_OF_DATA = (
    f"{LAYOUT} sample (16 fields, a code of version 9); number, code, factory number, maker, owner "
    "and project differ for each"
)


def varied(layout: Layout, serial: int) -> dict[str, Any]:
    """The layout's sample for another machine, maker, owner and project."""
    data = sample(layout)
    count = len(CHARACTERS)
    # Steps without a common factor with the count, so that the four come in ever new company.
    a, b, c, d = (CHARACTERS[serial * step % count] for step in (1, 3, 7, 11))
    face = data["face"] | {
        "factory_number": f"{a}{serial:08d}",
        "manufacturer": f"{a}{b}{serial}号建筑机械制造股份有限公司",
        "owner": f"广西{c}{a}设备租赁有限公司",
        "project_name": f"{b}{d}花园{serial % 40 + 1}号楼",
    }
    return data | {"face": face}


def sheet(installation: Installation, layout: Layout, serial: int, development: bool) -> Sheet:
    """Everything that the certificate with that serial is made of, its code signed."""
    data = varied(layout, serial)
    number = numbering.scope_of(layout, data).number(serial)
    content = checking.content_of(data, number)
    suffix = layout.codes["license_id"]["type_suffix"]
    license_id = str(numbering.license_id(layout, suffix, data["authority"], number, 1))
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
    return Sheet(layout, content, license_id, code, signed, development)


def requests() -> Iterator[bytes]:
    """Requests for certificates without a number, each with other data, without an end."""
    layout = bench_layout()
    for serial in itertools.count(1):
        data = {key: value for key, value in varied(layout, serial).items() if key != "number"}
        yield json.dumps(data, ensure_ascii=False).encode()


clock = time.process_time
"""What certificates are timed with: processor time. On a machine that does nothing else it is that
of the clock on the wall; on a busy one the waiting for a processor is not counted."""


def bench_layout() -> Layout:
    """The layout that is measured with."""
    return load(LAYOUT)


def figures(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile of seconds, in milliseconds; and how many in a second."""
    in_order = sorted(times)
    return {
        "median_ms": round(statistics.median(in_order) * 1000, 2),
        "p95_ms": round(in_order[min(len(times) - 1, int(len(times) * 0.95))] * 1000, 2),
        "per_s": round(len(times) / sum(times), 1),
    }


def peak_mb() -> float:
    """The most memory that this process has had resident so far, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def resident_mb() -> float:
    """The memory that this process has resident now, in MiB; its peak where that is not told."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return peak_mb()
    pages = int(statm.read_text("ascii").split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def machine() -> str:
    """The processor and the interpreter, for figures are worth nothing without them."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text("utf-8").splitlines()
        names = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        model = next(names, model)
    load_now = f"{os.getloadavg()[0]:.1f}"
    cores = os.cpu_count()
    return f"{model}, {cores} cores, load {load_now}, Python {platform.python_version()}"
