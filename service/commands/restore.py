"""`sealpress restore`: a new home from a backup; one JSON line says what is in it."""

from __future__ import annotations

import argparse
import json

from service.backup import restoring
from service.report import EXIT_FAILED


def run(options: argparse.Namespace) -> int:
    """Make it. 1 if documents are missing, or the register is not as its log has it."""
    done = restoring.restore(options.source, options.home.absolute(), options.config)
    print(json.dumps({"home": str(options.home), **vars(done)}, ensure_ascii=False))
    return EXIT_FAILED if done.missing or done.findings else 0
