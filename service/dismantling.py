"""拆卸告知办结: when a machine is dismantled, the registration of its use ends (注销).

The notice names the machine by what stands on its plate, not by a certificate. The factory number
is the maker's own, and two makers may give the same one; where several valid certificates are found
nothing is guessed: the filing number, which is unique, has to be told as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from renderer.errors import Problem
from service import clock
from service import tables as t
from service.cancelling import cancel
from service.errors import Conflict, Invalid, NotFound
from service.idempotency_changes import Bound, dismantling
from service.installation import Installation
from service.issuing import Issued
from service.ledger import Ledger
from service.pipeline.rows import plate_numbers
from service.register_rows import entries_where
from verify.register import Entry

REASON = "拆卸告知办结"
"""What the record says; it is shown to whoever verifies the certificate."""

ENDED_BY_DISMANTLING = ("crane-use-registration",)
"""The types whose validity ends with the notice: the registration of use. A filing (备案) stays
with the machine, which may be put up again elsewhere."""

MAX_NUMBER_CHARACTERS = 100
"""No printed number is half as long."""

_LABELS = {"factory_number": "出厂编号", "filing_number": "备案编号", "completed_at": "办结时间"}


@dataclass(frozen=True)
class Notice:
    """A notice that was completed: the machine's numbers as printed, and when (aware)."""

    factory_number: str | None
    filing_number: str | None
    completed_at: datetime | None


def read(data: Mapping[str, Any]) -> Notice:
    """A notice as it was posted.

    Raises:
        Invalid: no number, a member that is not known or of another kind, or no time.
    """
    problems = [Problem(n, n, "未知字段，请删除") for n in sorted(set(data) - set(_LABELS))]
    for name, label in _LABELS.items():
        value = data.get(name, "x")
        sound = isinstance(value, str) and value.strip() and value.isprintable()
        if not sound or len(value) > MAX_NUMBER_CHARACTERS:
            message = f"应为文本，不能为空，最多 {MAX_NUMBER_CHARACTERS} 个字符"
            problems.append(Problem(name, label, message))
    if "factory_number" not in data and "filing_number" not in data:
        problems.append(Problem("factory_number", "出厂编号", "与备案编号至少提供一个"))
    if problems:
        raise Invalid("拆卸告知有误 (the notice has mistakes)", problems)
    at = data.get("completed_at")
    return Notice(
        data.get("factory_number"),
        data.get("filing_number"),
        clock.parse_moment(at, "completed_at", _LABELS["completed_at"]) if at else None,
    )


def dismantle(
    installation: Installation,
    notice: Notice,
    may_see: Callable[[Entry], bool] = lambda _: True,
    bound: Bound | None = None,
) -> Issued:
    """Cancel the certificate of the machine that a notice names, from the notice's moment on.

    `may_see` says whether a certificate is the caller's business; others are as good as absent.
    `bound` is the idempotency key that the notice came with: with it the same is answered again.

    Raises:
        NotFound: no certificate of ours has these numbers.
        Conflict: several valid ones have, or the only one is cancelled already.
        Invalid: the moment is before the certificate was valid, or yet to come.
        StepFailed: a step of the cancelling did not pass; that is recorded, and can be continued.
    """
    found = [entry for entry in _found(installation, notice) if may_see(entry)]
    if bound is not None and (ended := _ended_before(installation, bound, found)):
        return cancel(installation, ended, REASON, notice.completed_at, _taking(bound, ended))
    if not found:
        raise NotFound(
            "未找到该设备的使用登记证书；若为纸质证书，请在原发证系统办理 "
            "(no certificate of that machine)"
        )
    valid = [entry for entry in found if entry.history[-1].state == "valid"]
    if len(valid) > 1:
        numbers = "、".join(entry.number for entry in valid[:10])
        raise Conflict(
            f"有多份有效证书符合：{numbers}；请同时提供出厂编号和备案编号 "
            "(several certificates are meant: give both numbers)"
        )
    # Where none is valid the newest says why not.
    meant = (valid or found)[0]
    taking = _taking(bound, meant) if bound is not None else None
    return cancel(installation, meant, REASON, notice.completed_at, taking)


def _ended_before(installation: Installation, bound: Bound, found: Sequence[Entry]) -> Entry | None:
    """The certificate that the very same notice ended, or was to end, under the same key."""
    with installation.database.read() as connection:
        which = bound.which(Ledger(connection), [dismantling(entry) for entry in found])
    return None if which is None else found[which]


def _taking(bound: Bound, entry: Entry) -> Callable[[Ledger], bool]:
    """Binds the key to the notice that ends this certificate; gives whether it was before."""
    return lambda ledger: bound.take(ledger, dismantling(entry))


def _found(installation: Installation, notice: Notice) -> list[Entry]:
    """Certificates with the machine's numbers, the newest of each number first."""
    plate = plate_numbers(vars(notice))
    c = t.certificates.c
    conditions = [c[name] == number for name, number in plate.items() if number]
    wanted = sa.and_(c.type.in_(ENDED_BY_DISMANTLING), *conditions)
    with installation.database.read() as connection:
        return entries_where(connection, wanted)
