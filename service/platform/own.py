"""No platform: identifier and code are our own, and every step passes at once."""

from __future__ import annotations

from collections.abc import Mapping

from service.platform.answers import Answer, Outcome
from service.platform.port import Case, Coded

_PASSED = Answer(Outcome.ACCEPTED)


class OwnPlatform:
    """Stands in where no platform is configured, so that issuing has one way only."""

    @property
    def name(self) -> str:
        """What the interface calls it."""
        return "none"

    def check(self, case: Case) -> Answer:
        """Nobody else has to agree."""
        return _PASSED

    def code(self, case: Case) -> Coded:
        """The identifier is ours; that the code is empty says that we make our own."""
        return Coded(_PASSED, ecert_id=case.license_id)

    def persons(self, case: Case, add: bool) -> Answer:
        """There is nobody to tell."""
        return _PASSED

    def collect(self, case: Case, code_id: str, preview_url: str) -> Answer:
        """There is nobody to hand it to."""
        return _PASSED

    def change_status(self, case: Case, reason: str) -> Answer:
        """There is nobody to tell."""
        return _PASSED

    def correct(self, case: Case, changed: Mapping[str, str]) -> Answer:
        """There is nobody to tell."""
        return _PASSED
