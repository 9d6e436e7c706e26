"""The arguments of `sealpress seal`; apart, since the command line is parsed before all else."""

from __future__ import annotations

import argparse
from pathlib import Path

SIDE_MM = "42"
"""Default size: the usual diameter of a government department's seal."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add `make` and `show`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _make(actions.add_parser("make", help="a seal, signed by the seal maker of the folder of keys"))
    show = actions.add_parser("show", help="what a seal or a seal signature says, and if it holds")
    show.add_argument("file", type=Path, metavar="FILE", help="SESeal or SES_Signature, DER")
    show.add_argument("--json", action="store_true", help="one JSON object")


def _make(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="the name in the seal")
    parser.add_argument("--picture", type=Path, required=True, metavar="FILE.png")
    parser.add_argument("--authority", required=True, metavar="USCC", help="whose seal it is")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="must be new")
    parser.add_argument(
        "--signer",
        type=Path,
        action="append",
        metavar="FILE.pem",
        help="the certificate of one who may use it; again for others (default: the authority's "
        "keys for seals that sign now or will)",
    )
    parser.add_argument(
        "--list",
        choices=("certificates", "digests"),
        default="certificates",
        help="what the seal lists of them (default: certificates)",
    )
    parser.add_argument(
        "--size", default=SIDE_MM, metavar="MM[xMM]", help=f"width and height (default: {SIDE_MM})"
    )
    parser.add_argument("--id", metavar="TEXT", help="its number, ASCII (default: USCC and day)")
    parser.add_argument(
        "--type", type=int, default=1, metavar="N", help="SES_ESPropertyInfo/type (default: 1)"
    )
    parser.add_argument("--from", dest="begins", metavar="TIME", help="valid from (default: now)")
    parser.add_argument(
        "--until",
        dest="ends",
        metavar="TIME",
        help="valid until (default: when the first of its signers' certificates expires)",
    )
