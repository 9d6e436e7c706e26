import dataclasses
import math

import pytest
from requests_to_draw import CODE, content, crane, request

from renderer import compose, layout, svg, table
from renderer.artwork import artwork
from renderer.errors import LayoutError
from renderer.layout_parts import CodePlace
from renderer.page import Modules, TextRun

FILING, PERMIT = "06-crane-filing", "07-construction-permit"
LONG = "广西壮族自治区南宁市示例建筑工程机械设备租赁安装维修（集团）股份有限公司"


def lines(layout, face):
    """The table's lines around the values of a face."""
    return table.frame(layout, table.fill(layout, face).heights)[0]


def form(name):
    return layout.load(request(name)["type"])


def page(name, codes=(CODE,), **face):
    return compose.compose(form(name), content(name, **face), codes)


def runs(made, field=None):
    return [m for m in made.marks if isinstance(m, TextRun) and (field is None or m.field == field)]


def shown(made, field):
    return "".join(run.text for run in runs(made, field))


def test_the_faces_have_the_fields_of_their_notices():
    assert [f.label for f in form(FILING).fields.values()] == [
        *("设备名称", "规格型号", "出厂编号", "出厂日期", "出厂价格", "使用年限", "制造单位"),
        *("生产许可证编号", "产权单位", "产权单位地址"),
    ]
    assert [f.label for f in form(PERMIT).fields.values()] == [
        *("建设单位", "工程名称", "建设地址", "建设规模", "合同工期", "合同价格"),
        *("勘察单位", "勘察单位项目负责人", "设计单位", "设计单位项目负责人"),
        *("施工单位", "施工单位项目负责人", "监理单位", "总监理工程师", "备注"),
    ]


@pytest.mark.parametrize("name", [FILING, PERMIT])
def test_every_value_is_printed_in_the_order_of_the_face(name):
    face, made = request(name)["face"], page(name)
    assert [*dict.fromkeys(r.field for r in runs(made) if r.field in face)] == [
        key for key in form(name).fields if face[key]
    ]


def test_dates_and_units_are_printed_as_people_write_them():
    made = page(FILING)
    assert shown(made, "manufactured_on") == "2019年02月20日"
    assert shown(made, "factory_price") == "460000.00元"
    assert shown(made, "service_life_years") == "15年"


def test_an_empty_value_has_no_unit():
    assert shown(page(FILING, factory_price=""), "factory_price") == ""


def test_a_value_across_the_page_has_more_room_than_one_beside_another():
    wide, narrow = page(PERMIT, developer=LONG), page(PERMIT, surveyor=LONG)
    assert len(runs(wide, "developer")) == 1
    assert len({r.y for r in runs(narrow, "surveyor")}) == 2


def test_upright_lines_end_where_cells_span_columns():
    grid = form(PERMIT).geometry.table
    segments = lines(form(PERMIT), content(PERMIT).face)[0].segments
    uprights = {
        (a[1], a[2], b[2])
        for a, b in zip(segments[::2], segments[1::2], strict=True)
        if a[1] == b[1]
    }
    top, height = grid.top, grid.row_height
    first, second, third = grid.columns[1:4]
    paired = (pytest.approx(top + 4 * height), pytest.approx(top + 9 * height))
    assert sorted(uprights) == [
        (first, pytest.approx(top), pytest.approx(top + 10 * height)),
        (second, *paired),
        (third, *paired),
    ]


def test_a_wide_row_between_others_interrupts_their_upright_lines():
    permit = form(PERMIT)
    grid = permit.geometry.table
    rows = (*grid.rows[4:6], grid.rows[0], *grid.rows[6:9], *grid.rows[1:4], grid.rows[9])
    geometry = dataclasses.replace(permit.geometry, table=dataclasses.replace(grid, rows=rows))
    mixed = dataclasses.replace(permit, geometry=geometry)
    segments = lines(mixed, content(PERMIT).face)[0].segments
    found = [
        (a[2], b[2])
        for a, b in zip(segments[::2], segments[1::2], strict=True)
        if a[1] == b[1] == grid.columns[2]
    ]
    top, height = grid.top, grid.row_height
    assert found == [
        (pytest.approx(top), pytest.approx(top + 2 * height)),
        (pytest.approx(top + 3 * height), pytest.approx(top + 6 * height)),
    ]


