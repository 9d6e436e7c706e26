"""Examining a stranger's file in a process of its own, with an end to its memory and its time.

A reader of files that takes too much, hangs or dies takes a helper with it and nothing else: the
file is then `unreadable`, and the check that would have judged its structure names the limit. A
file with the digest of one that was issued needs none of this and is examined where it is.

Whoever takes over a helper by a file can make it say anything about files that it is shown later.
That makes none of them `valid`: beside the register, a file is valid only if its digest is
registered, and such a file is never shown to a helper.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from verify import conclude, isolation_helper, limits, ofd_checks, pdf_checks, plain_data, sniff
from verify.check import Check, CheckState, Examination
from verify.fault import said
from verify.upload_places import Busy

if TYPE_CHECKING:
    from signing.trust import TrustAnchors

_READY_SECONDS: Final = 30.0
"""For a helper to be up: it imports much, on a machine that may be busy."""

_DER: Final = ("pdf_roots", "seal_roots", "pdf_crls", "seal_crls", "tsa_roots", "tsa_crls")
"""The anchors that files are judged by; each a tuple of DER values."""


class _Gone(Exception):
    """A helper died, hung or said what it must not; the reason in Chinese and English."""

    def __init__(self, chinese: str, english: str) -> None:
        self.reason = said(chinese, english)
        super().__init__(english)


class Helpers:
    """A few processes that examine files, one at a time each; started when first needed.

    Safe to use from several threads, not across a fork.
    """

    def __init__(
        self,
        count: int = limits.HELPERS,
        seconds: float = limits.HELPER_SECONDS,
        command: tuple[str, ...] = (sys.executable, "-P", "-m", "verify.isolation_helper"),
    ) -> None:
        self._seconds, self._command = seconds, command
        self._free = threading.Semaphore(count)
        self._lock = threading.Lock()
        self._idle: list[_Helper] = []
        self._end = weakref.finalize(self, _kill, self._idle)
        self._closed = False

    def warm(self) -> None:
        """Start one helper, so that the first upload does not wait for it."""
        self._give_back(_Helper(self._command))

    def examine(self, data: bytes, anchors: TrustAnchors, now: datetime) -> Examination:
        """What `verify.proof.examined` says of the file, found out elsewhere.

        Raises:
            Busy: every helper is at work, and none was free for as long as one may take.
        """
        if len(data) > limits.FILE_BYTES or sniff.kind(data) == "other":
            return Examination("other", readable=False, ours=False, checks=())
        if not self._free.acquire(timeout=self._seconds):
            raise Busy("every helper is at work")
        try:
            return self._examine(data, anchors, now)
        finally:
            self._free.release()

    def close(self) -> None:
        """End all helpers."""
        with self._lock:
            self._closed = True
            self._end()

    def _examine(self, data: bytes, anchors: TrustAnchors, now: datetime) -> Examination:
        helper = self._take()
        try:
            helper.wait_until_ready()
            found = helper.examine(data, anchors, now, self._seconds)
        except _Gone as gone:
            helper.kill()
            return _unreadable(data, gone.reason)
        except TimeoutError:
            helper.kill()
            return _unreadable(
                data,
                said(
                    f"检查用时超过{self._seconds:g}秒",
                    f"examining it takes more than {self._seconds:g} s",
                ),
            )
        except BaseException:
            helper.kill()
            raise
        self._give_back(helper)
        return found

    def _take(self) -> _Helper:
        with self._lock:
            while self._idle:
                helper = self._idle.pop()
                if helper.alive:
                    return helper
                helper.kill()
        return _Helper(self._command)

    def _give_back(self, helper: _Helper) -> None:
        with self._lock:
            if not self._closed and not helper.spent:
                self._idle.append(helper)
                return
        helper.kill()


def _kill(idle: list[_Helper]) -> None:
    while idle:
        idle.pop().kill()


class _Helper:
    """One such process."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},  # noqa: PTH109
        )
        self._anchors: TrustAnchors | None = None
        self._ready = False
        self._left = int(limits.HELPER_FILES)
        for stream in (self._to, self._from):
            os.set_blocking(stream.fileno(), False)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def wait_until_ready(self) -> None:
        """Wait for what it says once it is up; raises _Gone and TimeoutError."""
        if not self._ready:
            self._answer(time.monotonic() + _READY_SECONDS)
            self._ready = True

    def examine(
        self, data: bytes, anchors: TrustAnchors, now: datetime, seconds: float
    ) -> Examination:
        """Hand one file over and wait for the report; raises _Gone and TimeoutError."""
        deadline = time.monotonic() + seconds
        job: dict[str, Any] = {"now": now.isoformat()}
        if anchors is not self._anchors:  # they are the same object until they change
            job["anchors"] = _plain(anchors)
            self._anchors = anchors
        self._left -= 1
        for message in (json.dumps(job).encode(), data):
            size = len(message).to_bytes(isolation_helper.LENGTH_BYTES, "big")
            self._write(memoryview(size + message), deadline)
        try:
            found = plain_data.read(Examination, json.loads(self._answer(deadline)))
        except (ValueError, RecursionError, plain_data.Malformed):
            raise _Gone("检查进程的报告无法读取", "the helper's report cannot be read") from None
        return found

    def kill(self) -> None:
        """End it, whatever it does."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for stream in (self._to, self._from):
            with suppress(OSError):
                stream.close()

    @property
    def _to(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        return self._process.stdin

    @property
    def _from(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        return self._process.stdout

    def _write(self, left: memoryview, deadline: float) -> None:
        while left:
            _wait(self._to, selectors.EVENT_WRITE, deadline)
            try:
                left = left[os.write(self._to.fileno(), left) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._death() from None

    def _answer(self, deadline: float) -> bytes:
        size = int.from_bytes(self._read(isolation_helper.LENGTH_BYTES, deadline), "big")
        if size > limits.HELPER_ANSWER_BYTES:
            raise _Gone("检查进程的报告过大", "the helper's report is too large")
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        found = bytearray()
        while len(found) < size:
            _wait(self._from, selectors.EVENT_READ, deadline)
            try:
                part = os.read(self._from.fileno(), size - len(found))
            except BlockingIOError:
                continue
            if not part:
                raise self._death()
            found += part
        return bytes(found)

    def _death(self) -> _Gone:
        """Why it ended: by its own limits, or for a reason that is not known."""
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(1)
            if -status in _BY_CPU:
                seconds = limits.HELPER_CPU_SECONDS
                return _Gone(
                    f"检查所需计算超过{seconds}秒", f"it takes more than {seconds} s of computing"
                )
            if status == isolation_helper.EXIT_MEMORY:
                size = limits.HELPER_MEMORY_BYTES // 2**20
                return _Gone(f"检查所需内存超过{size} MiB", f"it takes more than {size} MiB")
        return _Gone("检查进程因此文件意外终止", "the process that examined it ended unexpectedly")


_BY_CPU: Final = frozenset({24, 9})
"""SIGXCPU at the limit, SIGKILL a second later."""


def _wait(stream: IO[bytes], event: int, deadline: float) -> None:
    """Wait until a pipe can be read or written; raises TimeoutError when the time is over."""
    left = deadline - time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, event)
        if left <= 0 or not selector.select(left):
            raise TimeoutError


def _plain(anchors: TrustAnchors) -> dict[str, Any]:
    """The anchors as JSON has them: DER values in hex, keys as a JWK set."""
    from signing import jwk

    keys = (
        jwk.PublishedKey(jwk.Purpose.CODE, key, anchors.revoked_keys.get(kid))
        for kid, key in anchors.code_keys.items()
    )
    return {
        "der": {name: [one.hex() for one in getattr(anchors, name)] for name in _DER},
        "keys": jwk.write_set(keys),
    }


def _unreadable(data: bytes, reason: str) -> Examination:
    """The report on a file that could not be examined: every check there, one of them failed."""
    from verify.compare import EARLIER

    kind = sniff.kind(data)
    table, structure = _PDF if kind == "pdf" else _OFD
    return Examination(
        "pdf" if kind == "pdf" else "ofd",
        readable=False,
        ours=False,
        checks=tuple(
            Check(name, CheckState.FAILED, reason)
            if name == structure
            else Check(name, CheckState.NOT_CHECKED, EARLIER)
            for name in (*table, conclude.SHOWN)
        ),
    )


_PDF: Final = (pdf_checks.CHECKS, pdf_checks.STRUCTURE)
_OFD: Final = (ofd_checks.CHECKS, ofd_checks.STRUCTURE)
