"""What can go wrong while a certificate is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake in what is to be printed.

    `field` is the dotted path in the request (`face.project_manager`), `label` the name printed on
    the page, `message` what is wrong and what to do, in Chinese.
    """

    field: str
    label: str
    message: str


class RendererError(Exception):
    """The root of this room's errors."""


class LayoutError(RendererError):
    """A layout does not exist, or is wrong in itself."""


class Refused(RendererError):
    """The values cannot be drawn as they are; `problems` names every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))
