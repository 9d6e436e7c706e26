"""The whole document, for what one application serves."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from service.openapi import approvals, batches, everyone
from service.openapi.components import components
from service.openapi.shapes import Json

OPENAPI = "3.1.0"

DESCRIPTION = """\
Certificates as signed PDF and sealed OFD, and whether one is genuine and valid.

Errors are problem documents (RFC 9457) whose `errors` name field, label and message. Times carry
their offset; one that is sent without is taken as Asia/Shanghai. Members may be added to answers:
take what you know, leave the rest."""


@cache
def whole() -> Json:
    """The document of everything that there is."""
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Sealpress",
            "version": _version(),
            "summary": "电子证照制发与核验",
            "description": DESCRIPTION,
        },
        "tags": [
            {"name": "approvals", "description": "审批系统: with an access key."},
            {"name": "everyone", "description": "公众与运维: without a key."},
        ],
        "paths": approvals.paths() | batches.paths() | everyone.paths(),
        "components": components(),
    }


def of(served: Collection[str], base_url: str) -> Json:
    """The document of the paths that an application serves (as `path_of` writes them)."""
    document = dict(whole())
    document["servers"] = [{"url": base_url}]
    document["paths"] = {path: what for path, what in document["paths"].items() if path in served}
    return document


def path_of(rule: str) -> tuple[str, ...]:
    """A route of ours as OpenAPI writes it; a choice of words is one path for each."""
    choice = re.search(r"<any\(([^)]*)\):\w+>", rule)
    rules = (
        [rule.replace(choice[0], word.strip()) for word in choice[1].split(",")]
        if choice
        else [rule]
    )
    return tuple(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one) for one in rules)


def _version() -> str:
    try:
        return version("sealpress")
    except PackageNotFoundError:
        return "0"
