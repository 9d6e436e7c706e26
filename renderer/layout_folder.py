"""The files of one layout's folder, read one by one so that a mistake in one hides no other."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renderer import emblem, layout_file, table_plan
from renderer.emblem import Outline, UnusableArt
from renderer.errors import Mistake
from renderer.layout_parts import LayoutFile

LAYOUT, SCHEMA, CODES, SAMPLE = "layout.toml", "schema.json", "codes.toml", "sample.json"

MAX_FILE_BYTES = 1 << 20
"""A layout's own files are some kilobytes; what is larger than this is none of them."""


@dataclass(frozen=True)
class Files:
    """What could be read, None where a file has mistakes."""

    folder: Path
    layout: LayoutFile | None
    schema: Mapping[str, Any] | None
    codes: Mapping[str, Any] | None
    sample: Mapping[str, Any] | None
    emblem: tuple[Outline, ...]
    mistakes: tuple[Mistake, ...]


def read(folder: Path) -> Files:
    """Everything in a layout's folder, and what of it cannot be read."""
    reader = _Reader(folder)
    layout = reader.layout()
    return Files(
        folder,
        layout,
        schema=reader.table(SCHEMA),
        codes=reader.table(CODES),
        sample=reader.table(SAMPLE),
        emblem=reader.emblem(layout),
        mistakes=tuple(reader.mistakes),
    )


class _Reader:
    """Reads the files of one folder, and collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mistakes: list[Mistake] = []

    def wrong(self, name: str, key: str, reason: str) -> None:
        self.mistakes.append(Mistake(str(self.folder / name), key, reason))

    def text(self, name: str) -> str | None:
        try:
            with (self.folder / name).open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
            if len(data) <= MAX_FILE_BYTES:
                return data.decode("utf-8")
            self.wrong(name, "", f"is larger than {MAX_FILE_BYTES} bytes")
        except OSError as error:
            self.wrong(name, "", f"cannot be read: {error.strerror}")
        except ValueError as error:
            self.wrong(name, "", f"is no UTF-8: {error}")
        return None

    def table(self, name: str) -> Mapping[str, Any] | None:
        found = self.text(name)
        if found is None:
            return None
        try:
            value = tomllib.loads(found) if name.endswith(".toml") else json.loads(found)
        except (ValueError, RecursionError) as error:
            self.wrong(name, "", str(error))
            return None
        if isinstance(value, dict):
            return value
        self.wrong(name, "", "an object is expected")
        return None

    def layout(self) -> LayoutFile | None:
        raw = self.table(LAYOUT)
        if raw is None:
            return None
        layout, wrong = layout_file.read(LayoutFile, raw, str(self.folder / LAYOUT))
        self.mistakes += wrong
        return layout

    def emblem(self, layout: LayoutFile | None) -> tuple[Outline, ...]:
        if layout is None or layout.emblem is None or not layout.emblem.file:
            return ()
        drawing = self.text(layout.emblem.file)
        try:
            return emblem.read(drawing) if drawing is not None else ()
        except UnusableArt as error:
            self.wrong(layout.emblem.file, error.place, error.reason)
            return ()


def disagreements(files: Files, layout: LayoutFile) -> Iterator[Mistake]:
    """Where the files and the names of the folders do not agree with one another."""
    path = str(files.folder / LAYOUT)
    folder = files.folder.resolve()
    for key, given, named in (
        ("id", layout.id, folder.parent.name),
        ("version", layout.version, folder.name),
    ):
        if given != named:
            yield Mistake(path, key, f"{given!r} is not the name of its folder, {named!r}")
    fields = {field.key: field for field in layout.fields}
    for index, field in enumerate(layout.fields):
        if any(field.key == earlier.key for earlier in layout.fields[:index]):
            yield Mistake(path, f"fields[{index}].key", f"{field.key} occurs twice")
    if layout.second_field and layout.second_field not in fields:
        yield Mistake(path, "second_field", f"there is no field {layout.second_field!r}")
    yield from table_plan.mistakes(layout.table, fields, path)
    if files.schema is not None:
        yield from _against_schema(str(files.folder / SCHEMA), files.schema, fields)


def _against_schema(
    path: str, schema: Mapping[str, Any], fields: Mapping[str, object]
) -> Iterator[Mistake]:
    properties, required = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, dict):
        yield Mistake(path, "properties", "an object with every field of layout.toml is expected")
        return
    for name in fields:
        if name not in properties:
            yield Mistake(path, f"properties.{name}", "is missing: layout.toml has such a field")
    for name in properties:
        if name not in fields:
            yield Mistake(path, f"properties.{name}", "layout.toml has no such field")
    for name in required if isinstance(required, list) else ():
        if name not in fields:
            yield Mistake(path, "required", f"layout.toml has no field {name!r}")
    if schema.get("additionalProperties") is not False:
        yield Mistake(path, "additionalProperties", "false is expected: nothing else is printed")
