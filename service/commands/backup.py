"""`sealpress backup`: the installation as one file or folder, taken while the service runs."""

from __future__ import annotations

import argparse
import json

from service.backup import making
from service.installation import Installation
from service.report import EXIT_FAILED


def run(options: argparse.Namespace) -> int:
    """Write it; one JSON line says what is in it. 1 if a document is missing or damaged."""
    made = making.make(Installation.open(), options.target, with_keys=options.with_keys)
    told = {"backup": str(options.target), **vars(made), "with_keys": options.with_keys}
    print(json.dumps(told, ensure_ascii=False))
    return EXIT_FAILED if made.missing else 0
