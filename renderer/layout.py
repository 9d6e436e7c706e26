"""The printed forms that this installation knows: one folder for each type and version.

A folder holds `layout.toml` (what stands where, and rules between fields), `schema.json` (what the
face must look like), `codes.toml` (code lists) and `sample.json` (a request to try it with).
docs/layouts.md tells how to add one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from renderer import layout_folder, layout_rules, table_plan
from renderer.emblem import Outline
from renderer.errors import LayoutError, WrongLayout
from renderer.layout_folder import Files
from renderer.layout_parts import Field, Geometry, Heading, LayoutFile, SealPlace

FOLDER = Path(__file__).resolve().parent.parent / "layouts"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Identifiers and versions come from requests: nothing that could leave the folder."""

_folder: ContextVar[Path] = ContextVar("_folder", default=FOLDER)
_kept: dict[tuple[Path, str, str], Layout] = {}


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout(Heading):
    """One version of one printed form.

    `fields` are in the order of the face; `schema` is the JSON Schema of the face; `rules` are the
    cross-field rules, explained in docs/layouts.md.
    """

    fields: Mapping[str, Field]
    schema: Mapping[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    codes: Mapping[str, Any]
    geometry: Geometry
    emblem: tuple[Outline, ...]
    example: Mapping[str, Any]
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

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What stands beside each field, in the order of the face."""
        return MappingProxyType({key: field.label for key, field in self.fields.items()})

    @cached_property
    def plan(self) -> table_plan.Plan:
        """Where each field stands in the table."""
        return table_plan.plan(self.geometry.table, self.fields)

    @cached_property
    def optional(self) -> frozenset[str]:
        """The fields that a face may lack: their cells stay empty."""
        return frozenset(self.fields) - frozenset(self.schema.get("required", ()))


@contextmanager
def layouts_in(folder: Path) -> Iterator[None]:
    """Take layouts from another folder than the project's, within a `with` block.

    What is asked for by identifier there is looked up in `folder` only.
    """
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def available() -> tuple[str, ...]:
    """The identifiers of all layouts."""
    return tuple(sorted({p.parent.parent.name for p in _folder.get().glob("*/*/layout.toml")}))


def versions(layout_id: str) -> tuple[str, ...]:
    """The versions of a layout, oldest first.

    They are named number-year (C0330-2023) and go by their year, then by their name.
    """
    if not NAME.fullmatch(layout_id):
        return ()
    names = {p.parent.name for p in (_folder.get() / layout_id).glob("*/layout.toml")}
    return tuple(sorted(names, key=lambda name: (name.rpartition("-")[2], name)))


def load(layout_id: str, version: str | None = None) -> Layout:
    """The layout of that identifier, in that version or else the newest.

    Raises:
        LayoutError: there is no such layout or version, or its files are wrong.
    """
    # Every look-up of a certificate asks for its version: one that was read is kept anyway.
    folder = _folder.get()
    if version is not None and (kept := _kept.get((folder, layout_id, version))) is not None:
        return kept
    known = versions(layout_id)
    if not known:
        raise LayoutError(f"no layout {layout_id!r}; there are {', '.join(available())}")
    if version is not None and version not in known:
        raise LayoutError(f"layout {layout_id} has no version {version!r}, but {', '.join(known)}")
    named = version or known[-1]
    found = _load(folder / layout_id / named)
    _kept[folder, layout_id, named] = found
    return found


def sample(layout: Layout) -> dict[str, Any]:
    """The request that comes with a layout, to try it with."""
    return dict(layout.example)


def read(folder: Path) -> Layout:
    """The layout in one folder, wherever that is.

    Raises:
        WrongLayout: its files are wrong; every mistake that hinders using it is named.
    """
    files = layout_folder.read(folder)
    mistakes = list(files.mistakes)
    if files.layout is not None:
        mistakes += layout_folder.disagreements(files, files.layout)
        mistakes += layout_rules.mistakes(
            files.layout, files.codes, str(folder / layout_folder.LAYOUT)
        )
    if mistakes or files.layout is None:
        raise WrongLayout(mistakes)
    return _made(files, files.layout)


@cache
def _load(folder: Path) -> Layout:
    return read(folder)


def _made(files: Files, file: LayoutFile) -> Layout:
    return Layout(
        **{heading.name: getattr(file, heading.name) for heading in fields(Heading)},
        fields=MappingProxyType({field.key: field for field in file.fields}),
        schema=files.schema or {},
        rules=tuple(MappingProxyType(dict(rule)) for rule in file.rules),
        codes=files.codes or {},
        geometry=file,
        emblem=files.emblem,
        example=files.sample or {},
        folder=files.folder,
    )
