"""`sealpress continue`: a record that stopped goes on; one JSON line says how far."""

from __future__ import annotations

import argparse
import json

from service import correcting, request
from service.commands.issue import with_files
from service.continuing import continue_record, unfinished_record
from service.files import read_at_most
from service.installation import Installation


def run(options: argparse.Namespace) -> int:
    """Continue one record; errors are raised."""
    correction = None
    if options.data:
        posted = read_at_most(options.data, request.MAX_REQUEST_BYTES)
        correction = correcting.read(request.read(posted).data)
    installation = Installation.open()
    record_id = unfinished_record(installation, options.record)
    done = continue_record(installation, record_id, correction)
    told = with_files(installation, done, options.out) | {"record": record_id}
    print(json.dumps(told, ensure_ascii=False))
    installation.refresh_trust([done.entry.authority_code])
    return 0
