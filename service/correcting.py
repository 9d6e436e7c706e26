"""Corrected data for a record that stopped: what may still be changed, and what it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from renderer.errors import Problem
from renderer.layout import load
from service import checking, clock
from service.differences import differences
from service.drafting import dataset_of
from service.errors import Conflict, Invalid
from service.installation import Installation
from service.ledger import Ledger
from service.pipeline import steps
from service.pipeline.rows import plate_numbers
from service.pipeline.steps import Kind
from service.register_rows import Reservation
from service.request import Request

PARTS = {"face": "照面信息", "holder": "持证主体", "persons": "证照人员"}
"""The parts of a request that a correction may name, with their labels."""


@dataclass(frozen=True)
class Correction:
    """Changed parts of a request: of face and holder the fields that change, persons as a whole.

    A field whose new value is null is left out.
    """

    changes: Mapping[str, Any]

    def applied(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A request's data with the changes in them."""
        merged = dict(data)
        for part, value in self.changes.items():
            old = merged.get(part)
            if isinstance(old, dict) and isinstance(value, dict):
                together = {**old, **value}
                merged[part] = {name: new for name, new in together.items() if new is not None}
            else:
                merged[part] = value
        return merged


def read(data: Mapping[str, Any]) -> Correction:
    """A correction as it was posted.

    Raises:
        Invalid: it names something that is never corrected.
    """
    problems = [
        Problem(name, name, "不能在继续流程时更正；可更正的有 face、holder、persons")
        for name in sorted(set(data) - set(PARTS))
    ]
    for part, kind in (("face", dict), ("holder", dict), ("persons", list)):
        if part in data and not isinstance(data[part], kind):
            word = "列表" if kind is list else "对象"
            problems.append(Problem(part, PARTS[part], f"应为{word}"))
    if problems:
        raise Invalid("更正数据有误 (the correction has mistakes)", problems)
    return Correction(data)


def correct(installation: Installation, record: Reservation, correction: Correction) -> None:
    """Change what the record's certificate will be made of; nothing if nothing differs.

    Raises:
        Conflict: the stage does not let that be corrected, or the platform may have acted on the
            data as they were.
        Invalid: the corrected request has mistakes; nothing is changed.
    """
    before = json.loads(record.request)
    after = correction.applied(before)
    parts = frozenset(part for part in correction.changes if after.get(part) != before.get(part))
    if not parts:
        return
    _must_be_correctable(record, parts)
    stage = steps.after_correction(record.kind, record.step, parts)
    # What has no number yet in its request was allotted one, and the rules speak of that.
    checked = checking.check(Request({**after, "number": record.number}))
    values = _columns(record, Request(after), printed="face" in parts or "holder" in parts)
    try:
        with installation.database.write() as connection:
            ledger = Ledger(connection)
            if not ledger.correct(record, stage, values):
                raise Conflict("该记录正在办理中 (somebody else works on this record)")
            changed = differences(before, after, checked.layout)
            ledger.event(
                "corrected",
                record.certificate_id,
                record.record_id,
                clock.now(),
                {"fields": [one.field for one in changed]},
            )
    except IntegrityError:
        raise Conflict("另一证书已按同样的数据办理 (issued already with these data)") from None


def request_key(request: Request, replaces_id: int | None) -> str:
    """What a request is known by when it is repeated.

    A certificate may come back to data that an earlier version had, so one that replaces another
    is known by that one's row as well.
    """
    if replaces_id is None:
        return request.sha256
    return hashlib.sha256(f"replace:{replaces_id}:{request.sha256}".encode()).hexdigest()


def _must_be_correctable(record: Reservation, parts: frozenset[str]) -> None:
    move = steps.next_move(record.kind, record.step)
    allowed = move.corrects if move else frozenset()
    refused = [PARTS[part] for part in PARTS if part in parts - allowed]
    if refused and record.kind != Kind.CANCEL and "persons" not in parts - allowed:
        raise Conflict(
            f"已赋码，{'、'.join(refused)}不能再更正；请原样继续流程，办成后再办理照面信息变更 "
            "(coded already: continue, then replace)"
        )
    if refused:
        raise Conflict(
            f"当前步骤不能更正{'、'.join(refused)} (this step lets nothing be corrected)"
        )
    if move and record.began == move.step:
        raise Conflict(
            "全国平台可能已按原数据办理，结果未知；请先原样继续流程 "
            "(the platform may have acted on the data as they were: continue unchanged)"
        )


def _columns(record: Reservation, request: Request, *, printed: bool) -> dict[str, Any]:
    """The columns of `certificates` that change."""
    data = request.data
    values: dict[str, Any] = {
        "request": request.canonical,
        # Any later repetition of the corrected request finds this certificate.
        "request_sha256": request_key(request, record.replaces_id),
    }
    if printed:
        values["dataset"] = dataset_of(
            data,
            load(record.type, record.layout_version),
            record.license_id,
            record.number,
            record.version,
            record.status_index,
        )
        values |= plate_numbers(data["face"])
    return values
