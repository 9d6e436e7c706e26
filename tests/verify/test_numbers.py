"""Numbers typed in different ways are the same number; look-alikes are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.numbers import normal


@pytest.mark.parametrize(
    "typed",
    [
        "450100T(2024)0000001",
        "450100T（2024）0000001",
        "450100T (2024) 0000001",
        "450100t(2024)0000001",
        "４５０１００Ｔ（２０２４）０００００００１".replace("０００００００１", "００００００１"),
        "450100T〔2024〕0000001",
        "450100T﹙2024﹚0000001",
        "\ufeff450100T(2024)\u200b000\u3000\u00a00001\n",
    ],
)
def test_a_certificate_number_typed_in_any_way_is_the_same(typed: str) -> None:
    assert normal(typed) == "450100T(2024)0000001"


@pytest.mark.parametrize("dash", list("-－–—‐−‑‒―﹘﹣"))
def test_every_dash_of_a_filing_number_is_the_same(dash: str) -> None:
    assert normal(f"桂AA{dash}T202400001") == "桂AA-T202400001"


@pytest.mark.parametrize(
    ("one", "other"),
    [("KPN19-99-1668", "KPN1999-1668"), ("2019O31H", "2019031H"), ("A①", "A1"), ("一", "-")],
)
def test_numbers_that_merely_look_alike_stay_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E)))
def test_full_width_typing_never_matters(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    assert normal(wide) == normal(text)


@given(st.text(), st.integers(min_value=0, max_value=50))
def test_a_space_anywhere_never_matters(text: str, place: int) -> None:
    assert normal(text[:place] + " " + text[place:]) == normal(text)
