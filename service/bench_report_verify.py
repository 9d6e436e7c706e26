"""What the report on speed says of `bench verify`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def section(found: Mapping[str, Any]) -> list[str]:
    """Verdicts in one process, beside ofdrw, and over HTTP."""
    own = [
        f"| {name} | {one['median_ms']} | {one['p95_ms']} | {one['best_ms']} |\n"
        for name, one in found["one process"].items()
    ]
    peers = [f"| ofdrw: {name} | {took} | | |\n" for name, took in found.get("ofdrw", {}).items()]
    parts = [
        "## Verdicts\n",
        "`sealpress bench verify`: in one process, on one core, processor time. *Examined whole* "
        "is what a stranger's file goes through, each time anew. The signatures of a file of ours "
        "are verified when it is first asked for, and then for a minute not again.\n",
        "| what | median, ms | 95th percentile | best |\n|---|---|---|---|\n"
        + "".join([*own, *peers]),
    ]
    if "served" not in found:
        return parts
    served = found["served"]
    rows = [
        f"| {database}, {name} | {_figures(one)} |\n"
        for database, kinds in served.items()
        if isinstance(kinds, Mapping)
        for name, one in kinds.items()
    ]
    return [
        *parts,
        f"`sealpress serve` with {served['workers']} workers and {served['rows']:,} certificates "
        f"in the register, over HTTP; {served['clients']} clients that keep their connections run "
        f"on the same processors. Limits of rate: {served['limits of rate']}. Beside bombs two "
        "clients ask with pauses, so the rate there is theirs.\n",
        "| what | answers a second | median, ms | 95th percentile | processor time, ms |\n"
        "|---|---|---|---|---|\n" + "".join(rows),
    ]


def _figures(one: Mapping[str, Any]) -> str:
    names = ("per_s", "median_ms", "p95_ms", "cpu_ms")
    return " | ".join(str(one.get(name, "")) for name in names)
