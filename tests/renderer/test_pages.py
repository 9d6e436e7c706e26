import dataclasses
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests_to_draw import CODE, altered, content, crane

from renderer import compose, emblem, table
from renderer.artwork import artwork
from renderer.errors import LayoutError, Refused
from renderer.page import Path, TextRun

GOOD = [
    "01-tower-crane",
    "02-construction-hoist",
    "03-material-hoist-legacy-filing",
    "04-rare-characters-long-text",
    "05-number-to-allot-with-persons",
]


def page(wanted=None, **options):
    return compose.compose(crane(), wanted or content(), [CODE], **options)


def runs(made, field=None):
    return [m for m in made.marks if isinstance(m, TextRun) and (field in (None, m.field))]


def shown(made, field):
    return "".join(run.text for run in runs(made, field))


def problems(wanted):
    return [(p.field, p.label, p.message) for p in compose.check(crane(), wanted)]


@pytest.mark.parametrize("name", GOOD)
def test_every_value_is_on_the_page_as_it_was_given(name):
    wanted = content(name)
    made = page(wanted)
    for key, value in wanted.face.items():
        if crane().fields[key].format == "text":
            assert shown(made, key) == value
    assert shown(made, "number") == wanted.number
    assert shown(made, "authority") == wanted.authority


def test_dates_are_printed_in_chinese_with_zeros():
    made = page()
    assert shown(made, "installed_on") == "2024年09月01日"
    assert shown(made, "issued_on") == "2024年09月20日"


@pytest.mark.parametrize("name", GOOD)
def test_glyphs_draw_the_characters_of_their_run(name):
    made = page(content(name))
    for run in runs(made):
        characters = made.fonts[run.font].characters
        assert [characters[g] for g in run.glyphs] == list(map(ord, run.text))
        widths = [made.fonts[run.font].widths[g] * run.size / 1000 for g in run.glyphs]
        ends = list(itertools.accumulate(widths, initial=0.0))
        assert run.offsets == pytest.approx(ends[:-1], abs=0.002)
        assert run.width == pytest.approx(ends[-1], abs=0.002)


def test_a_change_of_font_leaves_no_gap():
    first, rare, last = runs(page(content(GOOD[3])), "manufacturer")[:3]
    assert (first.text, rare.text) == ("㛃山", "𠮷")
    assert [first.font, rare.font, last.font] == ["serif", "serif-rare", "serif"]
    assert rare.x == pytest.approx(first.x + first.width, abs=0.002)
    assert last.x == pytest.approx(rare.x + rare.width, abs=0.002)


@pytest.mark.parametrize("name", GOOD)
def test_values_stay_inside_their_cells_and_off_each_other(name):
    made = page(content(name))
    grid = crane().geometry.table
    bottoms: dict[int, float] = {}
    for index, key in enumerate(crane().fields):
        left, right = grid.columns[1:3] if index % 2 == 0 else grid.columns[3:5]
        for run in runs(made, key):
            assert left + 2 <= run.x
            assert run.x + run.width <= right - 2 + 0.01
            top, bottom = run.y - 0.88 * run.size, run.y + 0.12 * run.size
            assert bottoms.get(index - 2, grid.top) <= top
            bottoms[index] = bottom
    assert max(bottoms.values()) < grid.top + 8 * grid.row_height


def test_one_line_stands_in_the_optical_middle_of_its_row():
    [run] = runs(page(), "project_manager")
    grid = crane().geometry.table
    middle = grid.top + 5.5 * grid.row_height
    assert run.y - 0.38 * run.size == pytest.approx(middle, abs=0.01)


def test_a_long_value_gets_a_higher_row_and_the_table_keeps_its_height():
    usual, grown = (page(content(n)) for n in (GOOD[0], GOOD[3]))
    assert max(r.size for r in runs(usual, "project_name")) >= 10 * 25.4 / 72 - 0.01
    assert min(r.size for r in runs(grown, "project_name")) >= 9 * 25.4 / 72

    def frame(made):
        return table.frame(crane(), table.fill(crane(), made.face).heights)[0][1].segments

    assert frame(content(GOOD[0])) == frame(content(GOOD[3]))


def test_a_long_authority_wraps_above_its_line():
    made = page(altered(content(), authority="内蒙古自治区莫力达瓦达斡尔族自治旗住房和城乡建设局"))
    lines = runs(made, "authority")
    assert len(lines) > 1
    assert lines[-1].y == 229
    assert lines[-1].text.endswith("住房和城乡建设局")


