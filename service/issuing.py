"""Issuing: from a request to a valid certificate, one recorded step after another.

    check → reserve the number → code → press (compose, sign, seal) → keep → finish

The outcome of each step is in the register before the next begins. A process that dies between two
steps leaves a certificate that holds its number; the same request, posted again, goes on from the
step that was recorded last, and so it does after a key or a time stamping authority failed
(`service.signing_step`). Two processes that do so at once both press, and one of them finishes:
the register lets a record advance only once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from renderer.errors import Problem
from renderer.layout import load
from service import checking, clock, coding, levels, numbering, signing_step
from service.checking import Checked
from service.differences import differences
from service.errors import Conflict, Invalid, ServiceError
from service.installation import Installation
from service.ledger import Ledger, NewCertificate
from service.press import AuthoritySeal, Pair, Sheet, press
from service.register_rows import Reservation
from service.request import Request
from service.status_words import CertificateStatus, ProcessStatus
from verify import dataset, status
from verify.register import Entry

RESERVE_TRIES = 5
"""Two processes may reach for one number or one place in the list at once; one has to try again."""

NEW_REASON = "新办证照"


@dataclass(frozen=True)
class Issued:
    """The answer to a request: the certificate as the register has it now."""

    entry: Entry
    verify_url: str
    warnings: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer's public form, without the files' places."""
        state = state_now(self.entry)
        cancelled = state == CertificateStatus.CANCELLED
        done = ProcessStatus.STATUS_CHANGED if cancelled else ProcessStatus.COLLECTED
        return {
            "number": self.entry.number,
            "license_id": self.entry.license_id,
            "status": state,
            "process": done,
            # No national platform is configured: identifier and code are our own.
            "platform": "none",
            "pdf_sha256": self.entry.pdf_sha256,
            "ofd_sha256": self.entry.ofd_sha256,
            "verify_url": self.verify_url,
            "warnings": [vars(warning) for warning in self.warnings],
        }


def issue(
    installation: Installation, request: Request, remember: Callable[[Ledger], None] | None = None
) -> Issued:
    """Issue the certificate that a request asks for, or give the answer it was given before.

    `remember` is called within the transaction that reserves the number (for idempotency keys).

    Raises:
        Invalid: the request has mistakes; nothing was reserved.
        Conflict: the number is held by a certificate with other data.
        Misconfigured: the authority has no keys and seal; nothing was reserved.
        signing.errors.SigningError: its keys cannot be used; nothing was reserved.
        SigningFailed: a signature could not be made; the same request will continue.
    """
    checked = checking.check(request)
    if not _known(installation, checked):
        # Nothing is reserved for an authority that cannot sign, or by settings that cannot be used.
        _seal(installation, checked)
        levels.of(installation)
    reservation = _reserve(installation, checked, remember)
    if reservation.step == "reserved":
        with signing_step.recorded(installation, reservation):
            reservation = _code(installation, reservation)
    if reservation.step == "coded":
        with signing_step.recorded(installation, reservation):
            pair = _press(installation, reservation, _seal(installation, checked))
        _keep(installation, reservation, pair)
    return answer(installation, reservation.license_id, checked.warnings)


def answer(
    installation: Installation, license_id: str, warnings: tuple[Problem, ...] = ()
) -> Issued:
    """What the register says of an issued certificate."""
    entry = installation.register.by_license_id(license_id)
    if entry is None:
        raise ServiceError("登记信息不完整 (the register has no finished record)")
    return Issued(entry, installation.register.code_of(license_id) or "", warnings)


def state_now(entry: Entry) -> str | None:
    """The certificate's status at this moment, None before it takes effect."""
    moment = clock.now()
    return status.from_register(entry.history, moment, moment).status.state


def sheet_of(reservation: Reservation, development: bool) -> Sheet:
    """What the two files of a reserved and coded certificate are made of."""
    data = json.loads(reservation.request)
    return Sheet(
        layout=load(data["type"], reservation.layout_version),
        content=checking.content_of(data, reservation.number),
        license_id=reservation.license_id,
        code=reservation.code or "",
        dataset=reservation.dataset,
        development=development,
    )


def _known(installation: Installation, checked: Checked) -> bool:
    """Whether the request was posted before; then it is answered even if no key can be reached."""
    with installation.database.read() as connection:
        return Ledger(connection).by_request(checked.request.sha256) is not None


def _seal(installation: Installation, checked: Checked) -> AuthoritySeal:
    """The authority's keys and seal; the seal must bear the name that the page will show."""
    authority = checked.data["authority"]
    seal = installation.authority_seal(authority["name"], authority["code"])
    if seal.name != authority["name"]:
        message = f"与该机关印章上的名称不一致：印章为“{seal.name}”"
        raise Invalid(
            "发证机关名称与印章不一致 (the seal bears another name)",
            [Problem("authority.name", "发证机关", message)],
        )
    return seal


