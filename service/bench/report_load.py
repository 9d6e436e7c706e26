"""What the report on speed says of `bench load`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def section(load: Mapping[str, Any]) -> list[str]:
    """Issuing over HTTP, and batches."""
    issuing = [f"| {name} | {_issuing(found)} |\n" for name, found in load["issuing"].items()]
    return [
        "## A server under load\n",
        "`sealpress bench load`: `sealpress serve` with "
        f"{load['workers']} workers over HTTP, {load['clients']} clients that keep their "
        "connections and run on the same processors, everything on the disk before it is "
        f"answered (SQLite `synchronous = FULL`; 4 KiB and fsync take {load['fsync_ms']} ms "
        "here). Processor time is the server's alone, for one certificate; batches are worked off "
        "beside no other request.\n",
        "| database | certificates a second | median, ms | 95th percentile | processor time, ms "
        "| batch, rows a second |\n|---|---|---|---|---|---|\n" + "".join(issuing),
    ]


def _issuing(found: Mapping[str, Any] | str) -> str:
    if isinstance(found, str):
        return f"{found} | | | |"
    figures = [str(found.get(name, "")) for name in ("per_s", "median_ms", "p95_ms", "cpu_ms")]
    return " | ".join([*figures, str(found["a batch"]["per_s"])])