def test_the_same_content_gives_the_same_page():
    first, second = page(), page()
    assert runs(first) == runs(second)
    paths = [[m.segments for m in made.marks if isinstance(m, Path)] for made in (first, second)]
    assert paths[0] == paths[1]
    assert {k: f.data for k, f in first.fonts.items()} == {
        k: f.data for k, f in second.fonts.items()
    }
    assert first.artwork is second.artwork


def test_lengths_are_rounded_to_a_micrometre():
    made = page(watermark="样本", notice="仅供测试")
    numbers = [n for m in made.marks if isinstance(m, Path) for s in m.segments for n in s[1:]]
    numbers += [n for p in made.artwork.paths for s in p.segments for n in s[1:]]
    numbers += [n for r in runs(made) for n in (r.x, r.y, r.size, r.width, *r.offsets)]
    assert all(n == round(n, 3) for n in numbers)
    assert not any(n == 0 and math.copysign(1, n) < 0 for n in numbers)


def test_characters_that_share_a_glyph_are_told_apart():
    made = page(content(project_manager="\u2f00一\u2f00", model="\u00a0A -\u2011"))
    for run in runs(made):
        characters = made.fonts[run.font].characters
        assert [characters[g] for g in run.glyphs] == list(map(ord, run.text))
    assert shown(made, "project_manager") == "\u2f00一\u2f00"
    assert shown(made, "model") == "\u00a0A -\u2011"


def test_the_background_leaves_code_and_seal_clear():
    seal, code = crane().seal, crane().geometry.codes[0]
    rosettes = artwork(crane()).paths[: len(crane().geometry.rosettes)]
    for path in rosettes:
        for segment in path.segments:
            if len(segment) > 1:
                x, y = segment[-2:]
                assert math.dist((x, y), (seal.x, seal.y)) > seal.diameter / 2
                assert not (x < code.left + code.size and y > code.top - 2)


def test_an_emblem_is_drawn_where_the_layout_has_one():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        '<path d="M0 0h100L50 100z" fill="#c80000"/></svg>'
    )
    with_art = dataclasses.replace(crane(), emblem=emblem.read(svg))
    [drawn] = artwork(with_art).paths[len(artwork(crane()).paths) :]
    assert drawn.fill == (200, 0, 0)
    assert drawn.segments == (
        ("M", 94.0, 25.0),
        ("L", 116.0, 25.0),
        ("L", 105.0, 47.0),
        ("C",),
    )


def test_a_watermark_lies_under_everything_but_the_artwork():
    made = page(watermark="样本")
    assert isinstance(made.marks[0], Path)
    assert made.marks[0].fill == crane().geometry.colours.watermark
    assert len(made.marks) == len(page().marks) + 1
    xs = [s[-2] for s in made.marks[0].segments if len(s) > 1]
    assert 20 < min(xs) < 60
    assert 150 < max(xs) < 190


def test_a_long_watermark_stays_on_the_page():
    made = page(watermark="开发环境样本请勿使用于工程")
    points = [s[-2:] for s in made.marks[0].segments if len(s) > 1]
    assert all(10 < x < 200 and 10 < y < 287 for x, y in points)


def test_a_notice_stands_at_the_foot():
    text = "开发密钥签发，仅供测试，无法律效力"
    [run] = [r for r in runs(page(notice=text)) if r.text == text]
    assert run.y > 275
    assert run.x + run.width / 2 == pytest.approx(105, abs=0.01)


@pytest.mark.parametrize("option", ["watermark", "notice"])
def test_marks_that_no_font_draws_are_refused(option):
    with pytest.raises(Refused, match="𲎩"):
        page(**{option: "𲎩"})


def test_a_notice_that_is_too_long_is_refused():
    with pytest.raises(Refused, match="过长"):
        page(notice="长" * 200)


def test_a_page_without_codes_has_an_empty_place():
    made = compose.compose(crane(), content(), [])
    assert len(made.marks) == len(page().marks) - 2


def test_more_codes_than_places_are_a_mistake_of_the_caller():
    with pytest.raises(LayoutError, match="1 places"):
        compose.compose(crane(), content(), [CODE, CODE])


han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=120)


@given(han, han)
@settings(max_examples=40, deadline=None)
def test_what_check_lets_through_can_be_composed(name, address):
    wanted = content(project_name=name, project_address=address)
    found = compose.check(crane(), wanted)
    if found:
        with pytest.raises(Refused) as caught:
            page(wanted)
        assert caught.value.problems == found
    else:
        assert shown(page(wanted), "project_name") == name
