"""Files that cost as much as a file may, and how they are sent."""

from __future__ import annotations

import http.client
import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress

from service.bench.load_clients import ANSWER_SECONDS
from service.bench.load_server import HOST

_ZEROS = bytes(1 << 20)
_PARTS = 30
"""Megabytes of zeros: just below `OFD_TOTAL_BYTES`."""

_VALUES = 2_400_000
"""In one array: two bytes each, just below `FILE_BYTES`."""

PAUSE_SECONDS = 0.1
"""Before the same one sends again: he is told to wait for two seconds, and does not."""

REFUSED = 0
"""In place of a status: the connection was closed before an answer could be read."""


def pdf() -> bytes:
    """Millions of values in one array: seconds of reading for a reader in Python."""
    return b"%PDF-1.7\n1 0 obj\n[" + b"0 " * _VALUES + b"]\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def ofd() -> bytes:
    """A package that unpacks to just below what is bearable."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("OFD.xml", "<a>" * _PARTS)
        for number in range(_PARTS):
            package.writestr(f"Doc_0/{number}.xml", _ZEROS)
    return packed.getvalue()


BOMBS: tuple[Callable[[], bytes], ...] = (pdf, ofd)


def throw(port: int, data: bytes, sender: str) -> int:
    """Upload a file as from another address; gives the status, after a moment's breath."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    fields = {"Content-Type": "application/octet-stream", "X-Forwarded-For": sender}
    try:
        with suppress(OSError):  # who is turned away is answered while he still sends
            connection.request("POST", "/api/v1/verifications", data, fields)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return REFUSED
    else:
        return answer.status
    finally:
        connection.close()
        time.sleep(PAUSE_SECONDS)
