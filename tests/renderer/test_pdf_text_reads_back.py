"""What the PDF shows is what can be read, searched and copied from it."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
import subprocess

import pypdf
import pypdfium2
import pytest
import written_page as written

from renderer import pdf
from renderer.page import TextRun
from renderer.pdf_content import POINTS_PER_MM, POSITION_TOLERANCE, shown
from renderer.pdf_fonts import to_unicode, widths


def squeezed(text: str) -> str:
    """Text without white space: where lines break is not the question here."""
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module", params=[written.ORDINARY, written.RARE])
def sample(request) -> tuple[str, bytes]:
    name = request.param
    return name, pdf.write(written.page(name), written.info(name)).data


def expected(name: str) -> list[str]:
    return [squeezed(run.text) for run in written.page(name).marks if isinstance(run, TextRun)]


def test_pypdf_reads_every_run(sample):
    name, data = sample
    text = squeezed(pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text())
    assert all(run in text for run in expected(name))


def test_pdfium_reads_every_run(sample):
    name, data = sample
    document = pypdfium2.PdfDocument(data)
    text = squeezed(document[0].get_textpage().get_text_range())
    document.close()
    assert all(run in text for run in expected(name))


@pytest.mark.interop
def test_poppler_reads_every_run(sample, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    name, data = sample
    (tmp_path / "a.pdf").write_bytes(data)
    run = subprocess.run(
        ["pdftotext", "-raw", "a.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
    )
    assert run.stderr == b""
    text = squeezed(run.stdout.decode())
    assert all(run in text for run in expected(name))


def test_characters_beyond_the_bmp_read_back_as_themselves():
    name = written.RARE
    assert "张𬱖䶮" in written.shown(name)["project_manager"]
    data = pdf.write(written.page(name), written.info(name)).data
    text = squeezed(pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text())
    assert "张𬱖䶮" in text
    assert "㛃山𠮷示例" in text


def mapped(cmap: bytes) -> dict[int, str]:
    """Glyph ids and characters of a ToUnicode map that consists of ranges with lists."""
    found = {}
    for first, last, characters in re.findall(rb"<(\w{4})><(\w{4})>\[(.*?)\]", cmap):
        texts = [
            bytes.fromhex(one.decode()).decode("utf-16-be") for one in characters[1:-1].split(b"><")
        ]
        assert len(texts) == int(last, 16) - int(first, 16) + 1
        assert first[:2] == last[:2]
        found |= dict(enumerate(texts, int(first, 16)))
    return found


@pytest.mark.parametrize("key", ["serif", "serif-rare"])
def test_the_map_of_a_font_gives_each_glyph_its_character(key):
    subset = written.page(written.RARE).fonts[key]
    wanted = {glyph: chr(code) for glyph, code in enumerate(subset.characters) if code}
    assert mapped(to_unicode(subset)) == wanted


def test_the_map_of_a_large_font_skips_glyphs_without_character_and_stays_within_the_limits():
    characters = [0] + [0x4E00 + glyph if glyph % 3 else 0 for glyph in range(1, 1000)]
    subset = dataclasses.replace(
        written.page(written.RARE).fonts["serif"], characters=tuple(characters)
    )
    cmap = to_unicode(subset)
    assert mapped(cmap) == {glyph: chr(code) for glyph, code in enumerate(characters) if code}
    blocks = re.findall(rb"(\d+) beginbfrange\n(.*?)endbfrange", cmap, re.DOTALL)
    assert [int(count) for count, _ in blocks] == [lines.count(b"\n") for _, lines in blocks]
    assert max(int(count) for count, _ in blocks) <= 100


def test_widths_are_listed_in_runs_of_what_is_not_one_em():
    subset = written.page(written.RARE).fonts["serif"]
    some = dataclasses.replace(subset, widths=(1000, 500, 600, 1000, 1000, 250))
    assert widths(some) == "1[500 600]5[250]"


def pens(operator: str, run: TextRun, advances: tuple[int, ...]) -> list[float]:
    """Where each glyph of a text-showing operator stands, in mm from the run's origin."""
    places, pen = [], 0.0
    for codes, correction in re.findall(r"<([0-9a-f]*)>|(-?[\d.]+)", operator):
        if correction:
            pen -= float(correction)
        for at in range(0, len(codes), 4):
            places.append(pen * run.size / 1000)
            pen += advances[int(codes[at : at + 4], 16)]
    return places


@pytest.mark.parametrize("size", [3.881, 9.525, 60.0])
@pytest.mark.parametrize("stretch", [0.0, 0.004, 0.137, -0.5])
def test_every_glyph_stands_where_compose_put_it(size, stretch):
    subset = written.page(written.RARE).fonts["serif"]
    glyphs = tuple(range(1, 40))
    offsets, at = [], 0.0
    for glyph in glyphs:
        offsets.append(round(at, 3))
        at += subset.widths[glyph] * size / 1000 + stretch
    run = TextRun(None, "x" * 39, "serif", size, 0, 0, glyphs, tuple(offsets), (0, 0, 0), at)
    operator = shown(run, subset.widths)
    found = pens(operator, run, subset.widths)
    worst = max(abs(a - b) for a, b in zip(found, offsets, strict=True))
    assert worst <= POSITION_TOLERANCE + 0.0035
    assert ("TJ" in operator) == (stretch != 0)


def test_pdfium_sees_each_run_of_the_page_at_its_place():
    name = written.RARE
    document = pypdfium2.PdfDocument(pdf.write(written.page(name), written.info(name)).data)
    text_page = document[0].get_textpage()
    for run in written.page(name).marks:
        if not isinstance(run, TextRun):
            continue
        left = (run.x - 0.3) * POINTS_PER_MM
        right = (run.x + run.width + 0.3) * POINTS_PER_MM
        base = (297 - run.y) * POINTS_PER_MM
        size = run.size * POINTS_PER_MM
        text = text_page.get_text_bounded(left, base - 0.3 * size, right, base + 0.9 * size)
        assert squeezed(run.text) in squeezed(text)
    text_page.close()
    document.close()


def test_runs_of_one_colour_state_it_once():
    run = next(m for m in written.page(written.RARE).marks if isinstance(m, TextRun))
    red = run._replace(colour=(255, 0, 0))
    data = pdf.write(written.bare_page(run, run, red), written.info(written.RARE)).data
    content = pypdf.PdfReader(io.BytesIO(data)).pages[0].get_contents().get_data()
    assert content.count(b" rg") == 2
