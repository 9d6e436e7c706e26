"""The SVG: one well-formed file that needs nothing from outside."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
import written_page as written
from lxml import etree

from renderer import svg
from renderer.page import Path, Stroke, TextRun

S = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def root() -> etree._Element:
    return etree.fromstring(svg.write(written.page(written.RARE), '证书 <&> "1"'))


def test_it_has_the_pages_size_in_millimetres(root):
    assert (root.get("width"), root.get("height")) == ("210mm", "297mm")
    assert root.get("viewBox") == "0 0 210 297"


def test_it_says_what_it_shows(root):
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{S}title") == '证书 <&> "1"'


def test_without_a_title_it_claims_none():
    plain = etree.fromstring(svg.write(written.bare_page()))
    assert plain.find(f"{S}title") is None
    assert plain.get("aria-label") is None


def test_it_needs_nothing_from_outside(root):
    allowed = {"svg", "title", "style", "path", "text", "tspan"}
    assert {etree.QName(e).localname for e in root.iter()} <= allowed
    assert all(
        "href" not in key and not key.startswith("on") for e in root.iter() for key in e.attrib
    )
    assert set(re.findall(r"url\((.{5})", root.findtext(f"{S}style"))) == {"data:"}


def test_the_fonts_are_those_of_the_page(root):
    style = root.findtext(f"{S}style")
    embedded = dict(re.findall(r"font-family:(\w+);src:url\(data:font/ttf;base64,([^)]+)\)", style))
    fonts = written.page(written.RARE).fonts
    assert [base64.b64decode(embedded[f"F{i}"]) for i in range(1, len(fonts) + 1)] == [
        fonts[key].data for key in sorted(fonts)
    ]


def test_every_character_has_its_place(root):
    runs = [mark for mark in written.page(written.RARE).marks if isinstance(mark, TextRun)]
    for run, element in zip(runs, root.iter(f"{S}text"), strict=True):
        assert "".join(element.itertext()) == run.text
        assert float(element.get("y")) == run.y
        places: list[float] = []
        for span in element:
            numbers = [float(x) for x in span.get("x").split()]
            assert len(numbers) == len(span.text)
            assert len(span.text) == 1 or max(span.text) <= "\uffff"
            places += numbers
        assert places == pytest.approx([run.x + offset for offset in run.offsets], abs=0.0006)


def test_markup_in_a_value_stays_text():
    found = etree.fromstring(svg.write(written.bare_page(written.run_of('<a>&"b'))))
    assert "".join(found.find(f"{S}text").itertext()) == '<a>&"b'


def test_the_same_page_gives_the_same_bytes():
    again = written.page.__wrapped__(written.RARE)
    assert svg.write(again) == svg.write(written.page(written.RARE))


def test_paths_are_painted_as_asked():
    segments = (("M", 1.0, 2.0), ("B", 1.0, 1.0, 2.0, 2.0, 3.0, 3.0), ("Q", 1.0, 1.0, 0.5, 0.5))
    path = Path((*segments, ("C",)), Stroke((255, 0, 10), 0.25), (0, 0, 1), even_odd=True)
    found = etree.fromstring(svg.write(written.bare_page(path, replace(path, fill=None))))
    both, stroked = found.iter(f"{S}path")
    assert dict(both.attrib) == {
        "fill": "#000001",
        "fill-rule": "evenodd",
        "stroke": "#ff000a",
        "stroke-width": "0.25",
        "d": "M1 2 C1 1 2 2 3 3 Q1 1 0.5 0.5 Z",
    }
    assert stroked.get("fill") == "none"
