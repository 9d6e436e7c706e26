"""The picture of a round government seal: ring, star, and the name on an arc.

Drawn as vectors from the outlines of the title font. It is art only: without a signature it seals
nothing, and no document may show it as if it did (design.md, rule 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from renderer.page import Colour, Path

RED: Colour = (217, 26, 26)
"""85, 10, 10 %."""


@dataclass(frozen=True, eq=False)
class SealArt:
    """A seal's picture: paths in a box from (0, 0) to (`diameter`, `diameter`) mm, y downwards."""

    name: str
    diameter: float
    paths: tuple[Path, ...]
