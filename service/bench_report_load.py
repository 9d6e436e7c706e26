"""What the report on speed says of `bench load`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def section(load: Mapping[str, Any]) -> list[str]:
    """Issuing over HTTP, batches, and look-ups in registers of two sizes."""
    issuing = [f"| {name} | {_issuing(found)} |\n" for name, found in load["issuing"].items()]
    parts = [
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
    rows = [
        f"| {database}, {kind} | {found['small_ms']} | {found['large_ms']} | {found['times']} |\n"
        for database, kinds in load["look-ups"].items()
        if isinstance(kinds, Mapping)
        for kind, found in kinds.items()
    ]
    if not rows:
        return parts
    return [
        *parts,
        f"Look-ups with their whole verdict, in a register of 10,000 certificates and in one of "
        f"{load['rows']:,}, turn by turn:\n",
        "| look-up | small, ms | large, ms | times longer |\n|---|---|---|---|\n" + "".join(rows),
    ]


def _issuing(found: Mapping[str, Any] | str) -> str:
    if isinstance(found, str):
        return f"{found} | | | |"
    figures = [str(found.get(name, "")) for name in ("per_s", "median_ms", "p95_ms", "cpu_ms")]
    return " | ".join([*figures, str(found["a batch"]["per_s"])])
