"""The first step: is this request fit to become a certificate? Every mistake at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from renderer import compose
from renderer.compose import Content
from renderer.errors import LayoutError, Problem, WrongLayout
from renderer.layout import Layout, load
from service import clock, numbering, rules
from service.errors import Invalid
from service.request import Request
from service.schema_check import face_problems, label_of, printable, request_problems
from verify.numbers import normal

UNNUMBERED = "（待编）"
"""What stands for a number that is yet to be allotted."""

BLANK_DATE = "2000-01-01"
"""Stands for a date that is wrong already, while the other values are looked at."""

HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that no name, number or address has a use for."""


@dataclass(frozen=True)
class Checked:
    """A request that may be issued; `number` is in normal form, None if it is to be allotted."""

    request: Request
    layout: Layout
    number: str | None
    warnings: tuple[Problem, ...]

    @property
    def data(self) -> Mapping[str, Any]:
        """The request's decoded JSON."""
        return self.request.data

    def content(self, number: str | None = None) -> Content:
        """What is printed, with the number that was allotted if none was posted."""
        return content_of(self.data, number or self.number or UNNUMBERED)


def content_of(data: Mapping[str, Any], number: str) -> Content:
    """What is printed of a checked request, under that number."""
    return Content(
        number=number,
        authority=data["authority"]["name"],
        issued_on=data["issued_on"],
        face=data["face"],
    )


def check(request: Request) -> Checked:
    """Look at everything that can be wrong with a request before a number is reserved.

    Raises:
        Invalid: naming field, label and mistake, all of them.
    """
    data = request.data
    problems = request_problems(data)
    layout = _layout(data, problems)
    if layout is None:
        raise Invalid("请求数据有误 (the request has mistakes)", problems)
    problems, warnings = looked_at(data, layout, problems)
    if problems:
        raise Invalid("请求数据有误 (the request has mistakes)", problems)
    number = data.get("number")
    return Checked(
        request=request,
        layout=layout,
        number=normal(number) if number else None,
        warnings=tuple(warnings),
    )


def looked_at(
    data: Mapping[str, Any], layout: Layout, known: Sequence[Problem]
) -> tuple[list[Problem], list[Problem]]:
    """The problems and the warnings of a request that is to be drawn with `layout`.

    `known` are the problems found outside its `face`.
    """
    problems, face = list(known), data.get("face")
    if not isinstance(face, dict):
        return problems, []
    problems += face_problems(face, layout)
    faulty = frozenset(problem.field for problem in problems)
    found = rules.findings(data, layout, faulty)
    problems += [_told(f, layout) for f in found if not f.warning]
    problems += _future(data, faulty)
    problems += _unprintable(data, layout, frozenset(problem.field for problem in problems))
    problems += [] if problems else _without_number(data, layout)
    return problems, [_told(f, layout) for f in found if f.warning]


def label(path: str, layout: Layout) -> str:
    """The label of a request field: printed ones from the layout, the others from the schema."""
    field = layout.fields.get(path.removeprefix("face."))
    return field.label if field else label_of(path)


def _told(finding: rules.Finding, layout: Layout) -> Problem:
    return rules.as_problem(finding, label(finding.field, layout))


def _layout(data: Mapping[str, Any], problems: list[Problem]) -> Layout | None:
    """The layout of the request's type; an unknown type is one more problem."""
    kind = data.get("type")
    if not isinstance(kind, str) or any(problem.field == "type" for problem in problems):
        return None
    try:
        return load(kind)
    except WrongLayout:
        raise  # the installation's fault, not the request's
    except LayoutError:
        message = f"未知的证照类型“{printable(kind)}”"
        problems.append(Problem("type", label_of("type"), message))
        return None


def _future(data: Mapping[str, Any], faulty: frozenset[str]) -> list[Problem]:
    """A certificate cannot have been issued on a day that is yet to come."""
    issued_on = data.get("issued_on")
    if "issued_on" in faulty or not isinstance(issued_on, str) or issued_on <= clock.today():
        return []
    return [Problem("issued_on", label_of("issued_on"), f"不能晚于今天({clock.today()})")]


def _without_number(data: Mapping[str, Any], layout: Layout) -> list[Problem]:
    """A request without a number, where none can be allotted."""
    if data.get("number"):
        return []
    try:
        numbering.scope_of(layout, data).number(1)
    except numbering.NotAllotted as error:
        return [Problem("number", label_of("number"), str(error))]
    return []


def _unprintable(data: Mapping[str, Any], layout: Layout, faulty: frozenset[str]) -> list[Problem]:
    """What cannot be drawn (the renderer says what), and hidden characters anywhere else."""
    problems = [p for p in compose.check(layout, _drawable(data, layout, faulty)) if p.field]
    known = faulty | {problem.field for problem in problems}
    for path, text in texts(data):
        hidden = [c for c in dict.fromkeys(text) if unicodedata.category(c) in HIDDEN]
        if hidden and path not in known:
            names = "、".join(f"U+{ord(c):04X}" for c in hidden[:5])
            problems.append(Problem(path, label(path, layout), f"有不可见字符：{names}"))
    return [problem for problem in problems if problem.field not in faulty]


def _drawable(data: Mapping[str, Any], layout: Layout, faulty: frozenset[str]) -> Content:
    """The request's printed values, with nothing in the place of those that are wrong already."""
    subject = rules.Subject(data, layout, faulty)
    return Content(
        number=normal(subject.text("number") or UNNUMBERED),
        authority=subject.text("authority.name") or "",
        issued_on=subject.text("issued_on") or BLANK_DATE,
        face={
            key: subject.text(f"face.{key}") or (BLANK_DATE if field.format == "date" else "")
            for key, field in layout.fields.items()
        },
    )


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a decoded JSON value with its dotted path."""
    if isinstance(value, str):
        yield path, value
        return
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(inner, f"{path}.{step}" if path else str(step))