@pytest.mark.parametrize("name", [FILING, PERMIT])
def test_the_background_leaves_code_and_seal_clear(name):
    geometry = form(name).geometry
    seal, [code] = geometry.seal, geometry.codes
    for path in artwork(form(name)).paths[: len(geometry.rosettes)]:
        for segment in path.segments:
            if len(segment) > 1:
                x, y = segment[-2:]
                assert math.dist((x, y), (seal.x, seal.y)) > seal.diameter / 2
                assert not (x < code.left + code.size and y > code.top - 2)


def test_rows_that_grow_keep_the_table_where_it_is():
    grid = form(PERMIT).geometry.table
    usual = lines(form(PERMIT), content(PERMIT).face)[-1].segments
    grown = lines(form(PERMIT), content(PERMIT, surveyor=LONG * 2).face)
    assert grown[-1].segments == usual
    assert grown[0].segments[0][2] < grid.top + grid.row_height


@pytest.mark.parametrize("remarks", ["", "分期施工，一期为1#至5#楼。"])
def test_remarks_are_printed_or_their_cell_stays_empty(remarks):
    assert shown(page(PERMIT, remarks=remarks), "remarks") == remarks


def test_an_optional_value_may_be_left_out_and_a_required_one_not():
    face = dict(content(PERMIT).face)
    del face["remarks"]
    assert table.fill(form(PERMIT), face).problems == ()
    del face["scale"]
    assert [p.field for p in table.fill(form(PERMIT), face).problems] == ["face.scale"]


def test_a_row_may_have_its_own_height():
    permit = form(PERMIT)
    grid = permit.geometry.table
    rows = (*grid.rows[:-1], dataclasses.replace(grid.rows[-1], height=20.0))
    geometry = dataclasses.replace(permit.geometry, table=dataclasses.replace(grid, rows=rows))
    taller = dataclasses.replace(permit, geometry=geometry)
    frame = lines(taller, content(PERMIT).face)[-1].segments
    assert frame[2][2] == pytest.approx(grid.top + 9 * grid.row_height + 20)


@pytest.fixture
def two_places():
    geometry = crane().geometry
    second = CodePlace(left=62.0, top=217.0, size=30.0, margin=4, highest_version=10)
    geometry = dataclasses.replace(geometry, codes=(*geometry.codes, second))
    return dataclasses.replace(crane(), geometry=geometry)


def test_a_second_code_is_drawn_in_the_second_place(two_places):
    national = compose.Code("HTTPS://ZLAQ.EXAMPLE.GOV.CN/" + "7" * 60)
    one = compose.compose(two_places, content(), [CODE])
    both = compose.compose(two_places, content(), [CODE, national])
    assert len(both.marks) == len(one.marks) + 2
    first, second = [m for m in both.marks if isinstance(m, Modules)]
    [alone] = [m for m in one.marks if isinstance(m, Modules)]
    assert (first.dark, first.left, first.top) == (alone.dark, alone.left, alone.top)
    assert (second.left, second.top) == (62.0, 217.0)
    assert second.dark != first.dark
    assert svg.write(both) != svg.write(one)


def test_with_one_code_the_second_place_stays_empty(two_places):
    one = compose.compose(two_places, content(), [CODE])
    assert len(one.marks) == len(compose.compose(crane(), content(), [CODE]).marks)


def test_more_codes_than_places_are_refused():
    with pytest.raises(LayoutError, match="1 places for codes, not 2"):
        compose.compose(crane(), content(), [CODE, CODE])
