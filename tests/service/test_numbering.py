from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from renderer.layout import load
from service import numbering, rules
from service.schema_check import printable

LAYOUT = load("crane-use-registration")
AUTHORITY = {"code": "11450100MB0000001Q", "division": "450100"}


def test_an_identifier_is_that_of_the_known_vectors() -> None:
    for version, check in ((1, "G"), (2, "E")):
        found = numbering.license_id(LAYOUT, "999", AUTHORITY, "450100T(2024)0000001", version)
        assert str(found).endswith(f".450100T20240000001.{version:03d}.{check}")
        assert found.valid


def test_each_division_category_and_year_counts_apart(
    sample: Callable[..., dict[str, Any]],
) -> None:
    scopes = {
        numbering.scope_of(LAYOUT, sample(name, issued_on=day)).name
        for name in ("01", "02", "05")
        for day in ("2024-12-31", "2025-01-01")
    }
    assert len(scopes) == 6


@given(st.integers(min_value=1, max_value=9_999_999))
def test_every_allotted_number_has_the_form_of_its_layout(serial: int) -> None:
    data = {
        "authority": {"division": "450100"},
        "issued_on": "2024-09-20",
        "face": {"equipment_category": "施工升降机"},
    }
    number = numbering.scope_of(LAYOUT, data).number(serial)
    parts = rules.number_pattern(LAYOUT).fullmatch(number)
    assert parts
    assert parts.groupdict() == {
        "division": "450100",
        "letter": "S",
        "year": "2024",
        "serial": f"{serial:07d}",
    }


@given(st.dictionaries(st.text(), st.text() | st.none() | st.integers(), max_size=5), st.text())
def test_rules_find_something_or_nothing_in_any_data(data: dict[str, Any], number: str) -> None:
    for finding in rules.findings(data | {"number": number}, LAYOUT, frozenset()):
        assert finding.message


@given(st.text())
def test_what_is_shown_of_a_posted_text_is_short_and_visible(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= 60 * 11 + 1
