"""`sealpress replace`: the next version takes a certificate's place; one JSON line says so."""

from __future__ import annotations

import argparse
import json

from service import replacing, request
from service.cancelling import find
from service.commands.issue import with_files
from service.files import read_at_most
from service.installation import Installation


def run(options: argparse.Namespace) -> int:
    """Replace one certificate; errors are raised."""
    posted = read_at_most(options.data, request.MAX_REQUEST_BYTES)
    wanted = replacing.read(request.read(posted).data)
    installation = Installation.open()
    entry = find(installation, options.number)
    done = replacing.replace(installation, entry, wanted)
    told = with_files(installation, done, options.out) | {"replaces": entry.license_id}
    print(json.dumps(told, ensure_ascii=False))
    installation.refresh_trust([entry.authority_code])
    return 0
