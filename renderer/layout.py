"""The printed forms that this installation knows: one folder for each type and version.

A folder holds `layout.toml` (what stands where, and rules between fields), `schema.json` (what the
face must look like), `codes.toml` (code lists) and `sample.json` (a request to try it with).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from renderer.errors import LayoutError
from renderer.layout_file import read
from renderer.layout_parts import Field, Geometry, LayoutFile, SealPlace

FOLDER = Path(__file__).resolve().parent.parent / "layouts"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Identifiers and versions come from requests: nothing that could leave the folder."""

RULE_KEYS: Mapping[str, frozenset[str]] = {
    "number_form": frozenset({"pattern"}),
    "number_letter": frozenset({"field", "codes"}),
    "number_division": frozenset(),
    "number_year": frozenset(),
    "date_order": frozenset({"fields"}),
    "embedded_date": frozenset({"field", "from", "to"}),
    "recommended_pattern": frozenset({"field", "pattern"}),
}
"""The kinds of rules and the keys of each, beside `kind` and `message`."""


@dataclass(frozen=True, eq=False)
class Layout:
    """One version of one printed form.

    `fields` are in the order of the face; `schema` is the JSON Schema of the face; `rules` are the
    cross-field rules, explained in layout.toml; `number_allotment` is a format string.
    """

    id: str
    version: str
    title: str
    number_allotment: str
    fields: Mapping[str, Field]
    schema: Mapping[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    codes: Mapping[str, Any]
    geometry: Geometry
    folder: Path

    @property
    def width(self) -> float:
        """Width of the page in mm."""
        return self.geometry.page.width

    @property
    def height(self) -> float:
        """Height of the page in mm."""
        return self.geometry.page.height

    @property
    def seal(self) -> SealPlace | None:
        """Where the authority's seal goes."""
        return self.geometry.seal


def available() -> tuple[str, ...]:
    """The identifiers of all layouts."""
    return tuple(sorted({p.parent.parent.name for p in FOLDER.glob("*/*/layout.toml")}))


def versions(layout_id: str) -> tuple[str, ...]:
    """The versions of a layout, oldest first: they are named number-year and sort by name."""
    if not NAME.fullmatch(layout_id):
        return ()
    return tuple(sorted(p.parent.name for p in (FOLDER / layout_id).glob("*/layout.toml")))


def load(layout_id: str, version: str | None = None) -> Layout:
    """The layout of that identifier, in that version or else the newest.

    Raises:
        LayoutError: there is no such layout or version, or its files are wrong.
    """
    known = versions(layout_id)
    if not known:
        raise LayoutError(f"no layout {layout_id!r}; there are {', '.join(available())}")
    if version is not None and version not in known:
        raise LayoutError(f"layout {layout_id} has no version {version!r}, but {', '.join(known)}")
    return _load(FOLDER / layout_id / (version or known[-1]))


def sample(layout: Layout) -> dict[str, Any]:
    """The request that comes with a layout, to try it with."""
    return dict(_read_json(layout.folder / "sample.json"))


@cache
def _load(folder: Path) -> Layout:
    path = folder / "layout.toml"
    file = read(LayoutFile, _read_toml(path), path)
    if (file.id, file.version) != (folder.parent.name, folder.name):
        raise LayoutError(f"{path}: id and version differ from the names of the folders")
    fields = {f.key: _with_label_lines(f) for f in file.fields}
    if len(fields) != len(file.fields):
        raise LayoutError(f"{path}: fields: a key occurs twice")
    schema = _read_json(folder / "schema.json")
    if set(schema.get("properties", ())) != set(fields):
        raise LayoutError(f"{folder / 'schema.json'}: properties: not the fields of layout.toml")
    codes = _read_toml(folder / "codes.toml")
    return Layout(
        id=file.id,
        version=file.version,
        title=file.title,
        number_allotment=file.number_allotment,
        fields=MappingProxyType(fields),
        schema=schema,
        rules=tuple(_rule(path, i, r, codes) for i, r in enumerate(file.rules)),
        codes=codes,
        geometry=Geometry(**{k: getattr(file, k) for k in Geometry.__dataclass_fields__}),
        folder=folder,
    )


def _with_label_lines(field: Field) -> Field:
    lines = tuple(field.label.split("|"))
    return replace(field, label="".join(lines), label_lines=lines)


def _rule(
    path: Path, index: int, rule: Mapping[str, Any], codes: Mapping[str, Any]
) -> Mapping[str, Any]:
    where = f"{path}: rules[{index}]"
    keys = RULE_KEYS.get(str(rule.get("kind")))
    if keys is None:
        raise LayoutError(f"{where}.kind: one of {', '.join(RULE_KEYS)} is expected")
    if set(rule) != keys | {"kind", "message"}:
        raise LayoutError(f"{where}: needs exactly kind, message, {', '.join(sorted(keys))}")
    if "pattern" in rule:
        try:
            re.compile(rule["pattern"])
        except re.error as error:
            raise LayoutError(f"{where}.pattern: {error}") from None
    if "codes" in rule and rule["codes"] not in codes:
        raise LayoutError(f"{where}.codes: codes.toml has no table {rule['codes']!r}")
    return MappingProxyType(dict(rule))


def _read_toml(path: Path) -> Mapping[str, Any]:
    try:
        return MappingProxyType(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise LayoutError(f"{path}: {error}") from None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LayoutError(f"{path}: {error}") from None
    if not isinstance(value, dict):
        raise LayoutError(f"{path}: an object is expected")
    return value
