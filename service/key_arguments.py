"""The arguments of `sealpress keys`; apart, since the command line is parsed before all else."""

from __future__ import annotations

import argparse
from pathlib import Path

AUTHORITY_ROLES = ("pdf-signer", "seal-signer")
ROLES = (
    "pdf-root",
    "seal-root",
    "seal-maker",
    *AUTHORITY_ROLES,
    "code-signer",
    "status-list-signer",
    "receipt-signer",
    "log-signer",
)
REASONS = (
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add one action for each thing that can become of a key."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _list(actions.add_parser("list", help="every key, what it does and what became of it"))
    _create(actions.add_parser("create", help="a new key; in production a request for a CA"))
    _import(actions.add_parser("import", help="enter a key that was made elsewhere"))
    _rotate(actions.add_parser("rotate", help="let a new key follow the one that signs"))
    _retire(actions.add_parser("retire", help="a key signs no more; what it signed stays good"))
    _revoke(actions.add_parser("revoke", help="a key signs no more and is not believed any more"))
    crl = actions.add_parser("crl", help="bring in the revocation list of a CA (DER or PEM)")
    crl.add_argument("file", type=Path, metavar="FILE")


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--authority", metavar="USCC")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", nargs="?", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    parser.add_argument("--authority", metavar="USCC", help="whose key; alone: its first ones")
    parser.add_argument("--name", metavar="NAME", help="the authority's name, as it is printed")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="of its seal; default: drawn")
    parser.add_argument("--uri", metavar="URI", help="production: the key; a new file: is made")
    parser.add_argument("--csr", type=Path, metavar="FILE", help="production: where it goes")


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    parser.add_argument("--authority", metavar="USCC")
    _what_is_brought(parser)
    parser.add_argument("--from", dest="since", metavar="TIME", help="when it begins to sign")


def _rotate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    parser.add_argument("--authority", metavar="USCC")
    _what_is_brought(parser)
    parser.add_argument(
        "--overlap",
        type=float,
        metavar="DAYS",
        help="how long the new key is published before it signs (default: 7 for keys without a "
        "certificate, which verifiers must fetch first; 0 for others)",
    )


def _what_is_brought(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--uri", metavar="URI", help="where the key is: file:, pkcs11:, https:")
    parser.add_argument(
        "--certificate", type=Path, metavar="PEM", help="its certificate, those above it below"
    )
    parser.add_argument("--seal", type=Path, metavar="ESL", help="the seal that lists it")


def _retire(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--at", metavar="TIME", help="from when on (default: now)")


def _revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--reason", required=True, choices=REASONS)
    parser.add_argument(
        "--from", dest="since", metavar="TIME", help="since when it is not believed (default: now)"
    )
