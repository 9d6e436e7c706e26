"""What the OFD shows is what can be read, searched and copied from it, in every reader alike."""

from __future__ import annotations

import io
import zipfile

import pytest
import written_page as written
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from renderer import ofd
from renderer.ofd_text import delta, stretches
from renderer.page import TextRun

O = "{http://www.ofdspec.org/2016}"  # noqa: E741 - as short as the prefix that it stands for
FACE = "{urn:sealpress:face:1}"


@pytest.fixture(scope="module", params=[written.ORDINARY, written.RARE])
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def parts(name) -> dict[str, etree._Element]:
    data = ofd.write(written.page(name), written.info(name))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {n: etree.fromstring(found.read(n)) for n in found.namelist() if n.endswith(".xml")}


@pytest.fixture(scope="module")
def texts(parts) -> dict[str, etree._Element]:
    found = parts["Doc_0/Pages/Page_0/Content.xml"].iter(f"{O}TextObject")
    return {element.get("ID"): element for element in found}


def runs(name: str) -> list[TextRun]:
    return [mark for mark in written.page(name).marks if isinstance(mark, TextRun)]


def test_all_text_is_there_in_order(name, texts):
    read = "".join(e.findtext(f"{O}TextCode") for e in texts.values())
    assert read == "".join(run.text for run in runs(name))


def test_every_field_reads_back_through_its_tags(name, parts, texts):
    page_id = parts["Doc_0/Document.xml"].find(f"{O}Pages/{O}Page").get("ID")
    fields = {}
    for field in parts["Doc_0/Tags/Face.xml"].iter(f"{FACE}Field"):
        references = list(field.iter(f"{O}ObjectRef"))
        assert {reference.get("PageRef") for reference in references} == {page_id}
        fields[field.get("Key")] = "".join(
            texts[reference.text].findtext(f"{O}TextCode") for reference in references
        )
    assert fields == written.shown(name)
    face = written.face(name)
    dates = {key for key in face if key.endswith("_on")}
    assert {key: fields[key] for key in face if key not in dates} == {
        key: value for key, value in face.items() if key not in dates
    }


def test_characters_beyond_the_bmp_have_an_object_of_their_own(texts):
    """Readers count UTF-16 units: alone, such a character cannot put its neighbours wrong."""
    for element in texts.values():
        code, transform = element.find(f"{O}TextCode"), element.find(f"{O}CGTransform")
        units = len(code.text.encode("utf-16-le")) // 2
        assert int(transform.get("CodePosition")) == 0
        assert int(transform.get("CodeCount")) == units
        assert int(transform.get("GlyphCount")) == len(code.text)
        assert len(transform.findtext(f"{O}Glyphs").split()) == len(code.text)
        if units != len(code.text):
            assert len(code.text) == 1
            assert code.get("DeltaX") == "0"


def expanded(delta_x: str | None) -> list[float]:
    words = iter((delta_x or "").split())
    steps: list[float] = []
    for word in words:
        steps += [float(next(words))] * count if (count := _count(word, words)) else [float(word)]
    return steps


def _count(word: str, words) -> int:
    return int(next(words)) if word == "g" else 0


def test_every_glyph_stands_where_compose_put_it(name, texts):
    places = []
    for element in texts.values():
        code = element.find(f"{O}TextCode")
        left, top, _, _ = map(float, element.get("Boundary").split())
        x, y = left + float(code.get("X")), top + float(code.get("Y"))
        steps = expanded(code.get("DeltaX"))[: len(code.text) - 1]
        assert len(steps) == len(code.text) - 1
        glyphs = element.findtext(f"{O}CGTransform/{O}Glyphs").split()
        for glyph, step in zip(glyphs, [*steps, 0.0], strict=True):
            places.append((int(glyph), round(x, 3), round(y, 3)))
            x += step
    wanted = [
        (glyph, round(run.x + offset, 3), round(run.y, 3))
        for run in runs(name)
        for glyph, offset in zip(run.glyphs, run.offsets, strict=True)
    ]
    for found, expected in zip(places, wanted, strict=True):
        assert found == pytest.approx(expected, abs=0.0011)


def test_every_line_of_text_lies_within_its_boundary(name, texts):
    fonts = written.page(name).fonts
    for run, element in zip_runs(name, texts):
        x, y, width, height = map(float, element.get("Boundary").split())
        font = fonts[run.font]
        assert x <= run.x
        assert x + width >= run.x + run.width
        assert y <= run.y - font.ascent / 1000 * run.size
        assert y + height >= run.y - font.descent / 1000 * run.size


def zip_runs(name, texts):
    objects = iter(texts.values())
    for run in runs(name):
        mine = [next(objects) for _ in stretches(run.text)]
        if len(mine) == 1:
            yield run, mine[0]


def test_font_size_and_colour_are_those_of_the_run(name, parts, texts):
    ids = [e.get("ID") for e in parts["Doc_0/PublicRes.xml"].iter(f"{O}Font")]
    font_ids = dict(zip(sorted(written.page(name).fonts), ids, strict=True))
    for run, element in zip_runs(name, texts):
        assert element.get("Font") == font_ids[run.font]
        assert float(element.get("Size")) == pytest.approx(run.size, abs=0.0005)
        assert element.find(f"{O}FillColor").get("Value") == "{} {} {}".format(*run.colour)


def test_markup_in_a_value_stays_text():
    page = written.bare_page(written.run_of('<a>&"b'))
    data = ofd.write(page, written.info(written.RARE))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        content = etree.fromstring(found.read("Doc_0/Pages/Page_0/Content.xml"))
        tags = etree.fromstring(found.read("Doc_0/Tags/Face.xml"))
    assert content.findtext(f".//{O}TextCode") == '<a>&"b'
    assert tags.find(f"{FACE}Field").get("Key") == "a<b"


@given(st.text(st.sampled_from("甲a·𬱖𠮷😀")))
def test_stretches_cover_the_text_and_keep_rare_characters_alone(text):
    found = [text[start:end] for start, end in stretches(text)]
    assert "".join(found) == text
    for stretch in found:
        assert stretch
        assert len(stretch) == 1 or max(stretch) <= "\uffff"


@pytest.mark.parametrize(
    ("offsets", "written_as"),
    [
        ((0.0,), ""),
        ((0.0, 1.5), "1.5"),
        ((0.0, 1.0, 2.0), "1 1"),
        ((0.0, 1.0, 2.0, 3.0), "g 3 1"),
        ((0.0, 0.5, 1.5, 2.5, 3.5, 4.0), "0.5 g 3 1 0.5"),
    ],
)
def test_equal_distances_are_grouped(offsets, written_as):
    assert delta(offsets) == written_as
