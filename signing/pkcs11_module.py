"""Libraries of tokens (PKCS#11 modules): loaded once, initialised for threads, anew after a fork.

python-pkcs11 calls C_Initialize without arguments, which promises the library that no two threads
will enter it at once (PKCS#11 section 5.4, C_Initialize); SoftHSM then switches its locks off. So
the library is initialised here, with CKF_OS_LOCKING_OK, and python-pkcs11 does the rest.

A child process must initialise the library itself (same section), and sessions of its parent are
none of its own: gunicorn's workers each open theirs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pkcs11 import _pkcs11
from pkcs11.exceptions import PKCS11Error
from pkcs11.types import Slot

PATIENCE_S = 10.0
"""Longest wait, seconds, for other threads to leave the library before it is closed."""

RENEWAL_PAUSE_S = 10.0
"""Least time, seconds, between two times that a library is closed and opened: other tokens of it
lose their sessions too, and a token that is away does not come back by asking."""

_OK = 0x00
_CANT_LOCK = 0x0A
_ALREADY_INITIALIZED = 0x191
_OS_LOCKING_OK = 0x02

_STUCK = "another thread does not come back from the library"


class _InitializeArguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS: four functions for mutexes, flags, and a reserved pointer."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("create", "destroy", "lock", "unlock")),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


class Module:
    """One library in this process.

    `generation` rises whenever all sessions opened before are worth nothing any more.
    """

    def __init__(self, path: Path) -> None:
        # Only __new__: __init__ would call C_Initialize without arguments.
        self._library = _pkcs11.lib.__new__(_pkcs11.lib, str(path))  # type: ignore[call-arg]
        self._calls = ctypes.CDLL(str(path))
        self._concurrent = False
        self.generation = 0
        self._renewed_at = -RENEWAL_PAUSE_S
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was: in a child after a fork, where other threads' locks stay locked."""
        self._change = threading.Condition()
        self._serial = threading.RLock()
        self._users = 0
        self._closing = False
        self._initialised = False
        self.generation += 1

    @contextlib.contextmanager
    def use(self) -> Iterator[None]:
        """While this is held the library is open; raises PKCS11Error if it cannot be opened."""
        with self._change:
            if not self._change.wait_for(lambda: not self._closing, PATIENCE_S):
                raise PKCS11Error(_STUCK)
            if not self._initialised:
                self._initialise()
            self._users += 1
        try:
            with contextlib.nullcontext() if self._concurrent else self._serial:
                yield
        finally:
            with self._change:
                self._users -= 1
                self._change.notify_all()

    def slots(self) -> list[Slot]:
        """The slots with a token in them; called while in use."""
        return self._library.get_slots(token_present=True)

    def close_sessions(self, slot_id: int) -> None:
        """Close all sessions of this process with the token in a slot; called while alone."""
        self._calls.C_CloseAllSessions(ctypes.c_ulong(slot_id))

    def renew(self, generation: int) -> bool:
        """Close and open the library, so that it looks for its tokens anew.

        Gives whether another attempt is worth while: it was done now, or by somebody else since
        that generation. Raises PKCS11Error as `alone` does.
        """
        with self.alone():
            if self.generation != generation:
                return True
            if time.monotonic() - self._renewed_at < RENEWAL_PAUSE_S:
                return False
            self._renewed_at = time.monotonic()
            self._calls.C_Finalize(None)
            self._initialised = False
            self.generation += 1
            return True

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Held while no other thread uses the library; the caller must not be using it either.

        Raises PKCS11Error where another thread does not leave it.
        """
        with self._change:
            if not self._change.wait_for(lambda: not self._closing, PATIENCE_S):
                raise PKCS11Error(_STUCK)
            self._closing = True  # lets nobody in while the others leave
            left = self._change.wait_for(lambda: not self._users, PATIENCE_S)
            self._closing = False
            self._change.notify_all()
            if not left:
                raise PKCS11Error(_STUCK)
            yield

    def _initialise(self) -> None:
        arguments = _InitializeArguments(flags=_OS_LOCKING_OK)
        answer = self._calls.C_Initialize(ctypes.byref(arguments))
        if answer == _OK:
            self._concurrent = True
        elif answer == _CANT_LOCK:
            answer = self._calls.C_Initialize(None)
        elif answer == _ALREADY_INITIALIZED:
            # By another piece of this process, without locks perhaps; or by the parent, in a
            # library that a fork does not concern, and then as it was there.
            answer = _OK
        if answer != _OK:
            raise PKCS11Error(f"C_Initialize answers 0x{answer & 0xFFFFFFFF:X}")
        self._initialised = True


_modules: dict[Path, Module] = {}
_loading = threading.Lock()


def load(path: Path) -> Module:
    """The library at that path, loaded once; raises PKCS11Error where it is none."""
    with _loading:
        if path not in _modules:
            _modules[path] = Module(path)
        return _modules[path]


def _after_fork() -> None:
    global _loading
    _loading = threading.Lock()
    for module in _modules.values():
        module.begin_anew()


os.register_at_fork(after_in_child=_after_fork)