def _reserve(
    installation: Installation, checked: Checked, remember: Callable[[Ledger], None] | None
) -> Reservation:
    """Hold the number, or find what an earlier process has reserved for the same request."""
    for _ in range(RESERVE_TRIES - 1):
        with suppress(IntegrityError):
            return _try_to_reserve(installation, checked, remember)
    return _try_to_reserve(installation, checked, remember)


def _try_to_reserve(
    installation: Installation, checked: Checked, remember: Callable[[Ledger], None] | None
) -> Reservation:
    with installation.database.write() as connection:
        ledger = Ledger(connection)
        if remember:
            remember(ledger)
        known = ledger.by_request(checked.request.sha256)
        return known or _reserve_new(installation, ledger, checked)


def _reserve_new(installation: Installation, ledger: Ledger, checked: Checked) -> Reservation:
    data, layout = checked.data, checked.layout
    number = checked.number or _allot(ledger, checked)
    claim = f"{layout.id}:{number}"
    if same := _make_free(ledger, claim, checked):
        return same
    suffix = installation.settings.type_suffix.get(
        layout.id, layout.codes["license_id"]["type_suffix"]
    )
    version = ledger.next_version(layout.id, number)
    license_id = str(numbering.license_id(layout, suffix, data["authority"], number, version))
    status_index = ledger.free_status_index()
    new = NewCertificate(
        license_id=license_id,
        type=layout.id,
        layout_version=layout.version,
        number=number,
        number_normal=number,
        version=version,
        authority_code=data["authority"]["code"],
        issued_on=data["issued_on"],
        request=checked.request.canonical,
        request_sha256=checked.request.sha256,
        dataset=dataset.build(
            type=layout.id,
            layout_version=layout.version,
            license_id=license_id,
            number=number,
            version=version,
            authority=data["authority"],
            holder=data["holder"],
            issued_on=data["issued_on"],
            face=data["face"],
            status_index=status_index,
        ),
        status_index=status_index,
        development=installation.settings.development,
    )
    return ledger.reserve(new, NEW_REASON, clock.now())


def _allot(ledger: Ledger, checked: Checked) -> str:
    """The next number of its scope that nobody posted himself.

    Raises:
        Invalid: the scope has no serial left.
    """
    scope = numbering.scope_of(checked.layout, checked.data)
    while True:
        try:
            number = scope.number(ledger.next_serial(scope.name))
        except numbering.NotAllotted as error:
            raise Invalid(
                "无法编号 (no number can be allotted)", [Problem("number", "证书编号", str(error))]
            ) from None
        if not ledger.number_taken(number):
            return number


def _make_free(ledger: Ledger, claim: str, checked: Checked) -> Reservation | None:
    """See to it that nobody valid holds the number.

    Gives the holder where it is this very request's: another process was quicker, and its
    reservation became visible after `by_request` had looked.

    Raises:
        Conflict: somebody does, with other data; the difference is told.
    """
    holder = ledger.holder_of(claim)
    if holder is None:
        return None
    known = Request(json.loads(holder.request))
    if known.sha256 == checked.request.sha256:
        return holder
    entry = ledger.entry(holder.license_id)
    if entry and state_now(entry) == CertificateStatus.CANCELLED:
        ledger.release(claim)
        return None
    raise Conflict(
        f"证书编号 {holder.number} 已被使用，且数据不同 (the number is held, with other data)",
        differences(known.data, checked.data, checked.layout),
    )


def _code(installation: Installation, reservation: Reservation) -> Reservation:
    """Sign the code and record it; from here on the certificate's code never changes."""
    data: Mapping[str, Any] = json.loads(reservation.request)
    code = coding.make_code(
        installation.settings.code_prefix,
        checking.content_of(data, reservation.number),
        reservation.version,
        reservation.dataset,
        reservation.status_index,
        installation.code_key,
        load(data["type"], reservation.layout_version).second_field,
    )
    with installation.database.write() as connection:
        ledger = Ledger(connection)
        ledger.set_code(reservation, code, clock.now())
        return ledger.reservation(reservation.certificate_id)


def _press(installation: Installation, reservation: Reservation, seal: AuthoritySeal) -> Pair:
    sheet = sheet_of(reservation, installation.settings.development)
    return press(sheet, seal, clock.now(), levels.of(installation))


def _keep(installation: Installation, reservation: Reservation, pair: Pair) -> None:
    """Put both files on the disk, then record them and the success in one transaction."""
    documents = {
        kind: (installation.documents.put(data), len(data))
        for kind, data in (("pdf", pair.pdf), ("ofd", pair.ofd))
    }
    with installation.database.write() as connection:
        Ledger(connection).finish(
            reservation, documents, clock.beginning(reservation.issued_on), clock.now()
        )
