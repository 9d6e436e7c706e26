"""Numbers as text, and curves raised to what both formats draw."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.curves import cubic
from renderer.decimals import Decimals, decimal

LENGTHS = st.floats(-1000, 1000, allow_nan=False)


@given(LENGTHS)
def test_a_number_is_the_shortest_decimal_within_half_a_micrometre(value):
    text = decimal(value)
    assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d{0,2}[1-9])?", text)
    assert text != "-0"
    assert abs(float(text) - value) <= 0.0005 + 1e-9


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (1e-9, "0"), (-0.0004, "0"), (12.0, "12"), (0.25, "0.25")],
)
def test_zero_and_whole_numbers_have_no_point_and_no_exponent(value, text):
    assert decimal(value) == text
    assert Decimals()[value] == text


POINTS = st.tuples(LENGTHS, LENGTHS)


def bezier(points, t):
    """The point of a Bézier curve, by de Casteljau."""
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


@given(POINTS, POINTS, POINTS, st.floats(0, 1))
def test_a_raised_curve_is_the_same_curve(start, control, end, t):
    segments = (("M", *start), ("Q", *control, *end))
    _, raised = cubic(segments)
    numbers = raised[1:]
    as_cubic = bezier([start, numbers[0:2], numbers[2:4], numbers[4:6]], t)
    assert as_cubic == pytest.approx(bezier([start, control, end], t), abs=1e-6)


def test_a_curve_after_a_closed_path_starts_where_that_one_began():
    segments = (("M", 1.0, 1.0), ("L", 9.0, 1.0), ("C",), ("Q", 4.0, 4.0, 7.0, 1.0))
    assert list(cubic(segments))[3] == ("B", 3.0, 3.0, 5.0, 3.0, 7.0, 1.0)
