"""The arguments of `sealpress log`; apart, since the command line is parsed before all else."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Add one action for each thing that is done with the log."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="find what was changed behind the log's back")
    check.add_argument("--json", action="store_true", help="one JSON object")
    check.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="one that was kept elsewhere, as by a monitor: the log must go on from it",
    )
    actions.add_parser("checkpoint", help="print the newest one, signed now if the log has grown")
    actions.add_parser("key", help="print the keys that monitors check checkpoints with")
    prove = actions.add_parser("prove", help="print the proof that the log has a certificate")
    prove.add_argument("license_id", metavar="LICENSE_ID|NUMBER")
    proof = actions.add_parser("verify-proof", help="check a proof, or a verdict that has one")
    proof.add_argument("file", type=Path, metavar="FILE.json")
    _trusting(proof)
    proof.add_argument("--of", type=Path, metavar="FILE", help="it must be of that very PDF or OFD")
    grown = actions.add_parser("verify-consistency", help="check that a log only grew")
    grown.add_argument("old", type=Path, metavar="OLD", help="the checkpoint seen before")
    grown.add_argument("new", type=Path, metavar="NEW", help="the checkpoint seen now")
    grown.add_argument("proof", type=Path, metavar="PROOF.json", help="from /trust/log/consistency")
    _trusting(grown)


def _trusting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trust", type=Path, metavar="DIR", help="exported trust (default: the home's own)"
    )
