"""How many uploads are under way at once: the rest of the threads belongs to codes and numbers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from verify import limits
from verify.errors import VerifyError


class Busy(VerifyError):
    """There is no place for another upload now; `retry_after` is when to come again, seconds."""

    retry_after: int = limits.UPLOAD_RETRY_SECONDS


class UploadPlaces:
    """Places for uploads in one process, and of these for one address; nobody waits for one."""

    def __init__(
        self,
        at_once: int = limits.UPLOADS_AT_ONCE,
        of_one: int = limits.UPLOADS_OF_ONE,
    ) -> None:
        self._at_once, self._of_one = at_once, of_one
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, address: str) -> Iterator[None]:
        """Hold a place while the block runs.

        Raises:
            Busy: all are taken, or this address has its share of them.
        """
        with self._lock:
            if self._taken.total() >= self._at_once or self._taken[address] >= self._of_one:
                raise Busy("no place for another upload")
            self._taken[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[address] -= 1
                if not self._taken[address]:
                    del self._taken[address]
