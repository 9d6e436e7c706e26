"""The parameters of a query: read strictly, with every mistake named. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from renderer.errors import Problem
from service.errors import Invalid
from service.schema_check import printable


class WrongValue(ValueError):
    """What is wrong with one value, in Chinese."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: what it is called, what it is for, and how its text is read."""

    label: str
    description: str
    read: Callable[[str], Any]
    """Gives the value; raises WrongValue."""
    schema: Mapping[str, Any]
    """The same as a JSON schema, for those who write clients."""


def read(arguments: Mapping[str, Sequence[str]], known: Mapping[str, Parameter]) -> dict[str, Any]:
    """The values of those parameters that an address or a command line gives.

    Raises:
        Invalid: unknown or repeated parameters, values of a wrong form; all are named.
    """
    problems, found = [], {}
    for name, values in sorted(arguments.items()):
        parameter = known.get(name)
        if parameter is None:
            shown = printable(name)
            problems.append(Problem(shown, shown, "未知的查询条件，请删除"))
        elif len(values) != 1:
            problems.append(Problem(name, parameter.label, "只能给出一次"))
        else:
            try:
                found[name] = parameter.read(values[0])
            except WrongValue as wrong:
                given = printable(values[0])
                problems.append(Problem(name, parameter.label, f"{wrong}，现为“{given}”"))
    if problems:
        raise Invalid("查询条件有误 (the query has mistakes)", problems)
    return found


def one_of(known: Mapping[str, Any]) -> Callable[[str], Any]:
    """Reads a word by giving what it stands for."""

    def read_word(text: str) -> Any:
        if text not in known:
            raise WrongValue(f"只能是：{'、'.join(known)}")
        return known[text]

    return read_word
