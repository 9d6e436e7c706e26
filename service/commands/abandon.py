"""`sealpress abandon`: a record that cannot be issued is given up; one JSON line says so."""

from __future__ import annotations

import argparse
import json

from service import abandoning
from service.continuing import unfinished_record
from service.installation import Installation


def run(options: argparse.Namespace) -> int:
    """Give up one record; errors are raised."""
    posted = {"reason": options.reason, "platform_settled": options.platform_settled}
    wanted = abandoning.read(posted)
    installation = Installation.open()
    record_id = unfinished_record(installation, options.record)
    done = abandoning.abandon(installation, record_id, wanted)
    print(json.dumps(done.as_json(), ensure_ascii=False))
    installation.refresh_trust()
    return 0
