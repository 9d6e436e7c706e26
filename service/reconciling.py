"""What the approval system has sent, what we issued, what the platform has: where they differ.

The platform's interface names no call that asks for a certificate. 校验 comes nearest to one: it
changes nothing, and refuses a number that the platform has already ("已存在"). So with `--platform`
each newest certificate is checked as if it were new; without it our own recorded steps are looked
at, which say what the platform has answered, not what it has now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from renderer.errors import RendererError
from renderer.layout import load
from service import request
from service import tables as t
from service.differences import differences
from service.errors import ServiceError, Unreadable
from service.installation import Installation
from service.ledger import Ledger
from service.pipeline import way
from service.pipeline.case import case_of
from service.pipeline.steps import ENDED, Stage
from service.platform.answers import Outcome
from service.platform.errors import PlatformError
from service.platform.port import Platform
from service.register_rows import ISSUING
from service.request import Request
from service.status_words import CertificateStatus
from verify.numbers import normal

MAX_LINE_BYTES = request.MAX_REQUEST_BYTES
"""Largest line of what was sent: a request."""


class Kind(StrEnum):
    """How the three can differ."""

    SENT_UNREADABLE = "sent_unreadable"  # a line that is neither a request nor a number
    SENT_TWICE = "sent_twice"  # one number in two lines, with other data
    SENT_NOT_ISSUED = "sent_not_issued"  # nothing under it in the register
    SENT_NOT_FINISHED = "sent_not_finished"  # failed, under way or given up
    SENT_OTHERWISE = "sent_otherwise"  # issued with other data
    NOT_SENT = "not_sent"  # in the register, and not in what was sent
    PLATFORM_UNKNOWN = "platform_unknown"  # asked, and no answer recorded: it may have acted
    PLATFORM_LACKS = "platform_lacks"  # valid here, and the platform does not have it
    PLATFORM_KEEPS = "platform_keeps"  # ended here, and the platform has it still
    PLATFORM_UNCLEAR = "platform_unclear"  # its answer says neither


@dataclass(frozen=True)
class Difference:
    """One difference: which certificate, and what is to be known of it."""

    kind: Kind
    subject: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Its public form."""
        return {"kind": self.kind.value, "subject": self.subject, "detail": self.detail}


@dataclass
class Report:
    """What was compared, and what differs."""

    sent: int | None = None
    registered: int = 0
    platform_asked: int | None = None
    differences: list[Difference] = field(default_factory=list)

    def add(self, kind: Kind, subject: str, detail: str) -> None:
        """One more difference."""
        self.differences.append(Difference(kind, subject, detail))

    def as_json(self) -> dict[str, Any]:
        """The report's public form."""
        return {
            "sent": self.sent,
            "registered": self.registered,
            "platform_asked": self.platform_asked,
            "differences": [one.as_json() for one in self.differences],
        }


def reconcile(
    installation: Installation, sent: Iterable[bytes] | None, *, ask_platform: bool
) -> Report:
    """Compare; `sent` are the lines of what the approval system has sent.

    Raises:
        Misconfigured: the platform is to be asked, and certificates belong to one that is not
            configured.
    """
    report = Report()
    with installation.database.read() as connection:
        newest = {row.number_normal: row for row in _newest(connection)}
        report.registered = len(newest)
        if sent is not None:
            _compare_sent(connection, report, newest, sent)
        _compare_steps(connection, report)
    if ask_platform:
        _compare_platform(installation, report, list(newest.values()))
    return report


def _newest(connection: Connection) -> Iterator[Row[Any]]:
    """Of each number the newest certificate, with the record that makes it, and its status."""
    c, r, ending = t.certificates.c, t.records.c, t.records.alias("ending")
    cancelled = (
        sa.select(sa.func.count())
        .where(
            ending.c.certificate_id == c.id,
            ending.c.certificate_status == CertificateStatus.CANCELLED,
        )
        .scalar_subquery()
    )
    query: sa.Select[Any] = (
        sa.select(
            c.license_id,
            c.number,
            c.number_normal,
            c.type,
            c.layout_version,
            c.request,
            c.platform,
            r.id.label("record_id"),
            r.step,
            r.process_status,
            cancelled.label("cancelled"),
        )
        .join(t.records, r.certificate_id == c.id)
        .where(r.kind.in_(ISSUING))
        # A replacement on its way, or given up, is no certificate yet: that before it stands.
        .order_by(r.step == Stage.FINISHED, c.id)
    )
    newest: dict[str, Row[Any]] = {}
    for row in connection.execute(query):
        newest[row.number_normal] = row
    yield from newest.values()


