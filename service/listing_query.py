"""What a list is asked for: read strictly, with every mistake named. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service import parameters
from service.parameters import Parameter, WrongValue, one_of
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


def read(arguments: Mapping[str, Sequence[str]]) -> Query:
    """The query that an address or a command line asks.

    Raises:
        Invalid: unknown or repeated parameters, values of a wrong form; all are named.
    """
    found = parameters.read(arguments, PARAMETERS)
    return Query(**{_FIELD.get(name, name): value for name, value in found.items()})


def _known(words: type[CertificateStatus] | type[ProcessStatus]) -> dict[str, str]:
    """The codes of these words, by themselves and by the notices' own words for them."""
    codes = [word.value for word in words]
    return {code: code for code in codes} | {CHINESE[code]: code for code in codes}


def _moment(text: str) -> datetime:
    try:
        return times.parse(text)
    except MalformedMoment as error:
        raise WrongValue(str(error)) from None


def _end(text: str) -> datetime:
    """The first moment after what was named: a day includes all of it, a time its second."""
    moment = _moment(text)
    try:
        return moment + (
            timedelta(days=1) if _DAY.fullmatch(text.strip()) else timedelta(seconds=1)
        )
    except OverflowError:
        raise WrongValue("日期过大") from None


def _number(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_VALUE or "\0" in text:
        raise WrongValue("应为证书编号")
    return normal(text)


def _authority(text: str) -> str:
    if not uscc_valid(text):
        raise WrongValue("应为统一社会信用代码")
    return text


def _type(text: str) -> str:
    if not _TYPE.fullmatch(text):
        raise WrongValue("应为证照类型，如 crane-use-registration")
    return text


def _cursor(text: str) -> int:
    if not _CURSOR.fullmatch(text):
        raise WrongValue("应为上一页答复中的 next_cursor")
    return int(text)


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST:
        raise WrongValue(f"应为 1 至 {MOST}")
    return int(text)


_A_MOMENT: Final = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
}
_STATUSES, _PROCESSES = _known(CertificateStatus), _known(ProcessStatus)

PARAMETERS: Final[Mapping[str, Parameter]] = {
    "status": Parameter(
        "证照状态",
        "By code or by the notices' word.",
        one_of(_STATUSES),
        {"type": "string", "enum": [*_STATUSES]},
    ),
    "process": Parameter(
        "流程状态",
        "By code or by the notices' word.",
        one_of(_PROCESSES),
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
