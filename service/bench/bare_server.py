"""A server like `sealpress serve` whose application does nothing: what HTTP alone costs here.

The same gunicorn with the same workers, threads and log; it answers everything with the same 3 kB.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

from service.commands.serve import SWITCH_SECONDS, Server

ANSWER: Final = b'{"verdict": "valid", "words": "' + b"." * 3000 + b'"}'
"""As long as a verdict on a code, and good by the same mark."""


class BareServer(Server):
    """Our server around no application of ours."""

    def load(self) -> Any:
        """An application that answers at once."""
        sys.setswitchinterval(SWITCH_SECONDS)
        return _answer


def _answer(
    _environ: object, start: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    length = ("Content-Length", str(len(ANSWER)))
    start("200 OK", [("Content-Type", "application/json"), length])
    return [ANSWER]


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", required=True)
    parser.add_argument("--workers", type=int, required=True)
    BareServer(parser.parse_args()).run()


if __name__ == "__main__":
    main()
