"""`sealpress cancel`: a certificate is cancelled by its number; one JSON line says so."""

from __future__ import annotations

import argparse
import json

from service.cancelling import cancel, find
from service.clock import parse_moment
from service.installation import Installation


def run(options: argparse.Namespace) -> int:
    """Cancel one certificate; errors are raised."""
    effective = None
    if options.effective:
        effective = parse_moment(options.effective, "effective_from", "注销生效时间")
    installation = Installation.open()
    entry = find(installation, options.number)
    answer = cancel(installation, entry, options.reason, effective)
    print(json.dumps(answer.as_json(), ensure_ascii=False))
    installation.refresh_trust([entry.authority_code])
    return 0
