"""Whatever is done to a page: it is judged, and only what shows the same passes."""

from __future__ import annotations

import logging

import altering_pages
import pytest
import test_shown_ofd_tricks as ofd_tricks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renderer import qr_matrix
from verify.check import CheckState
from verify.shown import code_picture, pdf_content, pdf_tokens
from verify.shown.drawn import IDENTITY, Drawn

FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def no_accidents(caplog):
    """Nothing may get through to the last resort, an unexpected exception."""
    caplog.set_level(logging.DEBUG, "verify")
    yield
    assert not caplog.records


@FEW
@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_operators(data):
    assert list(pdf_tokens.operations(data, Drawn(210, 297))) is not None


OPERATORS = (
    "q Q cm rg RG g k m l c v y re h f S B n W BT ET Tf Tm Td TD T* Tj TJ ' \" Do gs Tr Tz BI EI "
    "BDC sh scn cs d w /F1 /F2 /Art /Code0 <0001> <00> (a) (\\)) [<0001>-200<0002>] [ ] << >> "
    "0 1 -1 0.5 210 99999999999 .5 1e9 %"
)
PIECES = st.sampled_from(OPERATORS.split())


@FEW
@given(st.lists(PIECES, max_size=60))
def test_any_operators_are_followed_to_the_end(pieces):
    drawn = Drawn(210, 297)
    pdf_content.begin(drawn, {}, IDENTITY, frozenset()).read(" ".join(pieces).encode())


@FEW
@given(st.data())
def test_a_pdf_whose_drawing_was_changed_anywhere_is_judged(data):
    def edit(text: str) -> str:
        at = data.draw(st.integers(0, len(text) - 1))
        after = text[:at] + data.draw(st.sampled_from("0159 <>/[]()fgTjm\n")) + text[at + 1 :]
        return after if after != text else text + " "

    shown = altering_pages.looked_at(altering_pages.content(edit))
    assert shown.check.state in (CheckState.FAILED, CheckState.PASSED)


@FEW
@given(st.data())
def test_an_ofd_whose_drawing_was_changed_anywhere_is_judged(data):
    text = ofd_tricks.parts()[ofd_tricks.PAGE].decode()
    at = data.draw(st.integers(0, len(text) - 1))
    after = text[:at] + data.draw(st.sampled_from('0159 <>/"&=Mg字')) + text[at + 1 :]
    shown = ofd_tricks.looked_at({ofd_tricks.PAGE: after.encode()})
    assert shown.check.state in (CheckState.FAILED, CheckState.PASSED)


@FEW
@given(st.binary(max_size=1_000))
def test_any_modules_say_something_or_nothing(noise):
    dark = bytes(byte & 1 for byte in noise)
    assert code_picture.text(dark) is None


@pytest.mark.parametrize("text", ["1", "HTTPS://A.CN/V/" + "0123456789" * 20])
def test_a_code_with_any_one_module_turned_is_read_no_more(text):
    dark = qr_matrix.modules(text, 20)
    assert code_picture.text(dark) == text
    for place in range(len(dark)):
        for value in (dark[place] ^ 1, 2, ord("_")):
            turned = dark[:place] + bytes([value]) + dark[place + 1 :]
            assert code_picture.text(turned) is None


@FEW
@given(st.text(max_size=60))
def test_every_code_that_is_drawn_is_read(text):
    if not text:
        return
    dark = qr_matrix.modules(text, 20)
    assert code_picture.text(dark) == text
    turned = bytearray(dark)
    turned[len(dark) // 2] ^= 1
    assert code_picture.text(bytes(turned)) is None
