"""What a JSON Schema finds wrong with a request, said as field, label and mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from renderer.errors import Problem
from renderer.layout import Layout
from verify.identifiers import uscc_valid

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

REQUEST_SCHEMA = Path(__file__).parent.parent / "layouts" / "request.schema.json"

_TYPE_NAMES = {"string": "文本", "object": "对象", "array": "列表"}
_FORMAT_MESSAGES = {
    "date": "应为有效日期，形如 2024-09-20",
    "uscc": "不是有效的统一社会信用代码（18位，校验位须正确）",
}


@cache
def request_schema() -> Mapping[str, Any]:
    """The schema of what every request has, whatever its type."""
    schema: Mapping[str, Any] = json.loads(REQUEST_SCHEMA.read_text("utf-8"))
    return schema


def request_problems(data: Mapping[str, Any]) -> list[Problem]:
    """Every mistake in the request outside its `face`."""
    validator = _request_validator()
    return _told_once(validator, data, "", {})


def face_problems(face: Mapping[str, Any], layout: Layout) -> list[Problem]:
    """Every mistake in the `face` that the layout's own schema finds."""
    labels = layout.labels
    validator = _face_validator(layout.id, layout.version, layout)
    return _told_once(validator, face, "face.", labels)


def label_of(path: str) -> str:
    """The label of a request field by its dotted path, from the request's schema."""
    schema: Mapping[str, Any] = request_schema()
    for step in path.split("."):
        schema = (
            schema.get("items", {})
            if step.isdecimal()
            else schema.get("properties", {}).get(step, {})
        )
    return str(schema.get("title", path))


@cache
def _request_validator() -> Draft202012Validator:
    return _validator(request_schema())


@cache
def _face_validator(_id: str, _version: str, layout: Layout) -> Draft202012Validator:
    return _validator(layout.schema)


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    # jsonschema takes 0.1 s to import: verifying, which never needs it, does not wait for it.
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(formats=())
    formats.checks("date")(_is_date)
    formats.checks("uscc")(lambda value: not isinstance(value, str) or uscc_valid(value))
    return Draft202012Validator(schema, format_checker=formats)


def _is_date(value: object) -> bool:
    """Whether a text is a day of the calendar in exactly the form YYYY-MM-DD."""
    if not isinstance(value, str):
        return True
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _told_once(
    validator: Draft202012Validator,
    data: Mapping[str, Any],
    prefix: str,
    labels: Mapping[str, str],
) -> list[Problem]:
    """The problems in the order of their fields; of several with one value the first."""
    errors = sorted(
        validator.iter_errors(data),
        key=lambda error: (list(map(str, error.absolute_path)), str(error.validator)),
    )
    found: dict[str, Problem] = {}
    for error in errors:
        for problem in _problems(error, prefix, labels):
            found.setdefault(problem.field, problem)
    return list(found.values())


def _problems(error: ValidationError, prefix: str, labels: Mapping[str, str]) -> Iterator[Problem]:
    path = prefix + ".".join(str(step) for step in error.absolute_path)

    def problem(field: str, message: str) -> Problem:
        key = field.removeprefix("face.")
        return Problem(field, labels.get(key) or label_of(field), message)

    here = f"{path}." if path and not path.endswith(".") else path
    if error.validator == "required":
        for name in cast("list[str]", error.validator_value):
            if repr(name) in error.message:
                yield problem(here + name, "缺少必填项")
    elif error.validator == "additionalProperties":
        known = _schema(error).get("properties", {})
        for name in sorted(set(cast("dict[str, Any]", error.instance)) - set(known)):
            yield problem(here + printable(name), "未知字段，请删除")
    else:
        yield problem(path.rstrip("."), _message(error))


def _message(error: ValidationError) -> str:
    """What a single value does wrong, in a sentence."""
    value: Any = error.instance
    limit: Any = error.validator_value
    given = f"，现为“{printable(value)}”" if isinstance(value, str) else ""
    match error.validator:
        case "type":
            return f"应为{_TYPE_NAMES.get(str(limit), limit)}"
        case "minLength":
            return "不能为空"
        case "maxLength":
            return f"最多 {limit} 个字符，现有 {len(value)} 个"
        case "maxItems":
            return f"最多 {limit} 项，现有 {len(value)} 项"
        case "enum":
            return f"只能是：{'、'.join(map(str, limit))}{given}"
        case "format":
            return f"{_FORMAT_MESSAGES.get(limit, '格式有误')}{given}"
        case "pattern":
            return f"应为{_schema(error).get('description', '规定的格式')}{given}"
        case _:
            return f"不符合 {error.validator} 的要求{given}"


def _schema(error: ValidationError) -> Mapping[str, Any]:
    """The part of the schema that an error came from; a boolean schema says nothing."""
    return error.schema if isinstance(error.schema, Mapping) else {}


def printable(text: str) -> str:
    """A posted text as it may stand in a message: short, invisible characters spelled out."""
    shown = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text[:60])
    return shown + ("…" if len(text) > 60 else "")
