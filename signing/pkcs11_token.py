"""Sessions with one token: found by name, logged in once, lent to one thread at a time.

The login counts for every session that this process has with the token (PKCS#11 section 5.6), so
the PIN is given once. A PIN that was refused is not given again until its file changes: tokens
lock themselves after a few wrong ones.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pkcs11.exceptions import (
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    SessionCount,
    UserAlreadyLoggedIn,
)
from pkcs11.mechanisms import Mechanism
from pkcs11.types import Session, Token

from signing import secret_file
from signing.errors import KeyUnavailable
from signing.pkcs11_module import Module, load
from signing.pkcs11_objects import SigningKey
from signing.pkcs11_uri import ObjectName, TokenName

MAX_SESSIONS = 4
"""Most sessions with a token: a worker has few threads, and tokens few sessions."""

WAIT_S = 10.0
"""Longest wait, seconds, for a session that other threads have."""

PIN_FILE = "the pin-source"
"""What errors call the file of the PIN."""

_REFUSED_PIN = (PinIncorrect, PinInvalid, PinLenRange, PinExpired, PinLocked)


class TokenMissing(PKCS11Error):
    """No token of that name is there; or several are, and the text says so."""


class PinRefused(PKCS11Error):
    """The token refuses the PIN, now or when it was last asked."""


@dataclass(eq=False)
class OpenSession:
    """A session in which keys are found once.

    `keys` holds what signs under its name, and whether it asks for the PIN each time.
    """

    session: Session
    mechanisms: frozenset[Mechanism | int]
    keys: dict[ObjectName, tuple[SigningKey, bool]] = field(default_factory=dict)


class TokenSessions:
    """The sessions of this process with the token of that name; `epoch` rises when all are lost."""

    def __init__(self, module: Module, name: TokenName, pin_source: Path | None) -> None:
        self.module = module
        self.epoch = 0
        self._name, self._pin_source = name, pin_source
        self._refused: Hashable = None
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all sessions, without closing them: they are not ours, or no more."""
        self._generation = self.module.generation
        self._token: Token | None = None
        self._mechanisms: frozenset[Mechanism | int] = frozenset()
        self._idle: list[OpenSession] = []
        self._opened = 0
        self._opening = threading.Lock()
        self._free = threading.Semaphore(MAX_SESSIONS)
        self.epoch += 1

    @contextlib.contextmanager
    def lend(self, uri: str) -> Iterator[OpenSession]:
        """A session for this thread while it is held.

        `uri` is that of the key, for errors. Raises PKCS11Error as the token tells it; TokenMissing
        and PinRefused; KeyUnavailable where the PIN's file cannot be used or all sessions are busy.
        """
        with self.module.use():
            with self._opening:
                if self._generation != self.module.generation:
                    self.begin_anew()
            idle, free = self._idle, self._free
            lent = self._take(uri)
            try:
                yield lent
            finally:
                idle.append(lent)
                free.release()

    def drop(self, epoch: int) -> None:
        """Close all sessions of that epoch, once; the next one is opened and logged in anew."""
        with self.module.alone():
            if self.epoch == epoch and self._token is not None:
                self.module.close_sessions(self._token.slot.slot_id)
                self.begin_anew()

    def _take(self, uri: str) -> OpenSession:
        while True:
            if not self._free.acquire(timeout=WAIT_S):
                raise KeyUnavailable(uri, "all sessions with its token are busy")
            try:
                with self._opening:
                    return self._idle.pop() if self._idle else self._open(uri)
            except SessionCount:
                if not self._opened:
                    self._free.release()
                    raise
                # The token has no more of them: this place stays taken, one of the others comes.
            except BaseException:
                self._free.release()
                raise

    def _open(self, uri: str) -> OpenSession:
        if self._token is None:
            token = self._find()
            session = self._log_in(token, uri)
            self._mechanisms = frozenset(token.slot.get_mechanisms())
            self._token = token
        else:
            session = self._token.open()
        self._opened += 1
        return OpenSession(session, self._mechanisms)

    def _find(self) -> Token:
        found = []
        for slot in self.module.slots():
            with contextlib.suppress(PKCS11Error):  # a slot that cannot tell has not what we want
                found.append(slot.get_token())
        fitting = [token for token in found if _is(token, self._name)]
        if len(fitting) == 1:
            return fitting[0]
        raise TokenMissing(
            "several tokens fit; serial= tells them apart" if fitting else "no such token is there"
        )

    def _log_in(self, token: Token, uri: str) -> Session:
        """The first session, which logs in for all; without a pin-source, for public objects."""
        if self._pin_source is None:
            return token.open()
        state = secret_file.state(self._pin_source, uri, PIN_FILE)
        if state == self._refused:
            raise PinRefused("the token has refused the PIN of its pin-source, which is unchanged")
        secret = secret_file.line(self._pin_source, uri, PIN_FILE)
        try:
            return token.open(user_pin=secret.decode("utf-8"))
        except UnicodeDecodeError:
            raise KeyUnavailable(uri, f"{PIN_FILE} is no UTF-8") from None
        except UserAlreadyLoggedIn:
            return token.open()  # by another URI of the same token
        except _REFUSED_PIN as error:
            self._refused = state
            raise PinRefused(
                f"the token refuses the PIN of its pin-source ({type(error).__name__})"
            ) from None


_known: dict[tuple[Path, TokenName, Path | None], TokenSessions] = {}
_knowing = threading.Lock()


def sessions(path: Path, name: TokenName, pin_source: Path | None) -> TokenSessions:
    """The sessions with a token of the library at that path; raises PKCS11Error if it is none."""
    key = (path, name, pin_source)
    found = _known.get(key)
    if found is None:
        with _knowing:
            found = _known.setdefault(key, TokenSessions(load(path), name, pin_source))
    return found


def _after_fork() -> None:
    """In a child: its parent's sessions are not its own, and its locks may be held by nobody."""
    global _knowing
    _knowing = threading.Lock()
    for one in _known.values():
        one.begin_anew()


os.register_at_fork(after_in_child=_after_fork)  # after the one of pkcs11_module, imported above


def _is(token: Token, name: TokenName) -> bool:
    serial = token.serial.decode("utf-8", "replace").rstrip(" \0")
    return all(
        wanted is None or wanted == found
        for wanted, found in (
            (name.token, token.label),
            (name.manufacturer, token.manufacturer_id),
            (name.model, token.model),
            (name.serial, serial),
            (name.slot_id, token.slot.slot_id),
        )
    )
