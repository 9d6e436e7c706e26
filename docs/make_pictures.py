"""`make pictures`: the pictures of the documentation, drawn from real output."""

from __future__ import annotations

import tempfile
from pathlib import Path

from renderer.layout import available, load, sample
from renderer.raster import page_png
from service.files import write_whole
from service.installation import Installation
from service.issuing import issue
from service.request import Request

FOLDER = Path(__file__).parent / "img"
DPI = 100


def main() -> None:
    """Issue each layout's sample with fresh development keys and draw its signed PDF."""
    with tempfile.TemporaryDirectory() as home:
        installation = Installation.open(Path(home))
        for name in available():
            entry = issue(installation, Request(sample(load(name)))).entry
            data = installation.documents.get(entry.pdf_sha256)
            write_whole(FOLDER / f"{name}.png", page_png(data, DPI))
        installation.database.close()


if __name__ == "__main__":
    main()
