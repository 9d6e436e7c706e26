"""The sample requests as the renderer takes them, for the tests of this folder."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from renderer import compose, layout

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
CRANE = "crane-use-registration"
CODE = compose.Code("HTTPS://ZJT.EXAMPLE.GOV.CN/V/" + "2914177763170669" * 22)


def request(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def content(name: str = "01-tower-crane", **face: str) -> compose.Content:
    """A sample's content, some values of its face replaced."""
    data = request(name)
    return compose.Content(
        number=data.get("number", "450100T(2024)0000001"),
        authority=data["authority"]["name"],
        issued_on=data["issued_on"],
        face={**data["face"], **face},
    )


def crane() -> layout.Layout:
    return layout.load(CRANE)


def altered(base: compose.Content, **values: str) -> compose.Content:
    return dataclasses.replace(base, **values)
