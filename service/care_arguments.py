"""The arguments of the commands of whoever looks after an installation."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path


def add(parsers: Mapping[str, argparse.ArgumentParser]) -> None:
    """Add them to the parsers of `show`, `abandon`, `reconcile`, `backup` and `restore`."""
    _show(parsers["show"])
    _abandon(parsers["abandon"])
    _reconcile(parsers["reconcile"])
    _backup(parsers["backup"])
    _restore(parsers["restore"])


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="NUMBER|LICENSE_ID")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _abandon(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", metavar="RECORD|NUMBER", help="its number, or a certificate's")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser.add_argument(
        "--platform-settled",
        action="store_true",
        help="the platform has taken back its code; without it is asked to (证书状态变更)",
    )


def _reconcile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sent",
        type=Path,
        metavar="FILE.jsonl",
        help="what the approval system has sent: a request or a number in each line",
    )
    parser.add_argument(
        "--platform", action="store_true", help="ask the platform for each number (校验)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", type=Path, metavar="FILE.tar|DIR")
    parser.add_argument(
        "--with-keys", action="store_true", help="the private keys too: keep it like them"
    )


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE.tar|DIR")
    parser.add_argument(
        "--home", type=Path, required=True, metavar="DIR", help="which must be empty, or not there"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE.toml",
        help="settings for the new home, such as another database (default: those backed up)",
    )
