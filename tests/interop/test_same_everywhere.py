"""A certificate looks the same as PDF, as OFD and as SVG, on every layout with every sample.

Three programs that nobody here wrote draw them: pdfium, ofdrw and Chromium. What they make of one
page is held against each other as pictures, and what each file says of where its characters stand
is held against what `compose` decided. Bounds and what was measured: README.md.
"""

import dataclasses
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from renderer.page import Frame, Mark, Page, TextRun

from . import places
from .asking_chromium import Chromium
from .asking_ofdrw import Ofdrw
from .pictures import COMPARED_AT, FINER, MILLIMETRES_PER_INCH, Pictures, difference, show
from .places import Place, apart, decided
from .programs import need
from .specimens import SPECIMENS, Files, Specimen

pytestmark = pytest.mark.interop

MEAN_BOUND = 2.0
WORST_BOUND = 16.0
"""Steps of 256. Measured: 1.4 and 12 for the same page by two programs; 20 and more in the worst
block for one changed character, 24 and more for a line of text 0.3 mm off."""

POSITION_BOUND = 0.2
"""Millimetres that a character may stand off from where `compose` put it."""

MOVED = 0.3
"""Millimetres by which the controls move a text."""

FULLEST = "04-rare-characters-long-text-C0330-2023"
"""The specimen with the smallest print and the most text."""


