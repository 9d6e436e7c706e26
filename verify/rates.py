"""How often may be asked, as data: by one address and by all together, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

WINDOW_SECONDS: Final = 60
"""What every rate is counted over: a sliding minute."""


@dataclass(frozen=True)
class Rate:
    """Requests of one kind in WINDOW_SECONDS: by one address, by all, and why so many."""

    one: int
    all: int
    reason: str


CODE: Final = "code"
NUMBER: Final = "number"
UPLOAD: Final = "upload"
TRUST: Final = "trust"

RATES: Final[Mapping[str, Rate]] = MappingProxyType(
    {
        CODE: Rate(
            300,
            120_000,
            "scanned codes and forms; a code cannot be guessed, so this only bounds the load: many "
            "telephones share one address, and all of them together reach what two cores answer",
        ),
        NUMBER: Rate(
            20,
            1_200,
            "look-ups by number and factory number, the one question whose answer can be guessed: "
            "fewer than a person types, and a thousand years for the pairs of one city",
        ),
        UPLOAD: Rate(
            10, 300, "files, each of which may cost seconds in a process of its own; nobody has ten"
        ),
        TRUST: Rate(
            60, 12_000, "roots, keys and lists, which are kept for minutes by those who fetch them"
        ),
    }
)
"""By kind of request; every public request is of exactly one kind."""


def changed(one: Mapping[str, int], everyone: Mapping[str, int]) -> Mapping[str, Rate]:
    """The table with other numbers for some kinds, by one address and by all."""
    return MappingProxyType(
        {
            kind: Rate(one.get(kind, rate.one), everyone.get(kind, rate.all), rate.reason)
            for kind, rate in RATES.items()
        }
    )
