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

_WORSE = (
    (CheckState.FAILED, False),
    (CheckState.NOT_CHECKED, False),
    (CheckState.NOT_CHECKED, True),
    (CheckState.PASSED, False),
)


def _rank(check: Check) -> int:
    """How bad a check is, the worst first."""
    return _WORSE.index((check.state, check.advisory))


class CheckList:
    """The checks of a table (id to what it looks at), each not made until something is said.

    Of several things said about one check the worst stays: that it failed, then that it was not
    made, then that there was nothing to make it of (which is advisory), then that it passed.
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

    def found(self, identifier: str, finding: Finding, *, advisory: bool = False) -> None:
        """Say of a check what a rule about the life of a key has found.

        Where that is no worse than what was said before, it still tells more. With `advisory` the
        check, if it was not made, does not stand in the way of `valid`.
        """
        before = self._found[identifier]
        missing = finding.state is CheckState.NOT_CHECKED
        after = Check(identifier, finding.state, finding.reason, advisory and missing)
        if identifier not in self._said or _rank(after) <= _rank(before):
            self._found[identifier] = after
        self._said.add(identifier)

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
            self._say(identifier, CheckState.NOT_CHECKED, untold.reason, untold.advisory)
        else:
            self.passed(identifier, chinese, english)

    def state(self, identifier: str) -> CheckState:
        """What became of a check so far."""
        return self._found[identifier].state

    def result(self) -> tuple[Check, ...]:
        """Every check of the table, in its order."""
        return tuple(self._found.values())

    def _say(self, identifier: str, state: CheckState, reason: str, advisory: bool = False) -> None:
        before, after = self._found[identifier], Check(identifier, state, reason, advisory)
        if identifier not in self._said or _rank(after) < _rank(before):
            self._found[identifier] = after
        self._said.add(identifier)
