"""The process that examines one uploaded file after another for `verify.isolation`.

It reads jobs from its standard input and writes reports to its standard output, and ends with its
input. Before the first job it takes from itself what an examination does not need: memory above a
limit, files, processes, its place in the queue for the processor.

A message is four bytes of length (big-endian), then so many bytes. A job is two of them: JSON, then
the file. A report is one: JSON, see `verify.plain_data`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from verify import limits, plain_data

if TYPE_CHECKING:
    from signing.trust import TrustAnchors

LENGTH_BYTES: Final = 4

NICENESS: Final = 10
"""Codes and numbers come first."""

EXIT_MEMORY: Final = 77
"""The status with which it ends where there is not enough memory."""

_OPEN_FILES: Final = 64


def send(stream: BinaryIO, message: bytes) -> None:
    """Write one message."""
    stream.write(len(message).to_bytes(LENGTH_BYTES, "big") + message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one message; None at the end of the input."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


def main() -> int:
    """Examine what comes until nothing comes any more."""
    jobs, reports = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for a report
    _load()
    _confine()
    anchors: TrustAnchors | None = None
    send(reports, b"{}")  # ready
    while (head := receive(jobs)) is not None and (data := receive(jobs)) is not None:
        job: dict[str, Any] = json.loads(head)
        if "anchors" in job:
            anchors = _anchors(job["anchors"])
        if anchors is None:
            return 1
        send(reports, _examined(job, data, anchors))
    return 0


def _examined(job: dict[str, Any], data: bytes, anchors: TrustAnchors) -> bytes:
    """The report on one file."""
    from verify import proof

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + limits.HELPER_CPU_SECONDS, hard))
    now = datetime.fromisoformat(job["now"])
    try:
        found = proof.examined(data, anchors, now)
    except MemoryError:
        os._exit(EXIT_MEMORY)
    return json.dumps(plain_data.plain(found)).encode()


def _anchors(job: dict[str, Any]) -> TrustAnchors:
    """Roots and lists, and the keys of the codes that a page shows."""
    from signing import jwk, trust

    der = {name: tuple(map(bytes.fromhex, values)) for name, values in job["der"].items()}
    return trust.of_published(jwk.read_set(json.dumps(job["keys"]).encode()), **der)


def _load() -> None:
    """Import what examining needs, so that the first file is not held up by it."""
    from signing import jwk, trust
    from verify import dataset, ofd, pdf, pdf_shape, pdf_signature, proof
    from verify.shown import look

    del dataset, jwk, look, ofd, pdf, pdf_shape, pdf_signature, proof, trust


def _confine() -> None:
    """Give up what is not needed; what cannot be given up here stays bounded by the parent."""
    os.nice(NICENESS)
    for what, most in (
        (resource.RLIMIT_AS, int(limits.HELPER_MEMORY_BYTES)),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _, hard = resource.getrlimit(what)
        lower = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lower, lower))


if __name__ == "__main__":
    raise SystemExit(main())
