"""The rules between fields, which a JSON Schema cannot say.

A layout names them as data (`[[rules]]` in layout.toml explains each kind); here each kind is a
small function from the request to its problems. A rule says nothing about a value that is missing
or that the schema has refused already: one mistake is told once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from renderer.errors import Problem
from renderer.layout import Layout
from verify.numbers import normal


@dataclass(frozen=True)
class Finding:
    """What a rule found; a warning does not stand in the way of issuing."""

    field: str
    message: str
    warning: bool = False


@dataclass(frozen=True)
class Subject:
    """What rules look at: the request's data and the layout; `faulty` fields are left alone."""

    data: Mapping[str, Any]
    layout: Layout
    faulty: frozenset[str]

    def text(self, path: str) -> str | None:
        """The text at a dotted path, None where there is none or it was refused already."""
        value: Any = self.data
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) and path not in self.faulty else None

    @property
    def number_parts(self) -> Mapping[str, str] | None:
        """The named groups of the number, None where it is absent or not of the layout's form."""
        number = self.text("number")
        match = number_pattern(self.layout).fullmatch(normal(number)) if number else None
        return match.groupdict() if match else None


def findings(
    data: Mapping[str, Any], layout: Layout, faulty: frozenset[str]
) -> tuple[Finding, ...]:
    """What every rule of the layout finds, in the layout's order."""
    subject = Subject(data, layout, faulty)
    return tuple(
        finding for rule in layout.rules for finding in _KINDS[rule["kind"]](subject, rule)
    )


def number_pattern(layout: Layout) -> re.Pattern[str]:
    """The form of the layout's numbers, with the groups that the other rules speak of."""
    rule = next(rule for rule in layout.rules if rule["kind"] == "number_form")
    return re.compile(rule["pattern"])


def letter_of(layout: Layout, data: Mapping[str, Any]) -> str | None:
    """The category letter that the request's face calls for, None where the type has none."""
    for rule in layout.rules:
        if rule["kind"] == "number_letter":
            value = Subject(data, layout, frozenset()).text(rule["field"])
            return _letter(layout, rule, value)
    return None


def region(layout: Layout, division: str) -> str | None:
    """The region's short name that numbers of a division begin with, None where there is none."""
    for rule in layout.rules:
        if rule["kind"] == "number_region":
            return region_of(layout, rule, division)
    return None


def region_of(layout: Layout, rule: Mapping[str, Any], division: str) -> str | None:
    """The name in the rule's table of the longest beginning of a division's code."""
    table = layout.codes[rule["codes"]]
    beginnings = (division[:length] for length in range(len(division), 0, -1))
    return next((str(table[start]) for start in beginnings if start in table), None)


def as_problem(finding: Finding, label: str) -> Problem:
    """A finding as it is told: with its field's label."""
    return Problem(finding.field, label, finding.message)


def _letter(layout: Layout, rule: Mapping[str, Any], value: str | None) -> str | None:
    table = layout.codes[rule["codes"]]
    return next((letter for letter, name in table.items() if name == value), None)


def _number_form(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    number = subject.text("number")
    if number and not re.fullmatch(rule["pattern"], normal(number)):
        yield Finding("number", f"{rule['message']}，现为“{number}”")


def _number_letter(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    parts, value = subject.number_parts, subject.text(rule["field"])
    expected = _letter(subject.layout, rule, value)
    if parts and expected and parts["letter"] != expected:
        yield Finding(
            "number",
            f"{rule['message']}：编号为 {parts['letter']}，“{value}”应为 {expected}",
        )


def _number_division(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    parts, division = subject.number_parts, subject.text("authority.division")
    if parts and division and parts["division"] != division:
        yield Finding("number", f"{rule['message']}：{parts['division']} 与 {division}")


def _number_region(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    """The region's short name against that of the authority's division."""
    parts, division = subject.number_parts, subject.text("authority.division")
    expected = region_of(subject.layout, rule, division or "")
    if parts and division and expected is None:
        yield Finding("number", f"{rule['message']}：代码表中没有区划 {division} 的简称")
    elif parts and expected and not parts["region"].startswith(expected):
        yield Finding(
            "number", f"{rule['message']}：{parts['region']} 与 {division}（应为 {expected}）"
        )


def _number_date(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    """The date in the number: a day of the calendar, and not after that of issue."""
    parts, issued_on = subject.number_parts, subject.text("issued_on")
    if not parts:
        return
    digits = parts["date"]
    if not _is_calendar_date(digits):
        yield Finding("number", f"{rule['message']}，现为“{digits}”")
    elif issued_on and digits > issued_on.replace("-", ""):
        yield Finding("number", f"{rule['message']}：{digits} 晚于发证日期 {issued_on}")


def _number_year(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    parts, issued_on = subject.number_parts, subject.text("issued_on")
    if parts and issued_on and parts["year"] != issued_on[:4]:
        yield Finding("number", f"{rule['message']}：{parts['year']} 与 {issued_on[:4]}")


def _date_order(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    """Each date that lies before the one that should precede it."""
    known = [(path, day) for path in rule["fields"] if (day := subject.text(path))]
    for (_, before), (path, after) in pairwise(known):
        if after < before:
            yield Finding(path, f"{rule['message']}；{after} 早于 {before}")


def _embedded_date(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    text = subject.text(rule["field"])
    if text is None:
        return
    digits = text[rule["from"] : rule["to"]]
    if not _is_calendar_date(digits):
        yield Finding(rule["field"], f"{rule['message']}，现为“{digits}”")


def _is_calendar_date(digits: str) -> bool:
    """Whether eight digits are a day of the calendar, YYYYMMDD."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _recommended_pattern(subject: Subject, rule: Mapping[str, Any]) -> Iterator[Finding]:
    text = subject.text(rule["field"])
    if text and not re.fullmatch(rule["pattern"], normal(text)):
        yield Finding(rule["field"], rule["message"], warning=True)


_KINDS: Mapping[str, Callable[[Subject, Mapping[str, Any]], Iterator[Finding]]] = {
    "number_form": _number_form,
    "number_letter": _number_letter,
    "number_division": _number_division,
    "number_region": _number_region,
    "number_year": _number_year,
    "number_date": _number_date,
    "date_order": _date_order,
    "embedded_date": _embedded_date,
    "recommended_pattern": _recommended_pattern,
}
