"""`sealpress bench render`: what composing and writing both files costs, unsigned."""

from __future__ import annotations

import time
from typing import Any

from renderer import ofd, pdf
from renderer.attachment import Attachment
from renderer.compose import Code, compose
from service.bench.data import (
    SAID_OF_DATA,
    WARM_UP,
    bench_layout,
    clock,
    figures,
    machine,
    peak_mb,
    resident_mb,
    sheet,
)
from service.installation import Installation
from service.press import Sheet, document_info
from verify.dataset import FILE_NAME

SETTLED = 600
"""Certificates after which the caches are full, so that memory has no more reason to grow."""


def _drawn(made: Sheet) -> tuple[tuple[float, float, float], tuple[int, int]]:
    """Seconds for composing, PDF and OFD of one certificate, and the sizes of the files."""
    start = clock()
    page = compose(made.layout, made.content, [Code(made.code)])
    composed = clock()
    info = document_info(made)
    # Compressed by the first writer that needs it, for both.
    files = [Attachment(FILE_NAME, made.dataset, "application/json", "签名数据集")]
    pdf_size = len(pdf.write(page, info, files).data)
    halfway = clock()
    ofd_size = len(ofd.write(page, info, files))
    end = clock()
    return (composed - start, halfway - composed, end - halfway), (pdf_size, ofd_size)


def measure_rendering(installation: Installation, count: int) -> dict[str, Any]:
    """Processor time for composing and both files, in one process, other data each time.

    What is drawn, the code among it, is made beforehand, outside the clock.
    """
    layout = bench_layout()
    for serial in range(1, WARM_UP + 1):
        _drawn(sheet(installation, layout, serial, development=False))
    made = [
        _drawn(sheet(installation, layout, serial, development=False))
        for serial in range(WARM_UP + 1, WARM_UP + 1 + count)
    ]
    times = [parts for parts, _ in made]
    composing, to_pdf, to_ofd = zip(*times, strict=True)
    return {
        "count": count,
        **figures([sum(parts) for parts in times]),
        "best_ms": round(min(map(sum, times)) * 1000, 2),
        "compose_ms": figures(composing)["median_ms"],
        "pdf_ms": figures(to_pdf)["median_ms"],
        "ofd_ms": figures(to_ofd)["median_ms"],
        "pdf_bytes": made[-1][1][0],
        "ofd_bytes": made[-1][1][1],
        "rss_mb": peak_mb(),
        "machine": machine(),
        "data": SAID_OF_DATA,
    }


def soak(installation: Installation, seconds: float) -> dict[str, Any]:
    """Draw certificates for that long; resident memory once the caches are full, and at the end."""
    layout = bench_layout()
    serial = 0
    while serial < SETTLED:
        serial += 1
        _drawn(sheet(installation, layout, serial, development=False))
    settled, end = resident_mb(), time.monotonic() + seconds
    while time.monotonic() < end:
        serial += 1
        _drawn(sheet(installation, layout, serial, development=False))
    return {"soak_count": serial, "rss_start_mb": settled, "rss_end_mb": resident_mb()}
