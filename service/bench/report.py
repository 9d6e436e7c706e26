"""The report on speed, `docs/performance.md`, from figures that were just measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.bench import report_load, report_verify

COMMAND = "make bench                      # with DATABASE=URL of a PostgreSQL server also there"


def write_report(
    path: Path,
    render: Mapping[str, Any],
    pair: Mapping[str, Any],
    signing: Mapping[str, Any],
    load: Mapping[str, Any] | None = None,
    verifying: Mapping[str, Any] | None = None,
) -> None:
    """Write the figures of all kinds of `bench` as documentation."""
    rows = [
        ("compose", render["compose_ms"]),
        (f"PDF/A-3b, {render['pdf_bytes']} bytes", render["pdf_ms"]),
        (f"OFD, {render['ofd_bytes']} bytes", render["ofd_ms"]),
        ("**all three**", f"**{render['median_ms']}**"),
        ("all three, 95th percentile", render["p95_ms"]),
        ("all three, the best one", render["best_ms"]),
        ("data set, code, both files signed and sealed, median", pair["median_ms"]),
        ("data set, code, both files signed and sealed, 95th percentile", pair["p95_ms"]),
    ]
    parts = [
        "# Speed and memory\n",
        "Written by a command, on the machine that it names; run it on yours:\n",
        f"    {COMMAND}\n",
        f"Machine: {render['machine']}. One core, one process, warm, nothing written to disk. "
        "Processor time, so that what else the machine does is not counted.\n",
        "Work that nothing here changes, in the same run, to read the rest by:\n",
        "| what | median |\n|---|---|\n"
        + "".join(f"| {name} | {value} |\n" for name, value in render["yardsticks"].items()),
        f"Data: {render['data']}; {render['count']} certificates.\n",
        "| what | ms (median unless said) |\n|---|---|\n"
        + "".join(f"| {name} | {value} |\n" for name, value in rows),
        f"At most {render['rss_mb']} MiB resident.\n",
        *_memory(render),
        *_signing(signing),
        *([] if load is None else report_load.section(load)),
        *([] if verifying is None else report_verify.section(verifying)),
        *_peers(render.get("peers", {})),
        "Why, and at what price: [ADR 6](adr/0006-fonts-of-prepared-glyphs.md).\n",
    ]
    path.write_text("\n".join(parts), "utf-8")


def _memory(render: Mapping[str, Any]) -> list[str]:
    if "soak_count" not in render:
        return []
    return [
        f"Memory over {render['soak_count']} certificates: {render['rss_start_mb']} MiB once the "
        f"caches are full, {render['rss_end_mb']} MiB at the end.\n"
    ]


def _signing(signing: Mapping[str, Any]) -> list[str]:
    """One table for all that was measured, ours first; what is told as a text has no percentile."""
    rows = []
    for group, kinds in signing.items():
        if not isinstance(kinds, dict):
            continue
        rows.append(f"| **{group}** | | | |\n")
        for name, found in kinds.items():
            figures = (found, "", "") if isinstance(found, str) else _figures(found)
            rows.append(f"| {name} | {' | '.join(figures)} |\n")
    return [
        "## Signatures\n",
        "The signatures alone, page for page in the same run (`sealpress bench sign`): the pages "
        f"are drawn beforehand, {signing['count']} of other data each. ofdrw runs in a JVM of its "
        "own, warmed up, with files instead of memory, as its interface wants it.\n",
        "| what | median, ms | 95th percentile | best |\n|---|---|---|---|\n" + "".join(rows),
    ]


def _figures(found: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(str(found[name]) for name in ("median_ms", "p95_ms", "best_ms"))


def _peers(peers: Mapping[str, str]) -> list[str]:
    if not peers:
        return []
    return [
        "## Others beside it\n",
        "The same table with the same font, to PDF alone, each as its documentation shows it: no "
        "OFD, no PDF/A, no watch for characters that the font lacks. Measured in the same run, "
        "five pages each.\n",
        "| program | one page |\n|---|---|\n"
        + "".join(f"| {name} | {value} |\n" for name, value in peers.items()),
    ]
