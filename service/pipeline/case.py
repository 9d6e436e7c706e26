"""A record as it is told to the platform, and as what was told is written down."""

from __future__ import annotations

import json
from typing import Any

from service.pipeline.journal import sent
from service.platform.port import Case
from service.register_rows import Reservation


def case_of(record: Reservation, replaces: str | None, *, sent_before: bool = False) -> Case:
    """The certificate of a record; `replaces` is the identifier of the one before."""
    data = json.loads(record.request)
    return Case(
        type=data["type"],
        number=record.number,
        license_id=record.license_id,
        version=record.version,
        authority=data["authority"],
        holder=data["holder"],
        issued_on=data["issued_on"],
        face=data["face"],
        persons=data.get("persons", ()),
        replaces=replaces,
        sent_before=sent_before,
        layout_version=record.layout_version,
    )


def written_down(case: Case, **more: Any) -> str:
    """What of a case was sent, as JSON for the step's row."""
    told = {name: value for name, value in vars(case).items() if value is not None}
    return sent(told, case.persons, **more)
