"""The pieces that operations are put together from; all plain JSON values (OpenAPI 3.1.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.parameters import Parameter

Json = dict[str, Any]

PROBLEM_TYPE = "application/problem+json"
"""RFC 9457, 6.1."""

TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
MOMENT: Json = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Json = {"type": ["string", "null"], "format": "date-time"}
SHA256: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
FILE: Json = {}
"""The bytes of a file: OpenAPI 3.1 describes them by their media type alone."""


def ref(name: str) -> Json:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(members: Mapping[str, Json], *, optional: Sequence[str] = ()) -> Json:
    """An object whose members are all there but for the optional ones; more may come later."""
    return {
        "type": "object",
        "required": [name for name in members if name not in optional],
        "properties": dict(members),
    }


def array(items: Json) -> Json:
    """A list of such items."""
    return {"type": "array", "items": items}


def words(known: Sequence[str], *, null: bool = False) -> Json:
    """A text that is one of these words, or null."""
    if null:
        return {"type": ["string", "null"], "enum": [*known, None]}
    return {"type": "string", "enum": list(known)}


def content(media_types: str | Sequence[str], schema: Json) -> Json:
    """A body in any of these media types."""
    names = [media_types] if isinstance(media_types, str) else media_types
    return {name: {"schema": schema} for name in names}


def answer(description: str, schema: Json, media_type: str = "application/json") -> Json:
    """A success with a body."""
    return {"description": description, "content": content(media_type, schema)}


def problems(*names: str) -> Json:
    """The refusals of those names (see `service.openapi.components`), by their statuses."""
    from service.openapi.components import PROBLEMS

    statuses = {name: error.http_status for name, error in PROBLEMS.items()} | {"Garbled": 502}
    return {str(statuses[name]): {"$ref": f"#/components/responses/{name}"} for name in names}


def parameter(
    name: str, where: str, description: str, schema: Json | None = None, *, required: bool = False
) -> Json:
    """A parameter of the path, the query or the headers."""
    return {
        "name": name,
        "in": where,
        "required": required or where == "path",
        "description": description,
        "schema": schema or TEXT,
    }


def asked_by(known: Mapping[str, Parameter]) -> list[Json]:
    """The parameters of a query that are read by `service.parameters`."""
    return [
        parameter(name, "query", f"{one.label}. {one.description}", dict(one.schema))
        for name, one in known.items()
    ]