class Drawn:
    """The specimens' files, written once, and their pictures by three programs, drawn once."""

    def __init__(self, folder: Path, pictures: Pictures, chromium: Chromium) -> None:
        self._folder = folder
        self._pictures = pictures
        self._chromium = chromium
        self._files: dict[str, Files] = {}
        self._by_chromium: dict[str, Image.Image] = {}

    def files(self, specimen: Specimen) -> Files:
        """The specimen in three formats."""
        if specimen.name not in self._files:
            self._files[specimen.name] = specimen.write(self._folder)
        return self._files[specimen.name]

    def pictures(self, specimen: Specimen) -> dict[str, Image.Image]:
        """The specimen by pdfium, ofdrw and Chromium."""
        files = self.files(specimen)
        if specimen.name not in self._by_chromium:
            self._by_chromium[specimen.name] = self._of_svg(files.svg, specimen.page)
        return {
            "PDF": self._pictures.smooth(files.pdf),
            "OFD": self._pictures.smooth(files.ofd),
            "SVG": self._by_chromium[specimen.name],
        }

    def of_altered(self, specimen: Specimen, page: Page, name: str) -> Image.Image:
        """Another page by pdfium."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return self._pictures.smooth(specimen.write(folder, page).pdf)

    def places(self, specimen: Specimen) -> list[Place]:
        """Where Chromium put the characters of the SVG."""
        self._show(self.files(specimen).svg, specimen.page)
        return [Place(*found) for found in self._chromium.places()]

    def _show(self, svg: Path, page: Page) -> tuple[int, int]:
        pixels = COMPARED_AT / MILLIMETRES_PER_INCH
        width, height = round(page.width * pixels), round(page.height * pixels)
        self._chromium.show(svg, width, height, FINER)
        return width * FINER, height * FINER

    def _of_svg(self, svg: Path, page: Page) -> Image.Image:
        size = self._show(svg, page)
        with Image.open(io.BytesIO(self._chromium.picture())) as picture:
            assert picture.size == size
            return picture.convert("RGB").reduce(FINER)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    need("chromium")
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def drawn(ofdrw: Ofdrw, chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    folder = tmp_path_factory.mktemp("specimens")
    return Drawn(folder, Pictures(ofdrw, folder), chromium)


@pytest.fixture(params=SPECIMENS)
def specimen(request: pytest.FixtureRequest) -> Specimen:
    return SPECIMENS[request.param]


PAIRS = [("PDF", "OFD"), ("PDF", "SVG"), ("OFD", "SVG")]


def test_three_programs_draw_the_same_page(specimen: Specimen, drawn: Drawn) -> None:
    pictures = drawn.pictures(specimen)
    show(f"three {specimen.name}", *pictures.values())
    for one, other in PAIRS:
        found = difference(pictures[one], pictures[other])
        where = f"{one} and {other}, at {found.where} mm from the top left"
        assert found.mean <= MEAN_BOUND, where
        assert found.worst <= WORST_BOUND, where


READINGS: dict[str, Callable[[Files], list[Place]]] = {
    "PDF": lambda files: places.in_pdf(files.pdf),
    "OFD": lambda files: places.in_ofd(files.ofd),
    "SVG": lambda files: places.in_svg(files.svg),
}


@pytest.mark.parametrize("kind", READINGS)
def test_every_character_stands_where_compose_put_it(
    kind: str, specimen: Specimen, tmp_path: Path
) -> None:
    found = READINGS[kind](specimen.write(tmp_path))
    assert apart(found, decided(specimen.page)) <= POSITION_BOUND


def test_chromium_puts_every_character_where_compose_did(specimen: Specimen, drawn: Drawn) -> None:
    assert apart(drawn.places(specimen), decided(specimen.page)) <= POSITION_BOUND


def moved(page: Page, x: float, y: float) -> Page:
    """The page with all its text moved by some millimetres."""

    def shifted(marks: Iterable[Mark]) -> tuple[Mark, ...]:
        return tuple(
            mark._replace(x=mark.x + x, y=mark.y + y) if isinstance(mark, TextRun) else mark
            for mark in marks
        )

    return dataclasses.replace(page, frame=Frame(shifted(page.frame.marks)), own=shifted(page.own))


@pytest.mark.parametrize("kind", READINGS)
def test_a_text_that_stands_off_would_be_read(kind: str, tmp_path: Path) -> None:
    specimen = SPECIMENS[FULLEST]
    files = specimen.write(tmp_path, moved(specimen.page, MOVED, 0))
    assert apart(READINGS[kind](files), decided(specimen.page)) > POSITION_BOUND


def worst_at(run: TextRun, apart: Image.Image) -> float:
    """The worst block of a difference that the run reaches into."""
    pixels = COMPARED_AT / MILLIMETRES_PER_INCH
    top, bottom = run.y - 0.9 * run.size, run.y + 0.2 * run.size
    box = (run.x - MOVED, top - MOVED, run.x + run.width + MOVED, bottom + MOVED)
    left, top, right, bottom = (side * pixels / 10 for side in box)
    return (
        apart.reduce(10)
        .crop((int(left), int(top), int(right) + 1, int(bottom) + 1))
        .getextrema()[1]
    )


@pytest.mark.parametrize("kind", ["OFD", "SVG"])
@pytest.mark.parametrize(("x", "y"), [(MOVED, 0), (0, MOVED), (-MOVED, 0), (0, -MOVED)])
def test_any_line_of_text_that_stands_off_would_be_seen(
    x: float, y: float, kind: str, drawn: Drawn
) -> None:
    specimen = SPECIMENS[FULLEST]
    page = moved(specimen.page, x, y)
    off = difference(
        drawn.pictures(specimen)[kind], drawn.of_altered(specimen, page, f"moved {x} {y}")
    )
    runs = [mark for mark in page.marks if isinstance(mark, TextRun)]
    unseen = [run.text for run in runs if worst_at(run, off.picture) <= WORST_BOUND]
    assert unseen == []


@pytest.mark.parametrize("kind", ["OFD", "SVG"])
@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("factory_number", "6", "8"),
        ("model", "1", "7"),
        ("project_name", "2", "3"),
        ("project_address", "大", "人"),
        ("construction_permit_number", "3", "2"),
        ("project_manager", "张", "弛"),
        ("project_manager", "𬱖", "颐"),
        ("inspected_on", "18", "16"),
    ],
)
def test_one_changed_character_would_be_seen(
    key: str, old: str, new: str, kind: str, drawn: Drawn
) -> None:
    specimen = SPECIMENS[FULLEST]
    value = specimen.request["face"][key]
    assert old in value
    face = specimen.request["face"] | {key: value.replace(old, new, 1)}
    other = dataclasses.replace(specimen, request=specimen.request | {"face": face})
    off = difference(
        drawn.pictures(specimen)[kind], drawn.of_altered(other, other.page, f"{key} {new}")
    )
    assert off.worst > WORST_BOUND
