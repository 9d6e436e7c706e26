"""What a list is asked for: read strictly, with every mistake named. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from renderer.errors import Problem
from service.errors import Invalid
from service.schema_check import printable
from service.status_words import CHINESE, CertificateStatus, ProcessStatus
from verify import times
from verify.errors import MalformedMoment
from verify.identifiers import uscc_valid
from verify.numbers import normal

USUAL_LIMIT: Final = 50
"""Rows of a page unless it is said otherwise: what a person reads."""

MOST: Final = 200
"""Rows of a page at most: an answer of some 100 KB, made in some tens of milliseconds."""

_LONGEST_VALUE = 200  # characters; the longest number has 64
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TYPE = re.compile(r"[a-z][a-z-]{0,63}")
_CURSOR = re.compile(r"[1-9][0-9]{0,17}")  # fits a signed 64-bit integer


class _Wrong(ValueError):
    """What is wrong with one value, in Chinese."""


@dataclass(frozen=True)
class Query:
    """Which records to list; None leaves a filter out. Moments are aware, `before` excludes.

    `number` is in normal form; `after` is the id of the last record of the page before.
    """

    status: str | None = None
    process: str | None = None
    type: str | None = None
    authority: str | None = None
    number: str | None = None
    applied_from: datetime | None = None
    applied_before: datetime | None = None
    after: int | None = None
    limit: int = USUAL_LIMIT


@dataclass(frozen=True)
class Parameter:
    """One parameter: what it is called, what it is for, and how its text is read."""

    label: str
    description: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    """The same as a JSON schema, for those who write clients."""


def read(arguments: Mapping[str, Sequence[str]]) -> Query:
    """The query that an address or a command line asks.

    Raises:
        Invalid: unknown or repeated parameters, values of a wrong form; all are named.
    """
    problems, found = [], {}
    for name, values in sorted(arguments.items()):
        known = PARAMETERS.get(name)
        if known is None:
            shown = printable(name)
            problems.append(Problem(shown, shown, "未知的查询条件，请删除"))
        elif len(values) != 1:
            problems.append(Problem(name, known.label, "只能给出一次"))
        else:
            try:
                found[_FIELD.get(name, name)] = known.read(values[0])
            except _Wrong as wrong:
                given = printable(values[0])
                problems.append(Problem(name, known.label, f"{wrong}，现为“{given}”"))
    if problems:
        raise Invalid("查询条件有误 (the query has mistakes)", problems)
    return Query(**found)


def _known(words: type[CertificateStatus] | type[ProcessStatus]) -> dict[str, str]:
    """The codes of these words, by themselves and by how the notices say them."""
    codes = [word.value for word in words]
    return {code: code for code in codes} | {CHINESE[code]: code for code in codes}


def _word(known: Mapping[str, str]) -> Callable[[str], str]:
    """Reads a status by its code or by the notices' own word for it."""

    def read_word(text: str) -> str:
        if text not in known:
            raise _Wrong(f"只能是：{'、'.join(known)}")
        return known[text]

    return read_word


def _moment(text: str) -> datetime:
    try:
        return times.parse(text)
    except MalformedMoment as error:
        raise _Wrong(str(error)) from None


def _end(text: str) -> datetime:
    """The first moment after what was named: a day includes all of it, a time its second."""
    moment = _moment(text)
    try:
        return moment + (
            timedelta(days=1) if _DAY.fullmatch(text.strip()) else timedelta(seconds=1)
        )
    except OverflowError:
        raise _Wrong("日期过大") from None


def _number(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_VALUE or "\0" in text:
        raise _Wrong("应为证书编号")
    return normal(text)


def _authority(text: str) -> str:
    if not uscc_valid(text):
        raise _Wrong("应为统一社会信用代码")
    return text


def _type(text: str) -> str:
    if not _TYPE.fullmatch(text):
        raise _Wrong("应为证照类型，如 crane-use-registration")
    return text


def _cursor(text: str) -> int:
    if not _CURSOR.fullmatch(text):
        raise _Wrong("应为上一页答复中的 next_cursor")
    return int(text)


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST:
        raise _Wrong(f"应为 1 至 {MOST}")
    return int(text)


_A_MOMENT: Final = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
}
_STATUSES, _PROCESSES = _known(CertificateStatus), _known(ProcessStatus)

PARAMETERS: Final[Mapping[str, Parameter]] = {
    "status": Parameter(
        "证照状态",
        "By code or by the notices' word.",
        _word(_STATUSES),
        {"type": "string", "enum": [*_STATUSES]},
    ),
    "process": Parameter(
        "流程状态",
        "By code or by the notices' word.",
        _word(_PROCESSES),
        {"type": "string", "enum": [*_PROCESSES]},
    ),
    "type": Parameter(
        "证照类型",
        "The layout's id, such as crane-use-registration.",
        _type,
        {"type": "string", "pattern": f"^{_TYPE.pattern}$"},
    ),
    "authority": Parameter(
        "发证机关",
        "The issuing authority's USCC.",
        _authority,
        {"type": "string", "format": "uscc", "minLength": 18, "maxLength": 18},
    ),
    "number": Parameter(
        "证书编号",
        "Compared in normal form: brackets, dashes, width and spaces do not count.",
        _number,
        {"type": "string", "pattern": "\\S", "maxLength": _LONGEST_VALUE},
    ),
    "applied_from": Parameter(
        "申请日期起",
        "A day or a moment (ISO 8601; without offset: Asia/Shanghai).",
        _moment,
        _A_MOMENT,
    ),
    "applied_to": Parameter(
        "申请日期止",
        "Inclusive: a day means all of it, a moment its whole second.",
        _end,
        _A_MOMENT,
    ),
    "cursor": Parameter(
        "游标",
        "`next_cursor` of the page before.",
        _cursor,
        {"type": "string", "pattern": f"^{_CURSOR.pattern}$"},
    ),
    "limit": Parameter(
        "每页行数",
        "Rows of a page.",
        _limit,
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL_LIMIT},
    ),
}
"""Everything that a list can be asked by; the OpenAPI document says the same."""

_FIELD: Final = {"applied_to": "applied_before", "cursor": "after"}
