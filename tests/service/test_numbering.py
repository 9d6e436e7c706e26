from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
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


SERIALS = st.integers(min_value=1, max_value=99_999)


@st.composite
def filing_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A division and a filing number that its rules allow, of any province."""
    layout = load("crane-filing")
    division = draw(st.sampled_from(sorted(layout.codes["region"]))).ljust(6, "0")
    region = (rules.region(layout, division) or "").ljust(3, draw(st.sampled_from("ABZ")))
    letter, year = draw(st.sampled_from("TSW")), draw(st.integers(2000, 2099))
    return division, f"{region}-{letter}{year}{draw(SERIALS):05d}"


@given(st.lists(filing_numbers(), min_size=2, max_size=30, unique=True))
def test_filing_numbers_that_differ_have_serials_that_differ(
    numbers: list[tuple[str, str]],
) -> None:
    layout = load("crane-filing")
    for division, number in numbers:
        data = {"number": number, "authority": {"division": division}}
        assert not rules.findings(data, layout, frozenset())
    serials = [numbering.license_serial(layout, number, division) for division, number in numbers]
    assert len(set(serials)) == len(numbers)
    assert all(re.fullmatch("[0-9A-Z]{1,32}", serial) for serial in serials)


def test_the_province_is_told_by_the_division_in_an_identifier() -> None:
    layout = load("crane-filing")
    assert numbering.license_serial(layout, "桂AA-T202400001", "450100") == "450100AAT202400001"
    assert numbering.license_serial(layout, "粤AA-T202400001", "440100") == "440100AAT202400001"


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("06", ["桂AA-T202400001", "桂AA-T202400002"]),
        ("07", ["450100202401010001", "450100202401010002"]),
    ],
)
def test_numbers_of_every_type_are_allotted(
    sample: Callable[..., dict[str, Any]], name: str, numbers: list[str]
) -> None:
    data = sample(name, number=None)
    scope = numbering.scope_of(load(data["type"]), data)
    assert [scope.number(serial) for serial in (1, 2)] == numbers


def test_a_permits_serials_start_anew_each_day(sample: Callable[..., dict[str, Any]]) -> None:
    days = ("2024-01-01", "2024-01-02")
    layout = load("construction-permit")
    names = {numbering.scope_of(layout, sample("07", issued_on=day)).name for day in days}
    assert len(names) == 2


def test_serials_that_the_form_has_no_room_for_are_refused(
    sample: Callable[..., dict[str, Any]],
) -> None:
    scope = numbering.scope_of(load("construction-permit"), sample("07"))
    assert scope.number(9999).endswith("9999")
    with pytest.raises(numbering.NotAllotted, match="流水号已用尽"):
        scope.number(10_000)


def test_a_division_without_a_short_name_of_its_own_gets_no_number(
    sample: Callable[..., dict[str, Any]],
) -> None:
    data = sample("06", authority__division="440100")
    with pytest.raises(numbering.NotAllotted, match="请在请求中给出编号"):
        numbering.scope_of(load("crane-filing"), data).number(1)
