"""What the rows of a batch are asked by. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service import parameters
from service.batches.store import State
from service.parameters import Parameter, WrongValue

_CURSOR = re.compile(r"[0-9]{1,9}")  # fits the register's integers


@dataclass(frozen=True)
class Query:
    """Which rows: those in a state (None: all) behind a line."""

    state: State | None = None
    cursor: int = 0


def read(arguments: Mapping[str, Sequence[str]]) -> Query:
    """The query that an address asks.

    Raises:
        Invalid: unknown or repeated parameters, values of a wrong form; all are named.
    """
    return Query(**parameters.read(arguments, PARAMETERS))


def _cursor(text: str) -> int:
    if not _CURSOR.fullmatch(text):
        raise WrongValue("应为上一页答复中的 cursor")
    return int(text)


PARAMETERS: Final[Mapping[str, Parameter]] = {
    "state": Parameter(
        "状态",
        "Rows in that state.",
        parameters.one_of({state.value: state for state in State}),
        {"type": "string", "enum": [*State]},
    ),
    "cursor": Parameter(
        "游标",
        "`cursor` of the page before.",
        _cursor,
        {"type": "string", "pattern": f"^{_CURSOR.pattern}$"},
    ),
}
"""Everything that they can be asked by; the OpenAPI document says the same."""
