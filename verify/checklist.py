"""The list of checks of one kind of file, filled in while the file is examined.

The list starts out complete: every check of the table is there as not made. Examining can only
change states, so no path through the code, however it ends, can leave a check out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from verify.check import Check, CheckState
from verify.fault import Fault, Untold, said

if TYPE_CHECKING:
    from verify.key_life import Finding

_NOT_REACHED = said("前面的检查未通过，此项未能进行", "not reached: an earlier check did not pass")

_WORSE = (CheckState.FAILED, CheckState.NOT_CHECKED, CheckState.PASSED)


class CheckList:
    """The checks of a table (id to what it looks at), each not made until something is said.

    Of several things said about one check the worst stays: that it failed, then that it was not
    made, then that it passed.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._found = {
            identifier: Check(identifier, CheckState.NOT_CHECKED, _NOT_REACHED)
            for identifier in table
        }
        self._said: set[str] = set()

    def passed(self, identifier: str, chinese: str, english: str) -> None:
        """Say that a check passed."""
        self._say(identifier, CheckState.PASSED, said(chinese, english))

    def failed(self, identifier: str, chinese: str, english: str) -> None:
        """Say that a check failed and why."""
        self._say(identifier, CheckState.FAILED, said(chinese, english))

    def not_checked(self, identifier: str, chinese: str, english: str) -> None:
        """Say why a check was not made."""
        self._say(identifier, CheckState.NOT_CHECKED, said(chinese, english))

    def found(self, identifier: str, finding: Finding) -> None:
        """Say of a check what a rule about the life of a key has found."""
        self._say(identifier, finding.state, finding.reason)

    @contextmanager
    def judging(self, identifier: str, chinese: str, english: str) -> Iterator[None]:
        """Judge a check by what happens inside, and go on after it.

        A `Fault` fails it, an `Untold` leaves it not made; otherwise it passes, for the reason
        given here.
        """
        try:
            yield
        except Fault as fault:
            self._say(identifier, CheckState.FAILED, fault.reason)
        except Untold as untold:
            self._say(identifier, CheckState.NOT_CHECKED, untold.reason)
        else:
            self.passed(identifier, chinese, english)

    def state(self, identifier: str) -> CheckState:
        """What became of a check so far."""
        return self._found[identifier].state

    def result(self) -> tuple[Check, ...]:
        """Every check of the table, in its order."""
        return tuple(self._found.values())

    def _say(self, identifier: str, state: CheckState, reason: str) -> None:
        before = self._found[identifier].state
        if identifier not in self._said or _WORSE.index(state) < _WORSE.index(before):
            self._found[identifier] = Check(identifier, state, reason)
        self._said.add(identifier)
