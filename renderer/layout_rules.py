"""The rules of a layout and the forms of its numbers: what they must have to be of use.

What each kind of rule asks of a request is told in docs/layouts.md and done by whoever takes
requests in; here it is seen to that each is complete and speaks of what exists.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import Any

from renderer.errors import Mistake
from renderer.layout_parts import LayoutFile

RULE_KEYS: Mapping[str, frozenset[str]] = {
    "number_form": frozenset({"pattern"}),
    "number_letter": frozenset({"field", "codes"}),
    "number_division": frozenset(),
    "number_region": frozenset({"codes"}),
    "number_year": frozenset(),
    "number_date": frozenset(),
    "date_order": frozenset({"fields"}),
    "embedded_date": frozenset({"field", "from", "to"}),
    "recommended_pattern": frozenset({"field", "pattern"}),
}
"""The kinds of rules and the keys of each, beside `kind` and `message`."""

GROUPS: Mapping[str, str] = {
    "number_letter": "letter",
    "number_division": "division",
    "number_region": "region",
    "number_year": "year",
    "number_date": "date",
}
"""The named group of the number's form that a kind of rule speaks of."""

KNOWN_PARTS = frozenset({"division", "letter", "region", "year", "date", "serial"})
"""What a number can be made of where it is allotted."""

TYPES: Mapping[str, type] = {"from": int, "to": int, "fields": list}
"""Kinds of the rules' keys; all others are text."""


def mistakes(layout: LayoutFile, codes: Mapping[str, Any] | None, path: str) -> Iterator[Mistake]:
    """Everything wrong with the rules and the forms of numbers of a layout.toml at `path`."""
    fields = {f"face.{field.key}" for field in layout.fields} | {"number", "issued_on"}
    groups = _groups(layout)
    for index, rule in enumerate(layout.rules):
        where = f"rules[{index}]"
        for key, reason in _of_rule(rule, codes, fields, groups):
            yield Mistake(path, f"{where}.{key}" if key else where, reason)
    if sum(rule.get("kind") == "number_form" for rule in layout.rules) != 1:
        yield Mistake(path, "rules", "exactly one of the kind number_form is expected")
    for key, known in (
        ("number_allotment", KNOWN_PARTS),
        ("license_serial", groups | {"division"}),
    ):
        if groups or key == "number_allotment":
            for reason in _of_form(getattr(layout, key), known):
                yield Mistake(path, key, reason)
    if codes is not None:
        yield from _of_license(codes, path)


def _groups(layout: LayoutFile) -> frozenset[str]:
    """The named groups of the number's form; none where it has mistakes."""
    for rule in layout.rules:
        if rule.get("kind") == "number_form":
            try:
                return frozenset(re.compile(str(rule.get("pattern"))).groupindex)
            except re.error:
                return frozenset()
    return frozenset()


def _of_rule(
    rule: Mapping[str, Any],
    codes: Mapping[str, Any] | None,
    fields: set[str],
    groups: frozenset[str],
) -> Iterator[tuple[str, str]]:
    """The key and the reason of each mistake in one rule."""
    kind = rule.get("kind")
    if not isinstance(kind, str) or kind not in RULE_KEYS:
        yield "kind", f"one of {', '.join(RULE_KEYS)} is expected"
        return
    expected = RULE_KEYS[kind] | {"kind", "message"}
    for key in sorted(expected - set(rule)):
        yield key, "is missing"
    for key in sorted(set(rule) - expected):
        yield key, "no such key"
    wrong = [key for key in sorted(expected & set(rule)) if not _is_of_type(key, rule[key])]
    for key in wrong:
        yield key, f"{_type_name(key)} is expected, not {rule[key]!r}"
    if not wrong:
        yield from _references(rule, codes, fields)
    if kind in GROUPS and groups and GROUPS[kind] not in groups:
        yield "", f"the pattern of number_form has no group {GROUPS[kind]!r}"


def _is_of_type(key: str, value: object) -> bool:
    if key == "fields":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, TYPES.get(key, str)) and not isinstance(value, bool)


def _type_name(key: str) -> str:
    return {"from": "a whole number", "to": "a whole number", "fields": "a list of text"}.get(
        key, "text"
    )


def _references(
    rule: Mapping[str, Any], codes: Mapping[str, Any] | None, fields: set[str]
) -> Iterator[tuple[str, str]]:
    """What a rule speaks of and what does not exist."""
    if "pattern" in rule:
        try:
            re.compile(rule["pattern"])
        except re.error as error:
            yield "pattern", str(error)
    if codes is not None and "codes" in rule and not isinstance(codes.get(rule["codes"]), dict):
        yield "codes", f"codes.toml has no table {rule['codes']!r}"
    for key in ("field", "fields"):
        named = rule.get(key, [])
        for path in [named] if isinstance(named, str) else named:
            if path not in fields:
                yield key, f"there is no field {path!r}"
    if "from" in rule and "to" in rule and not 0 <= rule["from"] < rule["to"] == rule["from"] + 8:
        yield "to", "eight characters after from are expected"


def _of_form(form: str, known: frozenset[str]) -> Iterator[str]:
    """What is wrong with a format string that may use the parts of `known`."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(form) if name is not None]
    except ValueError as error:
        yield str(error)
        return
    for name in names:
        if name not in known:
            yield f"there is no part {{{name}}}, but {', '.join(sorted(known))}"
    if not names:
        yield "has no part in braces, so every number would be the same"


def _of_license(codes: Mapping[str, Any], path: str) -> Iterator[Mistake]:
    """The table that every codes.toml has: the type's code in electronic licence identifiers."""
    file = path.replace("layout.toml", "codes.toml")
    table = codes.get("license_id")
    if not isinstance(table, dict):
        yield Mistake(file, "license_id", "a table with type_authority and type_suffix is expected")
        return
    for key, pattern, words in (
        ("type_authority", r"[0-9A-Z]{18}", "18 digits and capitals"),
        ("type_suffix", r"[0-9]{3}", "three digits"),
    ):
        if not re.fullmatch(pattern, str(table.get(key, ""))):
            yield Mistake(file, f"license_id.{key}", f"{words} are expected")