def _compare_sent(
    connection: Connection, report: Report, newest: Mapping[str, Row[Any]], sent: Iterable[bytes]
) -> None:
    report.sent = 0
    seen: dict[str, str] = {}
    for place, line in enumerate(sent, 1):
        if not line.strip():
            continue
        report.sent += 1
        try:
            asked = _asked(line)
        except ServiceError as error:
            report.add(Kind.SENT_UNREADABLE, f"第 {place} 行 (line {place})", error.detail)
            continue
        row = _registered(connection, newest, asked)
        number = row.number_normal if row is not None else _number(asked)
        said = asked.sha256 if isinstance(asked, Request) else ""
        if said and seen.get(number, "") not in ("", said):
            detail = f"第 {place} 行数据不同 (other data in line {place})"
            report.add(Kind.SENT_TWICE, number, detail)
        seen[number] = said or seen.get(number, "")
        _compare_one(report, row, asked, place)
    for number, row in newest.items():
        if number not in seen and row.step == Stage.FINISHED:
            report.add(Kind.NOT_SENT, row.number, row.license_id)


def _asked(line: bytes) -> Request | str:
    """A request, or a number: alone, or as the member of an object that has no more."""
    if len(line) > MAX_LINE_BYTES:
        raise Unreadable("行过长 (the line is too long)")
    text = line.decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return _visible(text.strip('"'))
    found = request.read(line)
    if "face" in found.data:
        return found
    for name in ("license_id", "number"):
        if isinstance(found.data.get(name), str):
            return _visible(found.data[name])
    raise Unreadable("既不是申请，也没有证书编号 (neither a request nor a number)")


def _visible(name: str) -> str:
    """A number or an identifier that can be shown, and that a database can be asked for."""
    if not name.isprintable():
        raise Unreadable("编号有不可见字符 (characters in the number cannot be seen)")
    return name


def _number(asked: Request | str) -> str:
    if isinstance(asked, str):
        return normal(asked)
    number = asked.data.get("number")
    return normal(number) if isinstance(number, str) else f"request {asked.sha256}"


def _registered(
    connection: Connection, newest: Mapping[str, Row[Any]], asked: Request | str
) -> Row[Any] | None:
    """What the register has under a number, or made of the very request."""
    if isinstance(asked, Request):
        known = Ledger(connection).by_request(asked.sha256)
        if known is not None:
            return newest.get(normal(known.number))
        return newest.get(_number(asked))
    return newest.get(_number_of(connection, asked) or normal(asked))


def _number_of(connection: Connection, license_id: str) -> str | None:
    c = t.certificates.c
    query = sa.select(c.number_normal).where(c.license_id == license_id)
    found: str | None = connection.execute(query).scalar()
    return found


def _compare_one(report: Report, row: Row[Any] | None, asked: Request | str, place: int) -> None:
    if row is None:
        report.add(Kind.SENT_NOT_ISSUED, _number(asked), f"第 {place} 行 (line {place})")
        return
    if row.step != Stage.FINISHED:
        standing = row.process_status or row.step
        detail = f"办理记录 (record) {row.record_id}: {standing}"
        report.add(Kind.SENT_NOT_FINISHED, row.number, detail)
        return
    if isinstance(asked, Request) and (fields := _fields(row, asked)):
        report.add(Kind.SENT_OTHERWISE, row.number, "、".join(fields))


def _fields(row: Row[Any], asked: Request) -> Sequence[str]:
    """The fields in which what was sent differs from what the certificate was made of."""
    try:
        layout = load(row.type, row.layout_version)
        return [one.field for one in differences(json.loads(row.request), asked.data, layout)]
    except RendererError as error:
        return [str(error)]


def _compare_steps(connection: Connection, report: Report) -> None:
    """Records of which the platform was asked something, and no answer is recorded."""
    c, r = t.certificates.c, t.records.c
    query = (
        sa.select(c.number, r.id, r.began)
        .join(t.records, r.certificate_id == c.id)
        .where(r.began.is_not(None), r.step.not_in(ENDED), c.platform != "none")
        .order_by(r.id)
    )
    for row in connection.execute(query):
        detail = f"办理记录 (record) {row.id}: {row.began}，请继续流程 (continue it)"
        report.add(Kind.PLATFORM_UNKNOWN, row.number, detail)


def _compare_platform(
    installation: Installation, report: Report, certificates: Sequence[Row[Any]]
) -> None:
    report.platform_asked = 0
    for row in certificates:
        if row.platform == "none" or row.step != Stage.FINISHED:
            continue
        report.platform_asked += 1
        platform = way.platform_of(installation, row.platform)
        _ask(installation, report, platform, row)


def _ask(installation: Installation, report: Report, platform: Platform, row: Row[Any]) -> None:
    """Whether the platform has a number, by checking it as if it were new."""
    case = replace(case_of(way.read(installation, row.record_id), None), sent_before=False)
    try:
        answer = platform.check(case)
    except PlatformError as error:
        report.add(Kind.PLATFORM_UNCLEAR, row.number, str(error))
        return
    words = "；".join(answer.words)
    if answer.says_existing:
        if row.cancelled:
            report.add(Kind.PLATFORM_KEEPS, row.number, words)
    elif answer.passed:
        if not row.cancelled:
            report.add(Kind.PLATFORM_LACKS, row.number, row.license_id)
    elif answer.outcome in (Outcome.REFUSED, Outcome.WAIT):
        report.add(Kind.PLATFORM_UNCLEAR, row.number, words)
