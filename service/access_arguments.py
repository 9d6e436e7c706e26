"""The arguments of `sealpress access`; apart, since the command line is parsed before all else."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Add one action for each thing that can become of an access key."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _create(actions.add_parser("create", help="a new key, written to a file of its own"))
    listing = actions.add_parser("list", help="every key, what it may do and until when")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    revoke = actions.add_parser("revoke", help="a key is worth nothing from now on")
    revoke.add_argument("name", metavar="NAME")


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the key; never given twice")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where the key goes; a new file"
    )
    parser.add_argument(
        "--authority",
        action="append",
        default=[],
        metavar="USCC",
        help="for whom it acts; may be repeated",
    )
    parser.add_argument(
        "--division",
        action="append",
        default=[],
        metavar="CODE",
        help="in which division it acts: 45, 4501 or 450103; may be repeated",
    )
    parser.add_argument("--unbound", action="store_true", help="it acts for everyone everywhere")
    parser.add_argument(
        "--inspector", action="store_true", help="it acts for nobody: only for receipts of checks"
    )
    parser.add_argument(
        "--expires", metavar="TIME", help="when it ends (default: in a year); or `never`"
    )
    parser.add_argument(
        "--per-minute", type=int, metavar="N", help="requests a minute to one worker process"
    )
