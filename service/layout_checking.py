"""What a layout's own sample shows: whether its schema, rules and forms of numbers are of use."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from renderer import layout_check
from renderer.compose import Code, compose
from renderer.errors import LayoutError, Mistake, Refused, WrongLayout
from renderer.layout import Layout, read
from renderer.layout_folder import LAYOUT, SAMPLE, SCHEMA
from service import checking, numbering
from service.code_size import code_budget
from service.schema_check import request_problems
from verify.errors import MalformedIdentifier

PREFIX = "HTTPS://SEALPRESS.EXAMPLE/V/"
LONGEST_CODE = PREFIX + "9" * math.floor(code_budget(PREFIX) * math.log10(256))
"""As much as an issued certificate's code may hold: what a layout's first place must take."""


def mistakes(folder: Path) -> tuple[Mistake, ...]:
    """Every mistake in a layout's folder.

    The sample is tried where nothing else hinders using the layout.
    """
    found = [*layout_check.mistakes(folder)]
    try:
        layout = read(folder)
    except WrongLayout:
        return tuple(found)
    try:
        for mistake in _tried(layout):
            found.append(mistake)
    except LayoutError as error:  # words that no font draws or no cell holds: told already
        if not found:
            found.append(Mistake(str(folder / LAYOUT), "", str(error)))
    return tuple(found)


def _tried(layout: Layout) -> Iterator[Mistake]:
    """What is wrong with the schema, and then with the sample by it."""
    schema_path, sample_path = str(layout.folder / SCHEMA), str(layout.folder / SAMPLE)
    wrong = list(_of_schema(layout.schema))
    yield from (Mistake(schema_path, key, reason) for key, reason in wrong)
    if wrong:
        return
    data = layout.example
    if data.get("type") != layout.id:
        yield Mistake(sample_path, "type", f"{layout.id!r} is expected")
        return
    problems, _ = checking.looked_at(data, layout, request_problems(data))
    yield from (Mistake(sample_path, one.field, one.message) for one in problems)
    if not problems:
        yield from _of_numbers(layout, data)
        yield from _drawn(layout, data)


def _of_schema(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Why a schema is none: jsonschema's own words, and patterns that are none."""
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(dict(schema)):
        yield ".".join(map(str, error.absolute_path)), error.message
    properties = schema.get("properties", {})
    for name, part in properties.items() if isinstance(properties, dict) else ():
        try:
            re.compile(str(part.get("pattern", "")) if isinstance(part, dict) else "")
        except re.error as error:
            yield f"properties.{name}.pattern", str(error)


def _of_numbers(layout: Layout, data: Mapping[str, Any]) -> Iterator[Mistake]:
    """Whether numbers that are allotted keep their own form, and make identifiers."""
    path = str(layout.folder / LAYOUT)
    try:
        number = numbering.scope_of(layout, data).number(1)
        suffix = layout.codes["license_id"]["type_suffix"]
        numbering.license_id(layout, suffix, data["authority"], number, 1)
    except numbering.NotAllotted:
        reason = "what it makes of the sample is no number of the form of number_form"
        yield Mistake(path, "number_allotment", reason)
    except MalformedIdentifier as error:
        yield Mistake(path, "license_serial", str(error))
    except (ValueError, LookupError, TypeError) as error:
        yield Mistake(path, "number_allotment", f"cannot be filled in: {error}")


def _drawn(layout: Layout, data: Mapping[str, Any]) -> Iterator[Mistake]:
    """Whether the sample can be drawn with a code as large as there may be."""
    content = checking.content_of(data, str(data.get("number") or checking.UNNUMBERED))
    try:
        compose(layout, content, [Code(LONGEST_CODE)] if layout.geometry.codes else [])
    except Refused as refused:
        for problem in refused.problems:
            code = problem.field.startswith("codes")
            name = LAYOUT if code else SAMPLE
            yield Mistake(str(layout.folder / name), problem.field, problem.message)
