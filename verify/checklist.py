"""The list of checks of one kind of file, filled in while the file is examined.

The list starts out complete: every check of the table is there as not made. Examining can only
change states, so no path through the code, however it ends, can leave a check out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from verify.check import Check, CheckState
from verify.fault import Fault, said

_NOT_REACHED = said("前面的检查未通过，此项未能进行", "not reached: an earlier check did not pass")


class CheckList:
    """The checks of a table (id to what it looks at), each not made until something is said."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._found = {
            identifier: Check(identifier, CheckState.NOT_CHECKED, _NOT_REACHED)
            for identifier in table
        }

    def passed(self, identifier: str, chinese: str, english: str) -> None:
        """Say that a check passed; one that has failed stays failed."""
        if self._found[identifier].state is not CheckState.FAILED:
            self._set(identifier, CheckState.PASSED, said(chinese, english))

    def failed(self, identifier: str, chinese: str, english: str) -> None:
        """Say that a check failed and why; the first reason stays."""
        self._fail(identifier, said(chinese, english))

    def not_checked(self, identifier: str, chinese: str, english: str) -> None:
        """Say why a check was not made; one that has failed stays failed."""
        if self._found[identifier].state is not CheckState.FAILED:
            self._set(identifier, CheckState.NOT_CHECKED, said(chinese, english))

    @contextmanager
    def judging(self, identifier: str) -> Iterator[None]:
        """Turn a `Fault` raised inside into a failure of that check, and go on after it."""
        try:
            yield
        except Fault as fault:
            self._fail(identifier, fault.reason)

    def fault(self, identifier: str, fault: Fault) -> None:
        """Say that a check failed for the reason that a fault carries."""
        self._fail(identifier, fault.reason)

    def state(self, identifier: str) -> CheckState:
        """What became of a check so far."""
        return self._found[identifier].state

    def result(self) -> tuple[Check, ...]:
        """Every check of the table, in its order."""
        return tuple(self._found.values())

    def _fail(self, identifier: str, reason: str) -> None:
        if self._found[identifier].state is not CheckState.FAILED:
            self._set(identifier, CheckState.FAILED, reason)

    def _set(self, identifier: str, state: CheckState, reason: str) -> None:
        self._found[identifier] = Check(identifier, state, reason)
