"""What the report on speed says of `bench verify`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.bench.load_lookups import SMALL_REGISTER


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
        "is what a stranger's file goes through. A file of ours is known by its digest; its "
        "signature and certificates are judged each time.\n",
        "| what | median, ms | 95th percentile | best |\n|---|---|---|---|\n"
        + "".join([*own, *peers]),
        "The yardsticks in the same minute: " + "; ".join(_yardsticks(found["yardsticks"])) + ".\n",
    ]
    return parts if "served" not in found else [*parts, *_served(found["served"])]


def _yardsticks(found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What the machine took for other work, before and after."""
    return [
        f"{name}, {when} {took.partition(' (')[0]}"
        for when, pieces in found.items()
        for name, took in pieces.items()
    ]


def _served(served: Mapping[str, Any]) -> list[str]:
    """The large register, look-ups in it, and what a server with it answers."""
    measured = {name: one for name, one in served["databases"].items() if isinstance(one, Mapping)}
    missing = [
        f"{name}: {one}.\n" for name, one in served["databases"].items() if name not in measured
    ]
    look_ups = [
        f"| {database}, {kind} | {one['small_ms']} | {one['large_ms']} | {one['times']} |\n"
        for database, found in measured.items()
        for kind, one in found["look-ups"].items()
    ]
    answers = [
        f"| {database}, {name} | {_figures(one)} |\n"
        for database, found in measured.items()
        for name, one in found["asked"].items()
    ]
    return [
        f"### In a register of {served['rows']:,}\n",
        "Copies of a certificate, each with names, digests and a data set of its own, in rows as "
        f"wide as real ones. {' '.join(_filling(*one) for one in measured.items())}\n",
        *missing,
        f"Look-ups with their whole verdict, in a register of {SMALL_REGISTER:,} certificates and "
        f"in one of {served['rows']:,}, turn by turn, each for another certificate:\n",
        "| look-up | small, ms | large, ms | times longer |\n|---|---|---|---|\n"
        + "".join(look_ups),
        _how(served, next(iter(measured.values()))),
        "| what | answers a second | median, ms | 95th percentile | server's processor time, ms |\n"
        "|---|---|---|---|---|\n" + "".join(answers),
        *_faults(measured),
    ]


def _filling(name: str, found: Mapping[str, Any]) -> str:
    return (
        f"On {name} it was filled in {found['filled in s']} s, and its status lists were signed in "
        f"{found['status lists signed in s']} s."
    )


def _how(served: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Who asked a server for what; `found` is of one database, the others are asked alike."""
    return (
        f"`sealpress serve` with {served['workers']} workers over HTTP, asked by "
        f"{served['driver']}, on the same processors, over {served['clients']} connections that "
        f"are kept: for {found['codes']:,} codes from all over the register, in turn and in no "
        f"order, as JSON; and for the PDFs of {found['PDFs']} certificates. Every answer is looked "
        f"at. Limits of rate: {served['limits of rate']}. *Without any work* is the same server "
        "around an application that does nothing, just before: what HTTP costs here. *Bombs at "
        "once* are uploads of files that cost the most, from twenty senders, each again as soon as "
        "he is answered; codes are asked for meanwhile over two connections, 10 ms after each "
        "answer, so the rate there is theirs.\n"
    )


def _figures(one: Mapping[str, Any]) -> str:
    names = ("per_s", "median_ms", "p95_ms", "cpu_ms")
    return " | ".join(str(one.get(name, "")) for name in names)


def _faults(measured: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Answers that were not as they should be; there should be none."""
    return [
        f"Bad answers, {database}, {name}: {one['faults']}.\n"
        for database, found in measured.items()
        for name, one in found["asked"].items()
        if "faults" in one
    ]
