"""`sealpress trust export`: what others need to check our files without us."""

from __future__ import annotations

import argparse

from service.installation import Installation


def run(options: argparse.Namespace) -> int:
    """Write roots, code keys, revocation lists and the status list; print their names."""
    for path in Installation.open().export_trust(options.folder):
        print(path)
    return 0
