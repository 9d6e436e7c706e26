"""`sealpress bench`: what certificates cost on this machine, signed or only drawn."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from renderer.layout import sample
from service import clock
from service.bench import data as bench_data
from service.bench.data import (
    SAID_OF_DATA,
    WARM_UP,
    bench_layout,
    figures,
    machine,
    peak_mb,
    sheet,
)
from service.bench.progress import tell
from service.installation import Installation
from service.press import press


def run(options: argparse.Namespace) -> int:
    """Measure `count` certificates, each of other data, on one core, without the disk.

    But `load` measures a server for some seconds.
    """
    if getattr(options, "count", 1) < 1:
        raise SystemExit("sealpress bench: --count must be at least 1")
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation.open(Path(folder))
        found = _MEASURED[options.what](installation, options)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        _print(found)
    return 0


def _pairs(installation: Installation, options: argparse.Namespace) -> dict[str, Any]:
    return measure_pairs(installation, options.count)


def _render(installation: Installation, options: argparse.Namespace) -> dict[str, Any]:
    from service.bench.peers import measure_peers
    from service.bench.render import measure_rendering, soak
    from service.bench.yardstick import measure_yardsticks

    tell("composing, PDF and OFD")
    found = measure_rendering(installation, options.count)
    found["yardsticks"] = measure_yardsticks()
    if options.soak:
        tell("memory over many certificates")
        found |= soak(installation, options.soak)
    if not options.no_peers:
        tell("other renderers")
        found["peers"] = measure_peers()
    if options.write:
        from service.bench.report import write_report

        tell("signed pairs, signatures alone")
        pair = measure_pairs(installation, options.count)
        signing = _signatures(installation, options)
        load = _load(installation, options) if options.load_seconds else None
        verifying = _verifying(installation, options)
        write_report(options.write, found, pair, signing, load, verifying)
    return found


def _signatures(installation: Installation, options: argparse.Namespace) -> dict[str, Any]:
    from service.bench.sign import measure_signing
    from service.bench.sign_keys import in_seal_service, in_token, rsa_signers
    from service.bench.sign_peers import measure_ofdrw, peers

    with in_token(installation) as token, in_seal_service(installation) as service:
        beside = [rsa_signers(), token, service]
        if options.no_peers:
            return measure_signing(installation, options.count, beside)
        found = measure_signing(installation, options.count, [*beside, peers(installation)])
    return found | {"ofdrw": measure_ofdrw(installation)}


def _load(_: Installation, options: argparse.Namespace) -> dict[str, Any]:
    from service.bench.load import measure_load

    return measure_load(options.load_seconds, options.database)


def _verifying(installation: Installation, options: argparse.Namespace) -> dict[str, Any]:
    from service.bench.verify import measure_verifying

    return measure_verifying(
        installation,
        options.count,
        seconds=options.load_seconds,
        rows=options.rows,
        server=options.database,
        peers=not options.no_peers,
    )


_MEASURED: Mapping[str, Callable[[Installation, argparse.Namespace], dict[str, Any]]] = {
    "pair": _pairs,
    "render": _render,
    "sign": _signatures,
    "load": _load,
    "verify": _verifying,
}


def _print(found: Mapping[str, Any], indent: str = "") -> None:
    for name, value in found.items():
        if isinstance(value, dict) and "best_ms" in value:
            most = f"95 %: {value['p95_ms']} ms, best: {value['best_ms']} ms"
            print(f"{indent}{name:>36}  {value['median_ms']:>8} ms, {most}")
        elif isinstance(value, dict):
            print(f"{indent}{name:>12}")
            _print(value, indent + "    ")
        else:
            print(f"{indent}{name:>12}  {value}")


def measure_pairs(installation: Installation, count: int) -> dict[str, Any]:
    """Processor time of data set, code, page, both files and signatures, in one process."""
    layout = bench_layout()
    authority = sample(layout)["authority"]
    seal = installation.authority_seal(authority["name"], authority["code"])
    times = []
    for serial in range(1, WARM_UP + count + 1):
        start = bench_data.clock()
        press(sheet(installation, layout, serial, development=True), seal, clock.now())
        times.append(bench_data.clock() - start)
    found = figures(times[WARM_UP:])
    return {
        "count": count,
        "median_ms": found["median_ms"],
        "p95_ms": found["p95_ms"],
        "pairs_per_s": found["per_s"],
        "rss_mb": peak_mb(),
        "machine": machine(),
        "data": SAID_OF_DATA,
    }
