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


@dataclass(frozen=True)
class Mistake:
    """One mistake in a layout: the file, the key in it (`table.rows[2].cells[0]`), the reason."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"
        )


class RendererError(Exception):
    """The root of this room's errors."""


class LayoutError(RendererError):
    """A layout does not exist, or is wrong in itself."""


class WrongLayout(LayoutError):
    """The files of a layout are wrong; `mistakes` names every one of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


class Refused(RendererError):
    """The values cannot be drawn as they are; `problems` names every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))
