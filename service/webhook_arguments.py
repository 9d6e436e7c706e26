"""The arguments of `sealpress webhooks`; apart: the command line is parsed before all else."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Add one action for each thing that operators do with notifications."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the newest notifications, and what became of them")
    listing.add_argument("--state", choices=("pending", "delivered", "given_up"))
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="rows (at most 1000)")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    retry = actions.add_parser("retry", help="try one again that was not taken")
    retry.add_argument("delivery", type=int, metavar="ID")
    secret = actions.add_parser(
        "secret", help="write the secret that an access key's notifications are signed with"
    )
    secret.add_argument("name", metavar="NAME", help="of the access key")
    secret.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where it goes; a new file"
    )
