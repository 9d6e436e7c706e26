import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer import linebreak
from renderer.fit import Room, fit, height_of, in_thousandths, wrapped


def broken(text, width, unbroken=()):
    """Lines of `text` where Han characters are 2 wide and ASCII 1."""
    advances = [1 if c.isascii() else 2 for c in text]
    return [text[a:b] for a, b in linebreak.lines(text, advances, width, unbroken)]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("南宁市青秀区", 6, ["南宁市", "青秀区"]),
        ("南宁市，青秀区", 6, ["南宁", "市，青", "秀区"]),  # no closing mark at the start
        ("南宁（青秀区）", 6, ["南宁", "（青秀", "区）"]),  # no opening mark at the end
        ("地址ZX-03地块", 6, ["地址", "ZX-03", "地块"]),  # words stay whole
        ("ABCDEFGHIJ", 4, ["ABCD", "EFGH", "IJ"]),  # unless nothing else fits
        ("AB-CDEFGHIJ", 8, ["AB-", "CDEFGHIJ"]),  # after a dash rather than anywhere
        ("一 二 三", 4, ["一 ", "二 ", "三"]),  # a space hangs over
        ("1#楼2#楼", 6, ["1#楼", "2#楼"]),
        ("", 4, []),
        ("宽", 1, ["宽"]),
    ],
)
def test_lines_end_where_they_may(text, width, lines):
    assert broken(text, width) == lines


def test_words_named_by_the_layout_stay_whole():
    assert broken("示例制造有限公司", 12) == ["示例制造有限", "公司"]
    assert broken("示例制造有限公司", 12, ("有限公司",)) == ["示例制造", "有限公司"]


texts = st.text("南宁市，。（）AB1-/# ·", max_size=40)


@given(texts, st.integers(1, 12))
def test_no_character_is_lost_or_doubled(text, width):
    assert "".join(broken(text, width)) == text


@given(st.text("南宁市，。（）", max_size=40), st.integers(6, 12))
def test_marks_never_stand_on_the_wrong_side_while_another_place_exists(text, width):
    for line, following in zip(broken(text, width), broken(text, width)[1:], strict=False):
        free = [
            place
            for place in range(1, len(line))
            if line[place] not in linebreak.NOT_AT_START
            and line[place - 1] not in linebreak.NOT_AT_END
        ]
        if free:
            assert following[0] not in linebreak.NOT_AT_START
            assert line[-1] not in linebreak.NOT_AT_END


ROOM = Room(46.6, 11.5, size=11, one_line_minimum=10, minimum=7, leading=1.25)


def setting(text, room=ROOM):
    return fit(text, [1000] * len(text), room)


def test_a_text_shrinks_a_little_before_it_wraps():
    assert setting("一" * 12).size == 11
    assert (setting("一" * 13).size, len(setting("一" * 13).lines)) == (10, 1)
    assert (setting("一" * 14).size, len(setting("一" * 14).lines)) == (11, 2)


def test_what_does_not_fit_at_the_smallest_size_is_refused():
    assert setting("一" * 54).size == 7
    assert setting("一" * 57) is None


@given(st.integers(1, 60))
def test_what_is_set_stays_inside_its_room(count):
    found = setting("一" * count)
    if found is not None:
        assert height_of(len(found.lines), found.size, ROOM.leading) <= ROOM.height
        limit = in_thousandths(ROOM.width, found.size)
        assert all((b - a) * 1000 <= limit for a, b in found.lines)


def test_a_word_is_broken_after_all_where_that_saves_a_line():
    room = Room(46.6, 11.5, 11, 10, 7, 1.25, unbroken=("有限责任公司",))
    text = "桂林彰示例建筑安装工程有限责任公司第一项目管理分公司"
    assert len(wrapped(text, [1000] * len(text), 10, room)) == 2
