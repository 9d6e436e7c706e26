"""What issuing asks of a platform, whichever it is.

Every method may raise PlatformUnreachable or PlatformGarbled. A call may be repeated: the platform
has one effect of it. Whoever repeats a call of which no answer is recorded says so in
`Case.sent_before`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from service.platform.answers import Answer, Outcome
from service.platform.errors import PlatformError, PlatformGarbled, PlatformUnreachable

__all__ = [
    "Answer",
    "Case",
    "Coded",
    "Outcome",
    "Platform",
    "PlatformError",
    "PlatformGarbled",
    "PlatformUnreachable",
]


@dataclass(frozen=True)
class Case:
    """A certificate as it is told to the platform.

    `authority` has name, code (USCC) and division (6 digits), `holder` name and code; `issued_on`
    is YYYY-MM-DD; `face` and `persons` are those of the request; `replaces` is the `license_id` of
    the certificate that this one takes the place of. `sent_before` says that this very step was
    begun before with these very data and never refused (no answer is recorded, or it was no answer,
    or WAIT): then "已存在" is success.
    """

    type: str
    number: str
    license_id: str
    version: int
    authority: Mapping[str, str]
    holder: Mapping[str, str]
    issued_on: str
    face: Mapping[str, Any]
    persons: Sequence[Mapping[str, Any]] = ()
    replaces: str | None = None
    sent_before: bool = False
    layout_version: str | None = None
    """The version of the layout, whose code lists count; None: the current one."""


@dataclass(frozen=True)
class Coded:
    """The answer to coding (赋码): with it, where it passed, what the platform has assigned.

    `ecert_id` is the identifier of the data at the platform (数据唯一标识), `code_id` that of the
    code (赋码ID, decrypted), `qr_content` what the QR code must hold; both empty: the code is ours
    to make.
    """

    answer: Answer
    ecert_id: str = ""
    code_id: str = ""
    qr_content: str = ""


class Platform(Protocol):
    """The platform that an installation works with."""

    @property
    def name(self) -> str:
        """`none` or `national`."""
        ...

    def check(self, case: Case) -> Answer:
        """Ask whether the certificate could be issued (校验); changes nothing."""
        ...

    def code(self, case: Case) -> Coded:
        """Have the identifier and the code assigned (赋码)."""
        ...

    def persons(self, case: Case, add: bool) -> Answer:
        """Hand in the persons of a certificate, or take them back (证照人员信息)."""
        ...

    def collect(self, case: Case, code_id: str, preview_url: str) -> Answer:
        """Hand in the finished certificate (归集)."""
        ...

    def change_status(self, case: Case, reason: str) -> Answer:
        """Have the certificate cancelled (证书状态变更)."""
        ...

    def correct(self, case: Case, changed: Mapping[str, str]) -> Answer:
        """Correct key data of a certificate (关键信息更正), `changed` by our names."""
        ...
