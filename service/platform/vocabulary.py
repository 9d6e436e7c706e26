"""What the platform calls things for one certificate type: the table `[platform]` of codes.toml.

[platform]
methods = { check = "Xxx_Check", coding = "Xxx_Accept", … }      # one for each step
state = { valid = "01", cancelled = "05" }                     # certState
operation = { new = "01", cancel = "05", replace = "08" }      # operateType
subject = ["factory_number"]           # of the face, in every call but collection
[platform.fields]                      # ours = "theirs"; what has no name is not sent
[platform.face]                        # the same for the face
[platform.person]                      # the same for each person
[platform.spelling]                    # by their names: characters that they write otherwise
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from renderer import layout
from renderer.errors import RendererError

REQUIRED_FIELDS = frozenset({"ecert_id", "number", "license_id", "code_id", "preview_url"})
"""Without these neither we nor the platform know which certificate is meant."""

STATES = frozenset({"valid", "cancelled"})
OPERATIONS = frozenset({"new", "cancel", "replace"})

OTHER_STATE = "99"
"""The certState that says nothing by itself: then a description must come with it."""


class Call(StrEnum):
    """What can be asked."""

    CHECK = "check"
    CODING = "coding"
    PERSONS = "persons"
    PERSONS_CANCEL = "persons_cancel"
    COLLECTION = "collection"
    STATUS_CHANGE = "status_change"
    CORRECTION = "correction"


class NoVocabulary(ValueError):
    """The type has no such table, or it cannot be used; says what is wrong."""


@dataclass(frozen=True)
class Vocabulary:
    """The names and numbers of one certificate type."""

    methods: Mapping[str, str]
    state: Mapping[str, str]
    operation: Mapping[str, str]
    subject: tuple[str, ...]
    fields: Mapping[str, str]
    face: Mapping[str, str]
    person: Mapping[str, str]
    spelling: Mapping[str, Mapping[str, str]]

    def named(self, values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        """Values by the platform's names and in its spelling; what has no name stays out."""
        found = {}
        for ours, value in values.items():
            if (theirs := names.get(ours)) is not None:
                found[theirs] = self._spelled(theirs, value)
        return found

    def _spelled(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or name not in self.spelling:
            return value
        return "".join(self.spelling[name].get(one, one) for one in value)


def of_type(kind: str, version: str | None = None) -> Vocabulary:
    """The vocabulary of a certificate type; raises NoVocabulary."""
    try:
        codes = layout.load(kind, version).codes
    except RendererError as error:
        raise NoVocabulary(str(error)) from None
    return of_codes(codes, kind)


def all_types() -> Mapping[str, Vocabulary]:
    """By certificate type, those that the platform knows, by their current layouts."""
    found = {}
    for kind in layout.available():
        if "platform" in layout.load(kind).codes:
            found[kind] = of_type(kind)
    return found


def of_codes(codes: Mapping[str, Any], kind: str) -> Vocabulary:
    """The vocabulary in a type's code lists; raises NoVocabulary."""
    table = codes.get("platform")
    if not isinstance(table, dict):
        raise NoVocabulary(f"{kind}: codes.toml 没有 [platform] 表 (has no such table)")
    known = {"methods", "state", "operation", "subject", "fields", "face", "person", "spelling"}
    if wrong := set(table) ^ known:
        raise NoVocabulary(f"{kind}: codes.toml [platform] 多或缺 (more or less): {sorted(wrong)}")
    methods = _names(table, "methods", frozenset(Call), kind)
    if len(set(methods.values())) != len(methods):
        raise NoVocabulary(f"{kind}: codes.toml [platform] methods 重复 (a name stands twice)")
    face = _names(table, "face", frozenset(), kind)
    subject = table["subject"]
    if not isinstance(subject, list) or not all(one in face for one in subject):
        raise NoVocabulary(f"{kind}: codes.toml [platform] subject 不在 face 中 (not in face)")
    spelling = table["spelling"]
    if not isinstance(spelling, dict) or not all(map(_is_spelling, spelling.values())):
        raise NoVocabulary(f"{kind}: codes.toml [platform] spelling 应为单字符对 (one for one)")
    return Vocabulary(
        methods=methods,
        state=_names(table, "state", STATES, kind),
        operation=_names(table, "operation", OPERATIONS, kind),
        subject=tuple(subject),
        fields=_names(table, "fields", REQUIRED_FIELDS, kind),
        face=face,
        person=_names(table, "person", frozenset(), kind),
        spelling=spelling,
    )


def _names(
    table: Mapping[str, Any], name: str, required: frozenset[str], kind: str
) -> Mapping[str, str]:
    names = table[name]
    sound = isinstance(names, dict) and all(
        isinstance(one, str) and one.isascii() and one.isprintable() and one
        for one in names.values()
    )
    if not sound or not required <= set(names):
        raise NoVocabulary(f"{kind}: codes.toml [platform] {name} 不完整 (is not complete)")
    found: Mapping[str, str] = names
    return found


def _is_spelling(table: object) -> bool:
    return isinstance(table, dict) and all(
        len(one) == 1 and isinstance(other, str) for one, other in table.items()
    )
