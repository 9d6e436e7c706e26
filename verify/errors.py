"""What can go wrong while something is verified, other than the verdict itself."""

from __future__ import annotations


class VerifyError(Exception):
    """The root of this room's errors."""


class MalformedIdentifier(VerifyError):
    """A text is no electronic licence identifier (电子证照标识) in form."""


class MalformedDataSet(VerifyError):
    """Bytes or values are no data set of ours; the message says what is wrong with them."""


class Unproven(VerifyError):
    """Somebody tried to say `valid` with a check that had not passed: a fault in this program."""


class MalformedMoment(VerifyError):
    """A text is no date or time."""
