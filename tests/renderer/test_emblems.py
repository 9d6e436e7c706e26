import dataclasses
import math
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_to_draw import CODE, CRANE, content, crane

from renderer import compose, emblem, layout, pdf
from renderer.artwork import artwork
from renderer.emblem import UnusableArt
from renderer.errors import WrongLayout
from renderer.info import DocumentInfo

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
STAR = '<path d="M50 0L79 90L2 35H98L21 90Z" fill="#c8102e"/>'


def svg(body=STAR, head=HEAD):
    return f"{head}{body}</svg>"


def outline(data):
    [found] = emblem.read(svg(f'<path d="{data}"/>'))
    return [(s[0], *(round(100 * n, 6) for n in s[1:])) for s in found.segments]


REFUSED = {
    "script": ("<script>alert(1)</script>", "line 1, <script>: only <svg>"),
    "script in another namespace": ('<x:script xmlns:x="urn:x"/>', "<script>: only <svg>"),
    "style element": ("<style>path{fill:url(http://x)}</style>", "<style>: only <svg>"),
    "style attribute": ('<path d="M0 0" style="fill:red"/>', "<path style>: no such attribute"),
    "event": ('<path d="M0 0" onclick="x()"/>', "<path onclick>: no such attribute"),
    "link": ('<path d="M0 0" href="http://x"/>', "<path href>: no such attribute"),
    "old link": (
        '<path xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a" d="M0 0"/>',
        "<path href>: no such attribute",
    ),
    "picture": ('<image href="file:///etc/passwd"/>', "<image>: only <svg>"),
    "use": ('<use href="#a"/>', "<use>: only <svg>"),
    "foreign object": ("<foreignObject/>", "<foreignObject>: only <svg>"),
    "text": ("<g>证</g>", "<g>: no text"),
    "transform": ('<g transform="scale(2)"/>', "<g transform>: no such attribute"),
    "stroke": ('<path d="M0 0" stroke="#000"/>', "<path stroke>: no such attribute"),
    "named colour": ('<path d="M0 0L1 1" fill="red"/>', "a colour like #A82924"),
    "fill from elsewhere": ('<path d="M0 0" fill="url(http://x)"/>', "a colour like #A82924"),
    "arc": ('<path d="M0 0A1 1 0 0 0 1 1"/>', "no arcs"),
    "no path": ("", "there is no <path>"),
    "path without a move": ('<path d="L1 1"/>', "begin with M"),
    "too few numbers": ('<path d="M0 0L1"/>', "too few numbers after L"),
    "numbers after a close": ('<path d="M0 0Z1 1"/>', "a number without a command"),
    "unknown command": ('<path d="M0 0X1"/>', "there is no command X"),
    "no path data": ('<path d="M0 0;1"/>', "no path data"),
    "number without end": ('<path d="M0 1e999"/>', "too large"),
    "inner svg": (svg(), "<svg> is the outermost"),
    "instruction": ("<?xml-stylesheet href='x'?>", "no processing instructions"),
    "no XML": ("<path", "no well-formed XML"),
    "undeclared entity": ('<path d="&x;"/>', "no well-formed XML"),
}


@pytest.mark.parametrize(("body", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_more_than_outlines_is_refused_with_its_reason(body, told):
    with pytest.raises(UnusableArt) as refused:
        emblem.read(svg(body))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE svg SYSTEM "http://x/a.dtd">',
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
)
def test_a_doctype_is_refused_before_what_it_names_is_looked_for(head):
    with pytest.raises(UnusableArt, match="no document type"):
        emblem.read(head + svg())


@pytest.mark.parametrize("box", ["", "0 0 1", "0 0 0 1", "0 0 -1 1", "0 0 nan 1", "0 0 x 1"])
def test_a_view_box_is_needed(box):
    with pytest.raises(UnusableArt, match="viewBox"):
        emblem.read(svg(head=HEAD.replace("0 0 100 100", box)))


def test_all_forms_of_path_data_are_read():
    assert outline("m10,20 30-5 l1 1") == [("M", 10, 20), ("L", 40, 15), ("L", 41, 16)]
    assert outline("M0 0 H5 v6 h-1 V1 z") == [
        ("M", 0, 0),
        ("L", 5, 0),
        ("L", 5, 6),
        ("L", 4, 6),
        ("L", 4, 1),
        ("C",),
    ]
    assert outline("M1 1c1 0 2 1 2 2s1 2 2 2") == [
        ("M", 1, 1),
        ("B", 2, 1, 3, 2, 3, 3),
        ("B", 3, 4, 4, 5, 5, 5),
    ]
    assert outline("M0 0Q1 2 2 0T4 0") == [("M", 0, 0), ("Q", 1, 2, 2, 0), ("Q", 3, -2, 4, 0)]
    assert outline("M1.5.5e1-.5.25") == [("M", 1.5, 5), ("L", -0.5, 0.25)]
    assert outline("M5 5l1 1zl2 2") == [("M", 5, 5), ("L", 6, 6), ("C",), ("L", 7, 7)]


def test_a_drawing_stands_in_the_middle_of_its_square():
    head = HEAD.replace("0 0 100 100", "10 20 50 100")
    [found] = emblem.read(svg('<path d="M10 20H60V120"/>', head))
    assert found.segments == (("M", 0.25, 0.0), ("L", 0.75, 0.0), ("L", 0.75, 1.0))


def test_colours_and_fill_rules_are_kept():
    body = '<path d="M0 0L1 1" fill="#f80"/><path d="M0 0L1 1" fill-rule="evenodd"/>'
    first, second = emblem.read(svg(f"<title>国徽</title><g>{body}</g>"))
    assert (first.fill, first.even_odd) == ((255, 136, 0), False)
    assert (second.fill, second.even_odd) == ((0, 0, 0), True)


@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789.,-+e ", max_size=60))
def test_any_path_data_are_read_or_refused(data):
    try:
        [found] = emblem.read(svg(f'<path d="{data}"/>'))
    except UnusableArt:
        return
    assert all(math.isfinite(n) for s in found.segments for n in s[1:])


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(UnusableArt):
        emblem.read(text)


def test_an_emblem_beside_the_layout_is_drawn_in_its_place(tmp_path):
    folder = tmp_path / CRANE / "C0330-2023"
    shutil.copytree(layout.FOLDER / CRANE / "C0330-2023", folder)
    path = folder / "layout.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("diameter = 22.0", 'diameter = 22.0\nfile = "star.svg"'), "utf-8")
    (folder / "star.svg").write_text(svg(), "utf-8")
    form = layout.read(folder)
    drawn = artwork(form).paths[-1]
    assert drawn.fill == (0xC8, 0x10, 0x2E)
    place = form.geometry.emblem
    for segment in drawn.segments[:-1]:
        assert math.dist(segment[-2:], (place.x, place.y)) <= place.diameter / 2 * math.sqrt(2)
    info = DocumentInfo("证", "1", "", "局", "2024-01-01")
    page = compose.compose(form, content(), [CODE])
    assert (
        pdf.write(page, info).data
        != pdf.write(compose.compose(crane(), content(), [CODE]), info).data
    )
    (folder / "star.svg").write_text(svg("<script/>"), "utf-8")
    with pytest.raises(WrongLayout, match=r"star\.svg: line 1, <script>"):
        layout.read(folder)


def test_an_emblem_of_even_odd_rule_keeps_it():
    found = emblem.read(svg('<path d="M0 0L1 1" fill-rule="evenodd"/>'))
    form = dataclasses.replace(crane(), emblem=found)
    assert artwork(form).paths[-1].even_odd
