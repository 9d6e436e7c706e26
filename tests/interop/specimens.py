"""Every sample of every layout as a page, and as the three files that are written of it.

Layouts and their versions are looked up, not listed: one that is added is tried with these tests.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from renderer import layout, ofd, pdf, svg
from renderer.layout import Layout
from renderer.page import Page
from service import checking, press

SAMPLES = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True)
class Specimen:
    """One page: the preview of a request, which carries every kind of mark that there is."""

    name: str
    layout: Layout
    request: dict[str, Any]

    @cached_property
    def content(self) -> press.Content:
        """What is printed."""
        return checking.content_of(self.request, self.request.get("number") or checking.UNNUMBERED)

    @cached_property
    def page(self) -> Page:
        """As `compose` decided it."""
        return press.preview(self.layout, self.content)

    def write(self, folder: Path, page: Page | None = None) -> "Files":
        """The files of this page, or of another one under its name."""
        page = page or self.page
        info = press.preview_info(self.layout, self.content)
        files = Files(*(folder / f"{self.name}.{kind}" for kind in ("pdf", "ofd", "svg")))
        files.pdf.write_bytes(pdf.write(page, info).data)
        files.ofd.write_bytes(ofd.write(page, info))
        files.svg.write_bytes(svg.write(page))
        return files


@dataclass(frozen=True)
class Files:
    """One page in three formats."""

    pdf: Path
    ofd: Path
    svg: Path


def _found() -> Iterator[Specimen]:
    requests = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(SAMPLES.glob("0*.json"))}
    for layout_id in layout.available():
        for version in layout.versions(layout_id):
            form = layout.load(layout_id, version)
            own = layout.sample(form)
            yield Specimen(f"{layout_id}-{version}", form, own)
            for name, request in requests.items():
                if request["type"] == layout_id and request != own:
                    yield Specimen(f"{name}-{version}", form, request)


SPECIMENS = {specimen.name: specimen for specimen in _found()}
