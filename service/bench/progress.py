"""What `sealpress bench` is at, said on standard error while it works."""

from __future__ import annotations

import sys
import time
from typing import Final

_BEGUN: Final = time.monotonic()


def tell(what: str) -> None:
    """Say what is begun now, and how many seconds the program has run."""
    sys.stderr.write(f"[{time.monotonic() - _BEGUN:5.0f} s] {what}\n")
