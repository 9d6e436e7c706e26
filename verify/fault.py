"""What is wrong with examined bytes, in the two languages of a check's reason."""

from __future__ import annotations

from verify.errors import VerifyError


def said(chinese: str, english: str) -> str:
    """A check's reason: Chinese first, English in brackets."""
    return f"{chinese} ({english})"


class Fault(VerifyError):
    """The examined bytes break a rule; its text is the reason of the check that fails.

    It never leaves the modules that examine a file: there it becomes a failed check.
    """

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(said(chinese, english))
        self.reason = said(chinese, english)


class Untold(VerifyError):
    """A rule that cannot be judged with what is at hand; its text is why the check was not made.

    Like a `Fault` it stays among the modules that examine a file, where it becomes a check that
    was not made. With `advisory` there was nothing to judge, which is no obstacle to `valid`.
    """

    def __init__(self, chinese: str, english: str, *, advisory: bool = False) -> None:
        super().__init__(said(chinese, english))
        self.reason = said(chinese, english)
        self.advisory = advisory
